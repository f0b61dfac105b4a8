"""A blank form as its maker left it: words, frames, colours, drop-downs, notes at cells.

In: bytes of a workbook, Limits. Out: BlankBook. Raises FormUnreadable, and nothing else, whatever the bytes are. Pure.
Only sheets, styles and names reach openpyxl: no pictures, no drawings, no macros. An ods is read by blank_ods.py; of an xls or
xlsb the words and merged cells alone are known, `remarks` says so. Sources: ECMA-376 part 1 §18.3.1.33 (data validations), MS-XLSX 2.6.53 (x14:dataValidation).
"""

from __future__ import annotations

import html
import posixpath
import re
import warnings
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from io import BytesIO

import openpyxl
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.utils import column_index_from_string, coordinate_to_tuple, get_column_letter
from openpyxl.workbook.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from mailflow.forms.grid import Area, CellValue, Sheet, load_grid
from mailflow.forms.learning.blank_ods import OdsSheet, read_ods
from mailflow.forms.learning.colours import hue_of
from mailflow.forms.learning.look import MOST_CELLS, MOST_COLUMNS, MOST_ROWS, MOST_RULES, PLAIN, Look, Validation
from mailflow.forms.lossless import NotWhole, sheet_parts
from mailflow.forms.package import NO_VALUES, FormUnreadable, Limits, Package, check_merged, open_package

_MOST_OF_A_RULE = 1_000  # cells
_MOST_AREAS, _MOST_NAMES, _MOST_COMMENTS = 200, 2_000, 2_000


@dataclass(slots=True)
class BlankSheet:
    """`looks`, `notes` (comments) and `heights` (points) by 0-based place; only what differs from the plain."""

    grid: Sheet
    looks: dict[tuple[int, int], Look] = field(default_factory=dict)
    validations: list[Validation] = field(default_factory=list)
    notes: dict[tuple[int, int], str] = field(default_factory=dict)
    heights: dict[int, float] = field(default_factory=dict)
    protected: bool = False
    _ruled: dict[tuple[int, int], Validation] | None = None

    @property
    def name(self) -> str:
        return self.grid.name

    def look(self, row: int, column: int) -> Look:
        return self.looks.get((row, column), PLAIN)

    @property
    def ruled(self) -> dict[tuple[int, int], Validation]:
        """The cells with a rule of their own."""
        if self._ruled is None:
            self._ruled = {}
            for one in self.validations:
                # A rule over a whole column says nothing of the one box that counts.
                areas = [a for a in one.areas if (a[2] - a[0] + 1) * (a[3] - a[1] + 1) <= _MOST_OF_A_RULE]
                for at in area_cells(areas, _MOST_OF_A_RULE):
                    self._ruled.setdefault(at, one)
        return self._ruled

    def validation(self, row: int, column: int) -> Validation | None:
        return self.ruled.get((row, column))


@dataclass(slots=True)
class BlankBook:
    """`names`: defined name (casefolded) → what it stands for."""

    sheets: list[BlankSheet]
    names: Mapping[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    def sheet(self, name: str) -> BlankSheet | None:
        return next((one for one in self.sheets if one.name.casefold() == name.casefold()), None)


def open_blank(content: bytes, limits: Limits | None = None) -> BlankBook:
    """The workbook, its hidden sheets too."""
    limits = limits or Limits()
    package = open_package(content, limits)
    if package.format == "ods":
        return _ods(content, package, limits)
    if package.format != "xlsx":
        remark = "Excel形式（.xlsx）ではないため、罫線・プルダウン・コメントは読み取っていません。"
        return BlankBook([BlankSheet(sheet) for sheet in load_grid(content, "calamine", limits)], remarks=[remark])
    check_merged(package, limits)
    try:
        slim, extras = _slim(content, limits)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(BytesIO(slim), keep_links=False)
    except FormUnreadable:
        raise
    except Exception:  # openpyxl raises whatever its parser meets; the words can be read without it
        remark = "書式を読み取れないファイルのため、罫線・プルダウン・コメントは読み取っていません。"
        return BlankBook([BlankSheet(sheet) for sheet in load_grid(content, "calamine", limits)], remarks=[remark])
    grids = {sheet.name: sheet for sheet in load_grid(content, "auto", limits)}
    sheets = [
        _sheet(worksheet, grids[worksheet.title], extras.get(worksheet.title, _Extras()))
        for worksheet in book.worksheets[: limits.sheets]
        if worksheet.title in grids
    ]
    remarks = ["図形・部品（チェックボックスなど）は読み取っていません。"] if _has_shapes(content) else []
    return BlankBook(sheets, _names(book), remarks)


def _ods(content: bytes, package: Package, limits: Limits) -> BlankBook:
    with zipfile.ZipFile(BytesIO(package.content)) as archive:
        said, names = read_ods(archive.read("content.xml"))
    sheets = []
    for grid in load_grid(content, "calamine", limits):
        own = said.get(grid.name, OdsSheet())
        for row, column in own.formulas:
            _empty(grid, row, column)
        sheets.append(BlankSheet(grid, own.looks, own.validations, own.notes, own.heights, own.protected))
    return BlankBook(sheets, names)


# --- what openpyxl gets -----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Extras:
    """What of a sheet openpyxl doesn't give."""

    validations: list[Validation] = field(default_factory=list)
    notes: dict[tuple[int, int], str] = field(default_factory=dict)


_TAIL = re.compile(rb"</sheetData>|<sheetData\s?/>")


def _slim(content: bytes, limits: Limits) -> tuple[bytes, dict[str, _Extras]]:
    """The workbook without what names other parts; and what its sheets keep outside of openpyxl's sight."""
    parts: dict[str, bytes] = {}
    others: dict[str, bytes] = {}  # relations of sheets, comments
    left = limits.unpacked_bytes
    with zipfile.ZipFile(BytesIO(content)) as archive:
        for info in archive.infolist():
            name = info.filename.replace("\\", "/").lstrip("/")
            lower = name.lower()
            aside = lower.startswith(("xl/worksheets/_rels/", "xl/comments")) and lower.endswith((".xml", ".rels"))
            if info.is_dir() or (lower.startswith(NO_VALUES) and not aside):
                continue
            if not lower.endswith((".xml", ".rels")) or info.file_size > left:
                continue
            left -= info.file_size
            (others if aside else parts)[name] = archive.read(info)
    cells = 0
    tails: dict[str, bytes] = {}
    for name, part in parts.items():
        if b"sheetData" not in part:
            continue
        cells += len(re.findall(rb"<c[\s>/]", part)) + part.count(b":c ")
        if cells > MOST_CELLS or part.count(b"<dataValidation") > MOST_RULES:
            raise FormUnreadable("too-large")
        if found := _TAIL.search(part):
            tails[name] = tail = part[found.end() :]
            kept = (_element(tail, tag) for tag in (b"sheetProtection", b"mergeCells", b"dataValidations"))
            parts[name] = part[: found.end()] + b"".join(kept) + b"</worksheet>"
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as new:
        for name, part in parts.items():
            new.writestr(zipfile.ZipInfo(name), part)
    try:
        paths = sheet_parts(parts)
    except NotWhole:
        paths = {}
    extras = {title: _Extras(_x14(tails.get(path, b"")), _comments(path, others)) for title, path in paths.items()}
    return out.getvalue(), extras


def _element(tail: bytes, tag: bytes) -> bytes:
    """The first element of that name, whole; nothing where there is none."""
    start = tail.find(b"<" + tag)
    close = tail.find(b">", start)
    if start < 0 or close < 0:
        return b""
    if tail[close - 1 : close] == b"/":
        return tail[start : close + 1]
    end = tail.find(b"</" + tag + b">", close)
    return tail[start : end + len(tag) + 3] if end >= 0 else b""


def _elements(part: bytes, tag: bytes, most: int) -> list[tuple[str, bytes]]:
    """(attributes, content) of each element of that name, in one walk."""
    found = []
    for piece in part.split(b"<" + tag + b" ", most + 1)[1:]:
        head, _, rest = piece.partition(b">")
        found.append((head[:4000].decode(errors="replace"), rest[:40_000].partition(b"</" + tag + b">")[0]))
    return found[:most]


_X14_FORMULA = re.compile(rb"<x14:formula1>\s{0,9}<xm:f>([^<]{1,2000})</xm:f>")
_X14_WHERE = re.compile(rb"<xm:sqref>([^<]{1,4000})</xm:sqref>")
_ATTRIBUTE = re.compile(r'([A-Za-z]{1,20})="([^"]{0,600})"')


def _x14(tail: bytes) -> list[Validation]:
    found = []
    for attributes, inner in _elements(tail, b"x14:dataValidation", MOST_RULES):
        where, formula = _X14_WHERE.search(inner), _X14_FORMULA.search(inner)
        said = {key: html.unescape(value) for key, value in _ATTRIBUTE.findall(attributes)}
        if where and formula:
            formula1 = html.unescape(formula[1].decode(errors="replace"))
            areas = _areas(where[1].decode(errors="replace"))
            found.append(Validation(areas, said.get("type", "none"), "", formula1, "", said.get("prompt", "")))
    return found


_CELL = re.compile(r"[A-Z]{1,3}[0-9]{1,7}")
_RUN = re.compile(rb"<t(?:\s[^>]{0,80})?>([^<]{0,8000})</t>")
_RELATION = re.compile(rb"<Relationship\s([^>]{0,2000})/?>")


def _comments(path: str, others: Mapping[str, bytes]) -> dict[tuple[int, int], str]:
    folder, name = posixpath.split(path)
    found: dict[tuple[int, int], str] = {}
    for attributes in _RELATION.findall(others.get(f"{folder}/_rels/{name}.rels", b"")):
        said = dict(_ATTRIBUTE.findall(attributes.decode(errors="replace")))
        if said.get("Type", "").endswith("/comments"):
            target = said.get("Target", "")
            part = others.get(
                target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
            )
            for stated, inner in _elements(part or b"", b"comment", _MOST_COMMENTS):
                cell = dict(_ATTRIBUTE.findall(stated)).get("ref", "")
                if not _CELL.fullmatch(cell):
                    continue
                row, column = coordinate_to_tuple(cell)
                words = b"".join(_RUN.findall(inner)).decode(errors="replace")
                found[row - 1, column - 1] = html.unescape(words).strip()
    return found


def _has_shapes(content: bytes) -> bool:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return any(
            re.fullmatch(r"xl/(?:drawings/drawing[0-9]{1,3}\.xml|ctrlprops/.{1,60}|activex/.{1,60}\.xml)", name.lower())
            for name in archive.namelist()
        )


def _names(book: Workbook) -> dict[str, str]:
    every: list[tuple[str, str]] = [(name, one.attr_text or "") for name, one in book.defined_names.items()]
    for worksheet in book.worksheets:
        every += [(name, one.attr_text or "") for name, one in worksheet.defined_names.items()]
    return {name.casefold(): text for name, text in every[:_MOST_NAMES]}


# --- a sheet ----------------------------------------------------------------------------------------------------------


def _sheet(worksheet: Worksheet, grid: Sheet, extras: _Extras) -> BlankSheet:
    sheet = BlankSheet(grid, notes=extras.notes, protected=bool(worksheet.protection.sheet))
    for (row, column), cell in worksheet._cells.items():
        if row > MOST_ROWS or column > MOST_COLUMNS:
            continue
        look = _look(cell, sheet.protected)
        if look != PLAIN:
            sheet.looks[row - 1, column - 1] = look
        if look.formula:
            _empty(grid, row - 1, column - 1)  # what it counts up isn't the maker's word
    for one in worksheet.data_validations.dataValidation:
        areas = _areas(str(one.sqref))
        sheet.validations.append(
            Validation(areas, one.type or "none", one.operator or "between", one.formula1 or "", one.formula2 or "", one.prompt or "")
        )  # fmt: skip
    sheet.validations += extras.validations
    for number, dimension in worksheet.row_dimensions.items():
        if dimension.height and number <= MOST_ROWS:
            sheet.heights[number - 1] = float(dimension.height)
    return sheet


def _empty(grid: Sheet, row: int, column: int) -> None:
    if row < grid.height and column < len(grid.rows[row]):
        grid.rows[row][column] = None


def _look(cell: Cell | MergedCell, protected: bool) -> Look:
    sides = (cell.border.left, cell.border.right, cell.border.top, cell.border.bottom) if cell.has_style else ()
    drawn = any(side is not None and side.style for side in sides)
    if isinstance(cell, MergedCell):
        return Look(drawn=drawn)
    formula = cell.data_type == "f"
    if not cell.has_style:
        return Look(formula=formula, free=False) if formula else PLAIN
    return Look(
        drawn=drawn,
        fill=_colour(cell),
        size=float(cell.font.sz or 11),
        bold=bool(cell.font.b),
        free=protected and not cell.protection.locked,
        number_format=str(cell.number_format or "General")[:80],
        formula=formula,
        hue=hue_of(cell),
    )


def _colour(cell: Cell) -> str | None:
    if cell.fill.fill_type != "solid":
        return None
    colour = cell.fill.fgColor
    said = f"{colour.type}:{colour.rgb if colour.type == 'rgb' else colour.theme if colour.type == 'theme' else colour.indexed}"
    return None if said.upper().endswith(("FFFFFFFF", "00FFFFFF", "THEME:0")) else f"{said}:{colour.tint:.2f}"


def _areas(text: str) -> tuple[Area, ...]:
    """「B3 D5:D9」 as boxes."""
    found = []
    for piece in text.split()[:_MOST_AREAS]:
        if area := area_of(piece):
            found.append(area)
    return tuple(found)


_AREA = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})(?::\$?([A-Z]{1,3})\$?([0-9]{1,7}))?")


def area_of(reference: str) -> Area | None:
    """「$B$3:$D$9」 as a box; None for what names none (a whole column)."""
    found = _AREA.fullmatch(reference)
    if found is None:
        return None
    rows = sorted((int(found[2]), int(found[4] or found[2])))
    columns = sorted(map(column_index_from_string, (found[1], found[3] or found[1])))
    return (rows[0] - 1, columns[0] - 1, rows[1] - 1, columns[1] - 1)


def cell_name(sheet: str, area: Area) -> str:
    """「応募様式!D12」"""
    return f"{sheet}!{get_column_letter(area[1] + 1)}{area[0] + 1}"


def area_cells(areas: Iterable[Area], most: int = 400) -> list[tuple[int, int]]:
    """The places of some ranges, row by row, no more than `most`, none beyond what is looked at of a sheet."""
    found: list[tuple[int, int]] = []
    for area in areas:
        for row in range(area[0], min(area[2], MOST_ROWS) + 1):
            for column in range(area[1], min(area[3], MOST_COLUMNS) + 1):
                if len(found) >= most:
                    return found
                found.append((row, column))
    return found


def values_at(sheet: BlankSheet, areas: Iterable[Area]) -> list[CellValue]:
    return [value for row, column in area_cells(areas) if (value := sheet.grid.at(row, column)) is not None]
