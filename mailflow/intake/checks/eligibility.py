"""Whether the applicant and what it wants are within the call (募集要領 2(1))."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from mailflow.intake.checks.registry import cell_of, cells_of, check, report
from mailflow.intake.eligibility import Outcome, compare_index, figure, table_index, table_is_loaded
from mailflow.intake.facts import Facts
from mailflow.intake.folding import squeeze
from mailflow.intake.organizations import directory_of
from mailflow.model import PLACES, BodyKind, FieldValue, Finding
from mailflow.settings.checks import ApplicantType, FiscalIndex, Scope

_NOTHING = FieldValue(label="")
_OF_A_BODY = PLACES | {BodyKind.PREFECTURE}
_TITLE = 400  # characters of a title that are looked at
# 「庁舎と集落を結ぶネットワーク」 goes beyond the office; 「庁内ネットワークを除く」 leaves it out.
_BEYOND = re.compile(
    "(?:と|から|及び|および|や|等)[^内]{0,8}(?:結|つな|間|避難所|学校|集落|地域|住民|公民館|観光)|人材|人的|横断|公衆|公共|周辺"
)
_LEFT_OUT = re.compile("除|以外|含[まめ]|対象外|に頼|によら")


@check("applicant-type")
def applicant_type(facts: Facts, rule: ApplicantType) -> Iterator[Finding]:
    """Anyone but a prefecture or a municipality: allowed in part, so a person looks. By the form, else by the name."""
    form = facts.form
    value = form.fields.get(rule.field) if form else None
    kind = facts.understood.organization.kind
    if value is not None and value.value is not None and str(value.value) not in rule.plain:
        where, cells = cell_of(value.label, value), cells_of(value)
        yield report(facts, rule, where=where, found=value.value, fields=(rule.field,), cells=cells)
        return
    if kind is not None and kind not in _OF_A_BODY:
        yield report(facts, rule, where="団体名", found=facts.understood.organization.full_name)


@check("scope", needs=("filled",))
def scope(facts: Facts, rule: Scope) -> Iterator[Finding]:
    """The form says that work on the office's own network is part of it: outside the call, so a person looks (募集要領 2(1)).

    Where it says no such thing, but a title (`titles`) speaks of just that work: one of `places` with one of `works` right behind
    it. 「役場と集落を結ぶ地域ネットワーク」, 「庁舎内ネットワークを除く」 are none.
    """
    value = facts.form.fields.get(rule.field) if facts.form else None
    if value is not None and str(value.value) in rule.included:
        yield report(
            facts, rule, where=cell_of(value.label, value), found=value.raw, fields=(rule.field,), cells=cells_of(value)
        )
        return
    for key in rule.titles:
        title = facts.form.fields.get(key) if facts.form else None
        if title is not None and _of_the_office(str(title.raw or ""), rule):
            where = cell_of(title.label, title)
            yield report(facts, rule, "title", where=where, found=title.raw, fields=(key,), cells=cells_of(title))


def _of_the_office(title: str, rule: Scope) -> bool:
    """A place of the office's and its network in one breath, and nothing that leaves it out."""
    plain = squeeze(title[:_TITLE])
    works = "|".join(rf"(?<![A-Za-z]){re.escape(squeeze(one))}" for one in rule.works)
    for place in map(squeeze, rule.places):
        for found in re.finditer(
            rf"{re.escape(place)}([^、。]{{0,8}}?)(?:{works})([^、。]{{0,6}})", plain, re.IGNORECASE
        ):
            if not _BEYOND.search(found[1]) and not _LEFT_OUT.search(found[2]):
                return True
    return False


@check("fiscal-index", needs=("filled",))
def fiscal_index(facts: Facts, rule: FiscalIndex) -> Iterator[Finding]:
    """財政力指数 of 1 or more is outside the call; exactly 1.00 too.

    The body's own figure; for a corporation or association, that of the municipality (or else the prefecture) where it
    is. `refuse` only where the ministry's table and the form say so, or the form alone where no table is loaded.
    """
    form = facts.form
    value = form.fields.get(rule.field, _NOTHING) if form else _NOTHING
    table = table_index(facts.settings, _code(facts))
    typed = figure(value.value)
    outcome: Outcome = compare_index(
        table,
        typed,
        loaded=table_is_loaded(facts.settings),
        limit=_decimal(rule.limit),
        tolerance=_decimal(rule.tolerance),
    )
    if outcome == "fine":
        return
    variant = {"over": "", "one-side": "one_side", "differs": "differs"}[outcome]
    year = facts.settings.programme.fiscal_year_of_index
    yield report(
        facts,
        rule,
        variant,
        where=cell_of(value.label, value) if value.label else "財政力指数",
        found=typed,
        expected=table,
        fields=(rule.field,) if value.label else (),
        cells=cells_of(value),
        gives={"table": table, "table_year": f"令和{year - 2018}年度"},
    )


def _code(facts: Facts) -> str | None:
    """Whose figure counts: the body's own; else that of the municipality where it is, by the form's cell or by the place
    that its name begins with (箱根町観光公社)."""
    if not facts.body_known:
        return None
    body = facts.understood.organization
    if body.code is not None or facts.form is None:
        return body.code
    directory = directory_of(facts.settings)
    told = facts.form.text("prefecture").strip()
    prefecture = told or body.prefecture
    if named := facts.form.text("municipality").strip():
        found = directory.lookup(named, prefecture_hint=told or None)
        return found.code or (directory.lookup(named, prefecture_hint=prefecture).code if not told else None)
    place = directory.leading(body.name or "")
    if place is None or place[0].code is None or place[0].kind is BodyKind.PREFECTURE:
        return None
    return place[0].code if directory.prefecture_named(prefecture) in (None, place[0].prefecture) else None


def _decimal(number: float) -> Decimal:
    return Decimal(str(number))
