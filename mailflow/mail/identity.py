"""What a mail is made of, as one number (DESIGN §8.1).

In: `Skeleton`. Out: sha256 in hex over Message-ID, the address of From, the moment of Date and the sha256 of each decoded leaf.
The same for a second delivery and for Exchange's re-rendering (other transport fields, boundaries, folding, transfer encodings,
charsets, order of parts, names' encodings); another one for other content under the same Message-ID. Never raises.

Texts are hashed as text: charset undone, line ends LF, blanks at line ends and html's charset declaration left out. An attached
mail counts by its own leaves. Where none of the three fields says anything, all fields but those of transport are hashed, and
where there is no field at all, the bytes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from email.utils import mktime_tz, parsedate_tz

from mailflow.mail.charsets import decode
from mailflow.mail.headers import ids_of
from mailflow.mail.limits import Limits
from mailflow.mail.structure import Budget, Part, Skeleton, parse
from mailflow.mail.words import header_text, unfold

_ADDRESS = re.compile(r"[^\s<>\"(),;:@]{1,200}@[^\s<>\"(),;:@]{1,253}")
_LINE_END = re.compile(r"(?<![ \t])[ \t]*\r?\n")  # tried once a run of blanks: linear
_DECLARED = re.compile(r"charset\s{0,3}=\s{0,3}[\"']?[\w.:-]{1,40}", re.I)
_TRANSPORT = re.compile(
    r"received|return-path|delivered-to|x-|arc-|authentication-results|dkim-|status|envelope-|resent-|mime-version|content-"
)


def fingerprint(skeleton: Skeleton, limits: Limits) -> str:
    """The content id."""
    whole = hashlib.sha256()
    for line in _head(skeleton):
        whole.update(line.encode("utf-8", "surrogatepass") + b"\n")
    budget = Budget(limits.parts)  # its own, so that reading the mail before makes no difference
    for leaf in sorted(_leaves(skeleton, limits, budget)):
        whole.update(leaf.encode("ascii") + b"\n")
    return whole.hexdigest()


def _head(skeleton: Skeleton) -> Iterator[str]:
    headers = skeleton.headers
    message_id = " ".join(ids_of(headers.get("message-id"))) or _plain(headers.get("message-id"))
    sender = _addresses(_plain(headers.get("from")))
    date = _moment(headers.get("date"))
    yield f"id {message_id}"
    yield f"from {sender}"
    yield f"date {date}"
    if message_id:
        return
    yield f"subject {header_text(headers.get('subject') or b'')}"
    yield f"to {_addresses(_plain(headers.get('to')))}"
    if sender or date:
        return
    for name, value in headers.fields:
        if not _TRANSPORT.match(name):
            yield f"{name} {header_text(value)}"
    if not headers.fields:
        yield hashlib.sha256(skeleton.root.source).hexdigest()


def _plain(raw: bytes | None) -> str:
    return " ".join(unfold(raw).decode("utf-8", "replace").split()) if raw else ""


def _addresses(text: str) -> str:
    """Names may be encoded anew on the way; what is no address stands as it is."""
    return " ".join(sorted(found.casefold() for found in _ADDRESS.findall(text))) or text


def _moment(raw: bytes | None) -> str:
    text = _plain(raw)[:200]
    parsed = parsedate_tz(text) if text else None
    try:
        return str(mktime_tz(parsed)) if parsed and parsed[9] is not None else text
    except (ValueError, OverflowError, TypeError):
        return text


def _leaves(skeleton: Skeleton, limits: Limits, budget: Budget) -> Iterator[str]:
    if "mail-too-large" in skeleton.defects or "too-many-parts" in skeleton.defects:
        yield hashlib.sha256(skeleton.root.body).hexdigest()
        return
    for part in skeleton.leaves():
        if part.label == "message/rfc822" and part.content and skeleton.depth + 1 < limits.nesting:
            inner = parse(part.content, limits, depth=skeleton.depth + 1, budget=budget)
            yield hashlib.sha256(" ".join(_head(inner)).encode("utf-8", "surrogatepass")).hexdigest()
            yield from _leaves(inner, limits, budget)
        elif part.label.startswith("text/") and part.disposition.value != "attachment":
            text = _text(part, limits)
            if text:
                yield hashlib.sha256(text).hexdigest()
        elif part.content:
            yield part.sha256


def _text(part: Part, limits: Limits) -> bytes:
    content = part.content
    if len(content) > limits.text_size:  # nobody writes so much: its bytes will do
        return content.replace(b"\r\n", b"\n").rstrip()
    text = _LINE_END.sub("\n", decode(content, part.type_field.get("charset") or None)[0]).rstrip()
    text = _DECLARED.sub("charset", text) if part.label == "text/html" else text
    return text.encode("utf-8", "surrogatepass")
