"""Which body applies, and do all sources name the same one (DESIGN §4 "Organizations", 募集要領 2(2))?"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from mailflow.intake.checks.registry import check, report
from mailflow.intake.facts import Facts
from mailflow.model import Finding, Organization, Resolved
from mailflow.settings.checks import OrganizationAgrees, OrganizationKnown

_SURE = (Resolved.EXACT, Resolved.VARIANT)


@check("organization-known")
def organization_known(facts: Facts, rule: OrganizationKnown) -> Iterator[Finding]:
    """The body was found without doubt. A name that is like others, or is in several prefectures, is never guessed.

    A ward of a designated city stands for its city: a person looks.
    """
    body = facts.understood.organization
    if body.resolved is Resolved.NONE:
        yield report(facts, rule, where="団体名", found=body.written)
    elif body.resolved is Resolved.SUGGESTION:
        yield report(
            facts, rule, "suggestion", where="団体名", found=body.written, gives={"suggestions": body.suggestions[:10]}
        )
    elif body.ward is not None:
        yield report(facts, rule, "ward", where="団体名", found=body.written or body.ward, expected=body.full_name)


@check("organization-agrees")
def organization_agrees(facts: Facts, rule: OrganizationAgrees) -> Iterator[Finding]:
    """Form, subject and file name speak of one body. The form's is reported; the mail joins no case by itself.

    The sender's domain is `sender-domain`'s. A body outside the code list beside a municipality is no contradiction:
    a corporation writes its town into the subject.
    """
    named = contradiction(facts)
    if named:
        found = [f"{source}：{body.full_name}" for source, body in named]
        yield report(facts, rule, where="団体名", found=found, expected=facts.understood.organization.full_name)


def contradiction(facts: Facts) -> tuple[tuple[str, Organization], ...]:
    """The sources that speak of different bodies, () where they agree."""
    naming = facts.understood.naming
    sources = (("応募様式", naming.form), ("件名", naming.subject), ("ファイル名", naming.attachment))
    sure = tuple((source, body) for source, body in sources if body.resolved in _SURE)
    for index, (_, one) in enumerate(sure):
        if any(_differ(one, other) for _, other in sure[index + 1 :]):
            return sure
    return ()


def _differ(one: Organization, other: Organization) -> bool:
    if one.code is not None and other.code is not None:
        return one.code != other.code
    if one.code is None and other.code is None:
        a, b = _folded(one), _folded(other)
        return not (a in b or b in a)
    return False


def _folded(body: Organization) -> str:
    return "".join(unicodedata.normalize("NFKC", body.name or "").casefold().split())
