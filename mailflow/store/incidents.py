"""誤送信: letters that went to somebody they were not for, who has them, who was told. Reading; acts are `desk.incidents`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mailflow.codec import from_json
from mailflow.model import Verdict
from mailflow.store.base import Base
from mailflow.store.case_read import PARTY, versions_of
from mailflow.store.hidden import SUBJECT
from mailflow.store.mails import CASE, VERDICT
from mailflow.store.moves import DRAFT, OUTGOING
from mailflow.store.overview import name_of
from mailflow.store.tables import table_of
from mailflow.store.tables_safety import IncidentReaderRow, IncidentRow

INCIDENT, READER = table_of(IncidentRow), table_of(IncidentReaderRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentLine:
    """`readers`: how many have such a letter; `untold`, `undeleted`: of them, nobody spoke to, or who haven't said that it is gone."""

    id: int
    title: str
    what: str
    about: str
    found_at: datetime
    by: str
    opened_at: datetime
    closed_by: str | None
    closed_at: datetime | None
    closing: str | None
    readers: int
    untold: int
    undeleted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """One who has a letter. `phone`, `contact`: of the form that counts in the letter's own case."""

    id: int
    outgoing_id: int
    draft_id: int
    case_id: int
    organization: str | None
    number: str
    subject: str
    sent_at: datetime | None
    state: str
    address: str
    name: str | None
    contact: str
    phone: str
    told_by: str | None
    told_at: datetime | None
    said: str | None
    deleted: bool


def incidents(store: Base, incident_id: int | None = None) -> list[IncidentLine]:
    """Newest first; of one, where asked for."""
    query = (
        sa.select(
            INCIDENT,
            sa.func.count(READER.c.id).label("readers"),
            sa.func.coalesce(
                sa.func.sum(sa.case((READER.c.id.is_not(None) & READER.c.told_at.is_(None), 1), else_=0)), 0
            ).label("untold"),
            sa.func.coalesce(sa.func.sum(sa.case((READER.c.id.is_not(None) & ~READER.c.deleted, 1), else_=0)), 0).label(
                "undeleted"
            ),
        )
        .select_from(INCIDENT.outerjoin(READER, READER.c.incident_id == INCIDENT.c.id))
        .group_by(*INCIDENT.c)
        .order_by(INCIDENT.c.id.desc())
    )
    if incident_id is not None:
        query = query.where(INCIDENT.c.id == incident_id)
    with store.read() as db:
        return [IncidentLine(**row._mapping) for row in db.execute(query)]


def readers(store: Base, incident_id: int) -> list[Reader]:
    """Who has a letter of the incident, by letter."""
    query = (
        sa.select(
            READER, OUTGOING.c.draft_id, OUTGOING.c.case_id, OUTGOING.c.sent_at, OUTGOING.c.state, SUBJECT, CASE.c.number,
            CASE.c.org_prefecture, CASE.c.org_name, PARTY.c.name,
        )
        .select_from(
            READER.join(OUTGOING, OUTGOING.c.id == READER.c.outgoing_id)
            .join(DRAFT, DRAFT.c.id == OUTGOING.c.draft_id)
            .join(CASE, CASE.c.id == OUTGOING.c.case_id)
            .outerjoin(PARTY, (PARTY.c.case_id == OUTGOING.c.case_id) & (PARTY.c.address == READER.c.address))
        )
        .where(READER.c.incident_id == incident_id)
        .order_by(READER.c.outgoing_id, READER.c.id)
    )  # fmt: skip
    with store.read() as db:
        rows = db.execute(query).all()
        called = {case_id: _contact(db, case_id) for case_id in {row.case_id for row in rows}}
    return [
        Reader(
            id=row.id, outgoing_id=row.outgoing_id, draft_id=row.draft_id, case_id=row.case_id, organization=name_of(row),
            number=row.number, subject=row.subject, sent_at=row.sent_at, state=row.state, address=row.address, name=row.name,
            contact=called[row.case_id][0], phone=called[row.case_id][1], told_by=row.told_by, told_at=row.told_at, said=row.said,
            deleted=bool(row.deleted),
        )
        for row in rows
    ]  # fmt: skip


def _contact(db: sa.Connection, case_id: int) -> tuple[str, str]:
    rows: list[Any] = versions_of(db, case_id)
    shown = next((row for row in reversed(rows) if row.counted), rows[-1] if rows else None)
    if shown is None:
        return "", ""
    text = db.execute(sa.select(VERDICT.c.verdict).where(VERDICT.c.mail_id == shown.mail_id)).scalar()
    form = from_json(Verdict, text).understood.form if text else None
    return (form.text("contact_name"), form.text("contact_phone")) if form is not None else ("", "")
