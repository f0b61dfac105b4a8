"""Mails that were sent by mistake: their content is for approvers' eyes, their form counts for nothing (situations row 37).

A mail that says 誤送信 hides what its sender sent before it, at once and without anybody having looked; a person says what
becomes of it. Nothing is deleted here. Inside a transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from mailflow.store import audit
from mailflow.store.arrivals import MAIL
from mailflow.store.base import Base
from mailflow.store.moves import DRAFT, D, pull_back
from mailflow.store.tables import VerdictRow, table_of
from mailflow.store.tables_case import HiddenMailRow
from mailflow.store.tables_letters import DraftMailRow

HIDDEN, VERDICT, DRAFT_MAIL = table_of(HiddenMailRow), table_of(VerdictRow), table_of(DraftMailRow)
RECENT = timedelta(days=7)  # 「先ほどのメール」 is not last month's
OPENED = "hidden-mail-opened"  # the act
STOPPED = "誤送信の連絡が届いたため、止めました"
HIDDEN_NOW = sa.select(HIDDEN.c.mail_id).where(HIDDEN.c.lifted_at.is_(None))
# A letter that answers or acknowledges such a mail says what stood in it: its subject, its files, what was found in its form.
HIDDEN_LETTER, HIDDEN_FILE = "（隠したメールへの手紙）", "（隠したファイル）"
OF_HIDDEN = sa.union(
    sa.select(DRAFT_MAIL.c.draft_id).where(DRAFT_MAIL.c.mail_id.in_(HIDDEN_NOW)),
    sa.select(DRAFT.c.id).where(DRAFT.c.mail_id.in_(HIDDEN_NOW)),
)
SUBJECT = sa.case((DRAFT.c.id.in_(OF_HIDDEN), HIDDEN_LETTER), else_=DRAFT.c.subject).label("subject")


def hidden_now(db: sa.Connection, mail_ids: Sequence[int] | None = None) -> frozenset[int]:
    """Which of these mails are hidden; of all where None."""
    query = HIDDEN_NOW if mail_ids is None else HIDDEN_NOW.where(HIDDEN.c.mail_id.in_(list(mail_ids)))
    return frozenset(db.execute(query).scalars())


def hidden_mails(store: Base, mail_ids: Sequence[int] | None = None) -> frozenset[int]:
    """The same, for who has no transaction open."""
    if mail_ids is not None and not mail_ids:
        return frozenset()
    with store.read() as db:
        return hidden_now(db, mail_ids)


def mails_behind(db: sa.Connection, draft_id: int) -> tuple[int, ...]:
    """The hidden mails of which this letter speaks; none: it is for every eye."""
    spoken = sa.union(
        sa.select(DRAFT_MAIL.c.mail_id).where(DRAFT_MAIL.c.draft_id == draft_id),
        sa.select(DRAFT.c.mail_id).where(DRAFT.c.id == draft_id),
    )
    return tuple(sorted(db.execute(HIDDEN_NOW.where(HIDDEN.c.mail_id.in_(spoken)).distinct()).scalars()))


def _looked_at(db: sa.Connection, mail_id: int, user: str) -> bool:
    """Whether it is on record that this person opened the hidden mail, or a letter about it."""
    seen = sa.select(audit.AUDIT.c.id).where(
        audit.AUDIT.c.act == OPENED, audit.AUDIT.c.entity == "mail", audit.AUDIT.c.entity_id == str(mail_id),
        audit.AUDIT.c.actor == user,
    )  # fmt: skip
    return db.execute(seen.limit(1)).first() is not None


def unseen(db: sa.Connection, draft_id: int, user: str) -> bool:
    """Whether the letter speaks of hidden mails that this person has not opened."""
    return any(not _looked_at(db, one, user) for one in mails_behind(db, draft_id))


def meant(
    db: sa.Connection, correspondent: str, thread_ids: Sequence[str], *, but: int, at: datetime
) -> tuple[int, ...]:
    """The mails of this sender that were sent by mistake: those that the notice answers, else the newest before it."""
    own = sa.select(VERDICT.c.mail_id).where(VERDICT.c.correspondent == correspondent, VERDICT.c.mail_id != but)
    if thread_ids:
        named = own.join(MAIL, MAIL.c.id == VERDICT.c.mail_id).where(MAIL.c.message_id.in_(list(thread_ids)[:50]))
        if found := tuple(db.execute(named).scalars()):
            return found
    newest = (
        own.where(VERDICT.c.received_at <= at, VERDICT.c.received_at >= at - RECENT)
        .order_by(VERDICT.c.received_at.desc(), VERDICT.c.mail_id.desc())
        .limit(1)
    )
    return tuple(db.execute(newest).scalars())


def hide(db: sa.Connection, mail_id: int, *, why: str, by: str, at: datetime, because: int | None = None) -> bool:
    """Hide a mail and stop the letters that speak of it. False where it is hidden already.

    A claim's mail stops the letters to its claimant and no others: the case that it names is somebody else's.
    """
    if hidden_now(db, [mail_id]):
        return False
    db.execute(sa.insert(HIDDEN), {"mail_id": mail_id, "why": why, "because_mail_id": because, "by": by, "at": at})
    row = db.execute(sa.select(VERDICT.c.case_id, VERDICT.c.claim).where(VERDICT.c.mail_id == mail_id)).one_or_none()
    case_id = row.case_id if row is not None else None
    stop_letters(db, mail_id, None if row is None or row.claim else case_id, actor=by)
    audit.record(db, audit.Event(actor=by, act="mail-hidden", entity="mail", entity_id=mail_id, case_id=case_id))
    return True


def stop_letters(db: sa.Connection, mail_id: int, case_id: int | None, *, actor: str) -> None:
    """Letters that wait in answer to the mail, or for its case, are a person's to choose on."""
    answers = sa.select(DRAFT_MAIL.c.draft_id).where(DRAFT_MAIL.c.mail_id == mail_id)
    concerned = (DRAFT.c.mail_id == mail_id) | DRAFT.c.id.in_(answers)
    if case_id is not None:
        concerned |= (DRAFT.c.case_id == case_id) & (DRAFT.c.purpose == "reply")
    for draft_id in db.execute(sa.select(DRAFT.c.id).where(DRAFT.c.live, concerned)).scalars().all():
        pull_back(db, draft_id, D.STALE, because=STOPPED, actor=actor)


def lift(db: sa.Connection, mail_id: int, *, by: str, why: str, at: datetime) -> bool:
    """Show it again. False where it wasn't hidden."""
    changed = db.execute(
        sa.update(HIDDEN)
        .where(HIDDEN.c.mail_id == mail_id, HIDDEN.c.lifted_at.is_(None))
        .values(lifted_by=by, lifted_why=why, lifted_at=at)
    ).rowcount
    if changed:
        audit.record(db, audit.Event(actor=by, act="mail-shown-again", entity="mail", entity_id=mail_id))
    return bool(changed)
