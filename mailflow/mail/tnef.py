"""The files inside a winmail.dat ([MS-OXTNEF]): their names and contents.

In: bytes that begin with the TNEF signature. Out: (name or None, content) of each attachment, an embedded message as the
TNEF stream that it is, and the plain text body if there is one. Raises ValueError where the structure is broken.

Our own reader, because tnefparse 1.4 loops over counts that the file claims (`for i in range(2**32)`) and copies the rest of
the file for each attribute: one small attachment could stop the service. Only what is listed above is read.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from mailflow.mail.charsets import decode

_SIGNATURE = b"\x78\x9f\x3e\x22"
_CODEPAGE, _BODY, _NEW_FILE, _TITLE, _DATA, _PROPERTIES = 0x9007, 0x800C, 0x9002, 0x8010, 0x800F, 0x9005
_LONG_NAME, _SHORT_NAME, _DISPLAY_NAME, _OBJECT = 0x3707, 0x3704, 0x3001, 0x3701
_FIXED = {0x02: 4, 0x03: 4, 0x04: 4, 0x0A: 4, 0x0B: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x14: 8, 0x40: 8, 0x48: 16, 0x01: 0}
_TEXT, _UNICODE, _BLOB = 0x1E, 0x1F, (0x0D, 0x102)
_FILES, _PROPERTY_COUNT, _VALUES = 1_000, 500, 100
_EMBEDDED = 16  # an embedded message comes behind the id of its interface


@dataclass(slots=True)
class TnefFile:
    """One attachment."""

    name: str | None = None
    content: bytes = field(default=b"", repr=False)


@dataclass(slots=True)
class Tnef:
    """What a winmail.dat holds for us."""

    files: list[TnefFile] = field(default_factory=list)
    body: str | None = None


def read_tnef(content: bytes) -> Tnef:
    """The attachments in their order. Raises ValueError."""
    if content[:4] != _SIGNATURE:
        raise ValueError("no TNEF signature")
    found = Tnef()
    charset = "cp932"
    try:
        for name, data in _attributes(content):
            if name == _CODEPAGE and len(data) >= 4:
                charset = f"cp{struct.unpack_from('<I', data)[0]}"
            elif name == _BODY:
                found.body = decode(data.rstrip(b"\0"), charset)[0]
            elif name == _NEW_FILE:
                if len(found.files) >= _FILES:
                    raise ValueError("too many files")
                found.files.append(TnefFile())
            elif found.files:
                _complete(found.files[-1], name, data, charset)
    except struct.error as error:
        raise ValueError("cut off") from error
    return found


def _attributes(content: bytes) -> Iterator[tuple[int, bytes]]:
    at = 6
    while at + 11 <= len(content):
        level, name, _, length = struct.unpack_from("<BHHI", content, at)
        if level not in (1, 2) or at + 9 + length + 2 > len(content):
            raise ValueError("attribute out of bounds")
        yield name, content[at + 9 : at + 9 + length]
        at += 9 + length + 2


def _complete(file: TnefFile, name: int, data: bytes, charset: str) -> None:
    if name == _TITLE:
        file.name = file.name or decode(data.split(b"\0")[0], charset)[0] or None
    elif name == _DATA:
        file.content = data
    elif name == _PROPERTIES:
        names: dict[int, str] = {}
        for tag, kind, value in _properties(data):
            if kind == _UNICODE:
                names[tag] = value.decode("utf-16-le", "replace").split("\0")[0]
            elif kind == _TEXT:
                names[tag] = decode(value.split(b"\0")[0], charset)[0]
            elif tag == _OBJECT and kind in _BLOB:
                embedded = value[_EMBEDDED:]
                file.content = embedded if embedded.startswith(_SIGNATURE) else value
        best = names.get(_LONG_NAME) or file.name or names.get(_SHORT_NAME) or names.get(_DISPLAY_NAME)
        file.name = best or None


def _properties(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """(tag, type, first value) of each MAPI property; ends quietly at a type that is unknown."""
    count = struct.unpack_from("<I", data)[0]
    at = 4
    for _ in range(min(count, _PROPERTY_COUNT)):
        if at + 4 > len(data):
            return
        kind, tag = struct.unpack_from("<HH", data, at)
        at += 4
        if tag >= 0x8000:  # named: a GUID, then a number or a name
            by_name, length = struct.unpack_from("<II", data, at + 16)
            at += 24 + (-(-length // 4) * 4 if by_name else 0)
        many, kind = kind & 0x1000, kind & ~0x1000
        values = 1
        if many or kind in (_TEXT, _UNICODE, *_BLOB):
            values = struct.unpack_from("<I", data, at)[0]
            at += 4
        if values > _VALUES:
            return
        for position in range(values):
            if kind in _FIXED:
                length = _FIXED[kind]
            elif kind in (_TEXT, _UNICODE, *_BLOB):
                length = struct.unpack_from("<I", data, at)[0]
                at += 4
            else:
                return
            if at + length > len(data):
                return
            if position == 0:
                yield tag, kind, data[at : at + length]
            at += -(-length // 4) * 4
