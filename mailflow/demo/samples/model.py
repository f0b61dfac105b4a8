"""What a sample mail is, and which sorts of mail the samples must hold between them.

Values only. Times are aware, +09:00. Nothing here decides anything: `Expectation` is what an experienced clerk of the
round would say of the mail alone, before any case is known, and serves tests and the demo's summary as data.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from mailflow.model import Kind


class Sort(StrEnum):
    """The checklist. A mail may be of several sorts; each sort has at least one mail."""

    GOOD_A = "good-a"
    GOOD_B = "good-b"
    WRONG_SUBJECT = "wrong-subject"
    WRONG_FILE_NAME = "wrong-file-name"
    NO_ATTACHMENT = "no-attachment"
    RESENT = "resent"
    XLS = "xls"
    PDF_FORM = "pdf-form"
    DOCX_FORM = "docx-form"
    GAPS = "gaps"
    CORRECTED = "corrected"
    FEW_HOURS = "few-hours"
    FISCAL_INDEX = "fiscal-index"
    OFFICE_NETWORK = "office-network"
    PREFECTURE = "prefecture"
    NONPROFIT = "nonprofit"
    REPLACEMENT = "replacement"
    HOMONYM = "homonym"
    COVER_LETTER = "cover-letter"
    HALF_FILLED = "half-filled"
    DATED_REQUEST = "dated-request"
    MINISTRY = "ministry"
    WEB_FORM = "web-form"
    ARRIVED = "arrived"
    OUT_OF_OFFICE = "out-of-office"
    BOUNCE = "bounce"
    READ_RECEIPT = "read-receipt"
    QUESTION = "question"
    ALSO_ASKS = "also-asks"
    CLAIM = "claim"
    FREE_MAIL = "free-mail"
    LATE = "late"
    ISO_2022_JP = "iso-2022-jp"
    RAW_CP932_NAME = "raw-cp932-name"
    LOCKED_ZIP = "locked-zip"
    PASSWORD = "password"  # noqa: S105 - a sort of mail
    LAST_YEAR = "last-year"
    LAST_YEARS_FORM = "last-years-form"
    BEFORE_OPENING = "before-opening"
    SPLIT = "split"
    WITHDRAWAL = "withdrawal"
    ADVERTISING = "advertising"
    QUARANTINE = "quarantine"
    MISSENT = "missent"
    GATEWAY_SUBJECT = "gateway-subject"
    DUPLICATE_DELIVERY = "duplicate-delivery"
    EVE = "eve"
    OTHER_PROGRAMME = "other-programme"
    EXTENSION = "extension"
    CONTACT_CHANGE = "contact-change"
    SEVERAL_FORMS = "several-forms"
    RELEASED = "released"
    STILL_LOCKED = "still-locked"
    BLANK_FORM = "blank-form"
    FILE_LINK = "file-link"
    FORWARDED = "forwarded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What the mail is, taken alone. `organization`: full name, None where nothing tells.

    `enqueue`: it goes to the screening queue. `template`: the letter drafted, None for no letter. `review`: a person
    looks first, for whatever reason.
    """

    kind: Kind
    organization: str | None = None
    enqueue: bool = False
    template: str | None = None
    review: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleMail:
    """One mail of the round. `raw`: CRLF throughout. `received_at`: INTERNALDATE. `story`: one line, Japanese."""

    id: str
    story: str
    sorts: frozenset[Sort]
    raw: bytes = field(repr=False)
    received_at: datetime
    folder: str = "INBOX"
    expect: Expectation
