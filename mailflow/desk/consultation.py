"""What people do with slots by hand: book, move, cancel, block, note what became of it (DESIGN §6).

The console's page and the CLI act through here. A slot by hand must be one of a host in consultation.yaml, may lie outside the
pattern (an evening call), and can't be where the host has no seat left. The letter about it is composed by the same act
(desk/booking_letters.py), unless the applicant was told by phone.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mailflow.desk.booking_letters import ByLetter, Change, Composed, Told, compose_telling, save_telling
from mailflow.desk.holding import held, note
from mailflow.desk.refusal import Done, Refused, RefusedError, act
from mailflow.model import Booking, Method, Slot
from mailflow.settings.consultation import ConsultationFile, Host
from mailflow.store import Store, booking_letters, bookings, seats
from mailflow.store.booking_list import bookings_of
from mailflow.store.bookings import NewBooking
from mailflow.store.people import Role
from mailflow.store.seats import BOOKING, HELD

_MOVED, _CANCELLED = "予約の日時が手で変更されました", "予約が手で取り消されました"
_NO_SEAT = "その時間は、もう空いていません"


@dataclass(frozen=True, slots=True)
class Booked:
    """`booking_id`: of the booking made; `draft_id`: of the letter that waits to tell of it, None where it was told by phone."""

    booking_id: int
    draft_id: int | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """A booking was moved or cancelled. `draft_id`: of the letter that waits to tell of it."""

    draft_id: int | None = None


@dataclass(frozen=True, slots=True)
class Blocked:
    block_id: int


def book(
    store: Store,
    consultation: ConsultationFile,
    *,
    case_id: int,
    slot: Slot,
    told: Told,
    user: str,
    now: datetime,
    phone: str | None = None,
    topic: str | None = None,
    note: str | None = None,
    address: str = "mailflow.invalid",
) -> Booked | Refused:
    """Hold a slot for a case. `address`: of the office, for the calendar entry's name. `told`: how the applicant hears of it."""
    uid = f"{secrets.token_hex(16)}@{address.rpartition('@')[2]}"
    letter = _letter(store, told, Change(case_id=case_id, slot=slot, uid=uid, phone=phone), now)
    if isinstance(letter, Refused):
        return letter

    def do(db: sa.Connection) -> Booked:
        host = _host(consultation, slot, now)
        case = held(db, case_id, None)
        if consultation.one_active and any(
            one.state in (HELD, bookings.CONFIRMED) and one.end > now for one in bookings_of(db, case_id)
        ):
            raise RefusedError("この団体には、もう予約があります。変更（move）か取り消し（cancel）をしてください")
        new = NewBooking(
            case_id=case_id, round_id=case.round_id, slot=slot, capacity=host.capacity, phone=phone, topic=topic, note=note,
            uid=uid, link=letter.link if letter else None,
        )  # fmt: skip
        made = bookings.book(db, new, now=now, actor=user)
        if made is None:
            raise RefusedError(_NO_SEAT)
        return Booked(made, _keep_letter(store, db, letter, case_id, made, user=user, now=now))

    return act(store, user, Role.STAFF, do)


def move(
    store: Store, consultation: ConsultationFile, booking_id: int, slot: Slot, *, told: Told, user: str, now: datetime
) -> Changed | Refused:
    """Another time, host or method for a booking that is still to come. Its meeting stays while its host does; a letter that
    waits to tell of the old time stops."""
    before = _as_it_is(store, booking_id)
    letter = _letter(store, told, Change(case_id=before[0], slot=slot, booking=before[1]), now) if before else None
    if isinstance(letter, Refused):
        return letter

    def do(db: sa.Connection) -> Changed:
        row = _as_before(db, booking_id, before)
        host = _host(consultation, slot, now)
        kept = row.link if row.host == slot.host and slot.method is Method.ONLINE else None
        booking_letters.stop_letter(db, row.draft_id, because=_MOVED, actor=user)
        link = letter.link if letter else kept
        if not bookings.move(db, booking_id, slot, host.capacity, now=now, actor=user, link=link):
            raise RefusedError(_NO_SEAT)
        if letter is None:
            booking_letters.agreed(db, booking_id)
        return Changed(_keep_letter(store, db, letter, row.case_id, booking_id, user=user, now=now))

    return act(store, user, Role.STAFF, do)


def cancel(store: Store, booking_id: int, *, told: Told, user: str, now: datetime, reason: str) -> Changed | Refused:
    """Give the slot back; a letter that waits to tell of it stops. `reason`: for the record; the letter doesn't say it."""
    before = _as_it_is(store, booking_id)
    letter = _letter(store, told, Change(case_id=before[0], slot=None, booking=before[1]), now) if before else None
    if isinstance(letter, Refused):
        return letter

    def do(db: sa.Connection) -> Changed:
        row = _as_before(db, booking_id, before)
        booking_letters.stop_letter(db, row.draft_id, because=_CANCELLED, actor=user)
        bookings.cancel(db, booking_id, now=now, actor=user, because=reason)
        return Changed(_keep_letter(store, db, letter, row.case_id, booking_id, user=user, now=now))

    return act(store, user, Role.STAFF, do)


def _letter(store: Store, told: Told, change: Change, now: datetime) -> Composed | Refused | None:
    return compose_telling(store, told, change, now=now) if isinstance(told, ByLetter) else None


def _keep_letter(
    store: Store, db: sa.Connection, letter: Composed | None, case_id: int, booking_id: int, *, user: str, now: datetime
) -> int | None:
    if letter is not None:
        return save_telling(store, db, letter, case_id, booking_id, user=user, now=now)
    note(db, case_id, None, "事前相談会の日時を、電話で伝えました", user=user, now=now)
    return None


def _as_it_is(store: Store, booking_id: int) -> tuple[int, Booking] | None:
    found = next((one for one in store.bookings() if one.booking.id == booking_id), None)
    return (found.case_id, found.booking) if found else None


def _as_before(db: sa.Connection, booking_id: int, before: tuple[int, Booking] | None) -> Any:
    """The booking, held with its case, so that a mail that is being judged is judged again. Refused where it isn't as it was."""
    if before is not None:
        held(db, before[0], None)  # the case first, as the worker does
    row = _held(db, booking_id)
    if before is None or row.case_id != before[0] or row.sequence != before[1].sequence:
        raise RefusedError("予約が、ほかの操作で変わりました。もう一度ご覧ください")
    return row


def close(
    store: Store, booking_id: int, *, came: bool, user: str, now: datetime, minutes: str | None = None
) -> Done | Refused:
    """Afterwards: it took place, or nobody came. `minutes`: what was said, for the case; never mailed."""

    def do(db: sa.Connection) -> Done:
        row = _held(db, booking_id, also=(bookings.DONE, bookings.NO_SHOW))
        if row.starts > now:
            raise RefusedError("まだ始まっていない相談です")
        bookings.end_as(db, booking_id, bookings.DONE if came else bookings.NO_SHOW, now=now, actor=user, note=minutes)
        return Done()

    return act(store, user, Role.STAFF, do)


def set_link(store: Store, booking_id: int, link: str, *, user: str, now: datetime) -> Done | Refused:
    """The meeting of a booking, where consultation.yaml had none left for it."""

    def do(db: sa.Connection) -> Done:
        _held(db, booking_id)
        if not link.startswith("https://") or len(link) > 400:
            raise RefusedError("会議のURLは https:// から書いてください")
        db.execute(sa.update(BOOKING).where(BOOKING.c.id == booking_id).values(link=link, changed_at=now))
        return Done()

    return act(store, user, Role.STAFF, do)


def block(
    store: Store, consultation: ConsultationFile, *, host: str, start: datetime, end: datetime, reason: str, user: str,
    now: datetime,
) -> Blocked | Refused:  # fmt: skip
    """Take time of a host out, so that nothing is booked in it."""

    def do(db: sa.Connection) -> Blocked:
        found = consultation.host(host)
        if found is None:
            raise RefusedError(f"{host} という担当はいません（consultation.yaml の hosts）")
        if end <= start:
            raise RefusedError("終わりが始まりより前です")
        made = seats.block(
            db, host=host, start=start, end=end, capacity=found.capacity, reason=reason, by=user, now=now
        )
        if made is None:
            raise RefusedError("その時間には、もう予約があります。先に予約を変更するか、取り消してください")
        return Blocked(made)

    return act(store, user, Role.STAFF, do)


def unblock(store: Store, block_id: int, *, user: str, now: datetime) -> Done | Refused:
    """Give blocked time back."""

    def do(db: sa.Connection) -> Done:
        if not seats.unblock(db, block_id, by=user, now=now):
            raise RefusedError("その枠止めはありません")
        return Done()

    return act(store, user, Role.STAFF, do)


def _held(db: sa.Connection, booking_id: int, also: tuple[str, ...] = ()) -> Any:
    # Held until the act is written: another's cancellation may not slip in between.
    row = db.execute(sa.select(BOOKING).where(BOOKING.c.id == booking_id).with_for_update()).one_or_none()
    if row is None:
        raise RefusedError("その予約はありません")
    if row.state not in (HELD, *also):
        raise RefusedError("その予約は、もう取り消されたか、終わっています")
    return row


def _host(consultation: ConsultationFile, slot: Slot, now: datetime) -> Host:
    host = consultation.host(slot.host)
    if host is None:
        raise RefusedError(f"{slot.host} という担当はいません（consultation.yaml の hosts）")
    if slot.method not in host.methods:
        words = {Method.ONLINE: "オンライン", Method.PHONE: "電話"}
        raise RefusedError(f"{host.name}は{words[slot.method]}の相談を受けません")
    if slot.start <= now:
        raise RefusedError("もう過ぎた日時です")
    return host
