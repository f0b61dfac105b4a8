"""As on SQLite: see the module taken in."""

from tests.unit.store.test_one_read import *  # noqa: F403
