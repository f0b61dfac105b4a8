"""What we understand of a mail: its kind, the organization, the form, the wish (DESIGN §1, §4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from mailflow.model.mail import Address


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
    from the booking's own time. `none_fits`, `any_of_offer`: none, each of an offer. `same_time`: only the method changes. `same_hours`: another day, at the hour of the booking. `uid`, `sequence`: of the
    calendar entry that a program answered (RFC 5545), `calendar`: how. `form`: it came by the call's web form.
    `elsewhere`: the words that wish it face to face, or with the bureau in charge: no slot of ours.
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
    same_hours: bool = False
    any_of_offer: bool = False
    same_time: bool = False
    uid: str | None = None
    calendar: CalendarAnswer | None = None
    sequence: int | None = None
    form: bool = False
    elsewhere: str | None = None


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
    `sender_class`: `body` (its domain is the organization's), `other-body`, `unlisted-lg`, `free`, `unlisted`; `contact_class` alike, of
    the contact that the form names.
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
    contact_class: str = "unlisted"
    programme_subject: bool = False  # the subject is (some spelling of) the programme's
    case_number: str | None = None  # 「R8-1-202053」 quoted in subject or text
    links: tuple[str, ...] = ()  # file-service links in the new text
    part: tuple[int, int] | None = None  # (1/2): this part, of how many
    writer: Address | None = None  # of the mail that a bureau sent on, as that mail says: nobody has proven it
    sent_on_by: Address | None = None  # that bureau's sender, whom our own server proved
