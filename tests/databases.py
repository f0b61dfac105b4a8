"""A store on each of the two databases, for every test of the suite.

SQLite: a copy of a migrated file. PostgreSQL: one private cluster a process, started by the first test that wants it, and a
database of its own for each test.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from mailflow.store import Store, open_store
from tests.servers.postgres import Postgres, PostgresFailed, PostgresMissing


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with ExitStack() as running:
        try:
            server = running.enter_context(Postgres())
        except (PostgresMissing, PostgresFailed) as reason:
            pytest.fail(str(reason), pytrace=False)
        yield server


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database without rows: copying it is quicker than migrating for each test."""
    path = tmp_path_factory.mktemp("empty") / "mailflow.db"
    open_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def sqlite_url(tmp_path: Path, empty_database: Path) -> str:
    path = tmp_path / "mailflow.db"
    shutil.copyfile(empty_database, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    with postgres.database() as url:
        yield url


@pytest.fixture
def url(sqlite_url: str) -> str:
    """The database of most tests. `tests/integration/on_postgresql` runs the store's and the desk's on the other one."""
    return sqlite_url


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = open_store(url)
    yield opened
    opened.close()
