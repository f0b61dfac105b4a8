"""People move and cancel by hand what a letter waits to tell, or has told (DESIGN §6)."""

from __future__ import annotations

import pytest

from mailflow.desk import Approved, Done, Refused, add_user, approve, choose_stale
from mailflow.desk.consultation import cancel, move, set_link
from mailflow.model import Method, Slot
from mailflow.store import Store
from mailflow.store.appointments import to_remind, untold
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


def by_hand(office: Round, slot: Slot | None) -> Done | Refused:
    """Move to `slot`; None: cancel."""
    (line,) = office.store.bookings()
    if slot is None:
        return cancel(office.store, line.booking.id, user="佐藤", now=at(10, 9, 30), reason="担当者が不在")
    return move(office.store, office.settings.consultation, line.booking.id, slot, user="佐藤", now=at(10, 9, 30))


@pytest.mark.parametrize("approved", [False, True], ids=["waiting", "approved"])
@pytest.mark.parametrize("slot", [None, to(19, 10)], ids=["cancelled", "moved"])
def test_a_letter_of_what_is_no_more_stops(office: Round, slot: Slot | None, approved: bool) -> None:
    (draft,) = office.store.drafts(states=["waiting"])
    if approved:
        yes = approve(
            office.store, draft.id, user="佐藤", content_sha256=None, now=at(10, 9, 10), sys_now=at(10, 9, 10)
        )
        assert isinstance(yes, Approved), yes
    assert by_hand(office, slot) == Done()
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
    assert booked(office) == [("18 14:00", "cancelled", "online") if slot is None else ("19 10:00", "held", "online")]


@pytest.mark.parametrize(
    ("slot", "link"),
    [
        pytest.param(to(19, 10), MEETING, id="another-day"),
        pytest.param(to(18, 14, Method.PHONE), None, id="by-phone"),
    ],
)
def test_a_move_that_no_letter_tells_is_not_called_confirmed(office: Round, slot: Slot, link: str | None) -> None:
    office.send(at(10, 9, 10))
    (line,) = office.store.bookings()
    set_link(office.store, line.booking.id, MEETING, user="佐藤", now=at(10, 9, 20))
    assert by_hand(office, slot) == Done()
    (line,) = office.store.bookings()
    assert (line.booking.state, line.link) == ("held", link)
    assert to_remind(office.store, at(11)) == [], "a reminder would be the first that its reader hears of it"
    (one,) = untold(office.store, at(11))
    assert one.lost
