"""How a cell of a blank form looks, what may be entered there, and how much of a sheet is looked at. Pure data."""

from __future__ import annotations

from dataclasses import dataclass

from mailflow.forms.grid import Area

MOST_ROWS, MOST_COLUMNS = 1_500, 120  # of a sheet that is looked at for boxes
MOST_CELLS = 120_000  # an object is made of each, styled empty ones too
MOST_RULES = 1_000


@dataclass(frozen=True, slots=True)
class Look:
    """`drawn`: a line at some side. `fill`: its colour, None for none or white; `hue`: what people call it. `free`: unlocked
    on a protected sheet."""

    drawn: bool = False
    fill: str | None = None
    size: float = 11.0
    bold: bool = False
    free: bool = False
    number_format: str = "General"
    formula: bool = False
    hue: str | None = None


PLAIN = Look()


@dataclass(frozen=True, slots=True)
class Validation:
    """What Excel lets one enter. `kind`: list, whole, decimal, date, time, textLength, custom or none."""

    areas: tuple[Area, ...]
    kind: str
    operator: str
    formula1: str
    formula2: str
    prompt: str
