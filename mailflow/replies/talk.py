"""What a letter about the consultation says: the step decided, in an officer's words (DESIGN §6, letters.md §3, §4).

In: the step, the request, what is known, the settings. Out: `ConsultationView`. Day and time of letter, subject and calendar
entry come from the one Slot. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, time

from mailflow.clock import TOKYO, tokyo
from mailflow.model import Booking, ConsultationStep, Method, Request, Slot, Verdict, Window
from mailflow.replies.occasions import ConsultationView, offered, slot_view
from mailflow.replies.quoting import said
from mailflow.replies.view import CaseView
from mailflow.replies.wording import clock_time, short_date
from mailflow.settings.consultation import ConsultationFile
from mailflow.settings.settings import Settings
from mailflow.workdays import business_day_before

INVITED = frozenset({"consultation-confirmed", "consultation-changed"})
FULL = "あいにく空きがございません。"


def consultation_view(step: ConsultationStep, verdict: Verdict, number: str, settings: Settings) -> ConsultationView:
    """The values of a consultation letter. `number`: of the case."""
    consultation, request = settings.consultation, verdict.understood.request
    booked = step.slot
    method = _method(step, request)
    host = consultation.host(booked.host) if booked else None
    wished = _wished(request, consultation) if request and step.step == "offer" else None
    return ConsultationView(
        number=talk_number(number, verdict.known.bookings, step),
        wished=None if request and request.unclear else wished,
        offers=offered(step.offered),
        booked=slot_view(booked.start, booked.end) if booked else None,
        previous=slot_view(step.booking.start, step.booking.end) if step.booking else None,
        method=method,
        tool=consultation.platform,
        link=step.link,
        access=step.access,
        phone=_phone(step, request),
        host=host.name if host else None,
        reply_by=step.reply_by,
        material_by=_material_by(booked, verdict.judged_at, consultation) if booked else None,
        material=_material(verdict),
        reason=_reason(step, request, wished),
        other_method=_other_method(step, request),
        calendar=step.template in INVITED,
        opens_minutes=round(consultation.opens_before.total_seconds() / 60),
    )


def _material(verdict: Verdict) -> bool:
    """A form is here that is none of an application: of this mail, or of an earlier one where nothing has applied since."""
    return bool(verdict.understood.forms) or (verdict.known.material and not verdict.known.versions)


def _method(step: ConsultationStep, request: Request | None) -> Method:
    if step.slot is not None:
        return step.slot.method
    if _other_method(step, request):
        return step.offered[0].method
    return (request.method if request else None) or Method.ONLINE


def _other_method(step: ConsultationStep, request: Request | None) -> bool:
    """The candidates are by another method than the one asked for, by which none is left."""
    wished = request.method if request else None
    return wished is not None and bool(step.offered) and step.offered[0].method is not wished


def _phone(step: ConsultationStep, request: Request | None) -> str | None:
    """The number to call: of this mail, else the one that the booking has."""
    number = (request.phone if request and step.step != "remind" else None) or (
        step.booking.phone if step.booking else None
    )
    return said(number, 40) if number else None


def talk_number(number: str, bookings: Sequence[Booking], step: ConsultationStep) -> str:
    """「R8-1-202053-S1」: the case's first consultation, or the one that is moved."""
    ids = [one.id for one in bookings]
    others = sum(not one.own for one in bookings)
    place = ids.index(step.booking.id) + 1 if step.booking and step.booking.id in ids else others + 1
    return f"{number}-S{place}"


def _wished(request: Request, consultation: ConsultationFile) -> str | None:
    """「3月18日（水）午後」 of the first wish; None where the time was left to us."""
    if request.leaves_open or not request.windows:
        return None
    if len({tokyo(one.start).date() for one in request.windows}) == 1:
        return _days(request) + _part_of_day(request.windows, consultation)
    return _days(request)


def _days(request: Request) -> str:
    """「3月14日（土）、3月15日（日）」: at most three."""
    days = list(dict.fromkeys(tokyo(one.start).date() for one in request.windows))
    named = "、".join(short_date(datetime.combine(day, time(), TOKYO)) for day in days[:3])
    return named + ("など" if len(days) > 3 else "")


def _part_of_day(windows: Sequence[Window], consultation: ConsultationFile) -> str:
    if len(windows) != 1:
        return ""
    one = windows[0]
    start, end = tokyo(one.start), tokyo(one.end)
    spans: Collection[tuple[object, object]] = consultation.pattern.hours
    if (start.time(), end.time()) in spans and start.date() == end.date():
        return "午前" if start.hour < 12 else "午後"
    return clock_time(one.start)


def _reason(step: ConsultationStep, request: Request | None, wished: str | None) -> str | None:
    """Why there is an offer and no appointment, as it is said to the officer."""
    if step.step != "offer" or request is None:
        return None
    if request.unclear:
        return f"{'。'.join(said(one, 120) for one in request.unclear)}。このため、日時を決めずに候補をお送りします。"
    if _other_method(step, request):
        return f"{'お電話' if request.method is Method.PHONE else 'オンライン'}でのご相談は、{FULL}"
    match step.why:
        case "day-off":
            return f"ご希望の{_days(request)}は、相談を行っていない日です。"
        case "off-hours":
            return f"ご希望の{wished}は、相談を行っていない時間です。"
        case "taken":
            return f"ご希望の{wished}は、{FULL}"
        case "chosen-gone":
            return f"お選びいただいた候補は、{FULL}"
    return _of_the_number(step, request)


def _of_the_number(step: ConsultationStep, request: Request) -> str | None:
    """What was wrong with the number that the officer wrote."""
    numbers = "、".join(str(one) for one in request.choices)
    told = f"番号（{numbers}）" if numbers else "番号"
    match step.why:
        case "no-offer":
            return f"{told}をお知らせいただきましたが、先にお送りした候補が、事務局の記録に見当たりませんでした。恐れ入りますが、改めてお選びください。"
        case "no-such-number":
            return f"お知らせいただいた{told}は、先にお送りした候補にありませんでした。恐れ入りますが、改めてお選びください。"
        case "which-offer":
            return f"候補を2回お送りしており、{told}がどちらのものか分かりませんでした。恐れ入りますが、改めてお選びください。"
        case "mismatch":
            return f"お知らせいただいた{told}と日時が、先にお送りした候補と合いませんでした。恐れ入りますが、改めてお選びください。"
    return None


def _material_by(booked: Slot, now: datetime, consultation: ConsultationFile) -> datetime | None:
    """The day of work before, at `draft_by`; None where that is past."""
    at = datetime.combine(business_day_before(tokyo(booked.start).date()), consultation.draft_by, TOKYO)
    return at if at > now else None


def invitation_texts(view: CaseView, talk: ConsultationView, settings: Settings) -> dict[str, str]:
    """Summary, location and description of the calendar entry: what the letter says, shorter."""
    programme = settings.programme
    body = view.organization.full_name
    if talk.method is Method.PHONE:
        location = "電話" + (f"（{talk.phone}）" if talk.phone else "")
    else:
        location = f"オンライン（{talk.tool}）"
    lines = [
        f"{programme.subject} {view.round.name}の事前相談会です。",
        f"会議のURL　{talk.link}" if talk.link else "",
        talk.access or "",
        f"つながらないときは {programme.phone} へお電話ください。",
        "記載方法のご相談をお受けします。選定の見込みなどにはお答えできません（募集要領2(4)）。",
    ]
    return {
        "summary": f"事前相談会{f'（{body}）' if body else ''}［{talk.number}］",
        "location": location,
        "description": "\n".join(filter(None, lines)),
    }
