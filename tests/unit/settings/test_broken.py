"""Broken configurations: each must fail for the right reason, at the right place, and for nothing else.

`tests/broken/NAME.yaml` replaces the file that its first line names; `tests/broken/NAME/` holds several files by their
paths. The comment lines at the head (or the file `expected`) are all errors, in order: where, what, and the hint.
Everything else is the repository's own config/ and templates/, with rules of a few lines.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from mailflow.settings.bundle import bundle_of, read_bundle
from mailflow.settings.load import build
from mailflow.settings.problems import ConfigErrors

ROOT = Path(__file__).parents[3]
BROKEN = sorted(place for place in (ROOT / "tests" / "broken").iterdir() if place.suffix == ".yaml" or place.is_dir())
RULES = """\
checks:
  - check: weekly-hours
    message: 週の作業時間をご確認ください。
rules:
  - id: application
    description: 応募
    when: true
    kind: application
    checks: [weekly-hours]
"""
HINT = "  ヒント: "


@pytest.fixture(scope="module")
def whole() -> dict[str, bytes]:
    return {**read_bundle(ROOT / "config").files, "config/rules.yaml": RULES.encode()}


def told(files: dict[str, bytes]) -> list[str]:
    try:
        build(bundle_of(files), {})
    except ConfigErrors as errors:
        lines = []
        for problem in errors.problems:
            if problem.severity == "error":
                lines += [problem.render().split("\n")[0], HINT + (problem.hint or "なし")]
        return lines
    return []


def test_the_whole_is_sound(whole: dict[str, bytes]) -> None:
    assert told(whole) == []


def test_there_are_enough() -> None:
    assert len(BROKEN) >= 30


@pytest.mark.parametrize("place", BROKEN, ids=lambda place: place.stem)
def test_fails_for_the_right_reason(place: Path, whole: dict[str, bytes]) -> None:
    files = dict(whole)
    if place.is_dir():
        expected = (place / "expected").read_text(encoding="utf-8").splitlines()
        for file in place.rglob("*"):
            if file.is_file() and file.name != "expected":
                files[file.relative_to(place).as_posix()] = file.read_bytes()
    else:
        text = place.read_text(encoding="utf-8")
        expected = []
        for line in text.splitlines():
            if not line.startswith("# config/") and not line.startswith("#   ヒント"):
                break
            expected.append(line.removeprefix("# "))
        files[expected[0].split(":")[0]] = text.encode()
    assert expected, f"{place.name} says nothing of what it must give"
    assert told(files) == expected
