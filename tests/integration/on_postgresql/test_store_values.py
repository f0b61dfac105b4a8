"""As on SQLite: see the module taken in."""

from tests.unit.store.test_values import *  # noqa: F403
