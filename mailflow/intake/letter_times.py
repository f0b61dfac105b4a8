"""When a letter may leave, until when it is true, and which day it names (DESIGN §4, §5).

In: Facts, the letter's template, when it leaves (aware). Out: moments in business time. Pure; never raises.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mailflow.clock import tokyo
from mailflow.intake.checks.deadlines import DEADLINE
from mailflow.intake.deadlines import WorkingDay, due_before, has_working_time, in_time, office_moment
from mailflow.intake.facts import Facts
from mailflow.model import ConsultationStep, Severity, Verdict
from mailflow.settings.models import Grace

ASKING = frozenset({"fix-request", "password-request", "reminder"})
ANSWERED = "answer-recorded"
# Letters that say what may still be sent before the close: another wording afterwards.
_NAMING_THE_CLOSE = frozenset({"receipt", "replacement", "on-record", "extension", "organization-asked"})
_RECEIPTS = frozenset({"receipt", "replacement"})
# The checks whose letter waits for the mail that often follows by itself: the forgotten form, the password.
_SETTLING = frozenset({"attachment-missing", "attachment-locked"})


def leaving_time(facts: Facts, verdict: Verdict, template: str) -> datetime:
    """The earliest moment the letter may leave: after the settling time, in office hours unless it is exempt.

    While parts of a split mail are missing it waits for them: what comes takes its place with one letter for all."""
    leaves = facts.now
    asked = {one.check for one in verdict.open(Severity.FIX)}
    last_day = tokyo(facts.received_at).date() == tokyo(facts.round.closes).date()
    if facts.missing_parts:
        leaves = max(leaves, facts.received_at + (facts.round.settle if last_day else facts.round.parts_wait))
    if template in ASKING and asked & _SETTLING and not facts.known.passwords_tried:
        settle = facts.round.settle_near_close if last_day else facts.round.settle
        leaves = max(leaves, facts.received_at + settle)
    hours = facts.settings.file.office_hours
    if template in hours.quiet_exempt:
        return tokyo(leaves)
    return office_moment(leaves, WorkingDay(hours.opens, hours.closes))


@dataclass(frozen=True, slots=True)
class Limits:
    """`valid_until`: when the letter becomes wrong. `fix_by`: the day asked for. `near_close`: another wording."""

    valid_until: datetime | None = None
    fix_by: datetime | None = None
    near_close: bool = False


def limits_of(facts: Facts, template: str, leaves: datetime) -> Limits:
    """The limits that a letter leaving at `leaves` names.

    A letter that asks for something leaves its reader `least_notice` before the day it names, and expires when it no
    longer does. The day is a working day's end before the close, so that a second round is possible; when that is too
    near, the close itself; with little working time left before the close, the near-close wording.
    """
    closes, inclusive = facts.round.closes, facts.round.closes_inclusive
    before_close = in_time(leaves, closes, inclusive=inclusive)
    if template == "arrival":
        return Limits(near_close=not before_close)
    if template == "on-record" and (facts.known.versions or facts.known.arrived):
        return Limits()  # it asks for nothing
    if template in _RECEIPTS and before_close:
        return _of_receipt(facts, leaves)
    if template in _NAMING_THE_CLOSE:
        return Limits(valid_until=closes) if before_close else Limits(near_close=True)
    if facts.step is not None:
        return Limits(valid_until=_useless_from(facts, facts.step, leaves))
    if template not in ASKING and template != ANSWERED:
        return Limits()
    timing = facts.settings.rules.timing
    if template == ANSWERED:
        return _while_still_asked(facts, leaves, before_close=before_close)
    if not before_close:
        grace = _grace(facts, leaves)
        return Limits(
            valid_until=grace.until if grace else None, fix_by=grace.until if grace else None, near_close=True
        )
    work = WorkingDay(timing.work_opens, timing.work_closes)
    if not has_working_time(leaves, closes, timing.near_close, work):
        grace = _grace(facts, leaves)
        return Limits(valid_until=closes, fix_by=grace.until if grace else closes, near_close=True)
    for day in (due_before(closes, facts.round.fix_by_before_close, timing.work_closes), tokyo(closes)):
        if leaves + timing.least_notice < day:
            return Limits(valid_until=day - timing.least_notice, fix_by=day)
    return Limits(valid_until=closes, fix_by=closes, near_close=True)


def _of_receipt(facts: Facts, leaves: datetime) -> Limits:
    """A receipt says until when a replacement counts, as long as its reader has the time for one; later another wording."""
    closes, notice = facts.round.closes, facts.settings.rules.timing.least_notice
    return Limits(valid_until=closes - notice) if leaves + notice < closes else Limits(closes, near_close=True)


def _while_still_asked(facts: Facts, leaves: datetime, *, before_close: bool) -> Limits:
    """Of a letter that notes an answer and names what our last one still asks for: by the same day, else by the close."""
    current, asked = facts.known.current, facts.letter_in_hand
    if current is None or not any(one.severity is Severity.FIX for one in current.findings):
        return Limits()
    day = asked.fix_by if asked is not None else None
    if day is not None and leaves + facts.settings.rules.timing.least_notice < day:
        return Limits(valid_until=day - facts.settings.rules.timing.least_notice, fix_by=day)
    return Limits(valid_until=facts.round.closes) if before_close else Limits(near_close=True)


def _useless_from(facts: Facts, step: ConsultationStep, leaves: datetime) -> datetime:
    """An offer: when its reader has no time left to answer. Any other: when the consultation begins, or the round closes."""
    if step.step == "offer" and step.reply_by is not None:
        notice = facts.settings.rules.timing.least_notice
        return step.reply_by - notice if leaves < step.reply_by - notice else step.reply_by
    if step.slot is not None:
        return step.slot.start
    return step.booking.start if step.booking is not None else facts.round.closes


def _grace(facts: Facts, leaves: datetime) -> Grace | None:
    grace = facts.round.fix_grace
    return grace if grace is not None and leaves < grace.until else None


def may_still_answer(facts: Facts, leaves: datetime) -> bool:
    """Whether what a letter leaving then asks for would still count: before the close, in a grace, by an exception. Else a
    person decides what becomes of an incomplete application (DESIGN §4), and the letter only says that it arrived."""
    if in_time(leaves, facts.round.closes, inclusive=facts.round.closes_inclusive):
        return True
    if _grace(facts, leaves) is not None:
        return True
    return any(one.what == DEADLINE and (one.until is None or leaves < one.until) for one in facts.known.exceptions)
