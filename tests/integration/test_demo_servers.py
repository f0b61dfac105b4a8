"""The demo's IMAP and SMTP servers, by the clients that mailflow uses: imapclient and smtplib."""

import asyncio
import contextlib
import os
import signal
import smtplib
import socket
import sqlite3
import stat
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from urllib.parse import unquote, urlsplit

import imapclient
import pytest
from imapclient.exceptions import IMAPClientError, LoginError

from mailflow.clock import Clock
from mailflow.demo import smtp_delivery
from mailflow.demo.imap_store import StoreInUseError
from mailflow.demo.servers import DemoServers

JST = timezone(timedelta(hours=9))
OPENING_DAY = datetime(2026, 3, 10, 9, 30, 15, tzinfo=JST)
APPLICANT = "ota@city.iida.nagano.example"
MAIL = (
    b"From: =?utf-8?B?5aSq55Sw?= <ota@city.iida.nagano.example>\r\n"
    b"Message-ID: <1@city.iida.nagano.example>\r\nSubject: test\r\n\r\nhello\r\n.dot\r\n"
)


@pytest.fixture
def directory(tmp_path):
    return tmp_path / "demo"


@pytest.fixture
def servers(directory):
    with DemoServers(directory, Clock.starting_at(OPENING_DAY)) as running:
        yield running


@contextlib.contextmanager
def imap(url, folder=None):
    parts = urlsplit(url)
    client = imapclient.IMAPClient(parts.hostname, parts.port, ssl=False, timeout=20)
    client.normalise_times = False
    try:
        client.login(unquote(parts.username), unquote(parts.password))
        if folder:
            client.select_folder(folder)
        yield client
    finally:
        with contextlib.suppress(OSError, IMAPClientError):
            client.shutdown()


@contextlib.contextmanager
def smtp(servers, *, login=True):
    parts = urlsplit(servers.smtp_url)
    with smtplib.SMTP(parts.hostname, parts.port, timeout=20) as client:
        if login:
            client.login(unquote(parts.username), unquote(parts.password))
        yield client


@contextlib.contextmanager
def raw_imap(url):
    """A connection with INBOX selected, line by line, for what imapclient hides."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=2) as sock, sock.makefile("rwb", 0) as lines:
        lines.write(f'a LOGIN "{unquote(parts.username)}" {unquote(parts.password)}\r\nb SELECT INBOX\r\n'.encode())
        while not lines.readline().startswith(b"b OK"):
            pass
        yield lines


@contextlib.contextmanager
def deaf_client(url):
    """Asks for the first mail and doesn't read it."""
    with raw_imap(url) as lines:
        lines.write(b"c UID FETCH 1 BODY.PEEK[]\r\n")
        time.sleep(0.3)
        yield


def told(client, wanted, within_s=2.0):
    """What IDLE says until `wanted` is among it."""
    said = []
    end = time.monotonic() + within_s
    while wanted not in said and (left := end - time.monotonic()) > 0:
        said += client.idle_check(left)
    return said


def only_mail(client):
    (uid,) = client.search()
    return client.fetch([uid], ["BODY.PEEK[]", "INTERNALDATE", "RFC822.SIZE", "FLAGS"])[uid]


def header_of(raw, name):
    return [line.partition(b": ")[2] for line in raw.split(b"\r\n") if line.startswith(name + b": ")]


# --- delivery ---------------------------------------------------------------------------------------------------------


def test_a_delivery_reaches_a_client_in_idle_at_once(servers):
    with imap(servers.imap_url, "INBOX") as client, smtp(servers) as sender:
        client.idle()
        sender.sendmail(APPLICANT, [servers.address], MAIL)
        after_250 = time.monotonic()
        assert (1, b"EXISTS") in told(client, (1, b"EXISTS"))
        assert time.monotonic() - after_250 < 0.5
        client.idle_done()
        assert only_mail(client)[b"BODY[]"].endswith(MAIL)


def test_idle_tells_first_what_came_since_the_last_command(servers):
    # imapclient may take "+ idling" and EXISTS in one read, and its poll of the socket then waits for a third thing.
    with raw_imap(servers.imap_url) as lines:
        servers.append(MAIL, OPENING_DAY)
        lines.write(b"c IDLE\r\n")
        assert lines.readline().startswith(b"+ ")
        assert lines.readline() == b"* 1 EXISTS\r\n"


def test_no_wake_up_is_lost_when_mails_come_in_quick_succession(servers):
    with imap(servers.imap_url, "INBOX") as client, smtp(servers) as sender:
        client.idle()
        for count in range(1, 31):
            sender.sendmail(APPLICANT, [servers.address], MAIL)
            if count % 3 == 0:
                assert (count, b"EXISTS") in told(client, (count, b"EXISTS"))


def test_internaldate_and_received_are_business_time(servers):
    with smtp(servers) as sender:
        sender.sendmail(APPLICANT, [servers.address], MAIL)
    with imap(servers.imap_url, "INBOX") as client:
        mail = only_mail(client)
    when = mail[b"INTERNALDATE"]
    assert timedelta(0) <= when - OPENING_DAY < timedelta(seconds=30)
    assert when.utcoffset() == timedelta(hours=9)
    stamp = mail[b"BODY[]"].split(b";", 1)[1].split(b"\r\n", 1)[0].decode()
    assert parsedate_to_datetime(stamp.strip()) == when


@pytest.mark.parametrize(
    ("recipient", "for_secretariat"),
    [
        pytest.param("jimukyoku@demo.example", True, id="our-address"),
        pytest.param("Jimukyoku@DEMO.example", True, id="other-case"),
        pytest.param("jimukyoku+b7@demo.example", True, id="with-detail"),
        pytest.param(APPLICANT, False, id="an-applicant"),
        pytest.param("jimukyoku@other.example", False, id="same-name-other-domain"),
        pytest.param("nobody@demo.example", False, id="our-domain-other-name"),
    ],
)
def test_each_recipient_gets_a_stamped_copy_in_the_right_account(servers, recipient, for_secretariat):
    with smtp(servers, login=False) as sender:
        sender.sendmail(APPLICANT, [recipient], MAIL)
    here, other = servers.imap_url, servers.applicants_imap_url
    if not for_secretariat:
        here, other = other, here
    with imap(here, "INBOX") as client:
        raw = only_mail(client)[b"BODY[]"]
    with imap(other, "INBOX") as client:
        assert client.search() == []
    assert header_of(raw, b"Return-Path") == [b"<%b>" % APPLICANT.encode()]
    assert header_of(raw, b"X-Original-To") == [recipient.encode()]
    assert header_of(raw, b"Delivered-To") == [(servers.address if for_secretariat else servers.applicants).encode()]
    assert raw.endswith(MAIL)


def test_one_mail_to_several_is_one_copy_each(servers):
    with smtp(servers) as sender:
        sender.sendmail(servers.address, [APPLICANT, "bcc@pref.nagano.example", servers.address], MAIL)
    with imap(servers.applicants_imap_url, "INBOX") as client:
        copies = client.fetch(client.search(), ["BODY.PEEK[]"]).values()
        found = sorted(header_of(copy[b"BODY[]"], b"X-Original-To")[0] for copy in copies)
    assert found == [b"bcc@pref.nagano.example", APPLICANT.encode()]
    with imap(servers.imap_url, "INBOX") as client:
        assert len(client.search()) == 1


def test_a_bounce_has_the_empty_return_path(servers):
    with smtp(servers) as sender:
        sender.sendmail("<>", [servers.address], MAIL)
    with imap(servers.imap_url, "INBOX") as client:
        assert header_of(only_mail(client)[b"BODY[]"], b"Return-Path") == [b"<>"]


def test_a_wrong_password_is_refused_by_both(servers):
    parts = urlsplit(servers.imap_url)
    with imapclient.IMAPClient(parts.hostname, parts.port, ssl=False) as client:
        for user, password in [(servers.address, "wrong"), ("nobody", unquote(parts.password)), (servers.address, "")]:
            with pytest.raises(LoginError):
                client.login(user, password)
        client.login(servers.address, unquote(parts.password))
    with smtp(servers, login=False) as sender, pytest.raises(smtplib.SMTPAuthenticationError):
        sender.login(servers.address, "wrong")


def test_long_lines_and_eight_bit_arrive_unchanged(servers):
    raw = b"Subject: \x93\xfa\x96{\r\n\r\n" + b"<p>" + b"x" * 50_000 + b"</p>\r\n\xe3\x81\x82\xff\r\n"
    with smtp(servers) as sender:
        sender.sendmail(APPLICANT, [servers.address], raw)
    with imap(servers.imap_url, "INBOX") as client:
        assert only_mail(client)[b"BODY[]"].endswith(raw)


def test_a_mail_of_30_mb_goes_in_and_out(servers):
    raw = b"Subject: big\r\n\r\n" + (b"QUJD" * 19 + b"\r\n") * (30 * 1024 * 1024 // 78)
    with smtp(servers) as sender:
        sender.sendmail(APPLICANT, [servers.address], raw)
    with imap(servers.imap_url, "INBOX") as client:
        mail = only_mail(client)
        assert mail[b"BODY[]"].endswith(raw)
        assert mail[b"RFC822.SIZE"] == len(mail[b"BODY[]"])
        client.append("Sent", raw)
        assert client.folder_status("Sent", ["MESSAGES"])[b"MESSAGES"] == 1


def test_a_mail_above_the_limit_is_refused_before_and_after_data(servers):
    raw = (b"x" * 998 + b"\r\n") * 63_000
    with smtp(servers) as sender:
        assert sender.esmtp_features["size"] == str(60 * 1024 * 1024)
        with pytest.raises(smtplib.SMTPSenderRefused) as refused:
            sender.sendmail(APPLICANT, [servers.address], raw)
        assert refused.value.smtp_code == 552
        sender.mail(APPLICANT)  # says no size
        sender.rcpt(servers.address)
        assert sender.data(raw)[0] == 552
        sender.sendmail(APPLICANT, [servers.applicants], MAIL)
    with imap(servers.imap_url, "INBOX") as client:
        assert client.search() == []


def test_a_mail_that_cannot_be_stored_is_deferred_and_the_reason_is_in_the_log(servers, directory, monkeypatch, capfd):
    def full_disk(*_):
        raise sqlite3.OperationalError("database or disk is full")

    with smtp(servers) as sender, monkeypatch.context() as broken:
        broken.setattr(smtp_delivery, "deliver", full_disk)
        with pytest.raises(smtplib.SMTPDataError) as deferred:
            sender.sendmail(APPLICANT, [servers.address], MAIL)
        assert deferred.value.smtp_code == 451
    assert "disk is full" in (directory / "servers.log").read_text()
    assert capfd.readouterr() == ("", "")


# --- INTERNALDATE -----------------------------------------------------------------------------------------------------


@pytest.fixture(params=["UTC", "America/New_York", "Asia/Tokyo"])
def _machine_zone(request, monkeypatch):
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("_machine_zone")
@pytest.mark.parametrize(
    "at",
    [
        pytest.param(datetime(2026, 3, 24, 16, 0, 0, tzinfo=JST), id="the-close"),
        pytest.param(datetime(2026, 3, 24, 16, 0, 1, tzinfo=JST), id="a-second-late"),
        pytest.param(datetime(2026, 3, 8, 2, 30, 0, tzinfo=UTC), id="utc"),  # no such time in New York
        pytest.param(
            datetime(2026, 11, 1, 1, 30, 59, tzinfo=timezone(-timedelta(hours=3, minutes=30))), id="half-hour"
        ),
    ],
)
def test_internaldate_is_exact_with_its_offset_also_after_a_restart(directory, at):
    with DemoServers(directory, Clock()) as servers:
        servers.append(MAIL, at)
        with imap(servers.imap_url, "INBOX") as client:
            client.append("Sent", MAIL, ["\\Seen"], at)
            client.copy(client.search(), "Trash")
            client.move(client.search(), "Junk")
    with DemoServers(directory, Clock()) as servers:
        for folder in ("Junk", "Sent", "Trash"):
            with imap(servers.imap_url, folder) as client:
                found = only_mail(client)[b"INTERNALDATE"]
                assert (found, found.utcoffset()) == (at, at.utcoffset()), folder


def test_an_append_without_a_date_gets_business_time(servers):
    with imap(servers.imap_url) as client:
        client.append("Sent", MAIL)
        client.select_folder("Sent")
        assert timedelta(0) <= only_mail(client)[b"INTERNALDATE"] - OPENING_DAY < timedelta(seconds=30)


def test_append_refuses_what_it_cannot_keep(servers):
    with pytest.raises(ValueError, match="time zone"):
        servers.append(MAIL, datetime(2026, 3, 24, 16, 0))
    with pytest.raises(KeyError):
        servers.append(MAIL, OPENING_DAY, folder="Nowhere")


# --- what the worker does with a mailbox -------------------------------------------------------------------------------


def test_uids_uidvalidity_flags_and_password_survive_a_restart(directory):
    clock = Clock.starting_at(OPENING_DAY)
    with DemoServers(directory, clock) as servers:
        url = servers.imap_url
        uids = [servers.append(MAIL, OPENING_DAY) for _ in range(3)]
        with imap(url) as client:
            client.create_folder("承認待ち/至急")
            before = client.select_folder("INBOX")
            client.add_flags(uids[:1], ["\\Flagged", "mailflow-done", "$Label1"])
            client.delete_messages(uids[1:])
            client.uid_expunge(uids[1:])
    with DemoServers(directory, clock) as servers:
        assert urlsplit(servers.imap_url).password == urlsplit(url).password
        with imap(servers.imap_url) as client:
            after = client.select_folder("INBOX")
            assert after[b"UIDVALIDITY"] == before[b"UIDVALIDITY"]
            assert client.search() == uids[:1]
            assert set(client.get_flags(uids[:1])[uids[0]]) == {b"\\Flagged", b"mailflow-done", b"$Label1"}
            assert "承認待ち/至急" in [name for _, _, name in client.list_folders()]
        assert servers.append(MAIL, OPENING_DAY) == uids[-1] + 1, "a UID must not come back"
    mode = stat.S_IMODE((directory / "password").stat().st_mode)
    assert mode == 0o600
    assert stat.S_IMODE((directory / "mail.sqlite").stat().st_mode) == 0o600


def test_a_folder_made_again_has_a_higher_uidvalidity(servers):
    with imap(servers.imap_url) as client:
        client.create_folder("承認待ち")
        first = client.folder_status("承認待ち", ["UIDVALIDITY"])[b"UIDVALIDITY"]
        client.delete_folder("承認待ち")
        client.create_folder("承認待ち")
        assert client.folder_status("承認待ち", ["UIDVALIDITY"])[b"UIDVALIDITY"] > first


def test_flags_keywords_search_and_move(servers):
    uids = [servers.append(MAIL.replace(b"<1@", b"<%d@" % n), OPENING_DAY + timedelta(days=n)) for n in range(4)]
    with imap(servers.imap_url, "INBOX") as client:
        client.create_folder("承認待ち")
        client.add_flags(uids[:2], ["\\Seen", "mailflow-done"])
        client.remove_flags(uids[:1], ["mailflow-done"])
        assert client.search(["KEYWORD", "mailflow-done"]) == [uids[1]]
        assert client.search(["UNSEEN"]) == uids[2:]
        assert client.search(["UID", f"{uids[2]}:*"]) == uids[2:]
        assert client.search(["HEADER", "Message-ID", "<3@city.iida.nagano.example>"]) == [uids[3]]
        assert client.search(["SINCE", (OPENING_DAY + timedelta(days=2)).date()]) == uids[2:]
        assert client.has_capability("MOVE")
        assert client.has_capability("UIDPLUS")
        client.move(uids[:1], "承認待ち")
        client.copy(uids[1:2], "承認待ち")
        client.delete_messages(uids[1:2])
        client.uid_expunge(uids[1:2])
        assert client.search() == uids[2:]
        client.select_folder("承認待ち")
        assert len(client.search()) == 2
        assert client.get_flags([1])[1] == (b"\\Seen",)
        answer = client.append("Sent", MAIL, ["\\Seen"])
        assert b"APPENDUID" in answer


def test_folders_have_their_special_use_and_can_be_renamed(servers):
    with imap(servers.imap_url) as client:
        special = {name: flags for flags, _, name in client.list_folders()}
        for name in ("Sent", "Drafts", "Junk", "Trash"):
            assert b"\\" + name.encode() in special[name]
        client.create_folder("承認待ち")
        client.create_folder("承認待ち/昨年度")
        client.rename_folder("承認待ち", "承認済み")
        names = {name for _, _, name in client.list_folders()}
        assert {"承認済み", "承認済み/昨年度"} <= names
        assert "承認待ち" not in names
        for bad in ("a//b", "x" * 300, "Sent"):
            with pytest.raises(IMAPClientError):
                client.create_folder(bad)


def test_another_client_sees_changes_of_flags_and_expunges_in_idle(servers):
    uids = [servers.append(MAIL, OPENING_DAY) for _ in range(2)]
    with imap(servers.imap_url, "INBOX") as watcher, imap(servers.imap_url, "INBOX") as actor:
        watcher.idle()
        actor.add_flags(uids[1:], ["\\Answered"])
        seen = (2, b"FETCH", (b"FLAGS", (b"\\Answered",)))
        assert seen in told(watcher, seen)
        actor.move(uids[:1], "Trash")
        assert (1, b"EXPUNGE") in told(watcher, (1, b"EXPUNGE"))


def test_hostile_mails_are_fetched_byte_for_byte(servers):
    mails = [
        b"\r\n",
        b"no header at all",
        b'Subject: \xff\xfe\r\nContent-Type: multipart/mixed; boundary="\r\n\r\n--\r\n',
        b"Subject: lf only\nContent-Type: text/plain\n\nbody\n",
        b"From: <\r\nTo: ,,,;\r\nDate: never\r\nSubject: =?utf-8?B?????=\r\n\r\n\x00\x00",
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\n"
        + b"--a\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n" * 3000,
    ]
    uids = [servers.append(raw, OPENING_DAY) for raw in mails]
    with imap(servers.imap_url, "INBOX") as client:
        found = client.fetch(uids, ["BODY.PEEK[]", "RFC822.SIZE", "INTERNALDATE", "FLAGS"])
        assert [found[uid][b"BODY[]"] for uid in uids] == mails
        assert [found[uid][b"RFC822.SIZE"] for uid in uids] == [len(raw) for raw in mails]
        fields = client.fetch(uids, ["BODY.PEEK[HEADER.FIELDS (SUBJECT)]"])
        assert fields[uids[3]][b"BODY[HEADER.FIELDS (SUBJECT)]"].strip() == b"Subject: lf only"
        assert client.search(["HEADER", "Subject", "lf only"]) == [uids[3]]


def test_40_mails_are_appended_within_two_seconds(servers):
    raw = MAIL + b"x" * 60_000
    start = time.monotonic()
    uids = [servers.append(raw, OPENING_DAY + timedelta(minutes=n)) for n in range(40)]
    assert time.monotonic() - start < 2
    with imap(servers.imap_url, "INBOX") as client:
        assert client.search() == uids


def test_many_clients_at_once(servers):
    def work(number):
        with imap(servers.imap_url) as client, smtp(servers) as sender:
            client.create_folder(f"部署{number}")
            for _ in range(5):
                sender.sendmail(APPLICANT, [servers.address], MAIL)
                client.append(f"部署{number}", MAIL)
            client.select_folder(f"部署{number}")
            return len(client.search())

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(8))) == [5] * 8
    with imap(servers.imap_url, "INBOX") as client:
        assert len(client.search()) == 40


# --- start and stop ---------------------------------------------------------------------------------------------------


def test_start_log_in_and_stop_are_quick_and_may_be_repeated(directory):
    servers = DemoServers(directory, Clock())
    with pytest.raises(RuntimeError):
        _ = servers.imap_url
    start = time.monotonic()
    servers.start()
    servers.start()
    with imap(servers.imap_url):
        assert time.monotonic() - start < 1
    servers.stop()
    servers.stop()
    with pytest.raises(RuntimeError):
        servers.append(MAIL, OPENING_DAY)
    servers.start()
    servers.stop()


def test_stop_with_idle_sleeping_and_unread_clients_leaves_no_thread(directory, capfd):
    threads = set(threading.enumerate())
    servers = DemoServers(directory, Clock())
    servers.start()
    servers.append(b"Subject: big\r\n\r\n" + b"x" * 20_000_000, OPENING_DAY)
    with (
        imap(servers.imap_url, "INBOX") as idler,
        imap(servers.imap_url, "INBOX"),
        smtp(servers),
        deaf_client(servers.imap_url),
    ):
        idler.idle()
        start = time.monotonic()
        servers.stop()
        assert time.monotonic() - start < 2
        assert b"BYE" in [word for said in idler.idle_check(1) for word in said]
    assert set(threading.enumerate()) <= threads
    assert capfd.readouterr() == ("", "")


def test_a_port_can_be_chosen_and_a_taken_one_is_an_error(directory, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for ports in ({"imap_port": port}, {"smtp_port": port}):
            with pytest.raises(OSError, match="in use"):
                DemoServers(directory, Clock(), **ports).start()
    for _ in range(2):
        with DemoServers(directory, Clock(), imap_port=port) as servers:
            assert urlsplit(servers.imap_url).port == port


def test_a_directory_serves_one_demo_at_a_time(servers, directory):
    with pytest.raises(StoreInUseError):
        DemoServers(directory, Clock()).start()
    servers.append(MAIL, OPENING_DAY)


def test_urls_quote_what_would_break_them(directory):
    with DemoServers(directory, Clock(), address="a+b@x.example", password="p@ss:/?#") as servers:
        parts = urlsplit(servers.imap_url)
        assert (unquote(parts.username), unquote(parts.password)) == ("a+b@x.example", "p@ss:/?#")
        with imap(servers.imap_url, "INBOX"), smtp(servers):
            pass


CHILD = textwrap.dedent("""
    import signal, sys, time
    from pathlib import Path
    from mailflow.clock import Clock
    from mailflow.demo.servers import DemoServers
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a suite that a shell put into the background ignores it
    try:
        with DemoServers(Path(sys.argv[1]), Clock()) as servers:
            print(servers.imap_url, servers.smtp_url, flush=True)
            time.sleep(60)
    except KeyboardInterrupt:
        pass
""")


@contextlib.contextmanager
def child(directory):
    """A demo in a process of its own, its two URLs."""
    with subprocess.Popen(
        [sys.executable, "-X", "dev", "-c", CHILD, str(directory)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    ) as process:
        try:
            yield process, *process.stdout.readline().split()
        finally:
            process.kill()


def test_ctrl_c_ends_it_without_a_word(directory):
    with DemoServers(directory, Clock()) as servers:
        servers.append(b"Subject: big\r\n\r\n" + b"x" * 20_000_000, OPENING_DAY)
    with (
        child(directory) as (process, imap_url, _),
        imap(imap_url, "INBOX") as client,
        deaf_client(imap_url),
    ):
        client.idle()
        start = time.monotonic()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=10)
        assert time.monotonic() - start < 2
        assert (process.returncode, out, err) == (0, "", "")


def test_a_task_that_swallows_its_cancellation_holds_nobody_up(directory):
    """asyncio.run would wait for it without end, and stop() for its thread."""
    released = threading.Event()

    async def stubborn():
        while not released.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(0.05)

    servers = DemoServers(directory, Clock())
    servers.start()
    thread = servers._thread
    asyncio.run_coroutine_threadsafe(stubborn(), servers._loop)
    start = time.monotonic()
    servers.stop()
    assert time.monotonic() - start < 5
    assert not thread.is_alive()
    released.set()
    with DemoServers(directory, Clock()) as again, imap(again.imap_url, "INBOX") as client:
        assert client.search() == []


def test_what_got_250_is_there_after_the_process_was_killed(directory):
    with child(directory) as (process, _, smtp_url):
        parts = urlsplit(smtp_url)
        with smtplib.SMTP(parts.hostname, parts.port) as sender:
            for _ in range(5):
                sender.sendmail(APPLICANT, ["jimukyoku@demo.example", APPLICANT], MAIL)
            process.kill()
            process.wait()
            sender.close()
    with DemoServers(directory, Clock()) as servers:
        for url in (servers.imap_url, servers.applicants_imap_url):
            with imap(url, "INBOX") as client:
                assert client.search() == [1, 2, 3, 4, 5]
