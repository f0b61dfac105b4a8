"""Several people, new mail and the sender on one letter at once (DESIGN §5): one wins, the others are told; nothing leaves that
should not. On both databases (`tests/integration/on_postgresql`)."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from mailflow.desk import (
    Approved,
    Done,
    Refused,
    add_user,
    approve,
    approve_all,
    reject,
    set_sending,
    take_back,
)
from mailflow.desk.editing import Edited, edit
from mailflow.store import Store, open_store
from mailflow.store.people import Role
from tests.unit.store.flow import KAWARA, MINATO, NOW, SAKURA, TARO, Letter, build, form, process

SYS = NOW + timedelta(days=200)
UNDO = timedelta(seconds=30)
PEOPLE = ("佐藤", "鈴木")


@pytest.fixture(autouse=True)
def people(store: Store) -> None:
    for name in PEOPLE:
        add_user(store, name, Role.APPROVER, by=None, sys_now=SYS)
    add_user(store, "管理", Role.ADMIN, by=None, sys_now=SYS)


def at_once(url: str, *acts: Callable[[Store], object]) -> list[object]:
    """Each act over a connection of its own, all begun together. What each returned, in their order."""
    begin = Barrier(len(acts))

    def run(act: Callable[[Store], object]) -> object:
        own = open_store(url)
        try:
            begin.wait()
            return act(own)
        finally:
            own.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def yes(user: str, sha: str, *, undo: timedelta = UNDO) -> Callable[[Store], object]:
    return lambda store: approve(store, 1, user=user, content_sha256=sha, now=NOW, sys_now=SYS, undo=undo)


def leave(store: Store, *, sys_later: timedelta = timedelta(0), later: timedelta = timedelta(0)) -> list[int]:
    """Everything that may leave at that time, sent."""
    sent = []
    while claimed := store.claim_next(
        now=NOW + later, sys_now=SYS + sys_later, sending_allowed=True, claimant="s", build=build
    ):
        store.mark_data_stage(claimed.id, "s")
        store.sent(claimed.id, "s", at=NOW, answer="250 ok")
        sent.append(claimed.draft_id)
    return sent


def sha(store: Store, draft_id: int = 1) -> str:
    view = store.draft(draft_id)
    assert view is not None
    return view.line.content_sha256


@pytest.mark.parametrize("_round", range(3))
def test_two_people_say_yes_at_once(store: Store, url: str, _round: int) -> None:
    """One wins, the other is told; one letter leaves."""
    process(store, Letter())
    seen = sha(store)
    results = at_once(url, *(yes(one, seen) for one in PEOPLE))
    (won,) = [one for one in results if isinstance(one, Approved)]
    (lost,) = [one for one in results if isinstance(one, Refused)]
    winner = PEOPLE[results.index(won)]
    assert "すでに承認されています" in lost.reason
    assert re.search(rf"{winner}さん、\d+月\d+日 \d\d:\d\d", lost.reason), "who and when"
    assert leave(store, sys_later=UNDO) == [1]


@pytest.mark.parametrize("_round", range(3))
def test_one_approves_while_the_other_rejects(store: Store, url: str, _round: int) -> None:
    process(store, Letter())
    results = at_once(
        url,
        yes("佐藤", sha(store)),
        lambda own: reject(own, 1, capacities={}, user="鈴木", reason="電話で済ませた", now=NOW),
    )
    assert sorted(type(one).__name__ for one in results) in (["Approved", "Refused"], ["Done", "Refused"])
    left = leave(store, sys_later=UNDO)
    assert left == ([1] if isinstance(results[0], Approved) else [])
    (refused,) = [one for one in results if isinstance(one, Refused)]
    assert ("佐藤" if isinstance(results[0], Approved) else "鈴木") in refused.reason


@pytest.mark.parametrize("_round", range(3))
def test_one_approves_while_the_other_edits(store: Store, url: str, _round: int) -> None:
    """Never words that nobody approved: the edit is refused, or the approval of the old words is."""
    process(store, Letter())
    seen = sha(store)
    approved, edited = at_once(
        url,
        yes("佐藤", seen),
        lambda own: edit(own, 1, user="鈴木", subject="直した件名", text="直した文面です。", base_sha256=seen, now=NOW),
    )
    assert isinstance(approved, Approved) != isinstance(edited, Edited), (approved, edited)
    left = leave(store, sys_later=UNDO)
    assert left == ([1] if isinstance(approved, Approved) else [])
    if left:
        assert "直した".encode() not in (store.mime(1) or b"")


def test_a_new_mail_in_the_undo_window_pulls_the_letter_back(store: Store) -> None:
    """And the new letter, which waits, answers for both."""
    process(store, Letter(form=form("a")))
    assert isinstance(yes("佐藤", sha(store))(store), Approved)
    process(store, Letter(form=form("b"), received_at=NOW))
    assert leave(store, sys_later=UNDO) == []
    assert {line.id: line.state for line in store.drafts()} == {1: "superseded", 2: "waiting"}
    view = store.draft(2)
    assert view is not None
    assert view.acknowledges == (1, 2)


@pytest.mark.parametrize("_round", range(3))
def test_a_new_mail_against_the_sender_at_the_end_of_the_window(store: Store, url: str, _round: int) -> None:
    """Whoever is first: the letter left and the new one answers the new mail, or it was pulled back. While it is with the
    server nobody knows yet whether it will: then the new one speaks of both mails."""
    process(store, Letter(form=form("a")))
    assert isinstance(yes("佐藤", sha(store))(store), Approved)
    left, _ = at_once(
        url,
        lambda own: leave(own, sys_later=UNDO),
        lambda own: process(own, Letter(form=form("b"), received_at=NOW)),
    )
    view = store.draft(2)
    assert view is not None
    assert view.line.state == "waiting"
    first = {line.id: line.state for line in store.drafts()}[1]
    assert (first, left, view.acknowledges) in (
        ("sent", [1], (2,)), ("sent", [1], (1, 2)), ("superseded", [], (1, 2)),
    )  # fmt: skip


@pytest.mark.parametrize("_round", range(3))
def test_undo_against_the_sender(store: Store, url: str, _round: int) -> None:
    """Undone and never sent, or sent and told that it can't be undone any more."""
    process(store, Letter())
    assert isinstance(yes("佐藤", sha(store), undo=timedelta(0))(store), Approved)
    undone, left = at_once(url, lambda own: take_back(own, 1, user="佐藤"), leave)
    assert (isinstance(undone, Done), left) in ((True, []), (False, [1]))


def test_a_letter_past_its_time_never_leaves(store: Store) -> None:
    """Approved in time, its limit came in the undo window (or while sending was off)."""
    limit = NOW + timedelta(minutes=1)
    process(store, Letter(change={"valid_until": limit}))
    assert isinstance(yes("佐藤", sha(store))(store), Approved)
    assert leave(store, sys_later=UNDO, later=timedelta(minutes=1)) == []
    assert store.expire(limit) == 1
    assert store.drafts()[0].state == "expired"
    assert leave(store, sys_later=UNDO) == [], "nor if the clock went back"


def test_sending_off_holds_the_rest_of_a_batch(store: Store) -> None:
    """Read with each letter, in the claim itself: what is with the server ends, the next one stays."""
    for body, sender in ((KAWARA, SAKURA), (MINATO, TARO)):
        process(store, Letter(organization=body, sender=sender))
    approve_all(store, user="佐藤", now=NOW, sys_now=SYS, undo=timedelta(0))
    first = store.claim_next(now=NOW, sys_now=SYS, sending_allowed=True, claimant="s", build=build)
    assert first is not None
    assert isinstance(set_sending(store, False, user="管理"), Done)
    store.mark_data_stage(first.id, "s")
    store.sent(first.id, "s", at=NOW, answer="250 ok")
    assert leave(store) == []
    assert sorted(one.state.value for one in store.outbox()) == ["approved", "sent"]
    assert isinstance(set_sending(store, True, user="管理"), Done)
    assert len(leave(store)) == 1
