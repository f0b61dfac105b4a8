"""What another configuration would make of a mail that was judged: the same bytes, the same `Known`, the same times.

In: the raw mail, its stored verdict, actions and letter, Settings. Out: `Change`, or None where nothing would change. Pure;
raises LetterError where the new letter can't be rendered.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, field

from mailflow import pipeline
from mailflow.codec import clean_text, from_json
from mailflow.model import Action, Finding, Verdict
from mailflow.settings.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLetter:
    """The letter that was composed for the mail. `edited`: a person changed its words since."""

    template: str
    subject: str
    text: str
    approval: str
    consent: bool
    edited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One judged mail as the store has it. `verdict`, `actions`: JSON. `silent`: it may have no letter, whatever it says."""

    mail_id: int
    raw: bytes = field(repr=False)
    verdict: str = field(repr=False)
    actions: str = field(repr=False)
    letter: StoredLetter | None = None
    imported: bool = False
    junk: bool = False
    passwords: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What was, or would be, made of the mail. `findings`: `check（severity）`, with the field."""

    kind: str
    label: str | None
    rule: str | None
    organization: str | None
    findings: tuple[str, ...]
    actions: tuple[str, ...]
    template: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """`differs`: which of kind, label, rule, organization, findings, actions, template, letter (its words), approval.
    `diff`: of the letter's words, unified. `edited`: a person has changed the stored letter, so its words are not compared."""

    mail_id: int
    was: Said
    now: Said
    differs: tuple[str, ...]
    diff: tuple[str, ...] = ()
    edited: bool = False


def change(stored: Stored, settings: Settings) -> Change | None:
    """What would be different, by `settings`."""
    before = from_json(Verdict, stored.verdict)
    reading = pipeline.take_in(stored.raw, settings, before.received_at, stored.passwords)
    outcome = pipeline.conclude(
        reading,
        before.known,
        settings,
        before.received_at,
        before.judged_at,
        imported=stored.imported,
        junk=stored.junk,
    )
    after, old = outcome.verdict, stored.letter
    draft = outcome.drafts[0] if outcome.drafts else None
    done: tuple[Action, ...] = from_json(tuple[Action, ...], stored.actions)
    was = said(before, done, old.template if old else None)
    now = said(after, outcome.actions, draft.template if draft else None)
    silent = before.known.before_start or stored.junk
    names = ("kind", "label", "rule", "organization", "findings", "actions", "template")
    differs = [name for name in names if getattr(was, name) != getattr(now, name)]
    if silent and "template" in differs:
        differs.remove("template")
    diff: tuple[str, ...] = ()
    if old is not None and draft is not None and not old.edited and not silent:
        diff = letter_diff((old.subject, old.text), (clean_text(draft.subject), clean_text(draft.text)))
        differs += ["letter"] if diff else []
    elif draft is not None and old is None and not silent:
        diff = letter_diff(("", ""), (draft.subject, draft.text))
    if old is not None and draft is not None and not silent:
        differs += ["approval"] if (old.approval, old.consent) != (draft.approval.value, draft.consent) else []
    if not differs:
        return None
    edited = old is not None and old.edited
    return Change(mail_id=stored.mail_id, was=was, now=now, differs=tuple(differs), diff=diff, edited=edited)


def said(verdict: Verdict, actions: Sequence[Action], template: str | None) -> Said:
    understood = verdict.understood
    return Said(
        kind=understood.kind.value,
        label=understood.label,
        rule=understood.rule,
        organization=understood.organization.full_name,
        findings=tuple(sorted(map(_finding, verdict.findings))),
        actions=tuple(sorted({one.action for one in actions})),
        template=template,
    )


def _finding(one: Finding) -> str:
    return f"{one.check}（{one.severity}{'・' + '・'.join(one.fields) if one.fields else ''}）"


def letter_diff(was: tuple[str, str], now: tuple[str, str]) -> tuple[str, ...]:
    """Subject and text, as lines of a unified diff; () where they are the same."""
    old = [f"件名：{was[0]}", "", *was[1].splitlines()] if any(was) else []
    new = [f"件名：{now[0]}", "", *now[1].splitlines()]
    return tuple(difflib.unified_diff(old, new, "前", "あと", lineterm="", n=1))
