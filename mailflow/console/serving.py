"""The console as a process: `mailflow web`, and beside the worker in `mailflow run`.

A console that crashes must not stop the worker, and a worker that is killed must leave no console behind: `Beside` runs it as a
process of its own, starts it again after a pause that grows, and holds a pipe whose end closing tells it to stop.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import structlog
import uvicorn
from fastapi import APIRouter

from mailflow.console.app import create_app
from mailflow.console.office import Office
from mailflow.desk import access
from mailflow.settings.env import business_now, database_url
from mailflow.settings.load import load
from mailflow.settings.models import Console
from mailflow.store import open_store

log = structlog.get_logger()

FIRST_PAUSE_S, LONGEST_PAUSE_S, GOOD_AFTER_S = 1.0, 60.0, 30.0
# A page asks SQLite dozens of times and lets the interpreter go each time; with Python's own 5 ms it waits as long, each time, for
# another page that computes. Measured with 20 people: the slowest twentieth of pages came in half the time or less.
SWITCH_S = 0.0005
KEEP_ALIVE_S = 75  # a page looks for news every eight seconds: over the same connection
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - named, not bound


def open_office(config_dir: Path, env: Mapping[str, str], *, url: str | None = None) -> Office:
    """Store, settings and clock of a folder. Raises ConfigErrors, StoreError."""
    settings = load(config_dir, env)
    store = open_store(database_url(settings.file, env))
    return Office(
        store=store, settings=settings, clock=store.clock(business_now(env)), config_dir=config_dir, env=env,
        url=url or settings.file.console.url,
    )  # fmt: skip


def allowed_hosts(place: Console) -> frozenset[str] | None:
    """Under which names it may be asked for; None: any (it listens everywhere and nobody says what it is called)."""
    named = {(urlsplit(place.url).hostname or "").casefold()} if place.url else set()
    if place.host in EVERYWHERE and not named:
        return None
    return frozenset(LOOPBACK | named | ({place.host.casefold()} - EVERYWHERE))


def address(host: str, port: int) -> str:
    shown = "127.0.0.1" if host in EVERYWHERE else host
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


def serve(
    config_dir: Path, env: Mapping[str, str], *, host: str | None, port: int | None, lifeline: bool = False
) -> int:
    """Until stopped. `lifeline`: stop when stdin ends too. Raises ConfigErrors, StoreError, OSError (the port is taken)."""
    office = open_office(config_dir, env)
    place = office.settings.file.console
    place = place.model_copy(update={"host": host or place.host, "port": port or place.port})
    base = place.url or address(place.host, place.port)
    try:
        with socket.socket(socket.AF_INET6 if ":" in place.host else socket.AF_INET) as listening:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            _bind(listening, place.host, place.port)
            greet(office, base)
            quick(office)
            server = uvicorn.Server(
                uvicorn.Config(
                    create_app(office, hosts=allowed_hosts(place)), log_config=None, access_log=False, server_header=False,
                    timeout_keep_alive=KEEP_ALIVE_S, timeout_graceful_shutdown=5, proxy_headers=True, forwarded_allow_ips="127.0.0.1,::1", lifespan="off",
                )
            )  # fmt: skip
            if lifeline:
                threading.Thread(target=_end_with_stdin, args=(server,), daemon=True).start()
            server.run(sockets=[listening])
    finally:
        office.close()
    return 0


def _bind(listening: socket.socket, host: str, port: int) -> None:
    """Raises OSError that names the port: its number is all that a person can look for."""
    try:
        listening.bind((host, port))
    except OSError as error:
        raise OSError(error.errno, error.strerror, f"{host}:{port}（console.port か --port で変えられます）") from error


def greet(office: Office, base: str) -> None:
    """Where it is; and until somebody has a password, the link to set the first one."""
    made = access.first_link(office.store, sys_now=office.clock.sys_now())
    print(f"コンソール：{base.rstrip('/')}/", flush=True)
    if made is not None:
        print(f"最初のログイン（{made.name}・一度きり・3日間）：{base.rstrip('/')}/welcome/{made.token}", flush=True)


def quick(office: Office) -> None:
    """What a process does that serves pages and nothing else, before the first one is asked for."""
    sys.setswitchinterval(SWITCH_S)
    office.reader.warm()


@contextmanager
def in_thread(office: Office, host: str, port: int, *, more: Sequence[APIRouter] = ()) -> Iterator[str]:
    """The console in a thread of this process, as the demo runs it: where it is. Raises OSError (the port is taken)."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _bind(listening, host, port)
        base = address(host, listening.getsockname()[1])
        office.reader.warm()
        app = create_app(office, hosts=LOOPBACK, more=more)
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                server_header=False,
                lifespan="off",
                timeout_graceful_shutdown=2,
                timeout_keep_alive=KEEP_ALIVE_S,
            )
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="console", daemon=True)
        thread.start()
        try:
            yield base
        finally:
            server.should_exit = True
            thread.join(timeout=5)


def _end_with_stdin(server: uvicorn.Server) -> None:
    while sys.stdin.buffer.read(4096):
        pass
    server.should_exit = True


class Beside:
    """The console beside a worker. Use as a context."""

    def __init__(self, config_dir: Path, env: Mapping[str, str], *, host: str | None, port: int | None) -> None:
        self._command = [sys.executable, "-m", "mailflow", "--config", str(config_dir), "web", "--beside"]
        self._command += ["--host", host] if host else []
        self._command += ["--port", str(port)] if port else []
        self._env = dict(env)
        self._stop = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, name="console", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        process = self._process
        if process is not None and process.stdin is not None:
            process.stdin.close()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
        self._thread.join(timeout=5)

    def _keep(self) -> None:
        pause_s = FIRST_PAUSE_S
        while not self._stop.is_set():
            began = time.monotonic()
            # A group of its own: a Ctrl-C at the terminal is for the worker, which ends this one in order.
            self._process = subprocess.Popen(self._command, env=self._env, stdin=subprocess.PIPE, process_group=0)
            code = self._process.wait()
            if self._stop.is_set():
                return
            pause_s = FIRST_PAUSE_S if time.monotonic() - began > GOOD_AFTER_S else min(pause_s * 2, LONGEST_PAUSE_S)
            log.error("the console ended; the worker goes on", code=code, again_in_s=pause_s)
            self._stop.wait(pause_s)
