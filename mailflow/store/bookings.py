"""Bookings are made, moved and cancelled here, and nowhere else (DESIGN §6).

Functions on a write transaction. A booking that can't have its seat changes nothing and gives False or None: the caller rolls back
or offers something else. Times in and out are aware, UTC in the database.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from mailflow.model import Slot
from mailflow.store import audit
from mailflow.store.moves import O
from mailflow.store.seats import BOOKING, HELD, give_back_seat, short, take_seat
from mailflow.store.tables import table_of
from mailflow.store.tables_letters import OutgoingRow

OUTGOING = table_of(OutgoingRow)
GONE_OUT = (O.SENDING.value, O.SENT.value, O.UNCERTAIN.value)
CANCELLED, DONE, NO_SHOW, CONFIRMED = "cancelled", "done", "no-show", "confirmed"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBooking:
    """What is booked, for whom. `uid`: of its calendar entry, unique."""

    case_id: int
    round_id: str
    slot: Slot
    capacity: int
    uid: str
    mail_id: int | None = None
    phone: str | None = None
    topic: str | None = None
    note: str | None = None
    link: str | None = None


def book(db: sa.Connection, new: NewBooking, *, now: datetime, actor: str) -> int | None:
    """Hold the slot. None: no seat is left, and nothing was written."""
    values = {
        "case_id": new.case_id, "round_id": new.round_id, "starts": new.slot.start, "ends": new.slot.end,
        "host": new.slot.host, "method": new.slot.method.value, "state": HELD, "uid": new.uid, "sequence": 0,
        "mail_id": new.mail_id, "phone": short(new.phone), "topic": short(new.topic), "note": short(new.note), "link": new.link,
        "made_at": now, "changed_at": now,
    }  # fmt: skip
    booking_id: int = db.execute(sa.insert(BOOKING).returning(BOOKING.c.id), values).scalar_one()
    if not take_seat(db, booking_id, new.slot, new.capacity):
        db.execute(sa.delete(BOOKING).where(BOOKING.c.id == booking_id))
        return None
    slot_told(db, booking_id, new.case_id, "slot-held", actor=actor, slot=new.slot)
    return booking_id


def held_at(db: sa.Connection, case_id: int, booking_id: int | None, uid: str | None, slot: Slot) -> int | None:
    """The case's booking of that id, or else of that entry, where it holds this very slot already."""
    which = BOOKING.c.id == booking_id if booking_id is not None else BOOKING.c.uid == uid
    found: int | None = db.execute(
        sa.select(BOOKING.c.id).where(
            which, BOOKING.c.case_id == case_id, BOOKING.c.state == HELD, BOOKING.c.starts == slot.start,
            BOOKING.c.ends == slot.end, BOOKING.c.host == slot.host, BOOKING.c.method == slot.method.value,
        )
    ).scalar()  # fmt: skip
    return found


def move(
    db: sa.Connection, booking_id: int, slot: Slot, capacity: int, *, now: datetime, actor: str, link: str | None = None
) -> bool:
    """Another slot for the same booking; its old seat is free from then on, and no letter tells of the new one yet. False: no
    seat, or the booking is held no more, and nothing changed."""
    still = sa.and_(BOOKING.c.id == booking_id, BOOKING.c.state == HELD)
    row = db.execute(sa.select(BOOKING).where(still).with_for_update()).one_or_none()
    if row is None:
        return False
    give_back_seat(db, booking_id)
    if not take_seat(db, booking_id, slot, capacity):
        return False  # the caller rolls back, so that the old seat stays
    db.execute(
        sa.update(BOOKING)
        .where(BOOKING.c.id == booking_id)
        .values(
            starts=slot.start, ends=slot.end, host=slot.host, method=slot.method.value, sequence=row.sequence + 1,
            state=HELD, link=link, draft_id=None, reminded_at=None, answer=None, changed_at=now, **_former(db, row),
        )
    )  # fmt: skip
    slot_told(db, booking_id, row.case_id, "slot-moved", actor=actor, slot=slot)
    return True


def _former(db: sa.Connection, row: Any) -> dict[str, Any]:
    """What a move is taken back to: the booking as it is, where its letter has left or people agreed on it without one. Of a
    time that nobody was told of nothing is kept: what was there before it still counts."""
    if row.draft_id is not None:
        state = db.execute(sa.select(OUTGOING.c.state).where(OUTGOING.c.draft_id == row.draft_id)).scalar()
        if state not in GONE_OUT:
            return {}
    return {
        "was_starts": row.starts, "was_ends": row.ends, "was_host": row.host, "was_method": row.method, "was_link": row.link,
        "was_draft_id": row.draft_id,
    }  # fmt: skip


def cancel(db: sa.Connection, booking_id: int, *, now: datetime, actor: str, because: str) -> None:
    """Give the seat back. Cancelling twice changes nothing."""
    changed = db.execute(
        sa.update(BOOKING)
        .where(BOOKING.c.id == booking_id, BOOKING.c.state == HELD)
        .values(state=CANCELLED, sequence=BOOKING.c.sequence + 1, changed_at=now, note=short(because))
        .returning(BOOKING.c.case_id)
    ).scalar()
    if changed is None:
        return
    give_back_seat(db, booking_id)
    audit.record(
        db, audit.Event(actor=actor, act="slot-released", entity="booking", entity_id=booking_id, case_id=changed)
    )


def end_as(db: sa.Connection, booking_id: int, state: str, *, now: datetime, actor: str, note: str | None) -> bool:
    """`done` or `no-show`, once it is over. False: it isn't held any more."""
    values: dict[str, Any] = {"state": state, "changed_at": now}
    if note is not None:
        values["note"] = short(note)
    case_id = db.execute(
        sa.update(BOOKING).where(BOOKING.c.id == booking_id, BOOKING.c.state.in_([HELD, DONE, NO_SHOW])).values(**values)
        .returning(BOOKING.c.case_id)
    ).scalar()  # fmt: skip
    if case_id is None:
        return False
    audit.record(
        db,
        audit.Event(actor=actor, act=f"consultation-{state}", entity="booking", entity_id=booking_id, case_id=case_id),
    )
    return True


def slot_told(db: sa.Connection, booking_id: int, case_id: int, act: str, *, actor: str, slot: Slot) -> None:
    detail: audit.Detail = {"start": slot.start.astimezone(UTC).isoformat(), "host": slot.host}
    audit.record(
        db, audit.Event(actor=actor, act=act, entity="booking", entity_id=booking_id, case_id=case_id, detail=detail)
    )
