"""In which order the wishes come: numbered, marked ◎, an hour of a day named before, a day named again as the better one.

In: the readable text, the wishes as gathered. Out: the wishes in the order their sender prefers. What names no order keeps that
of the text; where an order is named that this can't follow, `unclear` asks back. Pure; patterns bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import islice

from mailflow.consultation.reading.gathered import Group
from mailflow.consultation.reading.words import any_of

_HOPED = re.compile(
    any_of(r"できれば|できましたら|可能なら|可能であれば|可能でしたら", r"なるべく|中でも") + r"[、\s]?$"
)
# Behind an hour: 「11時からですと大変ありがたいです」; not 「11時からでも構いません」.
_BETTER = re.compile(
    r"(?:から|より|頃|ごろ|開始|以降|台)?(?:の(?:方|ほう))?(?:ですと|だと|でしたら|であれば|なら|が)[、\s]?"
    r"(?:大変|とても|一番|最も|非常に|特に|なお|より)?"
    + any_of(
        r"ありがた|有難|有り難", r"助か|幸い|嬉し|うれし", r"よい|良い|いい|望まし|都合が(?:よ|良)|ベスト|最適|理想"
    )
)
# Behind a day named before: 「11日を第一希望として」「木曜のほうがありがたい」.
_BEST = re.compile(
    r"(?:を|が)\s?(?:第\s?[1一]\s?希望|最優先|優先|本命)|\x011\x01|の(?:方|ほう)が[^。\n]{0,8}"
    + any_of(r"ありがた|有難|助か|幸い|嬉し|よい|良い|いい|望まし|都合")
)
_WISHED = re.compile(
    r"(?:から|より|頃|以降|開始|台)?(?:で|に|を|の)?[、\s]?[^。\n]{0,12}?"
    + any_of(r"お?願い|希望|いかが|可能でしょうか|できますか|でき(?:ま|ない)|いただ|頂")
)
_NOT_THEN = re.compile(r"(?:から|より|頃|以降)?(?:でも|も)(?:$|[^っ])")
_UPWARDS = re.compile(r"下(?:の(?:もの|ほう|方|候補|日))?から(?:順に)?[^。\n]{0,4}(?:優先|希望|の順)")
_LATTER = re.compile(
    r"(?:どちらか(?:と(?:言|い)えば|なら)?|できれば|なるべく)[^。\n]{0,6}(?:後者|後の(?:ほう|方|日))|後者[のがを](?:ほう|方|希望|優先|助|あり)"
)
_OF_SOMETHING_ELSE = re.compile(r"方法|電話|オンライン|資料|テーマ|質問|議題|予備|前者|内容|コース|項目|メニュー")
_RATHER_THAT = re.compile(r"(?:方|ほう)が[^。\n]{0,10}(?:よ|良|い[いで]|ありがた|助か|都合|望まし)")
_NUMBERED_BEHIND = re.compile(r"[)\s]{0,3}(?:が|は|を)\s?第\s?([1-5一二三四五])\s?希望")
_RANKS = {"1": 1, "2": 2, "3": 3, "4": 4, "5": 5, "一": 1, "二": 2, "三": 3, "四": 4, "五": 5}
_MARKED = re.compile(r"[\s)、,|]{0,5}([◎○])")


def in_order(text: str, wished: list[Group]) -> list[Group]:
    """The wishes, the best first."""
    wished = _the_other_way(text, _times_said_later(_said_closer(_by_number(text, wished))))
    return _named_again(text, _by_mark(text, _hour_first(text, wished)))


def _said_closer(wished: list[Group]) -> list[Group]:
    """「今週中に相談したい。金曜なら空いています」: a day of the week that was named before says which."""
    kept: list[Group] = []
    for number, group in enumerate(wished):
        whole = bool(group.days) and all(one.whole_week for one in group.days) and group.rank is None
        if not (whole and not group.spans and _is_closer_said(group, islice(wished, number + 1, None))):
            kept.append(group)
    return kept


def _times_said_later(wished: list[Group]) -> list[Group]:
    """「16日か18日で考えております。16日は15時以降、18日は終日可能です」: the days alone say no more."""
    timed = {day.day for one in wished if one.spans for day in one.days}
    bare = [one for one in wished if len(one.days) > 1 and not one.spans and one.rank is None]
    gone = [one for one in bare if all(day.day in timed for day in one.days)]
    return [one for one in wished if one not in gone]


def _is_closer_said(group: Group, later: Iterable[Group]) -> bool:
    days = {one.day for one in group.days}
    return any(
        bool(one.days) and one.rank is None and all(day.day in days and not day.whole_week for day in one.days)
        for one in later
    )


def _by_number(text: str, wished: list[Group]) -> list[Group]:
    """「第2希望 3/16、第1希望 3/17」「3/16が第二希望、3/17が第一希望」: as they are numbered, where every one of them is."""
    behind = [_NUMBERED_BEHIND.match(text, one.end) for one in wished]
    if len(wished) > 1 and all(behind):
        wished = [replace(one, rank=_RANKS[found[1]]) for one, found in zip(wished, behind, strict=True) if found]
    ranks = [one.rank for one in wished if one.rank is not None]
    return sorted(wished, key=lambda one: one.rank or 0) if len(ranks) == len(wished) else wished


def _the_other_way(text: str, wished: list[Group]) -> list[Group]:
    """「下から優先です」; of two, 「どちらかと言えば後者」: said in the sentence of the wishes, or right behind it."""
    if not wished or any(one.rank is not None for one in wished):
        return wished
    near = "。".join(re.split(r"[。\n]", text[wished[-1].end : wished[-1].end + 120])[:3])
    latter = _LATTER.search(near) and not _OF_SOMETHING_ELSE.search(near)
    if len(wished) == 1:  # 「24日か26日の10時。どちらかと言えば後者」
        group = wished[0]
        return [replace(group, days=group.days[::-1])] if latter and len(group.days) == 2 else wished
    before = re.split(r"[。\n]", text[max(0, wished[0].start - 60) : wished[0].start])
    upwards = any(
        _UPWARDS.search(one) and not _OF_SOMETHING_ELSE.search(one) for one in (*before, *re.split(r"[。\n]", near))
    )
    two = len(wished) == 2 and all(len(one.days) == 1 for one in wished)
    return wished[::-1] if upwards or (two and latter) else wished


def _by_mark(text: str, wished: list[Group]) -> list[Group]:
    """「3/17 午前○、3/18 午後◎」: what is marked ◎ before what is marked ○."""
    marks = [found[1] if (found := _MARKED.match(text, one.end)) else "" for one in wished]
    if "◎" not in marks or "○" not in marks or any(one.rank is not None for one in wished):
        return wished
    return [one for _, one in sorted(zip(marks, wished, strict=True), key=lambda pair: pair[0] != "◎")]


def _hour_first(text: str, wished: list[Group]) -> list[Group]:
    """「18日の午前で。できれば11時から」: the hour first, then the rest of what it lies in."""
    if len(wished) < 2:
        return wished
    whole, closer = wished[0], wished[1:]
    days = [one.day for one in whole.days]
    inside = all(
        len(days) == 1
        and [one.day for one in group.days] in (days, [])
        and group.spans
        and all(not whole.spans or any(a <= start and end <= b for a, b in whole.spans) for start, end in group.spans)
        for group in closer
    )
    if not inside or whole.rank is not None:
        return wished
    if not whole.spans:  # 「18日がよいのですが、13時は会議中のため、16時から」
        alone = len(closer) == 1 and closer[0].days and not _NOT_THEN.match(text, closer[0].end)
        return closer if alone and _WISHED.match(text, closer[0].end) else wished
    ranked = all(one.rank is not None for one in closer)
    hoped = len(closer) == 1 and (
        _HOPED.search(text[whole.end : closer[0].start])
        or _BETTER.match(text, closer[0].end)
        or (closer[0].spans != whole.spans and not _NOT_THEN.match(text, closer[0].end))
    )
    return [*closer, whole] if ranked or hoped else wished


def _named_again(text: str, wished: list[Group]) -> list[Group]:
    """「11日と12日の16時から。11日を第1希望として」: the day alone, of which the hours were said before, is the first."""
    if len(wished) < 2:
        return wished
    again, before = wished[-1], wished[:-1]
    rather = _RATHER_THAT.search(text, before[0].end, again.start)
    one_of = len(again.days) == 1 and not again.spans and again.asked and len(before[0].days) > 1 and bool(rather)
    if one_of and not before[0].spans and again.days[0].day in {one.day for one in before[0].days}:
        return [again, *before]  # 「19日と23日なら、23日の方が。23日でお願いします」
    day = again.days[0].day if len(again.days) == 1 else None
    timed = day is not None and all(one.days and one.spans and one.rank is None for one in before)
    if not timed or again.spans or again.rank is not None or not _BEST.match(text, again.end):
        return wished
    first = [
        replace(one, days=[day_ for day_ in one.days if day_.day == day], start=again.start, end=again.end)
        for one in before
    ]
    rest = [replace(one, days=[day_ for day_ in one.days if day_.day != day]) for one in before]
    if not any(one.days for one in first):
        return wished
    return [one for one in (*first, *rest) if one.days]
