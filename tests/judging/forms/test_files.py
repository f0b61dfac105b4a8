"""Whole files: example sheets beside the real one, readings, text boxes, controls, formulas, other programs, mutations."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from mailflow.forms.fill import fill_form
from mailflow.forms.read import read_form
from tests.judging.forms.books import ANSWERS, EXAMPLES, LABELS, LAYOUTS, MEANT
from tests.judging.forms.test_layouts import said


def with_parts(content: bytes, change) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        parts = change({name: old.read(name) for name in old.namelist()})
        for name, part in parts.items():
            new.writestr(name, part)
    return out.getvalue()


@pytest.mark.parametrize("first", [True, False], ids=["before", "behind"])
@pytest.mark.parametrize(
    ("name", "title"),
    [("記入例", None), ("様式（例）", None), ("例", None), ("サンプル", None), ("参考", None), ("応募様式_記載例", None), ("Sheet2", "【記入例】"),
     ("Sheet2", "（記入例）応募様式"), ("応募様式 (2)", "記載例")],
)  # fmt: skip
def test_the_makers_example_is_not_the_form(spec, name, title, first):
    book = openpyxl.load_workbook(BytesIO(LAYOUTS["two-columns"](LABELS, ANSWERS)))
    example = openpyxl.load_workbook(BytesIO(LAYOUTS["two-columns"](LABELS, EXAMPLES))).worksheets[0]
    sheet = book.create_sheet(name, 0 if first else 1)
    for row in example.iter_rows():
        for cell in row:
            if cell.value is not None:
                sheet[cell.coordinate] = cell.value
    sheet["A2"] = title
    out = BytesIO()
    book.save(out)
    data = read_form(out.getvalue(), [spec])
    assert said(data) == MEANT
    assert data.problems == ()


READING = '<rPh sb="0" eb="2"><t>ヨミガナ</t></rPh><phoneticPr fontId="1"/>'
SAVED = Path(__file__).parents[2] / "unit" / "forms" / "data" / "libreoffice.xlsx"


@pytest.mark.parametrize("engine", ["calamine", "openpyxl"])
@pytest.mark.parametrize(("tag", "made"), [("is", None), ("si", SAVED)], ids=["inline", "shared"])
def test_readings_of_kanji_are_no_part_of_a_value(spec, values, tag, made, engine):
    """Excel keeps what was typed before the conversion to kanji beside each string."""
    content = made.read_bytes() if made else fill_form(spec, values)

    def change(parts):
        marked = {
            name: part.replace(f"</{tag}>".encode(), f"{READING}</{tag}>".encode()) for name, part in parts.items()
        }
        assert marked != parts
        return marked

    data = read_form(with_parts(content, change), [spec], engine=engine)
    assert said(data) == said(read_form(content, [spec]))
    assert not data.untouched


BOX = '<xdr:wsDr xmlns:xdr="x" xmlns:a="a"><xdr:sp><xdr:txBody><a:p><a:r><a:t>企画課</a:t></a:r></a:p></xdr:txBody></xdr:sp></xdr:wsDr>'


@pytest.mark.parametrize(
    ("part", "content", "word"),
    [
        pytest.param("xl/drawings/drawing1.xml", BOX.encode(), "テキストボックス", id="text-box"),
        pytest.param("xl/ctrlProps/ctrlProp1.xml", b"<formControlPr/>", "チェックボックス", id="form-control"),
        pytest.param("xl/activeX/activeX1.xml", b"<x/>", "チェックボックス", id="activex"),
    ],
)
def test_what_no_cell_holds_is_told_where_a_field_looks_empty(spec, values, part, content, word):
    gap = with_parts(fill_form(spec, values | {"department": None}), lambda parts: parts | {part: content})
    whole = with_parts(fill_form(spec, values), lambda parts: parts | {part: content})
    assert [word in problem for problem in read_form(gap, [spec]).problems] == [True]
    assert read_form(whole, [spec]).problems == ()


def test_a_formula_without_its_value_is_told(spec, values):
    book = openpyxl.load_workbook(BytesIO(fill_form(spec, values)))
    book.worksheets[0]["D16"] = '="企画"&"課"'
    out = BytesIO()
    book.save(out)
    assert ["計算式" in problem for problem in read_form(out.getvalue(), [spec]).problems] == [True]


TEXT = st.text(st.characters(codec="utf-8", categories=("L", "N")), min_size=1, max_size=30).map(
    lambda text: f"町の{text}です"
)


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    theme=TEXT,
    goal=TEXT,
    name=TEXT,
    hours=st.integers(0, 99),
    course=st.sampled_from(["A", "B"]),
    rows=st.lists(st.integers(1, 50), max_size=3),
    title=st.sampled_from(["応募様式", "Sheet1", "川原町", "様式 (2)", "1次公募"]),
    width=st.integers(1, 80),
    extra=st.booleans(),
)
@pytest.mark.long
def test_what_is_filled_in_comes_back_from_a_form_pulled_apart(
    spec, values, insert, theme, goal, name, hours, course, rows, title, width, extra
):
    given_values = values | {
        "theme": theme,
        "goal": goal,
        "contact_name": name,
        "weekly_hours": hours,
        "course": course,
        "menus": ["①"],
    }
    book = openpyxl.load_workbook(BytesIO(fill_form(spec, given_values)))
    sheet = book.worksheets[0]
    for before in rows:
        insert(sheet, before)
    sheet.title = title
    sheet.column_dimensions["D"].width = width
    if extra:
        book.create_sheet("送付状", 0)["A1"] = "計画策定支援の応募について"
    out = BytesIO()
    book.save(out)
    assert said(read_form(out.getvalue(), [spec])) == given_values
