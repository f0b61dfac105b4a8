"""Mutation testing of intake/: does a table of tests/judging notice when one word of the code changes?

    python -m tests.mutation.mutants --sample 40 naming intents checks/form

Every mutant is a forked child: the mutated module is compiled, its functions take over the new code where they stand,
and the tables are judged anew until one case comes out otherwise. Mails and forms are read once, before the fork (they are not
intake's). What the tables don't notice is tried on the unit tests. Out: survivors, one a line, with what was changed.
Neither mutmut nor cosmic-ray does this in one process: a new interpreter a mutant, with 0.5 s of configuration, is a day.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import importlib
import io
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import FunctionType
from typing import Any

ROOT = Path(__file__).parents[2]
INTAKE = ROOT / "mailflow" / "intake"
TIMEOUT_S = 60
UNIT_TESTS = ("tests/unit/intake", "tests/unit/judging")

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


def modules() -> list[str]:
    return sorted(
        str(path.relative_to(INTAKE)).removesuffix(".py") for path in INTAKE.rglob("*.py") if path.name != "__init__.py"
    )


def mutants(name: str) -> list[Mutant]:
    """Every mutant of a module. Docstrings, annotations and imports are left alone."""
    source = (INTAKE / f"{name}.py").read_text("utf-8")
    count = sum(1 for _ in _places(ast.parse(source)))
    found = []
    for number in range(count):
        tree = ast.parse(source)
        line, what, change = next(place for at, place in enumerate(_places(tree)) if at == number)
        change()
        found.append(Mutant(name, line, what, ast.fix_missing_locations(tree)))
    return found


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
    elif isinstance(node, ast.Return) and node.value is not None and not _is_none(node.value):
        yield line, "returns None", _set(node, "value", ast.Constant(None))


def _is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _set(node: ast.AST, key: str, value: object) -> Callable[[], None]:
    return lambda: setattr(node, key, value)


def _set_item(items: list[Any], at: int, value: object) -> Callable[[], None]:
    return lambda: items.__setitem__(at, value)


def _unnot(node: ast.UnaryOp) -> Callable[[], None]:
    def change() -> None:
        node.operand = ast.UnaryOp(ast.Not(), node.operand)

    return change


# --- in the child -----------------------------------------------------------------------------------------------------


def install(mutant: Mutant) -> None:
    """Put the mutated code into the functions that everybody already holds."""
    name = "mailflow.intake." + mutant.module.replace("/", ".")
    module = sys.modules[name]
    before = dict(vars(module))
    registry = sys.modules["mailflow.intake.checks.registry"].REGISTRY
    kept = dict(registry)
    for key, entry in kept.items():
        if entry.function.__module__ == name:
            registry.pop(key)
    exec(compile(mutant.tree, str(INTAKE / f"{mutant.module}.py"), "exec"), vars(module))
    registry.clear()
    registry.update(kept)
    for key, old in before.items():
        new = vars(module).get(key)
        if isinstance(old, FunctionType) and isinstance(new, FunctionType) and old.__module__ == name:
            _take_over(old, new)
            setattr(module, key, old)
        elif isinstance(old, type) and isinstance(new, type) and old.__module__ == name:
            _methods(old, new)
            setattr(module, key, old)


def _take_over(old: FunctionType, new: FunctionType) -> None:
    old.__code__, old.__defaults__, old.__kwdefaults__ = new.__code__, new.__defaults__, new.__kwdefaults__


def _methods(old: type, new: type) -> None:
    for key, method in list(vars(old).items()):
        other = vars(new).get(key)
        pairs = {
            FunctionType: lambda one: one, staticmethod: lambda one: one.__func__, classmethod: lambda one: one.__func__,
            property: lambda one: one.fget, cached_property: lambda one: one.func,
        }  # fmt: skip
        inner = pairs.get(type(method))
        if inner is None or type(other) is not type(method):
            continue
        function, changed = inner(method), inner(other)
        if isinstance(function, FunctionType) and function.__code__.co_freevars == changed.__code__.co_freevars:
            _take_over(function, changed)


class Tables:
    """The cases of tests/judging with all that is not intake's done before."""

    def __init__(self) -> None:
        from mailflow import pipeline
        from tests.judging import test_tables
        from tests.judging.letterbox import raw, settings

        self.settings, self.told = settings(), test_tables.told
        self.known = test_tables.KNOWN
        self.cases = test_tables.CASES
        self.read = []
        for case in self.cases:
            mail, content_id = pipeline.opened(raw(case.mail), self.settings)
            mail, forms = pipeline.read_forms(mail, self.settings, case.mail.at)
            self.read.append((mail, content_id, forms))

    def first_difference(self, order: list[int]) -> int | None:
        for at in order:
            if not self._same(at):
                return at
        return None

    def _same(self, at: int) -> bool:
        from mailflow import pipeline
        from mailflow.intake.decide import decide, letter_plan

        case, (mail, content_id, forms) = self.cases[at], self.read[at]
        settings, received = self.settings, case.mail.at
        asked = pipeline.intents(mail.subject, mail.new_text)
        request = pipeline.read_request(
            mail.subject, mail.new_text, mail.text or "", asked, mail.calendar, received_at=received,
            consultation=settings.consultation, round_=settings.round_for(received),
        )  # fmt: skip
        understood = pipeline.understand(mail, forms, settings, received, request)
        reading = pipeline.Reading(mail, content_id, understood, pipeline.told_passwords(mail.subject, mail.new_text))
        known = self.known[case.known or "nothing"](reading, settings)
        facts = pipeline.facts_for(mail, understood, known, settings, received, received)
        facts = facts.classified(pipeline.classify(facts))
        facts = facts.stepped(pipeline.step(facts, content_id))
        verdict = pipeline.judge(facts, content_id=content_id)
        plan = letter_plan(facts, verdict)
        shown = _Shown(verdict, decide(facts, verdict), (plan,) if plan else ())
        assert case.expected is not None
        return str(self.told(shown, case.expected)) == str(case.expected)  # type: ignore[arg-type]


@dataclass(frozen=True)
class _Shown:
    verdict: Any
    actions: Any
    drafts: Any


def noticed(mutant: Mutant, tables: Tables, order: list[int], *, unit_tests: bool) -> str:
    """`table`, `unit`, `time` or `` for a survivor, found in a child of its own."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        answer = "error"
        with contextlib.suppress(BaseException):
            answer = _child(mutant, tables, order, unit_tests=unit_tests)
        os.write(write_end, answer.encode())
        os._exit(0)
    os.close(write_end)
    answer = ""
    until = time.monotonic() + (TIMEOUT_S * 5 if unit_tests else TIMEOUT_S)
    while time.monotonic() < until:
        done, _ = os.waitpid(child, os.WNOHANG)
        if done:
            answer = os.read(read_end, 100).decode()
            break
        time.sleep(0.02)
    else:
        os.kill(child, 9)
        os.waitpid(child, 0)
        answer = "time"
    os.close(read_end)
    return answer


def _child(mutant: Mutant, tables: Tables, order: list[int], *, unit_tests: bool) -> str:
    try:
        install(mutant)
        if tables.first_difference(order) is not None:
            return "table"
    except Exception:
        return "table"
    if unit_tests:
        import pytest

        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            if pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *UNIT_TESTS]) != 0:
                return "unit"
    return "-"


def run(names: list[str], *, sample: int | None, seed: int, unit_tests: bool) -> Iterator[tuple[Mutant, str]]:
    """Each mutant with what noticed it (`-`: nothing did). Survivors of the tables are tried on the unit tests."""
    tables = Tables()
    if (different := tables.first_difference(list(range(len(tables.cases))))) is not None:
        raise SystemExit(
            f"without any mutant {tables.cases[different].id} comes out otherwise: the tables must be green"
        )
    order = list(range(len(tables.cases)))
    chance = random.Random(seed)
    for name in names:
        importlib.import_module("mailflow.intake." + name.replace("/", "."))
        found = mutants(name)
        if sample is not None and len(found) > sample:
            found = chance.sample(found, sample)
        for one in found:
            chance.shuffle(order)
            yield one, noticed(one, tables, order, unit_tests=unit_tests)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "modules", nargs="*", help="of intake/, `naming`, `checks/form`; all of them where none is named"
    )
    parser.add_argument("--sample", type=int, help="so many mutants a module")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--unit-tests", action="store_true", help="try what the tables miss on the unit tests")
    given = parser.parse_args()
    counts: dict[str, int] = {}
    for one, answer in run(
        given.modules or modules(), sample=given.sample, seed=given.seed, unit_tests=given.unit_tests
    ):
        counts[answer] = counts.get(answer, 0) + 1
        if answer in ("-", "error"):
            print(f"{one.module}.py:{one.line}: {one.what}{'' if answer == '-' else f' ({answer})'}", flush=True)
    print(counts, flush=True)


if __name__ == "__main__":
    main()
