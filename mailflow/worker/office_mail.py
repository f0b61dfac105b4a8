"""Mail of the office to itself: a host's sheet of the day, the daily digest, an alarm. One way to hand it to a server.

It is no letter of a case and goes past the outbox (docs/decisions/0104). That it was handed over is noted before DATA, so that a
process that dies there sends nothing twice; an answer that took nothing puts the note back. What can't be sent stands in `status`
until it could be, or is of no use any more.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from enum import Enum, auto

import structlog

from mailflow.clock import tokyo
from mailflow.desk.health import note_office_mail, office_mail_trouble
from mailflow.outbox.errors import DeliveryError, Retryable, Uncertain
from mailflow.outbox.smtp import SmtpSession
from mailflow.settings.connection import Connection
from mailflow.store import Store

log = structlog.get_logger()


class Handed(Enum):
    """What became of it."""

    TAKEN = auto()
    LATER = auto()  # nothing was taken; worth another try
    REFUSED = auto()  # nothing was taken, and the same mail would get the same answer
    UNCERTAIN = auto()  # it may have gone out: not sent again


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """The fact that keeps a mail from going twice: `key` becomes `value` when it is handed over."""

    store: Store
    key: str
    value: str


def session_to(at: Connection, timeout_s: float) -> SmtpSession:
    """A conversation with that server."""
    return SmtpSession(at, timeout_s=timeout_s, ca_file=at.ca_file)


def hand_over(
    smtp: SmtpSession, mime: bytes, *, sender: str, to: Sequence[str], what: str, note: Note | None = None
) -> tuple[Handed, str]:
    """One mail to one server, with the server's words. `what`: for the log. Closes the conversation. Never raises on an answer."""
    before = note.store.fact(note.key) if note is not None else None

    def handing() -> None:
        if note is not None:
            note.store.set_fact(note.key, note.value)

    try:
        answer = smtp.deliver(mime, envelope_from=sender, to=list(to), before_data=handing).answer
    except Uncertain as error:
        log.error("office mail may not have arrived", what=what, reason=error.answer)
        return Handed.UNCERTAIN, error.answer
    except DeliveryError as error:
        if note is not None and note.store.fact(note.key) != before:
            note.store.set_fact(note.key, before or "")
        log.error("office mail not sent", what=what, reason=error.answer)
        return (Handed.LATER if isinstance(error, Retryable) else Handed.REFUSED), error.answer
    finally:
        smtp.close()
    log.info("office mail sent", what=what)
    return Handed.TAKEN, answer


def tell_trouble(store: Store, key: str, what: str, handed: Handed, answer: str, *, overdue: bool) -> None:
    """Have people see what could not be sent. `overdue`: it has been tried for long enough to tell of a server that only says later."""
    if handed is Handed.UNCERTAIN:
        note_office_mail(store, key, f"{what}が届いたか分かりません。届いているか確かめてください（{answer}）")
    elif handed is Handed.REFUSED:
        note_office_mail(store, key, f"{what}を送れません。宛先を確かめてください（{answer}）")
    elif handed is Handed.LATER and overdue:
        note_office_mail(store, key, f"{what}をまだ送れていません（{answer}）")
    elif handed is Handed.TAKEN:
        note_office_mail(store, key, None)


def forget_trouble(store: Store, kind: str, still: Collection[str]) -> None:
    """What is of no use any more needs nobody: keys of `kind` that aren't in `still`."""
    for key in office_mail_trouble(store):
        if key.startswith(kind) and key not in still:
            note_office_mail(store, key, None)


def office_mail(sender: str, to: Sequence[str], subject: str, text: str, at: datetime) -> EmailMessage:
    """A plain text, marked as a machine's so that nobody's program answers it."""
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"] = sender, ", ".join(to)
    mail["Subject"] = subject
    mail["Date"] = format_datetime(tokyo(at))
    mail["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(text, charset="utf-8", cte="base64")
    return mail
