"""Cases that wait for a call or a word from a person: withdrawals, claims, mails sent by mistake, promises that ran out.

Derived, stored nowhere: what is done is gone from the list. Reading only. Mails under `review`, drafts, and the incomplete
cases of a round that closed (`closings`) have lists of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from mailflow.model import CaseState, Kind
from mailflow.store.again import CLAIM, NOTE
from mailflow.store.answered import ANSWERED
from mailflow.store.base import Base
from mailflow.store.case_read import state_of, versions_of
from mailflow.store.casebook import open_promise
from mailflow.store.hidden import HIDDEN
from mailflow.store.mails import CASE, VERDICT
from mailflow.store.overview import name_of

What = Literal["promise", "withdrawal", "claim", "missent", "asking-ministry"]
# Mails whose answer is the ministry's word (situations rows 33, 35, 49).
_ITS_WORD = ("eligibility", "extension", "result", "outside")


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """`since`: from when it waits. `mail_id`: what it is about, None for the case as a whole."""

    what: What
    case_id: int | None
    number: str | None
    organization: str | None
    mail_id: int | None
    since: datetime


def waiting_cases(store: Base, now: datetime) -> list[Waiting]:
    """In the order in which they began to wait. `now`: business time."""
    found: list[Waiting] = []
    with store.read() as db:
        cases = {case.id: case for case in db.execute(sa.select(CASE).order_by(CASE.c.id))}
        applied = set(
            db.execute(
                sa.select(VERDICT.c.case_id).where(
                    VERDICT.c.kind == Kind.APPLICATION.value, VERDICT.c.claim.is_(False), VERDICT.c.case_id.is_not(None)
                )
            ).scalars()
        )
        for case_id in applied:
            case = cases[case_id]
            rows = versions_of(db, case_id)
            state = state_of(case, rows)
            promised = open_promise(db, case_id)
            if promised is not None and promised < now and state not in (CaseState.COMPLETE, CaseState.WITHDRAWN):
                found.append(_waits("promise", case, None, promised))
        asked = sa.select(VERDICT.c.mail_id, VERDICT.c.case_id, VERDICT.c.received_at).where(
            VERDICT.c.kind == Kind.WITHDRAWAL.value, VERDICT.c.claim.is_(False), VERDICT.c.case_id.is_not(None)
        )
        for row in db.execute(asked):
            case = cases[row.case_id]
            rows = versions_of(db, row.case_id)
            open_still = state_of(case, rows) in (CaseState.INCOMPLETE, CaseState.COMPLETE, CaseState.LATE)
            answered = any(one.received_at > row.received_at for one in rows)
            if open_still and not answered and _not_undone_since(db, row):
                found.append(_waits("withdrawal", case, row.mail_id, row.received_at))
        for row in db.execute(sa.select(CLAIM).where(CLAIM.c.settled.is_(None))):
            found.append(_waits("claim", cases[row.case_id], row.mail_id, row.at))
        hidden = sa.select(HIDDEN.c.mail_id, HIDDEN.c.at, VERDICT.c.case_id).select_from(
            HIDDEN.outerjoin(VERDICT, VERDICT.c.mail_id == HIDDEN.c.mail_id)
        )
        for row in db.execute(hidden.where(HIDDEN.c.lifted_at.is_(None))):
            found.append(_waits("missent", cases.get(row.case_id), row.mail_id, row.at))
        told = sa.select(NOTE.c.mail_id).where(NOTE.c.kind == ANSWERED, NOTE.c.mail_id.is_not(None))
        asking = sa.select(VERDICT.c.mail_id, VERDICT.c.case_id, VERDICT.c.received_at).where(
            VERDICT.c.label.in_(_ITS_WORD), VERDICT.c.mail_id.not_in(told)
        )
        for row in db.execute(asking):
            found.append(_waits("asking-ministry", cases.get(row.case_id), row.mail_id, row.received_at))
    return sorted(found, key=lambda one: (one.since, one.case_id or 0, one.mail_id or 0))


def stays_answered(db: sa.Connection, mail_id: int) -> None:
    """A mail that people answered otherwise, read again for its files alone, waits for nobody still."""
    told = sa.select(NOTE.c.id).where(NOTE.c.kind == ANSWERED, NOTE.c.mail_id == mail_id)
    db.execute(sa.update(VERDICT).where(VERDICT.c.mail_id == mail_id, sa.exists(told)).values(review=False))


def _not_undone_since(db: sa.Connection, asked: Any) -> bool:
    """Nobody settled this very request: recorded by it, and undone again."""
    from mailflow.store.casebook import WITHDRAWAL

    query = sa.select(WITHDRAWAL.c.id).where(
        WITHDRAWAL.c.case_id == asked.case_id, WITHDRAWAL.c.at >= asked.received_at
    )
    return db.execute(query.limit(1)).first() is None


def _waits(what: What, case: Any, mail_id: int | None, since: datetime) -> Waiting:
    return Waiting(
        what=what, case_id=case.id if case is not None else None, number=case.number if case is not None else None,
        organization=name_of(case) if case is not None else None, mail_id=mail_id, since=since,
    )  # fmt: skip
