"""The JSON documents of DESIGN §9 that are made from the model. Lists are [], absent is null, keys are always there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mailflow.cli.output import address_document, iso, organization_document, plain_line, table
from mailflow.model import Action, Draft, FieldContent, Finding, FormData, Outcome, Request
from mailflow.words import SEVERITIES, letter_name


def plain(value: FieldContent) -> Any:
    return list(value) if isinstance(value, tuple) else value


def form_fields(form: FormData) -> dict[str, Any]:
    return {key: {"value": plain(one.value), "raw": one.raw, "cell": one.cell} for key, one in form.fields.items()}


def finding(one: Finding) -> dict[str, Any]:
    return {
        "check": one.check,
        "severity": one.severity.value,
        "where": one.where,
        "found": one.found,
        "expected": one.expected,
        "message": one.message,
        "clause": one.clause,
        "example": one.example,
    }


def action(one: Action) -> dict[str, Any]:
    document: dict[str, Any] = {"action": one.action}
    if one.slot is not None:
        slot = one.slot
        document["slot"] = {
            "start": iso(slot.start),
            "end": iso(slot.end),
            "host": slot.host,
            "method": slot.method.value,
        }
    if one.template is not None:
        document["template"] = one.template
    if one.note is not None:
        document["note"] = one.note
    return document


def draft(one: Draft) -> dict[str, Any]:
    return {
        "template": one.template,
        "approval": one.approval.value,
        "consent": one.consent,
        "to": [address_document(a) for a in one.to],
        "cc": [address_document(a) for a in one.cc],
        "subject": one.subject,
        "text": one.text,
        "attachments": [
            {
                "filename": part.filename,
                "content_type": part.content_type,
                "size": part.size,
                "sha256": part.sha256,
                "origin": part.origin,
            }
            for part in one.parts
        ],
        "review": one.review,
        "not_before": iso(one.not_before),
        "valid_until": iso(one.valid_until),
        "warnings": list(one.warnings),
    }


def consultation(request: Request) -> dict[str, Any]:
    return {
        "intent": request.intent.value,
        "method": request.method.value if request.method else None,
        "windows": [{"start": iso(w.start), "end": iso(w.end), "text": w.text} for w in request.windows],
        "unclear": list(request.unclear),
    }


def outcome(file: str, one: Outcome) -> dict[str, Any]:
    """What `try` prints for one mail."""
    understood = one.verdict.understood
    return {
        "file": file,
        "kind": understood.kind.value,
        "label": understood.label,
        "rule": understood.rule,
        "organization": organization_document(understood.organization),
        "form": form_fields(understood.form) if understood.form else None,
        "consultation": consultation(understood.request) if understood.request else None,
        "findings": [finding(each) for each in one.verdict.findings],
        "actions": [action(each) for each in one.actions],
        "drafts": [draft(each) for each in one.drafts],
    }


# --- for people -------------------------------------------------------------------------------------------------------

RESOLVED = {"exact": "名前のとおり", "variant": "表記ゆれ", "suggestion": "推測", "none": "不明"}
ACTIONS = {
    "reply": "返信",
    "enqueue": "受付に加える",
    "book": "相談を予約",
    "reschedule": "予約を変える",
    "cancel": "予約を取り消す",
    "withdraw": "取下げ",
    "label": "印",
    "notify": "知らせる",
    "file": "しまう",
}


def findings_table(findings: Sequence[Finding]) -> None:
    table(
        "指摘",
        ("重さ", "検査", "どこ", "現在", "内容"),
        [(SEVERITIES[one.severity], one.check, one.where, one.found, one.message) for one in findings],
    )


def shown_actions(actions: Sequence[Action]) -> str:
    """「返信（受領（receipt））、受付に加える」."""
    said = []
    for one in actions:
        about = letter_name(one.template) if one.template else one.note
        said.append(ACTIONS[one.action] + (f"（{about}）" if about else ""))
    return "、".join(said)


def letter(subject: str, text: str) -> None:
    """A letter as it will read."""
    print(f"件名：{plain_line(subject)}\n\n{plain_line(text)}")


def shown_value(value: FieldContent) -> str:
    return "、".join(value) if isinstance(value, tuple) else "" if value is None else str(value)


def shown_attachment(one: dict[str, Any]) -> str:
    """「【…】応募様式.xlsx（17,223 バイト）」, with the containers it lay in."""
    name = " / ".join(one["path"] or [one["filename"] or "名前なし"])
    return f"{name}（{one['size']:,} バイト）"
