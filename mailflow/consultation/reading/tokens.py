"""Days, times and the words that join them, out of readable text (reading/text.py).

In: text, the day the mail came (Asia/Tokyo). Out: Tokens in order. A token says what stands there, not yet what is meant.
Pure; never raises on what a text says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from enum import Enum, auto

import jpholiday

from mailflow.consultation.reading.text import ORDER

WEEKDAYS = "月火水木金土日"
_HOLIDAYS = "元日|成人の日|建国記念の日|天皇誕生日|春分の日|昭和の日|憲法記念日|みどりの日|こどもの日|海の日|山の日|敬老の日|秋分の日|スポーツの日|文化の日|勤労感謝の日"
Groups = dict[str, str]
_PAREN_DAY = r"(?:\s?\(\s?(?P<wd>[月火水木金土日])(?:曜日?)?(?:[・,]?祝)?\s?\)|\s?(?P<wd2>[月火水木金土日])(?:曜日?|(?=[\s、,・~)]|\d)))?"


class T(Enum):
    DAY = auto()  # day: date, or None where there is no such day
    WEEK = auto()  # monday: date; of a week named alone
    WEEKDAY = auto()  # weekday: int, without a week
    TIME = auto()  # at: time
    PART = auto()  # part: 午前, 午後 …
    SAME = auto()  # 同時刻
    DURATION = auto()
    TO = auto()  # 〜, -, から
    FROM = auto()  # から, より: a start without an end
    UNTIL = auto()  # まで
    AFTER = auto()  # 以降
    BEFORE = auto()  # 以前, までに
    JOIN = auto()  # 、か と または
    NOT_NEXT = auto()  # 都合の悪い日：
    LIMIT_NEXT = auto()  # 締切の…
    BETWEEN = auto()  # …の間
    ORDER = auto()
    STOP = auto()  # the end of a sentence or line


@dataclass(frozen=True, slots=True)
class Token:
    kind: T
    text: str
    at: int  # where it begins
    day: date | None = None
    weekday: int | None = None
    said_weekday: int | None = None  # 「3/18(木)」: what the text says beside the date
    clock: time | None = None
    part: str = ""
    length: timedelta | None = None  # how long; of 「翌日」, how much later
    wrong: str | None = None  # 「3月32日」
    relative: bool = False  # 明日
    shorthand: bool = False  # a bare number: 「3/16〜18」


# What to make of each pattern: a kind that needs no more, a part of the day, or the method of `Reader` that makes the token.
# At one place the first that fits wins.
_RULES: tuple[tuple[str, T | str], ...] = (
    (rf"{ORDER}(\d){ORDER}\)?[.:：、)]?", T.ORDER),
    (rf"(?:(?P<y>20\d\d)\s?[-/.年]\s?|令和(?P<era>\d{{1,2}}|元)[年./-]|R(?P<r>\d{{1,2}})[-./年])(?P<m>\d{{1,2}})\s?[-/.月]\s?(?P<d>\d{{1,2}})(?!\d)日?{_PAREN_DAY}", "_full"),
    (rf"(?<!\d)(?P<y>20\d\d)(?P<m>[01]\d)(?P<d>[0-3]\d)(?!\d){_PAREN_DAY}", "_full"),
    (r"(?:(?P<m>\d{1,2})(?:月\s?|/)(?P<d>\d{1,2})日?|(?<![\d/:.])(?P<d2>\d{1,2})日)(?:\s?\([月火水木金土日]\))?(?:の|から始まる|を含む|からの)?週の?(?P<wd>[月火水木金]曜日?(?:\s?(?:[・,、/]|か|と|または)?\s?[月火水木金]曜日?){0,4})?(?![一-龥])", "_week_of"),
    (r"(?:(?P<m>\d{1,2})月の?)?第\s?(?P<n>[1-5])(?P<wd>[月火水木金])曜日?", "_nth_weekday"),
    (rf"(?P<m>\d{{1,2}})(?:月\s?|/)(?P<d>\d{{1,2}})(?![\d/])日?{_PAREN_DAY}", "_full"),
    (rf"(?<![\d.])(?P<m>1[0-2]|[1-9])\.(?P<d>[0-3]?\d)(?![\d.]|時間|倍|割|点|h)(?=\s?\(|\s{{1,3}}|日|の|、|~|-){_PAREN_DAY}", "_full"),
    (r"(?P<x>一昨日|おととい|昨日|きのう|本日|今日|きょう|明日|あした|あす(?!け)|明後日|あさって|明々後日|しあさって)中?", "_relative"),
    (r"(?P<x>翌々日|翌営業日|次の(?:営業日|開庁日)|翌日|前の?営業日|(?<!以)(?<!切)(?<!限)(?<!切の)(?<!限の)前日|(?:[一1]日前|前の日|[一1]日後|次の日)(?=の|に|へ)|(?:祝日|連休)明け(?:の?(?:初日|最初の(?:平日|開庁日|営業日)|日(?=[のにで])))?)", "_beside"),
    (rf"(?P<name>{_HOLIDAYS})(?!明け)", "_holiday"),
    (r"(?P<w>再々来週|再来週|さ来週|来週)の?(?:今日|本日|きょう)", "_week_today"),
    (r"(?P<prev>(?:(?:一つ|1つ)?前の週|前週)の?同じ曜日)|(?P<next>(?:次の週|翌週)の?同じ曜日)|(?:ちょうど)?(?P<weeks>[12一二])週間(?P<before>前|後)(?:の?(?:同じ曜日|今日(?:\([月火水木金]曜?日?\))?|日(?=[にのは、])))?", "_weeks_on"),
    (r"(?P<w>再々来週|再来週|さ来週|来週|翌週|次週|今週|週明け)(?P<end>中|末|頭|初め)?(?:の|は|、|,|/|でしたら|なら)?\s?(?P<wd>[月火水木金土日](?:曜日?)?(?:\s?(?:[・,、/]|か|と|または|や|or)?\s?[月火水木金土日](?:曜日?)?(?![一-龥A-Za-z0-9]))*)?(?![一-龥])", "_week"),
    (r"(?P<w>再々来週|再来週|さ来週|来週|翌週|次週|今週|週明け)(?P<end>中|末|頭|初め)?(?P<wd>)", "_week"),
    (r"(?P<n>次の?|今度の?)(?P<wd>[月火水木金土日])曜日?", "_weekday"),
    (r"(?P<wd>[月火水木金土日])曜日?", "_weekday"),
    (r"\((?P<wd>[月火水木金])\)", "_weekday"),
    (r"(?<=[月火水木金日]~)(?P<wd>[月火水木金])(?=[の、\sはで(午])", "_weekday"),
    (r"(?<![\d/:])(?P<h>[89]|1[0-7])(?P<m>半)(?=[でから、\s~])", "_clock"),
    (r"(?<!\d)(?P<h>\d\d)(?P<m>[0-5]\d)(?=\s?(?:~|-)\s?\d{4}(?!\d))", "_clock"),
    (r"(?<=[~-])\s?(?P<h>\d\d)(?P<m>[0-5]\d)(?!\d)", "_clock"),
    (r"(?:(?<=\d )|(?<=\) ))(?P<h>0[89]|1\d)(?P<m>[0-5]\d)(?![\d年/.:-])", "_clock"),
    (r"(?P<half>午前|午後)?\s?(?P<h>\d{1,2})時台", "_hour"),
    (r"(?<![\d:/])(?P<h>\d{1,2})\s?(?P<half2>AM|PM|am|pm)(?![a-z])", "_clock"),
    (r"(?P<half>AM|PM|am|pm)\s?(?P<h>\d{1,2})(?![\d:時/月.])", "_clock"),
    (r"(?P<half>午前|午後|AM|PM|am|pm|夕方|朝|昼)?\s?(?P<h>\d{1,2})\s?(?::|時|[hH](?![A-Za-z]))[^\S\n]?(?P<m>[0-5]\d|\d(?=分)|半)?(?!間|\d)分?(?:[^\S\n]?(?P<half2>AM|PM|am|pm)(?![a-z]))?(?:頃|ごろ|ころ|くらい|ぐらい|過ぎ|ちょうど)?", "_clock"),
    (r"(?<!\d)(?P<h>\d{1,2})(?=\s?(?:~|-)\s?\d{1,2}時)", "_clock"),
    (r"(?P<half2>正午)", "_noon"),
    (rf"(?:(?P<mo>先月|来月|再来月|今月)の?)?(?<![\d/.])(?<!\d:)(?![2-5]日とも)(?P<d>\d{{1,2}})日(?!間|以内|前|本|産|頃まで){_PAREN_DAY}", "_day"),
    (r"(?<![\d/.])(?<!\d:)(?P<d>\d{1,2})\s?\(\s?(?P<wd>[月火水木金土日])(?:曜日?)?\s?\)(?P<wd2>)", "_day"),
    (r"(?P<h>\d{1,2})時間(?P<half>半)?(?:程度|ほど|くらい|ぐらい)?|(?P<n>\d{1,3})分(?:程度|間|ほど|くらい|ぐらい|枠|くらい)*", "_length"),
    (r"午後イチ|午後一(?!般)|午後いち|午後1番|午後一番|昼イチ|昼一|昼いち", "part:first-pm"),
    (r"朝イチ|朝一番?|朝いち(?:ばん)?|午前一番|始業後すぐ", "part:first-am"),
    (r"お?昼(?:休み)?(?:明け|後(?=[、(\s])|が?終わってすぐ|が終わり次第)", "part:first-pm"),
    (r"午前中?|AM(?![a-z])|朝(?!日|会|来|倉|霧|木|礼|[一-龥]{1,3}[都道府県市町村])", "part:am"),
    (r"お?昼前|正午前", "part:late-am"),
    (r"午後の?早い?(?:時間帯?|うち)", "part:early-pm"),
    (r"午後|PM(?![a-z])", "part:pm"),
    (r"(?:一番|いちばん|最も)遅い(?:枠|時間帯?|回)|(?<!\()最終の?(?:枠|回)(?!\s?\()|最後の(?:枠|回)(?!\s?\()", "part:last"),
    (r"夕方", "part:evening"),
    (r"お?昼過ぎ|お?昼すぎ", "part:early-pm"),
    (r"昼休み?|お?昼の時間", "part:noon"),
    (r"(?<!最)終日|1日中|一日中|丸1日|丸一日|全日", "part:day"),
    (r"同(?:じ)?(?:時刻|時間帯?)|同じく|同上", T.SAME),
    (r"(?:(?<=[\n。、])|^)\s?(?:NG|×|不可|対応不可|都合が悪い日?)\s?[:：]", T.NOT_NEXT),
    (r"(?:不可|NG|難しい|無理|ダメ|だめ|都合が悪い|(?:対応|参加|出席)できない)(?:なの|の)は(?:、)?", T.NOT_NEXT),
    (r"(?:ご?都合[のが](?:悪い|よくない|良くない|合わない)|ご?都合[のが]?つかない|差し?支え[のが]?ある|(?:対応|参加|出席|相談)が?できない|避けたい|避けて(?:いただき|頂き|ほし|欲し)[いた]{1,2}|難しい|(?:先約|予定)[のが]ある|埋まっている|NGの?|不可の?)(?:候補)?(?:日程|日時?|時間帯?)[^\S\n]?(?:は|[:：]|を[^。\n\d]{0,12}(?:お?知らせ|お?伝え|記載|列挙|挙げ|ご?連絡)[^。\n\d]{0,8}。)?(?:(?:以下|下記|次)の?(?:とおり|通り)?(?:です|になります|となります)?。?)?", T.NOT_NEXT),
    (r"(?:以下|下記|次(?=の(?:日|候補|時間)))の?(?:候補)?(?:日程|日時?|時間帯?)?[^。\n\d]{0,12}(?:以外|除[きくい]|避け|不可(?!能)|(?<![A-Za-z])NG|難し|厳し|不在|埋ま|(?:予定|会議|公務|先約|議会)[がの]|ご?都合[がは]?(?:悪|つか|つきま?せ|合わ|合いま?せ|よくな)|(?:対応|参加|出席|調整)(?:が)?(?:でき(?:な|ま?せ|かね)|不可|困難))[^。\n\d]{0,24}[。:]?(?=\s)", T.NOT_NEXT),
    (r"(?:応募|公募|提出|申込み?|申し込み|募集)?(?:の)?(?:締め?切り?|〆切り?|期限|期日)(?:日)?(?:の|は|である|が|[:：])?\s?\(?", T.LIMIT_NEXT),
    (r"の(?:間|あいだ)(?:の|で|に)?|の期間(?:中|内)?", T.BETWEEN),
    (r"以降|以後|過ぎ|より後|から後", T.AFTER),
    (r"(?<!ま)までに", T.BEFORE),
    (r"(?<!ま)まで|以前|より前", T.UNTIL),
    (r"(?<!こちら)(?<!当方)(?<!私)から|より(?![0-9])", T.FROM),
    (r"~|(?<=[\d)日時分])\s?-(?=\s?\d)|(?<=[\d)日時分前後])\s?[-―–]\s?(?=\d|午)", T.TO),
    (r"または|又は|もしくは|若しくは|あるいは|及び|および|ないし|or(?![a-z])|[、,・/]|か(?=\d|午|[月火水木金]曜)|と(?=\d|午|[月火水木金]曜)|や(?=\d)", T.JOIN),
    (r"[。\n!?！？]", T.STOP),
)  # fmt: skip
# All in one pattern, searched for in one go; the groups of each get its number.
_ALL = re.compile(
    "|".join(
        f"(?P<r{number}>{re.sub(r'[(][?]P<(' + chr(92) + 'w+)>', rf'(?P<{chr(92)}1_{number}>', pattern)})"
        for number, (pattern, _) in enumerate(_RULES)
    )
)
_SHORT = re.compile(r"\s?(\d{1,2})(?:日)?(?![\d:/時月.])(?:\s?\(([月火水木金土日])(?:曜日?)?\))?")


class Reader:
    """Reads tokens as seen from one day."""

    def __init__(self, today: date) -> None:
        self.today = today

    def read(self, text: str) -> Iterator[Token]:
        at = 0
        previous: Token | None = None
        while at < len(text):
            if previous is not None and previous.kind is T.TO and previous.part == "days":
                bare = _SHORT.match(text, at)
                if bare and int(bare[1]) <= 31:
                    said = WEEKDAYS.index(bare[2]) if bare[2] else None
                    previous = Token(T.DAY, bare[0], at, shorthand=True, part=bare[1], said_weekday=said)
                    yield previous
                    at = bare.end()
                    continue
            match = _ALL.search(text, at)
            if match is None:
                return
            if previous is not None and text[at : match.start()].strip(" \u3000()"):
                previous = None
            token = self._made(match)
            if token.kind is T.TO and previous is not None and previous.kind is T.DAY:
                token = Token(T.TO, token.text, token.at, part="days")
            yield token
            previous, at = token, match.end()

    def _made(self, match: re.Match[str]) -> Token:
        number = int(str(match.lastgroup)[1:])
        what = _RULES[number][1]
        if isinstance(what, T):
            return Token(what, match[0], match.start())
        if what.startswith("part:"):
            return Token(T.PART, match[0], match.start(), part=what[5:])
        ending = f"_{number}"
        groups = {
            name.removesuffix(ending): found for name, found in match.groupdict().items() if name.endswith(ending)
        }
        made: Token = getattr(self, what)(groups, match[0], match.start())
        return made

    # --- makers ---

    def _full(self, groups: Groups, text: str, at: int) -> Token:
        year = None
        if groups.get("y"):
            year = int(groups["y"])
        elif groups.get("era"):
            year = 2018 + (1 if groups["era"] == "元" else int(groups["era"]))
        elif groups.get("r"):
            year = 2018 + int(groups["r"])
        month, day = int(groups["m"]), int(groups["d"])
        said = groups.get("wd") or groups.get("wd2")
        weekday = WEEKDAYS.index(said) if said else None
        made = _date(year or self.today.year, month, day)
        if made is None:
            return Token(T.DAY, text, at, said_weekday=weekday, wrong=f"「{text.strip()}」という日はありません")
        if year is None and (self.today - made).days > 180:
            made = _date(made.year + 1, month, day) or made
        return Token(T.DAY, text, at, day=made, said_weekday=weekday)

    def _day(self, groups: Groups, text: str, at: int) -> Token:
        day = int(groups["d"])
        said = groups["wd"] or groups["wd2"]
        weekday = WEEKDAYS.index(said) if said else None
        year, month = self.today.year, self.today.month
        if (ahead := {"先月": -1, "来月": 1, "再来月": 2}.get(groups.get("mo") or "")) is not None:
            year, month = divmod(12 * year + month - 1 + ahead, 12)
            return Token(T.DAY, text, at, day=_date(year, month + 1, day), said_weekday=weekday)
        past = _date(year, month, day)
        if weekday is not None and past is not None and past.weekday() == weekday and 0 < (self.today - past).days < 15:
            return Token(T.DAY, text, at, day=past, said_weekday=weekday)  # 「昨日10日（火）の説明会」
        for _ in range(3):
            made = _date(year, month, day)
            if made is not None and made >= self.today:
                return Token(T.DAY, text, at, day=made, said_weekday=weekday)
            year, month = (year, month + 1) if month < 12 else (year + 1, 1)
        return Token(T.DAY, text, at, said_weekday=weekday, wrong=f"「{text.strip()}」という日はありません")

    def _weekday(self, groups: Groups, text: str, at: int) -> Token:
        weekday = WEEKDAYS.index(str(groups["wd"]))
        # On a Tuesday 「次の水曜」 is tomorrow to some and next week to others; 「次の月曜」 is next week to all.
        doubt = bool(groups.get("n")) and weekday > self.today.weekday()
        wrong = f"「{text.strip()}」が今週か来週か分かりません" if doubt else None
        return Token(T.WEEKDAY, text, at, weekday=weekday, wrong=wrong)

    def _nth_weekday(self, groups: Groups, text: str, at: int) -> Token:
        """「3月の第3水曜」; with no month named, the next such day."""
        weekday, number = WEEKDAYS.index(str(groups["wd"])), int(groups["n"])
        named = int(groups["m"]) if groups["m"] else None
        for ahead in range(13):
            year, month = divmod(12 * self.today.year + self.today.month - 1 + ahead, 12)
            month += 1
            first = _date(year, month, 1) if named in (None, month) else None
            day = first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1)) if first else None
            if day is not None and day.month == month and day >= self.today:
                return Token(T.DAY, text, at, day=day)
        return Token(T.DAY, text, at, wrong=f"「{text.strip()}」がどの日か分かりません")

    def _holiday(self, groups: Groups, text: str, at: int) -> Token:
        """「春分の日（の前日）」: the next of that name."""
        days = (self.today + timedelta(days=ahead) for ahead in range(366))
        day = next((one for one in days if jpholiday.is_holiday_name(one) == groups["name"]), None)
        return Token(T.DAY, text, at, day=day, wrong=None if day else f"「{text}」がどの日か分かりません")

    def _hour(self, groups: Groups, text: str, at: int) -> Token:
        made = self._clock(groups | {"m": ""}, text, at)
        return replace(made, part="hour") if made.clock else made

    def _noon(self, _groups: Groups, text: str, at: int) -> Token:
        return Token(T.TIME, text, at, clock=time(12))

    def _relative(self, groups: Groups, text: str, at: int) -> Token:
        ahead = {"一": 0, "お": 0, "昨": 0, "本": 0, "今": 0, "き": 0, "あ": 1, "明": 1, "し": 3}[groups["x"][0]]
        if groups["x"] in ("昨日", "きのう", "一昨日", "おととい"):
            ahead = -1 if groups["x"] in ("昨日", "きのう") else -2
        elif groups["x"] in ("明後日", "あさって"):
            ahead = 2
        elif groups["x"] == "明々後日":
            ahead = 3
        return Token(T.DAY, text, at, day=self.today + timedelta(days=ahead), relative=True)

    def _week(self, groups: Groups, text: str, at: int) -> Token:
        ahead = {"再々来週": 3, "再来週": 2, "さ来週": 2, "今週": 0}.get(groups["w"], 1)
        monday = self.today + timedelta(days=7 * ahead - self.today.weekday())
        days = groups["wd"] or ("月" if groups["w"] == "週明け" else "")
        marks = "".join(str(WEEKDAYS.index(char)) for char in re.sub(r"曜日?", "", days) if char in WEEKDAYS)
        return Token(T.WEEK, text, at, day=monday, part=marks)

    def _week_of(self, groups: Groups, text: str, at: int) -> Token:
        """「3/16の週の水曜」."""
        if groups.get("m"):
            named = self._full({"m": groups["m"], "d": groups["d"]}, text, at)
        else:
            named = self._day({"d": groups["d2"], "wd": "", "wd2": ""}, text, at)
        if named.day is None:
            return named
        marks = "".join(
            str(WEEKDAYS.index(char)) for char in re.sub(r"曜日?", "", groups["wd"] or "") if char in WEEKDAYS
        )
        return Token(T.WEEK, text, at, day=named.day - timedelta(days=named.day.weekday()), part=marks)

    def _week_today(self, groups: Groups, text: str, at: int) -> Token:
        """「来週の今日」."""
        ahead = {"再々来週": 3, "再来週": 2, "さ来週": 2}.get(groups["w"], 1)
        return Token(T.DAY, text, at, day=self.today + timedelta(weeks=ahead), relative=True)

    @staticmethod
    def _beside(groups: Groups, text: str, at: int) -> Token:
        """「翌日」「前営業日」: of which day, the words before say, or the booking."""
        steps = -1 if "前" in groups["x"] else 2 if groups["x"] == "翌々日" else 1
        part = "open" if groups["x"].endswith(("営業日", "開庁日")) else "next"
        if "明け" in groups["x"]:
            return Token(T.DAY, text, at, part="holiday", length=timedelta(days=1), relative=True)
        return Token(T.DAY, text, at, part=part, length=timedelta(days=steps), relative=True)

    @staticmethod
    def _weeks_on(groups: Groups, text: str, at: int) -> Token:
        """「ちょうど1週間後」: of which day, the words before say, or the booking."""
        weeks = 2 if groups["weeks"] in ("2", "二") else 1
        ahead = timedelta(weeks=-weeks if groups["prev"] or groups["before"] == "前" else weeks)
        return Token(T.DAY, text, at, part="next", length=ahead, relative=True)

    def _clock(self, groups: Groups, text: str, at: int) -> Token:
        hour = int(groups["h"])
        minute = 30 if groups.get("m") == "半" else int(groups.get("m") or 0)
        half = (groups.get("half") or groups.get("half2") or "").upper()
        if half in ("午後", "PM", "夕方") and hour < 12:
            hour += 12
        elif not half and 1 <= hour <= 6:
            hour += 12  # 「2時から」: nobody means the night
        elif half == "昼" and hour < 11:
            hour += 12
        if hour > 24 or (hour == 24 and minute):
            return Token(T.TIME, text, at, wrong=f"「{text.strip()}」という時刻はありません")
        return Token(T.TIME, text, at, clock=time(hour % 24, minute), part="midnight" if hour == 24 else "")

    @staticmethod
    def _length(groups: Groups, text: str, at: int) -> Token:
        if groups["n"]:
            return Token(T.DURATION, text, at, length=timedelta(minutes=int(groups["n"])))
        return Token(
            T.DURATION, text, at, length=timedelta(hours=int(groups["h"]), minutes=30 if groups["half"] else 0)
        )


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
