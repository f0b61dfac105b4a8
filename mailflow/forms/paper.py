"""What every sheet of the form shares: ink, boxes, the printed page, bytes without the time of saving. Pure."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from io import BytesIO
from math import ceil
from unicodedata import east_asian_width

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.header_footer import HeaderFooterItem
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from mailflow.settings.form import FormSpec

GOTHIC, MINCHO = "游ゴシック", "ＭＳ 明朝"
INK, GREY, RED = "FF1A1A1A", "FF555555", "FFB00020"
HEADING_FILL, HEADER_FILL, LABEL_FILL = "FFD6E3F0", "FF2F4B6E", "FFF3F5F8"
SMALL = 1.2  # characters of 9 points stand closer than a column's width counts

_LINE = Side(style="thin", color="FF7A8794")
BOX = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)


def merge(sheet: Worksheet, span: str, text: str | None) -> Cell:
    first = span.partition(":")[0]
    if ":" in span and span.partition(":")[2] != first:
        sheet.merge_cells(span)
    cell = sheet[first]
    if text is not None:
        cell.value = text
        cell.data_type = "s"  # words of the spec are never a formula
    assert isinstance(cell, Cell)  # noqa: S101  (the first cell of a range never is a MergedCell)
    return cell


def put(
    sheet: Worksheet, span: str, text: str | None, font: Font, *, at: str = "left", fill: str | None = None
) -> None:
    """Text in a box: a range that becomes one cell."""
    cell = merge(sheet, span, text)
    cell.font = font
    indent = 1 if at == "left" else 0
    cell.alignment = Alignment(horizontal=at, vertical="center", wrap_text=True, indent=indent)
    paint(sheet, span, fill)


def paint(sheet: Worksheet, span: str, fill: str | None) -> None:
    cells = sheet[span]
    for row in cells if isinstance(cells, tuple) else ((cells,),):
        for cell in row:
            cell.border = BOX
            if fill:
                cell.fill = PatternFill("solid", start_color=fill)


def set_page(sheet: Worksheet, spec: FormSpec, area: str) -> None:
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
    header, footer = HeaderFooterItem(), HeaderFooterItem()
    header.right.text = f"{sheet.title}{f'（{spec.round}）' if spec.round else ''}"
    header.right.size = 9
    footer.center.text = "&P / &N ページ"
    footer.center.size = 9
    sheet.oddHeader, sheet.oddFooter = header, footer


def line_count(text: str, width: float) -> int:
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
