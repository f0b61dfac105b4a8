"""Applications and judged mails as people look at them. Reading only; each function is one consistent read.

An *application* is a case that an application mail has reached. Its `version` is the number of the one that counts, 0
while none does, also where no form could be read yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

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
from mailflow.numbering import row_number
from mailflow.store.base import Base
from mailflow.store.case_read import PARTY, VERSION, all_versions, state_of, version, versions_of
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
        found = _lines(db)
    return [line for line, _ in found if state is None or line.state is state]


def verdicts(store: Base, *, state: CaseState | None = None) -> list[tuple[CaseLine, Verdict | None]]:
    """As `applications`, with the verdict on the version that counts."""
    with store.read() as db:
        return [(line, _verdict(db, mail_id)) for line, mail_id in _lines(db) if state is None or line.state is state]


def application(store: Base, key: str) -> CaseSheet | None:
    """One application by its id or its number (`R8-1-202053`); None where there is none."""
    where = CASE.c.id == row if (row := row_number(key)) is not None else CASE.c.number == key
    with store.read() as db:
        case = db.execute(sa.select(CASE).where(where)).one_or_none()
        if case is None:
            return None
        line, mail_id = next(iter(_lines(db, case.id)), (None, None))
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


class _Said(NamedTuple):
    """Of a verdict what a list shows."""

    mail_id: int
    resolved: str
    review: bool


def _lines(db: sa.Connection, case_id: int | None = None) -> list[tuple[CaseLine, int]]:
    """The applications (of one case, or all) with the mail each line speaks of: a handful of statements, however many cases."""
    of_case = sa.true() if case_id is None else CASE.c.id == case_id
    versions = _grouped(db, all_versions() if case_id is None else all_versions().where(VERSION.c.case_id == case_id))
    hidden = hidden_now(db)
    exceptions = _exceptions(db, case_id)
    shown: dict[int, Any] = {}
    for key, every in versions.items():
        rows = [row for row in every if row.mail_id not in hidden]
        if rows:
            shown[key] = next((row for row in reversed(rows) if row.counted), rows[-1])
    said = _said_of(db, case_id)
    formless = _newest_without_form(db, case_id)
    found: list[tuple[CaseLine, int]] = []
    for case in db.execute(sa.select(CASE).where(of_case).order_by(CASE.c.id)).all():
        every = versions.get(case.id, [])
        state = state_of(case, every)
        kept = exceptions.get(case.id, ())
        one = shown.get(case.id)
        if one is not None and state is not None:
            line = _with_form(case, one, said.get(one.mail_id), state=state, versions=len(every), exceptions=kept)
            found.append((line, one.mail_id))
        elif one is None and case.id in formless:
            newest = formless[case.id]
            found.append((_without_form(case, newest, _verdict(db, newest.mail_id), state, kept), newest.mail_id))
    return found


def _with_form(
    case: Any,
    shown: Any,
    said: _Said | None,
    *,
    state: CaseState,
    versions: int,
    exceptions: tuple[KnownException, ...],
) -> CaseLine:
    return CaseLine(
        id=case.id,
        number=case.number,
        round_id=case.round_id,
        organization=organization_of(case, said.resolved if said else None),
        state=state,
        version=shown.number if shown.counted else 0,
        versions=versions,
        received_at=shown.received_at,
        filename=shown.filename,
        open_fix=version(shown).open_fix,
        review=bool(said.review) if said else False,
        exceptions=exceptions,
    )


def _without_form(
    case: Any, said: Any, verdict: Verdict | None, state: CaseState | None, exceptions: tuple[KnownException, ...]
) -> CaseLine:
    """An application whose form nobody could read yet (forgotten, a PDF, locked, several): version 0. What was sent by mistake is
    in no list."""
    return CaseLine(
        id=case.id,
        number=case.number,
        round_id=case.round_id,
        organization=organization_of(case, said.resolved),
        state=state or CaseState.INCOMPLETE,
        version=0,
        versions=0,
        received_at=said.received_at,
        filename=None,
        open_fix=tuple(one.check for one in verdict.open(Severity.FIX)) if verdict else (),
        review=bool(said.review),
        exceptions=exceptions,
    )


def _grouped(db: sa.Connection, query: Any) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for row in db.execute(query):
        found.setdefault(row.case_id, []).append(row)
    return found


def _said_of(db: sa.Connection, case_id: int | None) -> dict[int, _Said]:
    """By mail, of those with a version."""
    query = sa.select(VERDICT.c.mail_id, VERDICT.c.resolved, VERDICT.c.review).join(
        VERSION, VERSION.c.mail_id == VERDICT.c.mail_id
    )
    if case_id is not None:
        query = query.where(VERDICT.c.case_id == case_id)
    return {row.mail_id: _Said(*row) for row in db.execute(query)}


def _newest_without_form(db: sa.Connection, case_id: int | None) -> dict[int, Any]:
    """By case: the newest application mail of a party that is not hidden."""
    query = (
        sa.select(VERDICT.c.case_id, VERDICT.c.mail_id, VERDICT.c.received_at, VERDICT.c.resolved, VERDICT.c.review)
        .where(
            VERDICT.c.kind == Kind.APPLICATION.value,
            VERDICT.c.claim.is_(False),
            VERDICT.c.case_id.is_not(None) if case_id is None else VERDICT.c.case_id == case_id,
            VERDICT.c.mail_id.not_in(HIDDEN_NOW),
            VERDICT.c.mail_id.not_in(sa.select(VERSION.c.mail_id)),
        )
        .order_by(VERDICT.c.received_at, VERDICT.c.mail_id)
    )
    return {row.case_id: row for row in db.execute(query)}


def _exceptions(db: sa.Connection, case_id: int | None) -> dict[int, tuple[KnownException, ...]]:
    query = sa.select(EXCEPTION).where(EXCEPTION.c.ended_at.is_(None)).order_by(EXCEPTION.c.id)
    if case_id is not None:
        query = query.where(EXCEPTION.c.case_id == case_id)
    return {
        key: tuple(KnownException(what=r.what, until=r.until, by=r.by, why=r.why, consent=r.consent) for r in rows)
        for key, rows in _grouped(db, query).items()
    }


def organization_of(case: Any, resolved: str | None) -> Organization:
    """The body of a case. `resolved`: how sure the verdict that is shown was of it; None: of the case alone."""
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
