"""A full disk: what comes in stops with a clear line, what is in hand is given back, and all goes on when there is room.

Two kinds of full: SQLite itself says so (`PRAGMA max_page_count`), and one statement of a step is answered as SQLite
answers on a full disk, so that each step can be struck on its own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from mailflow.store import Store
from mailflow.worker.assembly import Worker
from mailflow.worker.service import run_once
from tests.e2e.office import wait_until
from tests.integration.test_mailbox_faults import watching
from tests.integration.working import AT, Desk, application, approve, letter, states
from tests.servers.dovecot import Mailbox
from tests.servers.smtp import SmtpSink


@pytest.fixture
def desk(mailbox: Mailbox, smtp_sink: SmtpSink, tmp_path: Path) -> Desk:
    return Desk(tmp_path / "office", mailbox.url, smtp_sink.url)


@contextmanager
def no_room(store: Store) -> Iterator[None]:
    """SQLite may not grow by a page."""

    def limit(connection: sa.Connection) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")  # SQLite makes it the present size

    def lift(connection: sa.Connection) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000000")

    sa.event.listen(store.engine, "begin", limit)
    try:
        yield
    finally:
        sa.event.remove(store.engine, "begin", limit)
        sa.event.listen(store.engine, "begin", lift)


@contextmanager
def full_at(store: Store, *starts: str) -> Iterator[list[str]]:
    """Statements that begin so are answered as on a full disk. Gives those that were."""
    struck: list[str] = []

    def refuse(_cursor: Any, statement: str, _parameters: Any, _context: Any) -> None:
        if statement.startswith(starts):
            struck.append(statement)
            raise sqlite3.OperationalError("database or disk is full")

    for event in ("do_execute", "do_executemany"):
        sa.event.listen(store.engine, event, refuse)
    try:
        yield struck
    finally:
        for event in ("do_execute", "do_executemany"):
            sa.event.remove(store.engine, event, refuse)


def ended_well(worker: Worker, mailbox: Mailbox, count: int) -> None:
    assert run_once(worker) == 0
    assert states(worker) == ["judged"] * count
    assert len({one.message_id for one in worker.store.mails()}) == count
    assert all(line.attempts == 0 for line in worker.store.mails()), "no mail's fault"
    assert all(not one.flags for one in mailbox.messages())


def test_no_room_for_raw_mails(
    desk: Desk, mailbox: Mailbox, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    mailbox.append_many((letter(n, body="長い本文です。\n" * 9_000), AT) for n in range(3))
    with desk.worker() as worker:
        with no_room(worker.store):
            assert run_once(worker) == 1
            assert worker.store.mails() == []
        said = capsys.readouterr().out
        assert "ディスクがいっぱい" in said
        assert "small-1@" not in said, "no content in the log"
        assert all(not one.flags for one in mailbox.messages())
        ended_well(worker, mailbox, 3)


STEPS = {
    "arrive": ("INSERT INTO blob",),
    "place": ("INSERT INTO place",),
    "watermark": ("INSERT INTO watermark",),
    "claim": ("WITH oldest", "UPDATE mail SET claimant"),
    "verdict": ("INSERT INTO verdict",),
    "draft": ("INSERT INTO draft",),
}


@pytest.mark.parametrize(
    "starts",
    [
        pytest.param(starts, id=name, marks=[] if name in ("arrive", "verdict") else [pytest.mark.long])
        for name, starts in STEPS.items()
    ],
)
def test_a_disk_full_at_one_step(
    desk: Desk, mailbox: Mailbox, capsys: pytest.CaptureFixture[str], starts: tuple[str, ...]
) -> None:
    mailbox.append(application(3), AT)
    mailbox.append(letter(1), AT)
    with desk.worker() as worker:
        with full_at(worker.store, *starts) as struck:
            assert run_once(worker) == 1
            assert struck
        assert "ディスクがいっぱい" in capsys.readouterr().out
        ended_well(worker, mailbox, 2)
        assert len(worker.store.drafts()) >= 1


@pytest.mark.long
def test_what_could_not_be_given_back_is_given_back_later(desk: Desk, mailbox: Mailbox) -> None:
    """Full from the claim on: the mails stay ours, and a worker that lives is never recovered from."""
    mailbox.append(application(3), AT)
    with desk.worker() as worker:
        with full_at(worker.store, "INSERT INTO verdict") as struck:
            released = []

            def refused(ids: Any, claimant: str) -> int:
                released.append(ids)
                raise sa.exc.OperationalError("UPDATE", {}, sqlite3.OperationalError("database or disk is full"))

            worker.store.release, kept = refused, worker.store.release  # type: ignore[method-assign]
            assert run_once(worker) == 1
            worker.store.release = kept  # type: ignore[method-assign]
            assert struck
            assert released
        assert [line.working for line in worker.store.mails()] == [True]
        ended_well(worker, mailbox, 1)


def test_the_running_watch_survives_it(desk: Desk, mailbox: Mailbox) -> None:
    with desk.worker() as worker, watching(worker) as said:
        wait_until("a first look", lambda: worker.store.status_facts().last_fetch)
        with full_at(worker.store, "INSERT", "UPDATE"):
            mailbox.append(letter(1), AT)
            wait_until("the complaint", lambda: said, timeout_s=6)
            assert "ディスクがいっぱい" in said[0]
            assert states(worker) == []
        wait_until("the mail", lambda: states(worker), timeout_s=10)


@pytest.mark.parametrize(
    "starts",
    [
        pytest.param("UPDATE outgoing SET state=?, stage", id="claim"),
        pytest.param("UPDATE outgoing SET stage", id="stage-data"),
    ],
)
def test_a_letter_whose_claim_or_stage_cannot_be_written_is_not_sent(
    desk: Desk, mailbox: Mailbox, smtp_sink: SmtpSink, starts: str
) -> None:
    mailbox.append(application(3), AT)
    with desk.worker() as worker:
        run_once(worker)
        assert approve(worker) == 1
        with full_at(worker.store, starts) as struck:
            run_once(worker)
            assert struck
            assert smtp_sink.accepted() == []
        (line,) = worker.store.outbox()
        assert line.state.value in ("approved", "retry")
        with worker.store.write() as db:
            db.execute(sa.text("UPDATE outgoing SET next_at = NULL"))
        assert run_once(worker) == 0
        assert len(smtp_sink.accepted()) == 1
        assert [one.state.value for one in worker.store.outbox()] == ["sent"]


def test_a_letter_that_left_while_the_disk_was_full_is_sent_once(
    desk: Desk, mailbox: Mailbox, smtp_sink: SmtpSink
) -> None:
    """DATA was said, the server took it, and that can't be written: it is written later, and nothing leaves before."""
    mailbox.append(application(3), AT)
    mailbox.append(application(5), AT)
    with desk.worker() as worker:
        run_once(worker)
        assert approve(worker) == 2
        real = worker.store.sent

        def full(*_: Any, **__: Any) -> None:
            raise sa.exc.OperationalError("UPDATE", {}, sqlite3.OperationalError("database or disk is full"))

        worker.store.sent = full  # type: ignore[method-assign]
        assert run_once(worker) == 1
        assert run_once(worker) == 1
        assert len(smtp_sink.accepted()) == 1, "what became of the first isn't written: nothing else leaves"
        worker.store.sent = real  # type: ignore[method-assign]
        assert run_once(worker) == 0
        assert len(smtp_sink.accepted()) == 2
        assert [one.state.value for one in worker.store.outbox()] == ["sent", "sent"]


def test_a_worker_that_died_with_such_a_letter_leaves_it_uncertain(
    desk: Desk, mailbox: Mailbox, smtp_sink: SmtpSink
) -> None:
    mailbox.append(application(3), AT)
    with desk.worker() as worker:
        run_once(worker)
        approve(worker)

        def full(*_: Any, **__: Any) -> None:
            raise sa.exc.OperationalError("UPDATE", {}, sqlite3.OperationalError("database or disk is full"))

        worker.store.sent = full  # type: ignore[method-assign]
        run_once(worker)
    with desk.worker() as worker:
        run_once(worker)
        assert [one.state.value for one in worker.store.outbox()] == ["uncertain"]
        assert len(smtp_sink.accepted()) == 1
