"""Which cells of a sheet are labels of the form, one for each field.

In: grid.Sheet, FormSpec, its Vocabulary. Out: `Labels.labels` after `settle`. Pure.
What could be two labels, or a value that reads like one, is settled by where the others stand.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest

from mailflow.forms.grid import Area, CellValue, Sheet
from mailflow.forms.heads import EXAMPLE_HEADS, NOTE_HEADS, TABLE_HEADS, head_of
from mailflow.forms.text import ARROWS, LABEL_MAX, LEADS, MARKS, fold, heads_inside, is_example, is_hint, label_forms
from mailflow.forms.values import evident
from mailflow.forms.vocabulary import Vocabulary, nearest
from mailflow.settings.form import CHOOSING, FormSpec

_MOST_GROUPED, _MOST_ABOVE = 400, 100  # labels told apart by their heading; rows that a heading reaches over
_MOST_PASSES = 4  # over labels of which some turn out to be answers
_INSIDE = re.compile(r"^([^:：\n]{1,40})[:：][\s　]{0,20}(.{1,2000})$", re.DOTALL)
_INSIDE_BLANK = re.compile(r"^([^:：\n]{1,40})[:：]()$")


@dataclass(frozen=True, slots=True)
class Hit:
    """A cell that may be the label of a field. `rank` 0: its own label; 1: another spelling; 2: loosely; 3: nearly."""

    key: str
    area: Area
    rank: int
    inside: str | None = None


class Labels:
    """One sheet with the cells that may be labels; after `settle`, with one label a field."""

    def __init__(self, sheet: Sheet, spec: FormSpec, vocabulary: Vocabulary, most: int) -> None:
        self.sheet, self.spec, self.vocabulary = sheet, spec, vocabulary
        self.labels: dict[str, Hit] = {}
        self.looked_at = 0
        self.areas: set[Area] = set()
        self._spacers: dict[int, set[int]] = {}  # where a label ends → columns right of it that nobody writes into
        self._asides: dict[int, int] = {}  # column → row of its head: 「記入例」「記入上の注意」
        self._one_below_the_other: set[int] = set()  # columns of labels: what is under one is hardly its value
        self._every: dict[Area, Hit] = {}
        self._boxes: dict[tuple[Area, int], list[Area]] = {}  # right_boxes of the labels and spacers as they are
        self.in_tables: dict[
            tuple[str, Area], Area
        ] = {}  # (field, head of its row) → its box, by the head of the column
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
        inner = {text: known for text in distinct if (known := self._inner(text))}
        grouped = {text: heads for text in distinct if (heads := self.vocabulary.within(text))}
        tabled = {text: columns for text in distinct if (columns := self.vocabulary.rows_of(text))}
        if not found and not grouped and not tabled and not inner:
            return []
        hits: list[Hit] = []
        seen = 0
        for row, cells in enumerate(self.sheet.rows):
            for column, value in enumerate(cells):
                if isinstance(value, str):
                    seen += 1
                    if seen > most:
                        return hits
                    if value in inner:
                        area = self.sheet.area(row, column)
                        hits += [Hit(key, area, 2, inside) for key, inside in inner[value]]
                        continue
                    if value in tabled and len(hits) < _MOST_GROUPED:
                        hits += self._in_row(row, column, tabled[value])
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

    def _in_row(self, row: int, column: int, columns: Mapping[str, str]) -> Iterator[Hit]:
        """The fields of a table's row: each under the nearest head of its column above. In another row of the table stand
        answers, also one that reads like a head (「電話」 under 連絡方法)."""
        area = self.sheet.area(row, column)
        left = dict(columns)
        for above in range(row - 1, max(-1, row - _MOST_ABOVE), -1):
            head = self.sheet.at(*self.sheet.area(above, column)[:2])
            if isinstance(head, str) and self.vocabulary.rows_of(head):
                continue
            for at, text in enumerate(self.sheet.rows[above]):
                if at > column and left and isinstance(text, str) and len(text) <= LABEL_MAX:
                    group = self.sheet.area(above - 1, at)
                    over = self.sheet.at(group[0], group[1]) if above else None
                    outer = label_forms(over)[:1] if isinstance(over, str) and len(over) <= LABEL_MAX else ()
                    forms = label_forms(text)
                    for form in (*(f"{one}{form}" for one in outer for form in forms), *forms):
                        if key := left.pop(form, None):
                            self.in_tables[key, area] = self.sheet.area(row, at)
                            yield Hit(key, area, 0)
                            break
            if not left:
                return

    def _hit(self, text: str) -> tuple[str, int, str | None] | None:
        """(key, rank, inside) of a `Hit`."""
        if len(text) <= LABEL_MAX * 2 and text.strip() and (known := self.vocabulary.label(text)):
            return (*known, None)
        if ("：" in text[:41] or ":" in text[:41]) and len(text) <= 2_100 and not is_hint(text):
            inside = _INSIDE.match(text.strip())
            if inside and (known := self.vocabulary.label(inside[1])):
                return known[0], 2, inside[2].strip()
        return None

    def _inner(self, text: str) -> list[tuple[str, str]]:
        """The fields whose labels stand in one cell, each with what stands behind it."""
        heads = heads_inside(text)
        found = []
        for head, following in zip_longest(heads, heads[1:]):
            if known := self.vocabulary.label(head[1]):
                end = following.start(1) if following else len(text)
                found.append((known[0], text[head.end() : end].strip(" 　\n、,／/(（)）_＿")))
        return found

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

        tables = self._tables(by_key)

        def preference(hit: Hit) -> tuple[int, bool, int, bool, int, int]:
            return (tables(hit), hit.area[1] not in strong, hit.rank, hit.inside is not None, hit.area[0], hit.area[1])

        by_key = {key: sorted(hits, key=preference) for key, hits in by_key.items()}
        self.labels = {key: hits[0] for key, hits in by_key.items()}
        self.areas = {hit.area for hit in self.labels.values()}
        for _ in range(_MOST_PASSES):
            if not self._drop_values_that_read_like_labels(strong, by_key):
                break
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

    def _tables(self, by_key: Mapping[str, list[Hit]]) -> Callable[[Hit], int]:
        """How far a hit is from being the head of a table's column: the heads stand in one row, and what reads like a label in
        the rows under them is an answer. Where such labels stand one below the other (the form was laid out anew) all are alike."""
        lines = {key: self.spec.fields[key].lines for key in by_key if self.spec.fields[key].lines > 1}
        heads = [hit for key in lines for hit in by_key[key]]
        in_row = Counter(row for row, _ in {(hit.area[0], hit.key) for hit in heads})
        in_column = Counter(column for column, _ in {(hit.area[1], hit.key) for hit in heads})
        most = max(in_row.values(), default=0)
        if most < 2 or most < max(in_column.values()):
            return lambda _: 0
        last: dict[int, int] = {}  # column → its last row of answers
        answers = set()
        for row, column, key in sorted((hit.area[0], hit.area[1], hit.key) for hits in by_key.values() for hit in hits):
            if row <= last.get(column, -1):
                answers.add((row, column))
            elif key in lines and in_row[row] == most:
                last[column] = row + lines[key]
        return lambda hit: most - in_row[hit.area[0]] if hit.key in lines else int(hit.area[:2] in answers)

    def _drop_values_that_read_like_labels(self, strong: set[int], by_key: Mapping[str, list[Hit]]) -> bool:
        """A lone hit outside the labels' column, right of a label in it with the next label under that, is a value: the field's
        next hit, if there is one, is its label. Whether any was dropped."""
        dropped = False
        in_column = {(hit.area[0], hit.area[3] + 1): hit for hit in self.labels.values() if hit.area[1] in strong}
        for key, hit in list(self.labels.items()):
            left = None if hit.area[1] in strong else in_column.get(self._left_of(hit.area) or (-1, -1))
            if left is None or any(self.said(box) is not None for box in self.right_boxes(hit)):
                continue
            if left.area[2] > hit.area[2]:
                continue  # one of several lines beside a tall label
            under = self.sheet.area(left.area[2] + 1, left.area[1])
            heading = self.sheet.at(under[0], under[1])
            if under in self.areas or (isinstance(heading, str) and fold(heading[:200]) in self.vocabulary.headings):
                del self.labels[key]
                dropped = True
                by_key[key].remove(hit)
                if by_key[key]:
                    self.labels[key] = by_key[key][0]
        if dropped:
            self.areas = {hit.area for hit in self.labels.values()}
            self._boxes.clear()
        return dropped

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
                column: head_of(text) for column, text in enumerate(cells) if isinstance(text, str) and len(text) <= 20
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

    # --- boxes ---

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
            self._spacers.get(hit.area[3], ()),
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
        return plain in MARKS or (plain in ARROWS and box[1] == box[3]) or (plain in LEADS and len(text) <= 2)

    def said(self, box: Area) -> CellValue:
        """What the applicant put into a box beside or under the form's own words; None for those."""
        value = self.written(box)
        return None if isinstance(value, str) and is_hint(value) else value

    def written(self, box: Area) -> CellValue:
        """What the applicant put into a box meant for it: 「※…」 is theirs there, an example or a note of the spec isn't."""
        value = self.sheet.at(box[0], box[1])
        if isinstance(value, str) and (not value.strip() or is_example(value) or self.vocabulary.is_printed(value)):
            return None
        return value
