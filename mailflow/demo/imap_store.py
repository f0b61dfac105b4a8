"""The demo mail server's disk: folders and mails in one SQLite file.

In and out: rows (`FolderRow`, `MessageRow`) and raw bytes; internal dates are aware and keep the offset they came with,
to the second (RFC 3501 §9, date-time has no fraction). Every call that writes has committed, with fsync, when it returns.

UIDs and UIDVALIDITY (RFC 3501 §2.3.1.1) survive restarts: a folder's number is never used twice, so a folder that was
deleted and made again gets a higher UIDVALIDITY; a new file starts above every older one, as it counts from the time of
its making.

One process at a time: `StoreInUseError` when another has the file open. Not thread-safe: belongs to the thread that opened it.
Raises sqlite3.Error when the disk fails.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

SCHEMA = 1

_TABLES = """
CREATE TABLE origin (uid_validity INTEGER NOT NULL);
CREATE TABLE folder (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL,
    name TEXT NOT NULL,
    uid_next INTEGER NOT NULL DEFAULT 1,
    subscribed INTEGER NOT NULL DEFAULT 1,
    UNIQUE (account, name)
);
CREATE TABLE message (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    folder INTEGER NOT NULL REFERENCES folder (id) ON DELETE CASCADE,
    uid INTEGER NOT NULL,
    internal_date TEXT NOT NULL,
    flags TEXT NOT NULL,
    size INTEGER NOT NULL,
    raw BLOB NOT NULL,  -- last, so that the other columns are read without it
    UNIQUE (folder, uid)
);
"""


class StoreInUseError(Exception):
    """Another process serves this directory."""


@dataclass(frozen=True, slots=True)
class FolderRow:
    id: int
    name: str
    uid_validity: int
    uid_next: int
    subscribed: bool


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A mail without its bytes. `flags` as on the wire: `\\Seen`, `$label`."""

    id: int
    uid: int
    internal_date: datetime
    flags: frozenset[str]
    size: int


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A mail to be added to the folder with the id `folder`."""

    folder: int
    raw: bytes
    internal_date: datetime
    flags: frozenset[str] = frozenset()


class MailStore:
    """See the module's docstring. Close it with `close()`."""

    def __init__(self, path: Path, now: datetime) -> None:
        path.touch(mode=0o600)  # SQLite gives its side files the same mode
        self._db = sqlite3.connect(path, isolation_level=None, timeout=0.2)
        try:
            # The lock is held until close: two servers over one file would give out one UID twice.
            self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.execute("PRAGMA foreign_keys = ON")
            with self._transaction():
                if self._db.execute("PRAGMA user_version").fetchone()[0] == 0:
                    self._create(now)
            (self._uid_validity,) = self._db.execute("SELECT uid_validity FROM origin").fetchone()
        except sqlite3.OperationalError as exc:
            self._db.close()
            if exc.sqlite_errorcode == sqlite3.SQLITE_BUSY:
                raise StoreInUseError(path) from exc
            raise

    def _create(self, now: datetime) -> None:
        for statement in _TABLES.split(";\n"):
            self._db.execute(statement)
        self._db.execute("INSERT INTO origin VALUES (?)", (int(now.timestamp()),))
        self._db.execute(f"PRAGMA user_version = {SCHEMA}")

    def close(self) -> None:
        self._db.close()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    # --- folders ------------------------------------------------------------------------------------------------------

    def folders(self, account: str) -> list[FolderRow]:
        rows = self._db.execute(
            "SELECT id, name, uid_next, subscribed FROM folder WHERE account = ? ORDER BY id", (account,)
        )
        return [FolderRow(id_, name, self._uid_validity + id_, uid_next, bool(on)) for id_, name, uid_next, on in rows]

    def create_folder(self, account: str, name: str) -> FolderRow:
        """Raises ValueError where the name is taken."""
        try:
            with self._transaction():
                cursor = self._db.execute("INSERT INTO folder (account, name) VALUES (?, ?)", (account, name))
        except sqlite3.IntegrityError as exc:
            raise ValueError(name) from exc
        id_ = cursor.lastrowid
        assert id_ is not None  # noqa: S101 - an INSERT that did not raise has a row
        return FolderRow(id_, name, self._uid_validity + id_, 1, True)

    def delete_folder(self, folder: int) -> None:
        """Its mails go with it."""
        with self._transaction():
            self._db.execute("DELETE FROM folder WHERE id = ?", (folder,))

    def rename_folders(self, names: Iterable[tuple[int, str]]) -> None:
        with self._transaction():
            self._db.executemany("UPDATE folder SET name = ? WHERE id = ?", [(name, id_) for id_, name in names])

    def subscribe(self, folder: int, subscribed: bool) -> None:
        with self._transaction():
            self._db.execute("UPDATE folder SET subscribed = ? WHERE id = ?", (subscribed, folder))

    # --- mails --------------------------------------------------------------------------------------------------------

    def messages(self, folder: int) -> list[MessageRow]:
        """In the order of their UIDs."""
        rows = self._db.execute(
            "SELECT id, uid, internal_date, flags, size FROM message WHERE folder = ? ORDER BY uid", (folder,)
        )
        return [
            MessageRow(id_, uid, datetime.fromisoformat(when), frozenset(flags.split()), size)
            for id_, uid, when, flags, size in rows
        ]

    def add(self, mails: Sequence[NewMessage]) -> list[MessageRow]:
        """All of them or none; the rows in the same order."""
        with self._transaction():
            return [self._add(mail) for mail in mails]

    def _add(self, mail: NewMessage) -> MessageRow:
        when = mail.internal_date.replace(microsecond=0)
        uid = self._next_uid(mail.folder)
        cursor = self._db.execute(
            "INSERT INTO message (folder, uid, internal_date, flags, size, raw) VALUES (?, ?, ?, ?, ?, ?)",
            (mail.folder, uid, when.isoformat(), " ".join(sorted(mail.flags)), len(mail.raw), mail.raw),
        )
        assert cursor.lastrowid is not None  # noqa: S101 - an INSERT that did not raise has a row
        return MessageRow(cursor.lastrowid, uid, datetime.fromisoformat(when.isoformat()), mail.flags, len(mail.raw))

    def _next_uid(self, folder: int) -> int:
        (uid,) = self._db.execute(
            "UPDATE folder SET uid_next = uid_next + 1 WHERE id = ? RETURNING uid_next - 1", (folder,)
        ).fetchone()
        return int(uid)

    def copy(self, message: int, folder: int) -> MessageRow:
        with self._transaction():
            uid = self._next_uid(folder)
            cursor = self._db.execute(
                "INSERT INTO message (folder, uid, internal_date, flags, size, raw) "
                "SELECT ?, ?, internal_date, flags, size, raw FROM message WHERE id = ?",
                (folder, uid, message),
            )
        return self._row(cursor.lastrowid)

    def move(self, message: int, folder: int) -> MessageRow:
        with self._transaction():
            uid = self._next_uid(folder)
            self._db.execute("UPDATE message SET folder = ?, uid = ? WHERE id = ?", (folder, uid, message))
        return self._row(message)

    def _row(self, message: int | None) -> MessageRow:
        id_, uid, when, flags, size = self._db.execute(
            "SELECT id, uid, internal_date, flags, size FROM message WHERE id = ?", (message,)
        ).fetchone()
        return MessageRow(id_, uid, datetime.fromisoformat(when), frozenset(flags.split()), size)

    def set_flags(self, message: int, flags: frozenset[str]) -> None:
        with self._transaction():
            self._db.execute("UPDATE message SET flags = ? WHERE id = ?", (" ".join(sorted(flags)), message))

    def remove(self, messages: Iterable[int]) -> None:
        with self._transaction():
            self._db.executemany("DELETE FROM message WHERE id = ?", [(id_,) for id_ in messages])

    def raw(self, message: int) -> bytes | None:
        """The exact bytes; None once it has been removed."""
        row = self._db.execute("SELECT raw FROM message WHERE id = ?", (message,)).fetchone()
        return None if row is None else bytes(row[0])
