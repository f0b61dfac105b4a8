"""Seats are taken and given back here, and nowhere else (DESIGN §6: no slot is booked twice, by any number of workers).

Functions on a write transaction; `Bookings` for reading. A booking that can't have its seat changes nothing and gives
False or None: the caller rolls back or offers something else. Times in and out are aware, UTC in the database.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from mailflow.codec import clean_text, from_json, to_json
from mailflow.model import Booking, CalendarAnswer, Method, Offer, Slot, Taken
from mailflow.numbering import row_number
from mailflow.store import audit
from mailflow.store.base import Base
from mailflow.store.moves import DRAFT, D, O, pull_back
from mailflow.store.overview import name_of
from mailflow.store.tables import CaseRow, table_of
from mailflow.store.tables_consultation import BookingRow, BookingSeatRow, OfferRow, SlotBlockRow
from mailflow.store.tables_letters import OutgoingRow

BOOKING, SEAT, BLOCK, OFFER = (table_of(row) for row in (BookingRow, BookingSeatRow, SlotBlockRow, OfferRow))
OUTGOING, CASE = table_of(OutgoingRow), table_of(CaseRow)
TELLING = ("consultation-confirmed", "consultation-changed")
_GONE_OUT = (O.SENDING.value, O.SENT.value, O.UNCERTAIN.value)
CELL = timedelta(minutes=5)
HELD, CANCELLED, DONE, NO_SHOW, CONFIRMED = "held", "cancelled", "done", "no-show", "confirmed"
GIVEN_UP = "メールの判定を直しました。"
MOST_CELLS = 12 * 24 * 31


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


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingLine:
    """One booking in a list. `told_at`: when the letter that tells of it as it is now went out."""

    booking: Booking
    case_id: int
    case_number: str
    organization_code: str | None
    prefecture: str | None
    name: str | None
    organization: str | None
    topic: str | None
    link: str | None
    note: str | None
    mail_id: int | None
    draft_id: int | None
    made_at: datetime
    changed_at: datetime
    reminded_at: datetime | None
    told_at: datetime | None


# --- seats ------------------------------------------------------------------------------------------------------------


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


# --- bookings ---------------------------------------------------------------------------------------------------------


def book(db: sa.Connection, new: NewBooking, *, now: datetime, actor: str) -> int | None:
    """Hold the slot. None: no seat is left, and nothing was written."""
    values = {
        "case_id": new.case_id, "round_id": new.round_id, "starts": new.slot.start, "ends": new.slot.end,
        "host": new.slot.host, "method": new.slot.method.value, "state": HELD, "uid": new.uid, "sequence": 0,
        "mail_id": new.mail_id, "phone": _short(new.phone), "topic": _short(new.topic), "note": _short(new.note), "link": new.link,
        "made_at": now, "changed_at": now,
    }  # fmt: skip
    booking_id: int = db.execute(sa.insert(BOOKING).returning(BOOKING.c.id), values).scalar_one()
    if not take_seat(db, booking_id, new.slot, new.capacity):
        db.execute(sa.delete(BOOKING).where(BOOKING.c.id == booking_id))
        return None
    _told(db, booking_id, new.case_id, "slot-held", actor=actor, slot=new.slot)
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
    wanted = cells(slot.start, slot.end)
    give_back_seat(db, booking_id)
    if not any(_take_seat(db, wanted, slot.host, seat, booking_id=booking_id) for seat in range(1, capacity + 1)):
        return False  # the caller rolls back, so that the old seat stays
    db.execute(
        sa.update(BOOKING)
        .where(BOOKING.c.id == booking_id)
        .values(
            starts=slot.start, ends=slot.end, host=slot.host, method=slot.method.value, sequence=row.sequence + 1,
            state=HELD, link=link, draft_id=None, reminded_at=None, answer=None, changed_at=now, **_former(db, row),
        )
    )  # fmt: skip
    _told(db, booking_id, row.case_id, "slot-moved", actor=actor, slot=slot)
    return True


def _former(db: sa.Connection, row: Any) -> dict[str, Any]:
    """What a move is taken back to: the booking as it is, where its letter has left or people agreed on it without one. Of a
    time that nobody was told of nothing is kept: what was there before it still counts."""
    if row.draft_id is not None:
        state = db.execute(sa.select(OUTGOING.c.state).where(OUTGOING.c.draft_id == row.draft_id)).scalar()
        if state not in _GONE_OUT:
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
        .values(state=CANCELLED, sequence=BOOKING.c.sequence + 1, changed_at=now, note=_short(because))
        .returning(BOOKING.c.case_id)
    ).scalar()
    if changed is None:
        return
    give_back_seat(db, booking_id)
    audit.record(
        db, audit.Event(actor=actor, act="slot-released", entity="booking", entity_id=booking_id, case_id=changed)
    )


def letter_rejected(
    db: sa.Connection, draft_id: int, *, now: datetime, actor: str, because: str = "手紙が却下されました。"
) -> None:
    """The letter that would have told of a held slot will not go: the slot is released; a move is taken back where the old
    time is still free, with its method, its meeting and the letter that told of it. What a host's capacity is stands in YAML: a seat
    beyond those that were ever taken is not tried."""
    row = db.execute(sa.select(BOOKING).where(BOOKING.c.draft_id == draft_id, BOOKING.c.state == HELD)).one_or_none()
    if row is None:
        return
    if row.was_starts is not None:
        give_back_seat(db, row.id)
        old = Slot(
            start=row.was_starts, end=row.was_ends, host=row.was_host, method=Method(row.was_method or row.method)
        )
        seats = db.execute(sa.select(sa.func.max(SEAT.c.seat)).where(SEAT.c.host == row.was_host)).scalar() or 1
        if take_seat(db, row.id, old, seats):
            db.execute(
                sa.update(BOOKING)
                .where(BOOKING.c.id == row.id)
                .values(
                    starts=row.was_starts, ends=row.was_ends, host=row.was_host, method=old.method.value, link=row.was_link,
                    draft_id=row.was_draft_id, was_starts=None, was_ends=None, was_host=None, was_method=None, was_link=None,
                    was_draft_id=None, changed_at=now,
                )
            )  # fmt: skip
            _told(db, row.id, row.case_id, "slot-move-taken-back", actor=actor, slot=old)
            return
    cancel(db, row.id, now=now, actor=actor, because=because)


def give_up(db: sa.Connection, mail_id: int, *, now: datetime, actor: str) -> None:
    """A mail turns out to ask for no slot, or for another body's: what it held is released, a move of its taken back, where no
    letter has told of it yet. The name of its entry is free again."""
    told = sa.select(OUTGOING.c.draft_id).where(OUTGOING.c.state.in_(_GONE_OUT))
    rows = db.execute(
        sa.select(BOOKING.c.id, BOOKING.c.draft_id, BOOKING.c.mail_id, BOOKING.c.uid, BOOKING.c.sequence)
        .outerjoin(DRAFT, DRAFT.c.id == BOOKING.c.draft_id)
        .where(
            BOOKING.c.state == HELD,
            sa.func.coalesce(DRAFT.c.mail_id, BOOKING.c.mail_id) == mail_id,
            BOOKING.c.draft_id.is_(None) | BOOKING.c.draft_id.not_in(told),
        )
    ).all()
    for row in rows:
        if row.draft_id is not None:
            letter_rejected(db, row.draft_id, now=now, actor=actor, because=GIVEN_UP)
        elif row.sequence == 0:
            cancel(db, row.id, now=now, actor=actor, because=GIVEN_UP)
        if row.mail_id == mail_id:
            gone = sa.and_(BOOKING.c.id == row.id, BOOKING.c.state == CANCELLED)
            db.execute(sa.update(BOOKING).where(gone).values(uid=f"{row.id}.{row.uid}"))


def stop_letter(db: sa.Connection, draft_id: int | None, *, because: str, actor: str) -> None:
    """People have changed what a letter on its way tells: it stops, for a person to look at. One that a server has goes."""
    live = sa.select(DRAFT.c.id).where(DRAFT.c.id == draft_id, DRAFT.c.live)
    if db.execute(live).first() is not None and draft_id is not None:
        pull_back(db, draft_id, D.STALE, because=because, actor=actor)


def tells_truth(db: sa.Connection, draft_id: int, template: str) -> bool:
    """Whether a booking is still as this letter of a booking or a move says. Of any other letter: True."""
    if template not in TELLING:
        return True
    held = sa.select(BOOKING.c.id).where(BOOKING.c.draft_id == draft_id, BOOKING.c.state == HELD)
    return db.execute(held).first() is not None


def told_by(db: sa.Connection, booking_id: int, draft_id: int) -> None:
    """Which letter tells of the booking as it is now."""
    db.execute(sa.update(BOOKING).where(BOOKING.c.id == booking_id).values(draft_id=draft_id))


def retold_by(db: sa.Connection, draft_id: int, instead: int) -> None:
    """Another letter tells of what `draft_id` told of: it went to an address that doesn't exist."""
    db.execute(sa.update(BOOKING).where(BOOKING.c.draft_id == draft_id).values(draft_id=instead))


def end_as(db: sa.Connection, booking_id: int, state: str, *, now: datetime, actor: str, note: str | None) -> bool:
    """`done` or `no-show`, once it is over. False: it isn't held any more."""
    values: dict[str, Any] = {"state": state, "changed_at": now}
    if note is not None:
        values["note"] = _short(note)
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


# --- blocks and offers ------------------------------------------------------------------------------------------------


def block(
    db: sa.Connection, *, host: str, start: datetime, end: datetime, capacity: int, reason: str, by: str, now: datetime
) -> int | None:
    """Take time of a host out. None where something is booked in it."""
    values = {
        "host": host, "starts": start, "ends": end, "seats": capacity, "reason": _short(reason) or "", "by": by, "at": now,
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


def keep_offer(
    db: sa.Connection,
    *,
    draft_id: int,
    case_id: int,
    slots: tuple[Slot, ...],
    asked_at: datetime,
    method: Method | None,
) -> None:
    """The numbers of a letter, so that an answer by number can be understood."""
    db.execute(
        sa.insert(OFFER),
        {
            "draft_id": draft_id, "case_id": case_id, "asked_at": asked_at, "method": method.value if method else None,
            "slots": to_json(slots, tuple[Slot, ...]),
        },
    )  # fmt: skip


# --- reading ----------------------------------------------------------------------------------------------------------


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


def links_used(db: sa.Connection, now: datetime) -> tuple[str, ...]:
    """Online meetings of bookings still to come."""
    rows = db.execute(
        sa.select(BOOKING.c.link).where(BOOKING.c.state == HELD, BOOKING.c.ends > now, BOOKING.c.link.is_not(None))
    )
    return tuple(rows.scalars())


def bookings_of(db: sa.Connection, case_id: int, mail_id: int | None = None) -> tuple[Booking, ...]:
    """The case's bookings, by time. `mail_id`: the mail that is judged, to tell what is its own doing."""
    rows = db.execute(_OF_CASE, {"of": case_id}).all()
    return tuple(
        replace(_booking(row), own=mail_id is not None and _made_by(row) == mail_id, was=_was(row)) for row in rows
    )


def _made_by(row: Any) -> int | None:
    """The mail that made a booking what it is: the one that the letter that tells of it answers; without a letter the one
    that asked for it."""
    if row.draft_id is None:
        return row.mail_id if row.sequence == 0 else None
    return row.teller  # type: ignore[no-any-return]


def _was(row: Any) -> Slot | None:
    if row.was_starts is None:
        return None
    return Slot(start=row.was_starts, end=row.was_ends, host=row.was_host, method=Method(row.was_method or row.method))


def acted(db: sa.Connection, case_id: int, mail_id: int) -> Literal["untold", "told"] | None:
    """Whether a letter about a slot of the case was ever composed for this mail, and whether one has left."""
    rows = db.execute(
        sa.select(OUTGOING.c.state)
        .select_from(DRAFT.outerjoin(OUTGOING, OUTGOING.c.draft_id == DRAFT.c.id))
        .where(
            DRAFT.c.case_id == case_id,
            DRAFT.c.mail_id == mail_id,
            DRAFT.c.template.in_([*TELLING, "consultation-cancelled"]),
        )
    ).all()
    if not rows:
        return None
    return "told" if any(row.state in _GONE_OUT for row in rows) else "untold"


def case_of_entry(db: sa.Connection, uid: str | None) -> int | None:
    """The case whose booking has this calendar entry."""
    if not uid:
        return None
    found: int | None = db.execute(sa.select(BOOKING.c.case_id).where(BOOKING.c.uid == uid[:300])).scalar()
    return found


def offer_of(db: sa.Connection, case_id: int, draft_id: int | None = None) -> Offer | None:
    """The offer that went out to the case: that of the letter answered, else the last one."""
    query = (
        sa.select(OFFER)
        .join(OUTGOING, OUTGOING.c.draft_id == OFFER.c.draft_id)
        .where(OFFER.c.case_id == case_id, OUTGOING.c.state.in_([O.SENT.value, O.UNCERTAIN.value]))
        .order_by((OFFER.c.draft_id == draft_id).desc(), OFFER.c.draft_id.desc())
        .limit(2)
    )
    rows = db.execute(query).all()
    if not rows:
        return None
    row = rows[0]
    slots: tuple[Slot, ...] = from_json(tuple[Slot, ...], row.slots)
    method = Method(row.method) if row.method else None
    return Offer(
        draft_id=row.draft_id,
        slots=slots,
        asked_at=row.asked_at,
        method=method,
        sure=row.draft_id == draft_id or len(rows) == 1,
    )


_TOLD_AT = (
    sa.select(OUTGOING.c.sent_at)
    .where(OUTGOING.c.draft_id == BOOKING.c.draft_id, OUTGOING.c.state == O.SENT.value)
    .correlate(BOOKING)
    .scalar_subquery()
)
_LINES = sa.select(
    BOOKING, CASE.c.number, CASE.c.org_code, CASE.c.org_prefecture, CASE.c.org_name, _TOLD_AT.label("told_at")
).join(CASE, CASE.c.id == BOOKING.c.case_id)


_TELLER = sa.select(DRAFT.c.mail_id).where(DRAFT.c.id == BOOKING.c.draft_id).correlate(BOOKING).scalar_subquery()
_OF_CASE = (
    _LINES.add_columns(_TELLER.label("teller"))
    .where(BOOKING.c.case_id == sa.bindparam("of"))
    .order_by(BOOKING.c.starts)
)


def _booking(row: Any) -> Booking:
    return Booking(
        id=row.id,
        start=row.starts,
        end=row.ends,
        host=row.host,
        method=Method(row.method),
        state=CONFIRMED if row.state == HELD and row.told_at is not None else row.state,
        uid=row.uid,
        sequence=row.sequence,
        phone=row.phone,
        answer=CalendarAnswer(row.answer) if row.answer else None,
        link=row.link,
    )


def lines(db: sa.Connection, *where: Any) -> list[BookingLine]:
    rows = db.execute(_LINES.where(*where).order_by(BOOKING.c.starts, BOOKING.c.id))
    return [
        BookingLine(
            booking=_booking(row),
            case_id=row.case_id,
            case_number=row.number,
            organization_code=row.org_code,
            prefecture=row.org_prefecture,
            name=row.org_name,
            organization=name_of(row),
            topic=row.topic,
            link=row.link,
            note=row.note,
            mail_id=row.mail_id,
            draft_id=row.draft_id,
            made_at=row.made_at,
            changed_at=row.changed_at,
            reminded_at=row.reminded_at,
            told_at=row.told_at,
        )
        for row in rows
    ]


class Bookings(Base):
    """What people and timers look at."""

    def bookings(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        states: Iterable[str] | None = None,
        case_id: int | None = None,
    ) -> list[BookingLine]:
        """By start; `states` as in `Booking.state`. Of one case, where asked for."""
        where = [BOOKING.c.ends > since] if since else []
        where += [BOOKING.c.starts < until] if until else []
        where += [BOOKING.c.case_id == case_id] if case_id is not None else []
        with self.read() as db:
            found = lines(db, *where)
        wanted = set(states) if states is not None else None
        return [one for one in found if wanted is None or one.booking.state in wanted]

    def case_of(self, key: str) -> int | None:
        """The case of an id or a number (`R8-1-202053`)."""
        wanted = CASE.c.id == row if (row := row_number(key)) is not None else CASE.c.number == key
        with self.read() as db:
            found: int | None = db.execute(sa.select(CASE.c.id).where(wanted)).scalar()
        return found

    def taken_seats(self, now: datetime) -> tuple[Taken, ...]:
        with self.read() as db:
            return taken_from(db, now)

    def blocks(self, now: datetime) -> list[Any]:
        """Blocks that still hold: rows with id, host, starts, ends, reason, by."""
        with self.read() as db:
            return list(db.execute(sa.select(BLOCK).where(BLOCK.c.ended_at.is_(None), BLOCK.c.ends > now)).all())


def _short(text: str | None) -> str | None:
    return clean_text(text)[:500] if text else None


def _told(db: sa.Connection, booking_id: int, case_id: int, act: str, *, actor: str, slot: Slot) -> None:
    detail: audit.Detail = {"start": slot.start.astimezone(UTC).isoformat(), "host": slot.host}
    audit.record(
        db, audit.Event(actor=actor, act=act, entity="booking", entity_id=booking_id, case_id=case_id, detail=detail)
    )
