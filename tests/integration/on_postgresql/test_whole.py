"""What only PostgreSQL does: sessions that the server drops, several workers, migrations, a worker from mail to letter."""

from __future__ import annotations

from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlmodel import SQLModel

from mailflow.clock import sys_now
from mailflow.store import Store, open_store, settling
from mailflow.store.errors import Gone, LostWatch
from mailflow.store.liveness import Liveness, WatchLock
from mailflow.store.moves import move_outgoing
from mailflow.worker.service import run_once
from tests.integration.working import AT, Desk, application, approve, states
from tests.servers.dovecot import Mailbox
from tests.servers.postgres import Postgres
from tests.servers.smtp import SmtpSink
from tests.unit.store.flow import NOW, Letter, arrival, build, process


def drop_sessions(store: Store) -> None:
    """What a restart of the server or a firewall does to idle sessions: here to those that hold an advisory lock. They are gone."""
    with store.write() as db:
        db.execute(
            sa.text(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
                " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
        )


def test_a_watch_whose_session_was_dropped_writes_nothing(store: Store) -> None:
    lock = WatchLock(store, "m", "w1")
    watch = lock.acquire()
    assert watch is not None
    store.arrive([arrival(b"one")], watch=watch)
    drop_sessions(store)
    assert not lock.still_held()
    with pytest.raises(LostWatch):
        store.arrive([arrival(b"two")], watch=watch)
    with pytest.raises(LostWatch):
        store.set_watermark("m", "INBOX", 1, 5, watch=watch)
    assert len(store.mails()) == 1
    lock.close()


def test_a_letter_whose_sender_only_lost_its_lock_is_not_approved_again_under_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It lives, and says DATA next: between the look at the stage and the move nobody may write it."""
    process(store, Letter())
    with store.write() as db:
        store.approve_in(db, 1, user="policy", now=NOW, undo_until=NOW)
    claimed = store.claim_next(
        now=NOW, sys_now=sys_now(), sending_allowed=True, claimant="lives", build=build, undo=False
    )
    assert claimed is not None
    tried = []

    def moves(db: sa.Connection, outgoing_id: int, *how: Any, **more: Any) -> None:
        tried.append(outgoing_id)
        theirs = sa.text("SELECT stage FROM outgoing WHERE id = :id FOR UPDATE NOWAIT")
        with store.engine.connect() as other, pytest.raises(sa.exc.OperationalError, match="lock"):
            other.execute(theirs, {"id": outgoing_id})
        move_outgoing(db, outgoing_id, *how, **more)

    monkeypatch.setattr(settling, "move_outgoing", moves)
    assert store.recover_outgoing(lambda _: False) == (1, 0)
    assert tried == [claimed.id]
    with pytest.raises(Gone):
        store.mark_data_stage(claimed.id, "lives")


def test_two_watchers_never_take_the_watch_from_each_other(store: Store, url: str) -> None:
    other = open_store(url)
    first, second = WatchLock(store, "m", "w1"), WatchLock(other, "m", "w2")
    assert first.acquire() is not None
    assert second.acquire() is None
    drop_sessions(store)
    taken = second.acquire()
    assert taken is not None
    assert first.acquire() is None, "it was lost, whatever the first one remembers"
    again = second.acquire()
    assert again is not None
    other.arrive([arrival(b"one")], watch=again)
    second.close()
    assert first.acquire() is not None
    first.close()
    other.close()


def test_a_worker_whose_session_was_dropped_knows_it(store: Store) -> None:
    with Liveness(store, "w1") as living:
        assert living.still_alive()
        assert store.is_alive("w1")
        drop_sessions(store)
        assert not store.is_alive("w1")
        assert not living.still_alive()


def test_an_empty_database_is_migrated_by_several_at_once(postgres: Postgres) -> None:
    with postgres.database(template=None) as url:
        opened: list[Store] = []
        threads = [Thread(target=lambda: opened.append(open_store(url))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(opened) == 4
        with opened[0].read() as db:
            context = MigrationContext.configure(db, opts={"compare_type": True})
            assert compare_metadata(context, SQLModel.metadata) == []
        for one in opened:
            one.close()


@pytest.mark.parametrize(("workers", "size"), [pytest.param(4, 1, id="one-by-one"), pytest.param(6, 7, id="batches")])
def test_workers_share_the_mails_by_skip_locked(store: Store, url: str, workers: int, size: int) -> None:
    store.arrive([arrival(f"mail {number}".encode()) for number in range(120)])
    begin = Barrier(workers)
    claimed: list[list[int]] = [[] for _ in range(workers)]

    def work(number: int) -> None:
        own = open_store(url)
        begin.wait()
        while found := own.claim_new(size, f"w{number}"):
            claimed[number] += [mail.id for mail in found]
        own.close()

    threads = [Thread(target=work, args=(number,)) for number in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    every = [one for some in claimed for one in some]
    assert len(every) == len(set(every)) == 120


def test_who_claims_waits_for_nobody(store: Store, url: str) -> None:
    """A claim that isn't committed yet is passed by, not waited for."""
    store.arrive([arrival(b"one"), arrival(b"two")])
    other = open_store(f"{url}&options=-c%20statement_timeout%3D5000")  # it fails rather than hang
    with store.write() as db:
        db.execute(sa.text("SELECT id FROM mail WHERE id = 1 FOR UPDATE"))
        assert [mail.id for mail in other.claim_new(5, "w2")] == [2]
    other.close()


def test_from_mail_to_letter(url: str, mailbox: Mailbox, smtp_sink: SmtpSink, tmp_path: Path) -> None:
    for number in (3, 5, 7):
        mailbox.append(application(number), AT)
    desk = Desk(tmp_path / "office", mailbox.url, smtp_sink.url)
    desk.extra_env["MAILFLOW_DATABASE"] = url
    with desk.worker() as worker:
        assert not worker.store.is_sqlite
        assert run_once(worker) == 0
        assert states(worker) == ["judged"] * 3
        assert approve(worker) == 3
        assert run_once(worker) == 0
        assert {one.state.value for one in worker.store.outbox()} == {"sent"}
        assert worker.store.outbox()[0].filed_at is not None
    assert len(smtp_sink.accepted()) == 3
