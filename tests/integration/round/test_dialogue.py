"""The talk about a slot by mail alone: request, offer, number, move, cancel; never twice, nothing after the cutoff."""

from __future__ import annotations

from email.message import EmailMessage

import icalendar
import pytest

from mailflow.store import Store
from tests.integration.round.forms import form
from tests.integration.round.office import Round, at

IKEDA = "池田 一郎 <kikaku@town.matsukawa.lg.jp>"


@pytest.fixture
def office(store: Store) -> Round:
    return Round(store)


def body(letter: EmailMessage) -> str:
    part = letter.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def invitation(letter: EmailMessage) -> icalendar.Component:
    (part,) = [one for one in letter.iter_attachments() if one.get_content_type() == "text/calendar"]
    content = part.get_content()
    calendar = icalendar.Calendar.from_ical(content)
    event = calendar.walk("VEVENT")[0]
    event["METHOD"] = part.get_param("method")
    assert str(calendar["METHOD"]) == part.get_param("method")
    return event


def booked(office: Round) -> list[tuple[str, str, str]]:
    return [
        (f"{one.booking.start.astimezone(at(1).tzinfo):%d %H:%M}", one.booking.state, one.booking.method.value)
        for one in office.store.bookings()
    ]


def test_a_request_holds_a_slot_and_its_letter_confirms_it(office: Round) -> None:
    judged = office.mail("長野県飯田市です。3/18(水)14時から、オンラインでお願いします。", when=at(10))
    assert judged.templates == ["consultation-confirmed"]
    assert booked(office) == [("18 14:00", "held", "online")]
    (letter,) = office.send(at(10, 10))
    assert booked(office) == [("18 14:00", "confirmed", "online")]
    assert "3月18日（水）14時00分" in letter["Subject"]
    assert "令和8年3月18日（水）14時00分〜14時30分" in body(letter)
    event = invitation(letter)
    assert (event["METHOD"], event.decoded("DTSTART"), event.decoded("SEQUENCE")) == ("REQUEST", at(18, 14), 0)


def test_who_comes_second_gets_an_offer_and_answers_by_number(office: Round) -> None:
    office.mail("長野県飯田市です。3/18(水)14時から、オンラインでお願いします。", when=at(10))
    second = office.mail("長野県松川町です。3/18(水)14時からお願いします。", when=at(10, 9, 5), sender=IKEDA)
    assert second.templates == ["consultation-offer"]
    assert booked(office) == [("18 14:00", "held", "online")]
    offer = next(one for one in office.send(at(10, 10)) if "候補" in one["Subject"])
    numbered = [line.split()[1] for line in body(offer).splitlines() if line.strip()[:1].isdigit()]
    assert len(numbered) == 5
    answer = office.mail("2でお願いします。", when=at(10, 15), sender=IKEDA, answers=offer)
    assert answer.templates == ["consultation-confirmed"]
    assert len(booked(office)) == 2
    assert f"{numbered[1]}" in body(next(one for one in office.send(at(10, 16))))


def test_an_offered_slot_that_is_gone_gets_a_new_offer(office: Round) -> None:
    asked = office.mail("長野県飯田市です。いつでも構いませんので相談をお願いします。", when=at(10))
    assert asked.templates == ["consultation-offer"]
    (offer,) = office.send(at(10, 10))
    first = asked.outcome.verdict.step.offered[0]  # type: ignore[union-attr]
    other = f"{first.start.day}日の{first.start:%H:%M}からお願いします。"
    assert office.mail(f"長野県松川町です。{other}", when=at(10, 11), sender=IKEDA).actions.count("book") == 1
    gone = office.mail("1番でお願いします。", when=at(10, 12), answers=offer)
    assert gone.templates == ["consultation-offer"]
    office.send(at(10, 13))
    second_best = office.mail("1、だめなら2でお願いします。", when=at(10, 14), answers=offer)
    assert "book" in second_best.actions


def test_move_then_cancel_keeps_one_entry(office: Round) -> None:
    office.mail("長野県飯田市です。3/18(水)14時から、電話でお願いします。電話は0265-22-4511です。", when=at(10))
    (confirmed,) = office.send(at(10, 10))
    moved = office.mail("都合が悪くなりましたので3/19(木)10:00に変更をお願いします。", when=at(11), answers=confirmed)
    assert moved.templates == ["consultation-changed"]
    assert [one[0] for one in booked(office)] == ["19 10:00"]
    (changed,) = office.send(at(11, 10))
    cancelled = office.mail("今回の事前相談は取り消しでお願いします。", when=at(12), answers=changed)
    assert cancelled.templates == ["consultation-cancelled"]
    assert [one[1] for one in booked(office)] == ["cancelled"]
    (last,) = office.send(at(12, 10))
    events = [invitation(one) for one in (confirmed, changed, last)]
    assert len({str(one["UID"]) for one in events}) == 1
    assert [one.decoded("SEQUENCE") for one in events] == [0, 1, 2]
    assert [one["METHOD"] for one in events] == ["REQUEST", "REQUEST", "CANCEL"]
    assert "取り消した日時　令和8年3月19日（木）10時00分" in body(last)


@pytest.mark.parametrize(
    ("when", "template"),
    [
        pytest.param(at(24, 17, 0, 0), "consultation-confirmed", id="the-last-second"),
        pytest.param(at(24, 17, 0, 1), "consultation-closed", id="one-second-late"),
    ],
)
def test_the_cutoff_is_kept_to_the_second(office: Round, when: object, template: str) -> None:
    judged = office.mail("長野県飯田市です。3/25(水)10時から相談をお願いします。", when=when)  # type: ignore[arg-type]
    assert judged.templates == [template]
    assert bool(booked(office)) == (template == "consultation-confirmed")


def test_an_answer_after_the_cutoff_to_an_offer_before_it(office: Round) -> None:
    office.mail("長野県飯田市です。いつでも構いませんので相談をお願いします。", when=at(24, 16, 50))
    (offer,) = office.send(at(24, 16, 55))
    late = office.mail("1番でお願いします。", when=at(24, 18), answers=offer)
    assert late.templates == ["consultation-confirmed"]


def test_two_officers_of_one_town(office: Round) -> None:
    office.mail("長野県飯田市です。3/18(水)14時からお願いします。", when=at(10))
    second = office.mail(
        "長野県飯田市です。3/19(木)10時からお願いします。",
        when=at(10, 10),
        sender="福祉 花子 <fukushi@city.iida.lg.jp>",
    )
    assert len(booked(office)) == 1
    assert ("look", "review") in second.findings


def test_a_stranger_books_nothing_for_a_town(office: Round) -> None:
    office.mail("長野県飯田市です。3/18(水)14時からお願いします。", when=at(10))
    stranger = office.mail(
        "長野県飯田市です。3/18の予約は取り消してください。", when=at(10, 10), sender="x@free.example"
    )
    assert ("look", "review") in stranger.findings
    assert [one[1] for one in booked(office)] == ["held"]


def test_accepting_in_the_calendar_is_not_answered(office: Round) -> None:
    office.mail("長野県飯田市です。3/18(水)14時からお願いします。", when=at(10))
    (letter,) = office.send(at(10, 10))
    reply = "BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nUID:{}\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:kikaku@city.iida.lg.jp\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    uid = str(invitation(letter)["UID"])
    judged = office.mail("", when=at(10, 11), answers=letter, calendar=reply.format(uid))
    assert judged.templates == []
    assert [one[1] for one in booked(office)] == ["confirmed"]


MATERIAL = "応募にはなっていません"
HALF_FILLED = ("【案】応募様式.xlsx", form(theme=None, goal=None))


def plain(letter: EmailMessage) -> str:
    return "".join(line.strip() for line in body(letter).splitlines())


@pytest.mark.parametrize(
    "sent", [pytest.param(False, id="before-its-letter-left"), pytest.param(True, id="afterwards")]
)
def test_a_later_letter_says_still_that_the_draft_form_is_no_application(office: Round, sent: bool) -> None:
    text = "長野県飯田市です。記入途中の様式を添付します。3/18(水)14時から、オンラインで相談をお願いします。"
    asked = office.mail(text, when=at(10), files=[HALF_FILLED])
    assert asked.templates == ["consultation-confirmed"]
    assert MATERIAL in "".join(line.strip() for line in asked.drafts[0].text.splitlines())
    (letter,) = office.send(at(10, 10)) if sent else (None,)
    office.mail("3/19(木)10:00に変更をお願いします。", when=at(10, 11), answers=letter)
    (changed,) = office.send(at(10, 12))
    assert "変更" in changed["Subject"]
    assert MATERIAL in plain(changed)
    assert "記入途中の応募様式があれば" not in plain(changed)


def test_of_a_body_that_has_applied_no_letter_says_that_it_has_not(office: Round) -> None:
    text = "長野県飯田市です。記入途中の様式を添付します。3/18(水)14時から、オンラインで相談をお願いします。"
    office.mail(text, when=at(10), files=[HALF_FILLED])
    (letter,) = office.send(at(10, 10))
    office.mail(
        "応募様式を提出します。", when=at(11), subject="【長野県飯田市】計画策定支援",
        files=[("【長野県飯田市】1次公募応募様式.xlsx", form())],
    )  # fmt: skip
    office.send(at(11, 10))
    office.mail("3/19(木)10:00に変更をお願いします。", when=at(12), answers=letter)
    (changed,) = office.send(at(12, 10))
    assert MATERIAL not in plain(changed)


def test_a_number_without_an_offer_is_told_so(office: Round) -> None:
    judged = office.mail("長野県飯田市です。2番でお願いします。", when=at(10))
    assert judged.templates == ["consultation-offer"]
    told = judged.drafts[0].text.replace("\n", "")
    assert "番号（2）をお知らせいただきましたが、先にお送りした候補が、事務局の記録に見当たりませんでした。" in told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("9番でお願いします。", "番号（9）は、先にお送りした候補にありませんでした", id="not-of-the-offer"),
        pytest.param("2番（3/25 9:00）でお願いします。", "番号（2）と日時が、先にお送りした候補と合いませんでした", id="another-time"),
    ],
)  # fmt: skip
def test_a_number_that_does_not_fit_the_offer_is_told_so(office: Round, text: str, told: str) -> None:
    office.mail("長野県飯田市です。いつでも構いませんので相談をお願いします。", when=at(10))
    (offer,) = office.send(at(10, 10))
    again = office.mail(text, when=at(10, 11), answers=offer)
    assert again.templates == ["consultation-offer"]
    assert told in again.drafts[0].text.replace("\n", "")
    assert booked(office) == []
