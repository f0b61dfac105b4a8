"""Answers in an officer's words: which slot they mean, and that what they don't say is asked back (DESIGN §6, issue 5 point 3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from email.message import EmailMessage

import pytest
import sqlalchemy as sa

from mailflow.clock import tokyo
from mailflow.desk import Done, add_operator, choose_stale, reject
from mailflow.desk.consultation import set_link
from mailflow.model import Method
from mailflow.store import Store, seats
from mailflow.store.appointments import remind_of, to_remind, untold
from mailflow.store.moves import D, pull_back
from mailflow.store.seats import BOOKING
from mailflow.worker.appointments import remind_appointments
from tests.integration.round.office import SHIPPED, Judged, Round, at
from tests.integration.round.test_dialogue import IKEDA, body, booked, invitation

ANYTIME = "いつでも構いませんので事前相談をお願いします。"
KATO = "加藤 次郎 <soumu@city.iida.lg.jp>"


@pytest.fixture
def office(store: Store) -> Round:
    return Round(store)


def offered(office: Round, day: int = 10) -> tuple[EmailMessage, list[str]]:
    """An offer that went out, and its times 「17 10:00」 by number."""
    asked = office.mail(ANYTIME, when=at(day))
    assert asked.templates == ["consultation-offer"]
    (letter,) = office.send(at(day, 10))
    return letter, [f"{one.start:%d %H:%M}" for one in asked.outcome.verdict.step.offered]  # type: ignore[union-attr]


def reply(office: Round, text: str, letter: EmailMessage, day: int = 10, **more: object) -> Judged:
    return office.mail(text, when=at(day, 15), answers=letter, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        pytest.param("2でお願いします。", 2, id="two"),
        pytest.param(
            "お世話になっております。\n\n２番でお願いいたします。\n\n飯田市 山口", 2, id="wide-digit-in-a-letter"
        ),
        pytest.param("第２希望の方で", 2, id="second-wish"),
        pytest.param("2、だめなら3", 2, id="two-else-three"),
        pytest.param("候補の②", 2, id="circled"),
        pytest.param("二番目でお願いいたします。", 2, id="kanji"),
        pytest.param("候補3を希望します。", 3, id="candidate-three"),
        pytest.param("どれでも大丈夫です。", 1, id="any"),
        pytest.param("いずれの候補でも構いません。", 1, id="any-of-the-candidates"),
    ],
)
def test_an_answer_takes_the_slot_of_its_number(office: Round, text: str, number: int) -> None:
    letter, times = offered(office)
    judged = reply(office, text, letter)
    assert judged.templates == ["consultation-confirmed"]
    assert [one[0] for one in booked(office)] == [times[number - 1]]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("7番でお願いします。", id="no-such-number"),
        pytest.param("どれも難しいです。", id="none-fits"),
        pytest.param("いずれの日程も都合がつきません。", id="none-fits-in-other-words"),
        pytest.param("2番（3/25 16:30）でお願いします。", id="number-against-date"),
        pytest.param("2番か3番か、庁内で調整中です。", id="not-decided"),
    ],
)
def test_an_answer_that_settles_nothing_gets_another_offer_or_a_person(office: Round, text: str) -> None:
    letter, times = offered(office)
    judged = reply(office, text, letter)
    assert booked(office) == []
    assert judged.templates == ["consultation-offer"] or ("look", "review") in judged.findings
    if "どれも" in text:
        again = [f"{one.start:%d %H:%M}" for one in judged.outcome.verdict.step.offered]  # type: ignore[union-attr]
        assert not set(again) & set(times), "what fits nobody is not offered twice"


def test_number_and_date_that_agree(office: Round) -> None:
    letter, times = offered(office)
    day, clock = times[2].split()
    judged = reply(office, f"3番（3/{day} {clock}）でお願いします。", letter)
    assert judged.templates == ["consultation-confirmed"]
    assert booked(office)[0][0] == times[2]


def test_an_answer_to_the_older_of_two_offers_means_its_numbers(office: Round) -> None:
    first, times = offered(office)
    office.mail("どれも難しいです。", when=at(10, 11), answers=first)
    (second,) = office.send(at(10, 12))
    judged = office.mail("2でお願いします。", when=at(10, 15), answers=first)
    assert judged.templates == ["consultation-confirmed"]
    assert booked(office)[0][0] == times[1]
    assert second["Subject"] != ""


def test_a_number_without_a_thread_after_two_offers_is_asked_back(office: Round) -> None:
    first, _ = offered(office)
    office.mail("どれも難しいです。", when=at(10, 11), answers=first)
    office.send(at(10, 12))
    judged = office.mail("事前相談の件、2番でお願いします。", when=at(10, 15))
    assert judged.templates == ["consultation-offer"]
    assert booked(office) == []


def test_another_method_keeps_the_slot_and_the_entry(office: Round) -> None:
    office.mail("3/18(水)14時から、オンラインで事前相談をお願いします。", when=at(10))
    (confirmed,) = office.send(at(10, 10))
    judged = office.mail("やっぱり電話でお願いします。番号は0265-22-4511です。", when=at(10, 11), answers=confirmed)
    assert judged.templates == ["consultation-changed"]
    assert booked(office) == [("18 14:00", "held", "phone")]
    (changed,) = office.send(at(10, 12))
    assert invitation(changed)["UID"] == invitation(confirmed)["UID"]
    assert "0265-22-4511" in body(changed)


def test_a_shift_is_counted_from_the_booking(office: Round) -> None:
    office.mail("3/18(水)14時から、オンラインで事前相談をお願いします。", when=at(10))
    (confirmed,) = office.send(at(10, 10))
    office.mail("予約の時間を30分後ろ倒しにしていただけますか。", when=at(10, 11), answers=confirmed)
    assert [one[0] for one in booked(office)] == ["18 14:30"]


def test_a_change_of_a_day_that_nobody_booked_goes_to_a_person(office: Round) -> None:
    office.mail("3/18(水)14時から事前相談をお願いします。", when=at(10))
    (confirmed,) = office.send(at(10, 10))
    judged = office.mail("3/17の予約を3/19の10時に変更してください。", when=at(10, 11), answers=confirmed)
    assert [one[0] for one in booked(office)] == ["18 14:00"]
    assert ("look", "review") in judged.findings


def test_the_same_towns_other_officer_moves_nothing(office: Round) -> None:
    office.mail("3/18(水)14時から事前相談をお願いします。", when=at(10))
    office.send(at(10, 10))
    judged = office.mail("事前相談を3/19の10時でお願いします。", when=at(10, 11), sender=KATO)
    assert [one[0] for one in booked(office)] == ["18 14:00"]
    assert ("look", "review") in judged.findings


def test_thanks_for_the_confirmation_are_not_answered(office: Round) -> None:
    office.mail("3/18(水)14時から事前相談をお願いします。", when=at(10))
    (confirmed,) = office.send(at(10, 10))
    judged = office.mail(
        "3/18(水)14時で承知しました。当日はよろしくお願いいたします。", when=at(10, 11), answers=confirmed
    )
    assert judged.templates == []
    assert [one[0] for one in booked(office)] == ["18 14:00"]


# --- calendar programs ------------------------------------------------------------------------------------------------

OUTLOOK = (
    "BEGIN:VCALENDAR\r\nMETHOD:{method}\r\nPRODID:Microsoft Exchange Server 2010\r\nVERSION:2.0\r\nBEGIN:VTIMEZONE\r\n"
    "TZID:Tokyo Standard Time\r\nBEGIN:STANDARD\r\nDTSTART:16010101T000000\r\nTZOFFSETFROM:+0900\r\nTZOFFSETTO:+0900\r\n"
    "END:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\nATTENDEE;PARTSTAT={status};CN=山口 さくら:mailto:kikaku@city.iid\r\n"
    " a.lg.jp\r\nCOMMENT;LANGUAGE=ja-JP:\r\nUID:{uid}\r\nSUMMARY;LANGUAGE=ja-JP:辞退: 事前相談会\r\n"
    "DTSTART;TZID=Tokyo Standard Time:20260319T150000\r\nDTEND;TZID=Tokyo Standard Time:20260319T153000\r\n"
    "SEQUENCE:{sequence}\r\nX-MICROSOFT-CDO-APPT-SEQUENCE:0\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
GOOGLE = (
    "BEGIN:VCALENDAR\r\nPRODID:-//Google Inc//Google Calendar 70.9054//EN\r\nVERSION:2.0\r\nCALSCALE:GREGORIAN\r\n"
    "METHOD:{method}\r\nBEGIN:VEVENT\r\nDTSTART:20260318T050000Z\r\nDTEND:20260318T053000Z\r\nDTSTAMP:20260310T020000Z\r\n"
    "ORGANIZER;CN=x:mailto:mic.dx.shinsei@jp.ey.com\r\nUID:{uid}\r\nATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTS\r\n"
    " TAT={status};CN=山口;X-NUM-GUESTS=0:mailto:kikaku@city.iida.lg.jp\r\nSEQUENCE:{sequence}\r\nSTATUS:CONFIRMED\r\n"
    "SUMMARY:事前相談会\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
ROBOT = [("Auto-Submitted", "auto-generated"), ("Sender", "Google Calendar <calendar-notification@google.com>")]


@pytest.mark.parametrize(
    ("entry", "method", "status", "headers", "state", "looked_at"),
    [
        pytest.param(OUTLOOK, "REPLY", "ACCEPTED", [], "accepted", False, id="outlook-yes"),
        pytest.param(OUTLOOK, "REPLY", "TENTATIVE", [], "tentative", False, id="outlook-perhaps"),
        pytest.param(OUTLOOK, "REPLY", "DECLINED", [], "declined", True, id="outlook-no"),
        pytest.param(OUTLOOK, "COUNTER", "TENTATIVE", [], "counter", True, id="outlook-another-time"),
        pytest.param(GOOGLE, "REPLY", "ACCEPTED", ROBOT, "accepted", False, id="google-yes"),
        pytest.param(GOOGLE, "REPLY", "DECLINED", ROBOT, "declined", True, id="google-no"),
    ],
)
def test_answers_of_calendar_programs_are_noted_and_never_answered(
    office: Round, entry: str, method: str, status: str, headers: list[tuple[str, str]], state: str, looked_at: bool
) -> None:
    office.mail("3/18(水)14時から事前相談をお願いします。", when=at(10))
    (letter,) = office.send(at(10, 10))
    text = entry.format(method=method, status=status, uid=invitation(letter)["UID"], sequence=0)
    judged = office.mail("", when=at(10, 11), subject="承諾: 事前相談会", calendar=text, headers=headers)
    assert judged.templates == []
    (line,) = office.store.bookings()
    assert (line.booking.state, line.booking.answer) == ("confirmed", state)
    assert (("look", "review") in judged.findings) == looked_at


def test_a_forged_answer_of_a_stranger_does_nothing(office: Round) -> None:
    office.mail("3/18(水)14時から事前相談をお願いします。", when=at(10))
    (letter,) = office.send(at(10, 10))
    text = OUTLOOK.format(method="REPLY", status="DECLINED", uid=invitation(letter)["UID"], sequence=0)
    judged = office.mail("", when=at(10, 11), subject="辞退: 事前相談会", calendar=text, sender="x@free.example")
    assert judged.templates == []
    (line,) = office.store.bookings()
    assert (line.booking.state, line.booking.answer) == ("confirmed", None)


def test_an_answer_to_the_entry_before_a_move_goes_to_a_person(office: Round) -> None:
    office.mail("3/18(水)14時から事前相談をお願いします。", when=at(10))
    (letter,) = office.send(at(10, 10))
    office.mail("3/18の予約を3/19の10時に変更してください。", when=at(10, 11), answers=letter)
    office.send(at(10, 12))
    text = OUTLOOK.format(method="REPLY", status="ACCEPTED", uid=invitation(letter)["UID"], sequence=0)
    judged = office.mail("", when=at(10, 13), subject="承諾: 事前相談会", calendar=text)
    assert ("look", "review") in judged.findings
    (line,) = office.store.bookings()
    assert line.booking.answer is None


# --- around the slot --------------------------------------------------------------------------------------------------


def unbroken(letter: EmailMessage) -> str:
    return "".join(body(letter).split())


def take(office: Round, start: datetime, end: datetime) -> None:
    """The host's time is gone."""
    with office.store.write() as db:
        made = seats.block(db, host="office-1", start=start, end=end, capacity=1, reason="研修", by="x", now=at(10))
    assert made is not None


def test_none_left_still_opens_a_door(office: Round) -> None:
    for day in range(11, 27):
        take(office, at(day, 9), at(day, 18))
    judged = office.mail(ANYTIME, when=at(10))
    assert judged.templates == ["consultation-full"]
    (letter,) = office.send(at(10, 10))
    said = unbroken(letter)
    assert "メールとお電話でお受けします" in said
    assert "取り消しがあれば" not in said, "nobody would keep that promise"


def test_a_method_that_nobody_has_left_is_answered_by_the_other(store: Store) -> None:
    hosts = [host.model_copy(update={"methods": (Method.ONLINE,)}) for host in SHIPPED.consultation.hosts]
    only_online = SHIPPED.consultation.model_copy(update={"hosts": tuple(hosts)})
    office = Round(store, replace(SHIPPED, consultation=only_online))
    judged = office.mail("3/18(水)14時から、電話で事前相談をお願いします。電話は0265-22-4511です。", when=at(10))
    assert judged.templates == ["consultation-offer"]
    (letter,) = office.send(at(10, 10))
    said = unbroken(letter)
    assert "お電話でのご相談は、あいにく空きがございません。" in said
    assert "■方法オンライン（MicrosoftTeams）です。" in said
    chosen = office.mail("1でお願いします。", when=at(10, 15), answers=letter)
    assert chosen.templates == ["consultation-confirmed"]
    assert booked(office)[0][2] == "online"


def test_a_change_for_which_nothing_is_left_keeps_the_booking(office: Round) -> None:
    office.mail("3/18(水)14時から事前相談をお願いします。", when=at(10))
    (letter,) = office.send(at(10, 10))
    for day in (11, 12, 13, 16, 17, 19, 23, 24, 25, 26):
        take(office, at(day, 9), at(day, 18))
    take(office, at(18, 9), at(18, 14))
    take(office, at(18, 14, 30), at(18, 18))
    judged = office.mail("3/18の予約を3/19の10時に変更してください。", when=at(10, 11), answers=letter)
    assert judged.templates == ["consultation-full"]
    (full,) = office.send(at(10, 12))
    said = unbroken(full)
    assert "いまの予約（令和8年3月18日（水）14時00分〜14時30分）は、そのままお取りしています。" in said
    assert booked(office) == [("18 14:00", "confirmed", "online")]


def test_the_day_for_a_draft_form_is_a_day_of_work(office: Round) -> None:
    office.mail("3/23(月)10時から事前相談をお願いします。", when=at(16))
    (letter,) = office.send(at(16, 10))
    assert "3月19日（木）17時00分まで" in body(letter)  # 3月20日 is a holiday


def test_after_the_cutoff_the_letter_still_opens_a_door(office: Round) -> None:
    judged = office.mail(ANYTIME, when=at(24, 17, 0, 20))
    assert judged.templates == ["consultation-closed"]
    (letter,) = office.send(at(25, 9))
    assert "メールとお電話でお受けします" in unbroken(letter)


def test_a_reminder_on_the_day_of_work_before_and_only_once(office: Round) -> None:
    office.mail("3/23(月)14時から事前相談をお願いします。", when=at(10))
    office.send(at(10, 10))
    (line,) = to_remind(office.store, at(19, 10))
    assert remind_of(office.store, line, now=at(19, 10), skip=False)
    assert to_remind(office.store, at(19, 10)) == []
    (judged,) = office.judge_rest(at(19, 10))
    assert judged.templates == ["consultation-reminder"]
    (letter,) = office.send(at(19, 11))
    assert "令和8年3月23日（月）14時00分〜14時30分" in body(letter)
    assert len(office.store.bookings()) == 1
    assert to_remind(office.store, at(19, 12)) == []


def test_an_acceptance_in_the_calendar_is_no_reason_to_remind_of_nothing(office: Round) -> None:
    office.mail("3/23(月)14時から電話で事前相談をお願いします。電話は0265-22-4511です。", when=at(10))
    (letter,) = office.send(at(10, 10))
    text = OUTLOOK.format(method="REPLY", status="ACCEPTED", uid=invitation(letter)["UID"], sequence=0)
    office.mail("", when=at(18, 16), subject="承諾: 事前相談会", calendar=text)
    assert remind_appointments(office.store, office.settings.consultation, at(19, 10)) == 1


def test_a_letter_that_left_on_the_day_before_is_as_good_as_a_reminder(office: Round) -> None:
    office.mail("3/23(月)14時から電話で事前相談をお願いします。電話は0265-22-4511です。", when=at(13))
    office.send(at(19, 9))
    assert remind_appointments(office.store, office.settings.consultation, at(19, 10)) == 0
    assert to_remind(office.store, at(19, 10)) == []


@pytest.mark.parametrize("stale", [False, True], ids=["rejected", "stale-and-not-kept"])
def test_a_rejected_letter_gives_the_slot_back(office: Round, stale: bool) -> None:
    office.mail("3/18(水)14時から事前相談をお願いします。", when=at(10))
    (waiting,) = office.store.drafts(states=["waiting"])
    add_operator(office.store, "係", sys_now=at(10))
    if stale:
        with office.store.write() as db:
            pull_back(db, waiting.id, D.STALE, because="返信済み", actor="timer")
        assert (
            choose_stale(
                office.store,
                waiting.id,
                capacities=office.settings.consultation.capacities,
                user="係",
                keep=False,
                now=at(10, 12),
            )
            == Done()
        )
    else:
        reject(
            office.store,
            waiting.id,
            capacities=office.settings.consultation.capacities,
            user="係",
            reason="担当が不在",
            now=at(10, 12),
        )
    assert [one[1] for one in booked(office)] == ["cancelled"]
    second = office.mail("松川町です。3/18(水)14時から事前相談をお願いします。", when=at(10, 10), sender=IKEDA)
    assert second.templates == ["consultation-confirmed"]


@pytest.mark.parametrize("taken", [False, True])
def test_a_rejected_move_goes_back_only_where_the_old_time_is_free(office: Round, taken: bool) -> None:
    office.mail("3/18(水)14時から事前相談をお願いします。", when=at(10))
    (letter,) = office.send(at(10, 10))
    office.mail("3/18の予約を3/19の10時に変更してください。", when=at(10, 11), answers=letter)
    (waiting,) = office.store.drafts(states=["waiting"])
    if taken:
        office.mail("松川町です。3/18(水)14時から事前相談をお願いします。", when=at(10, 12), sender=IKEDA)
    add_operator(office.store, "係", sys_now=at(10))
    reject(
        office.store,
        waiting.id,
        capacities=office.settings.consultation.capacities,
        user="係",
        reason="その日は不可",
        now=at(10, 12),
    )
    if not taken:
        assert booked(office) == [("18 14:00", "confirmed", "online")]
        return
    assert ("19 10:00", "held", "online") in booked(office), "the applicant counts on a slot: it keeps the one it has"
    (lost,) = (one for one in untold(office.store, at(10, 13)) if one.lost)
    assert tokyo(lost.line.booking.start).day == 19
    assert len(office.store.taken_seats(at(10))) == 2


@pytest.mark.parametrize("older", [False, True], ids=["as-kept-now", "moved-before-the-columns"])
def test_a_move_is_taken_back_into_the_seat_that_the_host_has(store: Store, older: bool) -> None:
    """Of two seats; also where the database was brought up to date between the move and the rejection."""
    hosts = tuple(one.model_copy(update={"capacity": 2}) for one in SHIPPED.consultation.hosts)
    settings = replace(SHIPPED, consultation=SHIPPED.consultation.model_copy(update={"hosts": hosts}))
    office = Round(store, settings)
    office.mail("松川町です。3/18(水)14時から事前相談をお願いします。", when=at(10), sender=IKEDA)
    office.mail("3/18(水)14時から、オンラインで事前相談をお願いします。", when=at(10))
    letter = office.send(at(10, 10))[-1]
    office.mail("3/18の予約を3/19の10時に変更してください。", when=at(10, 11), answers=letter)
    (waiting,) = office.store.drafts(states=["waiting"])
    if older:
        with store.write() as db:
            db.execute(sa.update(BOOKING).values(was_method=None, was_link=None, was_draft_id=None))
    add_operator(store, "係", sys_now=at(10))
    done = reject(
        store, waiting.id, capacities=settings.consultation.capacities, user="係", reason="不可", now=at(10, 12)
    )
    assert done == Done()
    assert booked(office) == [("18 14:00", "confirmed", "online")] * 2


def test_a_rejected_move_gives_back_method_and_meeting(office: Round) -> None:
    """As the applicant was told last, over a move in between that nobody was told of."""
    office.mail("3/18(水)14時から、オンラインで事前相談をお願いします。", when=at(10))
    (letter,) = office.send(at(10, 10))
    add_operator(office.store, "係", sys_now=at(10))
    (line,) = office.store.bookings()
    set_link(office.store, line.booking.id, "https://meeting.example/1", user="係", now=at(10, 10))
    office.mail("3/18の予約を3/19の10時に変更してください。", when=at(10, 11), answers=letter)
    last = "3/19の予約を3/23の10時に変更してください。方法は電話でお願いします。電話は0265-22-4511です。"
    office.mail(last, when=at(10, 12), answers=letter)
    assert booked(office) == [("23 10:00", "held", "phone")]
    (waiting,) = office.store.drafts(states=["waiting"])
    assert (
        reject(
            office.store,
            waiting.id,
            capacities=office.settings.consultation.capacities,
            user="係",
            reason="その日は不可",
            now=at(10, 13),
        )
        == Done()
    )
    assert booked(office) == [("18 14:00", "confirmed", "online")]
    assert office.store.bookings()[0].link == "https://meeting.example/1"


def test_a_held_slot_whose_letter_was_superseded_is_told(office: Round) -> None:
    office.mail("3/18(水)14時から事前相談をお願いします。", when=at(10))
    (one,) = untold(office.store, at(10, 9, 30))
    assert not one.lost
    office.send(at(10, 10))
    assert untold(office.store, at(10, 11)) == []


def test_a_request_inside_an_application_is_not_lost(office: Round) -> None:
    judged = office.mail(
        "応募様式を提出いたします。なお、3/18(水)14時から事前相談もお願いします。",
        subject="【長野県飯田市】計画策定支援",
        when=at(10),
    )
    assert ("also-asks", "review") in judged.findings
    assert booked(office) == []


def test_a_stranger_to_the_body_gets_no_slot_of_its_case(office: Round) -> None:
    office.mail("3/18(水)14時から事前相談をお願いします。", when=at(10))
    judged = office.mail("長野県飯田市です。3/19(木)10時から事前相談をお願いします。", when=at(10, 10), sender=IKEDA)
    assert len(booked(office)) == 1 or booked(office)[1][0] == "19 10:00"
    assert judged.outcome.verdict.understood.organization.name in ("松川町", "飯田市", None)
