"""The close of a round: what had arrived is listed once, with the last in time and the first late; revisions stay."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from mailflow.clock import TOKYO, Clock, sys_now
from mailflow.desk import Refused, add_operator
from mailflow.desk.closing import finish_task, sign
from mailflow.store.seal import Head
from mailflow.worker.assembly import Worker
from mailflow.worker.service import run_once
from tests.integration.working import Desk, application
from tests.servers.dovecot import Mailbox
from tests.servers.smtp import SmtpSink

CLOSES = datetime(2026, 3, 26, 16, 0, tzinfo=TOKYO)


@pytest.fixture
def desk(mailbox: Mailbox, smtp_sink: SmtpSink, tmp_path: Path) -> Desk:
    return Desk(tmp_path / "office", mailbox.url, smtp_sink.url, now="2026-03-26T15:00:00+09:00")


def at(worker: Worker, when: datetime) -> None:
    """It is `when` now."""
    clock = Clock.starting_at(when)
    object.__setattr__(worker.clock, "offset", clock.offset)


def test_the_list_its_revisions_and_what_people_do_with_it(desk: Desk, mailbox: Mailbox) -> None:
    mailbox.append(application(3, at=CLOSES - timedelta(hours=2)), CLOSES - timedelta(hours=2))
    mailbox.append(application(5, at=CLOSES), CLOSES)
    mailbox.append(application(7, "missing", at=CLOSES - timedelta(hours=1)), CLOSES - timedelta(hours=1))
    with desk.worker() as worker:
        run_once(worker)
        at(worker, CLOSES + timedelta(minutes=9))
        run_once(worker)
        assert worker.store.closing("R8-1") is None, "mail may still be on its way"
        mailbox.append(application(9, at=CLOSES - timedelta(seconds=2)), CLOSES - timedelta(seconds=1))
        mailbox.append(application(11, at=CLOSES), CLOSES + timedelta(seconds=1))
        with worker.connect() as imap:  # at the close all UIDs are compared, whatever the watermark says
            worker.store.set_watermark(imap.account, "INBOX", imap.select("INBOX", readonly=True).uidvalidity, 99)
        at(worker, CLOSES + timedelta(minutes=10, seconds=1))
        worker.rounds.close_rounds()
        assert worker.store.closing("R8-1") is None, "what came in time is judged first"
        worker.processor.drain()
        worker.rounds.close_rounds()
        first = worker.store.closing("R8-1")
        assert first is not None
        told = json.loads(first.content)
        assert (first.revision, told["counts"]["mails_in_time"], told["counts"]["mails_late"]) == (1, 4, 1)
        assert told["last_in_time"]["received_at"] == "2026-03-26T16:00:00+09:00"
        assert told["first_late"]["received_at"] == "2026-03-26T16:00:01+09:00"
        assert told["reconciliation"] == {"balanced": True, "problems": []}
        assert all(len(one["raw_sha256"]) == 64 for one in told["mails"])
        assert worker.store.verify_audit(Head.of(told["audit_head"])).problems == ()

        # Once, and nothing is written over it.
        worker.rounds.close_rounds()
        assert len(worker.store.closings()) == 1
        for statement in ("UPDATE closing SET content = '{}'", "DELETE FROM closing"):
            with pytest.raises(sa.exc.IntegrityError, match="append-only"), worker.store.write() as db:
                db.execute(sa.text(statement))

        # An incomplete case is a task of a person.
        (task,) = worker.store.tasks()
        assert "そろっていません" in task.text
        add_operator(worker.store, "鈴木", sys_now=sys_now())
        assert isinstance(finish_task(worker.store, task.id, user="鈴木", how=" ", at=CLOSES), Refused)
        assert not isinstance(finish_task(worker.store, task.id, user="鈴木", how="電話した", at=CLOSES), Refused)
        assert isinstance(finish_task(worker.store, task.id, user="鈴木", how="電話した", at=CLOSES), Refused)
        assert worker.store.tasks() == []

        # Lines are signed once each.
        assert not isinstance(sign(worker.store, "R8-1", "quarantine", user="鈴木", at=CLOSES), Refused)
        assert isinstance(sign(worker.store, "R8-1", "quarantine", user="鈴木", at=CLOSES), Refused)
        assert isinstance(sign(worker.store, "R8-1", "nothing", user="鈴木", at=CLOSES), Refused)

        # The next day nothing is new: no revision. Then the quarantine lets go of one that had come in time.
        at(worker, CLOSES + timedelta(hours=17))
        worker.rounds.tick()
        assert len(worker.store.closings()) == 1
        mailbox.append(application(13, at=CLOSES - timedelta(minutes=5)), CLOSES - timedelta(minutes=5))
        run_once(worker)
        at(worker, CLOSES + timedelta(hours=41))
        worker.rounds.tick()
        second = worker.store.closing("R8-1")
        assert second is not None
        assert (second.revision, json.loads(second.content)["counts"]["mails_in_time"]) == (2, 5)
        assert second.signatures == (), "a new content is signed anew"
        kept = worker.store.closing("R8-1", 1)
        assert kept is not None
        assert kept.content == first.content
        assert [one.by for one in kept.signatures] == ["鈴木"]


def test_a_round_that_was_over_before_we_came_has_no_list(
    mailbox: Mailbox, smtp_sink: SmtpSink, tmp_path: Path
) -> None:
    desk = Desk(
        tmp_path / "office", mailbox.url, smtp_sink.url, now="2026-03-28T09:00:00+09:00",
        extra_env={"MAILFLOW_START": "2026-03-27T00:00:00+09:00"},
    )  # fmt: skip
    with desk.worker() as worker:
        run_once(worker)
        assert worker.store.closings() == []


def test_the_daily_statement_is_made_once_a_day_by_who_watches(desk: Desk, mailbox: Mailbox) -> None:
    mailbox.append(application(3), CLOSES - timedelta(days=3))
    with desk.worker() as worker:
        worker.rounds.tick()
        assert worker.store.fact("daily") is None, "nobody watches yet"
        at(worker, CLOSES.replace(hour=7, minute=59))
        run_once(worker)
        assert worker.store.fact("daily") is None, "not before its time"
        at(worker, CLOSES.replace(hour=8, minute=0))
        for _ in range(2):
            run_once(worker)  # `worker --once` from a timetable makes it too
        made = [one for one in worker.store.audit(entity="setting") if one.act == "reconciled"]
        assert [one.detail["balanced"] for one in made] == [True]
