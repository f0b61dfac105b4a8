"""What our own boundary found out about a mail's origin (RFC 8601).

In: `Headers`, context. Out: `Authentication`. Never raises. No authserv-id configured: empty.

A sender can write a field with our authserv-id too, but only further down than everything our servers prepend. So:
- Boundary hosts known: the fields of that id above the topmost Received line of ours are all ours. Where there are none,
  the server writes its field below its own Received line (milters of Postfix and Sendmail insert at index 1): then the
  topmost one counts that stands above the first Received line of another host, and only that one.
- No boundary known: only the topmost field of that id.
- Fields are never mixed to the sender's advantage: per method the topmost one counts, unless a lower one says fail.
"""

from __future__ import annotations

import re

from mailflow.mail.limits import Limits, ReadContext
from mailflow.mail.structure import Headers, parse
from mailflow.mail.words import unfold
from mailflow.model import Authentication

_RESULT = re.compile(r"\s*([a-z0-9-]{1,30})(?:/\d{1,3})?\s*=\s*([a-z]{1,20})\b", re.I)
_BY = re.compile(r"(?:^|\s)by\s+([^\s;()]{1,255})", re.I)
_NAME = "authentication-results"
_LENGTH = 8_000


def read_authentication(headers: Headers, context: ReadContext) -> Authentication:
    """Result per method of the fields that our boundary wrote."""
    if not context.authserv_id:
        return Authentication()
    results: dict[str, str] = {}
    for value in _trusted(headers, context):
        for method, result in _of_field(value).items():
            if method not in results or result == "fail":
                results[method] = result
    return Authentication(results=results)


def topmost_server(raw: bytes) -> tuple[str | None, str | None]:
    """What the newest server wrote above a mail: the authserv-id of the topmost Authentication-Results, the host of the
    topmost Received. In: the header block. For `doctor` to propose; whether they are ours, a person knows."""
    headers = parse(raw, Limits()).headers
    stated, received = headers.get(_NAME), headers.get("received")
    serv = _authserv_id(stated) if stated is not None else ""
    by = _BY.search(unfold(received).decode("ascii", "replace")) if received is not None else None
    return serv or None, by[1].rstrip(".") if by else None


def _authserv_id(raw: bytes) -> str:
    return _bare(unfold(raw[:_LENGTH]).decode("ascii", "replace")).split(";")[0].split(" ")[0].strip()


def _trusted(headers: Headers, context: ReadContext) -> list[str]:
    """The bare values of our own fields, topmost first."""
    wanted = (context.authserv_id or "").casefold()
    hosts = tuple(host.casefold().rstrip(".") for host in context.boundary_hosts if host)
    above: list[str] = []
    passed = False  # a Received line of our boundary
    for name, raw in headers.fields:
        if name == "received" and hosts:
            by = _BY.search(unfold(raw).decode("ascii", "replace"))
            name_of_by = by[1].casefold().rstrip(".") if by else ""
            ours = any(name_of_by == host or name_of_by.endswith("." + host) for host in hosts)
            if passed and not ours:
                return []
            passed = passed or ours
            if passed and above:
                return above
        elif name == _NAME:
            text = _bare(unfold(raw[:_LENGTH]).decode("ascii", "replace"))
            if text.split(";")[0].split(" ")[0].strip().casefold() == wanted:
                if passed or not hosts:
                    return [text]
                above.append(text)
    return []  # what never passed our boundary was not looked at by it


def _of_field(text: str) -> dict[str, str]:
    """Result per method of one field. Of several signatures or identities the best one counts (RFC 8601 §2.7.1); a
    mail has one DMARC result, so there a fail stands."""
    results: dict[str, str] = {}
    for method, result in _results(text):
        better = result == "pass" and method != "dmarc"
        if method not in results or better or (method == "dmarc" and result == "fail"):
            results[method] = result
    return results


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
