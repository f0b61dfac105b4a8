"""A label and a box that belong together, taken down with what is said in and around them.

In: BlankSheet. Out: `Taking.labels` and `further`: an `Asked` for each. Pure.
"""

from __future__ import annotations

from mailflow.forms.grid import Area
from mailflow.forms.learning.asked import Asked
from mailflow.forms.learning.blank import BlankSheet
from mailflow.forms.learning.ground import Ground, Kind
from mailflow.forms.learning.words import inner_labels, label_and_hint, unit_of, unit_of_format, unit_of_sum
from mailflow.forms.text import fold, is_example, is_joint

FILLED = (Kind.FILL_IN, Kind.OPTIONS, Kind.UNIT)


class Taking:
    def __init__(self, sheet: BlankSheet) -> None:
        self.sheet = sheet
        self.ground = Ground(sheet)
        self.taken: dict[Area, Asked] = {}
        self.labels: dict[Area, Asked] = {}
        self.in_tables: set[Area] = set()
        self.further: list[Asked] = []  # of labels that stand for several boxes
        self._texts = set(self.ground.texts)

    def _may_hold(self, box: Area, label: Area) -> bool:
        kind = self.ground.kind(box)
        if kind is Kind.EMPTY:
            return box[0] < max(self.ground.height, label[2] + 2) and self.ground.is_open(box, label)
        return kind is Kind.FILL_IN

    def _take(self, label: Area, box: Area, *, repeated: int = 0) -> Asked:
        asked = self._ask(label, box, repeated=repeated)
        self.labels[label] = self.taken[box] = asked
        outer = asked.label
        for number, words in enumerate(inner_labels(self.ground.text(box)) if box != label else ()):
            one = asked if number == 0 else Asked(self.sheet.name, words, label, box)
            one.label, one.group, one.printed, one.hints = words, outer, None, []
            if number:
                self.further.append(one)
        return asked

    def _spoken_for(self, area: Area) -> bool:
        return area in self.taken or area in self.labels or area in self.in_tables or self.ground.in_aside(area)

    def _several_inside(self, area: Area) -> None:
        """「団体名：　　　　担当者：　　　」 in a cell that no label stands beside."""
        for number, words in enumerate(inner_labels(self.ground.text(area))):
            one = Asked(self.sheet.name, words, area, area)
            self.taken[area] = one
            if number:
                self.further.append(one)
            else:
                self.labels[area] = one

    def _ask(self, label: Area, box: Area, *, repeated: int = 0, column: str | None = None) -> Asked:
        ground = self.ground
        words, more = label_and_hint(ground.text(label))
        asked = Asked(self.sheet.name, words, label, box, repeated=repeated, column=column)
        asked.hints += [more] if more else []
        self._fill_in(asked, box)
        asked.marks += [ground.text(a) for a in ground.row(label[0]) if a[3] < label[1] and ground.kind(a) is Kind.MARK]
        for at in {(label[0], label[1]), (box[0], box[1])}:
            if note := self.sheet.notes.get(at):
                asked.hints.append(note)
        rule = self.sheet.validation(box[0], box[1])
        if rule and rule.prompt:
            asked.hints.append(rule.prompt)
        if asked.unit is None:
            asked.unit = unit_of_format(self.sheet.look(box[0], box[1]).number_format)
        height = sum(self.sheet.heights.get(row, 15.0) for row in range(box[0], min(box[2], box[0] + 60) + 1))
        asked.rows = max(1, min(40, int(height / 15.0)))
        return asked

    def _fill_in(self, asked: Asked, box: Area) -> None:
        """What stands in the box already."""
        text = self.ground.text(box).strip()
        if not text:
            return
        asked.printed = self.ground.text(box)
        if is_example(text):
            asked.examples.append(text)
        elif unit := unit_of(text) or unit_of_sum(text):
            asked.unit = unit
        else:
            asked.hints.append(text)

    def _spread(self, asked: Asked) -> None:
        """「使用時間 |  | 時 |  | 分 | から |  | 時 …」, 「令和　年　月 | ～ | 令和　年　月」: the boxes behind the first one, with nothing
        but such words between or in them."""
        ground = self.ground
        pieces: list[Area] = []
        for area in ground.row(asked.area[0], asked.area[3] + 1):
            free = ground.kind(area) is Kind.EMPTY and ground.is_open(area, asked.head)
            if area in self.taken or not (free or is_joint(ground.text(area))):
                break
            pieces.append(area)
        boxes = [area for area in pieces if ground.kind(area) is Kind.EMPTY or self._to_fill(area)]
        between = [area for area in pieces if area not in boxes]
        led = self._to_fill(asked.area) and is_joint(ground.text(asked.area))
        if boxes and ((len(between) >= len(boxes) and pieces[0] in between) or led):
            asked.spread, asked.unit, asked.printed = True, None, None
            asked.hints = [one for one in asked.hints if not is_joint(one)]
            asked.hints += ["".join(ground.text(area).strip() for area in (asked.area, *pieces))]
            self.taken |= dict.fromkeys(pieces, asked)

    def _to_fill(self, area: Area) -> bool:
        """「令和　　年　　月」, 「午前　・　午後」: words with room between."""
        return self.ground.kind(area) in FILLED and len(fold(self.ground.text(area))) >= 2
