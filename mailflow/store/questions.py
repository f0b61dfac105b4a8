"""What was asked in a stretch of time, question by question, for the ministry's weekly list (situations row 36). Reads only.

Questions stand in the verdicts; what was sent by mistake isn't shown, and what `purge` deleted is gone from here too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from mailflow.codec import from_json
from mailflow.model import Verdict
from mailflow.store.again import NOTE
from mailflow.store.answered import ANSWERED
from mailflow.store.arrivals import MAIL
from mailflow.store.base import Base, among
from mailflow.store.hidden import HIDDEN_NOW
from mailflow.store.mails import CASE, VERDICT
from mailflow.store.moves import DRAFT, OUTGOING
from mailflow.store.overview import name_of

_ASKS = '"questions":[{'  # of a verdict's JSON: which rows are worth reading


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionLine:
    """One question. `number`: among those of its mail, from 1. `entry`: of faq.yaml, None where that has none to all of it. `letter`: the state
    of the newest letter that answers the mail, None where there is none; `answered`: a person noted how it was answered."""

    mail_id: int
    number: int
    text: str
    entry: str | None
    received_at: datetime
    sender: str | None
    address: str | None
    case_id: int | None
    case_number: str | None
    organization: str | None
    label: str | None
    claim: bool
    letter: str | None
    letter_id: int | None
    answered: str | None


def questions_asked(store: Base, since: datetime, until: datetime) -> list[QuestionLine]:
    """Those of mails received from `since` on and before `until` (business time), in the order of arrival."""
    query = (
        sa.select(
            VERDICT.c.mail_id, VERDICT.c.case_id, VERDICT.c.label, VERDICT.c.claim, VERDICT.c.verdict, VERDICT.c.received_at,
            VERDICT.c.org_name.label("named"), MAIL.c.sender_name, MAIL.c.sender_address, CASE.c.number, CASE.c.org_name, CASE.c.org_prefecture,
        )
        .select_from(VERDICT.join(MAIL, MAIL.c.id == VERDICT.c.mail_id).outerjoin(CASE, CASE.c.id == VERDICT.c.case_id))
        .where(
            VERDICT.c.received_at >= since, VERDICT.c.received_at < until, VERDICT.c.verdict.contains(_ASKS, autoescape=True),
            VERDICT.c.mail_id.not_in(HIDDEN_NOW),
        )
        .order_by(VERDICT.c.received_at, VERDICT.c.mail_id)
    )  # fmt: skip
    with store.read() as db:
        rows = db.execute(query).all()
        mails = [row.mail_id for row in rows]
        letters = _letters(db, mails)
        notes = _notes(db, mails)
    return [
        QuestionLine(
            mail_id=row.mail_id, number=number, text=one.text, entry=one.entry if one.settled else None, received_at=row.received_at, sender=row.sender_name,
            address=row.sender_address, case_id=row.case_id, case_number=row.number, organization=name_of(row) or row.named,
            label=row.label, claim=bool(row.claim), letter=letters.get(row.mail_id, (None, None))[1],
            letter_id=letters.get(row.mail_id, (None, None))[0], answered=notes.get(row.mail_id),
        )
        for row in rows
        for number, one in enumerate(from_json(Verdict, row.verdict).questions, start=1)
    ]  # fmt: skip


def _letters(db: sa.Connection, mails: list[int]) -> dict[int, tuple[int, str]]:
    """The newest letter that answers each mail, and its state."""
    query = (
        sa.select(DRAFT.c.mail_id, DRAFT.c.id, DRAFT.c.state, OUTGOING.c.state.label("sending"))
        .select_from(DRAFT.outerjoin(OUTGOING, OUTGOING.c.draft_id == DRAFT.c.id))
        .where(among(db, DRAFT.c.mail_id, mails))
        .order_by(DRAFT.c.id)
    )
    return {
        row.mail_id: (row.id, row.sending if row.state == "approved" and row.sending else row.state)
        for row in db.execute(query)
    }


def _notes(db: sa.Connection, mails: list[int]) -> dict[int, str]:
    query = sa.select(NOTE.c.mail_id, NOTE.c.text).where(NOTE.c.kind == ANSWERED, among(db, NOTE.c.mail_id, mails))
    return {row.mail_id: row.text for row in db.execute(query.order_by(NOTE.c.id))}
