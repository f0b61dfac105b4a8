"""Judging a mail again: what came first is judged first, also where we came to know of it late (DESIGN §4, §8.1).

A verdict that was made without an earlier mail of its case, or on a later time than the earliest INTERNALDATE, is taken
back: the mail is `new`, its letter pulled back. That is possible only while nothing rests on the verdict: no letter that
answers it was edited, turned down or handed to a server, no person has settled the claim, the case isn't in screening. Else
the verdict stands, and a person is told why to look. Never a second letter by itself. All inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mailflow.codec import from_json
from mailflow.model import Kind, Verdict
from mailflow.store import audit
from mailflow.store.errors import Gone
from mailflow.store.moves import DRAFT, OUTGOING, DraftState, OutgoingState, pull_back
from mailflow.store.tables import CaseRow, ClaimRow, MailRow, NoteRow, VerdictRow, VersionRow, table_of
from mailflow.store.tables_case import AgainRow, PromiseRow
from mailflow.store.tables_letters import DraftMailRow

CASE, CLAIM, MAIL, NOTE, VERDICT, VERSION, DRAFT_MAIL, AGAIN, PROMISE = (
    table_of(CaseRow), table_of(ClaimRow), table_of(MailRow), table_of(NoteRow), table_of(VerdictRow),
    table_of(VersionRow), table_of(DraftMailRow), table_of(AgainRow), table_of(PromiseRow),
)  # fmt: skip

POLICY = "policy"
# Purposes of letters that are kept with a mail and rest on no verdict: they speak of the form, of a consultation.
BESIDE = ("notice", "notice-deadline", "consultation-reminder")
EARLIER = "判定に使った時刻より早く届いていたことが、あとで分かりました。手紙がもう出ている（または人が手を入れた）ため、判定はそのままです。確かめてください。"
OVERTAKEN = "このあとに届いた応募への手紙がもう出ている（または人が手を入れた）ため、このメールへの手紙は作っていません。確かめてください。"

_GONE_OUT = tuple(
    one.value for one in (OutgoingState.SENDING, OutgoingState.SENT, OutgoingState.UNCERTAIN, OutgoingState.FAILED)
)
_LATER = (
    sa.select(VERDICT.c.mail_id)
    .select_from(VERDICT.outerjoin(VERSION, VERSION.c.mail_id == VERDICT.c.mail_id))
    .where(
        VERDICT.c.case_id == sa.bindparam("of"), VERDICT.c.claim.is_(False), VERDICT.c.kind == Kind.APPLICATION.value,
        VERDICT.c.mail_id != sa.bindparam("but"),
        (VERDICT.c.received_at > sa.bindparam("at"))
        | ((VERDICT.c.received_at == sa.bindparam("at")) & (VERSION.c.uid > sa.bindparam("uid"))),
    )
    .order_by(VERDICT.c.received_at, VERDICT.c.mail_id)
)  # fmt: skip


def later(db: sa.Connection, case_id: int, at: datetime, uid: int, *, but: int) -> tuple[int, ...]:
    """Applications of the case that were received after (`at`, `uid`) and are judged already."""
    return tuple(db.execute(_LATER, {"of": case_id, "at": at, "uid": uid, "but": but}).scalars())


def settled(db: sa.Connection, mails: Sequence[int]) -> bool:
    """Whether something rests on one of these verdicts that no machine may take back."""
    if not mails:
        return False
    claim = sa.select(CLAIM.c.mail_id).where(CLAIM.c.mail_id.in_(mails), CLAIM.c.settled.is_not(None))
    decided = (
        sa.select(VERDICT.c.mail_id)
        .select_from(VERDICT.outerjoin(CASE, CASE.c.id == VERDICT.c.case_id))
        .where(
            VERDICT.c.mail_id.in_(mails),
            (VERDICT.c.kind == Kind.WITHDRAWAL.value)
            | CASE.c.screening_at.is_not(None)
            | CASE.c.decided_at.is_not(None)
            | CASE.c.notified_at.is_not(None),
        )
    )
    letter = _dealt_with(mails, DraftState.REJECTED, DraftState.STALE)
    return any(db.execute(query.limit(1)).first() is not None for query in (letter, claim, decided))


def was_answered(db: sa.Connection, mail_id: int) -> bool:
    """Whether a letter about the mail has left (or may have), or a person dealt with one; one that was merely stopped doesn't count."""
    return db.execute(_dealt_with([mail_id], DraftState.REJECTED).limit(1)).first() is not None


def _dealt_with(mails: Sequence[int], *states: DraftState) -> Any:
    answered = sa.select(DRAFT_MAIL.c.draft_id).where(DRAFT_MAIL.c.mail_id.in_(mails))
    dropped = (DRAFT.c.state == DraftState.APPROVED.value) & (OUTGOING.c.state == OutgoingState.DROPPED.value)
    return (
        sa.select(DRAFT.c.id)
        .select_from(DRAFT.outerjoin(OUTGOING, OUTGOING.c.draft_id == DRAFT.c.id))
        .where(
            DRAFT.c.mail_id.in_(mails) | DRAFT.c.id.in_(answered),
            DRAFT.c.purpose.not_in(BESIDE),
            DRAFT.c.edited_at.is_not(None)
            | DRAFT.c.state.in_([one.value for one in states])
            | OUTGOING.c.state.in_(_GONE_OUT)
            | dropped,
        )
    )


def take_back(db: sa.Connection, mails: Sequence[int], *, because: str, actor: str) -> bool:
    """All of these judged mails are new again, their letters pulled back. False, with nothing done, where one is settled."""
    if not mails:
        return True
    if settled(db, mails):
        return False
    try:
        with db.begin_nested():
            _take_back(db, mails, because=because, actor=actor)
    except Gone:  # a server took the letter just now
        return False
    return True


def _take_back(db: sa.Connection, mails: Sequence[int], *, because: str, actor: str) -> None:
    live = (
        sa.select(DRAFT.c.id)
        .where(DRAFT.c.mail_id.in_(mails), DRAFT.c.live, DRAFT.c.purpose.not_in(BESIDE))
        .order_by(DRAFT.c.id)
    )
    for draft_id in db.execute(live).scalars().all():
        if not pull_back(db, draft_id, DraftState.SUPERSEDED, because=because, actor=actor):
            raise Gone("この手紙の送信は、もう始まっています")
    gone = forget(db, mails)
    # Who judges on the case at this moment judges again.
    cases = sorted({row.case_id for row in gone if row.case_id is not None})
    db.execute(sa.update(CASE).where(CASE.c.id.in_(cases)).values(revision=CASE.c.revision + 1))
    db.execute(
        sa.update(MAIL)
        .where(MAIL.c.id.in_(mails))
        .values(state="new", claimant=None, claimed_at=None, attempts=0, crashes=0, reason=None)
    )
    audit.record(
        db,
        *(
            audit.Event(
                actor=actor, act="mail-judged-again", entity="mail", entity_id=row.mail_id, case_id=row.case_id,
                detail={"because": because, "kind": row.kind, "config": row.config_hash},
            )
            for row in sorted(gone, key=lambda row: row.mail_id)
        ),
    )  # fmt: skip


def forget(db: sa.Connection, mails: Sequence[int]) -> Sequence[Any]:
    """Take away what judging wrote of these mails alone. Parties, files and identifiers stay: they are true as before.
    Returns of each verdict taken away (mail_id, case_id, kind, config_hash)."""
    for table in (CLAIM, VERSION, PROMISE, AGAIN):
        db.execute(sa.delete(table).where(table.c.mail_id.in_(mails)))
    db.execute(sa.delete(NOTE).where(NOTE.c.mail_id.in_(mails), NOTE.c.by == POLICY))
    return db.execute(
        sa.delete(VERDICT)
        .where(VERDICT.c.mail_id.in_(mails))
        .returning(VERDICT.c.mail_id, VERDICT.c.case_id, VERDICT.c.kind, VERDICT.c.config_hash)
    ).all()


def lie_nowhere(db: sa.Connection, mail_id: int) -> None:
    """The mail is no more of the case in which it lies, and whose it is will be told by judging it again: until then no letter of
    that case speaks of it."""
    for table in (CLAIM, VERSION, PROMISE):
        db.execute(sa.delete(table).where(table.c.mail_id == mail_id))
    db.execute(sa.update(VERDICT).where(VERDICT.c.mail_id == mail_id).values(case_id=None))


def received_earlier(
    db: sa.Connection, mail_id: int, *, was: datetime, at: datetime, uid: int, limits: Iterable[datetime] | None
) -> None:
    """A judged mail turns out to have been received at `at`, not at `was`. `limits`: where a judgement may turn; None: anywhere.

    Where that can't change anything, nothing happens."""
    row = db.execute(
        sa.select(VERDICT.c.case_id, VERDICT.c.claim, VERDICT.c.kind, VERDICT.c.verdict).where(
            VERDICT.c.mail_id == mail_id
        )
    ).one_or_none()
    if row is None:
        return
    joined = row.case_id is not None and not row.claim and row.kind == Kind.APPLICATION.value
    after = later(db, row.case_id, at, uid, but=mail_id) if joined else ()
    passed = [one for one in after if one not in later(db, row.case_id, was, uid, but=mail_id)] if after else []
    timely = any(one.check.startswith("round-") for one in from_json(Verdict, row.verdict).findings)
    turns = limits is None or timely or any(at <= one <= was for one in limits)
    if not turns and not passed:
        return
    if take_back(db, (mail_id, *after), because="received earlier", actor="timer"):
        return
    tell(db, mail_id, EARLIER)
    audit.record(
        db,
        audit.Event(
            actor="timer", act="received-earlier-settled", entity="mail", entity_id=mail_id, case_id=row.case_id
        ),
    )


def tell(db: sa.Connection, mail_id: int, words: str) -> None:
    """Put a judged mail before a person: `review` in every list, and why."""
    db.execute(sa.update(VERDICT).where(VERDICT.c.mail_id == mail_id).values(review=True))
    db.execute(sa.update(MAIL).where(MAIL.c.id == mail_id).values(reason=words))
