"""Mails built byte by byte, so that encodings are what a test says they are. Officers and addresses are invented."""

from __future__ import annotations

import base64
import io
import struct
import zipfile
from collections.abc import Sequence

HEAD = (
    b"From: yamada@town.kawahara.example\r\nTo: jimukyoku@office.example\r\n"
    b"Date: Wed, 4 Mar 2026 10:00:00 +0900\r\nMessage-ID: <m1@town.kawahara.example>\r\n"
)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def b64(data: bytes) -> bytes:
    """As it travels: lines of 76, CRLF."""
    return base64.encodebytes(data).replace(b"\n", b"\r\n")


def word(text: str, charset: str, label: str | None = None) -> bytes:
    """One encoded word (B)."""
    return b"=?" + (label or charset).encode() + b"?B?" + base64.b64encode(text.encode(charset)) + b"?="


def mail(
    subject: bytes | None = b"test", body: bytes = b"text\r\n", *, head: bytes = HEAD, extra: bytes = b""
) -> bytes:
    """A mail with the usual header, `extra` fields and a body."""
    field = b"" if subject is None else b"Subject: " + subject + b"\r\n"
    return head + field + extra + b"\r\n" + body


def part(content_type: bytes, body: bytes, *fields: bytes) -> bytes:
    return b"Content-Type: " + content_type + b"\r\n" + b"".join(field + b"\r\n" for field in fields) + b"\r\n" + body


def attached(
    content: bytes, name: bytes = b'filename="a.xlsx"', content_type: bytes = b"application/octet-stream"
) -> bytes:
    """A part as mail programs write an attachment; `name` is the parameter as it stands there."""
    return part(
        content_type, b64(content), b"Content-Disposition: attachment; " + name, b"Content-Transfer-Encoding: base64"
    )


TEXT = part(b"text/plain; charset=utf-8", "お世話になります。\r\n".encode())


def multi(
    parts: Sequence[bytes],
    kind: bytes = b"mixed",
    boundary: bytes = b"=_b1",
    extra: bytes = b"",
    subject: bytes = b"test",
) -> bytes:
    """A whole multipart mail."""
    return mail(
        subject,
        joined(parts, boundary),
        extra=extra + b"Content-Type: multipart/" + kind + b'; boundary="' + boundary + b'"\r\n',
    )


def joined(parts: Sequence[bytes], boundary: bytes) -> bytes:
    return b"".join(b"--" + boundary + b"\r\n" + one + b"\r\n" for one in parts) + b"--" + boundary + b"--\r\n"


def nested(parts: Sequence[bytes], kind: bytes, boundary: bytes) -> bytes:
    """A multipart as a part of another."""
    return part(b"multipart/" + kind + b'; boundary="' + boundary + b'"', joined(parts, boundary))


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def zip_with_raw_names(files: dict[bytes, bytes], flags: int = 0) -> bytes:
    """A zip whose names are these bytes, as Windows (cp932) and macOS (UTF-8 without the flag) write them."""
    placeholders = {
        f"{position:0{len(name)}d}": (name, content) for position, (name, content) in enumerate(files.items())
    }
    raw = zipped({placeholder: content for placeholder, (_, content) in placeholders.items()})
    for placeholder, (name, _) in placeholders.items():
        raw = raw.replace(placeholder.encode(), name)
    if flags:
        for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            at = raw.find(signature)
            while at >= 0:
                raw = raw[: at + offset] + struct.pack("<H", flags) + raw[at + offset + 2 :]
                at = raw.find(signature, at + 4)
    return raw


def xlsx(text: bytes = b"1") -> bytes:
    """The skeleton of a workbook: enough to be told from a plain zip."""
    return zipped(
        {"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>", "xl/worksheets/sheet1.xml": text}
    )


def ole(*names: str) -> bytes:
    """An OLE file whose root holds streams of these names (all as right siblings)."""
    entries = [_entry("Root Entry", 5, child=1)]
    for position, name in enumerate(names, start=1):
        entries.append(_entry(name, 2, right=position + 1 if position < len(names) else 0xFFFFFFFF))
    directory = b"".join(entries).ljust(512, b"\0")[:512]
    fat = struct.pack("<2I", 0xFFFFFFFD, 0xFFFFFFFE).ljust(512, b"\xff")
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\0" * 6
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0) + struct.pack("<I", 0)
    return header.ljust(512, b"\xff") + fat + directory


def _entry(name: str, kind: int, child: int = 0xFFFFFFFF, right: int = 0xFFFFFFFF) -> bytes:
    encoded = name.encode("utf-16-le") + b"\0\0"
    return (
        encoded.ljust(64, b"\0") + struct.pack("<HBBIII", len(encoded), kind, 1, 0xFFFFFFFF, right, child) + b"\0" * 48
    )


def tnef(files: dict[bytes, bytes], long_names: Sequence[str] = (), body: bytes = b"", codepage: int = 932) -> bytes:
    """A winmail.dat with these attachments; `long_names` in Unicode where Outlook adds them."""
    out = b"\x78\x9f\x3e\x22\x01\x00" + _attribute(1, 0x9007, struct.pack("<II", codepage, 0))
    if body:
        out += _attribute(1, 0x800C, body + b"\0")
    for position, (title, content) in enumerate(files.items()):
        out += _attribute(2, 0x9002, b"\0" * 14) + _attribute(2, 0x8010, title + b"\0") + _attribute(2, 0x800F, content)
        if position < len(long_names):
            text = (long_names[position] + "\0").encode("utf-16-le")
            value = struct.pack("<HHII", 0x1F, 0x3707, 1, len(text)) + text + b"\0" * (-len(text) % 4)
            out += _attribute(2, 0x9005, struct.pack("<I", 1) + value)
    return out


def _attribute(level: int, name: int, data: bytes) -> bytes:
    return struct.pack("<BHHI", level, name, 0, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)
