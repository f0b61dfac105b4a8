"""Fixtures for the whole suite. What a test needs and isn't there is a failure that says what to install: no skips."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from typing import Any

import pytest
import structlog

from tests.databases import empty_database, postgres, postgres_url, sqlite_url, store, url
from tests.servers.dovecot import Dovecot, DovecotFailed, DovecotMissing, Mailbox
from tests.servers.smtp import SmtpSink
from tests.warm import compiled_once

__all__ = ["empty_database", "postgres", "postgres_url", "sqlite_url", "store", "url"]
_users = count(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--third", metavar="N", help="only this third (0, 1, 2) of the fault matrix")
    parser.addoption("--soak", metavar="MAILS SECONDS", default="10000 600", help="the size of the soak")
    parser.addoption(
        "--fault-minutes", metavar="N", help="begin no fault after so many minutes; says how many were left"
    )


@pytest.fixture(autouse=True, scope="session")
def _plain_tracebacks() -> None:
    """structlog by itself draws a traceback with every local variable: seconds each for what a test makes fail on purpose."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
        ]
    )


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What long tests measured (`record_property("figures", …)`): printing would be lost with the workers of xdist."""
    figures = [
        (one.nodeid, told["figures"])
        for one in terminalreporter.stats.get("passed", [])
        if "figures" in (told := dict(one.user_properties)) and one.when == "call"
    ]
    if figures:
        terminalreporter.section("figures")
    for test, told in figures:
        terminalreporter.write_line(f"{test}: {told}")


@pytest.fixture(autouse=True, scope="session")
def _compiled_once() -> Iterator[None]:
    with compiled_once():
        yield


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own MAILFLOW_… must not reach a test, least of all the URL of a real mailbox."""
    for name in [name for name in os.environ if name.startswith("MAILFLOW_")]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("COLUMNS", raising=False)  # several test processes at once set it


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    """One server for all tests of the process. A test that kills it must `restart` it, or better start its own."""
    with ExitStack() as running:
        try:
            server = running.enter_context(Dovecot())
        except (DovecotMissing, DovecotFailed) as reason:
            pytest.fail(str(reason), pytrace=False)
        yield server


@pytest.fixture
def mailbox(dovecot: Dovecot, request: pytest.FixtureRequest) -> Mailbox:
    """A fresh, empty mailbox."""
    test = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower())[:40].strip("-")
    user = f"{next(_users)}-{test}@mailbox.example"
    dovecot.add(user)
    return Mailbox(dovecot, user)


@pytest.fixture
def smtp_sink() -> Iterator[SmtpSink]:
    """A fresh SMTP server that takes everything until told otherwise."""
    with SmtpSink() as sink:
        yield sink
