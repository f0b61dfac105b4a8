"""Who sent it: a domain is a hint and never a proof (DESIGN §4, data/README)."""

from __future__ import annotations

from collections.abc import Iterator

from mailflow.intake.checks.registry import check, report
from mailflow.intake.facts import Facts
from mailflow.model import Finding, Intent
from mailflow.settings.checks import SenderAuthentic, SenderDomain, SenderParty

_VARIANTS = {"free": "free", "other-body": "other_body", "unlisted": "", "unlisted-lg": ""}


@check("sender-domain")
def sender_domain(facts: Facts, rule: SenderDomain) -> Iterator[Finding]:
    """The sender's domain is the body's. Free mail and another body's domain: `review`; unlisted: `note`.

    An address that is already a party of the case is not asked again. A mail without From can't be answered: `review`.
    """
    sender = facts.mail.sender
    if sender is None or "@" not in sender.address:
        yield report(facts, rule, "nobody", where="差出人", found=sender.address if sender else None)
        return
    if facts.sender_accepted or facts.understood.known_sender is not None:
        return
    variant = _VARIANTS.get(facts.understood.sender_class)
    if variant is not None:
        yield report(facts, rule, variant, where="差出人", found=sender.address)


@check("sender-authentic")
def sender_authentic(facts: Facts, rule: SenderAuthentic) -> Iterator[Finding]:
    """Our own server says that the sender is not who it claims to be (only on an explicit failure), or the mail names two
    senders (RFC 5322 §3.6 has one From): servers and people may see different ones."""
    authentication = facts.mail.authentication
    if authentication.failed:
        said = [f"{method}={result}" for method, result in sorted(authentication.results.items())]
        yield report(facts, rule, where="差出人の認証", found=said)
    if "several-from" in facts.mail.defects:
        sender = facts.mail.sender
        yield report(facts, rule, "several", where="差出人", found=sender.address if sender else None)


@check("sender-party")
def sender_party(facts: Facts, rule: SenderParty) -> Iterator[Finding]:
    """The body has a case and the sender is no party of it: a claim, kept there, counted never by itself (DESIGN §4).

    Also where nobody ties its only writer to the body: what such a one replaces or withdraws, a person sees.
    """
    changes = bool(facts.understood.forms) or Intent.WITHDRAW in facts.understood.intents
    unsure = facts.known.untied and bool(facts.known.versions) and changes
    if facts.known.claim or not facts.known.party or unsure:
        sender = facts.mail.sender
        yield report(facts, rule, where="差出人", found=sender.address if sender else None)
