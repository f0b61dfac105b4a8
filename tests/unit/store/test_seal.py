"""The chain over the audit: what was changed, taken out, swapped or cut off is found."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread

import pytest

from mailflow.store import Store
from mailflow.store.errors import StoreError
from mailflow.store.seal import FIRST, Head
from tests.by_hand import by_hand
from tests.unit.store.flow import Letter, process, send_all


@pytest.fixture
def sealed(store: Store) -> Store:
    for _ in range(3):
        process(store, Letter())
    send_all(store)
    store.seal()
    return store


def test_an_untouched_record_holds(sealed: Store) -> None:
    found = sealed.verify_audit(sealed.audit_head())
    assert (found.problems, found.unsealed) == ((), 0)
    assert found.rows == found.head.seq > 6


def test_nothing_is_sealed_twice_and_an_empty_record_has_a_head(store: Store) -> None:
    assert store.audit_head() == Head(0, FIRST)
    assert store.verify_audit(Head(0, FIRST)).problems == ()
    process(store, Letter())
    assert store.verify_audit().unsealed > 0
    head = store.seal()
    assert store.seal() == head


def test_rows_written_after_a_seal_are_no_problem(sealed: Store) -> None:
    head = sealed.audit_head()
    process(sealed, Letter())
    found = sealed.verify_audit(head)
    assert found.problems == ()
    assert found.unsealed > 0
    sealed.seal()
    assert sealed.verify_audit(head).problems == ()


NTH = "(SELECT audit_id FROM audit_seal WHERE seq = {})"
TAMPER: dict[str, tuple[str, ...]] = {
    "actor": (f"UPDATE audit SET actor = 'nobody' WHERE id = {NTH.format(3)}",),
    "time": (f"UPDATE audit SET at = (SELECT at FROM audit WHERE id = {NTH.format(1)}) WHERE id = {NTH.format(5)}",),
    "detail": (f"UPDATE audit SET detail = '{{}}' WHERE id = {NTH.format(2)}",),
    "removed": (f"DELETE FROM audit WHERE id = {NTH.format(4)}",),
    "removed-with-its-seal": (
        "CREATE TABLE gone AS SELECT audit_id FROM audit_seal WHERE seq = 4",
        "DELETE FROM audit_seal WHERE seq = 4",
        "DELETE FROM audit WHERE id IN (SELECT audit_id FROM gone)",
        "DROP TABLE gone",
    ),
    "swapped": (
        "CREATE TABLE swap AS SELECT seq, audit_id FROM audit_seal WHERE seq IN (2, 3)",
        "DELETE FROM audit_seal WHERE seq IN (2, 3)",
        "INSERT INTO audit_seal (seq, audit_id, hash) SELECT 5 - seq, audit_id, '" + "0" * 64 + "' FROM swap",
        "DROP TABLE swap",
    ),
    "first": (f"UPDATE audit SET entity_id = '999' WHERE id = {NTH.format(1)}",),
}  # fmt: skip


@pytest.mark.parametrize("tampering", TAMPER.values(), ids=TAMPER.keys())
def test_what_was_done_to_a_row_is_found(sealed: Store, tampering: tuple[str, ...]) -> None:
    by_hand(sealed, *tampering)
    assert sealed.verify_audit().problems


def cut(store: Store) -> None:
    by_hand(
        store,
        "CREATE TABLE gone AS SELECT audit_id FROM audit_seal WHERE seq > 4",
        "DELETE FROM audit_seal WHERE seq > 4",
        "DELETE FROM audit WHERE id IN (SELECT audit_id FROM gone)",
        "DROP TABLE gone",
    )


def rewritten(store: Store) -> None:
    """All seals made anew over a changed row."""
    by_hand(store, f"UPDATE audit SET actor = 'nobody' WHERE id = {NTH.format(2)}", "DELETE FROM audit_seal")
    store.seal()


@pytest.mark.parametrize("tampering", [cut, rewritten])
def test_only_a_head_kept_elsewhere_tells_of_the_end(sealed: Store, tampering: Callable[[Store], None]) -> None:
    head = sealed.audit_head()
    tampering(sealed)
    assert sealed.verify_audit().problems == ()
    assert sealed.verify_audit().against is None
    assert sealed.verify_audit(head).problems


def test_two_sealers_at_once_make_one_chain(store: Store) -> None:
    for _ in range(5):
        process(store, Letter())
    threads = [Thread(target=store.seal) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = store.verify_audit()
    assert (found.problems, found.unsealed) == ((), 0)


@pytest.mark.parametrize("text", ["", "12", "x:" + "a" * 64, "3:" + "a" * 63, "-1:" + "a" * 64, "３:" + "a" * 64])
def test_a_head_that_is_none(text: str) -> None:
    with pytest.raises(StoreError, match="--head"):
        Head.of(text)
