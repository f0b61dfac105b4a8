"""Times as an operator writes them: `2026-03-26 16:00`, `2026-03-26`, `2026-03-26T16:00+09:00`; times of day `8:30`.

A time without a zone is Asia/Tokyo. Raises ValueError in Japanese that says what is wrong and, where it can be known,
how the same moment is written right. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from typing import Any

from mailflow.clock import TOKYO
from mailflow.settings import meant
from mailflow.settings.problems import Misplaced

_MOMENT = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]\s{0,4}(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?\s{0,4}(Z|[+-]\d{2}:?\d{2})?)?"
)
_DAY = r"(?:(\d{4})|令和(\d{1,2}|元)|R(\d{1,2})|(2\d|3\d)(?=[/.-]))\s{0,2}[年/.-]\s{0,2}(\d{1,2})\s{0,2}[月/.-]\s{0,2}(\d{1,2})\s{0,2}日?"
_LOOSE = re.compile(
    rf"{_DAY}(?:\s{{0,2}}\([月火水木金土日]\))?"
    r"\s{0,3}T?(?:(午前|午後|AM|PM)?\s{0,2}(\d{1,2})(?:\s{0,2}[:時]\s{0,2}|(?=\d\d$))(\d{1,2})?)?\s{0,2}分?\s{0,2}(AM|PM)?",
    re.IGNORECASE,
)
_RUN_TOGETHER = re.compile(r"(20\d\d)(\d\d)(\d\d)")
_NO_YEAR = re.compile(r"\d{1,2}\s{0,2}[月/]\s{0,2}\d{1,2}(?!\d).{0,40}")
_SEVERAL = re.compile(r"\d{4}-\d{1,2}-\d{1,2}\s{0,2}[-~〜～、,].{0,40}")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")
_FORM = "日時は 2026-03-26 16:00 のように書きます（年-月-日 時:分）"
_DAY_FORM = "日付は 2026-03-20 のように書きます（年-月-日）"


FIRST_YEAR, LAST_YEAR = 1900, 2200


def moment(value: Any) -> Any:
    """An aware datetime of text, date or datetime; anything else is given back for pydantic to refuse."""
    return _moment(value, _FORM)


def day(value: Any) -> Any:
    """A date of the same, without a time of day."""
    if isinstance(value, str) and ":" in value:
        raise ValueError("日付は 2026-03-20 のように書きます（時刻は書きません）")
    made = _moment(value, _DAY_FORM)
    return made.date() if isinstance(made, datetime) else made


def _moment(value: Any, form: str) -> Any:
    if isinstance(value, str):
        return _read(value.strip(), form)
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=TOKYO)
    if isinstance(value, date):
        return datetime.combine(value, time(0), TOKYO)
    if isinstance(value, (int, float)):
        raise ValueError(form + _suggestion(str(value)))  # noqa: TRY004  (pydantic reports ValueError only)
    return value


def _read(text: str, form: str) -> datetime:
    match = _MOMENT.fullmatch(text)
    if not match:
        raise ValueError(form + _suggestion(text))
    year, month, day = int(match[1]), int(match[2]), int(match[3])
    hour, minute, second = (int(match[n] or 0) for n in (4, 5, 6))
    _check_date(year, month, day)
    if hour > 23 or minute > 59 or second > 59:
        none = f"{hour}:{minute:02d} という時刻はありません（24時間制で 00:00 から 23:59 まで）"
        if hour == 24 and not minute and year < LAST_YEAR:
            after = date(year, month, day) + timedelta(days=1)
            none += f"。その日の終わりまでなら {year}-{month:02d}-{day:02d} 23:59、翌日になる時刻なら {after.isoformat()} 00:00"
        raise ValueError(none)
    if not FIRST_YEAR <= year <= LAST_YEAR:  # UTC, and so the database, holds neither end of the calendar
        raise ValueError(f"{year}年は使えません（{FIRST_YEAR}年から{LAST_YEAR}年まで）")
    at = datetime(year, month, day, hour, minute, second, tzinfo=TOKYO)
    if match[7]:
        sign = "+00:00" if match[7] == "Z" else match[7]
        try:
            return datetime.fromisoformat(f"{at:%Y-%m-%dT%H:%M:%S}{sign}")
        except ValueError:
            raise ValueError(f"{match[7]} という時差はありません（日本は +09:00）") from None
    return at


def _check_date(year: int, month: int, day: int) -> None:
    if not 1 <= month <= 12:
        raise ValueError(f"{month}月という月はありません")
    try:
        date(year, month, day)
    except ValueError:
        raise ValueError(f"{year}年{month}月{day}日という日はありません") from None


def _suggestion(text: str) -> str:
    """「。ここでは 2026-03-26 16:00」 where the text is a date in another dress."""
    plain = re.sub("[‐‑–—−]", "-", unicodedata.normalize("NFKC", text[:60]).strip())
    if match := _RUN_TOGETHER.fullmatch(plain):
        plain = "-".join(match.groups())
    match = _LOOSE.fullmatch(plain)
    if match and match[4] and (match[8] or "").isdigit() and re.fullmatch(r"\d\d?[/.-]\d\d?[/.-]\d{4}", plain):
        return "。年から書いてください"  # 26/3/2026
    if not match:
        if _SEVERAL.fullmatch(plain):
            return "。期間では書けません。1日ずつ書いてください"
        return "。年から書いてください" if _NO_YEAR.fullmatch(plain) else ""
    era = match[2] or match[3]
    year = int(match[1]) if match[1] else 2000 + int(match[4]) if match[4] else 2018 + (1 if era == "元" else int(era))
    month, day = int(match[5]), int(match[6])
    _check_date(year, month, day)
    half = (match[7] or match[10] or "").upper()
    hour = meant.of_half(int(match[8] or 0), half.casefold())
    clock = f" {hour:02d}:{int(match[9] or 0):02d}" if match[8] else ""
    if hour > 23 or int(match[9] or 0) > 59:
        return f"。その日の終わりまでなら {year}-{month:02d}-{day:02d} 23:59" if hour == 24 else ""
    return f"。ここでは {year}-{month:02d}-{day:02d}{clock}"


def clock_time(value: Any) -> Any:
    """A time of day of `8:30` or `08:30`."""
    if isinstance(value, time):
        return value
    match = _CLOCK.fullmatch(value.strip()) if isinstance(value, str) else None
    if not match:
        written = meant.clock(value)
        hint = f"`{written}` と書いてください" if written else None
        raise Misplaced("時刻は 8:30 のように書きます（時:分、24時間制）", hint=hint)
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    if hour > 23 or minute > 59 or second > 59:
        hint = "その日の終わりまでなら 23:59 と書いてください" if (hour, minute) == (24, 0) else None
        raise Misplaced(f"{value} という時刻はありません（24時間制で 00:00 から 23:59 まで）", hint=hint)
    return time(hour, minute, second)
