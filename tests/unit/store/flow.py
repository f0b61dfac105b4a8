"""One mail through the store, with what reading and judging would have given it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count

from mailflow.model import (
    Action,
    Address,
    Approval,
    Arrival,
    Attachment,
    Authentication,
    BodyKind,
    Draft,
    FieldValue,
    Finding,
    FormData,
    Intent,
    Kind,
    MachineKind,
    Mail,
    Naming,
    Organization,
    Outcome,
    Part,
    Place,
    Resolved,
    Severity,
    Understood,
    Verdict,
)
from mailflow.store import Store
from mailflow.store.commit import Committed, Conflict
from mailflow.store.known import LoadedKnown
from mailflow.store.mails import PendingMail

START = datetime(2026, 3, 1, tzinfo=UTC)
NOW = datetime(2026, 3, 19, 7, 32, 7, tzinfo=UTC)
OFFICE = Address(name="計画策定支援 事務局", address="office@secretariat.example")
KAWARA = Organization(resolved=Resolved.EXACT, code="999991", prefecture="朝日県", name="川原町", kind=BodyKind.TOWN)
MINATO = Organization(resolved=Resolved.EXACT, code="999983", prefecture="朝日県", name="湊市", kind=BodyKind.CITY)
SAKURA = Address(name="山口 さくら", address="kikaku@town.kawara.example")
TARO = Address(name="港 太郎", address="dx@city.minato.example")
STRANGER = Address(name=None, address="someone@freemail.example")
_uids = count(1)


@dataclass(frozen=True, kw_only=True)
class Letter:
    """What the mail says, in short."""

    sender: Address | None = SAKURA
    organization: Organization = KAWARA
    sender_class: str = "body"
    kind: Kind = Kind.APPLICATION
    form: FormData | None = None
    findings: tuple[Finding, ...] = ()
    intents: frozenset[Intent] = frozenset()
    message_id: str | None = None
    in_reply_to: str | None = None
    case_number: str | None = None
    returned_ids: tuple[str, ...] = ()
    authentication: Authentication = field(default_factory=Authentication)
    naming: Naming = field(default_factory=Naming)
    attachments: tuple[Attachment, ...] = ()
    actions: tuple[Action, ...] = ()
    approval: Approval = Approval.ONE
    text: str = "応募様式を受け取りました。"
    drafts: int = 1
    received_at: datetime = NOW - timedelta(minutes=5)
    change: dict[str, object] = field(default_factory=dict)  # of the draft
    change_understood: dict[str, object] = field(default_factory=dict)
    machine: MachineKind | None = None
    reply_to: tuple[Address, ...] = ()


def form(fingerprint: str = "a", **values: str) -> FormData:
    fields = {key: FieldValue(label=key, value=value, raw=value, cell="応募様式!C1") for key, value in values.items()}
    return FormData(edition="r8-1", fields=fields, fingerprint=fingerprint, filename="様式.xlsx", sha256="f" * 64)


def finding(check: str, severity: Severity) -> Finding:
    return Finding(check=check, severity=severity, where="件名", found=None, expected=None, message="確認", clause=None)


def attachment(filename: str, content: bytes = b"PK xlsx") -> Attachment:
    digest = hashlib.sha256(content).hexdigest()
    return Attachment(filename=filename, content_type="application/octet-stream", content=content, sha256=digest)


def part(filename: str, content: bytes, origin: str | None = None) -> Part:
    digest = hashlib.sha256(content).hexdigest()
    return Part(
        filename=filename,
        content_type="application/pdf",
        content=content,
        sha256=digest,
        origin=origin or f"case:{digest}",
    )


def arrival(
    raw: bytes | None = None, *, uid: int | None = None, folder: str = "INBOX", received_at: datetime = NOW
) -> Arrival:
    number = uid if uid is not None else next(_uids)
    raw = raw if raw is not None else f"mail {number}".encode()
    return Arrival(
        raw=raw,
        place=Place(mailbox="office@imap.example", folder=folder, uidvalidity=4_000_000_000, uid=number),
        received_at=received_at,
        content_id=hashlib.sha256(raw).hexdigest(),
    )


@dataclass
class Step:
    pending: PendingMail
    mail: Mail
    understood: Understood
    loaded: LoadedKnown
    outcome: Outcome
    result: Committed | Conflict | None = None

    @property
    def committed(self) -> Committed:
        assert isinstance(self.result, Committed), self.result
        return self.result


def take(store: Store, letter: Letter, *, claimant: str = "w1") -> PendingMail:
    store.arrive([arrival(received_at=letter.received_at)])
    (pending,) = store.claim_new(1, claimant)
    return pending


def load(
    store: Store,
    letter: Letter,
    pending: PendingMail,
    *,
    now: datetime = NOW,
    start: datetime | None = START,
    apart: bool = False,
) -> Step:
    mail = Mail(
        sender=letter.sender,
        reply_to=letter.reply_to,
        subject="【朝日県川原町】計画策定支援",
        message_id=letter.message_id,
        in_reply_to=letter.in_reply_to,
        attachments=letter.attachments,
        authentication=letter.authentication,
        returned_ids=letter.returned_ids,
        machine=letter.machine,
    )
    understood = Understood(
        kind=letter.kind,
        organization=letter.organization,
        naming=letter.naming,
        form=letter.form,
        forms=(letter.form,) if letter.form else (),
        intents=letter.intents,
        sender_class=letter.sender_class,
        case_number=letter.case_number,
    )
    understood = replace(understood, **letter.change_understood)  # type: ignore[arg-type]
    loaded = store.load_known(pending, mail, understood, round_id="R8-1", start=start, now=now, apart=apart)
    verdict = Verdict(
        understood=understood,
        findings=letter.findings,
        config_hash="c" * 64,
        known=loaded.known,
        judged_at=now,
        received_at=pending.received_at,
        case_key=loaded.case_key,
        round_id=loaded.round_id,
    )
    to = loaded.correspondent
    draft = Draft(
        template="receipt",
        purpose="reply",
        approval=letter.approval,
        consent=False,
        sender=OFFICE,
        to=(to,) if to else (),
        cc=(),
        subject=f"【受領】計画策定支援［{loaded.letter_number}］",
        text=letter.text,
        in_reply_to=letter.message_id,
        findings=letter.findings,
    )
    draft = replace(draft, **letter.change)  # type: ignore[arg-type]
    return Step(
        pending,
        mail,
        understood,
        loaded,
        Outcome(verdict=verdict, actions=letter.actions, drafts=(draft,) * letter.drafts),
    )


def commit(
    store: Store, step: Step, *, claimant: str = "w1", now: datetime = NOW, cc: tuple[Address, ...] = ()
) -> Step:
    step.result = store.commit_outcome(
        step.pending, step.mail, step.outcome, step.loaded, claimant=claimant, now=now, cc_parties=cc
    )
    return step


def process(
    store: Store, letter: Letter, *, now: datetime = NOW, start: datetime | None = START, claimant: str = "w1"
) -> Step:
    """Arrive, claim, load, judge, commit."""
    pending = take(store, letter, claimant=claimant)
    step = commit(store, load(store, letter, pending, now=now, start=start), claimant=claimant, now=now)
    if isinstance(step.result, Conflict) and step.result.apart:
        step = commit(store, load(store, letter, pending, now=now, start=start, apart=True), claimant=claimant, now=now)
    return step


def process_next(store: Store, letter: Letter, *, now: datetime = NOW) -> Step:
    """The oldest mail that waits already: claim, load, judge, commit."""
    (pending,) = store.claim_new(1, "w1")
    return commit(store, load(store, letter, pending, now=now), now=now)


def build(draft: Draft) -> tuple[str, bytes]:
    """Stands for `replies.mime`: an id and bytes that show what was built."""
    number = next(_uids)
    return f"<letter-{number}@secretariat.example>", f"Subject: {draft.subject}\r\n\r\n{draft.text}".encode()


NO_BODY = Letter(organization=Organization(resolved=Resolved.NONE), sender_class="unlisted", kind=Kind.INQUIRY)


def send_all(store: Store, *, now: datetime = NOW) -> list[int]:
    """Approve everything that waits as the policy, and send it. Returns the ids of the outgoing mails."""
    sent = []
    for line in store.drafts(states=["waiting"]):
        with store.write() as db:
            store.approve_in(db, line.id, user="policy", now=now, undo_until=now)
    while claimed := store.claim_next(now=now, sys_now=now, sending_allowed=True, claimant="sender", build=build):
        store.mark_data_stage(claimed.id, "sender")
        store.sent(claimed.id, "sender", at=now, answer="250 2.0.0 Ok: queued")
        sent.append(claimed.id)
    return sent
