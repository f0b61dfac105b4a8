"""Which letters lie as mails in the folder 承認待ち, and which copy is which (DESIGN §5 "In their own mail client").

A copy's row is committed before the mail is put there, so that a crash in between leaves no copy nobody knows: `ADDING` is
looked for in the folder and put there if it is missing. `SETTLED`: decided on, or taken out because the letter moved on.
One content of one letter has one unsettled copy (a unique index says so), and only the watch of the mailbox writes here.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from mailflow.model import Approval
from mailflow.store import audit
from mailflow.store.base import Base
from mailflow.store.hidden import OF_HIDDEN
from mailflow.store.moves import DRAFT, D
from mailflow.store.tables import table_of
from mailflow.store.tables_client import ClientCopyRow
from mailflow.store.watching import Watch, Watching

COPY = table_of(ClientCopyRow)
MARK = "copy-"
_AT_ONCE = 500
UNSHOWN = "unshown"  # the mailbox takes no such mail: it isn't tried again


class CopyState(StrEnum):
    ADDING = "adding"
    SHOWN = "shown"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class Copy:
    """One content of one letter, under `token` in the folder."""

    token: str
    draft_id: int
    content_sha256: str
    state: CopyState
    outcome: str | None = None


_FIT = sa.and_(  # what one person decides on by its words alone: no findings to look at, no second person, no consent, and everybody's to read
    DRAFT.c.state == D.WAITING.value,
    DRAFT.c.live,
    DRAFT.c.approval == Approval.ONE.value,
    DRAFT.c.consent_required.is_(False),
    DRAFT.c.review.is_(False),
    DRAFT.c.id.not_in(OF_HIDDEN),
)
_SAME = sa.and_(COPY.c.draft_id == DRAFT.c.id, COPY.c.content_sha256 == DRAFT.c.content_sha256)


def to_show(store: Base, most: int) -> list[tuple[int, str]]:
    """Letters (id, content) that have no copy in the folder as they stand, those that become useless first."""
    there = sa.or_(COPY.c.state != CopyState.SETTLED.value, COPY.c.outcome == UNSHOWN)
    known = sa.select(sa.literal(1)).where(_SAME, there).correlate(DRAFT).exists()
    query = sa.select(DRAFT.c.id, DRAFT.c.content_sha256).where(_FIT, ~known)
    query = query.order_by(DRAFT.c.valid_until.is_(None), DRAFT.c.valid_until, DRAFT.c.priority, DRAFT.c.id).limit(most)
    with store.read() as db:
        return [(row.id, row.content_sha256) for row in db.execute(query)]


def add(
    store: Watching, letters: Sequence[tuple[int, str]], *, sys_now: datetime, watch: Watch | None = None
) -> list[Copy]:
    """New copies of (letter, content), before they are put into the folder. One that is there already is left out."""
    made: list[Copy] = []
    if not letters:
        return made
    insert = store.upsert(COPY).on_conflict_do_nothing().returning(COPY.c.token)
    with store.write() as db:
        store.check_watch(db, watch)
        for draft_id, content_sha256 in letters:
            one = Copy(f"{MARK}{secrets.token_hex(12)}", draft_id, content_sha256, CopyState.ADDING)
            values = {
                "token": one.token, "draft_id": draft_id, "content_sha256": content_sha256, "state": one.state.value,
                "made_at": sys_now,
            }  # fmt: skip
            if db.execute(insert, values).scalar() is not None:
                made.append(one)
    return made


def shown(store: Watching, tokens: Sequence[str], *, watch: Watch | None = None) -> None:
    """They lie in the folder."""
    if not tokens:
        return
    with store.write() as db:
        store.check_watch(db, watch)
        where = sa.and_(COPY.c.token.in_(tokens), COPY.c.state == CopyState.ADDING.value)
        db.execute(sa.update(COPY).where(where).values(state=CopyState.SHOWN.value))


def settle(
    store: Watching,
    token: str,
    outcome: str,
    *,
    sys_now: datetime,
    event: audit.Event | None = None,
    watch: Watch | None = None,
) -> None:
    """Nothing more is to be done with it. `outcome`: approved, rejected, refused, UNSHOWN. `event` is audited along."""
    with store.write() as db:
        store.check_watch(db, watch)
        db.execute(sa.update(COPY).where(COPY.c.token == token).values(**_settled(outcome, sys_now)))
        if event is not None:
            audit.record(db, event)


def withdraw_outdated(store: Watching, *, sys_now: datetime, watch: Watch | None = None) -> int:
    """Copies whose letter is another one now, or waits no more, count no longer. How many those were."""
    fits = sa.select(sa.literal(1)).where(_SAME, _FIT).correlate(COPY).exists()
    outdated = sa.and_(COPY.c.state != CopyState.SETTLED.value, ~fits)
    with store.read() as db:  # a look that finds nothing takes no write lock
        if db.execute(sa.select(COPY.c.token).where(outdated).limit(1)).first() is None:
            return 0
    with store.write() as db:
        store.check_watch(db, watch)
        return int(db.execute(sa.update(COPY).where(outdated).values(**_settled("withdrawn", sys_now))).rowcount)


def _settled(outcome: str, sys_now: datetime) -> dict[str, Any]:
    return {"state": CopyState.SETTLED.value, "outcome": outcome, "settled_at": sys_now}


def settled_among(store: Base, tokens: Collection[str]) -> set[str]:
    """Which of these need not lie in the folder any more."""
    found: set[str] = set()
    wanted = sorted(tokens)
    with store.read() as db:
        for at in range(0, len(wanted), _AT_ONCE):
            some = COPY.c.token.in_(wanted[at : at + _AT_ONCE])
            found |= set(
                db.execute(sa.select(COPY.c.token).where(some, COPY.c.state == CopyState.SETTLED.value)).scalars()
            )
    return found


def of(store: Base, token: str) -> Copy | None:
    with store.read() as db:
        row = db.execute(sa.select(COPY).where(COPY.c.token == token)).one_or_none()
    return None if row is None else _copy(row)


def half_added(store: Base) -> list[Copy]:
    """Copies of which it isn't known whether the server took them."""
    with store.read() as db:
        return [_copy(row) for row in db.execute(sa.select(COPY).where(COPY.c.state == CopyState.ADDING.value))]


def _copy(row: Any) -> Copy:
    return Copy(row.token, row.draft_id, row.content_sha256, CopyState(row.state), row.outcome)
