"""The states of letters: what isn't in the table can't happen."""

from __future__ import annotations

from itertools import product

import pytest
import sqlalchemy as sa

from mailflow.store import Store
from mailflow.store.errors import Gone, IllegalMove
from mailflow.store.moves import (
    DRAFT,
    DRAFT_NEXT,
    OUTGOING,
    OUTGOING_NEXT,
    D,
    DraftState,
    O,
    OutgoingState,
    move_draft,
    move_outgoing,
)
from tests.unit.store.flow import NOW, Letter, process


def approved(store: Store) -> int:
    process(store, Letter())
    with store.write() as db:
        outgoing_id = store.approve_in(db, 1, user="policy", now=NOW, undo_until=NOW)
    assert outgoing_id is not None
    return outgoing_id


@pytest.mark.parametrize(
    ("old", "new"), [pair for pair in product(DraftState, DraftState) if pair[1] not in DRAFT_NEXT[pair[0]]]
)
def test_no_other_way_for_a_draft(store: Store, old: DraftState, new: DraftState) -> None:
    process(store, Letter())
    with store.write() as db:
        db.execute(sa.update(DRAFT).values(state=old.value))
    with pytest.raises(IllegalMove), store.write() as db:
        move_draft(db, 1, old, new, because="test", actor="test")
    assert store.drafts()[0].state == old


@pytest.mark.parametrize(
    ("old", "new"), [pair for pair in product(OutgoingState, OutgoingState) if pair[1] not in OUTGOING_NEXT[pair[0]]]
)
def test_no_other_way_for_an_outgoing_mail(store: Store, old: OutgoingState, new: OutgoingState) -> None:
    outgoing_id = approved(store)
    with store.write() as db:
        db.execute(sa.update(OUTGOING).values(state=old.value))
    with pytest.raises(IllegalMove), store.write() as db:
        move_outgoing(db, outgoing_id, old, new, because="test", actor="test")
    assert store.outbox()[0].state == old


@pytest.mark.parametrize(("old", "new"), [(old, new) for old, after in OUTGOING_NEXT.items() for new in sorted(after)])
def test_each_way_of_the_table_keeps_live_true_and_is_audited(
    store: Store, old: OutgoingState, new: OutgoingState
) -> None:
    outgoing_id = approved(store)
    with store.write() as db:
        db.execute(sa.update(OUTGOING).values(state=old.value))
        move_outgoing(db, outgoing_id, old, new, because="test", actor="test")
    with store.read() as db:
        live = db.execute(sa.select(DRAFT.c.live)).scalar_one()
    assert live == (new in (O.APPROVED, O.RETRY))
    assert f"outgoing-{new}" in {entry.act for entry in store.audit(entity="outgoing")}


def test_a_move_from_a_state_that_is_over_is_refused(store: Store) -> None:
    process(store, Letter())
    with store.write() as db:
        move_draft(db, 1, D.WAITING, D.REJECTED, because="test", actor="test")
    with pytest.raises(Gone), store.write() as db:
        move_draft(db, 1, D.WAITING, D.APPROVED, because="test", actor="test")
