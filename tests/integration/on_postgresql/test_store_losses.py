"""As on SQLite: see the module taken in."""

from tests.unit.store.test_losses import *  # noqa: F403
