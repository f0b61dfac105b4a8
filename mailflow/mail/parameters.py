"""Content-Type and Content-Disposition: value, parameters, and the file name that their sender meant.

In: raw header values. Out: `Field` and names as str. Never raises. RFC 2045, 2183, 2231 and their abuses: encoded words in
quotes, quotes inside quotes, blanks and semicolons unquoted, Windows paths, continuations in any order, a charset only in
the first piece or none, percent signs that are only percent signs, raw 8-bit and raw ISO-2022-JP.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from mailflow.mail.charsets import decode
from mailflow.mail.words import compose, decode_words, unfold, visible

_PARAMETER = re.compile(
    r"""\s*([^\s=;"]{1,80})\s*=\s*"""  # name =
    r"""(?:"((?:[^"\\]|\\.|"(?!\s*(?:;|$)))*)("?)"""  # "a quoted value", in which a stray quote is text
    r"""|((?:=\?[^?\s]{1,60}\?[bBqQ]\?[^?]*\?=|[^;])*))\s*(?:;|$)?""",  # or all up to the next semicolon
    re.S,
)
_SECTION = re.compile(r"(.+?)(?:\*(\d{1,4}))?(\*?)", re.S)
_HIGH_PERCENT = re.compile(r"%[89A-Fa-f][0-9A-Fa-f]%[0-9A-Fa-f]{2}")
_ESCAPED = re.compile(r'\\(["\\])')
_LOST = re.compile(r"[?_\ufffd]{3,}")
_SECTIONS = 200


@dataclass(frozen=True, slots=True)
class Field:
    """A structured MIME field: its value in lower case and its parameters, decoded."""

    value: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    extended: frozenset[str] = frozenset()  # parameters that came as RFC 2231

    def get(self, name: str) -> str:
        return self.parameters.get(name, "")


NO_FIELD = Field()


def parse_field(raw: bytes | None) -> Field:
    """The field as its sender meant it; what can't be read is left out."""
    if not raw:
        return NO_FIELD
    text = decode(unfold(raw))[0]
    value, _, rest = text.partition(";")
    value = value.strip().strip("\"'").lower()
    if not rest:
        return Field(value)
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    at = 0
    while at < len(rest) and len(plain) + len(pieces) < _SECTIONS:
        match = _PARAMETER.match(rest, at)
        if match is None:
            at = rest.find(";", at) + 1
            if not at:
                break
            continue
        at = max(match.end(), at + 1)
        name = match[1].lower()
        content = match[4].strip().strip('"') if match[4] is not None else _ESCAPED.sub(r"\1", match[2])
        section = _SECTION.fullmatch(name)
        if section is None or (section[2] is None and not section[3]):
            plain.setdefault(name, content)
            continue
        sections = pieces.setdefault(section[1], {})
        if len(sections) < _SECTIONS:
            sections.setdefault(int(section[2] or 0), (content, bool(section[3])))
    parameters = {name: decode_words(content) for name, content in plain.items()}
    parameters |= {name: _joined(sections) for name, sections in pieces.items()}
    return Field(value, parameters, frozenset(pieces))


def _joined(sections: dict[int, tuple[str, bool]]) -> str:
    """RFC 2231 §3 and §4. Pieces with and without percent-encoding may alternate; a character may span two of them."""
    charset = None
    data, percent = b"", ""
    literal = True
    for position, index in enumerate(sorted(sections)):
        content, encoded = sections[index]
        if encoded:
            literal = False
            if position == 0 and content.count("'") >= 2:
                charset, _, content = content.split("'", 2)
            percent += content  # decoded in one run: some cut inside %E9
            continue
        data += unquote_to_bytes(percent)
        percent = ""
        data += content.encode("utf-8", "surrogateescape") if charset is None else _as(content, charset)
    data += unquote_to_bytes(percent)
    if literal:
        return decode_words(data.decode("utf-8", "replace"))
    return decode_words(decode(data, charset or None)[0])


def _as(content: str, charset: str) -> bytes:
    if content.isascii():
        return content.encode("ascii")
    try:
        return content.encode(charset)
    except (LookupError, UnicodeError):
        return content.encode("utf-8", "surrogateescape")


def filename_of(disposition: Field, content_type: Field, limit: int) -> str | None:
    """The best of the names that a part carries, cleaned; None where it carries none.

    RFC 6266 prefers `filename*`; among names that gateways damaged (`????.xlsx`) the undamaged one wins.
    """
    candidates = [
        clean_name(field_.get(name), limit)
        for extended in (True, False)
        for field_, name in ((disposition, "filename"), (content_type, "name"), (disposition, "name"))
        if (name in field_.extended) is extended and field_.get(name)
    ]
    named = [name for name in candidates if name]
    return min(named, key=_damage) if named else None


def _damage(name: str) -> int:
    """0 for a whole name; min() keeps the order of preference among equals."""
    return 2 * ("\ufffd" in name or bool(_LOST.search(name)) or "=?" in name) + ("." not in name)


def clean_name(name: str, limit: int = 200) -> str | None:
    """A file name as its sender meant it: NFC, no path, no control characters, at most `limit` characters; else None.

    Brackets, blanks inside and characters of any width stay. A name is never used as a path here; slashes would make it one.
    """
    if _HIGH_PERCENT.search(name) and name.isascii():
        with suppress(UnicodeError):
            name = unquote_to_bytes(name).decode("utf-8")
    name = visible(name)
    for separator in ("/", "\\"):
        name = name.rsplit(separator, 1)[-1]
    name = compose(name).strip().strip('"').strip()
    if name in ("", ".", ".."):
        return None
    if len(name) > limit:
        stem, dot, extension = name.rpartition(".")
        name = f"{stem[: limit - len(extension) - 1]}.{extension}" if dot and len(extension) <= 10 else name[:limit]
    return name
