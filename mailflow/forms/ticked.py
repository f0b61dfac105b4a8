"""Choices printed in cells to be ticked: side by side behind their label, or line by line under a sentence.

In: Sheet, where the label or its boxes stand, the choices. Out: the box and all of them as one drawn text, or None. Pure.
"""

from __future__ import annotations

from mailflow.forms.drawing import is_mark, is_tick
from mailflow.forms.grid import Area, CellValue, Sheet
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


def options_beside(sheet: Sheet, boxes: list[Area], choices: tuple[Choice, ...]) -> tuple[Area, str] | None:
    """Choices printed in cells of their own, with a cell for the mark before or behind each: 「 | A | ○ | B」."""
    texts = [sheet.at(box[0], box[1]) for box in boxes[:40]]
    named = [spelled(text, choices) if isinstance(text, str) and len(text) <= 80 else None for text in texts]
    at = [index for index, name in enumerate(named) if name is not None and not is_mark(texts[index])]
    apart = {named[index] for index in at}
    if len(apart) < 2 or len(apart) < len(at) or any(_starts_drawn(texts[index]) for index in at):
        return None
    behind = at[0] == 0
    marks = [index + 1 if behind else index - 1 for index in at]
    rest = set(range(len(texts))) - set(at) - set(marks)
    said = [texts[index] if index < len(texts) else None for index in marks]
    if any(texts[index] is not None for index in rest) or not all(one is None or is_mark(one) for one in said):
        return None
    chosen = [
        f"{'☑' if one is not None and is_tick(one) else '□'} {texts[of]}" for of, one in zip(at, said, strict=True)
    ]
    ticked = [index for index, one in zip(marks, said, strict=True) if one is not None and is_tick(one)]
    return boxes[ticked[0] if len(ticked) == 1 else min(at[0], max(marks[0], 0))], "　".join(chosen)


def _starts_drawn(text: CellValue) -> bool:
    return isinstance(text, str) and (is_mark(text.strip()[:1]) or is_mark(text.strip()[-1:]))
