"""When the worker's jobs run: APScheduler, and what it lacks where somebody sets the machine's clock.

It counts in system time. Set back, every job would stand still until the old time comes again; set forward by years (a machine
whose clock had no battery hears the time), it would first list each tick that it missed. So a job is due one interval after its
last run, however long ago that was, and one that is due later than that runs at once. Whose time moved is told to people.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from mailflow.clock import sys_now

LEAST_MOVE = timedelta(minutes=1)  # less than that is a clock being kept right
SLACK = timedelta(seconds=1)


class Every(BaseTrigger):  # type: ignore[misc]
    """An interval after the last run; what was missed isn't made up."""

    def __init__(self, interval: timedelta) -> None:
        self.interval = interval

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        if previous_fire_time is None:
            return now
        due = previous_fire_time + self.interval
        return due if due > now else now + self.interval


class _Run:
    """One job, never twice at once: a tick while it runs is left out, what is wanted while it runs is one more run after it."""

    def __init__(self, act: Callable[[], object], stopping: threading.Event) -> None:
        self._act, self._stopping = act, stopping
        self._lock = threading.Lock()
        self._running = self._wanted = False

    def want(self) -> None:
        with self._lock:
            self._wanted = True

    def __call__(self) -> None:
        with self._lock:
            if self._running:
                return
            self._running = self._wanted = True
        while self._once_more():
            self._act()

    def _once_more(self) -> bool:
        with self._lock:
            self._running = self._wanted and not self._stopping.is_set()
            self._wanted = False
            return self._running


class Jobs:
    """Jobs by name, each in a thread, never twice at once. `start`, then `tend` every second or so, then `stop`."""

    def __init__(self, now: Callable[[], datetime] = sys_now) -> None:
        self._now = now
        self._runs: dict[str, _Run] = {}
        self._stopping = threading.Event()
        # Two instances: APScheduler would drop a run that is asked for while one ends. `_Run` sees to it that one works.
        self._scheduler = BackgroundScheduler(
            timezone=UTC, job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 2}
        )

    def every(self, seconds: float, name: str, act: Callable[[], object]) -> None:
        """Run `act`, which raises nothing, now and then every `seconds`."""
        run = self._runs[name] = _Run(act, self._stopping)
        self._scheduler.add_job(run, Every(timedelta(seconds=seconds)), id=name, next_run_time=self._now())

    def start(self) -> None:
        self._scheduler.start()

    def at_once(self, name: str) -> None:
        """The job's next run is now, or right after the one that runs now; if jobs run at all."""
        if self._scheduler.running:
            self._runs[name].want()
            self._scheduler.modify_job(name, next_run_time=self._now())

    def tend(self) -> None:
        """Whatever is due later than its interval allows runs now: the clock was set back."""
        now = self._now()
        for job in self._scheduler.get_jobs():
            if job.next_run_time is not None and job.next_run_time > now + job.trigger.interval + SLACK:
                self.at_once(job.id)

    def stop(self) -> None:
        """The jobs in hand end first."""
        self._stopping.set()
        self._scheduler.shutdown(wait=True)


def _since_boot() -> float:
    """A clock that nobody sets: Linux's runs on while the machine sleeps; elsewhere a sleep may be taken for a clock set forward."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.clock_gettime(boot) if boot is not None else time.monotonic()


@dataclass
class Moves:
    """Tells when the system clock was set, from when this was made, by a clock that nobody sets. `seconds`: that one."""

    now: Callable[[], datetime] = sys_now
    seconds: Callable[[], float] = _since_boot
    _base: datetime = field(init=False)

    def __post_init__(self) -> None:
        self._base = self._began()

    def _began(self) -> datetime:
        """When that clock stood at nought, by the system clock."""
        return self.now() - timedelta(seconds=self.seconds())

    def since_last(self) -> timedelta | None:
        """By how much it was moved since this was asked last (negative: back); None for less than LEAST_MOVE, which is kept
        and added up."""
        began = self._began()
        moved = began - self._base
        if abs(moved) < LEAST_MOVE:
            return None
        self._base = began
        return moved
