"""As on SQLite: see the module taken in."""

from tests.unit.store.test_schema import *  # noqa: F403
