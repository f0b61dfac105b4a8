"""Who deals with what (DESIGN §2 `desk`): a letter is assigned, a case has an owner and is handed over with a word.

An assignment is of the letter's purpose in its case: the letter that takes its place is the same person's. The owner of a case deals
with every letter of it that isn't assigned otherwise. It bars nobody: others see it, and may act as before.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mailflow.desk.holding import note, words
from mailflow.desk.refusal import Done, Refused, RefusedError, act
from mailflow.store import Store, audit
from mailflow.store.mails import CASE
from mailflow.store.moves import DRAFT
from mailflow.store.people import USER, Role, person_key
from mailflow.store.queue import ASSIGNED, OWNER

MOST_AT_ONCE = 50


def assign_letter(store: Store, draft_id: int, *, to: str | None, user: str, now: datetime) -> Done | Refused:
    """This letter is `to`'s; None: nobody's, and so the case's owner's."""

    def do(db: sa.Connection) -> Done:
        row = db.execute(
            sa.select(DRAFT.c.id, DRAFT.c.case_id, DRAFT.c.purpose).where(DRAFT.c.id == draft_id)
        ).one_or_none()
        if row is None:
            raise RefusedError(f"番号 {draft_id} の手紙はありません", "unknown")
        _assign(db, row, _person(db, to), user=user, now=now)
        return Done()

    return act(store, user, Role.STAFF, do)


def take_letters(store: Store, draft_ids: Sequence[int], *, user: str, now: datetime) -> int | Refused:
    """Those of these letters that nobody deals with are this person's now. How many."""

    def do(db: sa.Connection) -> int:
        owned = sa.select(OWNER.c.case_id)
        assigned = sa.exists(
            sa.select(ASSIGNED.c.user).where(
                ASSIGNED.c.case_id == DRAFT.c.case_id, ASSIGNED.c.purpose == DRAFT.c.purpose
            )
        )
        rows = db.execute(
            sa.select(DRAFT.c.id, DRAFT.c.case_id, DRAFT.c.purpose).where(
                DRAFT.c.id.in_(list(draft_ids)[:MOST_AT_ONCE]), DRAFT.c.live, DRAFT.c.case_id.not_in(owned), ~assigned
            )
        ).all()
        for row in rows:
            _assign(db, row, user, user=user, now=now)
        return len(rows)

    return act(store, user, Role.STAFF, do)


def hand_over(
    store: Store, case_id: int, *, to: str | None, was: str | None, word: str, user: str, now: datetime
) -> Done | Refused:
    """The case is `to`'s from now on; None: nobody's. `was`: whose it was on the screen. `word`: what the next should know, may be
    empty; it stays in the case's history. Letters that were assigned in the case go along."""

    def do(db: sa.Connection) -> Done:
        if db.execute(sa.select(CASE.c.id).where(CASE.c.id == case_id)).first() is None:
            raise RefusedError("その案件はありません", "unknown")
        before = db.execute(sa.select(OWNER.c.user).where(OWNER.c.case_id == case_id)).scalar()
        if before != was:
            raise RefusedError(
                f"担当は、いま{f'{before}さん' if before else '決まっていない状態'}です。もう一度ご覧ください",
                "changed",
            )
        after = _person(db, to)
        if after == before:
            raise RefusedError("担当は変わっていません")
        db.execute(sa.delete(OWNER).where(OWNER.c.case_id == case_id))
        db.execute(sa.delete(ASSIGNED).where(ASSIGNED.c.case_id == case_id))
        if after is not None:
            db.execute(sa.insert(OWNER), {"case_id": case_id, "user": after, "by": user, "at": now})
        said = f"担当：{before or 'なし'} → {after or 'なし'}"
        if word.strip():
            said += f"。引き継ぎ：{words(word, '引き継ぎ')}"
        note(db, case_id, None, said, user=user, now=now)
        _audit(db, user, "case-handed-over", case_id, after)
        return Done()

    return act(store, user, Role.STAFF, do)


def _assign(db: sa.Connection, row: Any, to: str | None, *, user: str, now: datetime) -> None:
    mine = sa.and_(ASSIGNED.c.case_id == row.case_id, ASSIGNED.c.purpose == row.purpose)
    db.execute(sa.delete(ASSIGNED).where(mine))
    if to is not None:
        db.execute(
            sa.insert(ASSIGNED), {"case_id": row.case_id, "purpose": row.purpose, "user": to, "by": user, "at": now}
        )
    _audit(db, user, "letter-assigned", row.case_id, to, draft_id=row.id)


def _person(db: sa.Connection, name: str | None) -> str | None:
    """The name as it is kept, of somebody who may act. Raises RefusedError."""
    if name is None:
        return None
    row = db.execute(
        sa.select(USER.c.name, USER.c.role).where(USER.c.key == person_key(name), USER.c.disabled_at.is_(None))
    ).one_or_none()
    if row is None or not Role(row.role).covers(Role.STAFF):
        raise RefusedError(f"「{name}」さんは、担当になれる利用者ではありません", "unknown")
    return str(row.name)


def _audit(
    db: sa.Connection, user: str, name: str, case_id: int, to: str | None, *, draft_id: int | None = None
) -> None:
    entity, entity_id = ("case", case_id) if draft_id is None else ("draft", draft_id)
    event = audit.Event(
        actor=user, act=name, entity=entity, entity_id=entity_id, case_id=case_id, detail={"to": to or ""}
    )
    audit.record(db, event)
