"""Who is alive, told by a lock that the system drops when its holder dies (DESIGN §8.4).

SQLite: a `flock` on a file in `<database>.alive/`; PostgreSQL: a session advisory lock on a connection of its own. A
claimant's name is used once, so one whose lock is free is dead for good. The watch of a mailbox is such a lock too; who
takes it over raises its epoch, and each write under it names the epoch (`Arrivals.arrive(watch=…)`) and, on PostgreSQL,
asks whether the session still holds the lock: it may have been dropped while its owner lives.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import secrets
import socket
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import sqlalchemy as sa

from mailflow.clock import sys_now
from mailflow.store.base import Base
from mailflow.store.tables import table_of
from mailflow.store.tables_letters import LivenessRow
from mailflow.store.watching import WATCH, Watch

LIVENESS = table_of(LivenessRow)
_SAFE = re.compile(r"[^A-Za-z0-9._-]")


def new_claimant(role: str) -> str:
    """A name that no other process has or will have."""
    return f"{role}-{_SAFE.sub('', socket.gethostname())[:40]}-{os.getpid()}-{secrets.token_hex(6)}"


class _Lock:
    """One exclusive lock by name, held until closed or until this process dies."""

    def __init__(self, store: Base, name: str) -> None:
        self._store, self._name = store, name
        self._file: IO[bytes] | None = None
        self._session: sa.Connection | None = None
        self._pid = 0

    @property
    def held(self) -> bool:
        return self._file is not None or self._session is not None

    @property
    def session(self) -> tuple[int, int] | None:
        """PostgreSQL: (the lock's key, the server process of the session that holds it)."""
        return None if self._session is None else (_number(self._name), self._pid)

    def acquire(self) -> bool:
        """True when it is ours (now or already). A lock that we held and lost is asked for anew: another may have it."""
        if self.held:
            if self.still_held():
                return True
            self.close()
        if self._store.is_sqlite:
            file = _path(self._store, self._name).open("ab")
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.close()
                return False
            self._file = file
            return True
        session = self._store.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        try:
            pid = int(session.execute(sa.text("SELECT pg_backend_pid()")).scalar_one())
            ours = session.execute(sa.select(sa.func.pg_try_advisory_lock(_number(self._name)))).scalar()
        except BaseException:
            session.invalidate()  # whether it got the lock isn't known: the session ends, and a lock with it
            session.close()
            raise
        if ours:
            self._session, self._pid = session, pid
            return True
        session.close()
        return False

    def still_held(self) -> bool:
        """False when the database dropped our session (a restart of PostgreSQL): whoever asks may take over."""
        if self._session is None:
            return self.held
        try:
            self._session.execute(sa.text("SELECT 1"))
        except sa.exc.DBAPIError:
            return False
        return True

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
        if self._session is not None:
            self._session.invalidate()  # the session ends, and its lock with it
            self._session.close()
            self._session = None


class Liveness:
    """The proof that this process lives, for as long as it is open. Use as a context."""

    def __init__(self, store: Base, claimant: str, *, role: str = "worker") -> None:
        """`claimant`: from `new_claimant`."""
        self._store, self.claimant = store, claimant
        self._lock = _Lock(store, f"claimant:{claimant}")
        if not self._lock.acquire():
            raise ValueError(f"claimant {claimant} is taken")
        with store.write() as db:
            db.execute(sa.insert(LIVENESS), {"claimant": claimant, "role": role, "started_at": sys_now()})

    def still_alive(self) -> bool:
        """Whether others still see us alive; False: stop working, the claims may be another's by now."""
        return self._lock.still_held()

    def close(self) -> None:
        """An orderly end: release claims first."""
        try:
            with self._store.write() as db:
                db.execute(sa.update(LIVENESS).where(LIVENESS.c.claimant == self.claimant).values(ended_at=sys_now()))
        finally:  # else a database that is away would leave us alive, and our claims with us
            self._lock.close()
        if self._store.is_sqlite:
            _path(self._store, f"claimant:{self.claimant}").unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def is_alive(store: Base, claimant: str) -> bool:
    """Whether somebody holds this claimant's lock now."""
    name = f"claimant:{claimant}"
    if not store.is_sqlite:
        with store.read() as db:
            return not db.execute(sa.select(sa.func.pg_try_advisory_xact_lock_shared(_number(name)))).scalar()
    try:
        with _path(store, name).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def note_late_jobs(store: Base, claimant: str, names: Sequence[str]) -> None:
    """Which of this claimant's jobs stand still. Written only where that changed."""
    said = "、".join(names) or None
    mine = LIVENESS.c.claimant == claimant
    with store.read() as db:
        if db.execute(sa.select(LIVENESS.c.late_jobs).where(mine)).scalar() == said:
            return
    with store.write() as db:
        db.execute(sa.update(LIVENESS).where(mine).values(late_jobs=said))


def late_jobs(store: Base) -> list[str]:
    """Which jobs stand still in a process that lives."""
    query = sa.select(LIVENESS.c.claimant, LIVENESS.c.late_jobs).where(
        LIVENESS.c.ended_at.is_(None), LIVENESS.c.late_jobs.is_not(None)
    )
    with store.read() as db:
        rows = db.execute(query).all()
    return sorted({name for row in rows if is_alive(store, row.claimant) for name in row.late_jobs.split("、")})


class WatchLock:
    """The right to watch one mailbox: one process at a time."""

    def __init__(self, store: Base, mailbox: str, claimant: str) -> None:
        self._store, self._mailbox, self._claimant = store, mailbox, claimant
        self._lock = _Lock(store, f"watch:{mailbox}")
        self._watch: Watch | None = None

    @property
    def current(self) -> Watch | None:
        """The watch that `acquire` gave, while we hold it."""
        return self._watch if self._lock.held else None

    def acquire(self) -> Watch | None:
        """The watch with a new epoch; None while another process has it."""
        if not self._lock.acquire():
            return None
        now = sys_now()
        insert = self._store.upsert(WATCH).values(mailbox=self._mailbox, epoch=1, claimant=self._claimant, since=now)
        with self._store.write() as db:
            epoch: int = db.execute(
                insert.on_conflict_do_update(
                    index_elements=["mailbox"],
                    set_={"epoch": WATCH.c.epoch + 1, "claimant": self._claimant, "since": now},
                ).returning(WATCH.c.epoch)
            ).scalar_one()
        self._watch = Watch(mailbox=self._mailbox, epoch=epoch, session=self._lock.session)
        return self._watch

    def still_held(self) -> bool:
        """False once the database dropped our session: whoever asks may take over."""
        return self._lock.still_held()

    def close(self) -> None:
        self._lock.close()


def _path(store: Base, name: str) -> Path:
    folder = Path(f"{store.engine.url.database}.alive").absolute()
    folder.mkdir(exist_ok=True)
    kind, _, rest = name.partition(":")
    return folder / f"{kind}-{hashlib.sha256(rest.encode()).hexdigest()[:32]}.lock"


def _number(name: str) -> int:
    """The advisory lock's key: 64 bits, signed."""
    return int.from_bytes(hashlib.sha256(f"mailflow {name}".encode()).digest()[:8], "big", signed=True)
