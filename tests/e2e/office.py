"""A secretariat for end-to-end tests: its configuration in a folder, its commands as processes of their own.

Nothing of mailflow is imported into the test's process to run it: what is tested is what a user starts.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests import contract

ROOT = Path(__file__).parents[2]
NOW = "2026-03-19T10:00:00+09:00"
START = "2026-03-04T00:00:00+09:00"


@dataclass
class Office:
    """`imap_url`, `smtp_url`: the servers. The database is SQLite in the folder."""

    folder: Path
    imap_url: str
    smtp_url: str
    now: str = NOW
    extra_env: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("config", "templates"):
            if not (self.folder / name).exists():
                shutil.copytree(ROOT / name, self.folder / name)

    @property
    def config(self) -> Path:
        return self.folder / "config"

    @property
    def database(self) -> str:
        return f"sqlite:///{self.folder / 'mailflow.db'}"

    @property
    def env(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("MAILFLOW_")}
        return kept | {
            "PYTHONPATH": str(ROOT),
            "MAILFLOW_IMAP_URL": self.imap_url,
            "MAILFLOW_SMTP_URL": self.smtp_url,
            "MAILFLOW_NOW": self.now,
            "MAILFLOW_START": START,
            "MAILFLOW_DATABASE": self.database,
            **self.extra_env,
        }

    def start(self, *arguments: str, **options: Any) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "mailflow", "--config", str(self.config), *arguments]
        return subprocess.Popen(command, env=self.env, cwd=self.folder, **options)

    def run(self, *arguments: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "mailflow", "--config", str(self.config), *arguments]
        return subprocess.run(
            command, env=self.env, cwd=self.folder, capture_output=True, text=True, timeout=timeout, check=False
        )

    def ok(self, *arguments: str, timeout: float = 120) -> str:
        """A command that must succeed; its stdout."""
        done = self.run(*arguments, timeout=timeout)
        assert done.returncode == 0, (
            f"{arguments}: exit {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        )
        return done.stdout

    def once(self) -> None:
        self.ok("worker", "--once", timeout=300)

    def rows(self, schema: str, *arguments: str) -> list[dict[str, Any]]:
        """The lines of a `--json` list, each held against the contract."""
        found = [json.loads(line) for line in self.ok(*arguments, "--json").splitlines() if line.strip()]
        for one in found:
            contract.validate(schema, one)
        return found

    def mails(self) -> list[dict[str, Any]]:
        return self.rows("mails", "mails")

    def drafts(self) -> list[dict[str, Any]]:
        return self.rows("drafts", "drafts", "list")

    def applications(self) -> list[dict[str, Any]]:
        return self.rows("applications", "applications", "list")

    def outbox(self) -> list[dict[str, Any]]:
        return self.rows("outbox", "outbox")

    def approve(self, ids: Sequence[object]) -> None:
        self.ok("drafts", "approve", *map(str, ids))

    @contextmanager
    def working(self) -> Iterator[subprocess.Popen[bytes]]:
        """`mailflow worker` while the block runs; stopped politely, and it must end by itself."""
        with (self.folder / "worker.log").open("ab") as log:
            process = self.start("worker", stdout=log, stderr=log)
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.send_signal(signal.SIGTERM)
                    assert process.wait(timeout=30) == 0


def wait_until(what: str, ready: Any, timeout_s: float = 60, pause_s: float = 0.2) -> Any:
    """The first true value of `ready()`; fails with `what` after the time."""
    end = time.monotonic() + timeout_s
    while True:
        found = ready()
        if found:
            return found
        assert time.monotonic() < end, f"not within {timeout_s} s: {what}"
        time.sleep(pause_s)
