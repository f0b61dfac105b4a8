"""Letters approved in people's own mail client, through a kill at each write and a line that breaks at each step.

Three letters are shown in 承認待ち. One is moved to 承認, one comes there with another recipient (refused: a note and a new copy),
one is rejected in the console meanwhile (its copy goes). Whatever breaks in between: sent once, told once, shown once.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mailflow.clock import sys_now
from mailflow.desk import add_operator, reject
from mailflow.worker.service import run_once
from tests.faults.office import FaultOffice, Outcome, wait_no_longer
from tests.faults.points import MOMENTS
from tests.faults.test_faults import CLIENT, DATABASES, Tell
from tests.integration.test_mail_client import APPROVED, REJECTED, WAITING, by_move, notes, written_anew
from tests.integration.working import AT, application
from tests.servers.dovecot import Dovecot, Mailbox
from tests.servers.proxy import Proxy, Strike
from tests.servers.smtp import SmtpSink

pytestmark = [pytest.mark.faults, pytest.mark.timeout(500)]
SHOWING = ("store/client_copies.py:add", "store/client_copies.py:shown")
POINTS = [f"{site} {moment}" for site in (*CLIENT, "desk/refusal.py:act") for moment in MOMENTS]
LINES = [
    pytest.param(step, kind, showing, id=f"{step.strip().decode()}-{kind}")
    for step, showing in ((b" APPEND ", True), (b" STORE ", False), (b" EXPUNGE ", False))
    for kind in ("cut-command", "cut-answer")
]


@pytest.fixture
def office(
    request: pytest.FixtureRequest, mailbox: Mailbox, smtp_sink: SmtpSink, tmp_path: Path, database: str
) -> FaultOffice:
    url = request.getfixturevalue("postgres_url") if database == "postgresql" else None
    made = FaultOffice(
        tmp_path / "office", mailbox.url, smtp_sink.url, url=url, sink=smtp_sink, mailbox=mailbox,
        now="2026-03-16T10:00:00+09:00",
    )  # fmt: skip
    made.edit(("approval:\n", "approval:\n  mail_client:\n    user: 鈴木\n"), ("undo: 30s", "undo: 0s"))
    for number in (1, 2, 3):
        mailbox.append(application(number), AT)
    with made.worker() as worker:
        add_operator(worker.store, "鈴木", sys_now=sys_now())
        run_once(worker)
    return made


def people_act(office: FaultOffice) -> None:
    mailbox = office.mailbox
    assert mailbox is not None
    first, second, _third = sorted(mailbox.messages(WAITING), key=lambda one: one.uid)
    by_move(mailbox, first.uid, APPROVED)
    written_anew(mailbox, second.uid, APPROVED, to="stranger@elsewhere.example")
    with office.worker() as worker:
        last = worker.store.drafts()[-1]
        reject(worker.store, last.id, capacities={}, user="鈴木", reason="画面で", now=worker.clock.now())


def check(office: FaultOffice) -> Outcome:
    mailbox, sink = office.mailbox, office.sink
    assert mailbox is not None
    with office.worker() as worker:
        for _ in range(3):
            wait_no_longer(worker)
            run_once(worker)
        assert sorted(one.state for one in worker.store.drafts()) == ["rejected", "sent", "waiting"]
        assert worker.store.imbalances() == []
        worker.store.seal()
        assert worker.store.verify_audit().problems == ()
        told = [one.act for one in worker.store.audit() if one.act.startswith("mail-client-")]
        letters = len(worker.store.outbox())
    assert len(sink.accepted()) == 1, "sent once"
    assert sorted(told) == ["mail-client-approved", "mail-client-refused"]
    assert len(notes(mailbox)) == 1, "told once"
    assert len(mailbox.messages(WAITING)) == 2, "beside it the one letter that waits, once"
    assert (mailbox.messages(APPROVED), mailbox.messages(REJECTED)) == ([], [])
    return Outcome(mails=3, letters=letters, sent=1, uncertain=0, duplicates=0, losses=0)


@pytest.fixture
def tell(record_property: Callable[[str, object], None], database: str) -> Tell:
    def begin(fault: str) -> Callable[[Outcome], None]:
        record_property("fault", fault)
        record_property("database", database)

        def end(outcome: Outcome) -> None:
            record_property("mails", outcome.mails)
            record_property("letters", outcome.letters)
            record_property("sent", outcome.sent)

        return end

    return begin


@pytest.mark.parametrize("database", DATABASES)
@pytest.mark.parametrize("point", POINTS)
def test_the_process_is_killed_at_the_mail_client(office: FaultOffice, tell: Tell, point: str) -> None:
    end = tell(f"kill mail client {point}")
    showing = point.rpartition(" ")[0] in SHOWING
    if not showing:
        assert office.child() == 0
        people_act(office)
    assert office.child(point) == -9, (office.folder / "child.log").read_text()[-2000:]
    if showing:
        with office.worker() as worker:
            run_once(worker)
        people_act(office)
    end(check(office))


@pytest.mark.parametrize("database", DATABASES)
@pytest.mark.parametrize(("step", "kind", "showing"), LINES)
def test_the_line_breaks_at_the_mail_client(
    office: FaultOffice, tell: Tell, dovecot: Dovecot, step: bytes, kind: str, showing: bool
) -> None:
    end = tell(f"IMAP mail client {step.strip().decode()} {kind}")
    if not showing:
        with office.worker() as worker:
            run_once(worker)
        people_act(office)
    with Proxy(dovecot.port) as line:
        straight = office.imap_url
        office.through(line.port)
        answered = {b" APPEND ": b"APPENDUID", b" STORE ": b"Store completed", b" EXPUNGE ": b"Expunge completed"}
        speaker, on = ("client", step) if kind == "cut-command" else ("server", answered[step])
        line.strike(Strike(speaker=speaker, on=on, then="cut"))  # type: ignore[arg-type]
        with office.worker() as worker:
            run_once(worker)
        office.imap_url = straight
        assert line.struck == 1, "the step never came"
    if showing:
        people_act(office)
    end(check(office))
