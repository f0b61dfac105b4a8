"""A worker that has begun goes on: a database that restarts ends neither it nor `mailflow run`."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self

import pytest
import sqlalchemy as sa

from mailflow.clock import Clock
from mailflow.store import Store
from mailflow.store.errors import StoreError
from mailflow.store.liveness import Liveness, late_jobs
from mailflow.worker import service
from mailflow.worker.jobs import Jobs, Moves
from mailflow.worker.watchman import LEAST_LATE_S, Ticks

AWAY = sa.exc.OperationalError("INSERT", {}, OSError("the database system is shutting down"))


class Lives:
    """A worker in a row of lives; each ends as `ends` says: a code, or an error at its beginning."""

    def __init__(self, *ends: int | Exception) -> None:
        self.ends = list(ends)

    def __call__(self, *_: object, **__: object) -> Self:
        if isinstance(self.ends[0], Exception):
            raise self.ends.pop(0)
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None


@pytest.mark.parametrize(
    ("ends", "code"),
    [
        pytest.param((0,), 0, id="told-to-stop"),
        pytest.param((1, AWAY, StoreError("データベースに接続できません"), 0), 0, id="the-database-comes-back"),
    ],
)
def test_it_begins_anew(monkeypatch: pytest.MonkeyPatch, ends: tuple[Any, ...], code: int) -> None:
    lives = Lives(*ends)
    monkeypatch.setattr(service, "Worker", lives)
    monkeypatch.setattr(service, "run_until_stopped", lambda worker, _told: worker.ends.pop(0))
    monkeypatch.setattr(service, "FIRST_PAUSE_S", 0.0)
    assert service.run_worker(Path("config"), {}, once=False) == code
    assert lives.ends == []


def test_one_that_never_began_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "Worker", Lives(StoreError("データベースに接続できません")))
    with pytest.raises(StoreError):
        service.run_worker(Path("config"), {}, once=False)


def test_a_watchman_that_stands_still_is_told_of_by_status(store: Store) -> None:
    now = [0.0]
    ticks = Ticks(seconds=lambda: now[0])
    for name in ("send", "watchman"):
        ticks.expect(name, 60)
    with Liveness(store, "w-1") as alive:
        worker: Any = SimpleNamespace(store=store, clock=Clock(), ticks=ticks, liveness=alive)
        for seconds, told in ((LEAST_LATE_S - 1, []), (LEAST_LATE_S + 1, ["send", "watchman"])):
            now[0] = seconds
            service._tend(worker, Jobs(), Moves())
            assert late_jobs(store) == told
