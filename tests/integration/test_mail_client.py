"""Letters approved in 承認待ち / 承認 / 却下, with clients that behave as Outlook and Thunderbird do, on Dovecot."""

from __future__ import annotations

import email
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest

from mailflow.clock import TOKYO, sys_now
from mailflow.desk import add_operator, reject
from mailflow.desk.mails import hide_mail
from mailflow.mailbox.errors import Refused
from mailflow.mailbox.imap import Imap
from mailflow.model import Mail
from mailflow.store import client_copies
from mailflow.store.people import Role, insert_user
from mailflow.worker.assembly import Worker
from mailflow.worker.sandbox import Sandbox
from tests.integration.working import AT, Desk, application, run_once
from tests.servers.dovecot import Mailbox
from tests.servers.smtp import SmtpSink

WAITING, APPROVED, REJECTED = "承認待ち", "承認", "却下"
Client = Callable[[Mailbox, int, str], None]


def raw_of(mailbox: Mailbox, uid: int) -> bytes:
    with mailbox.server.session(mailbox.user) as client:
        client.select_folder(WAITING)
        found: bytes = client.fetch([uid], ["BODY[]"])[uid][b"BODY[]"]
        return found


def by_move(mailbox: Mailbox, uid: int, folder: str) -> None:
    with mailbox.server.session(mailbox.user) as client:
        client.select_folder(WAITING)
        client.move([uid], folder)


def by_copy_and_expunge(mailbox: Mailbox, uid: int, folder: str) -> None:
    with mailbox.server.session(mailbox.user) as client:
        client.select_folder(WAITING)
        client.copy([uid], folder)
        client.delete_messages([uid])
        client.expunge()


def by_copy_alone(mailbox: Mailbox, uid: int, folder: str) -> None:
    """The original stays, as where a client only marks it."""
    with mailbox.server.session(mailbox.user) as client:
        client.select_folder(WAITING)
        client.copy([uid], folder)


def written_anew(
    mailbox: Mailbox,
    uid: int,
    folder: str,
    *,
    change: Callable[[str], str] = lambda text: text,
    charset: str = "utf-8",
    keep: tuple[str, ...] = ("In-Reply-To", "References"),
    to: str | None = None,
    subject: str | None = None,
    extra: bytes | None = None,
) -> None:
    """As a client saves a mail that was opened for editing: another Message-ID, encoding and set of headers."""
    old = email.message_from_bytes(raw_of(mailbox, uid), policy=SMTP)
    assert isinstance(old, EmailMessage)
    body = old.get_body(("plain",))
    assert body is not None
    new = EmailMessage(policy=SMTP)
    new["From"], new["To"], new["Subject"] = old["From"], to or old["To"], subject or old["Subject"]
    if old["Cc"]:
        new["Cc"] = old["Cc"]
    new["Message-ID"] = f"<saved-{uid}@client.example>"
    for name in keep:
        if old[name]:
            new[name] = old[name]
    text = change(body.get_content())
    if charset == "iso-2022-jp":
        text = text.replace("〜", "～")  # what Windows makes of the wave dash
        new.set_content(text.encode("cp932", "replace").decode("cp932"), charset="utf-8")
    else:
        new.set_content(text, charset=charset, cte="quoted-printable")
    for part in old.iter_attachments():
        content = part.get_content()
        new.add_attachment(
            content if isinstance(content, bytes) else content.encode(),
            maintype=part.get_content_maintype(), subtype=part.get_content_subtype(), filename=part.get_filename(),
        )  # fmt: skip
    if extra is not None:
        new.add_attachment(extra, maintype="application", subtype="pdf", filename="追加.pdf")
    mailbox.append(new.as_bytes(), AT, folder)
    with mailbox.server.session(mailbox.user) as client:
        client.select_folder(WAITING)
        client.delete_messages([uid])
        client.expunge()


@pytest.fixture
def desk(mailbox: Mailbox, smtp_sink: SmtpSink, tmp_path: Path) -> Desk:
    made = Desk(tmp_path / "office", mailbox.url, smtp_sink.url)
    made.edit(("approval:\n", "approval:\n  mail_client:\n    user: 鈴木\n"), ("undo: 30s", "undo: 0s"))
    return made


@pytest.fixture
def worker(desk: Desk, mailbox: Mailbox) -> Iterator[Worker]:
    mailbox.append(application(1), AT)
    with desk.worker() as opened:
        add_operator(opened.store, "鈴木", sys_now=sys_now())
        run_once(opened)
        run_once(opened)  # what was judged is shown at the next look
        yield opened


def subjects(mailbox: Mailbox, folder: str) -> list[str]:
    return [str(email.message_from_bytes(one.raw, policy=SMTP)["Subject"]) for one in mailbox.messages(folder)]


def the_copy(mailbox: Mailbox) -> int:
    (one,) = mailbox.messages(WAITING)
    return one.uid


def state(worker: Worker) -> str:
    (line,) = worker.store.drafts()
    return line.state


@pytest.mark.parametrize(
    "client", [by_move, by_copy_and_expunge, pytest.param(by_copy_alone, marks=pytest.mark.long), written_anew]
)
def test_moved_to_approved_it_leaves_as_composed(
    worker: Worker, mailbox: Mailbox, smtp_sink: SmtpSink, client: Client
) -> None:
    (line,) = worker.store.drafts()
    view = worker.store.draft(line.id)
    assert view is not None
    client(mailbox, the_copy(mailbox), APPROVED)
    run_once(worker)
    (sent,) = smtp_sink.accepted()
    body = sent.message.get_body(("plain",))
    assert body is not None
    assert body.get_content().replace("\r\n", "\n").rstrip() == view.draft.text.rstrip()
    assert sent.message["To"] == str(view.draft.to[0]) or view.draft.to[0].address in sent.message["To"]
    assert "copy-" not in sent.raw.decode("ascii"), "our token stays inside"
    run_once(worker)
    assert (mailbox.messages(WAITING), mailbox.messages(APPROVED)) == ([], [])
    assert len(smtp_sink.accepted()) == 1
    assert {one.act: one.actor for one in worker.store.audit()}["mail-client-approved"] == "鈴木"


def test_other_charsets_change_no_words(worker: Worker, mailbox: Mailbox, smtp_sink: SmtpSink) -> None:
    (line,) = worker.store.drafts()
    written_anew(mailbox, the_copy(mailbox), APPROVED, charset="iso-2022-jp")
    run_once(worker)
    assert len(smtp_sink.accepted()) == 1
    (after,) = worker.store.drafts()
    assert (after.revision, after.content_sha256) == (line.revision, line.content_sha256)


def test_words_changed_there_are_sent_and_nothing_else_is(
    worker: Worker, mailbox: Mailbox, smtp_sink: SmtpSink
) -> None:
    written_anew(
        mailbox, the_copy(mailbox), APPROVED, change=lambda text: text.replace("お世話になっております。", "いつもお世話になっております。"),
        subject="【受領】書き直した件名",
    )  # fmt: skip
    run_once(worker)
    (sent,) = smtp_sink.accepted()
    body = sent.message.get_body(("plain",))
    assert body is not None
    assert "いつもお世話になっております。" in body.get_content()
    assert sent.message["Subject"] == "【受領】書き直した件名"
    assert "client.example" not in str(sent.message["Message-ID"])
    (line,) = worker.store.drafts()
    assert line.revision == 2
    assert line.approvals == ("鈴木",)


def test_rejected(worker: Worker, mailbox: Mailbox, smtp_sink: SmtpSink) -> None:
    by_move(mailbox, the_copy(mailbox), REJECTED)
    run_once(worker)
    assert state(worker) == "rejected"
    run_once(worker)
    assert (mailbox.messages(WAITING), mailbox.messages(REJECTED), smtp_sink.accepted()) == ([], [], [])


@pytest.mark.parametrize(
    ("how", "why"),
    [
        pytest.param({"to": "stranger@elsewhere.example"}, "宛先が変わっています", id="to-a-stranger"),
        pytest.param({"extra": b"%PDF-1.4 other"}, "添付ファイルが変わっています", id="with-another-file"),
        pytest.param({"change": lambda _: "\n"}, "文面", id="without-words", marks=pytest.mark.long),
    ],
)
def test_what_is_no_yes_to_this_letter_is_put_back_with_a_note(
    worker: Worker, mailbox: Mailbox, smtp_sink: SmtpSink, how: dict, why: str
) -> None:
    written_anew(mailbox, the_copy(mailbox), APPROVED, **how)
    run_once(worker)
    assert smtp_sink.accepted() == []
    assert state(worker) == "waiting"
    run_once(worker)
    assert mailbox.messages(APPROVED) == []
    note, copy = sorted(mailbox.messages(WAITING), key=lambda one: b"X-Mailflow-Id: note" not in one.raw)
    words = email.message_from_bytes(note.raw, policy=SMTP)
    assert why in words.get_content()
    by_move(mailbox, copy.uid, APPROVED)
    run_once(worker)
    assert len(smtp_sink.accepted()) == 1


def test_without_any_of_our_marks_it_is_nothing_of_ours(worker: Worker, mailbox: Mailbox, smtp_sink: SmtpSink) -> None:
    written_anew(mailbox, the_copy(mailbox), APPROVED, keep=())
    run_once(worker)
    assert (smtp_sink.accepted(), state(worker)) == ([], "waiting")
    assert len(mailbox.messages(APPROVED)) == 1, "left where a person put it"


def test_decided_elsewhere_the_copy_goes(worker: Worker, mailbox: Mailbox, smtp_sink: SmtpSink) -> None:
    uid = the_copy(mailbox)
    (line,) = worker.store.drafts()
    reject(worker.store, line.id, capacities={}, user="鈴木", reason="画面で", now=sys_now())
    by_move(mailbox, uid, APPROVED)  # a colleague, in the same minute
    run_once(worker)
    assert (smtp_sink.accepted(), state(worker)) == ([], "rejected")
    assert [one[:11] for one in subjects(mailbox, WAITING)] == ["【処理できませんでした"]
    run_once(worker)
    assert len(mailbox.messages(WAITING)) == 1, "told once"


def test_a_letter_whose_mail_is_hidden_meanwhile_leaves_no_word_in_the_folder(
    worker: Worker, mailbox: Mailbox, smtp_sink: SmtpSink
) -> None:
    uid = the_copy(mailbox)
    (line,) = worker.store.drafts()
    assert line.mail_id is not None
    hide_mail(worker.store, line.mail_id, why="誤送信", user="鈴木", now=sys_now())
    by_move(mailbox, uid, APPROVED)  # a colleague, in the same minute
    run_once(worker)
    assert (smtp_sink.accepted(), state(worker)) == ([], "stale")
    (note,) = notes(mailbox)
    assert "（隠したメールへの手紙）" in note["Subject"]
    assert "隠したメールへの返信案" in note.get_content()
    assert len(mailbox.messages(WAITING)) == 1


@pytest.mark.long
def test_in_both_folders_it_is_no_decision(worker: Worker, mailbox: Mailbox, smtp_sink: SmtpSink) -> None:
    uid = the_copy(mailbox)
    by_copy_alone(mailbox, uid, REJECTED)
    by_move(mailbox, uid, APPROVED)
    run_once(worker)
    assert (smtp_sink.accepted(), state(worker)) == ([], "waiting")


@pytest.mark.long
def test_a_letter_that_needs_two_is_not_shown_there(desk: Desk, mailbox: Mailbox) -> None:
    late = datetime(2026, 3, 26, 16, 0, 1, tzinfo=TOKYO)
    desk.env["MAILFLOW_NOW"] = "2026-03-26T16:05:00+09:00"
    mailbox.append(application(2, at=late), late)
    with desk.worker() as opened:
        add_operator(opened.store, "鈴木", sys_now=sys_now())
        run_once(opened)
        run_once(opened)
        assert [one.approval.value for one in opened.store.drafts()] == ["two"]
        assert mailbox.messages(WAITING) == []


@pytest.mark.long
def test_who_may_not_approve_is_told(desk: Desk, mailbox: Mailbox, smtp_sink: SmtpSink) -> None:
    mailbox.append(application(1), AT)
    with desk.worker() as opened:
        with opened.store.write() as db:
            insert_user(db, "鈴木", Role.STAFF, by="test", sys_now=sys_now(), link=False)
        run_once(opened)
        run_once(opened)
        by_move(mailbox, the_copy(mailbox), APPROVED)
        run_once(opened)
        assert smtp_sink.accepted() == []
        note = next(one for one in mailbox.messages(WAITING) if b"X-Mailflow-Id: note" in one.raw)
        assert "承認者の権限が要ります" in email.message_from_bytes(note.raw, policy=SMTP).get_content()


def test_a_crash_between_row_and_folder_shows_it_once(
    desk: Desk, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox.append(application(1), AT)
    with desk.worker() as opened:
        run_once(opened)
        monkeypatch.setattr(client_copies, "shown", lambda *_: None)  # it dies after the APPEND
        run_once(opened)
        monkeypatch.undo()
        run_once(opened)
        run_once(opened)
        assert len(mailbox.messages(WAITING)) == 1


def notes(mailbox: Mailbox) -> list[EmailMessage]:
    found = [one.raw for one in mailbox.messages(WAITING) if b"X-Mailflow-Id: note" in one.raw]
    return [email.message_from_bytes(one, policy=SMTP) for one in found]  # type: ignore[misc]


def test_a_crash_between_note_and_row_tells_it_once(
    worker: Worker, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object, **__: object) -> None:
        raise RuntimeError

    written_anew(mailbox, the_copy(mailbox), APPROVED, to="stranger@elsewhere.example")
    monkeypatch.setattr(client_copies, "settle", dies)
    run_once(worker)
    assert len(notes(mailbox)) == 1, "said before it counts as said"
    monkeypatch.undo()
    run_once(worker)
    run_once(worker)
    assert len(notes(mailbox)) == 1
    assert mailbox.messages(APPROVED) == []


def test_one_that_kills_its_reader_is_refused_and_stops_no_other(
    worker: Worker, mailbox: Mailbox, smtp_sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read apart from the worker: what hangs or fills the memory there is told, and the next one is read."""
    mailbox.append(application(2), AT)
    run_once(worker)
    run_once(worker)
    bad, good = sorted(mailbox.messages(WAITING), key=lambda one: one.uid)
    written_anew(mailbox, bad.uid, APPROVED, change=lambda text: f"{text}\nKILL")
    by_move(mailbox, good.uid, APPROVED)
    real = Sandbox.read

    def read(self: Sandbox, raw: bytes) -> Mail:
        if b"KILL" in raw:
            self._ready_child()._process.kill()
        return real(self, raw)

    monkeypatch.setattr(Sandbox, "read", read)
    run_once(worker)
    assert len(smtp_sink.accepted()) == 1
    (note,) = notes(mailbox)
    assert "読めませんでした" in note.get_content()
    assert sorted(one.state for one in worker.store.drafts()) == ["sent", "waiting"]


@pytest.mark.long
def test_a_copy_in_the_inbox_is_no_mail_to_answer(worker: Worker, mailbox: Mailbox) -> None:
    by_move(mailbox, the_copy(mailbox), "INBOX")
    run_once(worker)
    assert len(worker.store.drafts()) == 1
    assert worker.store.mails()[-1].kind == "machine"


def test_a_copy_that_was_taken_back_is_no_yes(worker: Worker, mailbox: Mailbox, smtp_sink: SmtpSink) -> None:
    """Clients that move by COPY only mark what they take away again."""
    by_copy_and_expunge(mailbox, the_copy(mailbox), APPROVED)
    with mailbox.server.session(mailbox.user) as client:
        client.select_folder(APPROVED)
        uids = client.search()
        client.copy(uids, WAITING)
        client.delete_messages(uids)
    run_once(worker)
    assert (smtp_sink.accepted(), state(worker)) == ([], "waiting")


def test_one_that_the_server_refuses_stops_no_other(
    desk: Desk, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, refused = Imap.append, []

    def append(self: Imap, folder: str, raw: bytes, at: datetime, **how: Any) -> None:
        if folder == WAITING and not refused:
            refused.append(raw)
            raise Refused("[TOOBIG]")
        real(self, folder, raw, at, **how)

    monkeypatch.setattr(Imap, "append", append)
    for number in (1, 2, 3):
        mailbox.append(application(number), AT)
    with desk.worker() as opened:
        for _ in range(3):
            run_once(opened)
    assert len(mailbox.messages(WAITING)) == 2


def test_off_by_default(mailbox: Mailbox, smtp_sink: SmtpSink, tmp_path: Path) -> None:
    mailbox.append(application(1), AT)
    with Desk(tmp_path / "office", mailbox.url, smtp_sink.url).worker() as opened:
        run_once(opened)
        run_once(opened)
    with mailbox.server.session(mailbox.user) as client:
        assert not client.folder_exists(WAITING)


def test_doctor_says_that_nobody_of_that_name_may_approve(desk: Desk) -> None:
    checks = [json.loads(line) for line in desk.run("doctor", "--json").stdout.splitlines()]
    (said,) = [one for one in checks if one["name"] == "メールソフトでの承認"]
    assert said["ok"] is False
    assert "登録されていません" in said["said"]
