"""What every page shows is made by one at a time, and anew after an act."""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import count

import pytest

from mailflow.console.office import Office
from mailflow.console.shared import Shared
from tests.unit.console.conftest import Browser, letters

HOUR = 3600.0


def test_kept_and_forgotten() -> None:
    numbers = count(1)
    one = Shared(lambda: next(numbers), HOUR)
    assert [one.get(), one.get()] == [1, 1]
    one.forget()
    assert [one.get(), one.get()] == [2, 2]


def test_the_others_get_the_last_one_while_it_is_made() -> None:
    numbers, started, go_on = count(1), threading.Event(), threading.Event()

    def make() -> int:
        number = next(numbers)
        if number == 2:
            started.set()
            go_on.wait(10)
        return number

    one = Shared(make, 0.0)  # always too old
    assert one.get() == 1
    slow: list[int] = []
    maker = threading.Thread(target=lambda: slow.append(one.get()))
    maker.start()
    assert started.wait(10)
    assert [one.get(), one.get()] == [1, 1]
    go_on.set()
    maker.join(10)
    assert slow == [2]


def test_what_was_made_before_an_act_is_not_kept() -> None:
    numbers = count(1)

    def make() -> int:
        number = next(numbers)
        if number == 1:
            one.forget()  # somebody acts while it is made
        return number

    one = Shared(make, HOUR)
    assert [one.get(), one.get(), one.get()] == [1, 2, 2]


def test_a_failure_leaves_the_door_open() -> None:
    answers = iter([ZeroDivisionError(), 7])

    def make() -> int:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    one = Shared(make, HOUR)
    failed = False
    try:
        one.get()
    except ZeroDivisionError:
        failed = True
    assert failed
    assert one.get() == 7


@pytest.mark.parametrize("page", ["letter", "case"])
def test_a_page_begun_before_an_act_hides_it_from_nobody(
    busy: Office, browser: Callable[..., Browser], monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    """What everybody is shown is never made inside one page's read of one moment, nor waited for with its connection held."""
    one, draft = browser("佐藤"), letters(busy)["fix"]
    view = busy.store.draft(draft)
    assert view is not None
    made: list[bool] = []
    stand = busy._stand

    def standing():  # type: ignore[no-untyped-def]
        made.append(getattr(busy.store._here, "db", None) is not None)
        return stand()

    monkeypatch.setattr(busy._standing, "_make", standing)
    busy.forget_standing()
    one.see(f"/queue/{draft}" if page == "letter" else f"/cases/{view.line.case_id}")
    assert made == [False]
