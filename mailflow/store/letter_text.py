"""A letter as the store keeps it: everything but the bytes of its parts, which lie in `blob`.

`stored` and `restored` are inverse, given the bytes. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from mailflow.codec import clean_text
from mailflow.content_hash import hash_of, part_sha256
from mailflow.model import Address, Approval, Draft, Finding, LetterItem, Part
from mailflow.store.errors import OwnCaseViolation


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPart:
    filename: str
    content_type: str
    sha256: str
    size: int
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterText:
    """The JSON of `draft.content`."""

    sender: Address
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    subject: str
    text: str
    html: str | None
    parts: tuple[StoredPart, ...]
    in_reply_to: str | None
    references: tuple[str, ...]
    findings: tuple[Finding, ...]
    warnings: tuple[str, ...]
    items: tuple[LetterItem, ...] = ()
    fix_by: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the columns of a draft say beside its text."""

    template: str
    purpose: str
    approval: Approval
    consent: bool
    review: bool
    not_before: datetime | None
    valid_until: datetime | None
    priority: int


def stored(draft: Draft, *, warnings: tuple[str, ...] = ()) -> LetterText:
    """The letter without bytes. Raises OwnCaseViolation for a part whose bytes aren't what its hash says."""
    for part in draft.parts:
        if part_sha256(part) != part.sha256:
            raise OwnCaseViolation(f"添付ファイル「{part.filename}」の内容が、記録されたハッシュと合いません")
    return LetterText(
        sender=_clean(draft.sender),
        to=tuple(_clean(one) for one in draft.to),
        cc=tuple(_clean(one) for one in draft.cc),
        subject=clean_text(draft.subject),
        text=clean_text(draft.text),
        html=None if draft.html is None else clean_text(draft.html),
        parts=tuple(
            StoredPart(
                filename=clean_text(p.filename),
                content_type=clean_text(p.content_type),
                sha256=p.sha256,
                size=p.size,
                origin=p.origin,
            )
            for p in draft.parts
        ),
        in_reply_to=None if draft.in_reply_to is None else clean_text(draft.in_reply_to),
        references=tuple(clean_text(one) for one in draft.references),
        findings=draft.findings,
        warnings=(*draft.warnings, *warnings),
        items=draft.items,
        fix_by=draft.fix_by,
    )


def restored(letter: LetterText, terms: Terms, content: Mapping[str, bytes]) -> Draft:
    """The letter with the bytes of its parts, by sha256. KeyError where they are missing."""
    return Draft(
        template=terms.template,
        purpose=terms.purpose,
        approval=terms.approval,
        consent=terms.consent,
        sender=letter.sender,
        to=letter.to,
        cc=letter.cc,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        parts=tuple(
            Part(
                filename=p.filename,
                content_type=p.content_type,
                content=content[p.sha256],
                sha256=p.sha256,
                origin=p.origin,
            )
            for p in letter.parts
        ),
        in_reply_to=letter.in_reply_to,
        references=letter.references,
        review=terms.review,
        not_before=terms.not_before,
        valid_until=terms.valid_until,
        priority=terms.priority,
        findings=letter.findings,
        warnings=letter.warnings,
        items=letter.items,
        fix_by=letter.fix_by,
    )


def letter_sha256(letter: LetterText, terms: Terms) -> str:
    """`content_sha256` of a stored letter: the bytes aren't needed."""
    draft = restored(letter, terms, dict.fromkeys((p.sha256 for p in letter.parts), b""))
    return hash_of(draft, ((p.filename, p.content_type, p.sha256) for p in letter.parts))


def _clean(address: Address) -> Address:
    return Address(name=None if address.name is None else clean_text(address.name), address=clean_text(address.address))
