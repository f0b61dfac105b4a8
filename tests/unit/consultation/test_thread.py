"""Answers to an offer: what they say of its slots, spelled out; and which slots they choose, in order."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pytest

from mailflow.clock import TOKYO
from mailflow.consultation.offer_answers import answered_offer
from mailflow.consultation.reading.thread import Thread, spelled_out
from mailflow.consultation.reading.windows import read_wishes
from mailflow.consultation.situation import thread_of
from mailflow.model import Booking, Known, Method, Slot, Window
from tests.unit.consultation.test_mails import SHIPPED

AT = datetime(2026, 3, 10, 9, 0, tzinfo=TOKYO)


def slot(day: int, hour: int, minute: int = 0) -> Window:
    start = datetime(2026, 3, day, hour, minute, tzinfo=TOKYO)
    return Window(start=start, end=start + timedelta(minutes=30), text="")


OFFERED = (slot(16, 10), slot(17, 15), slot(17, 16, 30), slot(18, 11), slot(19, 13, 30))


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("2番でお願いします。", "3月17日15時00分でお願いします。"),
        ("②でお願いします！", "3月17日15時00分でお願いします!"),
        ("第三候補にてお願い申し上げます。", "3月17日16時30分にてお願い申し上げます。"),
        ("１を希望します。埋まっていましたら４でも構いません。", "3月16日10時00分を希望します。埋まっていましたら3月18日11時00分でも構いません。"),
        ("第1希望：5\n第2希望：3", "第1希望日時:3月19日13時30分\n第2希望日時:3月17日16時30分"),
        ("希望番号　４", "希望日時 3月18日11時00分"),
        ("最後の候補でお願いします。", "3月19日13時30分でお願いします。"),
        ("ご提示の中で一番早い枠をお願いします。", "ご提示の中で3月16日10時00分をお願いします。"),
        ("水曜日の方でお願いします。", "3月18日11時00分でお願いします。"),
        ("4番以降であればどれでも。", "3月18日11時00分か3月19日13時30分であればどれでも。"),
        ("2番（3/17 15時）でお願いします。", "(3/17 15時)でお願いします。"),
        # a number that is none of the offer
        ("参加者は3名です。", "参加者は3名です。"),
        ("様式2でお聞きします。", "様式2でお聞きします。"),
        ("電話は0166-12-3456です。", "電話は0166-12-3456です。"),
        ("来週水曜でお願いします。", "来週水曜でお願いします。"),
        ("火曜でお願いします。", "3月17日でお願いします。"),
        ("1番窓口でお待ちします。", "1番窓口でお待ちします。"),
    ],
)  # fmt: skip
def test_what_names_a_slot_is_spelled_out(text: str, spelled: str) -> None:
    assert spelled_out(text, OFFERED).text == spelled


@pytest.mark.parametrize(
    ("text", "unclear"),
    [
        ("6番でお願いします。", "候補に6番はありません"),
        ("2番（3/18 11時）でお願いします。", "番号（2）と日時が、お出しした候補と合いません"),
        ("2番（3/17 16:30）でお願いします。", "番号（2）と日時が、お出しした候補と合いません"),
        ("3月19日（4番）でお願いします。", "番号（4）と日時が、お出しした候補と合いません"),
    ],
)
def test_a_number_that_contradicts_is_asked_back(text: str, unclear: str) -> None:
    assert spelled_out(text, OFFERED).unclear == (unclear,)


@pytest.mark.parametrize(
    ("text", "choices"),
    [
        ("候補のうち4番を第一希望、2番を第二希望でお願いします。", (4, 2)),
        ("1番は私が、2番は課長が不在です。5番でお願いします。", (5,)),
        ("1番でお願いします、と書きかけたのですが、その日は議会でした。4番でお願いいたします。", (4,)),
        ("2番でお願いしたいところですが、その時間は委員会が入っており出席できません。4番でお願いします。", (4,)),
        ("1番と2番は停電作業と重なり出席できません。4番以降であればどれでも大丈夫です。", (4, 5)),
        ("1でも4でも大丈夫です。早い方でお願いします。", (1, 4)),
        ("①→×　④→〇　でお願いします。", (4,)),
        ("水曜日の方でお願いします。木曜は町長レクがあり動けません。", (4,)),
    ],
)
def test_the_slots_that_an_answer_chooses(text: str, choices: tuple[int, ...]) -> None:
    wishes_of = partial(read_wishes, received_at=AT, consultation=SHIPPED.consultation, round_=SHIPPED.round_for(AT))
    answer = answered_offer(text, Thread(offered=OFFERED), wishes_of, SHIPPED.consultation)
    assert answer is not None
    assert (answer.request.unclear, answer.request.choices) == ((), choices)


@pytest.mark.parametrize("text", ["2番と4番を押さえてください。", "4番でお願いするかもしれません。"])
def test_what_chooses_nothing_for_sure(text: str) -> None:
    wishes_of = partial(read_wishes, received_at=AT, consultation=SHIPPED.consultation, round_=SHIPPED.round_for(AT))
    answer = answered_offer(text, Thread(offered=OFFERED), wishes_of, SHIPPED.consultation)
    assert answer is None or answer.request.unclear


def booking(state: str, **more: object) -> Booking:
    one = slot(18, 14)
    made = Booking(id=1, start=one.start, end=one.end, host="office-1", method=Method.ONLINE, state=state, uid="u")
    return replace(made, own=True, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("known", "booked"),
    [
        (booking("held"), ()),  # by this very mail
        (booking("cancelled"), (slot(18, 14),)),  # what it cancelled
        (
            booking("held", sequence=1, was=Slot(start=slot(17, 10).start, end=slot(17, 10).end, host="office-1", method=Method.PHONE)),
            (slot(17, 10),),
        ),  # what it moved
        (replace(booking("cancelled"), own=False), ()),
    ],
)  # fmt: skip
def test_judged_again_a_mail_is_read_as_at_first(known: Booking, booked: tuple[Window, ...]) -> None:
    assert thread_of(replace(Known.empty(), bookings=(known,)), AT).booked == booked
