"""The nodes of a YAML file as plain values in its `Document`, with the place of every key and value.

In: a document whose text could be read, and the root of its nodes. What is wrong with a part is told in `problems`, what only
looks so in `warnings`; the rest is read. Bounded: MAX_NODES after aliases are followed, MAX_DEPTH. Pure.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from mailflow.settings.problems import Path
from mailflow.settings.yaml_aliases import alias_trouble
from mailflow.settings.yaml_words import run_together, stray_quotes

if TYPE_CHECKING:
    from mailflow.settings.yaml_reader import Document, Span

MAX_NODES = 50_000
MAX_DEPTH = 30
_INT = re.compile(r"[-+]?[0-9_]{1,40}")
_TAG = "tag:yaml.org,2002:"


class _TooMuch(Exception):
    def __init__(self, node: Node, message: str, hint: str) -> None:
        self.node, self.message, self.hint = node, message, hint
        super().__init__(message)


class Builder:
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
            if node.flow_style:
                self.together(node)
            return [self.node(item, (*path, index)) for index, item in enumerate(node.value)]
        if not isinstance(node, ScalarNode):  # YAML has no fourth kind
            return None
        self.document.scalars[path] = node
        return self.scalar(node)

    def together(self, node: SequenceNode) -> None:
        """`[INBOX、応募]`: one name to YAML, two to whoever wrote it."""
        for item in node.value:
            if isinstance(item, ScalarNode) and item.style is None and (found := run_together(item.value)) is not None:
                at, message, hint = found
                span = self.document.node_span(item)
                sign = replace(span, column=span.column + at, length=1) if at < span.length else span
                self.document.warnings.append(self.document.at(sign, message, hint, warning=True))

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
                self.document.warnings.append(self.document.at(self.document.node_span(node), *said, warning=True))
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
