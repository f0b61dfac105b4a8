"""The one number that a cell says, in the field's unit: 「週５時間程度」, 「3名（うち専任1名）」, 「企画課2名、情報課1名」.

In: FieldSpec, a cell's value. Out: a float, or None where it says none, two, or another unit's. Pure; bounded by
`READ_MAX`. Decisions:
- A number may carry its unit and 約, 週, 程度, 以上 …; what stands in brackets behind it explains it.
- 「2〜3時間」「3時間以上5時間未満」 is its lower bound where the field says `ranges: lower`, else None.
- People counted apart are counted together; the sum that the cell itself says comes first.
- Per month or day where the unit says week: None, never a guess. A day of 1900 is a number in a cell with a date's look.
- What stands right behind a number must be the field's unit or no unit at all: 「51%」「5回」「3課」 say none, 「50万円」 does where
  the unit is 円. What takes the number back (「5時間は難しい」「最大5時間」「3名（未定）」: hedges.py) leaves none.
"""

from __future__ import annotations

import datetime as dt
import math
import re

from mailflow.forms.amounts import in_figures
from mailflow.forms.grid import CellValue
from mailflow.forms.hedges import Doubt, says_nothing, takes_number_back
from mailflow.forms.text import fold
from mailflow.forms.timetables import hours_by_days
from mailflow.forms.years import of_the_year_asked
from mailflow.settings.form import FieldSpec, Ranges

READ_MAX = 400
_NUM = r"[0-9]{1,9}(?:,[0-9]{3}){0,3}(?:\.[0-9]{1,9})?"
_HOURS = r"(?:時間|hours?|hrs?|h)"
_MINUTES = r"(?:分(?!の)|mins?|m(?![a-z]))"
_AROUND = r"[^0-9]{0,12}"
_RANGE = re.compile(rf"({_NUM})([^0-9]{{0,6}}?)(?:~|〜|-|から|ないし|乃至|・)(?:週)?({_NUM})")
_BOUNDS = re.compile(rf"({_NUM})(?:[^0-9]{{0,4}}?)以上、?(?:週)?({_NUM})(?:[^0-9]{{0,4}}?)(?:以下|未満|以内)")
# Of which year or over how many a figure is, and which of the people are what: 「0.51（R6）」「3か年平均」「5人、うち専任1人」.
_BESIDE = re.compile(
    r"\(?(?:令和|平成|(?<![a-z0-9])[rh])\.?[0-9元]{1,2}(?:年度?)?\)?|\(?[0-9]{1,2}(?:か|ヶ|ヵ|カ|ケ|箇)?年(?:度)?の?(?:単純)?平均\)?|\(?20[0-9]{2}年度?\)?"
    r"|[、。,※(]?[^、。,(0-9]{0,14}[0-9]{1,3}(?:名|人)を?(?:含む|含め(?:て|る)?|込み?)、?\)?|\((?:うち|内)[^()]{1,40}\)|[、。,※](?:うち|内)[^0-9()]{0,12}[0-9]{1,3}(?:名|人)[^0-9]{0,8}$"
)
_IN_BRACKETS = re.compile(r"\([^()]{0,80}\)")
_KANJI = {char: number for number, char in enumerate("〇一二三四五六七八九")}
_KANJI_NUMBER = re.compile(r"([一二三四五六七八九])?(十)?([一二三四五六七八九])?")
_PERIODS = {"週": ("月", "日", "年"), "月": ("週", "日", "年"), "日": ("週", "月", "年"), "年": ("週", "月", "日")}
_PEOPLE = frozenset({"名", "人"})
_COUNTED = re.compile(r"([0-9]{1,3})(?:名|人)")
# 「課長1、係長1、主事1」「専任2 兼任1」
_BY_ROLE = re.compile(
    r"(?:[一-龥]{0,6}(?:長|員|事|任|当|査|幹|佐|級|者|担|監|師|士)[0-9]{1,2}(?:名|人)?[、,・/+及び\s]{0,2}){2,8}"
)
_SUM = re.compile(rf"(?:=|→|合計|総計|(?<!設)計|全体で)\s?(?:約|週)?({_NUM})(?![0-9])")


def number_of(field: FieldSpec, cell: CellValue) -> tuple[float | None, Doubt]:
    """The number, and what doubt is left. `LOOK`: the number is clear, not so what stands beside it; `LIMITED`, with no number: a
    statement that a person may read (「月10時間程度」「係長 石田、主任 今井」)."""
    value = _plain_number(field, cell)
    if not isinstance(cell, str) or len(cell) > READ_MAX:
        return value, Doubt.NONE if value is not None else Doubt.ASK
    text = fold(cell).replace("~", "〜")
    if value is not None:
        return value, Doubt.LOOK if _at_odds(field, text, value) else Doubt.NONE
    if "時間/週" in fold(field.unit or "") and (by_days := hours_by_days(text)) is not None:
        return by_days
    if (led := _led(field, text)) is not None:
        return led
    if (of_year := of_the_year_asked(field, text)) is not None:
        return of_year, Doubt.NONE
    hours = "時間" in (field.unit or "")
    statement = (
        re.search(
            rf"(?:月|日|年間?)[^0-9]{{0,6}}{_NUM}{_HOURS}|{_NUM}(?:{_HOURS}|{_MINUTES})/(?:月|日|年)|(?:月|日)[^0-9]{{0,6}}{_NUM}{_MINUTES}|{_NUM}日|半日|割",
            text,
        )
        if hours
        else re.fullmatch("[^0-9#]*[ぁ-ん一-龥][^0-9#]*", text)
    )
    if statement and (hours or not says_nothing(text)):
        return None, Doubt.LIMITED
    figure = (
        _UNIT_TOLD.search(text) if field.unit else None
    )  # 「検討中ですが5時間程度は可能」: in its own unit, and limited
    return None, Doubt.LIMITED if figure and not _TWO_OF_THEM.search(text) else Doubt.ASK


def _led(field: FieldSpec, text: str) -> tuple[float | None, Doubt] | None:
    """A number in its own unit with something behind it: 「5時間（1名あたり約1.7時間×3名）」, 「庁内3名＋外部アドバイザー1名」; of hours also
    people by hours."""
    unit = fold(field.unit or "")
    if "時間" in unit and (by := _BY_PEOPLE.fullmatch(text)):
        people, hours = (by[2], by[3]) if by[2] else (by[5], by[4])
        product = _float(people) * _float(hours)
        told = by[1] or (by[6] is not None and _float(by[6]) == product)
        return product, Doubt.NONE if told else Doubt.LOOK
    if "時間" in unit and (at_end := _HOURS_OF_A_DAY.fullmatch(text)):
        return _float(at_end[1]), Doubt.LOOK
    total = _SUM.search(text) if "時間" in unit else None
    if total and "→" not in total[0] and re.match(_HOURS, text[total.end() :]) and not re.search("[月日年]", text):
        before = [_float(one) for one in re.findall(_NUM, _OF_ONE.sub("", text[: total.start()]))][-2:]
        return _float(total[1]), Doubt.NONE if before and math.prod(before) == _float(total[1]) else Doubt.LOOK
    head = _HEAD.match(text)
    if head is None or not unit:
        return None
    value, rest = _said(field, head[0]), text[head.end() :]
    own = _times(head[0], next(re.finditer(_NUM, head[0])).end(), unit)
    if value is None or own != 1 or not _UNIT_TOLD.search(head[0]) or takes_number_back(_EXPLAINED.sub("", rest)):
        return None
    if _OF_EACH_ALONE.search(rest):
        return None
    parts = [_float(one) for one in re.findall(rf"({_NUM})\s?(?:{_HOURS}|名|人)", rest)]
    if (
        len(parts) > 1 and sum(parts) == value and not re.search("[×x*]", rest)
    ):  # 「5時間（内訳：係長2時間、主事3時間）」
        return value, Doubt.NONE
    if "時間" in unit and (_ANOTHER_TIME.search(_IN_BRACKETS.sub("", rest)) or _BARE_PERIOD.match(rest)):
        return None, Doubt.LIMITED  # 「通常5時間、繁忙期2時間」: which of them is a person's to read
    factors = [_float(one) for one in re.findall(_NUM, _OF_ONE.sub("", rest))]
    explained = len(factors) == 2 and "×" in rest and abs(factors[0] * factors[1] - value) <= 0.05 * value
    return value, Doubt.NONE if explained else Doubt.LOOK


def _at_odds(field: FieldSpec, text: str, value: float) -> bool:
    """「計6名（専任2名、兼任3名）」; people by the week."""
    if fold(field.unit or "") not in _PEOPLE:
        return False
    inside = "".join(_IN_BRACKETS.findall(text))
    if re.search("[0-9](?:名|人)(?:は|が)?(?:未定|調整中|欠員|検討中)", inside):
        return True
    counts = [] if re.search(r"うち|内|ほか|他|含", inside) else [int(one) for one in _COUNTED.findall(inside)]
    return (len(counts) > 1 and sum(counts) != value) or re.search(r"/(?:週|日|月|回)", text) is not None


_HEAD = re.compile(rf"[^0-9(。※、+]{{0,12}}{_NUM}[^0-9(。※、+×]{{0,8}}(?=[(。※、+])")
_TWO_OF_THEM = re.compile(
    r"又は|または|もしくは|若しくは|or|→|⇒|[0-9][^0-9]{0,4}か[0-9]|[、,][0-9]|\?|未満|以下|以内|満たな|届か"
)
_UNIT_TOLD = re.compile(rf"[0-9]\s?(?:{_HOURS}|名|人)")
_OF_ONE = re.compile(r"1(?:人|名)(?:当た?り|あたり|につき)")
_EXPLAINED = re.compile(r"(?:1(?:人|名)(?:当た?り|あたり|につき))[^()]{0,6}[0-9.]+[^()]{0,12}")
# 「5時間（1名当たり）」: the number itself is of each.
_OF_EACH_ALONE = re.compile(r"\((?:1(?:人|名)(?:当た?り|あたり|につき)|各自|各々|それぞれ)\)")
_ANOTHER_TIME = re.compile(rf"[0-9]\s?{_HOURS}")
_BARE_PERIOD = re.compile(r"\((?:[月日年]|1日|[1一]か?月)(?:当たり|あたり)?\)")
# 「毎週水曜13時〜17時（4時間）」
_HOURS_OF_A_DAY = re.compile(
    rf"[^0-9(]{{0,10}}[0-9]{{1,2}}[時:][0-9分]{{0,3}}(?:〜|-|から)[0-9]{{1,2}}[時:][0-9分]{{0,3}}(?:まで)?\((?:計|週|約)?({_NUM}){_HOURS}\)"
)
_BY_PEOPLE = re.compile(
    rf"([1一](?:名|人)(?:当た?り|あたり|につき)、?)?(?:職員|担当者?)?(?:({_NUM})(?:名|人)[×x*](?:週|毎週)?({_NUM}){_HOURS}(?:/週)?|(?:週|毎週)?({_NUM}){_HOURS}(?:/週)?[×x*]({_NUM})(?:名|人))"
    rf"(?:分)?(?:[(=→、](?:合計|計|週)?({_NUM}){_HOURS}(?:/週)?\)?)?"
)


def _plain_number(field: FieldSpec, cell: CellValue) -> float | None:
    hours = "時間" in (field.unit or "")
    if isinstance(cell, (dt.time, dt.timedelta)) and hours:  # typed as 5:00
        seconds = cell.total_seconds() if isinstance(cell, dt.timedelta) else cell.hour * 3600 + cell.minute * 60
        return seconds / 3600
    if isinstance(cell, dt.date):
        return _serial(cell)
    if isinstance(cell, bool) or not isinstance(cell, (int, float, str)):
        return None
    if isinstance(cell, (int, float)):
        return float(cell)
    text = fold(cell) if len(cell) <= READ_MAX else ""
    return _said(field, text.replace("~", "〜")) if text else None


def _serial(day: dt.date) -> float | None:
    """5, where the cell's look makes 1900-01-05 of it. Excel counts from the last day of 1899, and 1900 as a leap year."""
    if day.year > 1901:
        return None
    days = (dt.date(day.year, day.month, day.day) - dt.date(1899, 12, 31)).days
    of_day = (day.hour * 60 + day.minute) / 1440 if isinstance(day, dt.datetime) else 0.0
    return days + of_day if days < 60 else days + 1 + of_day


def _said(field: FieldSpec, text: str) -> float | None:
    unit = fold(field.unit or "")
    text = in_figures(text, unit)
    if takes_number_back(text):
        return None
    text = _in_digits(text, unit)
    if re.search(r"[0-9]", unit):  # ㎡ folds to m2: its 2 is no second number
        text = re.sub(rf"(?<=[0-9])\s?{re.escape(unit)}(?![0-9])", " ", text)
    if own := next((period for period in _PERIODS if period in unit), None):
        of_period = _of_period(own, text.replace("毎週", "週"))
        if of_period is None:
            return None
        text = of_period
    value = _plainly(field, unit, text)
    outside = _IN_BRACKETS.sub(" ", text)
    if value is None and outside != text and re.search(r"[0-9]", outside):
        value = _plainly(field, unit, outside)
    return value


def _of_period(own: str, text: str) -> str | None:
    """The part that speaks of the unit's own period: 「週5時間（1日1時間）」, 「1日1時間×5日＝週5時間」. None where it may be
    another's."""

    def others(part: str) -> bool:
        return any(re.search(rf"{period}(?!曜)", part) for period in _PERIODS[own])

    if not others(text):
        return text
    total = _SUM.search(text)
    outside = _IN_BRACKETS.sub(" ", text)
    for part in (text[total.start() :] if total else "", outside):
        if own in part and not others(part):
            return part
    return next((one for one in _IN_BRACKETS.findall(text) if own in one and not others(one)), None)


def _plainly(field: FieldSpec, unit: str, text: str) -> float | None:
    text = re.sub(r"(?:毎週|週|1?週間)(?:当たり|あたり|に)?", " ", text)
    text = re.sub(r"/1(?![0-9.])|1(?=人|名)(?:人|名)(?:当たり|あたり)", " ", text)
    hours = "時間" in unit
    if hours:  # of how many people the hours are the sum
        text = re.sub(
            rf"\(?{_NUM}(?:名|人)(?:の?合計|分の?合計|体制)(?:で)?\)?|\((?:担当者?)?{_NUM}(?:名|人)(?:で|分|の?合計)?\)|{_NUM}(?:名|人)で|[×x*]1(?:名|人)", " ", text
        )  # fmt: skip
    text = _BESIDE.sub(" ", text)
    if unit in _PEOPLE and re.search("延べ?|のべ", text):
        return None
    if unit in _PEOPLE and (people := _counted(text)) is not None:
        return people
    if not unit:  # 「0,42」
        text = re.sub(r"(?<![0-9.,])0[,、](?=[0-9]{1,3}(?![0-9,.、]))", "0.", text)
    if re.search(r"[0-9][,、][0-9]{1,2}(?![0-9])", text):  # 「5、6」: two numbers, no thousands
        return None
    if found := _BOUNDS.search(text):
        return _lower(field, text, found, found[1], found[2])
    if field.ranges is not Ranges.LOWER and re.search(r"[0-9][^0-9]{0,4}(?:以上|超|〜$|から$)", text):
        return None  # a bound below it
    if re.search(r"[0-9][^0-9]{0,4}(?:未満|以下|以内|足らず)", text):  # no number is said, only a bound above it
        return None
    if hours and (value := _of_a_clock(text)) is not None:
        return value
    text = re.sub(r"^0・(?=[0-9]{2,3}$)", "0.", re.sub(r"(?<![0-9])\.(?=[0-9])", "0.", text))
    if found := _RANGE.search(text):
        fits = _fits(text, found.start(3) + len(found[3]), unit) and (found[2] == "" or _fits(text, found.end(1), unit))
        return _lower(field, text, found, found[1], found[3]) if fits else None
    numbers = list(re.finditer(rf"(?<![0-9.,]){_NUM}(?!\.?[0-9])", text))
    if len(numbers) != 1 or re.search(r"(?<![0-9a-z])(?:-|まいなす|▲|△)\s?[0-9]", text):
        return None
    digits = re.sub(r"[^0-9.]", "", text[: numbers[0].start()] + text[numbers[0].end() :])
    if digits.strip("."):
        return None  # 「1.2.3」
    factor = _times(text, numbers[0].end(), unit)
    return _float(numbers[0][0]) * factor if factor is not None else None


# Behind a number that has no unit, or has had it: the rest of a sentence. No noun and no counter among them.
_NO_UNIT = re.compile(
    r"$|[\s()\[\]「」『』【】{}、。,.:;*※+=→/~〜-]|程|以上|くらい|ぐらい|位|ほど|前後|強|超|余|とする|を|は|が|で|に|も|の|から|より|確保|予定|見込|想定|可|です|なり|体制|平均|r[0-9]|令和|平成"
)
_UNITS_OF = {
    "時間": re.compile(rf"(?:{_HOURS}|こま分)(?!目)"),
    "名": re.compile(r"(?:名|人(?!工|月|日|役)|にん|めい)"),
    "分": re.compile(r"分(?!の)"),
    "円": re.compile(r"円"),
    "㎡": re.compile(r"平方めーとる|平米|㎡|m2"),
    "%": re.compile(r"%|ぱーせんと"),
}
_SHARES = re.compile("台|%|ぱーせんと|割|分の|分[0-9]|倍|万|千|億|百|兆|時(?!間)|:")
_MONTHS = str.maketrans("ゖゕ箇", "かかか")
_TENS = {"万": 1e4, "千": 1e3, "億": 1e8, "百": 1e2}


def _fits(text: str, at: int, unit: str) -> bool:
    """What stands behind a number is this unit, or none."""
    return _times(text, at, unit) == 1


def _times(text: str, at: int, unit: str) -> float | None:
    """By what a number is to be multiplied for what stands behind it: 1 for the field's unit or none, 10,000 for 「万円」 where
    the unit is 円. None for another unit."""
    rest, unit = text[at:].lstrip().translate(_MONTHS), unit.translate(_MONTHS)
    if not unit:  # 「5件」 where no unit is told; a share or a multiple is another number
        return None if _SHARES.match(rest) else 1
    for name, pattern in _UNITS_OF.items():
        own = name in unit or (name == "名" and unit in _PEOPLE) or (name == "㎡" and unit == "m2")
        if own and not any(unit.startswith(tens) for tens in _TENS) and pattern.match(rest):
            return 1
    bare = unit.partition("/")[0]
    if bare and rest.startswith((unit, bare)):
        return 1
    if _NO_UNIT.match(rest):
        return 1
    factor = _TENS.get(rest[:1])
    return factor if factor and bare and rest[1:].startswith(bare) else None


def _lower(field: FieldSpec, text: str, found: re.Match[str], first: str, last: str) -> float | None:
    rest = text[: found.start()] + text[found.end() :]
    lower = field.ranges is Ranges.LOWER and not re.search(r"[0-9]", rest) and _float(first) < _float(last)
    return _float(first) if lower else None


def _of_a_clock(text: str) -> float | None:
    """「2時間30分」「5h30m」「2時間半」「150分」「2:30」"""
    if found := re.fullmatch(rf"{_AROUND}({_NUM}){_HOURS}({_NUM}){_MINUTES}{_AROUND}", text):
        return _float(found[1]) + _float(found[2]) / 60
    if found := re.fullmatch(rf"{_AROUND}({_NUM}){_HOURS}半{_AROUND}", text):
        return _float(found[1]) + 0.5
    if found := re.fullmatch(rf"{_AROUND}({_NUM}){_MINUTES}{_AROUND}", text):
        return _float(found[1]) / 60
    if found := re.fullmatch(r"\D{0,8}([0-9]{1,2}):([0-5][0-9])(?::00)?\D{0,8}", text):
        return int(found[1]) + int(found[2]) / 60
    return None


def _counted(text: str) -> float | None:
    """People told apart: 「主担当1名、副担当2名」 are three, as 「計3名（企画課2名、情報課1名）」 says itself."""
    if re.search(r"又は|または|もしくは|若しくは|ないし|乃至|から|〜|か[0-9]|以上|以下|未満|程度|×|うち|内", text):
        return None
    if total := _SUM.search(text):
        return _float(total[1])
    if _BY_ROLE.fullmatch(text):
        return float(sum(map(int, re.findall(r"[0-9]{1,2}", text))))
    outside = _IN_BRACKETS.sub(" ", text)
    outside = outside if re.search(r"[0-9]", outside) else text
    counts = _COUNTED.findall(outside)
    if len(counts) < 2 or len(counts) != len(re.findall(r"[0-9]+", outside)):
        return None
    first, *others = map(int, counts)
    return float(first if first == sum(others) else first + sum(others))


_FORMAL = str.maketrans("壱弐参伍拾零", "一二三五十〇")
_KANJI_RUN = re.compile("[〇一二三四五六七八九十壱弐参伍拾零]{1,4}")


def _in_digits(text: str, unit: str) -> str:
    """「五時間三十分」 as 「5時間30分」: Chinese numerals right before the field's unit. 「一部」「十分」「第二係」 stay."""
    if re.search(r"[0-9]", text) or not (unit or _KANJI_RUN.fullmatch(text)):
        return text
    hours = "時間" in unit

    def digits(found: re.Match[str]) -> str:
        said, before, behind = found[0].translate(_FORMAL), text[: found.start()], text[found.end() :]
        unit_behind = re.match("時間|h" if hours else "名|人", behind) if hours or unit in _PEOPLE else None
        named = bool(unit) and behind.startswith(unit.partition("/")[0])
        minutes = hours and before.endswith("時間") and behind.startswith("分")
        own = unit_behind or named or minutes or not (before or behind)
        listed = re.match("(?:、|〜|~|-|から|ないし|乃至)[〇一二三四五六七八九十]", behind)  # 「二、三名」
        number = kanji_number(said)
        return str(number) if (own or listed) and number and not before.endswith(("第", "数", "点")) else found[0]

    return _KANJI_RUN.sub(digits, text)


def kanji_number(text: str) -> int:
    """「十九」 → 19; 0 for what is no number below a hundred."""
    found = _KANJI_NUMBER.fullmatch(text)
    if found is None:
        return 0
    if found[1] and found[3] and not found[2]:  # 「二三」 may be two numbers
        return 0
    tens = _KANJI.get(found[1] or "", 1) * 10 if found[2] else 0
    ones = _KANJI.get(found[3] or "", 0) if found[2] else _KANJI.get(found[1] or "", 0)
    return tens + ones


def _float(text: str) -> float:
    return float(text.replace(",", ""))
