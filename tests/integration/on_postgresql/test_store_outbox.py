"""As on SQLite: see the module taken in."""

from tests.unit.store.test_outbox import *  # noqa: F403
