"""The states of letters: one table, one door (DESIGN §5, §8.3).

`move_*` change a row only where it is still in the old state, keep `draft.live` true to it, and write the audit row in
the same transaction. They raise IllegalMove for a transition that isn't in the table, Gone when another process was
first. A draft is *live* while it waits, or is approved and no server has it: at most one a case and purpose.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from mailflow.store import audit
from mailflow.store.errors import Gone, IllegalMove
from mailflow.store.tables import table_of
from mailflow.store.tables_letters import DraftRow, OutgoingRow

DRAFT, OUTGOING = table_of(DraftRow), table_of(OutgoingRow)


class DraftState(StrEnum):
    WAITING = "waiting"
    APPROVED = "approved"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"
    STALE = "stale"
    EXPIRED = "expired"


class OutgoingState(StrEnum):
    APPROVED = "approved"
    SENDING = "sending"
    SENT = "sent"
    RETRY = "retry"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    DROPPED = "dropped"


D, O = DraftState, OutgoingState  # noqa: E741  (the tables below read best so)

DRAFT_NEXT: Mapping[DraftState, frozenset[DraftState]] = {
    D.WAITING: frozenset({D.APPROVED, D.REJECTED, D.SUPERSEDED, D.STALE, D.EXPIRED}),
    D.APPROVED: frozenset({D.WAITING, D.SUPERSEDED, D.STALE, D.EXPIRED}),  # WAITING: undone by a person
    D.STALE: frozenset({D.WAITING, D.REJECTED, D.EXPIRED}),  # a person chooses
    D.REJECTED: frozenset(),
    D.SUPERSEDED: frozenset(),
    D.EXPIRED: frozenset(),
}
OUTGOING_NEXT: Mapping[OutgoingState, frozenset[OutgoingState]] = {
    O.APPROVED: frozenset({O.SENDING, O.FAILED, O.DROPPED}),  # FAILED: refused at the last check; DROPPED: pulled back
    O.SENDING: frozenset({O.SENT, O.RETRY, O.FAILED, O.UNCERTAIN, O.APPROVED}),  # APPROVED: claimant died before DATA
    O.RETRY: frozenset({O.SENDING, O.FAILED, O.DROPPED}),
    O.UNCERTAIN: frozenset({O.SENT, O.APPROVED, O.DROPPED}),  # a person says which
    O.SENT: frozenset(),
    O.FAILED: frozenset({O.APPROVED, O.DROPPED}),  # a person: once more as it is, or dealt with otherwise
    O.DROPPED: frozenset(),
}
AT_REST = frozenset({O.APPROVED, O.RETRY})  # no server has it: it can be pulled back


def check_draft(old: DraftState, new: DraftState) -> None:
    if new not in DRAFT_NEXT[old]:
        raise IllegalMove(f"draft: {old} -> {new}")


def check_outgoing(old: OutgoingState, new: OutgoingState) -> None:
    if new not in OUTGOING_NEXT[old]:
        raise IllegalMove(f"outgoing: {old} -> {new}")


def move_draft(
    db: sa.Connection, draft_id: int, old: DraftState, new: DraftState, *, because: str, actor: str, **values: Any
) -> None:
    """Move one draft. `values`: further columns set with it."""
    check_draft(old, new)
    live = new in (D.WAITING, D.APPROVED)
    changed = db.execute(
        sa.update(DRAFT)
        .where(DRAFT.c.id == draft_id, DRAFT.c.state == old.value)
        .values(state=new.value, live=live, reason=because, **values)
        .returning(DRAFT.c.case_id)
    ).scalar()
    if changed is None:
        raise Gone("この手紙の状態は、ほかの操作で変わりました")
    audit.record(
        db,
        audit.Event(
            actor=actor, act=f"draft-{new}", entity="draft", entity_id=draft_id, case_id=changed,
            detail={"from": old.value, "because": because[:200]},
        ),
    )  # fmt: skip


def move_outgoing(
    db: sa.Connection,
    outgoing_id: int,
    old: OutgoingState,
    new: OutgoingState,
    *,
    because: str,
    actor: str,
    claimant: str | None = None,
    **values: Any,
) -> None:
    """Move one outgoing mail; with `claimant`, only if that claimant still holds it."""
    check_outgoing(old, new)
    where = [OUTGOING.c.id == outgoing_id, OUTGOING.c.state == old.value]
    if claimant is not None:
        where.append(OUTGOING.c.claimant == claimant)
    if old is O.SENDING:
        values = {"claimant": None, "stage": None} | values
    row = db.execute(
        sa.update(OUTGOING)
        .where(*where)
        .values(state=new.value, **values)
        .returning(OUTGOING.c.draft_id, OUTGOING.c.case_id)
    ).one_or_none()
    if row is None:
        raise Gone("この手紙の送信の状態は、ほかの操作で変わりました")
    superseded = new in AT_REST and not _revive(db, row.draft_id)
    if new not in AT_REST:
        db.execute(sa.update(DRAFT).where(DRAFT.c.id == row.draft_id).values(live=False))
    audit.record(
        db,
        audit.Event(
            actor=actor, act=f"outgoing-{new}", entity="outgoing", entity_id=outgoing_id, case_id=row.case_id,
            detail={"from": old.value, "because": because[:200]},
        ),
    )  # fmt: skip
    if superseded:  # while it was with the server, a newer letter of the case took its place
        move_outgoing(db, outgoing_id, new, O.DROPPED, because="newer letter", actor=actor)
        move_draft(db, row.draft_id, D.APPROVED, D.SUPERSEDED, because="newer letter", actor=actor)


def _revive(db: sa.Connection, draft_id: int) -> bool:
    """Make the draft live again unless another one of its case and purpose is."""
    mine = sa.select(DRAFT.c.case_id, DRAFT.c.purpose).where(DRAFT.c.id == draft_id).subquery()
    other = sa.select(DRAFT.c.id).where(
        DRAFT.c.case_id == mine.c.case_id, DRAFT.c.purpose == mine.c.purpose, DRAFT.c.live, DRAFT.c.id != draft_id
    )
    if db.execute(other).first() is not None:
        return False
    db.execute(sa.update(DRAFT).where(DRAFT.c.id == draft_id).values(live=True))
    return True


def pull_back(db: sa.Connection, draft_id: int, to: DraftState, *, because: str, actor: str) -> bool:
    """Take a live draft out of the flow, its approved mail with it. False when a server has it already."""
    row = db.execute(
        sa.select(DRAFT.c.state, OUTGOING.c.id, OUTGOING.c.state.label("sending"))
        .select_from(DRAFT.outerjoin(OUTGOING, OUTGOING.c.draft_id == DRAFT.c.id))
        .where(DRAFT.c.id == draft_id)
    ).one()
    if row.id is not None:
        state = OutgoingState(row.sending)
        if state is O.DROPPED and row.state == D.APPROVED.value:
            return False  # a person dropped it while it was uncertain: it may have gone out
        if state is not O.DROPPED:
            if state not in AT_REST:
                return False
            move_outgoing(db, row.id, state, O.DROPPED, because=because, actor=actor)
    move_draft(db, draft_id, DraftState(row.state), to, because=because, actor=actor)
    return True
