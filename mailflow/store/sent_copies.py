"""The copy of a sent letter in the folder Sent, and what that folder tells of letters whose fate is unknown.

Filing is its own step, once a letter, and never sends anything (DESIGN §5). Times of filing are business time, of the next
try system time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from mailflow.codec import clean_text
from mailflow.store.case_read import LETTER_ID
from mailflow.store.errors import Gone
from mailflow.store.moves import OUTGOING, O
from mailflow.store.settling import Settling


@dataclass(frozen=True, slots=True, kw_only=True)
class ToFile:
    """A sent letter that isn't in Sent yet. `attempts`: how often that was tried."""

    id: int
    message_id: str
    mime: bytes = field(repr=False)
    sent_at: datetime
    attempts: int = 0


class SentCopies(Settling):
    def found_in_sent(self, outgoing_id: int, *, at: datetime, found_id: str | None = None) -> bool:
        """The server filed it in Sent by itself (`smtp.server_files_sent`): an uncertain letter was sent. `found_id`: the
        Message-ID it has there."""
        try:
            with self.write() as db:
                self.settle_uncertain(db, outgoing_id, "sent", actor="timer", at=at)
                db.execute(sa.update(OUTGOING).where(OUTGOING.c.id == outgoing_id).values(filed_at=at))
                if found_id:
                    self._add_letter_id(db, outgoing_id, found_id)
        except Gone:
            return False
        return True

    def to_file(self, sys_now: datetime, limit: int = 50) -> list[ToFile]:
        """Sent letters that no one has filed in Sent yet and that are due (system time): the least tried first."""
        query = (
            sa.select(
                OUTGOING.c.id, OUTGOING.c.message_id, OUTGOING.c.mime, OUTGOING.c.sent_at, OUTGOING.c.file_attempts
            )
            .where(
                OUTGOING.c.state == O.SENT.value,
                OUTGOING.c.filed_at.is_(None),
                OUTGOING.c.mime.is_not(None),  # one that was purged has nothing to file
                OUTGOING.c.file_next_at.is_(None) | (OUTGOING.c.file_next_at <= sys_now),
            )
            .order_by(OUTGOING.c.file_attempts, OUTGOING.c.sent_at, OUTGOING.c.id)
            .limit(limit)
        )
        with self.read() as db:
            return [
                ToFile(id=r.id, message_id=r.message_id, mime=r.mime, sent_at=r.sent_at, attempts=r.file_attempts)
                for r in db.execute(query)
            ]

    def not_filed(self, outgoing_id: int, *, next_at: datetime) -> None:
        """The server wouldn't take it into Sent: again from `next_at` (system time) on, others before it."""
        with self.write() as db:
            db.execute(
                sa.update(OUTGOING)
                .where(OUTGOING.c.id == outgoing_id, OUTGOING.c.filed_at.is_(None))
                .values(file_attempts=OUTGOING.c.file_attempts + 1, file_next_at=next_at)
            )

    def uncertain_letters(self) -> list[tuple[int, bytes]]:
        """Letters of which nobody knows whether they left, with their bytes."""
        query = sa.select(OUTGOING.c.id, OUTGOING.c.mime).where(
            OUTGOING.c.state == O.UNCERTAIN.value, OUTGOING.c.mime.is_not(None)
        )
        with self.read() as db:
            return [(row.id, row.mime) for row in db.execute(query.order_by(OUTGOING.c.id))]

    def any_uncertain(self) -> bool:
        with self.read() as db:
            return (
                db.execute(sa.select(OUTGOING.c.id).where(OUTGOING.c.state == O.UNCERTAIN.value).limit(1)).first()
                is not None
            )

    def filed(self, outgoing_id: int, *, at: datetime, folder: str, found_id: str | None = None) -> None:
        """It lies in Sent. `found_id`: the Message-ID it has there, where a relay rewrote it."""
        with self.write() as db:
            db.execute(
                sa.update(OUTGOING)
                .where(OUTGOING.c.id == outgoing_id, OUTGOING.c.state == O.SENT.value, OUTGOING.c.filed_at.is_(None))
                .values(filed_at=at, filed_as=clean_text(folder)[:300])
            )
            if found_id:
                self._add_letter_id(db, outgoing_id, found_id)

    def _add_letter_id(self, db: sa.Connection, outgoing_id: int, message_id: str) -> None:
        db.execute(
            self.upsert(LETTER_ID)
            .values(message_id=clean_text(message_id)[:998], outgoing_id=outgoing_id)
            .on_conflict_do_nothing()
        )
