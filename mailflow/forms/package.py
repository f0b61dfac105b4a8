"""The file before any reader opens it: what it is, and that it can do no harm (DESIGN §10).

In: bytes, Limits. Out: `Package`, of which readers get only the parts with values: macros, drawings, external links
and embedded files never reach them. Raises FormUnreadable, and nothing else, whatever the bytes are.
Why before: calamine allocates rows × columns at once (A1 and XFD1048576 are 17 thousand million cells), trusts sizes
that a zip states of itself, and opens the first of two entries with one name where Python opens the last.
Sources: ECMA-376 part 2 (packages), MS-XLS 2.1.4 (BIFF records), MS-XLSB 2.1.4, ODF 1.3 §9.1.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Literal

import olefile  # type: ignore[import-untyped]

from mailflow.forms import extent
from mailflow.forms.contents import MOST, RELATIONS, WORKBOOK, left_aside, names_of_sheets
from mailflow.forms.limits import FormUnreadable, Limits

__all__ = ["NO_VALUES", "FormUnreadable", "Limits", "Package", "check_merged", "open_package", "unpacked_size"]

Format = Literal["xlsx", "xlsb", "ods", "xls"]


@dataclass(frozen=True, slots=True)
class Package:
    """A workbook that is safe to open. `content`: for calamine; `errors`: it holds Excel error values (#REF!); `hidden` and
    `strays` by the name of the sheet: rows and columns that aren't shown, cells that were left out for standing far off;
    `merged`: merged ranges of an ods."""

    format: Format
    content: bytes = field(repr=False)
    errors: bool = False
    hidden: Mapping[str, extent.Hidden] = field(default_factory=dict)
    strays: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    merged: Mapping[str, list[tuple[int, int, int, int]]] = field(default_factory=dict)


_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
NO_VALUES = (
    "xl/drawings/", "xl/media/", "xl/theme/", "xl/charts/", "xl/printersettings/", "xl/externallinks/", "xl/comments",
    "xl/threadedcomments/", "xl/persons/", "xl/calcchain", "xl/vba", "xl/ctrlprops/", "xl/activex/", "xl/embeddings/",
    "xl/revisions/", "xl/pivot", "xl/querytables/", "xl/connections", "xl/customproperty/", "xl/webextensions/",
    "xl/worksheets/_rels/", "xl/tables/", "xl/slicer", "xl/metadata", "xl/richdata/", "docprops/", "customxml/",
    "thumbnails/", "configurations2/", "pictures/", "basic/", "object ",
)  # fmt: skip


# What zipfile raises of a hostile, broken or unusual archive (NotImplementedError: a compression that it doesn't know).
NO_ZIP = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError, LookupError,
    OverflowError, MemoryError,
)  # fmt: skip


def open_package(content: bytes, limits: Limits, *, skip: re.Pattern[str] | None = None) -> Package:
    """Tell what the bytes are and refuse what would hurt. Sheets of an xlsx whose name matches `skip` are left out unread.
    Raises FormUnreadable."""
    if len(content) > limits.file_bytes:
        raise FormUnreadable("too-large")
    if content.startswith(_OLE):
        return _open_ole(content, limits)
    if content.startswith(b"PK"):
        return _open_zip(content, limits, skip)
    raise FormUnreadable("broken" if not content.strip(b"\0 \r\n\t") else "not-xlsx")


def unpacked_size(content: bytes) -> int:
    """How many bytes opening the file would read, as far as it says so itself: `open_package` reads no more than that."""
    if not content.startswith(b"PK"):
        return len(content)
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            infos = archive.infolist()
    except Exception:  # whatever the bytes make zipfile meet; opening it will say so
        return len(content)
    return sum(info.file_size for info in infos if not info.filename.lower().startswith(NO_VALUES))


# --- zip: xlsx, xlsm, xlsb, ods ---------------------------------------------------------------------------------------


def _open_zip(content: bytes, limits: Limits, skip: re.Pattern[str] | None) -> Package:
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            infos = archive.infolist()
        if len(infos) > limits.entries:
            raise FormUnreadable("too-large")
        kind = _format(content, infos)
        aside = _aside(content, infos, skip) if kind == "xlsx" and skip is not None else frozenset[str]()
        wanted = [info for info in infos if info.filename.lower() not in aside]
        _check_stated(infos, limits)
        parts = {name: _transitional(part) for name, part in _parts(content, wanted, kind, limits)}
    except NO_ZIP as error:
        raise FormUnreadable("broken") from error
    errors = False
    hidden: dict[str, extent.Hidden] = {}
    strays: dict[str, tuple[str, ...]] = {}
    merged: dict[str, list[tuple[int, int, int, int]]] = {}
    if kind == "xlsx" and sum(_strings(part) for part in parts.values()) > limits.strings:
        raise FormUnreadable("too-large")
    for name, part in parts.items():  # whatever its name: relations decide which part is a sheet
        if kind == "xlsx" and b"sheetData" in part:
            part, far = extent.near_cells(part, limits)  # noqa: PLW2901
            if far:
                strays[name.lower()] = far
            if unseen := extent.hidden(part):
                hidden[name.lower()] = unseen
            errors = errors or (b"v>#" in part and (b't="e"' in part or b"t='e'" in part))
            parts[name] = _cells_only(part)
        elif kind != "xlsx" and len(part) > limits.slow_bytes:
            raise FormUnreadable("too-large")
        elif kind == "xlsb" and name.lower().endswith(".bin"):
            extent.check_xlsb(part, limits)
        elif kind == "ods" and name == "content.xml":
            merged = extent.check_ods(part, limits)
    names = names_of_sheets(parts.get(WORKBOOK, b""), parts.get(RELATIONS, b"")) if hidden or strays else {}
    return Package(
        kind,
        _stored(parts),
        errors,
        {names[part]: what for part, what in hidden.items() if part in names},
        {names[part]: cells for part, cells in strays.items() if part in names},
        merged,
    )


_STRICT = (
    (b"http://purl.oclc.org/ooxml/spreadsheetml/main", b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"),
    (
        b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    ),
)


def _transitional(part: bytes) -> bytes:
    """Excel's 「Strict Open XML」 under the names that every reader knows (ECMA-376 part 1 and part 4 differ in those)."""
    if b"http://purl.oclc.org/ooxml/" in part:
        for strict, usual in _STRICT:
            part = part.replace(strict, usual)
    return part


def _format(content: bytes, infos: list[zipfile.ZipInfo]) -> Format:
    names = {info.filename.lower().replace("\\", "/").lstrip("/"): info for info in infos}
    if len(names) != len(infos):
        raise FormUnreadable("broken")  # two entries of one name: two readers, two contents
    if "encryptedpackage" in names:
        raise FormUnreadable("locked")
    if "xl/workbook.bin" in names:
        return "xlsb"
    if "content.xml" in names and "mimetype" in names:
        if b"opendocument.spreadsheet" not in _read(content, names["mimetype"], 200):
            raise FormUnreadable("not-xlsx")
        if "meta-inf/manifest.xml" in names:
            manifest = _read(content, names["meta-inf/manifest.xml"], 1_000_000)
            if b"encryption-data" in manifest:
                raise FormUnreadable("locked")
        return "ods"
    if any(name.startswith("xl/") for name in names):
        return "xlsx"
    raise FormUnreadable("not-xlsx")


def _aside(content: bytes, infos: list[zipfile.ZipInfo], skip: re.Pattern[str]) -> frozenset[str]:
    """Parts of sheets that won't be read; none where the workbook isn't laid out as everybody's is."""
    named = {info.filename: info for info in infos if info.filename in (WORKBOOK, RELATIONS)}
    if len(named) != 2 or any(info.flag_bits & 0x1 or info.file_size > MOST for info in named.values()):
        return frozenset()
    workbook, relations = (_read(content, named[name], MOST) for name in (WORKBOOK, RELATIONS))
    _check_xml(workbook)
    _check_xml(relations)
    return left_aside(workbook, relations, skip)


def _check_stated(infos: list[zipfile.ZipInfo], limits: Limits) -> None:
    """XML that no reader here gets (sheets of examples, drawings) is never unpacked by us, but a person's Excel will: it is held to
    the bounds of a part, and all together to five workbooks, as the directory states them. Raises FormUnreadable: `too-large`, or
    `broken` for a part that states less than it is packed into (deflate adds no more than five bytes a block)."""
    left = 5 * limits.unpacked_bytes
    for info in infos:
        if not info.filename.lower().endswith(_XML):
            continue
        left -= info.file_size
        if left < 0 or _is_bomb(info, limits):
            raise FormUnreadable("too-large")
        if info.compress_size > info.file_size + info.file_size // 1000 + 64:
            raise FormUnreadable("broken")


_XML = (".xml", ".rels", ".vml")


def _is_bomb(info: zipfile.ZipInfo, limits: Limits) -> bool:
    """A part of more than a megabyte that is packed beyond what sheets reach."""
    return info.file_size > 1_000_000 and info.file_size > limits.ratio * max(info.compress_size, 1)


def _parts(content: bytes, infos: list[zipfile.ZipInfo], kind: Format, limits: Limits) -> Iterator[tuple[str, bytes]]:
    left = limits.unpacked_bytes
    for info in infos:
        name = info.filename.replace("\\", "/").lstrip("/")
        lower = name.lower()
        if info.is_dir() or lower.startswith(NO_VALUES) or ".." in name:
            continue
        if kind == "ods" and lower not in ("content.xml", "mimetype", "meta-inf/manifest.xml"):
            continue
        if not lower.endswith((".xml", ".rels", ".bin")) and lower != "mimetype":
            continue
        if info.flag_bits & 0x1:
            raise FormUnreadable("locked")
        if _is_bomb(info, limits):
            raise FormUnreadable("too-large")
        part = _read(content, info, left)
        left -= len(part)
        if not lower.endswith(".bin"):
            _check_xml(part)
        yield name, part


def _read(content: bytes, info: zipfile.ZipInfo, at_most: int) -> bytes:
    """The part, in one call instead of zipfile's blocks. No more is unpacked than its stated size, which with its checksum must
    then be right. Its local header's name doesn't count: readers get the parts under the names of the directory."""
    if info.file_size > at_most:
        raise FormUnreadable("too-large")
    if info.header_offset < 0 or not content.startswith(_ZIP, info.header_offset):
        raise zipfile.BadZipFile
    name_length, extra_length = struct.unpack_from("<HH", content, info.header_offset + 26)
    start = info.header_offset + 30 + name_length + extra_length
    data = content[start : start + info.compress_size]
    if info.compress_type == zipfile.ZIP_DEFLATED:
        stream = zlib.decompressobj(-zlib.MAX_WBITS)
        data = stream.decompress(data, info.file_size + 1)
    elif info.compress_type != zipfile.ZIP_STORED:
        raise zipfile.BadZipFile
    if len(data) != info.file_size or zlib.crc32(data) != info.CRC:
        raise zipfile.BadZipFile
    return data


def _stored(parts: dict[str, bytes]) -> bytes:
    """The same parts, uncompressed: readers see exactly what was looked at here, and nothing else."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, part in parts.items():
            archive.writestr(zipfile.ZipInfo(name), part)
    return out.getvalue()


def _cells_only(part: bytes) -> bytes:
    """The sheet's cells with the merged ranges before them: calamine looks for those from the start, and openpyxl
    insists on the drawings and tables that a sheet names after its cells. As it is where that order isn't plain."""
    start, end = part.find(b"<sheetData>"), part.find(b"</sheetData>")
    if not 0 <= part.find(b"<worksheet", 0, max(start, 0)) < start < end or part.find(b"</sheetData>", end + 1) >= 0:
        return part
    first, last = part.find(b"<mergeCells", end), part.find(b"</mergeCells>", end)
    merged = part[first : last + len(b"</mergeCells>")] if 0 <= first < last else b"<mergeCells></mergeCells>"
    return b"".join((part[:start], merged, part[start:end], b"</sheetData></worksheet>"))


def _strings(part: bytes) -> int:
    """How many shared strings a part holds; it is the one with the element `sst`."""
    return part.count(b"<si") + part.count(b":si") if b"sst" in part else 0


_MERGED = re.compile(rb"""<mergeCell\s{1,5}ref=["']([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})["']""")


def check_merged(package: Package, limits: Limits) -> None:
    """openpyxl makes a cell of each cell of a merged range. Raises FormUnreadable (`too-large`) for too many."""
    content = package.content  # its parts are stored as they are
    ranges = _MERGED.findall(content)
    area = sum(
        (abs(int(last_row) - int(row)) + 1) * (abs(extent.column_number(last) - extent.column_number(first)) + 1)
        for first, row, last, last_row in ranges
    )
    said = content.count(b"<mergeCell") - content.count(b"<mergeCells")
    if area > limits.cells or len(ranges) != said or b":mergeCell" in content:
        raise FormUnreadable("too-large")


def _check_xml(part: bytes) -> None:
    """No document type, hence no entities of its own; no encoding in which one could hide."""
    if part[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in part[:256]:
        raise FormUnreadable("broken")
    if b"<!" in part and (b"<!DOCTYPE" in part or b"<!ENTITY" in part):
        raise FormUnreadable("broken")


# --- OLE: xls, and what Office locks ----------------------------------------------------------------------------------


def _open_ole(content: bytes, limits: Limits) -> Package:
    try:
        with olefile.OleFileIO(BytesIO(content)) as ole:
            locked = ole.exists("EncryptedPackage")
            stream = next((name for name in ("Workbook", "Book") if ole.exists(name)), None)
            book = ole.openstream(stream).read() if stream and not locked else None
    except Exception as error:  # olefile raises whatever the bytes make it meet
        raise FormUnreadable("broken") from error
    if book is None:
        raise FormUnreadable("locked" if locked else "not-xlsx")
    extent.check_xls(book, limits)
    return Package("xls", content)
