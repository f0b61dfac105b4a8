"""Which body applies, and do all sources name the same one (DESIGN §4 "Organizations", 募集要領 2(2))?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from mailflow.intake.checks.registry import check, report
from mailflow.intake.facts import Facts
from mailflow.intake.folding import squeeze
from mailflow.intake.naming import bodies_named
from mailflow.intake.organizations import directory_of
from mailflow.intake.sentences import sentences
from mailflow.intake.understand import named_beside
from mailflow.model import NO_ORGANIZATION, Finding, FormData, Organization, Resolved
from mailflow.numbering import fold_name
from mailflow.settings.checks import OrganizationAgrees, OrganizationKnown

_SURE = (Resolved.EXACT, Resolved.VARIANT)
_TOGETHER = re.compile(r"(?:共同|連名|合同|連携)(?:で|による|での|して)?の?(?:応募|申請|提案|提出)")


@check("organization-known")
def organization_known(facts: Facts, rule: OrganizationKnown) -> Iterator[Finding]:
    """The body was found without doubt (募集要領 2(2)). A name that is like others, or is in several prefectures, is never
    guessed: `suggestion` shows the candidates.

    `ward`: a ward of a designated city stands for its city, in the form, the subject or the file's name. `joint`: two bodies in one mail, or one and others. A person
    looks at both, and splits the latter.
    """
    body = facts.understood.organization
    if together := joint(facts):
        yield report(facts, rule, "joint", where="団体名", found=together)
    if body.resolved is Resolved.NONE:
        yield report(facts, rule, where="団体名", found=body.written)
    elif body.resolved is Resolved.SUGGESTION and not together:
        yield report(
            facts,
            rule,
            "suggestion",
            where="団体名",
            found=body.written,
            words=rule.message_one if len(body.suggestions) == 1 else None,
            gives={"suggestions": body.suggestions[:10]},
        )
    elif (ward := _ward(facts)) is not None:
        where, written = ward
        yield report(facts, rule, "ward", where=where, found=written, expected=body.full_name)


def _ward(facts: Facts) -> tuple[str, str] | None:
    """Where a ward of the body's was named, and how: whoever says so, also beside a form in the city's name."""
    body, naming = facts.understood.organization, facts.understood.naming
    if body.ward is not None:
        return "団体名", body.written or body.ward
    for where, named in (("件名", naming.subject), ("ファイル名", naming.attachment)):
        if named.ward is not None and named.code is not None and named.code == body.code:
            return where, named.written or named.ward
    return None


def joint(facts: Facts) -> tuple[str, ...]:
    """The bodies that the mail names together, in a bracket, in a cell or in words; () where it speaks for one."""
    form, directory = facts.form, directory_of(facts.settings)
    cells = [form.text(key) for key in ("organization_name", "municipality")] if form else []
    named = (
        bodies_named(facts.mail.subject, facts.settings),
        bodies_named(form.filename if form else None, facts.settings),
        *(directory.joint(cell) for cell in cells),
        tuple(one[:80] for one in sentences(facts.mail.new_text)[:200] if _TOGETHER.search(one))[:1],
    )
    return next((one for one in named if one), ())


@check("organization-agrees")
def organization_agrees(facts: Facts, rule: OrganizationAgrees) -> Iterator[Finding]:
    """Form (its name, its code), subject and file name speak of one body (DESIGN §4). The form's is reported; the mail
    joins no case by itself.

    The sender's domain is `sender-domain`'s. A body outside the code list beside a municipality is no contradiction:
    a corporation writes its town into the subject.
    """
    named = contradiction(facts)
    if named:
        found = [f"{source}：{body.full_name or body.written}" for source, body in named]
        yield report(facts, rule, where="団体名", found=found, expected=facts.understood.organization.full_name)


def contradiction(facts: Facts) -> tuple[tuple[str, Organization], ...]:
    """The sources that speak of different bodies, () where they agree."""
    naming, form = facts.understood.naming, facts.form
    sources = [("応募様式", naming.form), ("件名", naming.subject), ("ファイル名", naming.attachment)]
    if form is not None:
        sources[1:1] = named_beside(form, directory_of(facts.settings))
        if other := _other_prefecture(facts, form):
            return other
    told = tuple((source, body) for source, body in sources if body.resolved in _SURE or _homonym(body))
    for index, (_, one) in enumerate(told):
        others = tuple(named for named in told[index + 1 :] if _differ(one, named[1]))
        if others:
            return (told[index], *others)
    return ()


def _other_prefecture(facts: Facts, form: FormData) -> tuple[tuple[str, Organization], ...]:
    """The form names a prefecture in which its municipality isn't: a code or a domain may have settled which is meant, and not
    which of the two is wrong. Only of the code list: a union or a corporation may sit elsewhere."""
    body, directory = facts.understood.organization, directory_of(facts.settings)
    corrected = facts.known.corrected
    if body.code is None or (corrected is not None and corrected.organization is not None):
        return ()  # a person has said which body it is
    for key in ("prefecture", "organization_name"):
        text = form.text(key).strip()
        named = directory.prefecture_named(text) if key == "prefecture" else None  # 「福島」 is a town's name too
        told = named or directory.prefecture_before(text)
        if told is not None and told != body.prefecture:
            label = form.fields[key].label
            return ((f"応募様式の{label}", replace(NO_ORGANIZATION, written=text)), ("団体コードなど", body))
    return ()


def _homonym(body: Organization) -> bool:
    """A name in full of which only the prefecture is open: 「府中市」."""
    written = squeeze(body.written or "")
    return bool(written and body.suggestions) and all(squeeze(one).endswith(written) for one in body.suggestions)


def _differ(one: Organization, other: Organization) -> bool:
    if one.suggestions or other.suggestions:
        names, others = (body.suggestions or (body.full_name,) for body in (one, other))
        known = all(body.suggestions or body.code is not None for body in (one, other))
        return known and not set(names) & set(others)
    if one.code is not None and other.code is not None:
        return one.code != other.code
    if one.code is None and other.code is None:
        a, b = fold_name(one.name or ""), fold_name(other.name or "")
        return not (a in b or b in a)
    return False
