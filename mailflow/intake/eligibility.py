"""Who may apply, as far as figures tell: the 財政力指数 (募集要領 2(1), DESIGN §4 "fiscal-index").

Figures are Decimal: 1.00 is 1 or more, 0.99 is not. The ministry's table and the form each may say nothing. Pure.
"""

from __future__ import annotations

import unicodedata
from decimal import Decimal, InvalidOperation
from typing import Literal

from mailflow.settings.settings import Settings

Outcome = Literal["over", "one-side", "differs", "fine"]


def table_is_loaded(settings: Settings) -> bool:
    """Is there a table of the year that the call names?"""
    year = settings.programme.fiscal_year_of_index
    return any(row.year == year for row in settings.reference.fiscal)


def table_index(settings: Settings, code: str | None) -> Decimal | None:
    """The body's figure in the table of the year that the call names; None if it isn't there."""
    if code is None:
        return None
    year = settings.programme.fiscal_year_of_index
    for row in settings.reference.fiscal:
        if row.code == code and row.year == year:
            return row.index
    return None


def figure(value: object) -> Decimal | None:
    """A figure of a form; None for what is no figure."""
    try:
        number = Decimal(unicodedata.normalize("NFKC", str(value)).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def compare_index(
    table: Decimal | None, form: Decimal | None, *, loaded: bool, limit: Decimal, tolerance: Decimal
) -> Outcome:
    """What the two figures say together. `loaded`: there is a table, whether or not the body is in it."""
    table_over = table is not None and table >= limit
    form_over = form is not None and form >= limit
    if form_over and (table_over or not loaded):
        return "over"
    if form_over or table_over:
        return "one-side"
    if table is not None and form is not None and abs(table - form) > tolerance:
        return "differs"
    return "fine"
