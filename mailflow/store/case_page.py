"""One case whole, whatever kind of mail opened it, for the page that a telephone call is answered from. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mailflow.model import CaseState
from mailflow.store.again import CLAIM
from mailflow.store.base import Base
from mailflow.store.case_read import PARTY, state_of, versions_of
from mailflow.store.mails import CASE, VERDICT, MailLine, mail_lines
from mailflow.store.overview import name_of


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyLine:
    address: str
    name: str | None
    role: str
    standing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseHead:
    """`revision`: what an act names. `state`: None where no application has reached the case. `open_claims`: mails of
    people who are no parties, undecided."""

    id: int
    number: str
    round_id: str
    organization: str | None
    code: str | None
    prefecture: str | None
    bureau: str | None
    revision: int
    opened_at: datetime
    state: CaseState | None
    parties: tuple[PartyLine, ...]
    mails: tuple[MailLine, ...]
    open_claims: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFound:
    """A case in a search, applications or not."""

    id: int
    number: str
    organization: str | None
    last_at: datetime | None


def case_head(store: Base, case_id: int) -> CaseHead | None:
    with store.read() as db:
        case = db.execute(sa.select(CASE).where(CASE.c.id == case_id)).one_or_none()
        if case is None:
            return None
        parties = db.execute(
            sa.select(PARTY).where(PARTY.c.case_id == case_id).order_by(PARTY.c.since, PARTY.c.address)
        )
        mails = db.execute(mail_lines().where(VERDICT.c.case_id == case_id))
        claims = db.execute(sa.select(CLAIM.c.mail_id).where(CLAIM.c.case_id == case_id, CLAIM.c.settled.is_(None)))
        return CaseHead(
            id=case.id, number=case.number, round_id=case.round_id, organization=name_of(case), code=case.org_code,
            prefecture=case.org_prefecture, bureau=case.org_bureau, revision=case.revision, opened_at=case.opened_at,
            state=state_of(case, versions_of(db, case_id)),
            parties=tuple(PartyLine(address=r.address, name=r.name, role=r.role, standing=r.standing) for r in parties),
            mails=tuple(sorted((MailLine.of(row) for row in mails), key=lambda one: (one.received_at, one.id))),
            open_claims=tuple(claims.scalars()),
        )  # fmt: skip


def find_cases(store: Base, search: str, limit: int = 30) -> list[CaseFound]:
    """Cases whose body, number or a party's address or name holds the words."""
    words = search[:100].split()[:5]
    if not words:
        return []
    last = (
        sa.select(VERDICT.c.case_id, sa.func.max(VERDICT.c.received_at).label("at"))
        .group_by(VERDICT.c.case_id)
        .subquery()
    )
    query: Any = sa.select(CASE, last.c.at).select_from(CASE.outerjoin(last, last.c.case_id == CASE.c.id))
    for word in words:
        party = sa.select(PARTY.c.case_id).where(
            PARTY.c.address.icontains(word, autoescape=True) | PARTY.c.name.icontains(word, autoescape=True)
        )
        full = sa.func.coalesce(CASE.c.org_prefecture, "") + sa.func.coalesce(CASE.c.org_name, "")
        query = query.where(
            sa.or_(
                full.icontains(word, autoescape=True), CASE.c.number.icontains(word, autoescape=True),
                CASE.c.org_code == word, CASE.c.id.in_(party),
            )
        )  # fmt: skip
    with store.read() as db:
        rows: Sequence[Any] = db.execute(query.order_by(CASE.c.id).limit(limit)).all()
    return [CaseFound(id=row.id, number=row.number, organization=name_of(row), last_at=row.at) for row in rows]
