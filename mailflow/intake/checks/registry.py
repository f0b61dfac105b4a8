"""How a check is registered and how it says what it found.

`@check("subject-name", needs=("form",))` registers a generator of findings under the id that rules.yaml uses. `needs`:
what must hold for the check to mean anything; else it does not run. `report` makes one Finding: weight and words of the
configured check, filled with the mail's own values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from mailflow.intake.facts import Facts, Need
from mailflow.model import FieldValue, Finding
from mailflow.settings.check_base import Configured, OwnCheck, Shipped
from mailflow.settings.messages import fill, written

_LONGEST = 300  # characters of what was found, as shown

AnyConfigured = TypeVar("AnyConfigured", bound=Shipped)


@dataclass(frozen=True, slots=True)
class Entry:
    function: Callable[[Facts, Any], Iterator[Finding]]
    needs: tuple[Need, ...]


REGISTRY: dict[str, Entry] = {}


def check(
    name: str, needs: tuple[Need, ...] = ()
) -> Callable[
    [Callable[[Facts, AnyConfigured], Iterator[Finding]]], Callable[[Facts, AnyConfigured], Iterator[Finding]]
]:
    """Register a check under its id. An id twice is a mistake of ours: ValueError at import."""

    def register(
        function: Callable[[Facts, AnyConfigured], Iterator[Finding]],
    ) -> Callable[[Facts, AnyConfigured], Iterator[Finding]]:
        if name in REGISTRY:
            raise ValueError(f"two checks called {name}")
        REGISTRY[name] = Entry(function, needs)
        return function

    return register


def run(facts: Facts, rule: Configured) -> tuple[Finding, ...]:
    """The findings of one configured check; () where what it needs does not hold."""
    if isinstance(rule, OwnCheck):
        return _own(facts, rule)
    entry = REGISTRY[rule.name]
    if not all(facts.has(need) for need in entry.needs):
        return ()
    return tuple(entry.function(facts, rule))


def unmet(facts: Facts, rule: Configured) -> Need | None:
    """What a check needs and this mail lacks, so that it doesn't run; None where it runs."""
    entry = REGISTRY.get(rule.name)
    return next((need for need in entry.needs if not facts.has(need)), None) if entry is not None else None


def _own(facts: Facts, rule: OwnCheck) -> tuple[Finding, ...]:
    """An operator's check: its condition holds or it doesn't (a value that is missing makes no condition hold)."""
    expression = facts.settings.rules.expression(rule.when, facts.settings.form)
    if not expression.evaluate(facts.context()):
        return ()
    found = fill(rule.found, facts.context()) if rule.found else None
    value = facts.form.fields.get(rule.field) if facts.form and rule.field else None
    if value is None or rule.field is None:
        return (report(facts, rule, where="メール全体", found=found or None),)
    return (
        report(
            facts, rule, where=cell_of(value.label, value), found=found or value.raw, fields=(rule.field,),
            cells=cells_of(value),
        ),
    )  # fmt: skip


def report(
    facts: Facts,
    rule: Configured,
    variant: str = "",
    *,
    where: str,
    found: Any = None,
    expected: Any = None,
    example: str | None = None,
    words: str | None = None,
    fields: tuple[str, ...] = (),
    cells: tuple[str, ...] = (),
    files: tuple[str, ...] = (),
    gives: Mapping[str, Any] | None = None,
) -> Finding:
    """One finding. `words`: a message that takes the place of the configured one; `gives`: more values for it."""
    shown, wanted = _shown(found), _shown(expected)
    place = rule.where or where
    values: dict[str, Any] = {**facts.context(), "found": shown, "expected": wanted, "where": place, **(gives or {})}
    sample = example or (fill(rule.example, values) if rule.example else None)
    values["example"] = sample
    return Finding(
        check=rule.name,
        severity=rule.weight(variant),
        where=place,
        found=shown,
        expected=wanted,
        message=fill(words or rule.words(variant), values),
        clause=rule.clause,
        example=sample,
        fields=fields,
        cells=cells,
        files=files,
    )


def cell_of(label: str, value: FieldValue) -> str:
    """「連絡先の電話番号（応募様式!D14）」; the label alone where no cell was found."""
    return f"{label}（{value.cell}）" if value.cell else label


def cells_of(value: FieldValue) -> tuple[str, ...]:
    return (value.cell,) if value.cell else ()


def _shown(value: Any) -> str | None:
    """As it is shown: one line, bounded; None for nothing."""
    if value is None:
        return None
    text = " ".join(written(value).split())
    return (text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…") or None
