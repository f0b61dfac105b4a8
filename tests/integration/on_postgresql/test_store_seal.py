"""As on SQLite: see the module taken in."""

from tests.unit.store.test_seal import *  # noqa: F403
