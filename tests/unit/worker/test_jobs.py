"""Somebody sets the machine's clock while the worker runs: its jobs go on, and people are told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, tzinfo

import pytest
from apscheduler.schedulers import base

from mailflow.clock import sys_now
from mailflow.worker.jobs import Jobs, Moves

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


class Wall(datetime):
    """The clock that APScheduler reads. `moved`: by how much somebody has set it."""

    moved = timedelta(0)

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return datetime.now(tz) + Wall.moved


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[timedelta], None]]:
    monkeypatch.setattr(base, "datetime", Wall)
    yield lambda by: setattr(Wall, "moved", by)
    Wall.moved = timedelta(0)


@contextmanager
def running(jobs: Jobs) -> Iterator[None]:
    jobs.start()
    try:
        yield
    finally:
        jobs.stop()


@pytest.mark.parametrize(
    "moved",
    [
        pytest.param(-DAY, id="day-back"),
        pytest.param(-2 * MINUTE, id="minutes-back", marks=pytest.mark.long),
        pytest.param(DAY, id="day-on", marks=pytest.mark.long),
        pytest.param(365 * 30 * DAY, id="years-on"),
    ],
)
def test_jobs_go_on_whatever_happens_to_the_clock(wall: Callable[[timedelta], None], moved: timedelta) -> None:
    runs, jobs = threading.Semaphore(0), Jobs(lambda: sys_now() + Wall.moved)
    jobs.every(0.1, "send", runs.release)
    with running(jobs):
        assert runs.acquire(timeout=5)
        wall(moved)
        while runs.acquire(blocking=False):
            pass
        began = time.monotonic()
        for _ in range(3):
            jobs.tend()
            assert runs.acquire(timeout=3), "it stands still"
        assert time.monotonic() - began < 3, "thirty years of ticks aren't counted one by one"
        time.sleep(0.5)
        count = 0
        while runs.acquire(blocking=False):
            count += 1
        assert count <= 6, "nor is each of them run"


def test_what_is_wanted_during_a_run_is_one_more_run_right_after_it() -> None:
    """New mail while the job that judges it is at its end: else it lay until the next tick."""
    begun, goes_on, jobs = threading.Semaphore(0), threading.Event(), Jobs()
    inside, most = 0, 0

    def act() -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        begun.release()
        assert goes_on.wait(5)
        inside -= 1

    jobs.every(600, "process", act)
    with running(jobs):
        assert begun.acquire(timeout=5)
        for _ in range(3):
            jobs.at_once("process")
            assert not begun.acquire(timeout=0.1), "twice at once"
        goes_on.set()
        assert begun.acquire(timeout=2), "it was lost"
        assert not begun.acquire(timeout=0.3), "once is enough"
    assert most == 1


def test_without_tending_a_clock_set_back_stops_a_job(wall: Callable[[timedelta], None]) -> None:
    """What `tend` is there for: should APScheduler stop doing so, it may go."""
    runs, jobs = threading.Semaphore(0), Jobs(lambda: sys_now() + Wall.moved)
    jobs.every(0.1, "send", runs.release)
    with running(jobs):
        assert runs.acquire(timeout=5)
        wall(-DAY)
        time.sleep(0.3)
        while runs.acquire(blocking=False):
            pass
        assert not runs.acquire(timeout=0.5)


def test_a_clock_that_is_kept_right_is_no_news_and_one_that_is_set_is() -> None:
    now, seconds = datetime(2026, 3, 26, 15, 0, tzinfo=sys_now().tzinfo), 100.0
    moves = Moves(lambda: now, lambda: seconds)

    def later(by: timedelta, real: float) -> timedelta | None:
        nonlocal now, seconds
        now, seconds = now + by, seconds + real
        return moves.since_last()

    assert moves.since_last() is None
    assert later(timedelta(seconds=60), 60.0) is None
    assert later(timedelta(hours=8), 8 * 3600.0) is None, "the machine slept"
    assert later(timedelta(seconds=45), 1.0) is None
    assert later(timedelta(seconds=45), 1.0) == timedelta(seconds=88), "small ones add up"
    assert later(timedelta(hours=-1), 0.0) == timedelta(hours=-1)
    assert later(timedelta(seconds=1), 1.0) is None


def test_a_clock_that_is_set_before_the_first_look_is_news() -> None:
    now = datetime(2026, 3, 26, 15, 0, tzinfo=sys_now().tzinfo)
    moves = Moves(lambda: now, lambda: 100.0)
    now -= DAY
    assert moves.since_last() == -DAY


def test_where_there_is_no_clock_that_counts_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(time, "CLOCK_BOOTTIME")
    assert Moves().since_last() is None
