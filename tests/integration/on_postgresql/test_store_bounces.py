"""As on SQLite: see the module taken in."""

from tests.unit.store.test_bounces import *  # noqa: F403
