"""Replies by hand: what waits for the same mail becomes stale, once, whoever else writes meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import sqlalchemy as sa

from mailflow.desk import add_operator, choose_stale
from mailflow.store import Store
from mailflow.store.hand_replies import HAND_REPLY, REMEMBERED, HandReply
from tests.unit.store.flow import KAWARA, MINATO, NOW, SAKURA, TARO, Letter, process

FIRST = Letter(sender=SAKURA, organization=KAWARA, message_id="<1@kawara>")
SECOND = Letter(sender=TARO, organization=MINATO, message_id="<2@minato>")


def reply(*answers: str, minutes: float = 0) -> HandReply:
    return HandReply(answers=answers, at=NOW + timedelta(minutes=minutes))


def states(store: Store) -> list[str]:
    return [one.state for one in sorted(store.drafts(), key=lambda line: line.id)]


@contextmanager
def counted(store: Store) -> Iterator[list[str]]:
    said: list[str] = []

    def hear(_: object, __: object, statement: str, *___: object) -> None:
        said.append(statement)

    sa.event.listen(store.engine, "before_cursor_execute", hear)
    try:
        yield said
    finally:
        sa.event.remove(store.engine, "before_cursor_execute", hear)


@pytest.mark.parametrize(
    ("replies", "then"),
    [
        pytest.param([reply("<1@kawara>")], ["stale", "waiting"], id="the-one-that-it-answers"),
        pytest.param([reply("<0@x>", "<1@kawara>")], ["stale", "waiting"], id="among-references"),
        pytest.param([reply("<1@kawara>"), reply("<2@minato>")], ["stale", "stale"], id="each-its-own"),
        pytest.param([reply("<1@kawara>", minutes=-60)], ["waiting", "waiting"], id="written-before-the-mail-came"),
        pytest.param([], ["waiting", "waiting"], id="none"),
    ],
)
def test_what_becomes_stale(store: Store, replies: list[HandReply], then: list[str]) -> None:
    process(store, FIRST)
    process(store, SECOND)
    store.remember_replies(replies)
    store.remember_replies(replies)  # the watch died before it noted how far it had read
    store.apply_hand_replies(NOW)
    assert states(store) == then
    assert store.apply_hand_replies(NOW) == 0


def test_a_reply_found_while_another_one_is_applied(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    process(store, FIRST)
    process(store, SECOND)
    store.remember_replies([reply("<1@kawara>")])
    make_stale = type(store)._make_stale

    def meanwhile(self: Store, *arguments: object) -> bool:
        self.remember_replies([reply("<2@minato>")])  # the watch, just now
        return make_stale(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(type(store), "_make_stale", meanwhile)
    assert [store.apply_hand_replies(NOW) for _ in range(3)] == [1, 1, 0]
    assert states(store) == ["stale", "stale"]


def test_of_two_workers_one_does_it_and_what_a_person_kept_stays(store: Store) -> None:
    add_operator(store, "鈴木", sys_now=NOW)
    draft_id = process(store, FIRST).committed.drafts[0]
    store.remember_replies([reply("<1@kawara>")])
    assert store.apply_hand_replies(NOW) == 1
    choose_stale(store, draft_id, capacities={}, user="鈴木", keep=True, now=NOW)
    store.remember_replies([reply("<1@kawara>", minutes=5)])
    assert store.apply_hand_replies(NOW) == 0
    assert store._make_stale(draft_id, NOW) is False, "the other worker had read before the person chose"
    assert states(store) == ["waiting"]


def test_what_a_server_has_is_left_and_looked_at_again(store: Store) -> None:
    draft_id = process(store, FIRST).committed.drafts[0]
    with store.write() as db:
        store.approve_in(db, draft_id, user="policy", now=NOW, undo_until=NOW)
        db.execute(sa.text("UPDATE outgoing SET state = 'sending'"))
    assert store._make_stale(draft_id, NOW) is False
    with store.write() as db:
        db.execute(sa.text("UPDATE outgoing SET state = 'approved'"))  # its claimant died before DATA
    store.remember_replies([reply("<1@kawara>")])
    assert store.apply_hand_replies(NOW) == 1


def test_many_replies_cost_no_more_queries_than_one(store: Store) -> None:
    process(store, FIRST)
    store.remember_replies([reply("<0@x>")])
    with counted(store) as one:
        store.apply_hand_replies(NOW)
    store.remember_replies([reply(f"<{number}@x>") for number in range(500)])
    with counted(store) as many:
        store.apply_hand_replies(NOW)
    assert len(many) == len(one) <= 4


def test_they_are_forgotten_after_a_while(store: Store) -> None:
    store.remember_replies([reply("<0@x>"), reply("<1@kawara>", minutes=60)])
    process(store, FIRST)
    store.apply_hand_replies(NOW + REMEMBERED)
    with store.read() as db:
        assert db.execute(sa.select(HAND_REPLY.c.message_id)).scalars().all() == ["<1@kawara>"]
    assert states(store) == ["stale"]
