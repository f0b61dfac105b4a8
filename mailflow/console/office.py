"""What the console works with: the store, the configuration in force, the clock. One object a process, shared by threads.

The configuration is looked at again every few seconds; a broken one keeps the last good running, and `config_error` says why.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from mailflow.clock import Clock
from mailflow.console.files import StaticFiles
from mailflow.console.reading import Reader
from mailflow.desk.health import Health, health
from mailflow.settings.bundle import folder_stamp
from mailflow.settings.load import load
from mailflow.settings.problems import ConfigErrors
from mailflow.settings.settings import Settings
from mailflow.store import Store
from mailflow.store.cases import CaseLine, applications
from mailflow.store.moves import D
from mailflow.store.overview import Counts, counts
from mailflow.store.queue import QueueEntry, queue

LOOK_S = 3.0


@dataclass(frozen=True, slots=True)
class Waiting:
    """The letters that wait, most urgent first. `whose`: how many are whose; `templates`: how many are of which
    kind, and to be looked at first or not."""

    rows: tuple[QueueEntry, ...]
    whose: Counter[str | None]
    templates: Counter[tuple[str, bool]]
    review: int
    two: int
    stale: int

    @classmethod
    def of(cls, rows: Sequence[QueueEntry]) -> Waiting:
        return cls(
            rows=tuple(rows), whose=Counter(row.assigned for row in rows), templates=Counter((row.template, row.review) for row in rows),
            review=sum(row.review for row in rows), two=sum(row.two for row in rows), stale=sum(row.state == D.STALE for row in rows),
        )  # fmt: skip


@dataclass
class Office:
    """`url`: where people reach the console, None for this machine only."""

    store: Store
    settings: Settings
    clock: Clock
    config_dir: Path
    env: Mapping[str, str]
    url: str | None = None
    config_error: str | None = None
    reader: Reader = field(init=False)
    static: StaticFiles = field(default_factory=StaticFiles)
    _stamp: object = None
    _looked: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _health: tuple[float, Health, Counts] | None = None
    _applications: tuple[float, list[CaseLine]] | None = None
    _waiting: tuple[float, Waiting] | None = None

    def __post_init__(self) -> None:
        self.reader = Reader(self.settings)
        self._stamp = folder_stamp(self.config_dir)
        self._looked = time.monotonic()

    def close(self) -> None:
        self.reader.close()
        self.store.close()

    def look(self) -> None:
        """Take a changed configuration in, whole or not at all. Cheap when called often."""
        if time.monotonic() - self._looked < LOOK_S or not self._lock.acquire(blocking=False):
            return
        try:
            self._looked = time.monotonic()
            stamp = folder_stamp(self.config_dir)
            if stamp == self._stamp:
                return
            self._stamp = stamp
            try:
                self.settings = load(self.config_dir, self.env)
            except (ConfigErrors, OSError) as error:
                self.config_error = str(error)
                return
            self.config_error = None
            self.reader.configure(self.settings)
        finally:
            self._lock.release()

    def standing(self) -> tuple[Health, Counts]:
        """How all is, at most some seconds old: every page shows it."""
        known = self._health
        if known is not None and time.monotonic() - known[0] < LOOK_S:
            return known[1], known[2]
        found = (
            health(self.store, self.settings, self.clock, config_error=self.config_error),
            counts(self.store, self.clock.now()),
        )
        self._health = (time.monotonic(), *found)
        return found

    def applications(self) -> list[CaseLine]:
        """All applications, at most some seconds old: twenty open pages ask for them again and again."""
        known = self._applications
        if known is None or time.monotonic() - known[0] >= LOOK_S:
            known = self._applications = (time.monotonic(), applications(self.store))
        return list(known[1])

    def waiting(self) -> Waiting:
        """The letters that wait, at most some seconds old: each page of 承認待ち counts them all."""
        known = self._waiting
        if known is None or time.monotonic() - known[0] >= LOOK_S:
            known = self._waiting = (time.monotonic(), Waiting.of(queue(self.store)))
        return known[1]

    def forget_standing(self) -> None:
        """After an act: the next page shows it at once."""
        self._health = self._applications = self._waiting = None

    def now(self) -> datetime:
        return self.clock.now()

    def business(self, at: datetime) -> datetime:
        """A moment of system time (the audit, sessions) on the clock that everything else on the screen goes by."""
        return at + self.clock.offset

    @property
    def shifted(self) -> bool:
        """Whether the business clock goes otherwise than the machine's: in a demo, a rehearsal."""
        return abs(self.clock.offset) >= timedelta(minutes=1)
