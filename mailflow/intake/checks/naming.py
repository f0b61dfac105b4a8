"""Subject and file name as the call asks for them (募集要領 2(2)).

What can be understood without doubt is at most a `note`: width, spaces, kind of bracket, Re:, a gateway's mark, a copy's
(1), 一次 for 1次, anything before or behind. `fix` only where no other source names the body (DESIGN §4).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailflow.intake.checks.registry import check, report
from mailflow.intake.facts import Facts
from mailflow.intake.folding import fold, fold_table
from mailflow.intake.naming import expected_filename, expected_subject
from mailflow.model import Finding
from mailflow.settings.checks import AttachmentName, SubjectName, fill

_ORDINAL = re.compile(r"(?:第)?([一二三四五])次")
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,5}$")
_DIGITS = dict(zip("一二三四五", "12345", strict=True))
_LONGEST = 500


@check("subject-name")
def subject_name(facts: Facts, rule: SubjectName) -> Iterator[Finding]:
    """The subject reads 「【団体名】計画策定支援」. Answers to our letters keep our subject: nothing is said of them."""
    subject = facts.mail.subject
    if not facts.body_known:
        wording = fill(rule.wording_unknown, facts.context())
        yield report(facts, rule, "unknown", where="件名", found=subject, expected=wording)
        return
    if facts.in_our_thread or (facts.is_reply and facts.known.case_id is not None):
        return
    expected = expected_subject(facts.understood.organization, facts.settings)
    if not says(subject, expected, facts):
        yield report(facts, rule, where="件名", found=subject, expected=expected)


@check("attachment-name", needs=("form",))
def attachment_name(facts: Facts, rule: AttachmentName) -> Iterator[Finding]:
    """The form's file is called 「【団体名】1次公募応募様式」. Our own marked copy, sent back, keeps the name we gave it."""
    form = facts.form
    if form is None:
        return
    files = (form.filename,) if form.filename else ()
    if not facts.body_known:
        wording = fill(rule.wording_unknown, facts.context())
        yield report(facts, rule, "unknown", where="ファイル名", found=form.filename, expected=wording, files=files)
        return
    if form.marked:
        return
    expected = expected_filename(facts.understood.organization, facts.round, facts.settings)
    if not says(_EXTENSION.sub("", form.filename or ""), _EXTENSION.sub("", expected), facts):
        yield report(facts, rule, where="ファイル名", found=form.filename, expected=expected, files=files)


def says(text: str | None, expected: str, facts: Facts) -> bool:
    """Does `expected` stand in `text`, but for differences that mean nothing?"""
    table = fold_table(facts.settings.reference.folds)
    return bool(text) and fold(_figures(expected), table) in fold(_figures(text or ""), table)


def _figures(text: str) -> str:
    return _ORDINAL.sub(lambda found: f"{_DIGITS[found[1]]}次", text[:_LONGEST])
