"""What the first page and the strip above every page say: counts, what waits for a person, arrivals by the hour. Reads only.

Each function is one consistent read. Days and hours are Asia/Tokyo's, by business time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from mailflow.clock import TOKYO, tokyo
from mailflow.store.arrivals import MAIL, PLACE, MailState
from mailflow.store.base import Base
from mailflow.store.mails import CASE
from mailflow.store.moves import DRAFT, OUTGOING, D, DraftState, O, OutgoingState
from mailflow.store.unfetchable import PURGED


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many wait for a person, and what went through today. `waiting`: letters that may be approved, `review` of them
    looked at first; `pending`: approved and not out yet."""

    waiting: int
    review: int
    stale: int
    pending: int
    uncertain: int
    failed: int
    failed_mails: int
    unfetchable: int
    arrived_today: int
    sent_today: int
    last_arrival: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One of several things that wait: what stands in small letters beside their number."""

    id: int
    case_id: int | None
    organization: str | None
    template: str | None
    said: str | None
    at: datetime | None


def day_start(now: datetime) -> datetime:
    """Midnight in Tokyo before `now`."""
    return datetime.combine(tokyo(now).date(), time(0), TOKYO)


def counts(store: Base, now: datetime) -> Counts:
    midnight = day_start(now)
    dropped = (D.APPROVED.value, O.DROPPED.value)
    with store.read() as db:
        letters = {
            (row.state, row.sending): (row.number, row.review or 0)
            for row in db.execute(
                sa.select(
                    DRAFT.c.state,
                    OUTGOING.c.state.label("sending"),
                    sa.func.count().label("number"),
                    sa.func.sum(sa.cast(DRAFT.c.review, sa.Integer)).label("review"),
                )
                .select_from(DRAFT.outerjoin(OUTGOING, OUTGOING.c.draft_id == DRAFT.c.id))
                .group_by(DRAFT.c.state, OUTGOING.c.state)
            )
        }
        mails = {
            row.state: row.number
            for row in db.execute(sa.select(MAIL.c.state, sa.func.count().label("number")).group_by(MAIL.c.state))
        }
        unfetchable = (
            sa.select(sa.func.count()).select_from(PLACE).where(PLACE.c.mail_id.is_(None), PLACE.c.reason != PURGED)
        )
        today = sa.select(sa.func.count(), sa.func.max(MAIL.c.received_at)).where(
            MAIL.c.received_at >= midnight, MAIL.c.received_at <= now
        )
        arrived, last = db.execute(today).one()
        sent = sa.select(sa.func.count()).where(OUTGOING.c.state == O.SENT.value, OUTGOING.c.sent_at >= midnight)
        sent_today: int = db.execute(sent).scalar_one()
        gone = int(db.execute(unfetchable).scalar_one())

    def of(state: DraftState) -> tuple[int, int]:
        found = [value for key, value in letters.items() if key[0] == state and key != dropped]
        return sum(one[0] for one in found), sum(one[1] for one in found)

    def out(*states: OutgoingState) -> int:
        return sum(value[0] for key, value in letters.items() if key[0] == D.APPROVED and key[1] in states)

    waiting, review = of(D.WAITING)
    return Counts(
        waiting=waiting, review=review, stale=of(D.STALE)[0], pending=out(O.APPROVED, O.SENDING, O.RETRY),
        uncertain=out(O.UNCERTAIN), failed=out(O.FAILED), failed_mails=mails.get(MailState.FAILED.value, 0),
        unfetchable=gone, arrived_today=arrived, sent_today=sent_today, last_arrival=last,
    )  # fmt: skip


def troubled_letters(store: Base, state: OutgoingState, limit: int = 3) -> list[Example]:
    """The newest letters in a state that a person must settle."""
    query = (
        sa.select(OUTGOING.c.id, OUTGOING.c.case_id, OUTGOING.c.answer, OUTGOING.c.claimed_at, DRAFT.c.template, CASE)
        .select_from(
            OUTGOING.join(DRAFT, DRAFT.c.id == OUTGOING.c.draft_id).join(CASE, CASE.c.id == OUTGOING.c.case_id)
        )
        .where(OUTGOING.c.state == state.value)
        .order_by(OUTGOING.c.id.desc())
        .limit(limit)
    )
    with store.read() as db:
        return [
            Example(
                id=row[0], case_id=row[1], said=row[2], at=row[3], template=row[4], organization=name_of(row)
            )
            for row in db.execute(query)
        ]  # fmt: skip


def arrivals_by_hour(store: Base, days: Sequence[datetime]) -> list[list[int]]:
    """For each midnight given: how many mails arrived in each of the 24 hours from then on."""
    found = []
    with store.read() as db:
        for midnight in days:
            hours = [0] * 24
            moments = db.execute(
                sa.select(MAIL.c.received_at).where(
                    MAIL.c.received_at >= midnight, MAIL.c.received_at < midnight + timedelta(days=1)
                )
            ).scalars()
            for at in moments:
                hours[tokyo(at).hour] += 1
            found.append(hours)
    return found


def name_of(case: Any) -> str | None:
    """「長野県飯田市」 of a row that holds the columns of a case."""
    name, prefecture = case.org_name, case.org_prefecture
    if name and prefecture and not name.startswith(prefecture):
        return f"{prefecture}{name}"
    return str(name) if name else None
