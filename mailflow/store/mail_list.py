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
NEWEST = 2_000  # mails: a common word fills its page out of these
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
    order = (MAIL.c.received_at.desc(), MAIL.c.id.desc())
    page = mail_lines().where(*where).order_by(*order).limit(limit)
    words = search[:LONGEST_SEARCH].split()[:5]
    with store.read() as db:
        if words:
            newest = mail_lines().with_only_columns(MAIL.c.id).where(*where).order_by(*order).limit(NEWEST).subquery()
            near = page.where(MAIL.c.id.in_(sa.select(newest.c.id)))
            rows = db.execute(near.where(*(_holds_here(store, one) for one in words))).all()
            if len(rows) < limit:
                rows = db.execute(page.where(*(MAIL.c.id.in_(_holding(store, one)) for one in words))).all()
        else:
            rows = db.execute(page).all()
    return [MailLine.of(row) for row in rows]


def _holds_here(store: Base, word: str) -> Any:
    """Whether the mail at hand holds the word: for a common one, which fills the page out of the newest mails."""
    return sa.or_(
        sa.exists(holds(store, word).where(MAIL_TEXT.c.mail_id == MAIL.c.id, MAIL.c.id.not_in(HIDDEN_NOW))),
        CASE.c.number.icontains(word, autoescape=True),
        _in_headers(word),
    )


def _holding(store: Base, word: str) -> Any:
    """The mails that hold the word: for a rare one, every line is gone through once."""
    return sa.union(
        holds(store, word).where(MAIL_TEXT.c.mail_id.not_in(HIDDEN_NOW)),
        sa.select(VERDICT.c.mail_id)
        .join(CASE, CASE.c.id == VERDICT.c.case_id)
        .where(CASE.c.number.icontains(word, autoescape=True))
        .correlate(None),
        sa.select(MAIL.c.id).where(_in_headers(word)).correlate(None),
    )


def _in_headers(word: str) -> Any:
    """Of a mail that isn't judged no line is kept: it is found by what its header says."""
    columns = (MAIL.c.subject, MAIL.c.sender_name, MAIL.c.sender_address)
    named = sa.or_(*(one.icontains(word, autoescape=True) for one in columns))
    return sa.and_(MAIL.c.state.in_(_UNREAD), MAIL.c.id.not_in(HIDDEN_NOW), named)


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
