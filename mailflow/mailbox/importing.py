"""Mails by hand: an .eml or an Outlook .msg file becomes an Arrival (DESIGN §9 `import`). Pure but for its libraries.

`received_at`: the newest Received line of the mail itself, else its Date header, else `now`: the times the mail brings
are all that is known of it. The place is `import` with a UID made of the bytes, so that the same file twice is one place.
Raises `NotAMail` with a reason in Japanese.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from oxmsg import Message

from mailflow.model import Hop, Place

OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MAX_ATTACHMENTS = 500


class NotAMail(Exception):
    """`reason`: Japanese."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def eml_of(content: bytes) -> bytes:
    """The mail's bytes: an .eml as it is, an .msg rebuilt as MIME. Raises NotAMail."""
    if content.startswith(OLE_MAGIC):
        return _from_msg(content)
    head = content[:65536]
    if not head.strip():
        raise NotAMail("空のファイルです")
    if b":" not in head.split(b"\n", 1)[0] and not head.startswith(b"From "):
        raise NotAMail("メールのファイル（.eml か .msg）ではありません")
    # An mbox line at the head is an envelope's, not a header.
    return content.split(b"\n", 1)[1] if head.startswith(b"From ") and b"\n" in content else content


def import_place(raw: bytes) -> Place:
    """Where an imported mail lies: nowhere but here. The UID is 63 bits of the hash of the bytes."""
    digest = int.from_bytes(hashlib.sha256(raw).digest()[:8], "big") >> 1
    return Place(mailbox="import", folder="import", uidvalidity=1, uid=digest)


def received_time(received: Sequence[Hop], date: datetime | None, now: datetime) -> datetime:
    """When a mail by hand was received, as far as it says so itself; never after `now`."""
    at = next((hop.at for hop in received if hop.at is not None), None) or date or now
    return min(at, now)


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
