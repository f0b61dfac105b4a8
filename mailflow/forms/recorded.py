"""Values that people told beside the form, put where the form has its own (situations row 42).

In: a form as read, its spec, what was recorded. Out: the form as it is judged; the file's fingerprint stays, the file
didn't change. Each value is read as the field's type, as if it had been typed there. Pure; never raises.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from mailflow.forms.values import is_blank, understand
from mailflow.model import FieldContent, FieldValue, FormData, Recorded
from mailflow.settings.form import FormSpec


def with_recorded(form: FormData, spec: FormSpec, told: Iterable[Recorded]) -> FormData:
    fields = dict(form.fields)
    context: dict[str, FieldContent] = {key: value.value for key, value in fields.items()}
    for one in told:
        if one.field is None or one.value is None or one.field not in spec.fields or one.field not in fields:
            continue
        field = spec.fields[one.field]
        if is_blank(field, one.value):
            continue
        meaning = understand(field, one.value, context)
        before = fields[one.field]
        context[one.field] = meaning.value
        fields[one.field] = FieldValue(
            label=before.label, value=meaning.value, raw=one.value, cell=before.cell, problem=meaning.problem
        )
    return replace(form, fields=fields)
