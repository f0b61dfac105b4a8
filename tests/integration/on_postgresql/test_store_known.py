"""As on SQLite: see the module taken in."""

from tests.unit.store.test_known import *  # noqa: F403
