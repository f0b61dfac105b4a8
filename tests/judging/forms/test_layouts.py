"""One set of answers in twelve layouts under many spellings of the labels: read alike, and blank where it is blank."""

from __future__ import annotations

import pytest

from mailflow.forms.read import read_form
from mailflow.model import FormData
from tests.judging.forms.books import ANSWERS, LAYOUTS, MEANT, SPELLINGS

# A label over two lines can't stand before a colon in one cell.
_NOT_INSIDE = {"a-line-break", "with-a-hint"}
CASES = [
    pytest.param(layout, spelling, id=f"{layout}-{spelling}")
    for layout in LAYOUTS
    for spelling in SPELLINGS
    if not (layout == "inside" and spelling in _NOT_INSIDE)
]


def said(data: FormData) -> dict[str, object]:
    return {key: list(v.value) if isinstance(v.value, tuple) else v.value for key, v in data.fields.items()}


@pytest.mark.parametrize(("layout", "spelling"), CASES)
def test_every_answer_is_read(spec, layout, spelling):
    data = read_form(LAYOUTS[layout](SPELLINGS[spelling], ANSWERS), [spec])
    assert data is not None
    assert said(data) == MEANT
    assert [key for key, field in data.fields.items() if field.problem] == []
    assert data.problems == ()


@pytest.mark.parametrize(("layout", "spelling"), CASES)
def test_what_is_blank_is_blank(spec, layout, spelling):
    data = read_form(LAYOUTS[layout](SPELLINGS[spelling], {}), [spec])
    assert data is not None
    assert [key for key, field in data.fields.items() if not field.empty] == []
    assert [key for key, field in data.fields.items() if field.cell is None] == []
    assert data.untouched
