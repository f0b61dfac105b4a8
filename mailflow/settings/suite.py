"""The tests of a configuration: every config/tests/*.yaml with the files that lie beside it, checked as all YAML is.

`read_tests` is the only I/O here; `suite_of` is pure. Out: `Suite`, whose problems name file, line and column. A test file
that can't be read spoils only itself. Tests are no part of the bundle: they judge nothing.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mailflow.settings.case_checks import troubles
from mailflow.settings.cases import CasesFile, TestCase, mails_of
from mailflow.settings.problems import Problem, Trouble, in_order, where_none_is_wrong
from mailflow.settings.settings import Settings
from mailflow.settings.validate import validate
from mailflow.settings.yaml_reader import Document, read_yaml

FOLDER = "tests"
MAX_FILE = 20_000_000
MAX_FILES = 2_000


@dataclass(frozen=True, slots=True)
class TestFileRead:
    """One YAML file. `beside`: the other files of the folder by their path from it."""

    __test__ = False

    path: str
    document: Document
    cases: CasesFile
    beside: Mapping[str, bytes] = field(repr=False)

    def place(self, index: int, path: tuple[str | int, ...], *, key: bool = False) -> Problem:
        """Where something stands in the case of that number; the message is filled in by whoever tells it."""
        return self.document.problem(("cases", index, *path), "", key=key)


@dataclass(frozen=True, slots=True)
class Suite:
    files: tuple[TestFileRead, ...]
    problems: tuple[Problem, ...]

    @property
    def broken(self) -> bool:
        return any(one.severity == "error" for one in self.problems)

    def __iter__(self) -> Iterator[tuple[TestFileRead, int, TestCase]]:
        for file in self.files:
            for index, case in enumerate(file.cases.cases):
                yield file, index, case


def read_tests(config_dir: Path) -> dict[str, bytes | None]:
    """Every file below config/tests by its path from there; None for one that can't be read or is too large."""
    found: dict[str, bytes | None] = {}
    root = config_dir / FOLDER
    for place in sorted(root.rglob("*")):
        relative = place.relative_to(root).as_posix()
        if not place.is_file() or any(
            part.startswith((".", "~$")) or part.endswith("~") for part in relative.split("/")
        ):
            continue
        if len(found) >= MAX_FILES:
            break
        try:
            found[relative] = place.read_bytes() if place.stat().st_size <= MAX_FILE else None
        except OSError:
            found[relative] = None
    return found


def suite_of(files: Mapping[str, bytes | None], settings: Settings | None, folder: str = "config/tests") -> Suite:
    """The suite of these files. `settings` None (they are broken): only the tests' own shape is checked."""
    found: list[TestFileRead] = []
    problems: list[Problem] = []
    written: list[Problem] = []
    used: set[str] = set()
    for name, content in files.items():
        path = f"{folder}/{name}"
        if content is None:
            problems.append(Problem(path, None, None, f"読めません（{MAX_FILE // 1_000_000}MB まで）"))
        elif name.endswith(".yml"):
            hint = "名前の終わりを .yaml にしてください"
            problems.append(Problem(path, None, None, "この名前のテストは読みません", hint))
        elif name.endswith(".yaml"):
            document = read_yaml(path, content)
            cases, wrong = validate(document, CasesFile)
            problems += [*document.problems, *wrong]
            written += document.warnings
            if cases is None or wrong or document.problems:
                used |= _named(document.value, posixpath.dirname(name))
                continue
            beside, missing = _beside(cases, files, posixpath.dirname(name), used)
            told = [*missing, *(troubles(cases, settings) if settings is not None else ())]
            problems += [_problem(document, one) for one in told]
            if not told:
                found.append(TestFileRead(path, document, cases, beside))
    for name in files:
        if not name.endswith((".yaml", ".yml", ".md", ".txt")) and name not in used:
            problems.append(
                Problem(f"{folder}/{name}", None, None, "このファイルを使うテストがありません", None, None, "warning")
            )
    return Suite(tuple(found), in_order([*problems, *where_none_is_wrong(written, problems)]))


def _problem(document: Document, one: Trouble) -> Problem:
    return document.problem(one.path, one.message, one.hint, key=one.key, warning=one.severity == "warning")


def _wanted(case: TestCase) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """The files that a case names, each with its path in the case."""
    for path, mail in mails_of(case):
        if mail.eml is not None:
            yield (*path, "eml"), mail.eml
        for place, file in enumerate(mail.files):
            if file.path is not None:
                yield (*path, "files", place, "path"), file.path


def _beside(
    cases: CasesFile, files: Mapping[str, bytes | None], folder: str, used: set[str]
) -> tuple[dict[str, bytes], list[Trouble]]:
    found: dict[str, bytes] = {}
    missing: list[Trouble] = []
    for index, case in enumerate(cases.cases):
        for path, name in _wanted(case):
            place = posixpath.normpath(posixpath.join(folder, name))
            content = files.get(place)
            if content is None:
                hint = "config/tests の中に置き、この YAML から見た場所で書きます"
                missing.append(Trouble(("cases", index, *path), f"{name} というファイルがありません", hint))
                continue
            used.add(place)
            found[name] = content
    return found, missing


def _named(value: Any, folder: str) -> set[str]:
    """Every text of a broken file that might name a file beside: nobody is told that it isn't used, too."""
    if isinstance(value, dict):
        return {name for one in value.values() for name in _named(one, folder)}
    if isinstance(value, list):
        return {name for one in value for name in _named(one, folder)}
    return {posixpath.normpath(posixpath.join(folder, value))} if isinstance(value, str) and value else set()
