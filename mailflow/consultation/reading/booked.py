"""Which of the days of a text is the booking that its sender has: named beside a wish, it is no wish (DESIGN §6).

In: what was found in the text, the bookings still to come. Out: the same, with such days among those that refer to a booking.
Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

from mailflow.clock import tokyo
from mailflow.consultation.reading.gathered import Day, Found, Group
from mailflow.consultation.reading.vocabulary.touching import MOVES
from mailflow.consultation.reading.words import either
from mailflow.model import Window

_SHIFTED = re.compile(r"\d\s?(?:分|時間|日|週間?)[^。\n]{0,6}(?:早|遅|後|あと|前|ずら|繰)")
_SAME_WEEKDAY = re.compile(r"同じ曜日")
_MOVES = re.compile(either(MOVES, r"間違|誤って|ではなく|にして(?:いただ|頂|もら|くだ)"))


def set_booked_apart(text: str, found: Found, booked: Sequence[Window]) -> bool:
    """「17日14時で確定いただきましたが、18日の14時に」: the 17th is what one has. A time on its own day that isn't the booking's
    stays a wish (「18日の午後に」), and so does the booking where nothing else is wished: then true."""
    beside = any(not _is_booked(one, booked) for one in found.wished)
    if not beside and not _SHIFTED.search(text):
        return bool(booked and found.wished)
    found.refers += [one for one in found.excluded if _is_booked(one, booked)]  # 「18日は出られなくなりました」
    for kept in (found.wished, found.unknown, found.other, found.agreed) if beside else (found.unknown, found.other):
        for group in [one for one in kept if _is_booked(one, booked)]:
            kept.remove(group)
            if all(one.start != group.start for one in found.refers):
                found.refers.append(group)
    found.refers.sort(key=lambda one: one.start)
    return bool(booked and found.wished) and not beside


def put_on_its_day(text: str, found: Found, booked: Sequence[Window]) -> None:
    """「午後に移していただけますか」「10時ではなく15時に」, where no other day is named: on the day of the one booking. Its own hour
    beside another is no wish (「23日10時を15時以降に」)."""
    if len(booked) != 1:
        return
    day, hour = _day(booked[0]), _hour(booked[0])
    if _SAME_WEEKDAY.search(text):  # 「来週の同じ曜日に」
        for group in (one for one in found.wished if all(day.whole_week for day in one.days)):
            group.days = [one for one in group.days if one.day.weekday() == day.weekday()]
    if not _MOVES.search(text):
        return
    for group in found.wished:
        if {one.day for one in group.days} == {day} and len(group.spans) > 1 and group.spans[0][0] == hour:
            del group.spans[0]
    hours = any(group.spans and not group.days for group in found.wished)
    for group in [one for one in found.wished if hours and not one.spans and {day.day for day in one.days} == {day}]:
        found.wished.remove(group)  # 「10時から11時に変更を。日付は16日のままで」
        found.refers.append(group)
    others = {one.day for group in (*found.wished, *found.unknown, *found.refers) for one in group.days} - {day}
    if others or any(group.days for group in found.wished):
        return
    for group in found.wished:
        if group.spans:
            group.days = [Day(day, group.text)]


def _is_booked(group: Group, booked: Sequence[Window]) -> bool:
    """The booking's day alone, or with its very hour or a part of the day that holds it (「18日の夕方に予約を入れていただき」)."""
    days = {one.day for one in group.days}
    if len(days) != 1:
        return False
    return any(
        _day(one) in days
        and (
            not group.spans
            or (len(group.spans) == 1 and group.spans[0][0] == _hour(one))
            or any(first <= _hour(one) < last for first, last in group.spans)
        )
        for one in booked
    )


def _day(window: Window) -> date:
    return tokyo(window.start).date()


def _hour(window: Window) -> timedelta:
    start = tokyo(window.start)
    return timedelta(hours=start.hour, minutes=start.minute)
