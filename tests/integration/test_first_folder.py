"""What people do to the folder that the watch waits in (IDLE): renamed, deleted, made anew. The other folders are read all the
while, nothing is lost or taken twice, and people are told while it is missing."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from mailflow.desk.health import health
from mailflow.worker import watch
from mailflow.worker.assembly import Worker
from tests.e2e.office import wait_until
from tests.integration.test_mailbox_faults import watching
from tests.integration.working import AT, Desk, letter
from tests.servers.dovecot import Mailbox
from tests.servers.smtp import SmtpSink

FIRST = "受付"


@pytest.fixture
def desk(mailbox: Mailbox, smtp_sink: SmtpSink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(watch, "LONGEST_IDLE_S", 2.0)  # 35 in life: what a server doesn't tell is found after it
    monkeypatch.setattr(watch, "FIRST_PAUSE_S", 0.1)
    monkeypatch.setattr(watch, "LONGEST_PAUSE_S", 0.5)
    desk = Desk(tmp_path / "office", mailbox.url, smtp_sink.url)
    desk.edit(("watch: [INBOX]", f"watch: [{FIRST}, INBOX]"))
    mailbox.append(letter(1), AT, FIRST)
    mailbox.append(letter(2), AT, FIRST)
    return desk


def ids(worker: Worker) -> Counter[str | None]:
    return Counter(line.message_id for line in worker.store.mails())


def seen(worker: Worker, number: int) -> Callable[[], bool]:
    return lambda: f"<small-{number}@city.example>" in ids(worker)


def troubles(worker: Worker) -> str:
    return "".join(health(worker.store, worker.settings, worker.clock).problems)


@pytest.mark.parametrize("how", ["renamed", pytest.param("deleted", marks=pytest.mark.long)])
def test_the_folder_of_the_idle_goes_and_comes_again(desk: Desk, mailbox: Mailbox, how: str) -> None:
    with desk.worker() as worker, watching(worker) as said:
        wait_until("both", lambda: len(ids(worker)) == 2, 10)
        time.sleep(0.5)  # it waits in IDLE now
        with mailbox.server.session(mailbox.user) as client:
            if how == "renamed":
                client.rename_folder(FIRST, "受付（旧）")
            else:
                client.delete_folder(FIRST)
        mailbox.append(letter(3), AT + timedelta(seconds=1))
        wait_until("the other folder is read", seen(worker, 3), 10)
        wait_until("people are told", lambda: any(FIRST in one for one in said), 10)
        mailbox.append(letter(4), AT + timedelta(seconds=2))
        wait_until("and again", seen(worker, 4), 10)
        time.sleep(1.1)  # Dovecot's UIDVALIDITY is a time in seconds
        mailbox.append(letter(5), AT + timedelta(seconds=3), FIRST)  # the UID of an old one
        wait_until("the new folder", seen(worker, 5), 10)
        mailbox.append(letter(2), AT, FIRST)  # put back by a person
        mailbox.append(letter(6), AT + timedelta(seconds=4), FIRST)
        wait_until("and what comes later", seen(worker, 6), 10)
        assert ids(worker) == Counter(f"<small-{n}@city.example>" for n in (1, 2, 3, 4, 5, 6))
        assert worker.store.unfetchable() == []
        again = next(one for one in worker.store.mails() if one.message_id == "<small-2@city.example>")
        assert len({one.uidvalidity for one in worker.store.places(again.id)}) == 2
        assert worker.rounds.statement("test").problems == ()


@pytest.mark.long
def test_renamed_and_made_anew_in_one_breath(desk: Desk, mailbox: Mailbox) -> None:
    """The connection still stands in the old folder, under its new name: nothing that comes into the new one may be waited for
    there for ever."""
    with desk.worker() as worker, watching(worker):
        wait_until("both", lambda: len(ids(worker)) == 2, 10)
        time.sleep(1.2)
        with mailbox.server.session(mailbox.user) as client:
            client.rename_folder(FIRST, "受付（旧）")
            client.create_folder(FIRST)
        mailbox.append(letter(7), AT, FIRST)
        wait_until("the new folder", seen(worker, 7), 10)
        assert ids(worker) == Counter(f"<small-{n}@city.example>" for n in (1, 2, 7))
