"""What people do to the words of a letter: rewrite, keep half-written, take the composed words back (DESIGN §5).

Each carries the hash of what was on the screen and fails on any other; nothing typed is lost by that: it was kept before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mailflow.codec import from_json
from mailflow.desk.refusal import Done, Refused, RefusedError, act
from mailflow.store import Store, editing
from mailflow.store.letter_text import LetterText
from mailflow.store.moves import DRAFT, D
from mailflow.store.people import Role

MOST_SUBJECT, MOST_TEXT = 300, 50_000  # characters


@dataclass(frozen=True, slots=True)
class Edited:
    """`content_sha256`: what an approval must carry now."""

    content_sha256: str


def edit(
    store: Store, draft_id: int, *, user: str, subject: str, text: str, base_sha256: str, now: datetime
) -> Edited | Done | Refused:
    """A person's words in place of the composed ones. Done where nothing differs. Approvals so far are void."""
    subject, text = " ".join(subject.split()), _lines(text)

    def do(db: sa.Connection) -> Edited | Done:
        row = _waiting(db, draft_id, base_sha256)
        if not subject or not text.strip():
            raise RefusedError("件名と文面を書いてください", "empty")
        if len(subject) > MOST_SUBJECT or len(text) > MOST_TEXT:
            raise RefusedError(f"件名は{MOST_SUBJECT}文字、文面は{MOST_TEXT}文字までです", "long")
        letter = from_json(LetterText, row.content)
        editing.drop_unfinished(db, draft_id, user)
        if (subject, text) == (letter.subject, _lines(letter.text)):
            return Done()
        return Edited(editing.rewrite(db, row, subject=subject, text=text, by=user, why="edited", now=now))

    return act(store, user, Role.STAFF, do)


def restore(store: Store, draft_id: int, *, user: str, base_sha256: str, now: datetime) -> Edited | Refused:
    """The words as they were composed, as one more revision."""

    def do(db: sa.Connection) -> Edited:
        row = _waiting(db, draft_id, base_sha256)
        first = editing.composed(db, draft_id)
        if first is None:
            raise RefusedError("文面は変わっていません")
        editing.drop_unfinished(db, draft_id, user)
        return Edited(
            editing.rewrite(db, row, subject=first.subject, text=first.text, by=user, why="restored", now=now)
        )

    return act(store, user, Role.STAFF, do)


def keep_unfinished(
    store: Store, draft_id: int, *, user: str, subject: str, text: str, base_sha256: str, sys_now: datetime
) -> Done | Refused:
    """What is being typed, whatever became of the letter meanwhile. Only its writer sees it."""

    def do(db: sa.Connection) -> Done:
        if db.execute(sa.select(DRAFT.c.id).where(DRAFT.c.id == draft_id)).scalar() is None:
            raise RefusedError("その手紙はありません", "unknown")
        editing.keep_unfinished(
            db, store, draft_id, user, subject=subject[: 2 * MOST_SUBJECT], text=_lines(text)[: 2 * MOST_TEXT],
            base_sha256=base_sha256[:64], at=sys_now,
        )  # fmt: skip
        return Done()

    return act(store, user, Role.STAFF, do)


def drop_unfinished(store: Store, draft_id: int, *, user: str) -> Done | Refused:
    """They don't want it any more."""

    def do(db: sa.Connection) -> Done:
        editing.drop_unfinished(db, draft_id, user)
        return Done()

    return act(store, user, Role.STAFF, do)


def _waiting(db: sa.Connection, draft_id: int, base_sha256: str) -> Any:
    row = db.execute(sa.select(DRAFT).where(DRAFT.c.id == draft_id).with_for_update()).one_or_none()
    if row is None:
        raise RefusedError("その手紙はありません", "unknown")
    if row.state != D.WAITING:
        raise RefusedError("この手紙は、もう承認を待っていません", "state")
    if row.content_sha256 != base_sha256:
        raise RefusedError("書いているあいだに、ほかの人がこの文面を変えました", "changed")
    return row


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
