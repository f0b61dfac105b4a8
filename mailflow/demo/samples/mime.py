"""Write MIME as the mail programs of Japanese offices do, fair and foul.

In: text, names, bytes and a style. Out: header and body bytes, CRLF. Pure and deterministic.
Python's own generator writes only what the RFCs allow, so the foul ways (RFC 2047 inside quotes, bare cp932) are by hand.
Raises UnicodeEncodeError where a charset lacks a character: a sample must be what it says it is.
Sources: RFC 2045, 2047, 2231, 1468.
"""

from __future__ import annotations

import base64
import quopri
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

WORD_LIMIT = 75  # RFC 2047 §2
_CODECS = {"shift_jis": "cp932"}  # what Windows calls Shift_JIS holds 髙 and 﨑 too
_SPECIALS = re.compile(r'[()<>@,;:\\".\[\]]')


class NameStyle(StrEnum):
    """How a program writes a file name that is not ASCII."""

    RFC2231 = "rfc2231"
    RFC2047 = "rfc2047"  # encoded words inside quotes, forbidden by RFC 2047 §5 and common
    RAW_CP932 = "raw-cp932"
    RAW_UTF8 = "raw-utf8"


@dataclass(frozen=True, slots=True)
class File:
    """A file to attach. `media_type`: what the sender's program says of it."""

    name: str
    content: bytes = field(repr=False)
    media_type: str = "application/octet-stream"


def encoded_words(text: str, charset: str) -> list[bytes]:
    """RFC 2047 words, each complete in itself; ASCII stays as it is."""
    if text.isascii():
        return [text.encode()]
    words: list[bytes] = []
    chunk = ""
    for char in text:
        if chunk and len(_word(chunk + char, charset)) > WORD_LIMIT:
            words.append(_word(chunk, charset))
            chunk = ""
        chunk += char
    return [*words, _word(chunk, charset)]


def encoded(text: str, charset: str) -> bytes:
    """The bytes that a program sends under this label."""
    return text.encode(_CODECS.get(charset, charset))


def _word(text: str, charset: str) -> bytes:
    return b"=?%s?B?%s?=" % (charset.upper().encode(), base64.b64encode(encoded(text, charset)))


def header(name: str, value: str, charset: str = "utf-8") -> bytes:
    """One unstructured header. ASCII values are taken as they stand, folds (CRLF and a blank) included."""
    return b"%s: %s\r\n" % (name.encode(), b"\r\n ".join(encoded_words(value, charset)))


def address(name: str | None, address_: str, charset: str = "utf-8") -> bytes:
    """One mailbox of an address header."""
    if not name:
        return address_.encode()
    if name.isascii():
        shown = f'"{name}"' if _SPECIALS.search(name) else name
        return f"{shown} <{address_}>".encode()
    return b"\r\n ".join(encoded_words(name, charset)) + f" <{address_}>".encode()


def parameter(key: str, value: str, style: NameStyle, charset: str) -> list[bytes]:
    """`key="value"` of a Content-… header: the lines that follow the semicolon."""
    if value.isascii():
        return [f'{key}="{value}"'.encode()]
    match style:
        case NameStyle.RFC2231:
            return _rfc2231(key, value, charset)
        case NameStyle.RFC2047:
            return [b'%s="%s"' % (key.encode(), b"\r\n ".join(encoded_words(value, charset)))]
        case NameStyle.RAW_CP932:
            return [b'%s="%s"' % (key.encode(), value.encode("cp932"))]
        case NameStyle.RAW_UTF8:
            return [b'%s="%s"' % (key.encode(), value.encode())]


def _rfc2231(key: str, value: str, charset: str) -> list[bytes]:
    octets = [bytes([byte]) if _attribute_char(byte) else b"%%%02X" % byte for byte in encoded(value, charset)]
    pieces = [b""]
    for octet in octets:
        if len(pieces[-1]) + len(octet) > 54:
            pieces.append(b"")
        pieces[-1] += octet
    intro = charset.encode() + b"''"
    if len(pieces) == 1:
        return [b"%s*=%s%s" % (key.encode(), intro, pieces[0])]
    return [
        b"%s*%d*=%s%s" % (key.encode(), index, b"" if index else intro, piece) for index, piece in enumerate(pieces)
    ]


def _attribute_char(byte: int) -> bool:
    return (chr(byte).isalnum() and byte < 128) or byte in b"-._~"


@dataclass(frozen=True, slots=True)
class Part:
    """A finished MIME part: header block (without the empty line) and body, both CRLF-ended."""

    head: bytes
    body: bytes

    @property
    def raw(self) -> bytes:
        return self.head + b"\r\n" + self.body


def text_part(text: str, charset: str, transfer: str, subtype: str = "plain", parameters: str = "") -> Part:
    """A text leaf. `transfer`: 7bit, 8bit, base64 or quoted-printable."""
    head = f"Content-Type: text/{subtype}; charset={charset}{parameters}\r\nContent-Transfer-Encoding: {transfer}\r\n"
    # each line for itself, so that ISO-2022-JP is back in ASCII at its end (RFC 1468)
    data = b"\r\n".join(encoded(line, charset) for line in text.split("\n"))
    match transfer:
        case "base64":
            body = _base64_lines(data)
        case "quoted-printable":
            body = quopri.encodestring(data.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
        case "7bit" | "8bit":
            body = data
        case _:
            raise ValueError(f"no such transfer encoding: {transfer}")
    return Part(head.encode(), body if body.endswith(b"\r\n") else body + b"\r\n")


def file_part(file: File, style: NameStyle, charset: str, type_style: NameStyle = NameStyle.RFC2047) -> Part:
    """An attachment, base64. The name stands in Content-Type too, as most programs write it."""
    raw_name = style in (NameStyle.RAW_CP932, NameStyle.RAW_UTF8)
    type_lines = parameter("name", file.name, style if raw_name else type_style, charset)
    name_lines = parameter("filename", file.name, style, charset)
    head = b"Content-Type: %s;\r\n %s\r\n" % (file.media_type.encode(), b";\r\n ".join(type_lines))
    head += b"Content-Transfer-Encoding: base64\r\n"
    head += b"Content-Disposition: attachment;\r\n %s\r\n" % b";\r\n ".join(name_lines)
    return Part(head, _base64_lines(file.content))


def multipart(subtype: str, parts: Iterable[Part], boundary: str, parameters: str = "", preamble: str = "") -> Part:
    """A container. `parameters` stands before the boundary, with its semicolon."""
    head = f'Content-Type: multipart/{subtype};{parameters}\r\n boundary="{boundary}"\r\n'.encode()
    return Part(head, b"".join(_joined(parts, boundary.encode(), preamble.encode())))


def _joined(parts: Iterable[Part], boundary: bytes, preamble: bytes) -> Iterator[bytes]:
    if preamble:
        yield preamble + b"\r\n\r\n"
    for part in parts:
        yield b"--%s\r\n%s" % (boundary, part.raw)
        if not part.raw.endswith(b"\r\n"):
            yield b"\r\n"
        yield b"\r\n"
    yield b"--%s--\r\n" % boundary


def _base64_lines(content: bytes) -> bytes:
    return base64.encodebytes(content).replace(b"\n", b"\r\n")
