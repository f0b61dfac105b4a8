"""Help: Japanese, with examples that stand one a line; docs/cli.md is made of it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator

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
Shown = Callable[[str], str]


@pytest.fixture(scope="module")
def known() -> dict[str, str]:
    return {}


@pytest.fixture
def shown(cli: Cli, known: dict[str, str]) -> Shown:
    """The help of a command (「drafts list」), asked for once."""

    def ask(name: str) -> str:
        if name not in known:
            ran = cli(*name.split(), "--help")
            assert (ran.code, ran.err) == (0, "")
            known[name] = ran.out
        return known[name]

    return ask


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_command_explains_itself(shown: Shown, path: tuple[str, ...]) -> None:
    out = shown(" ".join(path))
    assert out.startswith(f"使い方：mailflow {' '.join(path)}")
    assert not re.search(r"Usage|Options|Arguments|Show this|\[required\]|\[default", out)
    lines = out.splitlines()
    assert lines[2].endswith(("。", "い。"))
    if not out.count("\n命令："):  # a group of commands leaves examples to them
        at = lines.index("例")
        assert lines[at + 1].startswith(f"  mailflow {' '.join(path[:1])}") or lines[at + 1].startswith("  mailflow")


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_examples_stand_one_a_line(shown: Shown, path: tuple[str, ...]) -> None:
    for line in shown(" ".join(path)).splitlines():
        assert len(re.findall(r"(?<!`)\bmailflow (?=[a-z-])", line.partition("&&")[0])) <= 1, line


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_examples_are_right_use(shown: Shown, path: tuple[str, ...]) -> None:
    """Each example names commands and options that exist."""
    commands = {" ".join(one) for one in ALL}
    for line in shown(" ".join(path)).splitlines():
        if not line.startswith("  mailflow "):
            continue
        words = re.split(r" [|>]|&&", line)[0].split()[1:]
        while words and words[0] in ("--config", "--database"):
            words = words[2:]
        name = " ".join(words[:2]) if " ".join(words[:2]) in commands else words[0]
        assert name in commands, line
        for option in [word for word in words if word.startswith("--")]:
            assert re.search(rf"\s{option}\b", shown(name)), line


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
