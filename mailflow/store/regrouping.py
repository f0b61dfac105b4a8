"""Mails moved from one case to another by a person: what of the database goes along (DESIGN §4 "The case"). Inside a transaction.

A mail lies in its new case at once, as it was judged. One whose letter hasn't left is judged again there; one that was answered, or
that a person decided on, stays as it was judged: nobody is answered twice. Letters stay with the case they were sent for, and so do
its parties and files, which the own-case lock ties to them (`store.ties`); in the new case all of them are known anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mailflow.codec import from_json, to_json
from mailflow.model import Corrected, Verdict
from mailflow.store import again, ties
from mailflow.store.again import CLAIM, NOTE, PROMISE, VERSION
from mailflow.store.arrivals import MAIL
from mailflow.store.base import Base
from mailflow.store.booking_letters import OFFER
from mailflow.store.bureau_requests import BUREAU_REQUEST
from mailflow.store.case_known import CONTACT, RECORDED
from mailflow.store.case_read import MOVE
from mailflow.store.cases import EXCEPTION
from mailflow.store.corrections import CORRECTION
from mailflow.store.letter_check import CASE_BLOB
from mailflow.store.mails import CASE, VERDICT
from mailflow.store.moves import DRAFT
from mailflow.store.passwords import LOCKED, TOLD
from mailflow.store.rejudge import reopen
from mailflow.store.seats import BOOKING

CARRIED = "人が、別の案件からこの案件に移しました。どの版が有効か、確かめてください。"
CARRIED_MAIL = "人が、別の案件からこの案件に移しました。返信が済んでいるか、確かめてください。"
_OF_CASE = {
    "exception": EXCEPTION,
    "contact": CONTACT,
    "note": NOTE,
    "password": TOLD,
    "booking": BOOKING,
    "request": BUREAU_REQUEST,
}
_OF_MAIL = (RECORDED, NOTE, LOCKED)  # what is known of one mail, whatever becomes of its verdict
_WITH_VERDICT = (CLAIM, PROMISE)  # what its verdict wrote


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedMail:
    """`number`: what its version was called. `before`: the correction of its body that held, as JSON."""

    mail_id: int
    number: int | None = None
    before: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """All that went from one case to the other, to be brought back. `parties`: of the case left, with their standing; `joined`: of
    the other one, as they were. `rows`: by kind, what people wrote down on the case itself. `marks`: what told whose the case left is
    (value: kind); `added`: those of them that the other one hadn't."""

    mails: tuple[MovedMail, ...]
    parties: dict[str, str] = field(default_factory=dict)
    joined: dict[str, str] = field(default_factory=dict)
    rows: dict[str, tuple[int, ...]] = field(default_factory=dict)
    offers: tuple[int, ...] = ()
    marks: dict[str, str] = field(default_factory=dict)
    added: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseMove:
    """One act of putting together (`merge`) or taking apart (`split`)."""

    id: int
    kind: str
    from_case: int
    to_case: int
    mails: tuple[int, ...]
    why: str
    by: str
    at: datetime
    undone_by: str | None
    undone_why: str | None
    undone_at: datetime | None


def moves_of(store: Base, case_id: int) -> list[CaseMove]:
    """Those that this case was part of, oldest first."""
    query = sa.select(MOVE).where((MOVE.c.from_case == case_id) | (MOVE.c.to_case == case_id)).order_by(MOVE.c.id)
    with store.read() as db:
        return [_move(row) for row in db.execute(query)]


def merged_into(store: Base, case_id: int) -> int | None:
    """The case that this one was put into; None for one that stands by itself."""
    with store.read() as db:
        found: int | None = db.execute(sa.select(CASE.c.merged_into).where(CASE.c.id == case_id)).scalar()
    return found


def mails_of(db: sa.Connection, case_id: int, mail_ids: Sequence[int] | None = None) -> list[Any]:
    """The verdicts on people's mails of the case, oldest first; a machine's mail stays where the letter is that it answers."""
    query = (
        sa.select(VERDICT, MAIL.c.state, MAIL.c.raw_sha256)
        .join(MAIL, MAIL.c.id == VERDICT.c.mail_id)
        .where(VERDICT.c.case_id == case_id, VERDICT.c.kind.not_in(["machine", "internal"]))
        .order_by(VERDICT.c.received_at, VERDICT.c.mail_id)
    )
    if mail_ids is not None:
        query = query.where(VERDICT.c.mail_id.in_(list(mail_ids)))
    return list(db.execute(query).all())


def move_mail(
    db: sa.Connection,
    row: Any,
    target: int,
    body: Corrected,
    *,
    was: MovedMail | None,
    why: str,
    user: str,
    now: datetime,
) -> MovedMail:
    """One mail with all that hangs on it: it lies in `target` from now on. `was`: where it is brought back, what it was there."""
    mail_id, source = row.mail_id, row.case_id
    number = db.execute(sa.select(VERSION.c.number).where(VERSION.c.mail_id == mail_id)).scalar()
    before = db.execute(
        sa.select(CORRECTION.c.became)
        .where(CORRECTION.c.mail_id == mail_id, CORRECTION.c.what == "organization")
        .order_by(CORRECTION.c.id.desc())
        .limit(1)
    ).scalar()
    settled = row.raw_sha256 is None or again.settled(db, [mail_id])
    _correct(db, row, body, why=why, user=user, now=now)
    _take_along(db, mail_id, source, target)
    version = _carry(db, row, target, was.number if was is not None else None)
    if settled or not reopen(db, mail_id, "letters", actor=user, at=now):
        again.tell(db, mail_id, CARRIED if version else CARRIED_MAIL)
    return MovedMail(mail_id=mail_id, number=number, before=before)


def _take_along(db: sa.Connection, mail_id: int, source: int, target: int) -> None:
    """What hangs on the mail: what people wrote of it, the slot that it got, the numbered slots that the letter to it offered."""
    for table in (*_OF_MAIL, BOOKING):
        db.execute(sa.update(table).where(table.c.mail_id == mail_id, table.c.case_id == source).values(case_id=target))
    letters = sa.select(DRAFT.c.id).where(DRAFT.c.mail_id == mail_id)
    offers = sa.update(OFFER).where(OFFER.c.case_id == source, OFFER.c.draft_id.in_(letters))
    db.execute(offers.values(case_id=target))


def _correct(db: sa.Connection, row: Any, body: Corrected, *, why: str, user: str, now: datetime) -> None:
    was = from_json(Verdict, row.verdict).understood.organization.full_name or ""
    values = {
        "mail_id": row.mail_id,
        "what": "organization",
        "was": was,
        "became": to_json(body),
        "why": why,
        "by": user,
        "at": now,
    }
    db.execute(sa.insert(CORRECTION), values)


def _carry(db: sa.Connection, row: Any, target: int, number: int | None) -> bool:
    """Its verdict stands in the other case, with its files and marks. Whether it is a version.

    Also that of a mail that will be judged anew: whatever is judged or written meanwhile finds it in one case, and that is this one.
    """
    mail_id, source = row.mail_id, row.case_id
    db.execute(sa.update(VERDICT).where(VERDICT.c.mail_id == mail_id).values(case_id=target))
    for table in _WITH_VERDICT:
        db.execute(sa.update(table).where(table.c.mail_id == mail_id).values(case_id=target))
    taken = set(db.execute(sa.select(VERSION.c.number).where(VERSION.c.case_id == target)).scalars())
    free = number if number is not None and number not in taken else max(taken, default=0) + 1
    carried = db.execute(sa.update(VERSION).where(VERSION.c.mail_id == mail_id).values(case_id=target, number=free))
    files = db.execute(sa.select(CASE_BLOB).where(CASE_BLOB.c.case_id == source, CASE_BLOB.c.mail_id == mail_id)).all()
    have = set(db.execute(sa.select(CASE_BLOB.c.sha256).where(CASE_BLOB.c.case_id == target)).scalars())
    rows = [
        {"case_id": target, "sha256": one.sha256, "filename": one.filename, "mail_id": mail_id, "source_sha256": None}
        for one in files
        if one.sha256 not in have
    ]
    if rows:
        db.execute(sa.insert(CASE_BLOB), rows)
    ties.mark_as_of(db, row, target, [one.filename for one in files if one.filename])
    return carried.rowcount > 0


def move_rows(db: sa.Connection, source: int, target: int) -> tuple[dict[str, tuple[int, ...]], tuple[int, ...]]:
    """What people wrote down on the case, its bookings and offers go along: (ids by kind, letters with offers)."""
    found = {}
    for kind, table in _OF_CASE.items():
        changed = sa.update(table).where(table.c.case_id == source).values(case_id=target).returning(table.c.id)
        found[kind] = tuple(db.execute(changed).scalars())
    offers = sa.update(OFFER).where(OFFER.c.case_id == source).values(case_id=target).returning(OFFER.c.draft_id)
    return found, tuple(db.execute(offers).scalars())


def bring_rows_back(db: sa.Connection, moved: Moved, source: int) -> None:
    for kind, ids in moved.rows.items():
        table = _OF_CASE[kind]
        db.execute(sa.update(table).where(table.c.id.in_(list(ids))).values(case_id=source))
    db.execute(sa.update(OFFER).where(OFFER.c.draft_id.in_(list(moved.offers))).values(case_id=source))


def answers_claims(db: sa.Connection, case_id: int) -> bool:
    """Whether the case is no more than the letters to somebody whose mail lies in another one, as a claim."""
    claim = (
        sa.select(DRAFT.c.id)
        .join(VERDICT, VERDICT.c.mail_id == DRAFT.c.mail_id)
        .where(DRAFT.c.case_id == case_id, VERDICT.c.claim, VERDICT.c.case_id.is_distinct_from(case_id))
    )
    return not mails_of(db, case_id) and db.execute(claim.limit(1)).first() is not None


def _move(row: Any) -> CaseMove:
    return CaseMove(
        id=row.id, kind=row.kind, from_case=row.from_case, to_case=row.to_case,
        mails=tuple(one.mail_id for one in from_json(Moved, row.moved).mails), why=row.why, by=row.by, at=row.at,
        undone_by=row.undone_by, undone_why=row.undone_why, undone_at=row.undone_at,
    )  # fmt: skip
