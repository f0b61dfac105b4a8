"""Findings as the numbered points of a letter: where, 現在, お願い, 記入例 (letters.md §2). Pure; never raises."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from mailflow.model import Finding
from mailflow.replies.quoting import MARKS, one_line, quoted, said, unlinked
from mailflow.replies.quoting import URL as LINK

SUBJECT = "件名"  # `where` of a finding on the subject line
_FORM = "応募様式"
_EMPTY = "form-complete"
_EACH = "それぞれご記入ください"
_NAMES = frozenset({"subject-name", "attachment-name"})
_CELL = re.compile(r"（([^!（）]{1,31})!([A-Z]{1,3}\d{1,7})）$")
_PLACE = re.compile(r"(.+)!([A-Z]{1,3})(\d{1,7})")
MAX_WHERE, MAX_MESSAGE, MAX_EXAMPLE, MAX_CELLS = 80, 300, 120, 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One of several places of a point. `message`: where it isn't the point's own."""

    where: str
    message: str | None = None
    example: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One numbered point of a letter. `cells`: several empty cells of one block are one item, each cell with its own example.

    `checks`, `fields`: what it is about, for whoever reads the answer; not shown."""

    number: int
    where: str
    found: str
    message: str
    example: str | None
    clause: str | None
    cells: tuple[Cell, ...] = ()
    checks: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()


class Asked(Protocol):
    """A numbered point of a letter that went out: what its reader has in hand."""

    @property
    def number(self) -> int: ...
    @property
    def checks(self) -> tuple[str, ...]: ...
    @property
    def fields(self) -> tuple[str, ...]: ...
    @property
    def confirm(self) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What became of the points of our last letter: numbers corrected, still open, and new ones (letters.md §2)."""

    corrected: tuple[int, ...]
    still: tuple[int, ...]
    new: tuple[int, ...]


class Points:
    """Numbers points through one letter. The sheet is named once: 「（シート「応募様式」D14）」, then 「（同 D20）」.

    A point that was asked before keeps its number, so that 「2は…」 means the same to both sides; new ones go on behind.
    """

    def __init__(self, sections: Mapping[str, str], asked: Sequence[Asked] = (), sheets: Sequence[str] = ()) -> None:
        self._sections = sections
        self._sheets = {name: at for at, name in enumerate(sheets)}
        self._asked = {one.number: one for one in asked}
        self._taken: set[int] = set()
        self._next = max(self._asked, default=0) + 1
        self._sheet: str | None = None

    def of(self, findings: Sequence[Finding]) -> tuple[Item, ...]:
        """By number; new ones as the form goes, sheet by sheet, row by row, behind what is about no cell of it. Empty cells of
        one section become one point with a list of cells."""
        blocks: dict[str, list[Finding]] = {}
        for position, one in enumerate(sorted(findings, key=self._position)):
            blocks.setdefault(self._block(one) or f"{position}", []).append(one)
        numbered = sorted((self._number(group), key, group) for key, group in blocks.items())
        return tuple(self._item(number, key, group) for number, key, group in numbered)

    def _position(self, one: Finding) -> tuple[int, int, int, int, str]:
        """In the form: sheet, row, column. Before it what is no matter of a field, behind it a field that isn't there."""
        place = _PLACE.fullmatch(one.cells[0]) if one.cells else None
        if place is None:
            return (2 if one.fields else 0, 0, 0, 0, "")
        return (1, self._sheets.get(place[1], len(self._sheets)), int(place[3]), len(place[2]), place[2])

    def _block(self, one: Finding) -> str:
        """What stands together: the empty cells of one section, the files of one kind, whose application it is."""
        if (
            one.check in _NAMES
        ):  # asked of the subject and of the file's name in the same words: one answer settles both
            return f"{SUBJECT} {one.message}"
        if one.check == _EMPTY and one.fields and one.cells:
            section = self._sections.get(one.fields[0])
            return f"「{section}」の欄" if section else ""
        return f"{one.check} {one.message}" if one.files and not one.fields else ""

    def progress(self, fixes: Sequence[Item]) -> Progress | None:
        """None where nothing was asked before."""
        before = {number for number, one in self._asked.items() if not one.confirm}
        if not before:
            return None
        now = {one.number for one in fixes}
        return Progress(
            corrected=tuple(sorted(before - now)), still=tuple(sorted(before & now)), new=tuple(sorted(now - before))
        )

    def _number(self, group: Sequence[Finding]) -> int:
        checks = {one.check for one in group}
        fields = {field for one in group for field in one.fields}
        for number, one in self._asked.items():
            same = fields & set(one.fields) if fields or one.fields else checks & set(one.checks)
            if same and number not in self._taken:
                self._taken.add(number)
                return number
        self._next += 1
        return self._next - 1

    def _item(self, number: int, key: str, group: Sequence[Finding]) -> Item:
        one = group[0]
        checks = tuple(dict.fromkeys(each.check for each in group))
        fields = tuple(field for each in group for field in each.fields)
        if key.startswith(f"{SUBJECT} "):
            one = next((each for each in group if each.where == SUBJECT), one)
        elif len(group) > 1:
            files = not one.fields
            cells = [self._cell(each) for each in group[:MAX_CELLS]]
            if more := len(group) - len(cells):
                cells.append(Cell(where=f"ほか{more}個"))
            return Item(
                number=number,
                where=f"{self._where(one.where)}（{len(group)}個）" if files else f"{key}（{len(group)}か所）",
                found="下のファイルです" if files else _left_empty(group),
                message=said(one.message, MAX_MESSAGE) if files else _EACH,
                example=None,
                clause=one.clause,
                cells=tuple(cells),
                checks=checks,
                fields=fields,
            )
        return Item(
            number=number,
            where=self._where(one.where),
            found=found(one),
            message=said(one.message, MAX_MESSAGE),
            example=one_line(_example(one), MAX_EXAMPLE) or None,
            clause=one.clause,
            checks=checks,
            fields=fields,
        )

    def _cell(self, one: Finding) -> Cell:
        """One of several, with its own words where they say more than the point's."""
        if not one.fields:
            return Cell(where=quoted(one.found or "", 120))
        message = said(one.message, MAX_MESSAGE)
        return Cell(
            where=self._where(one.where),
            message=None if message in _EACH else message,
            example=one_line(_example(one), MAX_EXAMPLE) or None,
        )

    def _where(self, where: str) -> str:
        """A sheet's name is the applicant's: bounded, without a link. Each cell is written out where the sheet changes."""
        text = one_line(unlinked(where), MAX_WHERE)
        cell = _CELL.search(text)
        if cell is None:
            return text
        shown = f"同 {cell[2]}" if cell[1] == self._sheet else f"シート「{cell[1].translate(MARKS)}」{cell[2]}"
        self._sheet = cell[1]
        return f"{text[: cell.start()]}（{shown}）"


def _left_empty(group: Sequence[Finding]) -> str:
    """「－」 is what the form says, not an empty cell: its writer looks at it."""
    written = list(dict.fromkeys(quoted(one.found) for one in group if one.found and said(one.found)))
    if not written:
        return "下の欄が空欄です"
    marks = "".join(written[:3])
    every = all(one.found and said(one.found) for one in group)
    return f"下の欄に{marks}と記入されています" if every else f"下の欄が空欄か、{marks}の記入だけです"


def _example(one: Finding) -> str:
    """What to write. What a file should have been is said by the message; it is nothing to write."""
    if one.example:
        return one.example
    return (one.expected or "") if one.fields or one.where == SUBJECT else ""


def found(one: Finding) -> str:
    """「空欄です」, 「「A・B」と記入されています」; what isn't about a field stands as the check says it."""
    if not one.found or not said(one.found):
        return f"この欄が見当たりません（{_FORM}の版が違うかもしれません）" if _absent(one) else "空欄です"
    if one.fields:
        return f"{quoted(one.found)}と記入されています"
    if one.where == SUBJECT:
        return quoted(one.found)
    if one.files and one.found == "、".join(one.files):
        return f"{quoted(one.found, 120)}を受け取りました"
    if one.where == _FORM:
        return f"{quoted(one.found)}の様式です"
    shown = said(one.found, 120)
    return "URLが書かれていました" if shown.replace(LINK, "").strip("、 ") == "" else shown


def _absent(one: Finding) -> bool:
    return one.check == _EMPTY and not one.cells
