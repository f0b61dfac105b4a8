"""The lock files: every version with hashes, no package host, one version of a thing in all three."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "requirements").glob("*.txt"))


def pins(path: Path) -> dict[str, str]:
    """Name → version. A pin may carry an environment marker."""
    return dict(re.findall(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^]]*\])?==([^ ;\\]+)", path.read_text(), flags=re.M))


def plain(name: str) -> str:
    """PEP 503, without extras and version."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=!~; ]", name, maxsplit=1)[0]).lower()


def test_three_files() -> None:
    assert [path.name for path in FILES] == ["build.txt", "dev.txt", "runtime.txt"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_pin_has_a_hash_and_no_line_is_anything_else(path: Path) -> None:
    blocks = re.split(r"\n(?=\S)", path.read_text().strip())
    assert len(blocks) == len(pins(path))
    for block in blocks:
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", block), block[:80]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_host_and_no_path(path: Path) -> None:
    assert not re.findall(
        r"https?:|file:|--(?:extra-)?index|--find-links|/(?:home|root|tmp|opt|work)/", path.read_text()
    )


def test_one_version_of_a_thing() -> None:
    """script/setup puts them into one venv."""
    versions: dict[str, set[str]] = {}
    for path in FILES:
        for name, version in pins(path).items():
            versions.setdefault(name, set()).add(version)
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}
    assert pins(ROOT / "requirements" / "runtime.txt").items() <= pins(ROOT / "requirements" / "dev.txt").items()


def test_all_that_pyproject_asks_for_is_locked() -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = {
        "runtime": pyproject["project"]["dependencies"],
        "dev": pyproject["project"]["optional-dependencies"]["dev"],
        "build": pyproject["build-system"]["requires"],
    }
    for name, wanted in asked.items():
        assert {plain(line) for line in wanted} <= pins(ROOT / "requirements" / f"{name}.txt").keys(), name
