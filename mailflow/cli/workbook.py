"""Tables as .xlsx for people: bytes of a workbook with one sheet (openpyxl).

What an applicant wrote is text, never a formula: every text cell is written as a string, and one that a spreadsheet would
take for a formula (after a detour over CSV, too) begins with an apostrophe. Times are Tokyo's, without a zone.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties

from mailflow.clock import tokyo
from mailflow.settings.problems import width

LONGEST = 32_000  # characters: Excel's cell ends at 32,767
_NUMBER = re.compile(r"[+-]?[\d()., -]{0,40}")
Value = str | int | float | datetime | None


def safe_text(text: str) -> str:
    """`text` as a cell may hold it: no control characters, bounded, never the beginning of a formula."""
    clean = ILLEGAL_CHARACTERS_RE.sub("", text.encode("utf-8", "replace").decode())[:LONGEST]
    if clean.startswith(("=", "@", "+", "-", "\t", "\r", "\n", "＝", "＠", "＋", "－")) and not _NUMBER.fullmatch(
        clean
    ):
        return f"'{clean}"
    return clean


def workbook(sheet: str, columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> bytes:
    """One sheet with a heading that stays, a filter, widths that fit and wrapped text."""
    book = Workbook()
    del book["Sheet"]
    page = book.create_sheet(sheet)
    widths = [width(column) for column in columns]
    for at, column in enumerate(columns, 1):
        head = page.cell(row=1, column=at)
        _put(head, column)
        head.font = Font(bold=True)
        head.fill = PatternFill("solid", fgColor="E8F1FE")
    last = 1
    for last, row in enumerate(rows, 2):
        for at, value in enumerate(row, 1):
            cell = page.cell(row=last, column=at)
            _put(cell, value)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            widths[at - 1] = max(widths[at - 1], *(width(line) for line in str(cell.value or "").split("\n")[:20]))
    for at, wide in enumerate(widths, 1):
        page.column_dimensions[get_column_letter(at)].width = min(max(wide + 2, 8), 50)
    page.freeze_panes = "A2"
    page.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{last}"
    page.page_setup.orientation = "landscape"
    page.page_setup.paperSize = page.PAPERSIZE_A4
    page.page_setup.fitToHeight = 0
    page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    page.print_title_rows = "1:1"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _put(cell: Any, value: Value) -> None:
    if isinstance(value, datetime):
        cell.value = tokyo(value).replace(tzinfo=None)
        cell.number_format = "yyyy/mm/dd hh:mm:ss"
    elif isinstance(value, str):
        cell.value = safe_text(value)
        cell.data_type = "s"  # openpyxl makes a formula of what begins with "="
    else:
        cell.value = value
