"""The box of a label where the form's definition says on which side it stands (`box: below`, `box: left`, `box: row`).

In: Labels of a sheet, a label, the boxes right of it. Out: the box and what the applicant put there, or None where the
sheet isn't laid out so (the form was laid out anew): the reader then looks as it does everywhere. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

from mailflow.forms.drawing import is_mark
from mailflow.forms.grid import Area, CellValue, Sheet
from mailflow.forms.heads import EXAMPLE_HEADS
from mailflow.forms.labels import Hit, Labels
from mailflow.forms.text import HALF_DAYS, fold, is_example, is_hint, is_joint, is_placeholder, label_forms
from mailflow.forms.values import typed
from mailflow.settings.form import Box, FieldType

_MOST_HINTS = 3  # rows of the maker's between a label and its box
_MOST_CELLS, _LONGEST_PIECE = 24, 30


def stated(page: Labels, hit: Hit, beside: list[Area]) -> tuple[Area, CellValue] | None:
    side = page.spec.fields[hit.key].box
    found = _below(page, hit) if side is Box.BELOW else _left(page, hit) if side is Box.LEFT else None
    if side is Box.ROW:
        return _joined(page, hit, beside)
    last = found is not None and found[0][0] >= page.sheet.height
    if last and any(box[0] == hit.area[0] and page.said(box) is not None for box in beside):
        return None  # the last label of a form laid out anew: nothing is below it
    return found


def _joined(page: Labels, hit: Hit, beside: list[Area]) -> tuple[Area, CellValue] | None:
    """「 9 | 時 | 30 | 分 | から | …」 as one text; what stands in the first cell alone is the whole answer."""
    texts = [(box, page.said(box)) for box in beside[:_MOST_CELLS]]
    texts = list(takewhile(lambda each: not _is_next(each[1]), texts))
    filled = [(box, value) for box, value in texts if value is not None and not is_joint(str(value))]
    first = next((box for box, value in texts if value is None or (box, value) in filled or _has_room(value)), None)
    if first is None:
        return None
    if not filled or not all(isinstance(value, (str, int, float)) for _, value in filled):
        return filled[0] if filled else (first, None)
    whole = filled[1:] or _is_number(filled[0][1])
    kept = [(box, value) for box, value in texts if value is not None and (whole or _is_half_day(box, value, filled))]
    said = "".join(str(typed(value)).strip() for _, value in kept)
    if (
        page.spec.fields[hit.key].type is FieldType.PHONE
        and _is_number(filled[0][1])
        and said[:1] in tuple("123456789")
    ):
        said = f"0{said}"  # a cell of numbers drops the zero that a telephone number begins with
    return (first, said) if len(kept) > 1 else filled[0]


def _has_room(value: CellValue) -> bool:
    """「令和　　年　　月」: a cell to be filled in, where 「年」 alone stands between two."""
    return isinstance(value, str) and len(fold(value)) >= 2 and re.search(r"[\s　]", value.strip()) is not None


def _is_number(value: CellValue) -> bool:
    return isinstance(value, (int, float)) or (isinstance(value, str) and fold(value).isdigit())


def _is_half_day(box: Area, value: CellValue, filled: Sequence[tuple[Area, CellValue]]) -> bool:
    return (box, value) in filled or (isinstance(value, str) and fold(value) in HALF_DAYS)


def _is_next(value: CellValue) -> bool:
    """A note or a unit behind the last cell."""
    return isinstance(value, str) and len(value) > _LONGEST_PIECE


def _below(page: Labels, hit: Hit) -> tuple[Area, CellValue] | None:
    """The first box under the label, past hints; it may begin a little right of where the label does."""
    row = hit.area[2] + 1
    for _ in range(_MOST_HINTS + 1):
        if row > page.sheet.height:
            return None
        boxes = _under(page, hit, row)
        texts = [page.sheet.at(box[0], box[1]) for box in boxes]
        if any(box in page.areas or _heads(page, text) for box, text in zip(boxes, texts, strict=True)):
            return None
        if not any(isinstance(text, str) and _is_note(page, hit, text) for text in texts):
            said = [(box, value) for box in boxes if (value := page.written(box)) is not None]
            wide = [box for box in boxes if box[1] != box[3] or box[2] != box[0]]
            return said[0] if said else ((wide or boxes)[0], None)
        row = max(box[2] for box in boxes) + 1
    return None


def _is_note(page: Labels, hit: Hit, text: str) -> bool:
    """The maker's, in a row of its own between a label and its box: not what is printed into the box itself."""
    printed = page.spec.fields[hit.key].printed
    own = is_example(text) or (printed is not None and fold(printed) == fold(text))
    return not own and (is_hint(text) or is_placeholder(text) or page.vocabulary.is_printed(text))


def _under(page: Labels, hit: Hit, row: int) -> list[Area]:
    boxes: list[Area] = []
    column = hit.area[1]
    while column <= min(hit.area[3], hit.area[1] + 60):
        box = page.sheet.area(row, column)
        boxes.append(box)
        column = max(box[3], column) + 1
    return boxes


def _heads(page: Labels, text: CellValue) -> bool:
    return isinstance(text, str) and bool(page.vocabulary.headings.intersection(label_forms(text)))


_NUMBERING = re.compile(r"[(]?[0-9]{1,2}[-.][0-9]{0,2}[).]?|[(]?[0-9]{1,2}[)]")
_YES = frozenset({"はい", "ok", "yes", "有", "可", "済", "済み", "true", "1", "同意", "同意する", "同意します"})


def _left(page: Labels, hit: Hit) -> tuple[Area, CellValue] | None:
    """「□ | 同意します」「はい | ← 同意します」: a mark is read with the words behind it."""
    if hit.area[1] == 0:
        return None
    box = page.sheet.area(hit.area[0], hit.area[1] - 1)
    if box in page.areas or box[0] > hit.area[0]:
        return None
    value = page.written(box)
    choices = page.spec.fields[hit.key].choices
    if isinstance(value, str) and len(value) <= 12 and _NUMBERING.fullmatch(fold(value)):
        return None  # of the line, in a form laid out anew
    if len(choices) == 1 and value is not None:
        if isinstance(value, str) and is_mark(value):
            return box, f"{value.strip()} {choices[0].value}"
        if fold(str(value)) in _YES:
            return box, choices[0].value
    return box, value


def is_row_of_examples(sheet: Sheet, box: Area) -> bool:
    """「例 | ○○課 | …」 over the rows of a table."""
    left = (sheet.at(box[0], column) for column in range(min(box[1], 60)))
    return any(isinstance(text, str) and len(text) <= 12 and fold(text) in EXAMPLE_HEADS for text in left)
