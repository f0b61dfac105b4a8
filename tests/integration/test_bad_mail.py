"""Mails that nobody should send, over a real mailbox: each is judged or kept with a reason, and the next one goes on."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from mailflow.desk.health import health
from tests.integration.working import AT, Desk, application, by_subject, japanese, letter, run_once
from tests.servers.dovecot import Mailbox
from tests.servers.smtp import SmtpSink

XLSX = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")


def with_file(subject: str, content: bytes, name: str, kind: tuple[str, str] = XLSX) -> bytes:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = "見本 担当 <kikaku@town.example>"
    mail["To"] = "office@secretariat.example"
    mail["Subject"] = subject
    mail["Message-ID"] = f"<{abs(hash(subject))}@town.example>"
    mail.set_content("応募様式を送ります。\n")
    mail.add_attachment(content, maintype=kind[0], subtype=kind[1], filename=name)
    return mail.as_bytes()


def truncated_zip() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("様式.xlsx", bytes(range(256)) * 400)
    return made.getvalue()[:-600]


def bomb() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"\0" * 300_000_000)
        archive.writestr("[Content_Types].xml", "<Types/>")
    return made.getvalue()


def bad_mails() -> dict[str, bytes]:
    """By what is wrong with each. Made by the test: to make them takes a second, and every worker of the suite reads this file."""
    return {
        "headers-only": b"From: a@town.example\r\nSubject: headers-only\r\nMessage-ID: <h1@town.example>\r\n\r\n",
        "headers-without-the-empty-line": b"From: a@town.example\r\nSubject: cut\r\nMessage-ID: <h2@town.example>\r\n",
        "body-only": "\r\n本文だけです。\r\n".encode(),
        "no-header-at-all": "これはメールではありません\r\n".encode(),
        "without-from": b"Subject: without-from\r\nMessage-ID: <nofrom@town.example>\r\n\r\nhello\r\n",
        "nul-bytes": b"From: a@town.example\r\nSubject: nul\0bytes\r\nMessage-ID: <n\0ul@town.example>\r\n\r\nte\0xt\0\r\n",
        "header-of-1MB": b"From: a@town.example\r\nSubject: big\r\nX-Long: " + b"x" * 1_000_000 + b"\r\n\r\nbody\r\n",
        "headers-100000": b"From: a@town.example\r\nSubject: many\r\n" + b"X-A: b\r\n" * 100_000 + b"\r\nbody\r\n",
        "subject-of-1MB": b"From: a@town.example\r\nSubject: " + b"s" * 1_000_000 + b"\r\n\r\nbody\r\n",
        "surrogates": b"From: \xed\xa0\x80@town.example\r\nSubject: =?utf-8?b?7aCA?=\r\n\r\n\xed\xa0\x80\xff\r\n",
        "pdf-named-xlsx": with_file("pdf-named-xlsx", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + b"0" * 5000, "様式.xlsx"),
        "truncated-zip": with_file("truncated-zip", truncated_zip(), "応募.zip", ("application", "zip")),
        "truncated-xlsx": with_file("truncated-xlsx", truncated_zip(), "様式.xlsx"),
        "xlsx-bomb": with_file("xlsx-bomb", bomb(), "様式.xlsx"),
        "30MB": with_file("30MB", bytes(range(256)) * 90_000, "写真.bin", ("application", "octet-stream")),
        "date-in-the-year-0": b"From: a@town.example\r\nDate: Mon, 1 Jan 0000 00:00:00 +0000\r\nSubject: y0\r\n\r\nx\r\n",
        "addresses-20000": b"From: a@town.example\r\nTo: "
        + b", ".join(b"a%d@b.example" % i for i in range(20000))
        + b"\r\n\r\nx\r\n",
    }


@pytest.fixture
def desk(mailbox: Mailbox, smtp_sink: SmtpSink, tmp_path: Path) -> Desk:
    return Desk(tmp_path / "office", mailbox.url, smtp_sink.url)


def test_each_is_judged_or_kept_and_the_next_goes_on(desk: Desk, mailbox: Mailbox) -> None:
    mails = [(raw, AT + timedelta(seconds=10 * n)) for n, raw in enumerate(bad_mails().values())]
    mails.append((b"", AT + timedelta(minutes=30)))  # an empty file: no server lets one be appended
    mails.append((application(7), AT + timedelta(hours=1)))
    assert mailbox.append_many(mails) == len(mails)
    with desk.worker() as worker:
        assert run_once(worker) == 0
        lines = worker.store.mails()
        assert len({line.received_at for line in lines}) == len(mails) - len(worker.store.unfetchable())
        assert len(lines) + len(worker.store.unfetchable()) == len(mails)
        for line in lines:
            assert line.state.value in ("judged", "failed"), line
            assert line.state.value == "judged" or japanese(line.reason), line
        assert lines[-1].kind == "application", "the good one after all of them"
        failed = {line.subject: line.reason for line in lines if line.state.value == "failed"}
        assert failed == {}, failed
        run_once(worker)
        assert len(worker.store.mails()) == len(lines), "nothing twice"
        found = by_subject(worker)
        for subject in ("pdf-named-xlsx", "truncated-xlsx", "truncated-zip", "xlsx-bomb"):
            assert found[subject].kind is not None


def test_a_mail_over_the_limit_has_a_row_and_is_shown(desk: Desk, mailbox: Mailbox) -> None:
    desk.edit(("  history: 14d", "  max_size: 1MB\n  history: 14d"))
    mailbox.append(letter(1), AT)
    mailbox.append(with_file("大きな写真", b"\1" * 2_000_000, "写真.bin"), AT)
    mailbox.append(letter(2), AT)
    with desk.worker() as worker:
        assert run_once(worker) == 0
        assert len(worker.store.mails()) == 2
        ((place, reason),) = worker.store.unfetchable()
        assert place.uid == 2
        assert "大きすぎる" in reason
        assert "kikaku@town.example" in reason
        assert "大きな写真" in reason
        shown = health(worker.store, worker.settings, worker.clock)
        assert any("大きな写真" in problem for problem in shown.problems), "status says it"
    desk.edit(("max_size: 1MB", "max_size: 9MB"))
    with desk.worker() as worker:
        assert run_once(worker) == 0
        assert len(worker.store.mails()) == 3, "with more room it comes in"
        assert worker.store.unfetchable() == []


def test_a_mail_over_the_limit_that_a_person_moved_away_is_no_trouble_any_more(desk: Desk, mailbox: Mailbox) -> None:
    desk.edit(("  history: 14d", "  max_size: 1MB\n  history: 14d"))
    mailbox.append(with_file("大きな写真", b"\1" * 2_000_000, "写真.bin"), AT)
    with desk.worker() as worker:
        run_once(worker)
        assert len(worker.store.unfetchable()) == 1
        with mailbox.server.session(mailbox.user) as client:
            client.select_folder("INBOX")
            client.move([1], "Trash")
        run_once(worker)
        assert worker.store.unfetchable() == []


HOSTILE = """
import os, sys
if "mailflow.worker.child" in " ".join(sys.orig_argv):
    import mailflow.pipeline as pipeline
    real_in, real_out = pipeline.take_in, pipeline.conclude
    def strike(raw):
        if b"strike: hang" in raw:
            while True: pass
        if b"strike: die" in raw:
            os.kill(os.getpid(), 9)
        if b"strike: memory" in raw:
            bytearray(10**12)
        if b"strike: raise" in raw:
            raise RuntimeError("a bug")
    def take_in(raw, *rest):
        if b"when: reading" in raw:
            strike(raw)
        reading = real_in(raw, *rest)
        return reading
    def conclude(reading, *rest, **more):
        text = reading.mail.text.encode()
        if b"when: judging" in text:
            strike(text)
        return real_out(reading, *rest, **more)
    pipeline.take_in, pipeline.conclude = take_in, conclude
"""


@pytest.mark.parametrize("when", ["reading", pytest.param("judging", marks=pytest.mark.long)])
@pytest.mark.parametrize(
    ("strike", "says"),
    [
        pytest.param("hang", "秒の上限", id="hangs", marks=pytest.mark.long),
        pytest.param("die", "止まりました", id="kills-its-process"),
        pytest.param("memory", "メモリー", id="eats-memory"),
        pytest.param("raise", "プログラムの誤り", id="meets-a-bug", marks=pytest.mark.long),
    ],
)
def test_a_mail_that_breaks_its_reader(
    desk: Desk, mailbox: Mailbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str, strike: str, says: str
) -> None:
    """freescout#4293: one mail exhausted memory, two days of silence. The others are judged once each, the guilty one is `failed` with its reason after `limits.attempts`."""
    (tmp_path / "sitecustomize.py").write_text(HOSTILE, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{Path(__file__).parents[2]}")
    attempts = 2 if (strike, when) == ("die", "judging") else 1  # each costs new processes
    read_time = "1s" if strike == "hang" else "30s"  # on a busy machine a second isn't enough for the others
    desk.edit(("office_hours:", f"limits:\n  read_time: {read_time}\n  attempts: {attempts}\noffice_hours:"))
    # Large ones behind it: they don't fit into the pipe to a process that hangs.
    others = [letter(n, body="質問です。\n" * 20_000) for n in range(6)]
    guilty = letter(99, subject="guilty", body=f"when: {when}\nstrike: {strike}\n", at=AT)
    mailbox.append_many((raw, AT + timedelta(seconds=n)) for n, raw in enumerate([*others[:2], guilty, *others[2:]]))
    with desk.worker(own_reader=True) as worker:
        assert run_once(worker) == 0
        found = by_subject(worker)
        assert found["guilty"].state.value == "failed"
        assert found["guilty"].attempts == attempts
        assert says in (found["guilty"].reason or "")
        assert japanese(found["guilty"].reason)
        rest = [line for line in found.values() if line.subject != "guilty"]
        assert [(line.state.value, line.attempts) for line in rest] == [("judged", 0)] * 6


def test_a_sandbox_that_never_comes_up_is_no_mails_fault(
    desk: Desk, mailbox: Mailbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\nif 'mailflow.worker.child' in ' '.join(sys.orig_argv): sys.exit(3)\n", encoding="utf-8"
    )
    mailbox.append(letter(1), AT)
    with desk.worker(own_reader=True) as worker:
        monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{Path(__file__).parents[2]}")
        assert run_once(worker) == 1
        (line,) = worker.store.mails()
        assert (line.state.value, line.attempts, line.working) == ("new", 0, False)
        monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
        assert run_once(worker) == 0
        assert worker.store.mails()[0].state.value == "judged"
