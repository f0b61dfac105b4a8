"""What letters are to bookings: which one tells of a slot, what becomes of the slot where it won't go, the offers sent (DESIGN §6).

Functions on a transaction. Times in and out are aware, UTC in the database.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from mailflow.codec import from_json, to_json
from mailflow.model import Method, Offer, Slot
from mailflow.store.bookings import CANCELLED, GONE_OUT, OUTGOING, cancel, slot_told
from mailflow.store.moves import DRAFT, D, O, pull_back
from mailflow.store.seats import BOOKING, HELD, give_back_seat, held_seats, keep_seats, take_seat
from mailflow.store.tables import table_of
from mailflow.store.tables_consultation import OfferRow

OFFER = table_of(OfferRow)
TELLING = ("consultation-confirmed", "consultation-changed")
GIVEN_UP = "メールの判定を直しました。"


def letter_rejected(
    db: sa.Connection,
    draft_id: int,
    capacities: Mapping[str, int],
    *,
    now: datetime,
    actor: str,
    because: str = "手紙が却下されました。",
) -> None:
    """The letter that would have told of a held slot will not go: the slot is released; a move is taken back, with its method, its
    meeting and the letter that told of it. Where the old time is gone (taken, or its host is no more), the booking keeps the new
    one: the applicant counts on having one, so that a person must settle which (`untold` says that its letter is lost).
    `capacities`: of the hosts of consultation.yaml."""
    row = db.execute(sa.select(BOOKING).where(BOOKING.c.draft_id == draft_id, BOOKING.c.state == HELD)).one_or_none()
    if row is None:
        return
    if row.was_starts is None:
        cancel(db, row.id, now=now, actor=actor, because=because)
        return
    was = _before_the_move(db, row)
    old = Slot(start=was["starts"], end=was["ends"], host=was["host"], method=Method(was["method"]))
    mine = held_seats(db, row.id)
    give_back_seat(db, row.id)
    if not take_seat(db, row.id, old, capacities.get(old.host, 0)):
        keep_seats(db, mine)
        kept = Slot(start=row.starts, end=row.ends, host=row.host, method=Method(row.method))
        slot_told(db, row.id, row.case_id, "slot-move-not-taken-back", actor=actor, slot=kept)
        return
    db.execute(
        sa.update(BOOKING)
        .where(BOOKING.c.id == row.id)
        .values(
            **was, was_starts=None, was_ends=None, was_host=None, was_method=None, was_link=None, was_draft_id=None,
            changed_at=now,
        )
    )  # fmt: skip
    slot_told(db, row.id, row.case_id, "slot-move-taken-back", actor=actor, slot=old)


def _before_the_move(db: sa.Connection, row: Any) -> dict[str, Any]:
    """What the booking was. A move from before migration 0013 kept only time and host: its method is the one it has, its meeting
    stayed with its host, and the letter that told of it is the case's last that left, where the case has no other booking."""
    was = {
        "starts": row.was_starts, "ends": row.was_ends, "host": row.was_host, "method": row.was_method, "link": row.was_link,
        "draft_id": row.was_draft_id,
    }  # fmt: skip
    if row.was_method is not None:
        return was
    only = sa.select(sa.func.count()).select_from(BOOKING).where(BOOKING.c.case_id == row.case_id)
    letter = (
        sa.select(DRAFT.c.id)
        .join(OUTGOING, OUTGOING.c.draft_id == DRAFT.c.id)
        .where(DRAFT.c.case_id == row.case_id, DRAFT.c.template.in_(TELLING), OUTGOING.c.state.in_(GONE_OUT))
        .order_by(DRAFT.c.id.desc())
        .limit(1)
    )
    was |= {"method": row.method, "link": row.link if row.host == row.was_host else None}
    if db.execute(only).scalar_one() == 1:
        was["draft_id"] = db.execute(letter).scalar()
    return was


def give_up(db: sa.Connection, mail_id: int, capacities: Mapping[str, int], *, now: datetime, actor: str) -> None:
    """A mail turns out to ask for no slot, or for another body's: what it held is released, a move of its taken back, where no
    letter has told of it yet. The name of its entry is free again."""
    left = sa.select(OUTGOING.c.draft_id).where(OUTGOING.c.state.in_(GONE_OUT))
    rows = db.execute(
        sa.select(BOOKING.c.id, BOOKING.c.draft_id, BOOKING.c.mail_id, BOOKING.c.uid, BOOKING.c.sequence)
        .outerjoin(DRAFT, DRAFT.c.id == BOOKING.c.draft_id)
        .where(
            BOOKING.c.state == HELD,
            sa.or_(
                DRAFT.c.mail_id == mail_id, sa.and_(BOOKING.c.draft_id.is_(None), BOOKING.c.mail_id == mail_id)
            ),  # a letter about what people did by hand answers no mail: what they did stays
            BOOKING.c.draft_id.is_(None) | BOOKING.c.draft_id.not_in(left),
        )
    ).all()
    for row in rows:
        if row.draft_id is not None:
            letter_rejected(db, row.draft_id, capacities, now=now, actor=actor, because=GIVEN_UP)
        elif row.sequence == 0:
            cancel(db, row.id, now=now, actor=actor, because=GIVEN_UP)
        if row.mail_id == mail_id:
            gone = sa.and_(BOOKING.c.id == row.id, BOOKING.c.state == CANCELLED)
            db.execute(sa.update(BOOKING).where(gone).values(uid=f"{row.id}.{row.uid}"))


def stop_letter(db: sa.Connection, draft_id: int | None, *, because: str, actor: str) -> None:
    """People have changed what a letter on its way tells: it stops, for a person to look at. One that a server has goes."""
    live = sa.select(DRAFT.c.id).where(DRAFT.c.id == draft_id, DRAFT.c.live)
    if db.execute(live).first() is not None and draft_id is not None:
        pull_back(db, draft_id, D.STALE, because=because, actor=actor)


def tells_truth(db: sa.Connection, draft_id: int, template: str) -> bool:
    """Whether a booking is still as this letter of a booking or a move says. Of any other letter: True."""
    if template not in TELLING:
        return True
    held = sa.select(BOOKING.c.id).where(BOOKING.c.draft_id == draft_id, BOOKING.c.state == HELD)
    return db.execute(held).first() is not None


def told_by(db: sa.Connection, booking_id: int, draft_id: int) -> None:
    """Which letter tells of the booking as it is now."""
    db.execute(sa.update(BOOKING).where(BOOKING.c.id == booking_id).values(draft_id=draft_id))


def agreed(db: sa.Connection, booking_id: int) -> None:
    """The applicant was told of the booking as it is by phone: there is nothing that they were told otherwise."""
    none = dict.fromkeys(("was_starts", "was_ends", "was_host", "was_method", "was_link", "was_draft_id"))
    db.execute(sa.update(BOOKING).where(BOOKING.c.id == booking_id).values(**none))


def retold_by(db: sa.Connection, draft_id: int, instead: int) -> None:
    """Another letter tells of what `draft_id` told of: it went to an address that doesn't exist."""
    db.execute(sa.update(BOOKING).where(BOOKING.c.draft_id == draft_id).values(draft_id=instead))


def keep_offer(
    db: sa.Connection,
    *,
    draft_id: int,
    case_id: int,
    slots: tuple[Slot, ...],
    asked_at: datetime,
    method: Method | None,
) -> None:
    """The numbers of a letter, so that an answer by number can be understood."""
    db.execute(
        sa.insert(OFFER),
        {
            "draft_id": draft_id, "case_id": case_id, "asked_at": asked_at, "method": method.value if method else None,
            "slots": to_json(slots, tuple[Slot, ...]),
        },
    )  # fmt: skip


def offer_of(db: sa.Connection, case_id: int, draft_id: int | None = None) -> Offer | None:
    """The offer that went out to the case: that of the letter answered, else the last one."""
    query = (
        sa.select(OFFER)
        .join(OUTGOING, OUTGOING.c.draft_id == OFFER.c.draft_id)
        .where(OFFER.c.case_id == case_id, OUTGOING.c.state.in_([O.SENT.value, O.UNCERTAIN.value]))
        .order_by((OFFER.c.draft_id == draft_id).desc(), OFFER.c.draft_id.desc())
        .limit(2)
    )
    rows = db.execute(query).all()
    if not rows:
        return None
    row = rows[0]
    slots: tuple[Slot, ...] = from_json(tuple[Slot, ...], row.slots)
    method = Method(row.method) if row.method else None
    return Offer(
        draft_id=row.draft_id,
        slots=slots,
        asked_at=row.asked_at,
        method=method,
        sure=row.draft_id == draft_id or len(rows) == 1,
    )


def acted(db: sa.Connection, case_id: int, mail_id: int) -> Literal["untold", "told"] | None:
    """Whether a letter about a slot of the case was ever composed for this mail, and whether one has left."""
    rows = db.execute(
        sa.select(OUTGOING.c.state)
        .select_from(DRAFT.outerjoin(OUTGOING, OUTGOING.c.draft_id == DRAFT.c.id))
        .where(
            DRAFT.c.case_id == case_id,
            DRAFT.c.mail_id == mail_id,
            DRAFT.c.template.in_([*TELLING, "consultation-cancelled"]),
        )
    ).all()
    if not rows:
        return None
    return "told" if any(row.state in GONE_OUT for row in rows) else "untold"
