"""What an .ods says of its sheets beside the words: frames, colours, drop-downs, notes, protection, rows' heights.

In: the part content.xml of an .ods that `open_package` let pass. Out: sheets by name, names of ranges. Raises FormUnreadable
(`broken`, `too-large`), and nothing else. Pure; bounded as blank.py is. Source: ODF 1.3 part 3 §9 (tables), §16, §17 (styles).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from xml.parsers import expat

from mailflow.forms.learning.colours import hue_of_rgb
from mailflow.forms.learning.look import (
    MOST_CELLS,
    MOST_COLUMNS,
    MOST_ROWS,
    MOST_RULES,
    PLAIN,
    Look,
    Validation,
)
from mailflow.forms.package import FormUnreadable


@dataclass(slots=True)
class OdsSheet:
    """As BlankSheet; `formulas`: cells whose value is counted."""

    looks: dict[tuple[int, int], Look] = field(default_factory=dict)
    validations: list[Validation] = field(default_factory=list)
    notes: dict[tuple[int, int], str] = field(default_factory=dict)
    heights: dict[int, float] = field(default_factory=dict)
    formulas: list[tuple[int, int]] = field(default_factory=list)
    protected: bool = False


def read_ods(content_xml: bytes) -> tuple[dict[str, OdsSheet], dict[str, str]]:
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(content_xml, True)
    except expat.ExpatError as error:
        raise FormUnreadable("broken") from error
    return reader.sheets, reader.names


_CELLS = frozenset({"table:table-cell", "table:covered-table-cell"})
_LIST = re.compile(r"(?:of:|oooc:)?cell-content-is-in-list\((.{1,2000})\)", re.DOTALL)
_RANGE = re.compile(
    r"\[?\$?'?([^\]'.$]{1,100})'?\.(\$?[A-Z]{1,3}\$?[0-9]{1,7})(?::\.?(\$?[A-Z]{1,3}\$?[0-9]{1,7}))?\]?"
)
_LENGTH = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,8})?)(pt|cm|mm|in)")
_POINTS = {"pt": 1.0, "cm": 28.35, "mm": 2.835, "in": 72.0}


class _Reader:
    def __init__(self) -> None:
        self.sheets: dict[str, OdsSheet] = {}
        self.names: dict[str, str] = {}
        self.styles: dict[str, tuple[Look, bool]] = {}  # its look, and whether its cells are unlocked
        self.row_heights: dict[str, float] = {}
        self.rules: dict[str, Validation] = {}
        self.rule = ""
        self.style: str | None = None
        self.sheet: OdsSheet | None = None
        self.row = self.column = 0
        self.row_repeat = 1
        self.defaults: list[str] = []  # the style of each column's cells
        self.words: list[str] | None = None  # of a note at a cell, or of the message that goes with a rule
        self.at = (0, 0)
        self.cells = 0

    # --- styles ---

    def start(self, tag: str, said: dict[str, str]) -> None:
        if tag == "style:style":
            self.style = said.get("style:name") if said.get("style:family") in ("table-cell", "table-row") else None
            if self.style is not None and len(self.styles) < 20_000:
                self.styles.setdefault(self.style, (PLAIN, False))
        elif self.style is not None and tag.startswith("style:"):
            self._style(tag, said)
        elif tag == "table:content-validation" and len(self.rules) < MOST_RULES:
            self.rule = said.get("table:name", "")
            self.rules[self.rule] = _rule(said.get("table:condition", ""))
        elif tag == "table:help-message":
            self.words = []
        elif tag == "table:named-range" and len(self.names) < 2_000:
            self.names[said.get("table:name", "").casefold()] = _reference(said.get("table:cell-range-address", ""))
        elif tag == "table:table":
            self.sheet = self.sheets.setdefault(said.get("table:name", ""), OdsSheet())
            self.sheet.protected = said.get("table:protected") == "true"
            self.row = self.column = 0
            self.defaults = []
        elif self.sheet is not None:
            self._in_sheet(tag, said, self.sheet)

    def _style(self, tag: str, said: dict[str, str]) -> None:
        assert self.style is not None  # noqa: S101  (asked before)
        look, free = self.styles.get(self.style, (PLAIN, False))
        if tag == "style:table-cell-properties":
            borders = [value for name, value in said.items() if name.startswith("fo:border")]
            colour = said.get("fo:background-color", "transparent").lower()
            filled = colour not in ("transparent", "#ffffff")
            look = replace(
                look,
                drawn=any(value != "none" for value in borders),
                fill=colour if filled else None,
                hue=hue_of_rgb(colour.lstrip("#")) if colour != "transparent" else None,
            )
            free = said.get("style:cell-protect") == "none"
        elif tag == "style:text-properties":
            size = _LENGTH.fullmatch(said.get("fo:font-size", ""))
            look = replace(
                look,
                size=float(size[1]) * _POINTS[size[2]] if size else look.size,
                bold=said.get("fo:font-weight") == "bold",
            )
        elif tag == "style:table-row-properties" and (height := _LENGTH.fullmatch(said.get("style:row-height", ""))):
            self.row_heights[self.style] = float(height[1]) * _POINTS[height[2]]
        self.styles[self.style] = (look, free)

    # --- cells ---

    def _in_sheet(self, tag: str, said: dict[str, str], sheet: OdsSheet) -> None:
        if tag == "table:table-column":
            many = min(_repeat(said, "columns"), MOST_COLUMNS - len(self.defaults))
            self.defaults += [said.get("table:default-cell-style-name", "")] * max(many, 0)
        elif tag == "table:table-row":
            self.column, self.row_repeat = 0, _repeat(said, "rows")
            height = self.row_heights.get(said.get("table:style-name", ""))
            if height and self.row < MOST_ROWS:
                for row in range(self.row, min(self.row + self.row_repeat, MOST_ROWS)):
                    sheet.heights[row] = height
        elif tag in _CELLS:
            self._cell(said, sheet)
        elif tag == "office:annotation":
            self.words = []

    def _cell(self, said: dict[str, str], sheet: OdsSheet) -> None:
        many = _repeat(said, "columns")
        self.at = (self.row, self.column)
        rule = self.rules.get(said.get("table:content-validation-name", ""))
        formula = "table:formula" in said
        for column in range(self.column, min(self.column + many, MOST_COLUMNS)):
            default = self.defaults[column] if column < len(self.defaults) else ""
            look, free = self.styles.get(said.get("table:style-name", default), (PLAIN, False))
            look = replace(look, free=sheet.protected and free, formula=formula)
            for row in range(self.row, min(self.row + self.row_repeat, MOST_ROWS)):
                if look != PLAIN or rule is not None:
                    self.cells += 1
                    if self.cells > MOST_CELLS:
                        raise FormUnreadable("too-large")
                if look != PLAIN:
                    sheet.looks[row, column] = look
                if rule is not None:
                    sheet.validations.append(replace(rule, areas=((row, column, row, column),)))
                if formula:
                    sheet.formulas.append((row, column))
        self.column += many

    def end(self, tag: str) -> None:
        if tag == "style:style":
            self.style = None
        elif tag == "table:table":
            self.sheet = None
        elif tag == "table:table-row":
            self.row += self.row_repeat
        elif tag == "text:p" and self.words is not None:
            self.words.append("\n")
        elif tag in ("office:annotation", "table:help-message") and self.words is not None:
            said, self.words = "".join(self.words).strip()[:8_000], None
            if tag == "table:help-message" and self.rule in self.rules:
                self.rules[self.rule] = replace(self.rules[self.rule], prompt=said)
            elif self.sheet is not None and len(self.sheet.notes) < 2_000:
                self.sheet.notes[self.at] = said

    def text(self, data: str) -> None:
        if self.words is not None and len(self.words) < 1_000:
            self.words.append(data)


def _repeat(said: dict[str, str], what: str) -> int:
    text = said.get(f"table:number-{what}-repeated", "1")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 9 else 1


_KINDS = (
    ("cell-content-is-whole-number", "whole"), ("cell-content-is-decimal-number", "decimal"), ("cell-content-is-date", "date"), ("cell-content-is-time", "time"),
    ("cell-content-text-length", "textLength"),
)  # fmt: skip
_BOUND = re.compile(r"\)\s?(<=|<)\s?([0-9]{1,9})$")
_BETWEEN = re.compile(r"-is-between\(\s?([0-9]{1,9})\s?,\s?([0-9]{1,9})\s?\)$")


def _rule(condition: str) -> Validation:
    """What may be entered, as Excel writes it; a drop-down's source: 「"A,B"」, 「リスト!$A$2:$A$4」, a name."""
    found = _LIST.fullmatch(condition.strip())
    if found is None:
        kind = next((kind for word, kind in _KINDS if word in condition), "custom" if condition else "none")
        if between := _BETWEEN.search(condition):
            return Validation((), kind, "between", between[1], between[2], "")
        bound = _BOUND.search(condition)
        operator = {"<=": "lessThanOrEqual", "<": "lessThan"}[bound[1]] if bound else ""
        return Validation((), kind, operator, bound[2] if bound else "", "", "")
    source = found[1].strip()
    if source.startswith('"'):
        words = [word.replace('""', '"') for word in re.findall(r'"((?:[^"]|"")*)"', source)]
        formula = '"' + ",".join(words) + '"'
    else:
        formula = _reference(source)
    return Validation((), "list", "", formula, "", "")


def _reference(source: str) -> str:
    """「$リスト.$A$2:.$A$4」 as 「リスト!$A$2:$A$4」; a name stays."""
    found = _RANGE.fullmatch(source.strip())
    if found is None:
        return source.strip("[]")
    return f"{found[1]}!{found[2]}" + (f":{found[3]}" if found[3] else "")
