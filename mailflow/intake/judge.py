"""One mail's verdict: the checks of the rule that decided, in their order, with what a person must look at first.

In: Facts whose `understood` is classified. Out: Verdict. Never raises: a check that does becomes a `review` that names
it (`check-failed`), and all others still run. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mailflow import numbering
from mailflow.intake.checks import run
from mailflow.intake.checks.organization import contradiction
from mailflow.intake.deadlines import in_time
from mailflow.intake.facts import Facts
from mailflow.model import Finding, Kind, Severity, Verdict
from mailflow.settings.rules import Rule

CHECK_FAILED = "check-failed"
LOOK = "look"
JUNK = "junk"

# What a letter or a person must act on first; within one weight the order in which the rule names its checks.
_ORDER = {Severity.REFUSE: 0, Severity.FIX: 1, Severity.CONFIRM: 2, Severity.REVIEW: 3, Severity.NOTE: 4}
_NO_CASE = frozenset({Kind.MACHINE, Kind.INTERNAL})


def judge(facts: Facts, *, content_id: str = "") -> Verdict:
    """The verdict on a classified mail. `content_id`: of the arrival; the key of a mail that names no body."""
    rule = facts.settings.rules.rule(facts.understood.rule)
    findings = [_excepted(finding, facts) for finding in (*_first_looks(facts, rule), *_checked(facts, rule))]
    findings.sort(key=lambda finding: _ORDER[finding.severity])
    return Verdict(
        understood=facts.understood,
        findings=tuple(findings),
        config_hash=facts.settings.hash,
        known=facts.known,
        judged_at=facts.now,
        received_at=facts.received_at,
        case_key=case_key(facts, content_id),
        round_id=facts.round.id,
    )


def _checked(facts: Facts, rule: Rule | None) -> Iterator[Finding]:
    for configured in facts.settings.rules.checks_of(rule) if rule else ():
        try:
            yield from run(facts, configured)
        except Exception as error:  # an applicant's mail must not stop the judge, whatever it holds
            yield Finding(
                check=CHECK_FAILED,
                severity=Severity.REVIEW,
                where=configured.name,
                found=type(error).__name__,
                expected=None,
                message=f"検査「{configured.name}」が途中で止まりました。この点は人が確かめてください。",
                clause=None,
            )


def _first_looks(facts: Facts, rule: Rule | None) -> Iterator[Finding]:
    """Why a person looks first, beside what the checks find."""
    if rule is None:
        yield _look(LOOK, "どの規則にも当てはまらないメールです。種類を確かめてください。")
    elif rule.then.review is not None:
        yield _look(LOOK, rule.then.review)
    if facts.imported:
        yield _look(LOOK, "手で取り込んだメールです。届いた時刻を確かめてください。")
    if facts.junk and facts.understood.kind not in _NO_CASE:
        yield _look(JUNK, "迷惑メールのフォルダーに入っていたメールです。応募や照会であれば、受信箱へ移してください。")


def _look(check: str, message: str) -> Finding:
    return Finding(
        check=check,
        severity=Severity.REVIEW,
        where="メール全体",
        found=None,
        expected=None,
        message=message,
        clause=None,
    )


def _excepted(finding: Finding, facts: Facts) -> Finding:
    """A person's exception for this applicant turns what a check found into a `note` (DESIGN §3)."""
    if finding.severity is Severity.NOTE:
        return finding
    for one in facts.known.exceptions:
        covers = one.until is None or in_time(facts.received_at, one.until, inclusive=True)
        if one.what == f"check:{finding.check}" and covers:
            return replace(finding, severity=Severity.NOTE)
    return finding


def case_key(facts: Facts, content_id: str = "") -> str | None:
    """Which case of the round the mail is of: the body's code, else its name, else the mail alone.

    A body that is only guessed, or that the mail's parts contradict, joins nothing: the mail alone. Machines' mail and
    known senders' have none.
    """
    if facts.understood.kind in _NO_CASE:
        return None
    alone = numbering.mail_key(content_id) if content_id else None
    if not facts.body_known or contradiction(facts):
        return alone
    return numbering.case_key(facts.understood.organization) or alone
