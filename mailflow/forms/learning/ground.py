"""One sheet of a blank form as boxes: what each holds, and which are open to be written into.

In: BlankSheet. Out: `Ground`. Pure; bounded by the rows and columns that blank.py looks at.
A maker draws boxes: lines, colours, drop-downs, unlocked cells. Where a sheet has none of these (`plain`), the cell right
of a label counts as its box.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from enum import Enum, auto
from functools import cached_property
from itertools import pairwise
from unicodedata import normalize

from mailflow.forms.drawing import is_mark
from mailflow.forms.grid import Area
from mailflow.forms.heads import EXAMPLE_HEADS, NOTE_HEADS, TABLE_HEADS, head_of
from mailflow.forms.learning.blank import BlankSheet
from mailflow.forms.learning.colours import legend_colours
from mailflow.forms.learning.look import MOST_COLUMNS, MOST_ROWS
from mailflow.forms.learning.printed import printed_options
from mailflow.forms.learning.words import (
    is_fill_in,
    is_mark_word,
    is_sentence,
    legend_marks,
    one_line,
    unit_of,
)
from mailflow.forms.text import LABEL_MAX, is_hint, is_joint

MOST_TEXTS = 1_500  # of a sheet that are looked at as labels: a form has some hundred


class Kind(Enum):
    EMPTY = auto()
    FILL_IN = auto()  # words of the maker in a box that is to be filled
    OPTIONS = auto()  # choices printed with a mark before each
    TICK = auto()  # a mark alone
    MARK = auto()  # 必須, ：
    UNIT = auto()
    NUMBER = auto()
    HINT = auto()
    TEXT = auto()  # a label, a heading, a title


_TO_FILL = frozenset({Kind.EMPTY, Kind.FILL_IN, Kind.OPTIONS, Kind.UNIT})

_TITLE = re.compile(
    r"様式|申請書|応募書|応募用紙|調書|計画書|提案書|報告書|申込書|届出?$|企画書|調査票|回答票|エントリーシート"
)
# Whom it goes to, which form it is, its own number: 「○○市長　様」「別記様式第３号」「番　　号」
_NO_LABEL = re.compile(
    r"(?:殿|様|宛|御中|あて|宛て|宛先[)）])$|^[(（]?(?:別記|別紙|別添|参考)?[\s　]?(?:第?[0-9０-９一二三-]{1,4}号?様式|様式第?[0-9０-９一二三-]{1,4}号?)|^(?:別紙|別添|別記)[0-9０-９一二三-]{0,4}$|^番[\s　]*号$|^記$|^以[\s　]*上$"
)
_ABOUT = re.compile(r"(?:について|に関する(?:こと|事項)|の概要|の内容|情報|の状況)$")  # of a text with labels under it
_NUMBERING = (
    ("chapter", re.compile(r"第[0-9０-９一二三四五六七八九十]{1,3}[章部節]?[\s　]|[ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ][\s　.．、]?")),
    ("two", re.compile(r"[0-9０-９]{1,2}[-－.．‐][0-9０-９]{1,2}")),
    ("one", re.compile(r"[0-9０-９]{1,2}[\s　.．、]")),
    ("bracket", re.compile(r"[(（][0-9０-９]{1,2}[)）]")),
    ("circle", re.compile(r"[①-⑳]")),
    ("kana", re.compile(r"[(（]?[ア-ンa-z一二三四五六七八九十][)）.．、]")),
    ("sign", re.compile(r"[■◆●○◇□▼▽▶・※★☆]")),
    ("frame", re.compile(r"[【〔〈《＜\[](?!必須|任意)")),
)


def numbering(text: str) -> str:
    """The kind of number or sign that a text begins with; "" for none."""
    plain = text.strip()
    return next((name for name, pattern in _NUMBERING if pattern.match(plain)), "")


class Ground:
    def __init__(self, sheet: BlankSheet) -> None:
        self.sheet = sheet
        self.grid = sheet.grid
        places = [*(at for at, look in sheet.looks.items() if look.drawn or look.free), *self.grid.merged]
        ruled = list(sheet.ruled)
        self.height = min(MOST_ROWS, max([self.grid.height, *(r + 1 for r, _ in places), *(r + 1 for r, _ in ruled)]))
        self.width = min(MOST_COLUMNS, max([self.grid.width, *(c + 1 for _, c in places), *(c + 1 for _, c in ruled)]))
        self._kinds: dict[Area, Kind] = {}
        self.signs = legend_marks(text for row in self.grid.rows for text in row if isinstance(text, str))
        self.colours = legend_colours(text for row in self.grid.rows for text in row if isinstance(text, str))
        self.asides = self._find_asides()
        self._sentences_among_labels()
        if self.plain:
            self.width += 1  # the boxes right of the last column of labels

    # --- boxes ---

    def row(self, row: int, first: int = 0) -> Iterator[Area]:
        """The boxes of a row from a column on; a merged one once."""
        column = first
        while column < self.width:
            area = self.grid.area(row, column)
            yield area
            column = max(area[3], column) + 1

    def boxes(self) -> Iterator[Area]:
        """Every box once, from top to bottom and left to right."""
        for row in range(self.height):
            for area in self.row(row):
                if area[0] == row:
                    yield area

    def text(self, area: Area) -> str:
        value = self.grid.at(area[0], area[1])
        return value if isinstance(value, str) else ""

    def kind(self, area: Area) -> Kind:
        known = self._kinds.get(area)
        if known is None:
            known = self._kinds[area] = self._kind(area)
        return known

    def _kind(self, area: Area) -> Kind:
        value = self.grid.at(area[0], area[1])
        if value is None or (isinstance(value, str) and not value.strip()):
            return Kind.EMPTY
        rule = self.sheet.validation(area[0], area[1])
        if not isinstance(value, str):
            fixed = isinstance(value, (int, float)) and not isinstance(value, bool)
            return Kind.FILL_IN if rule is not None or self._free(area) else (Kind.NUMBER if fixed else Kind.HINT)
        if normalize("NFKC", value.strip()) in self.signs:
            return Kind.MARK  # 「◎」, where ◎ means 必須
        if is_mark(value):
            return Kind.TICK
        if is_mark_word(value):
            return Kind.MARK
        if (rule is not None and rule.kind == "list") or self._free(area) or is_fill_in(value):
            return Kind.FILL_IN
        if len(value) <= 20 and unit_of(value):
            return Kind.UNIT
        if printed_options(value):
            return Kind.OPTIONS
        if re.fullmatch(
            r"[0-9０-９]{1,3}(?:[-－.．][0-9０-９]{1,3})?[.．]?|[①-⑳]|[(（][0-9０-９]{1,2}[)）]", value.strip()
        ):
            return Kind.NUMBER
        if value.strip()[0] in "※＊*" and len(value) <= 40 and (normalize("NFKC", value.strip()[0]) in self.signs):
            return Kind.HINT if is_sentence(value.strip()[1:]) else Kind.TEXT  # 「※団体名」, where ※ means 必須
        return Kind.HINT if is_sentence(value) else Kind.TEXT

    def _free(self, area: Area) -> bool:
        return self.sheet.look(area[0], area[1]).free

    @cached_property
    def free_cells(self) -> bool:
        """The sheet is protected, and what is to be filled is unlocked."""
        return any(look.free for look in self.sheet.looks.values())

    @cached_property
    def plain(self) -> bool:
        """No boxes are drawn on this sheet."""
        shown = words = framed = 0
        for area in self.boxes():
            look, kind = self.sheet.look(area[0], area[1]), self.kind(area)
            told = self.colours.get(look.hue)
            if told and kind in _TO_FILL:
                return False
            if kind in _TO_FILL and (look.drawn or look.free or look.fill) and told is not False:
                shown += 1
            elif kind is Kind.TEXT:
                words, framed = words + 1, framed + look.drawn
        few = shown < 3 and not (shown and 2 * framed > words)
        return few and len(self.sheet.ruled) < 3

    def is_closed(self, area: Area) -> bool:
        """The form says that boxes of this colour are not to be filled in."""
        return self.colours.get(self.sheet.look(area[0], area[1]).hue) is False

    def is_open(self, area: Area, label: Area | None = None) -> bool:
        """Whether an empty box may be written into."""
        if self.sheet.validation(area[0], area[1]) is not None:
            return True
        look = self.sheet.look(area[0], area[1])
        if self.free_cells:
            return look.free
        if look.formula:
            return False  # it counts itself
        if self.in_aside(area):
            return False
        if (said := self.colours.get(look.hue)) is not None:
            return said  # 「黄色のセルに記入してください。灰色のセルは自動計算です。」
        own = self.sheet.look(label[0], label[1]) if label else None
        if own and own.fill and own.fill == look.fill:
            return False  # the rest of a coloured bar
        if self.plain or area in self.blocks:
            return True
        if own and own.fill and not own.drawn and look.drawn and not look.fill:
            return True
        return look.drawn or bool(look.fill and look.fill != (own.fill if own else None))

    @cached_property
    def blocks(self) -> frozenset[Area]:
        """Boxes without lines on a sheet that has lines: merged cells of one width right of texts of one column, in rows that
        follow one another (「所在地」「団体名」「代表者」 of an applicant, at the right of a letter's head)."""
        runs: dict[tuple[int, int, int], list[Area]] = {}
        for label in self.boxes():
            if self.kind(label) is not Kind.TEXT or _NO_LABEL.search(one_line(self.text(label))):
                continue
            box = self.grid.area(label[0], label[3] + 1)
            bare = not any(
                self.sheet.look(at[0], at[1]).drawn or self.sheet.look(at[0], at[1]).fill for at in (label, box)
            )
            if bare and box[3] > box[1] and box[0] == label[0] == box[2] and self.kind(box) is Kind.EMPTY:
                run = runs.setdefault((label[1], box[1], box[3]), [])
                if run and run[-1][2] + 1 != box[0]:
                    run.append((-1, -1, -1, -1))  # a gap
                run.append(box)
        found: set[Area] = set()
        for run in runs.values():
            for before, box in pairwise(run):
                found |= {before, box} if before[0] >= 0 and box[0] >= 0 else set()
        return frozenset(found)

    def _sentences_among_labels(self) -> None:
        """「業務の流れを順番に書いてください。」 in the colour of the labels, with a box of its own, is one of them."""
        found: Counter[str] = Counter()
        sentences = []
        for area in self.boxes():
            look, kind = self.sheet.look(area[0], area[1]), self.kind(area)
            if kind is Kind.HINT and self._asks_in_a_table(area):
                self._kinds[area] = Kind.TEXT
            elif look.fill and kind in (Kind.TEXT, Kind.HINT) and not self.in_aside(area) and self._has_box(area):
                if kind is Kind.TEXT:
                    found[look.fill] += 1
                elif len(self.text(area)) <= LABEL_MAX + 40 and not is_hint(self.text(area)):
                    sentences.append((area, look.fill))
        for area, fill in sentences:
            if found[fill] >= 3:
                self._kinds[area] = Kind.TEXT

    def _asks_in_a_table(self, area: Area) -> bool:
        """Under 「設問」, beside an open box under 「回答」."""
        box = self.grid.area(area[0], area[3] + 1)
        heads = self.aside_kind(area) == self.aside_kind(box) == "head"
        drawn = self.sheet.look(box[0], box[1]).drawn
        return heads and drawn and self.kind(box) is Kind.EMPTY and len(self.text(area)) <= LABEL_MAX + 40

    def _has_box(self, label: Area) -> bool:
        """An empty box, drawn and of another colour, right of a label or under it and as wide."""
        own = self.sheet.look(label[0], label[1]).fill
        right = next((a for a in self.row(label[0], label[3] + 1) if not self.in_aside(a)), label)
        under = self.grid.area(label[2] + 1, label[1])
        for box in (right, *((under,) if under[1] == label[1] and under[3] == label[3] else ())):
            look = self.sheet.look(box[0], box[1])
            if self.kind(box) is Kind.EMPTY and look.drawn and look.fill != own and not self.in_aside(box):
                return True
        return False

    def is_row_of_examples(self, row: int) -> bool:
        """「例 | ○○課 | …」: a row of a table that shows how to fill in those below it."""
        first = next((text for area in self.row(row) if (text := self.text(area).strip())), "")
        return len(first) <= 12 and head_of(first) in EXAMPLE_HEADS and self._words_right(row)

    def _words_right(self, row: int) -> bool:
        return sum(self.kind(area) is not Kind.EMPTY for area in self.row(row)) >= 2

    # --- columns of examples and notes ---

    def _find_asides(self) -> dict[int, tuple[int, str]]:
        """Column → (row of its head, `example`, `note` or `head`); `head` for the columns of labels and boxes."""
        found: dict[int, tuple[int, str]] = {}
        for row in range(min(self.height, 60)):
            heads = {area: head_of(self.text(area)) for area in self.row(row) if 0 < len(self.text(area)) <= 20}
            named = [head for head in heads.values() if head in TABLE_HEADS | EXAMPLE_HEADS | NOTE_HEADS]
            # 「質問事項」 alone is a label; 「区分 | 内容 | 備考」 over empty boxes is a table to be filled
            table = len(named) >= 2 and any(h in TABLE_HEADS and self._words_below(a) for a, h in heads.items())
            if not table and (EXAMPLE_HEADS.isdisjoint(heads.values()) or self.is_row_of_examples(row)):
                continue
            below = sum(
                isinstance(value, str)
                for cells in self.grid.rows[row + 1 : MOST_ROWS]
                for value in cells[:MOST_COLUMNS]
            )
            for area, head in heads.items():
                kind = "example" if head in EXAMPLE_HEADS else "note" if table and head in NOTE_HEADS else ""
                kind = kind or ("head" if table and head in TABLE_HEADS else "")
                if kind and (table or below >= 4):
                    for column in range(area[1], area[3] + 1):
                        found.setdefault(column, (row, kind))
        return found

    def _words_below(self, area: Area) -> bool:
        below = [self.grid.at(row, area[1]) for row in range(area[2] + 1, min(area[2] + 11, self.grid.height))]
        return sum(isinstance(value, str) and bool(value.strip()) for value in below) >= min(2, max(len(below), 1))

    def in_aside(self, area: Area) -> bool:
        at = self.asides.get(area[1])
        return at is not None and area[0] > at[0] and at[1] in ("example", "note")

    def aside_kind(self, area: Area) -> str:
        at = self.asides.get(area[1])
        return at[1] if at is not None and area[0] > at[0] else ""

    def is_head(self, area: Area) -> bool:
        """A head of a column: 項目, 記入欄, 記入例."""
        at = self.asides.get(area[1])
        if at is not None and area[0] == at[0]:
            return True
        return any(row == area[0] for row, _ in self.asides.values())

    # --- title, headings ---

    @cached_property
    def texts(self) -> list[Area]:
        """What may be a label or a heading: short texts outside of the columns of notes, no heads, not the title."""
        found: list[Area] = []
        for area in self.boxes():
            if self.kind(area) is not Kind.TEXT or self.in_aside(area) or self.is_head(area) or area == self.title:
                continue
            text = one_line(self.text(area))
            if len(found) >= MOST_TEXTS:
                break
            if is_joint(text) or self.is_row_of_examples(area[0]):
                continue
            if len(text) <= LABEL_MAX + 40 and not _NO_LABEL.search(text):
                found.append(area)
        return found

    @cached_property
    def title(self) -> Area | None:
        """The largest text of the first rows, else the first that calls itself a form, else the first."""
        first = [
            a for a in self.boxes() if a[0] < 12 and self.kind(a) in (Kind.TEXT, Kind.HINT) and len(self.text(a)) <= 120
        ]
        if not first:
            return None
        sizes = {area: self.sheet.look(area[0], area[1]).size for area in first}
        largest = max(sizes.values())
        if list(sizes.values()).count(largest) == 1 and largest >= 13:
            return max(sizes, key=lambda area: sizes[area])
        called = [a for a in first if _TITLE.search(self.text(a)) and len(one_line(self.text(a))) >= 6]
        if called:
            return max(called[:3], key=lambda area: len(self.text(area)))
        alone = [a for a in first[:1] if a[0] < 4 and len(one_line(self.text(a))) >= 6]
        others = {area[0]: 0 for area in first}
        for area in self.boxes():
            if area[0] in others and self.kind(area) is not Kind.EMPTY:
                others[area[0]] += 1
        gap = alone and all(self.kind(box) is Kind.EMPTY for box in self.row(alone[0][2] + 1))
        return alone[0] if alone and others[alone[0][0]] == 1 and gap else None

    def is_heading(self, area: Area, following: Area | None) -> bool:
        """On a plain sheet: a text that heads the labels below it, by its number, its looks or its width."""
        if following is None:
            return False
        mine, theirs = numbering(self.text(area)), numbering(self.text(following))
        counts = self._numberings
        rare = counts[mine] * 5 <= 2 * sum(counts.values())
        if mine != theirs and rare and (mine or counts[theirs] > counts[mine]):
            return mine in ("chapter", "one", "frame", "sign", "kana", "circle", "bracket", "two") or self._after_gap(
                area
            )
        if _ABOUT.search(one_line(self.text(area))) and self._after_gap(area) and following[0] == area[2] + 1:
            return True
        look, other = self.sheet.look(area[0], area[1]), self.sheet.look(following[0], following[1])
        louder = (look.bold and not other.bold) or look.size > other.size or bool(look.fill and not other.fill)
        if louder and following[0] > area[0]:
            return True
        return area[3] - area[1] >= following[3] - following[1] + 2 and following[0] == area[2] + 1

    def _after_gap(self, area: Area) -> bool:
        return area[0] == 0 or all(self.kind(box) is Kind.EMPTY for box in self.row(area[0] - 1))

    @cached_property
    def _numberings(self) -> Counter[str]:
        return Counter(numbering(self.text(area)) for area in self.texts)
