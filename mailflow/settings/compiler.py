"""From the syntax tree of an expression to closures, with its types; what `expressions` admits and nothing else.

In: a tree of `syntax.parse_expression` and the names in scope. Out: a Term. Raises ExpressionError. Pure.
"""

from __future__ import annotations

from typing import NoReturn

from jinja2 import nodes
from rapidfuzz import fuzz, process

from mailflow.settings import operations
from mailflow.settings.comparing import Comparing
from mailflow.settings.syntax import offset
from mailflow.settings.terms import (
    ANY,
    BOOL,
    FILTERS,
    KIND_WORDS,
    LIST,
    MAX_DEPTH,
    MAX_ITEMS,
    MAX_NUMBER,
    MAX_TEXT,
    METHODS,
    NONE,
    NUMBER,
    OPERATORS,
    REFUSED,
    TESTS,
    TEXT,
    Term,
)
from mailflow.settings.vocabulary import Name, suggestion


class Compiler(Comparing):
    """Walks one tree. Each method gives a Term or raises ExpressionError."""

    def term(self, node: nodes.Node, depth: int) -> Term:
        if depth > MAX_DEPTH:
            self.fail("式の入れ子が深すぎます", offset(node))
        match node:
            case nodes.Const():
                return self.constant(node)
            case nodes.Name():
                return self.name(node)
            case nodes.Getattr():
                return self.attribute(node, node.node, node.attr, depth)
            case nodes.Getitem(arg=nodes.Const(value=str() as key)):
                return self.attribute(node, node.node, key, depth)
            case nodes.List() | nodes.Tuple():
                return self.items(node, depth)
            case nodes.And() | nodes.Or():
                return self.junction(node, depth)
            case nodes.Not():
                part = self.term(node.node, depth + 1)
                text = f"not ({part.text})" if part.sign in ("and", "or") else f"not {part.text}"
                return Term(operations.negated(part.run), BOOL, text, offset(node), (part,), shown=False, sign="not")
            case nodes.Compare():
                return self.comparison(node, depth)
            case nodes.Add() | nodes.Sub():
                return self.sum(node, depth)
            case nodes.Neg() | nodes.Pos():
                return self.signed(node, depth)
            case nodes.CondExpr():
                return self.choice(node, depth)
            case nodes.Filter():
                return self.filter(node, depth)
            case nodes.Test():
                return self.test(node, depth)
        return self.refuse(node)

    def refuse(self, node: nodes.Node) -> NoReturn:
        if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Getattr):
            called = node.node
            hint = METHODS.get(called.attr)
            base = _dotted(called.node) or "mail.subject"
            self.fail(
                f"`.{called.attr}(…)` は使えません", offset(called) + 1, len(called.attr), hint and hint.format(base)
            )
        if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name):
            self.fail(f"`{node.node.name}(…)` は使えません", offset(node.node), len(node.node.name))
        if isinstance(node, nodes.Getitem):
            self.fail(
                "`[ ]` には引用符で囲んだ名前だけを書けます",
                offset(node),
                hint="先頭は `|first`、最後は `|last` と書きます",
            )
        what = REFUSED.get(type(node), "この書き方")
        self.fail(f"{what}は使えません", offset(node), hint="使える書き方の一覧: docs/rules.md")

    def constant(self, node: nodes.Const) -> Term:
        value = node.value
        at = offset(node)
        type_ = NONE
        if isinstance(value, bool):
            type_ = BOOL
        elif isinstance(value, str):
            type_ = TEXT
            if len(value) > MAX_TEXT:
                self.fail(f"文字が長すぎます（{MAX_TEXT} 字まで）", at, len(value))
        elif isinstance(value, (int, float)):
            type_ = NUMBER
            if not -MAX_NUMBER <= value <= MAX_NUMBER:
                self.fail("数が大きすぎます", at)
        text = "none" if value is None else str(value).lower() if isinstance(value, bool) else repr(value)
        return Term(operations.constant(value), type_, text, at, shown=False, constant=True, value=value)

    def name(self, node: nodes.Name) -> Term:
        found = self.names.get(node.name)
        if found is None or node.name.startswith("_"):
            self.unknown(node.name, offset(node), len(node.name))
        self.used.add(node.name)
        return Term(operations.name(node.name), found, node.name, offset(node), shown=found.kind != "object")

    def unknown(self, dotted: str, at: int, length: int) -> NoReturn:
        near = suggestion(dotted, self.names)
        hint = f"`{near}` ではありませんか。" if near else ""
        if not hint and "." not in dotted:
            hint = f"言葉とくらべるなら `'{dotted}'` と引用符で囲みます。"
        self.fail(f"`{dotted}` という名前はありません", at, length, f"{hint}名前の一覧: docs/rules.md")

    def attribute(self, node: nodes.Expr, inner: nodes.Expr, attr: str, depth: int) -> Term:
        base = self.term(inner, depth + 1)
        path = f"{base.text}.{attr}"
        member = None
        if base.type.kind in ("object", "any"):
            member = base.type.members.get(attr)
            if member is None and (base.type.open or base.type is ANY):
                member = ANY
        if attr.startswith("_"):
            member = None
        # the whole path is marked; it begins where its first name does
        length = offset(node) - base.offset + 1 + len(attr)
        if member is None:
            if base.type.kind in ("object", "any"):
                self.unknown(path, base.offset, length)
            hint = METHODS.get(attr, "").format(base.text) or None
            if base.type.kind == "list":
                hint = f"並びの中の値は `{base.text}|map(attribute='{attr}')` で取り出します"
            word = KIND_WORDS[base.type.kind]
            self.fail(f"`{base.text}` は{word}なので、`.{attr}` は付けられません", base.offset, length, hint)
        if _dotted(node):
            self.used.discard(base.text)
            self.used.add(path)
        return Term(
            operations.attribute(base.run, attr),
            member,
            path,
            base.offset,
            (base,) if not _dotted(node) else (),
            shown=member.kind != "object",
        )

    def items(self, node: nodes.List | nodes.Tuple, depth: int) -> Term:
        if len(node.items) > MAX_ITEMS:
            self.fail(f"並びが長すぎます（{MAX_ITEMS} まで）", offset(node))
        items = tuple(self.term(item, depth + 1) for item in node.items)
        text = "[" + ", ".join(item.text for item in items) + "]"
        constant = all(item.constant for item in items)
        value = [item.value for item in items] if constant else None
        run = operations.constant(value) if constant else operations.list_of([item.run for item in items])
        return Term(run, LIST, text, offset(node), items, shown=False, constant=constant, value=value)

    def junction(self, node: nodes.And | nodes.Or, depth: int) -> Term:
        parts: list[nodes.Expr] = []
        left: nodes.Expr = node
        while isinstance(left, type(node)):  # a long chain leans to the left
            parts.append(left.right)
            left = left.left
        terms = tuple(self.term(part, depth + 1) for part in [left, *reversed(parts)])
        word = " and " if isinstance(node, nodes.And) else " or "
        run = (operations.all_of if isinstance(node, nodes.And) else operations.any_of)([t.run for t in terms])
        kinds = {t.type.kind for t in terms}
        type_ = BOOL if kinds == {"bool"} else ANY
        texts = (f"({t.text})" if t.sign in ("and", "or") else t.text for t in terms)
        return Term(run, type_, word.join(texts), offset(node), terms, shown=False, sign=word.strip())

    def comparison(self, node: nodes.Compare, depth: int) -> Term:
        terms = [self.term(node.expr, depth + 1)]
        steps = []
        text = terms[0].text
        for operand in node.ops:
            right = self.term(operand.expr, depth + 1)
            left, right = self.matched(terms[-1], operand.op, right)
            terms[-1] = left
            terms.append(right)
            steps.append(operations.compare(operand.op, left.run, right.run))
            text += f" {OPERATORS[operand.op]} {right.text}"
        run = steps[0] if len(steps) == 1 else operations.truth_of_all(steps)
        sign = OPERATORS[node.ops[0].op] if len(steps) == 1 else ""
        return Term(run, BOOL, text, offset(node), tuple(terms), sign=sign)

    def sum(self, node: nodes.Add | nodes.Sub, depth: int) -> Term:
        pairs: list[tuple[str, nodes.Expr]] = []
        left: nodes.Expr = node
        while isinstance(left, (nodes.Add, nodes.Sub)):
            pairs.append(("+" if isinstance(left, nodes.Add) else "-", left.right))
            left = left.left
        first = self.term(left, depth + 1)
        terms, run, text = [first], first.run, first.text
        kinds = {first.type.kind}
        for sign, part in reversed(pairs):
            term = self.term(part, depth + 1)
            kinds.add(term.type.kind)
            allowed = {"number", "any"} if sign == "-" or "number" in kinds else {"text", "number", "any"}
            if not kinds <= allowed or {"text", "number"} <= kinds:
                self.fail(f"`{sign}` でつなげるのは数どうし、または `+` の文字どうしです", term.offset, len(term.text))
            run = operations.add(run, term.run) if sign == "+" else operations.subtract(run, term.run)
            text += f" {sign} {term.text}"
            terms.append(term)
        type_ = TEXT if "text" in kinds else NUMBER if "number" in kinds else ANY
        return Term(run, type_, text, first.offset, tuple(terms))

    def signed(self, node: nodes.Neg | nodes.Pos, depth: int) -> Term:
        part = self.term(node.node, depth + 1)
        if part.type.kind not in ("number", "any"):
            self.fail(f"`{part.text}` は数ではありません", part.offset, len(part.text))
        if isinstance(node, nodes.Pos):
            return part
        if part.constant and isinstance(part.value, (int, float)):
            value = -part.value
            return Term(operations.constant(value), NUMBER, repr(value), offset(node), (), False, True, value)
        return Term(
            operations.subtract(operations.constant(0), part.run), NUMBER, f"-{part.text}", offset(node), (part,)
        )

    def choice(self, node: nodes.CondExpr, depth: int) -> Term:
        test, yes = self.term(node.test, depth + 1), self.term(node.expr1, depth + 1)
        no = self.term(node.expr2, depth + 1) if node.expr2 is not None else None
        text = f"{yes.text} if {test.text}" + (f" else {no.text}" if no else "")
        type_ = yes.type if no is not None and no.type.kind == yes.type.kind else ANY
        run = operations.either(test.run, yes.run, no.run if no else operations.constant(None))
        return Term(run, type_, text, offset(node), tuple(t for t in (test, yes, no) if t), shown=False)

    def arguments(self, node: nodes.Filter | nodes.Test, low: int, high: int, depth: int) -> list[Term]:
        if node.kwargs or node.dyn_args or node.dyn_kwargs or not low <= len(node.args) <= high:
            wanted = f"{low}" if low == high else f"{low}〜{high}"
            self.fail(f"`{node.name}` に付ける値は {wanted} 個です", offset(node), len(node.name))
        return [self.term(arg, depth + 1) for arg in node.args]

    def filter(self, node: nodes.Filter, depth: int) -> Term:
        name = "default" if node.name == "d" else node.name
        spec = FILTERS.get(name)
        if spec is None or node.node is None:
            self.absent(node.name, tuple(FILTERS), "加工", offset(node))
        base = self.term(node.node, depth + 1)
        kinds, low, high, out = spec
        self.fits(base, kinds, f"|{name}")
        if name == "map":
            return self.mapped(node, base)
        args = self.arguments(node, low, high, depth)
        if name in ("first", "last") and base.type.kind == "list" and base.type.members:
            out = Name("object", "", base.type.members, base.type.open)
        elif name in ("first", "last") and base.type.kind == "text":
            out = TEXT
        text = f"{base.text}|{name}" + (f"({', '.join(a.text for a in args)})" if args else "")
        run = operations.filtered(name, base.run, [a.run for a in args])
        return Term(run, out or base.type, text, base.offset, (base, *args))

    def mapped(self, node: nodes.Filter, base: Term) -> Term:
        pair = node.kwargs[0] if len(node.kwargs) == 1 and not node.args else None
        key = pair.value.value if pair and pair.key == "attribute" and isinstance(pair.value, nodes.Const) else None
        if not isinstance(key, str) or node.dyn_args or node.dyn_kwargs:
            self.fail("`map` は `map(attribute='名前')` とだけ書けます", offset(node), 3)
        member = base.type.members.get(key)
        if key.startswith("_") or (member is None and not base.type.open and base.type.kind == "list"):
            near = process.extractOne(key, tuple(base.type.members), scorer=fuzz.ratio, score_cutoff=60)
            self.fail(
                f"`{base.text}` の中に `{key}` という名前はありません",
                base.offset,
                len(base.text),
                f"`{near[0]}` ではありませんか" if near else None,
            )
        run = operations.mapped(base.run, key)
        return Term(run, LIST, f"{base.text}|map(attribute={key!r})", base.offset, (base,))

    def test(self, node: nodes.Test, depth: int) -> Term:
        spec = TESTS.get(node.name)
        if spec is None:
            self.absent(node.name, tuple(TESTS), "判定", offset(node) + 3)
        base = self.term(node.node, depth + 1)
        kinds, count = spec
        self.fits(base, kinds, f" is {node.name}")
        args = self.arguments(node, count, count, depth)
        if node.name == "in":
            base, args[0] = self.matched(base, "in", args[0])
        elif node.name in ("containing", "startingwith", "endingwith"):
            wanted = ("text", "any") if base.type.kind == "text" or node.name != "containing" else tuple(KIND_WORDS)
            if base.type.kind == "list" and args[0].constant:
                self.chosen(base, args[0].value, args[0].offset)
            if args[0].type.kind not in wanted:
                self.fail(f"`{node.name}` のあとは文字です", args[0].offset, len(args[0].text))
        text = f"{base.text} is {node.name}" + (f" {args[0].text}" if args else "")
        run = operations.tested(node.name, base.run, [a.run for a in args])
        return Term(run, BOOL, text, base.offset, (base, *args))

    def fits(self, base: Term, kinds: frozenset[str], what: str) -> None:
        if base.type.kind not in kinds:
            self.fail(f"`{what.strip()}` は{KIND_WORDS[base.type.kind]}には使えません", base.offset, len(base.text))

    def absent(self, name: str, known: tuple[str, ...], word: str, at: int) -> NoReturn:
        near = process.extractOne(name, known, scorer=fuzz.ratio, score_cutoff=50)
        hint = (
            f"`{near[0]}` ではありませんか（使えるもの: {'、'.join(known)}）"
            if near
            else f"使えるもの: {'、'.join(known)}"
        )
        self.fail(f"`{name}` という{word}はありません", at, len(name), hint)


def _dotted(node: nodes.Node) -> str | None:
    """`mail.subject` of a chain of names and attributes; None for anything else."""
    parts: list[str] = []
    while True:
        match node:
            case nodes.Getattr():
                parts.append(node.attr)
                node = node.node
            case nodes.Getitem(arg=nodes.Const(value=str() as key)):
                parts.append(key)
                node = node.node
            case nodes.Name():
                return ".".join([node.name, *reversed(parts)])
            case _:
                return None
