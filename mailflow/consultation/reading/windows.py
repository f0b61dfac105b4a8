"""Tokens put together: which stretches of time are wished, in which order, and what could not be understood.

In: readable text, the moment the mail came (aware), office hours and slot length (consultation.yaml), the round. Out:
`Wishes`. Windows are half-open, Asia/Tokyo, as the person said; whether they can be booked is a later step. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise

from mailflow.clock import tokyo
from mailflow.consultation.reading.conditions import conditions
from mailflow.consultation.reading.booked import set_booked_apart
from mailflow.consultation.reading.doubts import doubts, taken_back
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
from mailflow.consultation.reading.marks import UNREADABLE
from mailflow.consultation.reading.text import ORDER
from mailflow.consultation.reading.tokens import Reader
from mailflow.consultation.slots import is_day_off
from mailflow.model import Window
from mailflow.settings.consultation import ConsultationFile
from mailflow.settings.models import Round

MAX_WINDOWS = 60
_EVENT_THERE = re.compile(
    r"[はもがにの、:]{0,3}[^。、\n\d]{0,10}(?:委員会?|会議|議会|レク|打ち?合わ?せ|協議|報告|質問|審査|行事|訓練|研修|出張|公務)(?:が|と|で|に|の|です|[。、\n]|$)"
)
LASTS = timedelta(hours=3)  # what is said to begin at a time, and not how long it takes
_SAME_HOURS = re.compile(
    r"(?:時間|時刻)帯?は[^。\n]{0,8}のまま|(?:時間|時刻)帯?は(?:同じ|そのまま|変わ|変更(?:あり|な|せ))|同じ(?:時間|時刻)|同時刻"
)
_END = re.compile(r"[。\n!?！？]")


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


_ANY = re.compile(r"いつでも|お任せ|おまかせ|ご?都合の?(?:よい|良い|いい|宜しい|よろしい)(?:日|時)|(?:事務局|貴局|そちら|御社)(?:様|さま)?(?:の(?:ご?都合)?)?に(?:お)?(?:合わせ|あわせ|任せ)|ご?都合に(?:合わせ|あわせ)")  # fmt: skip
_HOURS_OPEN = re.compile(
    r"(?:うち|中|なか|いずれか?|どれか)(?:で|の|から)?、?[^。\n]{0,4}[ご御]?都合の?(?:よい|良い|いい|宜しい)|[ご御]?都合の?(?:よい|良い|いい|宜しい)お?時間|お?時間帯?(?:は|について|に関して)[^。\n]{0,12}(?:任せ|まかせ|合わせ|あわせ|いつでも|何時でも)[^。\n]{0,12}"
)
_METHOD_OPEN = re.compile(
    r"(?:方法|方式|形式|手段|ツール|オンライン|電話|web会議)[^。\n\d]{0,24}(?:任せ|まかせ|合わせ|あわせ)", re.IGNORECASE
)
# 「難しければ別日をご提示ください」 changes nothing yet.
IF_NOT = re.compile(
    r"(?:難し|無理|厳し|不可|埋ま|重な|空いて(?:い|お)(?:な|りま)|取れな|都合が(?:合わ|つか|悪))[^、。\n]{0,8}(?:ければ|なら|場合は?|でしたら|れば)、?[^。\n]{0,40}"
)
_CLOSER = re.compile(
    r"(?:上旬|中旬|下旬|月末|月初)の?(?=[月火水木金]曜)|週\s?(?:あたり|辺り|ごろ|頃)|[^\s、。]{0,6}(?:遅い(?:時間|時刻|ほう|方|枠|回)(?!帯?で(?:恐縮|す[みい]|申|失礼))|遅め|(?:終業|閉庁|退庁|定時)(?:間際|ぎりぎり)|(?<!\()最終(?:枠|回)(?!\s?\()|最後の(?:枠|回|時間)(?!帯?\s?\()|前半(?!に[^。\n]{0,10}(?:来客|会議|予定|用務|公務|議会))|後半(?!に[^。\n]{0,10}(?:来客|会議|予定|用務|公務|議会))|中頃|中ごろ|半ば|なかば|中盤)"
)  # of a day or week: where its middle lies is a guess
_RANK = re.compile(rf"(?:{ORDER}|第\s?)(?:([1-9])|([一二三四五]))(?:{ORDER}|\s?(?:希望|候補))")
# Behind the second wish: 「…、18日の方が助かります」. Right before it: 「17日の午後、できれば18日」.
_LATER_FIRST = re.compile(
    rf"(?:ほう|方)が(?:ありがた|助か|よい|良い|望まし|都合)|が(?:ベスト|最適|一番|いちばん|最も)|優先|(?:が|を)(?:{ORDER}1{ORDER}|第?\s?[1一]希望)"
)
_RATHER = re.compile(
    r"(?<![ばら合])[、\s](?:できれば|可能なら|可能であれば)\s?(?=\d{1,2}\s?[/月日])|が[、,](?=[^。\n]{0,25}が希望)|[。\n][^。\n]{0,6}(?:できれば|可能なら|可能であれば|どちらかと(?:いえ|言え)ば|なるべく)(?![^。\n]{0,16}でも)[^。\n]{0,4}(?:午前|午後|夕方|早|遅|\d)|(?:望ましくは|本命は?|理想(?:は|的に)|むしろ)\s?(?=\d{1,2}\s?[/月日])"
)
_HOPED = re.compile(r"(?:できれば|できましたら|可能なら|可能であれば|可能でしたら|なるべく|中でも)[、\s]?$")
_RANKED = re.compile(r"[1-9]番?(?:\s?[、,→・>]\s?[1-9]番?){1,4}(?=の順)")
_BETTER = re.compile(r"(?:午前中?|午後)[、\s]{1,2}(?:できれば|可能なら|可能であれば|なるべく)\s?\d{1,2}(?:時|:)")
_CONCEDED = re.compile(
    r"でも(?:可|OK|大丈夫|構い|結構|よい|良い|いい|問題|対応|差し)[^。\n]{0,12}(?:が|けど|けれど)", re.IGNORECASE
)
_SLOTS = re.compile(
    r"[2-9二三]\s?(?:枠|コマ)(?!目)|(?:枠|コマ)(?:を|で)?\s?[2-9二三]|[2-9]回(?:分|続け|連続|お願い|希望|に分け|受け|ほど)"
)
_WAITS = re.compile(r"キャンセル待ち(?!に?は?なら|でも)|空きが出")
_TIME_LATER = re.compile(
    r"(?:時間|時刻)帯?(?:は|については|を|の詳細は)[^。\n]{0,14}(?:連絡|知らせ|お伝え|未定|決まって|調整(?:中|し))"
)
_PROPOSE = re.compile(r"いつ(?:が|なら|頃|ごろ)?[^。\n]{0,6}(?:空いて|よろし|ご?都合|可能)|(?:空き|空いている|空いてる|可能な|都合の?(?:よい|良い)|対応可能な)(?:時間帯?|日時?|日程|枠)[^。\n]{0,15}(?:教え|知らせ|教示|提示|伺)|再度[^。\n]{0,12}(?:提示|提案|候補)|(?:別の|他の|ほかの|新たな)(?:候補|日程|日時)[^。\n]{0,6}(?:いただ|頂|くだ|お?願)|(?:候補日?|日程|日時)[^。\n]{0,10}(?:を|の)?(?:ご)?(?:提示|提案|挙げて|お示し|ご教示|お知らせ)(?:いただ(?!き(?:まし|、|あり|誠))|くださ(?!り|い(?:まし|、))|願|お願)")  # fmt: skip


def read_wishes(
    text: str, received_at: datetime, consultation: ConsultationFile, round_: Round, booked: Sequence[Window] = ()
) -> Wishes:
    """What the text wishes. `booked`: what the sender has, which a text may name beside its wish. Never raises."""
    now = tokyo(received_at)
    found = Found()
    Parser(list(Reader(now.date()).read(text)), text, now, consultation, found).run()
    set_given_up_apart(text, found)
    only_booked = set_booked_apart(found, booked)
    named = list(found.wished)
    found.wished = _said_closer(_in_order(_without_letter_date(found.wished, now)))
    found.wished = _preferred(text, found.wished)
    dated = any(group.days for group in found.wished)
    refers = next((group for group in found.refers if group.days), None)
    refers_to = refers.days[0].day if refers else None
    refers_at = moment(refers.days[0].day, refers.spans[0][0]) if refers and refers.spans else None
    told = _METHOD_OPEN.sub(" ", _HOURS_OPEN.sub(" ", IF_NOT.sub(" ", text)))
    anyhow = bool(_ANY.search(told) or _PROPOSE.search(told))
    windows = _windows(found, now, consultation, round_, anyhow)
    unclear = (
        *found.unclear,
        *_past(windows, now),
        *_doubtful(text, found, windows, dated, (now.date(), tokyo(round_.closes).date())),
        *_which_week(found),
        *_several(text),
        *_order_in_doubt(text, found.wished),
        *_bodies(text, (*found.wished, *found.unknown)),
        *_hour_to_come(text, found.wished),
        *_taken_back(text, found),
        *doubts(text, [(one.start, one.end) for one in found.excluded]),
        *conditions(text, [one.start for one in (*found.wished, *found.excluded, *found.unknown)]),
    )
    return Wishes(
        windows=windows,
        unclear=tuple(dict.fromkeys(unclear)),
        refers_to=refers_to,
        refers_at=refers_at,
        leaves_open=not unclear and (anyhow or not dated),
        dated=dated,
        agreed=() if dated else tuple(_agreed(found, consultation)),
        same_hours=(found.same_hours or bool(_SAME_HOURS.search(text))) and not any(one.spans for one in found.wished),
        nearest=any(one.nearest for group in found.wished for one in group.days),
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
        or len(wished) == 1
    ]


def _taken_back(text: str, found: Found) -> Iterator[str]:
    """What stands between a wish and the next day, or the sentence's end, and isn't plain."""
    starts = sorted(
        one.start for one in (*found.wished, *found.excluded, *found.other, *found.unknown, *found.refers) if one
    )
    for group in found.wished:
        stop = _END.search(text, group.end)
        end = min([one for one in starts if one > group.start] + [stop.start() if stop else len(text)])
        if doubt := taken_back(text[group.end : end]):
            yield doubt


def _said_closer(wished: list[Group]) -> list[Group]:
    """「今週中に相談したい。金曜なら空いています」: a day of the week that was named before says which."""
    kept: list[Group] = []
    for number, group in enumerate(wished):
        whole = bool(group.days) and all(one.whole_week for one in group.days) and group.rank is None
        days = {one.day for one in group.days}
        closer = [
            one for one in wished[number + 1 :]
            if one.days and one.rank is None and all(day.day in days and not day.whole_week for day in one.days)
        ]  # fmt: skip
        if not (whole and not group.spans and closer):
            kept.append(group)
    return kept


def _in_order(wished: list[Group]) -> list[Group]:
    """「第2希望 3/16、第1希望 3/17」: as they are numbered, where every one of them is."""
    ranks = [one.rank for one in wished if one.rank is not None]
    return sorted(wished, key=lambda one: one.rank or 0) if len(ranks) == len(wished) else wished


def _preferred(text: str, wished: list[Group]) -> list[Group]:
    """「18日の午前で。できれば11時から」: the hour first, then the rest of what it lies in."""
    if len(wished) < 2:
        return wished
    whole, closer = wished[0], wished[1:]
    days = [one.day for one in whole.days]
    inside = all(
        len(days) == 1
        and whole.spans
        and [one.day for one in group.days] in (days, [])
        and group.spans
        and all(any(a <= start and end <= b for a, b in whole.spans) for start, end in group.spans)
        for group in closer
    )
    ranked = all(one.rank is not None for one in closer)
    hoped = len(closer) == 1 and _HOPED.search(text[whole.end : closer[0].start])
    return [*closer, whole] if inside and whole.rank is None and (ranked or hoped) else wished


def _order_in_doubt(text: str, wished: Sequence[Group]) -> Iterator[str]:
    """「3/16（第2希望）、3/17（第1希望）」: numbers behind the days, and not in the order of the text."""
    numbers = [
        "123456789".find(found[1]) % 9 if found[1] else "一二三四五".find(found[2]) for found in _RANK.finditer(text)
    ]
    numbered = all(one.rank is not None for one in wished)
    if len(wished) < 2:
        return
    if wished[0].start > wished[-1].start:
        return  # `_in_order` or `_preferred` has put them in order
    second = sorted(one.start for one in wished)[1]
    first = min(wished, key=lambda one: one.start)
    backwards = bool(_CONCEDED.search(text, first.end, second)) or (
        not numbered and any(later < one for one, later in pairwise(numbers))
    )
    first_span, next_span = first.spans[:1], next((one.spans[:1] for one in wished if one.start == second), [])
    if _BETTER.search(text) and first_span and next_span and first_span[0][0] != next_span[0][0]:
        yield "ご希望の順が分かりません"
        return
    ranked = _RANKED.search(text)
    digits = re.findall(r"\d", ranked[0]) if ranked else []
    if (
        digits != sorted(digits)
        or backwards
        or _LATER_FIRST.search(text, second)
        or _RATHER.search(text, max(0, second - 10))
    ):
        yield "ご希望の順が分かりません"


def _doubtful(
    text: str, found: Found, windows: Sequence[Window], dated: bool, between: tuple[date, date]
) -> Iterator[str]:
    """Days in words not understood: alone, or about a day that is wished too, they are asked back."""
    busy = {one.day for group in found.excluded for one in group.days}
    for group in found.unknown:
        taken = group.days and all(one.day in busy for one in group.days)
        if taken and group.spans and not any(_meets(group, one) for one in windows):
            continue  # 「12日は10時から入札、同日14時から委員会があり終日ふさがっています」
        if any(between[0] < one.day <= between[1] for one in group.days) and not _busy_then(text, group, windows):
            yield f"「{group.text.strip()}」がご希望の日時か分かりません"
    for group in (*found.other, *found.unknown):
        if group in found.papers:
            continue
        days = {one.day for one in group.days}
        if any(_meets(group, one) for one in windows) or (days and not dated and not found.refers):
            yield f"「{group.text.strip()}」がご希望の日時か分かりません"


def _busy_then(text: str, group: Group, windows: Sequence[Window]) -> bool:
    """「17日も10時から委員長報告」: what else there is, on no day or hour that is wished."""
    return bool(_EVENT_THERE.match(text, group.end)) and not any(_meets(group, one) for one in windows)


def _meets(group: Group, window: Window) -> bool:
    """A day spoken of is wished too; with its times, as far as what happens there may last (「17日は10時から委員会、15時以降で」)."""
    start, end = tokyo(window.start), tokyo(window.end)
    if start.date() not in {one.day for one in group.days}:
        return False
    spans = [(moment(start.date(), first), moment(start.date(), last)) for first, last in group.spans]
    return not spans or any(first < end and start < max(last, first + LASTS) for first, last in spans)


def _which_week(found: Found) -> Iterator[str]:
    """「水曜の午後で（3/18か3/25）」「木曜16時（18日です）」: the weekday alone would be tomorrow's."""
    timed = [one for group in found.wished if group.spans for one in group.days]
    bare = [one for group in found.wished if not group.spans for one in group.days]
    apart = [one for group in (*found.other, *found.unknown) for one in group.days]
    for day in (*timed, *bare):
        if day.nearest and any(
            not one.nearest and not one.whole_week and one.day != day.day
            and (one.day.weekday() == day.day.weekday() or one in apart or (day in timed and one in bare))
            for one in (*timed, *bare, *apart)
        ):  # fmt: skip
            yield f"「{day.text.strip()}」がどの日か分かりません"


_BODY = re.compile(
    r"([^\s、。,()「」]{1,8}?(?:[市町村区県課室係班]|(?<=[一-龥])[部局]))(?:さん|様)?(?:[はが]|として(?:は|も)|の希望は)[、\s]?$"
)


_TOGETHER = re.compile(
    r"(?:[当本][市町村]|[一-龥]{1,4}[市町村])と(?!協議|打|調整|の)[^\s、。会協]{1,6}[市町村](?:の|で|が|は|、|そ|合同|両)"
)


def _hour_to_come(text: str, wished: Sequence[Group]) -> Iterator[str]:
    """「3/17でお願いします。時間は追って連絡します。」"""
    if wished and not any(one.spans for one in wished) and (found := _TIME_LATER.search(text)):
        yield f"「{found[0].strip()}」とあり、時刻が決まっていません"


def _bodies(text: str, groups: Sequence[Group]) -> Iterator[str]:
    """「飯田市は3/17、高森町は3/18」: two bodies in one mail, each with its own day."""
    heads = (_BODY.search(text[max(0, one.start - 14) : one.start]) for one in groups)
    if len({head[1] for head in heads if head}) > 1 or (groups and _TOGETHER.search(text)):
        yield "どの団体のご希望か分かりません"


def _several(text: str) -> Iterator[str]:
    if found := _WAITS.search(text):
        yield f"「{found[0].strip()}」とあり、いますぐのご予約か分かりません"
    if found := _CLOSER.search(text):
        yield f"「{found[0].strip()}」がどの日時か分かりません"
    if UNREADABLE in text:
        yield "○×の表を読み取れませんでした"
    if found := _SLOTS.search(text):
        yield f"「{found[0].strip()}」は、1回に1枠のため、お取りできません"


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


def _past(windows: Sequence[Window], now: datetime) -> Iterator[str]:
    if windows and all(one.end <= now for one in windows):
        first = windows[0].start
        yield f"{first.month}月{first.day}日{first:%H時%M分}は、もう過ぎています"


def _office(consultation: ConsultationFile) -> list[Span]:
    return [(since_midnight(first), since_midnight(last)) for first, last in consultation.pattern.hours]
