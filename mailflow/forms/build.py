"""Make the blank form from its spec: an A4 form as a ministry's looks, with the guide and the lists behind it.

In: FormSpec. Out: xlsx bytes, the same for the same spec (times inside are the spec's first day). Pure.
`lay_out` gives the workbook and the cell of each field, for fill.py. No formulas, no macros, no protection: gateways
rebuild files, and an officer must be able to widen a row.
"""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from dataclasses import dataclass
from io import BytesIO
from math import ceil
from unicodedata import east_asian_width

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import quote_sheetname
from openpyxl.workbook.properties import CalcProperties
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from mailflow.settings.form import NUMERIC, Condition, FieldSpec, FieldType, FormSpec

GOTHIC, MINCHO = "游ゴシック", "ＭＳ 明朝"
INK, GREY, RED = "FF1A1A1A", "FF555555", "FFB00020"
HEADING_FILL, HEADER_FILL, LABEL_FILL = "FFD6E3F0", "FF2F4B6E", "FFF3F5F8"
WIDTHS = {"A": 5.5, "B": 25.0, "C": 7.5, "D": 30.0, "E": 10.0, "F": 38.0}
GUIDE_WIDTHS = {"A": 24.0, "B": 24.0, "C": 62.0}
LINE_HEIGHT = 15.0
PAGE_HEIGHT = 870.0  # points of rows on a page once the columns are fitted to its width
SMALL = 1.2  # characters of 9 points stand closer than a column's width counts

_thin = Side(style="thin", color="FF7A8794")
_box = Border(left=_thin, right=_thin, top=_thin, bottom=_thin)


@dataclass(frozen=True, slots=True)
class Layout:
    """`cells`: key → coordinate on the form's sheet."""

    workbook: Workbook
    cells: dict[str, str]


def build_form(spec: FormSpec) -> bytes:
    """The blank form."""
    return save(lay_out(spec).workbook, spec)


def lay_out(spec: FormSpec) -> Layout:
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    sheet.title = spec.sheet
    guide = workbook.create_sheet(spec.guide)
    lists = _guide(guide, spec)
    cells = _form(sheet, spec, lists)
    properties = workbook.properties
    properties.creator = properties.lastModifiedBy = (
        "地域社会DX推進パッケージ事業事務局" if "地域社会" in spec.title else ""
    )
    properties.title = f"{spec.title}{f'（{spec.round}）' if spec.round else ''}"
    workbook.calculation = CalcProperties(fullCalcOnLoad=False)
    return Layout(workbook, cells)


# --- the form's sheet -------------------------------------------------------------------------------------------------


def _form(sheet: Worksheet, spec: FormSpec, lists: dict[str, str]) -> dict[str, str]:
    for column, width in WIDTHS.items():
        sheet.column_dimensions[column].width = width
    row = _head(sheet, spec)
    header_row = row
    for span, text in (("A{0}:C{0}", "項　　目"), ("D{0}:E{0}", "記　入　欄"), ("F{0}:F{0}", "記入上の注意")):
        cell = _merge(sheet, span.format(row), text)
        cell.font = Font(name=GOTHIC, size=10, bold=True, color="FFFFFFFF")
        cell.alignment = Alignment(horizontal="center", vertical="center")
        _paint(sheet, span.format(row), HEADER_FILL)
    sheet.row_dimensions[row].height = 20
    row += 1
    cells: dict[str, str] = {}
    top = 1
    for number, section in enumerate(spec.sections, start=1):
        row = _heading(sheet, row, section.title, section.note)
        for index, field in enumerate(section.fields, start=1):
            first = row
            cells[field.key] = f"D{row + 1 if _is_long(field) and field.note else row}"
            row = _field(sheet, row, f"{number}-{index}", field, lists)
            top = _break_before(sheet, top, first - (1 if index == 1 and not section.note else 0), row)
    _page(sheet, spec, f"A1:F{row - 1}")
    sheet.freeze_panes = f"A{header_row + 1}"
    sheet.print_title_rows = f"{header_row}:{header_row}"
    return cells


def _break_before(sheet: Worksheet, top: int, first: int, after: int) -> int:
    """A field (with its heading) is not torn over two pages: break before it. Returns the page's first row."""
    height = sum(sheet.row_dimensions[row].height or 15.0 for row in range(top, after))
    if height <= PAGE_HEIGHT or first <= top:
        return top
    sheet.row_breaks.append(Break(id=first - 1))
    return first


def _head(sheet: Worksheet, spec: FormSpec) -> int:
    title = _merge(sheet, "A1:F1", spec.title)
    title.font = Font(name=GOTHIC, size=15, bold=True, color=INK)
    title.alignment = Alignment(horizontal="center", vertical="center", shrink_to_fit=True)
    sheet.row_dimensions[1].height = 32
    row = 2
    if spec.round:
        cell = _merge(sheet, "A2:F2", f"（{spec.round}）")
        cell.font = Font(name=GOTHIC, size=12, color=INK)
        cell.alignment = Alignment(horizontal="center", vertical="center")
        sheet.row_dimensions[2].height = 22
        row = 3
    sheet.row_dimensions[row].height = 6
    row += 1
    for number, note in enumerate(spec.notes, start=1):
        cell = _merge(sheet, f"A{row}:F{row}", f"（注{number}）{note}")
        cell.font = Font(name=GOTHIC, size=9, color=GREY)
        cell.alignment = Alignment(vertical="top", wrap_text=True)
        sheet.row_dimensions[row].height = 13.5 * _lines(f"（注{number}）{note}", sum(WIDTHS.values()) * SMALL)
        row += 1
    sheet.row_dimensions[row].height = 6
    return row + 1


def _heading(sheet: Worksheet, row: int, title: str, note: str | None) -> int:
    span = f"A{row}:F{row}"
    cell = _merge(sheet, span, title)
    cell.font = Font(name=GOTHIC, size=11, bold=True, color=INK)
    cell.alignment = Alignment(vertical="center", indent=1)
    _paint(sheet, span, HEADING_FILL)
    sheet.row_dimensions[row].height = 21
    if note:
        row += 1
        cell = _merge(sheet, f"A{row}:F{row}", f"※ {note}")
        cell.font = Font(name=GOTHIC, size=9, color=GREY)
        cell.alignment = Alignment(vertical="center", wrap_text=True, indent=1)
        sheet.row_dimensions[row].height = 13.5 * _lines(note, sum(WIDTHS.values()))
        _paint(sheet, f"A{row}:F{row}", None)
    return row + 1


def _field(sheet: Worksheet, row: int, number: str, field: FieldSpec, lists: dict[str, str]) -> int:
    """One field; its label, mark and box. Long texts take the whole width, under a line with their note."""
    long = _is_long(field)
    last = row + 1 if long and field.note else row
    _print(sheet, f"A{row}:A{last}", number, Font(name=GOTHIC, size=9, color=GREY), "center", LABEL_FILL)
    _print(
        sheet, f"B{row}:B{last}", field.label, Font(name=GOTHIC, size=10.5, bold=True, color=INK), "left", LABEL_FILL
    )
    mark, colour = _mark(field)
    _print(
        sheet,
        f"C{row}:C{last}",
        mark,
        Font(name=GOTHIC, size=9, bold=mark != "任意", color=colour),
        "center",
        LABEL_FILL,
    )
    small = Font(name=GOTHIC, size=9, color=GREY)
    if long:
        if field.note:
            _print(sheet, f"D{row}:F{row}", field.note, small, "left", None)
            sheet.row_dimensions[row].height = (
                13.0 * _lines(field.note, (WIDTHS["D"] + WIDTHS["E"] + WIDTHS["F"]) * SMALL) + 4
            )
        box = f"D{last}:F{last}"
        sheet.row_dimensions[last].height = max(field.rows * LINE_HEIGHT + 8, 40)
    else:
        hint = "\n".join(filter(None, (field.note, f"記入例：{field.example}" if field.example else None)))
        _print(sheet, f"F{row}", hint or None, small, "left", None)
        if field.unit:
            _print(sheet, f"E{row}", field.unit, Font(name=GOTHIC, size=10, color=INK), "left", None)
        box = f"D{row}" if field.unit else f"D{row}:E{row}"
        lines = max(_lines(hint, WIDTHS["F"] * SMALL), _lines(field.label, WIDTHS["B"]))
        sheet.row_dimensions[row].height = max(26.0, 12.5 * lines + 6)
    cell = _merge(sheet, box, None)
    cell.font = Font(name=MINCHO, size=11, color=INK)
    cell.alignment = Alignment(
        vertical="top" if long else "center", wrap_text=True, horizontal=_align(field), indent=0 if long else 1
    )
    if field.type not in NUMERIC:
        cell.number_format = "@"  # a leading zero stays, 「1-2」 becomes no date
    _paint(sheet, box, None)
    sheet.add_data_validation(_validation(field, cell.coordinate, lists))
    return last + 1


def _align(field: FieldSpec) -> str:
    return "right" if field.type in NUMERIC else "left"


def _is_long(field: FieldSpec) -> bool:
    return field.type is FieldType.TEXT and field.rows > 1


def _mark(field: FieldSpec) -> tuple[str, str]:
    if isinstance(field.required, Condition):
        return "条件付", RED
    return ("必須", RED) if field.required else ("任意", GREY)


def _validation(field: FieldSpec, cell: str, lists: dict[str, str]) -> DataValidation:
    """A drop-down or a range, as a warning only: what doesn't fit can still be typed, and is judged by us."""
    message = "\n".join(filter(None, (field.note, f"記入例：{field.example}" if field.example else None)))[:250]
    rule: dict[str, str] = {}
    if field.type is FieldType.CHOICE:
        rule = {"type": "list", "formula1": lists[field.key], "error": "一覧にない値です。このまま入力しますか。"}
    elif field.type is FieldType.INTEGER:
        rule = {
            "type": "whole",
            "operator": "greaterThanOrEqual",
            "formula1": "0",
            "error": "整数ではありません。このまま入力しますか。",
        }
    elif field.type is FieldType.NUMBER:
        rule = {
            "type": "decimal",
            "operator": "greaterThanOrEqual",
            "formula1": "0",
            "error": "数値ではありません。このまま入力しますか。",
        }
    elif field.max_length:
        rule = {
            "type": "textLength", "operator": "lessThanOrEqual", "formula1": str(field.max_length),
            "error": f"{field.max_length}字を超えています。このまま入力しますか。",
        }  # fmt: skip
    validation = DataValidation(
        sqref=cell, allow_blank=True, showInputMessage=bool(message), showErrorMessage=bool(rule), errorStyle="warning",
        promptTitle=field.label[:32] if message else None, prompt=message or None, errorTitle="ご確認ください", **rule,
    )  # fmt: skip
    return validation


# --- the guide and the lists ------------------------------------------------------------------------------------------


def _guide(sheet: Worksheet, spec: FormSpec) -> dict[str, str]:
    """Instructions, choices, examples. Returns the ranges of the drop-downs by key."""
    for column, width in GUIDE_WIDTHS.items():
        sheet.column_dimensions[column].width = width
    row = _guide_title(sheet, 1, f"{spec.guide}　{spec.title}", 14)
    row = _guide_title(sheet, row + 1, "１　記入に当たって", 11)
    for instruction in spec.instructions:
        cell = _merge(sheet, f"A{row}:C{row}", f"・{instruction}")
        cell.font = Font(name=GOTHIC, size=10, color=INK)
        cell.alignment = Alignment(vertical="top", wrap_text=True, indent=1)
        sheet.row_dimensions[row].height = 14.5 * _lines(instruction, sum(GUIDE_WIDTHS.values()) * 1.1) + 2
        row += 1
    row = _guide_title(sheet, row + 1, "２　選択肢", 11)
    row = _table_head(sheet, row, ("項目", "選択肢", "内容"))
    lists: dict[str, str] = {}
    for field in spec.fields.values():
        if not field.choices:
            continue
        first = row
        for choice in field.choices:
            _print(sheet, f"B{row}", choice.value, Font(name=GOTHIC, size=10, color=INK), "left", None)
            text = (choice.label or "").replace("／", "\n")
            _print(sheet, f"C{row}", text or None, Font(name=GOTHIC, size=9.5, color=INK), "left", None)
            sheet.row_dimensions[row].height = 13.5 * _lines(text, GUIDE_WIDTHS["C"] * 1.12) + 4
            row += 1
        _print(
            sheet,
            f"A{first}:A{row - 1}",
            field.label,
            Font(name=GOTHIC, size=10, bold=True, color=INK),
            "left",
            LABEL_FILL,
        )
        lists[field.key] = f"{quote_sheetname(spec.guide)}!$B${first}:$B${row - 1}"
    row = _guide_title(sheet, row + 1, "３　記入例", 11)
    row = _table_head(sheet, row, ("項目", "記入例", None))
    for field in spec.fields.values():
        if field.example:
            _print(sheet, f"A{row}", field.label, Font(name=GOTHIC, size=10, bold=True, color=INK), "left", LABEL_FILL)
            unit = f" {field.unit}" if field.unit else ""
            _print(
                sheet,
                f"B{row}:C{row}",
                f"例：{field.example}{unit}",
                Font(name=MINCHO, size=10.5, color=INK),
                "left",
                None,
            )
            sheet.row_dimensions[row].height = 15 * _lines(field.example, GUIDE_WIDTHS["B"] + GUIDE_WIDTHS["C"]) + 4
            row += 1
    _page(sheet, spec, f"A1:C{row - 1}")
    return lists


def _guide_title(sheet: Worksheet, row: int, text: str, size: float) -> int:
    cell = _merge(sheet, f"A{row}:C{row}", text)
    cell.font = Font(name=GOTHIC, size=size, bold=True, color=INK)
    cell.alignment = Alignment(vertical="center", shrink_to_fit=True)
    sheet.row_dimensions[row].height = size * 2
    return row + 1


def _table_head(sheet: Worksheet, row: int, texts: tuple[str, str, str | None]) -> int:
    spans = ("A{0}", "B{0}", "C{0}") if texts[2] else ("A{0}", "B{0}:C{0}")
    for span, text in zip(spans, texts, strict=False):
        _print(
            sheet,
            span.format(row),
            text,
            Font(name=GOTHIC, size=10, bold=True, color="FFFFFFFF"),
            "center",
            HEADER_FILL,
        )
    sheet.row_dimensions[row].height = 18
    return row + 1


# --- common -----------------------------------------------------------------------------------------------------------


def _merge(sheet: Worksheet, span: str, text: str | None) -> Cell:
    first = span.partition(":")[0]
    if ":" in span and span.partition(":")[2] != first:
        sheet.merge_cells(span)
    cell = sheet[first]
    if text is not None:
        cell.value = text
        cell.data_type = "s"  # words of the spec are never a formula
    assert isinstance(cell, Cell)  # noqa: S101  (the first cell of a range never is a MergedCell)
    return cell


def _print(sheet: Worksheet, span: str, text: str | None, font: Font, horizontal: str, fill: str | None) -> None:
    cell = _merge(sheet, span, text)
    cell.font = font
    indent = 1 if horizontal == "left" else 0
    cell.alignment = Alignment(horizontal=horizontal, vertical="center", wrap_text=True, indent=indent)
    _paint(sheet, span, fill)


def _paint(sheet: Worksheet, span: str, fill: str | None) -> None:
    cells = sheet[span]
    for row in cells if isinstance(cells, tuple) else ((cells,),):
        for cell in row:
            cell.border = _box
            if fill:
                cell.fill = PatternFill("solid", start_color=fill)


def _page(sheet: Worksheet, spec: FormSpec, area: str) -> None:
    """A4 upright, one page wide, as many as it takes high."""
    sheet.sheet_view.showGridLines = False
    sheet.page_setup.paperSize = 9
    sheet.page_setup.orientation = "portrait"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_margins.left = sheet.page_margins.right = 0.55
    sheet.page_margins.top, sheet.page_margins.bottom = 0.7, 0.65
    sheet.page_margins.header = sheet.page_margins.footer = 0.3
    sheet.print_options.horizontalCentered = True
    sheet.print_area = area
    sheet.oddHeader.right.text = f"{sheet.title}{f'（{spec.round}）' if spec.round else ''}"
    sheet.oddHeader.right.size = 9
    sheet.oddFooter.center.text = "&P / &N ページ"
    sheet.oddFooter.center.size = 9


def _lines(text: str, width: float) -> int:
    """How many lines a text takes in a column so many half-width characters wide."""

    def units(line: str) -> int:
        return sum(2 if east_asian_width(char) in "FWA" else 1 for char in line)

    return sum(max(1, ceil(units(line) / max(width - 1, 1))) for line in (text or "").splitlines()) or 1


_MODIFIED = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(</dcterms:)")


def save(workbook: Workbook, spec: FormSpec) -> bytes:
    """xlsx bytes without the time of saving: the spec's first day stands in its place."""
    raw = BytesIO()
    workbook.save(raw)
    day = spec.valid_from or dt.date(2026, 1, 1)
    stamp = f"{day.isoformat()}T00:00:00Z".encode()
    out = BytesIO()
    with zipfile.ZipFile(raw) as old, zipfile.ZipFile(out, "w") as new:
        for name in sorted(old.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            part = old.read(name)
            if name == "docProps/core.xml":
                part = _MODIFIED.sub(rb"\g<1>" + stamp + rb"\g<2>", part)
            info = zipfile.ZipInfo(name, (max(day.year, 1980), day.month, day.day, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            new.writestr(info, part, compresslevel=6)
    return out.getvalue()
