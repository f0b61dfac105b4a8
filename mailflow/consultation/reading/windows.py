"""Tokens put together: which stretches of time are wished, in which order, and what could not be understood.

In: readable text, the moment the mail came (aware), office hours and slot length (consultation.yaml), the round. Out:
`Wishes`. Windows are half-open, Asia/Tokyo, as the person said; whether they can be booked is a later step. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from mailflow.clock import tokyo
from mailflow.consultation.reading.booked import put_on_its_day, set_booked_apart
from mailflow.consultation.reading.gathered import (
    END_OF_DAY,
    Day,
    Found,
    Group,
    Span,
    days_between,
    moment,
    since_midnight,
)
from mailflow.consultation.reading.given_up import set_given_up_apart
from mailflow.consultation.reading.groups import Parser
from mailflow.consultation.reading.preferred import in_order
from mailflow.consultation.reading.tokens import Reader
from mailflow.consultation.reading.unclear import not_understood
from mailflow.consultation.reading.words import any_of, either
from mailflow.consultation.slots import is_day_off
from mailflow.model import Window
from mailflow.settings.consultation import ConsultationFile
from mailflow.settings.models import Round

MAX_WINDOWS = 60
# Whenever, and as you like; what is only said of the hour or the means doesn't leave the day open.
_ANY = re.compile(
    either(
        r"いつでも|お任せ|おまかせ",
        r"ご?都合の?(?:よい|良い|いい|宜しい|よろしい)(?:日|時)",
        r"(?:事務局|貴局|そちら|御社)(?:様|さま)?(?:の(?:ご?都合)?)?に(?:お)?(?:合わせ|あわせ|任せ)",
        r"ご?都合に(?:合わせ|あわせ)",
    )
)
_HOURS_OPEN = re.compile(
    either(
        # 「このうちご都合のよい…」
        r"(?:うち|中|なか|いずれか?|どれか)(?:で|の|から)?、?[^。\n]{0,4}[ご御]?都合の?(?:よい|良い|いい|宜しい)",
        r"[ご御]?都合の?(?:よい|良い|いい|宜しい)お?時間",
        # 「時間はお任せします」
        r"お?時間帯?(?:は|について|に関して)[^。\n]{0,12}(?:任せ|まかせ|合わせ|あわせ|いつでも|何時でも)[^。\n]{0,12}",
    )
)
_METHOD_OPEN = re.compile(
    r"(?:方法|方式|形式|手段|ツール|オンライン|電話|web会議)[^。\n\d]{0,24}(?:任せ|まかせ|合わせ|あわせ)", re.IGNORECASE
)
# 「難しければ別日をご提示ください」 changes nothing yet.
IF_NOT = re.compile(
    any_of(r"難し|無理|厳し|不可|埋ま|重な|空いて(?:い|お)(?:な|りま)|取れな|都合が(?:合わ|つか|悪)")
    + r"[^、。\n]{0,8}(?:ければ|なら|場合は?|でしたら|れば)、?[^。\n\d]{0,40}"
)
# To be offered something: 「空いている日を教えてください」「候補日をご提示ください」.
_PROPOSE = re.compile(
    either(
        r"いつ(?:が|なら|頃|ごろ)?[^。\n]{0,6}(?:空いて|よろし|ご?都合|可能)",
        r"(?:空き|空いている|空いてる|可能な|都合の?(?:よい|良い)|対応可能な)(?:時間帯?|日時?|日程|枠)"
        r"[^。\n]{0,15}(?:教え|知らせ|教示|提示|伺)",
        r"再度[^。\n]{0,12}(?:提示|提案|候補)|(?:日にち|日程|候補)で再調整",
        r"(?:改めて|新たに|あらためて)[^。\n]{0,12}候補[^。\n]{0,8}(?:いただ|頂|くだ|お?願|賜|お示し)",
        r"(?:他|ほか|別)(?:に|で|の日で)?[^。\n]{0,8}(?:空いて(?:い|お)?る?[^。\n]{0,4}(?:枠|日|時間)|空き(?:枠|日|は|が))[^。\n]{0,10}(?:ございま|ありま|な)[いすせ][^。\n]{0,6}か",
        r"候補日?を(?:いくつか|[何数2-5]点か?)?(?:頂戴|いただけ|頂け|いただきた|頂きた|賜|もらえ|くだ|下さ)",
        r"(?:別の|他の|ほかの|新たな)(?:候補|日程|日時)[^。\n]{0,6}(?:いただ|頂|くだ|お?願)",
        r"候補日?を(?:いくつか|[何数2-5]点か?)?(?:出し|挙げ|示し)て(?:いただけ|頂け|いただきた|ください(?!ま|、)|もらえ|ほし)",
        r"(?:候補日?|日程|日時)[^。\n]{0,10}(?:を|の)?(?:ご)?(?:提示|提案|挙げて|お示し|ご教示|お知らせ)"
        r"(?:いただ(?!き(?:まし|、|あり|誠))|くださ(?!り|い(?:まし|、))|願|お願)",  # not 「ご提示いただき、ありがとう」
    )
)
_WITH_ITS_YEAR = re.compile(r"\s?(?:令和|20\d\d)")
_SAME_HOURS = re.compile(
    either(
        r"(?:時間|時刻)帯?は[^。\n]{0,8}のまま",
        r"(?:時間|時刻)帯?(?:も)?(?:同じ|同様)",
        r"(?:時間|時刻|開始)帯?は(?:変えず|変わらず|同じ|おなじ|そのまま|据え?置|変わ|変更(?:あり|な|せ))",
        r"同じ(?:時間|時刻)|同時刻",
    )
)


@dataclass(frozen=True, slots=True)
class Wishes:
    """`refers_to`: the day of a booking that is spoken of; `refers_at`: with its time. `dated`: a day or week was named."""

    windows: tuple[Window, ...] = ()
    unclear: tuple[str, ...] = ()
    refers_to: date | None = None
    refers_at: datetime | None = None
    leaves_open: bool = False
    dated: bool = False
    agreed: tuple[Window, ...] = ()  # 「3/18 14時で承知しました」
    same_hours: bool = False  # 「19日の同じ時間」, of a time that the text doesn't name
    nearest: bool = False  # a weekday alone was named, and taken as the next one
    other_days: bool = False  # days in words not understood, or of something else
    unknown_days: bool = False  # of these, in words not understood
    asked: bool = False  # one of them in words that ask
    only_booked: bool = False  # all that it names is what its sender has
    wished_at: tuple[tuple[int, int], ...] = ()  # where the words of the wishes begin and end
    spoken_at: tuple[tuple[int, int], ...] = ()  # and those of all other days and times

    def of_the_booking(self) -> Wishes:
        """The days named as those of the booking that is spoken of, where they are nothing else."""
        if not self.only_booked:
            return self
        day = self.refers_to or (tokyo(self.windows[0].start).date() if self.windows else None)
        spoken = (*self.spoken_at, *self.wished_at)
        return replace(self, windows=(), dated=False, refers_to=day, wished_at=(), spoken_at=spoken)


def read_wishes(
    text: str, received_at: datetime, consultation: ConsultationFile, round_: Round, booked: Sequence[Window] = ()
) -> Wishes:
    """What the text wishes. `booked`: what the sender has, which a text may name beside its wish. Never raises."""
    now = tokyo(received_at)
    found = Found()
    its_time = tokyo(booked[0].start) if len(booked) == 1 else None
    Parser(list(Reader(now.date()).read(text)), text, now, consultation, found, booked=its_time).run()
    set_given_up_apart(text, found)
    put_on_its_day(text, found, booked)
    only_booked = set_booked_apart(text, found, booked)
    named = list(found.wished)
    found.wished = in_order(text, _without_letter_date(found.wished, now))
    dated = any(group.days for group in found.wished)
    refers = next((group for group in found.refers if group.days), None)
    refers_to = refers.days[0].day if refers else None
    refers_at = moment(refers.days[0].day, refers.spans[0][0]) if refers and refers.spans else None
    told = _METHOD_OPEN.sub(" ", _HOURS_OPEN.sub(" ", IF_NOT.sub(" ", text)))
    if dated and not any(one.whole_week for group in found.wished for one in group.days):
        told = told.replace("いつでも", " ")  # 「18日の午後ならいつでも」
    anyhow = bool(_ANY.search(told) or _PROPOSE.search(told))
    windows = _windows(found, now, consultation, round_, anyhow)
    unclear = not_understood(text, found, windows, now, tokyo(round_.closes).date())
    return Wishes(
        windows=windows,
        unclear=unclear,
        refers_to=refers_to,
        refers_at=refers_at,
        leaves_open=not unclear and (anyhow or not dated),
        dated=dated,
        agreed=() if dated else tuple(_agreed(found, consultation)),
        same_hours=(found.same_hours or bool(_SAME_HOURS.search(text))) and not any(one.spans for one in found.wished),
        nearest=any(one.nearest for group in found.wished for one in group.days),
        other_days=bool(
            {day.day for one in (*found.other, *found.unknown) for day in one.days}
            - {tokyo(one.start).date() for one in booked}
        ),
        unknown_days=bool(
            {day.day for one in found.unknown if one.spans for day in one.days}
            - {tokyo(one.start).date() for one in booked}
        ),
        asked=any(one.asked for one in named),
        only_booked=only_booked,
        wished_at=tuple((one.start, one.end) for one in found.wished),
        spoken_at=tuple(
            (one.start, one.end)
            for one in (
                *found.excluded,
                *found.refers,
                *found.agreed,
                *found.other,
                *(one for one in found.unknown if one.days),
                *found.bounds,
                *named,
            )
        ),
    )


def _without_letter_date(wished: list[Group], now: datetime) -> list[Group]:
    """A letter's own date, alone on its line, is no wish."""
    today = now.date()
    return [
        one
        for one in wished
        if one.spans
        or not one.days
        or any(day.day > today or "日" not in day.text for day in one.days)
        or (len(wished) == 1 and not _WITH_ITS_YEAR.match(one.days[0].text))
    ]


# --- groups into windows ----------------------------------------------------------------------------------------------


def _windows(
    found: Found, now: datetime, consultation: ConsultationFile, round_: Round, anyhow: bool
) -> tuple[Window, ...]:
    limit = found.limit
    made: list[Window] = []
    timed_only = [group for group in found.wished if group.spans and not group.days]
    dated = [group for group in found.wished if group.days]
    if not dated and (found.excluded or timed_only or anyhow or limit) and not found.unclear:
        spans = [span for group in timed_only for span in group.spans] or _office(consultation)
        days = days_between(now.date(), tokyo(round_.closes).date())[:MAX_WINDOWS]
        dated = [Group(days=[Day(day, "", whole_week=True) for day in days], spans=spans)]
    elif dated and timed_only:  # 「来週中、午前なら」 over two sentences
        for group in dated:
            group.spans = group.spans or [span for one in timed_only for span in one.spans]
    for group in dated:
        for one in group.days:
            if one.whole_week and is_day_off(one.day, consultation):
                continue
            for span in group.spans or _office(consultation):
                made += _cut(moment(one.day, span[0]), moment(one.day, span[1]), group.text or one.text, found)
    made = [one for one in made if limit is None or one.start < limit]
    made = [Window(start=one.start, end=min(one.end, limit) if limit else one.end, text=one.text) for one in made]
    unique: dict[tuple[datetime, datetime], Window] = {}
    for window in made:
        unique.setdefault((window.start, window.end), window)
    return tuple(list(unique.values())[:MAX_WINDOWS])


def _cut(start: datetime, end: datetime, text: str, found: Found) -> Iterator[Window]:
    """The window less what was excluded of it."""
    left = [(start, end)]
    for group in found.excluded:
        days = [one.day for one in group.days] or [start.date()]
        for day in days:
            for first, last in [(moment(day, s), moment(day, e)) for s, e in group.spans] or [
                (moment(day, timedelta(0)), moment(day, END_OF_DAY))
            ]:
                left = [part for one in left for part in _without(one, first, last)]
    for first, last in left:
        yield Window(start=first, end=last, text=text.strip())


def _without(one: tuple[datetime, datetime], first: datetime, last: datetime) -> list[tuple[datetime, datetime]]:
    start, end = one
    if last <= start or end <= first:
        return [one]
    return [(a, b) for a, b in ((start, first), (last, end)) if a < b]


def _agreed(found: Found, consultation: ConsultationFile) -> Iterator[Window]:
    for group in found.agreed:
        for one in group.days:
            for first, last in group.spans or _office(consultation):
                yield Window(start=moment(one.day, first), end=moment(one.day, last), text=group.text.strip())


def _office(consultation: ConsultationFile) -> list[Span]:
    return [(since_midnight(first), since_midnight(last)) for first, last in consultation.pattern.hours]
