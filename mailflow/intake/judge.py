"""One mail's verdict: the checks of the rule that decided, in their order, with what a person must look at first.

In: Facts whose `understood` is classified. Out: Verdict. Never raises: a check that does becomes a `review` that names
it (`check-failed`), and all others still run. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from mailflow import numbering
from mailflow.intake.answers import promised, says_nothing_else
from mailflow.intake.checks import run
from mailflow.intake.checks.organization import contradiction
from mailflow.intake.deadlines import in_time
from mailflow.intake.facts import Facts
from mailflow.model import AttachedMail, FileSeen, Finding, Kind, Severity, Verdict
from mailflow.settings.messages import written_time
from mailflow.settings.rules import Rule

CHECK_FAILED = "check-failed"
LOOK = "look"
JUNK = "junk"
MAX_FILES = 50  # of one mail, as listed

# What a letter or a person must act on first; within one weight the order in which the rule names its checks.
_ORDER = {Severity.REFUSE: 0, Severity.FIX: 1, Severity.CONFIRM: 2, Severity.REVIEW: 3, Severity.NOTE: 4}
_NO_CASE = frozenset({Kind.MACHINE, Kind.INTERNAL})


def judge(facts: Facts, *, content_id: str = "") -> Verdict:
    """The verdict on a classified mail. `content_id`: of the arrival; the key of a mail that names no body."""
    rule = facts.settings.rules.rule(facts.understood.rule)
    found = (*_first_looks(facts, rule), *_checked(facts, rule))
    findings = [_cleared(_confirmed(_excepted(finding, facts), facts), facts) for finding in found]
    findings.sort(key=lambda finding: _ORDER[finding.severity])
    return Verdict(
        understood=facts.understood,
        findings=tuple(findings),
        config_hash=facts.settings.hash,
        known=facts.carried,
        judged_at=facts.now,
        received_at=facts.received_at,
        case_key=case_key(facts, content_id),
        round_id=facts.round.id,
        step=facts.step,
        files=files_of(facts),
        answered=facts.answered,
        promised=_promised(facts),
        questions=facts.questions if facts.understood.kind not in _NO_CASE else (),
    )


def files_of(facts: Facts) -> tuple[FileSeen, ...]:
    """The files as an acknowledgement lists them: a container once, by its own name; pictures inside the text are none."""
    forms = {form.sha256 for form in facts.understood.forms}
    return tuple(
        FileSeen(
            name=one.filename or "（名前のないファイル）", size=one.size, problem=one.problem, form=one.sha256 in forms
        )
        for one in facts.mail.attachments[:MAX_FILES]
        if not one.inline and (one.path is None or one.sha256 in forms or one.problem == "locked")
    )


def _promised(facts: Facts) -> datetime | None:
    """「明日になります」, in an answer to a letter that asked for something."""
    asked = facts.letter_in_hand is not None or facts.known.answers is not None
    return promised(facts.mail.new_text, facts.received_at) if asked and facts.form is None else None


def _confirmed(finding: Finding, facts: Facts) -> Finding:
    """A question that was answered by 記入のとおり stands as a `note` (DESIGN §4): in this mail, or before about the same
    words."""
    if finding.severity is not Severity.CONFIRM:
        return finding
    now = any(finding.check in one.checks and set(finding.fields) == set(one.fields) for one in facts.answered)
    before = any(
        one.check == finding.check and set(one.fields) == set(finding.fields) and one.found == finding.found
        for one in facts.known.recorded
        if one.cleared is None
    )
    return replace(finding, severity=Severity.NOTE) if now or before else finding


def still_asked(facts: Facts, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """What was found in the version in force, as it stands after this mail's answers."""
    return tuple(_cleared(_confirmed(one, facts), facts) for one in findings)


def _cleared(finding: Finding, facts: Facts) -> Finding:
    """What a person lifted of this mail, with a reason, stands as a `note`: the very same finding, none like it."""
    said = [
        one
        for one in facts.known.recorded
        if one.cleared is not None
        and one.check == finding.check
        and set(one.fields) == set(finding.fields)
        and one.found == finding.found
    ]
    return replace(finding, severity=Severity.NOTE) if said and said[-1].cleared else finding


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
    elif rule.then.review is not None and not _answers_only(facts):
        yield _look(LOOK, rule.then.review)
    if facts.form_in_a_mail:
        yield from (_look(LOOK, _sent_on(one)) for one in facts.mail.attached[:3])
    if facts.step is not None and facts.step.review is not None:
        yield _look(LOOK, facts.step.review)
    if facts.imported:
        yield _look(LOOK, "手で取り込んだメールです。届いた時刻を確かめてください。")
    if facts.junk and facts.understood.kind not in _NO_CASE:
        yield _look(JUNK, "迷惑メールのフォルダーに入っていたメールです。応募や照会であれば、受信箱へ移してください。")


def _sent_on(one: AttachedMail) -> str:
    """Who wrote the mail that somebody else sent on, and when it had arrived there (row 2): the decision is a person's."""
    who = one.sender.address if one.sender else "差出人の記載なし"
    came = f"{written_time(one.arrived_at)}（元のメールの記録による）" if one.arrived_at else "不明"
    return f"転送された元のメール：差出人 {who}、転送した側に届いた時刻 {came}。手紙は元の差出人あてにしてください。"


def _answers_only(facts: Facts) -> bool:
    """Nothing but 記入のとおり to questions of ours: what there was to decide is told."""
    return bool(facts.answered) and not facts.papers and says_nothing_else(facts.mail.new_text)


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
