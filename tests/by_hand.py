"""What somebody does to the database who goes around mailflow: no triggers, no foreign keys."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import sqlalchemy as sa

from mailflow.store.base import Base


def by_hand(store: Base, *statements: str) -> None:
    """Run the statements, with nothing that would stop them."""
    if not store.is_sqlite:
        with store.write() as db:
            db.execute(sa.text("SET LOCAL session_replication_role = replica"))
            for statement in statements:
                db.execute(sa.text(statement))
        return
    with closing(sqlite3.connect(str(store.engine.url.database))) as db:
        for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            db.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            db.execute(statement)
        db.commit()
