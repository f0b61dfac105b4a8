"""Letters through the worker over a real SMTP server that fails, and into a Sent folder that refuses."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import sqlalchemy as sa

from mailflow import clock
from mailflow.clock import sys_now
from mailflow.desk.health import health
from mailflow.store.case_read import LETTER_ID
from mailflow.store.moves import OUTGOING
from mailflow.store.outbox_lines import OutgoingLine
from mailflow.store.pauses import AWAY, FIRST, LONGEST
from mailflow.worker import filing
from mailflow.worker.assembly import Worker, take_all
from mailflow.worker.send import backoff
from mailflow.worker.service import run_once
from tests.integration.working import AT, Desk, application, approve
from tests.servers.dovecot import Dovecot, Mailbox
from tests.servers.proxy import Proxy, Strike
from tests.servers.smtp import Fault, SmtpSink


@pytest.fixture(scope="module")
def approved(dovecot: Dovecot, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An office whose two letters wait to be sent, made once by a worker and copied for each test."""
    folder = tmp_path_factory.mktemp("approved") / "office"
    mailbox = Mailbox(dovecot, "two-letters@mailbox.example")
    mailbox.append(application(3), AT)
    mailbox.append(application(5), AT + timedelta(seconds=1))
    with SmtpSink() as sink, Desk(folder, mailbox.url, sink.url).worker() as worker:
        assert run_once(worker) == 0
        assert approve(worker) == 2
        assert sink.accepted() == []
    return folder


@pytest.fixture
def desk(approved: Path, mailbox: Mailbox, smtp_sink: SmtpSink, tmp_path: Path) -> Desk:
    shutil.copytree(approved, tmp_path / "office")
    return Desk(tmp_path / "office", mailbox.url, smtp_sink.url)


def outbox(worker: Worker) -> dict[str, OutgoingLine]:
    return {line.to[0].address.partition("@")[0]: line for line in worker.store.outbox()}


FAR = datetime(2100, 1, 1, tzinfo=UTC)


def wait_no_longer(worker: Worker) -> None:
    """The backoff is over."""
    with worker.store.write() as db:
        db.execute(sa.text("UPDATE outgoing SET next_at = NULL, file_next_at = NULL"))


STEPS = {
    "greeting-554": (Fault(at="CONNECT", reply="554 no"), "retry"),
    "greeting-421": (Fault(at="CONNECT", reply="421 later"), "retry"),
    "greeting-cut": (Fault(at="CONNECT", drop=True), "retry"),
    "mail-451": (Fault(at="MAIL", reply="451 4.3.0 later"), "retry"),
    "mail-421": (Fault(at="MAIL", reply="421 4.3.2 Service not available"), "retry"),
    "mail-cut": (Fault(at="MAIL", drop=True), "retry"),
    "mail-550": (Fault(at="MAIL", reply="550 5.7.1 not you"), "failed"),
    "rcpt-451": (Fault(at="RCPT", reply="451 4.7.1 greylisted"), "retry"),
    "rcpt-550": (Fault(at="RCPT", reply="550 5.1.1 no such user"), "failed"),
    "rcpt-421": (Fault(at="RCPT", reply="421 4.3.2 going down", drop=True), "retry"),
    "data-451": (Fault(at="DATA", reply="451 4.3.0 later"), "retry"),
    "data-554": (Fault(at="DATA", reply="554 5.6.0 no"), "failed"),
    "data-cut": (Fault(at="DATA", drop=True), "retry"),
    "dot-451": (Fault(at="DOT", reply="451 4.3.0 later"), "retry"),
    "dot-550": (Fault(at="DOT", reply="550 5.7.0 spam"), "failed"),
    "dot-cut-and-taken": (Fault(at="DOT", drop=True, taken=True), "uncertain"),
    "dot-cut": (Fault(at="DOT", drop=True), "uncertain"),
}


@pytest.mark.parametrize(("fault", "state"), STEPS.values(), ids=STEPS.keys())
def test_what_each_answer_becomes_and_the_next_letter_goes_on(
    desk: Desk, mailbox: Mailbox, smtp_sink: SmtpSink, fault: Fault, state: str
) -> None:
    """freescout#5457: the line timed out after the body was accepted, and the same letter went out every hour. Such a one is
    `uncertain`, and however often the worker runs it isn't sent again."""
    with desk.worker() as worker:
        smtp_sink.fail(fault)
        before = sys_now()
        assert run_once(worker) == 0
        found = outbox(worker)
        assert found["kikaku3"].state.value == state
        no_server = fault.at == "CONNECT" or (fault.at == "MAIL" and state == "retry")
        assert found["kikaku5"].state.value == ("approved" if no_server else "sent")
        assert found["kikaku3"].attempts == (0 if no_server else 1)
        answer = found["kikaku3"].answer or ""
        if fault.reply and not fault.drop:
            assert fault.reply[:3] in answer
        assert answer
        if state == "retry":
            next_at = found["kikaku3"].next_at
            assert next_at is not None
            least = AWAY if no_server else timedelta(seconds=20)  # the other letter asks meanwhile
            assert least <= next_at - before < least + timedelta(seconds=40)
            assert run_once(worker) == 0
            assert outbox(worker)["kikaku3"].state.value == "retry", "not before its time"
            wait_no_longer(worker)
            assert run_once(worker) == 0
            assert outbox(worker)["kikaku3"].state.value == "sent"
        else:
            for _ in range(2):
                wait_no_longer(worker)
                run_once(worker)
            assert outbox(worker)["kikaku3"].state.value == state, "a person decides"
            assert any("手紙が1通" in one for one in health(worker.store, worker.settings, worker.clock).problems)
        taken = [mail.mailflow_id for mail in smtp_sink.accepted()]
        assert len(taken) == len(set(taken)), "nothing twice"
        wanted = {"retry": 2, "failed": 1, "uncertain": 1 + fault.taken}[state]
        assert len(taken) == wanted


def test_it_is_failed_with_the_answer_after_max_attempts(desk: Desk, mailbox: Mailbox, smtp_sink: SmtpSink) -> None:
    desk.edit(("  rate: 30", "  max_attempts: 3\n  rate: 30"))
    with desk.worker() as worker:
        first = outbox(worker)["kikaku3"].to[0].address
        smtp_sink.fail(Fault(at="RCPT", reply="451 4.7.1 greylisted", address=first, times=None))
        for attempt in (1, 2, 3):
            wait_no_longer(worker)
            run_once(worker)
            assert outbox(worker)["kikaku3"].attempts == attempt
        line = outbox(worker)["kikaku3"]
        assert line.state.value == "failed"
        assert "3回試しました" in (line.answer or "")
        assert "greylisted" in (line.answer or "")


def test_backoff_grows_to_an_hour() -> None:
    pauses = [backoff(n) for n in range(1, 13)]
    assert FIRST * 0.9 <= pauses[0] <= FIRST * 1.1
    assert all(later > earlier for earlier, later in pairwise(pauses[:7]))
    assert max(pauses) <= LONGEST * 1.1
    assert backoff(10**6) <= LONGEST * 1.1


def test_a_server_that_is_away_costs_a_retry_and_no_crash(desk: Desk, mailbox: Mailbox, smtp_sink: SmtpSink) -> None:
    with desk.worker() as worker:
        smtp_sink.stop()
        assert run_once(worker) == 0
        tried, waiting = worker.store.outbox()
        assert {tried.state.value, waiting.state.value} == {"retry", "approved"}, "one asks for both"
        assert "接続できません" in (tried.answer or "") + (waiting.answer or "")
        smtp_sink.start()
        wait_no_longer(worker)
        assert run_once(worker) == 0
        assert {line.state.value for line in worker.store.outbox()} == {"sent"}


def test_a_server_that_is_away_fails_no_letter_however_long_and_people_are_told(
    desk: Desk, mailbox: Mailbox, smtp_sink: SmtpSink
) -> None:
    """A password that ran out, a night without the server: the letters' own count of attempts isn't used up by it."""
    desk.edit(("  rate: 30", "  max_attempts: 2\n  rate: 30"))

    def told(worker: Worker) -> list[str]:
        return [one.text for one in health(worker.store, worker.settings, worker.clock).keyed if one.key == "not-sent"]

    with desk.worker() as worker:
        smtp_sink.stop()
        for _ in range(5):
            wait_no_longer(worker)
            before = sys_now()
            run_once(worker)
        assert {(line.state.value, line.attempts) for line in worker.store.outbox()} == {("retry", 0), ("approved", 0)}
        pauses = [line.next_at - before for line in worker.store.outbox() if line.next_at is not None]
        assert max(pauses) <= AWAY + timedelta(seconds=20), "it leaves soon after the server is back"
        assert told(worker) == []
        with worker.store.write() as db:
            db.execute(sa.update(OUTGOING).values(undo_until=sys_now() - timedelta(minutes=31)))
        (said,) = told(worker)
        assert "2通" in said
        assert "接続できません" in said
        smtp_sink.start()
        smtp_sink.fail(Fault(at="RCPT", reply="451 4.7.1 greylisted"))
        for _ in range(2):
            wait_no_longer(worker)
            assert run_once(worker) == 0
        assert {line.state.value for line in worker.store.outbox()} == {"sent"}
        assert told(worker) == []


@pytest.mark.parametrize("reply", ["421 4.3.2 Service not available", "451 4.7.0 Temporary server error"])
def test_a_server_that_greets_and_takes_nothing_is_one_that_is_away(
    desk: Desk, mailbox: Mailbox, smtp_sink: SmtpSink, reply: str
) -> None:
    """A usual outage of hosted mail. MAIL names our own address only: it is no letter's fault."""
    now = [1000.0]
    with desk.worker(paced=True) as worker:
        worker.sender.seconds = lambda: now[0]
        smtp_sink.fail(Fault(at="MAIL", reply=reply, times=None))
        rows, before = [], smtp_sink.connections
        for _ in range(8):
            wait_no_longer(worker)
            worker.sender.drain()
            rows.append(len(worker.store.audit(entity="outgoing")))
            now[0] += 400
        assert sorted(line.state.value for line in worker.store.outbox()) == ["approved", "retry"]
        assert {line.attempts for line in worker.store.outbox()} == {0}
        assert rows == rows[:1] * 8, "asking leaves no trace in the record"
        assert smtp_sink.connections - before == 8
        smtp_sink.recover()
        worker.sender.wait = lambda _seconds: now.__setitem__(0, now[0] + 5)
        wait_no_longer(worker)
        worker.sender.drain()
        assert {line.state.value for line in worker.store.outbox()} == {"sent"}


def test_the_pace_is_kept(desk: Desk, mailbox: Mailbox, smtp_sink: SmtpSink) -> None:
    """30 a minute: by a clock of the test's own, each letter two seconds after the one before."""
    mailbox.append_many((application(n), AT + timedelta(seconds=n)) for n in range(3, 9))
    now = [1000.0]
    left: list[float] = []
    with desk.worker(paced=True) as worker:
        seen = worker.take_watch()
        assert seen is not None
        take_all(worker, seen)
        worker.processor.drain()
        assert approve(worker) >= 2
        sender = worker.sender
        sender.seconds = lambda: now[0]

        def wait(seconds: float) -> None:
            now[0] += seconds

        sender.wait = wait
        claim = worker.store.claim_next

        def claimed(**how: object) -> object:
            found = claim(**how)  # type: ignore[arg-type]
            if found:
                left.append(now[0])
            return found

        worker.store.claim_next = claimed  # type: ignore[method-assign]
        sender.drain()
    assert len(left) == len(smtp_sink.accepted()) >= 4
    assert all(later - earlier >= 2.0 for earlier, later in pairwise(left))
    assert left[-1] - left[0] == pytest.approx(2.0 * (len(left) - 1))


@pytest.mark.parametrize("switch", ["yaml", "console"])
def test_a_switch_holds_every_letter(desk: Desk, mailbox: Mailbox, smtp_sink: SmtpSink, switch: str) -> None:
    if switch == "yaml":
        desk.edit(("sending: true", "sending: false"))
    with desk.worker() as worker:
        if switch == "console":
            with worker.store.write() as db:
                worker.store.set_sending_in(db, on=False, actor="田中")
        assert run_once(worker) == 0
        assert smtp_sink.accepted() == []
        assert {line.state.value for line in worker.store.outbox()} == {"approved"}
        if switch == "console":
            with worker.store.write() as db:
                worker.store.set_sending_in(db, on=True, actor="田中")
        else:
            desk.edit(("sending: false", "sending: true"))
            assert worker.configuration.look()
        assert run_once(worker) == 0
        assert len(smtp_sink.accepted()) == 2


def test_another_smtp_server_takes_effect_without_a_restart(
    desk: Desk, mailbox: Mailbox, smtp_sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    with SmtpSink() as other:
        url, desk.smtp_url = desk.smtp_url, ""
        desk.edit(("url: smtp://localhost:25", f"url: {url}"))
        with desk.worker() as worker:
            desk.edit((f"url: {url}", f"url: {other.url}"))
            assert worker.configuration.look()
            assert run_once(worker) == 0
            assert (len(smtp_sink.accepted()), len(other.accepted())) == (0, 2)


# --- Sent -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def line(mailbox: Mailbox) -> Proxy:
    with Proxy(mailbox.server.port) as proxy:
        yield proxy  # type: ignore[misc]


def filed(mailbox: Mailbox, folder: str = "Sent") -> list[bytes]:
    return sorted(
        row for one in mailbox.messages(folder) for row in one.raw.split(b"\r\n") if row.startswith(b"X-Mailflow-Id")
    )


@pytest.mark.parametrize(
    "strike",
    [
        pytest.param(Strike(speaker="client", on=b" APPEND "), id="cut-at-append"),
        pytest.param(Strike(speaker="client", on=b"X-Mailflow-Id"), id="cut-in-the-literal"),
        pytest.param(Strike(speaker="server", on=b"APPENDUID"), id="cut-in-the-answer"),
        pytest.param(
            Strike(speaker="server", on=b" OK [APPENDUID", then="other", say=b" NO [OVERQUOTA] full ["), id="refused"
        ),
    ],
)
def test_a_letter_that_could_not_be_filed_is_sent_and_filed_later_once(
    desk: Desk, mailbox: Mailbox, smtp_sink: SmtpSink, line: Proxy, strike: Strike, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filing, "FILE_S", 0.0)
    monkeypatch.setattr(filing, "LONGEST_FILE_PAUSE_S", 0.0)
    desk.through(line.port)
    with desk.worker() as worker:
        line.strike(strike)
        run_once(worker)
        assert line.struck == 1
        assert {one.state.value for one in worker.store.outbox()} == {"sent"}
        assert worker.store.to_file(FAR), "not filed yet"
        for _ in range(2):
            wait_no_longer(worker)
            run_once(worker)
        assert worker.store.to_file(FAR) == []
        assert len(smtp_sink.accepted()) == 2
        found = filed(mailbox)
        assert len(found) == len(set(found)) == 2


def test_a_sent_folder_that_is_missing_is_made(desk: Desk, mailbox: Mailbox) -> None:
    desk.edit(("    sent: Sent", "    sent: 送信控え"))
    with desk.worker() as worker:
        assert run_once(worker) == 0
        assert len(filed(mailbox, "送信控え")) == 2
        (one, *_) = mailbox.messages("送信控え")
        assert "\\Seen" in one.flags
        assert abs(one.internaldate - worker.clock.now()) < timedelta(minutes=1), "INTERNALDATE is when it was sent"


def test_filing_that_is_refused_does_not_hammer_the_server(
    desk: Desk, mailbox: Mailbox, line: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.through(line.port)
    now = [0.0]
    monkeypatch.setattr(filing.time, "monotonic", lambda: now[0])
    began = sys_now()
    monkeypatch.setattr(clock, "sys_now", lambda: began + timedelta(seconds=now[0]))
    with desk.worker() as worker:
        line.strike(Strike(speaker="client", on=b" APPEND ", then="other", say=b" APPEND nowhere", times=None))
        worker.sender.drain()
        before = line.connections
        for second in range(0, 600, 2):
            now[0] = float(second)
            worker.file()
        assert 3 <= line.connections - before <= 12, "ten minutes of ticks"


def test_where_the_server_files_sent_itself_an_uncertain_letter_found_there_was_sent(
    desk: Desk, mailbox: Mailbox, smtp_sink: SmtpSink
) -> None:
    desk.edit(("  rate: 30", "  server_files_sent: true\n  rate: 30"))
    with desk.worker() as worker:
        smtp_sink.fail(Fault(at="DOT", drop=True, taken=True))
        run_once(worker)
        assert outbox(worker)["kikaku3"].state.value == "uncertain"
        assert worker.store.to_file(FAR), "the server has filed nothing yet, and we don't"
        for one in smtp_sink.accepted():
            mailbox.append(one.raw, datetime.now(UTC), "Sent")
    with desk.worker() as worker:
        run_once(worker)
        assert {one.state.value for one in worker.store.outbox()} == {"sent"}
        run_once(worker)
        assert len(filed(mailbox)) == 2
        assert len(smtp_sink.accepted()) == 2


def test_the_names_that_relays_give_a_letter_are_kept(desk: Desk, mailbox: Mailbox, smtp_sink: SmtpSink) -> None:
    """An applicant's reply names the Message-ID that arrived, which need not be the one that we sent (DESIGN §5)."""
    desk.edit(("  rate: 30", "  server_files_sent: true\n  rate: 30"))
    with desk.worker() as worker:
        accepted = "250 2.6.0 <as-accepted@relay.example> [InternalId=7] Queued mail for delivery"
        smtp_sink.fail(Fault(at="DOT", reply=accepted, taken=True), Fault(at="DOT", drop=True, taken=True))
        run_once(worker)
        for number, one in enumerate(smtp_sink.accepted()):
            said = re.sub(
                rb"(?im)^Message-ID:.*$", b"Message-ID: <in-sent-%d@relay.example>\r" % number, one.raw, count=1
            )
            mailbox.append(said, datetime.now(UTC), "Sent")
        wait_no_longer(worker)
    with desk.worker() as worker:
        run_once(worker)
        assert {one.state.value for one in worker.store.outbox()} == {"sent"}
        with worker.store.read() as db:
            kept = set(db.execute(sa.select(LETTER_ID.c.message_id)).scalars())
    assert {"<as-accepted@relay.example>", "<in-sent-0@relay.example>", "<in-sent-1@relay.example>"} < kept
    assert len(kept) == 5, "and our own two"
