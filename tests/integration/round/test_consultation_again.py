"""A mail about a consultation is judged again: what it did to a slot stays done, and its letter is composed anew until it has left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from email.message import EmailMessage

import pytest
import sqlalchemy as sa

from mailflow.desk import Refused, add_operator
from mailflow.desk.mails import clear_finding, correct_mail
from mailflow.model import Again, Kind
from mailflow.store import Store
from mailflow.store.bookings import cancel
from mailflow.store.rejudge import reopen
from mailflow.store.seats import BOOKING, SEAT
from tests.integration.round.office import SHIPPED, Judged, Round, at
from tests.integration.round.test_dialogue import body, booked, invitation

REQUEST = (
    "長野県飯田市です。3/18(水)14時から、オンラインで事前相談をお願いします。あわせて、締切の延長は可能でしょうか。"
)


@pytest.fixture
def office(store: Store) -> Round:
    add_operator(store, "係", sys_now=at(10))
    return Round(store)


def waiting(office: Round) -> list[tuple[str, bool]]:
    return [(one.template, one.review) for one in office.store.drafts(states=["waiting"])]


def again(office: Round, judged: Judged) -> Judged:
    with office.store.write() as db:
        assert reopen(db, judged.mail_id, "letters", actor="係", at=at(11))
    (found,) = office.judge_rest(at(11))
    return found


def looked_at(office: Round, judged: Judged) -> None:
    done = clear_finding(office.store, judged.mail_id, check="also-asks", why="見た", user="係", now=at(10, 9, 30))
    assert not isinstance(done, Refused), done


def came_earlier(office: Round, judged: Judged) -> None:
    office.found_elsewhere(judged, received_at=at(9))


@pytest.mark.parametrize(
    ("why", "review"),
    [pytest.param(looked_at, False, id="looked-at"), pytest.param(came_earlier, True, id="came-earlier")],
)
@pytest.mark.parametrize("one_active", [True, False])
def test_a_request_keeps_its_slot_and_its_letter(
    office: Round, why: Callable[[Round, Judged], None], review: bool, one_active: bool
) -> None:
    consultation = SHIPPED.consultation.model_copy(update={"one_active": one_active})
    office.settings = replace(SHIPPED, consultation=consultation)
    first = office.mail(REQUEST, when=at(10))
    assert waiting(office) == [("consultation-confirmed", True)]
    why(office, first)
    office.judge_rest(at(10, 9, 31))
    assert waiting(office) == [("consultation-confirmed", review)]
    (letter,) = office.send(at(10, 10))
    assert booked(office) == [("18 14:00", "confirmed", "online")]
    assert "-S1］" in letter["Subject"]
    event = invitation(letter)
    assert (event.decoded("DTSTART"), event.decoded("SEQUENCE")) == (at(18, 14), 0)
    assert len({one.booking.uid for one in office.store.bookings()}) == 1


def test_a_request_whose_letter_has_left_gets_no_second_one(office: Round) -> None:
    first = office.mail(REQUEST, when=at(10))
    office.send(at(10, 10))
    assert again(office, first).templates == []
    assert booked(office) == [("18 14:00", "confirmed", "online")]


def change(office: Round, letter: EmailMessage) -> Judged:
    return office.mail("3/18の予約を3/19の10時に変更してください。", when=at(10, 11), answers=letter)


def test_a_change_is_told_with_the_time_that_it_changed(office: Round) -> None:
    office.mail(REQUEST, when=at(10))
    (confirmed,) = office.send(at(10, 10))
    judged = again(office, change(office, confirmed))
    assert judged.templates == ["consultation-changed"]
    (letter,) = office.send(at(11, 10))
    assert "変更前　令和8年3月18日（水）14時00分" in body(letter)
    event = invitation(letter)
    assert (event.decoded("DTSTART"), event.decoded("SEQUENCE")) == (at(19, 10), 1)
    assert booked(office) == [("19 10:00", "confirmed", "online")]


def test_what_a_later_mail_changed_is_not_changed_back(office: Round) -> None:
    first = office.mail(REQUEST, when=at(10))
    (confirmed,) = office.send(at(10, 10))
    moved = change(office, confirmed)
    last = office.mail("3/19の予約を3/23の10時に変更してください。", when=at(10, 12), answers=confirmed)
    assert last.templates == ["consultation-changed"]
    assert again(office, moved).templates == again(office, first).templates == []
    assert [one[0] for one in booked(office)] == ["23 10:00"]
    assert [one[0] for one in waiting(office)] == ["consultation-changed"]


def test_a_cancellation_stays_one(office: Round) -> None:
    first = office.mail(REQUEST, when=at(10))
    (confirmed,) = office.send(at(10, 10))
    cancelled = office.mail("今回の事前相談は取り消しでお願いします。", when=at(10, 11), answers=confirmed)
    assert again(office, cancelled).templates == ["consultation-cancelled"]
    (letter,) = office.send(at(11, 10))
    assert "3月18日（水）14時00分" in letter["Subject"]
    assert invitation(letter).decoded("SEQUENCE") == 1
    assert again(office, first).templates == [], "a slot that was given back is not taken by an old mail"
    assert [one[1] for one in booked(office)] == ["cancelled"]


def test_a_mail_of_another_kind_gives_its_slot_back(office: Round) -> None:
    first = office.mail(REQUEST, when=at(10))
    done = correct_mail(
        office.store, SHIPPED, first.mail_id, kind=Kind.INQUIRY, why="質問のみ", user="係", now=at(10, 9, 30)
    )
    assert not isinstance(done, Refused), done
    office.judge_rest(at(10, 9, 31))
    assert [one[1] for one in booked(office)] == ["cancelled"]
    assert office.store.taken_seats(at(10)) == ()


def test_a_mail_of_another_body_takes_its_slot_along(office: Round) -> None:
    first = office.mail(REQUEST, when=at(10))
    done = correct_mail(
        office.store,
        SHIPPED,
        first.mail_id,
        organization="長野県松川町",
        why="松川町の担当",
        user="係",
        now=at(10, 9, 30),
    )
    assert not isinstance(done, Refused), done
    office.judge_rest(at(10, 9, 31))
    assert [(one.name, one.booking.state) for one in office.store.bookings() if one.booking.state == "held"] == [
        ("松川町", "held")
    ]
    assert [one[0] for one in waiting(office)] == ["consultation-confirmed"]


@pytest.mark.parametrize("why", ["quiet", "letters"])
def test_a_mail_that_is_read_again_in_silence_takes_no_slot(office: Round, why: Again) -> None:
    """Today's calendar would give it what it was refused when it came, and nobody would be told."""
    suwa = "長野県諏訪市です。事前相談をお願いします。3/18(水)14時からお願いします。"
    taken = office.mail(suwa, when=at(9), sender="dx@city.suwa.lg.jp")
    first = office.mail(REQUEST, when=at(10))
    assert ("book" in taken.actions, "book" in first.actions) == (True, False)
    with office.store.write() as db:
        db.execute(sa.delete(SEAT))
        db.execute(sa.delete(BOOKING))
        assert reopen(db, first.mail_id, why, actor="係", at=at(11))
    office.judge_rest(at(11))
    assert [one.mail_id for one in office.store.bookings()] == ([first.mail_id] if why == "letters" else [])


@pytest.mark.parametrize("undone", [False, True])
def test_what_a_mail_booked_stays_when_it_is_read_again_in_silence(office: Round, undone: bool) -> None:
    first = office.mail(REQUEST, when=at(10))
    (booking,) = office.store.bookings()
    if undone:
        with office.store.write() as db:
            cancel(db, booking.booking.id, now=at(10, 9), actor="係", because="電話")
    before = [one.booking.state for one in office.store.bookings()]
    with office.store.write() as db:
        assert reopen(db, first.mail_id, "quiet", actor="係", at=at(11))
    office.judge_rest(at(11))
    assert [one.booking.state for one in office.store.bookings()] == before
