"""Applications and judged mails as people look at them. Reading only; each function is one consistent read.

An *application* is a case that an application mail has reached. Its `version` is the number of the one that counts, 0
while none does, also where no form could be read yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mailflow.codec import from_json
from mailflow.model import (
    Action,
    BodyKind,
    CaseState,
    Kind,
    KnownException,
    Organization,
    Resolved,
    Severity,
    Verdict,
    Version,
)
from mailflow.store.base import Base
from mailflow.store.case_read import PARTY, state_of, version, versions_of
from mailflow.store.hidden import HIDDEN_NOW, hidden_now
from mailflow.store.mails import CASE, VERDICT
from mailflow.store.tables import ExceptionRow, table_of

ACTIONS = tuple[Action, ...]
EXCEPTION = table_of(ExceptionRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLine:
    """One application in a list. `received_at`, `filename`: of the version that counts, else of the last one.
    `exceptions`: those that a person made and nobody ended."""

    id: int
    number: str
    round_id: str
    organization: Organization
    state: CaseState
    version: int
    versions: int
    received_at: datetime
    filename: str | None
    open_fix: tuple[str, ...]
    review: bool
    exceptions: tuple[KnownException, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePerson:
    address: str
    name: str | None
    role: str
    standing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseSheet:
    """One application whole. `verdict`: on the version that `line` speaks of."""

    line: CaseLine
    versions: tuple[Version, ...]
    people: tuple[CasePerson, ...]
    mails: tuple[int, ...]
    claims: tuple[int, ...]
    verdict: Verdict | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedMail:
    verdict: Verdict
    actions: tuple[Action, ...]


def applications(store: Base, *, state: CaseState | None = None) -> list[CaseLine]:
    """All applications, in the order in which their cases were opened."""
    with store.read() as db:
        found = [_line(db, case) for case in db.execute(sa.select(CASE).order_by(CASE.c.id))]
    return [line for line, _ in found if line is not None and (state is None or line.state is state)]


def verdicts(store: Base, *, state: CaseState | None = None) -> list[tuple[CaseLine, Verdict | None]]:
    """As `applications`, with the verdict on the version that counts."""
    with store.read() as db:
        found = [_line(db, case) for case in db.execute(sa.select(CASE).order_by(CASE.c.id))]
        return [
            (line, _verdict(db, mail_id))
            for line, mail_id in found
            if line is not None and (state is None or line.state is state)
        ]


def application(store: Base, key: str) -> CaseSheet | None:
    """One application by its id or its number (`R8-1-202053`); None where there is none."""
    where = CASE.c.id == int(key) if key.isascii() and key.isdigit() and len(key) < 16 else CASE.c.number == key
    with store.read() as db:
        case = db.execute(sa.select(CASE).where(where)).one_or_none()
        if case is None:
            return None
        line, mail_id = _line(db, case)
        if line is None:
            return None
        people = db.execute(sa.select(PARTY).where(PARTY.c.case_id == case.id).order_by(PARTY.c.since, PARTY.c.address))
        mails = db.execute(
            sa.select(VERDICT.c.mail_id, VERDICT.c.claim)
            .where(VERDICT.c.case_id == case.id)
            .order_by(VERDICT.c.received_at, VERDICT.c.mail_id)
        ).all()
        return CaseSheet(
            line=line,
            versions=tuple(version(row) for row in versions_of(db, case.id)),
            people=tuple(CasePerson(address=r.address, name=r.name, role=r.role, standing=r.standing) for r in people),
            mails=tuple(row.mail_id for row in mails if not row.claim),
            claims=tuple(row.mail_id for row in mails if row.claim),
            verdict=_verdict(db, mail_id),
        )


def judged(store: Base, mail_id: int) -> JudgedMail | None:
    """How a mail was judged; None while it isn't."""
    with store.read() as db:
        row = db.execute(
            sa.select(VERDICT.c.verdict, VERDICT.c.actions).where(VERDICT.c.mail_id == mail_id)
        ).one_or_none()
    if row is None:
        return None
    return JudgedMail(verdict=from_json(Verdict, row.verdict), actions=from_json(ACTIONS, row.actions))


def _verdict(db: sa.Connection, mail_id: int | None) -> Verdict | None:
    text = db.execute(sa.select(VERDICT.c.verdict).where(VERDICT.c.mail_id == mail_id)).scalar()
    return from_json(Verdict, text) if text else None


def _line(db: sa.Connection, case: Any) -> tuple[CaseLine | None, int | None]:
    every = versions_of(db, case.id)
    state = state_of(case, every)
    hidden = hidden_now(db, [row.mail_id for row in every]) if every else frozenset()
    rows = [row for row in every if row.mail_id not in hidden]
    if not rows:
        return _without_form(db, case, state)
    if state is None:
        return None, None
    counted = [row for row in rows if row.counted]
    shown = counted[-1] if counted else rows[-1]
    said = db.execute(
        sa.select(VERDICT.c.resolved, VERDICT.c.review).where(VERDICT.c.mail_id == shown.mail_id)
    ).one_or_none()
    line = CaseLine(
        id=case.id,
        number=case.number,
        round_id=case.round_id,
        organization=_organization(case, said.resolved if said else None),
        state=state,
        version=shown.number if counted else 0,
        versions=len(every),
        received_at=shown.received_at,
        filename=shown.filename,
        open_fix=version(shown).open_fix,
        review=bool(said.review) if said else False,
        exceptions=_exceptions(db, case.id),
    )
    return line, shown.mail_id


def _without_form(db: sa.Connection, case: Any, state: CaseState | None) -> tuple[CaseLine | None, int | None]:
    """What was sent by mistake is in no list. An application whose form nobody could read yet (forgotten, a PDF, locked, several): version 0, and not hidden."""
    said = db.execute(
        sa.select(VERDICT.c.mail_id, VERDICT.c.received_at, VERDICT.c.resolved, VERDICT.c.review)
        .where(
            VERDICT.c.case_id == case.id,
            VERDICT.c.kind == Kind.APPLICATION.value,
            VERDICT.c.claim.is_(False),
            VERDICT.c.mail_id.not_in(HIDDEN_NOW),
        )
        .order_by(VERDICT.c.received_at.desc(), VERDICT.c.mail_id.desc())
    ).first()
    if said is None:
        return None, None
    verdict = _verdict(db, said.mail_id)
    line = CaseLine(
        id=case.id,
        number=case.number,
        round_id=case.round_id,
        organization=_organization(case, said.resolved),
        state=state or CaseState.INCOMPLETE,
        version=0,
        versions=0,
        received_at=said.received_at,
        filename=None,
        open_fix=tuple(one.check for one in verdict.open(Severity.FIX)) if verdict else (),
        review=bool(said.review),
        exceptions=_exceptions(db, case.id),
    )
    return line, said.mail_id


def _exceptions(db: sa.Connection, case_id: int) -> tuple[KnownException, ...]:
    rows = db.execute(
        sa.select(EXCEPTION)
        .where(EXCEPTION.c.case_id == case_id, EXCEPTION.c.ended_at.is_(None))
        .order_by(EXCEPTION.c.id)
    )
    return tuple(KnownException(what=r.what, until=r.until, by=r.by, why=r.why, consent=r.consent) for r in rows)


def _organization(case: Any, resolved: str | None) -> Organization:
    if case.org_name is None:
        return Organization(resolved=Resolved.NONE)
    told = Resolved(resolved) if resolved else Resolved.NONE
    if told is Resolved.NONE:  # a person named the body where the mail didn't
        told = Resolved.EXACT if case.org_code else Resolved.VARIANT
    return Organization(
        resolved=told,
        code=case.org_code,
        prefecture=case.org_prefecture,
        name=case.org_name,
        kind=BodyKind(case.org_kind) if case.org_kind else None,
        bureau=case.org_bureau,
    )
