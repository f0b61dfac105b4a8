"""Times as people write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from mailflow.clock import TOKYO
from mailflow.settings.moments import clock_time, moment


@pytest.mark.parametrize(
    ("text", "at"),
    [
        pytest.param("2026-03-26 16:00", datetime(2026, 3, 26, 16, 0, tzinfo=TOKYO), id="as-documented"),
        pytest.param("2026-3-6 9:05", datetime(2026, 3, 6, 9, 5, tzinfo=TOKYO), id="without-zeros"),
        pytest.param("2026-03-26T16:00:30", datetime(2026, 3, 26, 16, 0, 30, tzinfo=TOKYO), id="seconds"),
        pytest.param("2026-03-26T07:00Z", datetime(2026, 3, 26, 7, 0, tzinfo=UTC), id="zulu"),
        pytest.param("2026-03-26 16:00 +09:00", datetime(2026, 3, 26, 7, 0, tzinfo=UTC), id="offset"),
        pytest.param("2026-03-26", datetime(2026, 3, 26, tzinfo=TOKYO), id="day"),
        pytest.param(datetime(2026, 3, 26, 16), datetime(2026, 3, 26, 16, tzinfo=TOKYO), id="naive"),
        pytest.param(date(2026, 3, 26), datetime(2026, 3, 26, tzinfo=TOKYO), id="date"),
    ],
)
def test_moment(text: object, at: datetime) -> None:
    got = moment(text)
    assert got == at
    assert got.tzinfo is not None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("2026/3/26 16:00", "ここでは 2026-03-26 16:00", id="slashes"),
        pytest.param("2026年3月26日 16時", "ここでは 2026-03-26 16:00", id="japanese"),
        pytest.param("令和8年3月26日（木）16時00分", "ここでは 2026-03-26 16:00", id="era"),
        pytest.param("R8.3.26", "ここでは 2026-03-26", id="era-short"),
        pytest.param("令和元年5月1日", "ここでは 2019-05-01", id="first-year"),
        pytest.param("２０２６－０３－２６ １６：００", "ここでは 2026-03-26 16:00", id="full-width"),
        pytest.param("2026-02-29", "2026年2月29日という日はありません", id="no-leap-year"),
        pytest.param("1899-12-31", "1899年は使えません", id="before-any-office"),
        pytest.param("2201-01-01 00:00", "2201年は使えません", id="after-any-office"),
        pytest.param("9999-12-31 23:59", "9999年は使えません", id="end-of-the-calendar"),
        pytest.param("2026-13-01", "13月という月はありません", id="month"),
        pytest.param("2026-03-26 24:00", "24:00 という時刻はありません", id="midnight-of-24"),
        pytest.param("2026-03-26 16:00+99:00", "", id="offset-out-of-range"),
        pytest.param("3月26日", "のように書きます", id="no-year"),
        pytest.param("", "のように書きます", id="empty"),
        pytest.param("9" * 5000, "のように書きます", id="digits"),
        pytest.param(20260326, "のように書きます", id="number"),
    ],
)
def test_refused(text: object, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        moment(text)
    assert message in str(caught.value)
    assert any(ord(char) > 0x3000 for char in str(caught.value))


def test_clock_time() -> None:
    assert (clock_time("8:30"), clock_time("19:00")) == (time(8, 30), time(19, 0))
    for wrong in ("24:00", "8時半", 830, None, "8:5"):
        with pytest.raises(ValueError):
            clock_time(wrong)
