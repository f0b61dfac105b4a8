"""The words that a form's maker printed: its labels in every spelling, its notes, its headings. Pure.

In: FormSpec. Out: Vocabulary, kept for the specs lately used.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from rapidfuzz import fuzz, process

from mailflow.forms.text import LABEL_MAX, bracketed, fold, label_forms
from mailflow.settings.form import FieldSpec, FormSpec

# Whose it is, where what it is stands in brackets; folded.
WHOSE = frozenset(
    {"連絡先", "担当者", "担当", "連絡担当者", "連絡窓口", "担当窓口", "申請者", "応募者", "団体", "応募団体", "申請団体", "事務担当者"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """`labels`: folded spelling → (key, rank). `printed`: folded texts that the form's maker printed. `grouped`: folded
    spelling → {folded heading within which it counts: key}. `tabled`: folded head of a row → {folded head of a column: key}.
    `named`: all of these, folded: labels, headings and heads of rows and columns."""

    labels: dict[str, tuple[str, int]]
    printed: frozenset[str]
    headings: frozenset[str]

    longest: int
    ascii: tuple[str, ...]
    grouped: dict[str, dict[str, str]]
    tabled: dict[str, dict[str, str]]
    named: frozenset[str]
    _seen: dict[str, tuple[str, int] | None] = field(default_factory=dict)

    def is_printed(self, text: str) -> bool:
        return len(text) <= 2 * self.longest and fold(text) in self.printed

    def in_ascii(self, text: str) -> bool:
        """Whether a label may stand among these texts, all in ASCII (codes, numbers, addresses): its letters do."""
        folded = text.lower()
        return any(all(letter in folded for letter in label) for label in self.ascii)

    def label(self, text: str) -> tuple[str, int] | None:
        """The field that a cell's text is a label of, and how nearly: (key, rank). Headings are none."""
        if text not in self._seen:
            if len(self._seen) > 4096:
                self._seen.clear()
            self._seen[text] = self._label(text)
        return self._seen[text]

    def within(self, text: str) -> dict[str, str]:
        """Heading (folded) → key, of the fields whose label this text is where it stands within that heading."""
        if not self.grouped or len(text) > LABEL_MAX * 2:
            return {}
        return next((self.grouped[form] for form in label_forms(text) if form in self.grouped), {})

    def rows_of(self, text: str) -> dict[str, str]:
        """Head of a column (folded) → key, of the fields that stand in the row that this text heads."""
        if not self.tabled or len(text) > LABEL_MAX * 2:
            return {}
        return next((self.tabled[form] for form in label_forms(text) if form in self.tabled), {})

    def _label(self, text: str) -> tuple[str, int] | None:
        if fold(text) in self.headings:
            return None
        parts = bracketed(text)
        if parts and parts[0] in WHOSE and (known := self.labels.get(parts[1])):  # 「連絡先（担当部署）」
            exact = self.labels.get(label_forms(text)[0])
            return exact or (known[0], max(known[1], 1))
        for index, form in enumerate(label_forms(text)):
            if known := self.labels.get(form):
                return known[0], max(known[1], 2 if index else 0)
        return None


def _make(spec: FormSpec) -> Vocabulary:
    labels: dict[str, tuple[str, int]] = {}
    for rank_wanted in (0, 1):
        for key, spec_field in spec.fields.items():
            for rank, spelling in enumerate(_anywhere(spec_field)):
                forms = label_forms(spelling)
                if min(rank, 1) == rank_wanted and forms:
                    labels.setdefault(forms[0], (key, rank_wanted))
    for key, spec_field in spec.fields.items():
        for spelling in _anywhere(spec_field):
            for form in label_forms(spelling)[1:]:
                labels.setdefault(form, (key, 2))
    grouped: dict[str, dict[str, str]] = {}
    for key, spec_field in spec.fields.items():
        for head in label_forms(spec_field.within or ""):
            for spelling in spec_field.labels:
                for form in label_forms(spelling)[:1]:
                    grouped.setdefault(form, {}).setdefault(head, key)
    tabled: dict[str, dict[str, str]] = {}
    for key, spec_field in spec.fields.items():
        for head in label_forms(spec_field.column or "")[:1]:
            for spelling in spec_field.labels:
                for form in label_forms(spelling)[:1]:
                    tabled.setdefault(form, {}).setdefault(head, key)
    printed: set[str] = set(map(fold, spec.notes))
    headings = {form for section in spec.sections for form in (fold(section.title), *label_forms(section.title))}
    for section in spec.sections:
        printed.update(map(fold, filter(None, (section.note,))))
    for spec_field in spec.fields.values():
        note = spec_field.note or ""
        printed.update(map(fold, filter(None, (note, *note.splitlines(), spec_field.unit))))
        if spec_field.example:
            printed.update(fold(f"{intro}{spec_field.example}") for intro in ("記入例：", "例：", "例）"))
            printed.add(fold(f"{note}記入例：{spec_field.example}"))
    return Vocabulary(
        labels,
        frozenset(printed),
        frozenset(headings),
        max(map(len, printed), default=0),
        tuple(filter(str.isascii, (*labels, *grouped, *tabled))),
        grouped,
        tabled,
        frozenset(labels) | grouped.keys() | tabled.keys() | {head for heads in tabled.values() for head in heads},
    )


def _anywhere(spec_field: FieldSpec) -> tuple[str, ...]:
    """The spellings that count wherever they stand."""
    return spec_field.spellings[:1] if spec_field.within or spec_field.column else spec_field.spellings


_BY_IDENTITY: dict[int, tuple[FormSpec, Vocabulary]] = {}


def vocabulary_of(spec: FormSpec) -> Vocabulary:
    """Made once a spec: it takes longer than reading a form."""
    kept = _BY_IDENTITY.get(id(spec))
    if kept is None or kept[0] is not spec:
        if len(_BY_IDENTITY) > 64:
            _BY_IDENTITY.clear()
        kept = _BY_IDENTITY[id(spec)] = (spec, _make(spec))
    return kept[1]


def nearest(forms: tuple[str, ...], missing: Mapping[str, str], headings: frozenset[str]) -> str | None:
    """The field that a label with a slip of the pen, or with a word before or behind it, is meant for; None in doubt."""
    if not forms or len(forms[0]) < 4 or forms[0] in headings:
        return None
    for form in forms:
        pieces = {missing[piece] for piece in re.split("[・/、]", form) if piece in missing}  # 「役職・氏名」
        pieces |= {missing[form[len(who) :]] for who in WHOSE if form.startswith(who) and form[len(who) :] in missing}
        if len(pieces) == 1:
            return pieces.pop()
        held = {key: len(known) for known, key in missing.items() if len(known) >= 4 and known in form}
        held = {key: length for key, length in held.items() if len(form) - length <= 12}
        if held and list(held.values()).count(max(held.values())) == 1:
            return max(held, key=lambda key: held[key])
    ranked = process.extract(forms[0], missing.keys(), scorer=fuzz.ratio, score_cutoff=60, limit=8)
    if not ranked:
        return None
    best, score = missing[ranked[0][0]], ranked[0][1]
    second = max((other for name, other, _ in ranked if missing[name] != best), default=0.0)
    return best if score >= 80 or (score >= 72 and score - second >= 12 and len(forms[0]) >= 8) else None
