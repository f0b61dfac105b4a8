"""XOAUTH2 without a password: Dovecot's oauth2 passdb, an SMTP server that takes tokens, msal against a server of our own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from mailflow import tokens
from mailflow.mailbox.errors import LoginRefused, Unreachable
from mailflow.mailbox.imap import Imap
from mailflow.outbox.errors import Retryable
from mailflow.outbox.smtp import SmtpSession
from mailflow.settings.connection import Connection, OAuth
from mailflow.tokens import TokenError, access_token, sign_in
from mailflow.worker.service import run_once
from tests.e2e.office import wait_until
from tests.integration.test_mailbox_faults import watching
from tests.integration.working import AT, Desk, application, states
from tests.servers.dovecot import Dovecot, Mailbox
from tests.servers.ports import LOOPBACK, free_port
from tests.servers.proxy import Proxy, Strike
from tests.servers.smtp import SmtpSink
from tests.servers.tokens import CLIENT, SECRET, TENANT, TokenServer

USER = "shared@mailbox.example"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TokenServer]:
    with TokenServer(tmp_path_factory.mktemp("authority"), USER) as server:
        yield server


@pytest.fixture(scope="module")
def imap_server(authority: TokenServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dovecot]:
    conf = tmp_path_factory.mktemp("oauth") / "oauth2.conf"
    conf.parent.chmod(0o755)
    conf.parent.parent.chmod(0o755)
    conf.write_text(
        f"tokeninfo_url = {authority.lookup}\nintrospection_mode = auth\nusername_attribute = email\n"
        "active_attribute = active\nactive_value = true\n",
        encoding="utf-8",
    )
    extra = f"auth_mechanisms = plain xoauth2 oauthbearer\npassdb {{\n  driver = oauth2\n  mechanisms = xoauth2 oauthbearer\n  args = {conf}\n}}\n"
    with Dovecot(extra=extra) as server:
        server.add(USER)
        yield server


@pytest.fixture(autouse=True)
def _nothing_kept(authority: TokenServer) -> None:
    tokens._kept.clear()
    authority.asked.clear()
    authority.signed_in = False


def by_secret(authority: TokenServer, secret: str = SECRET) -> OAuth:
    return OAuth(
        tenant=TENANT, client_id=CLIENT, secret=secret, authority=authority.authority, ca_file=authority.ca_file
    )


def at(port: int, oauth: OAuth, scheme: str = "imap") -> Connection:
    return Connection(scheme, LOOPBACK, port, USER, None, "plain", None, oauth)


def test_client_credentials_log_in_and_one_token_serves_many(authority: TokenServer, imap_server: Dovecot) -> None:
    for _ in range(3):
        with Imap(at(imap_server.port, by_secret(authority))) as imap:
            assert "INBOX" in imap.folders()
    assert authority.asked == ["client_credentials"]


def test_a_token_that_ended_before_its_time_is_got_anew(authority: TokenServer, imap_server: Dovecot) -> None:
    oauth = by_secret(authority)
    access_token(oauth)
    authority.end_all()
    tokens_before = authority.given
    kept, _ = tokens._kept[oauth]
    tokens._kept[oauth] = (kept, 10**9)
    try:
        with Imap(at(imap_server.port, oauth)) as imap:
            assert imap.folders()
    except LoginRefused:  # msal gives its own kept token once more; the next round has a new one
        pytest.fail("the token was not renewed")
    assert authority.given > tokens_before


def test_a_secret_that_ended_is_told_in_words_and_hidden(authority: TokenServer, imap_server: Dovecot) -> None:
    """osTicket#6455: the token had expired and nobody noticed for ten days. (The watchman tells it: test_watchman.py.)"""
    oauth = by_secret(authority, "ended-secret")
    with pytest.raises(Unreachable, match="断られました") as told:
        Imap(at(imap_server.port, oauth))
    assert "ended-secret" not in str(told.value) + repr(oauth)


def test_device_code_once_then_by_itself(authority: TokenServer, imap_server: Dovecot, tmp_path: Path) -> None:
    oauth = OAuth(
        tenant=TENANT, client_id=CLIENT, flow="device-code", cache_file=str(tmp_path / "kept" / "token"),
        authority=authority.authority, ca_file=authority.ca_file,
    )  # fmt: skip
    with pytest.raises(TokenError, match="mailflow login"):
        access_token(oauth)
    shown: list[str] = []
    sign_in(oauth, shown.append)
    assert "ABCD-1234" in shown[0]
    assert (tmp_path / "kept" / "token").stat().st_mode & 0o077 == 0
    with Imap(at(imap_server.port, oauth)) as imap:
        assert imap.folders()
    assert access_token(oauth, fresh=True).startswith("token-")
    assert "refresh_token" in authority.asked


COMMANDS: dict[str, tuple[str, str | None]] = {
    "a-line": ("print('{token}')", None),
    "json": ("import json; print(json.dumps(dict(access_token='{token}', expires_in=99)))", None),
    "fails": ("import sys; print('no', file=sys.stderr); sys.exit(3)", "終了コード 3"),
    "nothing": ("pass", "1つのトークンではありません"),
    "two-lines": ("print('a b')", "1つのトークンではありません"),
    "json-without": ("print('{{}}')", "access_token がありません"),
}


@pytest.mark.parametrize(("code", "wrong"), COMMANDS.values(), ids=COMMANDS.keys())
def test_a_command_of_the_operator(authority: TokenServer, imap_server: Dovecot, code: str, wrong: str | None) -> None:
    oauth = OAuth(command=(sys.executable, "-c", code.format(token=authority.new_token())))
    if wrong is None:
        with Imap(at(imap_server.port, oauth)) as imap:
            assert imap.folders()
    else:
        with pytest.raises(Unreachable, match=wrong):
            Imap(at(imap_server.port, oauth))


def test_a_command_that_is_not_there() -> None:
    with pytest.raises(TokenError, match=r"oauth\.command"):
        access_token(OAuth(command=("/nowhere/token",)))


# --- SMTP -------------------------------------------------------------------------------------------------------------


class _Handler:
    """Takes mail of who has a good token."""

    def __init__(self, authority: TokenServer) -> None:
        self.authority = authority
        self.taken = 0
        self.refused = 0

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:
        import base64

        said = base64.b64decode(args[1]).decode()
        good = any(f"auth=Bearer {token}\x01" in said for token in self.authority.good) and f"user={USER}\x01" in said
        if not good:
            self.refused += 1
            await server.push("334 " + base64.b64encode(b'{"status":"401"}').decode())
            await server._reader.readline()
        return AuthResult(success=good, handled=False)

    async def handle_DATA(self, *_: Any) -> str:
        self.taken += 1
        return "250 OK"


def test_smtp_with_a_token_that_is_renewed(authority: TokenServer) -> None:
    handler = _Handler(authority)
    controller = Controller(handler, hostname=LOOPBACK, port=free_port(), auth_required=True, auth_require_tls=False)
    controller.start()
    script = f"print('{authority.new_token()}')"
    oauth = OAuth(command=(sys.executable, "-c", script))
    session = SmtpSession(at(controller.port, oauth, "smtp"), timeout_s=10)
    try:
        for _ in range(2):
            session.deliver(
                b"Subject: x\r\n\r\nx\r\n", envelope_from=USER, to=["a@b.example"], before_data=lambda: None
            )
        assert (handler.taken, handler.refused) == (2, 0)
        session.close()
        tokens._kept[oauth] = ("ended", 10**12)
        session.deliver(b"Subject: x\r\n\r\nx\r\n", envelope_from=USER, to=["a@b.example"], before_data=lambda: None)
        assert (handler.taken, handler.refused) == (3, 1)
        session.close()
        authority.end_all()
        with pytest.raises(Retryable, match="ログインできません"):
            session.deliver(
                b"Subject: x\r\n\r\nx\r\n", envelope_from=USER, to=["a@b.example"], before_data=lambda: None
            )
    finally:
        session.close()
        controller.stop()


# --- the worker -------------------------------------------------------------------------------------------------------


def test_the_worker_goes_on_when_the_token_ends_in_the_middle_of_idle(
    authority: TokenServer, imap_server: Dovecot, smtp_sink: SmtpSink, tmp_path: Path
) -> None:
    mailbox = Mailbox(imap_server, USER)
    mailbox.append(application(3), AT)
    (tmp_path / "secret").write_text(SECRET, encoding="utf-8")
    with Proxy(imap_server.port) as line:
        desk = Desk(tmp_path / "office", f"imap://{USER.replace('@', '%40')}@{LOOPBACK}:{line.port}", smtp_sink.url)
        desk.edit(
            ("mailbox:\n", "mailbox:\n  oauth: true\n"),
            (
                "sending: true",
                f"sending: true\noauth: {{tenant: {TENANT}, client_id: {CLIENT}, client_secret_file: {tmp_path / 'secret'}, "
                f"authority: '{authority.authority}', ca_file: {authority.ca_file}, expires: 2027-01-01}}",
            ),
        )
        with desk.worker() as worker:
            assert run_once(worker) == 0
            assert states(worker) == ["judged"]
            with watching(worker):
                wait_until("it waits in IDLE", lambda: any(b"IDLE" in one for one in line.heard))
                authority.end_all()  # the token, and with it the line
                line.strike(Strike(speaker="server", on=b"EXISTS", then="cut"))
                mailbox.append(application(5), AT)
                wait_until("it came in over a new line", lambda: len(worker.store.mails()) == 2)
