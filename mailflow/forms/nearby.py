"""What was written beside a box instead of into it: behind the label in its own cell, right of the box, below it.

In: Page (settled, with its places), the key of a field whose box is empty. Out: the place with the writing, or None.
Pure. A field that only looks empty must not be asked for as empty: what is found here is told, and a person looks
(read.py). What the form's maker printed is none of it: words of the spec, hints, and texts that stand beside filled boxes
in the same column too.
"""

from __future__ import annotations

import re

from mailflow.forms.drawing import is_mark
from mailflow.forms.grid import Area, CellValue
from mailflow.forms.labels import Hit
from mailflow.forms.page import Page, Place
from mailflow.forms.spelling import spelled
from mailflow.forms.text import (
    HALF_DAYS,
    LABEL_MAX,
    fold,
    heads_inside,
    is_heading,
    is_hint,
    is_joint,
    is_placeholder,
    label_forms,
)
from mailflow.forms.ticked import lines_below
from mailflow.forms.values import evident, is_blank, understand
from mailflow.settings.form import FieldSpec, FieldType

_LONGEST_INSIDE = 2_000
_BEHIND_LABEL = re.compile(r"[\n\s　（(：:／/→⇒]{1,9}|[\s　]{0,3}[「『【［\[]")
_MOST_BELOW = 3
_SHORTEST_PROSE = 15
_BOXES_THAT_WIDE = 3  # that reach over the next column, too, where a box lost its range


def written_nearby(page: Page, key: str) -> Place | None:
    """Where the field's answer seems to stand; None where nothing does."""
    hit = page.labels.get(key)
    if hit is None:
        return _in_a_label_of_its_own(page, key)
    spec_field = page.spec.fields[key]
    inner = page.sheet.at(hit.area[0], hit.area[1]) if hit.inside is not None else None
    if spec_field.lines > 1 or (key, hit.area) in page.in_tables or (isinstance(inner, str) and heads_inside(inner)):
        return None  # around a table's cell, and behind a label among several, stands what is of other fields
    if spec_field.type is FieldType.CHOICES and lines_below(page.sheet, hit.area, spec_field.choices):
        return None  # lines that nobody ticked
    return _behind_label(page, hit, spec_field) or _right(page, hit, spec_field) or _below(page, hit, spec_field)


def _place(page: Page, box: Area, content: CellValue) -> Place:
    return Place(page.sheet.name, box[0], box[1], content)


# --- in the label's cell ----------------------------------------------------------------------------------------------


def _behind_label(page: Page, hit: Hit, spec_field: FieldSpec) -> Place | None:
    """「電話番号　0265-00-0000」「電話番号（0265-00-0000）」. Words in brackets are the maker's unless they are a value of the
    field's type, as no maker prints one."""
    text = page.sheet.at(hit.area[0], hit.area[1])
    own = _own_spellings(spec_field, here=True)
    rest = _rest(page, text, spec_field, own) if isinstance(text, str) else None
    if rest is None:
        return None
    bracketed = rest[1]
    if spec_field.type in (FieldType.PHONE, FieldType.EMAIL):
        good = understand(spec_field, rest[0]).problem is None
    elif spec_field.type is FieldType.TEXT:
        good = not bracketed and len(rest[0]) >= 2
    else:
        good = evident(spec_field, rest[0]) and not re.search("以上|以内|目安|推奨|又は|または|選択", rest[0])
    return _place(page, hit.area, rest[0]) if good else None


def _own_spellings(spec_field: FieldSpec, *, here: bool) -> frozenset[str]:
    """What the field is called; `here`: in a cell that is settled to be its label. The head of a table's row is the label of
    no field of that row, and a label that stands several times is this field's only where its heading is."""
    alone = spec_field.column or (spec_field.within and not here)
    spellings = spec_field.spellings[:1] if alone else spec_field.spellings
    return frozenset(form for one in spellings for form in label_forms(one)[:1])


def _rest(page: Page, text: str, spec_field: FieldSpec, own: frozenset[str]) -> tuple[str, bool] | None:
    """What stands behind the label in its cell, and whether in brackets. Of several spellings that the cell begins with, the
    longest is the label: behind 「責任者 電話」 stands nothing, though 「責任者」 may be one too. Nor is 「氏名」 behind
    「担当部署／」 an answer: two labels were put together."""
    if len(text) > _LONGEST_INSIDE or _is_label(page, text):
        return None
    plain = text.strip()
    found = [each for each in _BEHIND_LABEL.finditer(plain[: LABEL_MAX + 10])
             if own.intersection(label_forms(plain[: each.start()])[:1])]  # fmt: skip
    for separator in reversed(found):
        rest = plain[separator.end() :].strip(" 　\n")
        bracketed = "（" in separator[0] or "(" in separator[0]
        rest = (
            rest.rstrip("）)") if bracketed else rest.rstrip("」』】］]") if separator[0][-1] in "「『【［[" else rest
        )
        label = _is_label(page, rest) and not (spec_field.choices and evident(spec_field, rest))
        if rest and not _printed(rest) and not label:
            return rest, bracketed
    return None


def _is_label(page: Page, text: str) -> bool:
    """All of it is a label or a head that the form prints: an answer that reads the same is one only in its own box."""
    return len(text) <= 2 * LABEL_MAX and not page.vocabulary.named.isdisjoint(label_forms(text)[:1])


def _printed(text: str) -> bool:
    return (
        is_hint(text)
        or is_placeholder(text)
        or text[0] in "（(【［[※"
        or bool(re.search("ください|下さい|字以内|必須|任意|字程度", text))
    )


def _in_a_label_of_its_own(page: Page, key: str) -> Place | None:
    """「取組テーマ　見守りと移動支援」: a label that is none any more, in the column of the labels."""
    spec_field = page.spec.fields[key]
    own = _own_spellings(spec_field, here=False)
    columns = {hit.area[1] for hit in page.labels.values()}
    for row, cells in enumerate(page.sheet.rows[:2_000]):
        for column in columns:
            text = cells[column] if column < len(cells) else None
            if isinstance(text, str) and page.sheet.area(row, column) not in page.areas:
                rest = _rest(page, text, spec_field, own)
                if rest and not rest[1] and len(rest[0]) >= 2:
                    return _place(page, page.sheet.area(row, column), rest[0])
    return None


# --- around the box ---------------------------------------------------------------------------------------------------


def _right(page: Page, hit: Hit, spec_field: FieldSpec) -> Place | None:
    """Further right in the row, up to the next label, in the column of notes too."""
    place = page.places().get(hit.key)
    row = place.row if place else hit.area[0]
    column = hit.area[3] + 1
    others = {(other.row, other.column) for key, other in page.places().items() if key != hit.key}
    while column < page.sheet.width:
        box = page.sheet.area(row, column)
        if box in page.areas or box[:2] in others:
            return None
        value = _without_the_makers(page, page.said(box))
        own = place is not None and box[:2] == (place.row, place.column)
        if (
            value is not None
            and not own
            and not is_mark(value)
            and box[0] == row
            and _is_answer(page, spec_field, value)
        ):
            offered = bool(spec_field.choices) and _choices_printed(page, spec_field, row)
            return None if offered or _column_of_notes(page, hit.key, box[1]) else _place(page, box, value)
        column = max(box[3], column) + 1
    return None


def _without_the_makers(page: Page, value: CellValue) -> CellValue:
    """What was written under the maker's own words in their cell."""
    if not isinstance(value, str) or "\n" not in value:
        return value
    lines = [line for line in value.split("\n") if line.strip() and not page.vocabulary.is_printed(line)]
    return "\n".join(lines) or None


def _choices_printed(page: Page, spec_field: FieldSpec, row: int) -> bool:
    """Two choices in cells of one row: the form offers them."""
    cells = page.sheet.rows[row][:60] if row < page.sheet.height else []
    texts = [
        text for column, text in enumerate(cells) if isinstance(text, str) and page.said((row, column, row, column))
    ]
    return len({name for text in texts if len(text) <= 40 and (name := spelled(text, spec_field.choices))}) >= 2


def _is_answer(page: Page, spec_field: FieldSpec, value: CellValue) -> bool:
    if is_blank(spec_field, value) or (
        isinstance(value, str)
        and (_printed(value.strip()) or page.vocabulary.label(value) or _is_pattern(value) or _is_label(page, value))
    ):
        return False
    if spec_field.type is FieldType.TEXT:
        return isinstance(value, str) and len(value.strip()) >= 2 and fold(value) != fold(spec_field.unit or "")
    return not is_blank(spec_field, value) and evident(spec_field, value)


def _is_pattern(value: str) -> bool:
    """「から」「令和　　年　　月」「午前　・　午後」: printed for a date or a time over several cells. One half of the day is an answer."""
    return is_joint(value) and fold(value) not in HALF_DAYS


def _column_of_notes(page: Page, key: str, column: int) -> bool:
    """Texts stand in this column beside boxes that are filled, too: then they are the maker's."""
    beside = 0
    for other, place in page.places().items():
        if other != key and place.content is not None:
            box = page.sheet.area(place.row, column)
            own = box[:2] == (place.row, place.column)
            beside += not own and box not in page.areas and page.said(box) is not None
    return beside >= 1


def _below(page: Page, hit: Hit, spec_field: FieldSpec) -> Place | None:
    """In a row that was put in under the box: nothing else stands in it."""
    place = page.places().get(hit.key)
    if place is None or place.column <= hit.area[3]:
        return None  # the label stands over its box: what comes next is the form's
    row = max(page.sheet.area(place.row, place.column)[2], hit.area[2]) + 1
    for below in range(row, row + _MOST_BELOW):
        cells = page.sheet.rows[below] if below < page.sheet.height else []
        said = [(column, value) for column, value in enumerate(cells) if value is not None and not _blank(value)]
        if not said:
            continue
        column, value = said[0]
        box = page.sheet.area(below, column)
        under_label = (
            column == hit.area[1] and place.content is None and isinstance(value, str) and _is_prose(page, value)
        )
        alone = len(said) == 1 and (column == place.column or under_label) and box not in page.areas
        said_there = page.said(box) if alone else None
        return _place(page, box, value) if said_there is not None and _is_answer(page, spec_field, value) else None
    return None


def _is_prose(page: Page, text: str) -> bool:
    """No label or heading: those are short, numbered, and end without a full stop."""
    plain = text.strip()
    if page.vocabulary.headings.intersection(label_forms(plain)) or is_heading(plain):
        return False
    return plain.endswith("。") or len(plain) >= _SHORTEST_PROSE


def more_below(page: Page, key: str) -> Place | None:
    """A text that goes on in rows put in under its box."""
    hit = page.labels.get(key)
    spec_field = page.spec.fields[key]
    return _below(page, hit, spec_field) if hit is not None and spec_field.type is FieldType.TEXT else None


def more_beside(page: Page, key: str) -> Place | None:
    """A text that goes on in the cell right of its box: surname and name, in two halves of a box whose range is gone."""
    hit = page.labels.get(key)
    place = page.places().get(key)
    spec_field = page.spec.fields[key]
    if hit is None or place is None or spec_field.type is not FieldType.TEXT or place.column <= hit.area[3]:
        return None
    own = page.sheet.area(place.row, place.column)
    box = page.sheet.area(place.row, own[3] + 1)
    others = [page.sheet.area(other.row, other.column) for other in page.places().values()]
    if sum(area[1] == own[1] and area[3] >= box[3] for area in others) < _BOXES_THAT_WIDE:
        return None
    if own[1] != own[3] or box[1] >= page.sheet.width or box in page.areas or box[0] != place.row:
        return None
    value = page.said(box)
    if value is None or not _is_answer(page, spec_field, value) or _column_of_notes(page, key, box[1]):
        return None
    return _place(page, box, value)


def _blank(value: CellValue) -> bool:
    return isinstance(value, str) and not value.strip()
