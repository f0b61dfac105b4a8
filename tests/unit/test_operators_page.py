"""docs/operators.md cannot lie: its commands are there, its YAML is what the models take."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import typer

from mailflow.cli.commands import command_line
from mailflow.settings.cases import CasesFile
from mailflow.settings.check_base import OwnCheck
from mailflow.settings.clashes import clashes
from mailflow.settings.form import FieldSpec
from mailflow.settings.models import MailflowFile, PartiesFile
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


def mailflow_yaml(piece: dict[str, Any]) -> list[str]:
    """What is wrong with the shipped mailflow.yaml when a piece of the page is written into it."""
    whole = read_yaml("mailflow.yaml", (ROOT / "config" / "mailflow.yaml").read_bytes()).value
    rounds = [{**whole["rounds"][0], **one} for one in piece.get("rounds", ())]
    merged = {**whole, **{key: {**whole.get(key, {}), **value} for key, value in piece.items() if key != "rounds"}}
    file = MailflowFile.model_validate({**merged, "rounds": rounds or whole["rounds"]})
    return [one.message for one in clashes(file)]


@pytest.mark.parametrize(
    "key",
    [
        "digest",
        "cc_bureau",
        "processed",
        "oauth",
        "authserv_id",
        "reply_budget",
        "several",
        "column",
        "within",
        "printed",
    ],
)
def test_what_an_operator_looks_for_is_shown(key: str) -> None:
    assert any(re.search(rf"\b{key}:", block) for block in BLOCKS), key


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.split("\n")[0])
def test_every_piece_of_yaml_reads(block: str) -> None:
    document = read_yaml("page.yaml", block.encode())
    assert not document.problems
    if "cases" in document.value:
        assert validate(document, CasesFile)[1] == []
    if "fields" in document.value:
        for entry in document.value["fields"]:
            FieldSpec.model_validate(entry)
    if set(document.value) & set(MailflowFile.model_fields):
        assert mailflow_yaml(document.value) == []
    if "parties" in document.value:
        assert validate(document, PartiesFile)[1] == []
    for entry in document.value.get("checks", ()):
        OwnCheck.model_validate(entry)
    for entry in document.value.get("rules", ()):
        Rule.model_validate(entry)


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", PAGE):
        assert (ROOT / "docs" / target).exists(), target
