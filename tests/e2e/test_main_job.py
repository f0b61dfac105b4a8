"""The main job over real servers: a mail comes in by IMAP, is judged, answered after approval, and filed (issue of record:
nothing lost, nothing twice). The same test runs against Dovecot and against the demo's own server."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import imapclient
import pytest

from mailflow.clock import Clock
from mailflow.demo.servers import DemoServers
from tests.e2e.office import Office, wait_until
from tests.e2e.round_mails import FIRST, RoundMail, compose, towns
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import SmtpSink


class Server(Protocol):
    url: str

    def put(self, mail: RoundMail) -> None: ...


@dataclass
class OnDovecot:
    server: Dovecot
    user: str

    @property
    def url(self) -> str:
        return self.server.url(self.user)

    def put(self, mail: RoundMail) -> None:
        self.server.append(self.user, mail.raw, mail.received_at, "INBOX")


@dataclass
class OnDemo:
    server: DemoServers

    @property
    def url(self) -> str:
        return self.server.imap_url

    def put(self, mail: RoundMail) -> None:
        self.server.append(mail.raw, mail.received_at)


@pytest.fixture(params=["dovecot", "demo"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    if request.param == "dovecot":
        mailbox = request.getfixturevalue("mailbox")
        yield OnDovecot(mailbox.server, mailbox.user)
        return
    with DemoServers(tmp_path / "demo", Clock()) as running:
        yield OnDemo(running)


@contextmanager
def folder(url: str, name: str) -> Iterator[imapclient.IMAPClient]:
    from mailflow.settings.connection import parse_server

    at = parse_server(url, ("imap",))
    with imapclient.IMAPClient(at.host, port=at.port, ssl=False) as client:
        client.login(at.user, at.password)
        client.select_folder(name, readonly=True)
        yield client


def stored(url: str, name: str) -> list[Any]:
    with folder(url, name) as client:
        found = client.fetch(client.search(), ["BODY.PEEK[]", "FLAGS"])
        return [
            (email.message_from_bytes(one[b"BODY[]"], policy=email.policy.default), one[b"FLAGS"])
            for one in found.values()
        ]


@pytest.mark.parametrize("server", ["dovecot", pytest.param("demo", marks=pytest.mark.long)], indirect=True)
def test_from_mail_to_filed_answer(server: Server, smtp_sink: SmtpSink, tmp_path: Path) -> None:
    office = Office(tmp_path / "office", server.url, smtp_sink.url)
    good = compose(1, towns()[10], "good", FIRST)
    gaps = compose(2, towns()[20], "gaps", FIRST + timedelta(minutes=1))
    robot = compose(3, towns()[30], "out-of-office", FIRST + timedelta(minutes=2))
    for mail in (good, gaps, robot):
        server.put(mail)

    office.once()
    by_id = {row["message_id"]: row for row in office.mails()}
    assert {one.message_id for one in (good, gaps, robot)} == by_id.keys()
    assert by_id[good.message_id]["kind"] == "application"
    assert by_id[robot.message_id]["kind"] == "machine"
    states = {row["organization"]["name"]: row["state"] for row in office.applications()}
    assert states == {towns()[10]["name"]: "complete", towns()[20]["name"]: "incomplete"}
    drafts = {row["in_reply_to"]: row for row in office.drafts()}
    assert {key: row["template"] for key, row in drafts.items()} == {
        good.message_id: "receipt",
        gaps.message_id: "fix-request",
    }
    assert smtp_sink.accepted() == []  # nobody approved anything

    office.approve([row["id"] for row in drafts.values()])
    office.once()
    office.once()  # a second time changes nothing
    sent = {one.message["In-Reply-To"]: one for one in smtp_sink.accepted()}
    assert len(smtp_sink.accepted()) == 2
    assert sent.keys() == {good.message_id, gaps.message_id}
    receipt = sent[good.message_id].message
    assert good.message_id in receipt["References"]
    body = receipt.get_body(("plain",)).get_content()
    assert good.organization in body
    assert f"【{good.organization}】1次公募応募様式.xlsx" in body.replace("\n", "").replace("　", "")
    fix = sent[gaps.message_id].message.get_body(("plain",)).get_content()
    for label in ("電話", "担当体制", "目指す姿"):
        assert label in fix

    filed = stored(server.url, "Sent")
    assert sorted(m["Message-ID"] for m, _ in filed) == sorted(
        one.message["Message-ID"] for one in smtp_sink.accepted()
    )
    # What we read stays as people left it: unread, in its place.
    inbox = stored(server.url, "INBOX")
    assert len(inbox) == 3
    assert not any(imapclient.SEEN in flags for _, flags in inbox)
    assert {row["state"] for row in office.outbox()} == {"sent"}


@pytest.mark.parametrize("server", ["dovecot", pytest.param("demo", marks=pytest.mark.long)], indirect=True)
def test_the_running_worker_answers_within_seconds(server: Server, smtp_sink: SmtpSink, tmp_path: Path) -> None:
    office = Office(tmp_path / "office", server.url, smtp_sink.url)
    yaml = office.config / "mailflow.yaml"
    yaml.write_text(yaml.read_text(encoding="utf-8").replace("undo: 30s", "undo: 1s"), encoding="utf-8")
    with office.working():
        wait_until("the first look", lambda: "worker started" in (office.folder / "worker.log").read_text())
        mail = compose(1, towns()[40], "good", FIRST)
        server.put(mail)
        (draft,) = wait_until("a draft", office.drafts)
        office.approve([draft["id"]])
        wait_until("the letter", smtp_sink.accepted, timeout_s=15)
        wait_until("filed", lambda: stored(server.url, "Sent"), timeout_s=15)
    assert len(smtp_sink.accepted()) == 1
