"""The right to write what a mailbox's watch finds, and how far it has come in each folder.

Every write of a watch names it; where another process took it over meanwhile nothing is written (LostWatch).
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from mailflow.clock import sys_now
from mailflow.store.base import Base
from mailflow.store.errors import LostWatch
from mailflow.store.tables import WatermarkRow, table_of
from mailflow.store.tables_letters import WatchRow

WATERMARK, WATCH = table_of(WatermarkRow), table_of(WatchRow)

# Whether that session still holds the advisory lock (its 64 bits are shown as two halves).
_HELD_BY = sa.text(
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND pid = :pid"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND classid::bigint = :high AND objid::bigint = :low"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """The right to write what a mailbox's watch finds; see `liveness.WatchLock`. `session`: on PostgreSQL (advisory lock's
    key, process of the session that holds it); None on SQLite, whose lock nothing takes from a living process."""

    mailbox: str
    epoch: int
    session: tuple[int, int] | None = None


def lock_values(key: int, pid: int) -> dict[str, int]:
    return {"pid": pid, "high": (key >> 32) & 0xFFFFFFFF, "low": key & 0xFFFFFFFF}


class Watching(Base):
    def watermark(self, mailbox: str, folder: str) -> tuple[int, int] | None:
        """(UIDVALIDITY, highest UID seen) of a folder, or None."""
        with self.read() as db:
            row = db.execute(
                sa.select(WATERMARK.c.uidvalidity, WATERMARK.c.uid).where(
                    WATERMARK.c.mailbox == mailbox, WATERMARK.c.folder == folder
                )
            ).one_or_none()
        return (row.uidvalidity, row.uid) if row else None

    def set_watermark(
        self, mailbox: str, folder: str, uidvalidity: int, uid: int, *, watch: Watch | None = None
    ) -> None:
        """Remember the highest UID; a new UIDVALIDITY starts over, within one it never goes back."""
        values = {"mailbox": mailbox, "folder": folder, "uidvalidity": uidvalidity, "uid": uid, "at": sys_now()}
        insert = self.upsert(WATERMARK).values(values)
        with self.write() as db:
            self.check_watch(db, watch)
            db.execute(
                insert.on_conflict_do_update(
                    index_elements=["mailbox", "folder"],
                    set_={"uidvalidity": uidvalidity, "uid": uid, "at": values["at"]},
                    where=(WATERMARK.c.uidvalidity != uidvalidity) | (WATERMARK.c.uid < uid),
                )
            )

    def check_watch(self, db: sa.Connection, watch: Watch | None) -> None:
        if watch is None:
            return
        query = sa.select(WATCH.c.epoch).where(WATCH.c.mailbox == watch.mailbox)
        if not self.is_sqlite:
            query = query.with_for_update(read=True)
        if db.execute(query).scalar() != watch.epoch:
            raise LostWatch("このメールボックスは、別のプロセスが見張っています")
        if watch.session is not None and not db.execute(_HELD_BY, lock_values(*watch.session)).scalar():
            raise LostWatch("データベースとの接続が切れ、見張りの権利を失いました")
