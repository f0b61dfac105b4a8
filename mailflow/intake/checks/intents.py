"""What else the mail asks for: nothing asked gets lost (DESIGN §3)."""

from __future__ import annotations

from collections.abc import Iterator

from mailflow.intake.checks.registry import check, report
from mailflow.intake.facts import Facts
from mailflow.model import Finding, Intent
from mailflow.settings.checks import AlsoAsks


@check("also-asks")
def also_asks(facts: Facts, rule: AlsoAsks) -> Iterator[Finding]:
    """The new text also wants something that the rule which decided does not handle."""
    decided = facts.settings.rules.rule(facts.understood.rule)
    handled = frozenset(decided.handles) if decided else frozenset[Intent]()
    wanted = facts.understood.intents
    if facts.understood.request is not None:  # read out of words that name no talk
        wanted |= {Intent.CONSULT}
    asked = [name for intent, name in rule.names.items() if intent in wanted - handled]
    if asked:
        yield report(facts, rule, where="本文", found=asked, gives={"asked": asked})
