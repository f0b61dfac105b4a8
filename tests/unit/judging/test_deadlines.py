"""Limits to the second, working time over holidays, clocks that may be believed."""

from __future__ import annotations

from datetime import UTC, date, time, timedelta

import pytest

from mailflow.intake.deadlines import (
    WorkingDay,
    business_days_between,
    due_before,
    has_working_time,
    in_time,
    office_moment,
    trusted_clocks,
    working_time,
)
from mailflow.workdays import business_day_before, is_business_day
from tests.unit.judging.build import at, hop, mail

CLOSES = at("2026-03-26 16:00")
WORK = WorkingDay(time(8, 30), time(17, 0))
OFFICE = WorkingDay(time(8, 30), time(19, 0))


@pytest.mark.parametrize(
    ("moment", "inclusive", "early_enough"),
    [
        pytest.param("2026-03-26 15:59:59", True, True, id="a-second-before"),
        pytest.param("2026-03-26 16:00:00", True, True, id="on-the-stroke-counts"),
        pytest.param("2026-03-26 16:00:00.999", True, True, id="within-the-second-counts"),
        pytest.param("2026-03-26 16:00:01", True, False, id="a-second-late"),
        pytest.param("2026-03-26 16:00:00", False, False, id="on-the-stroke-when-exclusive"),
        pytest.param("2026-03-26 15:59:59", False, True, id="a-second-before-when-exclusive"),
        pytest.param("2026-03-27 09:00:00", True, False, id="next-day"),
    ],
)
def test_limit_to_the_second(moment: str, inclusive: bool, early_enough: bool) -> None:
    assert in_time(at(moment), CLOSES, inclusive=inclusive) is early_enough


def test_limit_is_a_moment_whatever_the_zone() -> None:
    assert in_time(at("2026-03-26 16:00").astimezone(UTC), CLOSES, inclusive=True)
    assert not in_time(at("2026-03-26 16:00:01").astimezone(UTC), CLOSES, inclusive=True)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        pytest.param(date(2026, 3, 19), True, id="thursday"),
        pytest.param(date(2026, 3, 20), False, id="vernal-equinox-2026"),
        pytest.param(date(2026, 3, 21), False, id="saturday"),
        pytest.param(date(2026, 3, 23), True, id="monday-after"),
        pytest.param(date(2025, 12, 26), True, id="last-day-of-the-year-at-the-office"),
        pytest.param(date(2025, 12, 29), False, id="year-end"),
        pytest.param(date(2026, 1, 2), False, id="new-year"),
        pytest.param(date(2026, 1, 5), True, id="first-day-of-the-year-at-the-office"),
        pytest.param(date(2026, 5, 6), False, id="substitute-holiday"),
    ],
)
def test_business_days(day: date, works: bool) -> None:
    assert is_business_day(day) is works


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        pytest.param("2026-03-16 09:00", "2026-03-16 18:00", 0, id="the-same-day"),
        pytest.param("2026-03-16 23:00", "2026-03-17 01:00", 1, id="the-next-day"),
        pytest.param("2026-03-19 09:00", "2026-03-23 09:00", 1, id="over-a-holiday-and-a-weekend"),
        pytest.param("2026-03-16 09:00", "2026-03-27 09:00", 8, id="nearly-two-weeks-with-a-holiday"),
    ],
)
def test_business_days_between(start: str, end: str, days: int) -> None:
    assert business_days_between(at(start), at(end)) == days


def test_business_day_before_a_holiday_and_a_weekend() -> None:
    assert business_day_before(date(2026, 3, 23)) == date(2026, 3, 19)
    assert business_day_before(date(2026, 1, 5)) == date(2025, 12, 26)


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        pytest.param("2026-03-26 12:00", "2026-03-26 16:00", 4, id="noon-to-the-close"),
        pytest.param("2026-03-26 07:00", "2026-03-26 16:00", 7.5, id="from-before-work"),
        pytest.param("2026-03-25 16:00", "2026-03-26 16:00", 8.5, id="over-a-night"),
        pytest.param("2026-03-19 16:30", "2026-03-23 09:00", 1, id="over-holiday-and-weekend"),
        pytest.param("2026-03-20 10:00", "2026-03-22 18:00", 0, id="three-days-off"),
        pytest.param("2026-03-26 17:00", "2026-03-26 16:00", 0, id="backwards"),
    ],
)
def test_working_time(start: str, end: str, hours: float) -> None:
    assert working_time(at(start), at(end), WORK) == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("leaves", "enough"),
    [
        pytest.param("2026-03-26 12:00:00", True, id="exactly-four-hours"),
        pytest.param("2026-03-26 12:00:01", False, id="a-second-less"),
        pytest.param("2026-03-25 16:59:59", True, id="the-evening-before"),
        pytest.param("2026-03-26 16:00:01", False, id="after-the-close"),
    ],
)
def test_near_the_close(leaves: str, enough: bool) -> None:
    assert has_working_time(at(leaves), CLOSES, timedelta(hours=4), WORK) is enough


def test_looking_ahead_is_bounded() -> None:
    far = CLOSES.replace(year=CLOSES.year + 5000)
    assert has_working_time(at("2026-03-10 09:00"), far, timedelta(hours=4), WORK)


@pytest.mark.parametrize(
    ("now", "leaves"),
    [
        pytest.param("2026-03-10 10:00:30", "2026-03-10 10:00:30", id="in-office-hours-at-once"),
        pytest.param("2026-03-10 08:00", "2026-03-10 08:30", id="early-morning"),
        pytest.param("2026-03-10 19:00", "2026-03-11 08:30", id="closing-time-is-closed"),
        pytest.param("2026-03-25 23:58", "2026-03-26 08:30", id="night-before-the-close"),
        pytest.param("2026-03-19 20:00", "2026-03-23 08:30", id="over-holiday-and-weekend"),
        pytest.param("2026-03-20 10:00", "2026-03-23 08:30", id="on-a-holiday"),
    ],
)
def test_quiet_hours(now: str, leaves: str) -> None:
    assert office_moment(at(now), OFFICE) == at(leaves)


@pytest.mark.parametrize(
    ("closes", "ahead", "due"),
    [
        pytest.param("2026-03-26 16:00", timedelta(days=1), "2026-03-25 17:00", id="the-call"),
        pytest.param("2026-03-23 16:00", timedelta(days=1), "2026-03-19 17:00", id="monday-after-a-holiday"),
        pytest.param("2026-03-26 16:00", timedelta(days=2), "2026-03-24 17:00", id="two-days"),
        pytest.param("2026-03-26 16:00", timedelta(hours=3), "2026-03-26 13:00", id="hours"),
    ],
)
def test_day_asked_for(closes: str, ahead: timedelta, due: str) -> None:
    assert due_before(at(closes), ahead, time(17, 0)) == at(due)


HOSTS = ("mx.keikaku.example",)
AT_US = "2026-03-26 15:12"


@pytest.mark.parametrize(
    ("received", "clocks"),
    [
        pytest.param((), [], id="none"),
        pytest.param((hop("mx.keikaku.example", AT_US),), [AT_US], id="ours"),
        pytest.param(
            (hop("store.other.example", "2026-03-27 09:20"), hop("mx.keikaku.example", AT_US)),
            [AT_US],
            id="below-an-inner-server",
        ),
        pytest.param((hop("mx1.mx.keikaku.example", AT_US),), [AT_US], id="a-host-below-ours"),
        pytest.param((hop("MX.Keikaku.example.", AT_US),), [AT_US], id="case-and-dot"),
        pytest.param((hop("evil-mx.keikaku.example", AT_US),), [], id="a-name-that-only-ends-alike"),
        pytest.param(
            (
                hop("mx.keikaku.example", "2026-03-26 16:30"),
                hop("out.town.example", "2026-03-26 16:29"),
                hop("mx.keikaku.example", AT_US),
            ),
            ["2026-03-26 16:30"],
            id="a-line-the-sender-wrote-below",
        ),
    ],
)
def test_only_our_own_lines_are_believed(received: tuple, clocks: list[str]) -> None:
    assert trusted_clocks(mail(received=received), HOSTS) == tuple(at(one) for one in clocks)


def test_without_configured_hosts_no_clock_is_believed() -> None:
    assert trusted_clocks(mail(received=(hop("mx.keikaku.example", AT_US),)), ()) == ()
