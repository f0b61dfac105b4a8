"""Which letters lie as mails in the folder 承認待ち, and which copy is which (DESIGN §5 "In their own mail client").

A copy's row is committed before the mail is put there, so that a crash in between leaves no copy nobody knows: `ADDING` is
looked for in the folder and put there if it is missing. `SETTLED`: decided on, or taken out because the letter moved on.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from mailflow.model import Approval
from mailflow.store import audit
from mailflow.store.base import Base
from mailflow.store.moves import DRAFT, D
from mailflow.store.tables import table_of
from mailflow.store.tables_client import ClientCopyRow

COPY = table_of(ClientCopyRow)
MARK = "copy-"
UNSHOWN = "unshown"  # the mailbox takes no such mail: it isn't tried again


class CopyState(StrEnum):
    ADDING = "adding"
    SHOWN = "shown"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class Copy:
    """One content of one letter, under `token` in the folder."""

    token: str
    draft_id: int
    content_sha256: str
    state: CopyState
    outcome: str | None = None


_FIT = sa.and_(  # what one person decides on by its words alone: no findings to look at, no second person, no consent
    DRAFT.c.state == D.WAITING.value,
    DRAFT.c.live,
    DRAFT.c.approval == Approval.ONE.value,
    DRAFT.c.consent_required.is_(False),
    DRAFT.c.review.is_(False),
)
_SAME = sa.and_(COPY.c.draft_id == DRAFT.c.id, COPY.c.content_sha256 == DRAFT.c.content_sha256)


def to_show(store: Base, most: int) -> list[int]:
    """Letters that have no copy in the folder as they stand, those that become useless first."""
    there = sa.or_(COPY.c.state != CopyState.SETTLED.value, COPY.c.outcome == UNSHOWN)
    known = sa.select(sa.literal(1)).where(_SAME, there).correlate(DRAFT).exists()
    query = sa.select(DRAFT.c.id).where(_FIT, ~known)
    query = query.order_by(DRAFT.c.valid_until.is_(None), DRAFT.c.valid_until, DRAFT.c.priority, DRAFT.c.id).limit(most)
    with store.read() as db:
        return list(db.execute(query).scalars())


def add(store: Base, draft_id: int, content_sha256: str, *, sys_now: datetime) -> Copy:
    """A new copy, before it is put into the folder."""
    made = Copy(f"{MARK}{secrets.token_hex(12)}", draft_id, content_sha256, CopyState.ADDING)
    with store.write() as db:
        db.execute(
            sa.insert(COPY).values(
                token=made.token,
                draft_id=draft_id,
                content_sha256=content_sha256,
                state=made.state.value,
                made_at=sys_now,
            )
        )
    return made


def shown(store: Base, token: str) -> None:
    """It lies in the folder."""
    with store.write() as db:
        where = sa.and_(COPY.c.token == token, COPY.c.state == CopyState.ADDING.value)
        db.execute(sa.update(COPY).where(where).values(state=CopyState.SHOWN.value))


def settle(store: Base, token: str, outcome: str, *, sys_now: datetime, event: audit.Event | None = None) -> None:
    """Nothing more is to be done with it. `outcome`: approved, rejected, refused, withdrawn, UNSHOWN. `event` is audited along."""
    with store.write() as db:
        values = {"state": CopyState.SETTLED.value, "outcome": outcome, "settled_at": sys_now}
        db.execute(sa.update(COPY).where(COPY.c.token == token).values(**values))
        if event is not None:
            audit.record(db, event)


def of(store: Base, token: str) -> Copy | None:
    with store.read() as db:
        row = db.execute(sa.select(COPY).where(COPY.c.token == token)).one_or_none()
    return None if row is None else _copy(row)


def half_added(store: Base) -> list[Copy]:
    """Copies of which it isn't known whether the server took them."""
    with store.read() as db:
        return [_copy(row) for row in db.execute(sa.select(COPY).where(COPY.c.state == CopyState.ADDING.value))]


def outdated(store: Base) -> list[Copy]:
    """Copies in the folder whose letter is another one now, or waits no more."""
    fits = sa.select(sa.literal(1)).where(_SAME, _FIT).correlate(COPY).exists()
    with store.read() as db:
        return [_copy(row) for row in db.execute(sa.select(COPY).where(COPY.c.state != CopyState.SETTLED.value, ~fits))]


def _copy(row: Any) -> Copy:
    return Copy(row.token, row.draft_id, row.content_sha256, CopyState(row.state), row.outcome)
