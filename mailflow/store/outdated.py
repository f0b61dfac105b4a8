"""Letters that wait and were composed under another configuration than the one in force (DESIGN §3).

A letter that nobody edited, opened or approved is composed anew: its mail is judged once more (`recompose`). Any other one
stays as it is and carries a notice. An approved letter is neither looked at nor touched.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mailflow.store import again, audit
from mailflow.store.base import Base
from mailflow.store.judged import NO_ANSWERS
from mailflow.store.moves import DRAFT, D
from mailflow.store.rejudge import reopen
from mailflow.store.tables import table_of
from mailflow.store.tables_console import UnfinishedRow
from mailflow.store.tables_letters import DraftApprovalRow

APPROVAL, UNFINISHED = table_of(DraftApprovalRow), table_of(UnfinishedRow)
NOTICE = "設定が変わりました。いまの設定では、この手紙の内容が変わります。"
# A booking stands behind these; composing them anew would ask for the slot once more.
_WITH_A_SLOT = "consultation"


@dataclass(frozen=True, slots=True)
class Outdated:
    """One such letter. `free`: nobody has had it in hand, and it can be composed by judging its mail again."""

    draft_id: int
    mail_id: int
    free: bool
    noticed: bool


def outdated(store: Base, config_hash: str) -> list[Outdated]:
    """Those that wait, oldest first. Letters of no mail (results, digests), notices, reminders and what people write are made by other acts."""
    query = (
        sa.select(DRAFT.c.id, DRAFT.c.mail_id, DRAFT.c.reason, *_IN_HAND)
        .where(
            DRAFT.c.state == D.WAITING.value, DRAFT.c.live, DRAFT.c.mail_id.is_not(None), DRAFT.c.config_hash != config_hash,
            DRAFT.c.purpose.not_in(NO_ANSWERS),
        )
        .order_by(DRAFT.c.id)
    )  # fmt: skip
    with store.read() as db:
        rows = db.execute(query).all()
        return [
            Outdated(row.id, row.mail_id, _is_free(row) and not again.settled(db, (row.mail_id,)), _noticed(row.reason))
            for row in rows
        ]


_IN_HAND = (
    DRAFT.c.opened_at,
    DRAFT.c.edited_at,
    DRAFT.c.purpose,
    DRAFT.c.template,
    sa.exists(sa.select(APPROVAL.c.id).where(APPROVAL.c.draft_id == DRAFT.c.id)).label("approved"),
    sa.exists(sa.select(UNFINISHED.c.draft_id).where(UNFINISHED.c.draft_id == DRAFT.c.id)).label("unfinished"),
)


def _is_free(row: Any) -> bool:
    touched = row.opened_at is not None or row.edited_at is not None or row.approved or row.unfinished
    return not touched and row.purpose != _WITH_A_SLOT


def _noticed(reason: str | None) -> bool:
    return reason is not None and NOTICE in reason


def recompose(store: Base, one: Outdated, *, at: datetime) -> bool:
    """Have its mail judged once more. False where somebody has it in hand by now."""
    with store.write() as db:
        row = db.execute(
            sa.select(DRAFT.c.id, *_IN_HAND).where(
                DRAFT.c.id == one.draft_id, DRAFT.c.state == D.WAITING.value, DRAFT.c.live
            )
        ).one_or_none()
        if row is None or not _is_free(row) or again.settled(db, (one.mail_id,)):
            return False
        return reopen(db, one.mail_id, "letters", actor="policy", at=at)


def why_not_anew(db: sa.Connection, draft_id: int) -> tuple[int, str | None]:
    """(the mail that the letter answers, why the letter can't be composed anew at a person's word), None where it can.

    More may be than by itself: a letter that was only looked at, one that tells of a slot (docs/decisions/0123)."""
    row = db.execute(
        sa.select(DRAFT.c.mail_id, DRAFT.c.state, DRAFT.c.live, *_IN_HAND).where(DRAFT.c.id == draft_id)
    ).one_or_none()
    if row is None:
        return 0, "その手紙はありません"
    if row.state != D.WAITING.value or not row.live:
        return 0, "承認を待っている手紙ではありません"
    if row.edited_at is not None or row.unfinished:
        return 0, "人が書き直した（書きかけの）手紙です。作り直すと、書いたものが失われます"
    if row.approved:
        return 0, "もう1人が承認した手紙です。作り直すには、承認を取り消してください"
    if row.mail_id is None or row.purpose in NO_ANSWERS:
        return 0, "届いたメールへの返事ではない手紙は、作り直せません"
    if again.settled(db, (row.mail_id,)):
        return 0, "このメールには、もう出した手紙や、人が決めたことがあります"
    return row.mail_id, None


def notice(store: Base, one: Outdated, *, on: bool) -> None:
    """Say on a waiting letter that it would read otherwise now, or that it no longer would."""
    if on is one.noticed:
        return
    with store.write() as db:
        row = db.execute(
            sa.select(DRAFT.c.reason, DRAFT.c.case_id).where(DRAFT.c.id == one.draft_id, DRAFT.c.state == D.WAITING.value)
        ).one_or_none()  # fmt: skip
        if row is None:
            return
        others = (row.reason or "").replace(NOTICE, "").strip()
        reason = f"{NOTICE}{f' {others}' if others else ''}" if on else others or None
        db.execute(
            sa.update(DRAFT).where(DRAFT.c.id == one.draft_id, DRAFT.c.state == D.WAITING.value).values(reason=reason)
        )
        act = "draft-outdated" if on else "draft-up-to-date"
        event = audit.Event(actor="policy", act=act, entity="draft", entity_id=one.draft_id, case_id=row.case_id)
        audit.record(db, event)
