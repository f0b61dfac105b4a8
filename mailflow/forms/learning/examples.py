"""Examples that a form gives on other sheets: 記入例 filled in beside the labels, or a table of the guide. Pure."""

from __future__ import annotations

import re
from collections.abc import Set

from mailflow.forms.grid import Sheet
from mailflow.forms.heads import EXAMPLE_HEADS, TABLE_HEADS
from mailflow.forms.learning.blank import BlankBook, BlankSheet
from mailflow.forms.text import LABEL_MAX, fold, label_forms


def examples_of(book: BlankBook, own: Set[str]) -> dict[str, str]:
    """Label (folded) → example, from the sheets of examples and the guide's table of them; `own`: the sheets to be filled in."""
    found: dict[str, str] = {}
    for sheet in book.sheets:
        if sheet.name not in own:
            filled = re.search(
                r"記入例|記載例|入力例|見本|サンプル|[(（]例[)）]|^例$|sample", sheet.name, re.IGNORECASE
            )
            found |= _beside_labels(sheet) if filled else _in_table(sheet)
    return found


def _beside_labels(sheet: BlankSheet) -> dict[str, str]:
    grid = sheet.grid
    found: dict[str, str] = {}
    for row in range(min(grid.height, 400)):
        for column in range(min(len(grid.rows[row]), 60)):
            text = grid.at(row, column)
            if isinstance(text, str) and len(text) <= LABEL_MAX and (forms := label_forms(text)):
                area = grid.area(row, column)
                value = grid.at(row, area[3] + 1)
                if value is None:
                    value = grid.at(area[2] + 1, column)
                if value is not None and str(value).strip():
                    found.setdefault(forms[0], str(value))
    return found


def _in_table(sheet: BlankSheet) -> dict[str, str]:
    grid: Sheet = sheet.grid
    found: dict[str, str] = {}
    for row in range(min(grid.height, 400)):
        heads = {
            fold(value): at
            for at, value in enumerate(grid.rows[row][:60])
            if isinstance(value, str) and len(value) <= 20
        }
        label = next((at for head, at in heads.items() if head in TABLE_HEADS), None)
        example = next((at for head, at in heads.items() if head in EXAMPLE_HEADS), None)
        if label is None or example is None:
            continue
        for below in range(row + 1, min(grid.height, row + 300)):
            text, value = grid.at(below, label), grid.at(below, example)
            if isinstance(text, str) and value is not None and len(text) <= LABEL_MAX and (forms := label_forms(text)):
                found.setdefault(forms[0], str(value))
    return found
