"""As on SQLite: see the module taken in."""

from tests.unit.store.test_again import *  # noqa: F403
