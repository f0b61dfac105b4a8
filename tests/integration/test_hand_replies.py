"""A colleague answers from their own mail program: what waits for the same mail is a person's to choose."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from mailflow.clock import sys_now
from mailflow.desk import Refused, add_operator, choose_stale
from mailflow.worker.assembly import Worker
from mailflow.worker.service import run_once
from tests.integration.working import AT, Desk, application, approve, letter
from tests.servers.dovecot import Mailbox
from tests.servers.smtp import SmtpSink


@pytest.fixture
def desk(mailbox: Mailbox, smtp_sink: SmtpSink, tmp_path: Path) -> Desk:
    return Desk(tmp_path / "office", mailbox.url, smtp_sink.url)


def reply(to: str, *, extra: str = "") -> bytes:
    return (
        f"From: office@secretariat.example\r\nTo: someone@city.example\r\nSubject: Re: x\r\nMessage-ID: <hand-{hash(to + extra)}@x>\r\n"
        f"In-Reply-To: {to}\r\n{extra}\r\nby hand\r\n"
    ).encode()


def drafts(worker: Worker) -> dict[str | None, str]:
    return {line.in_reply_to: line.state for line in worker.store.drafts()}


ONE, TWO = "<small-1@city.example>", "<small-2@city.example>"


def test_it_becomes_stale_and_a_kept_one_stays_kept(desk: Desk, mailbox: Mailbox, smtp_sink: SmtpSink) -> None:
    mailbox.append(letter(1), AT)
    mailbox.append(letter(2), AT)
    with desk.worker() as worker:
        run_once(worker)
        mailbox.append(reply(ONE), AT + timedelta(minutes=5), "Sent")
        run_once(worker)
        assert (drafts(worker)[ONE], drafts(worker)[TWO]) == ("stale", "waiting")
        assert approve(worker) == 1, "--all leaves it out"
        add_operator(worker.store, "鈴木", sys_now=sys_now())
        (stale,) = worker.store.drafts(states=["stale"])
        assert not isinstance(
            choose_stale(worker.store, stale.id, capacities={}, user="鈴木", keep=True, now=sys_now()), Refused
        )
        run_once(worker)
        assert drafts(worker)[ONE] == "waiting", "once is enough"
        assert len(smtp_sink.accepted()) == 1
        assert approve(worker) == 1
        run_once(worker)
        assert len(smtp_sink.accepted()) == 2
        run_once(worker)
        assert {line.state for line in worker.store.outbox()} == {"sent"}, "our own copies in Sent are ours"


def test_a_reply_that_was_there_before_the_letter(desk: Desk, mailbox: Mailbox) -> None:
    mailbox.append(letter(1), AT)
    mailbox.append(reply(ONE), AT + timedelta(minutes=5), "Sent")
    with desk.worker() as worker:
        run_once(worker)
        assert drafts(worker)[ONE] == "stale"


def test_an_approved_letter_is_pulled_back(desk: Desk, mailbox: Mailbox, smtp_sink: SmtpSink) -> None:
    mailbox.append(application(3), AT)
    with desk.worker() as worker:
        run_once(worker)
        (line,) = worker.store.mails()
        assert approve(worker) == 1
        mailbox.append(reply(line.message_id or ""), AT + timedelta(minutes=5), "Sent")
        run_once(worker)
        assert smtp_sink.accepted() == []
        assert [one.state for one in worker.store.drafts()] == ["stale"]


def test_a_letter_of_ours_that_the_database_does_not_know_counts_as_sent_by_hand(desk: Desk, mailbox: Mailbox) -> None:
    """As after a restore: the letter left since the backup."""
    mailbox.append(letter(1), AT)
    mailbox.append(reply(ONE, extra=f"X-Mailflow-Id: {'a' * 24}\r\n"), AT + timedelta(minutes=5), "Sent")
    with desk.worker() as worker:
        run_once(worker)
        assert drafts(worker)[ONE] == "stale"
