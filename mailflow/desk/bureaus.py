"""A consultation that the regional bureau holds: a person asks, a person enters the answer (DESIGN §6).

Nothing is mailed here: bureaus are called or written to as the office does, and what they said is told to the applicant by a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from mailflow.desk.refusal import Done, Refused, RefusedError, act
from mailflow.store import Store, bureau_requests
from mailflow.store.mails import CASE
from mailflow.store.people import Role


@dataclass(frozen=True, slots=True)
class Asked:
    """`request_id`: of the request; `bureau`: who is asked."""

    request_id: int
    bureau: str


def ask_bureau(
    store: Store, case_id: int, *, bureau: str | None, note: str | None, user: str, now: datetime
) -> Asked | Refused:
    """Note that the bureau in charge (or the one named) was asked to hold the consultation."""

    def do(db: sa.Connection) -> Asked:
        case = db.execute(sa.select(CASE).where(CASE.c.id == case_id)).one_or_none()
        if case is None:
            raise RefusedError("その案件はありません")
        asked = bureau or case.org_bureau
        if not asked:
            raise RefusedError("管轄の総合通信局が分かりません。--bureau で書いてください")
        return Asked(bureau_requests.ask(db, case_id=case_id, bureau=asked, note=note, by=user, now=now), asked)

    return act(store, user, Role.STAFF, do)


def bureau_answered(
    store: Store, request_id: int, *, starts: datetime | None, said: str | None, user: str, now: datetime
) -> Done | Refused:
    """What the bureau said: when it receives the applicant, or (None) that it can't."""

    def do(db: sa.Connection) -> Done:
        if not bureau_requests.answer(db, request_id, starts=starts, said=said, by=user, now=now):
            raise RefusedError("その依頼はありません")
        return Done()

    return act(store, user, Role.STAFF, do)
