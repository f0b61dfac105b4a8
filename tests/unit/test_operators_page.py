"""docs/operators.md cannot lie: its commands are there, its YAML is what the models take."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from mailflow.cli.commands import command_line
from mailflow.settings.cases import CasesFile
from mailflow.settings.checks import OwnCheck
from mailflow.settings.rules import Rule
from mailflow.settings.validate import validate
from mailflow.settings.yaml_reader import read_yaml

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "operators.md").read_text(encoding="utf-8")
COMMANDS = sorted(set(re.findall(r"mailflow ((?:--config \S+ )?[a-z]+(?: [a-z]+)?)(?=[\s`])", PAGE)))
BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_is_there(words: str) -> None:
    command: object = command_line()
    for word in re.sub(r"^--config \S+ ", "", words).split():
        if not isinstance(command, typer.core.TyperGroup):
            break
        assert word in command.commands, words
        command = command.commands[word]


def test_every_option_named_is_there() -> None:
    cli = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    for option in set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", PAGE)):
        assert option in cli, option


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.split("\n")[0])
def test_every_piece_of_yaml_reads(block: str) -> None:
    document = read_yaml("page.yaml", block.encode())
    assert not document.problems
    if "cases" in document.value:
        assert validate(document, CasesFile)[1] == []
    for entry in document.value.get("checks", ()):
        OwnCheck.model_validate(entry)
    for entry in document.value.get("rules", ()):
        Rule.model_validate(entry)


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", PAGE):
        assert (ROOT / "docs" / target).exists(), target
