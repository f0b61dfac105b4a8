"""What of the wishes isn't understood: two orders, two weeks, two bodies, a guess at a time; with `doubts` and `conditions`.

In: readable text, what `groups` found in it, the windows made of that. Out: what to ask back, in Japanese. Pure; patterns
bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise

from mailflow.clock import tokyo
from mailflow.consultation.reading.conditions import conditions
from mailflow.consultation.reading.doubts import doubts, taken_back
from mailflow.consultation.reading.gathered import Found, Group, moment
from mailflow.consultation.reading.marks import UNREADABLE
from mailflow.consultation.reading.text import ORDER
from mailflow.consultation.reading.topics import passed_over
from mailflow.consultation.reading.words import any_of, either
from mailflow.model import Window

AN_HOUR = timedelta(hours=1)  # what was named is a time of the day, not a part of it
LATE = timedelta(hours=15)
_WHY = re.compile(r"(?:時間|方|ほう)?(?:帯)?を?(?:希望(?:して|いたし)|お?願いして)")
NEAR = 6  # characters: 「16時半、その日の最後の枠」
LASTS = timedelta(hours=3)  # what is said to begin at a time, and not how long it takes
_END = re.compile(r"[。\n!?！？]")

# Of a day or week: where its middle lies is a guess.
_BUSY_BEHIND = r"(?!に[^。\n]{0,10}(?:来客|会議|予定|用務|公務|議会))"
_CLOSER = re.compile(
    either(
        r"(?:上旬|中旬|下旬|月末|月初)の?(?=[月火水木金]曜)",  # 「下旬の水曜」
        r"週\s?(?:あたり|辺り|ごろ|頃)",
        r"[^\s、。]{0,6}"
        + any_of(
            r"遅い(?:時間|時刻|ほう|方|枠|回)(?!帯?で(?:恐縮|す[みい]|申|失礼))|遅め",
            r"(?:終業|閉庁|退庁|定時)(?:間際|ぎりぎり)",
            r"(?<!\()最終(?:枠|回)(?!\s?\()|最後の(?:枠|回|時間)(?!帯?\s?\()",
            rf"前半{_BUSY_BEHIND}|後半{_BUSY_BEHIND}",  # not 「前半に来客がある」
            r"中頃|中ごろ|半ば|なかば|中盤",
            r"\d(?:時|分|:\d\d)に(?:ちょうど)?終わ(?:る|れ|り)(?:よう|ば|と)",
            r"(?:その|会議の|議会の)(?:直前|直後)の?(?:枠|時間|回)|始まるまでに終わる",
        ),
    )
)

# Which wish comes first.
_RANK = re.compile(rf"(?:{ORDER}|第\s?)(?:([1-9])|([一二三四五]))(?:{ORDER}|\s?(?:希望|候補))")
# Behind the second wish: 「…、18日の方が助かります」.
_LATER_FIRST = re.compile(
    either(
        r"(?:ほう|方)が(?:ありがた|助か|よい|良い|望まし|都合)",
        r"が(?:ベスト|最適|一番|いちばん|最も)|(?<!上から)(?<!方から)(?<!順に)優先",
        rf"(?:が|を)(?:{ORDER}1{ORDER}|第?\s?[1一]希望)",
    )
)
# Right before it: 「17日の午後、できれば18日」.
_RATHER = re.compile(
    either(
        r"(?<![ばら合])[、\s](?:できれば|可能なら|可能であれば)\s?(?=\d{1,2}\s?[/月日])",
        r"が[、,](?=[^。\n]{0,25}が希望)",
        # 「…。できれば午前中」
        r"[。\n][^。\n]{0,6}(?:できれば|可能なら|可能であれば|どちらかと(?:いえ|言え)ば|なるべく)"
        r"(?![^。\n]{0,16}でも)[^。\n]{0,4}(?:午前|午後|夕方|早|遅|\d)",
        r"(?:望ましくは|本命は?|理想(?:は|的に)|むしろ)\s?(?=\d{1,2}\s?[/月日])",
    )
)
_RANKED = re.compile(r"[1-9]番?(?:\s?[、,→・>]\s?[1-9]番?){1,4}(?=の順)")  # 「3、1、2の順」
_BETTER = re.compile(
    r"(?:午前中?|午後)[、\s]{1,2}(?:できれば|可能なら|可能であれば|なるべく)\s?\d{1,2}(?:時|:)"
)  # 「午後、できれば15時」
_OF_IT = re.compile(r"[\s)の]{0,3}")  # between a day and what is said of it
# Two wishes that are no alternatives of each other.
_TIME_LABEL = re.compile(r"(?<!終了)(?:日時|日程|希望日|時間|時刻|日\s?時)\s?[】\])]?\s?:?\s{0,4}$")
_ASKED_FOR = re.compile(r"[^。\n]{0,40}(?:お?願い|希望|申し?込|予約|ください|いただけ|頂け|た[いく])")
_FULL_STOP = re.compile(r"[。\n]")
_A_CHOICE = re.compile(
    r"または|又は|もしくは|あるいは|いずれ|どちら|候補|第\s?\d|予備|次点|難し|無理|でも|場合|可能|空い|大丈夫|OK|他に|ほか|以外|も(?:可|お?願|希望)"
    r"|なら|たら|れば|変更|\x01|ではな|できれば|別の|[○◎]"
)
_THE_EARLIER = re.compile(r"早い(?:ほう|方)が")
_CONCEDED = re.compile(
    r"でも(?:可|OK|大丈夫|構い|結構|よい|良い|いい|問題|対応|差し)[^。\n]{0,12}(?:が|けど|けれど)", re.IGNORECASE
)  # 「17日でも構いませんが、18日」

# Whether it is one slot, now, of one body.
_SLOTS = re.compile(
    either(
        r"[2-9二三]\s?(?:枠|コマ)(?!目)|(?:枠|コマ)(?:を|で)?\s?[2-9二三]",
        r"[2-9]回(?:分|続け|連続|お願い|希望|に分け|受け|ほど)",
    )
)
_WAITS = re.compile(r"キャンセル待ち(?!に?は?なら|でも)|空きが出")
_TIME_LATER = re.compile(
    r"(?:時間|時刻)帯?(?:は|については|を|の詳細は)[^。\n]{0,14}"
    + any_of(r"連絡|知らせ|お伝え", r"未定|決まって|調整(?:中|し)")
)
_BODY = re.compile(
    r"([^\s、。,()「」]{1,8}?(?:[市町村区県課室係班]|(?<=[一-龥])[部局]))"
    r"(?:さん|様)?(?:[はが]|として(?:は|も)|の希望は)[、\s]?$"
)
_TOGETHER = re.compile(
    r"(?:[当本][市町村]|[一-龥]{1,4}[市町村])と(?!協議|打|調整|の)"
    r"[^\s、。会協]{1,6}[市町村](?:の|で|が|は|、|そ|合同|両)"
)  # 「当市と隣町の合同で」

# 「今週中に庁内の方針を決めなければならず」, not 「今週中に相談の日程を決めたい」.
_WORK_THERE = re.compile(
    r"(?:に|までに)(?=[^。、\n]{0,16}(?:方針|整理|取りまと|まとめ|作成|提出|決裁|準備|書き上げ|仕上げ|固め|素案|案を))"
    r"(?:(?!相談|お?話|お?願|希望|伺|面談|予約|打ち?合|日程|日時|時間|連絡|回答|返事|返信)[^。\n]){1,40}"
)
# 「17日も10時から委員長報告」: what else there is.
_EVENT_THERE = re.compile(
    r"[はもがにの、:]{0,3}[^。、\n\d]{0,10}"
    + any_of(
        r"委員会?|会議|議会|レク|打ち?合わ?せ|協議",
        r"報告|質問|審査|行事|訓練|研修|出張|公務|最終日|応援",
    )
    + r"(?:\(|が|と|で|に|の|です|[。、\n]|$)"
)


def not_understood(text: str, found: Found, windows: Sequence[Window], now: datetime, closes: date) -> tuple[str, ...]:
    """All that is to be asked back, each once. `closes`: the day the round closes."""
    dated = any(group.days for group in found.wished)
    told = passed_over(text)
    return tuple(
        dict.fromkeys(
            (
                *found.unclear,
                *_past(windows, now),
                *_doubtful(text, found, windows, dated, (now.date(), closes)),
                *_which_week(found),
                *_several(told, found.wished),
                *_order_in_doubt(text, found.wished),
                *_two_times(text, found.wished),
                *_bodies(text, (*found.wished, *found.unknown)),
                *_hour_to_come(text, found.wished),
                *_taken_back(text, found),
                *doubts(told, [(one.start, one.end) for one in found.excluded]),
                *conditions(told, [one.start for one in (*found.wished, *found.excluded, *found.unknown)]),
            )
        )
    )


def _past(windows: Sequence[Window], now: datetime) -> Iterator[str]:
    if windows and all(one.end <= now for one in windows):
        first = windows[0].start
        yield f"{first.month}月{first.day}日{first:%H時%M分}は、もう過ぎています"


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


def _order_in_doubt(text: str, wished: Sequence[Group]) -> Iterator[str]:
    """「3/16（第2希望）、3/17（第1希望）」: numbers behind the days, and not in the order of the text."""
    numbers = [
        "123456789".find(found[1]) % 9 if found[1] else "一二三四五".find(found[2]) for found in _RANK.finditer(text)
    ]
    numbered = all(one.rank is not None for one in wished)
    days = [one.day for group in wished for one in group.days]
    if days != sorted(days) and not numbered and _THE_EARLIER.search(text):
        yield "ご希望の順が分かりません"
        return
    if len(wished) < 2:
        return
    if wished[0].start > wished[1].start:
        return  # `preferred.in_order` has put them in order
    second = sorted(one.start for one in wished)[1]
    first = min(wished, key=lambda one: one.start)
    backwards = bool(_CONCEDED.search(text, first.end, second)) or (
        not numbered and any(later < one for one, later in pairwise(numbers))
    )
    first_span, next_span = first.spans[:1], next((one.spans[:1] for one in wished if one.start == second), [])
    if _BETTER.search(text) and first_span and next_span and first_span[0][0] != next_span[0][0]:
        yield "ご希望の順が分かりません"
        return
    if backwards is False and _first_again(text, wished, second):
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


def _first_again(text: str, wished: Sequence[Group], second: int) -> bool:
    """What is called the better one is the first: 「11日か12日で。11日を第一希望として」, 「早いほうが助かります」."""
    rather = _LATER_FIRST.search(text, second)
    if rather is None or _RATHER.search(text, max(0, second - 10)) or _RANKED.search(text):
        return False
    days = [[one.day for one in group.days] for group in wished if group.days]
    if text[max(0, rather.start() - 3) : rather.start()].endswith("早い"):
        return days == sorted(days) and all(days)
    named = max((one for one in wished if one.end <= rather.start()), key=lambda one: one.end, default=None)
    return (
        named is not None
        and len(named.days) == 1
        and bool(_OF_IT.fullmatch(text, named.end, rather.start()))
        and bool(days[0])
        and named.days[0].day == days[0][0]
        and named.start > second - 1
    )


def _two_times(text: str, wished: Sequence[Group]) -> Iterator[str]:
    """「3月17日13時からの相談を希望します。希望日時：3月18日13時」: asked for twice, and not the same, with no word of a choice."""
    asked = [one for one in wished if len(one.days) == 1 and one.rank is None and not one.days[0].whole_week]
    if len(asked) < 2 or len(asked) < len(wished):
        return
    for first, second in pairwise(sorted(asked, key=lambda one: one.start)):
        between = text[first.end : second.start]
        stop = _END.search(text, second.end)
        behind = text[second.end : stop.start() if stop else len(text)]
        same_day = first.days[0].day == second.days[0].day
        if same_day and (
            not (first.spans and second.spans) or any(a < d and c < b for a, b in first.spans for c, d in second.spans)
        ):
            continue
        labelled = _TIME_LABEL.search(text[max(0, second.start - 24) : second.start])
        hour = same_day and labelled is not None and "日" not in labelled[0]  # 「希望日：17日10時／時間：13時」
        if (
            _FULL_STOP.search(between)
            and (hour or _ASKED_FOR.match(between))
            and (labelled or _ASKED_FOR.match(behind))
            and not _A_CHOICE.search(between + behind)
        ):
            yield "ご希望の日時が2とおり書かれています"


def _doubtful(
    text: str, found: Found, windows: Sequence[Window], dated: bool, between: tuple[date, date]
) -> Iterator[str]:
    """Days in words not understood: alone, or about a day that is wished too, they are asked back."""
    busy = {one.day for group in found.excluded for one in group.days}
    for group in found.unknown:
        taken = group.days and all(one.day in busy for one in group.days)
        if taken and group.spans and not any(_meets(group, one) for one in windows):
            continue  # 「12日は10時から入札、同日14時から委員会があり終日ふさがっています」
        known = _busy_then(text, group, windows) or _own_work(text, group)
        if any(between[0] < one.day <= between[1] for one in group.days) and not known:
            yield f"「{group.text.strip()}」がご希望の日時か分かりません"
    for group in (*found.other, *found.unknown):
        if group in found.papers or _own_work(text, group):
            continue
        days = {one.day for one in group.days}
        if any(_meets(group, one) for one in windows) or (days and not dated and not found.refers):
            yield f"「{group.text.strip()}」がご希望の日時か分かりません"


def _own_work(text: str, group: Group) -> bool:
    """「今週中に方針を決めなければならず」: by when something of the office's own is done."""
    return (
        bool(group.days)
        and all(one.whole_week for one in group.days)
        and not group.spans
        and bool(_WORK_THERE.match(text, group.end))
    )


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


def _hour_to_come(text: str, wished: Sequence[Group]) -> Iterator[str]:
    """「3/17でお願いします。時間は追って連絡します。」"""
    if wished and not any(one.spans for one in wished) and (found := _TIME_LATER.search(text)):
        yield f"「{found[0].strip()}」とあり、時刻が決まっていません"


def _bodies(text: str, groups: Sequence[Group]) -> Iterator[str]:
    """「飯田市は3/17、高森町は3/18」: two bodies in one mail, each with its own day."""
    heads = (_BODY.search(text[max(0, one.start - 14) : one.start]) for one in groups)
    if len({head[1] for head in heads if head}) > 1 or (groups and _TOGETHER.search(text)):
        yield "どの団体のご希望か分かりません"


def _several(text: str, wished: Sequence[Group]) -> Iterator[str]:
    if found := _WAITS.search(text):
        yield f"「{found[0].strip()}」とあり、いますぐのご予約か分かりません"
    if (found := _CLOSER.search(text)) and not _hour_beside(text, found, wished):
        yield f"「{found[0].strip()}」がどの日時か分かりません"
    if UNREADABLE in text:
        yield "○×の表を読み取れませんでした"
    if found := _SLOTS.search(text):
        yield f"「{found[0].strip()}」は、1回に1枠のため、お取りできません"


def _hour_beside(text: str, vague: re.Match[str], wished: Sequence[Group]) -> bool:
    """「できれば遅めの時間が助かりますが、16時から」「15時半からの最終枠」: its sentence names the hour."""
    timed = [one for one in wished if len(one.spans) == 1 and one.spans[0][1] - one.spans[0][0] <= AN_HOUR]
    if any(one.start < vague.end() <= one.end for one in timed):
        return True  # 「木曜、いちばん遅い枠で」: the last one of that day
    if re.search(r"なら|だめ|場合|無理", vague[0]):
        return False  # 「可能なら13時、無理なら最後の時間」
    begin = max(text.rfind("。", 0, vague.start()), text.rfind("\n", 0, vague.start()))
    stop = _END.search(text, vague.end())
    end = stop.start() if stop else len(text)
    late = len(timed) == len(wished) > 0 and all(one.spans[0][0] >= LATE for one in timed)
    if late and "遅" in vague[0] and _WHY.search(text, vague.end(), vague.end() + 16):
        return True  # 「16時半から。日中は窓口当番のため、遅い時間を希望しております」
    return any(begin < one.start < end and one.end > vague.start() - NEAR for one in timed)
