"""The own-case lock at a letter's last doors: its hash, its recipients, its files, what it says (DESIGN §5).

Asked when a letter is saved, approved and claimed; every refusal is an OwnCaseViolation in Japanese.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from mailflow.model import Approval, Draft
from mailflow.numbering import OF_MAIL
from mailflow.store import own_case
from mailflow.store.arrivals import BLOB
from mailflow.store.case_read import parties_of
from mailflow.store.errors import OwnCaseViolation
from mailflow.store.facts import PUBLIC_FILE
from mailflow.store.letter_text import LetterText, StoredPart, Terms, letter_sha256
from mailflow.store.mails import CASE, VERDICT
from mailflow.store.tables import CaseBlobRow, table_of

CASE_BLOB = table_of(CaseBlobRow)


def terms_of(draft: Draft) -> Terms:
    return Terms(
        template=draft.template, purpose=draft.purpose, approval=draft.approval, consent=draft.consent, review=draft.review,
        not_before=draft.not_before, valid_until=draft.valid_until, priority=draft.priority,
    )  # fmt: skip


def row_terms(row: Any) -> Terms:
    return Terms(
        template=row.template, purpose=row.purpose, approval=Approval(row.approval), consent=row.consent_required, review=row.review,
        not_before=row.not_before, valid_until=row.valid_until, priority=row.priority,
    )  # fmt: skip


def check_letter(db: sa.Connection, row: Any, letter: LetterText, *, approved: str | None = None) -> None:
    """All that the own-case lock asks of a letter, at approval and again when it leaves. Raises OwnCaseViolation.

    `approved`: the hash that people said yes to."""
    if approved is not None and approved != row.content_sha256:
        raise OwnCaseViolation("承認された内容と、いまの手紙の内容が違います")
    if letter_sha256(letter, row_terms(row)) != row.content_sha256:
        raise OwnCaseViolation("手紙の内容が、記録されたハッシュと合いません")
    if _left(db, row):
        raise OwnCaseViolation("この手紙が答えるメールは、いまはこの案件のものではありません")
    check_recipients(db, row.case_id, letter)
    for part in letter.parts:
        check_part(db, row.case_id, part.filename, part.sha256, part.origin)
    found = own_case.foreign(db, row.case_id, own_case.candidates(letter))
    if found:
        raise OwnCaseViolation("。".join(one.words for one in found[:5]))


def check_recipients(db: sa.Connection, case_id: int, letter: LetterText) -> None:
    """To and Cc are parties of the case, and there is someone to write to. Raises OwnCaseViolation."""
    if not letter.to:
        raise OwnCaseViolation("宛先がありません")
    parties = parties_of(db, case_id)
    for one in (*letter.to, *letter.cc):
        if not parties.may_read(one.key):
            raise OwnCaseViolation(f"「{one.address}」は、この案件の関係者ではありません")


def check_part(db: sa.Connection, case_id: int, filename: str, sha256: str, origin: str) -> None:
    """A file is of the case, derived from a file of the case, or public. Raises OwnCaseViolation."""
    kind, _, said = origin.partition(":")
    if kind == "public":
        fine = db.execute(sa.select(PUBLIC_FILE.c.path).where(PUBLIC_FILE.c.sha256 == sha256)).scalar() is not None
    elif kind in ("case", "derived"):
        fine = (kind == "derived" or said == sha256) and in_case(db, case_id, sha256)
    else:
        fine = False
    if not fine:
        raise OwnCaseViolation(f"添付ファイル「{filename}」は、この案件のものでも、公開のものでもありません")


def contents(db: sa.Connection, parts: Iterable[StoredPart]) -> dict[str, bytes]:
    """The bytes of a letter's files by sha256."""
    wanted = [part.sha256 for part in parts]
    if not wanted:
        return {}
    return {row.sha256: row.content for row in db.execute(sa.select(BLOB).where(BLOB.c.sha256.in_(wanted)))}


def in_case(db: sa.Connection, case_id: int, sha256: str) -> bool:
    """Whether the file is the case's. One of a mail that people put into another case since, or made of one, is no more."""
    row = db.execute(
        sa.select(CASE_BLOB).where(CASE_BLOB.c.case_id == case_id, CASE_BLOB.c.sha256 == sha256)
    ).one_or_none()
    if row is None:
        return False
    return not _left(db, row) and (row.source_sha256 is None or in_case(db, case_id, row.source_sha256))


def _left(db: sa.Connection, row: Any) -> bool:
    """The mail lies in another case than the body's whose file (or letter about it) this is, or in none until it is judged again. A mail's own case (`numbering.mail_key`) holds the files for its
    letters wherever the mail is kept."""
    elsewhere = (
        sa.select(VERDICT.c.mail_id)
        .join(CASE, CASE.c.id == row.case_id)
        .where(
            VERDICT.c.mail_id == row.mail_id, VERDICT.c.claim.is_(False),
            VERDICT.c.case_id.is_distinct_from(row.case_id),
            CASE.c.org_key.not_like(f"{OF_MAIL}%"),
        )
    )  # fmt: skip
    return row.mail_id is not None and db.execute(elsewhere).first() is not None
