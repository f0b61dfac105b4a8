"""Whether a letter carries the applicant's own form with marks, and under which numbers (DESIGN §4, letters.md §2).

Only a fix request does, and only to the body itself: the file holds all that the applicant wrote. Never to a claim, a
stranger, a free or a contractor's address, nor while it is open whose form it is (situations 16, 17, 31). Pure.
"""

from __future__ import annotations

import dataclasses
import hashlib

from mailflow import numbering
from mailflow.model import Attachment, Finding, Mail, Part, Severity, Verdict
from mailflow.replies.items import Item
from mailflow.replies.view import CaseView

TEMPLATE = "fix-request"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FILENAME = "応募様式_修正箇所.xlsx"
# While one of these is open nobody has said whose form it is, or that its sender is the body.
_WHOSE = frozenset(
    {"organization-known", "organization-agrees", "sender-domain", "sender-authentic", "sender-reply-to", "sender-party", "attachment-many",
     "form-untouched"}
)  # fmt: skip


def form_to_mark(view: CaseView, verdict: Verdict) -> Attachment | None:
    """The file of this mail that may be sent back with marks; None where none may."""
    form = verdict.understood.form
    if view.plan.template != TEMPLATE or form is None or not view.form_read or not _to_the_body(view.mail, verdict):
        return None
    if {one.domain for one in (*view.to, *view.cc)} != {view.mail.sender.domain if view.mail.sender else ""}:
        return None
    return next(
        (
            one
            for one in view.mail.attachments
            if one.sha256 == form.sha256 and one.content_type == XLSX and one.problem is None
        ),
        None,
    )


def _to_the_body(mail: Mail, verdict: Verdict) -> bool:
    """The domain table says that the sender is this body's, or a person has said so."""
    understood, known = verdict.understood, verdict.known
    if known.claim or not known.party or numbering.contradictory(understood.naming):
        return False
    if any(one.check in _WHOSE for one in verdict.open(Severity.REVIEW, Severity.REFUSE)):
        return False
    if understood.sender_class == "body":
        return True
    accepted = mail.sender is not None and mail.sender.key in {one.key for one in known.parties}
    return known.case_id is not None and accepted and not known.untied and understood.sender_class != "free"


def numbered(view: CaseView) -> tuple[tuple[Finding, ...], tuple[int, ...]]:
    """The findings that the letter asks about, each with the number of its point."""
    pairs = [
        (one, item.number)
        for one in view.findings
        if one.severity in (Severity.FIX, Severity.CONFIRM)
        for item in (view.confirms if one.severity is Severity.CONFIRM else view.fixes)
        if _is_about(item, one)
    ]
    return tuple(one for one, _ in pairs), tuple(number for _, number in pairs)


def _is_about(item: Item, finding: Finding) -> bool:
    return finding.check in item.checks and set(finding.fields) <= set(item.fields)


def with_marked_copy(view: CaseView, source: Attachment, content: bytes) -> CaseView:
    """The letter with the copy made of `source`."""
    part = Part(
        filename=FILENAME,
        content_type=XLSX,
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        origin=f"derived:{source.sha256}",
    )
    return dataclasses.replace(view, parts=(*view.parts, part), marked_copy=True)
