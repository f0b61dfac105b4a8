"""Who writes: a known sender that is no applicant (parties.yaml), and how a sender's domain fits the body (DESIGN §3, §4).

Pure; never raises on what a header says. A From line proves nothing: these are facts for rules, no permissions.
"""

from __future__ import annotations

from collections.abc import Iterable

from mailflow.intake.folding import fold
from mailflow.intake.organizations import Directory
from mailflow.model import Address, Mail, Organization, Party
from mailflow.settings.models import KnownParty
from mailflow.settings.settings import Settings

BODY, OTHER_BODY, UNLISTED_LG, FREE, UNLISTED = "body", "other-body", "unlisted-lg", "free", "unlisted"


def known_sender(mail: Mail, settings: Settings) -> Party | None:
    """The party of parties.yaml that sent this mail. A whole address outranks a domain; then their order in the file.
    One with a `subject` fits only a subject that has it."""
    if mail.sender is None:
        return None
    fitting = [(_fit(one, mail.sender, mail.subject or ""), one) for one in settings.parties.parties]
    best = max(fitting, key=lambda pair: pair[0], default=(0, None))
    rank, party = best
    return Party(id=party.id, kind=party.kind, name=party.name) if party is not None and rank else None


def _fit(party: KnownParty, sender: Address, subject: str) -> int:
    """0: another sender; 1: its domain; 2: its address."""
    if party.subject is not None and fold(party.subject) not in fold(subject[:1000]):
        return 0
    if any(sender.key == address.strip().casefold() for address in party.addresses):
        return 2
    return 1 if below_any(sender.domain, party.domains) else 0


def sender_class(address: Address | None, organization: Organization, directory: Directory, settings: Settings) -> str:
    """`body`: the domain is the organization's; `other-body`: another one's; `unlisted-lg`: of some local government
    (below lg.jp, or one that only they may have in the organization's prefecture: a former town's); `free`: anybody's; `unlisted`: not known."""
    if address is None or not address.domain:
        return UNLISTED
    owners = directory.codes_of_domain(address.domain)
    if owners:
        return BODY if organization.code in owners else OTHER_BODY
    reserved = directory.reserved_in(address.domain)
    if below_any(address.domain, ("lg.jp",)) or (reserved is not None and reserved == organization.prefecture):
        return UNLISTED_LG
    return FREE if below_any(address.domain, settings.parties.free_mail) else UNLISTED


def below_any(host: str, domains: Iterable[str]) -> bool:
    """`host` is one of `domains` or a subdomain of one."""
    host = host.casefold().strip(".")
    wanted = (domain.strip().strip(".@").casefold() for domain in domains)
    return any(host == domain or host.endswith(f".{domain}") for domain in wanted if domain)
