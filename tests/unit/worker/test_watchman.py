"""What the watchman tells at which hour, and of whose jobs; without servers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from mailflow.clock import TOKYO, Clock
from mailflow.desk.health import health
from mailflow.settings.servers import OAuthAccess
from mailflow.store import Store
from mailflow.store.liveness import Liveness
from mailflow.worker.watchman import Ticks, Watchman
from tests.integration.round.office import SHIPPED

MORNING = datetime(2026, 3, 18, 10, tzinfo=TOKYO)  # a Wednesday


class Stopped(Ticks):
    def __init__(self, *names: str) -> None:
        super().__init__()
        self.names = list(names)

    def late(self) -> list[str]:
        return self.names


class Office:
    """A watchman whose time is set by hand; `told`: what it wrote, `ill not-fetched` …"""

    def __init__(self, store: Store, file: Path) -> None:
        alarm = SHIPPED.file.alarm.model_copy(update={"file": str(file)})
        self.settings = replace(SHIPPED, file=SHIPPED.file.model_copy(update={"alarm": alarm}))
        self.store, self.at, self._file = store, MORNING, file

    def clock(self) -> Clock:
        at = self.at

        class Fixed(Clock):
            def now(self) -> datetime:
                return at

            def sys_now(self) -> datetime:
                return at

        return Fixed()

    def watchman(self, claimant: str, ticks: Ticks, on_duty: Callable[[], bool] = lambda: True) -> Watchman:
        return Watchman(
            store=self.store, claimant=claimant, clock=self.clock(), settings=lambda: self.settings, env={}, ticks=ticks,
            on_duty=on_duty,
        )  # fmt: skip

    def look(self, at: datetime) -> list[str]:
        """Two ticks around `alarm.after`; what was told since the last look."""
        before = len(self.told())
        for moment in (at, at + self.settings.file.alarm.after):
            self.at = moment
            self.watchman("w", Ticks()).tick()
        return self.told()[before:]

    def told(self) -> list[str]:
        lines = self._file.read_text(encoding="utf-8").splitlines() if self._file.exists() else []
        return [" ".join(line.split("\t")[1:3]) for line in lines]


@pytest.fixture
def office(store: Store, tmp_path: Path) -> Office:
    store.fetched(MORNING)
    return Office(store, tmp_path / "alarms")


@pytest.mark.parametrize(
    ("steps", "mended"),
    [
        pytest.param([((18, 11), ["ill not-fetched"]), ((18, 19), []), ((19, 10), [])], ["well not-fetched"], id="dead-over-night"),
        pytest.param([((18, 19), []), ((21, 12), []), ((23, 10), ["ill not-fetched"])], ["well not-fetched"], id="dies-at-night-told-in-the-morning"),
        pytest.param([((18, 19), []), ((19, 3), [])], [], id="well-again-before-anybody-asks"),
    ],
)  # fmt: skip
def test_what_nobody_asks_about_at_night_neither_begins_nor_ends(
    office: Office, steps: list[tuple[tuple[int, int], list[str]]], mended: list[str]
) -> None:
    for (day, hour), told in steps:
        assert office.look(datetime(2026, 3, day, hour, tzinfo=TOKYO)) == told, (day, hour)
    morning = office.at + timedelta(hours=1) if office.at.hour == 10 else datetime(2026, 3, 19, 10, tzinfo=TOKYO)
    office.store.fetched(morning)
    assert office.look(morning) == mended


def test_one_that_begins_at_closing_time_is_told_in_the_morning(office: Office) -> None:
    office.at = datetime.combine(MORNING.date(), office.settings.file.office_hours.closes, TOKYO) - timedelta(minutes=1)
    office.watchman("w", Ticks()).tick()
    assert office.look(office.at + timedelta(minutes=30)) == []
    assert office.look(MORNING + timedelta(days=1)) == ["ill not-fetched"]


def test_each_worker_tells_of_its_own_jobs(office: Office) -> None:
    def jobs() -> list[str]:
        return [one.text for one in health(office.store, office.settings, office.clock()).keyed if one.key == "jobs"]

    with Liveness(office.store, "w-1"), Liveness(office.store, "w-2") as second:
        office.watchman("w-1", Stopped()).tick()
        office.watchman("w-2", Stopped("process", "file"), on_duty=lambda: False).tick()
        office.watchman("w-1", Stopped("process")).tick()
        assert jobs() == ["worker の仕事が止まっています（file、process）"]
        office.watchman("w-1", Stopped()).tick()
        assert jobs() == ["worker の仕事が止まっています（file、process）"]
        second._lock.close()  # it dies
        assert jobs() == []


@pytest.mark.parametrize(("days", "told"), [(15, False), (14, True), (0, True), (-2, True)])
def test_the_client_secret_of_microsoft_365_is_told_two_weeks_ahead(office: Office, days: int, told: bool) -> None:
    oauth = OAuthAccess(
        tenant="t.example", client_id="c", client_secret_file="s", expires=MORNING.date() + timedelta(days=days)
    )
    office.settings = replace(office.settings, file=office.settings.file.model_copy(update={"oauth": oauth}))
    office.store.fetched(MORNING)
    found = [
        one.text for one in health(office.store, office.settings, office.clock()).keyed if one.key.startswith("secret")
    ]
    assert [("クライアント シークレット" in one) for one in found] == [True] * told
