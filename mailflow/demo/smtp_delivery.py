"""The demo's SMTP server and delivery agent (aiosmtpd).

In: SMTP on the loopback, with or without AUTH. Out: for each recipient one copy in an INBOX: the secretariat's own for
its address (any case, and with `+detail`, RFC 5233), the applicants' for every other address in the world.
Each copy is stamped as by a real delivery agent: Return-Path, X-Original-To (the envelope's recipient), Delivered-To
(the mailbox), Received; INTERNALDATE and Received are business time. Below the stamps the bytes are the sender's.

`250` after DATA means that every copy is on the disk; `451` that none is. Mails above `MESSAGE_LIMIT` bytes get `552`.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import sqlite3
from datetime import datetime
from email.utils import format_datetime
from weakref import WeakSet

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword
from aiosmtpd.smtp import Session as SMTPSession

from mailflow.clock import Clock, tokyo
from mailflow.demo.imap_backend import Account, Delivery, deliver
from mailflow.demo.imap_store import MailStore

MESSAGE_LIMIT = 60 * 1024 * 1024
RECIPIENT_LIMIT = 100  # RFC 5321 §4.5.3.1.8: a server must take at least 100
NULL_SENDER = "<>"

_log = logging.getLogger("mail.log")  # aiosmtpd's own


class DeliveryAgent:
    """aiosmtpd's handler: one for all connections."""

    def __init__(
        self, store: MailStore, clock: Clock, *, address: str, secretariat: Account, applicants: Account
    ) -> None:
        self._store = store
        self._clock = clock
        self._address = address
        self._domain = address.rpartition("@")[2]
        self._secretariat = secretariat
        self._applicants = applicants

    async def handle_RCPT(  # noqa: N802 - the name that aiosmtpd looks for
        self, _server: SMTP, _session: SMTPSession, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= RECIPIENT_LIMIT:
            return "452 4.5.3 Too many recipients"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, session: SMTPSession, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.original_content or b""
        now = tokyo(self._clock.now()).replace(microsecond=0)
        queue_id = secrets.token_hex(6).upper()
        recipients = list(dict.fromkeys(envelope.rcpt_tos))
        try:
            deliver(
                self._store,
                [
                    Delivery(
                        account, self._stamps(session, envelope, to, account, queue_id=queue_id, now=now) + content, now
                    )
                    for to in recipients
                    for account in [self._account_of(to)]
                ],
            )
        except sqlite3.Error:
            _log.exception("mail %s could not be stored", queue_id)
            return "451 4.3.0 Mail could not be stored, try again later"
        return f"250 2.0.0 OK: queued as {queue_id}"

    def _account_of(self, recipient: str) -> Account:
        return self._secretariat if _without_detail(recipient) == _without_detail(self._address) else self._applicants

    def _stamps(
        self,
        session: SMTPSession,
        envelope: Envelope,
        recipient: str,
        account: Account,
        *,
        queue_id: str,
        now: datetime,
    ) -> bytes:
        sender = "" if envelope.mail_from in (None, NULL_SENDER) else _one_line(str(envelope.mail_from))
        mailbox = self._address if account is self._secretariat else account.name
        lines = [
            f"Return-Path: <{sender}>",
            f"X-Original-To: {_one_line(recipient)}",
            f"Delivered-To: {mailbox}",
            f"Received: from {_one_line(session.host_name or 'unknown')} (localhost [127.0.0.1])",
            f"\tby mail.{self._domain} with {'ESMTP' if session.extended_smtp else 'SMTP'} id {queue_id}",
            f"\tfor <{_one_line(recipient)}>; {format_datetime(now)}",
        ]
        return "".join(f"{line}\r\n" for line in lines).encode("utf-8", "replace")


def _without_detail(address: str) -> tuple[str, str]:
    local, _, domain = address.casefold().rpartition("@")
    return local.partition("+")[0], domain


def _one_line(text: str) -> str:
    """What a client said of itself, unable to start a header line of its own."""
    return "".join(char if char.isprintable() else "?" for char in text)[:320]


class SMTPConnection(SMTP):
    """Takes lines above the 1,000 bytes of RFC 5321 §4.5.3.1.6: some programs send HTML without a line break."""

    line_length_limit = 256 * 1024

    def __init__(
        self,
        agent: DeliveryAgent,
        *,
        hostname: str,
        user: str,
        password: str,
        transports: WeakSet[asyncio.BaseTransport],
    ) -> None:
        self._user = user
        self._password = password
        self._transports = transports
        super().__init__(
            agent,
            hostname=hostname,  # aiosmtpd would ask the DNS
            ident="ESMTP",
            data_size_limit=MESSAGE_LIMIT,
            enable_SMTPUTF8=True,
            auth_require_tls=False,
            authenticator=self._check_login,
            loop=asyncio.get_running_loop(),
        )

    def _check_login(
        self, _server: SMTP, _session: SMTPSession, _envelope: Envelope, _mechanism: str, data: object
    ) -> AuthResult:
        good = (
            isinstance(data, LoginPassword)
            and secrets.compare_digest(data.login, self._user.encode())
            and secrets.compare_digest(data.password, self._password.encode())
        )
        return AuthResult(success=good, handled=False)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transports.add(transport)
        super().connection_made(transport)
