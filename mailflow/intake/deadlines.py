"""Limits, clocks and working time (募集要領 2(3); DESIGN §4 "Clocks", letters.md "Near the close").

All times in and out are aware; days are Asia/Tokyo's. A limit is compared to the second, as INTERNALDATE is. Working
time runs on business days only (`mailflow.workdays`).
Pure; never raises on aware times.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from mailflow.clock import TOKYO, tokyo
from mailflow.model import Mail
from mailflow.workdays import business_day_before, is_business_day

_LOOK_AHEAD_DAYS = 30  # no run of days off is longer


@dataclass(frozen=True, slots=True)
class WorkingDay:
    """The hours of one business day, Tokyo time."""

    opens: time
    closes: time

    def on(self, day: date) -> tuple[datetime, datetime]:
        return datetime.combine(day, self.opens, TOKYO), datetime.combine(day, self.closes, TOKYO)


def business_days_between(start: datetime, end: datetime) -> int:
    """How many business days lie after the day of `start`, up to that of `end` and with it."""
    day, last, count = tokyo(start).date(), tokyo(end).date(), 0
    while day < last:
        day += timedelta(days=1)
        count += is_business_day(day)
    return count


def in_time(at: datetime, limit: datetime, *, inclusive: bool) -> bool:
    """Did it come before the limit? To the second: with `inclusive` 16:00:00 is in time and 16:00:01 is late."""
    second = at.replace(microsecond=0)
    return second <= limit if inclusive else second < limit


def working_time(start: datetime, end: datetime, hours: WorkingDay) -> timedelta:
    """Working time between two moments; zero when `end` is not after `start`."""
    start, end = tokyo(start), tokyo(end)
    total = timedelta(0)
    day = start.date()
    while day <= end.date():
        if is_business_day(day):
            opens, closes = hours.on(day)
            total += max(min(closes, end) - max(opens, start), timedelta(0))
        day += timedelta(days=1)
    return total


def has_working_time(start: datetime, end: datetime, least: timedelta, hours: WorkingDay) -> bool:
    """Is there at least so much working time between the two? Looks no further than it must."""
    start = tokyo(start)
    horizon = start + max(least * 24, timedelta(days=_LOOK_AHEAD_DAYS))
    return working_time(start, min(tokyo(end), horizon), hours) >= least


def office_moment(at: datetime, hours: WorkingDay) -> datetime:
    """The first moment from `at` on at which letters may leave: `at` itself in office hours, else the next opening."""
    at = tokyo(at)
    day = at.date()
    opens, closes = hours.on(day)
    if is_business_day(day) and at < closes:
        return max(at, opens)
    day += timedelta(days=1)
    while not is_business_day(day):
        day += timedelta(days=1)
    return hours.on(day)[0]


def due_before(limit: datetime, ahead: timedelta, due_at: time) -> datetime:
    """A working day's `due_at` that lies about `ahead` before the limit: 1 day before Thursday 16:00 is Wednesday 17:00.

    Whole days step back over days off. `ahead` under a day: so many hours before the limit itself.
    """
    limit = tokyo(limit)
    if ahead < timedelta(days=1):
        return limit - ahead
    day = limit.date()
    for _ in range(ahead.days):
        day = business_day_before(day)
    return datetime.combine(day, due_at, TOKYO)


def trusted_clocks(mail: Mail, boundary_hosts: Sequence[str]) -> tuple[datetime, ...]:
    """What our own boundary wrote into Received, newest first.

    Only the uppermost run of lines by our hosts counts: anything below it was there when the mail reached us, so its
    sender could have written it, our hosts' names included.
    """
    hosts = tuple(host.casefold().rstrip(".") for host in boundary_hosts if host)
    clocks: list[datetime] = []
    inside = False
    for hop in mail.received:
        by = (hop.by or "").casefold().rstrip(".")
        ours = any(by == host or by.endswith("." + host) for host in hosts)
        if ours:
            inside = True
            if hop.at is not None and hop.at.tzinfo is not None:
                clocks.append(hop.at)
        elif inside:
            break
    return tuple(clocks)
