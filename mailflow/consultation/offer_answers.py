"""Which slots of our offer an answer means, in whatever words: numbers, their order, what is ruled out, the last, Wednesday's.

In: the new text, the Thread (the offer's slots), how wishes are read. Out: a Request that chooses, or None where the answer
names nothing of the offer. The answer is read twice, by its numbers as they stand and with the slots spelled out
(reading/thread.py): what the two readings don't agree on is asked back. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from unicodedata import normalize

from mailflow.consultation.answers import hanging
from mailflow.consultation.choices import picked
from mailflow.consultation.methods import read_method, without_methods
from mailflow.consultation.reading.clauses import Act, unaccounted
from mailflow.consultation.reading.text import readable
from mailflow.consultation.reading.thread import Thread, spelled_out
from mailflow.consultation.reading.windows import Wishes
from mailflow.model import Request, RequestIntent
from mailflow.settings.consultation import ConsultationFile


@dataclass(frozen=True, slots=True)
class Answer:
    """What the slots spelled out come to; `seen`: which numbers of the offer that reading has seen; `beside`: another time is
    meant, as seen from one of them (「3番の翌週の同じ時間」)."""

    request: Request
    seen: frozenset[int]
    beside: bool = False


_STILL_FREE = re.compile(r"(?:まだ)?(?:空いて|残って)(?:い|お)り?ます(?:でしょう)?か")
_QUESTION = re.compile(r"か[。？?！!\s]*$|教えて|ご教示", re.MULTILINE)
_ABOUT_A_SLOT = re.compile(
    r"分[^。\n]{0,10}[はもが、]\s?(?:オンライン|対面|電話|録画|何[時名人分]|いつ|どこ)[^。\n]{0,24}か[。？?\s]?|終わる時間"
)
_ONLY_ASKED = "候補についてのお尋ねです"
_MARKS = re.compile(r"[○◎][^\S\n]{0,4}$", re.MULTILINE)
_IF = re.compile(r"場合|たら|なら|れば")
SHORT = 40  # characters
_NOT_ONE = "番号の読み方が2とおりあり、どの候補か決められません"


def answered_offer(
    new_text: str, thread: Thread, wishes_of: Callable[[str], Wishes], consultation: ConsultationFile
) -> Answer | None:
    """The slots that are meant, in order of preference: as numbers where each is of the offer, else as times."""
    spelled, method = spelled_out(new_text, thread.offered), read_method(normalize("NFKC", new_text))
    if spelled.unclear:
        return Answer(
            Request(intent=RequestIntent.CHOICE, method=method, unclear=spelled.unclear), spelled.seen, spelled.beside
        )
    if not spelled.seen:
        return None
    plain = readable(without_methods(spelled.text))
    wishes = wishes_of(plain)
    if not (wishes.dated and wishes.windows) or not (
        wishes.asked or spelled.asked or _short(new_text) or _MARKS.search(plain)
    ):
        return None
    if wishes.leaves_open:
        return None
    numbers = [picked([one], thread.offered) for one in wishes.windows]
    base = Request(intent=RequestIntent.REQUEST, method=method, unclear=wishes.unclear)
    if all(numbers):
        chosen = tuple(dict.fromkeys(one for one in numbers if one))
        base = replace(base, intent=RequestIntent.CHOICE, choices=chosen)
    else:
        base = replace(base, windows=wishes.windows)
    doubts = hanging(plain, consultation)
    if doubts or _STILL_FREE.search(plain) or _ABOUT_A_SLOT.search(plain):
        base = replace(base, unclear=(*base.unclear, *(doubts or (_ONLY_ASKED,))))
    return Answer(all_told(base, "book", plain, wishes), spelled.seen)


def agreed(by_words: Request | None, answer: Answer | None) -> Request | None:
    """What both readings of an answer come to."""
    if answer is None:
        return by_words
    spelled = answer.request
    if by_words is None or by_words.unclear or by_words.leaves_open:
        return spelled
    if by_words.same_time and spelled.choices:  # a number, and by which means
        return spelled
    if by_words.intent not in (RequestIntent.REQUEST, RequestIntent.CHOICE, RequestIntent.ACCEPT):
        return by_words
    if spelled.unclear:  # doubts may come of the spelling alone; not so where the two mean different slots
        said = _first(spelled)
        alike = said == _first(by_words) or set(spelled.choices) == set(by_words.choices) != set()
        alike = alike or (said is None and not answer.beside)
        return by_words if alike else spelled
    first = by_words.choices[0] if by_words.choices else None
    if first is not None and first not in answer.seen:
        return by_words  # a number that only stands there: 「2、だめなら3」
    if first in spelled.choices[1:]:  # one that isn't chosen at all was read as one that can't be
        return replace(by_words, unclear=(_NOT_ONE,))
    return spelled


def _first(request: Request) -> int | datetime | None:
    """What is wished most."""
    if request.choices:
        return request.choices[0]
    return request.windows[0].start if request.windows else None


def all_told(request: Request, act: Act, plain: str, wishes: Wishes, *, understood: bool = False) -> Request:
    """With what of the text nobody accounts for; a request that is asked back anyway, or that only wants an offer, stays as it is."""
    if request.unclear or request.leaves_open:
        return request
    left = tuple(unaccounted(plain, act, wishes.wished_at, wishes.spoken_at, understood=understood))[:3]
    return replace(request, unclear=left) if left else request


def _short(text: str) -> bool:
    """A mail that says nothing but which one."""
    return len(text.strip()) < SHORT and not _IF.search(text) and not _QUESTION.search(text)
