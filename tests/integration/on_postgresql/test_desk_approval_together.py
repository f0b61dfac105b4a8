"""As on SQLite: see the module taken in."""

from tests.unit.desk.test_approval_together import *  # noqa: F403
