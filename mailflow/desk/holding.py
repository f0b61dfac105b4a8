"""What acts on a case share: the case held at its revision, a person's words, the note, the audit row (DESIGN §1 (c)). Inside a transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mailflow.codec import clean_text
from mailflow.desk.refusal import RefusedError
from mailflow.store import audit
from mailflow.store.commit_rows import NOTE
from mailflow.store.mails import CASE
from mailflow.store.moves import DRAFT, D, pull_back
from mailflow.store.rejudge import reopen

LONGEST = 1000  # characters of a reason
_CHANGED = "ほかの人の操作か、新しいメールで、案件が変わりました。もう一度ご覧ください"


@dataclass(frozen=True, slots=True)
class JudgedAgain:
    """It is written down; these mails are judged again on it. None where nothing judged depends on it."""

    mails: tuple[int, ...]
    id: int | None = None  # of what was made: an exception


def held(db: sa.Connection, case_id: int, revision: int | None) -> Any:
    """The case, with its revision raised: whoever judges or acts on it at this moment begins again. Raises RefusedError."""
    row = db.execute(sa.select(CASE).where(CASE.c.id == case_id)).one_or_none()
    if row is None:
        raise RefusedError("その案件はありません", "unknown")
    if revision is not None and row.revision != revision:
        raise RefusedError(_CHANGED, "changed")
    changed = db.execute(
        sa.update(CASE)
        .where(CASE.c.id == case_id, CASE.c.revision == row.revision)
        .values(revision=CASE.c.revision + 1)
    ).rowcount
    if not changed:
        raise RefusedError(_CHANGED, "changed")
    return row


def words(text: str, what: str) -> str:
    """What a person wrote, bounded. Raises RefusedError where it is empty."""
    found = clean_text(text).strip()[:LONGEST]
    if not found:
        raise RefusedError(f"{what}を書いてください", "empty")
    return found


def note(db: sa.Connection, case_id: int | None, mail_id: int | None, text: str, *, user: str, now: datetime) -> None:
    row = {"case_id": case_id, "mail_id": mail_id, "kind": "person", "text": text, "by": user, "at": now}
    db.execute(sa.insert(NOTE), row)


def stop_letters(db: sa.Connection, case_id: int, *, because: str, actor: str) -> None:
    """Letters on the application that haven't left wait for a person's choice."""
    live = sa.select(DRAFT.c.id).where(
        DRAFT.c.case_id == case_id, DRAFT.c.live, DRAFT.c.purpose.in_(["reply", "reminder"])
    )
    for draft_id in db.execute(live).scalars().all():
        pull_back(db, draft_id, D.STALE, because=because, actor=actor)


def on_record(db: sa.Connection, user: str, name: str, case_id: int, detail: audit.Detail | None = None) -> None:
    """The audit row of an act on the case."""
    audit.record(
        db, audit.Event(actor=user, act=name, entity="case", entity_id=case_id, case_id=case_id, detail=detail or {})
    )


def judge_again(
    db: sa.Connection, mails: tuple[int, ...], user: str, now: datetime, why: Any = "letters"
) -> tuple[int, ...]:
    """Those of the mails that the worker will judge once more."""
    return tuple(one for one in mails if reopen(db, one, why, actor=user, at=now))
