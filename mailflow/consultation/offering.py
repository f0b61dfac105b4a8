"""What follows where nothing is held: numbered slots near the wish, none left, or a person (DESIGN §6).

In: the Situation and why. Out: ConsultationStep. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from mailflow.clock import tokyo
from mailflow.consultation.situation import Situation
from mailflow.consultation.slots import has_no_talks, is_day_off, is_off_hours, nearest, time_ran_out
from mailflow.model import (
    Booking,
    ConsultationStep,
    Method,
    Slot,
    WhyOffered,
    Window,
)
from mailflow.settings.consultation import ConsultationFile

WAITED_TOO_LONG = "期限内の申込みですが、待っているあいだに、公募の締切までの枠がなくなりました。電話ですぐに受けられないか、先に確かめてください。"
METHODS = {Method.ONLINE: "オンライン", Method.PHONE: "電話"}
TO_READ_AND_ANSWER = timedelta(hours=2)  # between the day asked for and the first slot offered


NONE_OF_THESE: dict[WhyOffered, str] = {
    "day-off": "希望の日は、相談を行っていない日です。",
    "off-hours": "希望の時間は、相談を行っていない時間です。",
    "taken": "希望の日時に空きがありません。",
}


def why_none(windows: Sequence[Window], consultation: ConsultationFile) -> WhyOffered:
    """Why none of these can be had."""
    if all(has_no_talks(tokyo(one.start).date(), consultation) for one in windows):
        return "day-off"
    return "off-hours" if all(is_off_hours(one, consultation) for one in windows) else "taken"


def offer_others(situation: Situation, then: str, leaving: Sequence[Booking] = ()) -> ConsultationStep:
    """None of the wished slots can be had; `then`: what follows, in Japanese, for people."""
    why = why_none(situation.request.windows, situation.consultation)
    return offer_slots(situation, f"{NONE_OF_THESE[why]}{then}", leaving, why)


def offer_slots(
    situation: Situation, because: str, leaving: Sequence[Booking] = (), why: WhyOffered | None = None
) -> ConsultationStep:
    """At most five numbered slots nearest to the wish, that lie after the day an answer is asked by. Where none is left by
    the method wished: by the other one; none at all: full. What the applicant has, or has just declined, is no candidate."""
    offers, usable = situation.consultation.offers, _candidates(situation, leaving)
    if not usable and situation.method is not None and not situation.request.same_time:
        other = Method.ONLINE if situation.method is Method.PHONE else Method.PHONE
        usable = _candidates(situation, leaving, other)
        because = f"{METHODS[situation.method]}の枠が残っていないため、{METHODS[other]}の候補を出します。"
    if not usable:
        return ConsultationStep(
            step="full", because="空いている枠がありません。", template="consultation-full",
            booking=leaving[0] if leaving else None, review=WAITED_TOO_LONG if time_ran_out(situation.consultation, situation.round, situation.received_at, situation.now) else None,
        )  # fmt: skip
    reply_by = _reply_by(situation)
    later = [slot for slot in usable if slot.start >= reply_by + TO_READ_AND_ANSWER]
    slots = nearest(situation.request.windows, later or usable, offers.count)
    if not later:
        reply_by = max(min(slot.start for slot in slots) - TO_READ_AND_ANSWER, tokyo(situation.now))
    return ConsultationStep(
        step="offer", because=because, why=why, template="consultation-offer", offered=slots, reply_by=reply_by,
        booking=leaving[0] if leaving else None,
    )  # fmt: skip


def _candidates(situation: Situation, leaving: Sequence[Booking], method: Method | None = None) -> list[Slot]:
    has = {(one.start, one.end) for one in leaving}
    if situation.request.none_fits and situation.known.offer is not None:
        has |= {(one.start, one.end) for one in situation.known.offer.slots}
    return [slot for slot in situation.free(leaving, method) if (slot.start, slot.end) not in has]


def _reply_by(situation: Situation) -> datetime:
    """`reply_days` days of consultation from now, at `reply_at`."""
    offers, at = situation.consultation.offers, tokyo(situation.now)
    day, left = at.date(), offers.reply_days
    if left == 0 and at.time() >= offers.reply_at:
        left = 1
    for _ in range(60):
        if left == 0:
            break
        day += timedelta(days=1)
        left -= not is_day_off(day, situation.consultation)
    return datetime.combine(day, offers.reply_at, at.tzinfo)


def ask_person(reason: str) -> ConsultationStep:
    return ConsultationStep(step="person", because=reason, review=reason)
