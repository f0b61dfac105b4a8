"""What our own boundary found out about a mail's origin (RFC 8601).

In: `Headers`, context. Out: `Authentication`. Never raises. Only fields with the configured authserv-id count, and of these
only those that our boundary can have written: above the first Received line by a foreign host where the boundary's hosts are
known, else the topmost of them and its direct neighbours. A sender can write such a field too, but only further down. No
authserv-id configured: empty.
"""

from __future__ import annotations

import re

from mailflow.mail.limits import ReadContext
from mailflow.mail.structure import Headers
from mailflow.mail.words import unfold
from mailflow.model import Authentication

_RESULT = re.compile(r"\s*([a-z0-9-]{1,30})(?:/\d{1,3})?\s*=\s*([a-z]{1,20})\b", re.I)
_BY = re.compile(r"(?:^|\s)by\s+([^\s;()]{1,255})", re.I)
_NAME = "authentication-results"
_LENGTH = 8_000


def read_authentication(headers: Headers, context: ReadContext) -> Authentication:
    """Result per method; of several signatures the best one counts (RFC 8601 §2.7.1)."""
    if not context.authserv_id:
        return Authentication()
    results: dict[str, str] = {}
    for method, result in (pair for value in _trusted(headers, context) for pair in _results(value)):
        if method not in results or result == "pass":
            results[method] = result
    return Authentication(results=results)


def _trusted(headers: Headers, context: ReadContext) -> list[str]:
    wanted = (context.authserv_id or "").casefold()
    hosts = {host.casefold() for host in context.boundary_hosts}
    found: list[str] = []
    for name, raw in headers.fields:
        if name == "received" and hosts:
            by = _BY.search(unfold(raw).decode("ascii", "replace"))
            if by is None or by[1].casefold() not in hosts:
                break
        elif name == _NAME:
            text = _bare(unfold(raw[:_LENGTH]).decode("ascii", "replace"))
            if text.split(";")[0].split(" ")[0].strip().casefold() == wanted:
                found.append(text)
            elif found and not hosts:
                break
        elif found and not hosts:
            break  # what comes below another field was there before
    return found


def _results(text: str) -> list[tuple[str, str]]:
    pairs = []
    for clause in text.split(";")[1:]:
        match = _RESULT.match(clause)
        if match:
            pairs.append((match[1].lower(), match[2].lower()))
    return pairs


def _bare(text: str) -> str:
    """Without comments and quoted strings: both may hold anything, semicolons too."""
    out: list[str] = []
    depth, quoted, escaped = 0, False, False
    for char in text:
        if escaped:
            escaped = False
        elif char == "\\" and (depth or quoted):
            escaped = True
        elif quoted:
            quoted = char != '"'
        elif char == "(":
            depth += 1
        elif char == ")":
            depth = max(depth - 1, 0)
        elif not depth:
            quoted = char == '"'
            if not quoted:
                out.append(char)
    return " ".join("".join(out).split())
