"""What a delivery can end in, one class per thing the caller can do (DESIGN §8.3). Branch on the class, never on text."""

from __future__ import annotations


class DeliveryError(Exception):
    """`answer`: the server's last line, or what happened to the connection; safe to show to people."""

    def __init__(self, answer: str) -> None:
        super().__init__(answer)
        self.answer = answer


class Retryable(DeliveryError):
    """Nothing went out, and a later attempt may succeed: 4xx, no connection, no log-in, no TLS where it is a must."""


class NoServer(Retryable):
    """No conversation came about, or the server takes no letter now (4xx to MAIL): it is no letter's fault, and no letter may fail by it."""


class NoConnection(NoServer):
    """The server can't be reached, or its certificate isn't trusted: name, port, TLS, network."""


class NoLogin(NoServer):
    """The server is there and doesn't let us in: user, password, token."""


class Permanent(DeliveryError):
    """The server said no for good (5xx), or the mail can't be sent as it is."""


class Uncertain(DeliveryError):
    """The body was on its way and no answer came: it may have gone out. A person decides."""
