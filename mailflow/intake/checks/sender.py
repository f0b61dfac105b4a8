"""Who sent it: a domain is a hint and never a proof (DESIGN §4, data/README)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailflow.intake.checks.registry import check, report
from mailflow.intake.facts import Facts
from mailflow.intake.organizations import directory_of
from mailflow.model import Finding, Intent
from mailflow.settings.checks import SenderAuthentic, SenderDomain, SenderParty, SenderReplyTo

_FOR_ANOTHER = re.compile(
    r"代行|代理(?:で|として|にて|提出|申請|応募)|(?:様|さま)(?:に|の)?(?:代わ|かわ)(?:り|っ)|委託を?(?:受け|いただ)|様の(?:ご)?応募"
)
_VARIANTS = {"free": "free", "other-body": "other_body", "unlisted": "", "unlisted-lg": ""}


@check("sender-domain")
def sender_domain(facts: Facts, rule: SenderDomain) -> Iterator[Finding]:
    """The sender's domain is the body's. Free mail and another body's domain: `review`; unlisted: `note`.

    `agent`: nobody's domain, while the form's own contact is at the body's: whoever sends it is not the body (a vendor by
    order), and the person who looks writes to the body. An address that is already a party of the case is not asked again.
    A mail without From can't be answered: `review`.
    """
    writer = facts.understood.writer  # of a mail that a bureau sent on: asked after like any other sender
    sender = writer or facts.mail.sender
    if sender is None or "@" not in sender.address:
        yield report(facts, rule, "nobody", where="差出人", found=sender.address if sender else None)
        return
    if writer is None and (facts.sender_accepted or facts.understood.known_sender is not None):
        return
    variant = _VARIANTS.get(facts.understood.sender_class)
    if facts.understood.sender_class == "unlisted" and (_by_order(facts) or _contact_is_the_bodys(facts)):
        variant = "agent"
    if variant is not None:
        yield report(facts, rule, variant, where="差出人", found=sender.address)


def _by_order(facts: Facts) -> bool:
    """The mail says that it is sent for somebody else."""
    return facts.form is not None and _FOR_ANOTHER.search(facts.mail.new_text[:5_000]) is not None


def _contact_is_the_bodys(facts: Facts) -> bool:
    form, body = facts.form, facts.understood.organization
    domain = form.text("contact_email").strip().rpartition("@")[2].casefold() if form else ""
    return bool(domain) and body.code in directory_of(facts.settings).codes_of_domain(domain)


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


@check("sender-reply-to")
def sender_reply_to(facts: Facts, rule: SenderReplyTo) -> Iterator[Finding]:
    """The mail wants its answer at another body's or nobody's domain (DESIGN §5 "To and Cc"): the letter goes to the sender
    all the same, and a person says which. Two domains of one body are one."""
    sender = facts.mail.sender
    if sender is None or facts.understood.known_sender is not None or facts.mail.machine is not None:
        return
    directory = directory_of(facts.settings)
    own = set(directory.codes_of_domain(sender.domain))
    elsewhere = [
        one.address
        for one in facts.mail.reply_to
        if one.domain != sender.domain and not own.intersection(directory.codes_of_domain(one.domain))
    ]
    if elsewhere:
        yield report(facts, rule, where="返信先（Reply-To）", found=elsewhere[:5])


@check("sender-party")
def sender_party(facts: Facts, rule: SenderParty) -> Iterator[Finding]:
    """The body has a case and the sender is no party of it: a claim, kept there, counted never by itself (DESIGN §4).

    Also where nobody ties its only writer to the body: what such a one replaces or withdraws, a person sees.
    """
    changes = bool(facts.understood.forms) or Intent.WITHDRAW in facts.understood.intents
    unsure = facts.known.untied and bool(facts.known.versions) and changes
    if facts.known.claim or not facts.known.party or unsure:
        sender = facts.understood.writer or facts.mail.sender
        yield report(facts, rule, where="差出人", found=sender.address if sender else None)
