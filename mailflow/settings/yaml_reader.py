"""YAML (1.2) to plain values that know where they stand: file, line and column of every key and value.

In: a file's name and bytes as an editor left them. Out: `Document`; what is wrong is in its `problems`, Japanese, with
the place, never raised. A problem that spoils only a part (a key written twice) leaves the rest readable, so that one
run finds all.

Bounded: MAX_BYTES, MAX_NODES after aliases are followed, MAX_DEPTH. Dates stay text (models read them). Merge keys
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
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from mailflow.settings.problems import Level, Path, Problem
from mailflow.settings.yaml_aliases import alias_trouble
from mailflow.settings.yaml_layout import layout
from mailflow.settings.yaml_places import character_places
from mailflow.settings.yaml_repair import repairs
from mailflow.settings.yaml_words import SECOND_DOCUMENT, encoding_problem, explain, stray_quotes, wide_signs

MAX_BYTES = 1_000_000
MAX_NODES = 50_000
MAX_DEPTH = 30
MAX_SYNTAX = 20  # places of one file that are told to be no YAML
MAX_ATTEMPTS = 40  # to mend a file that is none

_INT = re.compile(r"[-+]?[0-9_]{1,40}")
_TAG = "tag:yaml.org,2002:"


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
    _Builder(document).build(root)
    return document


def _compose(document: Document) -> Node | None:
    """The tree. Where the text is no YAML, every such place is told: each is mended for the search to go on behind it."""
    attempts = MAX_ATTEMPTS
    root, problem = _parsed(document)
    while problem is not None:
        if (laid := _laid_out(document, problem)) is not None:
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
    trial = Document(document.file, mended=dict(document.mended), lost=document.lost)
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
    document.mended = trial.mended
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
    found: Node | None = YAML(typ="safe", pure=True).compose(text)
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


class _TooMuch(Exception):
    def __init__(self, node: Node, message: str, hint: str) -> None:
        self.node, self.message, self.hint = node, message, hint
        super().__init__(message)


class _Builder:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.count = 0

    def build(self, root: Node) -> None:
        try:
            self.document.value = self.node(root, ())
        except _TooMuch as error:
            self.document.value = None
            alias = alias_trouble(self.document.text, MAX_NODES)
            if alias is not None:
                told = self.document.in_text(alias.start, alias.length, alias.message, alias.hint)
            else:
                told = self.document.at(self.document.node_span(error.node), error.message, error.hint)
            self.document.problems.append(told)

    def node(self, node: Node, path: Path) -> Any:
        self.count += 1
        if self.count > MAX_NODES:
            raise _TooMuch(node, f"項目が多すぎます（{MAX_NODES} まで）", "要らない行を消してください")
        if len(path) > MAX_DEPTH:
            raise _TooMuch(
                node, f"入れ子が深すぎます（{MAX_DEPTH} 段まで）", "字下げや `[ ]`・`{ }` の重なりを減らしてください"
            )
        self.document.values[path] = self.document.node_span(node)
        if isinstance(node, (MappingNode, SequenceNode)) and str(node.tag) not in (f"{_TAG}map", f"{_TAG}seq"):
            self.tagged(node)
        if isinstance(node, MappingNode):
            if node.value and not node.flow_style:  # a block has no sign of its own: its first key stands for it
                self.document.values[path] = self.document.node_span(node.value[0][0])
            return self.mapping(node, path)
        if isinstance(node, SequenceNode):
            return [self.node(item, (*path, index)) for index, item in enumerate(node.value)]
        if not isinstance(node, ScalarNode):  # YAML has no fourth kind
            return None
        self.document.scalars[path] = node
        return self.scalar(node)

    def mapping(self, node: MappingNode, path: Path) -> dict[str, Any]:
        out: dict[str, Any] = {}
        merged: list[tuple[Node, Node]] = []
        lines: dict[str, int] = {}
        twice: list[tuple[str, Span]] = []
        for key_node, value_node in node.value:
            if not isinstance(key_node, ScalarNode):
                self.document.problems.append(
                    self.document.at(
                        self.document.node_span(key_node),
                        "項目の名前には文字だけを使えます",
                        "`{{ }}` や `[ ]` を含む文は、全体を引用符 '…' で囲みます",
                    )
                )
                continue
            key = key_node.value
            if key == "<<" and key_node.style is None:
                merged.append((key_node, value_node))
                continue
            span = self.document.node_span(key_node)
            if key in lines:
                twice.append((key, span))
                continue
            lines[key] = span.line
            self.document.keys[(*path, key)] = span
            out[key] = self.node(value_node, (*path, key))
            if out[key] is None and not value_node.value:  # nothing is written there: the key stands for it
                self.document.values[(*path, key)] = span
        self.twice(twice, lines)
        for key_node, value_node in merged:
            self.merge(key_node, value_node, path, out)
        return out

    def twice(self, keys: list[tuple[str, Span]], lines: dict[str, int]) -> None:
        """Keys that were there before. Several of them are another item whose `- ` is gone: one cause."""
        for key, span in keys[:1]:
            hint = f"{lines[key]}行目にもあります。どちらかを消してください"
            if len(keys) > 1:
                names = "、".join(f"`{one}`" for one, _ in keys[1:4])
                hint = f"{lines[key]}行目にもあります（{names} も同じです）。ここから別の項目なら、`- ` で始まる行が抜けています"
            self.document.problems.append(self.document.at(span, f"`{key}` が2回書かれています", hint))

    def merge(self, key_node: Node, value_node: Node, path: Path, out: dict[str, Any]) -> None:
        """`<<: *other`: the other's keys, where this mapping has none of its own."""
        sources = value_node.value if isinstance(value_node, SequenceNode) else [value_node]
        for source in sources:
            if not isinstance(source, MappingNode):
                self.document.problems.append(
                    self.document.at(
                        self.document.node_span(key_node), "`<<` のあとは `*名前`（まとまりの引用）だけを書けます"
                    )
                )
                return
            for inner_key, inner_value in source.value:
                key = inner_key.value
                if isinstance(key, str) and key not in out:
                    self.document.keys[(*path, key)] = self.document.node_span(inner_key)
                    out[key] = self.node(inner_value, (*path, key))

    def scalar(self, node: ScalarNode) -> Any:
        tag, text = str(node.tag).removeprefix(_TAG), node.value
        if tag == "null":
            return None
        if tag == "bool":
            return text.lower() == "true"
        if tag == "int":
            return int(text.replace("_", "")) if _INT.fullmatch(text) else self.other_number(text)
        if tag == "float":
            try:
                return float(text.replace("_", ""))
            except ValueError:  # .inf, .nan
                return text
        if tag in ("str", "timestamp", "value"):
            if node.style is None and (said := stray_quotes(text)) is not None:
                self.document.problems.append(self.document.at(self.document.node_span(node), *said))
            return text
        self.tagged(node)
        return text

    def tagged(self, node: Node) -> None:
        tag = str(node.tag).removeprefix(_TAG).removeprefix("!")
        self.document.problems.append(
            self.document.at(self.document.node_span(node), f"`!{tag}` のような型の指定は使えません")
        )

    @staticmethod
    def other_number(text: str) -> Any:
        try:
            return int(text.replace("_", "").lower(), 0)  # 0x1f, 0o17
        except ValueError:
            return text
