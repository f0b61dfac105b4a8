"""What a judged mail does to slots, in the transaction that keeps its verdict (DESIGN §6).

In: the Job, the case its letters belong to, the ids of its letters. A slot lost to somebody else meanwhile gives False: the
caller rolls everything back, and the mail is judged again with what is taken now.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from mailflow.model import Action, ConsultationStep
from mailflow.store import booking_letters, bookings
from mailflow.store.appointments import note_answer
from mailflow.store.commit_rows import Job

SLOT_ACTIONS = frozenset({"book", "reschedule", "cancel"})


def settle_slot(db: sa.Connection, job: Job, case_id: int | None, draft_ids: Sequence[int]) -> bool:
    """Hold, move or give back as the verdict says, and keep the numbers of an offer."""
    step = job.outcome.verdict.step
    if step is None and job.pending.again == "letters":
        booking_letters.give_up(db, job.pending.id, job.capacities, now=job.now, actor=job.claimant)
    if step is None or case_id is None or not job.joins or job.loaded.known.before_start or job.pending.junk:
        return True
    if step.answer is not None and step.booking is not None:
        note_answer(db, step.booking.id, step.answer, actor=job.claimant)
    for action in job.outcome.actions:
        if action.action in SLOT_ACTIONS:
            booking_id = _act(db, job, case_id, action, step)
            if booking_id is None:
                return False
            if booking_id and draft_ids:
                booking_letters.told_by(db, booking_id, draft_ids[0])
    if step.offered and draft_ids:
        request = job.outcome.verdict.understood.request
        asked = request is not None and request.method is not None
        booking_letters.keep_offer(
            db,
            draft_id=draft_ids[0],
            case_id=case_id,
            slots=step.offered,
            asked_at=_asked_at(job),
            method=step.offered[0].method if asked else None,
        )
    return True


def _asked_at(job: Job) -> datetime:
    """When the talk began: an offer in answer to an answer keeps the time of the first request."""
    offer, request = job.loaded.known.offer, job.outcome.verdict.understood.request
    asked = (request.asked_at if request else None) or job.pending.received_at
    return min(asked, offer.asked_at) if offer is not None else asked


def _act(db: sa.Connection, job: Job, case_id: int, action: Action, step: ConsultationStep) -> int | None:
    """The booking's id, 0 where there was none to act on, None where the slot is gone."""
    if action.action == "cancel":
        if action.booking is not None:
            bookings.cancel(db, action.booking, now=job.now, actor=job.claimant, because="取り消しのご連絡")
        return action.booking or 0
    if action.slot is None:
        return 0
    if (there := bookings.held_at(db, case_id, action.booking, step.uid, action.slot)) is not None:
        return there  # the mail is judged again
    if action.booking is not None:
        moved = bookings.move(
            db, action.booking, action.slot, action.seats, now=job.now, actor=job.claimant, link=step.link
        )
        return action.booking if moved else None
    request = job.outcome.verdict.understood.request
    new = bookings.NewBooking(
        case_id=case_id,
        round_id=job.loaded.round_id,
        slot=action.slot,
        capacity=action.seats,
        uid=step.uid or "",
        mail_id=job.pending.id,
        phone=request.phone if request else None,
        topic=request.topic if request else None,
        link=step.link,
    )
    return bookings.book(db, new, now=job.now, actor=job.claimant)
