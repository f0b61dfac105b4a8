"""How far the cells of a sheet reach, told before a reader holds them all: rows × columns at once.

In: the part of one sheet (xlsx, xlsb, ods) or the stream of a book (xls), Limits. Raises FormUnreadable (`too-large`,
`broken`). Pure. Sources: ECMA-376 part 1 §18.3.1 (worksheets), MS-XLSB 2.1.4, MS-XLS 2.1.4, ODF 1.3 §9.1.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from xml.parsers import expat

from openpyxl.utils import get_column_letter

from mailflow.forms.limits import FormUnreadable, Limits

_NEAR_ROWS, _NEAR_COLUMNS = 999, 286  # JZ999
_FAR_ROW = 3_000
_FAR_CELL = re.compile(rb'<c(?![A-Za-z]| r="[A-J]?[A-Z][0-9]{1,3}")')  # or one that doesn't say at once where it is
_PREFIXED = re.compile(rb":(?:c|row)[\s/>]")
_PLACE = re.compile(r"([A-Za-z]{1,4})([0-9]{1,8})")


def near_cells(part: bytes, limits: Limits) -> tuple[bytes, tuple[str, ...]]:
    """A sheet's part whose cells span no more than readers may hold, and which cells were left out for that: a few far off
    from all others, as a slip of the hand leaves them at XFD1048576. Empty styled cells do not count: readers skip them."""
    if _near(part, limits):
        return part, ()
    try:
        _check(part, limits)
    except FormUnreadable:
        kept, strays = _without_strays(part)
        if not strays:
            raise
        _check(kept, limits)
        return kept, strays
    return part, ()


def _check(part: bytes, limits: Limits | None) -> _SheetExtent:
    extent = _SheetExtent(limits)
    parser = expat.ParserCreate()
    parser.StartElementHandler = extent.start
    parser.EndElementHandler = extent.end
    try:
        parser.Parse(part, True)
    except expat.ExpatError as error:
        raise FormUnreadable("broken") from error
    return extent


_MOST_STRAYS = 20


def _without_strays(part: bytes) -> tuple[bytes, tuple[str, ...]]:
    far = _check(part, None).far
    if not 0 < len(far) <= _MOST_STRAYS:
        return part, ()
    for cell in far:
        part = re.sub(
            rb'<c\b[^>]{0,200}\br="%b"[^>]{0,200}(?<!/)>.{0,200000}?</c>' % cell.encode(), b"", part, flags=re.DOTALL
        )
    return part, tuple(far)


@dataclass(frozen=True, slots=True)
class Hidden:
    """Rows and columns that aren't shown, 0-based."""

    rows: frozenset[int] = frozenset()
    columns: frozenset[int] = frozenset()


_ROW = re.compile(rb"<row\s([^>]{1,400})>")
_COLUMNS = re.compile(rb"<col\s([^>]{1,400})>")
_NOT_SHOWN = re.compile(rb'\bhidden="(?:1|true)"')
_STATED = re.compile(rb'\b(r|min|max)="([0-9]{1,7})"')


def hidden(part: bytes) -> Hidden | None:
    """None where all is shown. Programs mark what they hide (`hidden`), a column dragged to no width too."""
    if b'hidden="' not in part:
        return None
    rows = {
        int(number) - 1
        for attributes in _ROW.findall(part)
        if _NOT_SHOWN.search(attributes)
        for name, number in _STATED.findall(attributes)
        if name == b"r"
    }
    columns: set[int] = set()
    for attributes in _COLUMNS.findall(part, 0, max(part.find(b"<sheetData"), 0)):
        said = {name: int(number) for name, number in _STATED.findall(attributes)}
        if _NOT_SHOWN.search(attributes) and b"min" in said and b"max" in said:
            columns.update(range(said[b"min"] - 1, min(said[b"max"], _MOST_COLUMNS)))
    return Hidden(frozenset(rows), frozenset(columns)) if rows or columns else None


_MOST_COLUMNS = 1_000  # of a range of hidden columns: to the sheet's end is usual


def _near(part: bytes, limits: Limits) -> bool:
    """The quick look that is enough for nearly all forms: every cell says where it stands (readers then
    ask no row), and none stands far off."""
    if limits.rows < _NEAR_ROWS or limits.columns < _NEAR_COLUMNS or limits.cells < _NEAR_ROWS * _NEAR_COLUMNS:
        return False
    return _FAR_CELL.search(part) is None and _PREFIXED.search(part) is None


class _SheetExtent:
    """How far the cells with something in them reach, told as the readers do: by `r`, else one after the other."""

    def __init__(self, limits: Limits | None) -> None:
        """None for `limits`: go on to the end, gathering in `far` what says that it stands far off."""
        self.limits = limits
        self.row = self.column = self.rows = self.columns = 0
        self.far: list[str] = []
        self.in_cell: tuple[int, int] | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "row":
            stated = attributes.get("r", "")
            self.row = int(stated) if stated.isascii() and stated.isdigit() and len(stated) < 20 else self.row + 1
            self.column = 0
        elif name == "c":
            row, self.column = self.row, self.column + 1
            if "r" in attributes:
                at = _PLACE.fullmatch(attributes["r"])
                if at is None:
                    raise FormUnreadable("broken")
                row, self.column = int(at[2]), column_number(at[1].encode())
            self.in_cell = (row, self.column)
        elif self.in_cell is not None:
            self.rows, self.columns = max(self.rows, self.in_cell[0]), max(self.columns, self.in_cell[1])
            if self.limits is not None:
                _check_rectangle(self.rows, self.columns, self.limits)
            elif (self.in_cell[0] > _FAR_ROW or self.in_cell[1] > _NEAR_COLUMNS) and len(self.far) <= _MOST_STRAYS:
                self.far.append(f"{get_column_letter(self.in_cell[1])}{self.in_cell[0]}")
            self.in_cell = None

    def end(self, tag: str) -> None:
        if tag.rpartition(":")[2] == "c":
            self.in_cell = None


def column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def check_xlsb(part: bytes, limits: Limits) -> None:
    rows = columns = at = 0
    size = len(part)
    while at < size:
        kind, at = _varint(part, at, 2)
        length, at = _varint(part, at, 4)
        if kind == 0 and at + 4 <= size:  # BrtRowHdr
            rows = max(rows, struct.unpack_from("<I", part, at)[0] + 1)
        elif 1 <= kind <= 11 and at + 4 <= size:  # BrtCell*
            columns = max(columns, struct.unpack_from("<I", part, at)[0] + 1)
        at += length
        _check_rectangle(rows, columns, limits)


def _varint(part: bytes, at: int, most: int) -> tuple[int, int]:
    value = 0
    for index in range(most):
        if at >= len(part):
            raise FormUnreadable("broken")
        byte = part[at]
        at += 1
        value |= (byte & 0x7F) << (7 * index)
        if not byte & 0x80:
            break
    return value, at


def _check_rectangle(rows: int, columns: int, limits: Limits) -> None:
    if rows > limits.rows or columns > limits.columns or rows * columns > limits.cells:
        raise FormUnreadable("too-large")


class _OdsExtent:
    """How far the cells with a value reach, repeats counted; empty repeats to the sheet's end are usual. `merged`: sheet → its
    merged ranges, 0-based."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.row = self.rows = self.columns = self.column = 0
        self.row_filled = False
        self.row_repeat = 1
        self.merged: dict[str, list[tuple[int, int, int, int]]] = {}
        self.name = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "table:table":
            self.name = attributes.get("table:name", "")
            self.row = self.rows = self.columns = 0
        elif tag == "table:table-row":
            self.column, self.row_filled = 0, False
            self.row_repeat = self._repeat(attributes.get("table:number-rows-repeated"))
        elif tag in ("table:table-cell", "table:covered-table-cell"):
            if "table:number-columns-spanned" in attributes or "table:number-rows-spanned" in attributes:
                self._span(attributes)
            self.column += self._repeat(attributes.get("table:number-columns-repeated"))
            if "office:value-type" in attributes or "table:formula" in attributes:
                self.row_filled = True
                self.columns = max(self.columns, self.column)

    def end(self, tag: str) -> None:
        if tag == "table:table-row":
            self.row += self.row_repeat
            if self.row_filled:
                self.rows = max(self.rows, self.row)
                _check_rectangle(self.rows, self.columns, self.limits)

    def _span(self, attributes: dict[str, str]) -> None:
        rows = self._repeat(attributes.get("table:number-rows-spanned"))
        columns = self._repeat(attributes.get("table:number-columns-spanned"))
        ranges = self.merged.setdefault(self.name, [])
        if rows * columns > 1 and len(ranges) < self.limits.labels and self.row < self.limits.rows:
            ranges.append((self.row, self.column, self.row + rows - 1, self.column + columns - 1))

    @staticmethod
    def _repeat(text: str | None) -> int:
        return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else 1


def check_ods(part: bytes, limits: Limits) -> dict[str, list[tuple[int, int, int, int]]]:
    """The merged ranges by sheet, which calamine doesn't tell."""
    extent = _OdsExtent(limits)
    parser = expat.ParserCreate()
    parser.StartElementHandler = extent.start
    parser.EndElementHandler = extent.end
    try:
        parser.Parse(part, True)
    except expat.ExpatError as error:
        raise FormUnreadable("broken") from error
    return extent.merged


_XLS_CELLS = frozenset(
    {0x0006, 0x00BD, 0x00D6, 0x00FD, 0x0203, 0x0204, 0x0205, 0x027E, 0x0001, 0x0002, 0x0003, 0x0004, 0x0005}
)
_XLS_BOF, _XLS_FILEPASS, _XLS_MULRK = 0x0809, 0x002F, 0x00BD


def check_xls(book: bytes, limits: Limits) -> None:
    rows = columns = at = 0
    while at + 4 <= len(book):
        kind, length = struct.unpack_from("<HH", book, at)
        at += 4
        if kind == _XLS_FILEPASS:
            raise FormUnreadable("locked")
        if kind == _XLS_BOF:
            rows = columns = 0
        elif kind in _XLS_CELLS and length >= 4 and at + 4 <= len(book):
            row, column = struct.unpack_from("<HH", book, at)
            if kind == _XLS_MULRK:
                column += length // 6
            rows, columns = max(rows, row + 1), max(columns, column + 1)
            _check_rectangle(rows, columns, limits)
        at += length
