"""What holds for one applicant alone: the exceptions that people made, and the later close of its area, which the configuration says
(DESIGN §3). Put together here for every list, page and export. Reading only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from mailflow.model import KnownException
from mailflow.settings.settings import Settings
from mailflow.store import Store
from mailflow.store.casebook import Casebook
from mailflow.store.cases import CaseLine, application, organization_of
from mailflow.store.mails import CASE


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One exception as the books have it. `id` and `at` None: the area's, which is no row of the case."""

    id: int | None
    what: str
    until: datetime | None
    why: str
    consent: str | None
    by: str
    at: datetime | None
    ended_at: datetime | None


def in_force(line: CaseLine, settings: Settings) -> tuple[KnownException, ...]:
    """Those that people made for this applicant and nobody ended, and the later close of its area."""
    area = settings.area_exception(line.round_id, line.organization)
    return line.exceptions if area is None else (*line.exceptions, area)


def area_exception(store: Store, settings: Settings, case_id: int) -> KnownException | None:
    """The later close of the area of a case's body, None where it has the usual one."""
    sheet = application(store, str(case_id))
    if sheet is not None:
        return settings.area_exception(sheet.line.round_id, sheet.line.organization)
    with store.read() as db:
        case = db.execute(sa.select(CASE).where(CASE.c.id == case_id)).one_or_none()
    return settings.area_exception(case.round_id, organization_of(case, None)) if case is not None else None


def written(store: Store, settings: Settings, book: Casebook) -> Iterator[Written]:
    """All of the case, ended ones too, the area's last."""
    for one in book.exceptions:
        yield Written(
            id=one.id, what=one.what, until=one.until, why=one.why, consent=one.consent, by=one.by, at=one.at,
            ended_at=one.ended_at,
        )  # fmt: skip
    if (area := area_exception(store, settings, book.case_id)) is not None:
        yield Written(
            id=None, what=area.what, until=area.until, why=area.why, consent=area.consent, by=area.by, at=None,
            ended_at=None,
        )  # fmt: skip
