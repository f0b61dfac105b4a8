"""When it came (募集要領 2(3)). The time our mail server received it rules, to the second; the Date header never."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from mailflow.intake.checks.registry import check, report
from mailflow.intake.checks.versions import stays_in_force
from mailflow.intake.deadlines import in_time, trusted_clocks
from mailflow.intake.facts import Facts
from mailflow.model import Finding, KnownException
from mailflow.settings.checks import RoundLate, RoundOpen
from mailflow.settings.messages import written_time

_WHERE = "届いた時刻"
DEADLINE = "deadline"


def deadline_exception(facts: Facts) -> KnownException | None:
    """A person's later deadline for this applicant that covers this mail."""
    for one in facts.known.exceptions:
        if one.what == DEADLINE and (one.until is None or in_time(facts.received_at, one.until, inclusive=True)):
            return one
    return None


def between_rounds(facts: Facts) -> bool:
    """So long after the close that it is no late application any more."""
    return facts.received_at > facts.round.closes + facts.settings.rules.timing.late_for


@check("round-open")
def round_open(facts: Facts, rule: RoundOpen) -> Iterator[Finding]:
    """It came before the round opened, or between two rounds: never answered by itself, never passed over."""
    if facts.received_at < facts.round.opens:
        yield report(facts, rule, where=_WHERE, found=facts.received_at, expected=facts.round.opens)
    elif between_rounds(facts) and deadline_exception(facts) is None:
        yield report(facts, rule, where=_WHERE, found=facts.received_at, expected=facts.round.closes)


@check("round-late")
def round_late(facts: Facts, rule: RoundLate) -> Iterator[Finding]:
    """It came after the close. `closes` counts as the round's `closes_inclusive` says: 16:00:00 in time, 16:00:01 late.

    `review` where another trusted clock lies on the other side of the limit or far from ours (a quarantine, a second
    delivery): nothing is decided by itself. A correction after the close of what came in time is a person's to decide,
    unless the round grants a grace; an exception for one applicant is kept to. What is in force once more, with nothing
    left to correct, is no correction; an older version's content is one.
    """
    if facts.received_at < facts.round.opens or between_rounds(facts):
        return
    late = not facts.came_in_time
    clocks = trusted_clocks(facts.mail, facts.settings.file.mailbox.boundary_hosts)
    if _apart(facts, clocks, rule):
        times = [written_time(at) for at in (facts.received_at, *clocks)]
        yield report(
            facts, rule, "clocks", where=_WHERE, found=times, expected=facts.round.closes, gives={"clocks": times}
        )
        return
    if not late:
        usual = facts.settings.round_for(facts.received_at)
        if not in_time(facts.received_at, usual.closes, inclusive=usual.closes_inclusive):  # the close of its area
            yield report(facts, rule, "allowed", where=_WHERE, found=facts.received_at, expected=facts.round.closes)
        return
    if stays_in_force(facts):
        return
    variant = ""
    if deadline_exception(facts) is not None:
        variant = "allowed"
    elif _came_in_time_before(facts):
        grace = facts.round.fix_grace
        granted = grace is not None and in_time(facts.received_at, grace.until, inclusive=True)
        variant = "allowed" if granted else "correction"
    yield report(facts, rule, variant, where=_WHERE, found=facts.received_at, expected=facts.round.closes)


def _apart(facts: Facts, clocks: tuple[datetime, ...], rule: RoundLate) -> bool:
    closes, inclusive = facts.round.closes, facts.round.closes_inclusive
    return any(
        abs(at - facts.received_at) > rule.clocks_apart
        or in_time(at, closes, inclusive=inclusive) != facts.came_in_time
        for at in clocks
    )


def _came_in_time_before(facts: Facts) -> bool:
    """An earlier version of the case came in time, or counts by an exception, whatever was still to be corrected in it."""
    closes, inclusive = facts.round.closes, facts.round.closes_inclusive
    return any(v.counted or in_time(v.received_at, closes, inclusive=inclusive) for v in facts.known.versions)
