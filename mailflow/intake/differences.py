"""What changed between two versions of a form, field by field. Pure; for people who look at a resubmission."""

from __future__ import annotations

from dataclasses import dataclass
from unicodedata import normalize

from mailflow.model import FieldValue, FormData


@dataclass(frozen=True, slots=True)
class Difference:
    """`before`, `after`: as typed; None where it was empty or the form has no such field. `cell`: of the newer one, else
    of the older."""

    key: str
    label: str
    cell: str | None
    before: str | None
    after: str | None


def differences(older: FormData, newer: FormData) -> tuple[Difference, ...]:
    """In the newer form's order, then what only the older one has. Width and spaces alone are no difference."""
    keys = [*newer.fields, *(key for key in older.fields if key not in newer.fields)]
    found = []
    for key in keys:
        before, after = older.fields.get(key), newer.fields.get(key)
        if _said(before) == _said(after):
            continue
        shown = after or before
        found.append(
            Difference(
                key=key,
                label=shown.label if shown else key,
                cell=(after.cell if after else None) or (before.cell if before else None),
                before=_typed(before),
                after=_typed(after),
            )
        )
    return tuple(found)


def _typed(value: FieldValue | None) -> str | None:
    return None if value is None or value.empty else str(value.raw)


def _said(value: FieldValue | None) -> tuple[str, ...]:
    """What counts of it: understood where it was, else as typed."""
    if value is None or value.empty:
        return ()
    content = value.value if value.value is not None else value.raw
    parts = content if isinstance(content, tuple) else (str(content),)
    return tuple("".join(normalize("NFKC", part).split()) for part in parts)
