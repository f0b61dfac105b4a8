"""What people of the office sent by themselves, told by the headers of the folder Sent (DESIGN §5 "Superseded / stale").

A reply by hand to a mail makes the letter that waits for the same mail stale: a person chooses. It is remembered for
REMEMBERED, for a letter that is composed later than the reply was found. A letter is made stale by a reply once
(`draft.hand_answered_at`). The watch writes here while the worker's job reads: each has rows of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from mailflow.store.arrivals import MAIL
from mailflow.store.base import Base
from mailflow.store.errors import Gone
from mailflow.store.known import DRAFT_MAIL
from mailflow.store.moves import DRAFT, D, pull_back
from mailflow.store.tables import table_of
from mailflow.store.tables_letters import HandReplyRow

HAND_REPLY = table_of(HandReplyRow)
REMEMBERED = timedelta(days=14)
BECAUSE = "事務局のだれかが、このメールに自分で返信しています（送信済みフォルダーにあります）"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandReply:
    """`answers`: Message-IDs; `at`: the INTERNALDATE of the copy in Sent."""

    answers: tuple[str, ...]
    at: datetime


class HandReplies(Base):
    def remember_replies(self, replies: Sequence[HandReply]) -> None:
        """Keep what was found in Sent. Idempotent."""
        rows = [{"message_id": name, "at": one.at} for one in replies for name in one.answers]
        if rows:
            with self.write() as db:
                db.execute(self.upsert(HAND_REPLY).on_conflict_do_nothing(), rows)

    def apply_hand_replies(self, now: datetime) -> int:
        """Make stale what waits to answer a mail that was answered by hand. Returns how many letters. `now`: business time."""
        oldest = now - REMEMBERED
        with self.read() as db:
            outlived = db.execute(sa.select(HAND_REPLY.c.at).where(HAND_REPLY.c.at <= oldest).limit(1)).first()
            letters = db.execute(_waiting(oldest)).scalars().all()
        if outlived is not None:
            with self.write() as db:
                db.execute(sa.delete(HAND_REPLY).where(HAND_REPLY.c.at <= oldest))
        return sum(self._make_stale(one, now) for one in letters)

    def _make_stale(self, draft_id: int, now: datetime) -> bool:
        """False where another process did it just now, or a server has the letter."""
        mine = DRAFT.c.id == draft_id
        try:
            with self.write() as db:
                free = sa.select(DRAFT.c.id).where(mine, DRAFT.c.hand_answered_at.is_(None)).with_for_update()
                if db.execute(free).first() is None:
                    return False
                pulled = pull_back(db, draft_id, D.STALE, because=BECAUSE, actor="timer")
                if pulled:
                    db.execute(sa.update(DRAFT).where(mine).values(hand_answered_at=now))
                return pulled
        except Gone:
            return False


def _waiting(oldest: datetime) -> sa.Select[Any]:
    """Letters that no server has, to mails that were answered by hand after they had come."""
    answered = (
        sa.select(MAIL.c.id)
        .join(HAND_REPLY, HAND_REPLY.c.message_id == MAIL.c.message_id)
        .where(HAND_REPLY.c.at > oldest, MAIL.c.received_at <= HAND_REPLY.c.at)
    )
    also = sa.select(DRAFT_MAIL.c.draft_id).where(DRAFT_MAIL.c.mail_id.in_(answered))
    return (
        sa.select(DRAFT.c.id)
        .where(
            DRAFT.c.live,
            DRAFT.c.state.in_([D.WAITING.value, D.APPROVED.value]),
            DRAFT.c.hand_answered_at.is_(None),
            DRAFT.c.mail_id.in_(answered) | DRAFT.c.id.in_(also),
        )
        .order_by(DRAFT.c.id)
    )
