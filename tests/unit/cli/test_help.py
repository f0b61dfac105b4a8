"""Help: Japanese, with examples that stand one a line; docs/cli.md is made of it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from mailflow import __version__
from mailflow.cli.commands import ORDER, command_line
from mailflow.cli.help import Group
from mailflow.cli.reference import reference
from tests.unit.cli.conftest import ROOT, Cli


def paths(group: Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        yield (*path, name)
        if isinstance(command, Group):
            yield from paths(command, (*path, name))


ALL = list(paths(command_line()))


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_command_explains_itself(cli: Cli, path: tuple[str, ...]) -> None:
    ran = cli(*path, "--help")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"使い方：mailflow {' '.join(path)}")
    assert not re.search(r"Usage|Options|Arguments|Show this|\[required\]|\[default", ran.out)
    lines = ran.out.splitlines()
    assert lines[2].endswith(("。", "い。"))
    if not ran.out.count("\n命令："):  # a group of commands leaves examples to them
        at = lines.index("例")
        assert lines[at + 1].startswith(f"  mailflow {' '.join(path[:1])}") or lines[at + 1].startswith("  mailflow")


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_examples_stand_one_a_line(cli: Cli, path: tuple[str, ...]) -> None:
    for line in cli(*path, "--help").out.splitlines():
        assert len(re.findall(r"(?<!`)\bmailflow (?=[a-z-])", line.partition("&&")[0])) <= 1, line


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_examples_are_right_use(cli: Cli, path: tuple[str, ...]) -> None:
    """Each example names commands and options that exist."""
    known = {" ".join(one) for one in ALL}
    for line in cli(*path, "--help").out.splitlines():
        if not line.startswith("  mailflow "):
            continue
        words = re.split(r" [|>]|&&", line)[0].split()[1:]
        while words and words[0] in ("--config", "--database"):
            words = words[2:]
        name = " ".join(words[:2]) if " ".join(words[:2]) in known else words[0]
        assert name in known, line
        shown = cli(*name.split(), "--help").out
        for option in [word for word in words if word.startswith("--")]:
            assert re.search(rf"\s{option}\b", shown), line


def test_order_names_every_command() -> None:
    assert set(ORDER) == set(command_line().commands)


def test_version(cli: Cli) -> None:
    assert cli("--version").out == f"mailflow {__version__}\n"


def test_the_reference_is_not_stale() -> None:
    assert (ROOT / "docs" / "cli.md").read_text(encoding="utf-8") == reference(), (
        "docs/cli.md is made by: python -m mailflow.cli.reference > docs/cli.md"
    )


@pytest.mark.parametrize("words", [["--help"], ["read", "--help"], ["read", os.devnull]], ids=" ".join)
def test_starts_quickly(words: list[str]) -> None:
    """Measured by what is loaded, which no busy machine changes: no database, no scheduler, no web, no workbook."""
    code = (
        "import sys; from mailflow.cli.app import run; run(sys.argv[1:]);"
        "print([m for m in ('sqlalchemy', 'sqlmodel', 'alembic', 'apscheduler', 'openpyxl', 'jinja2', 'imapclient')"
        " if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, check=True, cwd=ROOT, timeout=60
    )
    assert done.stderr.splitlines()[-1] == "[]"
