"""A workbook as plain grids of values, the same from either reader.

In: bytes, Limits, engine. Out: list[Sheet] in the order of the workbook; chart sheets left out.
Values: None, str (CRLF as LF, without characters that nobody sees), int, float, bool, date, time, datetime, timedelta, ExcelError. Formulas give their
cached value. Rows and columns are 0-based and end with the last value. Raises FormUnreadable (`broken`, `locked`, `too-large`), nothing else.
calamine is 20–90 times faster than openpyxl, but shows an error value as an empty cell: where the package holds one,
`engine="auto"` takes openpyxl. xls, xlsb and ods are calamine's alone.
"""

from __future__ import annotations

import datetime as dt
import re
import warnings
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Literal

import openpyxl
import python_calamine
from openpyxl.worksheet.worksheet import Worksheet

from mailflow.forms.extent import Hidden
from mailflow.forms.package import FormUnreadable, Limits, Package, check_merged, open_package


@dataclass(frozen=True, slots=True)
class ExcelError:
    """「#REF!」 and its kind."""

    code: str


CellValue = None | str | int | float | bool | dt.date | dt.time | dt.timedelta | ExcelError
Area = tuple[int, int, int, int]  # first row, first column, last row, last column; all 0-based and inside
Engine = Literal["auto", "calamine", "openpyxl"]


@dataclass(slots=True)
class Sheet:
    """`merged`: cell → the range it belongs to. `width`: columns that hold a value or belong to a merged range. `hidden`:
    what isn't shown (of an xlsx). `strays`: cells far off that were left unread."""

    name: str
    visible: bool
    rows: list[list[CellValue]]
    merged: dict[tuple[int, int], Area] = field(default_factory=dict)
    width: int = 0
    hidden: Hidden | None = None
    strays: tuple[str, ...] = ()

    @property
    def height(self) -> int:
        return len(self.rows)

    def at(self, row: int, column: int) -> CellValue:
        if 0 <= row < len(self.rows) and 0 <= column < len(self.rows[row]):
            return self.rows[row][column]
        return None

    def area(self, row: int, column: int) -> Area:
        """The box that a cell belongs to: its merged range, or itself."""
        return self.merged.get((row, column)) or (row, column, row, column)


def load_grid(
    content: bytes, engine: Engine = "auto", limits: Limits | None = None, *, skip: re.Pattern[str] | None = None
) -> list[Sheet]:
    """The sheets, but those whose name matches `skip`."""
    limits = limits or Limits()
    package = open_package(content, limits, skip=skip)
    sheets = _read(package, engine, limits, skip)
    for sheet in sheets if package.hidden or package.strays else ():
        sheet.hidden, sheet.strays = package.hidden.get(sheet.name), package.strays.get(sheet.name, ())
    return sheets


def _read(package: Package, engine: Engine, limits: Limits, skip: re.Pattern[str] | None) -> list[Sheet]:
    if engine == "openpyxl" or (engine == "auto" and package.errors and package.format == "xlsx"):
        try:
            return _by_openpyxl(package, limits, skip)
        except FormUnreadable:
            if engine == "openpyxl":
                raise  # else: openpyxl is the stricter one, calamine may still read it
    return _by_calamine(package, limits, skip)


def _by_calamine(package: Package, limits: Limits, skip: re.Pattern[str] | None) -> list[Sheet]:
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(BytesIO(package.content))
        sheets = []
        for meta in book.sheets_metadata[: limits.sheets]:
            if meta.typ is not python_calamine.SheetTypeEnum.WorkSheet or (skip and skip.search(meta.name)):
                continue
            sheet = book.get_sheet_by_name(meta.name)
            rows: list[list[Any]] = sheet.to_python(skip_empty_area=False) if sheet.start is not None else []
            ranges = [(*first, *last) for first, last in sheet.merged_cell_ranges or ()] or package.merged.get(
                meta.name, []
            )
            visible = meta.visible is python_calamine.SheetVisibleEnum.Visible
            sheets.append(_sheet(meta.name, visible, rows, ranges, limits))
    except python_calamine.PasswordError as error:
        raise FormUnreadable("locked") from error
    except FormUnreadable:
        raise
    except Exception as error:
        raise FormUnreadable("broken") from error
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # Rust gave up; pyo3 derives this from BaseException
            raise FormUnreadable("broken") from error
        raise
    return sheets


def _by_openpyxl(package: Package, limits: Limits, skip: re.Pattern[str] | None) -> list[Sheet]:
    if package.format != "xlsx":
        raise FormUnreadable("not-xlsx")
    check_merged(package, limits)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about validations and extensions that openpyxl leaves out
            book = openpyxl.load_workbook(BytesIO(package.content), data_only=True, keep_links=False)
        sheets = []
        for worksheet in book.worksheets[: limits.sheets]:
            if skip and skip.search(worksheet.title):
                continue
            rows = _rows(worksheet, limits)
            sheets.append(_sheet(worksheet.title, worksheet.sheet_state == "visible", rows, _ranges(worksheet), limits))
    except FormUnreadable:
        raise
    except Exception as error:  # openpyxl raises whatever its parser meets
        raise FormUnreadable("broken") from error
    return sheets


def _rows(worksheet: Worksheet, limits: Limits) -> list[list[Any]]:
    """Up to the last value: empty styled cells may reach to the sheet's end, and `iter_rows` would walk there."""
    cells = worksheet._cells
    said = {
        place: _from_openpyxl(cell.value, cell.data_type) for place, cell in cells.items() if cell.value is not None
    }
    height, width = max((row for row, _ in said), default=0), max((column for _, column in said), default=0)
    if height * width > limits.cells:
        raise FormUnreadable("too-large")
    rows: list[list[Any]] = [[None] * width for _ in range(height)]
    for (row, column), value in said.items():
        rows[row - 1][column - 1] = value
    return rows


def _ranges(worksheet: Worksheet) -> list[Area]:
    return [
        (area.min_row - 1, area.min_col - 1, area.max_row - 1, area.max_col - 1)
        for area in worksheet.merged_cells.ranges
    ]


_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")


def _from_openpyxl(value: Any, data_type: str) -> Any:
    if data_type == "e":
        return ExcelError(str(value))
    if isinstance(value, str):  # ST_Xstring; calamine has undone it already
        return _ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), value)
    return value


def _sheet(name: str, visible: bool, rows: list[list[Any]], ranges: list[Area], limits: Limits) -> Sheet:
    grid: list[list[CellValue]] = [
        [(value or None) if value.__class__ is str and not _ODD.search(value) else _plain(value) for value in row]
        for row in rows
    ]
    width = _trim(grid)
    sheet = Sheet(name, visible, grid)
    left = limits.cells
    for first_row, first_column, last_row, last_column in ranges:
        # An empty box may lie beyond the last value, a range over whole columns may not be walked to its end.
        area = (first_row, first_column, min(last_row, len(grid) + 50), min(last_column, width + 50))
        left -= max(0, area[2] - area[0] + 1) * max(0, area[3] - area[1] + 1)
        if left < 0:
            raise FormUnreadable("too-large")
        _merge(sheet, area)
    reach = max((area[3] + 1 for area in sheet.merged.values()), default=0)
    sheet.width = max(width, reach)
    return sheet


def _trim(grid: list[list[CellValue]]) -> int:
    """Cut off what is empty to the right and below. Returns the width that is left."""
    for row in grid:
        while row and row[-1] is None:
            row.pop()
    while grid and not grid[-1]:
        grid.pop()
    return max(map(len, grid), default=0)


def _merge(sheet: Sheet, area: Area) -> None:
    """Excel empties all cells of a merged range but the first. Where one is not empty, rows were inserted by a program
    that left the ranges behind (openpyxl does): such a range joins nothing."""
    for row in range(area[0], min(area[2] + 1, sheet.height)):
        first = area[1] + 1 if row == area[0] else area[1]
        if any(value is not None for value in sheet.rows[row][first : area[3] + 1]):
            return
    for row in range(area[0], area[2] + 1):
        for column in range(area[1], area[3] + 1):
            sheet.merged[row, column] = area


# What nobody sees and web pages leave behind: zero-width spaces, marks of direction, soft hyphens. Not the joiners and
# selectors that make another character of what they follow.
_UNSEEN = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_ODD = re.compile(f"\r|{_UNSEEN.pattern}")


def _plain(value: Any) -> CellValue:
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return _UNSEEN.sub("", value.replace("\r\n", "\n").replace("\r", "\n")) or None
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date()
    if isinstance(value, (bool, int, float, dt.date, dt.time, dt.timedelta, ExcelError)):
        return value
    return str(value)
