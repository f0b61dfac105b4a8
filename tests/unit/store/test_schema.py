"""The schema: migrations and metadata agree, opening creates and upgrades, newer databases are refused."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from threading import Thread, Timer

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlmodel import SQLModel

import mailflow.store
from mailflow.store import Store, open_store
from mailflow.store.errors import ClockFixed, NewerDatabase, StoreError
from mailflow.store.migrations import HEAD, KNOWN
from mailflow.store.rejudge import reopen
from tests.unit.store.flow import NOW, Letter, arrival, process, process_next


def test_metadata_and_migrations_agree(store: Store) -> None:
    with store.read() as db:
        assert compare_metadata(MigrationContext.configure(db, opts={"compare_type": True}), SQLModel.metadata) == []


def test_known_revisions_are_those_of_the_scripts() -> None:
    scripts = ScriptDirectory(str(Path(mailflow.store.__file__).parent / "migrations"))
    assert tuple(one.revision for one in reversed(list(scripts.walk_revisions()))) == KNOWN


def test_opening_twice_keeps_what_is_there(store: Store, url: str) -> None:
    process(store, Letter())
    again = open_store(url)
    assert len(again.mails()) == 1
    again.close()


def test_two_processes_that_start_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new' / 'mailflow.db'}"
    opened: list[Store] = []
    threads = [Thread(target=lambda: opened.append(open_store(url))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 4
    for one in opened:
        assert one.mails() == []
        one.close()


def test_a_restored_file_is_opened_while_another_process_is_about_to_write(tmp_path: Path) -> None:
    """It isn't in WAL yet, and SQLite refuses that switch at once, without waiting."""
    file = tmp_path / "mailflow.db"
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    other.execute("CREATE TABLE somebodys (x)")
    other.execute("BEGIN IMMEDIATE")
    end = Timer(0.2, other.commit)
    end.start()
    store = open_store(f"sqlite:///{file}")
    end.join()
    with store.read() as db:
        assert db.execute(sa.text("PRAGMA journal_mode")).scalar() == "wal"
    store.close()
    other.close()


def test_a_newer_database_is_left_alone(store: Store, url: str) -> None:
    with store.write() as db:
        db.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NewerDatabase, match="9999"):
        open_store(url)
    with store.read() as db:
        assert db.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() == "9999"


def test_a_migration_that_breaks_off_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path / 'mailflow.db'}"
    seen = 0

    def crash(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        nonlocal seen
        seen += statement.startswith(("CREATE", "\nCREATE"))
        if seen == 20:
            raise KeyboardInterrupt

    sa.event.listen(sa.Engine, "before_cursor_execute", crash)
    try:
        with pytest.raises(KeyboardInterrupt):
            open_store(url)
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", crash)
    engine = sa.create_engine(url)
    assert sa.inspect(engine).get_table_names() == []
    engine.dispose()
    open_store(url).close()


@pytest.mark.parametrize(
    "url",
    ["nonsense", "mysql://host/db", "sqlite://", "sqlite:///:memory:", "postgresql://nobody:secret@127.0.0.1:1/x"],
)
def test_a_database_that_cannot_be(url: str) -> None:
    with pytest.raises(StoreError) as error:
        open_store(url)
    assert "secret" not in str(error.value)
    assert any("ぁ" <= char <= "ん" for char in str(error.value))


def test_sqlite_is_set_as_the_design_says(sqlite_url: str) -> None:
    store = open_store(sqlite_url)
    with store.read() as db:
        values = [
            db.exec_driver_sql(f"PRAGMA {one}").scalar()
            for one in ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers")
        ]
    store.close()
    assert values == ["wal", 2, 1, 1]


def test_times_keep_their_moment(store: Store) -> None:
    tokyo = timezone(timedelta(hours=9))
    store.arrive([arrival(received_at=datetime(2026, 3, 26, 16, 0, tzinfo=tokyo))])
    (line,) = store.mails()
    assert line.received_at == datetime(2026, 3, 26, 7, 0, tzinfo=UTC)
    assert line.received_at.tzinfo is not None


def test_the_business_clock_is_fixed_once(store: Store, url: str) -> None:
    first = store.clock(NOW)
    assert abs(first.now() - NOW) < timedelta(seconds=5)
    other = open_store(url)
    assert other.clock(NOW + timedelta(days=30)) == first == other.clock()
    other.close()


def test_a_database_in_real_time_is_not_sent_back(store: Store) -> None:
    process(store, Letter())
    with pytest.raises(ClockFixed):
        store.clock(NOW)
    assert store.clock().offset == timedelta(0)


def test_configurations_are_kept_by_hash(store: Store) -> None:
    files = {"config/rules.yaml": "規則".encode(), "templates/files/a.pdf": b"%PDF"}
    store.record_config("h1", files)
    store.record_config("h1", files)
    assert store.config_files("h1") == files
    assert store.config_files("h2") is None
    assert KNOWN[-1] == HEAD


def test_status_counts_by_state(store: Store) -> None:
    process(store, Letter())
    facts = store.status_facts()
    assert facts.states == {"mail.judged": 1, "draft.waiting": 1}
    assert facts.oldest_unjudged is None
    assert facts.last_fetch is None
    store.fetched(NOW)
    assert store.status_facts().last_fetch == NOW


def test_a_mail_judged_once_more_waits_since_it_was_put_back(store: Store) -> None:
    clock = store.clock(NOW)  # business time
    mail_id = process(store, Letter()).pending.id
    now = clock.now()
    with store.write() as db:
        db.execute(sa.text("UPDATE mail SET arrived_at = '2025-01-01 00:00:00.000000'"))
        reopen(db, mail_id, "letters", actor="佐藤", at=now)
    since = store.status_facts().oldest_unjudged
    assert since == now - clock.offset
    store.arrive([arrival()])
    assert store.status_facts().oldest_unjudged == since
    process_next(store, Letter())
    later = store.status_facts().oldest_unjudged
    assert later is not None
    assert later > since
