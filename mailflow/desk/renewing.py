"""Letters that wait, composed anew at a person's word: after a change of words, dates or rules they carry only a notice (DESIGN §3).

The mail is judged once more by the worker's ordinary way, on the configuration in force; its new letter takes the place of the
waiting one. What a person wrote or approved is never touched. Times are business time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from mailflow.desk.refusal import Refused, RefusedError, act, may
from mailflow.store import Store
from mailflow.store.moves import DRAFT, D
from mailflow.store.outdated import NOTICE, why_not_anew
from mailflow.store.people import Role
from mailflow.store.rejudge import reopen


@dataclass(frozen=True, slots=True)
class Renewed:
    """`drafts`: whose mails are judged once more. `left_out`: why the others are not, by draft."""

    drafts: tuple[int, ...]
    left_out: dict[int, str]


def compose_anew(store: Store, draft_ids: Sequence[int], *, user: str, now: datetime) -> Renewed | Refused:
    """Have these letters composed anew, each in a transaction of its own. Refused where this person may not."""
    if (refusal := may(store, user, Role.STAFF)) is not None:
        return refusal
    done: list[int] = []
    left_out: dict[int, str] = {}
    for draft_id in dict.fromkeys(draft_ids):
        result = act(store, user, Role.STAFF, lambda db, one=draft_id: _anew(db, one, user=user, now=now))  # type: ignore[misc]
        if isinstance(result, Refused):
            left_out[draft_id] = result.reason
        else:
            done.append(draft_id)
    return Renewed(tuple(done), left_out)


def noticed(store: Store) -> list[int]:
    """The waiting letters that would read otherwise by the configuration in force, oldest first."""
    query = (
        sa.select(DRAFT.c.id)
        .where(DRAFT.c.state == D.WAITING.value, DRAFT.c.live, DRAFT.c.reason.contains(NOTICE))
        .order_by(DRAFT.c.id)
    )
    with store.read() as db:
        return list(db.execute(query).scalars())


def offered(store: Store, draft_id: int, reason: str | None) -> bool:
    """Whether this letter carries the notice (`reason`: the letter's) and can be composed anew."""
    if reason is None or NOTICE not in reason:
        return False
    with store.read() as db:
        return why_not_anew(db, draft_id)[1] is None


def _anew(db: sa.Connection, draft_id: int, *, user: str, now: datetime) -> int:
    mail_id, why_not = why_not_anew(db, draft_id)
    if why_not is not None:
        raise RefusedError(why_not)
    if not reopen(db, mail_id, "letters", actor=user, at=now):
        raise RefusedError("このメールは、いま判定を待っています")
    return mail_id
