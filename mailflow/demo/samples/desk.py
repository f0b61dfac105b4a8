"""From what an officer writes to the bytes that lie in the mailbox.

`Post` knows the mailbox's address and the form's edition; `Post.mail` makes one `SampleMail` with the headers of the
sender's program and of each server on the way. Our own server is `boundary_host(address)`: it writes the topmost
Received line, Authentication-Results and the INTERNALDATE. IP addresses are those of RFC 5737.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from html import escape

from mailflow.clock import TOKYO
from mailflow.demo.samples.application import form_xlsx, values
from mailflow.demo.samples.clients import HABITS, Client, Habits, digest
from mailflow.demo.samples.mime import (
    File,
    NameStyle,
    Part,
    address,
    file_part,
    header,
    multipart,
    text_part,
)
from mailflow.demo.samples.model import Expectation, SampleMail, Sort
from mailflow.demo.samples.officers import PHONE, Officer
from mailflow.demo.samples.themes import Theme
from mailflow.settings.form import FormSpec

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OFFICE = "地域社会DX推進パッケージ事業（計画策定支援）事務局"


def jst(day: int, hour: int, minute: int, second: int = 0, *, month: int = 3, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, second, tzinfo=TOKYO)


def boundary_host(mailbox: str) -> str:
    """The server that takes the mail in for this mailbox (`mailbox.boundary_hosts` of the demo's configuration)."""
    return f"mail.{mailbox.rpartition('@')[2]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """How a mail differs from its sender's habits.

    `sent_s`: seconds from Date to our server. `held`: when our side handed it on, if it lay in quarantine.
    `charset`, `names`: instead of the program's own. `headers` come first, `relay` names a server on the way.
    """

    sent_s: int = 6
    held: datetime | None = None
    charset: str | None = None
    names: NameStyle | None = None
    cc: tuple[tuple[str | None, str], ...] = ()
    answers: tuple[str, ...] = ()  # Message-IDs, oldest first
    headers: tuple[tuple[str, str], ...] = ()
    relay: str | None = None
    spf: str = "pass"
    return_path: str | None = None


PLAIN = Envelope()


@dataclass(frozen=True, slots=True)
class Post:
    """The secretariat's side: where mails go, which form is in force."""

    mailbox: str
    spec: FormSpec

    def form_name(self, body: str) -> str:
        return f"【{body}】1次公募応募様式.xlsx"

    def form(self, officer: Officer, theme: Theme, name: str | None = None, **changes: object) -> File:
        """The filled form as a file to attach. `changes` as in `application.values`."""
        content = form_xlsx(self.spec, values(officer, theme, **changes))
        return File(name or self.form_name(officer.body), content, XLSX)

    def mail(  # noqa: PLR0917 - in the order in which one writes a mail
        self,
        id_: str,
        officer: Officer,
        at: datetime,
        subject: str | None,
        text: str,
        files: Sequence[File] = (),
        *,
        story: str,
        sorts: Iterable[Sort],
        expect: Expectation,
        envelope: Envelope = PLAIN,
        signed: bool = True,
    ) -> SampleMail:
        """A person's mail. `at`: when our own server received it."""
        written = f"{text.strip()}\n\n{signature(officer)}" if signed else text.strip()
        habits = HABITS[officer.client]
        charset = envelope.charset or habits.charset
        d = digest(id_)
        body = _body(d, written, files, habits, envelope)
        head = [
            (b"From", address(_display(officer), officer.address, charset)),
            (b"To", address(_addressee(officer), self.mailbox, charset)),
        ]
        if envelope.cc:
            head.append((b"Cc", b",\r\n ".join(address(name, to, charset) for name, to in envelope.cc)))
        lines = b"".join(b"%s: %s\r\n" % line for line in head)
        if subject is not None:
            lines += header("Subject", subject, charset)
        dated = at - timedelta(seconds=envelope.sent_s)
        lines += header("Date", format_datetime(dated))
        lines += header("Message-ID", message_id(id_, officer))
        if envelope.answers:
            lines += header("In-Reply-To", envelope.answers[-1])
            lines += header("References", "\r\n ".join(envelope.answers))
        lines += b"MIME-Version: 1.0\r\n" + body.head
        for name, value in habits.own_headers(d, dated):
            lines += header(name, "yes" if name == "X-MS-Has-Attach" and files else value)
        raw = self._way(d, officer.domain, officer.address, at, envelope) + lines + b"\r\n" + body.body
        return SampleMail(
            id=id_, story=story, sorts=frozenset(sorts), raw=raw, received_at=envelope.held or at, expect=expect
        )

    def machine(
        self,
        id_: str,
        sender: tuple[str | None, str],
        at: datetime,
        subject: str,
        body: Part,
        *,
        story: str,
        sorts: Iterable[Sort],
        expect: Expectation,
        headers: Iterable[tuple[str, str]] = (),
        return_path: str = "",
        folder: str = "INBOX",
    ) -> SampleMail:
        """A mail that no person wrote."""
        name, sender_address = sender
        domain = sender_address.rpartition("@")[2]
        d = digest(id_)
        lines = b"From: " + address(name, sender_address) + b"\r\nTo: " + self.mailbox.encode() + b"\r\n"
        lines += header("Subject", subject) + header("Date", format_datetime(at - timedelta(seconds=2)))
        lines += header("Message-ID", f"<{d[:24].lower()}@{domain}>")
        lines += b"".join(header(key, value) for key, value in headers) + b"MIME-Version: 1.0\r\n" + body.raw
        raw = self._way(d, domain, return_path, at, PLAIN) + lines
        return SampleMail(
            id=id_, story=story, sorts=frozenset(sorts), raw=raw, received_at=at, folder=folder, expect=expect
        )

    def _way(self, d: str, domain: str, return_path: str, at: datetime, envelope: Envelope) -> bytes:
        """What the servers on the way wrote above the mail, newest first."""
        ours = boundary_host(self.mailbox)
        gateway = f"mailgw{int(d[0], 16) % 3 + 1}.{domain}"
        lines = [f"Return-Path: <{return_path if envelope.return_path is None else envelope.return_path}>"]
        lines.append(f"Delivered-To: {self.mailbox}")
        if envelope.held:
            lines.append(
                f"Received: from quarantine.{ours} (quarantine.{ours} [192.0.2.25])\r\n"
                f"\tby store.{ours} with LMTP id {d[30:41]};\r\n\t{format_datetime(envelope.held)}"
            )
        host, ip = (envelope.relay or gateway), f"198.51.100.{int(d[1:3], 16) % 250 + 1}"
        lines.append(
            f"Received: from {host} ({host} [{ip}])\r\n\tby {ours} (Postfix) with ESMTPS id {d[3:14]}\r\n"
            f"\tfor <{self.mailbox}>; {format_datetime(at)}"
        )
        lines.append(
            f"Authentication-Results: {ours};\r\n\tspf={envelope.spf} smtp.mailfrom={domain};\r\n"
            f"\tdkim=none; dmarc={envelope.spf} header.from={domain}"
        )
        if envelope.relay:
            lines.append(
                f"Received: from {gateway} ({gateway} [203.0.113.{int(d[5:7], 16) % 250 + 1}])\r\n"
                f"\tby {envelope.relay} with ESMTP id {d[15:26]};\r\n\t{format_datetime(at - timedelta(seconds=2))}"
            )
        sent = at - timedelta(seconds=min(envelope.sent_s, 3))
        lines.append(
            f"Received: from PC{d[7:11]} (unknown [10.{int(d[11:13], 16)}.{int(d[13:15], 16)}.21])\r\n"
            f"\tby {gateway} with ESMTP id {d[16:27]};\r\n\t{format_datetime(sent)}"
        )
        lines += [f"{name}: {value}" for name, value in envelope.headers]
        return "".join(f"{line}\r\n" for line in lines).encode()


def again(mail: SampleMail, id_: str, at: datetime, mailbox: str, *, story: str, sorts: Iterable[Sort]) -> SampleMail:
    """The same mail once more, delivered by another server at another time: only transport headers differ."""
    ours = boundary_host(mailbox)
    start = mail.raw.index(b"From: ")
    d = digest(id_)
    path = mail.raw.split(b"\r\n", 1)[0].decode()  # a server that tries again keeps the envelope's sender
    way = (
        f"{path}\r\nDelivered-To: {mailbox}\r\n"
        f"Received: from retry.{ours} (retry.{ours} [192.0.2.26])\r\n\tby {ours} (Postfix) with ESMTPS id {d[:11]}\r\n"
        f"\tfor <{mailbox}>; {format_datetime(at)}\r\n"
    )
    raw = way.encode() + mail.raw[start:]
    return replace(mail, id=id_, story=story, sorts=frozenset(sorts), raw=raw, received_at=at)


def message_id(id_: str, officer: Officer) -> str:
    """The Message-ID of the mail with that id."""
    return HABITS[officer.client].message_id(digest(id_), officer.domain)


def signature(officer: Officer) -> str:
    """As each kind of program, and office, has it below the text."""
    body = officer.body
    if officer.client is Client.PHONE:
        return "iPhoneから送信"
    match officer.client:
        case Client.OUTLOOK:
            top, bottom = "*" * 42, "*" * 42
        case Client.THUNDERBIRD:
            top, bottom = "-- ", ""
        case Client.GROUPWARE:
            top, bottom = "━" * 22, "━" * 22
        case Client.NOTES:
            top, bottom = "=" * 44, "=" * 44
        case _:
            top, bottom = "―" * 22, "―" * 22
    lines = [top, f"{body}　{officer.section}", f"　{officer.post or '担当'}　{officer.name}"]
    lines += [f"　TEL：{PHONE}（内線000）　FAX：{PHONE}", f"　E-mail：{officer.address}"]
    return "\n".join([*lines, *([bottom] if bottom else [])])


def _display(officer: Officer) -> str | None:
    match officer.client:
        case Client.WEBMAIL:
            return None
        case Client.GROUPWARE | Client.NOTES:
            return f"{officer.short_body}{officer.section}"
        case Client.EXCHANGE:
            return f"{officer.name.replace('　', ' ')}（{officer.section}）"
        case _:
            return officer.name.replace("　", " ")


def _addressee(officer: Officer) -> str | None:
    return "地域社会DX推進パッケージ事業担当" if officer.client in (Client.OUTLOOK, Client.EXCHANGE) else None


def _body(d: str, text: str, files: Sequence[File], habits: Habits, envelope: Envelope) -> Part:
    charset, names = envelope.charset or habits.charset, envelope.names or habits.names
    transfer = habits.transfer if charset == habits.charset else ("7bit" if charset == "iso-2022-jp" else "base64")
    flowed = "; format=flowed" if habits.format_flowed else ""
    written = text_part(text, charset, transfer, parameters=flowed)
    if habits.html:
        html = f"<html><body><div>{escape(text).replace(chr(10), '<br>')}</div></body></html>".replace("<br>", "<br>\n")
        pair = (written, text_part(html, charset, transfer, "html"))
        written = multipart("alternative", pair, habits.boundary(digest(d)))
    if not files:
        return written
    attached = [file_part(file, names, charset) for file in files]
    return multipart("mixed", [written, *attached], habits.boundary(d), preamble=habits.preamble)
