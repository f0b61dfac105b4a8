"""The watchman: told once by another road, and once when it is well again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
import sqlalchemy as sa

from mailflow.clock import TOKYO, Clock
from mailflow.desk.health import health
from mailflow.worker.assembly import Worker
from mailflow.worker.service import run_once
from mailflow.worker.watchman import LEAST_LATE_S, Ticks
from tests.integration.working import AT, Desk, application
from tests.servers.dovecot import Mailbox
from tests.servers.smtp import Fault, SmtpSink


@pytest.fixture
def road() -> Iterator[SmtpSink]:
    with SmtpSink() as sink:
        yield sink


@pytest.fixture
def worker(mailbox: Mailbox, smtp_sink: SmtpSink, road: SmtpSink, tmp_path: Path) -> Iterator[Worker]:
    desk = Desk(tmp_path / "office", mailbox.url, smtp_sink.url, now="2026-03-18T10:00:00+09:00")
    desk.edit(
        ("sending: true", f"sending: true\nalarm: {{to: [duty@phone.example], url: '{road.url}', file: {tmp_path / 'alarms'}}}")
    )  # fmt: skip
    with desk.worker() as opened:
        run_once(opened)
        yield opened


def pass_time(worker: Worker, **by: float) -> None:
    """System and business clock go on together."""
    now = worker.clock.sys_now() + timedelta(**by)
    business = worker.clock.now() + timedelta(**by)

    class Later(Clock):
        def sys_now(self) -> datetime:
            return now

        def now(self) -> datetime:
            return business

    for part in (worker.watchman, worker.rounds):
        object.__setattr__(part, "clock", Later())
    worker.clock = Later()


def subjects(road: SmtpSink) -> list[str]:
    return [str(message_from_bytes(one.raw, policy=default)["Subject"]) for one in road.accepted()]


def test_told_once_and_once_when_well_again(
    worker: Worker, road: SmtpSink, smtp_sink: SmtpSink, tmp_path: Path
) -> None:
    worker.watchman.tick()
    assert subjects(road) == []
    pass_time(worker, minutes=20)
    worker.watchman.tick()
    assert subjects(road) == [], "not before it lasted"
    for _ in range(3):
        pass_time(worker, minutes=3)
        worker.watchman.tick()
    (subject,) = subjects(road)
    assert "メールボックスを読めていません" in subject
    (taken,) = road.accepted()
    assert taken.rcpt_to == ("duty@phone.example",)
    assert taken.message["Auto-Submitted"] == "auto-generated"
    worker.store.fetched(worker.clock.now())
    for _ in range(2):
        worker.watchman.tick()
    assert len(subjects(road)) == 2
    assert "回復" in subjects(road)[1]
    lines = (tmp_path / "alarms").read_text(encoding="utf-8").splitlines()
    assert [line.split("\t")[1:3] for line in lines] == [["ill", "not-fetched"], ["well", "not-fetched"]]
    assert smtp_sink.accepted() == []


def test_a_road_that_is_closed_is_tried_again(worker: Worker, road: SmtpSink) -> None:
    object.__setattr__(worker.watchman, "settings", lambda: worker.settings)
    road.fail(Fault(at="CONNECT", reply="421 later", times=None))
    (Path(worker.settings.file.alarm.file or "")).mkdir()  # nor can the file be written
    pass_time(worker, minutes=20)
    worker.watchman.tick()
    pass_time(worker, minutes=3)
    worker.watchman.tick()
    assert subjects(road) == []
    road.recover()
    worker.watchman.tick()
    assert len(subjects(road)) == 1


def test_in_the_night_a_mailbox_that_is_not_read_is_no_alarm(worker: Worker, road: SmtpSink) -> None:
    pass_time(worker, hours=12)  # 22:00
    worker.watchman.tick()
    pass_time(worker, minutes=10)
    worker.watchman.tick()
    assert subjects(road) == []


def test_what_is_about_to_become_useless(worker: Worker, road: SmtpSink, mailbox: Mailbox) -> None:
    mailbox.append(application(3, "gaps"), AT)
    run_once(worker)
    with worker.store.write() as db:
        db.execute(sa.text("UPDATE draft SET valid_until = :at"), {"at": "2026-03-18 03:00:00.000000"})
    worker.watchman.tick()
    pass_time(worker, minutes=3)
    worker.watchman.tick()
    assert any("まもなく期限切れ" in one for one in subjects(road))


def test_a_secret_that_ends_within_two_weeks(worker: Worker, tmp_path: Path) -> None:
    today = worker.clock.sys_now().astimezone(TOKYO).date()
    config = tmp_path / "office" / "config" / "mailflow.yaml"
    text = config.read_text(encoding="utf-8")
    for days, told in ((15, 0), (14, 1), (0, 1), (-3, 1)):
        day = (today + timedelta(days=days)).isoformat()
        changed = text.replace("alarm: {", f"alarm: {{secrets: [{{name: 鍵, expires: {day}}}], ")
        config.write_text(changed, encoding="utf-8")
        worker.configuration.look()
        problems = health(worker.store, worker.settings, worker.clock).problems
        assert len([one for one in problems if "鍵の期限" in one]) == told, days


def test_a_job_that_stands_still() -> None:
    now = [0.0]
    ticks = Ticks(seconds=lambda: now[0])
    ticks.expect("process", 2)
    ticks.expect("compare", 600)
    now[0] = LEAST_LATE_S - 1
    assert ticks.late() == []
    now[0] += 2
    assert ticks.late() == ["process"]
    ticks.done("process")
    assert ticks.late() == []


def test_the_watched_mailbox_is_no_road(tmp_path: Path, mailbox: Mailbox, smtp_sink: SmtpSink) -> None:
    desk = Desk(tmp_path / "office", mailbox.url, smtp_sink.url)
    desk.edit(("sending: true", "sending: true\nalarm: {to: [mic.dx.shinsei@jp.ey.com]}"))
    done = desk.run("config", "check")
    assert done.returncode == 1
    assert "受信箱には送れません" in done.stdout + done.stderr
