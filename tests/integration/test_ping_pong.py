"""Two programs that answer each other: it ends after one round, or by the budget where the other one hides what it is."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

import pytest

from mailflow.worker.service import run_once
from tests.integration.working import AT, Desk, letter
from tests.servers.dovecot import Mailbox
from tests.servers.smtp import Accepted, SmtpSink

ROUNDS = 5
ROBOTS: dict[str, tuple[dict[str, str], int]] = {
    "rfc-3834": ({"Auto-Submitted": "auto-replied"}, 1),
    "subject-only": ({"Subject": "自動返信：受け付けました"}, 1),
    "no-sign-at-all": ({}, 3),  # the budget below
}


def answered(taken: Accepted, number: int, fields: dict[str, str]) -> bytes:
    """What the robot writes back."""
    to = taken.message["To"]
    mail = EmailMessage(policy=SMTP)
    mail["From"] = to
    mail["To"] = "office@secretariat.example"
    mail["Subject"] = f"Re: {taken.message['Subject']}"
    mail["In-Reply-To"] = taken.message["Message-ID"]
    mail["References"] = taken.message["Message-ID"]
    mail["Date"] = format_datetime(AT + timedelta(minutes=number + 1))
    mail["Message-ID"] = f"<robot-{number}@city.example>"
    for name, value in fields.items():
        del mail[name]
        mail[name] = value
    mail.set_content(f"お問い合わせを受け付けました。受付番号は {number} です。\n")
    return mail.as_bytes()


@pytest.mark.parametrize(("fields", "most"), ROBOTS.values(), ids=ROBOTS.keys())
def test_a_robot_that_answers_everything(
    mailbox: Mailbox, smtp_sink: SmtpSink, tmp_path: Path, fields: dict[str, str], most: int
) -> None:
    desk = Desk(tmp_path / "office", mailbox.url, smtp_sink.url)
    desk.edit(("default: {approval: one}", "default: {approval: auto}"), ("reply_budget: 10", "reply_budget: 3"))
    mailbox.append(letter(1), AT)
    seen = 0
    with desk.worker() as worker:
        for number in range(ROUNDS):
            assert run_once(worker) == 0
            taken = smtp_sink.accepted()
            for one in taken[seen:]:
                mailbox.append(answered(one, number, fields), AT + timedelta(minutes=number + 1))
            seen = len(taken)
        assert len(smtp_sink.accepted()) == most
        assert {line.state.value for line in worker.store.mails()} == {"judged"}
