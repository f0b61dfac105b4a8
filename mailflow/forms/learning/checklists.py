"""Lists of □ under a sentence, with no label beside them: 「次の事項を確認し、チェックしてください。」 over lines to be ticked.

One field a list: the sentence above is its label, the lines are its choices, any number of them. Pure.
"""

from __future__ import annotations

import re

from mailflow.forms.drawing import is_mark
from mailflow.forms.grid import Area
from mailflow.forms.learning.asked import Asked
from mailflow.forms.learning.ground import Kind
from mailflow.forms.learning.tables import Tables
from mailflow.forms.learning.words import one_line, without_marks
from mailflow.forms.text import LABEL_MAX

_MOST_LINES, _LONGEST_LINE = 40, 120
_BOXES = "□☐◻▢"
_CONSENT = re.compile(
    r"(?:同意|誓約|承諾|承知|了承|了解|遵守|確認|宣誓|希望|該当|参加|申し?込)[^。]{0,10}(?:ます|する|した|ない|ません)。?(?:[(（][^()（）]{1,20}[)）])?$"
)


class Checklists(Tables):
    def _checklists(self) -> None:
        """Each run of lines that begin with a box of their own; none that a label has taken."""
        row = 0
        while row < self.ground.height:
            lines: list[tuple[Area, str]] = []
            while len(lines) < _MOST_LINES and (line := self._line(row, lines[0][0][1] if lines else None)):
                lines.append(line)
                row = max(line[0][2], row) + 1
            if lines and not self._checklist(lines):
                self._consents(lines)
            row += 1

    def _line(self, row: int, column: int | None) -> tuple[Area, str] | None:
        """The box and its words, in one cell or in two; nothing else in the row."""
        ground = self.ground
        said = [a for a in ground.row(row) if ground.kind(a) is not Kind.EMPTY and not ground.in_aside(a)]
        if not said or said[0][0] != row or (column is not None and said[0][1] != column):
            return None
        box, text = said[0], ground.text(said[0]).strip()
        if box in self.taken or box in self.labels or box in self.in_tables or text[:1] not in tuple(_BOXES):
            return None
        if len(text) > 1 and len(said) == 1:
            words = text[1:]
        elif len(text) == 1 and len(said) == 2 and said[1] not in self.labels and said[1][1] == box[3] + 1:
            words = ground.text(said[1])
        else:
            return None
        words = one_line(words).strip(" 　")
        own = 2 <= len(words) <= _LONGEST_LINE and not any(mark in words for mark in _BOXES)
        return (box, words) if own else None

    def _checklist(self, lines: list[tuple[Area, str]]) -> bool:
        ground = self.ground
        first = lines[0][0]
        above = [a for a in ground.row(first[0] - 1) if ground.text(a).strip()] if first[0] else []
        if len(above) != 1 or above[0][1] > first[1] or above[0] in self.labels or above[0] == ground.title:
            return False
        head = above[0]
        if ground.kind(head) not in (Kind.TEXT, Kind.HINT) or len(one_line(ground.text(head))) > LABEL_MAX:
            return False
        asked = self._take(head, first)
        asked.printed = None
        asked.label = one_line(ground.text(head))
        asked.hints = [hint for hint in asked.hints if hint not in tuple(_BOXES)]
        asked.options = list(dict.fromkeys(words for _, words in lines))
        asked.marks.append("いくつでも")
        for box, _ in lines:
            self.taken[box] = asked
        return True

    def _consents(self, lines: list[tuple[Area, str]]) -> None:
        """「□ | 個人情報の取扱いに同意します。」 under no heading: the words are the label, the box left of them is its box."""
        ground = self.ground
        for box, words in lines:
            label = ground.grid.area(box[0], box[3] + 1)
            if is_mark(ground.text(box)) and label not in self.labels and _CONSENT.search(without_marks(words)):
                self._left(label, box).options = [without_marks(words)]

    def _boxes_before(self) -> None:
        """「　 | ← 個人情報の取扱いに同意する」: an open box before an arrow."""
        ground = self.ground
        for label in ground.boxes():
            text = ground.text(label).strip()
            if text[:1] not in ("←", "⇐", "◀") or not label[1] or label in self.labels:
                continue
            box = ground.grid.area(label[0], label[1] - 1)
            free = box not in self.taken and box not in self.in_tables and ground.kind(box) is Kind.EMPTY
            if free and self.sheet.validation(box[0], box[1]) is not None and _CONSENT.search(without_marks(text)):
                self._left(label, box)

    def _left(self, label: Area, box: Area) -> Asked:
        asked = self._take(label, box)
        asked.label = one_line(self.ground.text(label)).lstrip("←⇐◀ 　")
        asked.printed, asked.hints = None, []
        return asked
