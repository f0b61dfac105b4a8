"""A real PostgreSQL from Debian, as a foreground process on a private socket in a temporary folder.

In: nothing of the machine's own cluster: data, socket and log lie in one folder that goes away at the end; it listens on no
port. PostgreSQL refuses to run as root: then it runs as Debian's account `postgres`. `database` gives a fresh one, copied
from the migrated template `migrated`, and drops it. Durability is off: a test machine's crash isn't what is tested.

Raises PostgresMissing when Debian's package isn't there, PostgresFailed (with the end of its log) when it doesn't start.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

from mailflow.store import open_store

PACKAGE = "postgresql"
ACCOUNT = "postgres"
SUPERUSER = "mailflow"
TEMPLATE = "migrated"
START_S = 30.0
STOP_S = 10.0
OPTIONS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "autovacuum": "off",
    "log_min_messages": "warning",
}

_CATALOGS = {
    "pg_class": "oid", "pg_attribute": "attrelid", "pg_attrdef": "adrelid", "pg_constraint": "conrelid", "pg_index": "indrelid",
    "pg_trigger": "tgrelid", "pg_proc": "oid", "pg_namespace": "oid", "pg_db_role_setting": "setdatabase", "alembic_version": "tableoid",
}  # fmt: skip
SCHEMA = "SELECT " + ", ".join(
    f"(SELECT (count(*), max(xmin::text::bigint))::text FROM {catalog} WHERE {oid} > 16383)"
    for catalog, oid in _CATALOGS.items()
)
"""How many rows the migrations wrote in each catalogue, and the last transaction that did: both are other ones after any DDL."""
OTHERS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
FILLED = (
    "SELECT oid::regclass FROM pg_class WHERE relkind = 'r' AND oid > 16383"
    " AND relname <> 'alembic_version' AND pg_relation_size(oid) > 0"
)


class PostgresMissing(Exception):
    """Its binaries aren't installed."""


class PostgresFailed(Exception):
    """It didn't start, or not in time."""


def binaries() -> Path:
    """The folder of the newest server's binaries (Debian keeps them out of PATH)."""
    versions = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    found = max(versions, key=lambda path: float(path.parts[-3]), default=None)
    if found is not None:
        return found.parent
    somewhere = shutil.which("initdb")
    if somewhere is None:
        raise PostgresMissing(f"PostgreSQL がありません。sudo apt-get install -y {PACKAGE}")
    return Path(somewhere).resolve().parent


class Postgres:
    """Use as a context."""

    def __init__(self) -> None:
        self._bin = binaries()
        self._home = Path(tempfile.mkdtemp(prefix="pg-"))  # short: a socket's path has at most 107 bytes
        self._process: subprocess.Popen[bytes] | None = None
        self._names = count(1)
        self._idle: list[str] = []
        self._schema: tuple[object, ...] | None = None

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://{SUPERUSER}@/{name}?host={self._home}"

    @contextmanager
    def database(self, *, template: str | None = TEMPLATE) -> Iterator[str]:
        """The URL of a database without rows: migrated, or (`template=None`) empty.

        A migrated one is emptied and used again, which takes a tenth of the time of a new one; not where its schema is
        another one afterwards.
        """
        name = self._idle.pop() if template == TEMPLATE and self._idle else self._made(template)
        yield self.url(name)
        if template == TEMPLATE and self._emptied(name):
            self._idle.append(name)
            return
        with self.connect() as db:
            db.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[arg-type]

    @contextmanager
    def connect(self, name: str = "postgres") -> Iterator[psycopg.Connection[tuple[object, ...]]]:
        with psycopg.connect(host=str(self._home), user=SUPERUSER, dbname=name, autocommit=True) as connection:
            yield connection

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)  # a fast shutdown
            try:
                self._process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        shutil.rmtree(self._home, ignore_errors=True)

    def _made(self, template: str | None) -> str:
        name = f"test_{next(self._names)}"
        with self.connect() as db:
            if template == TEMPLATE:
                self._migrated(db)
            # Copying its files is eight times quicker than writing them through the log.
            db.execute(f"CREATE DATABASE {name} TEMPLATE {template or 'template0'} STRATEGY FILE_COPY")  # type: ignore[arg-type]
        return name

    def _emptied(self, name: str) -> bool:
        """Whether it is as the template again: nobody connected, no rows, every number from the beginning."""
        with self.connect(name) as db:
            until = time.monotonic() + STOP_S
            while db.execute(OTHERS).fetchone():
                if time.monotonic() > until:
                    return False
                time.sleep(0.002)
            if self._schema is None:
                with self.connect(TEMPLATE) as migrated:
                    self._schema = migrated.execute(SCHEMA).fetchone()
            if db.execute(SCHEMA).fetchone() != self._schema:
                return False
            db.execute("SET session_replication_role = replica")  # no triggers, no foreign keys
            filled = [str(row[0]) for row in db.execute(FILLED)]
            if filled:
                db.execute("; ".join(f"DELETE FROM {table}" for table in filled))  # type: ignore[arg-type]
                db.execute(f"VACUUM {', '.join(filled)}")  # type: ignore[arg-type]  # and their files are empty again
            db.execute(
                "SELECT setval(format('%I.%I', schemaname, sequencename), start_value, false) FROM pg_sequences"
                " WHERE last_value IS NOT NULL"
            )
        return True

    def _migrated(self, db: psycopg.Connection[tuple[object, ...]]) -> None:
        """Made once a cluster, by the migrations themselves."""
        if db.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone() is None:
            db.execute(f"CREATE DATABASE {TEMPLATE} TEMPLATE template0")  # type: ignore[arg-type]
            open_store(self.url(TEMPLATE)).close()

    def _start(self) -> None:
        self._home.chmod(0o700)
        if os.geteuid() == 0:
            try:
                account = pwd.getpwnam(ACCOUNT)
            except KeyError as error:
                raise PostgresMissing(f"{ACCOUNT} という利用者がいません。sudo apt-get install -y {PACKAGE}") from error
            os.chown(self._home, account.pw_uid, account.pw_gid)
        data = self._home / "data"
        made = subprocess.run(
            [*self._as_nobody_special(), self._bin / "initdb", "-D", data, "-U", SUPERUSER, "--auth=trust", "-E", "UTF8",
             "--locale=C.UTF-8", "--no-sync"],
            capture_output=True, check=False, cwd="/",
        )  # fmt: skip
        if made.returncode:
            raise PostgresFailed(f"initdb: {made.stderr.decode(errors='replace')[-2000:]}")
        self._run()

    def restart(self, *, while_down: Callable[[], None] = lambda: None) -> None:
        """A fast shutdown, as an update does it, and up again on the same data."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        self._process.wait(STOP_S)
        while_down()
        self._run()

    def _run(self) -> None:
        data = self._home / "data"
        options = [word for name, value in OPTIONS.items() for word in ("-c", f"{name}={value}")]
        log = self._home / "log"
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                [*self._as_nobody_special(), self._bin / "postgres", "-D", data, "-k", self._home, *options],
                stdout=out, stderr=out, stdin=subprocess.DEVNULL, cwd="/",
            )  # fmt: skip
        until = time.monotonic() + START_S
        while True:
            try:
                with self.connect():
                    return
            except psycopg.OperationalError as error:
                if self._process.poll() is not None or time.monotonic() > until:
                    said = log.read_text(encoding="utf-8", errors="replace")[-2000:]
                    raise PostgresFailed(f"PostgreSQL が起動しません: {said}") from error
                time.sleep(0.05)

    @staticmethod
    def _as_nobody_special() -> list[str]:
        """Dies with us, and isn't root."""
        dying = ["setpriv", "--pdeathsig", "INT"]
        return [*dying, "--reuid", ACCOUNT, "--regid", ACCOUNT, "--clear-groups"] if os.geteuid() == 0 else dying
