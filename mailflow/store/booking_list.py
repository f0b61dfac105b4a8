"""Bookings as people, timers and `Known` look at them (DESIGN §6). Reads only. Times are aware, UTC in the database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mailflow.model import Booking, CalendarAnswer, Method, Slot, Taken
from mailflow.numbering import row_number
from mailflow.store.base import Base
from mailflow.store.bookings import CONFIRMED, OUTGOING
from mailflow.store.moves import DRAFT, O
from mailflow.store.overview import name_of
from mailflow.store.seats import BLOCK, BOOKING, HELD, taken_from
from mailflow.store.tables import CaseRow, table_of

CASE = table_of(CaseRow)


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


def _by_phone(row: Any) -> bool:
    """People made it what it is and told the applicant themselves: no letter is about it, or told otherwise."""
    by_hand = row.mail_id is None or row.sequence > 0
    return by_hand and row.draft_id is None and row.was_draft_id is None


def _booking(row: Any) -> Booking:
    return Booking(
        id=row.id,
        start=row.starts,
        end=row.ends,
        host=row.host,
        method=Method(row.method),
        state=CONFIRMED if row.state == HELD and (row.told_at is not None or _by_phone(row)) else row.state,
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


def case_of_entry(db: sa.Connection, uid: str | None) -> int | None:
    """The case whose booking has this calendar entry."""
    if not uid:
        return None
    found: int | None = db.execute(sa.select(BOOKING.c.case_id).where(BOOKING.c.uid == uid[:300])).scalar()
    return found


def links_used(db: sa.Connection, now: datetime) -> tuple[str, ...]:
    """Online meetings of bookings still to come."""
    rows = db.execute(
        sa.select(BOOKING.c.link).where(BOOKING.c.state == HELD, BOOKING.c.ends > now, BOOKING.c.link.is_not(None))
    )
    return tuple(rows.scalars())


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
