"""As on SQLite: see the module taken in."""

from tests.unit.store.test_hand_replies import *  # noqa: F403
