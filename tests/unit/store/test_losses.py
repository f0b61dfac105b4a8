"""What is taken out of the database behind mailflow's back is found and named, on either kind of database. Against a mailbox:
tests/integration/test_reconcile.py."""

from __future__ import annotations

import pytest

from mailflow.model import Action
from mailflow.store import Store
from tests.by_hand import by_hand
from tests.integration.test_reconcile import LOSSES
from tests.unit.store.flow import Letter, attachment, form, process, send_all

# What a mailbox must say beside it, and a table that is written anew.
ELSEWHERE = {"place", "mail-with-all-its-rows", "outgoing-that-lies-in-sent", "verdict-of-junk", "two-verdicts"}


@pytest.fixture
def office(store: Store) -> Store:
    process(store, Letter(form=form(), attachments=(attachment("k.xlsx"),), actions=(Action(action="enqueue"),)))
    assert len(send_all(store)) == 1
    return store


def test_nothing_is_missing(office: Store) -> None:
    assert office.imbalances() == []


QUICK = {"verdict", "version", "outgoing"}  # SQLite has them all in test_reconcile.py, quickly


@pytest.mark.parametrize(
    "loss",
    [pytest.param(one, marks=[] if one in QUICK else [pytest.mark.long]) for one in sorted(LOSSES.keys() - ELSEWHERE)],
)
def test_a_loss_is_found_and_named(office: Store, loss: str) -> None:
    statements, kind = LOSSES[loss]
    by_hand(office, *statements)
    assert kind in {one.kind for one in office.imbalances()}
