"""Slots of this programme's shipped consultation.yaml, and of stranger ones."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from mailflow.clock import TOKYO, tokyo
from mailflow.consultation.slots import first_fit, free_slots, nearest
from mailflow.model import Method, Slot, Taken, Window
from mailflow.settings.consultation import ConsultationFile
from mailflow.settings.load import load
from mailflow.settings.models import Round

SHIPPED = load(Path(__file__).parents[3] / "config", {})
ROUND: Round = SHIPPED.rounds[0]
NOW = datetime(2026, 3, 10, 9, tzinfo=TOKYO)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=TOKYO)


def window(day: int, first: int, last: int) -> Window:
    return Window(start=at(day, first), end=at(day, last), text="")


def consultation(**changes: object) -> ConsultationFile:
    base = {"hosts": [{"id": "a", "name": "A"}], **changes}
    return ConsultationFile.model_validate(base)


def starts(slots: list[Slot], day: int) -> list[str]:
    return [f"{tokyo(slot.start):%H:%M}" for slot in slots if tokyo(slot.start).day == day]


HALF_HOURS = ["10:00", "10:30", "11:00", "11:30", *(f"{h}:{m}" for h in range(13, 17) for m in ("00", "30"))]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        pytest.param(10, [], id="not-on-the-day-itself"),
        pytest.param(11, HALF_HOURS, id="the-next-day-without-the-lunch-hour"),
        pytest.param(14, [], id="saturday"),
        pytest.param(20, [], id="spring-equinox"),
        pytest.param(25, HALF_HOURS, id="after-the-cutoff-of-requests"),
        pytest.param(26, [start for start in HALF_HOURS if start <= "15:30"], id="the-last-ends-at-the-close"),
        pytest.param(27, [], id="after-the-close"),
    ],
)
def test_shipped_slots(day: int, expected: list[str]) -> None:
    assert starts(free_slots(SHIPPED.consultation, ROUND, NOW), day) == expected


@pytest.mark.parametrize(
    ("changes", "day", "expected"),
    [
        pytest.param({"pattern": {"lead_days": 0, "hours": ["9:00-10:00"]}}, 10, ["09:00", "09:30"], id="no-lead"),
        pytest.param({"pattern": {"length": "45m", "hours": ["10:00-12:00"]}}, 11, ["10:00", "10:45"], id="a-rest-is-lost"),
        pytest.param({"pattern": {"buffer": "15m", "hours": ["10:00-12:00"]}}, 11, ["10:00", "10:45", "11:30"], id="buffer"),
        pytest.param({"pattern": {"closed": ["2026-03-11"]}}, 11, [], id="closed-day"),
        pytest.param({"pattern": {"holidays": False, "hours": ["10:00-10:30"]}}, 20, ["10:00"], id="holidays-worked"),
        pytest.param({"pattern": {"before_close": "1d", "hours": ["10:00-10:30"]}}, 26, [], id="none-in-the-last-day"),
        pytest.param({"hosts": [{"id": "a", "name": "A", "exceptions": [{"date": "2026-03-14", "hours": ["10:00-11:00"]}]}]}, 14, ["10:00", "10:30"], id="a-host-on-a-saturday"),
        pytest.param({"hosts": [{"id": "a", "name": "A", "exceptions": [{"date": "2026-03-11"}]}]}, 11, [], id="a-host-away"),
        pytest.param({"hosts": [{"id": "a", "name": "A", "hours": ["16:00-17:00"]}]}, 11, ["16:00", "16:30"], id="hours-of-one-host"),
        pytest.param({"enabled": False, "hosts": []}, 11, [], id="no-consultation"),
    ],
)  # fmt: skip
def test_slots_of_other_settings(changes: dict[str, object], day: int, expected: list[str]) -> None:
    assert starts(free_slots(consultation(**changes), ROUND, NOW), day) == expected


def taken(day: int, hour: int, minute: int = 0, *, host: str = "a", minutes: int = 30) -> Taken:
    end = at(day, hour + (minute + minutes) // 60, (minute + minutes) % 60)
    return Taken(start=at(day, hour, minute), end=end, host=host)


@pytest.mark.parametrize(
    ("hosts", "gone", "host"),
    [
        pytest.param([("a", 1), ("b", 1)], [], "a", id="the-first-in-the-yaml"),
        pytest.param([("a", 1), ("b", 1)], [taken(11, 10)], "b", id="then-the-second"),
        pytest.param([("a", 2)], [taken(11, 10)], "a", id="a-second-seat"),
        pytest.param([("a", 2)], [taken(11, 10), taken(11, 10)], None, id="both-seats-gone"),
        pytest.param([("a", 1)], [taken(11, 9, 45)], None, id="a-block-that-reaches-in"),
        pytest.param([("a", 1)], [taken(11, 9, 30)], "a", id="one-that-ends-where-it-starts"),
        pytest.param([("a", 1)], [taken(11, 10, host="gone")], "a", id="a-host-that-has-left"),
    ],
)
def test_who_is_free(hosts: list[tuple[str, int]], gone: list[Taken], host: str | None) -> None:
    made = consultation(hosts=[{"id": name, "name": name, "capacity": seats} for name, seats in hosts])
    found = first_fit([Window(start=at(11, 10), end=at(11, 10, 30), text="")], free_slots(made, ROUND, NOW, gone))
    assert (found.host if found else None) == host


def test_a_method_that_only_one_host_has() -> None:
    made = consultation(hosts=[{"id": "a", "name": "A", "methods": ["online"]}, {"id": "b", "name": "B"}])
    assert {slot.host for slot in free_slots(made, ROUND, NOW, method=Method.PHONE)} == {"b"}
    assert free_slots(made, ROUND, NOW)[0].method is Method.ONLINE


def test_the_order_of_wishes_rules_over_time() -> None:
    free = free_slots(SHIPPED.consultation, ROUND, NOW)
    found = first_fit([window(18, 14, 15), window(17, 10, 11)], free)
    assert found is not None
    assert found.start == at(18, 14)


def shown(slots: tuple[Slot, ...]) -> list[str]:
    return [f"{tokyo(slot.start):%d %H:%M}" for slot in slots]


def test_offers_lie_around_the_wish() -> None:
    gone = [taken(18, 14, host="office-1"), taken(18, 14, 30, host="office-1")]
    free = free_slots(SHIPPED.consultation, ROUND, NOW, gone)
    assert shown(nearest([window(18, 14, 15)], free, 5)) == [
        "17 14:00",
        "18 13:30",
        "18 15:00",
        "18 15:30",
        "19 14:00",
    ]


def test_offers_without_a_wish_are_spread_over_days_and_halves() -> None:
    free = free_slots(SHIPPED.consultation, ROUND, NOW)
    offered = nearest([], free, 5)
    assert len({tokyo(slot.start).date() for slot in offered}) == 5
    assert {tokyo(slot.start).hour < 12 for slot in offered} == {True, False}
