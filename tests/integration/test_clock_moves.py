"""A worker at work, and somebody sets the machine's clock: a day back, then half a day ahead. Mail is judged and letters leave all the
while, within the time of an undo window, and people are told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

import pytest
from apscheduler.schedulers import base

from mailflow import clock
from mailflow.desk import add_operator
from mailflow.desk.approval import ApprovedAll, approve_all
from mailflow.desk.health import health
from mailflow.worker.assembly import Worker
from mailflow.worker.service import run_until_stopped
from tests.e2e.office import wait_until
from tests.integration.working import AT, Desk, application
from tests.servers.dovecot import Mailbox
from tests.servers.smtp import SmtpSink

WITHIN_S = 20.0


class Wall(datetime):
    """`moved`: by how much somebody has set it."""

    moved = timedelta(0)

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return datetime.now(tz) + Wall.moved


@pytest.fixture(autouse=True)
def wall(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for module in (clock, base):
        monkeypatch.setattr(module, "datetime", Wall)
    yield
    Wall.moved = timedelta(0)


def approve(worker: Worker, undo: timedelta) -> int:
    done = approve_all(worker.store, user="田中", now=worker.clock.now(), sys_now=clock.sys_now(), undo=undo)
    assert isinstance(done, ApprovedAll)
    return len(done.approved)


def clock_keys(worker: Worker) -> set[str]:
    return {one.key for one in health(worker.store, worker.settings, worker.clock).keyed} & {
        "clock-moved",
        "not-fetched",
    }


@pytest.mark.long
def test_work_goes_on(mailbox: Mailbox, smtp_sink: SmtpSink, tmp_path: Path) -> None:
    desk = Desk(tmp_path / "office", mailbox.url, smtp_sink.url)
    desk.edit(
        ("undo: 30s", "undo: 2s"),
        ("rate: 30", "rate: 600"),
        ("opens: 8:30", "opens: 0:00"),
        ("closes: 19:00", "closes: 23:59"),
    )
    with desk.worker(paced=True) as worker:
        store = worker.store
        add_operator(store, "田中", sys_now=clock.sys_now())
        running = threading.Thread(target=run_until_stopped, args=(worker,), daemon=True)
        running.start()

        def judged(count: int) -> None:
            wait_until(
                f"{count} judged", lambda: [one.state.value for one in store.mails()] == ["judged"] * count, WITHIN_S
            )

        try:
            mailbox.append(application(3), AT)
            judged(1)
            assert clock_keys(worker) == set()
            assert approve(worker, timedelta(hours=1)) == 1
            Wall.moved = timedelta(days=-1)
            mailbox.append(application(5), AT)
            judged(2)
            wait_until("the first letter", smtp_sink.accepted, WITHIN_S)
            wait_until("people are told", lambda: clock_keys(worker) == {"clock-moved"}, WITHIN_S)
            Wall.moved = timedelta(hours=12)
            mailbox.append(application(7), AT)
            judged(3)
            assert approve(worker, timedelta(seconds=2)) == 2
            wait_until("the other letters", lambda: len(smtp_sink.accepted()) == 3, WITHIN_S)
            assert store.status_facts().states["mail.judged"] == 3
        finally:
            worker.stop.set()
            running.join(30)
        assert not running.is_alive()
