"""`mailflow run`: worker and console side by side, and neither takes the other down."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.e2e.office import Office, wait_until
from tests.servers.dovecot import Mailbox
from tests.servers.ports import free_port
from tests.servers.smtp import SmtpSink


def children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children")
    tasks = Path(f"/proc/{pid}/task").glob("*/children") if found.exists() else []
    return sorted({int(one) for task in tasks for one in task.read_text().split()})


def consoles(pid: int) -> list[int]:
    return [one for one in children(pid) if b"--beside" in Path(f"/proc/{one}/cmdline").read_bytes()]


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/login", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_console_that_dies_comes_back_and_one_without_a_worker_ends(
    tmp_path: Path, mailbox: Mailbox, smtp_sink: SmtpSink
) -> None:
    office = Office(tmp_path, mailbox.url, smtp_sink.url)
    port, out = free_port(), tmp_path / "out"
    command = [sys.executable, "-m", "mailflow", "--config", str(office.config), "run", "--port", str(port)]
    with out.open("wb") as file:
        run = subprocess.Popen(command, env=office.env, stdout=file, stderr=subprocess.STDOUT)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until("the console answers", lambda: answers(url), timeout_s=90)
        said = out.read_text(encoding="utf-8")
        assert re.search(rf"最初のログイン（admin.*{url}/welcome/[\w-]{{43}}", said)
        (first,) = consoles(run.pid)
        os.kill(first, signal.SIGKILL)
        wait_until("another console", lambda: [one for one in consoles(run.pid) if one != first], timeout_s=60)
        wait_until("it answers", lambda: answers(url), timeout_s=90)
        assert run.poll() is None
        (second,) = consoles(run.pid)
        run.kill()
        run.wait(20)
        wait_until("no console is left", lambda: not Path(f"/proc/{second}").exists(), timeout_s=60)
    finally:
        if run.poll() is None:
            run.kill()
    assert "Traceback" not in out.read_text(encoding="utf-8")
