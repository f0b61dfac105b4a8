"""The demo's mail servers: a real IMAP and a real SMTP server inside this process, on 127.0.0.1.

`DemoServers` runs pymap (`imap_backend`) and aiosmtpd (`smtp_delivery`) on one event loop in one background thread;
imapclient and smtplib talk to them as to any server. Nothing in mailflow knows that they are ours: they are reached by
`imap_url` and `smtp_url` only.

In: a directory (made if missing, mode 0700), the clock. Under the directory: `mail.sqlite` (see `imap_store`), `password`
(mode 0600, made once), `servers.log` (the errors of the libraries; nothing of theirs reaches the terminal).
Two accounts with one password: the secretariat's, with INBOX, Sent, Drafts, Junk and Trash, and one that takes the mail to
every other address. INTERNALDATE of a delivered mail, and of an APPEND without a date, is business time, in +0900.

Raises from `start()`: OSError (port taken, directory not writable), `imap_store.StoreInUseError` (another demo runs there).
Limits: `imap_backend` lists what its IMAP offers; no TLS; a mail of tens of MB holds the loop, and with it all clients,
for some tenths of a second.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import logging
import os
import secrets
import threading
import weakref
from collections.abc import Coroutine, Iterator
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from proxyprotocol.sock import SocketInfoLocal
from pymap.imap import IMAPServer
from pymap.parsing.message import AppendMessage

from mailflow.clock import Clock
from mailflow.demo.imap_backend import INBOX, Account
from mailflow.demo.imap_login import SPECIAL_USE, Config, Login
from mailflow.demo.imap_store import MailStore
from mailflow.demo.smtp_delivery import MESSAGE_LIMIT, DeliveryAgent, SMTPConnection

HOST = "127.0.0.1"
DEFAULT_ADDRESS = "jimukyoku@demo.example"
APPLICANTS = "applicants"

_START_S = 10.0
_STOP_S = 1.0  # for connections to say good-bye, then they are cut
_IMAP_LINE_LIMIT = 1024 * 1024  # a FETCH of some thousand single UIDs is one line
_LIBRARY_LOGS = ("pymap", "proxyprotocol", "mail.log", "mail.debug")

_log = logging.getLogger("pymap.demo")


class DemoServers:
    """Start and stop the two servers; both calls may be repeated. Also a context manager."""

    def __init__(
        self,
        directory: Path,
        clock: Clock,
        *,
        address: str = DEFAULT_ADDRESS,
        user: str | None = None,
        password: str | None = None,
        imap_port: int = 0,
        smtp_port: int = 0,
    ) -> None:
        """`user`: the secretariat's log-in, else its address. `password`: else made once a directory. Port 0: a free one."""
        self._directory = directory
        self._clock = clock
        self._address = address
        self._user = user or address
        self._given_password = password
        self._password = ""
        self._ports = (imap_port, smtp_port)
        self._bound: tuple[int, int] | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop_wanted: asyncio.Event | None = None
        self._secretariat: Account | None = None
        self._transports: weakref.WeakSet[asyncio.BaseTransport] = weakref.WeakSet()
        self._state = threading.Lock()

    # --- what others need to know -------------------------------------------------------------------------------------

    @property
    def address(self) -> str:
        """The secretariat's mail address."""
        return self._address

    @property
    def applicants(self) -> str:
        """The log-in, and mailbox address, of the account that takes everybody else's mail."""
        return f"{APPLICANTS}@{self._address.rpartition('@')[2]}"

    @property
    def imap_url(self) -> str:
        """`imap://user:password@127.0.0.1:port` of the secretariat, quoted. RuntimeError before `start()`."""
        return self._url("imap", self._user, self._running_ports()[0])

    @property
    def applicants_imap_url(self) -> str:
        """The same for the applicants' account."""
        return self._url("imap", self.applicants, self._running_ports()[0])

    @property
    def smtp_url(self) -> str:
        """`smtp://user:password@127.0.0.1:port`, quoted; it takes mail without log-in too. RuntimeError before `start()`."""
        return self._url("smtp", self._user, self._running_ports()[1])

    def _url(self, scheme: str, user: str, port: int) -> str:
        return f"{scheme}://{quote(user, safe='')}:{quote(self._password, safe='')}@{HOST}:{port}"

    def _running_ports(self) -> tuple[int, int]:
        if self._bound is None:
            raise RuntimeError("the servers are not running")
        return self._bound

    # --- start and stop -----------------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Return when both servers accept connections."""
        with self._state:
            if self._thread is not None:
                return
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._password = self._given_password or _kept_password(self._directory / "password")
            ready: concurrent.futures.Future[tuple[int, int]] = concurrent.futures.Future()
            self._thread = threading.Thread(target=self._run, args=(ready,), name="demo-mail-servers", daemon=True)
            self._thread.start()
            try:
                self._bound = ready.result(_START_S)
            except BaseException:  # a Ctrl-C in these milliseconds too
                self._end_thread()
                raise

    def stop(self) -> None:
        """Return when all connections are closed and the thread has ended, after about a second at most."""
        with self._state:
            self._end_thread()

    def _end_thread(self) -> None:
        thread, self._thread, self._bound = self._thread, None, None
        if thread is None:
            return
        loop, wanted = self._loop, self._stop_wanted
        if loop is not None and wanted is not None:
            with contextlib.suppress(RuntimeError):  # it failed to start, its loop is closed
                loop.call_soon_threadsafe(wanted.set)
        thread.join(_START_S)
        self._loop = self._stop_wanted = self._secretariat = None

    def append(self, raw: bytes, at: datetime, folder: str = INBOX) -> int:
        """Put a mail into the secretariat's mailbox, received `at` (aware, kept to the second with its offset); its UID.

        The bytes are kept as they are: lines should end in CRLF. Raises KeyError (no such folder), ValueError (`at` is
        naive), RuntimeError (not running), sqlite3.Error.
        """
        if at.tzinfo is None:
            raise ValueError("the time of arrival needs a time zone")
        with self._state:  # so that stop() can't end the loop in between
            loop, account = self._loop, self._secretariat
            if self._bound is None or loop is None or account is None:
                raise RuntimeError("the servers are not running")

            async def put() -> int:
                return (await account.folder(folder).append(AppendMessage(raw, at))).uid

            return asyncio.run_coroutine_threadsafe(put(), loop).result()

    # --- in the thread ------------------------------------------------------------------------------------------------

    def _run(self, ready: concurrent.futures.Future[tuple[int, int]]) -> None:
        try:
            with _library_logs_in(self._directory / "servers.log"):
                _run_to_its_end(self._serve(ready))
        except BaseException as exc:  # whoever called start() gets it
            if ready.done():
                _log.exception("the demo's mail servers have ended")
            else:
                ready.set_exception(exc)

    async def _serve(self, ready: concurrent.futures.Future[tuple[int, int]]) -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(_log_loop_trouble)
        self._stop_wanted = asyncio.Event()
        self._loop = loop
        with contextlib.ExitStack() as stack:
            store = stack.enter_context(
                contextlib.closing(MailStore(self._directory / "mail.sqlite", self._clock.sys_now()))
            )
            secretariat = Account(self._user, store, self._clock, [INBOX, *SPECIAL_USE])
            applicants = Account(self.applicants, store, self._clock, [INBOX])
            self._secretariat = secretariat
            imap = await self._listen_imap({secretariat.name: secretariat, applicants.name: applicants})
            stack.callback(imap.close)
            smtp = await self._listen_smtp(
                DeliveryAgent(store, self._clock, address=self._address, secretariat=secretariat, applicants=applicants)
            )
            stack.callback(smtp.close)
            ready.set_result((imap.sockets[0].getsockname()[1], smtp.sockets[0].getsockname()[1]))
            await self._stop_wanted.wait()
            imap.close()
            smtp.close()
            await self._end_connections()

    async def _listen_imap(self, accounts: dict[str, Account]) -> asyncio.Server:
        config = Config(append_limit=MESSAGE_LIMIT)
        config.apply_context()
        server = IMAPServer(Login(accounts, self._password, config), config)
        loop = asyncio.get_running_loop()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._transports.add(writer.transport)
            try:
                whole = _WholeResponses(writer.transport, writer.transport.get_protocol(), reader, loop)
                await server(reader, whole, SocketInfoLocal(whole))
            except ConnectionError:
                pass  # the client went away
            except Exception:
                _log.exception("an IMAP connection has failed")

        return await asyncio.start_server(serve, HOST, self._ports[0], limit=_IMAP_LINE_LIMIT)

    async def _listen_smtp(self, agent: DeliveryAgent) -> asyncio.Server:
        def connection() -> SMTPConnection:
            return SMTPConnection(
                agent,
                hostname=f"mail.{self._address.rpartition('@')[2]}",
                user=self._user,
                password=self._password,
                transports=self._transports,
            )

        return await asyncio.get_running_loop().create_server(connection, HOST, self._ports[1])

    async def _end_connections(self) -> None:
        """Cancel what runs, IDLE included (pymap then says BYE), and cut who doesn't read that."""
        await _cancel_others()
        for transport in list(self._transports):
            if isinstance(transport, asyncio.WriteTransport):
                transport.abort()
        await asyncio.sleep(0.01)  # closing a socket takes a turn of the loop


def _run_to_its_end(serving: Coroutine[Any, Any, None]) -> None:
    """As `asyncio.run`, but what doesn't end when it is cancelled is left behind: `run` would wait for it without end, and
    with it whoever pressed Ctrl-C."""
    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(serving)
    finally:
        loop.run_until_complete(_cancel_others())
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


async def _cancel_others() -> None:
    """Cancel every other task and wait for them, at most for _STOP_S."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=_STOP_S)


class _WholeResponses(asyncio.StreamWriter):
    """Sends a response in one piece: pymap writes it word by word, and imaplib breaks off where a line stops midway."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._pieces: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._pieces.append(bytes(data))

    async def drain(self) -> None:
        pieces, self._pieces = self._pieces, []
        if pieces:
            super().write(b"".join(pieces))
        await super().drain()


def _kept_password(path: Path) -> str:
    """The directory's password; made at the first start, readable by its owner alone."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text("ascii").strip()
    password = secrets.token_urlsafe(18)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(f"{password}\n")
    return password


@contextlib.contextmanager
def _library_logs_in(path: Path) -> Iterator[None]:
    """Keep the errors of the libraries in a file, off the terminal. Below that level they log whole mails.

    asyncio's logger belongs to the whole process: of it we take only what this thread says.
    """
    path.touch(mode=0o600)
    handler = logging.FileHandler(path, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(levelname)s %(message)s"))
    loggers = [logging.getLogger(name) for name in _LIBRARY_LOGS]
    for logger in loggers:
        logger.propagate = False
        logger.setLevel(logging.ERROR)
        logger.addHandler(handler)
    here = threading.get_ident()

    def not_from_here(record: logging.LogRecord) -> bool:
        if record.thread == here and record.levelno >= logging.ERROR:
            handler.handle(record)
        return record.thread != here

    asyncio_log = logging.getLogger("asyncio")
    asyncio_log.addFilter(not_from_here)
    try:
        yield
    finally:
        asyncio_log.removeFilter(not_from_here)
        for logger in loggers:
            logger.removeHandler(handler)
        handler.close()


def _log_loop_trouble(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    error = context.get("exception")
    if not isinstance(error, ConnectionError):  # clients that leave without a word
        _log.error("%s", context.get("message"), exc_info=error)
