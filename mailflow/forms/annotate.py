"""Mark an applicant's own form: where something is to be corrected (letters.md §2).

In: the file's bytes, its FormData, the findings, the number that each has in the letter. Out: `MarkedCopy`: the bytes,
or why there are none: the letter's list always suffices. Pure; equal input gives equal bytes (they are approved by their
hash). Raises nothing, whatever the bytes are.
The values stay as they are: before a copy is given out, both files are read and compared. What we add can be taken
away again: a sheet 修正箇所, comments in our name behind theirs, a colour laid over the cells by a conditional format.
A copy that comes back and is marked anew loses the old marks first. What an applicant typed is quoted as text, never as
a formula.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO

import openpyxl
from openpyxl.cell.cell import Cell
from openpyxl.comments import Comment
from openpyxl.formatting.formatting import ConditionalFormattingList
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import coordinate_to_tuple, get_column_letter
from openpyxl.utils.datetime import to_excel
from openpyxl.workbook.workbook import Workbook
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.merge import MergedCellRange
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from mailflow.forms.fill import cell_text
from mailflow.forms.grid import CellValue, Sheet, load_grid
from mailflow.forms.lossless import MOST_CELLS, NotWhole, inspect, restore
from mailflow.forms.package import FormUnreadable, Limits, check_merged, open_package
from mailflow.forms.paper import BOX, GOTHIC, GREY, HEADER_FILL, INK, line_count
from mailflow.forms.read import MARK, MARK_SHEET
from mailflow.model import Finding, FormData, Severity

AUTHOR = "事務局"
_OURS = "【事務局】"  # a comment from here on is ours
_RULE = f'N("{MARK}")=0'  # always true, and known again as ours
_FIX_FILL, _CONFIRM_FILL = "FFFFD966", "FFBDD7EE"
_LONGEST = 300
_LIMITS = Limits(cells=MOST_CELLS * 3, unpacked_bytes=20_000_000)
_NOTHING = "様式の中に、印を付ける欄がありません。"
_WIDTHS = (8.0, 30.0, 26.0, 44.0, 26.0)
_HEADS = ("番号", "場所（押すと欄に移ります）", "現在", "お願い", "記入例")


@dataclass(frozen=True, slots=True)
class MarkedCopy:
    """`content` None: no copy was made, and `reason` says why (Japanese, for the secretariat)."""

    content: bytes | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class _Mark:
    number: int
    finding: Finding
    places: tuple[tuple[str, str], ...]  # (sheet, cell)

    @property
    def kind(self) -> str:
        return "確認" if self.finding.severity is Severity.CONFIRM else "修正"

    @property
    def found(self) -> str:
        return _short(self.finding.found) if self.finding.found else "空欄です"


def annotate(
    content: bytes, form: FormData, findings: Sequence[Finding], numbers: Sequence[int] | None = None
) -> MarkedCopy:
    """The copy with `fix` and `confirm` findings marked. `numbers`: of each of the findings, else 1, 2, 3 in their
    order, corrections first."""
    marks = _marks(findings, numbers)
    if not any(mark.places for mark in marks):
        return MarkedCopy(reason=_NOTHING)
    if form.sha256 not in (None, hashlib.sha256(content).hexdigest()):
        return MarkedCopy(reason="読み取ったファイルと違うファイルのため、印を付けていません。")
    try:
        whole = inspect(content)
        before = load_grid(content, "auto", _LIMITS)
        check_merged(open_package(content, _LIMITS), _LIMITS)
        book = _open(content)
        _take_old_marks_away(book)
        _mark(book, marks)
        _list(book, marks)
        written = BytesIO()
        book.save(written)
        copy = restore(written.getvalue(), whole, _formulas(book, before) if whole.formulas else {})
        if not _same_values(before, load_grid(copy, "auto", _LIMITS)):
            return MarkedCopy(reason="印を付けると値が変わるため、印を付けていません。")
    except NotWhole as error:
        return MarkedCopy(reason=str(error))
    except FormUnreadable as error:
        return MarkedCopy(reason=str(error))
    except Exception:  # openpyxl raises whatever its parser meets; the letter does without the copy
        return MarkedCopy(reason="このファイルの形では、印を付けられませんでした。")
    return MarkedCopy(copy)


def _marks(findings: Sequence[Finding], numbers: Sequence[int] | None) -> list[_Mark]:
    shown = [
        (number, one)
        for number, one in zip(numbers or [0] * len(findings), findings, strict=True)
        if one.severity in (Severity.FIX, Severity.CONFIRM)
    ]
    shown.sort(key=lambda pair: (pair[0], pair[1].severity is Severity.CONFIRM))
    return [
        _Mark(number or at, one, tuple(_place(cell) for cell in one.cells))
        for at, (number, one) in enumerate(shown, start=1)
    ]


def _place(cell: str) -> tuple[str, str]:
    sheet, _, coordinate = cell.rpartition("!")
    return sheet, coordinate


def _open(content: bytes) -> Workbook:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about extensions, which are put back
        return openpyxl.load_workbook(BytesIO(content), rich_text=True, keep_links=False)


# --- on the form ------------------------------------------------------------------------------------------------------


def _mark(book: Workbook, marks: Sequence[_Mark]) -> None:
    texts: dict[tuple[str, str], list[str]] = {}
    kinds: dict[tuple[str, str], str] = {}
    for mark in marks:
        for place in mark.places:
            cell = _cell(book, place)
            at = (place[0], cell.coordinate)
            texts.setdefault(at, []).append(_comment(mark))
            if kinds.get(at) != "修正":
                kinds[at] = mark.kind
    for (name, coordinate), said in texts.items():
        sheet = book[name]
        cell = sheet[coordinate]
        theirs = f"{cell.comment.text.rstrip()}\n\n" if cell.comment else ""
        text = f"{theirs}{_OURS}\n" + "\n".join(said)
        cell.comment = Comment(text, AUTHOR, width=280, height=24 + 19 * line_count(text, 38))
        fill = _FIX_FILL if kinds[name, coordinate] == "修正" else _CONFIRM_FILL
        area = next((r.coord for r in sheet.merged_cells.ranges if coordinate in r), coordinate)
        rule = FormulaRule(  # type: ignore[no-untyped-call]
            formula=[_RULE], fill=PatternFill("solid", start_color=fill, end_color=fill), stopIfTrue=False
        )
        sheet.conditional_formatting.add(area, rule)
    for each in book.worksheets:
        # A set of ranges is written in the order of its hashes, which no two runs share.
        each.merged_cells.ranges = _Ordered(each.merged_cells.ranges)


class _Ordered(set[MergedCellRange]):
    """A set that is walked through from top to bottom."""

    def __iter__(self):  # type: ignore[no-untyped-def]
        return iter(sorted(super().__iter__(), key=lambda r: (r.min_row, r.min_col)))


def _comment(mark: _Mark) -> str:
    example = f"\n記入例：{_short(mark.finding.example)}" if mark.finding.example else ""
    return f"{mark.kind}{mark.number}：{_short(mark.finding.message)}{example}"


def _cell(book: Workbook, place: tuple[str, str]) -> Cell:
    """The cell itself: of a merged range its first."""
    sheet = book[place[0]]
    coordinate = next((r.start_cell.coordinate for r in sheet.merged_cells.ranges if place[1] in r), place[1])
    cell = sheet[coordinate]
    assert isinstance(cell, Cell)  # noqa: S101  (the first cell of a range never is a MergedCell)
    return cell


def _take_old_marks_away(book: Workbook) -> None:
    for name in [sheet.title for sheet in book.worksheets if _is_ours(sheet)]:
        del book[name]
    for sheet in book.worksheets:
        kept = ConditionalFormattingList()
        for one in sheet.conditional_formatting:
            for rule in one.rules:
                if _RULE not in [str(formula) for formula in rule.formula]:
                    kept.add(str(one.sqref), rule)
        sheet.conditional_formatting = kept
        for cells in sheet.iter_rows():
            for cell in cells:
                if cell.comment is not None and _OURS in cell.comment.text:
                    theirs = cell.comment.text.partition(_OURS)[0].rstrip()
                    author = cell.comment.author or ""
                    cell.comment = Comment(theirs, author) if theirs else None


def _is_ours(sheet: Worksheet) -> bool:
    if not sheet.title.startswith(MARK_SHEET):
        return False
    return any(
        MARK in str(value or "") for row in sheet.iter_rows(max_row=10, max_col=20, values_only=True) for value in row
    )


# --- the list ---------------------------------------------------------------------------------------------------------


def _list(book: Workbook, marks: Sequence[_Mark]) -> None:
    """The sheet 修正箇所, before all others and the one that opens."""
    taken = {title.casefold() for title in book.sheetnames}
    title = next(name for name in (MARK_SHEET, *(f"{MARK_SHEET}{n}" for n in range(2, 99))) if name not in taken)
    sheet = book.create_sheet(title, 0)
    for other in book.worksheets:
        other.sheet_view.tabSelected = False
    book.active = 0
    sheet.sheet_view.tabSelected = True
    sheet.sheet_view.showGridLines = False
    sheet.sheet_properties.tabColor = _FIX_FILL[2:]
    for column, width in enumerate(_WIDTHS, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    _write(sheet, "A1", "応募様式の修正箇所", Font(name=GOTHIC, size=14, bold=True, color=INK))
    intro = (
        "番号は、事務局からのメールの番号と同じです。「場所」を押すと、その欄に移ります。",
        "色の付いた欄を直し、保存して、事務局からのメールへの返信に添付してください。お手元の元ファイルを直していただいても構いません。",
        "このシートと、欄に付けたコメント・色は、事務局が加えたものです。そのまま残していただいて構いません。",
    )
    for row, text in enumerate(intro, start=2):
        _write(sheet, f"A{row}", text, Font(name=GOTHIC, size=10, color=INK))
    _write(sheet, "H1", MARK, Font(name=GOTHIC, size=6, color="FFFFFFFF"))
    sheet.column_dimensions["H"].hidden = True
    head = len(intro) + 3
    for column, text in enumerate(_HEADS, start=1):
        cell = _write(
            sheet, f"{get_column_letter(column)}{head}", text, Font(name=GOTHIC, size=10, bold=True, color="FFFFFFFF")
        )
        cell.fill, cell.border = PatternFill("solid", start_color=HEADER_FILL), BOX
        cell.alignment = Alignment(horizontal="center", vertical="center")
    last = head
    for last, mark in enumerate(marks, start=head + 1):
        _line(sheet, last, mark)
    sheet.freeze_panes = f"A{head + 1}"
    sheet.page_setup.paperSize, sheet.page_setup.orientation = 9, "landscape"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_area = f"A1:E{last}"
    sheet.print_title_rows = f"{head}:{head}"


def _line(sheet: Worksheet, row: int, mark: _Mark) -> None:
    one = mark.finding
    texts = (f"{mark.kind}{mark.number}", _short(one.where), mark.found, _short(one.message), _short(one.example or ""))
    fill = _CONFIRM_FILL if mark.kind == "確認" else _FIX_FILL
    for column, text in enumerate(texts, start=1):
        cell = _write(sheet, f"{get_column_letter(column)}{row}", text, Font(name=GOTHIC, size=10, color=INK))
        cell.border = BOX
        cell.alignment = Alignment(vertical="top", wrap_text=True, horizontal="center" if column == 1 else "left")
        if column == 1:
            cell.fill = PatternFill("solid", start_color=fill)
        if column == 5:
            cell.font = Font(name=GOTHIC, size=10, color=GREY)
    if mark.places:
        name, coordinate = mark.places[0]
        cell = sheet[f"B{row}"]
        quoted = name.replace("'", "''")
        cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"'{quoted}'!{coordinate}", display=str(cell.value))
        cell.font = Font(name=GOTHIC, size=10, color="FF0563C1", underline="single")
    lines = max(line_count(text, width - 1) for text, width in zip(texts, _WIDTHS, strict=True))
    sheet.row_dimensions[row].height = min(16 * lines + 4, 400)


def _write(sheet: Worksheet, where: str, text: str, font: Font) -> Cell:
    cell: Cell = sheet[where]
    cell.value = cell_text("", text)
    cell.data_type = "s"  # never a formula, an error value or a number, whatever the applicant typed
    if text[:1] in ("=", "+", "-", "@"):
        cell.quotePrefix = True
    cell.font = font
    return cell


def _short(text: str | None) -> str:
    plain = " ".join((text or "").split())
    return plain if len(plain) <= _LONGEST else plain[: _LONGEST - 1] + "…"


# --- the same values --------------------------------------------------------------------------------------------------


def _formulas(book: Workbook, before: Sequence[Sheet]) -> dict[str, dict[str, CellValue]]:
    """The values that the formulas had, as the file knew them; times as Excel's numbers."""
    grids = {sheet.name: sheet for sheet in before}
    found: dict[str, dict[str, CellValue]] = {}
    for sheet in book.worksheets:
        grid = grids.get(sheet.title)
        if grid is None:
            continue
        for cells in sheet.iter_rows():
            for cell in cells:
                if cell.data_type == "f":
                    at = coordinate_to_tuple(cell.coordinate)
                    value = grid.at(at[0] - 1, at[1] - 1)
                    if isinstance(value, (dt.date, dt.time, dt.timedelta)):
                        value = to_excel(value)  # type: ignore[no-untyped-call]
                    found.setdefault(sheet.title, {})[cell.coordinate] = value
    return found


def _same_values(before: Sequence[Sheet], after: Sequence[Sheet]) -> bool:
    def values(sheets: Sequence[Sheet]) -> Mapping[str, tuple[bool, list[list[CellValue]]]]:
        return {sheet.name: (sheet.visible, sheet.rows) for sheet in sheets if not sheet.name.startswith(MARK_SHEET)}

    return values(before) == values(after)
