"""What we know when we judge: the case, its versions, letters, bookings, free slots, as `Known` (DESIGN §1)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Literal

from mailflow.model.findings import Finding
from mailflow.model.mail import Address
from mailflow.model.understanding import CalendarAnswer, FormData, Method, Naming, Organization, Understood


class CaseState(StrEnum):
    INCOMPLETE = "incomplete"
    COMPLETE = "complete"
    LATE = "late"
    INELIGIBLE = "ineligible"
    WITHDRAWN = "withdrawn"
    SCREENING = "screening"
    DECIDED = "decided"
    NOTIFIED = "notified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One mail with a form, in the order of (received_at, UID). `open_fix`: ids of checks still open as `fix`."""

    number: int
    mail_id: int
    received_at: datetime
    fingerprint: str
    filename: str | None
    complete: bool
    counted: bool
    open_fix: tuple[str, ...] = ()
    filled: int = 0  # cells with a value


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSeen:
    """A file of an earlier mail, as its acknowledgement lists it. `problem` as in `Attachment`."""

    name: str
    size: int
    problem: str | None = None
    form: bool = False


MORE_QUESTIONS = "（ほかにも質問があります）"
"""A question's text in the place of what isn't listed: nothing answers it but a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One thing that a mail wants words for. `entry`: of faq.yaml, with its `answer` as that was then; None: a person has to write it.
    `partly`: the answer leaves something of it open, which a person has to write too."""

    text: str
    entry: str | None = None
    answer: str | None = None
    clause: str | None = None
    partly: bool = False

    @property
    def settled(self) -> bool:
        """No person has to write anything."""
        return self.answer is not None and not self.partly


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierMail:
    """Another mail of the same case, received before this one. `part`: (1/2) of a mail that was split."""

    mail_id: int
    received_at: datetime
    files: tuple[FileSeen, ...] = ()
    part: tuple[int, int] | None = None
    form: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterItem:
    """One numbered point of a letter, as its reader has it in hand: people answer 「2は…」. `confirm`: a question that
    記入のとおり answers. `checks`, `fields`: what the point is about."""

    number: int
    checks: tuple[str, ...]
    fields: tuple[str, ...] = ()
    where: str = ""
    confirm: bool = False
    found: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A letter of a case that is still alive or has gone out. `message_ids`: ours and what relays made of it.

    `items`: its numbered points, and `fix_by`: the day it asked for; of letters that have gone out only."""

    draft_id: int
    purpose: str
    template: str
    state: str
    message_ids: tuple[str, ...] = ()
    sent_at: datetime | None = None
    findings: tuple[str, ...] = ()
    items: tuple[LetterItem, ...] = ()
    fix_by: datetime | None = None
    mail_id: int | None = None  # the mail it answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What was told about a version beside its form: a field's value (`value`, as told), or that a question is answered
    by 記入のとおり (`check`, and what was `found`). `cleared`: a person lifts such a finding of this very mail (True), or holds
    it up again (False). `source`: 「mail:12」, 「電話 3月17日」, or the person's reason. `by`: who wrote it down."""

    mail_id: int  # of the version
    cleared: bool | None = None
    field: str | None = None
    value: str | None = None
    check: str | None = None
    fields: tuple[str, ...] = ()
    found: str | None = None
    source: str = ""
    by: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """`state`: held (its letter waits), confirmed (it went out), cancelled, moved, done, no-show."""

    id: int
    start: datetime
    end: datetime
    host: str
    method: Method
    state: str
    uid: str = ""  # of its calendar entry (RFC 5545 §3.8.4.7); stable over moves
    sequence: int = 0  # RFC 5545 §3.8.7.4
    phone: str | None = None
    answer: CalendarAnswer | None = None  # what the applicant's calendar program said of it as it is now
    link: str | None = None
    own: bool = False  # as it is now it is the doing of the very mail that is judged (again)
    was: Slot | None = None  # before its last move


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    start: datetime
    end: datetime
    host: str
    method: Method


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Seats of a host that can't be booked any more, half-open: by whom isn't said here."""

    start: datetime
    end: datetime
    host: str
    seats: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Slots that a letter of ours offered, in its numbering from 1. `asked_at`: when the request it answers came. `sure`: the
    mail answers that letter, or the case was sent no other offer."""

    draft_id: int
    slots: tuple[Slot, ...]
    asked_at: datetime
    method: Method | None = None
    sure: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownException:
    """A person's exception for one applicant: what (`deadline`, `check:<id>`), until when, who, why, with consent."""

    what: str
    until: datetime | None
    by: str
    why: str
    consent: str | None


Again = Literal["letters", "quiet", "remind", "appointment"]
"""Why a mail is judged once more: something of its case became known (`letters`; `quiet`: nothing that its sender must
hear of), or its letter was not answered (`remind`: one reminder, the verdict stays), or the case's consultation is near (`appointment`: likewise)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """What a person said a mail is, in place of what was judged (DESIGN §4). `rule`: the rule of rules.yaml that decides.
    `organization`: the body it is of, with the class of its sender for that body. None: as judged."""

    rule: str | None = None
    organization: Organization | None = None
    sender_class: str = "unlisted"

    def applied(self, understood: Understood) -> Understood:
        """The same mail, of the body that the person named: nothing in it contradicts that any more."""
        if self.organization is None:
            return understood
        naming = Naming(form=self.organization)
        sender, contact = self.sender_class, "unlisted"
        return replace(
            understood, organization=self.organization, naming=naming, sender_class=sender, contact_class=contact
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Current:
    """The version that counts, with its form and what was found in it when it was judged last. `correspondent`: who sent it,
    folded as in `Address.key`."""

    number: int
    mail_id: int
    received_at: datetime
    form: FormData
    findings: tuple[Finding, ...]
    correspondent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """All that judging may know beside the mail, loaded in one read with the case's `revision` (DESIGN §1 (b)).

    `case_id` None: no case yet. `party`: the sender is a party of the case, or the mail opens it. `claim`: a case
    exists and the sender is no party of it: the mail is kept there, counts for nothing. `untied`: the sender opened the
    body's case (or opens it now) and neither the domain table nor a person ties them to the body. `unacknowledged`: earlier
    arrivals of the case that no letter has acknowledged. `duplicate_of`: an earlier mail with the same form content.
    `answers`: the letter of ours that this mail replies to, if any. `bookings`: the case's own, by time, the past and the
    cancelled ones too.
    `taken`: every seat that is booked or blocked (none: all slots are free). `offer`: the last one made to the case.
    `links`: online meetings that bookings use. `material`: an earlier mail about the consultation brought a form. `unanswered`: what the unacknowledged mails ask and nobody has answered, where this one asks too; the answers are
    this judging's. `earlier`: the unacknowledged mails and, for a part of
    a split mail, its other parts. `current`: the version that counts, as it was judged. `recorded`: what people told of
    a version beside its form. `passwords_tried`: how many passwords that were told did this mail's files not open.
    """

    case_id: int | None = None
    case_number: str | None = None
    case_state: CaseState | None = None
    revision: int = 0
    party: bool = True
    claim: bool = False
    untied: bool = False
    parties: tuple[Address, ...] = ()
    versions: tuple[Version, ...] = ()
    letters: tuple[Letter, ...] = ()
    answers: Letter | None = None
    bookings: tuple[Booking, ...] = ()
    taken: tuple[Taken, ...] = ()
    offer: Offer | None = None
    links: tuple[str, ...] = ()
    material: bool = False
    exceptions: tuple[KnownException, ...] = ()
    unacknowledged: tuple[int, ...] = ()
    earlier: tuple[EarlierMail, ...] = ()
    unanswered: tuple[Question, ...] = ()
    current: Current | None = None
    recorded: tuple[Recorded, ...] = ()
    passwords_tried: int = 0
    again: Again | None = None
    contact: Address | None = None  # whom a person named as the case's contact from a day on
    own_number: int | None = None  # of the version that this very mail brought when it was judged before
    ended: tuple[str, ...] = ()  # addresses (folded) whose holder no longer deals with the case
    corrected: Corrected | None = None  # by a person, of this very mail
    arrived: tuple[EarlierMail, ...] = ()  # mails of the case that apply without a form that could be read
    duplicate_of: int | None = None
    entered: bool = False  # a person took it in out of the web form's own table
    acted: Literal["untold", "told"] | None = (
        None  # this very mail had a slot booked, moved or given back; has its letter left?
    )
    before_start: bool = False  # received before the go-live fence: nothing may go out
    replies_today: int = 0  # letters to this address today (reply budget)

    @classmethod
    def empty(cls) -> Known:
        """Nothing known: what `try` judges on."""
        return cls()
