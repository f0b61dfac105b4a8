"""Letters rewritten by people: earlier texts are kept, half-written ones too (DESIGN §5). Inside the caller's transaction.

A rewritten letter is a new revision with a new hash: earlier approvals don't hold for it. `Editing` is for reading.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mailflow.codec import clean_text, from_json, to_json
from mailflow.store import audit, own_case
from mailflow.store.base import Base
from mailflow.store.errors import Gone, OwnCaseViolation
from mailflow.store.letter_check import check_recipients, row_terms
from mailflow.store.letter_text import LetterText, letter_sha256
from mailflow.store.moves import DRAFT, D
from mailflow.store.tables import table_of
from mailflow.store.tables_console import DraftTextRow, UnfinishedRow

TEXT, UNFINISHED = table_of(DraftTextRow), table_of(UnfinishedRow)
_FOREIGN = "は、ほかの案件のものです"  # how `own_case.Foreign.words` end


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """What somebody typed and hasn't kept. `base_sha256`: the content they started from."""

    user: str
    subject: str
    text: str
    base_sha256: str
    saved_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """A letter as it was composed, before anybody rewrote it."""

    subject: str
    text: str


def rewrite(db: sa.Connection, row: Any, *, subject: str, text: str, by: str, why: str, now: datetime) -> str:
    """A new revision of a waiting letter with this subject and text; its hash. Raises OwnCaseViolation where the new text
    holds what is another case's, Gone where the letter was changed meanwhile."""
    old = from_json(LetterText, row.content)
    new = replace(
        old,
        subject=clean_text(subject),
        text=clean_text(text),
        html=None,  # what a person wrote is the text; a rendering of the old one would say something else
        warnings=tuple(one for one in old.warnings if not one.endswith(_FOREIGN)),
    )
    check_recipients(db, row.case_id, new)
    found = own_case.foreign(db, row.case_id, own_case.candidates(new))
    if found:
        raise OwnCaseViolation("。".join(one.words for one in found[:5]))
    sha256 = letter_sha256(new, row_terms(row))
    db.execute(
        sa.insert(TEXT),
        {
            "draft_id": row.id, "revision": row.revision, "content": row.content, "content_sha256": row.content_sha256,
            "by": by, "why": why, "at": now,
        },
    )  # fmt: skip
    changed = db.execute(
        sa.update(DRAFT)
        .where(DRAFT.c.id == row.id, DRAFT.c.state == D.WAITING.value, DRAFT.c.revision == row.revision)
        .values(
            content=to_json(new), content_sha256=sha256, subject=new.subject, revision=row.revision + 1, edited_at=now, edited_by=by,
        )
    ).rowcount  # fmt: skip
    if not changed:
        raise Gone("この手紙は、ほかの操作で変わりました")
    audit.record(
        db,
        audit.Event(
            actor=by, act="draft-edited", entity="draft", entity_id=row.id, case_id=row.case_id,
            detail={"revision": row.revision + 1, "sha256": sha256, "why": why},
        ),
    )  # fmt: skip
    return sha256


def composed(db: sa.Connection, draft_id: int) -> Composed | None:
    """The first text; None where nobody has rewritten it."""
    row = db.execute(
        sa.select(TEXT.c.content).where(TEXT.c.draft_id == draft_id).order_by(TEXT.c.revision).limit(1)
    ).scalar()
    if row is None:
        return None
    letter = from_json(LetterText, row)
    return Composed(subject=letter.subject, text=letter.text)


def keep_unfinished(
    db: sa.Connection, store: Base, draft_id: int, user: str, *, subject: str, text: str, base_sha256: str, at: datetime
) -> None:
    values = {"subject": subject, "text": text, "base_sha256": base_sha256, "saved_at": at}
    insert = store.upsert(UNFINISHED).values(draft_id=draft_id, user=user, **values)
    db.execute(insert.on_conflict_do_update(index_elements=["draft_id", "user"], set_=values))


def drop_unfinished(db: sa.Connection, draft_id: int, user: str) -> None:
    db.execute(sa.delete(UNFINISHED).where(UNFINISHED.c.draft_id == draft_id, UNFINISHED.c.user == user))


class Editing(Base):
    def composed(self, draft_id: int) -> Composed | None:
        with self.read() as db:
            return composed(db, draft_id)

    def unfinished(self, draft_id: int, user: str) -> Unfinished | None:
        """What this person has half written into this letter."""
        with self.read() as db:
            row = db.execute(
                sa.select(UNFINISHED).where(UNFINISHED.c.draft_id == draft_id, UNFINISHED.c.user == user)
            ).one_or_none()
        if row is None:
            return None
        return Unfinished(
            user=row.user, subject=row.subject, text=row.text, base_sha256=row.base_sha256, saved_at=row.saved_at
        )
