"""The next step of the talk: which slots are candidates, which meeting a booking has, and what is left when little is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from mailflow.clock import TOKYO, tokyo
from mailflow.consultation.dialogue import next_step
from mailflow.consultation.situation import Situation
from mailflow.model import Booking, ConsultationStep, Known, Method, Offer, Request, RequestIntent, Slot, Taken, Window
from mailflow.settings.consultation import ConsultationFile
from mailflow.settings.load import load
from mailflow.settings.models import Round

ROUND: Round = load(Path(__file__).parents[3] / "config", {}).rounds[0]
MEETING = {"link": "https://meeting.example/1", "id": "111", "passcode": "abc"}
NEXT_MEETING = {"link": "https://meeting.example/2"}
ONLINE = {"id": "a", "name": "A", "methods": ["online"], "meetings": [MEETING]}
BOTH = ONLINE | {"methods": ["online", "phone"]}
BY_PHONE = {"id": "b", "name": "B", "methods": ["phone"]}


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=TOKYO)


def window(day: int, hour: int) -> Window:
    return Window(start=at(day, hour), end=at(day, hour, 30), text="")


def all_taken_but(*free: datetime, host: str = "a") -> tuple[Taken, ...]:
    """The host is busy all through the round but in these half hours."""
    edges = [at(11, 0), *(moment for start in sorted(free) for moment in (start, start.replace(minute=30))), at(27, 0)]
    return tuple(Taken(start=one, end=end, host=host) for one, end in zip(edges[::2], edges[1::2], strict=True))


BOOKED = Booking(
    id=1, start=at(18, 14), end=at(18, 14, 30), host="a", method=Method.ONLINE, state="confirmed", uid="u",
    link="https://meeting.example/1",
)  # fmt: skip
ITS_SEAT = Taken(start=BOOKED.start, end=BOOKED.end, host="a")


def step(
    request: Request, hosts: Sequence[dict[str, object]], *, uid: str = "new", **known: object
) -> ConsultationStep:
    consultation = ConsultationFile.model_validate({"hosts": list(hosts)})
    now = at(11, 9)
    return next_step(
        Situation(request, replace(Known.empty(), **known), consultation, ROUND, now, now, uid)  # type: ignore[arg-type]
    )


def asked(intent: RequestIntent = RequestIntent.REQUEST, **more: object) -> Request:
    return Request(intent=intent, **{"windows": (window(19, 10),), **more})  # type: ignore[arg-type]


MOVE = asked(RequestIntent.RESCHEDULE)


@pytest.mark.parametrize(
    ("hosts", "booking", "link", "access"),
    [
        pytest.param([ONLINE], BOOKED, MEETING["link"], "会議ID　111　パスコード　abc", id="none-else-left"),
        pytest.param([ONLINE | {"meetings": [MEETING, NEXT_MEETING]}], BOOKED, MEETING["link"], None, id="others-left"),
        pytest.param([ONLINE | {"meetings": []}], BOOKED, MEETING["link"], None, id="set-by-hand"),
        pytest.param(
            [ONLINE], replace(BOOKED, host="b", link="https://meeting.example/b"), None, None, id="another-host"
        ),
        pytest.param(
            [ONLINE | {"meetings": [NEXT_MEETING]}],
            replace(BOOKED, link=None),
            NEXT_MEETING["link"],
            None,
            id="had-none",
        ),
    ],
)
def test_a_moved_booking_keeps_its_meeting(
    hosts: list[dict[str, object]], booking: Booking, link: str | None, access: str | None
) -> None:
    moved = step(MOVE, hosts, bookings=(booking,), taken=(ITS_SEAT,), links=(MEETING["link"],))
    assert (moved.step, moved.link) == ("reschedule", link)
    assert access is None or moved.access == access


def test_by_phone_it_has_no_meeting() -> None:
    moved = step(replace(MOVE, method=Method.PHONE), [BOTH], bookings=(BOOKED,), links=(MEETING["link"],))
    assert (moved.step, moved.link) == ("reschedule", None)


OFFERED = Offer(
    draft_id=1, asked_at=at(10, 9), method=None, sure=True,
    slots=(Slot(start=at(19, 10), end=at(19, 10, 30), host="a", method=Method.ONLINE),),
)  # fmt: skip


@pytest.mark.parametrize(
    ("request_", "hosts", "known", "expected"),
    [
        pytest.param(
            asked(method=Method.PHONE), [ONLINE], {}, ("offer", Method.ONLINE), id="nobody-takes-calls"
        ),
        pytest.param(
            asked(method=Method.PHONE), [ONLINE, BY_PHONE], {"taken": all_taken_but(host="b")}, ("offer", Method.ONLINE),
            id="no-call-is-left",
        ),
        pytest.param(
            asked(method=Method.ONLINE), [ONLINE, BY_PHONE], {"taken": all_taken_but()}, ("offer", Method.PHONE),
            id="only-calls-are-left",
        ),
        pytest.param(asked(), [ONLINE], {"taken": all_taken_but()}, ("full", None), id="nothing-is-left"),
        pytest.param(
            MOVE, [ONLINE], {"taken": (*all_taken_but(BOOKED.start), ITS_SEAT), "bookings": (BOOKED,)}, ("full", None),
            id="its-own-slot-is-no-candidate",
        ),
        pytest.param(
            asked(RequestIntent.CHOICE, none_fits=True, windows=()), [ONLINE],
            {"taken": all_taken_but(at(19, 10)), "offer": OFFERED}, ("full", None), id="nor-is-what-was-declined",
        ),
        pytest.param(
            asked(RequestIntent.RESCHEDULE, same_time=True, method=Method.PHONE, windows=()), [ONLINE],
            {"bookings": (BOOKED,), "taken": (ITS_SEAT,)}, ("full", None), id="the-method-it-has-is-no-answer",
        ),
    ],
)  # fmt: skip
def test_candidates(
    request_: Request,
    hosts: list[dict[str, object]],
    known: dict[str, object],
    expected: tuple[str, Method | None],
) -> None:
    found = step(request_, hosts, **known)
    assert (found.step, found.offered[0].method if found.offered else None) == expected
    if found.step == "full":
        assert found.booking == (BOOKED if "bookings" in known else None), "what it has is told to stay"


def test_early_candidates_where_the_later_ones_are_declined() -> None:
    early, late = at(12, 10), at(19, 10)
    request = asked(RequestIntent.CHOICE, none_fits=True, windows=())
    found = step(request, [ONLINE], taken=all_taken_but(early, late), offer=OFFERED)
    assert [tokyo(one.start) for one in found.offered] == [early]


@pytest.mark.parametrize(
    ("came", "taken", "looked_at"),
    [
        pytest.param(at(10, 9), (), True, id="it-waited-until-no-slot-was-left"),
        pytest.param(at(24, 17), (), True, id="on-the-last-day"),
        pytest.param(at(23, 9), None, False, id="all-are-taken"),
    ],
)
def test_a_request_that_waited_too_long_is_looked_at_first(
    came: datetime, taken: tuple[Taken, ...] | None, looked_at: bool
) -> None:
    """After downtime, or in a demo whose clock stands on the last day: others have not taken the slots, time has."""
    consultation = ConsultationFile.model_validate({"hosts": [ONLINE]})
    known = replace(Known.empty(), taken=all_taken_but() if taken is None else taken)
    now = came if taken is None else at(26, 10)
    found = next_step(Situation(asked(), known, consultation, ROUND, came, now, "new"))
    assert (found.step, found.template, found.review is not None) == ("full", "consultation-full", looked_at)


@pytest.mark.parametrize(
    ("wished", "why"),
    [
        pytest.param(window(14, 13), "day-off", id="saturday"),
        pytest.param(window(17, 18), "off-hours", id="evening"),
        pytest.param(window(17, 12), "off-hours", id="lunch"),
        pytest.param(window(17, 10), "taken", id="taken"),
        pytest.param(window(21, 18), "off-hours", id="a-saturday-with-hours"),
    ],
)
def test_why_there_is_no_slot_is_said_as_it_is(wished: Window, why: str) -> None:
    host = ONLINE | {"exceptions": [{"date": "2026-03-21", "hours": ["10:00-12:00"]}]}
    busy = Taken(start=at(17, 10), end=at(17, 11), host="a")
    found = step(asked(windows=(wished,)), [host], taken=(busy,))
    moved = step(asked(RequestIntent.RESCHEDULE, windows=(wished,)), [host], taken=(busy, ITS_SEAT), bookings=(BOOKED,))
    assert (found.step, moved.step) == ("offer", "offer")
    assert (found.why, moved.why) == (why, why)
