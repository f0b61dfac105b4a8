"""A mailbox that says not now, goodbye, or calls its folder something else: told, waited for, nothing lost or twice."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

import pytest

from mailflow.desk.health import health
from mailflow.mailbox.errors import LoginRefused, MailboxError, Unreachable
from mailflow.mailbox.imap import Imap
from mailflow.worker import watch
from mailflow.worker.service import run_once
from tests.e2e.office import wait_until
from tests.integration.test_closing import CLOSES, at
from tests.integration.test_mailbox_faults import connection, desk, in_idle, line, short_pauses, watching
from tests.integration.working import AT, Desk, application, approve, letter, states
from tests.servers.dovecot import PASSWORD, Dovecot, Mailbox
from tests.servers.proxy import Proxy, Strike
from tests.servers.smtp import SmtpSink

__all__ = ["desk", "line", "short_pauses"]


@pytest.mark.long
def test_each_refused_log_in_doubles_the_pause_until_one_is_taken(
    desk: Desk, mailbox: Mailbox, line: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that throttles locks out whoever goes on at one pace; a corrected password is used at once."""
    monkeypatch.setattr(watch, "LOGIN_PAUSE_S", 0.4)
    monkeypatch.setattr(watch, "LONGEST_LOGIN_PAUSE_S", 60.0)
    right = desk.imap_url
    desk.imap_url = right.replace(PASSWORD, "machigai")
    with desk.worker() as worker, watching(worker) as said:
        wait_until("three refusals", lambda: len(said) >= 3, timeout_s=10)  # after 0, 0.4 and 1.2 s; the next after 2.8
        at_three = line.connections
        time.sleep(0.8)
        assert line.connections == at_three == 3
        mailbox.append(letter(1), AT)
        worker.configuration.env = worker.env | {"MAILFLOW_IMAP_URL": right}  # type: ignore[operator]
        monkeypatch.setattr(type(worker), "imap_at", property(lambda _: connection(mailbox, line.port)))
        wait_until("the mail", lambda: states(worker), timeout_s=4)


@pytest.mark.parametrize(
    ("say", "error"),
    [
        pytest.param(b"* BYE Too many connections\r\n", Unreachable, id="bye-instead-of-a-greeting"),
        pytest.param(b"* OK [ALERT] busy\r\n* BYE Server is going down\r\n", Unreachable, id="greeting-and-bye"),
    ],
)
def test_goodbye_before_the_log_in(mailbox: Mailbox, line: Proxy, say: bytes, error: type[MailboxError]) -> None:
    line.strike(Strike(speaker="server", on=b"* OK", then="other", say=say))
    with pytest.raises(error) as caught:
        Imap(connection(mailbox, line.port), timeout_s=1)
    assert not isinstance(caught.value, LoginRefused)


@pytest.mark.parametrize(
    "strike",
    [
        pytest.param(Strike(speaker="server", on=b" OK Fetch", then="other", say=b"* BYE shutdown\r\n"), id="in-a-fetch"),
        pytest.param(Strike(speaker="server", on=b" OK Search", then="other", say=b"* BYE shutdown\r\n"), id="in-a-search"),
        pytest.param(
            Strike(speaker="server", on=b"+ idling\r\n", then="other", say=b"+ idling\r\n* BYE idle for too long\r\n"),
            id="in-idle",
        ),
    ],
)  # fmt: skip
def test_goodbye_in_the_middle(
    desk: Desk, mailbox: Mailbox, line: Proxy, short_pauses: None, monkeypatch: pytest.MonkeyPatch, strike: Strike
) -> None:
    """The watch comes back with a new connection, and each mail has one row."""
    monkeypatch.setattr(watch, "Imap", lambda at, ca_file: Imap(at, ca_file=ca_file, timeout_s=1))
    mailbox.append_many((letter(n), AT + timedelta(seconds=n)) for n in range(3))
    line.strike(strike)
    with desk.worker() as worker, watching(worker):
        wait_until("the fault", lambda: line.struck, timeout_s=10)
        wait_until("idle again", in_idle(line), timeout_s=15)
        mailbox.append(letter(9), AT)
        wait_until("all", lambda: len(states(worker)) == 4, timeout_s=15)
        assert worker.store.unfetchable() == []


def test_a_real_server_that_stops_says_bye_and_the_watch_waits_for_it(
    smtp_sink: SmtpSink, tmp_path: Path, short_pauses: None
) -> None:
    with Dovecot() as server:
        mailbox = Mailbox(server, "away@mailbox.example")
        desk = Desk(tmp_path / "office", mailbox.url, smtp_sink.url)
        with desk.worker() as worker, watching(worker) as said:
            wait_until("a first look", lambda: worker.store.status_facts().last_fetch)
            server.stop()
            wait_until("it is told", lambda: said, timeout_s=10)
            server.restart()
            mailbox.append(letter(1), AT)
            wait_until("the mail", lambda: states(worker), timeout_s=15)
            assert len(states(worker)) == 1


@pytest.mark.long
def test_a_watched_folder_that_somebody_renames(desk: Desk, mailbox: Mailbox, smtp_sink: SmtpSink) -> None:
    """It is told by name, the others are read; whichever name is right in the end, each mail has one verdict and one letter."""
    desk.edit(("watch: [INBOX]", "watch: [INBOX, 応募]"))
    mailbox.append(application(3), AT, "応募")
    with desk.worker() as worker:
        assert run_once(worker) == 0
        assert approve(worker) == 1
        assert run_once(worker) == 0
        with mailbox.server.session(mailbox.user) as client:
            client.rename_folder("応募", "応募（済）")
        mailbox.append(application(5), AT, "応募（済）")
        mailbox.append(letter(1), AT)
        assert run_once(worker) == 1
        at(worker, worker.clock.now() + timedelta(minutes=20))
        told = " ".join(health(worker.store, worker.settings, worker.clock).problems)
        assert "フォルダー「応募」がありません" in told
        assert "応募（済）" in told, "which there are"
        assert len(states(worker)) == 2, "INBOX is read all the same"
        desk.edit(("watch: [INBOX, 応募]", "watch: [INBOX, 応募（済）]"))
        assert worker.configuration.look()
        assert run_once(worker) == 0
        assert states(worker) == ["judged"] * 3
        approve(worker)
        assert run_once(worker) == 0
        with mailbox.server.session(mailbox.user) as client:
            client.rename_folder("応募（済）", "応募")
        desk.edit(("watch: [INBOX, 応募（済）]", "watch: [INBOX, 応募]"))
        assert worker.configuration.look()
        assert run_once(worker) == 0
        assert approve(worker) == 0
        assert len(states(worker)) == 3
        answered = [one.message["In-Reply-To"] for one in smtp_sink.accepted()]
        assert len(answered) == len(set(answered)) == 3


@pytest.mark.long
def test_the_closing_list_is_made_though_the_mailbox_cannot_be_read(desk: Desk, mailbox: Mailbox) -> None:
    """Late, and it says that it couldn't be compared: a list that never comes helps nobody."""
    desk.now = "2026-03-26T15:00:00+09:00"
    with desk.worker() as worker:
        assert run_once(worker) == 0
        monkey = pytest.MonkeyPatch()
        monkey.setattr(type(worker), "imap_at", property(lambda _: connection(mailbox, 1)))
        try:
            worker.take_watch()
            at(worker, CLOSES + timedelta(minutes=11))
            with pytest.raises(MailboxError):
                worker.rounds.close_rounds()
            assert worker.store.closings() == []
            at(worker, CLOSES + timedelta(minutes=41))
            worker.rounds.close_rounds()
        finally:
            monkey.undo()
        (made,) = worker.store.closings()
        assert '"balanced": false' in made.content or '"balanced":false' in made.content
