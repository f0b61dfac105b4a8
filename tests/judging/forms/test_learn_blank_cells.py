"""A learned form is filled in part, in the office's own file or in the form that mailflow builds: what is blank is read as blank,
and nothing that is printed is an answer. A word that is also a label is an answer in its own box, and only there."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import openpyxl
import pytest

from mailflow.forms.fill import fill_form
from mailflow.forms.learn import learn_form
from mailflow.forms.read import read_form
from mailflow.settings.form import FieldSpec, FieldType
from tests.judging.forms.foreign import GREY, Drawn
from tests.judging.forms.test_learn_sides import CASES as SIDES
from tests.judging.forms.test_learn_tables import CASES as TABLES
from tests.judging.forms.test_learn_tables import draw, table

Cells = list[tuple[Any, ...]]


def rows(*lines: str, first: int = 3) -> Cells:
    """「団体名|_|電話|_」: a line of cells, `_` for a box."""
    return [
        (f"{column}{row}", None) if text == "_" else (f"{column}{row}", text, GREY)
        for row, line in enumerate(lines, first)
        for column, text in zip("ABCDEFG", line.split("|"), strict=False)
        if text
    ]


WAYS = "連絡方法|電話|メール"
FORMS: dict[str, Cells] = {
    "a-table-of-three-rows": rows("団体名|_", "代表者|_", "氏名|所属|電話|メール", *["_|_|_|_"] * 3),
    "a-table-alone": rows("氏名|所属|電話|メール", *["_|_|_|_"] * 3),
    "two-labels-side-by-side": rows("団体名|_|連絡方法|_", "電話|_|メール|_", "住所|_|郵便番号|_"),
    "two-labels-and-nothing-else": rows("電話|_|メール|_"),
    "rows-and-columns": [*rows("団体名|_|_|_"), *table(f"|{WAYS}", 4, {5: "責任者", 6: "担当者"}, "BCD")[1:]],
    "a-heading-before-its-labels": [
        ("A3", "団体名"), ("B3:D3", None), ("A4:A6", "代表者"), ("B4", "氏名"), ("C4:D4", None), ("B5", "電話"), ("C5:D5", None), ("B6", "メール"), ("C6:D6", None),
        ("A7:A9", "担当者"), ("B7", "氏名"), ("C7:D7", None), ("B8", "電話"), ("C8:D8", None), ("B9", "メール"), ("C9:D9", None)],
    "hours-of-days": [*rows("団体名|_|_|_"), *table("|10:00～11:00|13:00～14:00|備考", 4, {5: "６月１日（月）", 6: "６月２日（火）"}, "BCD")[1:]],
    **{name: TABLES[name][0] for name in ("columns-in-groups", "checklist", "two-lines-beside-a-tall-label")},
    **{name: SIDES[name][0] for name in ("consent-left-of-its-words", "a-time-over-several-cells", "a-period-over-two-cells", "half-a-day-behind-a-date")},
}  # fmt: skip


def sample(field: FieldSpec, number: int) -> Any:
    if field.choices:
        return field.choices[0].value
    said = {FieldType.PHONE: f"0265-00-{number:04}", FieldType.EMAIL: f"a{number}@city.example", FieldType.DATE: "2026-07-10"}  # fmt: skip
    return said.get(field.type, number + 1 if field.type.value in ("number", "integer") else f"記入{number}です")


@pytest.mark.parametrize("into", ["the-office's-own-file", "the-form-that-is-built"])
@pytest.mark.parametrize("cells", FORMS.values(), ids=FORMS)
def test_what_is_left_blank_is_read_as_blank(cells, into):
    content = Drawn(draw(*cells).book).content()
    spec = learn_form(content).spec
    every = {key: sample(field, number) for number, (key, field) in enumerate(spec.fields.items())}
    for kept in (every, list(every)[::2], list(every)[1::2], list(every)[:1], list(every)[-1:]):
        given = {key: every[key] for key in kept}
        data = read_form(fill_form(spec, given, content if into.endswith("file") else None), [spec])
        assert data is not None
        assert {key for key, field in data.fields.items() if not field.empty} == set(kept)
        plain = {key for key in kept if not spec.fields[key].choices}
        assert {key: data.fields[key].raw for key in plain} == {key: given[key] for key in plain}
        assert data.problems == ()


SIDE_BY_SIDE = rows("団体名|_|_|_", "連絡方法|_|電話|_", "住所|_|メール|_", "備考|_|_|_")
UNDER_HEADS = rows("団体名|_", "住所|_", "氏名|連絡方法|電話|メール", *["_|_|_|_"] * 3)
BY_ROWS = FORMS["rows-and-columns"]
ONE_BELOW_THE_OTHER = rows("団体名|_", "連絡方法|_", "電話|_", "メール|_", "備考|_")
WORDS: dict[str, tuple[Cells, dict[str, str], dict[str, str]]] = {  # cells; what is typed; label → what is read
    "beside-that-label": (SIDE_BY_SIDE, {"B4": "電話"}, {"連絡方法": "電話"}),
    "with-the-label-further-down": (SIDE_BY_SIDE, {"B4": "メール", "D5": "a@city.example"}, {"連絡方法": "メール", "メール": "a@city.example"}),
    "with-the-label-further-down-and-blank": (SIDE_BY_SIDE, {"B4": "メール", "D4": "0265-00-0000"}, {"連絡方法": "メール", "電話": "0265-00-0000"}),
    "in-the-box-of-that-label": (SIDE_BY_SIDE, {"D4": "電話"}, {"電話": "電話"}),
    "in-the-last-box": (SIDE_BY_SIDE, {"B6": "電話"}, {"備考": "電話"}),
    "over-that-label": (ONE_BELOW_THE_OTHER, {"B4": "電話"}, {"連絡方法": "電話"}),
    "under-that-label": (ONE_BELOW_THE_OTHER, {"B7": "電話"}, {"備考": "電話"}),
    "in-a-column": (UNDER_HEADS, {"A6": "佐藤", "B6": "電話", "A7": "田中", "B7": "メール", "D7": "x@city.example"},
                    {"氏名": "佐藤\n田中", "連絡方法": "電話\nメール", "メール": "x@city.example"}),
    "in-each-row-of-a-column": (UNDER_HEADS, {"B6": "電話", "B7": "電話", "B8": "電話"}, {"連絡方法": "電話\n電話\n電話"}),
    "of-a-label-above-the-table": (UNDER_HEADS, {"B4": "飯田市", "B7": "住所"}, {"住所": "飯田市", "連絡方法": "住所"}),
    "the-heads-written-again": (UNDER_HEADS, {"A6": "氏名", "B6": "連絡方法", "C6": "電話", "D6": "メール"},
                                {"氏名": "氏名", "連絡方法": "連絡方法", "電話": "電話", "メール": "メール"}),
    "in-a-row-over-another": (BY_ROWS, {"B5": "電話", "C6": "0265-00-0000"}, {"責任者 連絡方法": "電話", "担当者 電話": "0265-00-0000"}),
    "in-each-of-the-rows": (BY_ROWS, {"B5": "メール", "B6": "電話"}, {"責任者 連絡方法": "メール", "担当者 連絡方法": "電話"}),
    "the-head-of-a-row": (BY_ROWS, {"B5": "担当者"}, {"責任者 連絡方法": "担当者"}),
}  # fmt: skip


@pytest.mark.parametrize(("cells", "typed", "read"), WORDS.values(), ids=WORDS)
def test_a_word_that_is_a_label_too(cells, typed, read):
    content = Drawn(draw(*cells).book).content()
    spec = learn_form(content).spec
    book = openpyxl.load_workbook(BytesIO(content))
    for cell, text in ({"B3": "木曽町"} | typed).items():
        book["様式"][cell] = text
    out = BytesIO()
    book.save(out)
    data = read_form(out.getvalue(), [spec])
    assert data is not None
    assert {f.label: f.raw for f in data.fields.values() if not f.empty} == {"団体名": "木曽町"} | read
    assert data.problems == ()


@pytest.mark.parametrize(
    ("label", "read"),
    [
        pytest.param("責任者 電話　0265-00-0000", "0265-00-0000", id="an-answer-behind-the-label"),
        pytest.param("責任者 電話（代表）", None, id="a-remark-of-the-form"),
        pytest.param("１-３　責任者　電話", None, id="numbered"),
        pytest.param("責任者 電話／担当者 電話", None, id="two-labels-put-together"),
    ],
)
def test_what_stands_behind_a_label_of_two_words(label, read):
    spec = learn_form(Drawn(draw(*BY_ROWS).book).content()).spec
    book = openpyxl.load_workbook(BytesIO(fill_form(spec, {"organization_name": "木曽町"})))
    at = next(cell for row in book.worksheets[0].iter_rows() for cell in row if cell.value == "責任者 電話")
    at.value = label
    out = BytesIO()
    book.save(out)
    data = read_form(out.getvalue(), [spec])
    assert data is not None
    assert {f.label: f.raw for f in data.fields.values() if not f.empty} == {"団体名": "木曽町"} | (
        {"責任者 電話": read} if read else {}
    )


def test_a_name_behind_the_head_of_a_row_is_no_answer_of_its_columns():
    content = Drawn(draw(*BY_ROWS).book).content()
    spec = learn_form(content).spec
    book = openpyxl.load_workbook(BytesIO(content))
    book["様式"]["B3"], book["様式"]["A5"] = "木曽町", "責任者　山田"
    out = BytesIO()
    book.save(out)
    data = read_form(out.getvalue(), [spec])
    assert data is not None
    assert [f.label for f in data.fields.values() if not f.empty] == ["団体名"]
    assert data.problems  # the row is not found: a person looks


def test_one_half_of_the_day_beside_an_empty_box_is_an_answer():
    content = Drawn(draw(*rows("団体名|_|_", "希望時間帯|_|_", "住所|_|_")).book).content()
    spec = learn_form(content).spec
    book = openpyxl.load_workbook(BytesIO(content))
    book["様式"]["B3"], book["様式"]["C4"] = "木曽町", "午後"
    out = BytesIO()
    book.save(out)
    data = read_form(out.getvalue(), [spec])
    assert data is not None
    assert {f.label: f.raw for f in data.fields.values() if not f.empty} == {"団体名": "木曽町", "希望時間帯": "午後"}
