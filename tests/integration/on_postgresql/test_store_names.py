"""As on SQLite: see the module taken in."""

from tests.unit.store.test_names import *  # noqa: F403
