"""What conditions and messages may name: the facts of one mail as nested plain dicts (see mailflow.settings.names).

Pure; texts but those of the form are never None.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mailflow.intake.covering import is_covering_note, is_only_thanks, labels_told
from mailflow.intake.enquiries import is_one_more
from mailflow.intake.intents import questions
from mailflow.model import FormData, Intent

if TYPE_CHECKING:
    from mailflow.intake.facts import Facts

TEXT_LIMIT = 20_000  # characters of a text that conditions and messages see


def context_of(facts: Facts) -> Mapping[str, Any]:
    return {
        "mail": _mail(facts),
        "form": _form(facts),
        "organization": _organization(facts),
        "sender": _sender(facts),
        "intents": sorted(str(intent) for intent in facts.understood.intents),
        "request": _request(facts),
        "now": facts.now,
        "received_at": facts.received_at,
        "round": {
            "id": facts.round.id,
            "name": facts.round.name,
            "opens": facts.round.opens,
            "closes": facts.round.closes,
            "consultation_closes": facts.round.consultation_closes,
            "is_open": facts.round.opens <= facts.received_at and facts.came_in_time,
        },
        "programme": {
            "name": facts.settings.programme.name,
            "subject": facts.settings.programme.subject,
            "office": facts.settings.programme.office,
            "address": facts.settings.programme.address,
            "ministry": facts.settings.programme.ministry,
        },
        "case": {
            "exists": facts.known.case_id is not None,
            "number": facts.known.case_number or "",
            "state": str(facts.known.case_state or ""),
            "versions": len(facts.known.versions),
            "party": facts.known.party,
            "claim": facts.known.claim,
        },
        "thread": {
            "answers": facts.known.answers.template if facts.known.answers else "",
            "purpose": facts.known.answers.purpose if facts.known.answers else "",
            "confirmed": len(facts.answered),
            "points": len(facts.points_answered),
            "promises": facts.only_promises,
        },
    }


def _mail(facts: Facts) -> dict[str, Any]:
    mail, sender = facts.mail, facts.mail.sender
    subject = (mail.subject or "")[:1000]
    new_text = mail.new_text[:TEXT_LIMIT]
    asks = Intent.ASK in facts.understood.intents
    asked = questions(new_text) if asks else ()
    return {
        "subject": subject,
        "new_text": new_text,
        "words": f"{subject}\n{new_text}",
        "questions": sum(is_one_more(one) for one in asked),
        "asked": "\n".join((subject, *(asked or (new_text,)))) if asks else "",
        "sender": sender.address if sender else "",
        "sender_name": (sender.name or "") if sender else "",
        "domain": sender.domain if sender else "",
        "attachments": [a.filename or "" for a in mail.attachments[:200] if not a.inline],
        "has_files": bool(facts.papers),
        "like_form": facts.like_form,
        "locked": bool(facts.locked),
        "links": list(facts.understood.links[:50]),
        "is_reply": facts.is_reply,
        "covering": is_covering_note(new_text),
        "pasted": labels_told(new_text, facts.form_labels) if not facts.understood.forms else 0,
        "thanks": facts.is_reply and is_only_thanks(new_text),
        "programme_subject": facts.understood.programme_subject,
        "quotes_number": facts.understood.case_number is not None,
        "part": facts.understood.part[0] if facts.understood.part else None,
        "calendar": bool(mail.calendar),
        "machine": str(mail.machine or ""),
        "junk": facts.junk,
    }


def _form(facts: Facts) -> dict[str, Any]:
    form = facts.form
    values: dict[str, Any] = {}
    for spec in facts.settings.form.forms:
        for key in spec.fields:
            values[key] = _plain(form, key)
    return values | {
        "found": bool(facts.understood.forms),
        "count": len(facts.understood.forms),
        "untouched": form is not None and form.untouched,
        "marked": form is not None and form.marked,
        "in_a_mail": facts.form_in_a_mail,
        "edition": form.edition if form else "",
        "filename": (form.filename or "") if form else "",
        "names_round": (form.names_round or "") if form else "",
    }


def _organization(facts: Facts) -> dict[str, Any]:
    body = facts.understood.organization
    return {
        "known": facts.body_known,
        "resolved": str(body.resolved),
        "code": body.code or "",
        "prefecture": body.prefecture or "",
        "name": body.name or "",
        "full_name": body.full_name or "",
        "kind": str(body.kind or ""),
        "ward": body.ward or "",
        "bureau": body.bureau or "",
    }


def _sender(facts: Facts) -> dict[str, Any]:
    party = facts.understood.known_sender
    return {
        "known": party is not None,
        "own": facts.from_own_address,
        "kind": party.kind if party else "",
        "id": party.id if party else "",
        "domain_class": facts.understood.sender_class,
    }


def _request(facts: Facts) -> dict[str, Any]:
    request = facts.understood.request
    return {
        "found": request is not None,
        "intent": str(request.intent) if request else "",
        "method": str(request.method or "") if request else "",
        "windows": len(request.windows) if request else 0,
        "unclear": bool(request and request.unclear),
    }


def _plain(form: FormData | None, key: str) -> Any:
    """A field for a condition: lists as lists, None when there is none."""
    if form is None:
        return None
    value = form.value(key)
    return list(value) if isinstance(value, tuple) else value
