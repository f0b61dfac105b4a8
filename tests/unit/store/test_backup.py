"""A backup while others write, and its return: proved row by row, hash by hash; never over something that is there."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from threading import Event, Thread

import pytest
import sqlalchemy as sa

from mailflow.clock import sys_now
from mailflow.desk.backup import MANIFEST, Manifest, backup, restore
from mailflow.store import Store, open_store
from mailflow.store.base import connect
from mailflow.store.errors import StoreError
from mailflow.store.seal import Head
from tests.by_hand import by_hand
from tests.unit.store.flow import Letter, process, send_all

NewPlace = Callable[[], str]


@pytest.fixture
def new_place(url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[NewPlace]:
    """URLs of places where nothing is, of the same kind of database."""
    if url.startswith("sqlite"):
        yield lambda: f"sqlite:///{tmp_path / 'restored.db'}"
        return
    with request.getfixturevalue("postgres").database(template=None) as empty:
        yield lambda: empty


@pytest.fixture
def office(store: Store) -> Store:
    for _ in range(3):
        process(store, Letter())
    send_all(store)
    process(store, Letter())
    return store


def read_manifest(file: Path) -> Manifest:
    with tarfile.open(file) as tar:
        told = tar.extractfile(MANIFEST)
        assert told is not None
        return Manifest(**json.load(told))


def wrongs(file: Path, url: str) -> list[str]:
    return [f"{one.what}: {one.wrong}" for one in restore(file, url) if one.wrong is not None]


def test_made_while_others_write_and_brought_back_whole(office: Store, new_place: NewPlace, tmp_path: Path) -> None:
    stop = Event()

    def write() -> None:
        while not stop.is_set():
            process(office, Letter())

    writer = Thread(target=write)
    writer.start()
    try:
        made = backup(office, tmp_path / "one.backup", sys_now=sys_now(), actor="鈴木")
    finally:
        stop.set()
        writer.join()
    assert made == read_manifest(tmp_path / "one.backup")
    place = new_place()
    assert wrongs(tmp_path / "one.backup", place) == []
    restored = open_store(place)
    try:
        assert len(restored.mails()) == made.counts["mail"] >= 4
        assert [line.subject for line in restored.outbox()] == [line.subject for line in office.outbox()]
        assert restored.imbalances() == []
        assert restored.verify_audit(Head.of(made.audit_head)).problems == ()
        assert not restored.sending_switch, "what left since isn't known there"
        assert office.sending_switch
    finally:
        restored.close()
    assert office.verify_audit(Head.of(made.audit_head)).problems == ()
    assert "backup" in {one.act for one in office.audit()}


def test_a_restore_that_is_broken_off_leaves_none_that_sends(
    office: Store, new_place: NewPlace, tmp_path: Path
) -> None:
    file = tmp_path / "one.backup"
    made = backup(office, file, sys_now=sys_now(), actor="鈴木")
    place = new_place()
    proofs = restore(file, place)
    next(proofs)
    next(proofs)  # the database is there now
    proofs.close()
    restored = open_store(place)
    try:
        assert not restored.sending_switch
        assert restored.fact("restored_from") == made.made_at
    finally:
        restored.close()


def test_killed_before_sending_is_held_nothing_is_there(
    office: Store, new_place: NewPlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "one.backup"
    backup(office, file, sys_now=sys_now(), actor="鈴木")
    place = new_place()
    monkeypatch.setattr("mailflow.store.backup._held_rows", killed)
    with pytest.raises(KeyboardInterrupt):
        list(restore(file, place))
    monkeypatch.undo()
    engine = connect(place)
    try:
        with engine.connect() as db:
            assert sa.inspect(db).get_table_names() == [], "no row without the switch"
    finally:
        engine.dispose()
    Path(str(engine.url.database)).unlink(missing_ok=True)
    assert wrongs(file, place) == [], "and it can be restored after all"


def killed(_made_at: str) -> None:
    raise KeyboardInterrupt


def test_what_a_broken_off_restore_left_is_not_read_into_the_next(office: Store, tmp_path: Path) -> None:
    if not office.is_sqlite:
        return
    file = tmp_path / "one.backup"
    backup(office, file, sys_now=sys_now(), actor="鈴木")
    for end in ("", "-wal", "-shm"):
        (tmp_path / f".restored.db.restoring{end}").write_bytes(b"left over")
    assert wrongs(file, f"sqlite:///{tmp_path / 'restored.db'}") == []
    assert [one.name for one in tmp_path.iterdir() if "restoring" in one.name] == []


def test_nothing_that_is_there_is_written_over(office: Store, url: str, tmp_path: Path) -> None:
    file = tmp_path / "one.backup"
    backup(office, file, sys_now=sys_now(), actor="鈴木")
    with pytest.raises(StoreError, match="もうあります"):
        backup(office, file, sys_now=sys_now(), actor="鈴木")
    with pytest.raises(StoreError, match="もう"):
        list(restore(file, url))
    other = "postgresql+psycopg://nobody@/nothing" if office.is_sqlite else f"sqlite:///{tmp_path / 'x.db'}"
    with pytest.raises(StoreError, match="戻す先も"):
        list(restore(file, other))


def test_a_file_that_was_touched_or_cut_is_refused_before_anything_is_written(
    office: Store, new_place: NewPlace, tmp_path: Path
) -> None:
    file = tmp_path / "one.backup"
    backup(office, file, sys_now=sys_now(), actor="鈴木")
    whole = file.read_bytes()
    at = len(whole) // 2
    for name, content in {
        "touched": whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :],
        "cut": whole[: len(whole) // 3],
        "empty": b"",
        "other": b"PK nothing of ours" * 100,
    }.items():
        bad = tmp_path / name
        bad.write_bytes(content)
        with pytest.raises(StoreError):
            list(restore(bad, new_place()))
    assert wrongs(file, new_place()) == [], "the place is still empty"


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("DELETE FROM verdict WHERE id = (SELECT min(id) FROM verdict)", id="row-gone"),
        pytest.param("UPDATE outgoing SET mime = '\\x00' WHERE mime IS NOT NULL", id="letter-changed"),
        pytest.param("UPDATE audit SET actor = 'nobody'", id="audit-changed"),
        pytest.param("UPDATE blob SET content = '\\x00'", id="mail-changed"),
    ],
)
def test_a_copy_that_is_not_what_it_says_is_told(
    office: Store, new_place: NewPlace, tmp_path: Path, statement: str
) -> None:
    """A backup of a database that was touched, with the manifest of the good one."""
    good, bad = tmp_path / "good.backup", tmp_path / "bad.backup"
    backup(office, good, sys_now=sys_now(), actor="鈴木")
    by_hand(office, statement.replace("'\\x00'", "x'00'") if office.is_sqlite else statement)
    backup(office, bad, sys_now=sys_now(), actor="鈴木")
    told = asdict(read_manifest(good))
    told["counts"] |= {name: read_manifest(bad).counts[name] for name in ("audit", "audit_seal")}
    told |= {"sha256": read_manifest(bad).sha256, "size": read_manifest(bad).size}
    forged = tmp_path / "forged.backup"
    with tarfile.open(bad) as source, tarfile.open(forged, "w") as out:
        (tmp_path / "manifest.json").write_text(json.dumps(told), encoding="utf-8")
        out.add(tmp_path / "manifest.json", "manifest.json")
        member = source.getmember("database")
        out.addfile(member, source.extractfile(member))
    assert wrongs(forged, new_place())
