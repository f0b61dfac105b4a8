"""A backup is one file: a tar of the database's copy and its manifest. Made while the worker runs; proved when it returns.

The configuration is in the database (every version that judged something); secrets and YAML files aren't in it. After a
restore sending is switched off: what left after the copy was made isn't known there, and must not go out twice.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from mailflow import __version__
from mailflow.clock import tokyo
from mailflow.store import Store, audit
from mailflow.store.backup import Copied, copy_database, load_database, prove
from mailflow.store.errors import StoreError
from mailflow.store.seal import Head

MANIFEST, DATABASE = "manifest.json", "database"
FORMAT = 1
_LARGEST_MANIFEST = 1_000_000
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """`made_at`: system time, ISO 8601; `sha256`, `size`: of the copy."""

    format: int
    mailflow: str
    made_at: str
    kind: str
    revision: str
    sha256: str
    size: int
    counts: dict[str, int]
    audit_head: str

    @property
    def copied(self) -> Copied:
        return Copied(kind=self.kind, revision=self.revision, counts=self.counts, head=Head.of(self.audit_head))


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One thing that was looked at. `wrong`: None where it is as it should be."""

    what: str
    wrong: str | None


def backup(store: Store, to: Path, *, sys_now: datetime, actor: str) -> Manifest:
    """Write a backup to the file `to`, which mustn't exist. Raises StoreError, OSError; leaves nothing half done."""
    if to.exists():
        raise StoreError(f"{to} はもうあります。上書きしません")
    with tempfile.TemporaryDirectory(dir=to.parent, prefix=".mailflow-backup-") as folder:
        copy = Path(folder) / DATABASE
        copied = copy_database(store, copy)
        manifest = Manifest(
            format=FORMAT, mailflow=__version__, made_at=tokyo(sys_now).isoformat(timespec="seconds"),
            kind=copied.kind, revision=copied.revision, sha256=_sha256(copy), size=copy.stat().st_size,
            counts=copied.counts, audit_head=str(copied.head),
        )  # fmt: skip
        made = Path(folder) / "backup.tar"
        with tarfile.open(made, "w") as tar:
            _add(tar, MANIFEST, json.dumps(asdict(manifest), ensure_ascii=False, indent=1).encode())
            tar.add(copy, DATABASE, filter=_plain)
        with made.open("rb") as done:
            os.fsync(done.fileno())
        made.chmod(0o600)
        made.rename(to)
    with store.write() as db:
        detail: audit.Detail = {"sha256": manifest.sha256, "head": manifest.audit_head[:80]}
        audit.record(db, audit.Event(actor=actor, act="backup", entity="setting", entity_id="database", detail=detail))
    return manifest


def restore(file: Path, url: str) -> Iterator[Proof]:
    """Bring a backup back to `url`, where nothing is, and prove it. Raises StoreError before anything is written there
    where the file isn't what its manifest says."""
    with _opened(file) as tar, tempfile.TemporaryDirectory(prefix="mailflow-restore-") as folder:
        manifest = _manifest(tar, file)
        copy = Path(folder) / DATABASE
        _extract(tar, file, copy)
        if _sha256(copy) != manifest.sha256:
            raise StoreError(f"{file} の中身が、目録のハッシュと違います。壊れているか、書きかえられています")
        yield Proof(what="バックアップのファイル", wrong=None)
        expected = load_database(copy, manifest.copied, url, made_at=manifest.made_at)
    for what, wrong in prove(url, expected):
        yield Proof(what=what, wrong=wrong)


def _opened(file: Path) -> tarfile.TarFile:
    try:
        return tarfile.open(file, "r:")
    except (tarfile.TarError, OSError) as error:
        raise StoreError(f"{file} はバックアップのファイルとして開けません") from error


def _manifest(tar: tarfile.TarFile, file: Path) -> Manifest:
    try:
        told: dict[str, Any] = json.loads(_member(tar, MANIFEST).read(_LARGEST_MANIFEST))
        found = Manifest(**told)
        Head.of(found.audit_head)
        datetime.fromisoformat(found.made_at)
    except (KeyError, TypeError, ValueError, tarfile.TarError, StoreError) as error:
        raise StoreError(
            f"{file} に、読める目録がありません。mailflow backup のファイルではないか、壊れています"
        ) from error
    if found.format != FORMAT:
        raise StoreError(f"{file} は、より新しい mailflow（{found.mailflow}）のバックアップです")
    return found


def _extract(tar: tarfile.TarFile, file: Path, to: Path) -> None:
    try:
        content = _member(tar, DATABASE)
        with to.open("wb") as out:
            while piece := content.read(_PIECE):
                out.write(piece)
    except (KeyError, tarfile.TarError) as error:
        raise StoreError(f"{file} の中に、データベースがありません。途中で切れています") from error


def _member(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    content = tar.extractfile(name)
    if content is None:
        raise KeyError(name)
    return content


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(content), 0o600
    tar.addfile(info, io.BytesIO(content))


def _plain(info: tarfile.TarInfo) -> tarfile.TarInfo:
    """Nothing of this machine's users."""
    info.uid = info.gid = 0
    info.uname = info.gname = ""
    info.mode = 0o600
    return info


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
