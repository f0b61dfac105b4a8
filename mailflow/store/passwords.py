"""Passwords that were told, and the locked mails they may open (PPAP). Inside a transaction.

A password is tried on the locked mails of whoever told it, on those of the same case, and on the one that a person
named. It is content: never in a log, never in the audit.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import sqlalchemy as sa

from mailflow.store.tables import table_of
from mailflow.store.tables_case import LockedMailRow, ToldPasswordRow

TOLD, LOCKED = table_of(ToldPasswordRow), table_of(LockedMailRow)
MAX_PASSWORDS = 20  # as many as reading tries (mail.limits)
MAX_LOCKED = 40  # locked mails of one sender that are looked at
# Built once: it is asked for each mail that is judged. No case (NULL) equals none.
_LOCKED_NEAR = (
    sa.select(LOCKED)
    .where(
        sa.or_(LOCKED.c.correspondent == sa.bindparam("by"), LOCKED.c.case_id == sa.bindparam("of", type_=sa.Integer))
    )
    .limit(MAX_LOCKED)
)


def told_passwords(db: sa.Connection, mail_id: int) -> tuple[tuple[str, ...], int]:
    """(the passwords that were told for this locked mail, newest first; the highest id among them)."""
    locked = db.execute(sa.select(LOCKED).where(LOCKED.c.mail_id == mail_id)).one_or_none()
    if locked is None:
        return (), 0
    rows = db.execute(_fitting(locked).order_by(TOLD.c.id.desc()).limit(MAX_PASSWORDS)).all()
    return tuple(dict.fromkeys(row.password for row in rows)), max((row.id for row in rows), default=0)


def passwords_near(
    db: sa.Connection, mail_id: int, *, correspondent: str | None, case_id: int | None
) -> tuple[str, ...]:
    """The passwords that were told for a mail, whether or not it has been opened since; newest first."""
    rows = db.execute(_fitting(_Near(mail_id, correspondent, case_id)).order_by(TOLD.c.id.desc()).limit(MAX_PASSWORDS))
    return tuple(dict.fromkeys(row.password for row in rows))


class _Near(NamedTuple):
    mail_id: int
    correspondent: str | None
    case_id: int | None


def openable(db: sa.Connection, case_id: int | None, correspondent: str) -> list[int]:
    """Locked mails of the case or of this sender, for which a password was told that wasn't tried yet."""
    waiting = db.execute(_LOCKED_NEAR, {"by": correspondent, "of": case_id}).all()
    return [one.mail_id for one in waiting if db.execute(_fitting(one).where(TOLD.c.id > one.tried).limit(1)).first()]


def _fitting(locked: Any) -> Any:
    """Told for this very mail, or by its sender, or in its case."""
    near: list[sa.ColumnElement[bool]] = []
    if locked.correspondent:
        near.append(TOLD.c.correspondent == locked.correspondent)
    if locked.case_id is not None:
        near.append(TOLD.c.case_id == locked.case_id)
    return sa.select(TOLD).where(
        sa.or_(TOLD.c.for_mail_id == locked.mail_id, sa.and_(TOLD.c.for_mail_id.is_(None), sa.or_(sa.false(), *near)))
    )
