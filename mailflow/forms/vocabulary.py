"""The words that a form's maker printed: its labels in every spelling, its notes, its headings. Pure.

In: FormSpec. Out: Vocabulary, kept for the specs lately used.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from mailflow.forms.text import fold, label_forms
from mailflow.settings.form import FormSpec


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """`labels`: folded spelling → (key, rank). `printed`: folded texts that the form's maker printed."""

    labels: dict[str, tuple[str, int]]
    printed: frozenset[str]
    headings: frozenset[str]

    longest: int
    ascii: tuple[str, ...]
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

    def _label(self, text: str) -> tuple[str, int] | None:
        if fold(text) in self.headings:
            return None
        for index, form in enumerate(label_forms(text)):
            if known := self.labels.get(form):
                return known[0], max(known[1], 2 if index else 0)
        return None


def _make(spec: FormSpec) -> Vocabulary:
    labels: dict[str, tuple[str, int]] = {}
    for rank_wanted in (0, 1):
        for key, spec_field in spec.fields.items():
            for rank, spelling in enumerate(spec_field.spellings):
                forms = label_forms(spelling)
                if min(rank, 1) == rank_wanted and forms:
                    labels.setdefault(forms[0], (key, rank_wanted))
    for key, spec_field in spec.fields.items():
        for spelling in spec_field.spellings:
            for form in label_forms(spelling)[1:]:
                labels.setdefault(form, (key, 2))
    printed: set[str] = set(map(fold, spec.notes))
    headings = {form for section in spec.sections for form in (fold(section.title), *label_forms(section.title))}
    for section in spec.sections:
        printed.update(map(fold, filter(None, (section.note,))))
    for spec_field in spec.fields.values():
        note = spec_field.note or ""
        printed.update(map(fold, filter(None, (note, spec_field.unit))))
        if spec_field.example:
            printed.update(fold(f"{intro}{spec_field.example}") for intro in ("記入例：", "例：", "例）"))
            printed.add(fold(f"{note}記入例：{spec_field.example}"))
    return Vocabulary(
        labels,
        frozenset(printed),
        frozenset(headings),
        max(map(len, printed), default=0),
        tuple(filter(str.isascii, labels)),
    )


_BY_IDENTITY: dict[int, tuple[FormSpec, Vocabulary]] = {}


def vocabulary_of(spec: FormSpec) -> Vocabulary:
    """Made once a spec: it takes longer than reading a form."""
    kept = _BY_IDENTITY.get(id(spec))
    if kept is None or kept[0] is not spec:
        if len(_BY_IDENTITY) > 64:
            _BY_IDENTITY.clear()
        kept = _BY_IDENTITY[id(spec)] = (spec, _make(spec))
    return kept[1]
