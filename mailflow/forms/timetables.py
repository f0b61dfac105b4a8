"""Hours of a week that a cell tells by its days: 「1日1時間×週5日」「週に半日（4時間）」「毎週火曜 14～17時」.

In: folded text of a cell whose unit is hours a week. Out: the hours and what doubt is left, or None where it is told otherwise.
Pure; the caller bounds the text. Decisions: a product that names its days a week is plain; the length of a fixed time of the week is
the time kept free, which a person confirms; without a word of the week nothing is taken.
"""

from __future__ import annotations

import re

from mailflow.forms.hedges import Doubt

_NUM = r"[0-9]{1,2}(?:\.[0-9]{1,2})?"
_HOURS = r"(?:時間|hours?|hrs?|h)"
_ABOUT = r"(?:約|およそ|概ね)?"
_MORE_OR_LESS = r"(?:程度|くらい|ぐらい|ほど)?"
_A_DAY = rf"(?:1日|毎日|1回)(?:当たり|あたり|に(?:つき)?)?{_ABOUT}(?P<hours>{_NUM}){_HOURS}{_MORE_OR_LESS}"
_DAYS = rf"(?:毎週|週に?){_ABOUT}(?P<days>[1-7])[日回]{_MORE_OR_LESS}"
_SUM = rf"(?:[(=→、](?:合計|計|週)?(?P<sum>{_NUM}){_HOURS}(?:/週)?{_MORE_OR_LESS}\)?)?"
_BY_DAYS = (
    re.compile(rf"{_A_DAY}(?:を|で)?[×x*、,/・(]?{_DAYS}\)?{_SUM}"),
    re.compile(rf"{_DAYS}(?:を|で|に)?[×x*、,/・(]?{_A_DAY}\)?{_SUM}"),
)
_OF_DAYS = re.compile(
    rf"(?:毎週|週に?)(?:[1一]回)?(?:半日|[1一]日)(?:間|分)?{_MORE_OR_LESS}[(、=]{_ABOUT}({_NUM}){_HOURS}{_MORE_OR_LESS}\)?"
)
_CLOCK = r"(?P<{0}>[0-9]{{1,2}})(?:[時:](?P<{0}_minutes>[0-9]{{2}})?分?)?"
_FIXED = re.compile(
    rf"(?:毎週|週に?[1一]回)?、?(?P<weekdays>[月火水木金](?:[・、,と][月火水木金])*)(?:曜日?)?の?(?:午後)?{_CLOCK.format('start')}(?:〜|-|から)"
    rf"{_CLOCK.format('end')}(?:まで)?"
)


def hours_by_days(text: str) -> tuple[float, Doubt] | None:
    """「1日1時間×週5日」 5; 「週1日（8時間）」 8; 「火曜 14〜17時」 3, which a person confirms."""
    for pattern in _BY_DAYS:
        if found := pattern.fullmatch(text):
            product = float(found["hours"]) * int(found["days"])
            return product, Doubt.NONE if found["sum"] in (None, f"{product:g}") else Doubt.LOOK
    if found := _OF_DAYS.fullmatch(text):
        return float(found[1]), Doubt.NONE
    if (found := _FIXED.fullmatch(text)) and "時" in text + ("時" if ":" in text else ""):
        length = _clock(found, "end") - _clock(found, "start")
        days = len(re.findall("[月火水木金]", found["weekdays"]))
        return (length * days, Doubt.LOOK) if length > 0 else None
    return None


def _clock(found: re.Match[str], which: str) -> float:
    return int(found[which]) + int(found[f"{which}_minutes"] or 0) / 60
