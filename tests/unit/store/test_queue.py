"""Claiming, failing, recovering mails."""

from __future__ import annotations

from datetime import timedelta
from threading import Thread

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailflow.store import Store, open_store
from mailflow.store.arrivals import MailState
from mailflow.store.liveness import Liveness
from mailflow.store.mails import MAX_CRASHES
from tests.unit.store.flow import NOW, arrival


def test_oldest_first(store: Store) -> None:
    young, old = arrival(received_at=NOW), arrival(received_at=NOW - timedelta(days=1))
    store.arrive([young, old])
    assert [one.content_id for one in store.claim_new(5, "w")] == [old.content_id, young.content_id]


def test_released_mails_are_claimed_again_by_anybody(store: Store) -> None:
    store.arrive([arrival()])
    (one,) = store.claim_new(5, "w1")
    assert store.release([one.id], "w2") == 0
    assert store.release([one.id], "w1") == 1
    assert [again.id for again in store.claim_new(5, "w2")] == [one.id]


def test_a_failing_mail_is_tried_then_shown_and_retried_on_command(store: Store) -> None:
    store.arrive([arrival()])
    states = []
    for _ in range(2):
        (one,) = store.claim_new(1, "w")
        states.append(store.fail(one.id, "xlsx を開けません", claimant="w", attempts=2))
    assert states == [MailState.NEW, MailState.FAILED]
    assert store.claim_new(1, "w") == []
    (line,) = store.mails(state=MailState.FAILED)
    assert (line.reason, line.attempts) == ("xlsx を開けません", 2)
    with store.write() as db:
        assert store.retry_mail_in(db, line.id, actor="佐藤")
        assert not store.retry_mail_in(db, line.id, actor="佐藤")
    assert [one.attempts for one in store.claim_new(1, "w")] == [0]


def test_failing_is_only_for_who_holds_the_mail(store: Store) -> None:
    store.arrive([arrival()])
    (one,) = store.claim_new(1, "w1")
    assert store.fail(one.id, "x", claimant="w2") is None


def test_the_dead_lose_their_claims_the_living_keep_them(store: Store) -> None:
    store.arrive([arrival(), arrival()])
    with Liveness(store, "alive"):
        (kept,) = store.claim_new(1, "alive")
        (lost,) = store.claim_new(1, "dead")
        assert store.recover() == (1, 0, 0)
        assert [one.id for one in store.claim_new(5, "other")] == [lost.id]
        assert kept.id != lost.id


def test_a_mail_in_hand_at_many_crashes_is_shown(store: Store) -> None:
    store.arrive([arrival()])
    for _ in range(MAX_CRASHES):
        assert len(store.claim_new(1, "dead")) == 1
        store.recover()
    assert store.claim_new(1, "w") == []
    assert store.mails()[0].state is MailState.FAILED
    assert store.mails()[0].reason


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sizes=st.lists(st.integers(1, 7), min_size=2, max_size=4))
def test_no_mail_is_ever_given_to_two_claimants(url: str, sizes: list[int]) -> None:
    stores = [open_store(url) for _ in sizes]
    stores[0].arrive([arrival() for _ in range(25)])
    taken: list[int] = []

    def work(one: Store, size: int, name: str) -> None:
        while found := one.claim_new(size, name):
            taken.extend(mail.id for mail in found)

    threads = [
        Thread(target=work, args=(one, size, f"w{at}"))
        for at, (one, size) in enumerate(zip(stores, sizes, strict=True))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == 25
    for one in stores:
        one.close()
