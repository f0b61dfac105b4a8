"""Bookings over their days: what calendars answered, who is to be reminded, whose letter is missing, how many there were (DESIGN §6).

Functions on a connection or a store. Times in and out are aware, business time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from mailflow.clock import tokyo
from mailflow.codec import from_json
from mailflow.model import CalendarAnswer, Verdict
from mailflow.store import audit
from mailflow.store.arrivals import MAIL, MailState
from mailflow.store.base import Base
from mailflow.store.booking_letters import OFFER
from mailflow.store.booking_list import BookingLine, lines
from mailflow.store.bookings import CANCELLED
from mailflow.store.case_read import PARTY
from mailflow.store.mails import AGAIN, VERDICT
from mailflow.store.moves import DRAFT, OUTGOING, O
from mailflow.store.rejudge import reopen
from mailflow.store.seats import BOOKING, HELD

TIMER = "timer"


def note_answer(db: sa.Connection, booking_id: int, answer: CalendarAnswer, *, actor: str) -> None:
    """What the applicant's calendar program said; the booking stays as it is and counts as unchanged."""
    case_id = db.execute(
        sa.update(BOOKING).where(BOOKING.c.id == booking_id).values(answer=answer.value).returning(BOOKING.c.case_id)
    ).scalar()
    event = audit.Event(
        actor=actor, act="calendar-answered", entity="booking", entity_id=booking_id, case_id=case_id,
        detail={"answer": answer.value},
    )  # fmt: skip
    audit.record(db, event)


# --- the reminder of the day before -----------------------------------------------------------------------------------


def to_remind(store: Base, now: datetime) -> list[BookingLine]:
    """Bookings still to come that their letter has told of and that nobody was reminded of since."""
    with store.read() as db:
        found = lines(db, BOOKING.c.state == HELD, BOOKING.c.starts > now, BOOKING.c.reminded_at.is_(None))
    return [one for one in found if one.booking.state == "confirmed"]


def remind_of(store: Base, line: BookingLine, *, now: datetime, skip: bool) -> bool:
    """Have the reminder composed, once: the booking is marked in the same transaction. `skip`: it would come too late to be
    of use. False: the case has no mail to answer, or that one is being judged just now."""
    with store.write() as db:
        mail_id = line.mail_id or _last_mail(db, line.case_id)
        if mail_id is None:
            return False
        if not skip:
            waits = db.execute(sa.select(AGAIN.c.why).where(AGAIN.c.mail_id == mail_id)).scalar()
            if waits is not None or not reopen(db, mail_id, "appointment", actor=TIMER, at=now):
                return False
        marked = db.execute(
            sa.update(BOOKING)
            .where(
                BOOKING.c.id == line.booking.id,
                BOOKING.c.reminded_at.is_(None),
                BOOKING.c.sequence == line.booking.sequence,
            )
            .values(reminded_at=now)
        ).rowcount
        if not marked:
            db.rollback()
            return False
        act = "reminder-skipped" if skip else "reminder-due"
        audit.record(
            db, audit.Event(actor=TIMER, act=act, entity="booking", entity_id=line.booking.id, case_id=line.case_id)
        )
        return not skip


def _last_mail(db: sa.Connection, case_id: int) -> int | None:
    found: int | None = db.execute(
        sa.select(VERDICT.c.mail_id)
        .join(MAIL, MAIL.c.id == VERDICT.c.mail_id)
        .where(
            VERDICT.c.case_id == case_id,
            VERDICT.c.claim.is_(False),
            MAIL.c.state == MailState.JUDGED.value,
            VERDICT.c.correspondent.is_not(None),
        )
        .order_by(VERDICT.c.received_at.desc())
        .limit(1)
    ).scalar()
    return found


# --- held, and nobody told --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Untold:
    """A slot that is held while its letter hasn't gone out. `lost`: no letter is on its way any more (it expired, another took
    its place, it failed)."""

    line: BookingLine
    since: datetime
    lost: bool


_WAITS = sa.select(sa.literal(1)).where(DRAFT.c.id == BOOKING.c.draft_id, DRAFT.c.live).correlate(BOOKING).exists()
_GOES = (
    sa.select(sa.literal(1))
    .where(
        OUTGOING.c.draft_id == BOOKING.c.draft_id,
        OUTGOING.c.state.in_([O.APPROVED.value, O.SENDING.value, O.RETRY.value, O.SENT.value]),
    )
    .correlate(BOOKING)
    .exists()
)


def untold(store: Base, now: datetime) -> list[Untold]:
    """Slots that are held and still to come, and not told of, though a letter of ours waits to, or has told another time.
    What was booked by hand without a letter is none of them."""
    with store.read() as db:
        lettered = BOOKING.c.draft_id.is_not(None) | BOOKING.c.was_draft_id.is_not(None)
        found = lines(db, BOOKING.c.state == HELD, BOOKING.c.starts > now, lettered)
        alive = set(
            db.execute(
                sa.select(BOOKING.c.id).where(BOOKING.c.state == HELD, BOOKING.c.starts > now, sa.or_(_WAITS, _GOES))
            ).scalars()
        )
    return [
        Untold(line=one, since=one.changed_at, lost=one.booking.id not in alive)
        for one in found
        if one.booking.state == HELD
    ]


# --- the day and the count --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """`by`: counts of bookings by state, method, host and day (「2026-03-18」); `bodies`: different cases; `moved`: how often."""

    total: int
    bodies: int
    moved: int
    states: dict[str, int]
    methods: dict[str, int]
    hosts: dict[str, int]
    days: dict[str, int]
    offers: int
    hours_to_letter: float | None


def statistics(store: Base) -> Statistics:
    """Of every booking in the database; hours from the hold to the letter that confirmed it: the median."""
    with store.read() as db:
        found = lines(db)
        offers = int(db.execute(sa.select(sa.func.count()).select_from(OFFER)).scalar_one())
        waits = db.execute(
            sa.select(BOOKING.c.made_at, OUTGOING.c.sent_at)
            .join(OUTGOING, OUTGOING.c.draft_id == BOOKING.c.draft_id)
            .where(OUTGOING.c.state == O.SENT.value, BOOKING.c.sequence == 0)
        ).all()
    kept = [one for one in found if one.booking.state != CANCELLED]
    return Statistics(
        total=len(found),
        bodies=len({one.case_id for one in found}),
        moved=sum(one.booking.sequence - (one.booking.state == CANCELLED) for one in found),
        states=_count(found, lambda one: one.booking.state),
        methods=_count(kept, lambda one: one.booking.method.value),
        hosts=_count(kept, lambda one: one.booking.host),
        days=_count(kept, lambda one: tokyo(one.booking.start).date().isoformat()),
        offers=offers,
        hours_to_letter=_median([(row.sent_at - row.made_at).total_seconds() / 3600 for row in waits if row.sent_at]),
    )


def _count(found: Sequence[BookingLine], by: Callable[[BookingLine], str]) -> dict[str, int]:
    return dict(sorted(Counter(by(one) for one in found).items()))


def _median(values: Sequence[float]) -> float | None:
    ordered = sorted(values)
    return round(ordered[len(ordered) // 2], 1) if ordered else None


def officers_of(store: Base, case_ids: Sequence[int]) -> dict[int, tuple[str | None, str | None]]:
    """(the officer's name, the file sent as material) of cases: of the last mail of a consultation that names them."""
    query = (
        sa.select(VERDICT.c.case_id, VERDICT.c.verdict, PARTY.c.name)
        .outerjoin(PARTY, sa.and_(PARTY.c.case_id == VERDICT.c.case_id, PARTY.c.address == VERDICT.c.correspondent))
        .where(VERDICT.c.case_id.in_(list(case_ids)), VERDICT.c.claim.is_(False), VERDICT.c.kind == "consultation")
        .order_by(VERDICT.c.received_at)
    )
    found: dict[int, tuple[str | None, str | None]] = {}
    with store.read() as db:
        for row in db.execute(query):
            name, material = found.get(row.case_id, (None, None))
            forms = from_json(Verdict, row.verdict).understood.forms
            found[row.case_id] = (row.name or name, (forms[-1].filename if forms else None) or material)
    return found
