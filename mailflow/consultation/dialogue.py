"""The next step of the talk about a slot: hold one, offer some, move, cancel, or ask a person (DESIGN §6).

In: the Request as read, Known (offer, bookings, what is taken), consultation.yaml, the round, when the mail came (aware),
business now. Out: ConsultationStep. Nothing is booked on a guess: what was not understood, is past or isn't free gets an offer.
Pure; the slot is only really held by the store's unique index, and a lost race comes back here with what is taken then.
Sources: 募集要領 2(4); docs/decisions/0040.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mailflow.clock import TOKYO, tokyo
from mailflow.consultation.done import ACTIVE, done_before, own_booking
from mailflow.consultation.slots import (
    first_fit,
    free_slots,
    is_day_off,
    meeting_for,
    nearest,
    time_ran_out,
)
from mailflow.model import (
    Booking,
    CalendarAnswer,
    ConsultationStep,
    Known,
    Method,
    Request,
    RequestIntent,
    Slot,
    Taken,
    Window,
)
from mailflow.settings.consultation import ConsultationFile
from mailflow.settings.models import Round

WAITED_TOO_LONG = "期限内の申込みですが、待っているあいだに、公募の締切までの枠がなくなりました。電話ですぐに受けられないか、先に確かめてください。"
METHODS = {Method.ONLINE: "オンライン", Method.PHONE: "電話"}
UNPROVEN = "申込みフォームの通知ですが、差出人を認証（DMARCなど）で確かめられないため、枠は取っていません。フォームの画面に同じ回答があるか確かめてください。"
TO_READ_AND_ANSWER = timedelta(hours=2)  # between the day asked for and the first slot offered


@dataclass(frozen=True, slots=True)
class Situation:
    """All that a step depends on."""

    request: Request
    known: Known
    consultation: ConsultationFile
    round: Round
    received_at: datetime
    now: datetime
    uid: str = ""
    unproven: bool = False  # a notice of the web form that anybody may have sent

    @property
    def active(self) -> tuple[Booking, ...]:
        """The case's bookings still to come."""
        return tuple(one for one in self.known.bookings if one.state in ACTIVE and one.end > self.now)

    @property
    def meant(self) -> tuple[Booking, ...]:
        """Those that the mail speaks of: by its calendar entry, by the day it names, else all."""
        if self.request.uid:
            return tuple(one for one in self.active if one.uid == self.request.uid)
        if self.request.refers_to is not None:
            return tuple(one for one in self.active if tokyo(one.start).date() == self.request.refers_to)
        return self.active

    @property
    def unheard_of(self) -> bool:
        """The day it names as booked is none of the case's, which has bookings."""
        return bool(self.active) and not self.meant

    def free(self, leaving: Collection[Booking] = (), method: Method | None = None) -> list[Slot]:
        """What can be booked, by the method wished, or by `method`; the seats of `leaving` count as free."""
        return free_slots(
            self.consultation, self.round, self.now, _without(self.known.taken, leaving), method=method or self.method
        )

    @property
    def method(self) -> Method | None:
        """The method wished, or that of the offer that is answered by number."""
        offer = self.known.offer
        return self.request.method or (offer.method if offer and self.request.choices else None)


def next_step(situation: Situation) -> ConsultationStep:
    """What to do about the request; with an online meeting of its own where the host has one left. A booking that stays
    with its host keeps the meeting that it has."""
    own = own_booking(situation.known)
    before = done_before(situation.request, situation.known, situation.uid, situation.now)
    step = before or _next_step(situation)
    host = situation.consultation.host(step.slot.host) if step.slot else None
    if host is None or step.slot is None or step.slot.method is not Method.ONLINE:
        return step
    booking = own or step.booking
    kept = booking.link if booking and booking.host == host.id else None
    if kept is None and own is not None:  # judged again: what it was told stays
        return replace(step, link=None)
    link, access = meeting_for(host, kept, situation.known.links)
    return replace(step, link=link, access=access)


def _next_step(situation: Situation) -> ConsultationStep:
    request = situation.request
    if not situation.consultation.enabled:
        return _person("事前相談会の枠の設定（consultation.yaml）がありません。日時を決めて連絡してください。")
    if situation.known.claim:
        return _person("当事者と確かめられていない差出人からの、事前相談会のご連絡です。枠は取っていません。")
    if request.calendar is not None:
        return _calendar(situation)
    if request.form and request.contact is None:
        return _person(
            "申込みフォームの通知に、返信できるアドレスが1つに決まりません。通知を見て、日時を決めて連絡してください。"
        )
    match request.intent:
        case RequestIntent.ACCEPT:
            return _agreed(situation)
        case RequestIntent.DECLINE:
            return _person("辞退のご連絡です。取り消すか、別の日時にするかを確かめてください。")
        case RequestIntent.CANCEL:
            return _cancel(situation)
    if not _in_time(situation):
        return ConsultationStep(
            step="closed", because="申込みの期限のあとに届きました。", template="consultation-closed"
        )
    match request.intent:
        case RequestIntent.CHOICE:
            return _choice(situation)
        case RequestIntent.RESCHEDULE:
            return _reschedule(situation)
    return _request(situation)


_SAID = {
    CalendarAnswer.DECLINED: "予定表で辞退が押されました。取り消すか、別の日時にするかを確かめてください。",
    CalendarAnswer.CANCELLED: "予定表から取り消しが届きました。予約を取り消してよいか確かめてください。",
    CalendarAnswer.ACCEPTED: "予定表で承諾されました。返信は要りません。",
    CalendarAnswer.TENTATIVE: "予定表で仮の承諾が押されました。予約はそのままです。",
}


def _calendar(situation: Situation) -> ConsultationStep:
    """The answer is noted with the booking it is about; all but a yes goes to a person; nothing is mailed."""
    request = situation.request
    answer, meant = request.calendar, situation.meant if request.uid else ()
    if not meant:
        return _person("予定表からの返事ですが、どの予約のことか分かりません。")
    booking = meant[0]
    if request.sequence is not None and request.sequence < booking.sequence:
        return _person("変更する前の日時への、予定表からの返事です。新しい日時が伝わっているか確かめてください。")
    if answer in (CalendarAnswer.ACCEPTED, CalendarAnswer.TENTATIVE):
        return ConsultationStep(step="nothing", because=_SAID[answer], booking=booking, answer=answer)
    said = (
        "".join(request.unclear)
        if answer is CalendarAnswer.COUNTER
        else _SAID.get(answer or CalendarAnswer.DECLINED, "")
    )
    return ConsultationStep(step="person", because=said, review=said, booking=booking, answer=answer)


def reminder_step(known: Known, now: datetime) -> ConsultationStep:
    """The reminder of the case's next consultation that its letter has told of."""
    coming = sorted(
        (one for one in known.bookings if one.state == "confirmed" and one.start > now), key=lambda one: one.start
    )
    if not coming:
        return ConsultationStep(step="nothing", because="もう予約がありません。")
    one = coming[0]
    return ConsultationStep(
        step="remind", because="前の営業日の確認です。", template="consultation-reminder", booking=one, link=one.link,
        slot=Slot(start=one.start, end=one.end, host=one.host, method=one.method),
    )  # fmt: skip


def _agreed(situation: Situation) -> ConsultationStep:
    """「18日14時で承知しました」: to what we said, or to something else."""
    request, active = situation.request, situation.active
    known = [one for one in active if any(w.start <= one.start < w.end for w in request.windows)]
    if request.unclear or (active and request.windows and not known):
        return _person("了承のご連絡ですが、日時がお取りしている枠と合いません。確かめて連絡してください。")
    return ConsultationStep(step="nothing", because="お知らせした日時の了承です。返信は要りません。")


def _in_time(situation: Situation) -> bool:
    """The request came by the cutoff, to the second and inclusive; so did the one that an offer or a booking answers."""
    limit = situation.round.consultation_closes
    asked = situation.request.asked_at or situation.received_at
    if asked.replace(microsecond=0) <= limit:
        return True
    if not situation.consultation.offers.grace:
        return False
    offer = situation.known.offer
    if offer is not None and offer.asked_at.replace(microsecond=0) <= limit:
        return True
    return bool(situation.active) and situation.request.intent is RequestIntent.RESCHEDULE


def _request(situation: Situation) -> ConsultationStep:
    request, active = situation.request, situation.active
    if active and situation.consultation.one_active and not request.none_fits:
        if request.form and any(one.start <= active[0].start < one.end for one in request.windows[:1]):
            return ConsultationStep(step="nothing", because="同じ日時で、もうお取りしています。")
        return _person(
            f"この団体には、もう予約があります（{_said(active[0])}）。変更か、別の相談かを確かめてください。"
        )
    if request.unclear:
        return _offer(situation, f"はっきりしない点があります：{'、'.join(request.unclear)}")
    if request.choices and situation.known.offer is not None and request.windows:
        return _choice_with_date(situation)
    if request.leaves_open or request.none_fits or not request.windows:
        return _offer(situation, "日時の指定がないため、候補を出します。")
    slot = first_fit(request.windows, situation.free())
    if situation.unproven and slot is not None:
        return replace(_offer(situation, UNPROVEN), review=UNPROVEN)
    if slot is None:
        off = all(is_day_off(tokyo(one.start).date(), situation.consultation) for one in request.windows)
        why = (
            "希望の日は、相談を行っていない日です。候補を出します。"
            if off
            else "希望の日時に空きがないため、候補を出します。"
        )
        return _offer(situation, why)
    return ConsultationStep(
        step="book",
        because="希望の順に、最初に空いている枠を取りました。",
        template="consultation-confirmed",
        slot=slot,
        uid=situation.uid,
    )


def _choice(situation: Situation) -> ConsultationStep:
    """A number of our offer; without an offer on record a number says nothing."""
    request, offer = situation.request, situation.known.offer
    if request.none_fits:
        return _offer(situation, "お出しした候補は、どれも難しいとのことです。", situation.active[:1])
    if offer is None:
        return _offer(situation, "番号だけが届きましたが、お出しした候補が記録にありません。")
    numbers = tuple(range(1, len(offer.slots) + 1)) if request.any_of_offer else request.choices
    if request.unclear or any(not 1 <= number <= len(offer.slots) for number in numbers):
        return _offer(situation, "候補のどれを選ばれたか、決められません。")
    if not offer.sure and not request.any_of_offer:
        return _offer(situation, "候補を2回お出ししており、どちらの番号か決められません。")
    active = situation.active if situation.consultation.one_active else ()
    if len(active) > 1:
        return _person("予約が2つ以上あり、どれの代わりか決められません。")
    free = situation.free(leaving=active)
    for number in numbers:
        chosen = offer.slots[number - 1]
        slot = next((one for one in free if one.start == chosen.start and one.end == chosen.end), None)
        if slot is not None:
            return _taken(situation, slot, active, f"候補の{number}を選ばれました。")
    return _offer(situation, "選ばれた候補は、そのあいだに埋まりました。")


def _choice_with_date(situation: Situation) -> ConsultationStep:
    """「候補の②（3/17 11:00）」: number and date must agree, else people are asked back."""
    request, offer = situation.request, situation.known.offer
    slots = offer.slots if offer is not None else ()
    for number in request.choices:
        if not 1 <= number <= len(slots):
            return _offer(situation, f"候補に{number}番はありません。")
        one = slots[number - 1]
        if not any(window.start <= one.start < window.end for window in request.windows):
            return _offer(situation, f"番号（{number}）と日時が、お出しした候補と合いません。")
    return _choice(situation)


def _other_method(situation: Situation) -> ConsultationStep:
    """「やっぱり電話で」: the booking keeps its time; without one, an offer by that method."""
    request, meant = situation.request, situation.meant
    if len(meant) > 1:
        return _person("予約が2つ以上あり、どれの方法の変更か決められません。")
    if request.unclear or not meant:
        return _offer(situation, "方法のご希望です。日時の候補を、その方法で出します。")
    booking, method = meant[0], request.method or meant[0].method
    if booking.method is method:
        return _person("もうその方法でお取りしています。確かめて、必要なら連絡してください。")
    host = situation.consultation.host(booking.host)
    if host is not None and method in host.methods:
        slot: Slot | None = Slot(start=booking.start, end=booking.end, host=booking.host, method=method)
    else:
        same = (Window(start=booking.start, end=booking.end, text=""),)
        slot = first_fit(same, situation.free(leaving=meant))
    if slot is None:
        return _offer(situation, "同じ日時に、その方法でお受けできる担当がいません。いまの予約はそのままです。", meant)
    return ConsultationStep(
        step="reschedule", because="方法を変更しました。日時は同じです。", template="consultation-changed", slot=slot,
        booking=booking,
    )  # fmt: skip


def _reschedule(situation: Situation) -> ConsultationStep:
    request, meant = situation.request, situation.meant
    if request.same_time:
        return _other_method(situation)
    if len(meant) > 1:
        return _person("予約が2つ以上あり、どれの変更か決められません。")
    if situation.unheard_of:
        return _person("変更のご連絡ですが、その日の予約が記録にありません。どの予約のことか確かめてください。")
    windows = request.windows if request.shift is None else _shifted(meant, request.shift)
    if request.same_hours and meant:
        windows = _at_its_hour(windows, meant[0])
    if request.unclear or request.leaves_open or not windows or (request.same_hours and not meant):
        return _offer(situation, "変更のご希望ですが、新しい日時がはっきりしません。いまの予約はそのままです。", meant)
    if meant and all(_only_the_day(one, meant[0], situation.consultation) for one in windows):
        return _offer(situation, "予約の日だけが書かれ、新しい時刻がありません。いまの予約はそのままです。", meant)
    slot = first_fit(windows, situation.free(leaving=meant))
    if slot is None:
        return _offer(situation, "変更のご希望の日時に空きがありません。いまの予約はそのままです。", meant)
    if meant and (slot.start, slot.method) == (meant[0].start, meant[0].method):
        return _person("変更のご連絡ですが、いまの予約と同じ日時です。確かめて連絡してください。")
    return ConsultationStep(
        step="reschedule", because="希望の日時に変更しました。", template="consultation-changed", slot=slot,
        booking=meant[0] if meant else None, uid=None if meant else situation.uid,
    )  # fmt: skip


def _at_its_hour(windows: Sequence[Window], booking: Booking) -> tuple[Window, ...]:
    """「19日の同じ時間に」: each of those days at the hour of the booking."""
    begins, length = tokyo(booking.start).time(), booking.end - booking.start
    days = dict.fromkeys(tokyo(one.start).date() for one in windows)
    starts = (datetime.combine(day, begins, TOKYO) for day in days)
    return tuple(Window(start=start, end=start + length, text=windows[0].text) for start in starts)


def _only_the_day(window: Window, booking: Booking, consultation: ConsultationFile) -> bool:
    """The whole day of the booking, as it is read where no time is said."""
    start, end = tokyo(window.start), tokyo(window.end)
    whole = (start.time(), end.time()) in consultation.pattern.hours
    return whole and start.date() == tokyo(booking.start).date()


def _taken(situation: Situation, slot: Slot, active: Sequence[Booking], because: str) -> ConsultationStep:
    """The slot is booked, in place of the booking that the body has."""
    if active:
        return ConsultationStep(
            step="reschedule", because=because, template="consultation-changed", slot=slot, booking=active[0]
        )
    return ConsultationStep(
        step="book", because=because, template="consultation-confirmed", slot=slot, uid=situation.uid
    )


def _cancel(situation: Situation) -> ConsultationStep:
    meant = situation.meant
    if len(meant) > 1:
        return _person("予約が2つ以上あり、どれの取り消しか決められません。")
    if situation.unheard_of:
        return _person("取り消しのご連絡ですが、その日の予約が記録にありません。どの予約のことか確かめてください。")
    if not meant:
        return ConsultationStep(
            step="cancel", because="取り消しのご連絡です。", template="consultation-cancelled",
            review="取り消す予約が記録に見当たりません。確かめてください。",
        )  # fmt: skip
    return ConsultationStep(
        step="cancel", because="取り消しのご連絡です。", template="consultation-cancelled", booking=meant[0]
    )


def _person(reason: str) -> ConsultationStep:
    return ConsultationStep(step="person", because=reason, review=reason)


def _offer(situation: Situation, because: str, leaving: Sequence[Booking] = ()) -> ConsultationStep:
    """At most five numbered slots nearest to the wish, that lie after the day an answer is asked by. Where none is left by
    the method wished: by the other one; none at all: full. What the applicant has, or has just declined, is no candidate."""
    offers, usable = situation.consultation.offers, _candidates(situation, leaving)
    if not usable and situation.method is not None and not situation.request.same_time:
        other = Method.ONLINE if situation.method is Method.PHONE else Method.PHONE
        usable = _candidates(situation, leaving, other)
        because = f"{METHODS[situation.method]}の枠が残っていないため、{METHODS[other]}の候補を出します。"
    if not usable:
        return ConsultationStep(
            step="full", because="空いている枠がありません。", template="consultation-full",
            booking=leaving[0] if leaving else None, review=WAITED_TOO_LONG if time_ran_out(situation.consultation, situation.round, situation.received_at, situation.now) else None,
        )  # fmt: skip
    reply_by = _reply_by(situation)
    later = [slot for slot in usable if slot.start >= reply_by + TO_READ_AND_ANSWER]
    slots = nearest(situation.request.windows, later or usable, offers.count)
    if not later:
        reply_by = max(min(slot.start for slot in slots) - TO_READ_AND_ANSWER, tokyo(situation.now))
    return ConsultationStep(
        step="offer", because=because, template="consultation-offer", offered=slots, reply_by=reply_by,
        booking=leaving[0] if leaving else None,
    )  # fmt: skip


def _candidates(situation: Situation, leaving: Sequence[Booking], method: Method | None = None) -> list[Slot]:
    has = {(one.start, one.end) for one in leaving}
    if situation.request.none_fits and situation.known.offer is not None:
        has |= {(one.start, one.end) for one in situation.known.offer.slots}
    return [slot for slot in situation.free(leaving, method) if (slot.start, slot.end) not in has]


def _reply_by(situation: Situation) -> datetime:
    """`reply_days` days of consultation from now, at `reply_at`."""
    offers, at = situation.consultation.offers, tokyo(situation.now)
    day, left = at.date(), offers.reply_days
    if left == 0 and at.time() >= offers.reply_at:
        left = 1
    for _ in range(60):
        if left == 0:
            break
        day += timedelta(days=1)
        left -= not is_day_off(day, situation.consultation)
    return datetime.combine(day, offers.reply_at, at.tzinfo)


def _shifted(meant: Sequence[Booking], shift: timedelta) -> tuple[Window, ...]:
    return tuple(Window(start=one.start + shift, end=one.end + shift, text="") for one in meant)


def _without(taken: Sequence[Taken], leaving: Collection[Booking]) -> list[Taken]:
    """`taken` less one seat for each booking that would be given up."""
    left = list(taken)
    for booking in leaving:
        seat = Taken(start=booking.start, end=booking.end, host=booking.host)
        if seat in left:
            left.remove(seat)
    return left


def _said(booking: Booking) -> str:
    start = tokyo(booking.start)
    return f"{start.month}月{start.day}日{start:%H時%M分}"
