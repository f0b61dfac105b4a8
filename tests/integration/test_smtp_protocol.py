"""A server whose answers break the protocol: before the body is sent nothing can have gone out, after it nobody knows."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from mailflow.outbox.errors import DeliveryError, NoServer, Permanent, Retryable, Uncertain
from mailflow.outbox.smtp import SmtpSession
from mailflow.settings.connection import Connection
from tests.integration.test_outbox_smtp import Stage, deliver

ANSWERS = {"CONNECT": b"220 hello", "EHLO": b"250 hello", "MAIL": b"250 ok", "RCPT": b"250 ok", "DATA": b"354 go", "DOT": b"250 taken",
           "RSET": b"250 ok", "NOOP": b"250 ok", "QUIT": b"221 bye"}  # fmt: skip
ENDLESS, NO_CODE, ODD = b"250 " + b"x" * 9000, b"what?", b"299 well"


@contextmanager
def server(step: str, answer: bytes) -> Iterator[int]:
    """One that answers as it should, but for one step."""
    answers = {name: said + b"\r\n" for name, said in (ANSWERS | {step: answer}).items()}

    def serve(listening: socket.socket) -> None:
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        with connection, connection.makefile("rb") as lines:
            connection.sendall(answers["CONNECT"])
            body = False
            for line in lines:
                word = line.strip().split(b" ")[0].split(b":")[0].upper().decode("latin-1")
                if body:
                    if line != b".\r\n":
                        continue
                    body, word = False, "DOT"
                try:
                    connection.sendall(answers.get(word, b"502 no\r\n"))
                except OSError:
                    return
                body = word == "DATA" and answers["DATA"].startswith(b"354")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, args=(listening,), daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        listening.close()
        thread.join(5)


@pytest.mark.parametrize(
    ("step", "answer", "expected", "committed"),
    [
        pytest.param("CONNECT", ENDLESS, NoServer, 0, id="greeting-without-end"),
        pytest.param(
            "EHLO", b"250-hello\r\n250 SIZE 50", Permanent, 0, id="too-large-for-it"
        ),  # the letter isn't offered
        pytest.param("EHLO", b"421 4.3.2 not now", NoServer, 0, id="ehlo-not-now"),
        pytest.param("MAIL", b"421 4.3.2 not now", NoServer, 0, id="mail-not-now"),
        pytest.param("MAIL", b"451 4.7.0 not now", NoServer, 0, id="mail-later"),
        pytest.param("RCPT", b"451 4.7.1 greylisted", Retryable, 0, id="this-recipient-later"),
        pytest.param("MAIL", ENDLESS, NoServer, 0, id="mail-without-end"),
        pytest.param("RCPT", ENDLESS, Retryable, 0, id="rcpt-without-end"),
        pytest.param("RCPT", NO_CODE, Retryable, 0, id="rcpt-without-code"),
        pytest.param("DATA", ENDLESS, Retryable, 1, id="data-without-end"),
        pytest.param("DATA", NO_CODE, Retryable, 1, id="data-without-code"),
        pytest.param("DOT", ENDLESS, Uncertain, 1, id="final-dot-without-end"),
        pytest.param("DOT", NO_CODE, Uncertain, 1, id="final-dot-without-code"),
        pytest.param("DOT", ODD, Uncertain, 1, id="final-dot-with-an-unknown-code"),
        pytest.param("DOT", b"451 later", Retryable, 1, id="final-dot-refused-for-now"),
    ],
)
def test_an_answer_that_breaks_the_protocol(
    step: str, answer: bytes, expected: type[DeliveryError], committed: int
) -> None:
    with server(step, answer) as port:
        smtp = SmtpSession(Connection("smtp", "127.0.0.1", port, None, None, "plain"), timeout_s=3)
        stage = Stage()
        with pytest.raises(DeliveryError) as raised:
            deliver(smtp, stage)
        smtp.close()
    assert type(raised.value) is expected
    assert stage.times == committed
