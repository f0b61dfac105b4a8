"""The skeleton of a mail: its header fields and the tree of its parts, as positions in the raw bytes.

In: bytes, `Limits`. Out: `Skeleton`; no leaf is copied or decoded before `Part.content` is asked for. Never raises.
Source: RFC 5322, 2045, 2046; where a mail breaks them, what people's mail programs show. Boundaries are looked for from
outside in, so a part that forgot to close cannot swallow its neighbours.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from mailflow.mail.limits import Limits
from mailflow.mail.parameters import NO_FIELD, Field, parse_field
from mailflow.mail.transfer import encoding_of, undo

_BLANK_LINE = re.compile(rb"\n\r?\n|\r\r")
_LEADING = re.compile(rb"(?:\xef\xbb\xbf)?[\r\n]*(?:>?From [^\r\n]*(?:\r\n|\n|\r))?")
_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:(.*)", re.S)
_GUESSED = re.compile(rb"(?:^|\n)--([^\s-][^\r\n]{0,70}|-{2,30}[^\s-][^\r\n]{0,68}?)[ \t]*\r?\n[!-9;-~]{1,60}:")
_DELIMITERS = 20_000  # lines that look like a boundary; beyond them it is an attack
_LINES = 50_000


@dataclass(slots=True)
class Budget:
    """What the whole mail, nested ones included, may still use."""

    parts: int


class Headers:
    """Header fields in their order; names in lower case, values as raw bytes (folded)."""

    __slots__ = ("_first", "fields")

    def __init__(self, fields: list[tuple[str, bytes]]) -> None:
        self.fields = fields
        self._first: dict[str, bytes] = {}
        for name, value in fields:
            self._first.setdefault(name, value)

    def get(self, name: str) -> bytes | None:
        """The first field of that name (lower case)."""
        return self._first.get(name)

    def all(self, name: str) -> list[bytes]:
        return [value for key, value in self.fields if key == name] if name in self._first else []

    def __contains__(self, name: str) -> bool:
        return name in self._first


@dataclass
class Part:
    """One entity: its header, and either parts inside it or the span of its body in `source`."""

    source: bytes = field(repr=False)
    start: int
    end: int
    headers: Headers
    parent: str  # the content type that it stands in, "" at the top
    defects: list[str] = field(repr=False)  # shared by the whole mail
    parts: list[Part] = field(default_factory=list)

    @cached_property
    def type_field(self) -> Field:
        return parse_field(self.headers.get("content-type"))

    @cached_property
    def disposition(self) -> Field:
        return (
            parse_field(self.headers.get("content-disposition")) if "content-disposition" in self.headers else NO_FIELD
        )

    @cached_property
    def label(self) -> str:
        """The media type as labelled; RFC 2045's default where the label is none."""
        value = self.type_field.value
        if value == "text":  # as of old mailers
            return "text/plain"
        if value.count("/") != 1 or value.startswith("/") or value.endswith("/"):
            return "message/rfc822" if self.parent == "multipart/digest" else "text/plain"
        return value.replace(" ", "")

    @cached_property
    def encoding(self) -> str:
        return encoding_of(self.headers.get("content-transfer-encoding"))

    @property
    def body(self) -> bytes:
        return self.source[self.start : self.end]

    @cached_property
    def content(self) -> bytes:
        """The leaf's content, transfer encoding undone."""
        content, defect = undo(self.body, self.encoding, is_text=self.label.startswith(("text/", "message/")))
        if defect:
            note(self.defects, defect)
        return content

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def walk(self) -> Iterator[Part]:
        """This part and all below it, in the mail's order."""
        yield self
        for part in self.parts:
            yield from part.walk()


@dataclass
class Skeleton:
    """A mail taken apart. `depth`: how many mails it is attached in. `truncated_at`: None, or why no part was read."""

    root: Part
    header_size: int
    depth: int
    budget: Budget
    defects: list[str]

    @property
    def headers(self) -> Headers:
        return self.root.headers

    def leaves(self) -> Iterator[Part]:
        return (part for part in self.root.walk() if not part.parts)


def note(defects: list[str], defect: str) -> None:
    """Each defect once, in the order found."""
    if defect not in defects:
        defects.append(defect)


def parse(raw: bytes, limits: Limits, *, depth: int = 0, budget: Budget | None = None) -> Skeleton:
    """The skeleton of any bytes. `depth` and `budget` are those of the mail that this one is attached to."""
    defects: list[str] = []
    budget = budget or Budget(limits.parts)
    if not raw.strip():
        note(defects, "empty")
    if b"\n" not in raw and b"\r" in raw:
        raw = raw.replace(b"\r", b"\n")
    too_large = len(raw) > limits.mail_size
    leading = _LEADING.match(raw)
    start = leading.end() if leading else 0
    headers, body = _header(raw, start, len(raw), limits, defects)
    root = Part(raw, body, len(raw), headers, "", defects)
    if too_large:
        note(defects, "mail-too-large")
    else:
        _split(root, limits, budget, defects, depth)
    return Skeleton(root, max(body - start, 0), depth, budget, defects)


def _header(source: bytes, start: int, end: int, limits: Limits, defects: list[str]) -> tuple[Headers, int]:
    """The fields of an entity that starts at `start`, and where its body starts."""
    if source.startswith((b"\n", b"\r\n"), start, end):
        return Headers([]), source.index(b"\n", start) + 1
    blank = _BLANK_LINE.search(source, start, end)
    stop, body = (blank.start() + 1, blank.end()) if blank else (end, end)
    if stop - start > limits.header_size:
        note(defects, "header-too-large")
    block_end = min(stop, start + limits.header_size)
    lines = source[start:block_end].split(b"\n", _LINES)
    fields: list[tuple[str, list[bytes]]] = []
    position = start
    for index, line in enumerate(lines[:_LINES]):
        if line[:1] in (b" ", b"\t"):
            if fields:
                fields[-1][1].append(line)
        elif match := _FIELD.match(line):
            if len(fields) >= limits.header_fields:
                note(defects, "too-many-header-fields")
                break
            fields.append((match[1].decode("ascii").lower(), [match[2]]))
        elif line.strip():
            if not any(_FIELD.match(later) for later in lines[index + 1 : index + 20]):
                # no blank line between header and text
                note(defects, "no-header-end")
                return _bounded(fields, limits, defects), position
            note(defects, "bad-header-line")
            if fields:
                fields[-1][1].append(b" " + line)  # a fold that lost its blank
        position += len(line) + 1
    if not fields and blank is None:
        return Headers([]), start
    return _bounded(fields, limits, defects), body


def _bounded(fields: list[tuple[str, list[bytes]]], limits: Limits, defects: list[str]) -> Headers:
    bounded: list[tuple[str, bytes]] = []
    for name, lines in fields:
        value = b"\n".join(lines) if len(lines) > 1 else lines[0]
        if len(value) > limits.header_value:
            note(defects, "header-too-large")
            value = value[: limits.header_value]
        bounded.append((name, value))
    return Headers(bounded)


def _split(part: Part, limits: Limits, budget: Budget, defects: list[str], level: int) -> None:
    """The parts of a multipart entity, and theirs. What can't be split stays a leaf."""
    if not part.label.startswith("multipart/"):
        return
    if level >= limits.nesting:
        note(defects, "too-deep")
        return
    if part.encoding in ("base64", "quoted-printable") and b"--" not in part.body[:2000]:
        part.source, part.start = part.content, 0  # forbidden, and done
        part.end = len(part.source)
    boundary = part.type_field.get("boundary").encode("utf-8", "surrogateescape").rstrip()
    spans = _spans(part, boundary, defects) if boundary else []
    if not spans and (
        guess := _GUESSED.search(part.source, max(part.start - 1, 0), min(part.end, part.start + 20_000))
    ):
        note(defects, "wrong-boundary")
        spans = _spans(part, guess[1].rstrip(), defects)
    if not spans:
        note(defects, "no-boundary")
        return
    for start, end in spans:
        if budget.parts <= 0:
            note(defects, "too-many-parts")
            break
        budget.parts -= 1
        headers, body = _header(part.source, start, end, limits, defects)
        child = Part(part.source, min(body, end), end, headers, part.label, defects)
        part.parts.append(child)
        _split(child, limits, budget, defects, level + 1)


def _spans(part: Part, boundary: bytes, defects: list[str]) -> list[tuple[int, int]]:
    """Where each body part between the delimiter lines begins and ends; the line end before a delimiter is its own."""
    source, end = part.source, part.end
    needle = b"--" + boundary
    spans: list[tuple[int, int]] = []
    begun: int | None = None
    at = part.start
    for _ in range(_DELIMITERS):
        found = source.find(needle, at, end)
        if found < 0:
            break
        at = found + len(needle)
        if found != part.start and source[found - 1] not in b"\r\n":
            continue
        closing = source[at : at + 2] == b"--"
        line_end = source.find(b"\n", at, end)
        line_end = end if line_end < 0 else line_end
        if source[at + 2 * closing : min(line_end, at + 200)].strip():
            continue  # a longer boundary that begins with ours
        if begun is not None:
            before = found
            if before > begun and source[before - 1 : before] == b"\n":
                before -= 1
            if before > begun and source[before - 1 : before] == b"\r":
                before -= 1
            spans.append((begun, before))
        if closing:
            return spans
        begun = at = min(line_end + 1, end)
    if begun is not None:
        spans.append((begun, end))
        note(defects, "truncated-multipart")
    return spans
