"""The suite's own servers do what the other tests take for granted, and fail on request in the way that was asked."""

from __future__ import annotations

import smtplib
import socket
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import LoginError

from tests.servers.dovecot import PASSWORD, Dovecot, DovecotFailed, DovecotMissing, Mailbox, Stored
from tests.servers.ports import LOOPBACK, free_port
from tests.servers.smtp import Accepted, Fault, SmtpSink

JST = timezone(timedelta(hours=9))
CLOSE = datetime(2026, 3, 27, 17, 0, 0, tzinfo=JST)
MAIL = "From: 塩尻市 <kikaku@shiojiri.example>\r\nSubject: =?utf-8?B?5b+c5Yuf?=\r\n\r\n本文です。\r\n".encode()


# --- Dovecot ----------------------------------------------------------------------------------------------------------


@pytest.mark.dovecot
class TestMail:
    def test_has_what_production_servers_have(self, mailbox: Mailbox) -> None:
        with mailbox.server.session(mailbox.user) as client:
            wanted = {b"IDLE", b"MOVE", b"UIDPLUS", b"CONDSTORE", b"SPECIAL-USE"}
            assert wanted <= set(client.capabilities())
            special = {flag: name for flags, _, name in client.list_folders() for flag in flags}
        assert [special.get(flag) for flag in (b"\\Drafts", b"\\Sent", b"\\Junk", b"\\Trash")] == [
            "Drafts",
            "Sent",
            "Junk",
            "Trash",
        ]

    @pytest.mark.parametrize("folder", ["INBOX", "Sent", "承認待ち"])
    def test_append_keeps_bytes_and_time(self, mailbox: Mailbox, folder: str) -> None:
        uid = mailbox.append(MAIL, CLOSE, folder)
        (stored,) = mailbox.messages(folder)
        assert stored == Stored(uid, CLOSE, frozenset(), MAIL)
        assert stored.internaldate.tzinfo is not None

    @pytest.mark.parametrize("folder", ["INBOX", "Junk", "承認待ち"])
    def test_append_many_gives_uids_in_order(self, mailbox: Mailbox, folder: str) -> None:
        times = [CLOSE - timedelta(seconds=s) for s in (5, 300, 0, 1)]  # later files may carry earlier times
        mails = [(MAIL + f"{n}通目\r\n".encode(), at) for n, at in enumerate(times)]
        assert mailbox.append_many(mails[:2], folder) == 2
        assert mailbox.append_many(mails[2:], folder) == 2
        stored = mailbox.messages(folder)
        assert [(m.raw, m.internaldate) for m in stored] == mails
        assert [m.uid for m in stored] == sorted(m.uid for m in stored)

    def test_a_thousand_are_quick(self, mailbox: Mailbox) -> None:
        began = time.monotonic()
        mailbox.append_many((MAIL + str(n).encode(), CLOSE) for n in range(1000))
        assert [m.raw for m in mailbox.messages()] == [MAIL + str(n).encode() for n in range(1000)]
        assert time.monotonic() - began < 20  # one APPEND each takes longer than that only on a sick machine

    def test_reading_changes_nothing(self, mailbox: Mailbox) -> None:
        mailbox.append(MAIL, CLOSE)
        assert mailbox.messages() == mailbox.messages()
        assert mailbox.messages()[0].flags == frozenset()

    def test_mailboxes_are_apart(self, dovecot: Dovecot, mailbox: Mailbox) -> None:
        mailbox.append(MAIL, CLOSE)
        assert dovecot.messages("somebody-else@mailbox.example") == []

    def test_a_naive_time_is_refused(self, mailbox: Mailbox) -> None:
        with pytest.raises(ValueError, match="time zone"):
            mailbox.append(MAIL, datetime(2026, 3, 27, 17))
        with pytest.raises(ValueError, match="time zone"):
            mailbox.append_many([(MAIL, datetime(2026, 3, 27, 17))])

    @pytest.mark.parametrize("way", ["append", "append_many"])
    def test_idle_hears_of_a_new_mail(self, mailbox: Mailbox, way: str) -> None:
        with mailbox.server.session(mailbox.user) as client:
            client.select_folder("INBOX")
            client.idle()
            if way == "append":
                mailbox.append(MAIL, CLOSE)
            else:
                mailbox.append_many([(MAIL, CLOSE)])
            heard: list[object] = []
            deadline = time.monotonic() + 10
            while not any(b"EXISTS" in str(line).encode() for line in heard) and time.monotonic() < deadline:
                heard += client.idle_check(timeout=1)
            client.idle_done()
        assert any("EXISTS" in str(line) for line in heard)


@pytest.mark.dovecot
class TestLogIn:
    @pytest.mark.parametrize("password", ["chigau", ""])
    def test_a_wrong_password_is_refused_at_once(self, mailbox: Mailbox, password: str) -> None:
        began = time.monotonic()
        for _ in range(3):  # Dovecot's penalty for repeated failures is off
            with IMAPClient(mailbox.server.host, mailbox.server.port, ssl=False) as client, pytest.raises(LoginError):
                client.login(mailbox.user, password)
        assert time.monotonic() - began < 5

    def test_an_unknown_user_is_refused(self, dovecot: Dovecot) -> None:
        with IMAPClient(dovecot.host, dovecot.port, ssl=False) as client, pytest.raises(LoginError):
            client.login("nobody-named-this@mailbox.example", PASSWORD)

    def test_no_path_in_a_user_name(self, dovecot: Dovecot) -> None:
        with pytest.raises(ValueError, match="user name"):
            dovecot.add("../dovecot.conf")


@pytest.mark.dovecot
class TestDovecotsLife:
    def test_killed_and_restarted_it_has_the_mail_and_the_port(self) -> None:
        with Dovecot() as server:
            server.append("a", MAIL, CLOSE)
            url = server.url("a")
            with server.session("a") as client:
                client.select_folder("INBOX")
                server.kill()
                with pytest.raises(Exception, match=r"(?i)socket|reset|closed|abort|EOF|pipe"):
                    client.noop()
                with pytest.raises(ConnectionRefusedError):
                    socket.create_connection((server.host, server.port), timeout=2)
                server.restart()
            assert server.url("a") == url
            assert [m.raw for m in server.messages("a")] == [MAIL]
            server.restart()  # from running
            assert len(server.messages("a")) == 1
            home = server.home
        assert not home.exists()

    def test_two_at_once_are_apart(self) -> None:
        with Dovecot() as one, Dovecot() as other:
            one.append("a", MAIL, CLOSE)
            assert other.messages("a") == []

    def test_a_broken_configuration_shows_dovecots_own_words(self) -> None:
        with pytest.raises(DovecotFailed, match="no_such_setting"), Dovecot(extra="no_such_setting = 1"):
            pass

    def test_extra_configuration_counts(self) -> None:
        extra = "protocol imap {\n  imap_capability = IMAP4rev1 UIDPLUS\n}"
        with Dovecot(extra=extra) as server, server.session("a") as client:
            assert b"IDLE" not in client.capabilities()

    def test_the_missing_package_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("shutil.which", lambda *a, **k: None)
        with pytest.raises(DovecotMissing, match="apt-get install -y dovecot-imapd"):
            Dovecot()

    def test_works_without_root(self) -> None:
        """The whole round as a user without rights: start, append, deliver, read, stop."""
        program = (
            "import os, socket\n"
            "from datetime import UTC, datetime\n"
            "from tests.servers.dovecot import Dovecot\n"
            # what Python loads at the first use, as long as the interpreter's own folder can be read
            "socket.getaddrinfo('localhost', 0), 'x'.encode('idna'), 'x'.encode('utf-7'), 'x'.encode('latin-1')\n"
            "if os.geteuid() == 0:\n"  # only now: the checkout may lie where `nobody` can't read
            "    os.chdir('/'), os.setgroups([]), os.setgid(65534), os.setuid(65534)\n"
            "at = datetime(2026, 3, 27, 8, tzinfo=UTC)\n"
            "with Dovecot() as server:\n"
            "    server.append('a', b'Subject: 1\\r\\n\\r\\n', at)\n"
            "    server.append_many('a', [(b'Subject: 2\\r\\n\\r\\n', at)])\n"
            "    print(os.geteuid() > 0, len(server.messages('a')))\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=Path(__file__).parents[2],
            env={"PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode, done.stdout) == (0, "True 2\n"), done.stderr


# --- SMTP -------------------------------------------------------------------------------------------------------------


def send(sink: SmtpSink, raw: bytes = MAIL, to: tuple[str, ...] = ("kikaku@shiojiri.example",)) -> dict[str, object]:
    with smtplib.SMTP(sink.host, sink.port, timeout=60) as client:
        return dict(client.sendmail("jimukyoku@programme.example", list(to), raw))


def ids(mails: list[Accepted]) -> list[int]:
    return [mail.number for mail in mails]


class TestTaking:
    def test_envelope_bytes_time_and_session(self, smtp_sink: SmtpSink) -> None:
        before = datetime.now(UTC)
        raw = b"Subject: x\r\n\r\n.begins with a dot\r\n\x82\xa0 cp932 \xff\r\n"
        send(smtp_sink, raw, ("a@a.example", "b@b.example"))
        (mail,) = smtp_sink.accepted()
        assert (mail.mail_from, mail.rcpt_to) == ("jimukyoku@programme.example", ("a@a.example", "b@b.example"))
        assert mail.raw == raw
        assert before <= mail.at <= datetime.now(UTC)

    def test_a_session_is_a_connection(self, smtp_sink: SmtpSink) -> None:
        with smtplib.SMTP(smtp_sink.host, smtp_sink.port) as client:
            client.sendmail("a@a.example", "b@b.example", MAIL)
            client.sendmail("a@a.example", "b@b.example", MAIL)
        send(smtp_sink)
        first, second, third = smtp_sink.accepted()
        assert first.session == second.session != third.session

    def test_by_mailflow_id(self, smtp_sink: SmtpSink) -> None:
        for header in (b"X-Mailflow-Id: m-1\r\n", b"x-mailflow-id:  m-2 \r\n", b"X-Mailflow-Id: m-1\r\n", b""):
            send(smtp_sink, header + MAIL)
        found = {key: ids(mails) for key, mails in smtp_sink.by_mailflow_id().items()}
        assert found == {"m-1": [1, 3], "m-2": [2], "": [4]}

    def test_thirty_megabytes(self, smtp_sink: SmtpSink) -> None:
        raw = b"Subject: x\r\n\r\n" + (b"0123456789abcdef" * 60 + b"\r\n") * 32_000
        send(smtp_sink, raw)
        assert smtp_sink.accepted()[0].raw == raw

    @pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
    def test_log_in(self) -> None:
        with SmtpSink(login=("jimukyoku", "himitsu@2")) as sink:
            assert sink.url == f"smtp://jimukyoku:himitsu%402@127.0.0.1:{sink.port}"
            with pytest.raises(smtplib.SMTPSenderRefused):
                send(sink)
            with smtplib.SMTP(sink.host, sink.port) as client:
                with pytest.raises(smtplib.SMTPAuthenticationError):
                    client.login("jimukyoku", "chigau")
                client.login("jimukyoku", "himitsu@2")
                client.sendmail("a@a.example", "b@b.example", MAIL)
            assert len(sink.accepted()) == 1


class TestFailing:
    @pytest.mark.parametrize(
        ("fault", "error", "taken"),
        [
            pytest.param(Fault(at="CONNECT", reply="421 busy"), smtplib.SMTPConnectError, 0, id="busy"),
            pytest.param(Fault(at="CONNECT", drop=True), (smtplib.SMTPServerDisconnected, OSError), 0, id="no-hello"),
            pytest.param(Fault(at="MAIL", reply="451 later"), smtplib.SMTPSenderRefused, 0, id="sender-later"),
            pytest.param(Fault(at="RCPT", reply="451 grey"), smtplib.SMTPRecipientsRefused, 0, id="greylisted"),
            pytest.param(Fault(at="RCPT", drop=True), (smtplib.SMTPServerDisconnected, OSError), 0, id="cut-at-rcpt"),
            pytest.param(Fault(at="DATA", reply="451 disk"), smtplib.SMTPDataError, 0, id="before-the-body"),
            pytest.param(Fault(at="DATA", drop=True), (smtplib.SMTPServerDisconnected, OSError), 0, id="cut-at-data"),
            pytest.param(Fault(at="DOT", reply="554 spam"), smtplib.SMTPDataError, 0, id="refused-after-the-body"),
            pytest.param(Fault(at="DOT", drop=True), (smtplib.SMTPServerDisconnected, OSError), 0, id="cut-and-lost"),
            pytest.param(
                Fault(at="DOT", drop=True, taken=True),
                (smtplib.SMTPServerDisconnected, OSError),
                1,
                id="cut-but-taken",  # the sender can't know: `uncertain`
            ),
        ],
    )
    def test_once_then_well(
        self, smtp_sink: SmtpSink, fault: Fault, error: type[Exception] | tuple[type[Exception], ...], taken: int
    ) -> None:
        smtp_sink.fail(fault)
        with pytest.raises(error):
            send(smtp_sink)
        assert len(smtp_sink.accepted()) == taken
        send(smtp_sink)
        assert len(smtp_sink.accepted()) == taken + 1

    def test_one_address_of_two_for_ever(self, smtp_sink: SmtpSink) -> None:
        smtp_sink.fail(Fault(at="RCPT", reply="550 no such user", address="Gone@a.example", times=None))
        for _ in range(2):
            refused = send(smtp_sink, to=("gone@a.example", "b@b.example"))
            assert refused == {"gone@a.example": (550, b"no such user")}
        assert [mail.rcpt_to for mail in smtp_sink.accepted()] == [("b@b.example",)] * 2
        smtp_sink.recover()
        assert send(smtp_sink, to=("gone@a.example",)) == {}

    def test_faults_come_in_order(self, smtp_sink: SmtpSink) -> None:
        smtp_sink.fail(Fault(at="RCPT", reply="451 first"), Fault(at="RCPT", reply="452 second"))
        codes = []
        for _ in range(2):
            with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
                send(smtp_sink)
            codes += [code for code, _ in refused.value.recipients.values()]
        assert codes == [451, 452]

    def test_slow_but_well(self, smtp_sink: SmtpSink) -> None:
        smtp_sink.fail(Fault(at="DOT", delay_s=0.5))
        began = time.monotonic()
        send(smtp_sink)
        assert time.monotonic() - began >= 0.5
        assert len(smtp_sink.accepted()) == 1

    def test_slow_for_one_does_not_hold_the_others(self, smtp_sink: SmtpSink) -> None:
        smtp_sink.fail(Fault(at="RCPT", address="slow@a.example", delay_s=2))
        slow = threading.Thread(target=send, args=(smtp_sink, MAIL, ("slow@a.example",)))
        slow.start()
        send(smtp_sink)
        assert len(smtp_sink.accepted()) == 1
        slow.join()
        assert len(smtp_sink.accepted()) == 2

    def test_an_outage_ends_on_the_same_port(self, smtp_sink: SmtpSink) -> None:
        send(smtp_sink)
        url = smtp_sink.url
        smtp_sink.stop()
        with pytest.raises(ConnectionRefusedError):
            send(smtp_sink)
        smtp_sink.start()
        send(smtp_sink)
        assert (smtp_sink.url, ids(smtp_sink.accepted())) == (url, [1, 2])


class TestAsAProcess:
    def test_what_it_took_survives_kill_and_numbers_go_on(self, tmp_path: Path) -> None:
        (tmp_path / "faults.json").write_text('[{"at": "RCPT", "reply": "451 once"}]')
        taken = tmp_path / "taken"
        command = [sys.executable, "-m", "tests.servers.smtp", "--dir", str(taken)]
        checkout = Path(__file__).parents[2]

        def start(*more: str) -> tuple[subprocess.Popen[str], int]:
            process = subprocess.Popen([*command, *more], cwd=checkout, stdout=subprocess.PIPE, text=True)
            assert process.stdout is not None
            return process, int(process.stdout.readline().rsplit(":", 1)[1])

        def send_to(port: int) -> None:
            with smtplib.SMTP(LOOPBACK, port, timeout=10) as client:
                client.sendmail("a@a.example", "b@b.example", MAIL)

        process, port = start("--faults", str(tmp_path / "faults.json"))
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            send_to(port)
        send_to(port)
        process.kill()
        process.wait()
        process, again = start("--port", str(port))
        assert again == port
        send_to(port)
        process.terminate()
        assert process.wait(10) == 0
        assert [(m.number, m.raw) for m in SmtpSink(taken).accepted()] == [(1, MAIL), (2, MAIL)]


def test_a_free_port_is_free() -> None:
    with socket.create_server((LOOPBACK, free_port())):
        pass
