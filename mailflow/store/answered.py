"""Which mails' questions somebody has answered, or chose not to answer by the letter that was composed (situations rows 35, 36).

Inside a read; bounded by the mails asked for.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from mailflow.codec import from_json
from mailflow.model import ANSWERING, Verdict
from mailflow.store.again import NOTE
from mailflow.store.arrivals import MAIL
from mailflow.store.mails import VERDICT
from mailflow.store.moves import DRAFT, D
from mailflow.store.tables import table_of
from mailflow.store.tables_letters import DraftMailRow, HandReplyRow

DRAFT_MAIL, HAND_REPLY = table_of(DraftMailRow), table_of(HandReplyRow)
ANSWERED = "answered"  # the kind of a note that says how a mail was answered
BY_PEOPLE = "letter"  # the purpose of letters that a person wrote

_MAILS: sa.BindParameter[int] = sa.bindparam("mails", expanding=True)
_COMING = DRAFT.c.state.in_([D.WAITING.value, D.APPROVED.value])
_NOTED = sa.select(NOTE.c.mail_id).where(NOTE.c.kind == ANSWERED, NOTE.c.mail_id.in_(_MAILS))
_TURNED_DOWN = (
    sa.select(DRAFT_MAIL.c.mail_id, VERDICT.c.verdict)
    .join(DRAFT, DRAFT.c.id == DRAFT_MAIL.c.draft_id)
    .join(VERDICT, VERDICT.c.mail_id == DRAFT.c.mail_id)
    .where(DRAFT_MAIL.c.mail_id.in_(_MAILS), DRAFT.c.template == ANSWERING, DRAFT.c.state == D.REJECTED.value)
)
# A letter of ours that a person wants to go all the same will answer it still.
_WANTED = (
    sa.select(DRAFT.c.id)
    .join(DRAFT_MAIL, DRAFT_MAIL.c.draft_id == DRAFT.c.id)
    .where(DRAFT_MAIL.c.mail_id == MAIL.c.id, _COMING, DRAFT.c.hand_answered_at.is_not(None))
)
_BY_HAND = (
    sa.select(MAIL.c.id)
    .join(HAND_REPLY, HAND_REPLY.c.message_id == MAIL.c.message_id)
    .where(MAIL.c.id.in_(_MAILS), MAIL.c.received_at <= HAND_REPLY.c.at, ~sa.exists(_WANTED))
)
_OWN = DRAFT.alias()
_WAITS_STILL = (
    sa.select(DRAFT.c.id)
    .join(DRAFT_MAIL, DRAFT_MAIL.c.draft_id == DRAFT.c.id)
    .where(DRAFT_MAIL.c.mail_id == _OWN.c.mail_id, _COMING)
)
# One text to several bodies is such a letter too: while the answer itself still waits, it is none.
_WRITTEN = sa.select(_OWN.c.mail_id).where(
    _OWN.c.mail_id.in_(_MAILS), _OWN.c.purpose == BY_PEOPLE, _OWN.c.state == D.APPROVED.value, ~sa.exists(_WAITS_STILL)
)


def answered_otherwise(db: sa.Connection, mails: Sequence[int]) -> frozenset[int]:
    """Those that a note says were answered, whose letter of answers was turned down, or that somebody answered by hand or by a letter."""
    if not mails:
        return frozenset()
    wanted = {"mails": list(mails)}
    found = {one for query in (_NOTED, _BY_HAND, _WRITTEN) for one in db.execute(query, wanted).scalars()}
    rejected = db.execute(_TURNED_DOWN, wanted).all()
    return frozenset(found | {row.mail_id for row in rejected if row.mail_id not in found and _answered(row.verdict)})


def _answered(verdict: str | None) -> bool:
    """The letter held answers. Where it only said that the mail came, turning it down answers nothing."""
    return verdict is not None and any(one.answer is not None for one in from_json(Verdict, verdict).to_answer)
