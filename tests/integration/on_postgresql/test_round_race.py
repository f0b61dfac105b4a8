"""As on SQLite: see the module taken in."""

from tests.integration.round.test_race import *  # noqa: F403
