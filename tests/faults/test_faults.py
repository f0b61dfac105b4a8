"""The matrix: a fault at each step of each protocol and a kill -9 at each crash point, on both databases (DESIGN §8).

After each: living workers finish, then the mailbox, the database and the server that took the letters are looked at from
outside (`office.check`). `./script/test --faults` runs it whole, CI a third each day.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from mailflow.clock import sys_now
from mailflow.desk import add_operator
from mailflow.store import open_store
from mailflow.store.moves import DRAFT, OUTGOING
from mailflow.store.queue import look_at
from mailflow.worker.service import run_once
from tests.e2e.round_mails import domains, towns
from tests.faults.office import EXPECTED, LATE, FaultOffice, Outcome, drain, fill
from tests.faults.points import BODY_SENT, MOMENTS, sites
from tests.servers.dovecot import Dovecot, Mailbox
from tests.servers.proxy import Proxy, Strike
from tests.servers.smtp import Fault, SmtpSink

pytestmark = [pytest.mark.faults, pytest.mark.timeout(500)]
DATABASES = ("sqlite", "postgresql")

# Write transactions that no run of the scenario comes to, and why. One that stands neither here nor is reached fails.
PERSON, ONE_ROW = "an act of a person, not of the worker", "one conditional update by itself: done or not done"
LEFT_OUT: dict[str, str] = {
    "desk/access.py:change_password": PERSON,
    "desk/access.py:first_link": PERSON,
    "desk/access.py:log_in": PERSON,
    "desk/access.py:log_out": PERSON,
    "desk/access.py:set_password": PERSON,
    "desk/administration.py:add_operator": PERSON,
    "desk/administration.py:add_user": PERSON,
    "desk/backup.py:backup": PERSON,
    "store/backup.py:_hold_sending": PERSON,
    "store/begun.py:drop": PERSON,
    "store/begun.py:keep": PERSON,
    "store/queue.py:look_at": PERSON,
    "store/sessions.py:session": PERSON,
    "store/appointments.py:remind_of": "needs a consultation of the next day",
    "store/reminders.py:remind": "needs a fix request of two days ago",
    "store/unfetchable.py:unfetchable_gone": ONE_ROW,
    "store/mails.py:fail": ONE_ROW,
    "store/mails.py:give_back": ONE_ROW,
    "store/mails.py:release": ONE_ROW,
    "store/facts.py:fact_once": "only where no start is configured",
    "store/hand_replies.py:apply_hand_replies": "needs a reply by hand of weeks ago",
    "store/liveness.py:note_late_jobs": ONE_ROW,
    "store/sent_copies.py:not_filed": ONE_ROW,
}

EXPECTED |= {
    f"<round-{number}@{domains().get(towns()[number]['code'], 'town.lg.jp')}>" for number in (3, 5, 7, 11)
}  # fmt: skip


@pytest.fixture
def office(
    request: pytest.FixtureRequest, mailbox: Mailbox, smtp_sink: SmtpSink, tmp_path: Path, database: str
) -> FaultOffice:
    url = request.getfixturevalue("postgres_url") if database == "postgresql" else None
    made = FaultOffice(
        tmp_path / "office", mailbox.url, smtp_sink.url, url=url, sink=smtp_sink, mailbox=mailbox
    ).prepare()
    fill(mailbox)
    return made


@pytest.fixture
def tell(
    request: pytest.FixtureRequest, record_property: Callable[[str, object], None], database: str
) -> Callable[[str], Callable[[Outcome], None]]:
    def begin(fault: str) -> Callable[[Outcome], None]:
        record_property("fault", fault)
        record_property("database", database)

        def end(outcome: Outcome) -> None:
            for name, value in asdict(outcome).items():
                record_property(name, value)

        return end

    return begin


Tell = Callable[[str], Callable[[Outcome], None]]


@pytest.mark.parametrize("database", DATABASES)
def test_without_a_fault(office: FaultOffice, tell: Tell) -> None:
    end = tell("none")
    outcome = drain(office)
    assert outcome.uncertain == 0
    assert outcome.sent >= 3
    end(outcome)


# --- the lines --------------------------------------------------------------------------------------------------------

IMAP = {
    "LOGIN": (b" LOGIN ", b"OK [CAPABILITY"),
    "LIST": (b" LIST ", b"List completed"),
    "SELECT": (b" EXAMINE ", b"[READ-ONLY]"),
    "SEARCH": (b" SEARCH ", b"Search completed"),
    "FETCH-SIZE": (b"RFC822.SIZE", b"RFC822.SIZE "),
    "FETCH-BODY": (b"BODY.PEEK[] ", b"BODY[] {"),
    "APPEND": (b" APPEND ", b"APPENDUID"),
    "LOGOUT": (b" LOGOUT", b"* BYE"),
}
SMTP = {
    "EHLO": (b"ehlo ", b"250-SIZE"),
    "MAIL": (b"mail FROM", b"250 OK"),
    "RCPT": (b"rcpt TO", b"250 OK"),
    "DATA": (b"DATA\r\n", b"354 "),
    "DOT": (b"\r\n.\r\n", b"250 OK"),
    "QUIT": (b"quit", b"221 "),
}
KINDS = ("cut-command", "cut-answer", "delay", "error")


def strike(step: tuple[bytes, bytes], kind: str) -> Strike:
    """At the first time that the step is said: by the client for what it asks, by the server for what it answers."""
    asked, answered = step
    if kind == "cut-command":
        return Strike(speaker="client", on=asked, then="cut")
    if kind == "cut-answer":
        return Strike(speaker="server", on=answered, then="cut")
    if kind == "delay":
        return Strike(speaker="client", on=asked, then="slow", delay_s=0.7)
    return Strike(speaker="client", on=asked, then="other", say=asked[:-2] + b"~ " if len(asked) > 3 else b"~")


@pytest.mark.parametrize("database", DATABASES)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("step", IMAP)
def test_the_mailbox_fails_at_a_step(office: FaultOffice, tell: Tell, dovecot: Dovecot, step: str, kind: str) -> None:
    end = tell(f"IMAP {step} {kind}")
    with Proxy(dovecot.port) as line:
        straight = office.imap_url
        office.through(line.port)
        line.strike(strike(IMAP[step], kind))
        with office.worker() as worker:
            run_once(worker)
        office.imap_url = straight
        assert line.struck == 1, "the step never came"
        end(drain(office))


@pytest.mark.parametrize("database", DATABASES)
@pytest.mark.parametrize("kind", KINDS)
def test_the_mailbox_fails_while_judged_mails_are_moved(
    office: FaultOffice, tell: Tell, dovecot: Dovecot, kind: str
) -> None:
    end = tell(f"IMAP MOVE {kind}")
    office.edit(("sent: Sent", "sent: Sent\n    processed: 処理済み"))
    office.folders = {"INBOX": 2, "処理済み": 6, "Junk": 1}
    with Proxy(dovecot.port) as line:
        straight = office.imap_url
        office.through(line.port)
        line.strike(strike((b" MOVE ", b"COPYUID"), kind))
        with office.worker() as worker:
            run_once(worker)
        office.imap_url = straight
        assert line.struck == 1, "the step never came"
        end(drain(office))


@pytest.mark.parametrize("database", DATABASES)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("step", SMTP)
def test_the_line_to_the_server_fails_at_a_step(office: FaultOffice, tell: Tell, step: str, kind: str) -> None:
    if (step, kind) == ("DOT", "error"):
        kind = "cut-answer"  # there is no command to spoil: the dot ends the body
    end = tell(f"SMTP {step} {kind}")
    with Proxy(office.sink.port) as line:
        straight = office.smtp_url
        office.smtp_url = straight.replace(f":{office.sink.port}", f":{line.port}")
        line.strike(strike(SMTP[step], kind))
        with office.worker() as worker:
            run_once(worker)
        office.smtp_url = straight
        assert line.struck == 1, "the step never came"
        outcome = drain(office, refused=kind == "error")
        assert outcome.uncertain <= 1
        end(outcome)


# --- the process ------------------------------------------------------------------------------------------------------

ACTS = ("desk/notices.py:_notice_record", "desk/refusal.py:act")  # in `test_act_faults`
CLIENT = tuple(site for site in sites() if site.startswith("store/client_copies.py:"))  # in `test_client_faults`
POINTS = [f"{site} {moment}" for site in sites() if site not in {*LEFT_OUT, *CLIENT, *ACTS} for moment in MOMENTS] + [
    BODY_SENT
]


def arrange(office: FaultOffice, point: str) -> None:
    """What must have happened before so that a run comes to the point."""
    if point.startswith("store/outbox.py:_end_attempt"):
        office.sink.fail(Fault(at="RCPT", reply="451 4.7.1 greylisted"))
    elif point.startswith("store/mails.py:recover_mails"):
        assert office.child("store/commit.py:commit_outcome before") == -9
    elif point.startswith("store/settling.py:recover_outgoing"):
        assert office.child("store/outbox.py:_claim_one after") == -9
    elif point.startswith("store/settling.py:wait_as_long_as_meant"):
        assert office.child("store/outbox.py:_claim_one before") == -9
        clock_set_back(office)
    elif point.startswith("store/settling.py:expire"):
        assert office.child("store/outbox.py:_claim_one before") == -9
        past_its_time(office)
    elif point.startswith("store/sent_copies.py:found_in_sent"):
        assert office.child(BODY_SENT) == -9
        office.edit(SERVER_FILES)
        taken = office.sink.accepted()[0]
        assert office.mailbox is not None
        office.mailbox.append(taken.raw, LATE, "Sent")
    elif point.startswith("store/outdated.py:"):
        written_for_another_configuration(office, looked_at=":notice" in point)
    elif point.startswith("store/alarms.py:told"):
        office.edit(("sending: true", f"sending: true\nalarm: {{file: {office.folder / 'alarms'}, after: 0s}}"))
        office.extra_env["MAILFLOW_IMAP_URL"] = "imap://nobody:nothing@127.0.0.1:1"
        office.child()
        del office.extra_env["MAILFLOW_IMAP_URL"]


SERVER_FILES = ("rate: 6000", "rate: 6000\n  server_files_sent: true")


def clock_set_back(office: FaultOffice) -> None:
    """The letters were approved by a clock that was a day ahead."""
    with closing(open_store(office.database)) as store, store.write() as db:
        later = {"undo_until": sys_now() + timedelta(days=1), "approved_at": store.clock().now() + timedelta(days=1)}
        assert db.execute(sa.update(OUTGOING).where(OUTGOING.c.state == "approved").values(**later)).rowcount


def past_its_time(office: FaultOffice) -> None:
    """What the approved letters ask for is over."""
    with closing(open_store(office.database)) as store, store.write() as db:
        over = store.clock().now() - timedelta(minutes=1)
        approved = sa.select(OUTGOING.c.draft_id).where(OUTGOING.c.state == "approved")
        assert db.execute(sa.update(DRAFT).where(DRAFT.c.id.in_(approved)).values(valid_until=over)).rowcount
        db.execute(sa.update(OUTGOING).where(OUTGOING.c.state == "approved").values(valid_until=over))


def written_for_another_configuration(office: FaultOffice, *, looked_at: bool) -> None:
    """Letters wait for a person whom the configuration asks no longer. `looked_at`: and somebody has them open."""
    by_hand = [(f"{name}: {{approval: auto}}", f"{name}: {{approval: one}}") for name in ("default", "receipt")]
    office.edit(*by_hand)
    assert office.child() == 0
    office.edit(*((one, auto) for auto, one in by_hand))
    with closing(open_store(office.database)) as store:
        add_operator(store, "鈴木", sys_now=sys_now())
        for line in store.drafts(states=["waiting"]) if looked_at else ():
            look_at(store, line.id, "鈴木", sys_now())


@pytest.mark.parametrize("database", DATABASES)
@pytest.mark.parametrize("point", POINTS)
def test_the_process_is_killed(office: FaultOffice, tell: Tell, point: str) -> None:
    end = tell(f"kill {point}")
    arrange(office, point)
    assert office.child(point) == -9, (office.folder / "child.log").read_text()[-2000:]
    if "found_in_sent" in point:
        with office.worker() as worker:
            run_once(worker)
        office.edit(SERVER_FILES[::-1])  # the others' copies are ours to file
    outcome = drain(office)
    assert outcome.uncertain <= int("found_in_sent" not in point)
    end(outcome)


def test_what_is_left_out_exists() -> None:
    assert {*LEFT_OUT, *ACTS} <= set(sites())
