"""What people of the office sent by themselves, told by the headers of the folder Sent (DESIGN §5 "Superseded / stale").

A reply by hand to a mail makes the letter that waits for the same mail stale: a person chooses. It is remembered for
REMEMBERED, for a letter that is composed later than the reply was found. A letter is made stale by one reply once.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from mailflow.store.arrivals import MAIL
from mailflow.store.facts import Facts
from mailflow.store.known import DRAFT_MAIL
from mailflow.store.moves import DRAFT, D, pull_back

FACT = "hand_replies"
REMEMBERED = timedelta(days=14)
_MOST = 500  # replies and letters kept in mind
BECAUSE = "事務局のだれかが、このメールに自分で返信しています（送信済みフォルダーにあります）"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandReply:
    """`answers`: Message-IDs; `at`: ISO 8601, the INTERNALDATE of the copy in Sent."""

    uid: int
    answers: tuple[str, ...]
    at: str


class HandReplies(Facts):
    def remember_replies(self, replies: Sequence[HandReply]) -> None:
        if replies:
            told = self._hand_replies()
            told["replies"] = [*told["replies"], *(asdict(one) for one in replies)][-_MOST:]
            self.set_fact(FACT, json.dumps(told))

    def apply_hand_replies(self, now: datetime) -> int:
        """Make stale what waits to answer a mail that was answered by hand. Returns how many letters."""
        told = self._hand_replies()
        if not told["replies"]:
            return 0
        done = [int(one) for one in told["done"]]
        fresh = [one for one in told["replies"] if datetime.fromisoformat(one["at"]) > now - REMEMBERED]
        changed: list[int] = []
        for one in fresh:
            for draft_id in self._waiting(one["answers"], datetime.fromisoformat(one["at"])):
                if draft_id in done or draft_id in changed:
                    continue
                with self.write() as db:
                    if pull_back(db, draft_id, D.STALE, because=BECAUSE, actor="timer"):
                        changed.append(draft_id)
        if changed or len(fresh) != len(told["replies"]):
            self.set_fact(FACT, json.dumps({"replies": fresh, "done": [*done, *changed][-_MOST:]}))
        return len(changed)

    def _hand_replies(self) -> dict[str, list[Any]]:
        text = self.fact(FACT)
        found: dict[str, list[Any]] = json.loads(text) if text else {"replies": [], "done": []}
        return found

    def _waiting(self, answers: Sequence[str], at: datetime) -> list[int]:
        """Letters that no server has, to mails with these Message-IDs that had come before the reply."""
        mails = sa.select(MAIL.c.id).where(MAIL.c.message_id.in_(list(answers)), MAIL.c.received_at <= at)
        also = sa.select(DRAFT_MAIL.c.draft_id).where(DRAFT_MAIL.c.mail_id.in_(mails))
        query = sa.select(DRAFT.c.id).where(
            DRAFT.c.live,
            DRAFT.c.state.in_([D.WAITING.value, D.APPROVED.value]),
            DRAFT.c.mail_id.in_(mails) | DRAFT.c.id.in_(also),
        )
        with self.read() as db:
            return list(db.execute(query.order_by(DRAFT.c.id)).scalars())
