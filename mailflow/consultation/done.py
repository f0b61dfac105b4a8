"""A mail about a consultation that is judged again: what it did to a slot stays done (DESIGN §6).

In: the Request as read now, Known (bookings, and whether this very mail has acted), the name of its calendar entry, business now.
Out: the same step, so that the letter that tells of it is composed anew; nothing to do where that letter has left or the slot
changed since; None for a mail that has done nothing yet. Pure.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from mailflow.model import Booking, ConsultationStep, Known, Request, RequestIntent, Slot

ACTIVE = frozenset({"held", "confirmed"})
_SAME = "このメールの判定をやり直しました。枠はそのままです。"
_RELEASED = "このメールでお取りした枠は、取り消されています。改めてお取りするか確かめてください。"


def own_booking(known: Known) -> Booking | None:
    """What this very mail booked, moved or cancelled, and what is still so."""
    return next((one for one in known.bookings if one.own), None)


def done_before(request: Request, known: Known, uid: str, now: datetime) -> ConsultationStep | None:
    """The step of an earlier judging, or None."""
    own = own_booking(known)
    if own is None and known.acted is None and not any(one.uid == uid for one in known.bookings):
        return None
    if known.acted == "told":
        return _nothing("このメールへのお返事は、もう出ています。")
    if own is None:
        return _nothing("このメールでお取りした枠は、そのあと変更されたか、取り消されています。")
    if own.state not in ACTIVE:
        if request.intent is RequestIntent.CANCEL:
            return ConsultationStep(
                step="cancel", because=_SAME, template="consultation-cancelled", booking=_as_it_was(own)
            )
        return ConsultationStep(step="person", because=_RELEASED, review=_RELEASED)
    if own.end <= now:
        return _nothing("もう終わった相談です。")
    slot = Slot(start=own.start, end=own.end, host=own.host, method=own.method)
    if own.sequence == 0:
        return ConsultationStep(step="book", because=_SAME, template="consultation-confirmed", slot=slot, uid=own.uid)
    return ConsultationStep(
        step="reschedule", because=_SAME, template="consultation-changed", slot=slot, booking=_as_it_was(own)
    )


def _as_it_was(own: Booking) -> Booking:
    """Before this mail: what the letter calls the former time, and what its entry for the calendar counts on from."""
    former = replace(own, sequence=own.sequence - 1)
    was = own.was if own.state in ACTIVE else None
    return replace(former, start=was.start, end=was.end, host=was.host, method=was.method) if was else former


def _nothing(because: str) -> ConsultationStep:
    return ConsultationStep(step="nothing", because=because)
