"""The connection: engines for SQLite and PostgreSQL, one way to write and one to read.

SQLite: WAL, `synchronous=FULL`, foreign keys on, a write begins with BEGIN IMMEDIATE (a deferred one that reads first
fails at once under contention, whatever the timeout). PostgreSQL: READ COMMITTED; each decision is one conditional
statement. Inside `write()` there is no parsing, rendering or network.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from mailflow.store.errors import StoreError

BUSY_MS = 30_000
POOL = 20  # connections kept open: each new one costs five pragmas and an empty cache
_READ = "mailflow_read"


def connect(url: str) -> sa.Engine:
    """An engine with the pragmas above. Raises StoreError for a URL that is neither SQLite file nor PostgreSQL."""
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError as error:
        raise StoreError(
            "データベースの URL が読めません。sqlite:///ファイル または postgresql+psycopg://… の形で書いてください"
        ) from error
    if parsed.get_backend_name() == "postgresql":
        engine = sa.create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True, hide_parameters=True)
        sa.event.listen(engine, "connect", _keep_alive)
        return engine
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database == ":memory:":
        raise StoreError(
            "データベースは SQLite のファイルか PostgreSQL です（sqlite:///ファイル、postgresql+psycopg://…）"
        )
    Path(parsed.database).absolute().parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(
        parsed,
        connect_args={"timeout": BUSY_MS / 1000, "check_same_thread": False},
        pool_size=POOL,
        hide_parameters=True,  # else an error's message, and so the log, holds what applicants wrote
    )
    sa.event.listen(engine, "connect", _pragmas)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _keep_alive(connection: Any, _record: Any) -> None:
    """A machine that vanished (no RST, no FIN) holds its locks until the server misses it: after two hours by the system's
    own default, after 20 s so, and another worker takes over within 30 (DESIGN §8.4). No effect on a Unix socket."""
    with connection.cursor() as cursor:
        for name, value in (("idle", 10), ("interval", 5), ("count", 2)):
            cursor.execute(f"SET tcp_keepalives_{name} = {value}")
    connection.commit()


def _pragmas(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself: `_begin` does
    cursor = connection.cursor()
    _write_ahead(cursor)
    for pragma in (
        "synchronous=FULL",
        "foreign_keys=ON",
        "recursive_triggers=ON",  # else a row that REPLACE takes away fires no trigger
        f"busy_timeout={BUSY_MS}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _write_ahead(cursor: sqlite3.Cursor) -> None:
    """WAL. Where a file isn't yet so (new, or restored) and another process is about to write, SQLite refuses the switch
    at once, whatever the timeout: two workers that start together would fail by chance."""
    ends = time.monotonic() + BUSY_MS / 1000
    while not _switched(cursor, may_wait=time.monotonic() < ends):
        time.sleep(0.02)


def _switched(cursor: sqlite3.Cursor, *, may_wait: bool) -> bool:
    try:
        cursor.execute("PRAGMA journal_mode=WAL")
    except sqlite3.OperationalError as error:
        if not may_wait or error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True


def _begin(connection: sa.Connection) -> None:
    reading = connection.get_execution_options().get(_READ)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def among(db: sa.Connection, column: Any, values: Iterable[Any]) -> Any:
    """`column IN (…)` of any number of values as one parameter: databases count them (32,766, 65,535)."""
    wanted = sorted(set(values))
    if db.dialect.name == "sqlite":
        listed = sa.func.json_each(json.dumps(wanted)).table_valued("value")
        return column.in_(sa.select(listed.c.value))
    return column == sa.any_(sa.bindparam(None, wanted, type_=postgresql.ARRAY(column.type)))


class Base:
    """What every area of the store works with: an engine, `write()`, `read()`."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self._readers = engine.execution_options(**{_READ: True})
        self._closed = threading.Event()
        self._here = threading.local()  # the read that this thread has open

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """One write transaction: committed at the end of the block, rolled back when it raises."""
        with self.engine.begin() as db:
            yield db

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """One consistent read; it never waits for a writer (on SQLite). Inside `one_read` it is a part of that one."""
        held: sa.Connection | None = getattr(self._here, "db", None)
        if held is not None:
            yield held
            return
        with self._readers.begin() as db:
            yield db

    @contextmanager
    def one_read(self) -> Iterator[None]:
        """All that this thread reads in the block is of one moment, and one transaction: a page asks dozens of questions, and
        beginning costs more than most of them. Nothing that is written meanwhile is seen."""
        if getattr(self._here, "db", None) is not None:
            yield
            return
        # PostgreSQL sees what others commit between two statements, unless it is asked not to.
        still = self._readers if self.is_sqlite else self._readers.execution_options(isolation_level="REPEATABLE READ")
        with still.begin() as db:
            self._here.db = db
            try:
                yield
            finally:
                self._here.db = None

    def upsert(self, table: sa.Table) -> Any:
        """`INSERT … ON CONFLICT`, in the dialect of this database."""
        return sqlite.insert(table) if self.is_sqlite else postgresql.insert(table)

    def skip_locked(self, query: Any) -> Any:
        """`FOR UPDATE SKIP LOCKED` where there is one; SQLite has one writer at a time anyway."""
        return query if self.is_sqlite else query.with_for_update(skip_locked=True)

    def close(self) -> None:
        self.engine.dispose()
