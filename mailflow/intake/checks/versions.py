"""A form that follows another one of the same case (DESIGN §4, "The case")."""

from __future__ import annotations

from collections.abc import Iterator
from unicodedata import normalize

from mailflow.intake.checks.registry import check, report
from mailflow.intake.facts import Facts
from mailflow.model import CaseState, Finding, FormData, Intent, Severity, Version
from mailflow.settings.checks import Duplicate, VersionReplaces

_REQUESTS = frozenset({"fix-request", "reminder"})


def same_content(facts: Facts) -> Version | None:
    """The newest known version that counts with the very content of this form; none in a case that was withdrawn."""
    form = facts.form
    if form is None or not form.fingerprint or facts.known.case_state is CaseState.WITHDRAWN:
        return None
    return next((v for v in reversed(facts.known.versions) if v.counted and v.fingerprint == form.fingerprint), None)


def stays_in_force(facts: Facts) -> bool:
    """The form is the version that counts once more: none came since, not even one that waits for a person, and nothing
    of it is still to be corrected."""
    same = same_content(facts)
    return same is not None and same == facts.known.versions[-1] and not same.open_fix


def is_duplicate(facts: Facts) -> bool:
    """The form brings nothing new: no version, no letter. Our own marked copy, corrected, does bring something."""
    return facts.form is not None and (facts.known.duplicate_of is not None or same_content(facts) is not None)


@check("duplicate", needs=("form",))
def duplicate(facts: Facts, rule: Duplicate) -> Iterator[Finding]:
    """The same content again (a reply that still carries the file, a second sending): a `note`.

    `review` where the mail says that it replaces something, and the content is that of an older version; and where it
    seems to bring the correction that we asked for, and nothing is corrected: its sender believes to have answered.
    """
    if not is_duplicate(facts):
        return
    before = same_content(facts)
    newest = facts.known.versions[-1] if facts.known.versions else None
    older = before is not None and newest is not None and before.fingerprint != newest.fingerprint
    variant = ""
    if older and Intent.REPLACE in facts.understood.intents:
        variant = "older"
    elif _believes_corrected(facts):
        variant = "unchanged"
    found = f"第{before.number}版と同じ内容" if before else None
    yield report(facts, rule, variant, where="応募様式", found=found)


def _believes_corrected(facts: Facts) -> bool:
    """Points of ours are open, and the mail answers the letter that asked, or says that it replaces."""
    current, answers = facts.known.current, facts.known.answers
    if current is None or not any(one.severity is Severity.FIX for one in current.findings):
        return False
    asked = any(one.template in _REQUESTS and one.sent_at is not None for one in facts.known.letters)
    return asked and (
        Intent.REPLACE in facts.understood.intents or (answers is not None and answers.template in _REQUESTS)
    )


@check("version-replaces", needs=("filled",))
def version_replaces(facts: Facts, rule: VersionReplaces) -> Iterator[Finding]:
    """A newer form replaces a complete one only if the mail says so or answers our request; else a person says.

    Also where the newer form has fewer filled cells than the complete one: it may be the wrong file. And where it is of
    another section and another officer of the same body, complete or not, whatever the mail says: the newest doesn't win
    over another department (situations row 45). After a withdrawal no form counts by itself, whatever is in it.
    """
    if facts.known.case_state is CaseState.WITHDRAWN and facts.known.versions and not is_duplicate(facts):
        yield report(facts, rule, "withdrawn", where="応募様式", found=facts.form.filename if facts.form else None)
        return
    if (other := another_section(facts)) is not None and not is_duplicate(facts):
        yield report(facts, rule, "section", where="応募様式", found=other)
        return
    complete = [v for v in facts.known.versions if v.complete and v.counted]
    if not complete or facts.form is None or is_duplicate(facts):
        return
    last = complete[-1]
    answered = facts.known.answers is not None and facts.known.answers.template in rule.requests
    if not (Intent.REPLACE in facts.understood.intents or answered):
        yield report(facts, rule, where="応募様式", found=f"第{last.number}版は完成しています")
    elif filled_cells(facts.form) < last.filled:
        yield report(
            facts,
            rule,
            "fewer",
            where="応募様式",
            found=f"{filled_cells(facts.form)}欄（第{last.number}版は{last.filled}欄）",
        )


def another_section(facts: Facts) -> str | None:
    """The other section's name, where the form is its and names another contact than the version that counts. An answer to
    a letter of ours is the same application, whoever it names."""
    current, form = facts.known.current, facts.form
    if current is None or form is None or facts.known.answers is not None:
        return None
    before, now = current.form, form
    sections = [_plain(one.text("department")) for one in (before, now)]
    contacts = [_plain(one.text("contact_email")) for one in (before, now)]
    other = all(sections) and all(contacts) and sections[0] != sections[1] and contacts[0] != contacts[1]
    return now.text("department") if other else None


def _plain(text: str) -> str:
    return "".join(normalize("NFKC", text).casefold().split())


def filled_cells(form: FormData) -> int:
    return sum(not value.empty for value in form.fields.values())
