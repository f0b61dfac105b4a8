"""No engine builds the image here, so its file is held against what script/setup, script/release-check and pyproject do."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
BASE = "python:3.11-slim-bookworm"


class Instruction(NamedTuple):
    stage: int
    name: str
    rest: str


def instructions() -> list[Instruction]:
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.M)
    text = re.sub(r"\\\n", " ", text)
    found, stage = [], -1
    for line in filter(None, map(str.strip, text.splitlines())):
        name, _, rest = line.partition(" ")
        stage += name == "FROM"
        found.append(Instruction(stage, name, rest.strip()))
    return found


def commands() -> list[list[str]]:
    """Each command of each RUN, in words."""
    return [shlex.split(part) for i in instructions() if i.name == "RUN" for part in i.rest.split("&&")]


def pip(verb: str) -> list[list[str]]:
    return [words for words in commands() if words[1:4] == ["-m", "pip", verb]]


def requirement_files(words: list[str]) -> set[str]:
    return {words[i + 1] for i, word in enumerate(words) if word == "-r"}


def copied() -> set[str]:
    """What the first stage takes from the checkout."""
    return {
        source
        for i in instructions()
        if i.name == "COPY" and "--from=" not in i.rest
        for source in i.rest.split()[:-1]
    }  # fmt: skip


def test_same_requirement_files_as_set_up() -> None:
    in_image = set().union(*(requirement_files(words) for words in pip("install")))
    script = (ROOT / "script" / "setup").read_text()
    (common,) = re.findall(r"^requirements=\((.*)\)$", script, flags=re.M)
    assert in_image == set(re.findall(r'"\$root/(requirements/[a-z]+\.txt)"', common))
    assert in_image <= copied()
    assert all((ROOT / name).is_file() for name in in_image)


def test_nothing_is_installed_without_a_hash() -> None:
    """By hash from a lock, or the wheel just built, which may fetch nothing."""
    for words in pip("install"):
        by_hash = "--require-hashes" in words and bool(requirement_files(words))
        our_own = {"--no-deps", "--no-index"} <= set(words)
        assert by_hash != our_own, words
    (build,) = pip("wheel")
    assert {"--no-deps", "--no-build-isolation"} <= set(build)


def test_what_runs_holds_no_build_tools() -> None:
    run_time = [words for words in pip("install") if words[0].startswith("/opt/mailflow/")]
    assert set().union(*map(requirement_files, run_time)) == {"requirements/runtime.txt"}
    last = max(i.stage for i in instructions())
    assert [i.rest for i in instructions() if i.stage == last and i.name == "COPY"] == [
        "--from=build /opt/mailflow /opt/mailflow"
    ]


def test_base_is_named_plainly_and_new_enough() -> None:
    assert {i.rest.split()[0] for i in instructions() if i.name == "FROM"} == {BASE}
    assert len([i for i in instructions() if i.name == "FROM"]) == 2
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    assert wanted == ">=3.11"


def test_the_image_gets_all_that_the_wheel_is_made_of() -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wheel = pyproject["tool"]["hatch"]["build"]["targets"]["wheel"]
    parts = {
        "pyproject.toml",
        pyproject["project"]["readme"],
        *pyproject["project"]["license-files"],
        *wheel["packages"],
        *wheel["force-include"],
    }
    assert parts <= copied()
    let_through = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert {name.split("/")[0] for name in copied()} == let_through


@pytest.mark.parametrize("name", [".venv", ".git", "var", "tests", ".env"])
def test_the_builder_never_sees(name: str) -> None:
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    assert lines[0] == "*"
    assert f"!{name}" not in lines


def test_runs_as_nobody_special_and_says_how_it_is() -> None:
    last = max(i.stage for i in instructions())
    final = {i.name: i.rest for i in instructions() if i.stage == last}
    user = final["USER"]
    assert any(words[0] == "useradd" and words[words.index("--uid") + 1] == user for words in commands())
    assert int(user) > 0
    assert final["HEALTHCHECK"].endswith('CMD ["mailflow", "status"]')
    assert final["ENTRYPOINT"] == '["mailflow"]'
    names = [i.name for i in instructions() if i.stage == last]
    assert names.index("USER") > names.index("RUN")
