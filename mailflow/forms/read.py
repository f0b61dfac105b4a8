"""Read an application form out of a workbook, by its labels (DESIGN §4 "The form").

In: the bytes of an attachment, the specs that may be valid, its name, Limits. Out: FormData, or None: this file is
not the form (the ministry's 応募状況.xlsx, another programme's form). A half-filled and a blank form are FormData.
Raises FormUnreadable (`broken`, `locked`, `too-large`, `not-xlsx`), and nothing else, whatever the bytes are.
`raw` is what stands in the cell, spaces and all; `value` is what it means (values.py). A field whose label isn't in
the file has `cell` None. `fingerprint` is equal for two files with the same values, whatever their layout.
Pure.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from unicodedata import normalize

from mailflow.forms.grid import Engine, Sheet, load_grid
from mailflow.forms.locate import HELP_SHEETS, Found, find_form
from mailflow.forms.nearby import more_below, more_beside, written_nearby
from mailflow.forms.package import FormUnreadable, Limits
from mailflow.forms.unread import unread
from mailflow.forms.values import Meaning, is_blank, typed, understand
from mailflow.model import FieldContent, FieldValue, FormData
from mailflow.settings.form import FormSpec

__all__ = ["MARK", "MARK_SHEET", "FormUnreadable", "Limits", "read_form"]

MARK_SHEET = "修正箇所"
MARK = "mailflow-mark"  # stands in a cell of that sheet in every copy that we marked


def read_form(
    content: bytes,
    specs: Sequence[FormSpec],
    *,
    filename: str | None = None,
    limits: Limits | None = None,
    engine: Engine = "auto",
) -> FormData | None:
    """The form that fits best among `specs`; of two that fit alike the first."""
    limits = limits or Limits()
    sheets = load_grid(content, engine, limits, skip=HELP_SHEETS)
    best = _best(sheets, specs, limits)
    if best is None:  # someone filled in the sheet 記入例 and deleted the other
        every = load_grid(content, engine, limits)
        best = _best(every, specs, limits) if len(every) > len(sheets) else None
    if best is None:
        return None
    fields = _fields(best)
    untouched = all(value.empty for value in fields.values())
    if untouched and (lower := _copy_below(best, limits)):
        best, fields, untouched = lower, _fields(lower), False
    problems = list(best.problems)
    if not untouched:
        fields, told = _with_nearby(best, fields)
        problems += told
        problems += _shared(best, fields)
        problems += _out_of_sight(best, fields)
    missing = [value.label for value in fields.values() if value.cell is None]
    if missing:
        problems.append(f"様式に見当たらない項目があります（{'、'.join(missing)}）。")
    if not untouched and (empty := _empty_and_required(best.spec, fields)):
        problems += unread(content, empty)
    return FormData(
        edition=best.spec.id,
        fields=fields,
        problems=tuple(problems),
        sheet=best.sheet,
        filename=filename,
        sha256=hashlib.sha256(content).hexdigest(),
        fingerprint=fingerprint(fields),
        marked=_marked(sheets),
        untouched=untouched,
        names_round=best.names_round,
    )


def _copy_below(blank: Found, limits: Limits) -> Found | None:
    """The filled copy of the form that stands below a blank one in the same sheet; None where there is none."""
    sheets = []
    for page in blank.pages:
        rows = [place.row for place in blank.places.values() if place.sheet == page.sheet.name]
        if not rows:
            continue
        sheet, last = page.sheet, max(rows)
        below = [*([] for _ in range(last + 1)), *sheet.rows[last + 1 :]]
        merged = {at: area for at, area in sheet.merged.items() if area[0] > last}
        sheets.append(Sheet(sheet.name, sheet.visible, below, merged, sheet.width, sheet.hidden, sheet.strays))
    found = find_form(sheets, blank.spec, limits)
    if found is None or not any(not is_blank(found.spec.fields[key], p.content) for key, p in found.places.items()):
        return None
    cells = min((place.row for place in found.places.values()), default=0)
    told = f"同じシートに白紙の様式と記入済みの様式があります。{cells + 1}行目より下の記入を読み取りました。"
    return replace(found, problems=[*found.problems, told])


def _out_of_sight(found: Found, fields: dict[str, FieldValue]) -> list[str]:
    """Answers in hidden rows or columns, and cells far off that nobody read."""
    told = []
    places = {place.cell: place for place in found.places.values()}
    sheets = {page.sheet.name: page.sheet for page in found.pages}
    for field in fields.values():
        place = places.get(field.cell or "")
        unseen = sheets[place.sheet].hidden if place and place.sheet in sheets else None
        if place and unseen and not field.empty and (place.row in unseen.rows or place.column in unseen.columns):
            what = f"{place.row + 1}行目" if place.row in unseen.rows else "列"
            told.append(f"「{field.label}」の欄（{field.cell}）は、非表示の{what}にあります。")
    for sheet in sheets.values():
        if sheet.strays:
            told.append(
                f"表から遠く離れたセルは読み取っていません（{'、'.join(f'{sheet.name}!{cell}' for cell in sheet.strays)}）。"
            )
    return told


def _shared(found: Found, fields: dict[str, FieldValue]) -> list[str]:
    """Cells that were merged over the boxes of several rows: what stands there was read as the value of each. Labels in one row or
    cell (「電話：　ＦＡＸ：」) may share theirs, by the form's own layout."""
    rows = {key: hit.area[0] for page in found.pages for key, hit in page.labels.items()}
    cells: dict[str, dict[int, str]] = {}
    for key, field in fields.items():
        if field.cell and not field.empty and key in rows:
            cells.setdefault(field.cell, {}).setdefault(rows[key], field.label)
    return [
        f"「{'」「'.join(labels.values())}」の欄が1つのセル（{cell}）に結合されています。どの項目にも、そのセルの記入をそのまま読み取りました。"
        for cell, labels in cells.items()
        if len(labels) > 1
    ]


def _with_nearby(found: Found, fields: dict[str, FieldValue]) -> tuple[dict[str, FieldValue], list[str]]:
    """What was written beside an empty box counts as its value, and is told: a person looks."""
    told = []
    context: dict[str, FieldContent] = {key: field.value for key, field in fields.items()}
    fields = dict(fields)
    for key, field in fields.items():
        if not field.empty:
            for where, more_of in (("下", more_below), ("右", more_beside)):
                if more := next(filter(None, (more_of(page, key) for page in found.pages)), None):
                    told.append(
                        f"「{field.label}」の欄の{where}（{more.cell}）にも記入があります。読み取ったのは {field.cell} だけです。"
                    )
            continue
        place = next(filter(None, (written_nearby(page, key) for page in found.pages)), None)
        if place is None:
            continue
        raw = typed(place.content)
        meaning = understand(found.spec.fields[key], place.content, context)
        fields[key] = FieldValue(
            label=field.label, value=meaning.value, raw=raw, cell=place.cell, problem=meaning.problem
        )
        shown = str(raw) if len(str(raw)) <= 40 else f"{str(raw)[:40]}…"
        told.append(f"「{field.label}」の欄は空欄ですが、{place.cell} に「{shown}」と記入されています。")
    return fields, told


def _empty_and_required(spec: FormSpec, fields: dict[str, FieldValue]) -> list[str]:
    """Cells of required fields that look empty; conditions are left to the checks."""
    return [
        field.cell or ""
        for key, field in fields.items()
        if field.empty and field.problem is None and spec.fields[key].required is True
    ]


def _best(sheets: Sequence[Sheet], specs: Sequence[FormSpec], limits: Limits) -> Found | None:
    best: Found | None = None
    for spec in specs:
        found = find_form(sheets, spec, limits)
        if found and (best is None or found.score > best.score):
            best = found
    return best


def _fields(found: Found) -> dict[str, FieldValue]:
    context: dict[str, FieldContent] = {}
    fields = {}
    hanging = [key for key, spec in found.spec.fields.items() if any(choice.only_if for choice in spec.choices)]
    for key in sorted(found.spec.fields, key=hanging.__contains__):  # those that hang on others come last
        spec = found.spec.fields[key]
        place = found.places.get(key)
        content = place.content if place else None
        blank = is_blank(spec, content)
        meaning = Meaning() if blank else understand(spec, content, context)
        context[key] = meaning.value
        fields[key] = FieldValue(
            label=spec.label,
            value=meaning.value,
            raw=None if blank else typed(content),
            cell=place.cell if place else None,
            problem=meaning.problem,
        )
    return {key: fields[key] for key in found.spec.fields}


def fingerprint(fields: dict[str, FieldValue]) -> str:
    """sha256 over what was understood, or typed where nothing was; width and spaces do not count."""
    said = {}
    for key, field in fields.items():
        content = field.value if field.value is not None else field.raw
        if content is None or field.empty:
            continue
        parts = content if isinstance(content, tuple) else (str(content),)
        said[key] = ["".join(normalize("NFKC", part).split()) for part in parts]
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _marked(sheets: Sequence[Sheet]) -> bool:
    return any(
        isinstance(value, str) and MARK in value
        for sheet in sheets
        if sheet.name.startswith(MARK_SHEET)
        for row in sheet.rows[:10]
        for value in row[:20]
    )
