"""Judging a mail once more: what its case came to know makes another verdict of it (a password, a value told by phone).

`reopen` puts a judged mail back into the queue with the reason; the worker reads and judges it as any other, with its
own time of arrival; `again.forget` takes away, inside the same transaction, what the first judging wrote. Letters that
have left stay; one that waits for the same mail gives way to the new one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mailflow.model import Again
from mailflow.store import audit
from mailflow.store.again import BESIDE
from mailflow.store.arrivals import MAIL, MailState
from mailflow.store.mails import AGAIN
from mailflow.store.moves import DRAFT, D, pull_back

_WEIGHT = {"quiet": 0, "remind": 1, "appointment": 1, "letters": 2}


def reopen(db: sa.Connection, mail_id: int, why: Again, *, actor: str, at: datetime) -> bool:
    """Judge a mail once more. False for one that isn't judged yet: it will see what is known then. Of two reasons the
    weightier stays."""
    changed = db.execute(
        sa.update(MAIL)
        .where(MAIL.c.id == mail_id, MAIL.c.state == MailState.JUDGED.value, MAIL.c.raw_sha256.is_not(None))
        .values(state=MailState.NEW.value, attempts=0, crashes=0, reason=None, claimant=None, claimed_at=None)
        .returning(MAIL.c.id)
    ).scalar()
    if changed is None:
        return _waits(db, mail_id, why)
    db.execute(sa.insert(AGAIN), {"mail_id": mail_id, "why": why, "at": at})
    audit.record(
        db, audit.Event(actor=actor, act="mail-again", entity="mail", entity_id=mail_id, detail={"why": str(why)})
    )
    return True


def _waits(db: sa.Connection, mail_id: int, why: Again) -> bool:
    """Whether the mail is to be judged once more already. Who is at it now read before what is written now: they let go of it."""
    waiting = db.execute(sa.select(AGAIN.c.why).where(AGAIN.c.mail_id == mail_id)).scalar()
    if waiting is None:
        return False
    if _WEIGHT[why] > _WEIGHT[waiting]:
        db.execute(sa.update(AGAIN).where(AGAIN.c.mail_id == mail_id).values(why=why))
    held = sa.and_(MAIL.c.id == mail_id, MAIL.c.state == MailState.NEW.value, MAIL.c.claimant.is_not(None))
    db.execute(sa.update(MAIL).where(held).values(claimant=None, claimed_at=None))
    return True


def done_again(db: sa.Connection, mail_id: int) -> None:
    db.execute(sa.delete(AGAIN).where(AGAIN.c.mail_id == mail_id))


def void_former(db: sa.Connection, mail_id: int, kept: Sequence[int], *, actor: str) -> None:
    """Letters that wait and say what this mail's former verdict was. One that a person edited is shown to a person."""
    rows: Sequence[Any] = db.execute(
        sa.select(DRAFT.c.id, DRAFT.c.edited_at).where(
            DRAFT.c.mail_id == mail_id, DRAFT.c.live, DRAFT.c.id.not_in(list(kept)), DRAFT.c.purpose.not_in(BESIDE)
        )
    ).all()
    for row in rows:
        to = D.STALE if row.edited_at is not None else D.SUPERSEDED
        pull_back(db, row.id, to, because="judged again", actor=actor)
