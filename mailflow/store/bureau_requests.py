"""Consultations that a regional bureau holds: asked for by a person, answered by a person (DESIGN §6: a bureau is not booked by us)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from mailflow.codec import clean_text
from mailflow.store import audit
from mailflow.store.base import Base
from mailflow.store.mails import CASE
from mailflow.store.overview import name_of
from mailflow.store.tables import table_of
from mailflow.store.tables_consultation import BureauRequestRow

BUREAU_REQUEST = table_of(BureauRequestRow)
ASKED, AGREED, DECLINED = "asked-bureau", "agreed", "declined"


@dataclass(frozen=True, slots=True, kw_only=True)
class BureauRequest:
    """`state`: asked-bureau, agreed (`starts`: when), declined."""

    id: int
    case_id: int
    case_number: str
    organization: str | None
    bureau: str
    state: str
    asked_at: datetime
    asked_by: str
    note: str | None
    starts: datetime | None
    answer: str | None


def ask(db: sa.Connection, *, case_id: int, bureau: str, note: str | None, by: str, now: datetime) -> int:
    made: int = db.execute(
        sa.insert(BUREAU_REQUEST)
        .values(case_id=case_id, bureau=bureau, state=ASKED, asked_at=now, asked_by=by, note=_short(note))
        .returning(BUREAU_REQUEST.c.id)
    ).scalar_one()
    audit.record(
        db, audit.Event(actor=by, act="bureau-asked", entity="bureau-request", entity_id=made, case_id=case_id)
    )
    return made


def answer(
    db: sa.Connection, request_id: int, *, starts: datetime | None, said: str | None, by: str, now: datetime
) -> bool:
    """What the bureau said; a later answer takes the place of an earlier one. False: there is no such request."""
    state = AGREED if starts is not None else DECLINED
    case_id = db.execute(
        sa.update(BUREAU_REQUEST)
        .where(BUREAU_REQUEST.c.id == request_id)
        .values(state=state, starts=starts, answer=_short(said), answered_at=now, answered_by=by)
        .returning(BUREAU_REQUEST.c.case_id)
    ).scalar()
    if case_id is None:
        return False
    act = f"bureau-{state}"
    audit.record(db, audit.Event(actor=by, act=act, entity="bureau-request", entity_id=request_id, case_id=case_id))
    return True


def bureau_requests(store: Base) -> list[BureauRequest]:
    """All of them, those without an answer first, the oldest first."""
    query = (
        sa.select(BUREAU_REQUEST, CASE.c.number, CASE.c.org_prefecture, CASE.c.org_name)
        .join(CASE, CASE.c.id == BUREAU_REQUEST.c.case_id)
        .order_by(BUREAU_REQUEST.c.state != ASKED, BUREAU_REQUEST.c.asked_at)
    )
    with store.read() as db:
        return [
            BureauRequest(
                id=row.id, case_id=row.case_id, case_number=row.number, organization=name_of(row),
                bureau=row.bureau, state=row.state, asked_at=row.asked_at, asked_by=row.asked_by, note=row.note,
                starts=row.starts, answer=row.answer,
            )
            for row in db.execute(query)
        ]  # fmt: skip


def _short(text: str | None) -> str | None:
    return clean_text(text)[:500] if text else None
