"""A mail as it came, and what reading makes of it (DESIGN §1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One mailbox of a header (RFC 5322 §3.4). `name` is decoded; None where there is none."""

    name: str | None
    address: str

    @property
    def key(self) -> str:
        """What two spellings of one address have in common."""
        return self.address.strip().casefold()

    @property
    def domain(self) -> str:
        return self.key.rpartition("@")[2]


TABLE = ("web-form", "table")  # mailbox and folder of the rows of the web form's table


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a mail lies in a mailbox. `mailbox` is the account (`user@host`), or `import` for mails by hand."""

    mailbox: str
    folder: str
    uidvalidity: int
    uid: int

    @property
    def by_hand(self) -> bool:
        return self.mailbox == "import"

    @property
    def entered(self) -> bool:
        """A row of the web form's own table, taken in by a person (`bookings import`)."""
        return (self.mailbox, self.folder) == TABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A mail as it came: the exact bytes, its place, when our server received it (INTERNALDATE), what it is made of."""

    raw: bytes = field(repr=False)
    place: Place
    received_at: datetime
    content_id: str


class MachineKind(StrEnum):
    """Why a mail is a machine's (RFC 3834, RFC 3464, RFC 8098, RFC 2369)."""

    AUTO_REPLY = "auto-reply"
    BOUNCE = "bounce"
    DELAY = "delay"
    LIST = "list"
    REPORT = "report"
    SELF = "self"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """One leaf file of a mail, or a container that holds further ones (it is listed as well).

    `filename`: as the sender meant it, NFC, no path, no control characters. `content_type`: by content, never by label.
    `path`: None at top level, else the names from the outermost container down to this file itself.
    `problem`: why it could not be opened: `locked` (password), `broken`, `too-large`, `too-deep`, `too-many`, `unsupported` (7z, rar, lzh …); else None.
    """

    filename: str | None
    content_type: str
    content: bytes = field(repr=False)
    sha256: str
    path: tuple[str, ...] | None = None
    inline: bool = False
    problem: str | None = None

    @property
    def size(self) -> int:
        return len(self.content)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One Received line, newest first in `Mail.received`. `at` None where it can't be read."""

    by: str | None
    from_: str | None
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Authentication:
    """What our own authserv-id says (RFC 8601): `pass`, `fail`, `none`, … per method; empty where nothing is said."""

    results: Mapping[str, str] = field(default_factory=dict)

    @property
    def failed(self) -> bool:
        """An explicit failure: DMARC says fail, or without DMARC both SPF and DKIM do."""
        dmarc = self.results.get("dmarc")
        if dmarc is not None:
            return dmarc == "fail"
        return self.results.get("spf") == "fail" and self.results.get("dkim") in ("fail", "permerror")

    @property
    def passed(self) -> bool:
        """The From is proven: DMARC says pass, or without DMARC both SPF and DKIM do."""
        dmarc = self.results.get("dmarc")
        if dmarc is not None:
            return dmarc == "pass"
        return self.results.get("spf") == "pass" and self.results.get("dkim") == "pass"


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """What a bounce, a delay or a note of opening says of one recipient. `action`: failed, delayed, deleted unread, opened; `status`: RFC 3463, or a reply code;
    `why`: Japanese, with the server's own words. Anybody can write such a mail: it says so, it proves nothing."""

    recipient: str
    action: Literal["failed", "delayed", "deleted", "opened"]
    status: str | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachedMail:
    """A mail that hangs inside another one (message/rfc822), as its own header tells. `arrived_at`: when the server of whoever
    sent it on had taken it in, by its newest Received line."""

    sender: Address | None
    subject: str | None
    date: datetime | None
    arrived_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail as its sender meant it. `message_id`, `in_reply_to`, `references` keep their angle brackets.

    `new_text`: the text without quotes and signature. `calendar`: the text of each text/calendar part.
    `attached`: mails inside it. `machine`: None for a person's mail. `returned_ids`: Message-IDs found inside a bounce or report; `returned_tokens`:
    X-Mailflow-Ids found there; `returned`: what a bounce or a delay says of each recipient.
    """

    sender: Address | None
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    subject: str | None = None
    date: datetime | None = None
    message_id: str | None = None
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    received: tuple[Hop, ...] = ()
    text: str | None = None
    new_text: str = ""
    html: str | None = None
    attachments: tuple[Attachment, ...] = ()
    calendar: tuple[str, ...] = ()
    machine: MachineKind | None = None
    returned_ids: tuple[str, ...] = ()
    returned_tokens: tuple[str, ...] = ()
    returned: tuple[Returned, ...] = ()
    authentication: Authentication = field(default_factory=Authentication)
    defects: tuple[str, ...] = ()
    attached: tuple[AttachedMail, ...] = ()

    @property
    def sender_doubtful(self) -> bool:
        """Our own server says that the sender is not who it claims to be, or the mail names two: it joins nothing by itself."""
        return self.authentication.failed or "several-from" in self.defects

    @property
    def thread_ids(self) -> tuple[str, ...]:
        """The mails that this one answers, nearest first."""
        ids = [self.in_reply_to] if self.in_reply_to else []
        ids += [ref for ref in reversed(self.references) if ref not in ids]
        return tuple(ids)
