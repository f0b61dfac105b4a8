"""As on SQLite: see the module taken in."""

from tests.unit.store.test_commit import *  # noqa: F403
