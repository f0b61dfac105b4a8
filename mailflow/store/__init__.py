"""Durable state: SQLModel tables, Alembic migrations, typed calls (DESIGN §8). Start at `open_store`."""

from mailflow.store.open import open_store
from mailflow.store.store import Store

__all__ = ["Store", "open_store"]
