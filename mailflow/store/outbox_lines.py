"""Approved letters and what became of them, as lists and pages show them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mailflow.codec import from_json
from mailflow.model import Address
from mailflow.store.base import Base
from mailflow.store.budget import HELD
from mailflow.store.hidden import SUBJECT
from mailflow.store.letter_text import LetterText
from mailflow.store.moves import DRAFT, OUTGOING, O, OutgoingState


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingLine:
    """One approved letter in a list. `to`: the header's, names included."""

    id: int
    draft_id: int
    case_id: int
    message_id: str | None
    state: OutgoingState
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    subject: str
    attempts: int
    answer: str | None
    next_at: datetime | None
    undo_until: datetime
    not_before: datetime | None
    valid_until: datetime | None
    approved_at: datetime
    sent_at: datetime | None
    filed_at: datetime | None


class OutboxLines(Base):
    def outbox(
        self, *, states: Iterable[OutgoingState] | None = None, case_id: int | None = None
    ) -> list[OutgoingLine]:
        """Approved letters and what became of them, oldest first; of one case, where asked for."""
        query = (
            sa.select(OUTGOING, DRAFT.c.content, SUBJECT)
            .join(DRAFT, DRAFT.c.id == OUTGOING.c.draft_id)
            .order_by(OUTGOING.c.id)
        )
        if case_id is not None:
            query = query.where(OUTGOING.c.case_id == case_id)
        if states is not None:
            query = query.where(OUTGOING.c.state.in_([state.value for state in states]))
        with self.read() as db:
            return [_line(row) for row in db.execute(query)]

    def outgoing(self, outgoing_id: int) -> OutgoingLine | None:
        with self.read() as db:
            row = db.execute(
                sa.select(OUTGOING, DRAFT.c.content, SUBJECT)
                .join(DRAFT, DRAFT.c.id == OUTGOING.c.draft_id)
                .where(OUTGOING.c.id == outgoing_id)
            ).one_or_none()
        return _line(row) if row is not None else None

    def held_by_budget(self) -> int:
        """How many letters wait because their addressee had enough for a day."""
        query = sa.select(sa.func.count()).select_from(OUTGOING)
        with self.read() as db:
            held = query.where(OUTGOING.c.state == O.APPROVED.value, OUTGOING.c.answer.startswith(HELD))
            return int(db.execute(held).scalar_one())

    def mime(self, outgoing_id: int) -> bytes | None:
        """The exact bytes of a letter that left or was about to."""
        with self.read() as db:
            found: bytes | None = db.execute(sa.select(OUTGOING.c.mime).where(OUTGOING.c.id == outgoing_id)).scalar()
        return found


def _line(row: Any) -> OutgoingLine:
    letter = from_json(LetterText, row.content)
    return OutgoingLine(
        id=row.id, draft_id=row.draft_id, case_id=row.case_id, message_id=row.message_id, state=OutgoingState(row.state),
        to=letter.to, cc=letter.cc, subject=row.subject, attempts=row.attempts, answer=row.answer, next_at=row.next_at,
        undo_until=row.undo_until, not_before=row.not_before, valid_until=row.valid_until, approved_at=row.approved_at,
        sent_at=row.sent_at, filed_at=row.filed_at,
    )  # fmt: skip
