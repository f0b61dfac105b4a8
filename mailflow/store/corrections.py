"""What people corrected of our judgements: what it was, what it became, why, who (DESIGN §4). Inside a transaction.

The newest word on each matter holds. A corrected mail is judged again on it, as often as it is judged.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mailflow.codec import from_json
from mailflow.model import Corrected
from mailflow.store.base import Base
from mailflow.store.tables import table_of
from mailflow.store.tables_case import CorrectionRow

CORRECTION = table_of(CorrectionRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """`was`, `became`: a rule's id, or a body's full name. `correction`: the same as judging takes it."""

    id: int
    mail_id: int
    what: str
    was: str
    became: str
    why: str
    by: str
    at: datetime


def corrected_of(db: sa.Connection, mail_id: int) -> Corrected | None:
    """What holds for this mail by people's words; None where nobody said anything."""
    rows = db.execute(sa.select(CORRECTION).where(CORRECTION.c.mail_id == mail_id).order_by(CORRECTION.c.id)).all()
    found = Corrected()
    for row in rows:
        if row.what == "rule":
            found = replace(found, rule=row.became)
        elif row.what == "organization":
            said = from_json(Corrected, row.became)
            found = replace(found, organization=said.organization, sender_class=said.sender_class)
    return found if rows else None


def corrections(store: Base) -> list[Correction]:
    """All of them, oldest first."""
    with store.read() as db:
        return [_correction(row) for row in db.execute(sa.select(CORRECTION).order_by(CORRECTION.c.id))]


def _correction(row: Any) -> Correction:
    became = row.became
    if row.what == "organization":
        named = from_json(Corrected, became).organization
        became = (named.full_name if named else None) or ""
    return Correction(
        id=row.id, mail_id=row.mail_id, what=row.what, was=row.was, became=became, why=row.why, by=row.by, at=row.at
    )
