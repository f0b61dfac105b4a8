"""Fillings of the shipped form by ugly habits (ugly.py): no false value, nothing missed, and what can't be taken for certain is told.

At first sight 72 of the first 73 were read so (a blank copy above the filled one was not), 45 of the next 46 and the last one told.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

import openpyxl
import pytest

from mailflow.forms.fill import fill_form
from mailflow.forms.read import read_form
from tests.judging.forms.ugly import AGAIN, UGLY

# Those that show most; the others by --long.
SHORT = {
    "blank-copy-above", "blank-copy-below", "column-in-front", "all-unmerged", "rows-inside-a-section", "typed-into-the-next-column", "hedged", "number-with-words",
    "percent-typed", "reference-error", "two-filled-sheets", "a-cover-sheet", "name-in-two-halves", "rings-and-crosses", "hours-at-most", "steps-or",
}  # fmt: skip
TOLD_BESIDE = {"blank-copy-above", "example-left", "note-left-in-the-box", "prompt-left", "printed-choices-left"}


@pytest.fixture(scope="module")
def typed(values) -> dict[str, Any]:
    return values | {"weekly_hours": 5.5, "contact_phone": "0265-00-0000（内線123）", "past_efforts": "なし"}


@pytest.fixture(scope="module")
def filled(spec, typed) -> bytes:
    return fill_form(spec, typed)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in SHORT else pytest.mark.long) for name in UGLY | AGAIN]
)
def test_what_a_clerk_reads_there(spec, typed, filled, name):
    change, other = (UGLY | AGAIN)[name]
    book = openpyxl.load_workbook(BytesIO(filled))
    change(book)
    for cell in (cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row):
        if isinstance(cell.value, str) and cell.value in ("#REF!", "#NAME?"):
            cell.data_type = "e"
    out = BytesIO()
    book.save(out)
    data = read_form(out.getvalue(), [spec])
    assert data is not None
    meant = {key: tuple(value) if isinstance(value, list) else value for key, value in typed.items()} | other
    wrong = {}
    for key, field in data.fields.items():
        if meant[key] is ...:
            if field.problem is None and not data.problems:
                wrong[key] = field
        elif (field.value, field.problem) != (meant[key], None):
            wrong[key] = field
    assert wrong == {}
    if ... not in other.values() and name not in TOLD_BESIDE:
        assert data.problems == ()
