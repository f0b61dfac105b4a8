"""What one judged mail becomes as rows: verdict, version, parties, notes. Made before the transaction where they can be."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mailflow import recipients
from mailflow.codec import clean_text, to_json
from mailflow.model import Action, Address, Kind, Mail, Organization, Outcome, Severity, Verdict
from mailflow.numbering import OF_MAIL
from mailflow.store.case_read import PROVISIONAL, party_key
from mailflow.store.drafts import POLICY, NewDraft
from mailflow.store.known import LoadedKnown
from mailflow.store.mails import PendingMail
from mailflow.store.tables import NoteRow, table_of

NOTE = table_of(NoteRow)
NOT_ANSWERED = (Kind.MACHINE, Kind.INTERNAL)
_WORTH_RESCUING = (Kind.APPLICATION, Kind.CONSULTATION, Kind.PASSWORD, Kind.WITHDRAWAL, Kind.INQUIRY)
_OPENING = (Kind.APPLICATION, Kind.CONSULTATION)
ACTIONS = tuple[Action, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One mail to be written, with all that is costly made before the transaction begins."""

    pending: PendingMail
    mail: Mail
    outcome: Outcome
    loaded: LoadedKnown
    claimant: str
    now: datetime
    cc_parties: Sequence[Address]
    passwords: tuple[str, ...]
    verdict: dict[str, Any]
    headers: dict[str, object]
    version: dict[str, Any] | None
    drafts: Sequence[NewDraft]
    text: str  # what the mail is found by
    capacities: Mapping[str, int]  # of the consultation's hosts

    @property
    def joins(self) -> bool:
        """The mail is a party's: it may change its case. A claim and a machine's mail change nothing.

        The kind is known only now: a rule may have told a machine by what nothing else shows.
        """
        return self.loaded.standing is not None and self.outcome.verdict.understood.kind not in NOT_ANSWERED

    @property
    def repeats(self) -> bool:
        """The same form again and nothing else to look at: what waits to be sent is as right as before."""
        verdict = self.outcome.verdict
        return verdict.known.duplicate_of is not None and not verdict.needs_review

    @property
    def body(self) -> Organization | None:
        """The body whose case it is; None for a mail's own case."""
        key = self.loaded.case_key
        return self.outcome.verdict.understood.organization if key is not None and not key.startswith(OF_MAIL) else None


Parties = dict[str, tuple[Address, str, str]]
"""Folded address -> (address, role, standing)."""


def verdict_values(pending: PendingMail, outcome: Outcome, loaded: LoadedKnown, *, answerable: bool) -> dict[str, Any]:
    verdict, understood = outcome.verdict, outcome.verdict.understood
    org = understood.organization
    return {
        "mail_id": pending.id,
        "kind": understood.kind.value,
        "label": understood.label,
        "rule": understood.rule,
        "org_code": org.code,
        "org_name": clean_text(org.full_name) if org.full_name else None,
        "resolved": org.resolved.value,
        "correspondent": None if understood.kind in NOT_ANSWERED else party_key(loaded.correspondent),
        "claim": loaded.known.claim,
        "before_start": loaded.known.before_start,
        # In Junk lies what nobody wants to look at; what looks like an applicant's mail is shown (DESIGN §8.1).
        "review": verdict.needs_review and (not pending.junk or understood.kind in _WORTH_RESCUING),
        "answerable": answerable,
        "config_hash": verdict.config_hash,
        "judged_at": verdict.judged_at,
        "received_at": pending.received_at,
        "verdict": to_json(verdict),
        "actions": to_json(outcome.actions, ACTIONS),
    }


def version_values(pending: PendingMail, verdict: Verdict) -> dict[str, Any] | None:
    """The version that this mail is; None for what is none (DESIGN §4, "The case")."""
    form = verdict.understood.form
    if form is None or not recipients.is_version(verdict):
        return None
    refuse = [finding.check for finding in verdict.open(Severity.REFUSE)]
    return {
        "mail_id": pending.id,
        "received_at": pending.received_at,
        "uid": pending.place.uid,
        "fingerprint": form.fingerprint,
        "form_sha256": form.sha256,
        "filename": clean_text(form.filename)[:500] if form.filename else None,
        "complete": verdict.complete,
        "late": "round-late" in refuse,
        "counted": recipients.counts(verdict),
        "open_fix": json.dumps([finding.check for finding in verdict.open(Severity.FIX)]),
        "open_refuse": json.dumps([check for check in refuse if check != "round-late"]),
        "filled": sum(not value.empty for value in form.fields.values()),
    }


def parties_by(job: Job) -> Parties:
    """Who becomes a party by this mail: its sender, the contact of a counted form, a Reply-To of the same domain."""
    loaded = job.loaded
    standing, correspondent = loaded.standing, loaded.correspondent
    address = party_key(correspondent)
    if standing is None or correspondent is None or address is None:
        return {}
    found = {address: (correspondent, loaded.role, standing)}
    verdict = job.outcome.verdict
    contact = recipients.contact(verdict) if job.version is not None else None
    if contact is not None:
        found.setdefault(contact.key, (contact, "contact", standing))
    if loaded.role == "sender":
        for one in recipients.reply_to(job.mail, verdict).addresses:
            found.setdefault(one.key, (one, "reply-to", standing))
    return found


def may_open(loaded: LoadedKnown, kind: Kind) -> bool:
    """Whether a mail that would open its body's case may. Who isn't tied to the body does so only by applying or by
    asking for a consultation: by a question nobody becomes a party of anything."""
    opens = loaded.case_id is None and loaded.case_key is not None and loaded.standing == PROVISIONAL
    return not opens or kind in _OPENING or kind in NOT_ANSWERED


def add_notes(db: sa.Connection, job: Job, case_id: int | None) -> None:
    common = {"case_id": case_id, "mail_id": job.pending.id, "by": POLICY, "at": job.now}
    rows = [
        common | {"kind": one.action, "text": clean_text(one.note or "")}
        for one in job.outcome.actions
        if one.action in ("label", "notify", "file")
    ]
    if rows:
        db.execute(sa.insert(NOTE), rows)


def add_note(db: sa.Connection, job: Job, case_id: int | None, text: str) -> None:
    """One more line for people, beside what judging gave."""
    row = {"case_id": case_id, "mail_id": job.pending.id, "by": POLICY, "at": job.now, "kind": "notify", "text": text}
    db.execute(sa.insert(NOTE), row)


def party_name(address: Address) -> str | None:
    return clean_text(address.name)[:300] if address.name else None
