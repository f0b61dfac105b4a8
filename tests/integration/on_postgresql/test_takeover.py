"""Several workers on PostgreSQL, as processes of their own: who watches dies, and another takes over within 30 s (DESIGN §8.4)."""

from __future__ import annotations

import signal
import time
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from mailflow.store import open_store
from mailflow.store.watching import WATCH
from tests.e2e.office import Office, wait_until
from tests.e2e.test_kill import started
from tests.integration.working import AT, letter
from tests.servers.dovecot import Mailbox
from tests.servers.postgres import Postgres
from tests.servers.smtp import SmtpSink

WITHIN_S = 30.0


@pytest.mark.long  # two processes; its quick sibling is test_two_watchers_never_take_the_watch_from_each_other
@pytest.mark.timeout(240)
def test_the_watch_of_a_killed_worker_is_taken_over(
    postgres_url: str, mailbox: Mailbox, smtp_sink: SmtpSink, tmp_path: Path
) -> None:
    """From kill -9 to the next mail's row by the other worker; a mail that comes between waits no longer than that."""
    office = Office(tmp_path / "office", mailbox.url, smtp_sink.url)
    office.extra_env["MAILFLOW_DATABASE"] = postgres_url
    store = open_store(postgres_url)

    def watcher() -> tuple[str, int] | None:
        with store.read() as db:
            row = db.execute(sa.select(WATCH.c.claimant, WATCH.c.epoch)).one_or_none()
        return (row.claimant, row.epoch) if row is not None and store.is_alive(row.claimant) else None

    first = started(office)
    try:
        mailbox.append(letter(1), AT)
        wait_until("the first mail", lambda: len(store.mails()) == 1)
        before = watcher()
        assert before is not None
        second = started(office)
        try:
            time.sleep(1.0)
            assert watcher() == before, "one watches"
            first.send_signal(signal.SIGKILL)
            died = time.monotonic()
            mailbox.append(letter(2), AT + timedelta(seconds=1))
            wait_until("the second mail", lambda: len(store.mails()) == 2, WITHIN_S, 0.05)
            took = time.monotonic() - died
            after = watcher()
            assert after is not None
            assert (after[0] != before[0], after[1] > before[1]) == (True, True)
            print(f"takeover of the watch, from kill -9 to the next mail's row: {took:.1f} s")
            wait_until("both judged", lambda: {one.state.value for one in store.mails()} == {"judged"})
        finally:
            second.send_signal(signal.SIGTERM)
            assert second.wait(timeout=60) == 0
    finally:
        first.kill()
        first.wait()
        store.close()


@pytest.mark.long
@pytest.mark.timeout(240)
def test_the_database_restarts_in_the_middle(mailbox: Mailbox, smtp_sink: SmtpSink, tmp_path: Path) -> None:
    """An update restarts PostgreSQL: the same process works on, and what came meanwhile is judged."""
    with Postgres() as server, server.database() as url:
        office = Office(tmp_path / "office", mailbox.url, smtp_sink.url)
        office.extra_env["MAILFLOW_DATABASE"] = url
        worker = started(office)
        try:
            mailbox.append(letter(1), AT)
            wait_until("the first mail", lambda: judged(url) == 1)
            server.restart(while_down=lambda: mailbox.append(letter(2), AT + timedelta(seconds=1)) and None)
            wait_until("the second mail", lambda: judged(url) == 2, 90)
            assert worker.poll() is None
        finally:
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(timeout=60) == 0


def judged(url: str) -> int:
    store = open_store(url)
    try:
        return sum(one.state.value == "judged" for one in store.mails())
    finally:
        store.close()
