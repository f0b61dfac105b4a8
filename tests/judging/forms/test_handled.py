"""The shipped form after what people and programs do to a file: each is read as before, or it is told for a person to look."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from mailflow.forms.fill import fill_form
from mailflow.forms.package import FormUnreadable, Limits
from mailflow.forms.read import read_form
from tests.judging.forms.books import MEANT, TITLE, book
from tests.judging.forms.test_layouts import said

THEME, PHONE = MEANT["theme"], MEANT["contact_phone"]


@pytest.fixture(scope="module")
def filled(spec) -> bytes:
    return fill_form(spec, MEANT)


def edited(content: bytes, change) -> bytes:
    book = openpyxl.load_workbook(BytesIO(content))
    change(book.worksheets[0])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def put(**cells: Any):
    def change(sheet: Worksheet) -> None:
        for at, value in cells.items():
            for area in list(sheet.merged_cells.ranges):
                if at in area and at != area.start_cell.coordinate:
                    sheet.unmerge_cells(area.coord)
            sheet[at] = value

    return change


def looking_like(**formats: str):
    def change(sheet: Worksheet) -> None:
        for at, number_format in formats.items():
            sheet[at].number_format = number_format

    return change


def each_text(change, columns: str):
    def of_all(sheet: Worksheet) -> None:
        for column in columns:
            for cell in sheet[column]:
                if isinstance(cell.value, str) and hasattr(cell, "hyperlink"):
                    cell.value = change(cell.value)

    return of_all


def contact_beside_contact(sheet: Worksheet) -> None:
    for area in list(sheet.merged_cells.ranges):
        if area.min_row in (16, 17, 19, 20):
            sheet.unmerge_cells(area.coord)
    for source, target in ((19, 16), (20, 17)):
        sheet[f"F{target}"], sheet[f"G{target}"] = sheet[f"B{source}"].value, sheet[f"D{source}"].value
        for column in "ABCDEF":
            sheet[f"{column}{source}"] = None


HINTS = {"D26": "D27", "D30": "D31", "D37": "D38"}


def behind_the_hint(sheet: Worksheet) -> None:
    for hint, box in HINTS.items():
        sheet[hint] = f"{sheet[hint].value}\n{sheet[box].value}"
        sheet[box] = None


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(each_text(lambda text: f"{text}\u200b", "B"), id="zero-width-spaces-behind-labels"),
        pytest.param(each_text(lambda text: f"﻿{text}\u200b", "ABCDF"), id="zero-width-spaces-everywhere"),
        pytest.param(put(D47=True, D48=False), id="checkboxes-of-spreadsheet-programs"),
        pytest.param(looking_like(D41='m"月"d"日"', D42="yyyy/m/d"), id="numbers-that-look-like-days"),
        pytest.param(put(D47="〇", D48="×"), id="ring-and-cross"), pytest.param(contact_beside_contact, id="contacts-side-by-side"),
        pytest.param(behind_the_hint, id="texts-behind-the-hint"),
    ],
)  # fmt: skip
def test_read_as_before(spec, filled, change):
    data = read_form(edited(filled, change), [spec])
    assert data is not None
    assert (said(data), data.problems) == (MEANT, ())


@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param(put(F19=f"日中につながる番号を記入してください。\n{PHONE}", D19=None), "F19", id="phone-under-the-note"),
        pytest.param(put(B24=f"取組テーマ／{THEME}", D24=None), "B24", id="theme-behind-a-slash"), pytest.param(put(B24=f"取組テーマ「{THEME}」", D24=None), "B24", id="theme-quoted"),
        pytest.param(put(B22="応募コース【B】", D22=None), "B22", id="course-in-brackets"), pytest.param(put(B22="応募コース→B", D22=None), "B22", id="course-behind-an-arrow"),
        pytest.param(lambda sheet: sheet.row_dimensions.__getitem__(19).__setattr__("hidden", True), "19行目", id="hidden-row"),
        pytest.param(lambda sheet: sheet.column_dimensions.__getitem__("D").__setattr__("hidden", True), "非表示の列", id="hidden-column"),
        pytest.param(put(XFD1048576="."), "XFD1048576", id="stray-cell-at-the-last-corner"), pytest.param(put(B60000="済"), "B60000", id="stray-cell-far-below"),
    ],
)  # fmt: skip
def test_read_and_told(spec, filled, change, told):
    data = read_form(edited(filled, change), [spec])
    assert data is not None
    assert said(data) == MEANT
    assert any(told in problem for problem in data.problems)


def test_half_of_a_name_in_the_next_cell_is_told(spec, filled):
    data = read_form(edited(filled, put(D17="髙﨑", E17="𠮷子")), [spec])
    assert data.fields["contact_name"].value == "髙﨑"
    assert ["応募様式!E17" in problem for problem in data.problems] == [True]


def test_what_is_hidden_beside_the_answers_is_nobodys_concern(spec, filled):
    def change(sheet):
        sheet.column_dimensions["F"].hidden = sheet.row_dimensions[60].hidden = True

    assert read_form(edited(filled, change), [spec]).problems == ()


def test_many_cells_far_off_are_no_slip_of_the_hand(spec, filled):
    content = edited(filled, put(**{f"XF{letter}{row}": 1 for letter in "ABCD" for row in range(900_000, 900_010)}))
    with pytest.raises(FormUnreadable) as refused:
        read_form(content, [spec], limits=Limits())
    assert refused.value.reason == "too-large"


def test_a_sheet_named_example_and_the_guide_are_no_two_forms(spec, filled):
    content = edited(filled, lambda sheet: setattr(sheet, "title", "応募様式（記入例）"))
    assert read_form(content, [spec]).problems == ()


def test_a_text_under_its_label_is_taken_and_told(spec):
    """A program left the ranges behind, so label and box are no longer as wide as each other; a numbered heading is no text."""
    cells = {"A1": TITLE, "A2": "団体名", "B2": "朝日県川原町", "A3": "応募コース", "B3": "B", "A4": "担当者氏名", "B4": "山口", "A5": "取組テーマ", "A6": THEME,
             "A8": "目指す姿", "B8": "住み続ける", "A9": "備考", "A10": "７　応募に当たって確認する事項（事務局）", "A11": "電話番号", "B11": PHONE}  # fmt: skip
    data = read_form(book({"様式": cells}), [spec])
    assert (data.value("theme"), data.fields["theme"].cell, data.fields["remarks"].empty) == (THEME, "様式!A6", True)
    assert ["!A6 に「" in problem for problem in data.problems if "空欄" in problem] == [True]
