"""What the store raises: one class for each thing that a caller can do about it. Messages are Japanese, for people."""

from __future__ import annotations


class StoreError(Exception):
    """The store can't do it; the message says why."""


class NewerDatabase(StoreError):
    """The database was written by a newer mailflow: install that one. Nothing was touched."""


class OlderDatabase(StoreError):
    """The database has an older schema, and the caller wants it untouched: let a worker bring it up to date."""


class LostWatch(StoreError):
    """Another process watches the mailbox now (its epoch is newer): stop watching. Nothing was written."""


class OwnCaseViolation(StoreError):
    """A letter holds what isn't of its own case (DESIGN §5, own-case lock). Nothing was written."""


class ClockFixed(StoreError):
    """MAILFLOW_NOW on a database that already works in real time: it would send its clock back."""


class IllegalMove(StoreError):
    """A transition that `NEXT` doesn't know: a mistake in our own code."""


class Gone(StoreError):
    """The row isn't in the state that the caller thinks it is in (another process was first)."""
