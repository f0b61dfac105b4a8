"""What else the mail asks for: nothing asked gets lost (DESIGN §3)."""

from __future__ import annotations

from collections.abc import Iterator

from mailflow.intake.checks.registry import cell_of, cells_of, check, report
from mailflow.intake.facts import Facts
from mailflow.intake.intents import intents
from mailflow.model import Finding, Intent
from mailflow.settings.checks import AlsoAsks

# A form tells of its plan in the same words in which a mail wishes for a talk.
_IN_A_FORM = frozenset({Intent.ASK, Intent.WITHDRAW, Intent.EXTENSION, Intent.CONTACT_CHANGE})


@check("also-asks")
def also_asks(facts: Facts, rule: AlsoAsks) -> Iterator[Finding]:
    """The new text also wants something that the rule which decided does not handle; `form`: a cell of the form does."""
    decided = facts.settings.rules.rule(facts.understood.rule)
    handled = frozenset(decided.handles) if decided else frozenset[Intent]()
    wanted = facts.understood.intents
    if facts.understood.request is not None:  # read out of words that name no talk
        wanted |= {Intent.CONSULT}
    asked = [name for intent, name in rule.names.items() if intent in wanted - handled]
    if asked:
        yield report(facts, rule, where="本文", found=asked, gives={"asked": asked})
    form = facts.form if facts.has("current") else None
    for key in rule.fields if form is not None else ():
        value = form.fields.get(key) if form is not None else None
        if value is None or value.empty:
            continue
        if key in facts.told_before:
            continue
        told = (intents(None, str(value.raw)) & _IN_A_FORM) - handled
        asked = [name for intent, name in rule.names.items() if intent in told]
        if asked:
            yield report(
                facts,
                rule,
                "form",
                where=cell_of(value.label, value),
                found=value.raw,
                fields=(key,),
                cells=cells_of(value),
                gives={"asked": asked},
            )
