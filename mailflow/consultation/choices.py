"""Numbers of an offer in an answer, and which slot of it words can only mean (DESIGN §6). Pure; patterns bounded."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from mailflow.clock import tokyo
from mailflow.consultation.reading.roles import GLUE, Role, role_behind
from mailflow.consultation.reading.words import any_of, either
from mailflow.model import Window

CIRCLED = re.compile(r"([①-⑨])(?!\s?[\d０-９])")  # before a date it only counts wishes: 「①3/16」
_KANJI = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5}
_ORDINAL = r"第\s?[1-5一二三四五]\s?希望"
_NUMBER = re.compile(
    r"(?<![\d/:.-])"
    + any_of(
        r"第\s?([1-9一二三四五])\s?(?:希望|候補)(?:の(?:方|ほう)|(?=で(?!す)|\())",  # 「第2候補の方」
        r"([1-9])\s?番目?(?!号|まで)",
        r"([1-9一二三四五])\s?つ目|([一二三四五])番目",
        r"候補(?:日|の)?\s?([1-9])(?=\s?\()",  # 「候補2（3/17）」
        r"(?:^|(?<=[\s、。]))([1-9])(?=\s?\((?:\d|[月火水木金]))",  # 「2（火曜11時）」
        # 「第一希望を4、第二希望を1とさせてください」
        r"(?<=第[一二三1-3]希望[をは])\s?([1-5])(?=番?(?:、\s?第[二三2-3]希望|とさせて(?:くだ|下さ|いただき(?:ます|たく)|頂き(?:ます|たく))|と(?:いた)?します|でお?願))",
        r"こちら\s?\(([1-9])\)|\(([1-9])\)(?=\s?(?:に(?:出席|参加)(?:いた|致)?し(?:ます|たい|たく)|で(?:お?願い|確定)))",
        # 「2でお願いします」「2か3で結構です」
        r"([1-9])(?=(?:(?:または|か|、|・)[1-9])?で(?:お?願い|よろし|結構|大丈夫|確定|決定|参加))",
    )
)

_ATTENDS = re.compile(r"\s?に(?:出席|参加)(?:いた|致)?し(?:ます|たい|たく)[^\d。、\n]{0,10}[。\s]*$")
# A phrase that is nothing but numbers of an offer: 「2」, 「候補2でお願いします」, 「2、だめなら3」, 「1→3の順」.
_ITEM = (
    r"(?:第\s?)?(?:候補(?:日)?の?|番号\s?[::]?|No\.?|#)?"
    r"\s?\(?([1-9])(?![月日時分名人年回点件社:/.\d])\)?"
    r"\s?(?:番目?|つ目|希望)?(?:の?(?:方|ほう|日程|日時|日|枠|候補))?"
)
_BETWEEN = (
    r"\s?"
    + any_of(
        r"[、,・→>]|か|または|もしくは",
        r"(?:が|で)?(?:だめ|ダメ|駄目|難し|無理|埋ま|不可)[^\d\n]{0,14}",  # 「2がだめなら3」
        r"次に|次点で?|第2希望は?|\s",
    )
    + r"{1,3}\s?"
)
# 「お願いしましたが」「お願いするか検討します」 choose nothing.
_TAKEN_BACK = either(
    r"(?:まし|でし|いた)たが|都合が(?:悪|つか|合わ)|難し|不可",
    r"検討|ません(?!か|でしょうか)|かも|いくつ|どの(?!時間|枠)|どれ|どう|何[をがにで個件]",
)
_ASKING = (
    r"(?:の順)?(?:で|を|に|が)?(?:、|\s)?(?:"
    + any_of(
        r"OK|よろし|結構|します|いたします|選択|選び|お?願い|希望(?!する[一-龥ァ-ン])|大丈夫|構い",  # 「2 希望するメニューは…」 is a point of a list
        r"参加(?:し|で|可)|決め|確定",
        r"いい|良い|よい|都合が(?:よ|良|つきま)|です",
        r"承知|了解",
    )
    + rf"(?:(?!{_TAKEN_BACK})[^\d\n。]){{0,24}})?[。.!]?"
)
_PHRASE = re.compile(
    rf"\s{{0,5}}{_ITEM}(?:{_BETWEEN}{_ITEM})?(?:{_BETWEEN}{_ITEM})?(?:{_BETWEEN}{_ITEM})?{_ASKING}\s{{0,5}}",
    re.IGNORECASE,
)
# Before a number, and no choice of its own: 「第1希望：4」, 「ご希望の番号：4」.
_ORDINAL_WISH = re.compile(
    either(
        rf"{_ORDINAL}\s?[:はが]?\s?(?=[1-9]番?\s?(?:$|[、,。\n]))",
        rf"{_ORDINAL}\s?[:はがを]\s?(?=[^\n]{{0,6}}[1-9])",
        rf"(?<=[、,\s]){_ORDINAL}(?=\s?[1-9])",
    )
)
_PREFERENCE = re.compile(
    either(
        r"(?:ご?希望の?番号|選択番号|ご?回答)\s?[:は]\s{0,3}",
        r"(?:ご?希望(?:の?順(?:位|番)?)?|優先順位?)\s?[:は]?\s{0,3}(?=[1-9](?:番)?\s?[→>、,])",
    )
)
_RULED_OUT = re.compile(  # 「1と2は都合が悪いので、3で」
    r"(?:候補の?)?[1-9]番?目?(?:\s?[、,・と]\s?[1-9]番?目?){0,3}(?:は|が)[^。\n\d]{0,12}"
    + any_of(
        r"都合|難し|不可|会議|無理|厳し|合わ|埋ま",
        r"議会|予定|公務|出張|不在|塞が|用務|行事",
    )
    + r"[^。\n\d]{0,14}(?:ので|ため|為)[、,]?\s?(?=[^\n]{0,4}[1-9])"
)
_RANKED_CHOICE = re.compile(r"([1-9])(?:番目?)?\s?[をがは]\s?第\s?([1-5一二三四五])\s?希望")
# 「2番と3番はどちらでも大丈夫です」
_EITHER_NUMBER = re.compile(
    r"(?<![\d/:.-])([1-9])番?\s?(?:と|か|、|・|または)\s?([1-9])番?"
    r"(?:の)?(?:は|なら|で(?=あれば))?(?:あれば)?[、\s]?"
    r"(?:どちら|いずれ)で?も(?![^。\n]{0,6}(?:難し|都合が|不可|でき))"
)
_STILL_FREE = re.compile(r"(?:空いて|残って)(?:い|お)?り?ます(?:でしょう)?か?$")
_BOTH = re.compile(r"\s?(?:と|及び|および|＋|\+)\s?")
MAX_CHOICES = 5
WEEKS_OF_AN_OFFER = 4


def read_choices(text: str) -> tuple[int, ...]:
    """Numbers of an offer, in the order named: 「2番でお願いします」, a line that is only a number."""
    text = re.sub(r"(?<=[1-9])[、,](?=で)", "", text)
    if either := _EITHER_NUMBER.search(text):
        return tuple(dict.fromkeys((int(either[1]), int(either[2]))))
    ranked = _RANKED_CHOICE.findall(text)
    if len(ranked) > 1:  # 「2番を第二希望、4番を第一希望」
        order = sorted(ranked, key=lambda one: _KANJI.get(one[1]) or int(one[1]))
        return tuple(dict.fromkeys(int(one[0]) for one in order))[:MAX_CHOICES]
    if bare := bare_choices(text):
        return bare
    chosen: list[int] = []
    for sentence in re.split(r"[。\n!?！？]", text):
        chosen += _chosen_in(sentence[:300])
    return tuple(dict.fromkeys(chosen))[:MAX_CHOICES]


def _chosen_in(sentence: str) -> list[int]:
    """「2番は難しいので、3番でお願いします」: 3. Numbers still talked over choose nothing."""
    numbers = list(_NUMBER.finditer(sentence))
    chosen: list[int] = []
    role = Role.LISTED
    for place in range(len(numbers) - 1, -1, -1):
        found = numbers[place]
        until = numbers[place + 1].start() if place + 1 < len(numbers) else len(sentence)
        following, role = role, role_behind(sentence[found.end() : until])
        if _ATTENDS.match(sentence[found.end() :]):
            role = Role.WISH  # 「(4)に出席いたします」
        alone = role is Role.LISTED and place + 1 < len(numbers) and GLUE.fullmatch(sentence[found.end() : until])
        tail = sentence[found.end() : until]
        if _BOTH.fullmatch(tail) or _STILL_FREE.search(tail):
            return []  # 「2番と4番を押さえてください」「2番はまだ空いていますか」
        if role is Role.JOINED or alone:  # 「1番も2番も難しいです」
            role = following
        if role is Role.ELSE and not chosen:
            return []  # 「1番が埋まっている場合は教えてください」
        if role in (Role.WISH, Role.LISTED, Role.ELSE, Role.AGREED):
            number = next(one for one in found.groups() if one)
            chosen.insert(0, _KANJI.get(number) or int(number))
        elif role is not Role.EXCLUDED:
            return []
    return chosen


def bare_choices(text: str) -> tuple[int, ...]:
    """A line or sentence that holds numbers of an offer and nothing else: 「2」, 「2、だめなら3」."""
    text = re.sub(r"[「【『\[]([1-9])[」】』\]]|([1-9])[.](?=で|\s|$)", r" \1\2 ", text)
    text = _RULED_OUT.sub("", _PREFERENCE.sub(" ", _ORDINAL_WISH.sub(" ", text)))
    text = re.sub(r"(?:第\s?)?([一二三四五])(?=番目?|つ目|希望|候補)", lambda found: str(_KANJI[found[1]]), text)
    phrases = [one for line in text.split("\n") for one in re.split(r"(?<=[。!！])", line) if one.strip()]
    chosen: list[int] = []
    for phrase in phrases[:8]:
        match = _PHRASE.fullmatch(phrase[:80])
        if match:  # lines below one another are one list: 「第1希望 4 / 第2希望 2」
            chosen += [int(number) for number in match.groups() if number]
        elif chosen:
            break
    return tuple(dict.fromkeys(chosen))[:MAX_CHOICES]


def picked(windows: Sequence[Window], offered: Sequence[Window]) -> int | None:
    """Which one of the offer the words can only mean: one that lies in what was named, and no other."""
    inside = {
        number
        for number, one in enumerate(offered, start=1)
        for window in windows
        if window.start <= one.start and one.end <= window.end
    }
    return inside.pop() if len(inside) == 1 else None


def meant(windows: Sequence[Window], offered: Sequence[Window]) -> int | None:
    """The same for wishes in their order: of the first day that is wished, what was offered of it; None where nothing was
    (「17日の15時半で。だめなら候補の1」)."""
    day = tokyo(windows[0].start).date() if windows else None
    first = [one for one in windows if tokyo(one.start).date() == day]
    there = [n for n, one in enumerate(offered, 1) if any(w.start <= one.start and one.end <= w.end for w in first)]
    return min(there, key=lambda one: offered[one - 1].start, default=None)


def any_week(windows: Sequence[Window]) -> tuple[Window, ...]:
    """「水曜日の15時」 in an answer: a Wednesday of the offer, not only the next one."""
    weeks = [timedelta(weeks=number) for number in range(WEEKS_OF_AN_OFFER)]
    return tuple(replace(one, start=one.start + ahead, end=one.end + ahead) for ahead in weeks for one in windows)


def behind_the_last_number(sentence: str) -> str:
    found = [one.end() for one in _NUMBER.finditer(sentence)]
    return sentence[found[-1] :] if found else ""
