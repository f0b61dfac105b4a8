"""Which numbers can be a row's at all."""

from __future__ import annotations

import pytest

from mailflow.numbering import LARGEST_ROW, row_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        pytest.param("1", 1, id="one"),
        pytest.param("0012", 12, id="padded"),
        pytest.param(str(LARGEST_ROW), LARGEST_ROW, id="largest"),
        pytest.param(str(LARGEST_ROW + 1), None, id="more-than-the-column-holds"),
        pytest.param("9" * 5000, None, id="longer-than-python-reads"),
        pytest.param("0", None, id="zero"),
        pytest.param("²", None, id="superscript"),  # isdigit(), and int() raises
        pytest.param("１２", None, id="full-width"),
        pytest.param("-1", None, id="negative"),
        pytest.param(" 1", None, id="blank"),
        pytest.param("", None, id="empty"),
    ],
)
def test_row_number(text: str, number: int | None) -> None:
    assert row_number(text) == number
