"""Judged mails with all that they were judged on, one by one: for judging them again elsewhere (`replay`). Reads only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from mailflow.codec import from_json
from mailflow.store.again import BESIDE
from mailflow.store.answered import BY_PEOPLE
from mailflow.store.arrivals import BLOB, MAIL, PLACE, MailState
from mailflow.store.base import Base
from mailflow.store.letter_text import LetterText
from mailflow.store.mails import VERDICT
from mailflow.store.moves import DRAFT
from mailflow.store.passwords import passwords_near

NO_ANSWERS = (*BESIDE, "reminder", BY_PEOPLE)  # purposes of letters kept with a mail that judging it does not compose
_JUDGED = (MailState.JUDGED.value, MailState.JUNK.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposedLetter:
    """`edited`: a person changed its words."""

    template: str
    subject: str
    text: str
    approval: str
    consent: bool
    edited: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedMail:
    """`verdict`, `actions`: JSON. `letter`: the newest that answers it, None where none was composed."""

    id: int
    message_id: str | None
    subject: str | None
    received_at: datetime
    raw: bytes = field(repr=False)
    verdict: str = field(repr=False)
    actions: str = field(repr=False)
    letter: ComposedLetter | None
    by_hand: bool
    junk: bool
    passwords: tuple[str, ...] = field(repr=False)


def judged_ids(store: Base) -> list[int]:
    """Every judged mail whose bytes are kept, in the order of arrival."""
    query = (
        sa.select(MAIL.c.id)
        .join(VERDICT, VERDICT.c.mail_id == MAIL.c.id)
        .where(MAIL.c.state.in_(_JUDGED), MAIL.c.raw_sha256.is_not(None))
        .order_by(MAIL.c.received_at, MAIL.c.id)
    )
    with store.read() as db:
        return list(db.execute(query).scalars())


def judged_mail(store: Base, mail_id: int, *, draft_id: int | None = None) -> JudgedMail | None:
    """One of them; None where it is gone meanwhile. `draft_id`: the letter meant, else the newest that answers the mail."""
    which = DRAFT.c.purpose.not_in(NO_ANSWERS) if draft_id is None else DRAFT.c.id == draft_id
    with store.read() as db:
        row = db.execute(
            sa.select(
                MAIL.c.message_id, MAIL.c.subject, MAIL.c.junk, BLOB.c.content, VERDICT.c.verdict, VERDICT.c.actions,
                VERDICT.c.received_at, VERDICT.c.correspondent, VERDICT.c.case_id,
            )
            .join(BLOB, BLOB.c.sha256 == MAIL.c.raw_sha256)
            .join(VERDICT, VERDICT.c.mail_id == MAIL.c.id)
            .where(MAIL.c.id == mail_id)
        ).one_or_none()  # fmt: skip
        if row is None:
            return None
        place = db.execute(
            sa.select(PLACE.c.mailbox)
            .where(PLACE.c.mail_id == mail_id)
            .order_by(PLACE.c.received_at, PLACE.c.uid, PLACE.c.id)
            .limit(1)
        ).scalar()
        draft = db.execute(
            sa.select(DRAFT.c.template, DRAFT.c.content, DRAFT.c.edited_at, DRAFT.c.approval, DRAFT.c.consent_required)
            .where(DRAFT.c.mail_id == mail_id, which)
            .order_by(DRAFT.c.id.desc())
            .limit(1)
        ).one_or_none()
        passwords = passwords_near(db, mail_id, correspondent=row.correspondent, case_id=row.case_id)
    letter = None
    if draft is not None:
        said = from_json(LetterText, draft.content)
        letter = ComposedLetter(
            template=draft.template, subject=said.subject, text=said.text, approval=draft.approval,
            consent=draft.consent_required, edited=draft.edited_at is not None,
        )  # fmt: skip
    return JudgedMail(
        id=mail_id, message_id=row.message_id, subject=row.subject, received_at=row.received_at, raw=row.content,
        verdict=row.verdict, actions=row.actions, letter=letter, by_hand=place == "import", junk=bool(row.junk),
        passwords=passwords,
    )  # fmt: skip
