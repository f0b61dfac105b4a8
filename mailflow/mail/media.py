"""The media type of a file by its content, never by its name or label.

In: bytes (the label only for structural types that have no content of their own). Out: `Sniffed`. Never raises, inflates
nothing. An Office document under a password is an OLE file with a stream EncryptedPackage: what is inside can't be known, so
it is `application/x-ole-storage`, locked. A renamed PDF is application/pdf. What nothing tells is application/octet-stream.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from mailflow.mail.charsets import decode
from mailflow.mail.ole import root_entries

OCTETS = "application/octet-stream"
ZIP = "application/zip"
OLE = "application/x-ole-storage"
TNEF = "application/vnd.ms-tnef"
RFC822 = "message/rfc822"
GZIP = "application/gzip"
UNOPENED = frozenset(
    {"application/x-7z-compressed", "application/vnd.rar", "application/x-lzh-compressed", "application/vnd.ms-outlook",
     "application/x-bzip2", "application/x-xz", "application/x-tar", "application/vnd.ms-cab-compressed", GZIP}
)  # fmt: skip
"""Containers that are not opened: their `problem` is `unsupported`."""

_OOXML = "application/vnd.openxmlformats-officedocument."
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"\x1f\x8b", GZIP),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\0", "application/x-xz"),
    (b"MSCF", "application/vnd.ms-cab-compressed"),
    (b"\x78\x9f\x3e\x22", TNEF),
    (b"{\\rtf", "application/rtf"),
    (b"MZ", "application/vnd.microsoft.portable-executable"),
    (b"%!PS", "application/postscript"),
    (b"OggS", "application/ogg"),
    (b"ID3", "audio/mpeg"),
)
_OLE_STREAMS = (
    ("encryptedpackage", OLE),
    ("workbook", "application/vnd.ms-excel"),
    ("book", "application/vnd.ms-excel"),
    ("worddocument", "application/msword"),
    ("powerpoint document", "application/vnd.ms-powerpoint"),
    ("__properties_version1.0", "application/vnd.ms-outlook"),
    ("visiodocument", "application/vnd.visio"),
    ("documenttext", "application/x-js-taro"),  # 一太郎
)
# What the label says is believed only of types that are a matter of structure.
_STRUCTURAL = frozenset(
    {"message/delivery-status", "message/disposition-notification", "message/partial", "message/external-body",
     "message/feedback-report", "text/rfc822-headers", "application/pgp-encrypted", "application/pgp-signature",
     "application/applefile"}
)  # fmt: skip
_SIGNED_DATA = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"
_ENVELOPED_DATA = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03"
_MAIL_FIELD = re.compile(
    rb"(?:From|To|Subject|Date|Received|Return-Path|Message-ID|MIME-Version|Delivered-To|X-[A-Za-z-]{1,40}|Content-Type):",
    re.I,
)
_HTML = re.compile(
    r"\s{0,200}(?:<!--.{0,500}?-->\s{0,50})?<(?:!doctype html|html|head|body|meta|table|div|p)\b", re.I | re.S
)
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")


@dataclass(frozen=True, slots=True)
class Sniffed:
    """`problem`: `locked`, `broken` or `unsupported` where the bytes alone tell; else None."""

    content_type: str
    problem: str | None = None


def sniff(content: bytes, label: str = "", name: str = "") -> Sniffed:
    """What the content is. `name` only tells text from comma-separated text."""
    if label in _STRUCTURAL:
        return Sniffed(label)
    head = content[:1024]
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _zip(content)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _ole(content)
    for magic, media_type in _MAGIC:
        if head.startswith(magic):
            return Sniffed(media_type, "unsupported" if media_type in UNOPENED else None)
    return _by_shape(content, head, label, name)


def _by_shape(content: bytes, head: bytes, label: str, name: str) -> Sniffed:
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return Sniffed("image/webp")
    if head[:2] == b"BM" and struct.unpack_from("<I", head.ljust(6, b"\0"), 2)[0] in (len(content), 0):
        return Sniffed("image/bmp")
    if head[4:8] == b"ftyp":
        return Sniffed("image/heic" if head[8:11] in (b"hei", b"mif", b"hev") else "video/mp4")
    if re.match(rb"..-l[hz][0-9ds]-", head, re.S):
        return Sniffed("application/x-lzh-compressed", "unsupported")
    if head[257:262] == b"ustar":
        return Sniffed("application/x-tar", "unsupported")
    if head[:1] == b"\x30" and label.startswith(("application/pkcs7", "application/x-pkcs7")):
        if _ENVELOPED_DATA in head[:64]:
            return Sniffed("application/pkcs7-mime", "locked")
        detached = label.endswith("signature")
        return Sniffed(
            "application/pkcs7-signature" if detached else "application/pkcs7-mime", None if detached else "unsupported"
        )
    if head[:1] == b"\x30" and _SIGNED_DATA in head[:64]:
        return Sniffed("application/pkcs7-mime")
    if b"%PDF-" in head:
        return Sniffed("application/pdf")  # readers accept rubbish in front
    if head.startswith(b"-----BEGIN PGP MESSAGE"):
        return Sniffed("application/pgp-encrypted", "locked")
    return Sniffed(_text(content, head, label, name))


def _text(content: bytes, head: bytes, label: str, name: str) -> str:
    if not content:
        return OCTETS
    if len([line for line in head.split(b"\n") if _MAIL_FIELD.match(line)]) >= 2 and (
        label == RFC822 or _MAIL_FIELD.match(head.lstrip()) or head.startswith(b"From ")
    ):
        return RFC822
    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return OCTETS
    sample = content[:16_384]
    text, sound = decode(sample)
    if _CONTROL.search(text) or (not sound and text.count("\ufffd") > 2):
        return OCTETS
    start = text[:2048].lstrip()
    if start.startswith("BEGIN:VCALENDAR"):
        return "text/calendar"
    if start.startswith("BEGIN:VCARD"):
        return "text/vcard"
    if _HTML.match(start) or (label == "text/html" and "<" in start):
        return "text/html"
    if start.startswith(("<?xml", "<svg")):
        return "image/svg+xml" if "<svg" in start else ("text/html" if "<html" in start.lower() else "application/xml")
    return "text/csv" if _is_table(text, name) else "text/plain"


def _is_table(text: str, name: str) -> bool:
    lines = [line for line in text.split("\n")[:10] if line.strip()]
    if name.lower().endswith(".csv"):
        return any("," in line for line in lines)
    counts = {line.count(",") for line in lines[: 9 if len(lines) > 9 else None]}
    return len(lines) >= 2 and len(counts) == 1 and counts.pop() >= 2


# --- zip and what is made of it ---------------------------------------------------------------------------------------


def _zip(content: bytes) -> Sniffed:
    names = {name.replace("\\", "/").lower() for name, _ in zip_entries(content)}
    broken = None
    if not names:
        if content.startswith(b"PK\x05\x06"):
            return Sniffed(ZIP)
        broken = "broken"  # no directory at the end: cut on its way
        names = {
            part.decode("ascii")
            for part in (b"xl/workbook.xml", b"word/document.xml", b"ppt/presentation.xml")
            if part in content
        }
    return Sniffed(_office(content, names), broken)


def _office(content: bytes, names: set[str]) -> str:
    macros = any(name.endswith("vbaproject.bin") for name in names)
    typed = "[content_types].xml" in names
    if "xl/workbook.bin" in names:
        return "application/vnd.ms-excel.sheet.binary.macroEnabled.12"
    if "xl/workbook.xml" in names or (typed and any(name.startswith("xl/") for name in names)):
        return "application/vnd.ms-excel.sheet.macroEnabled.12" if macros else f"{_OOXML}spreadsheetml.sheet"
    if "word/document.xml" in names or (typed and any(name.startswith("word/") for name in names)):
        return "application/vnd.ms-word.document.macroEnabled.12" if macros else f"{_OOXML}wordprocessingml.document"
    if "ppt/presentation.xml" in names or (typed and any(name.startswith("ppt/") for name in names)):
        return (
            "application/vnd.ms-powerpoint.presentation.macroEnabled.12"
            if macros
            else f"{_OOXML}presentationml.presentation"
        )
    if "mimetype" in names:
        declared = re.match(
            rb"PK.{28}mimetype(?:.{0,64}?)(application/[a-zA-Z0-9.+-]{1,80}?)(?=PK|\Z)", content[:300], re.S
        )
        if declared:
            return declared[1].decode("ascii")
    return ZIP


def zip_entries(content: bytes, most: int = 2_000) -> Iterator[tuple[str, int]]:
    """(name, flags) of each entry in a zip's central directory; nothing where there is none."""
    end = content.rfind(b"PK\x05\x06", max(0, len(content) - 65_600))
    if end < 0 or end + 22 > len(content):
        return
    size, offset = struct.unpack_from("<II", content, end + 12)
    at = end - size if end - size >= 0 and content[end - size : end - size + 4] == b"PK\x01\x02" else offset
    for _ in range(most):
        if content[at : at + 4] != b"PK\x01\x02" or at + 46 > len(content):
            return
        flags = struct.unpack_from("<H", content, at + 8)[0]
        name_length, extra, comment = struct.unpack_from("<HHH", content, at + 28)
        yield content[at + 46 : at + 46 + name_length].decode("latin-1"), flags
        at += 46 + name_length + extra + comment


def _ole(content: bytes) -> Sniffed:
    entries = root_entries(content)
    if entries is None:
        return Sniffed(OLE, "broken")
    for stream, media_type in _OLE_STREAMS:
        if stream in entries:
            problem = "locked" if stream == "encryptedpackage" else ("unsupported" if media_type in UNOPENED else None)
            return Sniffed(media_type, problem)
    return Sniffed(OLE)
