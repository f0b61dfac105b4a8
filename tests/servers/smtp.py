"""A real SMTP server (aiosmtpd) on a loopback port where the suite's outgoing mail ends, and that fails on request.

Every message that it takes is on disk before the client may believe so, envelope beside bytes, so another process can
run it (`python -m tests.servers.smtp --dir DIR --port PORT [--faults FILE.json]`) and what it took survives a kill.
Faults are answered in the order given; the first that fits and isn't used up applies.

Source: RFC 5321 (§4.2.5: the server takes responsibility with the 250 after the final dot), RFC 4954 (AUTH).
"""

from __future__ import annotations

import argparse
import asyncio
import email
import email.policy
import json
import signal
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import quote
from uuid import uuid4

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.servers.ports import LOOPBACK, free_port

ID_HEADER = "X-Mailflow-Id"
SIZE_LIMIT = 64 * 1024 * 1024

Step = Literal["CONNECT", "MAIL", "RCPT", "DATA", "DOT"]
"""Where a fault strikes. DATA: before the client may send the body (the 354). DOT: after the final dot."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What goes wrong, where, how often. CONNECT and DATA know no single recipient, so `address` is for MAIL and RCPT.

    `reply` None and `drop` False with a delay: only slow. `drop` cuts the line instead of answering; at DOT the message
    counts as taken all the same with `taken`, which is the case that leaves a sender uncertain.
    `times` None: always.
    """

    at: Step
    reply: str | None = None
    drop: bool = False
    taken: bool = False
    delay_s: float = 0.0
    address: str | None = None
    times: int | None = 1


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """A message that the server took. `session` is one per connection; `at` is system time, aware."""

    number: int
    session: str
    at: datetime
    mail_from: str
    rcpt_to: tuple[str, ...]
    raw: bytes = field(repr=False)

    @property
    def message(self) -> email.message.EmailMessage:
        return email.message_from_bytes(self.raw, policy=email.policy.default)

    @property
    def mailflow_id(self) -> str | None:
        found = self.message[ID_HEADER]
        return str(found).strip() if found is not None else None


class SmtpSink:
    """`with SmtpSink() as sink:`. With a `folder` of messages from before, they count as taken and numbers go on."""

    host = LOOPBACK

    def __init__(
        self,
        folder: Path | None = None,
        *,
        port: int = 0,
        faults: Iterable[Fault] = (),
        login: tuple[str, str] | None = None,
    ) -> None:
        self._own_folder = tempfile.TemporaryDirectory(prefix="mailflow-smtp-") if folder is None else None
        self.folder = Path(self._own_folder.name) if self._own_folder else Path(folder or "")
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = port
        self._login = login
        self._faults = [_Counted(fault, fault.times) for fault in faults]
        self._lock = threading.Lock()
        self._number = max((mail.number for mail in self.accepted()), default=0)
        self._controller: Controller | None = None
        self.connections = 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if self._own_folder:
            self._own_folder.cleanup()

    @property
    def url(self) -> str:
        """`smtp://[user:password@]host:port`, as MAILFLOW_SMTP_URL takes it."""
        who = f"{quote(self._login[0], safe='')}:{quote(self._login[1], safe='')}@" if self._login else ""
        return f"smtp://{who}{self.host}:{self.port}"

    def start(self, tries: int = 5) -> None:
        """Listens: on the port it was given or had before; else on a free one."""
        chosen = self.port
        for left in reversed(range(tries)):
            port = chosen or free_port()
            controller = _Listener(
                self,
                hostname=self.host,
                port=port,
                server_hostname="sink.example",
                data_size_limit=SIZE_LIMIT,
                enable_SMTPUTF8=True,
                authenticator=self._authenticate if self._login else None,
                auth_required=bool(self._login),
                auth_require_tls=False,
            )
            try:
                controller.start()
            except OSError:
                if chosen or not left:
                    raise
                continue
            self._controller, self.port = controller, port
            return

    def stop(self) -> None:
        """Nobody answers on the port any more. `start` comes back on the same one."""
        if self._controller:
            self._controller.stop()
            self._controller = None

    def fail(self, *faults: Fault) -> None:
        """From now on these too, after those already there."""
        with self._lock:
            self._faults.extend(_Counted(fault, fault.times) for fault in faults)

    def recover(self) -> None:
        """No more faults."""
        with self._lock:
            self._faults.clear()

    def accepted(self) -> list[Accepted]:
        """All that was taken, in order; also what another process took into the same folder."""
        return [_load(envelope) for envelope in sorted(self.folder.glob("*.json"))]

    def by_mailflow_id(self) -> dict[str, list[Accepted]]:
        """X-Mailflow-Id → its messages: more than one means sent twice. Mail without the header is under ""."""
        found: defaultdict[str, list[Accepted]] = defaultdict(list)
        for mail in self.accepted():
            found[mail.mailflow_id or ""].append(mail)
        return dict(found)

    def wait_for(self, count: int, timeout_s: float = 60.0) -> list[Accepted]:
        """The messages as soon as there are `count`; AssertionError with what there is when time is up."""
        deadline = time.monotonic() + timeout_s
        while len(mails := self.accepted()) < count:
            if time.monotonic() > deadline:
                raise AssertionError(f"{len(mails)} of {count} messages after {timeout_s} s: {mails}")
            time.sleep(0.02)
        return mails

    # --- inside -------------------------------------------------------------------------------------------------------

    def _fault(self, at: Step, address: str | None = None) -> Fault | None:
        with self._lock:
            for counted in self._faults:
                if counted.fits(at, address):
                    if counted.left is not None:
                        counted.left -= 1
                    return counted.fault
        return None

    def _keep(self, session: str, envelope: Envelope) -> None:
        with self._lock:
            self._number += 1
            number = self._number
        raw = envelope.original_content or b""
        stem = self.folder / f"{number:06d}"
        stem.with_suffix(".eml").write_bytes(raw)
        mail = Accepted(
            number=number,
            session=session,
            at=datetime.now(UTC),
            mail_from=envelope.mail_from or "",
            rcpt_to=tuple(envelope.rcpt_tos),
            raw=b"",
        )
        row = asdict(mail) | {"at": mail.at.isoformat(), "raw": len(raw)}
        # The envelope is what makes a message count, so it comes last and whole.
        waiting = stem.with_suffix(".tmp")
        waiting.write_text(json.dumps(row, ensure_ascii=False), encoding="utf-8")
        waiting.rename(stem.with_suffix(".json"))

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        assert self._login is not None
        known = isinstance(data, LoginPassword) and (data.login.decode(), data.password.decode()) == self._login
        return AuthResult(success=known, handled=False)


@dataclass
class _Counted:
    fault: Fault
    left: int | None

    def fits(self, at: Step, address: str | None) -> bool:
        wanted = self.fault.address
        return (
            self.fault.at == at
            and self.left != 0
            and (wanted is None or (address or "").casefold() == wanted.casefold())
        )


class _Listener(Controller):
    """aiosmtpd's controller, for our kind of session."""

    def __init__(self, sink: SmtpSink, **options: Any) -> None:
        self._sink = sink
        super().__init__(_Handler(sink), **options)

    def factory(self) -> SMTP:
        return _Server(self._sink, self.handler, **self.SMTP_kwargs)


class _Server(SMTP):
    """aiosmtpd with a place to fail before the greeting and before the 354, which its handler hooks don't have."""

    def __init__(self, sink: SmtpSink, handler: object, **options: Any) -> None:
        super().__init__(handler, **options)
        self._sink = sink

    async def _handle_client(self) -> None:
        self._sink.connections += 1
        self.session.mailflow_id = uuid4().hex  # type: ignore[union-attr]
        if await self.strikes("CONNECT"):
            assert self.transport is not None
            self.transport.close()
            return
        await super()._handle_client()

    async def smtp_DATA(self, arg: str) -> None:
        if not await self.strikes("DATA"):
            await super().smtp_DATA(arg)

    async def strikes(self, at: Step) -> bool:
        fault = self._sink._fault(at)
        if fault is None:
            return False
        await asyncio.sleep(fault.delay_s)
        if fault.drop:
            _cut(self)
            return True
        if fault.reply is not None:
            await self.push(fault.reply)
            return True
        return False


class _Handler:
    def __init__(self, sink: SmtpSink) -> None:
        self._sink = sink

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if (answer := await self._strike(server, "MAIL", address)) is not None:
            return answer
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if (answer := await self._strike(server, "RCPT", address)) is not None:
            return answer
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        fault = self._sink._fault("DOT")
        if fault is None:
            self._sink._keep(session.mailflow_id, envelope)  # type: ignore[attr-defined]
            return "250 OK"
        if fault.taken or (fault.reply is None and not fault.drop):
            self._sink._keep(session.mailflow_id, envelope)  # type: ignore[attr-defined]
        await asyncio.sleep(fault.delay_s)
        if fault.drop:
            _cut(server)
        return fault.reply or "250 OK"

    async def _strike(self, server: SMTP, at: Step, address: str) -> str | None:
        fault = self._sink._fault(at, address)
        if fault is None:
            return None
        await asyncio.sleep(fault.delay_s)
        if fault.drop:
            _cut(server)
            return "421 the line is cut"  # nobody hears it
        return fault.reply


def _cut(server: SMTP) -> None:
    """The line breaks (RST), as when a machine in between goes away."""
    assert isinstance(server.transport, asyncio.WriteTransport)
    server.transport.abort()


def _load(envelope: Path) -> Accepted:
    row = json.loads(envelope.read_text(encoding="utf-8"))
    return Accepted(
        number=row["number"],
        session=row["session"],
        at=datetime.fromisoformat(row["at"]),
        mail_from=row["mail_from"],
        rcpt_to=tuple(row["rcpt_to"]),
        raw=envelope.with_suffix(".eml").read_bytes(),
    )


def main(arguments: list[str] | None = None) -> int:
    """Runs until SIGTERM or SIGINT. Prints the URL once it listens."""
    parser = argparse.ArgumentParser(description="An SMTP server that keeps what it takes in a folder.")
    parser.add_argument("--dir", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--faults", type=Path, help="a JSON list of objects with the fields of Fault")
    options = parser.parse_args(arguments)
    faults = [Fault(**row) for row in json.loads(options.faults.read_text())] if options.faults else []
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    with SmtpSink(options.dir, port=options.port, faults=faults) as sink:
        print(sink.url, flush=True)
        signal.sigwait({signal.SIGTERM, signal.SIGINT})
    return 0


if __name__ == "__main__":
    sys.exit(main())
