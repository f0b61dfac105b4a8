"""The command as a process: locale, pipes, signals, time to start; `worker` and `doctor` against real servers."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from mailflow.clock import Clock
from mailflow.demo.servers import DemoServers
from mailflow.settings.load import load
from mailflow.store import open_store
from tests import contract
from tests.e2e.office import ROOT, Office
from tests.e2e.round_mails import FIRST, compose, towns


def mailflow(
    *arguments: str, env: dict[str, str] | None = None, cwd: Path = ROOT
) -> subprocess.CompletedProcess[bytes]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("MAILFLOW_", "LC_", "LANG", "PYTHON"))}
    return subprocess.run(
        [sys.executable, "-m", "mailflow", *arguments],
        env={**kept, "PYTHONPATH": str(ROOT), **(env or {})},
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(
    "locale",
    [
        pytest.param({"LC_ALL": "C"}, id="C"),
        pytest.param({"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, id="C-and-python-left-alone"),
        pytest.param({"PYTHONIOENCODING": "ascii"}, id="ascii"),
        pytest.param({"PYTHONIOENCODING": "euc_jp"}, id="euc"),
    ],
)
def test_utf8_under_any_locale(tmp_path: Path, locale: dict[str, str]) -> None:
    path = tmp_path / "一通.eml"
    path.write_bytes("Subject: 計画策定支援 髙﨑🙂\r\n\r\nこんにちは\r\n".encode())
    done = mailflow("read", "--json", str(path), env=locale)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout.decode("utf-8"))
    contract.validate("read", document)
    assert document["subject"] == "計画策定支援 髙﨑🙂"
    assert "髙﨑🙂" in mailflow("read", str(path), env=locale).stdout.decode("utf-8")
    wrong = mailflow("reed", env=locale)
    assert wrong.stderr.decode("utf-8").startswith("mailflow: reed という命令はありません。")


def test_no_colour_where_nobody_wants_it(tmp_path: Path) -> None:
    path = tmp_path / "one.eml"
    path.write_bytes(b"Subject: x\r\n\r\n")
    for env in ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, {}, {"TERM": "xterm-256color"}):
        assert b"\x1b[3" not in mailflow("read", str(path), env=env).stdout, env


def test_who_stops_reading_hears_nothing(tmp_path: Path) -> None:
    path = tmp_path / "one.eml"
    path.write_bytes(b"Subject: x\r\n\r\n" + b"line of text\r\n" * 2000)
    command = [sys.executable, "-m", "mailflow", "read", "--json", *[str(path)] * 60]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stdout.read(10) == b'{"file": "'
        running.stdout.close()
        assert running.stderr is not None
        assert running.stderr.read() == b""
        assert running.wait(timeout=60) == 0


HEAVY = ("alembic", "apscheduler", "fastapi", "jinja2", "openpyxl", "sqlalchemy", "sqlmodel", "uvicorn")


@pytest.mark.parametrize("words", [["--help"], ["read", os.devnull]], ids=" ".join)
def test_starts_without_what_it_does_not_need(words: list[str]) -> None:
    """What makes a start slow is what is imported."""
    program = f"import sys; from mailflow.cli.app import run; run({words!r}); print(*sorted(sys.modules.keys() & {set(HEAVY)!r}), file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stderr.split() == []


def test_python_m_and_the_command_are_one() -> None:
    assert mailflow("--version").stdout.startswith(b"mailflow ")


# --- against servers --------------------------------------------------------------------------------------------------


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[DemoServers]:
    with DemoServers(tmp_path / "servers", Clock()) as running:
        yield running


@pytest.fixture
def office(servers: DemoServers, tmp_path: Path) -> Office:
    return Office(tmp_path / "office", servers.imap_url, servers.smtp_url)


def doctor(office: Office, *more: str) -> tuple[int, list[dict[str, object]], str]:
    done = office.run("doctor", "--json", *more)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def test_a_good_doctor_only_reads_and_writes_the_start(office: Office, servers: DemoServers) -> None:
    office.extra_env |= {"MAILFLOW_START": ""}
    before = {path: path.read_bytes() for path in office.folder.rglob("*") if path.is_file()}
    code, checks, said = doctor(office)
    assert (code, said) == (0, "")
    assert all(check["ok"] for check in checks), checks
    names = [check["name"] for check in checks]
    for name in (
        "設定",
        "データベース",
        "時計",
        "ディスク",
        "受信：ログイン",
        "受信：フォルダー",
        "送信：ログイン",
        "送信済み",
        "運用開始",
    ):
        assert name in names
    changed = {path: path.read_bytes() for path in office.folder.rglob("*") if path.is_file()}
    assert changed.keys() == before.keys()  # no database either
    assert [path.name for path in before if before[path] != changed[path]] == ["mailflow.yaml"]
    start = load(office.config, {}).file.start
    assert start is not None
    assert start.isoformat().startswith("2026-03-19T10:00:0")
    again = doctor(office)[1]
    assert "運用開始" not in [check["name"] for check in again]
    for line in office.ok("doctor").splitlines():
        assert line.startswith("✓ ")


def test_a_doctor_says_that_forged_senders_go_unseen_and_what_to_write(office: Office) -> None:
    (origin,) = [check for check in doctor(office)[1] if check["name"] == "差出人の認証"]
    assert origin["ok"]
    for words in ("mailbox.authserv_id が空です", "mailbox.boundary_hosts が空です", "かたるメールを見分けられず"):
        assert words in str(origin["said"])


@pytest.mark.long
def test_the_start_is_the_one_that_the_worker_keeps(office: Office) -> None:
    office.extra_env |= {"MAILFLOW_START": ""}
    office.once()
    time.sleep(1.1)
    doctor(office)
    store = open_store(office.database)
    kept = store.fact("start")
    store.close()
    assert kept is not None
    assert load(office.config, {}).file.start == datetime.fromisoformat(kept).replace(microsecond=0)


LONG = pytest.mark.long


@pytest.mark.parametrize(
    ("variable", "url", "name"),
    [
        pytest.param(
            "MAILFLOW_IMAP_URL", "imap://office:wrong@127.0.0.1:{imap}", "受信：ログイン", id="wrong-password"
        ),
        pytest.param("MAILFLOW_IMAP_URL", "imap://office:x@127.0.0.1:1", "受信：ログイン", id="no-imap", marks=LONG),
        pytest.param("MAILFLOW_SMTP_URL", "smtp://127.0.0.1:1", "送信：ログイン", id="no-smtp", marks=LONG),
        pytest.param("MAILFLOW_SMTP_URL", "http://127.0.0.1", "設定", id="no-url"),
        pytest.param("MAILFLOW_DATABASE", "sqlite:///config/form.yaml", "データベース", id="no-database", marks=LONG),
    ],
)
def test_a_bad_doctor_says_what_to_do(office: Office, servers: DemoServers, variable: str, url: str, name: str) -> None:
    port = servers.imap_url.rpartition(":")[2]
    office.extra_env |= {variable: url.format(imap=port), "MAILFLOW_START": ""}
    code, checks, said = doctor(office)
    assert code == 1
    (bad,) = [check for check in checks if not check["ok"]]
    assert bad["name"] == name
    assert bad["said"]
    assert bad["advice"] or name in ("設定", "データベース")
    assert "Traceback" not in said
    assert "wrong" not in json.dumps(checks)
    assert load(office.config, {}).file.start is None
    shown = office.run("doctor")
    assert shown.returncode == 1
    assert f"✗ {name}：" in shown.stdout


def test_a_folder_that_is_missing(office: Office) -> None:
    yaml = office.config / "mailflow.yaml"
    yaml.write_text(
        yaml.read_text(encoding="utf-8").replace("watch: [INBOX]", "watch: [INBOX, 応募]"), encoding="utf-8"
    )
    code, checks, _ = doctor(office)
    assert code == 1
    (bad,) = [check for check in checks if not check["ok"]]
    assert "応募" in str(bad["said"])
    assert "INBOX" in str(bad["said"])


@pytest.mark.long
def test_a_trial_mail_goes_to_the_office_and_nowhere_else(office: Office) -> None:
    code, checks, said = doctor(office, "--write")
    assert (code, said) == (0, "")
    assert [check["name"] for check in checks][-2:] == ["送信：試し", "送信済み：試し"]
    office.once()
    rows = office.mails()
    assert {row["kind"] for row in rows} <= {"machine"}
    assert office.drafts() == []


@pytest.mark.long
def test_worker_logs_on_stderr_and_stops_politely(office: Office, servers: DemoServers) -> None:
    mail = compose(1, towns()[3], "good", FIRST)
    servers.append(mail.raw, mail.received_at)
    done = office.run("worker", "--once")
    assert (done.returncode, done.stdout) == (0, "")
    assert "Traceback" not in done.stderr
    with office.start("run", stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stderr is not None
        for line in running.stderr:
            if b"worker started" in line:
                break
        assert running.stdout is not None
        first = running.stdout.readline()  # the console starts beside the worker, and may come up after it
        running.send_signal(signal.SIGINT)
        rest, _ = running.communicate(timeout=30)
    assert running.returncode == 0
    said = (first + rest).decode().splitlines()  # where the console is, and how the first person gets in
    assert said
    assert all("http://127.0.0.1" in line for line in said)


@pytest.mark.long
def test_approved_letters_leave(office: Office, servers: DemoServers) -> None:
    for number, town in enumerate(towns()[:3]):
        mail = compose(number, town, "good", FIRST + timedelta(minutes=number))
        servers.append(mail.raw, mail.received_at)
    office.once()
    drafts = office.drafts()
    assert {row["state"] for row in drafts} == {"waiting"}
    office.ok("drafts", "approve", "--all")
    office.once()
    assert {row["state"] for row in office.drafts()} == {"sent"}
    assert {row["attempts"] for row in office.outbox()} == {1}
    status = json.loads(office.ok("status", "--json"))
    contract.validate("status", status)
    assert status["ok"] is True
    assert status["states"]["outgoing.sent"] == 3
    assert status["last_send"]
    office.ok("applications", "export", "all.xlsx")
    assert (office.folder / "all.xlsx").read_bytes().startswith(b"PK")


@pytest.mark.long
def test_init_then_doctor_then_run(servers: DemoServers, tmp_path: Path) -> None:
    """What the help says to do next works as it is said."""
    made = mailflow("init", str(tmp_path / "new"))
    assert made.returncode == 0
    shutil.rmtree(tmp_path / "office", ignore_errors=True)
    office = Office(tmp_path / "new", servers.imap_url, servers.smtp_url)
    office.extra_env |= {"MAILFLOW_START": "", "MAILFLOW_NOW": ""}
    for command in (("config", "check"), ("doctor",), ("worker", "--once")):
        office.ok(*command)
    assert office.mails() == []
