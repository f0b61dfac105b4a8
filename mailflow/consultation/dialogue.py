"""The next step of the talk about a slot: hold one, offer some, move, cancel, or ask a person (DESIGN §6).

In: the Request as read, Known (offer, bookings, what is taken), consultation.yaml, the round, when the mail came (aware),
business now. Out: ConsultationStep. Nothing is booked on a guess: what was not understood, is past or isn't free gets an offer.
Pure; the slot is only really held by the store's unique index, and a lost race comes back here with what is taken then.
Sources: 募集要領 2(4); docs/decisions/0040.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from mailflow.clock import tokyo
from mailflow.consultation.choices import meant
from mailflow.consultation.done import done_before, own_booking
from mailflow.consultation.moving import cancel_booking, move_booking
from mailflow.consultation.offering import ask_person, offer_others, offer_slots
from mailflow.consultation.situation import Situation
from mailflow.consultation.slots import first_fit, meeting_for
from mailflow.model import (
    Booking,
    CalendarAnswer,
    ConsultationStep,
    Known,
    Method,
    Offer,
    Request,
    RequestIntent,
    Slot,
    Window,
)

ELSEWHERE = "「{words}」とあり、事務局のオンラインか電話の枠ではお受けできません。管轄の総合通信局にお願いする（「総合通信局に相談をお願いする」）か、オンラインか電話でよいか確かめてください。局のアドレスが parties.yaml にないときは、電話でお願いしてください。"
IN_SILENCE = "ファイルや回答を確かめるために読み直したメールです。お返事が出ないため、枠は動かしていません。"
UNPROVEN = "申込みフォームの通知ですが、差出人を認証（DMARCなど）で確かめられないため、枠は取っていません。フォームの画面に同じ回答があるか確かめてください。"


def next_step(situation: Situation) -> ConsultationStep:
    """What to do about the request; with an online meeting of its own where the host has one left. A booking that stays
    with its host keeps the meeting that it has."""
    own = own_booking(situation.known)
    before = done_before(situation.request, situation.known, situation.uid, situation.now)
    step = before or _unless_silent(situation, _next_step(situation))
    host = situation.consultation.host(step.slot.host) if step.slot else None
    if host is None or step.slot is None or step.slot.method is not Method.ONLINE:
        return step
    booking = own or step.booking
    kept = booking.link if booking and booking.host == host.id else None
    if kept is None and own is not None:  # judged again: what it was told stays
        return replace(step, link=None)
    link, access = meeting_for(host, kept, situation.known.links)
    return replace(step, link=link, access=access)


def _unless_silent(situation: Situation, step: ConsultationStep) -> ConsultationStep:
    """A mail that is read again for what its case came to know gets no letter: today's calendar and rules give it no slot, and take
    none away, of which nobody would be told."""
    silent = situation.known.again == "quiet" and step.step in ("book", "reschedule", "cancel")
    return ConsultationStep(step="nothing", because=IN_SILENCE) if silent else step


def _next_step(situation: Situation) -> ConsultationStep:
    request = situation.request
    if not situation.consultation.enabled:
        return ask_person("事前相談会の枠の設定（consultation.yaml）がありません。日時を決めて連絡してください。")
    if situation.known.claim:
        return ask_person("当事者と確かめられていない差出人からの、事前相談会のご連絡です。枠は取っていません。")
    if request.calendar is not None:
        return _calendar(situation)
    if request.form and request.contact is None:
        return ask_person(
            "申込みフォームの通知に、返信できるアドレスが1つに決まりません。通知を見て、日時を決めて連絡してください。"
        )
    match request.intent:
        case RequestIntent.ACCEPT:
            return _agreed(situation)
        case RequestIntent.DECLINE:
            return ask_person("辞退のご連絡です。取り消すか、別の日時にするかを確かめてください。")
        case RequestIntent.CANCEL:
            return cancel_booking(situation)
    if not _in_time(situation):
        return ConsultationStep(
            step="closed", because="申込みの期限のあとに届きました。", template="consultation-closed"
        )
    if request.elsewhere is not None:
        return ask_person(ELSEWHERE.format(words=request.elsewhere))
    match request.intent:
        case RequestIntent.CHOICE:
            return _choice(situation)
        case RequestIntent.RESCHEDULE:
            return move_booking(situation)
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
        return ask_person("予定表からの返事ですが、どの予約のことか分かりません。")
    booking = meant[0]
    if request.sequence is not None and request.sequence < booking.sequence:
        return ask_person("変更する前の日時への、予定表からの返事です。新しい日時が伝わっているか確かめてください。")
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
    if not active and not request.unclear and (number := _only_offered(situation)) is not None:
        return _choice(replace(situation, request=replace(request, choices=(number,))))
    known = [one for one in active if any(w.start <= one.start < w.end for w in request.windows)]
    if request.unclear or (active and request.windows and not known):
        return ask_person("了承のご連絡ですが、日時がお取りしている枠と合いません。確かめて連絡してください。")
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
        return ask_person(
            f"この団体には、もう予約があります（{_said(active[0])}）。変更か、別の相談かを確かめてください。"
        )
    if request.unclear:
        return offer_slots(situation, f"はっきりしない点があります：{'、'.join(request.unclear)}")
    if request.choices and situation.known.offer is not None and request.windows:
        return _choice_with_date(situation)
    if (number := _only_offered(situation)) is not None:
        return _choice(replace(situation, request=replace(request, choices=(number,))))
    if request.leaves_open or request.none_fits or not request.windows:
        return offer_slots(situation, "日時の指定がないため、候補を出します。")
    slot = first_fit(request.windows, situation.free())
    if situation.unproven and slot is not None:
        return replace(offer_slots(situation, UNPROVEN), review=UNPROVEN)
    if slot is None:
        return offer_others(situation, "候補を出します。")
    return ConsultationStep(
        step="book",
        because="希望の順に、最初に空いている枠を取りました。",
        template="consultation-confirmed",
        slot=slot,
        uid=situation.uid,
    )


def _only_offered(situation: Situation) -> int | None:
    """「3/18の方で」「午後の枠で」 in answer to an offer: the one slot of it that this can mean."""
    offer, request = situation.known.offer, situation.request
    if offer is None or request.none_fits or request.form or request.leaves_open:
        return None
    return meant(request.windows, [Window(start=one.start, end=one.end, text="") for one in offer.slots])


def _choice(situation: Situation) -> ConsultationStep:
    """A number of our offer; without an offer on record a number says nothing."""
    request, offer = situation.request, situation.known.offer
    if request.none_fits:
        return offer_slots(situation, "お出しした候補は、どれも難しいとのことです。", situation.active[:1])
    if offer is None:
        return offer_slots(situation, "番号だけが届きましたが、お出しした候補が記録にありません。", why="no-offer")
    numbers = _numbers_left(request, offer) if request.any_of_offer else request.choices
    if request.unclear:
        return offer_slots(situation, "候補のどれを選ばれたか、決められません。")
    if any(not 1 <= number <= len(offer.slots) for number in numbers):
        return offer_slots(situation, "候補にない番号があり、どれを選ばれたか決められません。", why="no-such-number")
    if not offer.sure and not request.any_of_offer:
        return offer_slots(situation, "候補を2回お出ししており、どちらの番号か決められません。", why="which-offer")
    active = situation.active if situation.consultation.one_active else ()
    if len(active) > 1:
        return ask_person("予約が2つ以上あり、どれの代わりか決められません。")
    free = situation.free(leaving=active)
    for number in numbers:
        chosen = offer.slots[number - 1]
        slot = next((one for one in free if one.start == chosen.start and one.end == chosen.end), None)
        if slot is not None:
            return _taken(situation, slot, active, f"候補の{number}を選ばれました。")
    return offer_slots(situation, "選ばれた候補は、そのあいだに埋まりました。", why="chosen-gone")


def _numbers_left(request: Request, offer: Offer) -> tuple[int, ...]:
    """Each of the offer, less what lies on days that are not wished."""
    return tuple(
        number
        for number, one in enumerate(offer.slots, start=1)
        if not request.windows or any(window.start <= one.start and one.end <= window.end for window in request.windows)
    )


def _choice_with_date(situation: Situation) -> ConsultationStep:
    """「候補の②（3/17 11:00）」: number and date must agree, else people are asked back."""
    request, offer = situation.request, situation.known.offer
    slots = offer.slots if offer is not None else ()
    for number in request.choices:
        if not 1 <= number <= len(slots):
            return offer_slots(situation, f"候補に{number}番はありません。", why="no-such-number")
        one = slots[number - 1]
        if not any(window.start <= one.start < window.end for window in request.windows):
            return offer_slots(situation, f"番号（{number}）と日時が、お出しした候補と合いません。", why="mismatch")
    return _choice(situation)


def _taken(situation: Situation, slot: Slot, active: Sequence[Booking], because: str) -> ConsultationStep:
    """The slot is booked, in place of the booking that the body has."""
    if active and (active[0].start, active[0].method) == (slot.start, slot.method):
        return ConsultationStep(step="nothing", because="同じ日時で、もうお取りしています。")
    if active:
        return ConsultationStep(
            step="reschedule", because=because, template="consultation-changed", slot=slot, booking=active[0]
        )
    return ConsultationStep(
        step="book", because=because, template="consultation-confirmed", slot=slot, uid=situation.uid
    )


def _said(booking: Booking) -> str:
    start = tokyo(booking.start)
    return f"{start.month}月{start.day}日{start:%H時%M分}"
