"""As on SQLite: see the module taken in."""

from tests.unit.desk.test_mending import *  # noqa: F403
