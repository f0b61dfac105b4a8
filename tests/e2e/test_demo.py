"""The first command of the README: nothing to configure, everything on 127.0.0.1, Ctrl-C stops it, a second start goes on."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from mailflow.console.words import letter as letter_word
from mailflow.settings.case_checks import BUILT_IN
from mailflow.words import CHECKS, LETTERS
from tests.e2e.office import ROOT, wait_until


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "mailflow", *arguments]


ENV = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}


@pytest.mark.long
def test_once_says_what_became_of_each_mail(tmp_path: Path) -> None:
    done = subprocess.run(
        command("demo", "--once"), env=ENV, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    rows = [line for line in done.stdout.splitlines() if re.match(r"│ (\d{4}/)?\d+/\d+ \d\d:\d\d", line)]
    assert len(rows) >= 55
    for sort in (
        "応募",
        "事前相談",
        "問い合わせ",
        "自動のメール",
        "関係者",
        "取下げ",
        "パスワード",
        "（保留）",
        "運用開始前",
    ):
        assert any(sort in row for row in rows), sort
    for letter in ("receipt", "replacement", "fix-request", "password-request", "refused", "late"):
        assert any(f"{letter_word(letter)}（" in row for row in rows), letter
    raw = {*LETTERS, *CHECKS, *BUILT_IN}
    assert not [
        row for row in rows if raw & set(re.findall(r"[a-z][a-z-]+", row))
    ]  # a name of ours is no word for a person
    assert "承認するまで1通も出ません" in done.stdout
    assert list(tmp_path.iterdir()) == []  # a demo without a folder leaves nothing behind


@pytest.mark.long
def test_an_earlier_clock_shows_consultations(tmp_path: Path) -> None:
    """On the last morning there is no slot left to hold; two weeks earlier the same mails hold some, and later ones haven't come."""
    done = subprocess.run(
        command("demo", "--once", "--now", "2026-03-12 09:00"), env=ENV, cwd=tmp_path, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    rows = [line for line in done.stdout.splitlines() if re.match(r"│ (\d{4}/)?\d+/\d+ \d\d:\d\d", line)]
    assert sum(f"{letter_word('consultation-confirmed')}（" in row for row in rows) >= 2
    assert not any(row.startswith("│ 3/26") for row in rows)


def test_it_runs_stops_and_goes_on_where_it_was(tmp_path: Path) -> None:
    folder, out = tmp_path / "demo", tmp_path / "out"

    def started(words: str) -> subprocess.Popen[bytes]:
        with out.open("wb") as file:
            process = subprocess.Popen(
                command("demo", str(folder)), env=ENV, stdout=file, stderr=subprocess.STDOUT, process_group=0
            )
        wait_until(words, lambda: words in out.read_text(encoding="utf-8"), timeout_s=60)
        return process

    def listed(*arguments: str) -> str:
        done = subprocess.run(
            command("--config", str(folder / "config"), *arguments), env=ENV, capture_output=True, text=True, check=True
        )
        return done.stdout

    def all_judged() -> bool:
        """Asked of the file: a command each time would take the demo's own time away."""
        with closing(sqlite3.connect(f"file:{folder / 'mailflow.db'}?mode=ro", uri=True)) as db:
            ((mails, new),) = db.execute("SELECT count(*), count(*) FILTER (WHERE state = 'new') FROM mail")
        return bool(mails) and not new

    first = started("見本のメール")
    try:
        wait_until("all judged", all_judged)
        assert '"state": "new"' not in listed("mails", "--json")
        again = subprocess.run(
            command("demo", str(folder)), env=ENV, capture_output=True, text=True, timeout=60, check=False
        )
        assert again.returncode == 2
        assert "もう動いています" in again.stderr
        ids = re.findall(r'"id": (\d+)', listed("drafts", "list", "--json"))
        assert len(ids) > 30
    finally:
        os.killpg(first.pid, signal.SIGINT)  # as a terminal does: to all of its processes
    assert first.wait(timeout=20) == 0
    assert "Traceback" not in out.read_text(encoding="utf-8")

    second = started("前回の続きから")
    try:
        assert re.findall(r'"id": (\d+)', listed("drafts", "list", "--json")) == ids
    finally:
        os.killpg(second.pid, signal.SIGINT)
    assert second.wait(timeout=20) == 0
    assert "Traceback" not in out.read_text(encoding="utf-8")


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    done = subprocess.run(
        command("demo", str(tmp_path / "file")), env=ENV, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
