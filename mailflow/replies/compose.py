"""CaseView -> Draft: the letter that a person is asked to approve (DESIGN §5). Pure.

Raises `LetterError` where the template can't be rendered; nothing else.
"""

from __future__ import annotations

from mailflow.model import Address, Draft
from mailflow.replies.names import letter_names
from mailflow.replies.render import render
from mailflow.replies.view import CaseView
from mailflow.settings.settings import Settings

MAX_REFERENCES = 20  # of a long thread the first and the newest are kept (RFC 5322 §3.6.4 sets no limit; gateways do)


def compose(view: CaseView, settings: Settings) -> Draft:
    """The draft of the letter that `view.plan` names."""
    plan = view.plan
    policy = settings.file.approval.for_template(plan.template)
    rendered = render(plan.template, letter_names(view, settings), settings)
    return Draft(
        template=plan.template,
        purpose=plan.purpose,
        approval=policy.approval,
        consent=policy.consent,
        sender=Address(name=settings.programme.office, address=settings.programme.address),
        to=view.to,
        cc=view.cc,
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        parts=view.parts,
        in_reply_to=view.mail.message_id,
        references=references(view.mail.references, view.mail.in_reply_to, view.mail.message_id),
        review=plan.review or bool(view.warnings),
        not_before=plan.not_before,
        valid_until=plan.valid_until,
        priority=plan.priority,
        findings=view.findings,
        warnings=view.warnings,
        items=view.items,
        fix_by=plan.fix_by,
    )


def references(theirs: tuple[str, ...], in_reply_to: str | None, message_id: str | None) -> tuple[str, ...]:
    """The References of an answer (RFC 5322 §3.6.4): theirs, else their In-Reply-To, then their Message-ID."""
    chain = list(
        dict.fromkeys([*(theirs or ((in_reply_to,) if in_reply_to else ())), *((message_id,) if message_id else ())])
    )
    if len(chain) > MAX_REFERENCES:
        chain = [chain[0], *chain[-(MAX_REFERENCES - 1) :]]
    return tuple(chain)
