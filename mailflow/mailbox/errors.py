"""What talking to a mailbox can end in, one class per thing the caller can do."""

from __future__ import annotations


class MailboxError(Exception):
    """`reason`: Japanese, for people."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Unreachable(MailboxError):
    """No connection, or it broke: try again later with a new one."""


class Refused(MailboxError):
    """The server said no to this one command. The connection stands: go on with the next thing."""


class LoginRefused(MailboxError):
    """The server says no to this user: trying quickly again makes it worse (throttling)."""


class NoSuchFolder(Refused):
    """A configured folder is not there. The message lists those that are."""
