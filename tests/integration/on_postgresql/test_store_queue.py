"""As on SQLite: see the module taken in."""

from tests.unit.store.test_queue import *  # noqa: F403
