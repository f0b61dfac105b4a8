"""As on SQLite: see the module taken in."""

from tests.unit.store.test_clock_set_back import *  # noqa: F403
