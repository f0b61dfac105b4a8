"""As on SQLite: see the module taken in."""

from tests.unit.store.test_migrating import *  # noqa: F403
