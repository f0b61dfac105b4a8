"""What a form read says to others: the JSON of `form read`, and which required fields are empty. Pure.

`form_document` is the contract of DESIGN §9 (form-read.schema.json). `missing_fields` gives keys in the form's order.
`plain_findings` is what a form says against itself where no rules are at hand: fields empty, or not understood.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mailflow.forms.package import FormUnreadable
from mailflow.model import FieldValue, Finding, FormData, Severity
from mailflow.settings.form import FieldSpec, FormSpec

_PROBLEMS = {
    "type": "{label}（{cell}）：「{raw}」を{kind}として読み取れませんでした。",
    "choice": "{label}（{cell}）：「{raw}」は選択肢のとおりに読み取れませんでした。",
    "unclear": "{label}（{cell}）：「{raw}」は、添えられた言葉を人が確かめてください。",
    "error": "{label}（{cell}）：Excelのエラー値（{raw}）になっています。",
    "length": "{label}（{cell}）：文字数の上限を超えています。",
}
_KINDS = {
    "number": "数値", "integer": "整数", "phone": "電話番号", "email": "メールアドレス", "date": "日付",
    "organization_code": "団体コード",
}  # fmt: skip
NOT_A_FORM = "応募様式として読み取れるシートがありません。"


def form_document(data: FormData | FormUnreadable | None, spec: FormSpec | None = None) -> dict[str, Any]:
    """`form read --json`. A file that is no form, or can't be opened, has no fields and says why."""
    if data is None:
        return {"fields": {}, "problems": [NOT_A_FORM]}
    if isinstance(data, FormUnreadable):
        return {"fields": {}, "problems": [str(data)]}
    return {"fields": form_fields(data), "problems": [*data.problems, *field_problems(data, spec)]}


def form_fields(data: FormData) -> dict[str, dict[str, Any]]:
    return {
        key: {
            "label": field.label,
            "value": list(field.value) if isinstance(field.value, tuple) else field.value,
            "raw": field.raw,
            "cell": field.cell,
        }
        for key, field in data.fields.items()
    }


def field_problems(data: FormData, spec: FormSpec | None = None) -> list[str]:
    """One Japanese line for each field that could not be understood as its type."""
    lines = []
    for key, field in data.fields.items():
        if field.problem is not None:
            kind = _KINDS.get(spec.fields[key].type.value, "値") if spec and key in spec.fields else "値"
            raw = str(field.raw)
            short = raw if len(raw) <= 60 else raw[:60] + "…"
            lines.append(_PROBLEMS[field.problem].format(label=field.label, cell=field.cell, raw=short, kind=kind))
    return lines


def required(field: FieldSpec, data: FormData) -> bool:
    """Whether the field must be filled, the others being what they are. A condition on an empty field asks for it."""
    if isinstance(field.required, bool):
        return field.required
    if field.required.unless:
        return not _holds(field.required.unless, data)
    return _holds(field.required.when, data)


def _holds(conditions: Mapping[str, tuple[str, ...]], data: FormData) -> bool:
    return any(data.value(key) in values for key, values in conditions.items())


def missing_fields(spec: FormSpec, data: FormData) -> list[str]:
    """Keys of required fields with nothing in them. What was filled but not understood is not missing."""
    nothing = FieldValue(label="")
    return [key for key, field in spec.fields.items() if data.fields.get(key, nothing).empty and required(field, data)]


_ASKS = {
    "type": "{kind}としてご記入ください",
    "choice": "選択肢（{choices}）の中から選んでご記入ください",
    "error": "Excelのエラー値になっています。値をご記入ください",
}


def plain_findings(spec: FormSpec, data: FormData) -> tuple[Finding, ...]:
    """Corrections to ask for, in the order of the form."""
    missing = set(missing_fields(spec, data))
    found = []
    for key, field in spec.fields.items():
        value = data.fields.get(key, FieldValue(label=field.label))
        if key in missing:
            check, words = "form-complete", "ご記入ください"
        elif value.problem in _ASKS:
            check = "form-choice" if value.problem == "choice" else "form-type"
            choices = "／".join(choice.value for choice in field.choices)
            words = _ASKS[value.problem].format(kind=_KINDS.get(field.type.value, "値"), choices=choices)
        else:
            continue
        found.append(
            Finding(
                check=check,
                severity=Severity.FIX,
                where=f"{field.label}（{value.cell}）" if value.cell else field.label,
                found=None if value.empty else str(value.raw),
                expected=None,
                message=words,
                clause=None,
                example=field.example,
                fields=(key,),
                cells=(value.cell,) if value.cell else (),
            )
        )
    return tuple(found)
