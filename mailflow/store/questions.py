"""What was asked in a stretch of time, question by question, for the ministry's weekly list (situations row 36). Reads only.

Questions stand in the verdicts; what was sent by mistake isn't shown, and what `purge` deleted is gone from here too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from mailflow.codec import from_json
from mailflow.model import Kind, Verdict
from mailflow.recipients import BESIDE, LEAVE_QUESTIONS
from mailflow.store.again import BESIDE as NOTICES
from mailflow.store.again import NOTE
from mailflow.store.answered import ANSWERED
from mailflow.store.arrivals import MAIL
from mailflow.store.base import Base, among
from mailflow.store.hidden import DRAFT_MAIL, HIDDEN_NOW
from mailflow.store.mails import CASE, VERDICT
from mailflow.store.moves import DRAFT, OUTGOING, DraftState
from mailflow.store.overview import name_of
from mailflow.store.reminders import REMINDER
from mailflow.words import LETTERS

_OWN = "reply"  # the purpose of letters on the application itself, and of an operator's own
_ASKS = '"questions":[{'  # of a verdict's JSON: which rows are worth reading


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionLine:
    """One question. `number`: among those of its mail, from 1. `entry`: of faq.yaml, None where that has none to all of it. `letter`: the state
    of the newest letter that the mail gets, None where there is none, of one that can answer before one that can't. `answers`: it can, and
    is no letter on the application itself (its receipt, a fix request) or on another fixed matter, which leaves a question in the same mail open. `answered`: a
    person noted how it was answered."""

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
    answers: bool
    answered: str | None


class _Letter(NamedTuple):
    """In the order in which letters of one mail are preferred, the best last: of those that were replaced, none where another is left."""

    holds: bool
    answers: bool
    id: int
    state: str


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
            label=row.label, claim=bool(row.claim), letter=letter.state if letter else None, letter_id=letter.id if letter else None,
            answers=letter is not None and letter.answers, answered=notes.get(row.mail_id),
        )
        for row in rows
        for letter in (letters.get(row.mail_id),)
        for number, one in enumerate(from_json(Verdict, row.verdict).questions, start=1)
    ]  # fmt: skip


def _letters(db: sa.Connection, mails: list[int]) -> dict[int, _Letter]:
    """The letter by which each mail is answered: one to a later mail of the body may answer the questions of several."""
    for_mail = sa.union(
        sa.select(DRAFT_MAIL.c.mail_id, DRAFT_MAIL.c.draft_id).where(among(db, DRAFT_MAIL.c.mail_id, mails)),
        sa.select(DRAFT.c.mail_id, DRAFT.c.id).where(among(db, DRAFT.c.mail_id, mails)),
    ).subquery()
    query = (
        sa.select(
            for_mail.c.mail_id, DRAFT.c.id, DRAFT.c.state, DRAFT.c.purpose, DRAFT.c.template, VERDICT.c.kind,
            OUTGOING.c.state.label("sending"),
        )
        .select_from(
            for_mail.join(DRAFT, DRAFT.c.id == for_mail.c.draft_id)
            .join(VERDICT, VERDICT.c.mail_id == for_mail.c.mail_id)
            .outerjoin(OUTGOING, OUTGOING.c.draft_id == DRAFT.c.id)
        )
    )  # fmt: skip
    found: dict[int, _Letter] = {}
    for row in db.execute(query):
        state = row.sending if row.state == DraftState.APPROVED and row.sending else row.state
        letter = _Letter(
            state != DraftState.SUPERSEDED, _can_answer(row.purpose, row.template, row.kind), row.id, state
        )
        found[row.mail_id] = max(letter, found.get(row.mail_id, letter))
    return found


def _can_answer(purpose: str, template: str, kind: str) -> bool:
    if purpose in (REMINDER, *NOTICES) or purpose.startswith(BESIDE) or template in LEAVE_QUESTIONS:
        return False
    # An operator's own letter to whoever asks has this purpose too.
    return purpose != _OWN or (template not in LETTERS and kind != Kind.APPLICATION.value)


def _notes(db: sa.Connection, mails: list[int]) -> dict[int, str]:
    query = sa.select(NOTE.c.mail_id, NOTE.c.text).where(NOTE.c.kind == ANSWERED, among(db, NOTE.c.mail_id, mails))
    return {row.mail_id: row.text for row in db.execute(query.order_by(NOTE.c.id))}
