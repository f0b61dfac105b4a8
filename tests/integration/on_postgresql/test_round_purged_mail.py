"""As on SQLite: see the module taken in."""

from tests.integration.round.test_purged_mail import *  # noqa: F403
