"""A consistent copy of the whole database while others work on it, its proof, and its return (DESIGN §8, §9).

SQLite: the backup API in one step (in WAL mode it reads one snapshot and stops no writer). PostgreSQL: `pg_dump` on one
exported snapshot, `pg_restore` as SQL into `psql`; these programs must be installed. Counts and the audit's head are of the same
snapshot. Raises StoreError in Japanese; a place that holds something already is never written to.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import IO, Any, cast

import sqlalchemy as sa
from sqlmodel import SQLModel

from mailflow.store.arrivals import BLOB
from mailflow.store.base import Base, connect
from mailflow.store.errors import StoreError
from mailflow.store.facts import META, SENDING_OFF
from mailflow.store.migrations import KNOWN
from mailflow.store.moves import OUTGOING
from mailflow.store.open import schema_revision
from mailflow.store.seal import Head, Sealing

SQLITE, POSTGRESQL = "sqlite", "postgresql"
_PROGRAMS_IN = Path("/usr/lib/postgresql")  # where Debian keeps them, one folder a version
RESTORED = "restored_from"
_COUNTED = b"mailflow-meta "


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """What a copy holds. `counts`: rows by table; `head`: the audit's."""

    kind: str
    revision: str
    counts: dict[str, int]
    head: Head


def copy_database(store: Sealing, to: Path) -> Copied:
    """Write the copy to `to`, a file that isn't there yet."""
    if to.exists():
        raise StoreError(f"{to} はもうあります。上書きしません")
    store.seal()
    if store.is_sqlite:
        with closing(sqlite3.connect(str(store.engine.url.database))) as source, closing(sqlite3.connect(to)) as target:
            source.backup(target, pages=-1)
            target.execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside it
        copied = Sealing(connect(f"sqlite:///{to}"))
        try:
            with copied.read() as db:
                found = _facts(db, SQLITE)
        finally:
            copied.close()
            _lone(to)
        return found
    return _dump(store, to)


def _lone(file: Path) -> None:
    """As one file again: our connections open a database in WAL mode."""
    with closing(sqlite3.connect(file)) as db:
        db.execute("PRAGMA journal_mode=DELETE")


def _facts(db: sa.Connection, kind: str) -> Copied:
    counts = {table.name: _rows(db, table) for table in SQLModel.metadata.sorted_tables}
    revision = str(db.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one())
    row = db.execute(sa.text("SELECT seq, hash FROM audit_seal ORDER BY seq DESC LIMIT 1")).one_or_none()
    head = Head(row.seq, row.hash) if row is not None else Head(0, "0" * 64)
    return Copied(kind=kind, revision=revision, counts=counts, head=head)


def _dump(store: Base, to: Path) -> Copied:
    engine = store.engine.execution_options(isolation_level="REPEATABLE READ")
    with engine.begin() as db:
        snapshot = str(db.execute(sa.text("SELECT pg_export_snapshot()")).scalar_one())
        found = _facts(db, POSTGRESQL)
        _program(
            "pg_dump",
            ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={to}"],
            store.engine.url,
        )
    return found


def load_database(file: Path, copied: Copied, url: str, *, made_at: str) -> Copied:
    """Bring a copy back to `url`, where nothing is yet, with sending switched off. Returns what must stand there now.

    On SQLite it is switched off before the database has its name, on PostgreSQL in the transaction that brings the rows:
    a restore that is broken off leaves none that sends. Raises StoreError.
    """
    parsed = sa.make_url(url)
    if parsed.get_backend_name() != copied.kind:
        raise StoreError(f"このバックアップは {copied.kind} のものです。戻す先も {copied.kind} の URL にしてください")
    if copied.kind == SQLITE:
        target = Path(str(parsed.database)).absolute()
        if any(Path(f"{target}{end}").exists() for end in ("", "-wal", "-shm")):
            raise StoreError(f"{target} はもうあります。まだ何もない場所を指定してください")
        target.parent.mkdir(parents=True, exist_ok=True)
        begun = target.with_name(f".{target.name}.restoring")
        for end in ("-wal", "-shm"):  # of a restore that was broken off: SQLite would read them into this copy
            Path(f"{begun}{end}").unlink(missing_ok=True)
        shutil.copyfile(file, begun)
        held = _held(copied, _hold_sending(f"sqlite:///{begun}", made_at))
        _lone(begun)
        with begun.open("rb") as done:
            os.fsync(done.fileno())
        begun.rename(target)
        return held
    engine = connect(url)
    try:
        with engine.connect() as db:
            if sa.inspect(db).get_table_names():
                raise StoreError("戻す先のデータベースに、もう表があります。空のデータベースを指定してください")
    finally:
        engine.dispose()
    return _held(copied, _restored(file, parsed, made_at))


def _restored(file: Path, url: sa.URL, made_at: str) -> int:
    """The copy's rows and the switch in one transaction. Returns by how many rows of `meta` it has more than its copy.

    Whatever ends this before COMMIT (a kill too: psql then reads the end of its input) leaves an empty database."""
    with (
        tempfile.TemporaryFile() as said,
        tempfile.TemporaryFile() as wrong,
        subprocess.Popen(
            [_found("pg_restore"), "--file=-", "--no-owner", "--no-privileges", str(file)],
            stdout=subprocess.PIPE, stderr=wrong,
        ) as source,
        subprocess.Popen(
            [_found("psql"), *_database(url), "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1"],
            stdin=subprocess.PIPE, stdout=said, stderr=wrong, env=_environment(url),
        ) as target,
    ):  # fmt: skip
        sql, to = cast(IO[bytes], source.stdout), cast(IO[bytes], target.stdin)
        whole = False
        try:
            to.write(b"BEGIN;\n")
            shutil.copyfileobj(sql, to)
            if source.wait() == 0:
                to.write(_hold_in_sql(made_at).encode() + b"COMMIT;\n")
                whole = True
            to.close()
        except BrokenPipeError:  # psql stopped at an error, and said so
            whole = False
        except BaseException:
            target.kill()
            raise
        finally:
            source.kill()
            with contextlib.suppress(BrokenPipeError):
                to.close()
        if target.wait() or not whole:
            wrong.seek(0)
            told = " ".join(wrong.read().decode("utf-8", "replace").split())
            raise StoreError(f"バックアップを戻せませんでした：{told[:300]}")
        said.seek(0)
        counts = [int(line.removeprefix(_COUNTED)) for line in said.read().split(b"\n") if line.startswith(_COUNTED)]
    return counts[-1] - counts[0]


def _hold_in_sql(made_at: str) -> str:
    """`_hold_sending` for psql. A dump leaves the session without a search path."""
    count = f"SELECT '{_COUNTED.decode()}' || count(*) FROM meta;\n"  # noqa: S608
    rows = ", ".join(f"('{key}', '{value}')" for key, value in _held_rows(made_at))
    hold = f"INSERT INTO meta (key, value) VALUES {rows} ON CONFLICT (key) DO UPDATE SET value = excluded.value;\n"  # noqa: S608
    return f"RESET search_path;\n{count}{hold}{count}"


def _held_rows(made_at: str) -> tuple[tuple[str, str], ...]:
    """`made_at`: ISO 8601; nothing else goes into the SQL."""
    return (("sending", SENDING_OFF), (RESTORED, datetime.fromisoformat(made_at).isoformat(timespec="seconds")))


def _held(copied: Copied, more: int) -> Copied:
    counts = {name: count + (more if name == META.name else 0) for name, count in copied.counts.items()}
    return replace(copied, counts=counts)


def prove(url: str, expected: Copied) -> Iterator[tuple[str, str | None]]:
    """What was brought back against what its manifest says: (what was looked at, None or what is wrong)."""
    engine = connect(url)
    try:
        store = Sealing(engine)
        revision = schema_revision(engine)
        yield "表の形", None if revision == expected.revision and revision in KNOWN else f"{revision} です"
        with store.read() as db:
            if store.is_sqlite:
                said = str(db.execute(sa.text("PRAGMA integrity_check(1)")).scalar_one())
                yield "データベースのファイル", None if said == "ok" else said
            yield "行の数", _counts(db, expected)
            yield "メールと添付ファイルの中身", _blobs(db)
            yield "送った手紙の中身", _letters(db)
        verified = store.verify_audit(expected.head)
        yield "操作の記録", "、".join(verified.problems[:3]) or None
    finally:
        engine.dispose()


def _hold_sending(url: str, made_at: str) -> int:
    """A database that was brought back doesn't know what left after its copy was made: nothing goes out by itself.

    Returns by how many rows of `meta` it has more than its copy."""
    engine = connect(url)
    try:
        store = Base(engine)
        with store.write() as db:
            before = _rows(db, META)
            for key, value in _held_rows(made_at):
                insert = store.upsert(META).values(key=key, value=value)
                db.execute(insert.on_conflict_do_update(index_elements=["key"], set_={"value": value}))
            return _rows(db, META) - before
    finally:
        engine.dispose()


def _rows(db: sa.Connection, table: sa.Table) -> int:
    return int(db.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def _counts(db: sa.Connection, expected: Copied) -> str | None:
    wrong = []
    for name, count in expected.counts.items():
        table = SQLModel.metadata.tables.get(name)
        found = None if table is None else _rows(db, table)
        if found != count:
            wrong.append(f"{name} が {found}行（目録では {count}行）")
    return "、".join(wrong[:5]) or None


def _hashes(db: sa.Connection, query: Any) -> int:
    """How many rows (hash, content) don't belong together."""
    rows = db.execution_options(yield_per=50).execute(query)
    return sum(hashlib.sha256(row[1]).hexdigest() != row[0] for row in rows)


def _blobs(db: sa.Connection) -> str | None:
    wrong = _hashes(db, sa.select(BLOB.c.sha256, BLOB.c.content))
    return f"{wrong}件が、記録されたハッシュと違います" if wrong else None


def _letters(db: sa.Connection) -> str | None:
    wrong = _hashes(db, sa.select(OUTGOING.c.mime_sha256, OUTGOING.c.mime).where(OUTGOING.c.mime.is_not(None)))
    return f"{wrong}通が、記録されたハッシュと違います" if wrong else None


def _program(name: str, arguments: list[str], url: sa.URL) -> None:
    """Run one of PostgreSQL's own programs. The password goes by the environment, never on the command line."""
    done = subprocess.run(
        [_found(name), *_database(url), *arguments], env=_environment(url), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise StoreError(f"{name} が失敗しました：{' '.join(done.stderr.split())[:300]}")


def _database(url: sa.URL) -> list[str]:
    return [f"--dbname={url.database}"] if url.database else []


def _environment(url: sa.URL) -> dict[str, str]:
    host = url.host or url.query.get("host")
    env = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    return env | {
        key: str(value)
        for key, value in (
            ("PGHOST", host),
            ("PGPORT", url.port or url.query.get("port")),
            ("PGUSER", url.username),
            ("PGPASSWORD", url.password),
            ("PGSSLMODE", url.query.get("sslmode")),
            ("PGSSLROOTCERT", url.query.get("sslrootcert")),
        )
        if value
    }


def _found(name: str) -> str:
    """The newest version where several lie (an older pg_dump refuses a newer server)."""
    versions = [path for path in _PROGRAMS_IN.glob(f"*/bin/{name}") if path.parts[-3].isdigit()]
    if versions:
        return str(max(versions, key=lambda path: int(path.parts[-3])))
    program = shutil.which(name)
    if program is None:
        raise StoreError(
            f"{name} がありません。postgresql-client を入れてください（sudo apt-get install -y postgresql-client）"
        )
    return program
