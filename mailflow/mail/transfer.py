"""Content-Transfer-Encoding undone (RFC 2045 §6), and uuencode, labelled or bare in a text.

In: the bytes of a leaf as they travel. Out: its content and a defect id or None. Never raises: what can be saved is.
"""

from __future__ import annotations

import binascii
import re

_BASE64_ONLY = re.compile(rb"[A-Za-z0-9+/=\r\n]+")
_NOT_BASE64 = bytes(byte for byte in range(256) if not (chr(byte).isalnum() and byte < 128) and byte not in b"+/=")
_BASE64_LINE = re.compile(rb"[A-Za-z0-9+/]{60,76}\r?\n[A-Za-z0-9+/]")
_TOKEN = re.compile(r"[a-z0-9-]+")
_UU_BEGIN = re.compile(rb"^begin(?:-base64)? [0-7]{3,4} ([^\r\n]{1,200}?)[ \t]*\r?\n", re.M)
_UU_END = re.compile(rb"^(?:`|[ ])?[ \t]*\r?\n?^end[ \t]*\r?$|^====[ \t]*\r?$", re.M)
_UU_FILES = 50
_MAGIC = (b"PK\x03\x04", b"%PDF", b"\xd0\xcf\x11\xe0", b"\x89PNG", b"\xff\xd8\xff")


def encoding_of(raw: bytes | None) -> str:
    """The encoding's name in lower case; "" where there is none or it says nothing."""
    found = _TOKEN.search(raw.decode("latin-1").lower()) if raw else None
    return found[0] if found else ""


def undo(data: bytes, encoding: str, *, is_text: bool) -> tuple[bytes, str | None]:
    """The content of a leaf."""
    if encoding == "base64":
        return _base64(data)
    if encoding in ("quoted-printable", "qp"):
        return binascii.a2b_qp(data), None
    if encoding in ("x-uuencode", "uuencode", "x-uue"):
        files = uuencoded(data)[0]
        return (files[0][1], None) if files else (data, "bad-uuencode")
    if encoding in ("", "7bit") and not is_text and _BASE64_LINE.match(data.lstrip()[:160]):
        content, _ = _base64(data)
        if content.startswith(_MAGIC):
            return content, "no-transfer-encoding"  # a gateway lost the field
    return data, None if encoding in ("", "7bit", "8bit", "binary", "8-bit", "7-bit") else "bad-transfer-encoding"


def _base64(data: bytes) -> tuple[bytes, str | None]:
    """Lines of any length, stray characters, no padding, padding in each line, a text footer behind the end."""
    pad = data.find(b"=")
    if pad >= 0 and data[pad:].strip(b"=\r\n\t "):
        rest = data[pad:].lstrip(b"=\r\n\t ")
        if _BASE64_ONLY.fullmatch(rest) and len(rest.translate(None, b"\r\n")) % 4 == 0:
            pieces = [piece for piece in re.split(rb"=+", data) if piece.strip()]
            return b"".join(_base64_run(piece)[0] for piece in pieces), None
        data = data[:pad]
        content, _ = _base64_run(data)
        return content, "text-after-base64"
    try:
        return binascii.a2b_base64(data), None
    except (binascii.Error, ValueError):
        return _base64_run(data)


def _base64_run(data: bytes) -> tuple[bytes, str | None]:
    bare = data.translate(None, _NOT_BASE64).replace(b"=", b"")
    over = len(bare) % 4
    if over == 1:
        bare = bare[:-1]
    try:
        content = binascii.a2b_base64(bare + b"=" * (-len(bare) % 4))
    except (binascii.Error, ValueError):
        return b"", "bad-base64"
    return content, "truncated-base64" if over == 1 else ("bad-base64" if over else None)


def uuencoded(data: bytes) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Files written as uuencode into a text (name, content), and the text without them."""
    files: list[tuple[bytes, bytes]] = []
    kept: list[bytes] = []
    at = 0
    for _ in range(_UU_FILES):  # each attempt may read to the end: few of them
        begin = _UU_BEGIN.search(data, at)
        if begin is None:
            break
        end = _UU_END.search(data, begin.end())
        if end is None:
            break
        base64 = begin[0].startswith(b"begin-base64")
        content = _base64(data[begin.end() : end.start()])[0] if base64 else _uu(data[begin.end() : end.start()])
        if content is None:
            kept.append(data[at : begin.end()])  # a sentence that starts with "begin 644 …"
            at = begin.end()
            continue
        files.append((begin[1], content))
        kept.append(data[at : begin.start()])
        at = end.end()
    return files, b"".join((*kept, data[at:])) if files else data


def _uu(data: bytes) -> bytes | None:
    out: list[bytes] = []
    for line in data.splitlines():
        if not line.strip() or line.strip() == b"`":
            continue
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:
            length = ((line[0] - 32) & 63) * 4 // 3 + 3  # encoders that pad lines (as uu of old Notes)
            try:
                out.append(binascii.a2b_uu(line[: length + 1]))
            except binascii.Error:
                return None
    return b"".join(out)
