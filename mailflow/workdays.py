"""The days on which a public office works: no Saturday, Sunday, national holiday (jpholiday) or 12/29–1/3.

In and out: days of Asia/Tokyo. Pure. Source: 行政機関の休日に関する法律.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

import jpholiday


@lru_cache(maxsize=4096)
def is_business_day(day: date) -> bool:
    """A day on which a public office works."""
    if day.weekday() >= 5 or (day.month, day.day) >= (12, 29) or (day.month, day.day) <= (1, 3):
        return False
    return not jpholiday.is_holiday(day)


def business_day_before(day: date) -> date:
    """The last business day before `day`."""
    day -= timedelta(days=1)
    while not is_business_day(day):
        day -= timedelta(days=1)
    return day
