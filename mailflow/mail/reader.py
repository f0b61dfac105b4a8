"""A mail's bytes -> `Mail`: the one place where the parts of this package meet.

In: the exact bytes, context, limits. Out: `Mail`, its content id, or both from one parse. Never raises on what a mail says: what
is wrong with it is in `Mail.defects` (the ids: docstring of the package), what is wrong with a file in `Attachment.problem`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from mailflow.mail.attachments import Collector
from mailflow.mail.authentication import read_authentication
from mailflow.mail.bodies import calendars, read_body, text_parts
from mailflow.mail.headers import ids_of, message_id_of, read_envelope, sender_and_date, subject_of
from mailflow.mail.identity import fingerprint
from mailflow.mail.limits import Limits, ReadContext
from mailflow.mail.machines import Signs, machine_kind, returned_ids
from mailflow.mail.quotes import new_text
from mailflow.mail.returned import returned, returned_tokens
from mailflow.mail.structure import Skeleton, note, parse
from mailflow.model import Address, Mail

_FORWARD = re.compile(r"(?:\[[^\]]{1,30}\][ \u3000]?){0,3}(?:FW|FWD|Fw|Fwd|転送)[ \u3000]?[:：]|【転送】", re.I)
_DEFAULT_CONTEXT = ReadContext()
_DEFAULT_LIMITS = Limits()


def read_mail(raw: bytes, *, context: ReadContext = _DEFAULT_CONTEXT, limits: Limits = _DEFAULT_LIMITS) -> Mail:
    """The mail as its sender meant it."""
    return _read(parse(raw, limits), context, limits)


def content_id(raw: bytes, *, limits: Limits = _DEFAULT_LIMITS) -> str:
    """The number that two deliveries of one mail have in common (DESIGN §8.1)."""
    return fingerprint(parse(raw, limits), limits)


def read_mail_and_id(
    raw: bytes, *, context: ReadContext = _DEFAULT_CONTEXT, limits: Limits = _DEFAULT_LIMITS
) -> tuple[Mail, str]:
    """Both from one parse: each leaf is decoded and hashed once."""
    skeleton = parse(raw, limits)
    mail = _read(skeleton, context, limits)
    return mail, fingerprint(skeleton, limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a mail is kept and listed under before anybody has read it."""

    content_id: str
    message_id: str | None
    subject: str | None
    sender: Address | None
    date: datetime | None


def identify(raw: bytes, *, limits: Limits = _DEFAULT_LIMITS) -> Identity:
    """Content id and headers only: no attachment is opened. A bare header block will do."""
    skeleton = parse(raw, limits)
    sender, date = sender_and_date(skeleton.headers, limits)
    return Identity(
        content_id=fingerprint(skeleton, limits),
        message_id=message_id_of(skeleton.headers),
        subject=subject_of(skeleton.headers, []),
        sender=sender,
        date=date,
    )


def _read(skeleton: Skeleton, context: ReadContext, limits: Limits) -> Mail:
    headers, defects = skeleton.headers, skeleton.defects
    envelope = read_envelope(headers, limits, defects)
    subject = subject_of(headers, defects)
    message_id = message_id_of(headers)
    if message_id is None:
        note(defects, "no-message-id")
    in_reply_to = ids_of(headers.get("in-reply-to"))
    references = ids_of(headers.get("references"))

    readable = "mail-too-large" not in defects
    texts = text_parts(skeleton) if readable else []
    body = read_body(skeleton, texts, limits)
    collector = Collector(skeleton, context, limits)
    attachments = collector.collect({id(part) for part in texts}) if readable else ()
    text = body.text or collector.tnef_text or body.text
    invitations = tuple(calendars(skeleton, limits)) if readable else ()

    signs = Signs(
        sender=envelope.sender,
        subject=subject or "",
        answers=bool(in_reply_to or references),
        attachments=attachments,
        calendars=invitations,
        text=text or "",
    )
    machine = machine_kind(skeleton, signs, context)
    return Mail(
        sender=envelope.sender,
        reply_to=envelope.reply_to,
        to=envelope.to,
        cc=envelope.cc,
        subject=subject,
        date=envelope.date,
        message_id=message_id,
        in_reply_to=in_reply_to[0] if in_reply_to else None,
        references=references,
        received=envelope.received,
        text=text,
        new_text=new_text(text or "", forwarded=bool(_FORWARD.match(subject or ""))),
        html="\n".join(body.html) or None,
        attachments=attachments,
        calendar=invitations,
        machine=machine,
        returned_ids=returned_ids(skeleton, machine, text or ""),
        returned_tokens=returned_tokens(skeleton, machine, text or ""),
        returned=returned(skeleton, machine, text or ""),
        authentication=read_authentication(headers, context),
        defects=tuple(defects),
        attached=tuple(collector.mails),
    )
