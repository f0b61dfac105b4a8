"""One office through every fault: the same mails, the same rules, and what must hold afterwards, looked at from outside."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from mailflow.clock import TOKYO
from mailflow.desk.reconciliation import reconcile
from mailflow.worker.assembly import Worker
from mailflow.worker.service import run_once
from tests.e2e.office import ROOT
from tests.integration.working import Desk, application, letter
from tests.servers.dovecot import Mailbox
from tests.servers.smtp import SmtpSink

CLOSES = datetime(2026, 3, 26, 16, 0, tzinfo=TOKYO)
BEFORE, LATE = CLOSES - timedelta(hours=5), CLOSES + timedelta(seconds=7)
OLD = datetime(2025, 12, 1, 9, 0, tzinfo=TOKYO)
MAILS = 7  # with a row of their own; one more can't be fetched


@dataclass
class FaultOffice(Desk):
    """`Desk` on either database. `url`: of the database, None: SQLite in the folder."""

    url: str | None = None
    sink: SmtpSink = field(default_factory=SmtpSink)
    mailbox: Mailbox | None = None
    folders: dict[str, int] = field(default_factory=lambda: {"INBOX": 8, "Junk": 1})  # what lies where in the end
    now: str = "2026-03-26T16:20:00+09:00"
    extra_env: dict[str, str] = field(default_factory=lambda: {"MAILFLOW_START": "2026-03-04T00:00:00+09:00"})

    @property
    def database(self) -> str:
        return self.url or f"sqlite:///{self.folder / 'mailflow.db'}"

    def prepare(self) -> FaultOffice:
        """Letters go out by themselves: one run does all there is to do."""
        self.edit(
            ("default: {approval: one}", "default: {approval: auto}"),
            ("receipt: {approval: one}", "receipt: {approval: auto}"),
            ("history: 14d", "history: 14d\n  max_size: 400KB"),
            ("rate: 30", "rate: 6000\n  timeout: 5s"),
            ("opens: 8:30", "opens: 0:00"),
            ("closes: 19:00", "closes: 23:59"),
        )
        return self

    def child(self, point: str = "", record: Path | None = None) -> int:
        """One run in a process of its own. Its exit code; -9 where it died."""
        with (self.folder / "child.log").open("ab") as log:
            return subprocess.run(
                [sys.executable, "-m", "tests.faults.child", str(self.config), point, str(record or "")],
                env=self.env | {"PYTHONPATH": str(ROOT)}, cwd=ROOT, stdout=log, stderr=log, check=False, timeout=220,
            ).returncode  # fmt: skip


def fill(mailbox: Mailbox) -> None:
    """What is in the mailbox: applications good and bad, late, old, too large, in Junk, the same one twice, a person's reply."""
    mailbox.append(letter(90, body="昔のメール\n"), OLD)
    good = application(3, at=BEFORE)
    mailbox.append(good, BEFORE)
    mailbox.append(good, BEFORE + timedelta(seconds=40))
    mailbox.append(application(5, "gaps", at=BEFORE), BEFORE + timedelta(minutes=1))
    mailbox.append(application(7, "no-file", at=BEFORE), BEFORE + timedelta(minutes=2))
    mailbox.append(letter(1), BEFORE + timedelta(minutes=3))
    mailbox.append(letter(2, body="大" * 300_000), BEFORE + timedelta(minutes=4))
    mailbox.append(application(9, at=BEFORE), BEFORE + timedelta(minutes=5), "Junk")
    mailbox.append(application(11, at=LATE), LATE)
    by_hand = b"From: office@secretariat.example\r\nMessage-ID: <by-hand@x>\r\nIn-Reply-To: <small-1@city.example>\r\n\r\nyes\r\n"
    mailbox.append(by_hand, BEFORE + timedelta(minutes=9), "Sent")


@dataclass
class Outcome:
    """Counted over the whole: what the note's figures are made of."""

    mails: int
    letters: int
    sent: int
    uncertain: int
    duplicates: int
    losses: int


def drain(office: FaultOffice, *, refused: bool = False) -> Outcome:
    """Let living workers finish, then look from outside: the mailbox, the database, the server that took the letters.
    `refused`: the server has said 5xx to a letter's recipient, so that it is `failed` and people are told."""
    with office.worker() as worker:
        for _ in range(4):
            wait_no_longer(worker)
            run_once(worker)
            if not moving(worker):
                break
        worker.rounds.close_rounds()
        return check(office, worker, refused=refused)


def moving(worker: Worker) -> bool:
    """Whether another run has something to do."""
    states = worker.store.status_facts().states
    return any(states.get(one) for one in ("mail.new", "outgoing.approved", "outgoing.sending", "outgoing.retry"))


def wait_no_longer(worker: Worker) -> None:
    """Backoffs and pauses are over."""
    with worker.store.write() as db:
        db.execute(sa.text("UPDATE outgoing SET next_at = NULL, file_next_at = NULL"))


def check(office: FaultOffice, worker: Worker, *, refused: bool = False) -> Outcome:
    """The invariants. `office.sink`, `office.mailbox` are what stands outside."""
    sink, mailbox = office.sink, office.mailbox
    assert mailbox is not None
    taken = sink.accepted()
    by_mark = Counter(one.mailflow_id for one in taken)
    answered = Counter(one.message["In-Reply-To"] for one in taken)
    lines = [one for one in worker.store.outbox() if one.state.value != "dropped"]  # that one was answered by hand
    failed = sum(one.state.value == "failed" for one in lines)
    assert failed <= int(refused)
    assert {one.state.value for one in lines} <= {"sent", "uncertain", "failed"}, [
        (one.id, one.state, one.answer) for one in lines
    ]
    told = {mark(one.message_id): one.state.value for one in lines}
    duplicates = sum(count - 1 for count in by_mark.values()) + sum(count - 1 for count in answered.values())
    assert duplicates == 0, (by_mark, answered)
    assert set(by_mark) <= set(told), "what left is known"
    assert {one for one, state in told.items() if state == "sent"} <= set(by_mark), "what counts as sent has left"

    # Each mail once, each judged once, nothing touched in the mailbox but what is moved on request.
    for folder, count in office.folders.items():
        stored = mailbox.messages(folder)
        assert len(stored) == count, folder
        assert not any(one.flags for one in stored), "only read, never flagged"
    mails = worker.store.mails()
    assert Counter(one.state.value for one in mails) == {"judged": MAILS - 2, "junk": 1, "before-start": 1}
    assert len({one.message_id for one in mails}) == len(mails) == MAILS
    assert len(worker.store.unfetchable()) == 1
    assert [one.state for one in worker.store.drafts(states=["stale"])] == ["stale"], "the one answered by hand"

    # Every letter of a run without faults is there, and its copy lies in Sent, once.
    losses = len(EXPECTED - {one.in_reply_to for one in worker.store.drafts()})
    assert losses == 0
    with worker.connect() as imap:
        statement = reconcile(worker.store, imap, worker.settings, worker.clock)
    assert [one.what for one in statement.problems] == []
    closing = worker.store.closing("R8-1")
    assert closing is not None
    assert (closing.revision, len(worker.store.closings())) == (1, 1)
    worker.store.seal()
    assert worker.store.verify_audit().problems == ()
    if office.url is None:
        with sqlite3.connect(office.folder / "mailflow.db") as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    uncertain = sum(state == "uncertain" for state in told.values())
    return Outcome(
        mails=len(mails), letters=len(lines), sent=len(told) - uncertain - failed, uncertain=uncertain, duplicates=duplicates,
        losses=losses,
    )  # fmt: skip


EXPECTED = {"<small-1@city.example>"}  # what was answered by hand had a letter too; the others: `test_faults` adds them


def mark(message_id: str | None) -> str:
    return (message_id or "").strip("<>").partition(".mailflow@")[0]


__all__ = ["EXPECTED", "FaultOffice", "Mailbox", "Outcome", "SmtpSink", "check", "drain", "fill", "wait_no_longer"]
