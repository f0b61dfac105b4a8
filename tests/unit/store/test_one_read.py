"""A page asks dozens of questions: within `one_read` their answers are of one moment, and nothing is left open behind it."""

from __future__ import annotations

import threading

import pytest

from mailflow.desk import add_user
from mailflow.store import Store
from mailflow.store.people import Role


def names(store: Store) -> list[str]:
    return [one.name for one in store.users()]


def test_of_one_moment_and_of_this_thread_alone(store: Store) -> None:
    seen: list[list[str]] = []
    with store.one_read(), store.one_read():  # a page within a page
        before = names(store)
        add_user(store, "佐藤", Role.STAFF, by=None, sys_now=store.clock().sys_now())
        assert names(store) == before
        other = threading.Thread(target=lambda: seen.append(names(store)))
        other.start()
        other.join()
        assert names(store) == before
    assert seen == [["佐藤"]]
    assert names(store) == ["佐藤"]


def test_what_raises_leaves_nothing_open(store: Store) -> None:
    def broken() -> None:
        with store.one_read():
            names(store)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()
    add_user(store, "佐藤", Role.STAFF, by=None, sys_now=store.clock().sys_now())
    assert names(store) == ["佐藤"]
