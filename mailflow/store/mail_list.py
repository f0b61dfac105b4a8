"""Mails as the console lists and searches them, newest first, a page at a time. Reads only.

The search looks at what `mail_text` keeps of a judged mail, at case numbers, and at subject and sender of any mail.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mailflow.store.arrivals import MAIL, MailState
from mailflow.store.base import Base
from mailflow.store.hidden import HIDDEN_NOW, SUBJECT
from mailflow.store.mail_text import MAIL_TEXT, holds
from mailflow.store.mails import CASE, VERDICT, MailLine, mail_lines
from mailflow.store.moves import DRAFT, OUTGOING

LONGEST_SEARCH = 100
_UNREAD = [MailState.NEW.value, MailState.FAILED.value, MailState.BEFORE_START.value]  # no text is kept of these


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterOf:
    """A letter that answers a mail, in few words. `state` as in `DraftLine`."""

    id: int
    template: str
    state: str
    subject: str
    created_at: datetime


def mail_page(
    store: Base,
    *,
    states: Sequence[str] = (),
    kinds: Sequence[str] = (),
    review: bool = False,
    claim: bool = False,
    search: str = "",
    before: tuple[datetime, int] | None = None,
    limit: int = 100,
) -> list[MailLine]:
    """`before`: arrival and id of the last mail of the page before."""
    where: list[Any] = []
    if states:
        where.append(MAIL.c.state.in_(states))
    if kinds:
        where.append(VERDICT.c.kind.in_(kinds))
    if review:
        where.append(VERDICT.c.review)
    if claim:
        where.append(VERDICT.c.claim)
    if before is not None:
        at, mail_id = before
        where.append((MAIL.c.received_at < at) | ((MAIL.c.received_at == at) & (MAIL.c.id < mail_id)))
    for word in search[:LONGEST_SEARCH].split()[:5]:
        where.append(_holds(store, word))
    query = mail_lines().where(*where).order_by(MAIL.c.received_at.desc(), MAIL.c.id.desc()).limit(limit)
    with store.read() as db:
        return [MailLine.of(row) for row in db.execute(query)]


def _holds(store: Base, word: str) -> Any:
    found = holds(store, word).where(MAIL_TEXT.c.mail_id.not_in(HIDDEN_NOW))
    of_case = (
        sa.select(VERDICT.c.mail_id)
        .join(CASE, CASE.c.id == VERDICT.c.case_id)
        .where(CASE.c.number.icontains(word, autoescape=True))
    )
    columns = (MAIL.c.subject, MAIL.c.sender_name, MAIL.c.sender_address)
    unread = MAIL.c.state.in_(_UNREAD)
    headers = sa.and_(
        unread, MAIL.c.id.not_in(HIDDEN_NOW), sa.or_(*(one.icontains(word, autoescape=True) for one in columns))
    )
    return sa.or_(MAIL.c.id.in_(found), MAIL.c.id.in_(of_case), headers)


def letters_of_mail(store: Base, mail_id: int) -> list[LetterOf]:
    """The letters that answer a mail, oldest first."""
    query = (
        sa.select(
            DRAFT.c.id,
            DRAFT.c.template,
            DRAFT.c.state,
            SUBJECT,
            DRAFT.c.created_at,
            OUTGOING.c.state.label("sending"),
        )
        .select_from(DRAFT.outerjoin(OUTGOING, OUTGOING.c.draft_id == DRAFT.c.id))
        .where(DRAFT.c.mail_id == mail_id)
        .order_by(DRAFT.c.id)
    )
    with store.read() as db:
        return [
            LetterOf(
                id=row.id, template=row.template, subject=row.subject, created_at=row.created_at,
                state=row.sending if row.state == "approved" and row.sending else row.state,
            )
            for row in db.execute(query)
        ]  # fmt: skip
