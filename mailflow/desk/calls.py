"""The call sheet (電話連絡票): whom to phone because a letter didn't reach them, with the number of their form."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from mailflow.codec import clean_text
from mailflow.desk.refusal import Done, Refused, RefusedError, act
from mailflow.store import Store
from mailflow.store.bounces import Bounce
from mailflow.store.cases import application
from mailflow.store.people import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One line. `phone`, `contact`: of the form that counts, None where no form could be read."""

    bounce: Bounce
    number: str | None
    organization: str | None
    contact: str | None
    phone: str | None


def call_sheet(store: Store, *, every: bool = False) -> list[Call]:
    """Letters that are said not to have arrived and that nobody has dealt with; `every`: the dealt-with ones too."""
    return [_call(store, one) for one in store.bounces(open_only=not every, action="failed")]


def _call(store: Store, one: Bounce) -> Call:
    sheet = application(store, str(one.case_id))
    form = sheet.verdict.understood.form if sheet and sheet.verdict else None
    return Call(
        bounce=one,
        number=sheet.line.number if sheet else None,
        organization=sheet.line.organization.full_name if sheet else None,
        contact=form.text("contact_name") if form else None,
        phone=form.text("contact_phone") if form else None,
    )


def settle_call(store: Store, bounce_id: int, *, user: str, how: str, at: datetime) -> Done | Refused:
    """Say what was done about it. The letter's own state stays as it is."""

    def do(db: sa.Connection) -> Done:
        if not how.strip():
            raise RefusedError("どうしたかを書いてください（だれに電話したかなど）")
        if not store.settle_bounce(db, bounce_id, by=user, how=clean_text(how)[:1000], at=at):
            raise RefusedError(f"番号 {bounce_id} の、済んでいない知らせはありません", "unknown")
        return Done()

    return act(store, user, Role.STAFF, do)
