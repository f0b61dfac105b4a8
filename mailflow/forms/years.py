"""Figures told year by year: 「R5：0.41、R6：0.42」「0.32（R6）、0.31（R5）」, where the form asks for one year's.

In: FieldSpec (its labels and note name the year), folded text. Out: that year's figure, or None. Pure; the caller bounds the text.
"""

from __future__ import annotations

import re
from unicodedata import normalize

from mailflow.settings.form import FieldSpec

_YEAR = r"(?:令和|(?<![a-z0-9])r|(?<=[0-9])r)\.?([0-9]{1,2}|元)(?:年度?|年)?"
_FIGURE = r"([0-9]{1,3}\.[0-9]{1,4})"
_BEFORE = re.compile(rf"{_YEAR}[^0-9、,()]{{0,3}}{_FIGURE}")
_BEHIND = re.compile(rf"{_FIGURE}\(?{_YEAR}\)?")
_ASKED = re.compile(r"令和([0-9]{1,2}|元)年度")


def of_the_year_asked(field: FieldSpec, text: str) -> float | None:
    """None where fewer than two years are told, more figures than years, or not the year asked for."""
    asked = next(
        (
            found[1]
            for words in (*field.spellings, field.note or "")
            for found in _ASKED.finditer(normalize("NFKC", words))
        ),
        None,
    )
    if asked is None:
        return None
    figures = len(re.findall(_FIGURE, text))
    before = [(found[1], found[2]) for found in _BEFORE.finditer(text)]
    behind = [(found[2], found[1]) for found in _BEHIND.finditer(text)]
    for told in (before, behind):
        years = dict(told)
        if len(told) > 1 and len(years) == len(told) == figures and asked in years:
            return float(years[asked])
    return None
