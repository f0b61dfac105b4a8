"""The next step for a body that has a booking: another time, another method, none (DESIGN §6).

In: the Situation. Out: ConsultationStep. What is not clear leaves the booking as it is. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from mailflow.clock import TOKYO, tokyo
from mailflow.consultation.offering import ask_person, offer_others, offer_slots
from mailflow.consultation.situation import Situation
from mailflow.consultation.slots import first_fit
from mailflow.model import (
    Booking,
    ConsultationStep,
    Slot,
    Window,
)
from mailflow.settings.consultation import ConsultationFile


def move_booking(situation: Situation) -> ConsultationStep:
    request, meant = situation.request, situation.meant
    if request.same_time:
        return _other_method(situation)
    if len(meant) > 1:
        return ask_person("予約が2つ以上あり、どれの変更か決められません。")
    if situation.unheard_of:
        return ask_person("変更のご連絡ですが、その日の予約が記録にありません。どの予約のことか確かめてください。")
    windows = request.windows if request.shift is None else _shifted(meant, request.shift)
    if request.same_hours and meant:
        windows = _at_its_hour(windows, meant[0])
    if request.unclear or request.leaves_open or not windows or (request.same_hours and not meant):
        return offer_slots(
            situation, "変更のご希望ですが、新しい日時がはっきりしません。いまの予約はそのままです。", meant
        )
    if meant and _only_the_day(windows, meant[0], situation.consultation):
        return offer_slots(situation, "予約の日だけが書かれ、新しい時刻がありません。いまの予約はそのままです。", meant)
    kept = request.method or (
        meant[0].method if meant else None
    )  # by the means it was booked by, where no other is wished
    slot = first_fit(windows, situation.free(leaving=meant, method=kept))
    if slot is None:
        return offer_others(
            replace(situation, request=replace(request, windows=windows)), "いまの予約はそのままです。", meant
        )
    if meant and (slot.start, slot.method) == (meant[0].start, meant[0].method):
        return ask_person("変更のご連絡ですが、いまの予約と同じ日時です。確かめて連絡してください。")
    return ConsultationStep(
        step="reschedule", because="希望の日時に変更しました。", template="consultation-changed", slot=slot,
        booking=meant[0] if meant else None, uid=None if meant else situation.uid,
    )  # fmt: skip


def _other_method(situation: Situation) -> ConsultationStep:
    """「やっぱり電話で」: the booking keeps its time; without one, an offer by that method."""
    request, meant = situation.request, situation.meant
    if len(meant) > 1:
        return ask_person("予約が2つ以上あり、どれの方法の変更か決められません。")
    if request.unclear or not meant:
        return offer_slots(situation, "方法のご希望です。日時の候補を、その方法で出します。")
    booking, method = meant[0], request.method or meant[0].method
    if booking.method is method:
        return ask_person("もうその方法でお取りしています。確かめて、必要なら連絡してください。")
    host = situation.consultation.host(booking.host)
    if host is not None and method in host.methods:
        slot: Slot | None = Slot(start=booking.start, end=booking.end, host=booking.host, method=method)
    else:
        same = (Window(start=booking.start, end=booking.end, text=""),)
        slot = first_fit(same, situation.free(leaving=meant))
    if slot is None:
        return offer_slots(
            situation, "同じ日時に、その方法でお受けできる担当がいません。いまの予約はそのままです。", meant
        )
    return ConsultationStep(
        step="reschedule", because="方法を変更しました。日時は同じです。", template="consultation-changed", slot=slot,
        booking=booking,
    )  # fmt: skip


def cancel_booking(situation: Situation) -> ConsultationStep:
    meant = situation.meant
    if situation.request.unclear:
        return ask_person(f"取り消しのご連絡のようですが、はっきりしません：{'、'.join(situation.request.unclear)}")
    if len(meant) > 1:
        return ask_person("予約が2つ以上あり、どれの取り消しか決められません。")
    if situation.unheard_of:
        return ask_person("取り消しのご連絡ですが、その日の予約が記録にありません。どの予約のことか確かめてください。")
    if not meant and situation.known.offer is not None:
        return ask_person("お出しした候補での相談を、見送るご連絡のようです。確かめてください。")
    if not meant:
        return ConsultationStep(
            step="cancel", because="取り消しのご連絡です。", template="consultation-cancelled",
            review="取り消す予約が記録に見当たりません。確かめてください。",
        )  # fmt: skip
    return ConsultationStep(
        step="cancel", because="取り消しのご連絡です。", template="consultation-cancelled", booking=meant[0]
    )


def _shifted(meant: Sequence[Booking], shift: timedelta) -> tuple[Window, ...]:
    return tuple(Window(start=one.start + shift, end=one.end + shift, text="") for one in meant)


def _at_its_hour(windows: Sequence[Window], booking: Booking) -> tuple[Window, ...]:
    """「19日の同じ時間に」: each of those days at the hour of the booking."""
    begins, length = tokyo(booking.start).time(), booking.end - booking.start
    days = dict.fromkeys(tokyo(one.start).date() for one in windows)
    starts = (datetime.combine(day, begins, TOKYO) for day in days)
    return tuple(Window(start=start, end=start + length, text=windows[0].text) for start in starts)


def _only_the_day(windows: Sequence[Window], booking: Booking, consultation: ConsultationFile) -> bool:
    """The whole day of the booking and nothing else, as it is read where no time is said; 「同日の午後」 says one."""
    day = tokyo(booking.start).date()
    hours = {(tokyo(one.start).time(), tokyo(one.end).time()) for one in windows}
    return hours == set(consultation.pattern.hours) and all(tokyo(one.start).date() == day for one in windows)
