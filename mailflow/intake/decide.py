"""What follows from a verdict: enqueue or not, which letter, when it may leave (DESIGN §4 "Enqueue", "Draft", §5).

In: Facts and the Verdict on them. Out: actions, and the plan of the one letter that answers the mail, None where none
does: `no_letter_because` says why. Business time throughout. Pure; never raises.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from mailflow.clock import tokyo
from mailflow.intake.checks.versions import is_duplicate
from mailflow.intake.deadlines import WorkingDay, due_before, has_working_time, in_time, office_moment
from mailflow.intake.facts import Facts
from mailflow.model import Action, Finding, Intent, Kind, LetterPlan, Severity, Verdict
from mailflow.recipients import mailable
from mailflow.settings.models import Grace
from mailflow.settings.rules import BY_FINDINGS, NO_REPLY, Rule

Silence = Literal[
    "machine",
    "known-sender",
    "before-start",
    "junk",
    "nobody",
    "robot",
    "missent",
    "duplicate",
    "rule",
    "nothing-to-say",
]

_PURPOSES = {"inquiry-received": "inquiry", "withdrawal-received": "withdrawal"}
_ASKING = frozenset({"fix-request", "password-request"})
_ACKNOWLEDGING = frozenset({"receipt", "replacement"})
# Smaller leaves first: what an applicant must act on, then receipts, then the rest (DESIGN §5).
_PRIORITY = {"fix-request": 20, "password-request": 20, "receipt": 30, "replacement": 30, "arrival": 30}
_ROBOTS = ("noreply", "no-reply", "no_reply", "donotreply", "do-not-reply", "mailer-daemon", "postmaster")
# The checks whose letter waits for the mail that often follows by itself: the forgotten form, the password.
_SETTLING = frozenset({"attachment-missing", "attachment-locked"})


def decide(facts: Facts, verdict: Verdict) -> tuple[Action, ...]:
    """What to do, in the order in which it is done."""
    rule = _rule(facts)
    plan = letter_plan(facts, verdict)
    actions: list[Action] = []
    if verdict.understood.label is not None:
        actions.append(Action(action="label", note=verdict.understood.label))
    if plan is not None:
        actions.append(Action(action="reply", template=plan.template))
    if rule is not None:
        if may_enqueue(facts, verdict):
            actions.append(Action(action="enqueue"))
        if rule.then.withdraw and not verdict.needs_review and facts.known.case_id is not None:
            actions.append(Action(action="withdraw"))
    actions += [Action(action="notify", note=note) for note in _notices(facts, plan)]
    if rule is not None and rule.then.file is not None:
        actions.append(Action(action="file", note=rule.then.file))
    return tuple(actions)


def may_enqueue(facts: Facts, verdict: Verdict) -> bool:
    """A form was read, nothing holds it back, the sender may speak for the case, and it is not the same form again."""
    rule = _rule(facts)
    return (
        rule is not None
        and rule.then.enqueue
        and verdict.understood.kind is Kind.APPLICATION
        and verdict.complete
        and not facts.known.claim
        and not is_duplicate(facts)
    )


def _notices(facts: Facts, plan: LetterPlan | None) -> list[str]:
    """What people are told beside the lists they see anyway."""
    rule = _rule(facts)
    notices = [rule.then.notify] if rule is not None and rule.then.notify is not None else []
    if plan is not None and plan.near_close and plan.template in _ASKING:
        notices.append("締切間際の修正のお願いです。電話でもお知らせしてください（電話連絡票）。")
    sender = facts.mail.sender
    if sender is not None and not mailable(sender.address) and facts.understood.known_sender is None:
        notices.append("差出人のアドレスにはメールを送れないため、手紙を作っていません。別の連絡先を確かめてください。")
    if plan is not None and _over_budget(facts):
        notices.append("この宛先への手紙が、きょうの上限に達しました。内容を確かめてから承認してください。")
    return notices


# --- the letter -------------------------------------------------------------------------------------------------------


def no_letter_because(facts: Facts, verdict: Verdict) -> Silence | None:
    """Why nothing may answer this mail; None where a letter may."""
    mail, understood = facts.mail, verdict.understood
    if facts.known.before_start:
        return "before-start"
    if understood.kind is Kind.MACHINE or (mail.machine is not None and understood.known_sender is None):
        return "machine"
    if understood.kind is Kind.INTERNAL or understood.known_sender is not None or facts.from_own_address:
        return "known-sender"
    if facts.junk:
        return "junk"
    if mail.sender is None or not mailable(mail.sender.address):
        return "nobody"
    if mail.sender.key.partition("@")[0].startswith(_ROBOTS):
        return "robot"
    if Intent.MISSENT in understood.intents:
        return "missent"
    if understood.kind is Kind.APPLICATION and is_duplicate(facts):
        return "duplicate"
    rule = _rule(facts)
    return "rule" if rule is None or rule.then.reply == NO_REPLY else None


def letter_plan(facts: Facts, verdict: Verdict) -> LetterPlan | None:
    """The letter that answers the mail, and when it may leave; None where none does."""
    if no_letter_because(facts, verdict) is not None:
        return None
    rule = _rule(facts)
    template = None
    if rule is not None:
        template = template_by_findings(facts, verdict) if rule.then.reply == BY_FINDINGS else rule.then.reply
    if template is None:
        return None
    leaves = leaving_time(facts, verdict, template)
    limits = limits_of(facts, template, leaves)
    return LetterPlan(
        template=template,
        purpose=_PURPOSES.get(template, "reply"),
        review=verdict.needs_review or _looked_at_first(facts, verdict) or _over_budget(facts),
        not_before=leaves if leaves > facts.now else None,
        valid_until=limits.valid_until,
        fix_by=limits.fix_by,
        near_close=limits.near_close,
        priority=_PRIORITY.get(template, 50),
    )


def template_by_findings(facts: Facts, verdict: Verdict) -> str | None:
    """The first that applies of late, refused, password-request, fix-request, receipt (DESIGN §4).

    A receipt says that the form is complete and in time. Where a person must first say whose form it is, whether it is
    one, or whether it came in time, the letter only says that it arrived. Without a form there is nothing to say.
    To a claim it only says so too: whether it counts, lacks something or came late is said to the body alone.
    """
    if facts.known.claim:
        return "arrival"
    refusals = verdict.open(Severity.REFUSE)
    if any(one.check == "round-late" for one in refusals):
        return "late"
    if refusals:
        return "refused"
    fixes = verdict.open(Severity.FIX)
    if fixes:
        return "password-request" if all(one.check == "attachment-locked" for one in fixes) else "fix-request"
    if not verdict.understood.forms:
        return None
    if any(one.check in _UNDECIDED for one in verdict.open(Severity.REVIEW)):
        return "arrival"
    replaces = any(version.counted for version in facts.known.versions)
    return "replacement" if replaces else "receipt"


# While one of these is open nobody has said yet that there is one form, of this round, in time.
_UNDECIDED = frozenset({"round-open", "round-late", "form-untouched", "attachment-many", "attachment-unreadable"})


def leaving_time(facts: Facts, verdict: Verdict, template: str) -> datetime:
    """The earliest moment the letter may leave: after the settling time, in office hours unless it is exempt."""
    leaves = facts.now
    asked = {one.check for one in verdict.open(Severity.FIX)}
    if template in _ASKING and asked & _SETTLING:
        last_day = tokyo(facts.received_at).date() == tokyo(facts.round.closes).date()
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
    if template in _ACKNOWLEDGING:
        return Limits(valid_until=closes) if before_close else Limits(near_close=True)
    if template not in _ASKING:
        return Limits()
    timing = facts.settings.rules.timing
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


def _grace(facts: Facts, leaves: datetime) -> Grace | None:
    grace = facts.round.fix_grace
    return grace if grace is not None and leaves < grace.until else None


def _rule(facts: Facts) -> Rule | None:
    return facts.settings.rules.rule(facts.understood.rule)


def _looked_at_first(facts: Facts, verdict: Verdict) -> bool:
    return any(_configured_to_look(facts, one) for one in verdict.findings if one.severity is not Severity.NOTE)


def _configured_to_look(facts: Facts, finding: Finding) -> bool:
    configured = facts.settings.rules.check(finding.check)
    return configured is not None and configured.look_first


def _over_budget(facts: Facts) -> bool:
    return facts.known.replies_today >= facts.settings.file.approval.reply_budget
