"""One sheet of a workbook: which cells are labels of the form, and which boxes hold the values.

In: grid.Sheet, FormSpec, its Vocabulary. Out: `Page.labels` after `settle`, `Page.places()`. Pure.
A value stands inside its label's own cell (「連絡先：山口」), right of it, or below it; merged boxes count as one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from unicodedata import normalize

from openpyxl.utils import get_column_letter

from mailflow.forms.choosing import is_mark, is_tick, spelled
from mailflow.forms.grid import Area, CellValue, Sheet
from mailflow.forms.heads import EXAMPLE_HEADS, NOTE_HEADS, TABLE_HEADS
from mailflow.forms.text import ARROWS, LABEL_MAX, MARKS, fold, is_example, is_hint, label_forms
from mailflow.forms.values import evident, is_blank, understand
from mailflow.forms.vocabulary import Vocabulary, nearest
from mailflow.settings.form import CHOOSING, FieldSpec, FieldType, FormSpec

_TITLE_ROWS = 12
_MOST_GROUPED, _MOST_ABOVE = 400, 100  # labels told apart by their heading; rows that a heading reaches over
_ROUND = re.compile(r"(?:第\s?)?([0-9]{1,2}|[一二三四五六七八九])\s?次\s?公募")
_YEAR = re.compile(r"(?:令和|R\.?)\s?([0-9]{1,2}|元)\s?年?度")
_INSIDE = re.compile(r"^([^:：\n]{1,40})[:：][\s　]{0,20}(.{1,2000})$", re.DOTALL)
_KANJI = {char: str(number) for number, char in enumerate("一二三四五六七八九", 1)}


_INSIDE_BLANK = re.compile(r"^([^:：\n]{1,40})[:：]()$")


def _starts_drawn(text: CellValue) -> bool:
    return isinstance(text, str) and (is_mark(text.strip()[:1]) or is_mark(text.strip()[-1:]))


@dataclass(frozen=True, slots=True)
class Hit:
    """A cell that may be the label of a field. `rank` 0: its own label; 1: another spelling; 2: loosely; 3: nearly."""

    key: str
    area: Area
    rank: int
    inside: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where the value of a field stands. `content`: None for an empty cell."""

    sheet: str
    row: int
    column: int
    content: CellValue

    @property
    def cell(self) -> str:
        return f"{self.sheet}!{get_column_letter(self.column + 1)}{self.row + 1}"


class Page:
    """One sheet with the cells that may be labels; after `settle`, with one label a field."""

    def __init__(self, sheet: Sheet, spec: FormSpec, vocabulary: Vocabulary, most: int) -> None:
        self.sheet, self.spec, self.vocabulary = sheet, spec, vocabulary
        self.labels: dict[str, Hit] = {}
        self.looked_at = 0
        self.areas: set[Area] = set()
        self._places: dict[str, Place] | None = None
        self._filled: int | None = None
        self._value_column: int | None = None
        self._spacers: set[int] = set()
        self._asides: dict[int, int] = {}  # column → row of its head: 「記入例」「記入上の注意」
        self._one_below_the_other: set[int] = set()  # columns of labels: what is under one is hardly its value
        self._every: dict[Area, Hit] = {}
        self._boxes: dict[tuple[Area, int], list[Area]] = {}  # right_boxes of the labels and spacers as they are
        self.hits = self._hits(most)

    def _hits(self, most: int) -> list[Hit]:
        texts = [value for cells in self.sheet.rows for value in cells if isinstance(value, str)]
        self.looked_at = min(len(texts), most + 1)
        del texts[max(most, 0) :]
        joined = "\n".join(texts)
        plain = joined if joined.isascii() else "\n".join(filter(str.isascii, texts))
        ascii_too = self.vocabulary.in_ascii(plain)
        if plain is joined and not ascii_too:
            return []
        distinct = [text for text in dict.fromkeys(texts) if ascii_too or not text.isascii()]
        found = {text: hit for text in distinct if (hit := self._hit(text)) is not None}
        grouped = {text: heads for text in distinct if (heads := self.vocabulary.within(text))}
        if not found and not grouped:
            return []
        hits: list[Hit] = []
        seen = 0
        for row, cells in enumerate(self.sheet.rows):
            for column, value in enumerate(cells):
                if isinstance(value, str):
                    seen += 1
                    if seen > most:
                        return hits
                    if (
                        value in grouped
                        and len(hits) < _MOST_GROUPED
                        and (key := self._within(row, column, grouped[value]))
                    ):
                        hits.append(Hit(key, self.sheet.area(row, column), 0))
                    elif value in found:
                        key, rank, inside = found[value]
                        hits.append(Hit(key, self.sheet.area(row, column), rank, inside))
        return hits

    def _within(self, row: int, column: int, heads: Mapping[str, str]) -> str | None:
        """The field that a label is of which stands more than once: by the heading left of it, else the nearest above."""

        def field_of(place: tuple[int, int]) -> str | None:
            text = self.sheet.at(*place)
            if not isinstance(text, str) or len(text) > LABEL_MAX:
                return None
            return next((heads[form] for form in label_forms(text) if form in heads), None)

        at = column - 1
        while at >= 0:
            box = self.sheet.area(row, at)
            top = box[0]
            while top > max(0, row - _MOST_ABOVE) and self.sheet.at(top, box[1]) is None:
                top -= 1
            if key := field_of((top, box[1])):
                return key
            at = box[1] - 1
        for above in range(row - 1, max(-1, row - _MOST_ABOVE), -1):
            for at in range(min(column, len(self.sheet.rows[above]) - 1), -1, -1):
                if key := field_of((above, at)):
                    return key
        return None

    def _hit(self, text: str) -> tuple[str, int, str | None] | None:
        """(key, rank, inside) of a `Hit`."""
        if len(text) <= LABEL_MAX * 2 and text.strip() and (known := self.vocabulary.label(text)):
            return (*known, None)
        if ("：" in text[:41] or ":" in text[:41]) and len(text) <= 2_100 and not is_hint(text):
            inside = _INSIDE.match(text.strip())
            if inside and (known := self.vocabulary.label(inside[1])):
                return known[0], 2, inside[2].strip()
        return None

    def settle(self) -> None:
        """One label a field. First what is certainly a value of a choice is none (「都道府県」 as the kind of applicant)."""
        if self.labels or not self.hits:
            return
        sole = Counter(hit.key for hit in self.hits)
        columns = Counter(hit.area[1] for hit in self.hits)
        strong = {column for column, count in columns.items() if count >= 3 and count * 4 >= len(self.hits)}
        self._find_asides(strong)
        self.hits = [
            hit
            for hit in self.hits
            if self._asides.get(hit.area[1], hit.area[0]) >= hit.area[0]
            or (sole[hit.key] == 1 and hit.rank < 2 and hit.inside is None)  # the label was moved there
        ]
        at = self._every = {hit.area: hit for hit in self.hits}
        by_key: dict[str, list[Hit]] = {}
        for hit in self.hits:
            if sole[hit.key] == 1 or not self._answers_neighbour(hit, at):
                by_key.setdefault(hit.key, []).append(hit)

        by_key = {key: self._innermost(hits) for key, hits in by_key.items()}

        def preference(hit: Hit) -> tuple[bool, int, bool, int, int]:
            return (hit.area[1] not in strong, hit.rank, hit.inside is not None, hit.area[0], hit.area[1])

        self.labels = {key: min(hits, key=preference) for key, hits in by_key.items()}
        self.areas = {hit.area for hit in self.labels.values()}
        self._drop_values_that_read_like_labels(strong)
        self._look_below()
        self._nearly(strong)
        self.areas = {hit.area for hit in self.labels.values()}
        self._look_below()
        self._boxes.clear()

    def _innermost(self, hits: list[Hit]) -> list[Hit]:
        """Without the heads of groups: 「担当者」 over or left of its own 「氏名」 and 「電話」."""
        if len(hits) < 2:
            return hits
        every = self._every
        heads = set()
        own = {hit.area for hit in hits}
        for inner in hits:
            row, column = inner.area[0], inner.area[1]
            outer = self.sheet.area(row, column - 1)
            if outer not in own:
                continue
            under = every.get(self.sheet.area(inner.area[2] + 1, column))
            beside_under = self.sheet.area(inner.area[2] + 1, column - 1)
            grouped = beside_under == outer or self.sheet.at(beside_under[0], beside_under[1]) is None
            right = every.get(self.sheet.area(row, inner.area[3] + 1))
            tall = outer[2] > outer[0]
            if (under and under.key != inner.key and grouped) or (tall and right and right.key != inner.key):
                heads.add(outer)
        return [hit for hit in hits if hit.area not in heads]

    def _answers_neighbour(self, hit: Hit, at: dict[Area, Hit]) -> bool:
        """Whether this cell is the answer of a choice field left of or above it."""
        row, column = hit.area[0], hit.area[1]
        for other_area in (self.sheet.area(row, column - 1), self.sheet.area(row - 1, column)):
            other = at.get(other_area)
            if other and other.key != hit.key:
                spec_field = self.spec.fields[other.key]
                text = self.sheet.at(row, column)
                if spec_field.type in CHOOSING and evident(spec_field, text):
                    return True
        return False

    def _drop_values_that_read_like_labels(self, strong: set[int]) -> None:
        """A lone hit outside the labels' column, right of a label in it with the next label under that, is a value."""
        in_column = {(hit.area[0], hit.area[3] + 1): hit for hit in self.labels.values() if hit.area[1] in strong}
        for key, hit in list(self.labels.items()):
            left = None if hit.area[1] in strong else in_column.get(self._left_of(hit.area) or (-1, -1))
            if left is None or any(self.said(box) is not None for box in self.right_boxes(hit)):
                continue
            under = self.sheet.area(left.area[2] + 1, left.area[1])
            heading = self.sheet.at(under[0], under[1])
            if under in self.areas or (isinstance(heading, str) and fold(heading[:200]) in self.vocabulary.headings):
                del self.labels[key]

    def _left_of(self, area: Area) -> tuple[int, int] | None:
        """Where the box left of this one ends: (its row, the column after it)."""
        column = area[1] - 1
        while column >= 0:
            box = self.sheet.area(area[0], column)
            text = self.sheet.at(box[0], box[1])
            if isinstance(text, str) and self._mark(text, box):
                column = box[1] - 1
                continue
            return (box[0], box[3] + 1)
        return None

    def _find_asides(self, strong: set[int]) -> None:
        """Columns that a head calls an example or a note: what stands there was printed for all to see."""
        rows = Counter(hit.area[0] for hit in self.hits)
        for row, cells in enumerate(self.sheet.rows[:60]):
            heads = {
                column: fold(text) for column, text in enumerate(cells) if isinstance(text, str) and len(text) <= 20
            }
            table = not TABLE_HEADS.isdisjoint(heads.values())
            for column, head in heads.items():
                aside = head in EXAMPLE_HEADS or (table and head in NOTE_HEADS)
                if not aside or column in strong or (rows[row] and not table):
                    continue
                under = sum(hit.area[0] > row and hit.area[3] < column for hit in self.hits)
                if under >= 3 and under * 2 >= len(self.hits):
                    area = self.sheet.area(row, column)
                    for each in range(area[1], area[3] + 1):
                        self._asides.setdefault(each, row)

    def _look_below(self) -> None:
        self.areas = {hit.area for hit in self.labels.values()}
        count = Counter(hit.area[1] for hit in self.labels.values())
        beneath = Counter(
            hit.area[1] for hit in self.labels.values() if self.sheet.area(hit.area[2] + 1, hit.area[1]) in self.areas
        )
        self._one_below_the_other = {
            column for column, labels in beneath.items() if labels >= 3 and labels * 2 >= count[column]
        }

    def _open_right(self, area: Area) -> bool:
        """Whether a box of its own may stand right of a label."""
        return area[3] + 1 < self.sheet.width and self.sheet.area(area[0], area[3] + 1) not in self.areas

    def _nearly(self, strong: set[int]) -> None:
        """Labels with a slip of the pen, only among what stands in the labels' column, only where nothing else is."""
        missing = {
            form: key for form, (key, rank) in self.vocabulary.labels.items() if key not in self.labels and rank < 2
        }
        if not missing or not strong:
            return
        for row in range(self.sheet.height):
            for column in strong:
                text, area = self.sheet.at(row, column), self.sheet.area(row, column)
                if not isinstance(text, str) or area in self.areas or area[:2] != (row, column):
                    continue
                above = self.sheet.area(row - 1, column)
                if above in self.areas and column not in self._one_below_the_other and not self._open_right(above):
                    continue  # the box under a label
                inside = _INSIDE.match(text.strip()) or _INSIDE_BLANK.match(text.strip())
                head = inside[1] if inside else text
                if len(head) > 40 or is_hint(head):
                    continue
                key = nearest(label_forms(head), missing, self.vocabulary.headings)
                if key is not None and key not in self.labels:
                    said = inside[2].strip() if inside else None
                    self.labels[key] = Hit(key, area, 3, said or None)

    # --- values ---

    @property
    def filled(self) -> int:
        if self._filled is None:
            fields = self.spec.fields
            self._filled = sum(not is_blank(fields[key], place.content) for key, place in self.places().items())
        return self._filled

    def is_list(self) -> bool:
        """Labels side by side in one row over rows of records, and hardly a label below: a form with a table goes on."""
        if len(self.labels) < 4:
            return False
        row, count = Counter(hit.area[0] for hit in self.labels.values()).most_common(1)[0]
        further = sum(hit.area[0] > row for hit in self.labels.values())
        return count >= 0.5 * len(self.labels) and count >= 4 and self.sheet.height > row + 1 and further < 2

    def places(self) -> dict[str, Place]:
        if self._places is None:
            self._find_value_column()
            self._below: set[Area] = set()
            ordered = sorted(self.labels.values(), key=lambda hit: (hit.area[0], hit.area[1]))
            self._places = {}
            for hit in ordered:
                if place := self._place(hit):
                    self._places[hit.key] = place
        return self._places

    def _find_value_column(self) -> None:
        """The column of most boxes next to a label. If no one wrote there, and answers stand further right, it is a
        mere spacer."""
        boxes = {key: self.right_boxes(hit) for key, hit in self.labels.items()}
        columns = Counter(row[0][1] for row in boxes.values() if row)
        if not columns:
            return
        column = columns.most_common(1)[0][0]
        self._value_column = column
        if any(self.sheet.at(row, column) is not None for row in range(self.sheet.height)):
            return
        answers: Counter[int] = Counter()
        for key, row in boxes.items():
            spec_field = self.spec.fields[key]
            for box in row[1:]:
                value = self.said(box)
                if spec_field.type is not FieldType.TEXT and value is not None:
                    answers[box[1]] += understand(spec_field, value).problem is None
        if answers and answers.most_common(1)[0][1] >= 2:
            self._value_column = answers.most_common(1)[0][0]
            self._spacers = {
                between
                for between in range(column, self._value_column)
                if all(self.sheet.at(row, between) is None for row in range(self.sheet.height))
            }
            self._boxes.clear()

    def _place(self, hit: Hit) -> Place | None:
        spec_field = self.spec.fields[hit.key]
        if hit.inside is not None:
            return Place(self.sheet.name, hit.area[0], hit.area[1], hit.inside)
        boxes, row = self._first_boxes(hit)
        below = self._below_box(hit)
        below_said = self._below_said(hit, below, boxes) if below else None
        if boxes and not self._stacked(hit):
            if place := self._right(hit, spec_field, boxes, row):
                return place
            if below is None or below_said is None or not self._rather_below(hit, spec_field, below_said):
                return Place(self.sheet.name, boxes[0][0], boxes[0][1], None)
        beside = self.sheet.area(hit.area[0], hit.area[3] + 1)
        if below is None or (
            below_said is None and hit.area[1] == hit.area[3] and beside not in self.areas and not self._stacked(hit)
        ):
            beside = boxes[0] if boxes else beside
            return None if beside in self.areas else Place(self.sheet.name, beside[0], beside[1], None)
        self._below.add(hit.area)
        return Place(self.sheet.name, below[0], below[1], below_said)

    def _below_said(self, hit: Hit, below: Area, boxes: list[Area]) -> CellValue:
        """What the applicant wrote under a label; not the form's own words, nor the next label of a column of them."""
        wide = hit.area[3] - hit.area[1] >= 2
        said = self.said(below) if boxes and not wide else self._written(below)
        if hit.area[1] in self._one_below_the_other and not wide and below[3] <= hit.area[3]:
            long = isinstance(said, str) and len(said) >= 15
            return said if long and self._rather_below(hit, self.spec.fields[hit.key], said) else None
        return said

    def _first_boxes(self, hit: Hit) -> tuple[list[Area], int]:
        """The boxes right of a label, in the first of its rows with something of the applicant's; where there is none,
        in the first that doesn't begin with a hint of the form's maker."""
        first = boxes = self.right_boxes(hit)
        row, last_row = hit.area[0], hit.area[2]
        column = first[0][1] if first else 0
        empty: tuple[list[Area], int] | None = None
        while boxes:
            last = boxes[0][2]
            printed = self._is_printed(boxes[0]) and not (  # 「※…」 in the last row is the applicant's
                last >= last_row and row > hit.area[0] and self._written(boxes[0]) is not None
            )
            if not printed:
                if any(self.said(box) is not None for box in boxes) or self._written(boxes[0]) is not None:
                    return boxes, row
                empty = empty or (boxes, row)
            if last >= last_row and (empty or last > hit.area[2] or not self._free_below(hit, last + 1)):
                break
            last_row = max(last_row, last + 1) if last >= last_row else last_row
            row = last + 1
            boxes = [box for box in self.right_boxes(hit, row) if box[1] >= column] or [(row, column, row, column)]
        return empty or (first, hit.area[0])

    def _free_below(self, hit: Hit, row: int) -> bool:
        """Nothing stands under the label: with its ranges dissolved (ods has none) a second row may still be its."""
        under = self.sheet.area(row, hit.area[1])
        return under not in self.areas and self.sheet.at(under[0], under[1]) is None

    def _is_printed(self, box: Area) -> bool:
        value = self.sheet.at(box[0], box[1])
        return isinstance(value, str) and bool(value.strip()) and self.said(box) is None

    def right_boxes(self, hit: Hit, row: int | None = None) -> list[Area]:
        """The boxes right of a label up to the next label, without marks (必須) in between."""
        row = hit.area[0] if row is None else row
        known = self._boxes.get((hit.area, row))
        if known is not None:
            return known
        rows, merged, areas, spacers, asides = (
            self.sheet.rows,
            self.sheet.merged,
            self.areas,
            self._spacers,
            self._asides,
        )
        boxes: list[Area] = []
        column = hit.area[3] + 1
        while column < self.sheet.width and len(boxes) < 40:
            box = merged.get((row, column)) or (row, column, row, column)
            if box in areas:
                break
            if column in spacers or asides.get(column, row) < row:
                column += 1
                continue
            cells = rows[box[0]] if box[0] < len(rows) else []
            text = cells[box[1]] if box[1] < len(cells) else None
            if not (isinstance(text, str) and self._mark(text, box)):
                boxes.append(box)
            column = max(box[3], column) + 1
        self._boxes[hit.area, row] = boxes
        return boxes

    @staticmethod
    def _mark(text: str, box: Area) -> bool:
        """Something printed between a label and its box. 「：」 alone in a wide box is what somebody typed."""
        if len(text) > 8:
            return False
        plain = fold(text).strip("()[]【】〔〕※*")
        return plain in MARKS or (plain in ARROWS and box[1] == box[3])

    def said(self, box: Area) -> CellValue:
        """What the applicant put into a box beside or under the form's own words; None for those."""
        value = self._written(box)
        return None if isinstance(value, str) and is_hint(value) else value

    def _written(self, box: Area) -> CellValue:
        """What the applicant put into a box meant for it: 「※…」 is theirs there, an example or a note of the spec isn't."""
        value = self.sheet.at(box[0], box[1])
        if isinstance(value, str) and (not value.strip() or is_example(value) or self.vocabulary.is_printed(value)):
            return None
        return value

    def _right(self, hit: Hit, spec_field: FieldSpec, boxes: list[Area], row: int) -> Place | None:
        lines = self._lines(hit, spec_field, boxes, row)
        if lines is not None:
            return lines
        first = boxes[0]
        said = [(first, self._written(first)), *((box, self.said(box)) for box in boxes[1:])]
        if spec_field.choices and (place := self._options(spec_field, boxes) or self._drawn(spec_field, said)):
            return place
        if said[0][1] is not None and not (self._only_unit(spec_field, said[0][1]) and len(said) > 1):
            return Place(self.sheet.name, first[0], first[1], said[0][1])
        if spec_field.type not in (FieldType.TEXT, FieldType.CHOICE, FieldType.CHOICES):
            for box, value in said[:4]:  # 「週 | 5 | 時間」
                short = not isinstance(value, str) or len(value) <= 30
                if value is not None and short and understand(spec_field, value).value is not None:
                    return Place(self.sheet.name, box[0], box[1], value)
        for box, value in said[1:]:
            if value is not None and box[1] == self._value_column:
                return Place(self.sheet.name, box[0], box[1], value)
        return None

    @staticmethod
    def _only_unit(spec_field: FieldSpec, value: CellValue) -> bool:
        return (isinstance(value, str) and spec_field.unit is not None and is_blank(spec_field, value)) or value == "週"

    def _options(self, spec_field: FieldSpec, boxes: list[Area]) -> Place | None:
        """Choices printed in cells of their own, with a cell for the mark before or behind each: 「 | A | ○ | B」."""
        texts = [self.sheet.at(box[0], box[1]) for box in boxes[:40]]
        named = [
            spelled(text, spec_field.choices) if isinstance(text, str) and len(text) <= 80 else None for text in texts
        ]
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
        box = boxes[ticked[0] if len(ticked) == 1 else min(at[0], max(marks[0], 0))]
        return Place(self.sheet.name, box[0], box[1], "　".join(chosen))

    def _drawn(self, spec_field: FieldSpec, said: list[tuple[Area, CellValue]]) -> Place | None:
        """Choices drawn over several cells: 「☑ | 可 | □ | 不可」."""
        texts = [(box, value) for box, value in said if isinstance(value, str)]
        if len(texts) < 2 or understand(spec_field, texts[0][1]).value is not None:
            return None
        joined = " ".join(str(value) for _, value in texts[:40])
        if is_blank(spec_field, joined) or understand(spec_field, joined).problem is None:
            return Place(self.sheet.name, texts[0][0][0], texts[0][0][1], joined)
        return None

    def _lines(self, hit: Hit, spec_field: FieldSpec, boxes: list[Area], row: int) -> Place | None:
        """A label over several rows whose value was written line by line."""
        last = hit.area[2]
        if boxes[0][2] >= last or spec_field.type not in (FieldType.TEXT, *CHOOSING):
            return None
        text = spec_field.type is FieldType.TEXT
        lines: list[str] = []
        while row <= last and len(lines) < 60:
            found = self.right_boxes(hit, row)
            parts = [self.said(box) for box in found[: 1 if text else 12]]
            if said := " ".join(str(part) for part in parts if isinstance(part, (str, int, float))):
                lines.append(said)
            row = max(found[0][2], row) + 1 if found else row + 1
        return Place(self.sheet.name, boxes[0][0], boxes[0][1], "\n".join(lines)) if len(lines) > 1 else None

    def _below_box(self, hit: Hit) -> Area | None:
        """The box under a label, past one line of the form's own hints; None where the next label stands there."""
        row = hit.area[2] + 1
        hint: Area | None = None
        for _ in range(2):
            box = self.sheet.area(row, hit.area[1])
            value = self.sheet.at(box[0], box[1])
            heading = isinstance(value, str) and self.vocabulary.headings.intersection(label_forms(value))
            if row > self.sheet.height + 1 or box in self.areas or heading:
                return hint
            if value is None or self.said(box) is not None:
                return box
            hint = box if self._written(box) is not None else None
            row = box[2] + 1
        return hint

    def _stacked(self, hit: Hit) -> bool:
        """A label in a row of labels: its left neighbour had its value below."""
        return any(area[0] == hit.area[0] and area[3] + 1 == hit.area[1] for area in self._below)

    def _rather_below(self, hit: Hit, spec_field: FieldSpec, said: CellValue) -> bool:
        """Right of the label is empty and below is not: is that its value, or the next line of the form?"""
        if hit.area[3] - hit.area[1] >= 2:
            return True
        if spec_field.type is not FieldType.TEXT:
            return evident(spec_field, said)
        if (spec_field.max_length or 0) >= 100 or spec_field.rows > 1:
            return isinstance(said, str) and len(said) >= 15
        return False

    # --- the head ---

    def head_texts(self) -> Iterable[str]:
        """The texts above the first labels, and the first rows' in any case."""
        last = max(_TITLE_ROWS, min((hit.area[0] for hit in self.hits), default=0))
        for row in self.sheet.rows[: min(last, 40)]:
            for value in row[:60]:
                if isinstance(value, str) and value.strip():
                    yield value[:200]

    def names_round(self) -> str | None:
        """「1次公募」「令和7年度」, as the head or the sheet's name says; never from an applicant's words."""
        values = {(place.row, place.column) for place in self.places().values()}
        top = min((hit.area[0] for hit in self.labels.values()), default=_TITLE_ROWS)
        texts = [self.sheet.name]
        for row, cells in enumerate(self.sheet.rows[: max(top, 1)]):
            texts += [v[:200] for col, v in enumerate(cells[:60]) if isinstance(v, str) and (row, col) not in values]
        year = number = None
        for text in texts:
            plain = normalize("NFKC", text)
            if is_hint(text) or len(plain) > LABEL_MAX or "指標" in plain:
                continue
            if not number and (found := _ROUND.search(plain)):
                number = f"{_KANJI.get(found[1], found[1])}次公募"
            if not year and (found := _YEAR.search(plain)):
                year = f"令和{found[1]}年度"
        return " ".join(filter(None, (year, number))) or None
