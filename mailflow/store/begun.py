"""Letters that people are writing and haven't made yet: kept a person and what it answers. Nobody else sees them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from mailflow.codec import clean_text
from mailflow.store.base import Base
from mailflow.store.tables import table_of
from mailflow.store.tables_console import BegunLetterRow

BEGUN = table_of(BegunLetterRow)
SELECTION = "selection"  # one text to several bodies
MOST_SUBJECT, MOST_TEXT = 1_000, 100_000  # characters that are kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    subject: str
    text: str
    template: str
    saved_at: datetime


def about_mail(mail_id: int) -> str:
    return f"mail:{mail_id}"


def keep(store: Base, user: str, about: str, *, subject: str, text: str, template: str, at: datetime) -> None:
    """What stands in the form now (system time)."""
    values = {
        "subject": clean_text(subject)[:MOST_SUBJECT], "text": clean_text(text)[:MOST_TEXT], "template": template[:60], "saved_at": at,
    }  # fmt: skip
    insert = store.upsert(BEGUN).values(user=user, about=about, **values)
    with store.write() as db:
        db.execute(insert.on_conflict_do_update(index_elements=["user", "about"], set_=values))


def drop(store: Base, user: str, about: str) -> None:
    """It has become a letter, or its writer doesn't want it any more."""
    with store.write() as db:
        db.execute(sa.delete(BEGUN).where(BEGUN.c.user == user, BEGUN.c.about == about))


def begun(store: Base, user: str, about: str) -> Begun | None:
    query = sa.select(BEGUN.c.subject, BEGUN.c.text, BEGUN.c.template, BEGUN.c.saved_at)
    with store.read() as db:
        row = db.execute(query.where(BEGUN.c.user == user, BEGUN.c.about == about)).one_or_none()
    return Begun(**row._mapping) if row is not None else None
