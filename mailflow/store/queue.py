"""The letters that wait for a person, as lists show them (DESIGN §5): of those alone that a person looks at first, and only for the few
rows on a page, what the letter holds is read.

In the order in which they become useless, then as their mails arrived. Reads, and the one write of who looks at what.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from mailflow.codec import from_json
from mailflow.model import Approval, Finding
from mailflow.store.arrivals import MAIL, MailState
from mailflow.store.base import Base
from mailflow.store.drafts import APPROVAL, CONSENT
from mailflow.store.hidden import HIDDEN_NOW, OF_HIDDEN, SUBJECT, hidden_now
from mailflow.store.letter_check import CASE_BLOB
from mailflow.store.mails import CASE, VERDICT
from mailflow.store.moves import DRAFT, OUTGOING, D, DraftState
from mailflow.store.overview import name_of
from mailflow.store.tables import table_of
from mailflow.store.tables_console import CaseOwnerRow, DraftSeenRow, LetterAssignedRow

SEEN, ASSIGNED, OWNER = table_of(DraftSeenRow), table_of(LetterAssignedRow), table_of(CaseOwnerRow)
_CHUNK = 500  # ids in one question
LOOKING = timedelta(seconds=45)  # an open page says so every ten seconds


class QueueEntry(NamedTuple):
    """One letter of the queue in the few words by which it is found, counted and put in order: thousands are read for each page.

    `at`: the arrival of the mail it answers, else when it was composed. `bulk`: may be approved together with others: nothing for a
    person to look at first. `assigned`: who deals with it, by the letter or by its case.
    """

    id: int
    state: str
    template: str
    review: bool
    two: bool
    at: datetime
    valid_until: datetime | None
    assigned: str | None
    bulk: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderReview:
    """What of a letter says why a person looks at it first: parts of `LetterText`."""

    findings: tuple[Finding, ...]
    warnings: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """One letter as a line of the list shows it. `approvals`: who said yes to this revision. `under_review`: where it was asked for, of
    a letter that a person looks at first; None of one about a mail that was sent by mistake."""

    id: int
    case_id: int
    case_number: str
    organization: str | None
    mail_id: int | None
    sender: str | None
    subject: str
    template: str
    state: str
    reason: str | None
    review: bool
    approval: Approval
    consent_required: bool
    consent_given: bool
    approvals: tuple[str, ...]
    content_sha256: str
    opened: bool
    edited_by: str | None
    at: datetime
    valid_until: datetime | None
    assigned: str | None
    under_review: UnderReview | None = None


_AT = sa.func.coalesce(MAIL.c.received_at, DRAFT.c.created_at, type_=DRAFT.c.created_at.type)
_URGENT = sa.func.coalesce(DRAFT.c.valid_until, _AT, type_=DRAFT.c.created_at.type)
_WHOSE = sa.func.coalesce(ASSIGNED.c.user, OWNER.c.user)
_FROM = (
    DRAFT.join(CASE, CASE.c.id == DRAFT.c.case_id)
    .outerjoin(MAIL, MAIL.c.id == DRAFT.c.mail_id)
    .outerjoin(ASSIGNED, (ASSIGNED.c.case_id == DRAFT.c.case_id) & (ASSIGNED.c.purpose == DRAFT.c.purpose))
    .outerjoin(OWNER, OWNER.c.case_id == DRAFT.c.case_id)
)
_REVIEWED = sa.case((DRAFT.c.review & DRAFT.c.id.not_in(OF_HIDDEN), DRAFT.c.content), else_=None)


def queue(store: Base, states: Iterable[DraftState] = (D.WAITING, D.STALE)) -> list[QueueEntry]:
    """All letters in these states, most urgent first."""
    given = sa.exists(
        sa.select(CONSENT.c.id).where(
            CONSENT.c.draft_id == DRAFT.c.id, CONSENT.c.content_sha256 == DRAFT.c.content_sha256
        )
    )
    bulk = sa.and_(DRAFT.c.state == D.WAITING.value, ~DRAFT.c.review, sa.or_(~DRAFT.c.consent_required, given))
    query = (
        sa.select(
            DRAFT.c.id, DRAFT.c.state, DRAFT.c.template, DRAFT.c.review, DRAFT.c.approval == Approval.TWO.value, _AT,
            DRAFT.c.valid_until, _WHOSE, bulk,
        )
        .select_from(_FROM)
        .where(DRAFT.c.state.in_([one.value for one in states]))
        .order_by(DRAFT.c.valid_until.is_(None), _URGENT, _AT, DRAFT.c.id)
    )  # fmt: skip
    with store.read() as db:
        return [QueueEntry(*row) for row in db.execute(query)]


def queue_rows(store: Base, ids: Sequence[int], *, reviewed: bool = False) -> list[QueueRow]:
    """These letters as lines, in the order asked for; those that are none are left out. `reviewed`: with `under_review`."""
    query = sa.select(
        *(column for column in DRAFT.c if column.name not in ("content", "subject")), SUBJECT, _AT.label("at"), MAIL.c.sender_address, CASE.c.number,
        CASE.c.org_prefecture, CASE.c.org_name, _WHOSE.label("assigned"), (_REVIEWED if reviewed else sa.null()).label("reviewed"),
    ).select_from(_FROM)  # fmt: skip
    rows: dict[int, Any] = {}
    people: dict[tuple[int, int], tuple[str, ...]] = {}
    consents: set[tuple[int, str]] = set()
    with store.read() as db:
        for start in range(0, len(ids), _CHUNK):
            some = ids[start : start + _CHUNK]
            rows |= {row.id: row for row in db.execute(query.where(DRAFT.c.id.in_(some)))}
            said = sa.select(APPROVAL.c.draft_id, APPROVAL.c.revision, APPROVAL.c.user).where(
                APPROVAL.c.draft_id.in_(some)
            )
            for row in db.execute(said.order_by(APPROVAL.c.id)):
                key = (row.draft_id, row.revision)
                people[key] = (*people.get(key, ()), row.user)
            consents |= {
                (row.draft_id, row.content_sha256)
                for row in db.execute(sa.select(CONSENT).where(CONSENT.c.draft_id.in_(some)))
            }
    return [
        _row(row, people.get((row.id, row.revision), ()), (row.id, row.content_sha256) in consents)
        for row in (rows[one] for one in ids if one in rows)
    ]


def looking(store: Base, at: datetime, *, but: str | None = None) -> dict[int, tuple[str, ...]]:
    """Who has which letter open now (system time), but oneself."""
    query = sa.select(SEEN).where(SEEN.c.at > at - LOOKING).order_by(SEEN.c.at)
    found: dict[int, tuple[str, ...]] = {}
    with store.read() as db:
        for row in db.execute(query):
            if row.user != but:
                found[row.draft_id] = (*found.get(row.draft_id, ()), row.user)
    return found


def look_at(store: Base, draft_id: int, user: str, at: datetime) -> None:
    """Note that this person has the letter open: others see it, and no change of the configuration recomposes it."""
    insert = store.upsert(SEEN).values(draft_id=draft_id, user=user, at=at)
    with store.write() as db:
        db.execute(insert.on_conflict_do_update(index_elements=["draft_id", "user"], set_={"at": at}))
        db.execute(sa.update(DRAFT).where(DRAFT.c.id == draft_id, DRAFT.c.opened_at.is_(None)).values(opened_at=at))


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOrigin:
    """Where a file of a letter comes from: `source` is the name of the applicant's file it was made of, or is."""

    filename: str | None
    source: str | None
    mail_id: int | None


def files_of(store: Base, case_id: int, sha256s: Iterable[str]) -> dict[str, FileOrigin]:
    """Of these files, those that belong to the case."""
    source = CASE_BLOB.alias("source")
    query = (
        sa.select(
            CASE_BLOB.c.sha256, CASE_BLOB.c.filename, CASE_BLOB.c.mail_id, source.c.filename.label("source_name"),
            source.c.mail_id.label("source_mail"),
        )
        .select_from(
            CASE_BLOB.outerjoin(
                source, (source.c.case_id == CASE_BLOB.c.case_id) & (source.c.sha256 == CASE_BLOB.c.source_sha256)
            )
        )
        .where(CASE_BLOB.c.case_id == case_id, CASE_BLOB.c.sha256.in_(list(sha256s)))
    )  # fmt: skip
    with store.read() as db:
        return {
            row.sha256: FileOrigin(
                filename=row.filename, source=row.source_name or row.filename, mail_id=row.source_mail or row.mail_id
            )
            for row in db.execute(query)
        }


def hidden_files(store: Base, case_id: int, sha256s: Iterable[str]) -> frozenset[str]:
    """Of these files of a letter, those of a mail that was sent by mistake, or made of one of its files."""
    found = files_of(store, case_id, sha256s)
    mails = {one.mail_id for one in found.values() if one.mail_id is not None}
    with store.read() as db:
        gone = hidden_now(db, sorted(mails)) if mails else frozenset()
    return frozenset(sha256 for sha256, one in found.items() if one.mail_id in gone)


def received_files(store: Base, case_id: int) -> dict[str, FileOrigin]:
    """The files that came with the case's mails, newest first; none of a mail that was sent by mistake, that people put into another
    case, or whose sender turned out to be nobody of the body's."""
    query = (
        sa.select(CASE_BLOB.c.sha256, CASE_BLOB.c.filename, CASE_BLOB.c.mail_id)
        .join(MAIL, MAIL.c.id == CASE_BLOB.c.mail_id)
        .join(VERDICT, VERDICT.c.mail_id == CASE_BLOB.c.mail_id)
        .where(
            CASE_BLOB.c.case_id == case_id, VERDICT.c.case_id == case_id, VERDICT.c.claim.is_(False),
            MAIL.c.state == MailState.JUDGED.value, CASE_BLOB.c.mail_id.not_in(HIDDEN_NOW),
        )
        .order_by(MAIL.c.received_at.desc(), CASE_BLOB.c.sha256)
    )  # fmt: skip
    with store.read() as db:
        return {
            row.sha256: FileOrigin(filename=row.filename, source=row.filename, mail_id=row.mail_id)
            for row in db.execute(query)
        }


def assigned_to(store: Base, case_id: int, purpose: str) -> tuple[str | None, str | None]:
    """(who deals with the letter of this purpose, who with the whole case)."""
    with store.read() as db:
        letter = db.execute(
            sa.select(ASSIGNED.c.user).where(ASSIGNED.c.case_id == case_id, ASSIGNED.c.purpose == purpose)
        ).scalar()
        return letter, db.execute(sa.select(OWNER.c.user).where(OWNER.c.case_id == case_id)).scalar()


def owners(store: Base) -> dict[int, str]:
    """Who deals with which case."""
    with store.read() as db:
        return {row.case_id: row.user for row in db.execute(sa.select(OWNER.c.case_id, OWNER.c.user))}


def live_of(store: Base, case_id: int, purpose: str) -> int | None:
    """The letter that took another one's place."""
    with store.read() as db:
        found: int | None = db.execute(
            sa.select(DRAFT.c.id).where(DRAFT.c.case_id == case_id, DRAFT.c.purpose == purpose, DRAFT.c.live)
        ).scalar()
    return found


def undo_until(store: Base, draft_ids: Sequence[int]) -> dict[int, datetime]:
    """Until when an approval can be taken back (system time), of those that no server has."""
    query = sa.select(OUTGOING.c.draft_id, OUTGOING.c.undo_until).where(
        OUTGOING.c.draft_id.in_(draft_ids), OUTGOING.c.state == "approved"
    )
    with store.read() as db:
        return {row.draft_id: row.undo_until for row in db.execute(query)}


def _row(row: Any, approvals: tuple[str, ...], consent: bool) -> QueueRow:
    return QueueRow(
        id=row.id, case_id=row.case_id, case_number=row.number, organization=name_of(row), mail_id=row.mail_id,
        sender=row.sender_address, subject=row.subject, template=row.template, state=row.state, reason=row.reason,
        review=row.review, approval=Approval(row.approval), consent_required=row.consent_required, consent_given=consent,
        approvals=approvals, content_sha256=row.content_sha256, opened=row.opened_at is not None, edited_by=row.edited_by,
        at=row.at, valid_until=row.valid_until, assigned=row.assigned,
        under_review=from_json(UnderReview, row.reviewed) if row.reviewed is not None else None,
    )  # fmt: skip
