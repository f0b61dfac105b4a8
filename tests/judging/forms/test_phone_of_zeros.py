"""A telephone number of zeros only is nobody's: what stands in the box is asked for again, what the form prints as its example
stays an example."""

from __future__ import annotations

from io import BytesIO

import openpyxl
import pytest

from mailflow.forms.fill import fill_form
from mailflow.forms.learn import learn_form
from mailflow.forms.read import read_form
from tests.judging.forms.books import MEANT
from tests.judging.forms.foreign import GREY, Drawn
from tests.judging.forms.test_learn_tables import draw
from tests.unit.judging.build import facts
from tests.unit.judging.test_checks_form import findings


@pytest.mark.parametrize("typed", ["000-0000-0000", "00-0000-0000", "０００－００００－００００", "0000-00-0000（内線123）", "TEL 0000000000"])  # fmt: skip
def test_zeros_in_the_box_are_asked_for_again(spec, typed):
    data = read_form(fill_form(spec, MEANT | {"contact_phone": typed}), [spec])
    assert data is not None
    (one,) = findings("form-type", facts(form_=data))
    assert (one.severity, one.found, one.fields) == ("fix", typed, ("contact_phone",))
    assert one.where.startswith("電話番号（")


@pytest.mark.parametrize("typed", ["例）0000-00-0000", "記入例：0000-00-0000（内線123）", None])
def test_the_example_left_in_its_box_is_no_number(spec, typed):
    data = read_form(fill_form(spec, MEANT | {"contact_phone": typed}), [spec])
    assert data is not None
    assert data.fields["contact_phone"].empty
    assert findings("form-type", facts(form_=data)) == ()
    (gap,) = findings("form-complete", facts(form_=data))
    assert gap.fields == ("contact_phone",)


BESIDE = {
    "in-the-label": [("A4", "電話番号（000-0000-0000）", GREY), ("B4:D4", None)],
    "as-the-label's-example": [("A4", "電話番号\n（例：000-0000-0000）", GREY), ("B4:D4", None)],
    "in-the-box": [("A4", "電話番号", GREY), ("B4:D4", "例）000-0000-0000")],
    "beside-the-box": [("A4", "電話番号", GREY), ("B4:D4", None), ("~E4", "例：000-0000-0000")],
    "beside-the-box-and-nothing-else": [("A4", "電話番号", GREY), ("B4:D4", None), ("~E4", "000-0000-0000")],
}


@pytest.mark.parametrize("cells", BESIDE.values(), ids=BESIDE)
def test_an_example_that_another_form_prints(cells):
    content = Drawn(draw(("A3", "団体名", GREY), ("B3:D3", None), *cells, ("A5", "所在地", GREY), ("B5:D5", None)).book).content()  # fmt: skip
    spec = learn_form(content).spec
    book = openpyxl.load_workbook(BytesIO(content))
    for typed, said in ((None, None), ("0265-00-0000", "0265-00-0000")):
        book["様式"]["B3"] = "木曽町"
        if typed:
            book["様式"]["B4"] = typed
        out = BytesIO()
        book.save(out)
        data = read_form(out.getvalue(), [spec])
        assert data is not None
        (phone,) = (f for f in data.fields.values() if f.label.startswith("電話番号"))
        assert (phone.value, phone.empty, phone.problem) == (said, said is None, None)
