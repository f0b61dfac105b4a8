"""Subject and file name as the call asks for them (募集要領 2(2)).

What can be understood without doubt is at most a `note`; width, spaces, kind of bracket, Re:, a gateway's mark, a copy's
(1) are nothing at all (`intake.naming`). `fix` only where no other source names the body (DESIGN §4).
"""

from __future__ import annotations

from collections.abc import Iterator

from mailflow.intake.checks.registry import check, report
from mailflow.intake.facts import Facts
from mailflow.intake.naming import expected_filename, expected_subject, is_expected_filename, is_expected_subject
from mailflow.model import Finding
from mailflow.settings.checks import AttachmentName, SubjectName
from mailflow.settings.messages import fill


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
    body = facts.understood.organization
    if not is_expected_subject(subject, body, facts.settings):
        yield report(facts, rule, where="件名", found=subject, expected=expected_subject(body, facts.settings))


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
    body = facts.understood.organization
    if not form.marked and not is_expected_filename(form.filename, body, facts.round, facts.settings):
        expected = expected_filename(body, facts.round, facts.settings)
        yield report(facts, rule, where="ファイル名", found=form.filename, expected=expected, files=files)
