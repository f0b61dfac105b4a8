"""A database of each earlier version with a row in every table comes up to this version with all of them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlmodel import SQLModel

import mailflow.store
from mailflow.store import client_copies, open_store
from mailflow.store.base import connect
from mailflow.store.hand_replies import HAND_REPLY
from mailflow.store.migrations import HEAD, KNOWN
from mailflow.store.moves import DRAFT

AT = dt.datetime(2026, 3, 19, 1, 2, 3, tzinfo=dt.UTC)


@pytest.fixture
def empty_url(url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A database without any table, of the same kind."""
    if url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path / 'old.db'}"
        return
    with request.getfixturevalue("postgres").database(template=None) as made:
        yield made


def upgraded_to(engine: sa.Engine, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(mailflow.store.__file__).parent / "migrations"))
    with engine.begin() as db:
        config.attributes["connection"] = db
        command.upgrade(config, revision)


def value(column: sa.Column[Any]) -> Any:
    """Something of the column's type; a text is marked with its column."""
    if isinstance(column.type, sa.DateTime):
        return AT
    if isinstance(column.type, sa.Boolean):
        return False
    if isinstance(column.type, sa.Integer):
        return 1
    return b"x" if isinstance(column.type, sa.LargeBinary) else f"{column.table.name}.{column.name}"


def fill(engine: sa.Engine) -> dict[str, int]:
    """A row in every table, each pointing to the others' row where it must."""
    old = sa.MetaData()
    old.reflect(engine)
    counts: dict[str, int] = {}
    with engine.begin() as db:
        for table in old.sorted_tables:
            if table.name == "alembic_version":
                continue
            row: dict[str, Any] = {column.name: value(column) for column in table.columns if not column.nullable}
            for key in table.foreign_key_constraints:
                for element in key.elements:
                    if element.parent.name in row:
                        row[element.parent.name] = value(element.column)
            if table.name == "outgoing_part":
                row |= {"origin": "case", "case_id": 1, "sha256": "blob.sha256", "public_sha256": None}
            if table.name == "mail":
                row["state"] = "failed"
            if table.name == "case_blob":
                row["sha256"] = "blob.sha256"
            db.execute(sa.insert(table), row)
            counts[table.name] = 1
    return counts


@pytest.mark.parametrize(
    "revision",
    [
        pytest.param(one, marks=[] if one in (KNOWN[0], KNOWN[-2]) else [pytest.mark.long])  # a second each, twice
        for one in KNOWN[:-1]
    ],
)
def test_up_with_data(empty_url: str, revision: str) -> None:
    engine = connect(empty_url)
    upgraded_to(engine, revision)
    counts = fill(engine)
    before = {table.name: [tuple(row) for row in _rows(engine, table)] for table in _tables(engine, counts)}
    engine.dispose()
    store = open_store(empty_url)
    try:
        with store.read() as db:
            assert db.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() == HEAD
            if store.is_sqlite:
                assert db.execute(sa.text("PRAGMA foreign_key_check")).all() == []
        for name, rows in before.items():
            columns = [one.name for one in _table(store.engine, name).columns]
            kept = [tuple(row)[: len(rows[0])] for row in _rows(store.engine, _table(store.engine, name))]
            assert kept == rows, (name, columns)
        assert set(counts) <= set(SQLModel.metadata.tables)
        assert len(store.mails()) == 1
        store.seal()
    finally:
        store.close()


def test_replies_by_hand_are_taken_over(empty_url: str) -> None:
    engine = connect(empty_url)
    upgraded_to(engine, "0009")
    fill(engine)
    told = {
        "replies": [{"uid": 7, "answers": ["<a@x>", "<b@x>"], "at": "2026-03-16T09:10:00+09:00"}] * 2,
        "done": [1, 9],
    }
    with engine.begin() as db:
        db.execute(sa.text("INSERT INTO meta (key, value) VALUES ('hand_replies', :told)"), {"told": json.dumps(told)})
    engine.dispose()
    store = open_store(empty_url)
    try:
        with store.read() as db:
            kept = db.execute(sa.select(HAND_REPLY).order_by(HAND_REPLY.c.message_id)).all()
            marked = db.execute(sa.select(DRAFT.c.hand_answered_at)).scalars().all()
        assert [(one.message_id, one.at.isoformat()) for one in kept] == [
            ("<a@x>", "2026-03-16T00:10:00+00:00"), ("<b@x>", "2026-03-16T00:10:00+00:00"),
        ]  # fmt: skip
        assert marked == [AT]
        assert store.fact("hand_replies") is None
    finally:
        store.close()


def test_double_copies_and_moves_under_way(empty_url: str) -> None:
    engine = connect(empty_url)
    upgraded_to(engine, "0013")
    fill(engine)
    copies = [{"token": one, "draft_id": 1, "content_sha256": "c", "state": "shown", "made_at": AT} for one in "ab"]
    table = _table(engine, "client_copy")
    with engine.begin() as db:
        db.execute(sa.insert(table), copies)
        db.execute(
            sa.text(
                "UPDATE booking SET was_starts = starts, was_ends = ends, was_host = host, link = 'https://x.example'"
            )
        )
    engine.dispose()
    store = open_store(empty_url)
    try:
        with store.read() as db:
            kept = db.execute(
                sa.text("SELECT token FROM client_copy WHERE state <> 'settled' AND content_sha256 = 'c'")
            )
            assert kept.scalars().all() == ["b"]
            moved = db.execute(sa.text("SELECT method, was_method, was_link FROM booking")).one()
        assert moved.was_method == moved.method
        assert moved.was_link == "https://x.example"
        assert client_copies.add(store, [(1, "c")], sys_now=AT) == [], "one at a time"
    finally:
        store.close()


def _tables(engine: sa.Engine, names: dict[str, int]) -> list[sa.Table]:
    return [_table(engine, name) for name in names]


def _table(engine: sa.Engine, name: str) -> sa.Table:
    return sa.Table(name, sa.MetaData(), autoload_with=engine)


def _rows(engine: sa.Engine, table: sa.Table) -> list[Any]:
    with engine.connect() as db:
        return list(db.execute(table.select()).all())
