"""A mailbox that refuses, hangs or goes away at any step: nothing lost, nothing twice, no hammering."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from mailflow.desk.health import health
from mailflow.mailbox import imap
from mailflow.mailbox.errors import LoginRefused, MailboxError, Refused, Unreachable
from mailflow.mailbox.imap import Imap
from mailflow.settings.connection import Connection
from mailflow.worker import watch
from mailflow.worker.assembly import Worker, take_all
from mailflow.worker.service import run_once
from mailflow.worker.watch import Watcher
from tests.e2e.office import wait_until
from tests.integration.working import AT, Desk, japanese, letter, states
from tests.servers.dovecot import PASSWORD, Mailbox
from tests.servers.proxy import Proxy, Strike
from tests.servers.smtp import SmtpSink


@pytest.fixture
def line(mailbox: Mailbox) -> Iterator[Proxy]:
    with Proxy(mailbox.server.port) as proxy:
        yield proxy


@pytest.fixture
def desk(mailbox: Mailbox, smtp_sink: SmtpSink, line: Proxy, tmp_path: Path) -> Desk:
    desk = Desk(tmp_path / "office", mailbox.url, smtp_sink.url)
    desk.through(line.port)
    return desk


def connection(mailbox: Mailbox, port: int, password: str = PASSWORD) -> Connection:
    return Connection("imap", "127.0.0.1", port, mailbox.user, password, "plain")


@contextmanager
def watching(worker: Worker) -> Iterator[list[str]]:
    """The watch as the running worker has it, without the other jobs. Gives what it complains of."""
    said: list[str] = []

    def trouble(reason: str) -> None:
        said.append(reason)
        worker.store.set_fact("mailbox_trouble", reason)

    watcher = Watcher(
        store=worker.store,
        connection=lambda: worker.imap_at,
        mailbox=lambda: worker.settings.file.mailbox,
        compare=lambda: worker.settings.file.schedule.compare_every,
        start=worker.start,
        take_watch=worker.take_watch,
        arrived=lambda _stock: None,
        looked=lambda: worker.store.fetched(worker.clock.now()),
        trouble=trouble,
        stop=worker.stop,
    )
    thread = threading.Thread(target=watcher.run, daemon=True)
    thread.start()
    try:
        yield said
        assert thread.is_alive(), "the watch goes on whatever happens"
    finally:
        worker.stop.set()
        thread.join(timeout=15)
        assert not thread.is_alive(), "it stops when it is told to"


@pytest.fixture
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "FIRST_PAUSE_S", 0.1)


# --- log-in -----------------------------------------------------------------------------------------------------------


@pytest.mark.long
def test_a_refused_log_in_ends_once_with_one_line(desk: Desk, mailbox: Mailbox, line: Proxy) -> None:
    mailbox.append(letter(1), AT)
    desk.imap_url = desk.imap_url.replace(PASSWORD, "machigai")
    done = desk.run("worker", "--once")
    assert done.returncode == 1
    said = [row for row in done.stderr.splitlines() if "ログインできません" in row]
    assert len(said) == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert "machigai" not in done.stderr
    assert line.connections == 1, "no second attempt: the server would throttle us"
    desk.imap_url = desk.imap_url.replace("machigai", PASSWORD)
    desk.once()
    assert len(desk.mails()) == 1


def test_a_running_worker_keeps_trying_with_pauses(
    desk: Desk, mailbox: Mailbox, line: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "LOGIN_PAUSE_S", 0.6)
    mailbox.append(letter(1), AT)
    right = desk.imap_url
    desk.imap_url = right.replace(PASSWORD, "machigai")
    with desk.worker() as worker, watching(worker) as said:
        time.sleep(1.5)
        assert 2 <= line.connections <= 3
        assert all("ログインできません" in one for one in said)
        assert "ログインできません" in " ".join(health(worker.store, worker.settings, worker.clock).problems)
        account = mailbox.server.home / "users" / mailbox.user
        account.write_text(f"{mailbox.user}:{{PLAIN}}machigai\n")  # the password is put right, on the other side
        wait_until("the mail", lambda: states(worker), timeout_s=8)


@pytest.mark.parametrize(
    ("strike", "error"),
    [
        pytest.param(Strike(speaker="client", on=b"LOGIN"), Unreachable, id="cut-at-login"),
        pytest.param(Strike(speaker="client", on=b"LOGIN", then="close"), Unreachable, id="closed-at-login"),
        pytest.param(Strike(speaker="server", on=b"* OK"), Unreachable, id="cut-in-the-greeting"),
        pytest.param(Strike(speaker="server", on=b"* OK", then="silence"), Unreachable, id="greeting-never-ends"),
        pytest.param(Strike(speaker="client", on=b"LOGIN", then="silence"), Unreachable, id="no-answer-to-login"),
        pytest.param(
            Strike(speaker="server", on=b" OK [CAPABILITY", then="other", say=b" NO [UNAVAILABLE] ["),
            Unreachable,
            id="not-now",
        ),
    ],
)
def test_a_line_that_breaks_at_login_is_no_refused_log_in(
    mailbox: Mailbox, line: Proxy, strike: Strike, error: type[MailboxError]
) -> None:
    line.strike(strike)
    began = time.monotonic()
    with pytest.raises(error) as caught:
        Imap(connection(mailbox, line.port), timeout_s=1)
    assert japanese(caught.value.reason)
    assert time.monotonic() - began < 4


def test_a_password_that_imap_cannot_carry(mailbox: Mailbox) -> None:
    with pytest.raises(LoginRefused) as caught:
        Imap(connection(mailbox, mailbox.server.port, "ひみつ"))
    assert "全角" in caught.value.reason


def test_a_certificate_file_that_is_not_there(mailbox: Mailbox) -> None:
    with pytest.raises(Unreachable, match=r"認証局のファイル /nowhere\.pem"):
        Imap(connection(mailbox, mailbox.server.port), ca_file="/nowhere.pem")


# --- in the middle ----------------------------------------------------------------------------------------------------

CUTS = {
    "at-login": Strike(speaker="client", on=b"LOGIN"),
    "at-list": Strike(speaker="client", on=b" LIST "),
    "at-select": Strike(speaker="client", on=b"EXAMINE"),
    "at-search": Strike(speaker="client", on=b"SEARCH"),
    "in-the-list-of-sizes": Strike(speaker="server", on=b"RFC822.SIZE", after=30),
    "before-the-first-literal": Strike(speaker="server", on=b"BODY[] {", after=2),
    "in-the-first-literal": Strike(speaker="server", on=b"BODY[] {", after=700),
    "in-the-third-literal": Strike(speaker="server", on=b"<small-2@", after=40),
    "closed-in-a-literal": Strike(speaker="server", on=b"<small-1@", after=10, then="close"),
    "before-the-tagged-answer": Strike(speaker="server", on=b"<small-9@", after=260),
    "at-logout": Strike(speaker="client", on=b"LOGOUT"),
}


@pytest.mark.parametrize("strike", CUTS.values(), ids=CUTS.keys())
def test_a_line_cut_once_anywhere_costs_nothing(desk: Desk, mailbox: Mailbox, line: Proxy, strike: Strike) -> None:
    mailbox.append_many((letter(n), AT + timedelta(seconds=n)) for n in range(10))
    line.strike(strike)
    with desk.worker() as worker:
        seen = worker.take_watch()
        assert seen is not None
        assert take_all(worker, seen).failed_folders == ()
        assert line.struck == 1
        assert sorted(one.message_id for one in worker.store.mails()) == sorted(
            f"<small-{n}@city.example>" for n in range(10)
        )
        assert set(states(worker)) == {"new"}
        assert worker.store.unfetchable() == []
    assert all("\\Seen" not in one.flags for one in mailbox.messages())


@pytest.mark.long
def test_a_server_that_is_gone_all_the_time_ends_once_with_one_line(desk: Desk, mailbox: Mailbox, line: Proxy) -> None:
    mailbox.append(letter(1), AT)
    line.strike(Strike(speaker="client", on=b"SEARCH", times=None))
    done = desk.run("worker", "--once")
    assert done.returncode == 1
    assert len([row for row in done.stderr.splitlines() if "途切れました" in row]) == 1, done.stderr
    assert "Traceback" not in done.stderr
    line.heal()
    desk.once()
    assert len(desk.mails()) == 1


def test_mails_that_always_break_their_fetch_get_a_row_and_the_others_come_in(
    desk: Desk, mailbox: Mailbox, line: Proxy
) -> None:
    """zammad#2754: one bad answer to a FETCH blocked all mail. Three of them, first, middle and last: each costs a few connections and no other mail."""
    bad = {0, 4, 9}
    mailbox.append_many(
        (letter(n, body="この行で切れます marker\n" if n in bad else "質問です。\n"), AT + timedelta(seconds=n))
        for n in range(10)
    )
    mailbox.append(letter(20), AT, "Junk")
    line.strike(*(Strike(speaker="server", on=f"<small-{n}@".encode(), after=3, times=None) for n in bad))
    with desk.worker() as worker:
        assert run_once(worker) == 0
        assert len(worker.store.mails()) == 7 + 1
        rows = worker.store.unfetchable()
        assert [place.uid for place, _ in rows] == [1, 5, 10]
        assert all(japanese(reason) for _, reason in rows)
        shown = health(worker.store, worker.settings, worker.clock).problems
        assert len([one for one in shown if "取り込めないメール" in one]) == 3
        before = line.connections
        line.heal()
        assert run_once(worker) == 0
        assert len(worker.store.mails()) == 11, "once they can be fetched they come in"
        assert worker.store.unfetchable() == []
        assert line.connections - before == 1
        assert not any("取り込めない" in one for one in health(worker.store, worker.settings, worker.clock).problems)


def test_the_running_watch_leaves_a_breaking_mail_alone_after_a_few_times(
    desk: Desk, mailbox: Mailbox, line: Proxy, short_pauses: None
) -> None:
    mailbox.append_many((letter(n), AT + timedelta(seconds=n)) for n in range(3))
    line.strike(Strike(speaker="server", on=b"<small-0@", after=3, times=None))
    with desk.worker() as worker, watching(worker):
        wait_until("a row for it", worker.store.unfetchable, timeout_s=10)
        assert len(worker.store.mails()) == 2
        wait_until("a good look", lambda: worker.store.status_facts().last_fetch, timeout_s=5)
        made = line.connections
        mailbox.append(letter(7), AT)
        wait_until("the next mail", lambda: len(worker.store.mails()) == 3, timeout_s=5)
        assert line.connections == made, "on the same connection"


def test_a_fetch_that_the_server_refuses_costs_only_that_mail(desk: Desk, mailbox: Mailbox, line: Proxy) -> None:
    """NO instead of OK: the whole group is refused, then one by one only the one that it is about."""
    mailbox.append_many((letter(n), AT + timedelta(seconds=n)) for n in range(4))
    say = b" NO [SERVERBUG] Internal"
    line.strike(
        Strike(speaker="server", on=b" OK Fetch", then="slow"),  # sizes
        Strike(speaker="server", on=b" OK Fetch", then="other", say=say),  # the group
        Strike(speaker="server", on=b" OK Fetch", then="other", say=say),  # the first alone
    )
    with desk.worker() as worker:
        assert run_once(worker) == 0
        assert line.connections == 2, "one for the mails, one for the statement of the day"
        assert len(worker.store.mails()) == 3
        ((place, reason),) = worker.store.unfetchable()
        assert place.uid == 1
        assert "断られました" in reason
        assert run_once(worker) == 0
        assert len(worker.store.mails()) == 4
        assert worker.store.unfetchable() == []


def test_a_watched_folder_that_is_missing_is_told_and_the_others_are_read(desk: Desk, mailbox: Mailbox) -> None:
    desk.edit(("watch: [INBOX]", "watch: [応募, INBOX]"))
    mailbox.append(letter(1), AT)
    with desk.worker() as worker:
        assert run_once(worker) == 1
        assert states(worker) == ["judged"]
        assert worker.store.status_facts().last_fetch is None, "a look that missed a folder is none"
        mailbox.append(letter(2), AT, "応募")
        assert run_once(worker) == 0
        assert len(states(worker)) == 2


# --- IDLE -------------------------------------------------------------------------------------------------------------


def in_idle(line: Proxy) -> Callable[[], bool]:
    return lambda: any(b"IDLE" in one for one in line.heard[-3:])


def test_a_line_that_dies_silently_in_idle_ends_within_the_time_out(mailbox: Mailbox, line: Proxy) -> None:
    line.strike(Strike(speaker="server", on=b"+ idling", after=2, then="silence"))
    with Imap(connection(mailbox, line.port), timeout_s=1) as imap:
        imap.select("INBOX", readonly=True)
        began = time.monotonic()
        with pytest.raises(Unreachable):
            imap.idle(1.0, lambda: False)
    assert time.monotonic() - began < 4, "and closing it waits for nobody"


def test_a_line_that_dies_silently_is_found_within_a_minute(
    mailbox: Mailbox, line: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DONE isn't waited for as long as other answers are: the longest IDLE and it fit into a minute."""
    assert watch.LONGEST_IDLE_S + imap.DONE_S < 60
    monkeypatch.setattr(imap, "DONE_S", 0.5)
    line.strike(Strike(speaker="server", on=b"+ idling", after=2, then="silence"))
    with Imap(connection(mailbox, line.port)) as opened:
        opened.select("INBOX", readonly=True)
        began = time.monotonic()
        with pytest.raises(Unreachable):
            opened.idle(1.0, lambda: False)
        assert time.monotonic() - began < 5, "and not after the time-out of a minute"


@pytest.mark.parametrize("then", ["cut", "close"])
def test_a_line_closed_in_idle_is_found_at_once(mailbox: Mailbox, line: Proxy, then: str) -> None:
    line.strike(Strike(speaker="server", on=b"+ idling", after=2, then=then))  # type: ignore[arg-type]
    with Imap(connection(mailbox, line.port), timeout_s=5) as imap:
        imap.select("INBOX", readonly=True)
        began, cpu = time.monotonic(), time.thread_time()
        with pytest.raises(Unreachable):
            imap.idle(20.0, lambda: False)
    assert time.monotonic() - began < 3
    assert time.thread_time() - cpu < 0.5


@pytest.mark.parametrize(
    "then", [pytest.param("cut", marks=pytest.mark.long), pytest.param("close", marks=pytest.mark.long), "silence"]
)
def test_mail_comes_in_after_idle_died(
    desk: Desk, mailbox: Mailbox, line: Proxy, short_pauses: None, monkeypatch: pytest.MonkeyPatch, then: str
) -> None:
    monkeypatch.setattr(watch, "Imap", lambda at, ca_file: Imap(at, ca_file=ca_file, timeout_s=1))
    desk.edit(("  history: 14d", "  poll: 2s\n  history: 14d"))
    with desk.worker() as worker, watching(worker):
        wait_until("IDLE", in_idle(line), timeout_s=10)
        line.strike(Strike(speaker="server", on=b"* 1 EXISTS", then=then))  # type: ignore[arg-type]
        mailbox.append(letter(1), AT)
        wait_until("the mail", lambda: states(worker), timeout_s=12)
        assert len(states(worker)) == 1


def test_what_is_told_in_the_same_breath_as_idling_is_heard(mailbox: Mailbox, line: Proxy) -> None:
    """Dovecot does it where a mail came just before IDLE: both lines are read at once, and the socket is quiet then."""
    line.strike(Strike(speaker="server", on=b"+ idling\r\n", then="other", say=b"+ idling\r\n* 1 EXISTS\r\n"))
    with Imap(connection(mailbox, line.port)) as imap:
        imap.select("INBOX", readonly=True)
        began = time.monotonic()
        assert imap.idle(20.0, lambda: False)
        assert time.monotonic() - began < 2
        assert not imap.idle(0.3, lambda: False), "and once"


def test_mail_that_comes_with_the_answer_before_idle_is_seen_at_once(
    desk: Desk, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes between any two commands of the watch; UIDs that were given and expunged make it ask once more."""
    real_uids, real_select = Imap.uids, Imap.select
    with desk.worker() as worker:
        for n in range(3):
            mailbox.append(letter(90 + n), AT)
        with mailbox.server.session(mailbox.user) as client:
            client.select_folder("INBOX")
            client.delete_messages([1, 2, 3])
            client.expunge()
        came: list[int] = []

        def bring(name: str) -> None:
            if armed and name not in told:
                told.append(name)
                came.append(mailbox.append(letter(len(came)), AT))

        def uids(imap: Imap, *, since_uid: int = 1) -> list[int]:
            found = real_uids(imap, since_uid=since_uid)
            bring("after a search")
            return found

        def select(imap: Imap, folder: str, *, readonly: bool = False) -> object:
            found = real_select(imap, folder, readonly=readonly)
            bring("after a select")
            return found

        armed: list[bool] = []
        told: list[str] = []
        monkeypatch.setattr(Imap, "uids", uids)
        monkeypatch.setattr(Imap, "select", select)
        with watching(worker):
            wait_until("a first look", lambda: worker.store.status_facts().last_fetch)
            time.sleep(0.5)
            armed.append(True)
            mailbox.append(letter(50), AT)
            wait_until("all three", lambda: len(states(worker)) == 3, timeout_s=20)
            assert sorted(told) == ["after a search", "after a select"]


def test_without_idle_the_poll_finds_it(desk: Desk, mailbox: Mailbox) -> None:
    desk.edit(("  history: 14d", "  idle: false\n  poll: 1s\n  history: 14d"))
    with desk.worker() as worker, watching(worker):
        wait_until("a first look", lambda: worker.store.status_facts().last_fetch)
        mailbox.append(letter(1), AT)
        wait_until("the mail", lambda: states(worker), timeout_s=6)


def test_another_folder_takes_effect_without_a_restart(desk: Desk, mailbox: Mailbox) -> None:
    mailbox.append(letter(1), AT, "応募")
    with desk.worker() as worker, watching(worker):
        wait_until("a first look", lambda: worker.store.status_facts().last_fetch)
        assert states(worker) == []
        desk.edit(("watch: [INBOX]", "watch: [INBOX, 応募]"))
        assert worker.configuration.look()
        wait_until("the mail in the new folder", lambda: states(worker), timeout_s=6)


def test_a_command_that_the_server_refuses_leaves_the_connection_usable(mailbox: Mailbox) -> None:
    with Imap(connection(mailbox, mailbox.server.port)) as imap:
        with pytest.raises(Refused):
            imap.append("ない", letter(1), AT)
        assert imap.select("INBOX").exists == 0


def test_a_server_that_is_restarted_under_a_running_watch(
    mailbox: Mailbox, smtp_sink: SmtpSink, tmp_path: Path, short_pauses: None
) -> None:
    desk = Desk(tmp_path / "office", mailbox.url, smtp_sink.url)
    with desk.worker() as worker, watching(worker):
        wait_until("a first look", lambda: worker.store.status_facts().last_fetch)
        mailbox.server.restart()
        mailbox.append(letter(1), AT)
        wait_until("the mail", lambda: states(worker), timeout_s=10)
