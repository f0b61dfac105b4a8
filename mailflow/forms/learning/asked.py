"""What a form asks: a box with the label that belongs to it, and the page of a sheet's boxes. Pure data; search.py finds them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from mailflow.forms.grid import Area
from mailflow.forms.learning.blank import cell_name
from mailflow.forms.text import fold, label_forms


@dataclass(slots=True)
class Asked:
    """One box. `area`: of the box; `head`: of its label. `rows`: how many lines it has room for. `repeated`: further rows
    of its table; `column`: the head of the box's column, where the label heads its row. `heading`: of the section; `group`:
    what stands left of the label or over the table. `boxes`: whether each
    of its choices has a box to tick. `spread`: over a cell for each number of a date or a time. `question`: what is asked over a label that only says 「回答」."""

    sheet: str
    label: str
    head: Area
    area: Area
    marks: list[str] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)
    examples: list[str] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    unit: str | None = None
    printed: str | None = None
    boxes: bool = True
    spread: bool = False
    rows: int = 1
    repeated: int = 0
    column: str | None = None
    heading: str | None = None
    group: str | None = None
    question: str | None = None

    @property
    def wording(self) -> str:
        """What is asked for: the label, or the question that it answers."""
        return self.question or self.label

    @property
    def cell(self) -> str:
        return cell_name(self.sheet, self.area)

    @property
    def says(self) -> list[str]:
        """Every word about the box."""
        return [*self.marks, self.label, *((self.question,) if self.question else ()), *self.hints]


@dataclass(slots=True)
class Page:
    """`notes`: sentences above the first box. `unnamed`: open boxes with no label to be found."""

    name: str
    title: str | None
    asked: list[Asked]
    notes: list[str]
    texts: list[str]
    unnamed: list[str]


def told_apart(asked: list[Asked]) -> tuple[dict[int, str], list[Asked]]:
    """Labels that stand more than once: index → the heading within which each stands; and those that nothing tells
    apart from an earlier one."""
    counts = Counter(map(_form, asked))
    within: dict[int, str] = {}
    seen: set[tuple[str, str]] = set()
    lost = []
    for index, one in enumerate(asked):
        form = _form(one)
        head = ""
        if counts[form] > 1 and one.column is None:
            head = next((h for h in (one.group, one.heading) if h and (form, fold(h)) not in seen), "")
        if (form, fold(head)) in seen or (counts[form] > 1 and not head and (form, "") in seen):
            lost.append(one)
            continue
        seen.add((form, fold(head)))
        if head:
            within[index] = head
    return within, lost


def _form(one: Asked) -> str:
    forms = label_forms(one.label)
    form = forms[0] if forms else fold(one.label)
    return f"{form}/{fold(one.column)}" if one.column else form
