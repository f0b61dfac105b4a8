"""One walk through a template's tree with what is in scope: the names it uses, what it includes, what it calls.

In: a tree of `syntax.parse_template`, the templates beside it, the documented names. Out: Flaws. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from jinja2 import nodes

from mailflow.settings.shelf import MACRO, Flaw, Shelf, is_part, near_hint, target_of
from mailflow.settings.syntax import offset
from mailflow.settings.vocabulary import Name, suggestion

SURELY = 75.0  # `_slot` is not what `_foot` was meant to be
MAX_INCLUDES = 6  # a part inside a part inside …

_ANY = Name("any", "", open=True)
_LOOP = Name(
    "object",
    "for の中で何番目か。",
    members={
        **{
            key: Name("number", "") for key in ("index", "index0", "revindex", "revindex0", "length", "depth", "depth0")
        },
        **{key: Name("bool", "") for key in ("first", "last")},
        **dict.fromkeys(("previtem", "nextitem", "cycle", "changed"), _ANY),
    },
)
_SINGLE = re.compile(r"(?<!\{)(\{\s{0,3}([a-z_]{1,40}(?:\.[a-z_]{1,40}){0,4})\s{0,3}\})(?!\})")
_REFUSED: Mapping[type[nodes.Node], str] = {nodes.Mul: "`*`（かけ算）", nodes.Pow: "`**`（べき乗）"}


class Walker:
    """Goes through one template with what is in scope. Scopes are plain dicts, copied where Jinja2 opens one."""

    def __init__(self, shelf: Shelf, name: str, depth: int = 0, *, orphan: bool = False) -> None:
        self.shelf, self.name, self.depth = shelf, name, depth
        self.orphan = orphan  # a part that nobody includes yet: it may count on any name of the place it is meant for
        self.source = shelf.sources[name]
        self.outside: frozenset[str] = frozenset()  # names that a letter defines outside the block being walked
        self.flaws: list[Flaw] = []

    def flaw(self, node: nodes.Node | int, message: str, hint: str | None = None, length: int = 1) -> None:
        at = node if isinstance(node, int) else offset(node)
        self.flaws.append(Flaw(self.name, at, message, hint, length))

    def outermost(self, tree: nodes.Template) -> dict[str, Name]:
        """Macros, imports and `set` outside the blocks: Jinja2 shows them inside, too."""
        found: dict[str, Name] = {}
        for node in tree.body:
            found |= self.defined(node)
        return found

    def defined(self, node: nodes.Node) -> dict[str, Name]:
        match node:
            case nodes.Macro():
                return {node.name: MACRO}
            case nodes.Import():
                target = target_of(node.template)
                return {node.target: Name("object", "macro", members=self.shelf.macros(target))}
            case nodes.FromImport():
                aliases = [name if isinstance(name, str) else name[1] for name in node.names]
                return dict.fromkeys(aliases, MACRO)
            case nodes.Assign() | nodes.AssignBlock():
                return {name.name: _ANY for name in _targets(node.target)}
        return {}

    def block(self, body: Iterable[nodes.Node], scope: dict[str, Name]) -> None:
        for node in body:
            self.statement(node, scope)

    def statement(self, node: nodes.Node, scope: dict[str, Name]) -> None:
        match node:
            case nodes.Output():
                for part in node.nodes:
                    if not isinstance(part, nodes.TemplateData):
                        self.expression(part, scope)
                    elif self.depth == 0 or self.name not in self.shelf.seen:
                        self.single_braces(part)
            case nodes.For():
                self.loop(node, scope)
            case nodes.If():
                self.expression(node.test, scope)
                self.block(node.body, scope)
                self.block(node.elif_, scope)
                self.block(node.else_, scope)
            case nodes.Assign():
                value = self.expression(node.node, scope)
                targets = _targets(node.target)
                scope |= {name.name: value if len(targets) == 1 else _ANY for name in targets}
            case nodes.AssignBlock() | nodes.FilterBlock():
                if isinstance(node.filter, nodes.Filter):
                    self.expression(node.filter, scope)
                self.block(node.body, dict(scope))
                scope |= self.defined(node)
            case nodes.Block():
                self.inside(node, scope)
            case nodes.Macro():
                inner = scope | {arg.name: _ANY for arg in node.args}
                self.each(node.defaults, scope)
                self.block(node.body, inner | {"caller": MACRO, "varargs": _ANY, "kwargs": _ANY})
                scope[node.name] = MACRO
            case nodes.CallBlock():
                self.expression(node.call, scope)
                self.block(node.body, scope | {arg.name: _ANY for arg in node.args})
            case nodes.With():
                self.each(node.values, scope)
                targets = [name for target in node.targets for name in _targets(target)]
                self.block(node.body, scope | {name.name: _ANY for name in targets})
            case nodes.Include() | nodes.Import() | nodes.FromImport() | nodes.Extends():
                self.other(node, scope)
                scope |= self.defined(node)
            case nodes.Scope() | nodes.ScopedEvalContextModifier():
                self.block(node.body, dict(scope))
            case _:
                self.flaw(node, "この命令はひな形では使えません")

    def single_braces(self, node: nodes.TemplateData) -> None:
        """`{ round.name }` in the text of a letter is sent as it stands."""
        for match in _SINGLE.finditer(node.data):
            if match[2].split(".")[0] in self.shelf.names:
                at = self.source.find(match[1], offset(node))
                self.flaw(
                    max(at, 0),
                    "`{` が1つだけです（このまま手紙に出ます）",
                    f"`{{{{ {match[2]} }}}}` と書きます",
                    len(match[1]),
                )

    def inside(self, node: nodes.Block, scope: dict[str, Name]) -> None:
        """A letter's block is rendered by itself: what stands outside it was never run."""
        if is_part(self.name):
            self.block(node.body, dict(scope))
            return
        self.outside = frozenset(scope) - frozenset(self.shelf.names)
        self.block(node.body, dict(self.shelf.names))
        self.outside = frozenset()

    def letter(self, tree: nodes.Template) -> None:
        """A whole letter: only its blocks are sent."""
        for node in tree.body:
            if isinstance(node, nodes.Extends):
                self.flaw(
                    node, "`extends` は使えません", '共通の部分は {% include "_名前.j2" %} で入れます', len("extends")
                )
            for text in node.nodes if isinstance(node, nodes.Output) else ():
                if not (isinstance(text, nodes.TemplateData) and not text.data.strip()):
                    self.flaw(
                        self.start_of(text), "block の外に書いたものは手紙に出ません", "block の中に入れてください"
                    )
        self.block(tree.body, dict(self.shelf.names))

    def start_of(self, node: nodes.Node) -> int:
        while isinstance(node, (nodes.Getattr, nodes.Getitem, nodes.Filter)) and node.node is not None:
            node = node.node
        at = offset(node)
        while at < len(self.source) - 1 and self.source[at].isspace():
            at += 1
        return at

    def each(self, parts: Iterable[nodes.Node], scope: Mapping[str, Name]) -> None:
        for part in parts:
            self.expression(part, scope)

    def loop(self, node: nodes.For, scope: dict[str, Name]) -> None:
        source = self.expression(node.iter, scope)
        if source.kind in ("text", "number", "bool", "time"):
            start = self.start_of(node.iter)
            self.flaw(start, "`for` のあとは並びです", length=self.extent(start))
        item = Name("object", "", members=source.members, open=source.open) if source.members else _ANY
        targets = _targets(node.target)
        inner = scope | {name.name: item if len(targets) == 1 else _ANY for name in targets} | {"loop": _LOOP}
        if node.test is not None:
            self.expression(node.test, inner)
        self.block(node.body, inner)
        self.block(node.else_, dict(scope))

    def enter(self, node: nodes.Node, target: str, scope: Mapping[str, Name]) -> None:
        """Look at a part with the names that it has from here. An import without context sees no names of the letter."""
        inner = Walker(self.shelf, target, self.depth + 1)
        tree = self.shelf.trees[target]
        sees = not isinstance(node, (nodes.Import, nodes.FromImport)) or node.with_context
        inner.block(tree.body, (dict(scope) if sees else {}) | inner.outermost(tree))
        self.shelf.seen.setdefault(target, []).extend(inner.flaws)

    def other(
        self, node: nodes.Include | nodes.Import | nodes.FromImport | nodes.Extends, scope: Mapping[str, Name]
    ) -> None:
        targets = node.template.items if isinstance(node.template, (nodes.List, nodes.Tuple)) else [node.template]
        for part in targets:
            target = target_of(part)
            if target is None:
                start = self.start_of(part)
                name = self.source[start : start + self.extent(start)].removesuffix(".j2")
                hint = f'`{{% include "{name}.j2" %}}` のように書きます'
                self.flaw(start, "ほかのひな形は、名前を引用符で囲んで書きます", hint, self.extent(start))
                continue
            if target not in self.shelf.sources:
                if getattr(node, "ignore_missing", False):
                    continue
                said = f"`{target}` というひな形はありません"
                near = near_hint(target, self.shelf.sources, SURELY)
                self.flaws.append(Flaw(self.name, offset(part), said, near, len(target) + 2, target))
                continue
            if target in self.shelf.trees and self.depth < MAX_INCLUDES:
                self.enter(node, target, scope)
            if isinstance(node, nodes.FromImport):
                known = self.shelf.macros(target)
                for wanted in node.names:
                    name = wanted if isinstance(wanted, str) else wanted[0]
                    if target in self.shelf.trees and name not in known:
                        self.flaw(node, f"`{target}` に `{name}` というマクロはありません", near_hint(name, known))

    def extent(self, start: int) -> int:
        """Characters from there that look like one dotted name."""
        end = start
        while end < len(self.source) and (self.source[end].isalnum() or self.source[end] in "_."):
            end += 1
        return max(end - start, 1)

    def expression(self, node: nodes.Node, scope: Mapping[str, Name]) -> Name:
        match node:
            case nodes.Const():
                if isinstance(node.value, str):
                    return Name("text", "")
                return Name("number", "") if isinstance(node.value, (int, float)) else _ANY
            case nodes.Name():
                return self.known(node, scope)
            case nodes.Getattr():
                return self.member(node, node.node, node.attr, scope)
            case nodes.Getitem(arg=nodes.Const(value=str() as key)):
                return self.member(node, node.node, key, scope)
            case nodes.Call():
                return self.call(node, scope)
            case nodes.Filter():
                return self.filter(node, scope)
            case nodes.Test():
                if node.name not in self.shelf.tests:
                    near = near_hint(node.name, self.shelf.tests)
                    self.flaw(offset(node) + 3, f"`{node.name}` という判定はありません", near, len(node.name))
                # `x is defined` asks about a name that may be absent, yet must be a documented one
                self.rest(node, scope)
                return Name("bool", "")
            case nodes.CondExpr():
                self.expression(node.test, scope)
                yes = self.expression(node.expr1, scope)
                no = self.expression(node.expr2, scope) if node.expr2 is not None else yes
                return yes if yes.kind == no.kind else _ANY
            case nodes.Getitem():
                base = self.expression(node.node, scope)
                self.expression(node.arg, scope)
                return Name("object", "", members=base.members, open=base.open) if base.members else _ANY
        if type(node) in _REFUSED:
            self.flaw(node, f"ひな形では{_REFUSED[type(node)]}を使えません")
        self.rest(node, scope)
        return _ANY

    def rest(self, node: nodes.Node, scope: Mapping[str, Name]) -> None:
        for child in node.iter_child_nodes():
            self.expression(child, scope)

    def known(self, node: nodes.Name, scope: Mapping[str, Name]) -> Name:
        found = scope.get(node.name)
        if found is not None and not node.name.startswith("__"):
            return found
        if node.name in self.outside:
            message = f"block の外で決めた `{node.name}` は、block の中では使えません"
            self.flaw(node, message, "`set` や `import` は、使う block の中に書いてください", len(node.name))
            return _ANY
        if self.orphan:
            return _ANY
        hint = suggestion(node.name, scope)
        self.flaw(
            node,
            f"`{node.name}` という名前はありません",
            f"`{hint}` ではありませんか。名前の一覧: docs/templates.md" if hint else "名前の一覧: docs/templates.md",
            len(node.name),
        )
        return _ANY

    def member(self, node: nodes.Expr, inner: nodes.Expr, attr: str, scope: Mapping[str, Name]) -> Name:
        base = self.expression(inner, scope)
        found = base.members.get(attr) if base.kind != "list" else None
        if found is None and base.open and not attr.startswith("_"):
            return _ANY
        if found is not None:
            return found
        root: nodes.Node = node
        while isinstance(root, (nodes.Getattr, nodes.Getitem)):
            root = root.node
        start = offset(root)
        path = self.source[start : offset(node) + 1 + len(attr)] if isinstance(node, nodes.Getattr) else attr
        if base.kind == "list":
            hint: str | None = "並びの中の値は `{% for x in … %}` で取り出します"
        else:
            near = suggestion(path, scope)
            hint = f"`{near}` ではありませんか" if near else near_hint(attr, base.members)
        self.flaw(start, f"`{path}` という名前はありません", hint, len(path))
        return _ANY

    def call(self, node: nodes.Call, scope: Mapping[str, Name]) -> Name:
        called = node.node
        base_of = called.node if isinstance(called, nodes.Getattr) else called
        if isinstance(base_of, nodes.Name) and (base_of.name in self.outside or _absent(called, scope)):
            self.known(base_of, scope)
            return _ANY
        allowed = isinstance(called, nodes.Name) and scope.get(called.name) is MACRO
        if isinstance(called, nodes.Getattr) and isinstance(called.node, nodes.Name):
            base = scope.get(called.node.name)
            allowed = (base is _LOOP and called.attr in ("cycle", "changed")) or (
                base is not None and base.members.get(called.attr) is MACRO
            )
        if not allowed:
            name = called.attr if isinstance(called, nodes.Getattr) else getattr(called, "name", "")
            unknown = isinstance(called, nodes.Getattr) and _is_module(called, scope)
            message = f"`{name}` というマクロはありません" if unknown else f"`{name}(…)` は使えません"
            hint = (
                None if unknown else "ひな形で呼べるのは、ひな形のマクロと loop.cycle だけです。加工は `|` で書きます"
            )
            self.flaw(
                called if isinstance(called, nodes.Name) else offset(called) + 1, message, hint, max(len(name), 1)
            )
        for part in [*node.args, *(pair.value for pair in node.kwargs), node.dyn_args, node.dyn_kwargs]:
            if part is not None:
                self.expression(part, scope)
        return _ANY

    def filter(self, node: nodes.Filter, scope: Mapping[str, Name]) -> Name:
        if node.name not in self.shelf.filters:
            self.flaw(
                node, f"`{node.name}` という加工はありません", near_hint(node.name, self.shelf.filters), len(node.name)
            )
        base = self.expression(node.node, scope) if node.node is not None else _ANY
        for part in [*node.args, *(pair.value for pair in node.kwargs)]:
            self.expression(part, scope)
        if node.name in (
            "sort",
            "reverse",
            "unique",
            "list",
            "select",
            "reject",
            "selectattr",
            "rejectattr",
            "default",
            "d",
        ):
            return base
        if node.name in ("first", "last") and base.members:
            return Name("object", "", members=base.members, open=base.open)
        return _ANY


def _absent(called: nodes.Node, scope: Mapping[str, Name]) -> bool:
    """Whether `x.y(…)` is called on an `x` that isn't there."""
    return isinstance(called, nodes.Getattr) and isinstance(called.node, nodes.Name) and called.node.name not in scope


def _is_module(called: nodes.Getattr, scope: Mapping[str, Name]) -> bool:
    base = scope.get(called.node.name) if isinstance(called.node, nodes.Name) else None
    return base is not None and base.description == "macro"


def _targets(node: nodes.Node) -> list[nodes.Name]:
    if isinstance(node, nodes.Name):
        return [node]
    if isinstance(node, (nodes.Tuple, nodes.List)):
        return [name for item in node.items for name in _targets(item)]
    return []
