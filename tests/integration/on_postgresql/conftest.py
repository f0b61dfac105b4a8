"""The tests of the store and the desk once more, on PostgreSQL. Each module here takes in one of theirs whole.

Those of them that use no database, or a SQLite file of their own, run where they stand and not here again.
"""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def url(postgres_url: str) -> str:
    return postgres_url


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    again = [item for item in items if _is_the_same_again(item)]
    if again:
        config.hook.pytest_deselected(items=again)
        items[:] = [item for item in items if item not in again]


def _is_the_same_again(item: pytest.Item) -> bool:
    if not isinstance(item, pytest.Function) or item.path.parent != Path(__file__).parent:
        return False
    taken_in = item.function.__module__ != item.module.__name__
    return taken_in and "postgres" not in item.fixturenames
