"""Who may be written to because of one mail: one rule for the letter and for the case's parties (DESIGN §4, §5). Pure.

A letter answers the mail's From, or its Reply-To where that names at most MAX_REPLY_TO addresses, all in the From's own
domain. The form's contact reads along where the form counts. Exactly these become parties of the case, so that no letter
names anybody who is none. Never raises.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from mailflow import numbering
from mailflow.model import PLACES, Address, BodyKind, Intent, Kind, Mail, Organization, Severity, Verdict

MAX_REPLY_TO = 3
ROBOTS = ("noreply", "no-reply", "no_reply", "donotreply", "do-not-reply", "mailer-daemon", "postmaster")
# RFC 5321 §4.1.2 without quoted local parts, which gateways break; docomo's old `a..b.@` is let through as it is mailed.
_MAILABLE = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,188}[A-Za-z0-9])?")
_OPEN = frozenset({"body", "unlisted-lg", "unlisted"})  # a free mail's domain ties nobody to anybody

ELSEWHERE = "返信先（Reply-To）が差出人と別のドメインです。宛先は差出人のままにしました。"
TOO_MANY = f"返信先（Reply-To）が{MAX_REPLY_TO}つより多くあります。宛先は差出人のままにしました。"
NOT_USED = "返信先（Reply-To）は、この差出人では使えません。宛先は差出人のままにしました。"
NOT_MAILABLE = "返信先（Reply-To）に、メールを送れないアドレスがあります。宛先は差出人のままにしました。"


@dataclass(frozen=True, slots=True)
class ReplyTo:
    """`addresses`: to write to instead of the From, () for the From. `warning`: why the Reply-To isn't followed."""

    addresses: tuple[Address, ...] = ()
    warning: str | None = None


def mailable(address: str) -> bool:
    """Whether a letter can be addressed so: ASCII, one address, nothing that a header or an envelope reads otherwise."""
    return _MAILABLE.fullmatch(address) is not None


def correspondent(mail: Mail, verdict: Verdict) -> Address | None:
    """Who wrote: the sender, the officer whose address stands inside a notice of the call's web form, or whose mail a bureau sent on."""
    party, request = verdict.understood.known_sender, verdict.understood.request
    if party is not None and party.kind == "web-form" and request is not None:
        return request.contact
    return verdict.understood.writer or mail.sender


def reply_to(mail: Mail, verdict: Verdict) -> ReplyTo:
    """Where the answer goes beside the From. A claim's goes to the From only."""
    sender = mail.sender
    wanted = {one.key: one for one in mail.reply_to}
    if sender is None or not wanted or set(wanted) == {sender.key} or correspondent(mail, verdict) is not sender:
        return ReplyTo()
    if any(one.domain != sender.domain for one in wanted.values()):
        return ReplyTo(warning=ELSEWHERE)
    if len(wanted) > MAX_REPLY_TO:
        return ReplyTo(warning=TOO_MANY)
    if verdict.known.claim or not verdict.known.party or verdict.understood.sender_class not in _OPEN:
        return ReplyTo(warning=NOT_USED)
    if not all(mailable(one.address) for one in wanted.values()):
        return ReplyTo(warning=NOT_MAILABLE)
    return ReplyTo(addresses=tuple(wanted.values()))


def is_version(verdict: Verdict) -> bool:
    """Whether the mail's form becomes a version of the case (DESIGN §4, "The case"), counted or not."""
    understood, known = verdict.understood, verdict.known
    of_body = known.case_id is not None or numbering.case_key(understood.organization) is not None
    return (
        understood.form is not None
        and understood.kind is Kind.APPLICATION
        and of_body
        and known.party
        and not known.claim
        and known.duplicate_of is None
    )


# While one of these is open a person has not said yet that the form stands in this round and in place of the last one.
UNSETTLED = frozenset({"round-late", "round-open", "version-replaces"})


def counts(verdict: Verdict) -> bool:
    """Whether that version counts: in time, and over a complete one only where it says so or was asked for."""
    open_now = verdict.open(Severity.REFUSE, Severity.REVIEW)
    if not is_version(verdict) or any(one.check in UNSETTLED for one in open_now):
        return False
    known = verdict.known
    said = Intent.REPLACE in verdict.understood.intents or known.answers is not None
    settled = any(one.check == "version-replaces" for one in verdict.findings)  # a person, or the rules' own weight
    return said or settled or not any(one.counted and one.complete for one in known.versions)


def sent_by_prefecture(verdict: Verdict) -> Organization | None:
    """The prefecture whose domain sent the application of one of its towns (situations.md row 15)."""
    understood, sender = verdict.understood, verdict.understood.naming.sender
    if understood.sender_class != "other-body" or sender.kind is not BodyKind.PREFECTURE or sender.code is None:
        return None
    body = understood.organization
    return sender if body.kind in PLACES and body.prefecture == sender.prefecture else None


def in_place_of(mail: Mail, verdict: Verdict) -> Address | None:
    """Who is written to in the place of whoever sent the form for the body (row 16): the form's contact, where the domain table ties that
    to the body and nobody has said yet that the sender may hear of it. Of a mail that was sent on, a person says whose it is."""
    understood = verdict.understood
    asked = any(one.check == "sender-domain" for one in verdict.open(Severity.REVIEW))
    if mail.attached or not asked or understood.sender_class != "unlisted" or understood.contact_class != "body":
        return None
    return contact(verdict)


BESIDE = "beside-"
LEAVE_QUESTIONS = frozenset({"on-record", "extension", "withdrawal-received"})
"""Letters on one fixed matter: what the mail asks beside it, another letter answers."""


def beside(mail: Mail, verdict: Verdict) -> str | None:
    """The purpose of a letter that stands beside the one to whoever sent the version in force: that of an application by
    somebody else of the body which replaces nothing. None for any other (docs/decisions/0094). A mark, no address."""
    current, writer = verdict.known.current, correspondent(mail, verdict)
    if verdict.understood.kind is not Kind.APPLICATION or current is None or writer is None or counts(verdict):
        return None
    if current.correspondent is None or current.correspondent == writer.key or verdict.known.claim:
        return None
    return BESIDE + hashlib.sha256(writer.key.encode()).hexdigest()[:12]


def contact(verdict: Verdict) -> Address | None:
    """The contact of a form that counts, where the form names one that can be written to."""
    form = verdict.understood.form
    if form is None or not counts(verdict):
        return None
    field = form.fields.get("contact_email")
    address = form.text("contact_email").strip()
    if field is None or field.problem or not mailable(address):
        return None
    return Address(name=" ".join(form.text("contact_name").split())[:60] or None, address=address)
