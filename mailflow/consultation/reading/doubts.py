"""What a text says that no reader of days accounts for: second thoughts, doubts, limits said afterwards (DESIGN §6: never a guess).

The readers find what is wished; this one closes the reading. Whatever speaks of days, times or numbers in words of doubt, limit or
going back on something, and isn't part of what was understood, is asked back: an offer costs a reply, a wrong booking an
afternoon. In: an officer's words of one width. Out: the doubts, in Japanese. The words: `vocabulary.doubting`. Pure;
patterns bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from mailflow.consultation.reading.vocabulary import doubting

_SENTENCE = re.compile(r"[^。\n!?！？]{1,400}")
_MENTIONS = re.compile(doubting.MENTIONS)
_GONE = re.compile(doubting.GONE)
_INSTEAD = re.compile(doubting.INSTEAD)
_DOUBT = re.compile(doubting.DOUBT)
_HARMLESS = re.compile(doubting.HARMLESS)
_THE_APPLICATION = re.compile(doubting.THE_APPLICATION)
_TIMES = re.compile(r"\d\s?(?:[/月日時:番]|つ目)|午前|午後|夕方|終日|曜|[来今翌]週|明日|明後日")
_LIMIT = re.compile(doubting.LIMIT)
_UNDONE = re.compile(doubting.UNDONE)
_BOTH = re.compile(doubting.BOTH)
_ANOTHERS_TIME = re.compile(doubting.ANOTHERS_TIME)
_NEGATION = re.compile(doubting.NEGATION)
_NO_NEGATION = re.compile(doubting.NO_NEGATION)


def taken_back(tail: str) -> str | None:
    """A negation, hearsay or withdrawal in the words behind a wish: 「2番を希望する課があり、まとまっておりません」."""
    found = _NEGATION.search(_NO_NEGATION.sub(" ", tail))
    return f"「{tail.strip()[:40]}」とあり、ご希望がはっきりしません" if found else None


def hesitates(text: str) -> tuple[str, ...]:
    """Words of doubt, whatever they are about: for a text that names no time."""
    return tuple(
        f"「{_around(text, one.start(), one.end())}」とあり、はっきりしません" for one in _DOUBT.finditer(text)
    )[:3]


def several(text: str) -> str | None:
    """More than one consultation, or a longer one, in words of any width."""
    found = _BOTH.search(text)
    return f"「{_around(text, found.start(), found.end())}」は、1回に1枠のため、お取りできません" if found else None


def doubts(text: str, ruled_out: Sequence[tuple[int, int]] = ()) -> Iterator[str]:
    """One a sentence; none for a text whose every mention of a time is plain. `ruled_out`: begin and end of days that were read as not
    wished: words of doubt behind one of them are about it."""
    for sentence in _SENTENCE.finditer(text):
        words, begin = _THE_APPLICATION.sub(lambda one: " " * len(one[0]), sentence[0]), sentence.start()
        if _HARMLESS.search(words):
            continue
        if found := _UNDONE.search(words):
            yield f"「{_around(words, found.start(), found.end())}」とあり、ご希望がはっきりしません"
            continue
        if not _MENTIONS.search(words):
            continue
        for pattern in (_GONE, _DOUBT, _ANOTHERS_TIME):
            found = pattern.search(words)
            if found is None or (pattern is _GONE and _INSTEAD.search(words, found.end())):
                continue
            if pattern in (_DOUBT, _GONE) and _about(words, begin, found.start(), ruled_out):
                continue
            yield f"「{_around(words, found.start(), found.end())}」とあり、ご希望がはっきりしません"
            break
        else:
            if (
                _LIMIT.search(words)
                and _TIMES.search(words)
                and not any(begin <= start < sentence.end() for start, _ in ruled_out)
            ):
                yield f"「{words.strip()[:40]}」とあり、ご希望がはっきりしません"


def _about(words: str, begin: int, at: int, ruled_out: Sequence[tuple[int, int]]) -> bool:
    """The last day named before the words of doubt is one that isn't wished."""
    before = [end for start, end in ruled_out if begin <= start < begin + at]
    return bool(before) and not _MENTIONS.search(words, max(before) - begin, at)


def _around(words: str, start: int, end: int) -> str:
    return words[max(0, start - 14) : end + 6].strip()
