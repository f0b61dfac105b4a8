"""Fix requests that nobody has answered: which may be reminded of, once (DESIGN §5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from mailflow.store.arrivals import MAIL
from mailflow.store.base import Base
from mailflow.store.mails import VERDICT
from mailflow.store.moves import DRAFT, OUTGOING, O
from mailflow.store.rejudge import reopen
from mailflow.store.tables import NoteRow, table_of

NOTE = table_of(NoteRow)
TEMPLATE = "fix-request"
REMINDER = "reminder"
NOT_REMINDED = (
    "修正のお願いにお返事がありませんが、再度のお知らせは作っていません（お願いした期日が近いか過ぎた、または直すところが残っていないため）。"
    "確かめてください。"
)


@dataclass(frozen=True, slots=True)
class Unanswered:
    """`sent_at`: of the letter. `mail_id`: the mail that it answers, the case's last one."""

    draft_id: int
    mail_id: int
    sent_at: datetime


def unanswered(store: Base) -> list[Unanswered]:
    """Sent fix requests after which no mail of a party came to the case, and of which nobody was reminded yet. Where a
    reminder was tried and none could go any more, people were told so by a note, and it isn't tried again."""
    after = VERDICT.alias()
    reminder = DRAFT.alias()
    query = (
        sa.select(DRAFT.c.id, DRAFT.c.mail_id, OUTGOING.c.sent_at)
        .join(OUTGOING, OUTGOING.c.draft_id == DRAFT.c.id)
        .join(MAIL, MAIL.c.id == DRAFT.c.mail_id)
        .join(VERDICT, VERDICT.c.mail_id == DRAFT.c.mail_id)
        .where(
            DRAFT.c.template == TEMPLATE,
            OUTGOING.c.state == O.SENT.value,
            MAIL.c.state == "judged",
            ~sa.exists(
                sa.select(after.c.id).where(
                    after.c.case_id == DRAFT.c.case_id,
                    after.c.claim.is_(False),
                    after.c.kind != "machine",
                    after.c.received_at > VERDICT.c.received_at,
                )
            ),
            ~sa.exists(
                sa.select(reminder.c.id).where(
                    reminder.c.case_id == DRAFT.c.case_id, reminder.c.template == REMINDER, reminder.c.id > DRAFT.c.id
                )
            ),
            ~sa.exists(
                sa.select(NOTE.c.id).where(
                    NOTE.c.mail_id == DRAFT.c.mail_id, NOTE.c.text == NOT_REMINDED, NOTE.c.at >= OUTGOING.c.sent_at
                )
            ),
        )
        .order_by(DRAFT.c.id)
    )
    with store.read() as db:
        return [Unanswered(row.id, row.mail_id, row.sent_at) for row in db.execute(query)]


def remind(store: Base, one: Unanswered, *, now: datetime) -> bool:
    """Have the reminder composed: the mail is looked at once more, its verdict stays."""
    with store.write() as db:
        return reopen(db, one.mail_id, "remind", actor="timer", at=now)
