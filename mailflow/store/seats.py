"""Seats of hosts are taken and given back here, and nowhere else (DESIGN §6: no slot is booked twice, by any number of workers).

A seat is cut into cells of five minutes, one row a cell; its primary key is the promise. Functions on a write transaction. Times in
and out are aware, UTC in the database.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from mailflow.codec import clean_text
from mailflow.model import Slot, Taken
from mailflow.store import audit
from mailflow.store.tables import table_of
from mailflow.store.tables_consultation import BookingRow, BookingSeatRow, SlotBlockRow

BOOKING, SEAT, BLOCK = (table_of(row) for row in (BookingRow, BookingSeatRow, SlotBlockRow))
HELD = "held"
CELL = timedelta(minutes=5)
MOST_CELLS = 12 * 24 * 31


def cells(start: datetime, end: datetime) -> list[datetime]:
    """The five-minute cells that [start, end) touches."""
    first = start.astimezone(UTC)
    first -= timedelta(minutes=first.minute % 5, seconds=first.second, microseconds=first.microsecond)
    count = max(0, -(-(end - first) // CELL))
    return [first + CELL * number for number in range(min(count, MOST_CELLS))]


def _take_seat(db: sa.Connection, slot_cells: Sequence[datetime], host: str, seat: int, **owner: int) -> bool:
    """All cells of one seat, or none of them. Another worker's uncommitted row is waited for."""
    rows = [
        {"host": host, "cell": cell, "seat": seat, "booking_id": None, "block_id": None} | owner for cell in slot_cells
    ]
    insert: Any = sqlite.insert(SEAT) if db.dialect.name == "sqlite" else postgresql.insert(SEAT)
    taken = db.execute(insert.values(rows).on_conflict_do_nothing().returning(SEAT.c.cell)).all()
    if len(taken) == len(rows):
        return True
    if taken:
        mine = [SEAT.c[name] == value for name, value in owner.items()]
        db.execute(sa.delete(SEAT).where(SEAT.c.host == host, SEAT.c.seat == seat, *mine))
    return False


def take_seat(db: sa.Connection, booking_id: int, slot: Slot, capacity: int) -> bool:
    """The first seat of the host that is free for the whole slot; False where there is none."""
    wanted = cells(slot.start, slot.end)
    return any(_take_seat(db, wanted, slot.host, seat, booking_id=booking_id) for seat in range(1, capacity + 1))


def give_back_seat(db: sa.Connection, booking_id: int) -> None:
    db.execute(sa.delete(SEAT).where(SEAT.c.booking_id == booking_id))


def held_seats(db: sa.Connection, booking_id: int) -> list[dict[str, Any]]:
    """The cells that a booking has, to be kept again."""
    return [dict(row._mapping) for row in db.execute(sa.select(SEAT).where(SEAT.c.booking_id == booking_id))]


def keep_seats(db: sa.Connection, held: Sequence[dict[str, Any]]) -> None:
    """What was given back in this very transaction is the booking's again: until it ends nobody else gets it."""
    if held:
        db.execute(sa.insert(SEAT), list(held))


def block(
    db: sa.Connection, *, host: str, start: datetime, end: datetime, capacity: int, reason: str, by: str, now: datetime
) -> int | None:
    """Take time of a host out. None where something is booked in it."""
    values = {
        "host": host, "starts": start, "ends": end, "seats": capacity, "reason": short(reason) or "", "by": by, "at": now,
    }  # fmt: skip
    block_id: int = db.execute(sa.insert(BLOCK).returning(BLOCK.c.id), values).scalar_one()
    wanted = cells(start, end)
    for seat in range(1, capacity + 1):
        if not _take_seat(db, wanted, host, seat, block_id=block_id):
            return None  # the caller rolls back
    audit.record(db, audit.Event(actor=by, act="slot-blocked", entity="slot", entity_id=block_id))
    return block_id


def unblock(db: sa.Connection, block_id: int, *, by: str, now: datetime) -> bool:
    changed = db.execute(
        sa.update(BLOCK).where(BLOCK.c.id == block_id, BLOCK.c.ended_at.is_(None)).values(ended_at=now)
    ).rowcount
    db.execute(sa.delete(SEAT).where(SEAT.c.block_id == block_id))
    if changed:
        audit.record(db, audit.Event(actor=by, act="slot-unblocked", entity="slot", entity_id=block_id))
    return bool(changed)


def taken_from(db: sa.Connection, now: datetime) -> tuple[Taken, ...]:
    """Every seat that is booked or blocked from now on."""
    booked = db.execute(
        sa.select(BOOKING.c.starts, BOOKING.c.ends, BOOKING.c.host).where(BOOKING.c.state == HELD, BOOKING.c.ends > now)
    )
    blocked = db.execute(
        sa.select(BLOCK.c.starts, BLOCK.c.ends, BLOCK.c.host, BLOCK.c.seats).where(
            BLOCK.c.ended_at.is_(None), BLOCK.c.ends > now
        )
    )
    return (
        *(Taken(start=row.starts, end=row.ends, host=row.host) for row in booked),
        *(Taken(start=row.starts, end=row.ends, host=row.host, seats=row.seats) for row in blocked),
    )


def short(text: str | None) -> str | None:
    return clean_text(text)[:500] if text else None
