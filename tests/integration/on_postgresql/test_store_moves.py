"""As on SQLite: see the module taken in."""

from tests.unit.store.test_moves import *  # noqa: F403
