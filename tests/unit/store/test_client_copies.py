"""Copies in the mail client's folder: one a content, written by the watch alone, taken out in one go."""

from __future__ import annotations

import pytest

from mailflow.desk import reject
from mailflow.store import Store, client_copies
from mailflow.store.client_copies import CopyState
from mailflow.store.errors import LostWatch
from mailflow.store.liveness import WatchLock
from mailflow.store.people import Role, insert_user
from tests.e2e.office import wait_until
from tests.unit.store.flow import MINATO, NOW, TARO, Letter, process


@pytest.fixture
def waiting(store: Store) -> list[tuple[int, str]]:
    process(store, Letter())
    process(store, Letter(organization=MINATO, sender=TARO))
    with store.write() as db:
        insert_user(db, "鈴木", Role.APPROVER, by="test", sys_now=NOW, link=False)
    found = client_copies.to_show(store, 10)
    assert len(found) == 2
    return found


def test_one_content_of_one_letter_has_one_copy(store: Store, waiting: list[tuple[int, str]]) -> None:
    first = client_copies.add(store, waiting, sys_now=NOW)
    assert [(one.draft_id, one.content_sha256) for one in first] == waiting
    assert client_copies.add(store, waiting, sys_now=NOW) == [], "another worker was first"
    client_copies.settle(store, first[0].token, "refused", sys_now=NOW)
    (again,) = client_copies.add(store, waiting, sys_now=NOW)
    assert again.draft_id == waiting[0][0], "once it is settled it may be shown anew"


def test_who_lost_the_watch_writes_nothing(store: Store, waiting: list[tuple[int, str]]) -> None:
    lock = WatchLock(store, "office@imap.example", "one")
    old = lock.acquire()
    lock.close()
    new = WatchLock(store, "office@imap.example", "two")
    try:
        wait_until(
            "the watch is free", new.acquire, timeout_s=10, pause_s=0.01
        )  # a session ends a moment after its close
        (copy,) = client_copies.add(store, waiting[:1], sys_now=NOW, watch=new.current)
        for act in (
            lambda: client_copies.add(store, waiting[1:], sys_now=NOW, watch=old),
            lambda: client_copies.shown(store, [copy.token], watch=old),
            lambda: client_copies.settle(store, copy.token, "refused", sys_now=NOW, watch=old),
        ):
            with pytest.raises(LostWatch):
                act()
        assert client_copies.half_added(store) == [copy]
    finally:
        new.close()


def test_what_was_decided_elsewhere_is_withdrawn_at_once(store: Store, waiting: list[tuple[int, str]]) -> None:
    copies = client_copies.add(store, waiting, sys_now=NOW)
    client_copies.shown(store, [one.token for one in copies])
    for draft_id, _ in waiting:
        reject(store, draft_id, capacities={}, user="鈴木", reason="画面で", now=NOW)
    writes = store.write
    begun = []

    def counted():
        begun.append(1)
        return writes()

    store.write = counted  # type: ignore[method-assign]
    assert client_copies.withdraw_outdated(store, sys_now=NOW) == len(waiting)
    assert client_copies.withdraw_outdated(store, sys_now=NOW) == 0
    assert len(begun) == 1, "one transaction, and none where there is nothing"
    tokens = {one.token for one in copies}
    assert client_copies.settled_among(store, tokens) == tokens
    found = client_copies.of(store, copies[0].token)
    assert found is not None
    assert (found.state, found.outcome) == (CopyState.SETTLED, "withdrawn")
