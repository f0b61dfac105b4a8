"""`open_store`: a ready store from a URL, created or upgraded by itself.

Two processes that start at once don't both migrate: the first holds a lock (a `flock` beside the SQLite file, an
advisory lock on PostgreSQL), the second waits and finds the work done. A migration is one transaction: a crash in it
leaves the old schema. Raises NewerDatabase when the schema is unknown to this code, StoreError when it can't connect.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from mailflow.store.base import Base, connect
from mailflow.store.errors import NewerDatabase, OlderDatabase, StoreError
from mailflow.store.migrations import HEAD, KNOWN
from mailflow.store.store import Store

_LOCK_ID = 0x6D61696C666C6F77  # "mailflow"


def open_store(url: str, *, as_it_is: bool = False) -> Store:
    """The store at `url`, its schema brought up to this code's. `as_it_is`: OlderDatabase where it has another one."""
    engine = connect(url)
    try:
        revision = schema_revision(engine)
        if as_it_is:
            _refuse_older(revision)
        elif revision != HEAD:
            with _migration_lock(engine):
                _upgrade(engine)
    except sa.exc.OperationalError as error:
        engine.dispose()
        raise StoreError(f"データベースに接続できません: {engine.url.render_as_string(hide_password=True)}") from error
    except BaseException:
        engine.dispose()
        raise
    return Store(engine)


def _refuse_older(revision: str | None) -> None:
    if revision != HEAD:
        raise OlderDatabase(
            f"このデータベースのスキーマ（{revision or 'なし'}）は、この版（{HEAD}）より古いものです。"
            "worker か run を動かすと、この版のものになります。データベースには何もしていません。"
        )


def schema_revision(engine: sa.Engine) -> str | None:
    """The schema's revision, None for an empty database. Raises NewerDatabase for one that we don't know."""
    with Base(engine).read() as db:
        if not sa.inspect(db).has_table("alembic_version"):
            return None
        found: str | None = db.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    if found is not None and found not in KNOWN:
        raise NewerDatabase(
            f"このデータベースは、より新しい mailflow が作ったものです（スキーマ {found}、この版は {HEAD} まで）。"
            "新しい版をお使いください。データベースには何もしていません。"
        )
    return found


def _upgrade(engine: sa.Engine) -> None:
    if schema_revision(engine) == HEAD:  # another process did it while we waited
        return
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    with engine.begin() as db:
        config.attributes["connection"] = db
        command.upgrade(config, HEAD)


@contextmanager
def _migration_lock(engine: sa.Engine) -> Iterator[None]:
    if engine.dialect.name == "sqlite":
        with Path(f"{engine.url.database}.migrate").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        return
    with engine.connect() as db:
        db.execute(sa.select(sa.func.pg_advisory_lock(_LOCK_ID)))
        try:
            yield
        finally:
            db.execute(sa.select(sa.func.pg_advisory_unlock(_LOCK_ID)))
