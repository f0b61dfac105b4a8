"""What stands in a cell and was not meant for it: the form's own example, or the answer to the row above or below.

An example is what form.yaml prints beside the field (in the guide's sheet and in our letters); nothing else counts as one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from mailflow.intake import no_answer
from mailflow.intake.checks.registry import cell_of, cells_of, check, report
from mailflow.intake.facts import Facts
from mailflow.intake.folding import squeeze
from mailflow.model import FieldValue, Finding
from mailflow.settings.checks_form import FormExample, FormShifted
from mailflow.settings.form import FieldSpec, FieldType

_LONGEST = 2000
_LEAST_SIGNS = 2  # one alone may be a slip in one cell
_KANJI = re.compile("[一-龥々]")
_KANA_ONLY = re.compile(r"[ぁ-ゖァ-ヺー・\s]{2,}")
_KANA = re.compile("[ぁ-ゖァ-ヺ]")
_TELEPHONE = re.compile(r"0[0-9()-]{8,14}(?:\D{0,8}[0-9]{1,6}\)?)?")


@check("form-example", needs=("current",))
def form_example(facts: Facts, rule: FormExample) -> Iterator[Finding]:
    """An address or a telephone number that is the form's own example is asked for; a name or a section, which may be somebody's,
    only beside one; sentences word for word as in the example are a person's to look at. What can't be read is `form-type`'s."""
    form, spec = facts.form, facts.form_spec
    if form is None or spec is None:
        return
    given = {
        key: value for key, field in spec.fields.items() if (value := form.fields.get(key)) and _printed(field, value)
    }
    untold = {key for key in rule.contacts if key in given}
    asked = {key for key in untold if given[key].problem is None}
    if untold:
        asked |= {key for key in rule.beside if key in given}
    for key, value in given.items():
        if key not in asked and key not in rule.prose:
            continue
        yield report(
            facts,
            rule,
            "" if key in asked else "prose",
            where=cell_of(spec.fields[key].label, value),
            found=value.raw,
            fields=(key,),
            cells=cells_of(value),
            gives={"label": spec.fields[key].label, "cell": value.cell},
        )


def _printed(field: FieldSpec, value: FieldValue) -> bool:
    """Whether the cell says what form.yaml shows as the field's example; width and spaces don't count."""
    if field.example is None or value.empty or len(str(value.raw)) > _LONGEST:
        return False
    return squeeze(str(value.raw)).casefold() == squeeze(field.example).casefold()


@check("form-shifted", needs=("current",))
def form_shifted(facts: Facts, rule: FormShifted) -> Iterator[Finding]:
    """At least two cells hold what belongs into a neighbour: a section for a name, kanji for kana, a number for an address."""
    form, spec = facts.form, facts.form_spec
    if form is None or spec is None:
        return
    wrong = {
        key: value
        for key, field in spec.fields.items()
        if (value := form.fields.get(key))
        and not value.empty
        and _of_a_neighbour(field, str(value.raw)[:_LONGEST], rule)
    }
    if len(wrong) < _LEAST_SIGNS or not {*rule.names, *rule.kana} & set(wrong):
        return  # telephone and address that changed places: `form-type` asks for both
    first = next(iter(wrong))
    yield report(
        facts,
        rule,
        where=cell_of(spec.fields[first].label, wrong[first]),
        found=[f"{spec.fields[key].label}：{value.raw}" for key, value in wrong.items()],
        fields=tuple(wrong),
        cells=tuple(cell for value in wrong.values() for cell in cells_of(value)),
        gives={"label": spec.fields[first].label, "cell": wrong[first].cell},
    )


def _of_a_neighbour(field: FieldSpec, raw: str, rule: FormShifted) -> bool:
    plain = unicodedata.normalize("NFKC", raw).strip()
    if field.key in rule.names:
        return no_answer.names_section(plain) or _TELEPHONE.fullmatch(squeeze(plain)) is not None
    if field.key in rule.kana:
        told = _KANJI.search(plain) is not None and _KANA.search(plain) is None
        return told or _TELEPHONE.fullmatch(squeeze(plain)) is not None
    if field.type is FieldType.PHONE:
        return _KANA_ONLY.fullmatch(plain) is not None or "@" in plain
    return field.type is FieldType.EMAIL and "@" not in plain and _TELEPHONE.fullmatch(squeeze(plain)) is not None
