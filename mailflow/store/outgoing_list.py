"""Approved letters as the console lists them, newest first, a page at a time, with their bodies. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mailflow.store.base import Base
from mailflow.store.drafts import APPROVAL
from mailflow.store.hidden import SUBJECT
from mailflow.store.known import OUTGOING_PARTY
from mailflow.store.mails import CASE
from mailflow.store.moves import DRAFT, OUTGOING, OutgoingState
from mailflow.store.overview import name_of


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingRow:
    """One letter. `answer`: the server's, or why it was refused here. `made`: its bytes exist. `approvals`: who said yes."""

    id: int
    draft_id: int
    case_id: int
    organization: str | None
    template: str
    subject: str
    state: OutgoingState
    to: tuple[str, ...]
    attempts: int
    answer: str | None
    approvals: tuple[str, ...]
    approved_at: datetime
    undo_until: datetime
    not_before: datetime | None
    valid_until: datetime | None
    next_at: datetime | None
    claimed_at: datetime | None
    sent_at: datetime | None
    filed_at: datetime | None
    made: bool


def outgoing_page(
    store: Base, states: Sequence[OutgoingState] = (), *, search: str = "", before: int | None = None, limit: int = 100
) -> list[OutgoingRow]:
    """`before`: the id of the last letter of the page before."""
    made = OUTGOING.c.mime_sha256.is_not(None).label("made")
    query = (
        sa.select(
            *(column for column in OUTGOING.c if column.name not in ("mime", "case_id")), made, SUBJECT, DRAFT.c.template,
            DRAFT.c.revision, CASE.c.id.label("case_id"), CASE.c.org_prefecture, CASE.c.org_name,
        )
        .select_from(OUTGOING.join(DRAFT, DRAFT.c.id == OUTGOING.c.draft_id).join(CASE, CASE.c.id == OUTGOING.c.case_id))
        .order_by(OUTGOING.c.id.desc())
        .limit(limit)
    )  # fmt: skip
    if states:
        query = query.where(OUTGOING.c.state.in_([one.value for one in states]))
    if before is not None:
        query = query.where(OUTGOING.c.id < before)
    for word in search[:100].split()[:5]:
        addressed = sa.select(OUTGOING_PARTY.c.outgoing_id).where(
            OUTGOING_PARTY.c.address.icontains(word, autoescape=True)
        )
        columns = (SUBJECT, CASE.c.org_name, CASE.c.org_prefecture, CASE.c.number)
        query = query.where(
            sa.or_(*(column.icontains(word, autoescape=True) for column in columns), OUTGOING.c.id.in_(addressed))
        )
    with store.read() as db:
        rows = db.execute(query).all()
        people: dict[int, list[str]] = {}
        for one in db.execute(
            sa.select(OUTGOING_PARTY).where(OUTGOING_PARTY.c.outgoing_id.in_([row.id for row in rows]))
        ):
            people.setdefault(one.outgoing_id, []).append(one.address)
        yes: dict[tuple[int, int], list[str]] = {}
        for one in db.execute(sa.select(APPROVAL).where(APPROVAL.c.draft_id.in_([row.draft_id for row in rows]))):
            yes.setdefault((one.draft_id, one.revision), []).append(one.user)
    return [_row(row, people.get(row.id, []), yes.get((row.draft_id, row.revision), [])) for row in rows]


def _row(row: Any, to: Sequence[str], approvals: Sequence[str]) -> OutgoingRow:
    return OutgoingRow(
        id=row.id, draft_id=row.draft_id, case_id=row.case_id, organization=name_of(row), template=row.template,
        subject=row.subject, state=OutgoingState(row.state), to=tuple(to), attempts=row.attempts, answer=row.answer,
        approvals=tuple(approvals), approved_at=row.approved_at, undo_until=row.undo_until, not_before=row.not_before,
        valid_until=row.valid_until, next_at=row.next_at, claimed_at=row.claimed_at, sent_at=row.sent_at,
        filed_at=row.filed_at, made=bool(row.made),
    )  # fmt: skip
