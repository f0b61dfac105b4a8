"""The bureau in charge reads along where the letter's policy says so (`cc_bureau`; DESIGN §5 "To and Cc"), and the one that sent an
officer's mail on (situations row 2). Pure.

In: the verdict, the letter's template, Settings. Out: the bureau's addresses as parties.yaml has them, () where there are none,
where the body isn't known for certain, or where the mail is a stranger's: what he wrote of a town is no bureau's matter yet.
"""

from __future__ import annotations

from mailflow.model import Address, Outcome, Resolved, Verdict
from mailflow.settings.settings import Settings

CERTAIN = frozenset({Resolved.EXACT, Resolved.VARIANT})


def bureau_copy(verdict: Verdict, template: str, settings: Settings) -> tuple[Address, ...]:
    """Who of the bureau gets a copy of this letter."""
    body, known = verdict.understood.organization, verdict.known
    sent_on = () if verdict.understood.sent_on_by is None or known.claim else (verdict.understood.sent_on_by,)
    if (
        not settings.file.approval.for_template(template).cc_bureau
        or known.claim
        or not known.party
        or body.resolved not in CERTAIN
    ):
        return sent_on
    return sent_on + tuple(
        Address(name=party.name, address=address)
        for party in settings.parties.parties
        if party.kind == "bureau" and party.name == body.bureau
        for address in party.addresses
    )


def reads_along(outcome: Outcome, settings: Settings) -> tuple[Address, ...]:
    """Those that the letters of this outcome name: they become parties of the case, to be written to, nothing more."""
    found = {one.key: one for draft in outcome.drafts for one in bureau_copy(outcome.verdict, draft.template, settings)}
    named = {one.key for draft in outcome.drafts for one in draft.cc}
    return tuple(one for key, one in found.items() if key in named)
