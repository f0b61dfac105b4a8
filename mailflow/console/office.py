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
from mailflow.console.shared import Shared
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
    _standing: Shared[tuple[Health, Counts]] = field(init=False)
    _applications: Shared[list[CaseLine]] = field(init=False)
    _waiting: Shared[Waiting] = field(init=False)

    def __post_init__(self) -> None:
        self.reader = Reader(self.settings)
        self._standing = Shared(self._stand, LOOK_S)
        self._applications = Shared(lambda: applications(self.store), LOOK_S)
        self._waiting = Shared(lambda: Waiting.of(queue(self.store)), LOOK_S)
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
        """How all is, some seconds old at most: every page shows it."""
        return self._standing.get()

    def applications(self) -> list[CaseLine]:
        """All applications, some seconds old at most: twenty open pages ask for them again and again."""
        return list(self._applications.get())

    def waiting(self) -> Waiting:
        """The letters that wait, some seconds old at most: each page of 承認待ち counts them all."""
        return self._waiting.get()

    def forget_standing(self) -> None:
        """After an act: the next page shows it at once."""
        for one in (self._standing, self._applications, self._waiting):
            one.forget()

    def _stand(self) -> tuple[Health, Counts]:
        found = health(self.store, self.settings, self.clock, config_error=self.config_error)
        return found, counts(self.store, self.clock.now())

    @property
    def labels(self) -> dict[str, str]:
        """What the forms call their fields."""
        return {key: field.label for one in self.settings.form.forms for key, field in one.fields.items()}

    def now(self) -> datetime:
        return self.clock.now()

    def business(self, at: datetime) -> datetime:
        """A moment of system time (the audit, sessions) on the clock that everything else on the screen goes by."""
        return at + self.clock.offset

    @property
    def shifted(self) -> bool:
        """Whether the business clock goes otherwise than the machine's: in a demo, a rehearsal."""
        return abs(self.clock.offset) >= timedelta(minutes=1)
