"""All that a step of the talk about a slot depends on, as values (DESIGN §6). Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mailflow.clock import tokyo
from mailflow.consultation.done import ACTIVE
from mailflow.consultation.reading.thread import Thread
from mailflow.consultation.slots import free_slots
from mailflow.model import (
    Booking,
    Known,
    Method,
    Request,
    Slot,
    Taken,
    Window,
)
from mailflow.settings.consultation import ConsultationFile
from mailflow.settings.models import Round

PURPOSE = "consultation"  # of our letters about it


@dataclass(frozen=True, slots=True)
class Situation:
    """All that a step depends on."""

    request: Request
    known: Known
    consultation: ConsultationFile
    round: Round
    received_at: datetime
    now: datetime
    uid: str = ""
    unproven: bool = False  # a notice of the web form that anybody may have sent

    @property
    def active(self) -> tuple[Booking, ...]:
        """The case's bookings still to come."""
        return tuple(one for one in self.known.bookings if one.state in ACTIVE and one.end > self.now)

    @property
    def meant(self) -> tuple[Booking, ...]:
        """Those that the mail speaks of: by its calendar entry, by the day it names, else all."""
        if self.request.uid:
            return tuple(one for one in self.active if one.uid == self.request.uid)
        if self.request.refers_to is not None:
            return tuple(one for one in self.active if tokyo(one.start).date() == self.request.refers_to)
        return self.active

    @property
    def unheard_of(self) -> bool:
        """The day it names as booked is none of the case's, which has bookings."""
        return bool(self.active) and not self.meant

    def free(self, leaving: Collection[Booking] = (), method: Method | None = None) -> list[Slot]:
        """What can be booked, by the method wished, or by `method`; the seats of `leaving` count as free."""
        return free_slots(
            self.consultation, self.round, self.now, _without(self.known.taken, leaving), method=method or self.method
        )

    @property
    def method(self) -> Method | None:
        """The method wished, or that of the offer that is answered by number."""
        offer = self.known.offer
        return self.request.method or (offer.method if offer and self.request.choices else None)


def thread_of(known: Known, received_at: datetime) -> Thread:
    """What a mail of the case may speak of: the offer it answers, the bookings that lay ahead when it came."""
    offer, letter = known.offer, known.answers
    found = (_as_the_mail_found(one) for one in known.bookings)
    active = [one for one in found if one is not None and one.end > received_at]
    numbered = offer.slots if offer is not None and offer.sure else ()
    return Thread(
        offered=tuple(Window(start=one.start, end=one.end, text="") for one in numbered),
        booked=tuple(Window(start=one.start, end=one.end, text="") for one in active),
        method=active[0].method if len(active) == 1 else None,
        answering=letter is not None and letter.purpose == PURPOSE,
    )


def _as_the_mail_found(booking: Booking) -> Booking | None:
    """Judged again, a mail is read as it was at first: without what it booked, with what it moved or cancelled (`done`)."""
    if not booking.own:
        return booking if booking.state in ACTIVE else None
    if booking.state not in ACTIVE:
        return booking
    was = booking.was
    return replace(booking, start=was.start, end=was.end, method=was.method) if was is not None else None


def _without(taken: Sequence[Taken], leaving: Collection[Booking]) -> list[Taken]:
    """`taken` less one seat for each booking that would be given up."""
    left = list(taken)
    for booking in leaving:
        seat = Taken(start=booking.start, end=booking.end, host=booking.host)
        if seat in left:
            left.remove(seat)
    return left
