"""Letters that came back: what a bounce says is kept beside the letter, whose own state never changes by it.

Matched to a letter by what only its readers know (the Message-ID or mark inside), else by recipient and time, which
anybody can write and which is shown as that. Written inside the commit of the bounce's verdict.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from mailflow.codec import clean_text
from mailflow.model import Returned
from mailflow.store import audit
from mailflow.store.base import Base
from mailflow.store.case_read import LETTER_ID
from mailflow.store.commit_rows import Job
from mailflow.store.hidden import SUBJECT
from mailflow.store.moves import DRAFT, OUTGOING, O
from mailflow.store.tables import table_of
from mailflow.store.tables_letters import OutgoingPartyRow
from mailflow.store.tables_safety import BounceRow

BOUNCE, OUTGOING_PARTY = table_of(BounceRow), table_of(OutgoingPartyRow)
BY_ID, BY_MARK, BY_RECIPIENT = "message-id", "mailflow-id", "recipient"
NOTES = ("deleted", "opened")  # of opening: only who has had the letter is believed
BACK_WITHIN = timedelta(days=6)  # servers give up after five days (RFC 5321 §4.5.4.1)
_LEFT = (O.SENT.value, O.UNCERTAIN.value, O.SENDING.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce:
    """One letter that is said to have come back from (or to be late for) one recipient."""

    id: int
    outgoing_id: int
    case_id: int
    mail_id: int
    recipient: str
    action: str
    status: str | None
    why: str
    said_by: str | None
    matched_by: str
    at: datetime
    subject: str
    sent_at: datetime | None
    settled_by: str | None
    settled_at: datetime | None
    settled_how: str | None
    valid_until: datetime | None = None  # when what the letter says becomes wrong

    @property
    def sure(self) -> bool:
        """Whether who says so has had the letter."""
        return self.matched_by != BY_RECIPIENT


class Bounces(Base):
    def bounces(
        self, *, open_only: bool = False, action: str | None = None, outgoing: Iterable[int] | None = None
    ) -> list[Bounce]:
        """Oldest first."""
        query = (
            sa.select(BOUNCE, OUTGOING.c.case_id, OUTGOING.c.sent_at, SUBJECT, DRAFT.c.valid_until)
            .join(OUTGOING, OUTGOING.c.id == BOUNCE.c.outgoing_id)
            .join(DRAFT, DRAFT.c.id == OUTGOING.c.draft_id)
            .order_by(BOUNCE.c.id)
        )
        if open_only:
            query = query.where(BOUNCE.c.settled_at.is_(None))
        if action is not None:
            query = query.where(BOUNCE.c.action == action)
        if outgoing is not None:
            query = query.where(BOUNCE.c.outgoing_id.in_(list(outgoing)))
        with self.read() as db:
            return [
                Bounce(
                    id=row.id, outgoing_id=row.outgoing_id, case_id=row.case_id, mail_id=row.mail_id,
                    recipient=row.recipient, action=row.action, status=row.status, why=row.why, said_by=row.said_by,
                    matched_by=row.matched_by, at=row.at, subject=row.subject, sent_at=row.sent_at,
                    settled_by=row.settled_by, settled_at=row.settled_at, settled_how=row.settled_how,
                    valid_until=row.valid_until,
                )
                for row in db.execute(query)
            ]  # fmt: skip

    def settle_bounce(self, db: sa.Connection, bounce_id: int, *, by: str, how: str, at: datetime) -> bool:
        """A person did something about it: called, found another address. Whether it was open."""
        row = db.execute(
            sa.update(BOUNCE)
            .where(BOUNCE.c.id == bounce_id, BOUNCE.c.settled_at.is_(None))
            .values(settled_by=by, settled_at=at, settled_how=how)
            .returning(BOUNCE.c.outgoing_id)
        ).scalar()
        if row is None:
            return False
        audit.record(db, audit.Event(actor=by, act="letter-returned-settled", entity="outgoing", entity_id=row))
        return True


def record_returned(db: sa.Connection, job: Job) -> None:
    """What a bounce says, beside each letter that it can be about."""
    said = job.mail.returned
    if not said and not job.mail.returned_tokens:
        return
    letters = _letters(db, job)
    for outgoing_id, (matched_by, case_id) in letters.items():
        for one in _of_letter(db, outgoing_id, said, by_recipient=matched_by == BY_RECIPIENT):
            _insert(db, job, (outgoing_id, case_id), one, matched_by)


def _letters(db: sa.Connection, job: Job) -> Mapping[int, tuple[str, int]]:
    found: dict[int, tuple[str, int]] = {}
    ids = [clean_text(one)[:998] for one in job.mail.returned_ids]
    by_id = sa.select(OUTGOING.c.id, OUTGOING.c.case_id).where(
        OUTGOING.c.id.in_(sa.select(LETTER_ID.c.outgoing_id).where(LETTER_ID.c.message_id.in_(ids)))
    )
    for row in db.execute(by_id) if ids else ():
        found[row.id] = (BY_ID, row.case_id)
    for token in job.mail.returned_tokens:  # hexadecimal by its pattern
        like = OUTGOING.c.message_id.like(f"<{token}.mailflow@%")
        for row in db.execute(sa.select(OUTGOING.c.id, OUTGOING.c.case_id).where(like)):
            found.setdefault(row.id, (BY_MARK, row.case_id))
    if found or any(one.action in NOTES for one in job.mail.returned):
        return found
    at = job.pending.received_at
    for one in job.mail.returned:
        query = (
            sa.select(OUTGOING.c.id, OUTGOING.c.case_id)
            .join(OUTGOING_PARTY, OUTGOING_PARTY.c.outgoing_id == OUTGOING.c.id)
            .where(
                OUTGOING_PARTY.c.address == clean_text(one.recipient),
                OUTGOING.c.state.in_(_LEFT),
                OUTGOING.c.sent_at.is_(None) | OUTGOING.c.sent_at.between(at - BACK_WITHIN, at + timedelta(minutes=5)),
            )
            .order_by(OUTGOING.c.id.desc())
            .limit(1)
        )
        for row in db.execute(query):
            found.setdefault(row.id, (BY_RECIPIENT, row.case_id))
    return found


def _of_letter(db: sa.Connection, outgoing_id: int, said: Sequence[Returned], *, by_recipient: bool) -> list[Returned]:
    """What is said of this letter's own recipients; where it names none of them (it was forwarded on), of all."""
    rows: Sequence[Any] = db.execute(
        sa.select(OUTGOING_PARTY.c.address, OUTGOING_PARTY.c.header).where(OUTGOING_PARTY.c.outgoing_id == outgoing_id)
    ).all()
    own = {row.address for row in rows}
    named = [one for one in said if one.recipient in own]
    if named or by_recipient:
        return named
    first = said[0] if said else None
    through = f"（転送先 {first.recipient}）" if first is not None else ""
    return [
        Returned(
            recipient=row.address,
            action=first.action if first else "failed",
            status=first.status if first else None,
            why=(first.why if first else "届けられなかったという知らせです") + through,
        )
        for row in rows
        if row.header == "to"
    ]


def _insert(db: sa.Connection, job: Job, letter: tuple[int, int], one: Returned, matched_by: str) -> None:
    """`letter`: (outgoing mail, case)."""
    outgoing_id, case_id = letter
    there = sa.select(BOUNCE.c.id).where(
        BOUNCE.c.outgoing_id == outgoing_id, BOUNCE.c.mail_id == job.pending.id, BOUNCE.c.recipient == one.recipient
    )
    if db.execute(there).first() is not None:  # judged again
        return
    sender = job.mail.sender.address if job.mail.sender else None
    doubt = "（差出人の認証に失敗）" if job.mail.authentication.failed else ""
    db.execute(
        sa.insert(BOUNCE),
        {
            "outgoing_id": outgoing_id, "mail_id": job.pending.id, "recipient": one.recipient, "action": one.action,
            "status": one.status, "why": clean_text(one.why)[:800],
            "said_by": f"{clean_text(sender)[:300]}{doubt}" if sender else None, "matched_by": matched_by,
            "at": job.pending.received_at,
        },
    )  # fmt: skip
    detail: audit.Detail = {
        "mail": job.pending.id,
        "action": one.action,
        "status": one.status,
        "matched_by": matched_by,
    }
    audit.record(
        db,
        audit.Event(
            actor=job.claimant, act="letter-returned", entity="outgoing", entity_id=outgoing_id, case_id=case_id,
            detail=detail,
        ),
    )  # fmt: skip
