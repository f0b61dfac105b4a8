"""As on SQLite: see the module taken in."""

from tests.integration.round.test_regrouped import *  # noqa: F403
