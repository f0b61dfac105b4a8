"""An answer's words in the light of the letter they answer: numbers of our offer, and what else names one of its slots.

In: the new text of a mail, the slots that our offer numbered. Out: the same text with 「2番」「最後の候補」「水曜の方」 spelled
out as day and time, so that one reader reads a first request and an answer alike: 「1番は難しいので4番で」 is
「3月16日10時00分は難しいので3月19日…」. A number beside a date of its own says nothing more where both agree; where they
don't, the doubt is told. Pure; patterns bounded.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from unicodedata import normalize

from mailflow.clock import tokyo
from mailflow.model import Method, Window

MAX_TEXT = 6_000
WEEKDAYS = "月火水木金土日"
MARK = "\ue000"  # before a digit that stood in a circle
_SAID_BY_ITS_DATE = "\ue001"  # a number whose date follows
_CIRCLED = {chr(0x2460 + n): f"{MARK}{n + 1}" for n in range(9)} | {chr(0x2776 + n): f"{MARK}{n + 1}" for n in range(9)}
_KANJI = {char: number for number, char in enumerate("一二三四五", 1)}

_DATE = r"(?:20\d\d[年/-]|令和\d{1,2}年)?(?:\d{1,2}\s?[/月]\s?\d{1,2}日?|\d{1,2}日)(?:\s?\([月火水木金土日]\)|[月火水木金]曜日?)?"
_HOUR = r"(?:午[前後]\s?)?\d{1,2}(?::\d\d|時(?:\d{1,2}分|半)?)"
_DAY = re.compile(r"(\d{1,2})日|[/月]\s?(\d{1,2})|([月火水木金])(?=曜|\))")
_DATE_BEHIND = re.compile(
    rf"(?:[^\S\n]?の(?:候補|枠|日程|日時)?|[^\S\n]?[(:、,.)]|[^\S\n])?[^\S\n]{{0,3}}\(?((?:{_DATE}|[月火水木金]曜日?|\([月火水木金]\))(?:の?[^\S\n]?{_HOUR})?)"
)
_DATE_BEFORE = re.compile(rf"({_DATE}[^\S\n]?(?:の?{_HOUR})?)(?:\s?[~-]\s?{_HOUR})?[^\S\n]?(?:の|[(、])[^\S\n]?$")
_CLOCK = re.compile(r"(午後)?\s?(\d{1,2})(?::(\d\d)|時(半|\d{1,2}(?=分))?)")
_DATES = re.compile(_DATE)

# What makes a number one of the offer: a word of its own …
_N = "([1-9一二三四五])"
_RANGE = r"(?:\s?(以降|以後|以外|以前|まで(?!に)))?"
_OF_SLOTS = r"(?:の?(?:候補日?|日[時程](?!は)|枠|もの))?"
_NAMED = (
    rf"{MARK}([1-5])(?:番目?)?",
    r"[「【『\[]([1-5])番?[」】』\]]",
    rf"第\s?{_N}\s?(?:候補(?:日時?)?|案)",
    r"(?:候補|番号|No\.?)の?\s?([1-5])(?![\d/:.,月日時分名人年回点件社つ])(?:番目?)?",
    rf"(?<![\d/:.第一-龥-])(?!一番(?!で(?!き)|[をがは]\s?(?:お?願|希望|選|よ[いろ]|良|都合|難|だめ|不可)|に|も[^っ]|と|[、。(]|$|の(?:候補|枠|日|方|ほう|\d))){_N}\s?番目?(?![目号地街町線台付札頭組窓早遅都良よいの]|最)",
    rf"(?<![\d/:.第一-龥-]){_N}\s?番目?(?=の(?:候補|日|枠|方|ほう|\d|[月火水木金]曜))",
    rf"(?<![\d/:.第一-龥-]){_N}\s?つ目",
)
# … or the words behind it, which ask.
_ASKS = (
    r"で(?:お?願|お?ねが|大丈夫|結構|確定|決定|OK|よろし|宜し|参加|いかが|す(?=。|\n|$))|を(?:お?願|第|希望|選|優先)"
    r"|が(?:よ|良|い[いで]|希望|都合|最)|で(?:あれば|したら)|でも(?:差し?支|可|大丈夫|構|結構|OK|よ|良|い|、?\s?[1-9])|なら"
    r"|(?:が|で)?(?:だめ|ダメ|駄目|無理|難し|不可|NG|埋ま)|は[^。、\n\d]{0,8}(?:監査|議会|会議|委員会|出張|不在|来客|別件|研修|用務|公務|行事|重な)|は(?:可(?!能性)|大丈夫|OK|空い|都合|不可|難し|NG|×|参加|出席|だめ|ダメ|無理)|[^\S\n]?[○◎×]"
)
_ALONE = r"(?<![\d/:.,月日時分年第A-Za-z\ue000-])([1-5])"
_BARE = (
    rf"{_ALONE}(?=\s?以外|、\s?(?:埋ま|だめ|ダメ|駄目|無理|難し|空いて|不可))",
    rf"{_ALONE}(?=\s?(?:{_ASKS}))",
    rf"{_ALONE}(?=\s?(?:か|と|または|→|>|、|・)\s?[1-5]\s?(?:{_ASKS}))",
)
_NUMBER = re.compile("|".join(f"(?:{one}){_OF_SLOTS}{_RANGE}" for one in (*_NAMED, *_BARE)), re.IGNORECASE)
# … or the label of its line.
_FIELD = re.compile(
    r"^([^\S\n]{0,6}[■●○◆・*-]?[^\S\n]?(?:ご?(?:希望|選択|回答)の?(?:番号|候補|枠)?|番号|第\s?[1-5一二三四五]\s?希望|次点)[^\S\n]{0,6}[:はが]?[^\S\n]{0,6})(?:番号|No\.?)?\s?([1-5])番?(?=[^\S\n]{0,4}(?:$|[。、(]))",
    re.MULTILINE,
)
_LABEL = re.compile(r"ご?(?:希望|選択|回答)の?(?:番号|候補|枠)?(?![^\S\n]?[1-5一二三四五])|番号")
_ELSE = re.compile(r"(?:様式|コース|メニュー|設問|質問|問|別紙|資料|項目|第|内線は?|窓口は?)\s?$")
_RELATIVE = re.compile(
    r"の(?:翌|前の|前日|次の|\d{1,2}\s?(?:時間|分|日)[前後]|午[前後](?!の?(?:枠|方)))|より(?:早|遅|前|後)|と同じ|の週"
)  # 「2番の翌日」「2番より早い時間」
_BOTH = re.compile(
    r"\s?(?:と|及び|および|\+)\s?(?:候補の?)?[1-5]\s?番?目?(?:の枠)?を(?!第|優先|希望順)"
)  # 「2番と4番を押さえて」

_MIDDLE = r"(?:真ん中|まん中|中央)"
_LAST = r"(?:(?:一番|いちばん|最も|もっとも)(?:最後|後ろ|遅い|あと|下)|最後|末尾)"
_FIRST = r"(?:(?:一番|いちばん|最も|もっとも)(?:最初|早い|先の|上)|最初|先頭)"
_PLACE = re.compile(
    rf"({_LAST}|{_FIRST}|{_MIDDLE})[のにで]?(?:お示し|ご?提示|ご?提案)?(?:いただい|頂い|くださっ)?た?の?"
    r"(?:候補日?|日[時程]?(?!間)|時間|枠|回|もの|やつ|(?:方|ほう)(?=で)|(?<=い)の(?=で))"
)
_WEEKDAY = re.compile(
    r"(?<![\d)(/日週])([月火水木金])曜日?(?!\s?\(?\d{1,2}\s?[/月日])(?:の(?:方|ほう|候補|枠|回|日程))?"
)
_HOUR_OF = re.compile(
    r"(?<![\d~-])(午前|午後)?\s?(\d{1,2})(?::(\d\d)|時(半|\d{1,2}(?=分))?分?)(?:から|開始)?の(?:方|ほう|やつ|枠|候補|回|もの)(?=[でをがに])"
)
_DAY_AND_TIME_APART = re.compile(r"日[はが][^。\n]{0,8}[1-5]番[^。\n]{0,24}時間[はが][^。\n]{0,8}[1-5]番")
_ALL_BUT = re.compile(r"(?<![\d/:.])([1-5])番?\s?(?:と|、|・)\s?([1-5])番?\s?(?:以外|を?除[いく]た?)")
_OF_ITS_DAY = re.compile(rf"({_DATE})(?:の|、){{0,2}}\s?(遅い|早い|後の|あとの|先の)(?:方|ほう|枠|回)")
_LEFT_OVER = re.compile(r"残(?:った|り|る)の?(?:もの|枠|候補|日程?|ところ|1つ|一つ)(?=[でをがに])|残り(?=で)")
_HALF_OF = re.compile(r"(午前|午後)中?の(?:方|ほう|枠|候補|回|分|もの)(?:の(?:方|ほう))?(?=[でをがに])")
_ANOTHER_WEEK = re.compile(r"(?:[来今翌]週|再来週|次の?|週明け|毎週)[^。\n]{0,4}$")
_TIME_BEHIND = re.compile(r"の?[、\s]?(?:午前|午後|夕方|朝|昼|\d{1,2}(?:時|:))")
_ANSWERED = re.compile(r"[^\S\n]?(?:→|⇒|…)[^\S\n]?(?=(?:可|不可|○|◎|×|△|OK|NG|難|オンライン|電話|Web))", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Thread:
    """What a mail may speak of without naming it. `offered`: the slots of our offer, in its numbering; `booked`: what the body
    has, still to come; `method`: of the one booking; `answering`: the mail answers a letter of ours about the consultation."""

    offered: tuple[Window, ...] = ()
    booked: tuple[Window, ...] = ()
    method: Method | None = None
    answering: bool = False


NO_THREAD = Thread()


@dataclass(frozen=True, slots=True)
class SpelledOut:
    """`seen`: numbers of the offer that were spelled out; `asked`: one of them behind a label that asks for it; `unclear`, in
    Japanese: numbers that aren't there, or contradict their date; `beside`: not one of them, but a time beside it."""

    text: str
    seen: frozenset[int]
    asked: bool
    unclear: tuple[str, ...]
    beside: bool


def spelled_out(text: str, offered: Sequence[Window]) -> SpelledOut:
    """The text as if its sender had written out the slots that it means."""
    plain = text[:MAX_TEXT].replace(MARK, " ")
    for char, mark in _CIRCLED.items():
        plain = plain.replace(char, mark)
    speller = _Speller(tuple(offered))
    plain = _ANSWERED.sub(" ", re.sub(r"[〜～]", "~", normalize("NFKC", plain)))
    if _DAY_AND_TIME_APART.search(plain):
        speller.unclear.append("日と時間が、別々の候補のようです")
        speller.beside = True
    plain = _ALL_BUT.sub(speller.all_but, _FIELD.sub(speller.field, plain))
    plain = _NUMBER.sub(speller.number, _PLACE.sub(speller.place, plain))
    plain = _LEFT_OVER.sub(speller.left_over, _OF_ITS_DAY.sub(speller.of_its_day, plain))
    plain = re.sub(rf"{_SAID_BY_ITS_DATE}[の:、,.\s]{{0,3}}", "", plain)
    plain = _WEEKDAY.sub(speller.weekday, plain)
    if not _DATES.search(plain):
        plain = _HALF_OF.sub(speller.half, _HOUR_OF.sub(speller.hour, plain, count=1), count=1)
    plain = re.sub(f"{MARK}([1-9])", lambda found: chr(0x245F + int(found[1])), plain)
    return SpelledOut(
        plain, frozenset(speller.seen), speller.asked, tuple(dict.fromkeys(speller.unclear)), speller.beside
    )


@dataclass(slots=True)
class _Speller:
    offered: tuple[Window, ...]
    seen: set[int] = field(default_factory=set)
    asked: bool = False
    unclear: list[str] = field(default_factory=list)
    beside: bool = False

    def field(self, found: re.Match[str]) -> str:
        """「希望番号　4」「第1希望：5」."""
        number = int(found[2])
        if number > len(self.offered):
            self.unclear.append(f"候補に{number}番はありません")
            return found[0]
        self.asked = True
        return f"{_LABEL.sub('希望日時', found[1])}{self._slot(number)}"

    def number(self, found: re.Match[str]) -> str:
        said = [one for one in found.groups() if one]
        beyond = said[1] if len(said) > 1 else None
        number = _KANJI.get(said[0]) or int(said[0])
        text, begin, end = found.string, found.start(), found.end()
        if _ELSE.search(text, max(0, begin - 5), begin):
            return found[0]
        if _RELATIVE.match(text, end):
            self.unclear.append(f"「{found[0]}」そのものではない日時のようです")
            self.beside = True
            return found[0]
        if _BOTH.match(text, end):
            self.unclear.append("どちらか一方か、両方のご希望か分かりません")
            return found[0]
        if number > len(self.offered):
            self.unclear.append(f"候補に{number}番はありません")
            return found[0]
        if beyond is not None:
            return self._several(number, beyond)
        date = _DATE_BEHIND.match(text, end) or _DATE_BEFORE.search(text, max(0, begin - 40), begin)
        return self._dated(number, found[0], date[1]) if date else self._slot(number)

    def place(self, found: re.Match[str]) -> str:
        """「一番最後の候補」「最も早い枠」: of the offer, where its sentence names no day before."""
        sentence = re.split(r"[。\n]", found.string[: found.start()])[-1]
        if _DATES.search(sentence):
            return found[0]
        order = sorted(range(len(self.offered)), key=lambda one: self.offered[one].start)
        if re.match(_MIDDLE, found[1]) and len(order) % 2 == 0:
            return found[0]
        at = -1 if re.match(_LAST, found[1]) else len(order) // 2 if re.match(_MIDDLE, found[1]) else 0
        number = order[at] + 1
        date = _DATE_BEHIND.match(found.string, found.end())
        return self._dated(number, found[0], date[1]) if date else self._slot(number)

    def all_but(self, found: re.Match[str]) -> str:
        """「1と3以外なら、どれでも」."""
        out = {int(found[1]), int(found[2])}
        return "か".join(self._slot(one) for one in range(1, len(self.offered) + 1) if one not in out)

    def of_its_day(self, found: re.Match[str]) -> str:
        """「17日の遅い方で」: of the slots on that day."""
        said = _DAY.search(found[1])
        day = int(said[1] or said[2] or 0) if said else 0
        month = re.match(r"(?:20\d\d[年/-]|令和\d{1,2}年)?(\d{1,2})\s?[/月]", found[1])
        starts = [tokyo(one.start) for one in self.offered]
        there = [
            n for n, one in enumerate(starts, 1) if one.day == day and (month is None or one.month == int(month[1]))
        ]
        if len(there) < 2:
            return found[0]
        order = sorted(there, key=lambda one: self.offered[one - 1].start)
        return self._slot(order[0] if found[2] in ("早い", "先の") else order[-1])

    def left_over(self, found: re.Match[str]) -> str:
        """「1は監査、2は出張です。残ったもので」: the one that was not named."""
        left = [n for n in range(1, len(self.offered) + 1) if n not in self.seen]
        return self._slot(left[0]) if len(left) == 1 and self.seen else found[0]

    def weekday(self, found: re.Match[str]) -> str:
        """「水曜日の方」: the one Wednesday of the offer."""
        numbers = [n for n, one in enumerate(self.offered, 1) if WEEKDAYS[tokyo(one.start).weekday()] == found[1]]
        days = {tokyo(self.offered[one - 1].start).date() for one in numbers}
        if len(days) != 1 or _ANOTHER_WEEK.search(found.string, max(0, found.start() - 12), found.start()):
            return found[0]
        self.seen |= set(numbers)
        if len(numbers) == 1 and not _TIME_BEHIND.match(found.string, found.end()):
            return self._slot(numbers[0])
        day = days.pop()
        return f"{day.month}月{day.day}日"

    def half(self, found: re.Match[str]) -> str:
        """「午後の枠の方で」: the one slot of that half of the day."""
        inside = [n for n, one in enumerate(self.offered, 1) if (tokyo(one.start).hour >= 12) == (found[1] == "午後")]
        return self._slot(inside[0]) if len(inside) == 1 else found[0]

    def hour(self, found: re.Match[str]) -> str:
        """「14時の方で」: the one slot at that hour."""
        half = 12 if found[1] == "午後" and int(found[2]) < 12 else 0
        minute = 30 if found[4] == "半" else int(found[3] or found[4] or 0)
        at = [
            number
            for number, one in enumerate(self.offered, 1)
            if (tokyo(one.start).hour, tokyo(one.start).minute) == (int(found[2]) + half, minute)
        ]
        return self._slot(at[0]) if len(at) == 1 else found[0]

    def _dated(self, number: int, words: str, date: str) -> str:
        """A number with a date: the date is enough, where it is that of the number."""
        start = tokyo(self.offered[number - 1].start)
        clock, agrees = _CLOCK.search(date), True
        for said in _DAY.finditer(date[: clock.start()] if clock else date):
            day, weekday = said[1] or said[2], said[3]
            agrees &= not (day and int(day) != start.day) and not (weekday and weekday != WEEKDAYS[start.weekday()])
        if clock:
            minute = 30 if clock[4] == "半" else int(clock[3] or clock[4] or 0)
            agrees &= (int(clock[2]) % 12, minute) == (start.hour % 12, start.minute)
        if not agrees:
            self.unclear.append(f"番号（{number}）と日時が、お出しした候補と合いません")
            return words
        if not re.search(r"\d", date):  # 「2番（火曜）」
            return self._slot(number)
        self.seen.add(number)
        return _SAID_BY_ITS_DATE

    def _several(self, number: int, beyond: str) -> str:
        """「3番以降」: each of them."""
        every = range(1, len(self.offered) + 1)
        meant = [
            one
            for one in every
            if (
                one >= number
                if beyond in ("以降", "以後")
                else one <= number
                if beyond in ("以前", "まで")
                else one != number
            )
        ]
        return "か".join(self._slot(one) for one in meant)

    def _slot(self, number: int) -> str:
        self.seen.add(number)
        start = tokyo(self.offered[number - 1].start)
        return f"{start.month}月{start.day}日{start.hour}時{start.minute:02d}分"
