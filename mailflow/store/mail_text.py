"""What a mail is found by: subject, people, text, file names, the body named, what stands in its form (issue: full-text search).

One folded line a mail, written when it is judged, the same on SQLite and PostgreSQL. A word is looked for as it stands, two 漢字 are
enough; no index of words is kept: an index of 2-character words would be larger than the mails. A word that is found often fills its
page soon; one that is nowhere has every mail read through: at 50,000 mails half a second to two seconds on SQLite. Bounded: the first LONGEST characters count.
"""

from __future__ import annotations

import unicodedata
from typing import Any

import sqlalchemy as sa

from mailflow.codec import clean_text
from mailflow.model import Mail, Verdict
from mailflow.store.base import Base
from mailflow.store.tables import table_of
from mailflow.store.tables_console import MailTextRow

MAIL_TEXT = table_of(MailTextRow)
LONGEST = 20_000  # characters of one mail
_LONGEST_PART = 10_000


def folded(text: str) -> str:
    """One width, one case, one blank: 「ＤＸ」 and 「dx」 are one word."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def searchable(mail: Mail, verdict: Verdict) -> str:
    """The line of a mail. Its parts stand apart, so that no word is found across two of them."""
    understood = verdict.understood
    people = [mail.sender, *mail.reply_to, *mail.cc[:20]]
    parts = [
        mail.subject or "",
        *(f"{one.name or ''} {one.address}" for one in people if one is not None),
        understood.organization.full_name or "",
        mail.message_id or "",
        mail.text or "",
        *((one.filename or "") for one in mail.attachments[:50]),
    ]
    for form in understood.forms or ((understood.form,) if understood.form else ()):
        parts += [str(value.raw) for value in form.fields.values() if value.raw is not None]
    return clean_text("\n".join(folded(part[:_LONGEST_PART]) for part in parts if part))[:LONGEST]


def keep_text(db: sa.Connection, store: Base, mail_id: int, text: str) -> None:
    insert = store.upsert(MAIL_TEXT).values(mail_id=mail_id, text=text)
    db.execute(insert.on_conflict_do_update(index_elements=["mail_id"], set_={"text": text}))


def holds(store: Base, word: str) -> Any:
    """The ids of mails whose line holds this word."""
    find = sa.func.instr if store.is_sqlite else sa.func.strpos
    return sa.select(MAIL_TEXT.c.mail_id).where(find(MAIL_TEXT.c.text, folded(word)) > 0)
