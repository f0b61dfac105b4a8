"""What a sheet of a blank form asks: each box with the label that belongs to it.

In: BlankSheet. Out: `Page`: the boxes asked for in the order of the form, its title, words above and below. Pure.
A box belongs to the label left of it in its rows, else to the one above it. A row of labels over a row of boxes is a
table: each column is asked once, with the number of its rows (`repeated`), or where labels stand left of the rows, each of
its boxes (`column`). A label that stands twice is told apart by what stands left of or above it (`within`).
"""

from __future__ import annotations

import re
from itertools import zip_longest

from mailflow.forms.grid import Area
from mailflow.forms.learning.asked import Asked, Page
from mailflow.forms.learning.blank import BlankSheet, cell_name
from mailflow.forms.learning.checklists import Checklists
from mailflow.forms.learning.ground import Kind
from mailflow.forms.learning.offices import of_the_office
from mailflow.forms.learning.printed import printed_options
from mailflow.forms.learning.taking import FILLED
from mailflow.forms.learning.words import (
    CHOOSE_LIKE,
    is_date_skeleton,
    is_mark_word,
    one_line,
    unit_of,
)
from mailflow.forms.text import fold, is_joint

_PREFIXES = frozenset({"週", "約", "〒", "計", "全", "第", "金", "¥", "￥", "年額", "月額", "合計", "令和", "西暦"})
_ANSWERS = frozenset(
    {"回答", "回答番号", "選択番号", "ご回答", "回答欄", "回答記入欄", "記入欄", "入力欄", "答", "答え"}
)
_WHOLE_DATE = re.compile(r"[0-9０-９元][\s　]?日|[0-9０-９][-/／.．][0-9０-９]")  # printed, and nothing to fill in
_MOST_INDENT = 3  # columns


def look_through(sheet: BlankSheet) -> Page:
    return _Search(sheet).page()


class _Search(Checklists):
    def page(self) -> Page:
        ground = self.ground
        self._tables()
        headings = self._plain_headings() if ground.plain else set()
        for area in ground.texts:
            if area not in self.labels and fold(ground.text(area)) in _ANSWERS:
                self._beside(area)
                if area not in self.labels:
                    self._under(area)
        for area in ground.texts:
            if area not in self.labels and area not in headings:
                self._beside(area)
        self._checklists()
        self._boxes_before()
        for area in ground.texts:
            if area not in self.labels and area not in headings and area not in self.taken:
                self._under(area)
        for area in ground.texts:
            if area not in self.labels and area not in headings and area not in self.taken:
                self._inside(area)
        for area in ground.boxes():
            if ground.kind(area) is Kind.FILL_IN and not self._spoken_for(area):
                self._several_inside(area)
        self._place()
        self._units_above()
        every = (*self.labels.values(), *self.further)
        offices = of_the_office(ground)
        asked = sorted(
            (one for one in every if not offices(one.head, one.label)),
            key=lambda one: (one.head[0], one.head[1], one.area),
        )
        first = min((one.head[0] for one in asked), default=0)
        above = [
            one_line(ground.text(a))
            for a in ground.boxes()
            if a[0] < first and ground.kind(a) is Kind.HINT and a != ground.title and not ground.is_head(a)
        ]
        texts = [ground.text(a) for a in ground.boxes() if ground.text(a).strip()]
        title = one_line(ground.text(ground.title)) if ground.title else None
        return Page(self.sheet.name, title, asked, above, texts, self._unnamed())

    # --- one label, one box ---

    def _plain_headings(self) -> set[Area]:
        texts = [area for area in self.ground.texts if area not in self.labels]
        return {
            area
            for area, following in zip_longest(texts, texts[1:])
            if area not in self.labels and self.ground.is_heading(area, following)
        }

    def _beside(self, label: Area) -> None:
        ground = self.ground
        asked_to_choose = bool(CHOOSE_LIKE.search(" ".join(ground.text(a) for a in ground.row(label[0]))))
        marks: list[str] = []
        hints: list[str] = []
        gap = 0
        for row in self._rows_of(label):
            for area in ground.row(row, label[3] + 1):
                kind = ground.kind(area)
                if area in self.in_tables or (area in self.taken and area[0] <= row) or area[0] < label[0]:
                    return  # another's: a box that begins above a label is not beside it
                if kind is Kind.MARK:
                    marks.append(ground.text(area))
                    continue
                if ground.in_aside(area):
                    continue
                if kind is Kind.EMPTY:
                    if self.sheet.look(area[0], area[1]).formula:
                        return  # it counts itself
                    if ground.is_open(area, label):
                        self._found(label, area, marks, hints)
                        return
                    gap += 1
                    if gap > 3 or ground.is_closed(area):
                        break
                    continue
                if kind in (Kind.OPTIONS, Kind.TICK) or self._options_behind(area):
                    self._choices(label, area, marks, hints)
                    return
                alternatives = kind is Kind.TEXT and (asked_to_choose or self._apart(area))
                if alternatives and printed_options(ground.text(area), asked=True):
                    self._choices(label, area, marks, hints)
                    return
                narrow = kind is Kind.TEXT or area[1] == area[3]
                if narrow and fold(ground.text(area)) in _PREFIXES and self._box_follows(area):
                    continue
                if kind is Kind.FILL_IN or (kind is Kind.UNIT and self._unit_in_box(area)):
                    self._found(label, area, marks, hints)
                    return
                if kind is Kind.HINT:
                    hints.append(ground.text(area))
                    continue
                if kind is Kind.TEXT and self._heads_a_box(area):
                    return
                break  # the next label: this one heads a group
        return

    def _heads_a_box(self, area: Area) -> bool:
        """「質問１ | 困っていることは何ですか。」 over a box as wide as the question: the question's own."""
        box = self.ground.grid.area(area[2] + 1, area[1])
        return box[1] == area[1] and box[3] == area[3] > area[1] and self._may_hold(box, area)

    def _rows_of(self, label: Area) -> range:
        return range(label[0], min(label[2], label[0] + 60) + 1)

    def _box_follows(self, area: Area) -> bool:
        after = self.ground.grid.area(area[0], area[3] + 1)
        return after[1] < self.ground.width and self._may_hold(after, area)

    def _unit_in_box(self, area: Area) -> bool:
        """「　　　　名」 is the box; 「週」 or 「円」 before one is not."""
        text = self.ground.text(area)
        if "単位" in text:
            return False
        return bool(re.match(r"[\s　_＿]|[(（][\s　_＿]", text)) or not self._box_follows(area)

    def _apart(self, area: Area) -> bool:
        """「普通　・　当座」 in a box that no other follows: there to be ringed, whatever the words are."""
        text = self.ground.text(area)
        return bool(re.search(r"[\s　][・／/][\s　]", text)) and not self._box_follows(area)

    def _options_behind(self, area: Area) -> bool:
        """「A | □ | B | □」: a text with a mark alone behind it."""
        if self.ground.kind(area) is not Kind.TEXT:
            return False
        after = self.ground.grid.area(area[0], area[3] + 1)
        return self.ground.kind(after) is Kind.TICK and len(self.ground.text(area)) <= 40

    def _found(self, label: Area, box: Area, marks: list[str], hints: list[str]) -> None:
        asked = self._take(label, box)
        asked.marks += marks
        asked.hints += hints
        for row in self._rows_of(label):  # the other lines of a tall label
            for area in self.ground.row(row, label[3] + 1):
                if area != box and area[1] == box[1] and self.ground.kind(area) in (Kind.EMPTY, *FILLED):
                    self.taken.setdefault(area, asked)
        self._spread(asked)
        self._behind(asked)
        self._beneath(asked)

    def _choices(self, label: Area, first: Area, marks: list[str], hints: list[str]) -> None:
        """Choices printed over one or more cells, right of a label and in the rows below it."""
        ground = self.ground
        asked = self._take(label, first)
        asked.printed = None
        asked.boxes = bool(re.search("[□☐◻▢☑]", ground.text(first))) or ground.kind(first) is Kind.TICK
        asked.marks += marks
        asked.hints = hints + [one for one in asked.hints if one != ground.text(first).strip()]
        row = first[0]
        while row < ground.height and row - first[0] < 60:
            here = self._options_in(row, first[1], label)
            within = row <= label[2]
            if not here and not within:
                break
            for area, words in here:
                asked.options += [word for word in words if word not in asked.options]
                self.taken[area] = asked
            after = ground.grid.area(row + 1, label[1])
            row += 1
            if not within and not here:
                break
            if row > label[2] and (after[0] > ground.height or ground.kind(after) is not Kind.EMPTY):
                break
        self._behind(asked)
        self._beneath(asked)

    def _options_in(self, row: int, first: int, label: Area) -> list[tuple[Area, tuple[str, ...]]]:
        """Up to what stands under the label beside, where they are printed under theirs."""
        ground = self.ground
        found: list[tuple[Area, tuple[str, ...]]] = []
        areas = [area for area in ground.row(row, first) if not ground.in_aside(area)]
        if row > label[2] and first <= label[3]:
            others = (one[1] for one in ground.row(label[0], label[3] + 1) if ground.kind(one) is Kind.TEXT)
            end = next(others, ground.width)
            areas = [area for area in areas if area[1] < end]
        for index, area in enumerate(areas[:40]):
            kind, text = ground.kind(area), ground.text(area)
            before = ground.kind(areas[index - 1]) if index else None
            after = ground.kind(areas[index + 1]) if index + 1 < len(areas) else None
            if kind is Kind.OPTIONS or (kind is Kind.TEXT and index == 0 and printed_options(text, asked=True)):
                found.append((area, printed_options(text, asked=True)))
            elif kind is Kind.TICK:
                found.append((area, ()))
            elif kind in (Kind.TEXT, Kind.HINT) and Kind.TICK in (before, after) and len(text) <= 80:
                found.append((area, (one_line(text),)))
            elif kind is Kind.TEXT and found:
                break
        return found

    def _behind(self, asked: Asked) -> None:
        """Unit, notes and examples right of the box."""
        if asked.spread:
            return
        ground = self.ground
        last = max(
            [asked.area[3], *(area[3] for area, one in self.taken.items() if one is asked and area[0] == asked.area[0])]
        )
        for area in ground.row(asked.area[0], last + 1):
            kind, text = ground.kind(area), ground.text(area)
            aside = ground.aside_kind(area)
            if aside == "example":
                if text or kind is not Kind.EMPTY:
                    asked.examples.append(text or str(ground.grid.at(area[0], area[1])))
            elif kind is Kind.UNIT and asked.unit is None and aside != "example":
                asked.unit = unit_of(text)
            elif (
                kind in (Kind.HINT, Kind.MARK)
                or (aside == "note" and text)
                or (kind is Kind.FILL_IN and text and aside != "example" and self._is_note(area))
            ):
                (asked.marks if is_mark_word(text) else asked.hints).append(text)
            elif kind is Kind.TEXT:
                after = ground.grid.area(area[0], area[3] + 1)
                label = (
                    after[1] < ground.width
                    and ground.kind(after) in (Kind.EMPTY, *FILLED, Kind.TICK)
                    and not ground.plain
                )
                if label or ground.plain or len(text) > 40:
                    break
                asked.hints.append(text)
            elif kind in (Kind.OPTIONS, Kind.TICK):
                break
        for column, (row, kind_of) in ground.asides.items():  # examples that stand before the box
            if column < asked.area[1] and kind_of == "example" and row < asked.area[0]:
                value = ground.grid.at(asked.area[0], column)
                if value is not None and column > asked.head[3]:
                    asked.examples.append(str(value))

    def _is_note(self, area: Area) -> bool:
        """「（800字以内）」 beside a box and not in one."""
        return self.sheet.validation(area[0], area[1]) is None and not self.sheet.look(area[0], area[1]).free

    def _beneath(self, asked: Asked) -> None:
        """A note of the maker's under the label or under the box."""
        for row, column in {(asked.head[2] + 1, asked.head[1]), (asked.area[2] + 1, asked.area[1])}:
            area = self.ground.grid.area(row, column)
            left = (one for one in self.ground.row(row) if one[1] < area[1] and one[2] >= row)
            # the next label's own note stands beside it
            theirs = any(one != asked.head and self.ground.kind(one) is Kind.TEXT for one in left)
            if self.ground.kind(area) is Kind.HINT and area[0] == row and not theirs:
                asked.hints.append(self.ground.text(area))

    def _under(self, label: Area) -> None:
        ground = self.ground
        hints = [ground.text(a) for a in ground.row(label[0], label[3] + 1) if ground.kind(a) is Kind.HINT]
        if any(ground.kind(a) is Kind.TEXT for a in ground.row(label[0], label[3] + 1)):
            hints = []  # the next label's
        row = label[2] + 1
        for _ in range(3):
            area = ground.grid.area(row, label[1])
            kind = ground.kind(area)
            if area in self.taken or area in self.in_tables or area[0] != row or row > ground.height:
                return
            if kind is Kind.HINT or (kind is Kind.FILL_IN and self._over_its_box(area)):
                hints.append(ground.text(area))
                row = area[2] + 1
                continue
            if ground.grid.area(row, area[3] + 1) in self.labels:
                return  # the label beside it is of the same group
            if kind is Kind.EMPTY and not ground.is_open(area, label):
                area = self._indented(label, row) or area
                kind = ground.kind(area)
            wide = label[3] > label[1] and area[3] >= label[3]
            if area[1] < label[1] or (
                kind is Kind.EMPTY and (not ground.is_open(area, label) or (ground.plain and not wide))
            ):
                return
            if kind is Kind.OPTIONS:
                self._choices(label, area, [], hints)
            elif kind in (Kind.EMPTY, Kind.FILL_IN) or (kind is Kind.UNIT and wide):
                asked = self._take(label, area)
                asked.hints += hints
                self._behind(asked)
                self._beneath(asked)
            return

    def _over_its_box(self, area: Area) -> bool:
        """「（500字以内で記載）」 in a row of its own over an empty box as wide."""
        box = self.ground.grid.area(area[2] + 1, area[1])
        noted = self.ground.text(area).strip()[:1] in ("(", "（") and not is_joint(self.ground.text(area))
        ruled = self.sheet.validation(area[0], area[1]) is not None
        as_wide = box[1] == area[1] and box[3] == area[3] > area[1]
        return noted and not ruled and as_wide and self.ground.kind(box) is Kind.EMPTY and self._may_hold(box, area)

    def _indented(self, label: Area, row: int) -> Area | None:
        """「３　補助事業の目的」 over a box that begins a little further right: the only thing in the row."""
        ground = self.ground
        if ground.plain:
            return None
        areas = [a for a in ground.row(row) if ground.kind(a) is not Kind.EMPTY or ground.is_open(a, label)]
        only = areas[0] if len(areas) == 1 else None
        if (
            only is None
            or only[0] != row
            or not ground.sheet.look(only[0], only[1]).drawn
            or not label[1] < only[1] <= min(label[3], label[1] + _MOST_INDENT)
        ):
            return None
        return only if ground.kind(only) in (Kind.EMPTY, Kind.FILL_IN, Kind.OPTIONS) else None

    def _inside(self, label: Area) -> None:
        """「電話番号：　　　　」 whose box is the rest of its own cell."""
        text = self.ground.text(label)
        if text.rstrip().endswith(("：", ":")) and len(one_line(text)) <= 40:
            self._take(label, label).printed = None

    # --- where a label stands ---

    def _place(self) -> None:
        ground = self.ground
        free = [area for area in ground.texts if area not in self.labels and area not in self.taken]
        boxes = (*self.labels, *self.taken, *self.in_tables)
        rows_with_labels = {row for area in boxes for row in range(area[0], min(area[2], area[0] + 60) + 1)}
        rows_with_labels |= {label[0] for label, one in self.labels.items() if one.area[0] > label[2]}
        headings = [area for area in free if area[0] not in rows_with_labels]
        for asked in (*self.labels.values(), *self.further):
            label = asked.head
            before = [area for area in headings if (area[0], area[1]) < (label[0], label[1])]
            if before:
                asked.heading = one_line(ground.text(before[-1]))
            if asked.group is None and asked.area[0] <= label[2]:
                asked.group = self._group(label, free)
            if fold(asked.label) in _ANSWERS and label[0] > 0:
                over = ground.text(ground.grid.area(label[0] - 1, label[1]))
                asked.question = one_line(over) if len(over) > len(asked.label) else None

    def _group(self, label: Area, free: list[Area]) -> str | None:
        """The text left of a label, in its row or, with nothing between, above its row."""
        left = [a for a in free if a[3] < label[1] and a[0] <= label[0] and (a[2] >= label[0] or a[3] + 1 == label[1])]
        for area in sorted(left, key=lambda a: (a[0], a[1]), reverse=True):
            if area[2] >= label[0]:
                return one_line(self.ground.text(area))
            between = (self.ground.grid.at(row, area[1]) for row in range(area[2] + 1, label[0] + 1))
            beside = self.ground.grid.area(area[0], area[3] + 1) in self.labels
            if beside and all(value is None for value in between):
                return one_line(self.ground.text(area))
        return None

    def _unnamed(self) -> list[str]:
        """Boxes with a drop-down, unlocked, or with room for a date, that no label was found for."""
        ground = self.ground
        left = []
        for area in ground.boxes():
            evident = self.sheet.look(area[0], area[1]).free or self.sheet.validation(area[0], area[1]) is not None
            evident = evident or (is_date_skeleton(ground.text(area)) and not _WHOLE_DATE.search(ground.text(area)))
            if (
                evident
                and area not in self.taken
                and area not in self.in_tables
                and ground.kind(area) in (Kind.EMPTY, Kind.FILL_IN)
            ):
                left.append(cell_name(self.sheet.name, area))
        return left
