"""As on SQLite: see the module taken in."""

from tests.integration.round.test_questions import *  # noqa: F403
