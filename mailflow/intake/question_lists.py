"""The lists of questions in a mail: 1, 2, 3 …, (1), Q1, ①, 一, ア, (a), or the same dots, under headings, with more lines below a point.

A list is one of questions where it has two points and one of them asks, where the words before it say that questions follow, or
where it stands below another such list with nothing but a heading between. Then every point of it is a question. A list inside a
point belongs to the point, unless it asks itself. Pure, never raises; each line is looked at once, no nested quantifiers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple
from unicodedata import normalize

from mailflow.intake.inline_lists import CIRCLES, apart, in_digits
from mailflow.intake.intents import questions
from mailflow.intake.sentences import MAX_TEXT, URL, WRAPPED, sentences

FOLLOW = re.compile(
    r"(?<![\d万千百人年歳%円])以下(?:の|に|、|\d)|下記|(?:次|つぎ)の(?:\d{0,2} ?(?:点|つ|件|問|項目|質問|事項|こと|内容|とおり|通り)|、)|後述"
    r"|\d{1,2} ?(?:点|つ|件|問|項目)(?:ほど|ばかり)?(?:、|の?ご?質問|につ|に関|を?お?(?:ご教示|教え|伺|尋ね|聞き)|ご?(?:教示|照会|確認))"
)
TELLS = re.compile(r"教示|教え|質問|回答|答え|伺|尋ね|照会|確認|聞き|問い?合わ?せ|知りた|お示し|お知らせ")
_SAYS_SO = re.compile(
    r"質問(?:が|です|を|させ|いたし)|尋ね(?:し|いた|ます)|伺い(?:し|いた)|照会(?:し|いた)|問い?合わ?せ(?:です|し|いた|させ)"
)
_SHORT_FORM = re.compile(r"か[。?]?$")  # 「締切は何時か」, as points of a list are put
_ARE = re.compile(r"質問(?:事項|内容)?(?:は|:)")

_CIRCLED = {ord(mark): f"({number}) " for number, mark in enumerate(CIRCLES, start=1)}
_AT_CIRCLES = re.compile(f"([{CIRCLES}])")
_POINT = re.compile(
    r"[ \t]{0,8}(?:(?P<open>[(\[【<])?(?P<word>ご?質問|問|Q|No\.?)?[ .]?(?P<number>\d{1,2})(?:[)\]】>.:、]|[ \t]|番目?[:、 ]|$)(?P<decimal>\d)?|(?P<open_letter>[(\[【<])?(?P<letter>[アイウエオカキクケコサシスセソ](?=[)\]】>.:、 \t])|[a-j](?=[)\].]))[)\]】>.:、 \t]|(?P<dot>[・●○■◆▪◇□▼*-])[ \t]{0,3})",
    re.IGNORECASE,
)
_LETTERS = ("アイウエオカキクケコサシスセソ", "abcdefghij")
_HEADING = re.compile(r"\s{0,8}[【<\[][^】>\]]{1,40}[】>\]]$")
_RUNS_ON = re.compile(r"でしょう|です|ます|でき|ください|[をはがに]")
_LAST_WORDS = 4  # lines before a list, sentences in them: where it may be said that questions follow


class _Mark(NamedTuple):
    kind: str  # how the points of one list are marked: the dot, or what stands around the number
    number: int  # 0: a dot
    text: str


@dataclass(slots=True, eq=False)
class _List:
    """`words`: what was said before it, None where nothing but a heading stands between it and the list before."""

    kind: str
    heading: str
    words: tuple[str, ...] | None
    within: tuple[_List, int] | None  # a list's point, by its place
    last: int = 0
    points: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    taken: bool = False

    @property
    def lettered(self) -> bool:
        """One letter alone before a text is more often a name (Aコース) than a number."""
        return self.kind[-1:] in [row[0] for row in _LETTERS]

    def goes_on(self, mark: _Mark) -> bool:
        """The next number; in a list of two and more any other but 1, for writers miscount."""
        if not mark.number:
            return True
        return mark.number == self.last + 1 or (len(self.points) > 1 and mark.number >= self.last and mark.number > 1)

    def add(self, mark: _Mark, at: int) -> None:
        self.points.append([mark.text])
        self.lines.append(at)
        self.last = mark.number

    def texts(self) -> list[str]:
        told = (
            "".join(one if not before or before[-1:] in "。?!:、" else f"。{one}" for before, one in _pairs(point))
            for point in self.points
        )
        return [f"{self.heading}: {one}" if self.heading else one for one in told if one]


def _pairs(point: list[str]) -> list[tuple[str, str]]:
    parts = [one for one in point if one]
    return list(zip(["", *parts], parts, strict=False))


def plain_lines(new_text: str) -> list[str]:
    plain = "".join(one if one in CIRCLES else normalize("NFKC", one) for one in _AT_CIRCLES.split(new_text[:MAX_TEXT]))
    lines = [line.rstrip() for line in URL.sub(" ", plain).replace("\r", "").split("\n")]
    return [part.translate(_CIRCLED) for line in in_digits(lines) for part in apart(line)]


def lists_of_questions(lines: list[str], most: int) -> tuple[list[str], list[str], frozenset[str]]:
    """(at most so many points of lists of questions, the other lines, sentences that did nothing but announce those lists)."""
    found = _Reader(lines).read()
    announced = _take(found)
    points: list[str] = []
    gone: set[int] = set()
    for one in found:
        if one.taken:
            gone.update(one.lines)
            if len(points) < most:
                points += one.texts()
    rest = ["" if at in gone else line for at, line in enumerate(lines)]
    return points[:most], rest, frozenset(announced)


def _take(found: list[_List]) -> list[str]:
    """Marks the lists of questions; the sentences that announce them."""
    announced: list[str] = []
    told = False
    for one in found:
        if one.words is not None:
            follow, told = _announced(one.words)
            announced += follow
        parent = one.within[0] if one.within is not None and one.within[0].taken else None
        several = len(one.points) > 1
        asked = [" ".join(each) for each in one.points]
        asks = several and (any(questions(each) for each in asked) or all(_SHORT_FORM.search(each) for each in asked))
        named = one.kind.endswith("Q")  # 「質問1」, 「Q1」
        one.taken = asks or named or (told and parent is None and (several or not one.lettered))
        if one.taken:
            told = True
        elif parent is not None and one.within is not None:
            parent.points[one.within[1]] += [text for point in one.points for text in point]
            parent.lines += one.lines
    return announced


def _announced(words: tuple[str, ...]) -> tuple[list[str], bool]:
    """(sentences that only say so, whether they say that a list of questions follows)."""
    said = [one for one in words if questions(one) or _ARE.search(one)]
    follow = [one for one in said if FOLLOW.search(one)]
    last = said[-1] if said and said[-1] == words[-1] else ""
    told = bool(follow) or _SAYS_SO.search(last) is not None or _ARE.search(last) is not None
    return [" ".join(one.split()) for one in follow if TELLS.search(one)], told


class _Reader:
    """One pass over the lines: the lists in their order, whatever they are of."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.marks = [_mark(line) for line in lines]
        self.found: list[_List] = []
        self.open: dict[str, _List] = {}  # by their marks, outer ones first
        self.current: _List | None = None
        self.loose: list[int] = []  # lines behind the last point that are its own only if the list goes on
        self.words: list[str] = []
        self.heading = ""
        self.begun = False

    def read(self) -> list[_List]:
        following = self._following()
        for at, mark in enumerate(self.marks):
            if mark is not None and not mark.number and following[at] == 1:
                self._headed(mark.text)
            elif mark is not None and (home := self.open.get(mark.kind)) is not None and home.goes_on(mark):
                self._goes_on(home, mark, at)
            elif mark is not None and mark.number <= 1:
                self._begins(mark, at)
            elif self.lines[at].strip():
                self._line(at)
        return self.found

    def _following(self) -> list[int]:
        """The number of the next line that isn't blank, by line; 0: it has none."""
        found, number = [0] * len(self.lines), 0
        for at in range(len(self.lines) - 1, -1, -1):
            found[at] = number
            mark = self.marks[at]
            if self.lines[at].strip():
                number = mark.number if mark is not None else 0
        return found

    def _headed(self, text: str) -> None:
        self.open.clear()
        self.current, self.loose, self.heading = None, [], text

    def _goes_on(self, home: _List, mark: _Mark, at: int) -> None:
        if self.current is not None:
            self.current.points[-1] += [self.lines[one].strip() for one in self.loose]
            self.current.lines += self.loose
        while next(reversed(self.open.values())) is not home:
            self.open.popitem()
        home.add(mark, at)
        self._at_a_point(home)

    def _begins(self, mark: _Mark, at: int) -> None:
        self.open.pop(mark.kind, None)
        outer = next(reversed(self.open.values()), None) if not self.words else None
        words = self._last_words() if self.words or not self.begun else None
        made = _List(mark.kind, self.heading, words, (outer, len(outer.points) - 1) if outer is not None else None)
        made.add(mark, at)
        self.found.append(made)
        self.open[mark.kind] = made
        self.begun = True
        self._at_a_point(made)

    def _at_a_point(self, one: _List) -> None:
        self.current, self.loose, self.words, self.heading = one, [], [], ""

    def _last_words(self) -> tuple[str, ...]:
        return tuple(one for one in sentences("\n".join(self.words[-_LAST_WORDS:])) if one)[-_LAST_WORDS:]

    def _line(self, at: int) -> None:
        line, current = self.lines[at], self.current
        if current is not None and not self.loose and self._same_point(at):
            current.points[-1][-1] += line.strip()
            current.lines.append(at)
        elif _HEADING.match(line):
            self.heading = line.strip(" \t【】<>[]")
            self.loose.append(at)
        else:
            self.words.append(line)
            self.heading = ""
            self._stays_loose(at)

    def _stays_loose(self, at: int) -> None:
        """Behind a blank line dots begin another list; numbers go on."""
        current = self.current
        if current is not None and not current.last and not self.lines[at - 1].strip():
            self.open.pop(current.kind, None)
            self.current = None
        self.loose.append(at)

    def _same_point(self, at: int) -> bool:
        """A point that goes on in the next line: set in, or wrapped by a mail program, or its number stands alone."""
        line, before = self.lines[at], self.lines[at - 1].strip()
        if self.current is not None and not self.current.points[-1][-1]:
            return True
        ended = before[-1:] in ("。", "?", "!")
        return bool(before) and (
            line[0] in " \t" or (not ended and (len(before) >= WRAPPED or _RUNS_ON.match(line) is not None))
        )


def _mark(line: str) -> _Mark | None:
    found = _POINT.match(line)
    if found is None or found["decimal"] is not None:
        return None
    text = line[found.end() :].strip()
    if found["dot"]:
        return _Mark(found["dot"], 0, text) if re.search(r"\w", text) else None  # a line of dashes is no point
    if found["letter"]:
        row = next(one for one in _LETTERS if found["letter"].lower() in one)
        return _Mark(f"{found['open_letter'] or ''}{row[0]}", row.index(found["letter"].lower()) + 1, text)
    number = int(found["number"])
    if number == 0:
        return None
    return _Mark((found["open"] or "") + ("Q" if (found["word"] or "N")[0] not in "Nn" else "1"), number, text)
