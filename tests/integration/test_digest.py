"""The staff's daily letter: once a day, to the office alone, with the head of the sealed record."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from mailflow.clock import sys_now
from mailflow.desk import add_operator, set_sending
from mailflow.desk.digest import CASES
from mailflow.model import CaseState
from mailflow.store.seal import Head
from mailflow.worker.service import run_once
from tests.integration.test_closing import at
from tests.integration.working import AT, Desk, application
from tests.servers.dovecot import Mailbox
from tests.servers.smtp import Fault, SmtpSink

STAFF = "mic.dx.tantou@jp.ey.com"


@pytest.fixture
def desk(mailbox: Mailbox, smtp_sink: SmtpSink, tmp_path: Path) -> Desk:
    desk = Desk(tmp_path / "office", mailbox.url, smtp_sink.url, now="2026-03-18T07:00:00+09:00")
    desk.edit(("sending: true", f"sending: true\ndigest: {{to: [{STAFF}]}}"))
    mailbox.append(application(3), AT)
    mailbox.append(application(5, "gaps"), AT)
    return desk


def text(sink: SmtpSink, number: int = -1) -> str:
    return sink.accepted()[number].message.get_body(("plain",)).get_content()  # type: ignore[union-attr]


def test_once_a_day_after_the_statement(desk: Desk, smtp_sink: SmtpSink) -> None:
    with desk.worker() as worker:
        assert run_once(worker) == 0
        assert smtp_sink.accepted() == [], "not before schedule.daily"
        morning = worker.clock.now().replace(hour=23, minute=30)  # 8:30 in Tokyo
        at(worker, morning)
        for _ in range(2):
            assert run_once(worker) == 0
        (taken,) = smtp_sink.accepted()
        assert taken.rcpt_to == (STAFF,)
        assert taken.message["Auto-Submitted"] == "auto-generated"
        said = text(smtp_sink)
        for shown in (
            "応募（記入漏れなし）　1",
            "応募（修正・確認待ち）　1",
            "承認待ち　2",
            "・承認　R8-1-",
            "合っています",
        ):
            assert shown in said, said
        head = said.split()[-1]
        assert worker.store.verify_audit(Head.of(head)).problems == ()
        at(worker, morning + timedelta(days=1))
        assert run_once(worker) == 0
        assert len(smtp_sink.accepted()) == 2


def test_what_the_day_says_when_it_cannot_be_sent(desk: Desk, smtp_sink: SmtpSink) -> None:
    """Before DATA it is tried again; a line that broke after it is never said twice; with sending off nothing leaves."""
    with desk.worker() as worker:
        add_operator(worker.store, "佐藤", sys_now=sys_now())
        at(worker, worker.clock.now().replace(hour=23, minute=30))
        smtp_sink.fail(Fault(at="RCPT", reply="451 4.7.1 later"))
        run_once(worker)
        assert smtp_sink.accepted() == []
        set_sending(worker.store, False, user="佐藤")
        worker.digest.tick()
        assert smtp_sink.accepted() == []
        set_sending(worker.store, True, user="佐藤")
        smtp_sink.fail(Fault(at="DOT", drop=True, taken=True))
        worker.digest.tick()
        worker.digest.tick()
        assert len(smtp_sink.accepted()) == 1


def test_an_address_outside_the_office_is_refused_at_load(desk: Desk) -> None:
    desk.edit((STAFF, "someone@freemail.example"))
    done = desk.run("config", "check")
    assert done.returncode == 1
    assert "事務局のドメイン" in done.stdout + done.stderr


def test_every_state_of_a_case_has_its_line() -> None:
    assert set(CASES) == set(CaseState)


def test_without_its_template_no_digest_is_tried(desk: Desk, smtp_sink: SmtpSink) -> None:
    """`config check` warns of it; the job doesn't fail each minute."""
    (desk.folder / "templates" / "staff-digest.j2").unlink()
    with desk.worker() as worker:
        assert run_once(worker) == 0
        at(worker, worker.clock.now().replace(hour=23, minute=30))
        worker.digest.tick()
    assert smtp_sink.accepted() == []
