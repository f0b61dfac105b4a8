"""What people and time do to a mailbox: copies, moves, Junk, new UIDVALIDITY, the go-live fence, zones, two workers."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailflow.clock import TOKYO
from mailflow.desk.health import health
from mailflow.mailbox.imap import Imap
from mailflow.store.cases import judged
from mailflow.worker.service import run_once
from tests.e2e.office import wait_until
from tests.integration.test_mailbox_faults import connection, watching
from tests.integration.working import AT, Desk, application, approve, letter, states
from tests.servers.dovecot import Mailbox
from tests.servers.smtp import SmtpSink


@pytest.fixture
def desk(mailbox: Mailbox, smtp_sink: SmtpSink, tmp_path: Path) -> Desk:
    return Desk(tmp_path / "office", mailbox.url, smtp_sink.url)


def test_one_mail_in_several_places_is_one_verdict(desk: Desk, mailbox: Mailbox, smtp_sink: SmtpSink) -> None:
    """Twice in INBOX (a retransmission, its transport headers differ) and once in another folder, which came first."""
    desk.edit(("watch: [INBOX]", "watch: [INBOX, 応募]"))
    raw = application(3)
    mailbox.append(raw, AT)
    mailbox.append(b"Received: from relay.example by mx.example; Mon, 16 Mar 2026 09:00:00 +0900\r\n" + raw, AT)
    mailbox.append(raw, AT - timedelta(minutes=5), "応募")
    with desk.worker() as worker:
        assert run_once(worker) == 0
        (line,) = worker.store.mails()
        assert line.received_at == AT - timedelta(minutes=5), "the earliest rules"
        assert sorted((one.folder, one.uid) for one in worker.store.places(line.id)) == [
            ("INBOX", 1), ("INBOX", 2), ("応募", 1),
        ]  # fmt: skip
        assert approve(worker) == 1
        assert run_once(worker) == 0
        mailbox.append(raw, AT)
        assert run_once(worker) == 0
        assert approve(worker) == 0
        assert len(smtp_sink.accepted()) == 1


def test_same_message_id_with_other_content_is_another_mail(desk: Desk, mailbox: Mailbox) -> None:
    mailbox.append(letter(1), AT)
    mailbox.append(letter(1, body="前のメールの続きです。\n"), AT)
    with desk.worker() as worker:
        run_once(worker)
        assert states(worker) == ["judged", "judged"]


def test_junk_is_kept_and_never_answered_until_a_person_takes_it_out(
    desk: Desk, mailbox: Mailbox, smtp_sink: SmtpSink
) -> None:
    mailbox.append(application(3), AT, "Junk")
    with desk.worker() as worker:
        assert run_once(worker) == 0
        (line,) = worker.store.mails()
        assert (line.state.value, line.kind, line.review, line.case_id) == ("junk", "application", True, None)
        found = judged(worker.store, line.id)
        assert found is not None
        assert "junk" in {one.check for one in found.verdict.findings}
        assert worker.store.drafts() == []
        with mailbox.server.session(mailbox.user) as client:
            client.select_folder("Junk")
            client.move([1], "INBOX")
        # Some servers give a moved mail a new INTERNALDATE: the first time still rules.
        mailbox.append(application(3), AT + timedelta(days=2))
        assert run_once(worker) == 0
        (line,) = worker.store.mails()
        assert (line.state.value, line.kind, line.received_at) == ("judged", "application", AT)
        assert approve(worker) == 1
        assert run_once(worker) == 0
        assert len(smtp_sink.accepted()) == 1


def test_the_go_live_fence(desk: Desk, mailbox: Mailbox, smtp_sink: SmtpSink) -> None:
    """Before `start`: judged, no letter. Before the history: headers alone, never fetched."""
    start = datetime(2026, 3, 15, 0, 0, tzinfo=TOKYO)
    desk.extra_env["MAILFLOW_START"] = start.isoformat()
    mailbox.append(application(3, at=start - timedelta(seconds=1)), start - timedelta(seconds=1))
    mailbox.append(application(5, at=start), start)
    mailbox.append(application(7, at=start - timedelta(days=15)), start - timedelta(days=15))
    with desk.worker() as worker:
        assert run_once(worker) == 0
        lines = {line.received_at: line for line in worker.store.mails()}
        before, after, old = (lines[start + by] for by in (timedelta(seconds=-1), timedelta(0), timedelta(days=-15)))
        assert (before.state.value, before.kind) == ("judged", "application")
        assert (after.state.value, after.kind) == ("judged", "application")
        assert (old.state.value, old.kind) == ("before-start", None)
        assert old.sender is not None
        assert worker.store.raw(old.id) is None
        assert [one.to[0].address.partition("@")[0] for one in worker.store.drafts()] == ["kikaku5"]


def test_mails_that_people_move_while_they_are_fetched(desk: Desk, mailbox: Mailbox) -> None:
    """One is moved and one is deleted between the list of sizes and the FETCH: no row of trouble, the moved one once."""
    desk.edit(("watch: [INBOX]", "watch: [INBOX, 応募]"))
    mailbox.append_many((letter(n), AT + timedelta(seconds=n)) for n in range(5))
    mailbox.append(letter(50), AT, "応募")
    real, done = Imap.fetch, []

    def fetch(imap: Imap, uids: list[int]) -> object:
        if not done:
            done.append(True)
            with mailbox.server.session(mailbox.user) as client:
                client.select_folder("INBOX")
                client.move([2], "応募")
                client.delete_messages([4])
                client.expunge([4])
        return real(imap, uids)

    with pytest.MonkeyPatch.context() as patch, desk.worker() as worker:
        patch.setattr(Imap, "fetch", fetch)
        run_once(worker)
        run_once(worker)
        assert done
        assert worker.store.unfetchable() == []
        ids = Counter(line.message_id for line in worker.store.mails())
        assert set(ids.values()) == {1}
        assert ids.keys() >= {f"<small-{n}@city.example>" for n in (0, 1, 2, 4, 50)}


def test_a_new_uidvalidity_answers_nothing_twice(desk: Desk, mailbox: Mailbox, smtp_sink: SmtpSink) -> None:
    """paperless-ngx#8944: UIDs began again and new mail was skipped. (See tests/unit/worker/test_mailbox_model.py too.)"""
    desk.edit(("watch: [INBOX]", "watch: [応募]"))
    mailbox.append(letter(8), AT, "応募")
    mailbox.append(application(3), AT, "応募")
    with desk.worker() as worker:
        run_once(worker)
        assert approve(worker) >= 1
        run_once(worker)
        sent = len(smtp_sink.accepted())
        (old,) = {one.uidvalidity for line in worker.store.mails() for one in worker.store.places(line.id)}
        time.sleep(1.1)  # Dovecot's UIDVALIDITY is a time in seconds
        with mailbox.server.session(mailbox.user) as client:
            client.delete_folder("応募")
        mailbox.append(application(3), AT, "応募")
        mailbox.append(letter(9), AT, "応募")  # a new one with the UID of an old one
        assert run_once(worker) == 0
        assert Counter(line.message_id for line in worker.store.mails())["<small-9@city.example>"] == 1
        assert len(worker.store.mails()) == 3
        again = next(line for line in worker.store.mails() if line.kind == "application")
        assert {one.uidvalidity for one in worker.store.places(again.id)} > {old}
        approve(worker)
        run_once(worker)
        answered = Counter(one.message["In-Reply-To"] for one in smtp_sink.accepted())
        assert set(answered.values()) == {1}
        assert len(smtp_sink.accepted()) >= sent


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Tokyo"])
def test_internaldate_is_a_moment_in_every_zone(mailbox: Mailbox, zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    moments = [
        datetime(2026, 3, 26, 16, 0, 0, tzinfo=TOKYO),  # the close
        datetime(2026, 3, 8, 7, 30, tzinfo=UTC),  # New York's clocks go forward in this hour
        datetime(2026, 11, 1, 6, 30, tzinfo=UTC),  # and back in this one
    ]
    for at in moments:
        mailbox.append(letter(1), at)
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        with Imap(connection(mailbox, mailbox.server.port)) as imap:
            imap.select("INBOX", readonly=True)
            assert [one.received_at for one in imap.listed([1, 2, 3])] == moments
            assert [one.received_at for one in imap.fetch([1, 2, 3])] == moments
            imap.append("Sent", letter(2), moments[0])
        assert mailbox.messages("Sent")[0].internaldate == moments[0]
    finally:
        monkeypatch.undo()
        time.tzset()


def test_the_deadline_in_a_container_far_away(desk: Desk, mailbox: Mailbox) -> None:
    """16時00分00秒 is in time and a second later is not, wherever the clock on the wall is."""
    close = datetime(2026, 3, 26, 16, 0, 0, tzinfo=TOKYO)
    desk.now = "2026-03-26T18:00:00+09:00"
    desk.extra_env["TZ"] = "America/New_York"
    mailbox.append(application(3, at=close), close)
    mailbox.append(application(5, at=close), close + timedelta(seconds=1))
    desk.once()
    assert sorted(row["state"] for row in desk.applications()) == ["complete", "late"]


def test_an_edit_takes_effect_and_a_broken_one_does_not(desk: Desk, mailbox: Mailbox, smtp_sink: SmtpSink) -> None:
    with desk.worker() as worker:
        first = worker.settings.hash
        good = (desk.config / "mailflow.yaml").read_text(encoding="utf-8")
        desk.edit(("rate: 30", "rate: viel"))
        assert not worker.configuration.look()
        assert worker.settings.hash == first
        assert any("設定に誤り" in one for one in health(worker.store, worker.settings, worker.clock).problems)
        mailbox.append(application(3), AT)
        assert run_once(worker) == 0, "the last good one goes on"
        assert states(worker) == ["judged"]
        (desk.config / "mailflow.yaml").write_text(good.replace("rate: 30", "rate: 31"), encoding="utf-8")
        assert worker.configuration.look()
        assert worker.settings.file.smtp.rate == 31
        assert not any("設定に誤り" in one for one in health(worker.store, worker.settings, worker.clock).problems)
        assert not worker.configuration.look()


def test_an_edited_template_is_in_the_letters_that_nobody_approved(desk: Desk, mailbox: Mailbox) -> None:
    with desk.worker() as worker:
        mailbox.append(application(3), AT)
        run_once(worker)
        template = next((desk.folder / "templates").rglob("receipt*.j2"))
        text, end, rest = template.read_text(encoding="utf-8").rpartition("{% endblock %}")
        template.write_text(f"{text}追って書き。\n{end}{rest}", encoding="utf-8")
        assert worker.configuration.look()
        mailbox.append(application(5), AT)
        run_once(worker)
        letters = {one.to[0].address.partition("@")[0]: one.id for one in worker.store.drafts()}
        texts = {name: worker.store.draft(number) for name, number in letters.items()}
        assert [name for name, one in texts.items() if "追って書き。" not in str(one)] == []
        assert {"kikaku3", "kikaku5"} <= texts.keys()


def test_what_cannot_be_written_down_is_not_in_force(desk: Desk) -> None:
    with desk.worker() as worker:
        first = worker.settings.hash
        desk.edit(("rate: 30", "rate: 31"))
        real = worker.store.record_config

        def full(*_: object, **__: object) -> None:
            raise OSError("full")

        worker.store.record_config = full  # type: ignore[method-assign]
        with pytest.raises(OSError, match="full"):
            worker.configuration.look()
        assert worker.settings.hash == first
        worker.store.record_config = real  # type: ignore[method-assign]
        assert worker.configuration.look(), "the edit is still seen"


@pytest.mark.long
def test_two_workers_on_one_database(desk: Desk, mailbox: Mailbox, smtp_sink: SmtpSink) -> None:
    """One watches, both work; the watcher is killed, and the other one takes over."""
    desk.edit(("undo: 30s", "undo: 0s"), ("rate: 30", "rate: 600"))
    logs = [desk.folder / f"{n}.log" for n in (1, 2)]
    running: list[subprocess.Popen[bytes]] = []
    try:
        for log in logs:
            with log.open("wb") as out:
                running.append(desk.start("worker", stdout=out, stderr=out))
            wait_until("it runs", lambda log=log: b"worker started" in log.read_bytes())
        mailbox.append_many((application(n), AT + timedelta(seconds=n)) for n in range(30, 50))
        wait_until("all judged", lambda: [row["state"] for row in desk.mails()] == ["judged"] * 20, timeout_s=40)
        running[0].send_signal(signal.SIGKILL)
        running[0].wait()
        killed = time.monotonic()
        mailbox.append(application(60), AT)
        wait_until("the other one took over", lambda: len(desk.mails()) == 21, timeout_s=30)
        assert time.monotonic() - killed < 30
        desk.ok("drafts", "approve", "--all")
        wait_until("all sent", lambda: {row["state"] for row in desk.outbox()} == {"sent"}, timeout_s=40)
    finally:
        for process in running:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                assert process.wait(timeout=20) == 0
    assert max(Counter(row["message_id"] for row in desk.mails()).values()) == 1
    taken = Counter(one.message["In-Reply-To"] for one in smtp_sink.accepted())
    assert set(taken.values()) == {1}
    assert len(taken) == len(desk.outbox())


def test_only_one_of_two_watches(desk: Desk, mailbox: Mailbox) -> None:
    with desk.worker() as one, desk.worker() as two:
        assert one.take_watch() is not None
        assert two.take_watch() is None
        one.watch_lock.close()
        assert two.take_watch() is not None


def test_both_of_two_workers_judge_each_mail_once(desk: Desk, mailbox: Mailbox) -> None:
    mailbox.append_many((letter(n), AT + timedelta(seconds=n)) for n in range(60))
    with desk.worker() as one, desk.worker() as two, watching(one):
        wait_until("all in", lambda: len(states(one)) == 60, timeout_s=10)
        done = []
        threads = [threading.Thread(target=lambda w=w: done.append(w.processor.drain())) for w in (one, two)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(done) == 60
        assert min(done) > 0, "both worked"
        assert states(one) == ["judged"] * 60


def test_what_is_judged_is_moved_where_it_is_asked_for_and_nothing_else(
    desk: Desk, mailbox: Mailbox, smtp_sink: SmtpSink
) -> None:
    """zammad#243: a failed set-up emptied the mailbox. Old mail, mail that can't be read, that waits or lies in Junk stays."""
    start = datetime(2026, 3, 15, 0, 0, tzinfo=TOKYO)
    desk.extra_env["MAILFLOW_START"] = start.isoformat()
    desk.edit(
        ("sent: Sent", "sent: Sent\n    processed: 処理済み"), ("history: 14d", "history: 14d\n  max_size: 400KB")
    )
    mailbox.append(letter(1, at=start), start - timedelta(days=20))
    mailbox.append(letter(2, body="大" * 300_000), AT)
    raw = application(3)
    mailbox.append(raw, AT)
    mailbox.append(application(5), AT, "Junk")
    with desk.worker() as worker:
        assert run_once(worker) == 0
        assert [one.uid for one in mailbox.messages("INBOX")] == [1, 2]
        (moved,) = mailbox.messages("処理済み")
        assert moved.raw == raw
        assert len(mailbox.messages("Junk")) == 1
        assert run_once(worker) == 0
        assert len(mailbox.messages("処理済み")) == 1
        assert len(worker.store.mails()) == 3
        assert worker.rounds.statement("test").balanced
        with mailbox.server.session(mailbox.user) as client:  # a person puts it back: known, and put away again
            client.select_folder("処理済み")
            client.move([1], "INBOX")
        assert run_once(worker) == 0
        assert len(mailbox.messages("処理済み")) == 1
        assert len(worker.store.mails()) == 3
        approve(worker)
        assert run_once(worker) == 0
    assert len(smtp_sink.accepted()) == 1


def test_a_folder_that_is_read_cannot_be_where_mails_are_put_away(desk: Desk) -> None:
    desk.edit(("sent: Sent", "sent: Sent\n    processed: INBOX"))
    done = desk.run("config", "check")
    assert done.returncode == 1
    assert "別のフォルダー" in done.stdout + done.stderr
