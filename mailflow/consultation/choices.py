"""Numbers of an offer in an answer, and which slot of it words can only mean (DESIGN §6). Pure; patterns bounded."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from unicodedata import normalize

from mailflow.consultation.reading.roles import GLUE, Role, role_behind
from mailflow.consultation.reading.text import readable
from mailflow.consultation.reading.windows import read_wishes
from mailflow.model import Window
from mailflow.settings.consultation import ConsultationFile
from mailflow.settings.models import Round

MAX_TEXT = 20_000
CIRCLED = re.compile(r"([①-⑨])(?!\s?[\d０-９])")  # before a date it only counts wishes: 「①3/16」
_NUMBER = re.compile(
    r"(?<![\d/:.-])(?:第\s?([1-9一二三四五])\s?(?:希望|候補)(?:の(?:方|ほう)|(?=で(?!す)|\())|([1-9])\s?番目?(?!号|まで)|([1-9一二三四五])\s?つ目|([一二三四五])番目|候補(?:日|の)?\s?([1-9])(?=\s?\()|(?:^|(?<=[\s、。]))([1-9])(?=\s?\((?:\d|[月火水木金]))|こちら\s?\(([1-9])\)|([1-9])(?=(?:(?:または|か|、|・)[1-9])?で(?:お?願い|よろし|結構|大丈夫|確定|決定|参加)))"
)
_KANJI = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5}
# A phrase that is nothing but numbers of an offer: 「2」, 「候補2でお願いします」, 「2、だめなら3」, 「1→3の順」.
_ITEM = r"(?:第\s?)?(?:候補(?:日)?の?|番号\s?[::]?|No\.?|#)?\s?\(?([1-9])(?![月日時分名人年回点件社:/.\d])\)?\s?(?:番目?|つ目|希望)?(?:の?(?:方|ほう|日程|日時|日|枠|候補))?"
_BETWEEN = r"\s?(?:[、,・→>]|か|または|もしくは|(?:が|で)?(?:だめ|ダメ|駄目|難し|無理|埋ま|不可)[^\d\n]{0,14}|次に|次点で?|第2希望は?|\s){1,3}\s?"
_ASKING = r"(?:の順)?(?:で|を|に|が)?(?:、|\s)?(?:(?:OK|よろし|結構|します|いたします|選択|選び|お?願い|希望|大丈夫|構い|参加(?:し|で|可)|決め|確定|いい|良い|よい|都合が(?:よ|良|つきま)|です|承知|了解)(?:(?!(?:まし|でし|いた)たが|都合が(?:悪|つか|合わ)|難し|不可|検討|ません(?!か|でしょうか)|かも)[^\d\n。]){0,24})?[。.!]?"
_PHRASE = re.compile(
    rf"\s{{0,5}}{_ITEM}(?:{_BETWEEN}{_ITEM})?(?:{_BETWEEN}{_ITEM})?(?:{_BETWEEN}{_ITEM})?{_ASKING}\s{{0,5}}",
    re.IGNORECASE,
)
_ORDINAL_WISH = re.compile(
    r"第\s?[1-5一二三四五]\s?希望\s?[:はが]?\s?(?=[1-9]番?\s?(?:$|[、,。\n]))|第\s?[1-5一二三四五]\s?希望\s?[:はが]\s?(?=[^\n]{0,6}[1-9])|(?<=[、,\s])第\s?[1-5一二三四五]\s?希望(?=\s?[1-9])"
)
_PREFERENCE = re.compile(
    r"(?:ご?希望の?番号|選択番号|ご?回答)\s?[:は]\s{0,3}|(?:ご?希望(?:の?順(?:位|番)?)?|優先順位?)\s?[:は]?\s{0,3}(?=[1-9](?:番)?\s?[→>、,])"
)
_RULED_OUT = re.compile(  # 「1と2は都合が悪いので、3で」
    r"(?:候補の?)?[1-9]番?目?(?:\s?[、,・と]\s?[1-9]番?目?){0,3}(?:は|が)[^。\n\d]{0,12}(?:都合|難し|不可|会議|無理|厳し|合わ|埋ま|議会|予定|公務|出張|不在|塞が|用務|行事)[^。\n\d]{0,14}(?:ので|ため|為)[、,]?\s?(?=[^\n]{0,4}[1-9])"
)
_STILL_FREE = re.compile(r"(?:空いて|残って)(?:い|お)?り?ます(?:でしょう)?か?$")
_RANKED_CHOICE = re.compile(r"([1-9])(?:番目?)?\s?[をがは]\s?第\s?([1-5一二三四五])\s?希望")
_EITHER_NUMBER = re.compile(
    r"(?<![\d/:.-])([1-9])番?\s?(?:と|か|、|・|または)\s?([1-9])番?(?:の)?(?:は|なら|で(?=あれば))?(?:あれば)?[、\s]?(?:どちら|いずれ)で?も(?![^。\n]{0,6}(?:難し|都合が|不可|でき))"
)  # 「2番と3番はどちらでも大丈夫です」
_BOTH = re.compile(r"\s?(?:と|及び|および|＋|\+)\s?")
MAX_CHOICES = 5
_OUR_LINE = re.compile(
    r"\s{0,8}[1-5]\s{1,4}令和\d{1,2}年\d{1,2}月\d{1,2}日\([月火水木金土日]\)\d\d時\d\d分[~〜～]\d\d時\d\d分\s{0,5}"
)
_OUR_LIMIT = re.compile(
    r"\s{0,8}令和\d{1,2}年\d{1,2}月\d{1,2}日\([月火水木金土日]\)\d\d時\d\d分までにお願いします。\s{0,5}"
)
NUMBERED_DAY = re.compile(r"^(\s{0,8}(?:候補)?[1-9１-９])(?=\s?[（(][月火水木金])", re.MULTILINE)
_QUOTED_SLOT = re.compile(r"[>\s|]{0,12}\(?([1-9])[).:、]?\s{1,4}(.{6,100})$")
_MARKED = re.compile(r"(?:\d分|\d{2}|\))\s{0,4}(?:[←⇐<]-?\s?[^×\n]{0,12}(?:お?願い|希望|こちら|これ)|[○◎](?:\s|$))")
WEEKS_OF_AN_OFFER = 4


def read_choices(text: str) -> tuple[int, ...]:
    """Numbers of an offer, in the order named: 「2番でお願いします」, a line that is only a number."""
    text = re.sub(r"(?<=[1-9])ばん", "番", re.sub(r"(?<=[1-9])[、,](?=で)", "", text))
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
        alone = role is Role.LISTED and place + 1 < len(numbers) and GLUE.fullmatch(sentence[found.end() : until])
        tail = sentence[found.end() : until]
        if _BOTH.fullmatch(tail) or _STILL_FREE.search(tail):
            return []  # 「2番と4番を押さえてください」「2番はまだ空いていますか」
        if role is Role.JOINED or alone:  # 「1番も2番も難しいです」
            role = following
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


def any_week(windows: Sequence[Window]) -> tuple[Window, ...]:
    """「水曜日の15時」 in an answer: a Wednesday of the offer, not only the next one."""
    weeks = [timedelta(weeks=number) for number in range(WEEKS_OF_AN_OFFER)]
    return tuple(replace(one, start=one.start + ahead, end=one.end + ahead) for ahead in weeks for one in windows)


def offered_days(
    full_text: str, new_text: str, received_at: datetime, consultation: ConsultationFile, round_: Round
) -> list[Window]:
    """The numbered slots of the offer that the mail quotes, in its numbering."""
    if len(full_text) <= len(new_text) + 5:
        return []
    offered: list[Window] = []
    for line in full_text[:MAX_TEXT].split("\n"):
        found = _QUOTED_SLOT.match(normalize("NFKC", line[:120]))
        if found and int(found[1]) == len(offered) + 1:
            windows = read_wishes(readable(found[2]), received_at, consultation, round_).windows
            if len(windows) == 1:
                offered.append(windows[0])
    return offered


def marked_slot(full_text: str) -> int | None:
    """The one slot of the quoted offer behind which 「←こちらでお願いします」 or ○ was written."""
    lines = (_QUOTED_SLOT.match(normalize("NFKC", line[:120])) for line in full_text[:MAX_TEXT].split("\n"))
    marked = [int(one[1]) for one in lines if one and _MARKED.search(one[2])]
    return marked[0] if len(marked) == 1 else None


def without_our_offer(new_text: str) -> str:
    """The numbered lines of our own letter, left below an answer without any mark of quoting, are no wishes."""
    lines = new_text.split("\n")
    ours = [number for number, line in enumerate(lines) if _OUR_LINE.fullmatch(normalize("NFKC", line[:100]))]
    if len(ours) < 2:
        return new_text
    gone = {
        *ours,
        *(number for number, line in enumerate(lines) if _OUR_LIMIT.fullmatch(normalize("NFKC", line[:100]))),
    }
    return "\n".join("" if number in gone else line for number, line in enumerate(lines))


def behind_the_last_number(sentence: str) -> str:
    found = [one.end() for one in _NUMBER.finditer(sentence)]
    return sentence[found[-1] :] if found else ""
