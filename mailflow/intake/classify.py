"""Which mail is what: rules.yaml from top to bottom, the first whose `when` holds (DESIGN §3).

In: Facts. Out: the same Understood with `kind`, `label` and `rule`. Conditions never raise, so neither does this. A mail
that no rule takes is `unknown` without a rule: the judge shows it to a person.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from mailflow.intake.facts import Facts
from mailflow.model import Kind, Understood
from mailflow.settings.rules import Rule


@dataclass(frozen=True, slots=True)
class RuleTrace:
    """What one rule said. `values`: each part of its condition with its value; `because`: those that decided. Both are ()
    for rules below the one that held. `lacking`: how many of its joined conditions failed, of how many."""

    rule: str
    description: str
    when: str
    held: bool
    reached: bool
    values: tuple[tuple[str, Any], ...] = ()
    because: tuple[tuple[str, Any], ...] = ()
    lacking: tuple[int, int] = (0, 0)
    kind: str = ""


def classify(facts: Facts) -> Understood:
    """What the mail is: by the rule that a person named for it, else by the first that holds."""
    told = facts.known.corrected.rule if facts.known.corrected is not None else None
    if (named := facts.settings.rules.rule(told)) is not None:
        return replace(facts.understood, kind=named.kind, label=named.label, rule=named.id)
    for rule in facts.settings.rules.rules:
        if holds(rule, facts):
            return replace(facts.understood, kind=rule.kind, label=rule.label, rule=rule.id)
    return replace(facts.understood, kind=Kind.UNKNOWN, label=None, rule=None)


def holds(rule: Rule, facts: Facts) -> bool:
    expression = facts.settings.rules.expression(rule.when, facts.settings.form)
    return bool(expression.evaluate(facts.context()))


def explain(facts: Facts) -> tuple[RuleTrace, ...]:
    """Every rule in its order, with the values of its condition as far as it was asked."""
    traces: list[RuleTrace] = []
    decided = False
    for rule in facts.settings.rules.rules:
        if decided:
            traces.append(RuleTrace(rule.id, rule.description, rule.when, held=False, reached=False))
            continue
        expression = facts.settings.rules.expression(rule.when, facts.settings.form)
        decided = bool(expression.evaluate(facts.context()))
        traces.append(
            RuleTrace(
                rule.id,
                rule.description,
                rule.when,
                held=decided,
                reached=True,
                values=expression.trace(facts.context()),
                because=expression.because(facts.context()),
                lacking=expression.lacking(facts.context()),
                kind=str(rule.kind),
            )
        )
    return tuple(traces)


def asked(rule: Rule, facts: Facts) -> tuple[bool, tuple[tuple[str, Any], ...]]:
    """Whether a rule would hold, were it reached, and the parts that decide."""
    expression = facts.settings.rules.expression(rule.when, facts.settings.form)
    return bool(expression.evaluate(facts.context())), expression.because(facts.context())
