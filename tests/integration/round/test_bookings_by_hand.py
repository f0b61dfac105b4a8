"""People move and cancel by hand what a letter waits to tell, or has told (DESIGN §6)."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any

import pytest
import sqlalchemy as sa
from icalendar import Calendar

from mailflow import pipeline
from mailflow.desk import Approved, Done, Refused, add_user, approve, choose_stale, reject
from mailflow.desk.booking_letters import ByLetter, ByPhone, Told
from mailflow.desk.consultation import Booked, Changed, book, cancel, move, set_link
from mailflow.model import Method, Slot
from mailflow.store import Store
from mailflow.store.appointments import to_remind, untold
from mailflow.store.mails import CASE
from mailflow.store.people import Role
from tests.integration.round.office import Round, at
from tests.integration.round.test_dialogue import booked

REQUEST = "長野県飯田市です。3/18(水)14時から、オンラインで事前相談をお願いします。"
MEETING = "https://meeting.example/1"


@pytest.fixture
def office(store: Store) -> Round:
    add_user(store, "佐藤", Role.APPROVER, by=None, sys_now=at(10))
    office = Round(store)
    office.mail(REQUEST, when=at(10))
    return office


def to(day: int, hour: int, method: Method = Method.ONLINE) -> Slot:
    return Slot(start=at(day, hour), end=at(day, hour, 30), host="office-1", method=method)


def by_letter(office: Round, *, by_office: bool = False) -> ByLetter:
    return ByLetter(
        settings=office.settings,
        by_office=by_office,
        read=lambda _id, raw, when: pipeline.take_in(raw, office.settings, when),
    )


def by_hand(office: Round, slot: Slot | None, told: Told = ByPhone()) -> Changed | Refused:  # noqa: B008  (a value)
    """Move to `slot`; None: cancel."""
    (line,) = office.store.bookings()
    if slot is None:
        return cancel(office.store, line.booking.id, told=told, user="佐藤", now=at(10, 9, 30), reason="担当者が不在")
    return move(
        office.store, office.settings.consultation, line.booking.id, slot, told=told, user="佐藤", now=at(10, 9, 30)
    )


@pytest.mark.parametrize("approved", [False, True], ids=["waiting", "approved"])
@pytest.mark.parametrize("slot", [None, to(19, 10)], ids=["cancelled", "moved"])
def test_a_letter_of_what_is_no_more_stops(office: Round, slot: Slot | None, approved: bool) -> None:
    (draft,) = office.store.drafts(states=["waiting"])
    if approved:
        yes = approve(
            office.store, draft.id, user="佐藤", content_sha256=None, now=at(10, 9, 10), sys_now=at(10, 9, 10)
        )
        assert isinstance(yes, Approved), yes
    assert by_hand(office, slot) == Changed()
    assert [(one.id, one.state) for one in office.store.drafts()] == [(draft.id, "stale")]
    assert isinstance(
        choose_stale(
            office.store,
            draft.id,
            capacities=office.settings.consultation.capacities,
            user="佐藤",
            keep=True,
            now=at(10, 9, 40),
        ),
        Refused,
    )
    assert office.send(at(10, 10)) == []
    assert (
        choose_stale(
            office.store,
            draft.id,
            capacities=office.settings.consultation.capacities,
            user="佐藤",
            keep=False,
            now=at(10, 9, 40),
        )
        == Done()
    )
    assert booked(office) == [
        ("18 14:00", "cancelled", "online") if slot is None else ("19 10:00", "confirmed", "online")
    ]


@pytest.mark.parametrize(
    ("slot", "link"),
    [
        pytest.param(to(19, 10), MEETING, id="another-day"),
        pytest.param(to(18, 14, Method.PHONE), None, id="by-phone"),
    ],
)
def test_a_move_that_was_told_by_phone_is_agreed(office: Round, slot: Slot, link: str | None) -> None:
    office.send(at(10, 9, 10))
    (line,) = office.store.bookings()
    set_link(office.store, line.booking.id, MEETING, user="佐藤", now=at(10, 9, 20))
    assert by_hand(office, slot) == Changed()
    (line,) = office.store.bookings()
    assert (line.booking.state, line.link) == ("confirmed", link)
    assert [one.booking.start for one in to_remind(office.store, at(11))] == [slot.start]
    assert untold(office.store, at(11)) == []


def entry(letter: EmailMessage) -> Any:
    (part,) = (one for one in letter.walk() if one.get_content_type() == "text/calendar")
    calendar = Calendar.from_ical(part.get_content())
    (event,) = calendar.walk("VEVENT")
    return str(calendar["METHOD"]), str(event["UID"]), int(event["SEQUENCE"]), event["DTSTART"].dt


@pytest.mark.parametrize("sent", [True, False], ids=["told-before", "letter-still-waits"])
@pytest.mark.parametrize("slot", [None, to(19, 10)], ids=["cancelled", "moved"])
def test_the_letter_is_composed_by_the_act(office: Round, slot: Slot | None, sent: bool) -> None:
    """It takes the place of the one that waits, waits itself, and its calendar entry is that of the booking, one further."""
    letters = office.send(at(10, 9, 10)) if sent else []
    (line,) = office.store.bookings()
    done = by_hand(office, slot, by_letter(office, by_office=True))
    assert isinstance(done, Changed)
    (waiting,) = office.store.drafts(states=["waiting"])
    assert waiting.id == done.draft_id
    if slot is not None:
        (one,) = untold(office.store, at(10, 10))
        assert not one.lost
        assert to_remind(office.store, at(11)) == [], "a reminder would be the first that its reader hears of it"
    (letter,) = office.send(at(10, 12))
    method, uid, sequence, start = entry(letter)
    assert (method, uid, sequence) == ("CANCEL" if slot is None else "REQUEST", line.booking.uid, 1)
    assert start == (line.booking.start if slot is None else slot.start)
    said = str(letter.get_body(("plain",)).get_content())  # type: ignore[union-attr]
    assert "事務局の都合により" in said
    assert "3月18日（水）14時00分" in said
    assert (slot is None) or "3月19日（木）10時00分" in said
    assert str(letter["In-Reply-To"]), "in the thread of what the officer wrote"
    if letters:
        assert entry(letters[0])[1:3] == (uid, 0)
    if slot is not None:
        assert [one.booking.state for one in office.store.bookings()] == ["confirmed"]


def test_a_booking_by_hand_is_told_by_letter(office: Round) -> None:
    """And stays where the mail that it answers is judged again, or its letter is rejected."""
    by_hand(office, None)
    case_id = office.store.bookings()[0].case_id
    office.mail("審査の基準を教えてください。", when=at(10, 11))

    def booked_by_hand() -> Booked:
        done = book(
            office.store, office.settings.consultation, case_id=case_id, slot=to(23, 13, Method.PHONE), phone="0265-22-4511",
            told=by_letter(office), user="佐藤", now=at(10, 12),
        )  # fmt: skip
        assert isinstance(done, Booked), done
        return done

    draft_id = booked_by_hand().draft_id
    assert draft_id is not None
    reject(
        office.store,
        draft_id,
        capacities=office.settings.consultation.capacities,
        user="佐藤",
        reason="x",
        now=at(10, 12),
    )
    assert [one[1] for one in booked(office)] == ["cancelled", "cancelled"]
    booked_by_hand()
    (letter,) = [one for one in office.send(at(10, 13)) if "日時の確定" in str(one["Subject"])]
    assert entry(letter)[0] == "REQUEST"
    said = str(letter.get_body(("plain",)).get_content())  # type: ignore[union-attr]
    assert "3月23日（月）13時00分" in said
    assert "0265-22-4511" in said
    assert [one.booking.state for one in office.store.bookings()].count("confirmed") == 1


def test_a_mail_judged_beside_an_act_by_hand_is_judged_again(office: Round) -> None:
    """What was known before the act is known no more: not two bookings, where one may be active."""
    by_hand(office, None)
    case_id = office.store.bookings()[0].case_id
    judging = office.store.load_known

    def slow(*given: Any, **more: Any) -> Any:
        """A person books between what is read and what is written."""
        loaded = judging(*given, **more)
        if not office.conflicts:
            done = book(
                office.store, office.settings.consultation, case_id=case_id, slot=to(23, 13), told=by_letter(office),
                user="佐藤", now=at(10, 12),
            )  # fmt: skip
            assert isinstance(done, Booked), done
        return loaded

    office.store.load_known = slow  # type: ignore[method-assign]
    office.mail(REQUEST.replace("3/18(水)14時", "3/19(木)10時"), when=at(10, 11))
    assert office.conflicts == 1
    assert [one[:2] for one in booked(office) if one[1] != "cancelled"] == [("23 13:00", "held")]
    assert len(office.store.drafts(states=["waiting"])) == 1, "the letter by hand, which tells of it"


@pytest.mark.parametrize("slot", [None, to(19, 10)], ids=["cancelled", "moved"])
def test_each_act_by_hand_raises_the_revision_of_its_case(office: Round, slot: Slot | None) -> None:
    def revision() -> int:
        with office.store.read() as db:
            found: int = db.execute(sa.select(CASE.c.revision)).scalar_one()
        return found

    before = revision()
    assert not isinstance(by_hand(office, slot), Refused)
    assert revision() == before + 1
