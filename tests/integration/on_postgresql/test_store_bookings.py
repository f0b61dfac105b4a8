"""As on SQLite: see the module taken in."""

from tests.unit.store.test_bookings import *  # noqa: F403
