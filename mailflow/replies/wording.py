"""How dates, times, sizes and names are written in a letter (letters.md §4, §5). All times in Asia/Tokyo. Pure."""

from __future__ import annotations

from datetime import date, datetime

from mailflow.clock import tokyo
from mailflow.replies.quoting import one_line

_WEEKDAYS = "月火水木金土日"
_REIWA = 2018


def era_date(at: datetime | date) -> str:
    """令和8年3月26日（木）. Dates before 令和 are written in the western year."""
    day = tokyo(at).date() if isinstance(at, datetime) else at
    year = f"令和{day.year - _REIWA}年" if day >= date(2019, 5, 1) else f"{day.year}年"
    year = year.replace("令和1年", "令和元年")
    return f"{year}{day.month}月{day.day}日（{_WEEKDAYS[day.weekday()]}）"


def clock_time(at: datetime) -> str:
    """16時00分."""
    return f"{tokyo(at):%H時%M分}"


def era_time(at: datetime) -> str:
    """令和8年3月26日（木）16時00分."""
    return era_date(at) + clock_time(at)


def era_seconds(at: datetime) -> str:
    """令和8年3月19日（木）16時32分07秒: for what is a record."""
    return f"{era_date(at)}{tokyo(at):%H時%M分%S秒}"


def short_date(at: datetime) -> str:
    """3月25日（水）."""
    local = tokyo(at)
    return f"{local.month}月{local.day}日（{_WEEKDAYS[local.weekday()]}）"


def short_time(at: datetime) -> str:
    """3月25日17時, 3月25日17時30分: for a subject line."""
    local = tokyo(at)
    minutes = f"{local.minute:02d}分" if local.minute else ""
    return f"{local.month}月{local.day}日{local.hour}時{minutes}"


def file_size(size: int) -> str:
    """48KB, 1.2MB, as a file manager shows it (1 KB = 1,024 bytes, at least 1)."""
    if size < 1024 * 1024:
        return f"{max(1, round(size / 1024))}KB"
    return f"{size / 1024 / 1024:.1f}MB"


FILTERS = {
    "era_date": era_date,
    "era_time": era_time,
    "era_seconds": era_seconds,
    "clock_time": clock_time,
    "short_date": short_date,
    "short_time": short_time,
    "file_size": file_size,
    "one_line": one_line,
}
