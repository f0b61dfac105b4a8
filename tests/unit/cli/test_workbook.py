"""Tables for people: what an applicant wrote never becomes a formula (DESIGN §10)."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from openpyxl import load_workbook

from mailflow.cli.workbook import safe_text, workbook


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        pytest.param('=HYPERLINK("http://x","y")', '\'=HYPERLINK("http://x","y")', id="formula"),
        pytest.param("@SUM(1)", "'@SUM(1)", id="at"),
        pytest.param("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0", id="plus"),
        pytest.param("-2+3+cmd|' /C calc'!A0", "'-2+3+cmd|' /C calc'!A0", id="minus"),
        pytest.param("\t=1", "'\t=1", id="tab"),
        pytest.param("＝1+1", "'＝1+1", id="full-width"),
        pytest.param("+81-3-0000-0000", "+81-3-0000-0000", id="telephone"),
        pytest.param("-0.5", "-0.5", id="number"),
        pytest.param("・課題", "・課題", id="bullet"),
        pytest.param("a\x00b\x1bc", "abc", id="control-characters"),
        pytest.param("\ud800x", "?x", id="lone-surrogate"),
        pytest.param("", "", id="empty"),
    ],
)
def test_safe_text(text: str, cell: str) -> None:
    assert safe_text(text) == cell


def test_a_cell_is_bounded() -> None:
    assert len(safe_text("字" * 100_000)) < 32_767


def test_sheet() -> None:
    at = datetime(2026, 3, 26, 7, 0, tzinfo=UTC)
    rows = [["=1+1", at, 3, None], ["改\n行", None, 0.5, "+1-2"]]
    page = load_workbook(io.BytesIO(workbook("一覧", ["a", "b", "c", "d"], rows))).active
    assert page.title == "一覧"
    assert page["A2"].value == "'=1+1"
    assert {cell.data_type for row in page.iter_rows() for cell in row} <= {"s", "n", "d"}
    assert page["B2"].value == datetime(2026, 3, 26, 16, 0)
    assert page["C3"].value == 0.5
    assert page.freeze_panes == "A2"


def test_empty_sheet_opens() -> None:
    page = load_workbook(io.BytesIO(workbook("一覧", ["a"], []))).active
    assert [cell.value for cell in page[1]] == ["a"]
