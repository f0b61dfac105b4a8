"""What a mail wants of the consultation: by whom it is asked and how, not yet when."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from mailflow.clock import TOKYO
from mailflow.consultation.intent import read_request
from mailflow.model import Intent, Method, RequestIntent
from mailflow.settings.load import load

CONSULT = frozenset({Intent.CONSULT})


SHIPPED = load(Path(__file__).parents[3] / "config", {})
RECEIVED = datetime(2026, 3, 10, 9, tzinfo=TOKYO)


def wanted(text: str, subject: str | None = "事前相談会について", intents=CONSULT, calendar=()):
    return read_request(
        subject, text, text, intents, calendar, received_at=RECEIVED, consultation=SHIPPED.consultation,
        round_=SHIPPED.rounds[0],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "intent", "method"),
    [
        pytest.param(
            "3/18(水)14時〜でお願いできますでしょうか。オンライン希望です。", "request", "online", id="online"
        ),
        pytest.param("来週火曜 10:00-11:00 にお電話いただけますと幸いです。", "request", "phone", id="call-me"),
        pytest.param(
            "庁内の環境でWeb会議が使えないため電話のみ可です。16日でお願いします。",
            "request",
            "phone",
            id="web-ruled-out",
        ),
        pytest.param("方法はオンライン・電話どちらでも可。4/2(木) 10時", "request", None, id="either"),
        pytest.param(
            "日程はお任せします。連絡先は電話 0265-22-4511 です。", "request", None, id="a-number-is-no-method"
        ),
        pytest.param("18日の午後でお願いします。", "request", None, id="no-method"),
        pytest.param("①3/16 13:00〜　②3/17 10:30〜　③3/19 15:00〜", "request", None, id="circled-wishes-are-no-choice"),
        pytest.param(
            "3/18(水)14:00で予約いただいておりましたが、3/19(木)10:00に変更をお願いします。",
            "reschedule",
            None,
            id="move",
        ),
        pytest.param(
            "3/18の予約を取り消し、改めて3/23(月) 13:00でお願いします。",
            "reschedule",
            None,
            id="cancel-and-new-is-move",
        ),
        pytest.param("3/18(水)14時からの事前相談はキャンセルでお願いします。", "cancel", None, id="cancel"),
        pytest.param("先日予約した事前相談ですが、今回は見送らせていただきます。", "cancel", None, id="let-go"),
    ],
)
def test_asked_in_words(text, intent, method):
    request = wanted(text)
    assert (request.intent, request.method) == (intent, method)
    assert request.unclear == ()


@pytest.mark.parametrize(
    ("text", "choices"),
    [
        pytest.param("2番でお願いします。", (2,), id="ban"),
        pytest.param("２", (2,), id="bare-wide-number"),
        pytest.param("お世話になります。\n3でお願いします。", (3,), id="number-on-a-line"),
        pytest.param("候補の②でお願いします。", (2,), id="circled"),
        pytest.param("2番、だめなら3番でお願いします。", (2, 3), id="in-order"),
    ],
)
def test_a_number_chooses_from_an_offer(text, choices):
    request = wanted(text)
    assert (request.intent, request.choices) == (RequestIntent.CHOICE, choices)


@pytest.mark.parametrize(
    "text",
    [
        "1 団体コードは必須でしょうか。\n2 希望する支援メニューはいくつまで選べますか。\n3 押印は必要ですか。",
        "1 様式はどこにありますか。\n2 希望するメニューを教えてください。",
        "2 どの枠を選べばよいですか。",
    ],
)
def test_the_number_of_a_point_chooses_nothing(text):
    request = wanted(text)
    assert request is None or not request.choices


def test_without_the_intent_nothing_is_asked():
    assert wanted("2番はAコースでお願いします。", intents=frozenset()) is None
    assert wanted("", subject=None, intents=frozenset()) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("お電話いただけますと幸いです。0265-22-4511", "0265-22-4511"),
        ("3/18 14時から、電話（0265-22-4511）希望です。", "0265-22-4511"),
        ("3/18 14時から、電話 (0265)22-4511 でお願いします。", "(0265)22-4511"),
        ("電話（0265-22-4511）を希望します。3/18 14時から。", "0265-22-4511"),
        ("3/18 14時から、お電話（0265-22-4511）を希望します。", "0265-22-4511"),
    ],
)
def test_the_phone_number_to_call(text: str, number: str) -> None:
    found = wanted(text)
    assert (found.method, found.phone, found.unclear) == (Method.PHONE, number, ())


ANSWER = "BEGIN:VCALENDAR\r\nMETHOD:{method}\r\nBEGIN:VEVENT\r\nATTENDEE;CN=山口;ROLE=REQ-PARTICIPANT;PART\r\n STAT={status}:mailto:y@town.example\r\nEND:VEVENT\r\n"


@pytest.mark.parametrize(
    ("method", "status", "intent"),
    [
        pytest.param("REPLY", "ACCEPTED", "accept", id="accepted-on-a-folded-line"),
        pytest.param("REPLY", "declined", "decline", id="declined-in-lower-case"),
        pytest.param("REPLY", "TENTATIVE", "accept", id="perhaps-leaves-the-slot-held"),
        pytest.param("COUNTER", "TENTATIVE", "reschedule", id="another-time"),
        pytest.param("CANCEL", "ACCEPTED", "cancel", id="called-off"),
        pytest.param("REQUEST", "ACCEPTED", None, id="our-own-invitation"),
    ],
)
def test_answers_of_calendar_programs(method, status, intent):
    request = wanted("", intents=frozenset(), calendar=(ANSWER.format(method=method, status=status),))
    assert (request.intent if request else None) == intent


def test_hostile_calendars_and_texts():
    assert wanted("電話" * 10**5, subject="x" * 10**6, calendar=("ATTENDEE" * 10**5, "\r\n " * 10**5)) is not None
