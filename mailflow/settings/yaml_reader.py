"""YAML (1.2) to plain values that know where they stand: file, line and column of every key and value.

In: a file's name and bytes as an editor left them. Out: `Document`; what is wrong is in its `problems`, Japanese, with
the place, never raised; what only looks wrong is in its `warnings`. A problem that spoils only a part (a key written twice) leaves the rest readable, so that one
run finds all.

Bounded: MAX_BYTES, and what `yaml_builder` bounds. Dates stay text (models read them). Merge keys
(`<<`) work. Columns count characters from 1. Pure.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode

from mailflow.settings.problems import Level, Path, Problem
from mailflow.settings.yaml_builder import MAX_DEPTH, Builder
from mailflow.settings.yaml_layout import layout
from mailflow.settings.yaml_places import character_places
from mailflow.settings.yaml_repair import repairs
from mailflow.settings.yaml_words import SECOND_DOCUMENT, encoding_problem, explain, wide_signs

MAX_BYTES = 1_000_000
MAX_SYNTAX = 20  # places of one file that are told to be no YAML
MAX_ATTEMPTS = 60  # to mend a file that is none
MAX_REREAD = 2_000_000  # characters that are read in all attempts: of a large file only the first errors are told


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one line: `line`, `column` from 1, `length` in characters (at least 1)."""

    line: int
    column: int
    length: int = 1


@dataclass(slots=True)
class Document:
    """One file. `value`: plain dicts, lists and scalars, None when nothing could be read."""

    file: str
    text: str = ""
    value: Any = None
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    """What is read as it stands and most likely isn't meant so."""
    keys: dict[Path, Span] = field(default_factory=dict)
    values: dict[Path, Span] = field(default_factory=dict)
    scalars: dict[Path, ScalarNode] = field(default_factory=dict)
    mended: dict[int, str] = field(default_factory=dict)
    """Lines that could not be read, as they were written: `text` holds what was read in their place."""
    lost: bool = False  # a line was left out: what it said is not known to be missing
    _starts: list[int] = field(default_factory=list)

    def set_text(self, text: str) -> None:
        self.text = text
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def line(self, number: int) -> str | None:
        if not 1 <= number <= len(self._starts):
            return None
        stop = self._starts[number] - 1 if number < len(self._starts) else len(self.text)
        return self.text[self._starts[number - 1] : stop]

    def place(self, index: int) -> tuple[int, int]:
        """Line and column of the character `index`. (Marks count lines by other signs than "\\n", too.)"""
        line = bisect_right(self._starts, index)
        return line, index - self._starts[line - 1] + 1

    def node_span(self, node: Node) -> Span:
        line, column = self.place(node.start_mark.index)
        if isinstance(node, ScalarNode) and node.style not in ("|", ">"):
            stop_line, stop = self.place(node.end_mark.index)
            if stop_line == line:
                return Span(line, column, max(stop - column, 1))
        return Span(line, column)

    def span(self, path: Path, *, key: bool = False, inside: tuple[int, int] | None = None) -> Span:
        """Where `path` stands; where it has no place, the nearest that has, outwards.

        `inside`: (offset, length) in characters within the text of a scalar.
        """
        if inside is not None and path in self.scalars:
            return self._inside(self.scalars[path], *inside)
        for end in range(len(path), -1, -1):
            part = path[:end]
            if key or end < len(path):
                found = self.keys.get(part) or self.values.get(part)
            else:
                found = self.values.get(part) or self.keys.get(part)
            if found:
                return found
        return Span(1, 1)

    def problem(
        self,
        path: Path,
        message: str,
        hint: str | None = None,
        *,
        key: bool = False,
        inside: tuple[int, int] | None = None,
        warning: bool = False,
    ) -> Problem:
        return self.at(self.span(path, key=key, inside=inside), message, hint, warning=warning)

    def in_text(self, offset: int, length: int, message: str, hint: str | None = None) -> Problem:
        """A problem at a character of the whole text; the mark ends with its line."""
        line, column = self.place(min(offset, max(len(self.text) - 1, 0)))
        room = len(self.line(line) or "") - column + 1
        return self.at(Span(line, column, max(min(length, room), 1)), message, hint)

    def at(self, span: Span, message: str, hint: str | None = None, *, warning: bool = False) -> Problem:
        severity: Level = "warning" if warning else "error"
        line = self.mended.get(span.line, self.line(span.line))
        return Problem(self.file, span.line, span.column, message, hint, line, severity, span.length)

    def _inside(self, node: ScalarNode, offset: int, length: int) -> Span:
        """The place of the character `offset` of a scalar's value, whatever its style: plain, quoted or block."""
        places = list(character_places(self.text, node))
        if not places:
            return self.node_span(node)
        start = places[min(offset, len(places) - 1)]
        last = places[min(offset + max(length, 1) - 1, len(places) - 1)]
        line, column = self.place(start)
        end_of_line = self.text.find("\n", start)
        end = min(last + 1, end_of_line if end_of_line >= 0 else len(self.text))
        return Span(line, column, max(end - start, 1))


def read_yaml(file: str, content: bytes) -> Document:
    """One YAML file. Never raises on what it holds."""
    document = Document(file)
    if len(content) > MAX_BYTES:
        document.problems.append(Problem(file, None, None, f"ファイルが大きすぎます（{MAX_BYTES // 1000}KB まで）"))
        return document
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        document.problems.append(encoding_problem(file, content))
        return document
    document.set_text(text.replace("\r\n", "\n").replace("\r", "\n"))
    root = _compose(document)
    if root is None:
        if not document.problems:
            document.problems.append(Problem(file, 1, None, "ファイルが空です"))
        return document
    if not isinstance(root, MappingNode):
        document.problems.append(
            wide_signs(document, 1)
            or document.at(
                document.node_span(root), "いちばん外側は「名前: 値」の並びで書きます", "行の頭に `名前:` が要ります"
            )
        )
        return document
    Builder(document).build(root)
    return document


def _compose(document: Document) -> Node | None:
    """The tree. Where the text is no YAML, every such place is told: each is mended for the search to go on behind it."""
    attempts = max(min(MAX_ATTEMPTS, MAX_REREAD // max(len(document.text), 1)), 1)
    root, problem = _parsed(document)
    while problem is not None:
        attempts -= 1
        if attempts >= 0 and (laid := _laid_out(document, problem)) is not None:
            root, problem = laid
            continue
        document.problems.append(problem)
        if problem.line is None or problem.message == SECOND_DOCUMENT or len(document.problems) >= MAX_SYNTAX:
            return None
        found = None
        for number in (problem.line, problem.line + 1):
            if document.line(number) is None:
                break
            for line, lost in repairs(document.line(number) or "", _above(document, number)):
                if attempts <= 0:
                    return None
                attempts -= 1
                trial = _with_line(document, number, line, lost=lost)
                root, further = _parsed(trial)
                if further is None or (further.line or 0) > max(number, problem.line):
                    found = trial, further
                    break
            if found is not None:
                break
        if found is None:
            return None
        mended, problem = found
        document.set_text(mended.text)
        document.mended, document.lost = mended.mended, mended.lost
    return root


def _laid_out(document: Document, problem: Problem) -> tuple[Node | None, Problem | None] | None:
    """Lines that are out of line together, told as one; None where that isn't it, or where reading gets no further."""
    lines = document.text.split("\n")
    found = layout(lines, problem.line) if problem.line is not None else None
    if found is None or len(document.problems) >= MAX_SYNTAX:
        return None
    trial = Document(document.file, mended=dict(document.mended), lost=document.lost or found.lost)
    for number, line in found.mended.items():
        trial.mended.setdefault(number, lines[number - 1])
        lines[number - 1] = line
    trial.set_text("\n".join(lines))
    root, further = _parsed(trial)
    if further is not None and (further.line or 0) <= (problem.line or 0):
        return None
    told = document.at(Span(found.line, found.column, found.length), found.message, found.hint)
    document.problems.append(told)
    document.set_text(trial.text)
    document.mended, document.lost = trial.mended, trial.lost
    return root, further


def _parsed(document: Document) -> tuple[Node | None, Problem | None]:
    try:
        return _tree(document.text), None
    except MarkedYAMLError as error:
        return None, explain(document, error)
    except (YAMLError, ValueError, OverflowError) as error:  # a character YAML doesn't admit, or that there is none of
        position = getattr(error, "position", None)
        where = position if isinstance(position, int) else 0
        return None, document.at(Span(*document.place(where)), "YAML では使えない文字（制御文字）があります")
    except RecursionError:
        return None, Problem(document.file, 1, None, f"入れ子が深すぎます（{MAX_DEPTH} 段まで）")


@lru_cache(maxsize=16)
def _tree(text: str) -> Node | None:
    """The nodes of a text, which are only read: of several files at a reload most are as they were."""
    yaml = YAML(typ="safe", pure=True)
    yaml.composer.warn_double_anchors = (
        False  # the later one holds, as YAML has it; the library would print it, in English
    )
    found: Node | None = yaml.compose(text)
    return found


def _above(document: Document, number: int) -> str | None:
    """The nearest line above that says something."""
    for above in range(number - 1, 0, -1):
        text = document.line(above) or ""
        if text.strip() and not text.lstrip().startswith("#"):
            return text
    return None


def _with_line(document: Document, number: int, line: str, *, lost: bool) -> Document:
    """The same text with one line in another's place."""
    lines = document.text.split("\n")
    trial = Document(document.file)
    trial.mended = {number: document.mended.get(number, lines[number - 1]), **document.mended}
    trial.lost = document.lost or lost
    lines[number - 1] = line
    trial.set_text("\n".join(lines))
    return trial
