"""What people settle that went wrong: a mail that couldn't be processed, a letter of which nobody knows if it left."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from mailflow.desk.refusal import Done, Refused, RefusedError, act
from mailflow.store import Store
from mailflow.store.moves import OUTGOING, O
from mailflow.store.people import Role


def retry_failed_mail(store: Store, mail_id: int, *, user: str) -> Done | Refused:
    """Judge a failed mail again, its attempts forgotten."""

    def do(db: sa.Connection) -> Done:
        if not store.retry_mail_in(db, mail_id, actor=user):
            raise RefusedError("失敗しているメールではありません")
        return Done()

    return act(store, user, Role.STAFF, do)


def resolve_uncertain(
    store: Store, outgoing_id: int, choice: Literal["sent", "again", "drop"], *, user: str, now: datetime
) -> Done | Refused:
    """Say what became of a letter whose sending broke off: it was sent, send it again, or drop it."""

    def do(db: sa.Connection) -> Done:
        state = db.execute(sa.select(OUTGOING.c.state).where(OUTGOING.c.id == outgoing_id)).scalar()
        if state != O.UNCERTAIN:
            raise RefusedError("送れたかどうか分からない手紙ではありません")
        store.settle_uncertain(db, outgoing_id, choice, actor=user, at=now)
        return Done()

    return act(store, user, Role.APPROVER, do)
