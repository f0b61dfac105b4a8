"""Zip archives and workbooks under a password: bytes -> the files inside.

In: bytes, `Limits`, passwords. Out: `Opened`: (name as its packer meant it, content) of each file, and why not all of them:
`locked`, `broken`, `too-large`, `too-many`, `unsupported`. Never raises, never writes, never trusts a size that the archive
claims. macOS and Windows litter (`__MACOSX`, `.DS_Store`, `Thumbs.db`) is left out.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from io import BytesIO

import msoffcrypto
import pyzipper

from mailflow.mail.charsets import decode
from mailflow.mail.limits import Limits
from mailflow.mail.media import zip_entries

_LITTER = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
_ENCRYPTED, _UTF8 = 0x1, 0x800
_STORED, _DEFLATED = 0, 8  # bzip2 and lzma can't be inflated in bounded steps, and nobody's office packs so
_CHUNK = 65_536
_SPIN_COUNT = 200_000  # Office writes 100,000 rounds; the file may claim ten million


@dataclass(slots=True)
class Opened:
    """What came out. `problem` None: everything did."""

    files: list[tuple[str, bytes]] = field(default_factory=list)
    problem: str | None = None


def open_zip(content: bytes, limits: Limits, passwords: tuple[str, ...], entries_left: int, bytes_left: int) -> Opened:
    """The files of a zip archive, bounded by what the mail may still use."""
    if sum(1 for _ in zip_entries(content, entries_left + 1)) > entries_left:
        return Opened(problem="too-many")
    opened = Opened()
    try:
        archive = _archive(content)
    except NotImplementedError:
        return Opened(problem="unsupported")
    except Exception:  # what a hostile directory makes the library raise is documented nowhere
        return Opened(problem="broken")
    with archive:
        wanted = [info for info in archive.infolist() if not info.is_dir() and not _litter(info.orig_filename)]
        password = _password(archive, wanted, limits, passwords)
        for info in wanted:
            name = _name(info)
            if info.compress_type not in (_STORED, _DEFLATED):
                opened.problem = opened.problem or "unsupported"
            elif info.flag_bits & _ENCRYPTED and password is None:
                opened.problem = "locked"
            else:
                data, problem = _inflate(archive, info, password, limits, bytes_left)
                opened.problem = opened.problem or problem
                if data is not None:
                    bytes_left -= len(data)
                    opened.files.append((name, data))
    return opened


def unlock_workbook(content: bytes, limits: Limits, passwords: tuple[str, ...]) -> bytes | None:
    """The document inside an encrypted Office file; None where no password fits."""
    for password in passwords[: limits.passwords]:
        out = BytesIO()
        try:
            file = msoffcrypto.OfficeFile(BytesIO(content))
            if getattr(file, "info", None) and file.info.get("spinValue", 0) > _SPIN_COUNT:
                return None
            file.load_key(password=password, verify_password=True)
            file.decrypt(out)
        except Exception:  # noqa: S112 - a wrong password and a broken file raise a dozen kinds, all mean: not this one
            continue
        return out.getvalue()
    return None


def _archive(content: bytes) -> pyzipper.AESZipFile:
    try:
        return pyzipper.AESZipFile(BytesIO(content))
    except UnicodeDecodeError:
        return pyzipper.AESZipFile(BytesIO(_without_false_utf8(content)))


def _without_false_utf8(content: bytes) -> bytes:
    """Some packers set the flag for UTF-8 and write Shift_JIS: the flag is taken back where it lies."""
    mended = bytearray(content)
    at = content.find(b"PK\x01\x02")
    while at >= 0 and at + 46 <= len(content):
        flags = struct.unpack_from("<H", content, at + 8)[0]
        name_length, extra, comment = struct.unpack_from("<HHH", content, at + 28)
        if flags & _UTF8 and not _is_utf8(content[at + 46 : at + 46 + name_length]):
            struct.pack_into("<H", mended, at + 8, flags & ~_UTF8)
            local = struct.unpack_from("<I", content, at + 42)[0]
            if content[local : local + 4] == b"PK\x03\x04":
                struct.pack_into("<H", mended, local + 6, flags & ~_UTF8)
        at = content.find(b"PK\x01\x02", at + 46 + name_length + extra + comment)
    return bytes(mended)


def _is_utf8(name: bytes) -> bool:
    try:
        name.decode("utf-8")
    except UnicodeError:
        return False
    return True


def _name(info: pyzipper.zipfile.ZipInfo) -> str:
    """UTF-8 where the flag says so; else the bytes are looked at (cp932 from Windows, unflagged UTF-8 from macOS)."""
    written = str(info.orig_filename)
    if info.flag_bits & _UTF8:
        return written
    return decode(written.encode("cp437", "replace"))[0]


def _litter(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return "__MACOSX" in parts[:-1] or parts[-1].lower() in _LITTER


def _password(
    archive: pyzipper.AESZipFile, wanted: list[pyzipper.zipfile.ZipInfo], limits: Limits, passwords: tuple[str, ...]
) -> bytes | None:
    """The password that opens the smallest locked entry, proved by its checksum."""
    locked = [info for info in wanted if info.flag_bits & _ENCRYPTED and info.compress_type in (_STORED, _DEFLATED)]
    if not locked or sum(info.compress_size for info in locked) > limits.locked_size:
        return None
    smallest = min(locked, key=lambda info: int(info.compress_size))
    for password in passwords[: limits.passwords]:
        for encoding in ("utf-8", "cp932"):
            try:
                tried = password.encode(encoding)
            except UnicodeError:
                continue
            if tried and _inflate(archive, smallest, tried, limits, limits.archive_entry_size)[0] is not None:
                return tried
            if password.isascii():
                break
    return None


def _inflate(
    archive: pyzipper.AESZipFile,
    info: pyzipper.zipfile.ZipInfo,
    password: bytes | None,
    limits: Limits,
    bytes_left: int,
) -> tuple[bytes | None, str | None]:
    most = min(limits.archive_entry_size, bytes_left)
    chunks: list[bytes] = []
    size = 0
    try:
        with archive.open(info, pwd=password) as stream:
            while chunk := stream.read(_CHUNK):
                chunks.append(chunk)
                size += len(chunk)
                bomb = size > limits.archive_ratio_from and size > max(info.compress_size, 1) * limits.archive_ratio
                if size > most or bomb:
                    return None, "too-large"
    except NotImplementedError:
        return None, "unsupported"
    except Exception:  # wrong password, bad CRC, cut stream: the library and zlib raise what they like
        return None, "broken"
    return b"".join(chunks), None
