"""As on SQLite: see the module taken in."""

from tests.unit.store.test_arrivals import *  # noqa: F403
