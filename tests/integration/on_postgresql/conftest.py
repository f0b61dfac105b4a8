"""The tests of the store and the desk once more, on PostgreSQL. Each module here takes in one of theirs whole."""

from __future__ import annotations

import pytest


@pytest.fixture
def url(postgres_url: str) -> str:
    return postgres_url
