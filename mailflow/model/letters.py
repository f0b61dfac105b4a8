"""Letters: the plan, the draft with its parts, and the outcome of one mail (DESIGN §1, §5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from mailflow.model.findings import Finding
from mailflow.model.known import LetterItem
from mailflow.model.mail import Address
from mailflow.model.verdict import Action, Verdict

ANSWERING = "inquiry-received"  # the letter that answers from faq.yaml what that has an answer for


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
