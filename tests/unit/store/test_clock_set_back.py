"""The machine's clock was wrong and is set back: what was written by the wrong one binds nobody until that time comes again."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from mailflow.clock import Clock
from mailflow.desk import add_operator
from mailflow.desk.health import health, note_clock_moved
from mailflow.store import Store
from mailflow.store.moves import OUTGOING
from mailflow.store.pauses import pause
from mailflow.store.sessions import IDLE, LASTS, SESSION, attempts, open_session, went_wrong
from tests.unit.store.flow import NOW, Letter, build, process

BACK = timedelta(hours=5)
UNDO, MINUTE = timedelta(seconds=30), timedelta(minutes=1)
OFFSET = timedelta(days=-3)  # business time isn't system time
AHEAD = NOW + BACK  # what the wrong clock said


def approve(store: Store) -> None:
    """By the clock that is five hours ahead."""
    process(store, Letter())
    with store.write() as db:
        store.approve_in(db, 1, user="policy", now=AHEAD + OFFSET, undo_until=AHEAD + UNDO)


def leaves(store: Store, at_sys: timedelta) -> bool:
    claimed = store.claim_next(
        now=NOW + OFFSET, sys_now=NOW + at_sys, sending_allowed=True, claimant="s1", build=build, budget=None
    )
    return claimed is not None


def tend(store: Store) -> int:
    return store.wait_as_long_as_meant(now=NOW + OFFSET, sys_now=NOW, undo=UNDO)


def test_an_undo_window_begins_anew(store: Store) -> None:
    approve(store)
    assert not leaves(store, BACK - MINUTE), "as it was: hours late"
    assert tend(store) == 1
    assert not leaves(store, UNDO / 2), "a person still has the whole window"
    assert leaves(store, UNDO)


def test_no_other_window_is_touched(store: Store) -> None:
    """Another worker knows a shorter `approval.undo`; a clock a few seconds apart: neither is a clock set back."""
    process(store, Letter())
    with store.write() as db:
        store.approve_in(
            db, 1, user="policy", now=NOW + OFFSET + timedelta(seconds=20), undo_until=NOW + timedelta(minutes=10)
        )
    assert tend(store) == 0
    assert not leaves(store, timedelta(minutes=9))


def test_a_pause_begins_anew(store: Store) -> None:
    process(store, Letter())
    with store.write() as db:
        store.approve_in(db, 1, user="policy", now=NOW + OFFSET, undo_until=NOW)
    rule = {"now": NOW + OFFSET, "sending_allowed": True, "claimant": "s1", "build": build}
    assert store.claim_next(sys_now=AHEAD, **rule) is not None  # type: ignore[arg-type]
    store.retry(1, "s1", answer="451", next_at=AHEAD + MINUTE)
    assert not leaves(store, BACK - MINUTE)
    assert tend(store) == 1
    assert tend(store) == 0
    assert not leaves(store, UNDO / 2)
    assert leaves(store, UNDO)


@pytest.mark.parametrize("ahead", [timedelta(seconds=90), timedelta(minutes=9)])
def test_no_pause_is_shortened_by_a_worker_whose_clock_is_behind(store: Store, ahead: timedelta) -> None:
    """One sends, with its clock ahead; the other looks every few seconds whether a clock was set back."""
    process(store, Letter())
    with store.write() as db:
        store.approve_in(db, 1, user="policy", now=NOW + OFFSET, undo_until=NOW)
    rule = {"now": NOW + OFFSET, "sending_allowed": True, "claimant": "s1", "build": build}
    tried = []
    for seconds in range(0, 600, 5):
        behind = NOW + timedelta(seconds=seconds)
        assert store.wait_as_long_as_meant(now=behind + OFFSET, sys_now=behind, undo=UNDO) == 0
        if (one := store.claim_next(sys_now=behind + ahead, **rule)) is not None:  # type: ignore[arg-type]
            tried.append(seconds)
            store.retry(1, "s1", answer="451", next_at=behind + ahead + pause(one.attempts))
    assert tried == [0, 30, 90, 210, 450]


def test_a_backoff_of_now_stays(store: Store) -> None:
    process(store, Letter())
    with store.write() as db:
        store.approve_in(db, 1, user="policy", now=NOW + OFFSET, undo_until=NOW)
    assert leaves(store, timedelta(0))
    store.retry(1, "s1", answer="451", next_at=NOW + MINUTE)
    assert tend(store) == 0
    assert not leaves(store, MINUTE / 2)


def test_filing_in_sent_goes_on(store: Store) -> None:
    approve(store)
    tend(store)
    assert leaves(store, UNDO)
    store.mark_data_stage(1, "s1")
    store.sent(1, "s1", at=NOW + OFFSET, answer="250")
    store.not_filed(1, next_at=AHEAD)
    assert store.to_file(NOW) == []
    assert tend(store) == 1
    assert len(store.to_file(NOW)) == 1


@pytest.mark.parametrize("back", [timedelta(minutes=5), timedelta(hours=1), timedelta(days=400)])
def test_a_session_of_the_old_time_is_over_unless_the_clocks_are_only_apart(store: Store, back: timedelta) -> None:
    add_operator(store, "佐藤", sys_now=NOW)
    with store.write() as db:
        token = open_session(db, "佐藤", address="127.0.0.1", agent="x", at=NOW)
    apart = back < timedelta(minutes=10)
    assert (store.session(token, NOW - back) is not None) is apart
    if apart:
        with store.read() as db:
            assert db.execute(sa.select(SESSION.c.seen_at)).scalar() == NOW - back, "idle counts from now on"
        assert store.session(token, NOW - back + IDLE, touch=False) is None
    assert store.session(token, NOW + LASTS) is None


def test_wrong_log_ins_of_the_old_time_keep_nobody_out(store: Store) -> None:
    within = timedelta(minutes=15)
    with store.write() as db:
        for at in (AHEAD, NOW):
            went_wrong(db, "佐藤", "127.0.0.1", at)
        assert attempts(db, "佐藤", "127.0.0.1", AHEAD, within) == (1, 1)
        assert attempts(db, "佐藤", "127.0.0.1", NOW, within) == (1, 1)


def test_an_alarm_that_began_by_the_old_time_is_told_in_time(store: Store) -> None:
    after = timedelta(minutes=5)
    assert store.observe({"x": "止まっています"}, now=AHEAD, after=after) == []
    assert store.observe({"x": "止まっています"}, now=NOW, after=after) == []
    (due,) = store.observe({"x": "止まっています"}, now=NOW + after, after=after)
    assert (due.key, due.since) == ("x", NOW)


class At(Clock):
    def sys_now(self) -> datetime:
        return NOW


def test_status_says_that_the_clock_moved_and_that_nothing_was_read_since(store: Store) -> None:
    def keys() -> set[str]:
        return {one.key for one in health(store, None, At()).keyed}

    store.fetched(NOW)
    assert keys() == set()
    store.fetched(AHEAD)
    assert keys() == {"not-fetched"}, "how old the last look is, nobody knows"
    store.fetched(NOW)
    note_clock_moved(store, -BACK, at=NOW)
    (told,) = health(store, None, At()).keyed
    assert (told.key, "時計が5時間戻りました" in told.text) == ("clock-moved", True)
    note_clock_moved(store, BACK, at=NOW - timedelta(hours=2))
    assert keys() == set(), "an hour long"


def test_nothing_is_written_where_nothing_waits(store: Store) -> None:
    approve(store)
    with store.write() as db:
        db.execute(sa.update(OUTGOING).values(undo_until=NOW, approved_at=NOW))
    assert tend(store) == 0
