"""Tables of a blank form: a row of labels over a row of boxes.

Each column is asked once, with the number of its rows; where labels stand left of the rows, each box is asked for by both.
A unit stated over a table or a list is that of its sums. Pure.
"""

from __future__ import annotations

import re
from collections import Counter

from mailflow.forms.grid import Area
from mailflow.forms.learning.ground import Kind
from mailflow.forms.learning.taking import Taking
from mailflow.forms.learning.words import is_sum, label_and_hint, one_line, unit_of
from mailflow.forms.text import fold

_SUM_ROW = re.compile(r"(?:総|合|小)?計(?:\(.{1,12}\))?")


_UNIT_BEHIND = re.compile(r"[(（]\s?単位\s?[:：]?[^()（）]{1,12}[)）]\s*$")


def _stated(text: str) -> str | None:
    """「（単位：千円）」 alone, or behind a heading: 「３．経費の内訳　　（単位：千円）」."""
    behind = _UNIT_BEHIND.search(text[-40:]) if 20 < len(text) <= 120 else None
    return unit_of(behind[0] if behind else text) if behind or len(text) <= 20 else None


class Tables(Taking):
    def _tables(self) -> None:
        ground = self.ground
        for row in range(ground.height):
            run: list[tuple[Area, Area]] = []
            runs = [run]
            for area in ground.row(row):
                under = self._first_under(area)
                fits = (
                    area[2] == row and (area in self._texts or (run and self._is_head_like_a_unit(area)))
                    and area not in self.labels and self._may_hold(under, area)
                    and under[1] == area[1] and under[3] == area[3]
                )  # fmt: skip
                if fits and (not run or run[-1][0][3] + 1 == area[1]):
                    run.append((area, under))
                elif fits:
                    run = [(area, under)]
                    runs.append(run)
                elif ground.kind(area) is not Kind.MARK:
                    run = []
                    runs.append(run)
            for each in runs:
                if len(each) >= (3 if ground.plain else 2):
                    self._table(each)

    def _first_under(self, head: Area) -> Area:
        """The first box of a column, past the row that shows an example."""
        ground = self.ground
        under = ground.grid.area(head[2] + 1, head[1])
        if under[0] < ground.height and ground.is_row_of_examples(under[0]):
            return ground.grid.area(under[2] + 1, head[1])
        return under

    def _is_head_like_a_unit(self, area: Area) -> bool:
        """「日付 | 時間 | 場所」: 時間 heads a column here."""
        return self.ground.kind(area) is Kind.UNIT and not set(" 　()（）[]_＿.").intersection(self.ground.text(area))

    def _table(self, run: list[tuple[Area, Area]]) -> None:
        if self._row_labels(run, [under for _, under in run]):
            self._matrix(run)
            return
        ground = self.ground
        last = [under for _, under in run]
        further = 0
        while further < 200:
            following = [self.ground.grid.area(box[2] + 1, box[1]) for box in last]
            aligned = all(one[1] == box[1] and one[3] == box[3] for one, box in zip(following, last, strict=True))
            if not aligned or following[0][0] >= self.ground.height:
                break
            if not all(self._may_hold(one, run[0][0]) for one in following):
                break
            if self.ground.plain and not any(
                self.ground.kind(b) is not Kind.EMPTY for b in self.ground.row(following[0][0])
            ):
                break  # nothing is drawn, nothing is written: the sheet goes on
            further += 1
            self.in_tables.update(following)
            last = following
        for label, box in run:
            asked = self._take(label, box, repeated=further)
            shown = ground.grid.at(label[2] + 1, label[1]) if box[0] > label[2] + 1 else None
            asked.examples += [str(shown)] if shown is not None else []

    def _row_labels(self, run: list[tuple[Area, Area]], boxes: list[Area]) -> Area | None:
        """The text that heads a row of a table: left of its first box, below the heads of the columns."""
        ground = self.ground
        column = boxes[0][1] - 1
        while column >= 0:
            area = ground.grid.area(boxes[0][0], column)
            kind = ground.kind(area)
            if kind is Kind.TEXT and area[0] > run[0][0][0] and area in self._texts and area not in self.labels:
                return area
            if kind not in (Kind.NUMBER, Kind.UNIT, Kind.MARK):
                return None
            column = area[1] - 1
        return None

    def _matrix(self, run: list[tuple[Area, Area]]) -> None:
        """Rows and columns with heads of their own: each box is asked for by both."""
        ground = self.ground
        boxes = [under for _, under in run]
        columns = [label_and_hint(ground.text(head))[0] for head, _ in run]
        if len(set(map(fold, columns))) < len(columns):  # 「国費」 under 令和８年度, and again under 令和９年度
            over = [ground.grid.area(head[0] - 1, head[1]) for head, _ in run]
            columns = [one_line(f"{ground.text(area)} {column}") for area, column in zip(over, columns, strict=True)]
            self._texts -= set(over)
        while boxes[0][0] < ground.height:
            row_label = self._row_labels(run, boxes)
            if row_label is None:
                break
            open_ = all(self._may_hold(box, run[0][0]) for box in boxes)
            counted = not open_ and _SUM_ROW.fullmatch(fold(ground.text(row_label))) is not None
            if not open_ and not counted:
                break
            for column, box in () if counted else zip(columns, boxes, strict=True):
                self.further.append(self._ask(row_label, box, column=column))
                self.in_tables.add(box)
            boxes = [ground.grid.area(box[2] + 1, box[1]) for box in boxes]
            if not all(box[1] == under[1] and box[3] == under[3] for box, (_, under) in zip(boxes, run, strict=True)):
                break
        self.in_tables.update(head for head, _ in run)
        self._texts -= {head for head, _ in run}

    def _units_above(self) -> None:
        """「（単位：千円）」 over a table or a list of sums: of the sums below it, up to the next one."""
        ground = self.ground
        stated = [(a[0], unit) for a in ground.boxes() if ground.kind(a) in (Kind.UNIT, Kind.HINT, Kind.TEXT)
                  and "単位" in ground.text(a) and (unit := _stated(ground.text(a)))]  # fmt: skip
        every = (*self.labels.values(), *self.further) if stated else ()
        sums = [one for one in every if is_sum(f"{one.label}{one.column or ''}")]
        columns = Counter(one.area[1] for one in sums)
        for asked in every:
            above = [unit for row, unit in stated if row < asked.head[0]]
            beside = columns[asked.area[1]]  # 「その他」 in a column of sums
            same = sum(one.area[1] == asked.area[1] for one in every)
            if (
                above
                and asked.unit is None
                and (asked in sums or (asked.column is None and beside >= 3 and 2 * beside > same))
            ):
                asked.unit = above[-1]
