"""Lists of questions that a writer left inside one line, and marks in Chinese numerals, as the lists of `question_lists`.

「①締切は何時ですか②押印は必要ですか」, 「お尋ねします。1)締切時刻、2)押印の要否」 come apart line by line; 「一、」「(二)」「問三」 become 1, 2, 3. In: one
line, NFKC but for circled numbers. Out: lines. Pure, never raises, linear in the line.
Conservative: the marks count up from 1, each has words of its own that begin with no particle and join to no next one (「①と②の
どちらか」), and all of them ask, or the words before say that questions follow.
"""

from __future__ import annotations

import re

from mailflow.intake.intents import questions

CIRCLES = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_LONGEST = 2_000
_MARKS = re.compile(
    rf"[{CIRCLES}]|(?:^|(?<=[。、,?!:;か\s]))(?:\(\d{{1,2}}\)|\d{{1,2}}\)|(?:Q|問|質問)\d{{1,2}}[.:、\s])"
)
_DIGITS = re.compile(r"\d{1,2}")
_PARTICLE = re.compile(r"[のとはがをにもや]|から|まで|及び|および|又は|または|[~〜,、・]|番")
_JOINS = re.compile(r"(?:と|や|又は|または|及び|および|・|[~〜]|から|より|の|か、?又は)$")
_ONE_OF_THEM = re.compile(r"どちら|いずれ|どれ|両方|いずれか")
_ASKS = re.compile(r"か[。、,?!\s]*$|[?]$|(?:お願い(?:し|いたし|致し)ます|ください)[。\s]*$")
_TELLS = re.compile(r"教示|教え|質問|回答|答え|伺|尋ね|照会|聞き|問い?合わ?せ|知りた|お示し")
_SHORTEST = 3  # characters of a point

_KANJI = {char: at for at, char in enumerate("一二三四五六七八九十", start=1)}
_KANJI_MARK = re.compile(r"(\s{0,8})(\(|問|質問|第)?([一二三四五六七八九十])(\)|問|[、.:)]|\s)(?=\s{0,3}\S)")


def apart(line: str) -> list[str]:
    """The line as it stands, or what stands before its list and then each point on a line of its own."""
    if len(line) > _LONGEST:
        return [line]
    marks = _counting_up(list(_MARKS.finditer(line)))
    if len(marks) < 2:
        return [line]
    ends = [*(mark.start() for mark in marks[1:]), len(line)]
    texts = [line[mark.end() : end].strip() for mark, end in zip(marks, ends, strict=True)]
    head = line[: marks[0].start()].strip()
    if not all(len(text) >= _SHORTEST and not _PARTICLE.match(text) for text in texts):
        return [line]
    if any(_JOINS.search(text.rstrip("、,。 ")) for text in texts[:-1]) or _ONE_OF_THEM.search(texts[-1]):
        return [line]
    if not all(_ASKS.search(text) or questions(text) for text in texts) and not _TELLS.search(head):
        return [line]
    points = [f"{_number(mark)}) {text.rstrip('、,')}" for mark, text in zip(marks, texts, strict=True)]
    return [*([head] if head else []), *points]


def in_digits(lines: list[str]) -> list[str]:
    """Lines that 「一、」「(二)」「問三」 lead, as 「1、」「(2)」「問3」: where one and two lead lines of the same kind. 「三、四人の体制」 stays."""
    found = [_kanji(line) for line in lines]
    kinds = {(one[0], one[1]) for one in found if one is not None}
    return [
        line if one is None or not {(one[0], 1), (one[0], 2)} <= kinds else one[2]
        for line, one in zip(lines, found, strict=True)
    ]


def _kanji(line: str) -> tuple[str, int, str] | None:
    """(kind of the mark, its number, the line with it in digits)"""
    found = _KANJI_MARK.match(line)
    if found is None or (found[2] == "(") != (found[2] is not None and found[4] == ")"):
        return None
    space, before, numeral, behind = found.groups()
    if (before == "第") != (behind == "問"):
        return None
    number = _KANJI[numeral]
    mark = f"問{number} " if behind == "問" else f"{before or ''}{number}{behind}"
    return f"{before or ''}{behind.strip()}", number, f"{space}{mark}{line[found.end() :]}"


def _counting_up(marks: list[re.Match[str]]) -> list[re.Match[str]]:
    """The run 1, 2, 3 … among the marks, of one kind; [] for fewer than all of that kind."""
    if not marks:
        return []
    kind = _kind(marks[0][0])
    same = [mark for mark in marks if _kind(mark[0]) == kind]
    return same if [_number(mark) for mark in same] == list(range(1, len(same) + 1)) else []


def _kind(mark: str) -> str:
    return "①" if mark in CIRCLES else _DIGITS.sub("", mark).strip()


def _number(mark: re.Match[str]) -> int:
    if mark[0] in CIRCLES:
        return CIRCLES.index(mark[0]) + 1
    found = _DIGITS.search(mark[0])
    return int(found[0]) if found else 0
