"""The blank form: one page wide on A4, with lists, the same bytes each time."""

from __future__ import annotations

import zipfile
from io import BytesIO

import openpyxl
import pytest

from mailflow.forms.build import build_form, lay_out
from mailflow.forms.read import read_form
from mailflow.settings.form import FormFile


@pytest.fixture(scope="module")
def book(spec):
    return openpyxl.load_workbook(BytesIO(build_form(spec)))


def test_the_same_spec_gives_the_same_bytes(spec):
    content = build_form(spec)
    assert content == build_form(spec)
    with zipfile.ZipFile(BytesIO(content)) as archive:
        assert {info.date_time for info in archive.infolist()} == {(2026, 3, 4, 0, 0, 0)}
        assert archive.read("docProps/core.xml").count(b">2026-03-04T00:00:00Z<") == 2


def test_print_set_up(book):
    for sheet in book.worksheets:
        assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "portrait")
        assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.print_area
        assert "&P" in sheet.oddFooter.center.text
    assert book.worksheets[0].print_title_rows == "$7:$7"
    assert book.worksheets[0].freeze_panes == "A8"


def test_title_round_and_sections(spec, book):
    sheet = book["応募様式"]
    assert (sheet["A1"].value, sheet["A2"].value) == (spec.title, "（１次公募）")
    texts = {cell.value for row in sheet.iter_rows() for cell in row}
    assert {section.title for section in spec.sections} <= texts
    assert {field.label for field in spec.fields.values()} <= texts


def test_drop_downs_lead_to_the_choices(spec, book):
    cells = lay_out(spec).cells
    lists = {str(v.sqref): v.formula1 for v in book["応募様式"].data_validations.dataValidation if v.type == "list"}
    wanted = {cells[key]: field for key, field in spec.fields.items() if field.type.value == "choice"}
    assert lists.keys() == wanted.keys()
    for cell, formula in lists.items():
        name, _, area = formula.partition("!")
        values = [row[0].value for row in book[name.strip("'")][area.replace("$", "")]]
        assert values == [choice.value for choice in wanted[cell].choices]
    # 「値 that is no choice」 can still be typed: it is we who judge it.
    assert {v.errorStyle for v in book["応募様式"].data_validations.dataValidation} == {"warning"}


def test_boxes_for_text_keep_leading_zeros(spec, book):
    cells = lay_out(spec).cells
    assert book["応募様式"][cells["organization_code"]].number_format == "@"
    assert book["応募様式"][cells["contact_phone"]].number_format == "@"
    assert book["応募様式"][cells["weekly_hours"]].number_format == "General"


def test_no_field_is_torn_over_two_pages(spec, book):
    cells = lay_out(spec).cells
    sheet = book["応募様式"]
    for page_break in sheet.row_breaks.brk:
        last = page_break.id
        assert not any(area.min_row <= last < area.max_row for area in sheet.merged_cells.ranges)
    assert cells["remarks"]


def test_no_formulas_no_protection(book):
    for sheet in book.worksheets:
        assert not sheet.protection.sheet
        assert not any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)


def test_words_of_a_spec_are_never_a_formula(shipped):
    section = {"title": "=1+1", "note": "=2", "fields": [
        {"key": f"k{i}", "label": f"=項目{i}", "note": "=3", "example": "=4", "type": "choice", "choices": [{"value": "=A"}, {"value": "+B"}]} for i in range(5)
    ]}  # fmt: skip
    spec = FormFile.model_validate(
        {"forms": [{"id": "x", "title": "=様式", "programme": ["様式"], "file": "x", "sections": [section]}]}
    ).forms[0]
    content = build_form(spec)
    assert not any(
        c.data_type == "f"
        for s in openpyxl.load_workbook(BytesIO(content)).worksheets
        for r in s.iter_rows()
        for c in r
    )
    assert read_form(content, [spec]).untouched


def test_a_small_spec_of_another_programme_works_alike():
    """Operators write their own form: nothing here knows the shipped keys."""
    from mailflow.forms.fill import fill_form

    fields = [
        {"key": "name", "label": "団体名"}, {"key": "start", "label": "開始日", "type": "date", "required": False},
        {"key": "plan", "label": "計画", "rows": 5, "note": "自由に書いてください"},
        {"key": "kind", "label": "種類", "type": "choice", "choices": [{"value": "新規"}, {"value": "継続"}]},
        {"key": "money", "label": "金額", "type": "integer", "unit": "円", "required": {"when": {"kind": ["継続"]}}},
    ]  # fmt: skip
    spec = FormFile.model_validate({"forms": [{"id": "s", "title": "防災計画 申込書", "programme": ["防災計画", "申込書"], "file": "x",
                                              "sheet": "申込書", "sections": [{"title": "申込", "fields": fields}]}]}).forms[0]  # fmt: skip
    values = {"name": "川原町", "start": "令和8年4月1日", "plan": "一行目\n二行目", "kind": "継続", "money": "1,200円"}
    data = read_form(fill_form(spec, values), [spec])
    assert {k: v.value for k, v in data.fields.items()} == values | {"start": "2026-04-01", "money": 1200}
    from mailflow.forms.document import missing_fields

    assert missing_fields(spec, read_form(fill_form(spec, {"kind": "継続"}), [spec])) == ["name", "plan", "money"]
    assert missing_fields(spec, read_form(fill_form(spec, {"kind": "新規"}), [spec])) == ["name", "plan"]
