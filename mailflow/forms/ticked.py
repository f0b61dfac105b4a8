"""Lines to be ticked under a sentence: 「□ | 個人情報の取扱いに同意します。」, mark and words in two cells or in one.

In: Sheet, the area of the label above, the choices. Out: the first line's box and all lines as one drawn text, or None. Pure.
"""

from __future__ import annotations

from mailflow.forms.drawing import is_mark, is_tick
from mailflow.forms.grid import Area, Sheet
from mailflow.forms.spelling import spelled
from mailflow.settings.form import Choice

_MOST_LINES, _LONGEST_LINE = 40, 160
_MARKS = "□☐◻▢☑☒■✓✔✅レ○●"


def lines_below(sheet: Sheet, head: Area, choices: tuple[Choice, ...]) -> tuple[Area, str] | None:
    """None where not each of the choices has its line."""
    lines: list[str] = []
    named: set[str] = set()
    first: Area | None = None
    row = head[2] + 1
    while len(lines) < _MOST_LINES and (line := _line(sheet, row, head[1], choices)):
        box, ticked, value, text = line
        first = first or box
        named.add(value)
        lines.append(f"{'☑' if ticked else '□'} {text}")
        row = max(box[2], row) + 1
    return (first, "\n".join(lines)) if first is not None and len(named) == len(choices) else None


def _line(sheet: Sheet, row: int, column: int, choices: tuple[Choice, ...]) -> tuple[Area, bool, str, str] | None:
    boxes: list[Area] = []
    while column < sheet.width and len(boxes) < 6:
        box = sheet.area(row, column)
        boxes.append(box)
        column = max(box[3], column) + 1
    for box, after in zip(boxes, [*boxes[1:], None], strict=True):
        mark = sheet.at(box[0], box[1])
        if mark is None and box is boxes[0] and after is not None:  # the mark was wiped away
            words = sheet.at(after[0], after[1])
            ticked = False
        elif isinstance(mark, str) and is_mark(mark) and after is not None:
            words, ticked = sheet.at(after[0], after[1]), is_tick(mark)
        elif isinstance(mark, str) and mark.strip()[:1] in tuple(_MARKS):
            words, ticked = mark.strip()[1:].strip(" 　"), is_tick(mark.strip()[0])
        else:
            continue
        if isinstance(words, str) and len(words) <= _LONGEST_LINE and (value := spelled(words, choices)):
            return box, ticked, value, words
    return None
