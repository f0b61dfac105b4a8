"""Make the blank form from its spec: an A4 form as a ministry's looks, with the guide and the lists behind it.

In: FormSpec. Out: xlsx bytes, the same for the same spec (times inside are the spec's first day). Pure.
`lay_out` gives the workbook and the cell of each field, for fill.py. No formulas, no macros, no protection: gateways
rebuild files, and an officer must be able to widen a row.
"""

from __future__ import annotations

from dataclasses import dataclass

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import quote_sheetname
from openpyxl.workbook.properties import CalcProperties
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.worksheet import Worksheet

from mailflow.forms.paper import (
    GOTHIC,
    GREY,
    HEADER_FILL,
    HEADING_FILL,
    INK,
    LABEL_FILL,
    MINCHO,
    RED,
    SMALL,
    line_count,
    merge,
    paint,
    put,
    save,
    set_page,
)  # fmt: skip
from mailflow.settings.form import NUMERIC, Condition, FieldSpec, FieldType, FormSpec

WIDTHS = {"A": 5.5, "B": 25.0, "C": 7.5, "D": 30.0, "E": 10.0, "F": 38.0}
GUIDE_WIDTHS = {"A": 24.0, "B": 24.0, "C": 62.0}
LINE_HEIGHT = 15.0
PAGE_HEIGHT = 870.0  # points of rows on a page once the columns are fitted to its width


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
    properties.creator = properties.lastModifiedBy = "事務局"
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
        cell = merge(sheet, span.format(row), text)
        cell.font = Font(name=GOTHIC, size=10, bold=True, color="FFFFFFFF")
        cell.alignment = Alignment(horizontal="center", vertical="center")
        paint(sheet, span.format(row), HEADER_FILL)
    sheet.row_dimensions[row].height = 20
    row += 1
    cells: dict[str, str] = {}
    blocks: list[list[int]] = []
    for number, section in enumerate(spec.sections, start=1):
        blocks.append([row])
        row = _heading(sheet, row, section.title, section.note)
        for index, field in enumerate(section.fields, start=1):
            blocks[-1].append(row)
            cells[field.key] = f"D{row + 1 if _is_long(field) and field.note else row}"
            row = _field(sheet, row, f"{number}-{index}", field, lists)
    _break_pages(sheet, blocks, row)
    set_page(sheet, spec, f"A1:F{row - 1}")
    sheet.freeze_panes = f"A{header_row + 1}"
    sheet.print_title_rows = f"{header_row}:{header_row}"
    return cells


def _break_pages(sheet: Worksheet, blocks: list[list[int]], end: int) -> None:
    """No field torn over two pages, and no section that fits on one page. `blocks`: rows of heading and fields."""

    def height(first: int, after: int) -> float:
        return sum(sheet.row_dimensions[row].height or LINE_HEIGHT for row in range(first, after))

    top = 1
    for index, block in enumerate(blocks):
        after = blocks[index + 1][0] if index + 1 < len(blocks) else end
        if height(top, after) <= PAGE_HEIGHT:
            continue
        if block[0] > top and index:
            sheet.row_breaks.append(Break(id=block[0] - 1))
            top = block[0]
        for first, following in zip(block[2:], [*block[3:], after], strict=True):
            if height(top, following) > PAGE_HEIGHT:
                sheet.row_breaks.append(Break(id=first - 1))
                top = first


def _head(sheet: Worksheet, spec: FormSpec) -> int:
    title = merge(sheet, "A1:F1", spec.title)
    title.font = Font(name=GOTHIC, size=15, bold=True, color=INK)
    title.alignment = Alignment(horizontal="center", vertical="center", shrink_to_fit=True)
    sheet.row_dimensions[1].height = 32
    row = 2
    if spec.round:
        cell = merge(sheet, "A2:F2", f"（{spec.round}）")
        cell.font = Font(name=GOTHIC, size=12, color=INK)
        cell.alignment = Alignment(horizontal="center", vertical="center")
        sheet.row_dimensions[2].height = 22
        row = 3
    sheet.row_dimensions[row].height = 6
    row += 1
    for number, note in enumerate(spec.notes, start=1):
        cell = merge(sheet, f"A{row}:F{row}", f"（注{number}）{note}")
        cell.font = Font(name=GOTHIC, size=9, color=GREY)
        cell.alignment = Alignment(vertical="top", wrap_text=True)
        sheet.row_dimensions[row].height = 13.5 * line_count(f"（注{number}）{note}", sum(WIDTHS.values()) * SMALL)
        row += 1
    sheet.row_dimensions[row].height = 6
    return row + 1


def _heading(sheet: Worksheet, row: int, title: str, note: str | None) -> int:
    span = f"A{row}:F{row}"
    cell = merge(sheet, span, title)
    cell.font = Font(name=GOTHIC, size=11, bold=True, color=INK)
    cell.alignment = Alignment(vertical="center", indent=1)
    paint(sheet, span, HEADING_FILL)
    sheet.row_dimensions[row].height = 21
    if note:
        row += 1
        cell = merge(sheet, f"A{row}:F{row}", f"※ {note}")
        cell.font = Font(name=GOTHIC, size=9, color=GREY)
        cell.alignment = Alignment(vertical="center", wrap_text=True, indent=1)
        sheet.row_dimensions[row].height = 13.5 * line_count(note, sum(WIDTHS.values()))
        paint(sheet, f"A{row}:F{row}", None)
    return row + 1


def _field(sheet: Worksheet, row: int, number: str, field: FieldSpec, lists: dict[str, str]) -> int:
    """One field; its label, mark and box. Long texts take the whole width, under a line with their note."""
    long = _is_long(field)
    last = row + 1 if long and field.note else row
    put(sheet, f"A{row}:A{last}", number, Font(name=GOTHIC, size=9, color=GREY), at="center", fill=LABEL_FILL)
    put(sheet, f"B{row}:B{last}", field.label, Font(name=GOTHIC, size=10.5, bold=True, color=INK), fill=LABEL_FILL)
    mark, colour = _mark(field)
    put(
        sheet,
        f"C{row}:C{last}",
        mark,
        Font(name=GOTHIC, size=9, bold=mark != "任意", color=colour),
        at="center",
        fill=LABEL_FILL,
    )
    small = Font(name=GOTHIC, size=9, color=GREY)
    if long:
        if field.note:
            put(sheet, f"D{row}:F{row}", field.note, small)
            sheet.row_dimensions[row].height = (
                13.0 * line_count(field.note, (WIDTHS["D"] + WIDTHS["E"] + WIDTHS["F"]) * SMALL) + 4
            )
        box = f"D{last}:F{last}"
        sheet.row_dimensions[last].height = max(field.rows * LINE_HEIGHT + 8, 40)
    else:
        hint = "\n".join(filter(None, (field.note, f"記入例：{field.example}" if field.example else None)))
        put(sheet, f"F{row}", hint or None, small)
        if field.unit:
            put(sheet, f"E{row}", field.unit, Font(name=GOTHIC, size=10, color=INK))
        box = f"D{row}" if field.unit else f"D{row}:E{row}"
        lines = max(line_count(hint, WIDTHS["F"] * SMALL), line_count(field.label, WIDTHS["B"]))
        sheet.row_dimensions[row].height = max(26.0, 12.5 * lines + 6)
    cell = merge(sheet, box, None)
    cell.font = Font(name=MINCHO, size=11, color=INK)
    cell.alignment = Alignment(
        vertical="top" if long else "center", wrap_text=True, horizontal=_align(field), indent=0 if long else 1
    )
    if field.type not in NUMERIC:
        cell.number_format = "@"  # a leading zero stays, 「1-2」 becomes no date
    paint(sheet, box, None)
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
    validation = DataValidation(
        sqref=cell, allow_blank=True, showInputMessage=bool(message), errorStyle="warning", errorTitle="ご確認ください",
        promptTitle=field.label[:32] if message else None, prompt=message or None,
    )  # fmt: skip
    if field.type is FieldType.CHOICE:
        validation.type, validation.formula1 = "list", lists[field.key]
        validation.error = "一覧にない値です。このまま入力しますか。"
    elif field.type in NUMERIC:
        validation.type = "whole" if field.type is FieldType.INTEGER else "decimal"
        validation.operator, validation.formula1 = "greaterThanOrEqual", "0"
        validation.error = "数値ではありません。このまま入力しますか。"
    elif field.max_length:
        validation.type, validation.operator = "textLength", "lessThanOrEqual"
        validation.formula1 = str(field.max_length)
        validation.error = f"{field.max_length}字を超えています。このまま入力しますか。"
    validation.showErrorMessage = validation.error is not None
    return validation


# --- the guide and the lists ------------------------------------------------------------------------------------------


def _guide(sheet: Worksheet, spec: FormSpec) -> dict[str, str]:
    """Instructions, choices, examples. Returns the ranges of the drop-downs by key."""
    for column, width in GUIDE_WIDTHS.items():
        sheet.column_dimensions[column].width = width
    row = _guide_title(sheet, 1, f"{spec.guide}　{spec.title}", 14)
    row = _guide_title(sheet, row + 1, "１　記入に当たって", 11)
    for instruction in spec.instructions:
        cell = merge(sheet, f"A{row}:C{row}", f"・{instruction}")
        cell.font = Font(name=GOTHIC, size=10, color=INK)
        cell.alignment = Alignment(vertical="top", wrap_text=True, indent=1)
        sheet.row_dimensions[row].height = 14.5 * line_count(instruction, sum(GUIDE_WIDTHS.values()) * 1.1) + 2
        row += 1
    row = _guide_title(sheet, row + 1, "２　選択肢", 11)
    row = _table_head(sheet, row, ("項目", "選択肢", "内容"))
    lists: dict[str, str] = {}
    for field in spec.fields.values():
        if not field.choices:
            continue
        first = row
        for choice in field.choices:
            put(sheet, f"B{row}", choice.value, Font(name=GOTHIC, size=10, color=INK))
            text = (choice.label or "").replace("／", "\n")
            put(sheet, f"C{row}", text or None, Font(name=GOTHIC, size=9.5, color=INK))
            sheet.row_dimensions[row].height = 13.5 * line_count(text, GUIDE_WIDTHS["C"] * 1.12) + 4
            row += 1
        put(
            sheet,
            f"A{first}:A{row - 1}",
            field.label,
            Font(name=GOTHIC, size=10, bold=True, color=INK),
            fill=LABEL_FILL,
        )
        lists[field.key] = f"{quote_sheetname(spec.guide)}!$B${first}:$B${row - 1}"
    row = _guide_title(sheet, row + 1, "３　記入例", 11)
    row = _table_head(sheet, row, ("項目", "記入例", None))
    for field in spec.fields.values():
        if field.example:
            put(sheet, f"A{row}", field.label, Font(name=GOTHIC, size=10, bold=True, color=INK), fill=LABEL_FILL)
            unit = f" {field.unit}" if field.unit else ""
            put(
                sheet,
                f"B{row}:C{row}",
                f"例：{field.example}{unit}",
                Font(name=MINCHO, size=10.5, color=INK),
            )
            sheet.row_dimensions[row].height = 15 * line_count(field.example, GUIDE_WIDTHS["B"] + GUIDE_WIDTHS["C"]) + 4
            row += 1
    set_page(sheet, spec, f"A1:C{row - 1}")
    return lists


def _guide_title(sheet: Worksheet, row: int, text: str, size: float) -> int:
    cell = merge(sheet, f"A{row}:C{row}", text)
    cell.font = Font(name=GOTHIC, size=size, bold=True, color=INK)
    cell.alignment = Alignment(vertical="center", shrink_to_fit=True)
    sheet.row_dimensions[row].height = size * 2
    return row + 1


def _table_head(sheet: Worksheet, row: int, texts: tuple[str, str, str | None]) -> int:
    spans = ("A{0}", "B{0}", "C{0}") if texts[2] else ("A{0}", "B{0}:C{0}")
    for span, text in zip(spans, texts, strict=False):
        put(
            sheet,
            span.format(row),
            text,
            Font(name=GOTHIC, size=10, bold=True, color="FFFFFFFF"),
            at="center",
            fill=HEADER_FILL,
        )
    sheet.row_dimensions[row].height = 18
    return row + 1
