"""Encrypted and verified, or not at all (DESIGN §5, §9): with a certificate of a stranger, or of another name, no password and no
letter is said. Both protocols, TLS from the start and by STARTTLS."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from mailflow.mailbox.errors import Unreachable
from mailflow.mailbox.imap import Imap
from mailflow.outbox.errors import NoConnection
from mailflow.outbox.smtp import SmtpSession
from mailflow.settings.connection import Connection
from tests.servers.tokens import certificate

SECRET = "himitsu-no-kagi"


class Server:
    """Speaks as much of SMTP and IMAP as a log-in takes. `heard`: lines, and whether each came encrypted."""

    def __init__(self, scheme: str, tls: str, context: ssl.SSLContext) -> None:
        self.scheme, self.tls, self.context = scheme, tls, context
        self.heard: list[tuple[bool, bytes]] = []

    def serve(self, listening: socket.socket) -> None:
        try:
            line, _ = listening.accept()
            with line:
                self.talk(line)
        except OSError:
            return

    def talk(self, line: socket.socket) -> None:
        secure = self.tls == "implicit"
        talking: socket.socket = self.context.wrap_socket(line, server_side=True) if secure else line
        talking.sendall(
            b"220 hello\r\n" if self.scheme == "smtp" else b"* OK [CAPABILITY IMAP4rev1 STARTTLS] hello\r\n"
        )
        while True:
            said = self.line_of(talking)
            if not said:
                return
            self.heard.append((secure, said))
            talking.sendall(self.answer(said, secure))
            if b"STARTTLS" in said.upper():
                talking, secure = self.context.wrap_socket(line, server_side=True), True

    @staticmethod
    def line_of(talking: socket.socket) -> bytes:
        """Byte by byte: nothing of the handshake may be read with it."""
        said = b""
        while not said.endswith(b"\n"):
            byte = talking.recv(1)
            if not byte:
                return b""
            said += byte
        return said

    def answer(self, said: bytes, secure: bool) -> bytes:
        if self.scheme == "smtp":
            ehlo = b"250-hello\r\n250 AUTH PLAIN\r\n" if secure else b"250-hello\r\n250 STARTTLS\r\n"
            codes = (
                (b"EHLO", ehlo),
                (b"STARTTLS", b"220 go on\r\n"),
                (b"AUTH", b"235 ok\r\n"),
                (b"QUIT", b"221 bye\r\n"),
            )
            return next((answer for word, answer in codes if said.upper().startswith(word)), b"250 ok\r\n")
        tag = said.split()[0]
        return b"* CAPABILITY IMAP4rev1 STARTTLS\r\n" + tag + b" OK done\r\n"


@contextmanager
def running(scheme: str, tls: str, context: ssl.SSLContext) -> Iterator[tuple[Server, int]]:
    server = Server(scheme, tls, context)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.serve, args=(listening,), daemon=True)
        thread.start()
        yield server, listening.getsockname()[1]
        listening.close()
        thread.join(5)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ssl.SSLContext]:
    """A certificate for `localhost` that nobody else knows, and a server's side of it."""
    cert, key = certificate(tmp_path_factory.mktemp("tls"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return cert, context


def log_in(at: Connection, ca_file: str | None) -> None:
    if at.scheme == "imap":
        with Imap(at, timeout_s=5, ca_file=ca_file):
            return
    session = SmtpSession(at, timeout_s=5, ca_file=ca_file)
    session.check()
    session.close()


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
@pytest.mark.parametrize("scheme", ["imap", "smtp"])
@pytest.mark.parametrize(
    ("host", "known", "goes"),
    [
        pytest.param("localhost", True, True, id="known"),
        pytest.param("localhost", False, False, id="a-strangers"),
        pytest.param("127.0.0.1", True, False, id="another-name"),
    ],
)
def test_verified_or_stop(
    own: tuple[str, ssl.SSLContext], scheme: str, tls: str, host: str, known: bool, goes: bool
) -> None:
    ca_file, context = own
    with running(scheme, tls, context) as (server, port):
        at = Connection(scheme, host, port, "office", SECRET, tls)  # type: ignore[arg-type]
        if goes:
            log_in(at, ca_file if known else None)
        else:
            with pytest.raises((Unreachable, NoConnection), match="CERTIFICATE_VERIFY_FAILED"):
                log_in(at, ca_file if known else None)
    encrypted = b"".join(said for secure, said in server.heard if secure)
    plain = b"".join(said for secure, said in server.heard if not secure)
    assert bool(encrypted) is goes
    assert b"LOGIN" not in plain.upper()
    assert b"AUTH" not in plain.upper()
    assert SECRET.encode() not in plain
