"""Mails by hand: an .eml or an Outlook .msg file becomes an Arrival (DESIGN §9 `import`). Pure but for its libraries.

`received_at`: what our own boundary wrote into Received, else the time of import. Everything else in the file was written by
its sender, or by whoever made it: Date and other servers' times are kept with the mail and shown, never believed. A person
confirms the time in either case: a place in the mailbox `import` makes the judge say so. The UID is made of the bytes, so that
the same file twice is one place.
Raises `NotAMail` with a reason in Japanese.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from oxmsg import Message

from mailflow.model import Hop, Place

OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MAX_ATTACHMENTS = 500
_FIELD = re.compile(rb"[!-9;-~]{1,76}:")


class NotAMail(Exception):
    """`reason`: Japanese."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def eml_of(content: bytes) -> bytes:
    """The mail's bytes: an .eml as it is, an .msg rebuilt as MIME. Raises NotAMail."""
    if content.startswith(OLE_MAGIC):
        return _from_msg(content)
    content = content.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    if not content:
        raise NotAMail("空のファイルです")
    if b"\0" in content[:1024]:
        raise NotAMail("メールのファイル（.eml か .msg）ではありません")
    mail = content
    if content.startswith(b"From "):  # an mbox line at the head is an envelope's, not a header
        mail = content.partition(b"\n")[2]
    if _FIELD.match(mail) is None:
        raise NotAMail("メールのファイル（.eml か .msg）ではありません")
    return mail


def import_place(raw: bytes) -> Place:
    """Where an imported mail lies: nowhere but here. The UID is 63 bits of the hash of the bytes."""
    digest = int.from_bytes(hashlib.sha256(raw).digest()[:8], "big") >> 1
    return Place(mailbox="import", folder="import", uidvalidity=1, uid=digest)


def received_time(received: Sequence[Hop], boundary_hosts: Sequence[str], now: datetime) -> datetime:
    """When our boundary received a mail by hand: its newest Received line there; `now` without one, and never later."""
    now = now.replace(microsecond=0)  # as mail servers tell times
    hosts = tuple(host.casefold().rstrip(".") for host in boundary_hosts if host)
    for hop in received:
        by = (hop.by or "").casefold().rstrip(".")
        if any(by == host or by.endswith("." + host) for host in hosts):
            return min(hop.at, now) if hop.at is not None else now
    return now


def _from_msg(content: bytes) -> bytes:
    try:
        found = Message.load(content)
        mail = EmailMessage(policy=SMTP.clone(utf8=True, max_line_length=None))
        kept = {
            name.lower()
            for name in ("content-type", "content-transfer-encoding", "mime-version", "content-disposition")
        }
        for name, value in found.message_headers.items():
            if name.lower() not in kept and name.isascii() and value:
                mail[name] = " ".join(str(value).split())
        if mail["From"] is None and found.sender:
            mail["From"] = " ".join(found.sender.split())
        if mail["Subject"] is None:
            mail["Subject"] = " ".join(found.subject.split())
        if mail["Date"] is None and found.sent_date is not None:
            mail["Date"] = format_datetime(found.sent_date)
        mail.set_content(found.body or "", charset="utf-8")
        if found.html_body:
            mail.add_alternative(found.html_body, subtype="html", charset="utf-8")
        for one in found.attachments[:MAX_ATTACHMENTS]:
            if one.file_bytes is not None:
                mail.add_attachment(
                    one.file_bytes, maintype="application", subtype="octet-stream", filename=one.file_name or "名前なし"
                )
        return mail.as_bytes()
    except Exception as error:  # the library raises whatever a broken file makes it raise
        raise NotAMail(f"Outlook のファイル（.msg）として読めません（{type(error).__name__}）") from error
