"""The command line called in this process: `cli("drafts", "list")` gives exit code, stdout, stderr."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from mailflow.cli import commands
from mailflow.cli.app import run
from tests import contract
from tests.warm import built_once

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    def rows(self, schema: str | None = None) -> list[dict[str, Any]]:
        """The lines of a `--json` answer, held against the contract where it has one of that name."""
        assert self.code == 0, self.err
        found = [json.loads(line) for line in self.out.splitlines()]
        for one in found if schema else ():
            contract.validate(schema, one)
        return found

    @property
    def line(self) -> str:
        """The one line on stderr."""
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        return lines[0]


Cli = Callable[..., Ran]
_command_line = cache(commands.command_line)  # a process makes it once


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Cli:
    def call(*arguments: object) -> Ran:
        capsys.readouterr()
        with built_once(), patch.object(commands, "command_line", _command_line):
            code = run([str(one) for one in arguments])
        said = capsys.readouterr()
        return Ran(code, said.out, said.err)

    return call


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, and we are in it."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def office(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The starter's config/ and templates/ in the folder we are in, the clock within the round."""
    for name in ("config", "templates"):
        shutil.copytree(ROOT / name, folder / name)
    monkeypatch.setenv("MAILFLOW_NOW", "2026-03-19T10:00:00+09:00")
    monkeypatch.setenv("MAILFLOW_START", "2026-03-04T00:00:00+09:00")
    return folder


MAIL = """\
From: 山口 <kikaku@town.kawara.example>
To: office@secretariat.example
Subject: =?utf-8?b?6KiI55S7562W5a6a5pSv5o+0?=
Date: Thu, 19 Mar 2026 09:30:00 +0900
Message-ID: <one@town.kawara.example>
Content-Type: text/plain; charset=utf-8

お世話になっております。
"""


@pytest.fixture
def mail(folder: Path) -> Path:
    path = folder / "one.eml"
    path.write_text(MAIL.replace("山口", "Yamaguchi"), encoding="utf-8")
    return path
