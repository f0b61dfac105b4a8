"""As on SQLite: see the module taken in."""

from tests.unit.store.test_client_copies import *  # noqa: F403
