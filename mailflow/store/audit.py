"""Plain audit rows, inserted by the transaction that does the thing (DESIGN §8.5).

Ids, codes and hashes only, never contents. Append-only by a trigger; a random id, so that rows of several workers
don't contend for a number. Chaining committed rows (`audit_seal`) is the sealer's.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from mailflow.clock import sys_now
from mailflow.store.base import Base
from mailflow.store.tables import table_of
from mailflow.store.tables_letters import AuditRow

AUDIT = table_of(AuditRow)
_INSERT = sa.insert(AUDIT)
Detail = dict[str, str | int | bool | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """`actor`: a user's name, `policy`, `timer` or a claimant. `entity`: mail, draft, outgoing, case, user, setting."""

    actor: str
    act: str
    entity: str
    entity_id: str | int
    case_id: int | None = None
    detail: Detail = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    id: str
    at: datetime
    actor: str
    act: str
    entity: str
    entity_id: str
    case_id: int | None
    detail: Detail


def record(db: sa.Connection, *events: Event) -> None:
    """Insert the rows; they commit or vanish with the caller's transaction."""
    at = sys_now()  # the audit is written in real time, whatever the business clock says
    if events:
        db.execute(_INSERT, [_row(event, at) for event in events])


def _row(event: Event, at: datetime) -> dict[str, object]:
    return {
        "id": secrets.token_hex(16),
        "at": at,
        "actor": event.actor,
        "act": event.act,
        "entity": event.entity,
        "entity_id": str(event.entity_id),
        "case_id": event.case_id,
        "detail": json.dumps(event.detail, ensure_ascii=True, sort_keys=True),
    }


class AuditTrail(Base):
    def audit(
        self, *, entity: str | None = None, entity_id: str | int | None = None, limit: int = 1000
    ) -> Sequence[AuditEntry]:
        """The newest rows, newest first; those of one thing if asked."""
        query = sa.select(AUDIT).order_by(AUDIT.c.at.desc(), AUDIT.c.id).limit(limit)
        if entity is not None:
            query = query.where(AUDIT.c.entity == entity)
        if entity_id is not None:
            query = query.where(AUDIT.c.entity_id == str(entity_id))
        with self.read() as db:
            return [
                AuditEntry(
                    id=row.id,
                    at=row.at,
                    actor=row.actor,
                    act=row.act,
                    entity=row.entity,
                    entity_id=row.entity_id,
                    case_id=row.case_id,
                    detail=json.loads(row.detail),
                )
                for row in db.execute(query)
            ]
