"""The frozen types that travel through mailflow (DESIGN §1). No behaviour beyond what a value knows of itself.

All times are aware. Sizes are bytes. Addresses keep their case as written; compare with `Address.key`.
Everything here but bytes-carrying values (`Arrival`, `Attachment`, `Mail`) goes to JSON and back without loss
by `mailflow.codec`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Literal

# --- a mail -----------------------------------------------------------------------------------------------------------


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
    """What a bounce or a delay says of one recipient. `action`: failed or delayed; `status`: RFC 3463, or a reply code;
    `why`: Japanese, with the server's own words. Anybody can write such a mail: it says so, it proves nothing."""

    recipient: str
    action: Literal["failed", "delayed"]
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


# --- what we understand of it -----------------------------------------------------------------------------------------


class Kind(StrEnum):
    APPLICATION = "application"
    CONSULTATION = "consultation"
    PASSWORD = "password"
    INQUIRY = "inquiry"
    WITHDRAWAL = "withdrawal"
    MACHINE = "machine"
    INTERNAL = "internal"
    UNKNOWN = "unknown"


class Resolved(StrEnum):
    """How sure a name was taken: `suggestion` is never taken silently."""

    EXACT = "exact"
    VARIANT = "variant"
    SUGGESTION = "suggestion"
    NONE = "none"


class BodyKind(StrEnum):
    """Kinds of applicants. The five places of the code list, then what the bracket may also hold (seed 2(1))."""

    PREFECTURE = "prefecture"
    DESIGNATED_CITY = "designated_city"
    CITY = "city"
    SPECIAL_WARD = "special_ward"
    TOWN = "town"
    VILLAGE = "village"
    UNION = "union"  # 一部事務組合・広域連合
    CORPORATION = "corporation"  # 出資法人
    NONPROFIT = "nonprofit"  # 非営利法人
    OTHER = "other"


PLACES = frozenset({BodyKind.DESIGNATED_CITY, BodyKind.CITY, BodyKind.SPECIAL_WARD, BodyKind.TOWN, BodyKind.VILLAGE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """The body that a mail speaks for. `resolved` none: every other field None or empty."""

    resolved: Resolved
    code: str | None = None
    prefecture: str | None = None
    name: str | None = None
    kind: BodyKind | None = None
    bureau: str | None = None
    ward: str | None = None  # 札幌市中央区: the city is the body, the ward is said here
    written: str | None = None  # as it stood in the source that named it
    suggestions: tuple[str, ...] = ()  # full names, nearest first

    @property
    def full_name(self) -> str | None:
        """「長野県飯田市」; a prefecture, or a body outside the code list, by its own name."""
        if self.name is None:
            return None
        outside = self.kind is not None and self.kind not in PLACES
        if self.prefecture is None or outside or self.name.startswith(self.prefecture):
            return self.name
        return f"{self.prefecture}{self.name}"


NO_ORGANIZATION = Organization(resolved=Resolved.NONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """What the four sources say of the body (DESIGN §4): each Organization, `resolved: none` where it says nothing."""

    form: Organization = NO_ORGANIZATION
    subject: Organization = NO_ORGANIZATION
    attachment: Organization = NO_ORGANIZATION
    sender: Organization = NO_ORGANIZATION
    body: Organization = NO_ORGANIZATION  # a place named in the new text, where nothing else tells


FieldScalar = str | int | float
FieldContent = FieldScalar | tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldValue:
    """One field of a form. `value`: understood; `raw`: as typed; `cell`: `Sheet!B7` of the value, None if not found.

    `problem`: why `raw` could not be understood as its type, else None: `type`, `choice`, `error` (an Excel error
    value), `length`.
    """

    label: str
    value: FieldContent = None
    raw: str | int | float | None = None
    cell: str | None = None
    problem: str | None = None

    @property
    def empty(self) -> bool:
        return self.raw is None or (isinstance(self.raw, str) and not self.raw.strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class FormData:
    """The values of one form. `fields` has every key of the spec. `problems`: in Japanese, about the file as a whole.

    `edition`: the id of the spec that fits (form.yaml may hold several with validity dates). `marked`: it is our own
    marked copy coming back. `untouched`: a blank form. `sha256` and `filename`: of the attachment it was read from.
    `fingerprint`: sha256 over the values, equal for two files with the same content.
    """

    edition: str
    fields: Mapping[str, FieldValue]
    problems: tuple[str, ...] = ()
    sheet: str | None = None
    filename: str | None = None
    sha256: str | None = None
    fingerprint: str = ""
    marked: bool = False
    untouched: bool = False
    names_round: str | None = None  # 「1次公募」, 「令和7年度」: what the form says of itself, if it says so

    def value(self, key: str) -> FieldContent:
        """The understood value of a field; None for a key that is not in the spec."""
        found = self.fields.get(key)
        return found.value if found else None

    def text(self, key: str) -> str:
        """The value as text, "" when empty."""
        value = self.value(key)
        if value is None:
            return ""
        return "、".join(value) if isinstance(value, tuple) else str(value)


class Intent(StrEnum):
    """What else a mail's new text asks for; several may hold."""

    APPLY = "apply"
    CONSULT = "consult"
    REPLACE = "replace"  # 差し替え・再送・修正
    WITHDRAW = "withdraw"
    PASSWORD = "password"
    ASK = "ask"  # a question
    CONFIRM_RECEIPT = "confirm-receipt"  # 届いておりますか
    CONTACT_CHANGE = "contact-change"
    EXTENSION = "extension"
    MISSENT = "missent"  # 誤送信
    DRAFT_FORM = "draft-form"  # 【案】, 記入途中


class RequestIntent(StrEnum):
    REQUEST = "request"
    CHOICE = "choice"
    RESCHEDULE = "reschedule"
    CANCEL = "cancel"
    ACCEPT = "accept"
    DECLINE = "decline"


class CalendarAnswer(StrEnum):
    """What a calendar program answered to our invitation (RFC 5546 §3.2)."""

    ACCEPTED = "accepted"
    TENTATIVE = "tentative"
    DECLINED = "declined"
    COUNTER = "counter"
    CANCELLED = "cancelled"


class Method(StrEnum):
    ONLINE = "online"
    PHONE = "phone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A stretch of time that an officer named, half-open, with the words that gave it."""

    start: datetime
    end: datetime
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a mail wants of the consultation (seed 2(4)). `choices`: numbers of an offer, in order of preference.

    `unclear`: in Japanese, what was not understood; then nothing is booked. `asked_at`: the web form's own time.
    `contact`: the applicant's address inside a notice of the web form. `leaves_open`: names no day and no week, or says
    いつでも: slots are offered, none is held. `refers_to`: the day of the booking it speaks of. `shift`: 「30分後ろ倒し」,
    from the booking's own time. `none_fits`, `any_of_offer`: none, each of an offer. `same_time`: only the method changes. `uid`, `sequence`: of the
    calendar entry that a program answered (RFC 5545), `calendar`: how. `form`: it came by the call's web form.
    """

    intent: RequestIntent
    method: Method | None = None
    windows: tuple[Window, ...] = ()
    choices: tuple[int, ...] = ()
    unclear: tuple[str, ...] = ()
    topic: str | None = None
    phone: str | None = None
    asked_at: datetime | None = None
    contact: Address | None = None
    leaves_open: bool = False
    refers_to: date | None = None
    shift: timedelta | None = None
    none_fits: bool = False
    any_of_offer: bool = False
    same_time: bool = False
    uid: str | None = None
    calendar: CalendarAnswer | None = None
    sequence: int | None = None
    form: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A known sender that is no applicant (parties.yaml): ministry, bureau, own firm, web form, quarantine, vendor."""

    id: str
    kind: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """What one mail says, without any case. `kind`, `label`, `rule` are set by `intake.classify`.

    `form`: the one form that counts; `forms`: all that were found, by attachment order (more than one: `review`).
    `sender_class`: `body` (its domain is the organization's), `other-body`, `unlisted-lg`, `free`, `unlisted`.
    """

    kind: Kind = Kind.UNKNOWN
    label: str | None = None
    rule: str | None = None
    organization: Organization = NO_ORGANIZATION
    naming: Naming = field(default_factory=Naming)
    form: FormData | None = None
    forms: tuple[FormData, ...] = ()
    request: Request | None = None
    intents: frozenset[Intent] = frozenset()
    known_sender: Party | None = None
    sender_class: str = "unlisted"
    programme_subject: bool = False  # the subject is (some spelling of) the programme's
    case_number: str | None = None  # 「R8-1-202053」 quoted in subject or text
    links: tuple[str, ...] = ()  # file-service links in the new text
    part: tuple[int, int] | None = None  # (1/2): this part, of how many


# --- what we know when we judge ---------------------------------------------------------------------------------------


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
        return replace(understood, organization=self.organization, naming=naming, sender_class=self.sender_class)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """All that judging may know beside the mail, loaded in one read with the case's `revision` (DESIGN §1 (b)).

    `case_id` None: no case yet. `party`: the sender is a party of the case, or the mail opens it. `claim`: a case
    exists and the sender is no party of it: the mail is kept there, counts for nothing. `untied`: the sender opened the
    body's case (or opens it now) and neither the domain table nor a person ties them to the body. `unacknowledged`: earlier
    arrivals of the case that no letter has acknowledged. `duplicate_of`: an earlier mail with the same form content.
    `answers`: the letter of ours that this mail replies to, if any. `bookings`: the case's own that are still to come.
    `taken`: every seat that is booked or blocked (none: all slots are free). `offer`: the last one made to the case.
    `links`: online meetings that bookings use. `earlier`: the unacknowledged mails and, for a part of
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
    exceptions: tuple[KnownException, ...] = ()
    unacknowledged: tuple[int, ...] = ()
    earlier: tuple[EarlierMail, ...] = ()
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


# --- what we find and do ----------------------------------------------------------------------------------------------


class Severity(StrEnum):
    """DESIGN §4. Only `fix`, `refuse` and `review` hold an application back."""

    NOTE = "note"
    CONFIRM = "confirm"
    FIX = "fix"
    REFUSE = "refuse"
    REVIEW = "review"


HOLDING = frozenset({Severity.FIX, Severity.REFUSE, Severity.REVIEW})


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One result of one check. `message`: Japanese, to the applicant (to the secretariat for `review`).

    `where`: 「件名」, 「添付ファイル」, 「連絡先の電話番号（応募様式!D14）」. `fields`: keys of the form concerned.
    `example`: what a right value looks like (記入例), or None. `files`: attachments concerned.
    """

    check: str
    severity: Severity
    where: str
    found: str | None
    expected: str | None
    message: str
    clause: str | None
    example: str | None = None
    fields: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


StepName = Literal["book", "reschedule", "cancel", "offer", "closed", "full", "person", "nothing", "remind"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultationStep:
    """What follows from a request for a consultation (DESIGN §6). `template`: None where no letter goes. `booking`: the
    one that is moved or cancelled. `offered`: in the numbering of the letter, from 1. `reply_by`: until when, business
    time. `answer`: of a calendar program, to be noted with
    `booking`. `review`: why a person looks first, in Japanese. `because`: the decision in words, for people. `uid`: of the calendar
    entry of a new booking (a moved one keeps its own). `link`, `access`: the way into its online meeting, where one is left."""

    step: StepName
    because: str
    template: str | None = None
    slot: Slot | None = None
    booking: Booking | None = None
    offered: tuple[Slot, ...] = ()
    reply_by: datetime | None = None
    review: str | None = None
    uid: str | None = None
    link: str | None = None
    access: str | None = None
    answer: CalendarAnswer | None = None


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


ActionName = Literal["reply", "enqueue", "book", "reschedule", "cancel", "withdraw", "label", "notify", "file"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What follows from a verdict. `template` for reply, `slot` for book/reschedule, `note` for label/notify/file, `booking`:
    the one that is moved or cancelled, `seats`: how many the slot's host has then."""

    action: ActionName
    template: str | None = None
    slot: Slot | None = None
    note: str | None = None
    booking: int | None = None
    seats: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One mail's judgement with all it was made on (invariant 8)."""

    understood: Understood
    findings: tuple[Finding, ...]
    config_hash: str
    known: Known
    judged_at: datetime
    received_at: datetime
    case_key: str | None = None  # `012025`, `name:…`, or `mail:…` for a mail of no body
    round_id: str | None = None
    step: ConsultationStep | None = None  # what follows from its request for a consultation
    files: tuple[FileSeen, ...] = ()
    answered: tuple[LetterItem, ...] = ()  # questions of ours that this mail answers by 記入のとおり
    promised: datetime | None = None  # until when it says the answer will come

    def open(self, *severities: Severity) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.severity in severities)

    @property
    def needs_review(self) -> bool:
        return any(f.severity is Severity.REVIEW for f in self.findings)

    @property
    def complete(self) -> bool:
        """A form was read and nothing holds the application back."""
        return self.understood.form is not None and not self.open(*HOLDING)


# --- letters ----------------------------------------------------------------------------------------------------------


class Approval(StrEnum):
    AUTO = "auto"
    ONE = "one"
    TWO = "two"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A file of an outgoing mail. `origin`: `public:<path in templates/files>`, `case:<sha256>` or `derived:<sha256>`."""

    filename: str
    content_type: str
    content: bytes = field(repr=False)
    sha256: str
    origin: str

    @property
    def size(self) -> int:
        return len(self.content)


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterPlan:
    """Which letter answers a mail, and when it may leave (DESIGN §4 "Draft", §5). Business time throughout.

    `review`: a person looks first; never in bulk, never by `auto`. `fix_by`: the day asked for in a fix request.
    `near_close`: less than 4 business hours are left when it is composed; another wording is used.
    """

    template: str
    purpose: str
    review: bool = False
    not_before: datetime | None = None
    valid_until: datetime | None = None
    fix_by: datetime | None = None
    near_close: bool = False
    priority: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A composed letter waiting for approval. What `content_sha256` covers is what a person approves (DESIGN §5).

    `purpose`: one live letter a case and purpose (`reply`, `consultation`, `result`, …). `review`: never in bulk, never
    by `auto`. `not_before`, `valid_until`: business time.
    """

    template: str
    purpose: str
    approval: Approval
    consent: bool
    sender: Address
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    subject: str
    text: str
    html: str | None = None
    parts: tuple[Part, ...] = ()
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    review: bool = False
    not_before: datetime | None = None
    valid_until: datetime | None = None
    priority: int = 50  # smaller leaves first
    findings: tuple[Finding, ...] = ()
    warnings: tuple[str, ...] = ()
    items: tuple[LetterItem, ...] = ()  # its numbered points
    fix_by: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """All that one mail gives: the verdict, what to do, the letters to be approved."""

    verdict: Verdict
    actions: tuple[Action, ...]
    drafts: tuple[Draft, ...]
