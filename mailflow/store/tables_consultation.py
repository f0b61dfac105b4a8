"""Tables of the consultation: bookings, the seats they take, blocks, offers (DESIGN §6).

A seat of a host is cut into cells of five minutes; one row a cell. The primary key is the promise that no slot is booked
twice, by any number of workers, on SQLite and PostgreSQL alike, whatever the length of slots was when they were booked.

No `from __future__ import annotations`: SQLModel reads the annotations as they are.
"""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel


class BookingRow(SQLModel, table=True):
    """One consultation. `starts`, `ends`: UTC. `state`: held, cancelled, done, no-show (that the letter went out is told by
    `draft_id`). `uid`, `sequence`: of its calendar entry. `was_*`: as the applicant was last told, or agreed by hand, to be restored
    when the letter of a move is rejected. `answer`: `mailflow.model.CalendarAnswer`, of the entry as it is now. `mail_id` None: made by hand or imported. `cell`s live in `booking_seat`."""

    __tablename__ = "booking"
    __table_args__ = (Index("ix_booking_start", "starts"),)
    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="cases.id", index=True)
    round_id: str
    starts: datetime
    ends: datetime
    host: str
    method: str
    state: str
    uid: str = Field(unique=True)
    sequence: int
    mail_id: int | None = Field(default=None, foreign_key="mail.id")
    draft_id: int | None = Field(default=None, foreign_key="draft.id", index=True)
    phone: str | None = None
    topic: str | None = None
    link: str | None = None
    note: str | None = None
    answer: str | None = None
    reminded_at: datetime | None = None
    made_at: datetime
    changed_at: datetime
    was_starts: datetime | None = None
    was_ends: datetime | None = None
    was_host: str | None = None
    was_method: str | None = None
    was_link: str | None = None
    was_draft_id: int | None = None


class BookingSeatRow(SQLModel, table=True):
    """Five minutes of one seat of one host: taken once or not at all."""

    __tablename__ = "booking_seat"
    host: str = Field(primary_key=True)
    cell: datetime = Field(primary_key=True)
    seat: int = Field(primary_key=True)
    booking_id: int | None = Field(default=None, foreign_key="booking.id", index=True)
    block_id: int | None = Field(default=None, foreign_key="slot_block.id", index=True)


class BureauRequestRow(SQLModel, table=True):
    """A consultation that a regional bureau was asked to hold. `state`: asked-bureau, agreed, declined."""

    __tablename__ = "bureau_request"
    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="cases.id", index=True)
    bureau: str
    state: str
    asked_at: datetime
    asked_by: str
    note: str | None = None
    answered_at: datetime | None = None
    answered_by: str | None = None
    starts: datetime | None = None
    answer: str | None = None


class SlotBlockRow(SQLModel, table=True):
    """Time of a host that a person took out. `ended_at`: given back."""

    __tablename__ = "slot_block"
    id: int | None = Field(default=None, primary_key=True)
    host: str
    starts: datetime
    ends: datetime
    seats: int
    reason: str
    by: str
    at: datetime
    ended_at: datetime | None = None


class OfferRow(SQLModel, table=True):
    """The numbered slots of one letter. `slots`: JSON of `tuple[Slot, ...]`."""

    __tablename__ = "offer"
    draft_id: int = Field(primary_key=True, foreign_key="draft.id")
    case_id: int = Field(foreign_key="cases.id", index=True)
    asked_at: datetime
    method: str | None = None
    slots: str
