"""事前相談: the week of slots, why a request was read so, and what people book, move, close and block by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

import jpholiday
from fastapi import APIRouter, Depends
from starlette.responses import Response

from mailflow.clock import TOKYO, tokyo
from mailflow.console import words
from mailflow.console.visit import RowId, Visit, visit
from mailflow.consultation.slots import all_slots, bookable_until, is_day_off, seats_left
from mailflow.desk import Refused
from mailflow.desk import consultation as acts
from mailflow.desk.booking_letters import ByLetter, ByPhone, Told
from mailflow.model import Method, Slot, Verdict
from mailflow.settings.consultation import ConsultationFile
from mailflow.settings.models import Round
from mailflow.settings.moments import moment
from mailflow.store.booking_list import BookingLine
from mailflow.store.casebook import find_case
from mailflow.store.cases import judged
from mailflow.store.hidden import hidden_mails
from mailflow.store.mail_list import mail_page
from mailflow.store.mails import MailLine

router = APIRouter()
Here = Annotated[Visit, Depends(visit)]
FARTHEST = timedelta(days=3660)
LIVE = ("held", "confirmed", "done", "no-show")


@dataclass
class CellOfWeek:
    """One time on one day: who comes, how many more may."""

    bookings: list[BookingLine] = field(default_factory=list)
    free: int = 0
    seats: int = 0
    past: bool = False


@dataclass(frozen=True, slots=True)
class DayOfWeek:
    """`off`: why nobody is received; None on a day of consultations."""

    day: date
    name: str
    today: bool
    off: str | None


@dataclass(frozen=True, slots=True)
class Week:
    days: tuple[DayOfWeek, ...]
    rows: tuple[tuple[str, dict[date, CellOfWeek]], ...]
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Unread:
    """A request that a person must read. `because`: what wasn't understood."""

    line: MailLine
    because: tuple[str, ...]
    wished: tuple[str, ...]


@router.get("/consultation")
def consultation(here: Here) -> Response:
    return _show(here)


def _show(
    here: Visit, *, status: int = 200, problem: str | None = None, typed: dict[str, str] | None = None
) -> Response:
    office = here.office
    now, settings = office.now(), office.settings
    monday = _monday(here.asked("week", 10), now)
    chosen = here.number("booking") if here.request.method == "POST" else here.asked_number("booking")
    bookings = office.store.bookings()
    one = next((line for line in bookings if line.booking.id == chosen), None)
    if one is not None and not here.asked("week", 10):
        day = tokyo(one.booking.start).date()
        monday = day - timedelta(days=day.weekday())
    said = judged(office.store, one.mail_id) if one is not None and one.mail_id else None
    return here.page(
        "consultation.html",
        status=status,
        week=week_of(
            settings.consultation,
            settings.round_for(max(now, _start(monday))),
            bookings,
            office.store.taken_seats(_start(monday)),
            monday=monday,
            now=now,
        ),
        monday=monday,
        one=one,
        request=said.verdict.understood.request if said else None,
        step=said.verdict.step if said else None,
        hosts=settings.consultation.hosts,
        enabled=settings.consultation.enabled,
        unread=_unread(here),
        blocks=office.store.blocks(now),
        problem=problem,
        typed=typed or {},
        done=here.asked("done", 20),
        methods=words.METHODS,
        host_names={host.id: host.name for host in settings.consultation.hosts},
    )


def week_of(
    consultation: ConsultationFile,
    round_: Round,
    bookings: Sequence[BookingLine],
    taken: Any,
    *,
    monday: date,
    now: datetime,
) -> Week:
    """The five days from Monday, more where somebody is booked on a weekend; slots as far as the round goes."""
    first, last = _start(monday), _start(monday + timedelta(days=7))
    mine = [one for one in bookings if first <= one.booking.start < last and one.booking.state in LIVE]
    used = {tokyo(one.booking.start).date() for one in mine}
    days = [monday + timedelta(days=number) for number in range(7)]
    days = [day for day in days if day.weekday() < 5 or day in used]
    cells: dict[time, dict[date, CellOfWeek]] = {}
    for start, end, host in (
        all_slots(consultation, first, min(last, bookable_until(round_, consultation))) if consultation.enabled else ()
    ):
        local = tokyo(start)
        cell = cells.setdefault(local.time(), {}).setdefault(local.date(), CellOfWeek())
        cell.seats += host.capacity
        cell.free += max(0, seats_left(start, end, host, taken))
        cell.past = start <= now
    for one in mine:
        local = tokyo(one.booking.start)
        cells.setdefault(local.time(), {}).setdefault(
            local.date(), CellOfWeek(past=one.booking.start <= now)
        ).bookings.append(one)
    today = tokyo(now).date()
    shown = tuple(
        DayOfWeek(
            day,
            f"{day.month}月{day.day}日（{words.WEEKDAYS[day.weekday()]}）",
            day == today,
            _off(day, consultation, cells),
        )
        for day in days
    )
    return Week(
        days=shown,
        rows=tuple((f"{at.hour}:{at.minute:02}", row) for at, row in sorted(cells.items())),
        before=(monday - timedelta(days=7)).isoformat(),
        after=(monday + timedelta(days=7)).isoformat(),
    )


def _off(day: date, consultation: ConsultationFile, cells: dict[time, dict[date, CellOfWeek]]) -> str | None:
    if any(day in row for row in cells.values()):
        return None
    if day.weekday() >= 5:
        return "休み"
    return jpholiday.is_holiday_name(day) or ("相談なし" if is_day_off(day, consultation) else "枠はありません")


def _monday(text: str, now: datetime) -> date:
    """The week asked for, this one where none is: not one so far off that nobody has consultations then."""
    today = tokyo(now).date()
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = today
    if abs(day - today) > FARTHEST:
        day = today
    return day - timedelta(days=day.weekday())


def _start(day: date) -> datetime:
    return datetime.combine(day, time(0), TOKYO)


def _unread(here: Visit) -> list[Unread]:
    """Requests with an open `review`, newest first: their letters wait for a person."""
    found = []
    lines = mail_page(here.office.store, kinds=["consultation"], review=True, limit=20)
    out_of_sight = hidden_mails(here.office.store, [one.id for one in lines])
    for line in lines:
        if line.id in out_of_sight:
            continue
        said = judged(here.office.store, line.id)
        if said is not None:
            found.append(Unread(line, _because(said.verdict), _wished(said.verdict)))
    return found


def _because(verdict: Verdict) -> tuple[str, ...]:
    request = verdict.understood.request
    found = [*(request.unclear if request else ())]
    if verdict.step is not None and verdict.step.review:
        found.append(verdict.step.review)
    found += [one.message for one in verdict.findings if one.severity.value == "review"]
    return tuple(words.short(one, 120) for one in dict.fromkeys(found))[:4]


def _wished(verdict: Verdict) -> tuple[str, ...]:
    request = verdict.understood.request
    said = dict.fromkeys(one.text for one in request.windows) if request else ()
    return tuple(words.short(one, 60) for one in said)[:4]


# --- acts -------------------------------------------------------------------------------------------------------------


def _slot(here: Visit) -> Slot | str:
    """The slot of the form, or what is wrong with it."""
    try:
        start = moment(here.text("start", 40).strip().replace("T", " "))
    except ValueError:
        return "始まりの日時が読めません。例：2026-03-18 13:00"
    if not isinstance(start, datetime):
        return "時刻まで書いてください。例：2026-03-18 13:00"
    method = here.text("method", 10)
    if method not in set(Method):
        return "方法を選んでください"
    length = here.office.settings.consultation.pattern.length
    return Slot(start=start, end=start + length, host=here.text("host", 40), method=Method(method))


def _told(here: Visit) -> Told:
    """How the applicant hears of it: by the letter that is composed, unless they were told by phone."""
    if here.text("told", 10) == "phone":
        return ByPhone()
    office = here.office
    return ByLetter(settings=office.settings, read=office.reader.read, by_office=here.text("by_office", 5) == "yes")


def _done(here: Visit, result: Any, done: str, booking: int | None = None) -> Response:
    if isinstance(result, Refused | str):
        reason = result if isinstance(result, str) else result.reason
        status = 403 if isinstance(result, Refused) and result.cause == "role" else 409
        return _show(here, status=status, problem=reason, typed=here.typed())
    return here.go("/consultation", week=here.text("week", 10), booking=booking, done=done)


@router.post("/consultation/book")
def book(here: Here) -> Response:
    office = here.office
    slot = _slot(here)
    case_id = find_case(office.store, here.text("case", 60).strip())
    if isinstance(slot, str):
        return _done(here, slot, "")
    if case_id is None:
        return _done(here, "その案件はありません。受付番号（R8-1-202053 など）を書いてください", "")
    result = acts.book(
        office.store, office.settings.consultation, case_id=case_id, slot=slot, user=here.user, now=office.now(),
        phone=here.text("phone", 60).strip() or None, topic=here.text("topic", 300).strip() or None,
        note=here.text("note", 300).strip() or None, address=office.settings.programme.address, told=_told(here),
    )  # fmt: skip
    return _done(here, result, "booked", result.booking_id if isinstance(result, acts.Booked) else None)


@router.post("/consultation/{booking_id}/move")
def move(here: Here, booking_id: RowId) -> Response:
    slot = _slot(here)
    if isinstance(slot, str):
        return _done(here, slot, "")
    result = acts.move(
        here.office.store, here.office.settings.consultation, booking_id, slot, told=_told(here), user=here.user,
        now=here.office.now(),
    )  # fmt: skip
    return _done(here, result, "moved", booking_id)


@router.post("/consultation/{booking_id}/cancel")
def cancel(here: Here, booking_id: RowId) -> Response:
    reason = here.text("reason", 300).strip()
    if not reason:
        return _done(here, "枠を放すわけを書いてください", "")
    result = acts.cancel(
        here.office.store, booking_id, told=_told(here), user=here.user, now=here.office.now(), reason=reason
    )
    return _done(here, result, "cancelled", booking_id)


@router.post("/consultation/{booking_id}/close")
def close(here: Here, booking_id: RowId) -> Response:
    result = acts.close(
        here.office.store, booking_id, came=here.text("came", 5) == "yes", user=here.user, now=here.office.now(),
        minutes=here.text("minutes", 2000).strip() or None,
    )  # fmt: skip
    return _done(here, result, "closed", booking_id)


@router.post("/consultation/block")
def block(here: Here) -> Response:
    try:
        start, end = (moment(here.text(name, 40).strip().replace("T", " ")) for name in ("from", "until"))
    except ValueError:
        return _done(here, "日時が読めません。例：2026-03-18 13:00", "")
    if not isinstance(start, datetime) or not isinstance(end, datetime):
        return _done(here, "時刻まで書いてください。例：2026-03-18 13:00", "")
    result = acts.block(
        here.office.store, here.office.settings.consultation, host=here.text("host", 40), start=start, end=end,
        reason=here.text("reason", 300), user=here.user, now=here.office.now(),
    )  # fmt: skip
    return _done(here, result, "blocked")


@router.post("/consultation/unblock")
def unblock(here: Here) -> Response:
    result = acts.unblock(here.office.store, here.number("block") or 0, user=here.user, now=here.office.now())
    return _done(here, result, "unblocked")
