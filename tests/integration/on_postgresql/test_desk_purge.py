"""As on SQLite: see the module taken in."""

from tests.unit.desk.test_purge import *  # noqa: F403
