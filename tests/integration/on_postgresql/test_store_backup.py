"""As on SQLite: see the module taken in."""

from tests.unit.store.test_backup import *  # noqa: F403
