"""Seats: taken once, by any number of workers; moved, given back, blocked."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from mailflow.model import Method, Slot
from mailflow.store import Store, bookings, seats
from mailflow.store.bookings import NewBooking
from tests.unit.store.flow import NOW, Letter, process

TEN = datetime(2026, 3, 20, 1, 0, tzinfo=UTC)


def slot(start: datetime = TEN, *, minutes: int = 30, host: str = "a") -> Slot:
    return Slot(start=start, end=start + timedelta(minutes=minutes), host=host, method=Method.ONLINE)


@pytest.fixture
def case_id(store: Store) -> int:
    process(store, Letter())
    with store.read() as db:
        found: int = db.execute(sa.text("SELECT id FROM cases")).scalar_one()
    return found


def book(store: Store, case_id: int, wanted: Slot, uid: str, *, capacity: int = 1) -> int | None:
    new = NewBooking(case_id=case_id, round_id="R8-1", slot=wanted, capacity=capacity, uid=uid)
    with store.write() as db:
        return bookings.book(db, new, now=NOW, actor="test")


def starts(store: Store) -> list[datetime]:
    return sorted(one.start for one in store.taken_seats(NOW))


@pytest.mark.parametrize(
    ("first", "second", "capacity", "both"),
    [
        pytest.param(slot(), slot(), 1, False, id="the-same-slot"),
        pytest.param(slot(), slot(TEN + timedelta(minutes=30)), 1, True, id="the-next-slot"),
        pytest.param(slot(), slot(TEN + timedelta(minutes=15)), 1, False, id="half-over-it"),
        pytest.param(slot(minutes=60), slot(TEN + timedelta(minutes=30)), 1, False, id="inside-a-longer-one"),
        pytest.param(slot(), slot(host="b"), 1, True, id="another-host"),
        pytest.param(slot(), slot(), 2, True, id="a-second-seat"),
        pytest.param(slot(minutes=7), slot(TEN + timedelta(minutes=7)), 1, False, id="cells-are-of-five-minutes"),
    ],
)
def test_two_bookings(store: Store, case_id: int, first: Slot, second: Slot, capacity: int, both: bool) -> None:
    assert book(store, case_id, first, "one", capacity=capacity) is not None
    assert (book(store, case_id, second, "two", capacity=capacity) is not None) is both
    assert len(store.bookings()) == 1 + both


def test_two_hundred_requests_for_three_seats(store: Store, case_id: int) -> None:
    with ThreadPoolExecutor(8) as workers:
        made = list(workers.map(lambda n: book(store, case_id, slot(), f"uid-{n}", capacity=3), range(200)))
    assert sum(one is not None for one in made) == 3
    assert starts(store) == [TEN] * 3


def test_a_move_frees_the_old_seat(store: Store, case_id: int) -> None:
    booking_id = book(store, case_id, slot(), "one")
    assert booking_id is not None
    with store.write() as db:
        assert bookings.move(db, booking_id, slot(TEN + timedelta(hours=1)), 1, now=NOW, actor="test")
    assert starts(store) == [TEN + timedelta(hours=1)]
    assert book(store, case_id, slot(), "two") is not None
    assert store.bookings()[1].booking.sequence == 1


def test_a_move_to_half_an_hour_later_over_itself(store: Store, case_id: int) -> None:
    booking_id = book(store, case_id, slot(minutes=60), "one")
    assert booking_id is not None
    with store.write() as db:
        assert bookings.move(db, booking_id, slot(TEN + timedelta(minutes=30), minutes=60), 1, now=NOW, actor="test")


def test_cancelling_twice_gives_the_seat_back_once(store: Store, case_id: int) -> None:
    booking_id = book(store, case_id, slot(), "one")
    assert booking_id is not None
    for _ in range(2):
        with store.write() as db:
            bookings.cancel(db, booking_id, now=NOW, actor="test", because="")
    assert starts(store) == []
    (line,) = store.bookings()
    assert (line.booking.state, line.booking.sequence) == ("cancelled", 1)
    assert sum(one.act == "slot-released" for one in store.audit(entity="booking")) == 1


def test_a_block_keeps_all_seats_and_gives_them_back(store: Store, case_id: int) -> None:
    with store.write() as db:
        made = seats.block(
            db, host="a", start=TEN, end=TEN + timedelta(hours=2), capacity=2, reason="会議", by="佐藤", now=NOW
        )
    assert made is not None
    assert book(store, case_id, slot(TEN + timedelta(hours=1)), "one", capacity=2) is None
    with store.write() as db:
        assert seats.unblock(db, made, by="佐藤", now=NOW)
    assert book(store, case_id, slot(TEN + timedelta(hours=1)), "one", capacity=2) is not None


def test_no_block_over_a_booking(store: Store, case_id: int) -> None:
    assert book(store, case_id, slot(), "one") is not None
    with store.engine.connect() as db:
        made = seats.block(
            db, host="a", start=TEN, end=TEN + timedelta(hours=2), capacity=1, reason="", by="x", now=NOW
        )
        db.rollback()
    assert made is None
    assert store.blocks(NOW) == []
