"""What a file of tests says that the configuration contradicts: rules, checks, letters, fields that aren't there.

A test that names what doesn't exist could pass for ever (`no_findings: [form-compleet]`), so it is an error. In:
CasesFile, Settings. Out: Troubles by their path in the file. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from rapidfuzz import fuzz, process

from mailflow.settings.cases import (
    BookedSlot,
    CasesFile,
    Expect,
    KnownFacts,
    TakenSeat,
    TestMail,
    Values,
    mails_of,
)
from mailflow.settings.problems import Path, Trouble
from mailflow.settings.settings import Settings
from mailflow.settings.templates import letters

# Findings that no check of rules.yaml makes: a person looks first, junk, a check that broke off (`intake.judge`).
BUILT_IN = ("look", "junk", "check-failed")
_DEADLINE = "deadline"


def troubles(cases: CasesFile, settings: Settings) -> Iterator[Trouble]:
    """Everything, in the order of the file."""
    yield from _values(cases.defaults.form, ("defaults", "form"), settings)
    for index, case in enumerate(cases.cases):
        at: Path = ("cases", index)
        for path, mail in mails_of(case):
            yield from _mail(mail, (*at, *path), settings)
        yield from _known(case.known, (*at, "known"), settings)
        yield from _expect(case.expect, (*at, "expect"), settings)


def _near(name: str, known: Collection[str]) -> str:
    best = process.extractOne(name, tuple(known), scorer=fuzz.ratio, score_cutoff=60)
    if best:
        return f"`{best[0]}` ではありませんか"
    return "書けるもの: " + "、".join(sorted(known)[:40])


def _must_be(name: str, known: Collection[str], what: str, path: Path, *, key: bool = False) -> Iterator[Trouble]:
    if name not in known:
        yield Trouble(path, f"`{name}` という{what}はありません", _near(name, known), key=key)


def _fields(settings: Settings) -> set[str]:
    return {key for spec in settings.form.forms for key in spec.fields}


def _values(values: Values, path: Path, settings: Settings) -> Iterator[Trouble]:
    known = _fields(settings)
    for key in values:
        yield from _must_be(key, known, "項目（form.yaml の key）", (*path, key), key=True)


def _mail(mail: TestMail, path: Path, settings: Settings) -> Iterator[Trouble]:
    if mail.form is not None:
        yield from _values(mail.form, (*path, "form"), settings)
    for place, file in enumerate(mail.files):
        if file.form is not None:
            yield from _values(file.form, (*path, "files", place, "form"), settings)
    if mail.answers is not None:
        yield from _must_be(mail.answers, letters(settings.templates), "ひな形", (*path, "answers"))


def _known(known: KnownFacts, path: Path, settings: Settings) -> Iterator[Trouble]:
    checks = {check.name for check in settings.rules.checks}
    for place, one in enumerate(known.exceptions):
        if one.what != _DEADLINE:
            wanted = {f"check:{name}" for name in checks} | {_DEADLINE}
            yield from _must_be(one.what, wanted, "例外", (*path, "exceptions", place, "what"))
    hosts = {host.id for host in settings.consultation.hosts}
    both: tuple[tuple[str, tuple[BookedSlot | TakenSeat, ...]], ...] = (
        ("bookings", known.bookings),
        ("taken", known.taken),
    )
    for key, seats in both:
        for place, seat in enumerate(seats):
            if seat.host is not None:
                yield from _must_be(seat.host, hosts, "担当", (*path, key, place, "host"))
            elif not hosts:
                yield Trouble((*path, key, place), "consultation.yaml に担当（hosts）がいません")
    if known.offer and not hosts:
        yield Trouble((*path, "offer"), "consultation.yaml に担当（hosts）がいません", key=True)


def _expect(expect: Expect, path: Path, settings: Settings) -> Iterator[Trouble]:
    rules = settings.rules
    if expect.rule is not None:
        yield from _must_be(expect.rule, {rule.id for rule in rules.rules}, "規則", (*path, "rule"))
    if expect.label is not None:
        labels = {rule.label for rule in rules.rules if rule.label is not None}
        yield from _must_be(expect.label, labels, "見出し（規則の label）", (*path, "label"))
    if expect.form is not None:
        yield from _values(expect.form, (*path, "form"), settings)
    if expect.template is not None:
        yield from _must_be(expect.template, letters(settings.templates), "ひな形", (*path, "template"))
    checks = {*(check.name for check in rules.checks), *BUILT_IN}
    fields = _fields(settings)
    for place, finding in enumerate(expect.findings or ()):
        at = (*path, "findings", place)
        yield from _must_be(finding.check, checks, "検査", (*at, "check"))
        if finding.field is not None:
            yield from _must_be(finding.field, fields, "項目（form.yaml の key）", (*at, "field"))
    for place, name in enumerate(expect.no_findings or ()):
        at = (*path, "no_findings", place)
        yield from _must_be(name, checks, "検査", at)
        if any(one.check == name for one in expect.findings or ()):
            yield Trouble(at, f"`{name}` は、findings（あるはず）にも書かれています", "どちらかを消してください")
    for place, action in enumerate(expect.no_actions or ()):
        if action in (expect.actions or ()):
            at = (*path, "no_actions", place)
            yield Trouble(at, f"`{action}` は、actions（あるはず）にも書かれています", "どちらかを消してください")
