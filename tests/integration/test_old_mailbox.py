"""A first start on a mailbox full of old mail: nothing of it is answered, and today's mail doesn't wait behind it.

freescout and frappe/helpdesk#1974: the first fetch answered years of old mail.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from mailflow.mailbox.imap import Imap
from mailflow.store import open_store
from mailflow.worker.service import run_once
from tests.e2e.office import Office, wait_until
from tests.e2e.test_kill import started
from tests.integration.working import AT, Desk, application, approve, letter
from tests.servers.dovecot import Mailbox
from tests.servers.smtp import SmtpSink

START = AT - timedelta(days=1)


def fill(mailbox: Mailbox, count: int) -> None:
    """Old mail before and behind one application of today."""
    raw = letter(0, at=START)
    old = [(raw.replace(b"-0@", b"-%d@" % n), START - timedelta(days=15, seconds=n)) for n in range(count)]
    mailbox.append_many([*old[: count // 2], (application(3), AT), *old[count // 2 :]])


def test_old_mail_is_never_answered_and_todays_comes_first(
    mailbox: Mailbox, smtp_sink: SmtpSink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """frappe/helpdesk#1974: all old mail was answered at the first fetch."""
    desk = Desk(tmp_path / "office", mailbox.url, smtp_sink.url)
    desk.extra_env["MAILFLOW_START"] = START.isoformat()
    fill(mailbox, 230)
    asked: list[str] = []
    for name in ("fetch", "fetch_headers"):
        real = getattr(Imap, name)

        def noted(imap: Imap, uids: list[int], real: object = real, name: str = name) -> object:
            asked.append(name)
            return real(imap, uids)  # type: ignore[operator]

        monkeypatch.setattr(Imap, name, noted)
    with desk.worker() as worker:
        assert run_once(worker) == 0
        assert asked == ["fetch", "fetch_headers", "fetch_headers", "fetch_headers"]
        assert worker.store.status_facts().states == {"draft.waiting": 1, "mail.before-start": 230, "mail.judged": 1}
        assert approve(worker) == 1
        assert run_once(worker) == 0
        assert asked.count("fetch") == 1, "nothing is asked for twice"
    assert len(smtp_sink.accepted()) == 1
    assert all(one.message["In-Reply-To"] for one in smtp_sink.accepted())


@pytest.mark.long
@pytest.mark.timeout(900)
def test_fifty_thousand_old_mails(
    mailbox: Mailbox, smtp_sink: SmtpSink, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    office = Office(tmp_path / "office", mailbox.url, smtp_sink.url)
    office.extra_env["MAILFLOW_START"] = START.isoformat()
    fill(mailbox, 50_000)
    with mailbox.server.session(mailbox.user) as client:  # Dovecot's own first look at the folder isn't measured
        client.select_folder("INBOX", readonly=True)
        assert len(client.search(["UID", "1:*"])) == 50_001
    process = started(office)
    began = time.monotonic()
    with closing(open_store(office.database)) as store:
        wait_until("today's mail is judged", lambda: store.status_facts().states.get("mail.judged"), 120, 0.5)
        first = time.monotonic() - began
        wait_until("all have a row", lambda: store.known_places() == 50_001, 600, 1)
        whole = time.monotonic() - began
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 0
    again = time.monotonic()
    office.once()
    record_property(
        "figures",
        f"50,001 mails: today's judged after {first:.1f} s, all rows after {whole:.1f} s, "
        f"next start {time.monotonic() - again:.1f} s",
    )
    with closing(open_store(office.database)) as store:
        assert store.status_facts().states == {"draft.waiting": 1, "mail.before-start": 50_000, "mail.judged": 1}
    assert smtp_sink.accepted() == []
    assert first < 60
