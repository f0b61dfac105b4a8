"""Mutants of intake/: its code with one word changed. A comparison turned, `and` for `or`, a number one more, a text that is
another, a condition turned, `return None`. Docstrings, annotations, imports and module constants are left alone.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

INTAKE = Path(__file__).parents[2] / "mailflow" / "intake"

_SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add,
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    module: str  # `checks/form`
    line: int
    what: str
    tree: ast.Module
    functions: tuple[tuple[str, int], ...] = ()  # file and line where those begin that hold it or lie within those


def modules() -> list[str]:
    return sorted(
        str(path.relative_to(INTAKE)).removesuffix(".py") for path in INTAKE.rglob("*.py") if path.name != "__init__.py"
    )


def mutants(name: str) -> list[Mutant]:
    """Every mutant of a module. Docstrings, annotations and imports are left alone."""
    path = INTAKE / f"{name}.py"
    source = path.read_text("utf-8")
    source_tree = ast.parse(source)
    count = sum(1 for _ in _places(source_tree))
    found = []
    for number in range(count):
        tree = ast.parse(source)
        line, what, change = next(place for at, place in enumerate(_places(tree)) if at == number)
        change()
        inside = tuple((str(path), one) for one in _around(source_tree, line))
        found.append(Mutant(name, line, what, ast.fix_missing_locations(tree), inside))
    return found


def _around(tree: ast.Module, line: int) -> range:
    """The lines of the innermost function that holds `line`, its decorators among them."""
    holding = [
        range(min(one.lineno for one in (node, *node.decorator_list)), (node.end_lineno or node.lineno) + 1)
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]
    return min((one for one in holding if line in one), key=len)


Place = tuple[int, str, Callable[[], None]]


def _places(tree: ast.Module) -> Iterator[Place]:
    inside_function = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    for function in inside_function:
        docstring = function.body[0] if ast.get_docstring(function) else None
        for statement in function.body:
            if statement is docstring:
                continue
            for node in ast.walk(statement):
                yield from _of(node)


def _of(node: ast.AST) -> Iterator[Place]:
    line = getattr(node, "lineno", 0)
    if isinstance(node, ast.Compare):
        for at, operator in enumerate(node.ops):
            if new := _SWAPS.get(type(operator)):
                yield line, f"{type(operator).__name__} -> {new.__name__}", _set_item(node.ops, at, new())
    elif isinstance(node, ast.BoolOp) or (isinstance(node, ast.BinOp) and type(node.op) in _SWAPS):
        new = _SWAPS[type(node.op)]
        yield line, f"{type(node.op).__name__} -> {new.__name__}", _set(node, "op", new())
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield line, "not dropped", _unnot(node)
    elif isinstance(node, (ast.If, ast.IfExp)):
        yield line, "condition turned", _set(node, "test", ast.UnaryOp(ast.Not(), node.test))
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield line, f"{node.value} -> {not node.value}", _set(node, "value", not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        yield line, f"{node.value} -> {node.value + 1}", _set(node, "value", node.value + 1)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and 0 < len(node.value) < 30:
        yield line, f"{node.value!r} -> 'XX'", _set(node, "value", "XX")
    elif isinstance(node, ast.Return) and node.value is not None and not _is_nothing(node.value):
        yield line, "returns None", _set(node, "value", ast.Constant(None))


def _is_nothing(node: ast.AST) -> bool:
    """None, False, 0, an empty text or tuple: to whoever asks for the truth of it, None is the same."""
    return (isinstance(node, ast.Constant) and not node.value) or (isinstance(node, ast.Tuple) and not node.elts)


def _set(node: ast.AST, key: str, value: object) -> Callable[[], None]:
    return lambda: setattr(node, key, value)


def _set_item(items: list[Any], at: int, value: object) -> Callable[[], None]:
    return lambda: items.__setitem__(at, value)


def _unnot(node: ast.UnaryOp) -> Callable[[], None]:
    def change() -> None:
        node.operand = ast.UnaryOp(ast.Not(), node.operand)

    return change
