"""`form learn` on blank forms drawn by habits of their own (blanks.py): each box is found with its label, nothing else is.

At first sight 87 of the first set's 104 boxes were found, 92 of the second's 99; these tests hold what was mended since.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from mailflow.forms.fill import fill_form
from mailflow.forms.learn import learn_form
from mailflow.forms.read import read_form
from mailflow.forms.text import fold
from mailflow.settings.form import FormSpec
from tests.judging.forms.blanks import FIRST, SECOND, Blank

DATA = Path(__file__).parents[2] / "unit" / "forms" / "data"
CHEAP = {"tick_boxes", "no_lines", "several_sheets", "underlined_far", "questionnaire", "office_use_and_consent"}
CASES = [
    pytest.param(make, id=name, marks=() if name in CHEAP else pytest.mark.long)
    for name, make in (FIRST | SECOND).items()
]
# 「活動内容」 stands on two sheets, and nothing there tells one from the other: the remark says so.
NOT_TOLD_APART = {"別紙２（日程）!D4"}


def boxes_of(content: bytes, spec: FormSpec) -> dict[str, str]:
    """The cells that reading finds in the blank form, with every word of their field."""
    data = read_form(content, [spec])
    assert data is not None
    assert data.untouched
    found: dict[str, str] = {}
    for key, field in data.fields.items():
        one = spec.fields[key]
        words = " ".join((one.label, *one.labels, one.column or "", *(choice.value for choice in one.choices)))
        found[field.cell or key] = found.get(field.cell or key, "") + fold(words)
    return found


@pytest.mark.parametrize("make", CASES)
def test_every_box_is_found_and_nothing_else(spec, make):
    blank: Blank = make()
    content = blank.content()
    learned = learn_form(content, spec)
    found = boxes_of(content, learned.spec)
    lines = " ".join(found.values())  # a list to be ticked is one field, found at its first line
    missed = {cell: words for cell, words in blank.boxes.items() if fold(words) not in found.get(cell, lines)}
    assert set(missed) <= NOT_TOLD_APART
    assert all(any(cell in doubt for doubt in learned.doubts) for cell in missed)
    assert set(found) <= set(blank.boxes)
    data = read_form(content, [learned.spec])
    for cell, wanted in blank.choices.items():
        (key,) = [key for key, field in data.fields.items() if field.cell == cell]
        assert {fold(choice.value) for choice in learned.spec.fields[key].choices} == set(map(fold, wanted))


@pytest.mark.parametrize(
    ("ticked", "meant"), [(("A12",), ("個人情報の取扱いに同意します。",)), (("A12", "A13"), None), ((), ())]
)
def test_a_list_to_be_ticked_is_read_by_its_ticks(spec, ticked, meant):
    blank = FIRST["tick_boxes"]()
    learned = learn_form(blank.content(), spec)
    sheet = blank.book.worksheets[0]
    sheet["B3"] = "朝日県川原町"
    for cell in ticked:
        sheet[cell] = "☑"
    data = read_form(blank.content(), [learned.spec])
    (field,) = [field for field in data.fields.values() if field.cell == "参加申込!A12"]
    every = tuple(choice.value for choice in learned.spec.fields["confirmation_check"].choices)
    assert (field.value or ()) == (every if meant is None else meant)
    assert field.empty is (meant == ())


def test_an_ods_is_learned_as_the_same_form_in_xlsx_is(spec):
    """Frames, colours, merged ranges and drop-downs of LibreOffice's own format."""
    of_xlsx, of_ods = (learn_form((DATA / f"libreoffice.{kind}").read_bytes(), spec).spec for kind in ("xlsx", "ods"))
    assert of_ods.fields.keys() == of_xlsx.fields.keys()
    for key, one in of_xlsx.fields.items():
        assert [c.value for c in of_ods.fields[key].choices] == [c.value for c in one.choices], key
        assert (of_ods.fields[key].type, of_ods.fields[key].unit) == (one.type, one.unit), key


def test_an_ods_that_draws_more_cells_than_are_looked_at_is_refused(spec):
    style = '<style:style style:name="b" style:family="table-cell"><style:table-cell-properties fo:border="1pt"/></style:style>'
    rows = '<table:table-row table:number-rows-repeated="1500"><table:table-cell table:style-name="b" table:number-columns-repeated="100"/></table:table-row>'
    content = ods(style, f'<table:table table:name="様式">{rows}</table:table>')
    with pytest.raises(Exception, match="大きすぎる"):
        learn_form(content, spec)


def ods(styles: str, tables: str) -> bytes:
    names = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{urn}:1.0"'
        for name, urn in (("office", "office"), ("table", "table"), ("text", "text"), ("style", "style"), ("fo", "xsl-fo-compatible"))
    )  # fmt: skip
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "content.xml",
            f"<office:document-content{names}><office:automatic-styles>{styles}</office:automatic-styles>"
            f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>",
        )
    return out.getvalue()


def test_a_learned_form_of_lists_is_filled_and_read_back(spec):
    blank = SECOND["underlined_far"]()
    content = blank.content()
    learned = learn_form(content, spec)
    values = {
        key: f"答{number}" for number, (key, one) in enumerate(learned.spec.fields.items()) if one.type.value == "text"
    }
    data = read_form(fill_form(learned.spec, values, content), [learned.spec])
    assert {key: data.value(key) for key in values} == values
    assert {field.cell for field in data.fields.values()} == set(blank.boxes)
