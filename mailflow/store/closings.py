"""Closing lists and tasks in the database: revisions are added, never changed (DESIGN §8 "Closing").

What a list says is composed by `desk.closing`. All inside the caller's transaction where a `db` is given.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mailflow.model import Kind, Organization
from mailflow.store import audit
from mailflow.store.arrivals import MAIL
from mailflow.store.base import Base
from mailflow.store.case_read import VERSION
from mailflow.store.cases import organization_of
from mailflow.store.mails import CASE, VERDICT
from mailflow.store.overview import name_of
from mailflow.store.tables import table_of
from mailflow.store.tables_safety import ClosingRow, ClosingSignatureRow, TaskRow

CLOSING, SIGNATURE, TASK = table_of(ClosingRow), table_of(ClosingSignatureRow), table_of(TaskRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    line: str
    by: str
    at: datetime
    remark: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """One revision. `content`: JSON as it was written; `sha256` over exactly that text."""

    round_id: str
    revision: int
    made_at: datetime
    because: str
    content: str
    sha256: str
    signatures: tuple[Signature, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedApplication:
    """A mail of kind application, or a form's version, by the time that rules. `claim`: of somebody who is no party. `body`: of its case."""

    mail_id: int
    received_at: datetime
    case_number: str | None
    organization: str | None
    body: Organization
    claim: bool
    raw_sha256: str | None
    form_sha256: str | None
    number: int | None
    counted: bool
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    id: int
    case_id: int
    number: str
    organization: str | None
    kind: str
    text: str
    at: datetime
    done_by: str | None
    done_at: datetime | None
    done_how: str | None


class Closings(Base):
    def closing(self, round_id: str, revision: int | None = None) -> Closing | None:
        """One revision, the newest without a number; None where there is none."""
        query = sa.select(CLOSING).where(CLOSING.c.round_id == round_id)
        if revision is not None:
            query = query.where(CLOSING.c.revision == revision)
        with self.read() as db:
            row = db.execute(query.order_by(CLOSING.c.revision.desc()).limit(1)).one_or_none()
            return _closing(db, row) if row is not None else None

    def closings(self) -> list[Closing]:
        """All revisions of all rounds, oldest first."""
        with self.read() as db:
            rows = db.execute(sa.select(CLOSING).order_by(CLOSING.c.made_at, CLOSING.c.revision)).all()
            return [_closing(db, row) for row in rows]

    def received_applications(self, opens: datetime, until: datetime | None) -> list[ReceivedApplication]:
        """All applications received from `opens` on, in the order of arrival; `until` (not included): the next round."""
        query = (
            sa.select(
                VERDICT.c.mail_id, VERDICT.c.received_at, VERDICT.c.claim, CASE.c.number.label("case_number"),
                CASE.c.org_code, CASE.c.org_prefecture, CASE.c.org_name, CASE.c.org_kind, CASE.c.org_bureau, VERDICT.c.resolved,
                VERDICT.c.org_name.label("judged_name"), MAIL.c.raw_sha256, VERSION.c.form_sha256, VERSION.c.number,
                VERSION.c.counted, VERSION.c.late,
            )
            .select_from(
                VERDICT.join(MAIL, MAIL.c.id == VERDICT.c.mail_id)
                .outerjoin(CASE, CASE.c.id == VERDICT.c.case_id)
                .outerjoin(VERSION, VERSION.c.mail_id == VERDICT.c.mail_id)
            )
            .where(
                (VERDICT.c.kind == Kind.APPLICATION.value) | VERSION.c.mail_id.is_not(None),
                VERDICT.c.received_at >= opens,
            )
            .order_by(VERDICT.c.received_at, VERDICT.c.mail_id)
        )  # fmt: skip
        if until is not None:
            query = query.where(VERDICT.c.received_at < until)
        with self.read() as db:
            return [
                ReceivedApplication(
                    mail_id=row.mail_id, received_at=row.received_at, case_number=row.case_number,
                    organization=name_of(row) or row.judged_name, body=organization_of(row, row.resolved), claim=bool(row.claim),
                    raw_sha256=row.raw_sha256,
                    form_sha256=row.form_sha256, number=row.number, counted=bool(row.counted), late=bool(row.late),
                )
                for row in db.execute(query)
            ]  # fmt: skip

    def tasks(self, *, open_only: bool = True) -> list[Task]:
        """What people must do about cases, oldest first."""
        query = sa.select(
            TASK, CASE.c.number, CASE.c.org_prefecture, CASE.c.org_name
        ).join(CASE, CASE.c.id == TASK.c.case_id).order_by(TASK.c.id)  # fmt: skip
        if open_only:
            query = query.where(TASK.c.done_at.is_(None))
        with self.read() as db:
            return [
                Task(
                    id=row.id, case_id=row.case_id, number=row.number,
                    organization=name_of(row), kind=row.kind,
                    text=row.text, at=row.at, done_by=row.done_by, done_at=row.done_at, done_how=row.done_how,
                )
                for row in db.execute(query)
            ]  # fmt: skip

    def add_tasks(self, db: sa.Connection, rows: Iterable[tuple[int, str]], *, kind: str, at: datetime) -> None:
        """(case, text) each; a case that has one of this kind keeps it."""
        values = [{"case_id": case_id, "kind": kind, "text": text, "at": at} for case_id, text in rows]
        if values:
            insert = self.upsert(TASK).on_conflict_do_nothing(index_elements=["case_id", "kind"])
            db.execute(insert, values)


def add_closing(
    db: sa.Connection, *, round_id: str, made_at: datetime, because: str, content: str, sha256: str, actor: str
) -> int:
    """A new revision; its number."""
    last = db.execute(sa.select(sa.func.max(CLOSING.c.revision)).where(CLOSING.c.round_id == round_id)).scalar()
    revision = int(last or 0) + 1
    db.execute(
        sa.insert(CLOSING),
        {
            "round_id": round_id, "revision": revision, "made_at": made_at, "because": because, "content": content,
            "sha256": sha256,
        },
    )  # fmt: skip
    detail: audit.Detail = {"revision": revision, "sha256": sha256}
    audit.record(db, audit.Event(actor=actor, act="closing-list", entity="round", entity_id=round_id, detail=detail))
    return revision


def add_signature(db: sa.Connection, found: Closing, signature: Signature) -> None:
    """A name under a line. Raises IntegrityError where one stands there."""
    db.execute(
        sa.insert(SIGNATURE),
        {
            "round_id": found.round_id, "revision": found.revision, "line": signature.line, "by": signature.by,
            "at": signature.at, "remark": signature.remark,
        },
    )  # fmt: skip
    detail: audit.Detail = {"revision": found.revision, "line": signature.line}
    audit.record(
        db,
        audit.Event(actor=signature.by, act="closing-signed", entity="round", entity_id=found.round_id, detail=detail),
    )


def end_task(db: sa.Connection, task_id: int, *, by: str, how: str, at: datetime) -> bool:
    """Whether it was open."""
    case_id = db.execute(
        sa.update(TASK)
        .where(TASK.c.id == task_id, TASK.c.done_at.is_(None))
        .values(done_by=by, done_at=at, done_how=how)
        .returning(TASK.c.case_id)
    ).scalar()
    if case_id is None:
        return False
    audit.record(db, audit.Event(actor=by, act="task-done", entity="task", entity_id=task_id, case_id=case_id))
    return True


def _closing(db: sa.Connection, row: Any) -> Closing:
    signed: Sequence[Any] = db.execute(
        sa.select(SIGNATURE)
        .where(SIGNATURE.c.round_id == row.round_id, SIGNATURE.c.revision == row.revision)
        .order_by(SIGNATURE.c.at)
    ).all()
    return Closing(
        round_id=row.round_id, revision=row.revision, made_at=row.made_at, because=row.because, content=row.content,
        sha256=row.sha256,
        signatures=tuple(Signature(line=one.line, by=one.by, at=one.at, remark=one.remark) for one in signed),
    )  # fmt: skip
