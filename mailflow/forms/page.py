"""One sheet of a workbook: which boxes hold the values of its labels.

In: grid.Sheet, FormSpec, its Vocabulary. Out: `Page.places()` after `settle`. Pure.
A value stands inside its label's own cell (「連絡先：山口」), right of it, or below it; merged boxes count as one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from unicodedata import normalize

from openpyxl.utils import get_column_letter

from mailflow.forms.grid import Area, CellValue, Sheet
from mailflow.forms.labels import Hit, Labels
from mailflow.forms.sides import is_row_of_examples, stated
from mailflow.forms.text import ARROWS, LABEL_MAX, fold, is_example, is_heading, is_hint, label_forms
from mailflow.forms.ticked import lines_below, options_beside
from mailflow.forms.values import evident, is_blank, typed, understand
from mailflow.forms.vocabulary import Vocabulary
from mailflow.settings.form import CHOOSING, Box, FieldSpec, FieldType, FormSpec

_TITLE_ROWS = 12
_ROUND = re.compile(r"(?:第\s?)?([0-9]{1,2}|[一二三四五六七八九])\s?次\s?公募")
_YEAR = re.compile(r"(?:令和|R\.?)\s?([0-9]{1,2}|元)\s?年?度")
_KANJI = {char: str(number) for number, char in enumerate("一二三四五六七八九", 1)}


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


class Page(Labels):
    """One sheet with its labels, and where the value of each stands."""

    def __init__(self, sheet: Sheet, spec: FormSpec, vocabulary: Vocabulary, most: int) -> None:
        super().__init__(sheet, spec, vocabulary, most)
        self._places: dict[str, Place] | None = None
        self._filled: int | None = None
        self._value_column: int | None = None
        self._merged_column = -1  # where most labels have a merged box

    @property
    def filled(self) -> int:
        if self._filled is None:
            fields = self.spec.fields
            self._filled = sum(not is_blank(fields[key], place.content) for key, place in self.places().items())
        return self._filled

    def is_list(self) -> bool:
        """Labels side by side in one row over rows of records, and hardly a label below: a form with a table goes on."""
        own = [key for key in self.labels if self.spec.fields[key].lines > 1 or self.spec.fields[key].column]
        if len(self.labels) < 4 or 2 * len(own) > len(self.labels):  # tables of the form itself
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
        """The column of most boxes next to a label; and where nobody wrote into the first box beside the labels of one column,
        and answers stand further right, mere spacers."""
        boxes = {key: self.right_boxes(hit) for key, hit in self.labels.items()}
        columns = Counter(row[0][1] for row in boxes.values() if row)
        if not columns:
            return
        self._value_column = columns.most_common(1)[0][0]
        wide = Counter(next((box[1] for box in row if box[1] != box[3]), -1) for row in boxes.values() if row)
        column, count = wide.most_common(1)[0]
        self._merged_column = column if 2 * count > len(boxes) else -1
        for labels_end in {hit.area[3] for hit in self.labels.values()}:
            self._find_spacers(
                labels_end, {key: boxes[key] for key, hit in self.labels.items() if hit.area[3] == labels_end}
            )
        if self._spacers:
            self._boxes.clear()

    def _find_spacers(self, labels_end: int, boxes: Mapping[str, list[Area]]) -> None:
        firsts = Counter(row[0][1] for row in boxes.values() if row)
        if not firsts:
            return
        column = firsts.most_common(1)[0][0]
        main = column == self._value_column
        rows = (
            range(self.sheet.height) if main else [row[0][0] for row in boxes.values() if row and row[0][1] == column]
        )
        if any(self.sheet.at(row, column) is not None for row in rows):
            return
        answers: Counter[int] = Counter()
        beside: Counter[int] = Counter()
        for key, row_boxes in boxes.items():
            spec_field = self.spec.fields[key]
            for box in row_boxes[1:]:
                value = self.said(box)
                beside[box[1]] += value is not None
                if spec_field.type is not FieldType.TEXT and value is not None:
                    answers[box[1]] += evident(spec_field, value)
        best, count = answers.most_common(1)[0] if answers else (0, 0)
        if count < (2 if main else 1) or beside[best] < 2:
            return
        if main:
            self._value_column = best
        self._spacers[labels_end] = {
            between for between in range(column, best) if all(self.sheet.at(row, between) is None for row in rows)
        }

    def _place(self, hit: Hit) -> Place | None:
        spec_field = self.spec.fields[hit.key]
        if hit.inside is not None:
            return Place(self.sheet.name, hit.area[0], hit.area[1], hit.inside)
        if box := self.in_tables.get((hit.key, hit.area)):
            return Place(self.sheet.name, box[0], box[1], self.written(box))
        if spec_field.type is FieldType.CHOICES and (ticked := lines_below(self.sheet, hit.area, spec_field.choices)):
            return Place(self.sheet.name, ticked[0][0], ticked[0][1], ticked[1])
        boxes, row = self._first_boxes(hit)
        if told := stated(self, hit, boxes):
            if told[0][0] > hit.area[2]:
                self._below.add(hit.area)
            return Place(self.sheet.name, told[0][0], told[0][1], told[1])
        below = None if spec_field.box is Box.RIGHT else self._below_box(hit)
        if spec_field.lines > 1 and below and (place := self._lines_below(hit, below, spec_field.lines, boxes)):
            return place
        below_said = self._below_said(hit, below, boxes) if below else None
        if boxes and not self._stacked(hit):
            if place := self._right(hit, spec_field, boxes, row):
                return place
            if below and not self._lies_below(hit, below, boxes):
                below_said = None
            elif (
                below and below_said is None and (self._room_below(hit, below, boxes) or self._unit_behind(hit, below))
            ):
                self._below.add(hit.area)
                return Place(self.sheet.name, below[0], below[1], None)
            if below is None or below_said is None or not self._rather_below(hit, spec_field, below_said):
                box = self._behind_spacers(hit, boxes)
                said = self.said(box) if box != boxes[0] else None
                return Place(self.sheet.name, box[0], box[1], said)
        beside = self.sheet.area(hit.area[0], hit.area[3] + 1)
        if below is None or (
            below_said is None and hit.area[1] == hit.area[3] and beside not in self.areas and not self._stacked(hit)
        ):
            beside = self._behind_spacers(hit, boxes) if boxes else self._past_an_arrow(beside)
            said = self.said(beside) if boxes and beside != boxes[0] else None
            return None if beside in self.areas else Place(self.sheet.name, beside[0], beside[1], said)
        self._below.add(hit.area)
        return Place(self.sheet.name, below[0], below[1], below_said)

    def _behind_spacers(self, hit: Hit, boxes: list[Area]) -> Area:
        """Of empty boxes the first; but the first merged one, or where most labels have a merged one, where only columns that
        hold nothing at all lie between."""
        free = [self.sheet.at(box[0], box[1]) is None or self.said(box) is not None for box in boxes[:8]]
        wide = [self._merged_column, *(box[1] for box in boxes if box[1] != box[3])]
        at = next((index for index, box in enumerate(boxes[:8]) if box[1] in wide and free[index]), 0)
        between = range(boxes[0][1], boxes[at][1]) if hit.area[1] == hit.area[3] else range(0)
        bare = at > 0 and all(row[c] is None for row in self.sheet.rows[:2_000] for c in between if c < len(row))
        return boxes[at] if bare else boxes[0]

    def _unit_behind(self, hit: Hit, below: Area) -> bool:
        """The unit stands behind the box under the label."""
        unit = self.spec.fields[hit.key].unit
        beside = self.sheet.at(below[0], below[3] + 1)
        return unit is not None and isinstance(beside, str) and fold(beside) == fold(unit)

    def _past_an_arrow(self, box: Area) -> Area:
        """「電話番号 | ： | 」: the box behind the colon, where nothing is written yet."""
        value = self.sheet.at(box[0], box[1])
        arrow = isinstance(value, str) and fold(value) in ARROWS
        return self.sheet.area(box[0], box[3] + 1) if arrow else box

    def _lines_below(self, hit: Hit, first: Area, lines: int, boxes: list[Area]) -> Place | None:
        """A column of a table: what is written in the rows under its head, one below the other. None where the head has an
        answer right of it and nothing below: the form was laid out anew."""
        said: list[str] = []
        box = first
        for _ in range(lines):
            if box in self.areas or box[1] != hit.area[1]:
                break
            value = typed(self.written(box))
            said.append("" if value is None else str(value).strip())
            box = self.sheet.area(box[2] + 1, hit.area[1])
        text = "\n".join(said).strip("\n")
        if not text and any(self.said(beside) is not None for beside in boxes[:1]):
            return None
        return Place(self.sheet.name, first[0], first[1], text or None)

    def _lies_below(self, hit: Hit, below: Area, boxes: list[Area]) -> bool:
        """False where the box under a label begins left of it, or is a label of the same make: as wide, and the box beside it as
        wide as ours."""
        if below[1] != hit.area[1]:
            return False
        if below[3] != hit.area[3] or below[1] == below[3]:
            return True
        beside = self.sheet.area(below[0], below[3] + 1)
        return not (beside[1] == boxes[0][1] and beside[3] == boxes[0][3] and beside[3] > beside[1])

    def _room_below(self, hit: Hit, below: Area, boxes: list[Area]) -> bool:
        """A label alone in its row over a merged box as wide as itself or much wider, and no more than plain cells beside it."""
        alone = all(box[1] == box[3] and self.sheet.at(box[0], box[1]) is None for box in boxes)
        span = hit.area[3] - hit.area[1]
        as_wide = (span >= 1 and below[3] == hit.area[3]) or below[3] - below[1] >= span + 2
        return alone and as_wide and below[1] == hit.area[1] and self.sheet.at(below[0], below[1]) is None

    def _below_said(self, hit: Hit, below: Area, boxes: list[Area]) -> CellValue:
        """What the applicant wrote under a label; not the form's own words, nor the next label of a column of them."""
        wide = hit.area[3] - hit.area[1] >= 2
        said = self.said(below) if boxes and not wide else self.written(below)
        if hit.area[1] in self._one_below_the_other and not wide and below[3] <= hit.area[3]:
            long = isinstance(said, str) and len(said) >= 15
            return said if long and self._rather_below(hit, self.spec.fields[hit.key], said) else None
        return said

    def _first_boxes(self, hit: Hit) -> tuple[list[Area], int]:
        """The boxes right of a label, in the first of its rows with something of the applicant's; where there is none,
        in the first that doesn't begin with a hint of the form's maker."""
        row, last_row = hit.area[0], hit.area[2]
        first = boxes = self.right_boxes(hit)
        while not boxes and row < last_row:  # 「氏名」 over two rows, 「ふりがな」 with its box beside the upper one
            row += 1
            first = boxes = self.right_boxes(hit, row)
        column = first[0][1] if first else 0
        empty: tuple[list[Area], int] | None = None
        while boxes:
            last = boxes[0][2]
            printed = self._is_printed(hit, boxes[0]) and not (  # 「※…」 in the last row is the applicant's
                last >= last_row and row > hit.area[0] and self.written(boxes[0]) is not None
            )
            if not printed:
                if any(self.said(box) is not None for box in boxes) or self.written(boxes[0]) is not None:
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

    def _is_printed(self, hit: Hit, box: Area) -> bool:
        """A hint of the form's maker over the box. An example beside a label of one row stands in its box."""
        value = self.sheet.at(box[0], box[1])
        if not isinstance(value, str) or not value.strip() or self.said(box) is not None:
            return False
        printed = self.spec.fields[hit.key].printed
        if printed is not None and fold(printed) == fold(value):
            return False  # what the form prints into the box itself
        return not is_example(value) or hit.area[2] > hit.area[0] or box[2] > hit.area[2]

    def _right(self, hit: Hit, spec_field: FieldSpec, boxes: list[Area], row: int) -> Place | None:
        lines = self._lines(hit, spec_field, boxes, row)
        if lines is not None:
            return lines
        first = boxes[0]
        said = [(first, self.written(first)), *((box, self.said(box)) for box in boxes[1:])]
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
        found = options_beside(self.sheet, boxes, spec_field.choices)
        return Place(self.sheet.name, found[0][0], found[0][1], found[1]) if found else None

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
        for _ in range(3):
            box = self.sheet.area(row, hit.area[1])
            if self.spec.fields[hit.key].lines > 1 and is_row_of_examples(self.sheet, box):
                row = box[2] + 1
                continue
            value = self.sheet.at(box[0], box[1])
            heading = isinstance(value, str) and self.vocabulary.headings.intersection(label_forms(value))
            if row > self.sheet.height + 1 or box in self.areas or heading or self._is_beside_another(hit, box):
                return hint
            if value is None or self.said(box) is not None:
                return box
            hint = box if self.written(box) is not None else None
            row = box[2] + 1
        return hint

    def _is_beside_another(self, hit: Hit, box: Area) -> bool:
        """Right of a label that begins below ours, or that reaches over both rows (「氏名」, with ふりがな in its upper one): the box
        is that label's, however wide."""
        left = self.sheet.area(box[0], box[1] - 1) if box[1] else box
        below = left[0] > hit.area[2] or (left[0] <= hit.area[0] and left[2] > hit.area[2])
        return left in self.areas and below and box[3] > hit.area[3]

    def _stacked(self, hit: Hit) -> bool:
        """A label in a row of labels: its left neighbour had its value below."""
        return any(area[0] == hit.area[0] and area[3] + 1 == hit.area[1] for area in self._below)

    def _rather_below(self, hit: Hit, spec_field: FieldSpec, said: CellValue) -> bool:
        """Right of the label is empty and below is not: is that its value, or the next line of the form?"""
        if hit.area[3] - hit.area[1] >= 2:
            return True
        below = self._below_box(hit)
        if below and below[1] == hit.area[1] and below[3] - below[1] >= hit.area[3] - hit.area[1] + 2:
            return True  # a merged box much wider than its label
        if spec_field.type is not FieldType.TEXT:
            return evident(spec_field, said)
        if (spec_field.max_length or 0) >= 100 or spec_field.rows > 1:
            return isinstance(said, str) and len(said) >= 15 and not is_heading(said)
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
