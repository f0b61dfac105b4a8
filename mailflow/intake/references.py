"""Which numbered points of a letter a sentence speaks to, and what it says of each: 「③は修正済み、①は記入のとおりです」.

In: a sentence as `answers` has it (NFKC, what was circled in brackets: 「 (3) 」). Out: for each mention its numbers and what
follows up to the next one. Times, dates, counts and sums are none (「2:30に」「2、3日中」「1,200千円」「2点とも」). Pure, linear: a
sentence is 500 characters at most.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_LEADS = re.compile(r"[\s・■●○◆◇□▼※★☆*>#-]*(?:まず|また|なお|次に|それから|ご?(?:指摘|質問|照会|確認)の?)?、?\s?")
_KANJI = {char: number for number, char in enumerate("一二三四五六七八九十", 1)}
_ONE = re.compile(
    r"(?:No\.?\s?|問|項目|番号)?(?:[(【\[]\s?(?P<marked>\d{1,2})\s?[)】\]]|(?P<bare>\d{1,2})(?![\d-])(?!\.\d)|(?P<kanji>[一二三四五六七八九十])(?=[点番つ]目))"
    r"(?:番目|点目|つ目|番|\)|\.(?!\d))?"
)
_NEXT = re.compile(
    r"\s?(?:(?P<upto>~|〜|から|ないし|乃至)|、|,(?!\d{3})|・|と|及び|および|並びに|や|も(?=\s?[(【\[]?\s?\d))?\s?"
)
_SAYS = re.compile(
    r"\s?(?:とも|も|は|が(?=、)|について|につきまして|に関して|の件|→|⇒|=|:(?!\d{2}(?![\d-]))(?!\d{1,3}(?:の割合|の比|対))|の[^、。\s\d]{1,24}?(?:は|も|ですが|につ|に関|:))"
)
_COUNTERS = re.compile(r"\s?(?:[月日時分年名人点件回枚台円万千百週課本通部割度次]|[かヶケ箇]|つ|以外|以上|以下|未満|%)")
_MOST = 100


def mentions(sentence: str) -> list[tuple[tuple[int, ...], str]]:
    """(numbers, what is said of them), in the order of the sentence."""
    found = list(_starts(sentence))
    ends = [*(start for _, start, _ in found), len(sentence)][1:]
    return [(numbers, sentence[said:end]) for (numbers, _, said), end in zip(found, ends, strict=True)]


def _starts(sentence: str) -> Iterator[tuple[tuple[int, ...], int, int]]:
    """(numbers, where the mention begins, where what is said of them begins)."""
    lead = _LEADS.match(sentence)
    at = lead.end() if lead else 0
    listed = False  # 「①… ②…」: the sentence began as a list does
    last = 0
    while at < len(sentence):
        first = at == (lead.end() if lead else 0)
        numbers, end, marked = _group(sentence, at)
        if numbers and (marked or not _is_listed(sentence, at)):
            says = _SAYS.match(sentence, end)
            alone = (first or (listed and numbers[0] == last + 1)) and marked and not _COUNTERS.match(sentence, end)
            if says or (alone and sentence[end:].strip(" 、,")):
                listed = listed or (first and not says)
                last = numbers[-1]
                yield numbers, at, says.end() if says else end
        at = _further(sentence, max(end, at + 1))


def _is_listed(sentence: str, at: int) -> bool:
    """「18、19は」: the next of some numbers."""
    return re.search(r"(?<![\d-])\d{1,2}[、,]\s?$", sentence[max(0, at - 5) : at]) is not None


def _further(sentence: str, at: int) -> int:
    """Where the next mention may begin: behind a comma or a space that stands behind no number, or at a mark of its own."""
    while at < len(sentence):
        before = sentence[at - 1]
        if before in "、,;":
            return at + (sentence[at] == " ")
        if before == " " or sentence[at] in "(【[":
            return at
        at += 1
    return at


def _group(sentence: str, at: int) -> tuple[tuple[int, ...], int, bool]:
    """「1、2と4」「1～3」: the numbers, where they end, whether they are marked as points are (「(1)」「1.」「1番」「1 」)."""
    numbers: list[int] = []
    marked, upto, end = False, False, at
    while len(numbers) < _MOST and (one := _ONE.match(sentence, at)):
        said = one["marked"] or one["bare"]
        number = int(said) if said else _KANJI[one["kanji"]]
        numbers += range(numbers[-1] + 1, number + 1) if upto and numbers[-1] < number else [number]
        end = one.end()
        marked = (
            one["bare"] is None
            or one[0][-1] in ")].番目"
            or one[0][:1] in "N問項番"
            or sentence[end : end + 1] in tuple(" 、")
        )
        following = _NEXT.match(sentence, end)
        if following is None or not (
            following[0].strip() or sentence[following.end() : following.end() + 1] in tuple("(【[")
        ):
            break  # 「(4) (5) は」 goes on, 「(3) 3名」 doesn't
        at, upto = following.end(), following["upto"] is not None
    return tuple(numbers[:_MOST]), end, marked
