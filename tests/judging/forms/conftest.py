from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl.worksheet.cell_range import CellRange

from mailflow.settings.form import FormSpec
from mailflow.settings.load import load_form
from tests.judging.forms.books import MEANT


@pytest.fixture(scope="session")
def spec() -> FormSpec:
    return load_form(Path(__file__).parents[3] / "config" / "form.yaml").forms[0]


@pytest.fixture(scope="session")
def values() -> dict[str, Any]:
    return dict(MEANT)


@pytest.fixture(scope="session")
def insert() -> Callable[..., None]:
    """Insert a row as Excel does it: merged ranges move along (openpyxl alone leaves them where they were)."""

    def insert_row(sheet: Any, before: int) -> None:
        areas = [area.coord for area in sheet.merged_cells.ranges]
        for area in areas:
            sheet.unmerge_cells(area)
        sheet.insert_rows(before, 1)
        for area in areas:
            moved = CellRange(area)
            if moved.min_row >= before:
                moved.shift(row_shift=1)
            elif moved.max_row >= before:
                moved.expand(down=1)
            sheet.merge_cells(moved.coord)

    return insert_row
