"""`reconcile`: an office at work balances; whatever is taken away or doubled by hand is found and named."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from mailflow.clock import Clock
from mailflow.desk.health import health
from mailflow.desk.reconciliation import Statement, keep, reconcile
from mailflow.mailbox.imap import Imap
from mailflow.settings.connection import Connection
from mailflow.settings.settings import Settings
from mailflow.store import Store, open_store
from mailflow.worker.assembly import Worker
from mailflow.worker.service import run_once
from tests.by_hand import by_hand
from tests.integration.working import AT, Desk, application, approve, letter
from tests.servers.dovecot import Dovecot, Mailbox
from tests.servers.smtp import SmtpSink


@dataclass(frozen=True)
class Done:
    folder: Path
    settings: Settings
    at: Connection


@pytest.fixture(scope="module")
def done(dovecot: Dovecot, tmp_path_factory: pytest.TempPathFactory) -> Done:
    """An office that judged four mails and sent its letters, and that balances. Copied for each test."""
    folder = tmp_path_factory.mktemp("done") / "office"
    dovecot.add("balance@mailbox.example")
    mailbox = Mailbox(dovecot, "balance@mailbox.example")
    mailbox.append(application(3), AT)
    mailbox.append(application(5), AT + timedelta(seconds=1))
    mailbox.append(letter(1), AT + timedelta(seconds=2))
    mailbox.append(letter(2), AT + timedelta(seconds=3), folder="Junk")
    with SmtpSink() as sink, Desk(folder, mailbox.url, sink.url).worker() as worker:
        assert run_once(worker) == 0
        assert approve(worker) >= 2
        assert run_once(worker) == 0
        assert statement(worker).balanced
        return Done(folder, worker.settings, worker.imap_at)


@dataclass
class Copied:
    """A copy of that office, without a worker."""

    store: Store
    settings: Settings
    at: Connection

    @property
    def clock(self) -> Clock:
        return self.store.clock()

    def connect(self) -> Imap:
        return Imap(self.at)


@pytest.fixture
def office(done: Done, tmp_path: Path) -> Iterator[Copied]:
    for file in done.folder.glob("mailflow.db*"):
        if file.is_file():
            shutil.copyfile(file, tmp_path / file.name)
    store = open_store(f"sqlite:///{tmp_path / 'mailflow.db'}")
    yield Copied(store, done.settings, done.at)
    store.close()


def statement(office: Copied | Worker) -> Statement:
    with office.connect() as imap:
        return reconcile(office.store, imap, office.settings, office.clock)


def test_an_office_at_work_balances(office: Copied) -> None:
    found = statement(office)
    assert [one.what for one in found.problems] == []
    counts = {one.folder: one.counts for one in found.folders}
    assert counts["INBOX"]["verdict"] == 3
    assert counts["Junk"]["verdict"] == 1
    assert sum(counts["INBOX"].values()) == 3
    assert found.sent == found.filed >= 2


ONE_APPLICATION = "(SELECT min(mail_id) FROM version)"
ONE_LETTER = "(SELECT min(id) FROM outgoing WHERE state = 'sent')"
LOSSES: dict[str, tuple[tuple[str, ...], str]] = {
    "verdict": ((f"DELETE FROM verdict WHERE mail_id = {ONE_APPLICATION}",), "verdict-missing"),
    "verdict-of-junk": (
        ("DELETE FROM verdict WHERE mail_id = (SELECT id FROM mail WHERE state = 'junk')",),
        "verdict-missing",
    ),
    "mail": ((f"DELETE FROM mail WHERE id = {ONE_APPLICATION}",), "mail-missing"),
    "place": ((f"DELETE FROM place WHERE mail_id = {ONE_APPLICATION}",), "uid-missing"),
    "place-is-told-of-its-mail-too": ((f"DELETE FROM place WHERE mail_id = {ONE_APPLICATION}",), "place-missing"),
    "mail-with-all-its-rows": (
        (
            "CREATE TABLE gone AS SELECT min(mail_id) AS id FROM version",
            "DELETE FROM draft_mail WHERE mail_id IN (SELECT id FROM gone)",
            "DELETE FROM version WHERE mail_id IN (SELECT id FROM gone)",
            "DELETE FROM verdict WHERE mail_id IN (SELECT id FROM gone)",
            "DELETE FROM place WHERE mail_id IN (SELECT id FROM gone)",
            "DELETE FROM mail WHERE id IN (SELECT id FROM gone)",
            "DROP TABLE gone",
        ),
        "uid-missing",
    ),
    "raw-bytes": (
        (f"DELETE FROM blob WHERE sha256 = (SELECT raw_sha256 FROM mail WHERE id = {ONE_APPLICATION})",),
        "content-missing",
    ),
    "version": ((f"DELETE FROM version WHERE mail_id = {ONE_APPLICATION}",), "version-missing"),
    "case": ((f"DELETE FROM cases WHERE id = (SELECT case_id FROM version WHERE mail_id = {ONE_APPLICATION})",), "dangling"),
    "party": (("DELETE FROM case_party",), "dangling"),
    "draft": (
        ("DELETE FROM draft WHERE id = (SELECT min(draft_id) FROM outgoing)",),
        "outgoing-without-draft",
    ),
    "draft-and-outgoing": (
        (
            f"DELETE FROM draft_mail WHERE mail_id = {ONE_APPLICATION}",
            f"DELETE FROM outgoing WHERE draft_id IN (SELECT id FROM draft WHERE mail_id = {ONE_APPLICATION})",
            f"DELETE FROM draft WHERE mail_id = {ONE_APPLICATION}",
        ),
        "draft-missing",
    ),
    "outgoing": ((f"DELETE FROM outgoing WHERE id = {ONE_LETTER}",), "outgoing-missing"),
    "outgoing-that-lies-in-sent": ((f"DELETE FROM outgoing WHERE id = {ONE_LETTER}",), "sent-unknown"),
    "bytes-of-a-letter": ((f"UPDATE outgoing SET mime = NULL WHERE id = {ONE_LETTER}",), "bytes-missing"),
    "recipient": ((f"DELETE FROM outgoing_party WHERE outgoing_id = {ONE_LETTER}",), "recipient-missing"),
    "approval-taken-back-behind": (
        (f"UPDATE draft SET state = 'rejected' WHERE id = (SELECT draft_id FROM outgoing WHERE id = {ONE_LETTER})",),
        "outgoing-not-approved",
    ),
    "state-set-back": ((f"UPDATE mail SET state = 'failed' WHERE id = {ONE_APPLICATION}",), "verdict-too-early"),
    "two-verdicts": (
        (
            "CREATE TABLE twice AS SELECT * FROM verdict",
            f"INSERT INTO twice SELECT * FROM verdict WHERE mail_id = {ONE_APPLICATION}",
            "UPDATE twice SET id = id + 1000 WHERE rowid = (SELECT max(rowid) FROM twice)",
            "DROP TABLE verdict",
            "ALTER TABLE twice RENAME TO verdict",
        ),
        "two-verdicts",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("statements", "kind"), LOSSES.values(), ids=LOSSES.keys())
def test_a_loss_made_by_hand_is_found_and_named(office: Copied, statements: tuple[str, ...], kind: str) -> None:
    by_hand(office.store, *statements)
    found = statement(office)
    assert kind in {one.kind for one in found.problems}, [one.what for one in found.problems]


def test_what_was_taken_out_of_sent_or_put_there_twice(office: Copied, dovecot: Dovecot) -> None:
    user = "balance@mailbox.example"
    with dovecot.session(user) as client:
        client.select_folder("Sent")
        first, second, *_ = sorted(client.search())
        kept = {uid: client.fetch([uid], ["BODY.PEEK[]"])[uid][b"BODY[]"] for uid in (first, second)}
        client.delete_messages([first])
        client.expunge()
    dovecot.append(user, kept[second], AT, "Sent")
    try:
        found = {one.kind for one in statement(office).problems}
        assert {"sent-copy-missing", "sent-copy-twice"} <= found
    finally:
        with dovecot.session(user) as client:
            client.select_folder("Sent")
            client.delete_messages([max(client.search())])
            client.expunge()
        dovecot.append(user, kept[first], AT, "Sent")
    assert statement(office).balanced


def test_mail_that_waits_is_told_with_its_age_and_balances(office: Copied, dovecot: Dovecot) -> None:
    user = "balance@mailbox.example"
    uid = dovecot.append(user, letter(77), office.clock.now() - timedelta(minutes=3))
    try:
        found = statement(office)
        assert found.balanced
        assert [(one.folder, one.uid) for one in found.waiting] == [("INBOX", uid)]
        assert 170 < found.waiting[0].age_s < 300
        assert {one.folder: one.counts["waiting"] for one in found.folders} == {"INBOX": 1, "Junk": 0}
    finally:
        with dovecot.session(user) as client:
            client.select_folder("INBOX")
            client.delete_messages([uid])
            client.expunge()


def test_status_tells_of_the_last_statement_until_a_good_one(office: Copied) -> None:
    def told() -> list[str]:
        return [one for one in health(office.store, office.settings, office.clock).problems if "突き合わせ" in one]

    keep(office.store, statement(office), actor="timer", why="daily")
    assert told() == []
    no_mailbox = reconcile(office.store, None, office.settings, office.clock, reason="つながりません")
    assert not no_mailbox.balanced
    keep(office.store, no_mailbox, actor="timer", why="daily")
    assert len(told()) == 1
    assert "つながりません" in told()[0]
