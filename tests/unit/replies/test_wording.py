"""Dates, times and sizes as a public office writes them (letters.md §4)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from mailflow.replies.wording import clock_time, era_date, era_seconds, era_time, file_size, one_line, short_time

CLOSE = datetime(2026, 3, 26, 7, 0, tzinfo=UTC)  # 16:00 in Tokyo


def test_times_are_tokyo_s_with_weekday_and_24_hours() -> None:
    assert era_time(CLOSE) == "令和8年3月26日（木）16時00分"
    assert era_seconds(CLOSE) == "令和8年3月26日（木）16時00分00秒"
    assert clock_time(CLOSE) == "16時00分"
    assert short_time(CLOSE) == "3月26日16時"


def test_the_day_is_tokyo_s_not_utc_s() -> None:
    assert era_date(datetime(2026, 3, 25, 15, 30, tzinfo=UTC)) == "令和8年3月26日（木）"


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        pytest.param(date(2019, 5, 1), "令和元年5月1日（水）", id="first-day-of-reiwa"),
        pytest.param(date(2019, 4, 30), "2019年4月30日（火）", id="before-reiwa"),
        pytest.param(date(2028, 2, 29), "令和10年2月29日（火）", id="leap-day"),
    ],
)
def test_eras(day: date, expected: str) -> None:
    assert era_date(day) == expected


def test_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        era_time(datetime(2026, 3, 26, 16, 0))


@pytest.mark.parametrize(
    ("size", "expected"), [(0, "1KB"), (1, "1KB"), (48 * 1024, "48KB"), (1024 * 1024, "1.0MB"), (31_000_000, "29.6MB")]
)
def test_sizes(size: int, expected: str) -> None:
    assert file_size(size) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("山口\r\nBcc: x@y.example", "山口 Bcc: x@y.example", id="header-injection"),
        pytest.param("\u202egnp.exe", "gnp.exe", id="bidi-override"),
        pytest.param("髙﨑　𠮷田", "髙﨑　𠮷田", id="spelling-is-kept"),
    ],
)
def test_one_line(text: str, expected: str) -> None:
    assert one_line(text) == expected


def test_one_line_is_bounded() -> None:
    assert len(one_line("あ" * 5_000_000, 200)) == 200
