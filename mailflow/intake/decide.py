"""What follows from a verdict: enqueue or not, which letter, when it may leave (DESIGN §4 "Enqueue", "Draft", §5).

In: Facts and the Verdict on them. Out: actions, and the plan of the one letter that answers the mail, None where none
does: `no_letter_because` says why. Business time throughout. Pure; never raises.
"""

from __future__ import annotations

from typing import Literal

from mailflow.intake.answers import asked_until
from mailflow.intake.checks.versions import is_duplicate
from mailflow.intake.facts import Facts
from mailflow.intake.judge import JUNK, LOOK
from mailflow.intake.letter_times import ASKING, leaving_time, limits_of, may_still_answer
from mailflow.intake.organizations import directory_of
from mailflow.intake.understand import body_of_form
from mailflow.model import ANSWERING, Action, Finding, Intent, Kind, LetterPlan, Resolved, Severity, Verdict
from mailflow.recipients import ROBOTS, beside, is_version, mailable
from mailflow.settings.messages import written_time
from mailflow.settings.rules import BY_FINDINGS, BY_REQUEST, NO_REPLY, Rule

Silence = Literal[
    "machine",
    "known-sender",
    "before-start",
    "junk",
    "nobody",
    "robot",
    "missent",
    "duplicate",
    "told-already",
    "rule",
    "nothing-to-say",
]

_ASKED_WHO = "organization-asked"
# Letters that stand beside the one on the application itself, never in its place.
_PURPOSES = {
    "inquiry-received": "inquiry",
    "on-record": "inquiry",
    "extension": "inquiry",
    "when-results": "inquiry",
    "outside": "inquiry",
    "answer-recorded": "answer",
    "withdrawal-received": "withdrawal",
}
REMINDER = "reminder"
_ASKING_LATE = frozenset({"fix-request", "password-request", "part-missing"})
# Smaller leaves first: what an applicant must act on, then receipts, then the rest (DESIGN §5).
_PRIORITY = {
    "fix-request": 20,
    "password-request": 20,
    "receipt": 30,
    "replacement": 30,
    "arrival": 30,
    "several-towns": 30,
}


def decide(facts: Facts, verdict: Verdict) -> tuple[Action, ...]:
    """What to do, in the order in which it is done."""
    rule = _rule(facts)
    plan = letter_plan(facts, verdict)
    actions: list[Action] = []
    if verdict.understood.label is not None:
        actions.append(Action(action="label", note=verdict.understood.label))
    if plan is not None:
        actions.append(Action(action="reply", template=plan.template))
    actions += _on_slot(facts)
    if rule is not None:
        if may_enqueue(facts, verdict):
            actions.append(Action(action="enqueue"))
        if rule.then.withdraw and not verdict.needs_review and facts.known.case_id is not None:
            actions.append(Action(action="withdraw"))
    actions += [Action(action="notify", note=note) for note in _notices(facts, plan)]
    if rule is not None and rule.then.file is not None:
        actions.append(Action(action="file", note=rule.then.file))
    return tuple(actions)


def _on_slot(facts: Facts) -> list[Action]:
    """What happens to the slot at once, whether or not the letter that tells of it is approved soon."""
    step = facts.step
    if step is None or step.step not in ("book", "reschedule", "cancel"):
        return []
    host = facts.settings.consultation.host(step.slot.host) if step.slot else None
    return [
        Action(
            action=step.step,
            slot=step.slot,
            booking=step.booking.id if step.booking else None,
            seats=host.capacity if host else 1,
        )
    ]


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
    if facts.understood.kind is Kind.INTERNAL and (until := asked_until(facts.mail.new_text, facts.received_at)):
        notices.append(f"{written_time(until)}までに、と書かれています。")
    if plan is not None and plan.near_close and plan.template in ASKING:
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
    if facts.contact is not None:  # the call's own form (seed 2(4)): a robot sends it, an officer wrote it
        return None if mailable(facts.contact.address) else "nobody"
    # An officer's mail that a bureau sent on may be answered, to the officer.
    known = understood.known_sender is not None and understood.writer is None
    if understood.kind is Kind.INTERNAL or known or facts.from_own_address:
        return "known-sender"
    if facts.junk:
        return "junk"
    if mail.sender is None or not mailable(mail.sender.address):
        return "nobody"
    if mail.sender.key.startswith(ROBOTS):
        return "robot"
    if Intent.MISSENT in understood.intents:
        return "missent"
    return _because_of_the_case(facts, verdict)


def _because_of_the_case(facts: Facts, verdict: Verdict) -> Silence | None:
    """What is known of the case, or the rule, keeps it silent."""
    if facts.known.again == "quiet":
        return "told-already"
    if verdict.understood.kind is Kind.APPLICATION and is_duplicate(facts):
        return "duplicate"
    rule = _rule(facts)
    return "rule" if rule is None or rule.then.reply == NO_REPLY else None


def letter_plan(facts: Facts, verdict: Verdict) -> LetterPlan | None:
    """The letter that answers the mail, and when it may leave; None where none does."""
    if no_letter_because(facts, verdict) is not None:
        return None
    if facts.known.again == "remind":
        return reminder_plan(facts, verdict)
    if facts.known.again == "appointment":
        return appointment_plan(facts, verdict)
    rule = _rule(facts)
    template = None
    if rule is not None:
        template = _template(facts, verdict, rule)
    if template is None:
        return None
    leaves = leaving_time(facts, verdict, template)
    if template in _ASKING_LATE and not may_still_answer(facts, leaves):
        template = "arrival"
        leaves = leaving_time(facts, verdict, template)
    limits = limits_of(facts, template, leaves)
    return LetterPlan(
        template=template,
        purpose="consultation"
        if facts.step is not None
        else beside(facts.mail, verdict) or _PURPOSES.get(template, "reply"),
        review=verdict.needs_review
        or _looked_at_first(facts, verdict)
        or _over_budget(facts)
        or _answers(facts, verdict, template),
        not_before=leaves if leaves > facts.now else None,
        valid_until=limits.valid_until,
        fix_by=limits.fix_by,
        near_close=limits.near_close,
        priority=_PRIORITY.get(template, 20 if facts.step is not None else 50),
    )


def purpose_of(template: str) -> str:
    """What a letter that has gone out was for, told by its name."""
    if template.startswith("consultation-"):
        return "consultation"
    return _PURPOSES.get(template, "reply")


def _template(facts: Facts, verdict: Verdict, rule: Rule) -> str | None:
    if rule.then.reply == NO_REPLY:  # a web form's notice may be answered, where its rule says by which letter
        return None
    if rule.then.reply == BY_REQUEST:
        return facts.step.template if facts.step else None
    return template_by_findings(facts, verdict) if rule.then.reply == BY_FINDINGS else rule.then.reply


def reminder_plan(facts: Facts, verdict: Verdict) -> LetterPlan | None:
    """One reminder of the letter in hand, of the same points and the same day (DESIGN §5). None where nothing is open."""
    asked = facts.letter_in_hand
    if asked is None or not verdict.open(Severity.FIX):
        return None
    leaves = leaving_time(facts, verdict, REMINDER)
    limits = limits_of(facts, REMINDER, leaves)
    day = asked.fix_by or limits.fix_by
    rule = facts.settings.file.reminder
    if day is None or rule is None or day - rule.quiet_before <= leaves:
        return None
    return LetterPlan(
        template=REMINDER,
        purpose=REMINDER,
        review=verdict.needs_review,
        not_before=leaves if leaves > facts.now else None,
        valid_until=day,
        fix_by=day,
        near_close=limits.near_close,
        priority=_PRIORITY["fix-request"],
    )


def appointment_plan(facts: Facts, verdict: Verdict) -> LetterPlan | None:
    """The reminder of a consultation on the day of work before (DESIGN §6). None where it was moved or cancelled meanwhile."""
    step = facts.step
    if step is None or step.step != "remind" or step.booking is None or step.template is None:
        return None
    leaves = leaving_time(facts, verdict, step.template)
    if leaves >= step.booking.start:
        return None
    return LetterPlan(
        template=step.template,
        purpose=step.template,
        not_before=leaves if leaves > facts.now else None,
        valid_until=step.booking.start,
        priority=20,
    )


def template_by_findings(facts: Facts, verdict: Verdict) -> str | None:
    """The first that applies of late, refused, password-request, fix-request, receipt (DESIGN §4).

    A receipt says that the form is complete and in time. Where a person must first say whose form it is, whether it is
    one, whether it came in time or may apply at all, the letter only says that it arrived. Without a form there is nothing to say.
    To a claim it only says so too: whether it counts, lacks something or came late is said to the body alone. Of a form beside
    another officer's one in force nothing is asked before a person has said which counts.
    """
    if facts.known.claim:
        return "arrival"
    refusals = verdict.open(Severity.REFUSE)
    if any(one.check == "round-late" for one in refusals):
        return "late"
    if refusals:
        return "refused"
    if _sent_for_others(facts) and "several-towns" in facts.settings.templates:
        return "several-towns"
    if facts.adds_to_current and facts.known.current is not None:
        asked = any(one.severity is Severity.FIX for one in facts.known.current.findings)
        return "fix-request" if asked else "receipt"
    if is_version(verdict) and beside(facts.mail, verdict) is not None:
        return "arrival"
    if _nobody(facts) and _ASKED_WHO in facts.settings.templates:  # a folder of templates made before it has none
        return _ASKED_WHO
    fixes = verdict.open(Severity.FIX)
    if fixes:
        return "password-request" if all(one.check == "attachment-locked" for one in fixes) else "fix-request"
    if not verdict.understood.forms:
        return "part-missing" if facts.missing_parts else None
    if any(one.check not in _BESIDE_THE_FORM for one in verdict.open(Severity.REVIEW)):
        return "arrival"
    replaces = any(version.counted for version in facts.known.versions)
    return "replacement" if replaces else "receipt"


def _nobody(facts: Facts) -> bool:
    """A form from a private address that names no body at all (row 27): one short question, before any list of corrections."""
    naming = facts.understood.naming
    named = (facts.understood.organization, naming.form, naming.subject, naming.attachment)
    return (
        facts.form is not None
        and not facts.form.untouched
        and facts.understood.sender_class == "free"
        and all(one.resolved is Resolved.NONE for one in named)
    )


def _sent_for_others(facts: Facts) -> bool:
    """Forms of several bodies, none of them the sender's own (row 15): a prefecture that sends for its towns. A town that
    lays its neighbour's form beside its own is told only that the mail came."""
    if facts.form is not None or len(facts.understood.forms) < 2:
        return False
    directory = directory_of(facts.settings)
    return all(
        body_of_form(one, directory).full_name != facts.understood.organization.full_name
        for one in facts.understood.forms
    )


# While any other check wants a person to look, one of the office's own or one that broke among them, nobody has said yet that
# there is one form, of this round, in time, in force, of a body that may apply. 「記入漏れがない」 would read as 「受け付けた」.
_BESIDE_THE_FORM = frozenset({"also-asks", LOOK, JUNK})


def _rule(facts: Facts) -> Rule | None:
    return facts.settings.rules.rule(facts.understood.rule)


def _looked_at_first(facts: Facts, verdict: Verdict) -> bool:
    return any(_configured_to_look(facts, one) for one in verdict.findings if one.severity is not Severity.NOTE)


def _configured_to_look(facts: Facts, finding: Finding) -> bool:
    configured = facts.settings.rules.check(finding.check)
    return configured is not None and configured.look_first


def _answers(facts: Facts, verdict: Verdict, template: str) -> bool:
    """The letter answers questions (row 36): a person reads it first, unless the office says otherwise and none is left to write."""
    asked = verdict.to_answer
    if template != ANSWERING or all(one.answer is None for one in asked):
        return False
    return facts.settings.faq.look_first or not all(one.settled for one in asked)


def _over_budget(facts: Facts) -> bool:
    return facts.known.replies_today >= facts.settings.file.approval.reply_budget
