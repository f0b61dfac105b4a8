"""What openpyxl would lose of a workbook, told before it opens it (DESIGN §4: then the original stays untouched).

In: bytes of an .xlsx. Out: `inspect` gives a `Whole`, or raises NotWhole with a Japanese reason. Pure.
A workbook is whole where every part, every element of its sheets is one that openpyxl reads and writes; or that
nobody misses: printer settings, the order of calculation, readings (furigana) that aren't shown, what a document library
(SharePoint) notes about its file. Two things that it
drops are put back by `restore`: the values of formulas, and what Excel keeps in a sheet's extension list (drop-downs
that name another sheet). Sources: ECMA-376 part 1 §18.3.1.99 (children of a worksheet), part 2 (packages).
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from xml.etree import ElementTree
from xml.parsers import expat
from xml.sax.saxutils import escape

from mailflow.forms.grid import CellValue, ExcelError
from mailflow.forms.package import NO_ZIP

MOST_BYTES = 2_000_000  # of the file; a form is 50 kB
MOST_UNPACKED = 20_000_000
MOST_CELLS = 20_000
_MOST_PARTS = 200

_KNOWN_PART = re.compile(
    r"\[content_types\]\.xml|_rels/\.rels|docprops/(?:app|core|custom)\.xml|customxml/(?:_rels/)?item(?:props)?[0-9]{1,3}\.xml(?:\.rels)?|xl/workbook\.xml|xl/_rels/workbook\.xml\.rels"
    r"|xl/styles\.xml|xl/sharedstrings\.xml|xl/theme/theme[0-9]{1,3}\.xml|xl/calcchain\.xml"
    r"|xl/worksheets/sheet[0-9]{1,3}\.xml|xl/worksheets/_rels/sheet[0-9]{1,3}\.xml\.rels"
    r"|xl/printersettings/[a-z0-9]{1,60}\.bin|xl/comments/?[a-z0-9]{0,20}\.xml|xl/comments/comment[0-9]{1,3}\.xml"
    r"|xl/drawings/(?:vmldrawing[0-9]{1,3}|commentsdrawing[0-9]{1,3})\.vml|xl/[a-z]{1,20}drawing[0-9]{1,3}\.vml"
)
# What the other parts are called when someone must be told.
_NAMES = (
    ("xl/vbaproject", "マクロ"), ("xl/media/", "画像"), ("xl/ctrlprops/", "フォームの部品（チェックボックスなど）"),
    ("xl/activex/", "フォームの部品（チェックボックスなど）"), ("xl/charts/", "グラフ"), ("xl/drawings/", "図形や画像"),
    ("xl/externallinks/", "ほかのファイルへのリンク"), ("xl/connections", "データ接続"), ("xl/querytables/", "データ接続"),
    ("xl/pivot", "ピボットテーブル"), ("xl/tables/", "テーブル"), ("xl/threadedcomments/", "返信付きのコメント"),
    ("xl/persons/", "返信付きのコメント"), ("xl/embeddings/", "埋め込まれたファイル"), ("_xmlsignatures/", "電子署名"),
)  # fmt: skip
_KNOWN_CHILDREN = frozenset(
    {"sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData", "sheetProtection", "autoFilter", "mergeCells", "phoneticPr", "conditionalFormatting",
     "dataValidations", "hyperlinks", "printOptions", "pageMargins", "pageSetup", "headerFooter", "rowBreaks", "colBreaks", "ignoredErrors", "legacyDrawing", "extLst"}
)  # fmt: skip
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_SHEET_TYPE = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_SHAPE = re.compile(rb"ObjectType=[\"']([A-Za-z]{1,20})[\"']")


class NotWhole(Exception):
    """openpyxl would lose something. `str()` says what, in Japanese."""


@dataclass(frozen=True, slots=True)
class Whole:
    """`extensions`: sheet name → its extension list as it stands. `formulas`: some cell holds one. `saved`: the moment
    that the file says it was saved at, as it is written there."""

    extensions: Mapping[str, bytes]
    formulas: bool
    saved: str | None


def inspect(content: bytes) -> Whole:
    """Raises NotWhole."""
    if len(content) > MOST_BYTES:
        raise NotWhole("ファイルが大きいため、印を付けていません。")
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            infos = archive.infolist()
            if len(infos) > _MOST_PARTS or sum(info.file_size for info in infos) > MOST_UNPACKED:
                raise NotWhole("ファイルが大きいため、印を付けていません。")
            _only_known([info.filename for info in infos if not info.is_dir()])
            parts = {info.filename: archive.read(info) for info in infos if not info.is_dir()}
    except NO_ZIP as error:
        raise NotWhole("Excel形式（.xlsx）のファイルとして開けないため、印を付けていません。") from error
    for name, part in parts.items():
        if not name.lower().endswith(".bin"):
            _plain_xml(part)
        _missed_by_nobody(name.lower(), part)
    if _SHEET_TYPE not in parts.get("[Content_Types].xml", b""):
        raise NotWhole("Excel形式（.xlsx）のファイルではないため、印を付けていません。")
    sheets = _sheets(parts)
    texts = [part for name, part in parts.items() if name.lower().startswith("xl/worksheets/sheet")]
    if sum(len(re.findall(rb"<c[\s>/]", part)) for part in texts) > MOST_CELLS:
        raise NotWhole("ファイルが大きいため、印を付けていません。")
    if any(b' ph="1"' in part or b" ph='1'" in part or b' ph="true"' in part for part in texts):
        raise NotWhole("ふりがなの表示が失われるため、印を付けていません。")
    return Whole(
        {name: found for name, part in sheets.items() if (found := _extensions(part))},
        any(re.search(rb"<f[\s>/]", part) for part in texts),
        _saved(parts.get("docProps/core.xml", b"")),
    )


def restore(content: bytes, whole: Whole, values: Mapping[str, Mapping[str, CellValue]]) -> bytes:
    """The file as openpyxl wrote it, with what it dropped. `values`: of each sheet's formulas, by cell (「B7」).

    The bytes are those of its content alone: no time of writing, entries in one order. Raises NotWhole."""
    out = BytesIO()
    stamp = (whole.saved or "2026-01-01T00:00:00Z").encode()
    with zipfile.ZipFile(BytesIO(content)) as written, zipfile.ZipFile(out, "w") as new:
        parts = {name: written.read(name) for name in written.namelist()}
        names = {part: name for name, part in sheet_parts(parts).items()}
        for path in sorted(parts, key=lambda path: (path != "[Content_Types].xml", path)):
            part = parts[path]
            if path == "docProps/core.xml":
                part = _MODIFIED.sub(rb"\g<1>" + stamp + rb"\g<2>", part)
            elif path in names:
                part = _with_values(part, values.get(names[path], {}))
                part = _with_extensions(part, whole.extensions.get(names[path]))
            info = zipfile.ZipInfo(path, (2026, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            new.writestr(info, part, compresslevel=6)
    return out.getvalue()


# --- looking ----------------------------------------------------------------------------------------------------------


def _only_known(names: list[str]) -> None:
    lower = [name.lower().replace("\\", "/").lstrip("/") for name in names]
    for start, said in _NAMES:
        if any(name.startswith(start) and not _KNOWN_PART.fullmatch(name) for name in lower):
            raise NotWhole(f"{said}が失われるため、印を付けていません。")
    if any(not _KNOWN_PART.fullmatch(name) for name in lower) or len(set(lower)) != len(lower):
        raise NotWhole("ファイルの一部が失われるおそれがあるため、印を付けていません。")


_PROPERTY = re.compile(rb"<vt:([A-Za-z0-9]{1,20})")
_KEPT_PROPERTIES = frozenset({b"lpwstr", b"i4", b"r8", b"filetime", b"bool"})  # openpyxl reads and writes these
_OF_A_LIBRARY = (b"schemas.microsoft.com/office/2006/metadata", b"schemas.microsoft.com/sharepoint")


def _missed_by_nobody(name: str, part: bytes) -> None:
    """Properties of other kinds, and data that a query or an add-in keeps in the file, would be missed."""
    kept = name != "docprops/custom.xml" or _KEPT_PROPERTIES.issuperset(_PROPERTY.findall(part))
    item = re.fullmatch(r"customxml/item[0-9]{1,3}\.xml", name) is not None
    if not kept or (item and not any(noted in part for noted in _OF_A_LIBRARY)):
        raise NotWhole("ファイルの一部が失われるおそれがあるため、印を付けていません。")


def _plain_xml(part: bytes) -> None:
    if b"\0" in part[:256] or b"<!DOCTYPE" in part or b"<!ENTITY" in part:
        raise NotWhole("ファイルの形が通常と違うため、印を付けていません。")
    if kinds := set(_SHAPE.findall(part)) - {b"Note"}:
        controls = b"Pict" not in kinds
        raise NotWhole(
            f"{'フォームの部品（チェックボックスなど）' if controls else '画像'}が失われるため、印を付けていません。"
        )


def sheet_parts(parts: Mapping[str, bytes]) -> dict[str, str]:
    """Sheet name → the path of its part."""
    try:
        book = ElementTree.fromstring(parts["xl/workbook.xml"])  # noqa: S314  (no document type: _plain_xml)
        rels = ElementTree.fromstring(parts["xl/_rels/workbook.xml.rels"])  # noqa: S314
    except (KeyError, ElementTree.ParseError) as error:
        raise NotWhole("ファイルの形が通常と違うため、印を付けていません。") from error
    targets = {rel.get("Id"): rel.get("Target") or "" for rel in rels}
    found = {}
    for sheet in book.iter(f"{{{_MAIN}}}sheet"):
        target = targets.get(sheet.get(f"{{{_REL}}}id"), "")
        found[sheet.get("name") or ""] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return found


def _sheets(parts: Mapping[str, bytes]) -> dict[str, bytes]:
    paths = sheet_parts(parts)
    if not paths or any(path not in parts for path in paths.values()):
        raise NotWhole("ファイルの形が通常と違うため、印を付けていません。")
    for path in paths.values():
        _known_elements(parts[path])
    return {name: parts[path] for name, path in paths.items()}


def _known_elements(part: bytes) -> None:
    """Every child of the worksheet is one that openpyxl knows; extension lists stand at its end only."""
    depth = 0
    found: set[str] = set()
    lists: set[int] = set()

    def start(tag: str, _: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        name = tag.rpartition(" ")[2]
        if depth == 2:
            found.add(name)
        if name == "extLst":
            lists.add(depth)

    def end(_: str) -> None:
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler = start, end
    try:
        parser.Parse(part, True)
    except expat.ExpatError as error:
        raise NotWhole("ファイルが壊れているため、印を付けていません。") from error
    if "drawing" in found or "picture" in found or "legacyDrawingHF" in found:
        raise NotWhole("図形や画像が失われるため、印を付けていません。")
    if not found <= _KNOWN_CHILDREN or min(lists, default=2) < 2 or (lists and 2 not in lists):
        raise NotWhole("シートの設定の一部が失われるため、印を付けていません。")


def _extensions(part: bytes) -> bytes | None:
    at, end = part.rfind(b"<extLst>"), part.rfind(b"</extLst>")
    if at < 0:
        if b"extLst" in part:
            raise NotWhole("シートの設定の一部が失われるため、印を付けていません。")
        return None
    if part.find(b"extLst") != at + 1 or part[end + len(b"</extLst>") :].strip() != b"</worksheet>":
        raise NotWhole("シートの設定の一部が失われるため、印を付けていません。")
    return part[at : end + len(b"</extLst>")]


_MODIFIED = re.compile(rb"(<dcterms:modified[^>]{0,200}>)[^<]{0,60}(</dcterms:)")
_WHEN = re.compile(rb"<dcterms:(?:modified|created)[^>]{0,200}>([0-9TZ:.+-]{1,40})</dcterms:")


def _saved(core: bytes) -> str | None:
    found = _WHEN.search(core)
    return found[1].decode() if found else None


# --- putting back -----------------------------------------------------------------------------------------------------

_FORMULA = re.compile(
    rb'<c r="([A-Z]{1,3}[0-9]{1,7})"([^>]{0,80})>(<f[\s>][^<]{0,9000}</f>|<f[^>]{0,200}/>)(?:<v ?/>|<v></v>)'
)


def _with_values(part: bytes, values: Mapping[str, CellValue]) -> bytes:
    if not values:
        return part

    def put(found: re.Match[bytes]) -> bytes:
        cell, attributes, formula = found[1].decode(), found[2], found[3]
        kind, text = _as_xml(values.get(cell))
        if text is None:
            return found[0]
        attributes = re.sub(rb' t="[a-z]{1,10}"', b"", attributes) + kind
        return b'<c r="%b"%b>%b<v>%b</v>' % (cell.encode(), attributes, formula, text)

    return _FORMULA.sub(put, part)


def _as_xml(value: CellValue) -> tuple[bytes, bytes | None]:
    match value:
        case bool():
            return b' t="b"', b"1" if value else b"0"
        case int() | float():
            return b"", repr(value).encode()
        case str():
            return b' t="str"', escape(value).encode()
        case ExcelError():
            return b' t="e"', value.code.encode()
        case _:
            return b"", None


def _with_extensions(part: bytes, extensions: bytes | None) -> bytes:
    if extensions is None:
        return part
    end = part.rfind(b"</worksheet>")
    joined = part[:end] + extensions + part[end:]
    try:
        expat.ParserCreate(namespace_separator=" ").Parse(joined, True)  # a prefix declared elsewhere would be unknown
    except expat.ExpatError as error:
        raise NotWhole("シートの設定の一部が失われるため、印を付けていません。") from error
    return joined
