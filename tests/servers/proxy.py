"""A TCP line between two programs that breaks where a test says: cut, silent (half-open), slow, or other bytes.

`with Proxy(port) as line:` listens on a loopback port (`line.port`) and forwards to `port`. A `Strike` waits for bytes that
one side says and then acts; in the order given, the first that fits and isn't used up. Bytes are matched across reads.
"""

from __future__ import annotations

import select
import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Literal, Self

from tests.servers.ports import LOOPBACK

Speaker = Literal["client", "server"]
CHUNK = 65536
POLL_S = 0.05


@dataclass(frozen=True, kw_only=True)
class Strike:
    """When `speaker` says `on`, and `after` more bytes went through: `cut` (RST), `close` (FIN), `silence` (nothing goes
    through any more, in either direction, and nobody is told), `slow` (`delay_s` once), or `other` (`say` instead of
    `on`). `times` None: always."""

    speaker: Speaker
    on: bytes
    then: Literal["cut", "close", "silence", "slow", "other"] = "cut"
    after: int = 0
    delay_s: float = 0.0
    say: bytes = b""
    times: int | None = 1


class _EndedError(Exception):
    """The line is over. `reset`: with RST."""

    def __init__(self, *, reset: bool) -> None:
        super().__init__()
        self.reset = reset


@dataclass(eq=False)
class _Line:
    """Two sockets, in the hands of one thread."""

    client: socket.socket
    server: socket.socket
    silent: bool = False
    said: dict[str, bytes] = field(default_factory=lambda: {"client": b"", "server": b""})

    def end(self, *, reset: bool) -> None:
        for end in (self.client, self.server):
            if reset:
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            end.close()


class Proxy:
    """One port in front of another. `connections`: how many were made, `struck`: how often something was broken."""

    host = LOOPBACK

    def __init__(self, target: int) -> None:
        self._target = target
        self._strikes: list[tuple[Strike, list[int | None]]] = []
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self.connections = 0
        self.struck = 0
        self.heard: list[bytes] = []  # everything that clients said, by read

    def __enter__(self) -> Self:
        self._listener = socket.create_server((LOOPBACK, 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, name="proxy", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._listener.close()

    def strike(self, *strikes: Strike) -> None:
        with self._lock:
            self._strikes.extend((one, [one.times]) for one in strikes)

    def heal(self) -> None:
        """No more strikes; lines that fell silent stay so."""
        with self._lock:
            self._strikes.clear()

    def _accept(self) -> None:
        self._listener.settimeout(POLL_S)
        while not self._closing.is_set():
            try:
                client, _ = self._listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            client.settimeout(None)
            self.connections += 1
            try:
                server = socket.create_connection((LOOPBACK, self._target), timeout=10)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            threading.Thread(target=self._carry, args=(_Line(client, server),), daemon=True).start()

    def _carry(self, line: _Line) -> None:
        try:
            while not self._closing.is_set():
                ready, _, _ = select.select([line.client, line.server], [], [], POLL_S)
                for source in ready:
                    speaker: Speaker = "client" if source is line.client else "server"
                    data = source.recv(CHUNK)
                    if speaker == "client":
                        self.heard.append(data)
                    self._pass(line, speaker, data, line.server if speaker == "client" else line.client)
            line.end(reset=True)
        except _EndedError as ended:
            line.end(reset=ended.reset)
        except OSError:
            line.end(reset=True)

    def _pass(self, line: _Line, speaker: Speaker, data: bytes, sink: socket.socket) -> None:
        """Forward `data`, or what a strike leaves of it."""
        if line.silent:
            time.sleep(0 if data else POLL_S)  # nobody hears of anything, not even of the end
            return
        if not data:
            raise _EndedError(reset=False)
        before = line.said[speaker]
        strike, start = self._found(speaker, before + data)
        line.said[speaker] = (before + data)[-256:]
        if strike is None:
            sink.sendall(data)
            return
        self.struck += 1
        line.said[speaker] = b""
        keep = max(0, start + len(strike.on) - len(before))  # of data, up to the end of the match
        if strike.then == "slow":
            time.sleep(strike.delay_s)
            sink.sendall(data)
        elif strike.then == "other":
            sink.sendall(data[: max(0, keep - len(strike.on))] + strike.say + data[keep:])
        else:
            sink.sendall(data[: keep + strike.after])
            if strike.then == "silence":
                line.silent = True
                return
            time.sleep(0.05)  # let it arrive before the end does
            raise _EndedError(reset=strike.then == "cut")

    def _found(self, speaker: Speaker, said: bytes) -> tuple[Strike | None, int]:
        with self._lock:
            for strike, left in self._strikes:
                if strike.speaker == speaker and left[0] != 0 and (at := said.find(strike.on)) >= 0:
                    if left[0] is not None:
                        left[0] -= 1
                    return strike, at
        return None, 0
