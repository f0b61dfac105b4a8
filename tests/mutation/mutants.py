"""Mutation testing of intake/: does a table of tests/judging notice when one word of the code changes?

    python -m tests.mutation.mutants --unit-tests --every 3 naming intents checks/form

Every mutant is a forked child: the mutated module is compiled, its functions take over the new code where they stand,
and the tables are judged anew until one case comes out otherwise. Mails and forms are read once, before the fork (they are not
intake's). What the tables don't notice is tried on the unit tests, collected once, before the fork too. A mutant is only shown
to the cases that call its function, and to the files of unit tests that do. Out: survivors, one a line, with what was changed,
and how many of each module were noticed by what.
Neither mutmut nor cosmic-ray does this in one process: a new interpreter a mutant, with 0.5 s of configuration, is a day.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import importlib
import io
import os
import pickle
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import FrameType, FunctionType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from tests.mutation.places import INTAKE, Mutant, modules, mutants

TIMEOUT_S = 60
UNIT_TESTS = ("tests/unit/intake", "tests/unit/judging")
Items = list[pytest.Item]

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
    vars(sys.modules["mailflow.intake.checks.registry"])["REGISTRY"] = registry
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
        request = pipeline._request(mail, settings, received)
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


class Callers:
    """Which cases and which files of unit tests call which function of intake/, told in a child so that nothing it builds stays."""

    def __init__(self, tables: Tables, items: Items) -> None:
        self.by_case: dict[tuple[str, int], set[int]] = {}
        self.by_file: dict[tuple[str, int], set[Path]] = {}
        with tempfile.TemporaryDirectory() as folder:
            told = Path(folder, "callers")
            child = os.fork()
            if child == 0:
                with contextlib.suppress(BaseException):
                    self._watch(tables, items)
                    told.write_bytes(pickle.dumps((self.by_case, self.by_file)))
                os._exit(0)
            os.waitpid(child, 0)
            self.by_case, self.by_file = pickle.loads(told.read_bytes())

    def _watch(self, tables: Tables, items: Items) -> None:
        for at in range(len(tables.cases)):
            for function in _called(lambda at=at: tables.first_difference([at])):  # type: ignore[misc]
                self.by_case.setdefault(function, set()).add(at)
        by_file: dict[Path, Items] = {}
        for item in items:
            by_file.setdefault(item.path, []).append(item)
        for path, own in by_file.items():
            for function in _called(lambda own=own: _one_fails(own)):  # type: ignore[misc]
                self.by_file.setdefault(function, set()).add(path)

    def cases(self, mutant: Mutant) -> list[int]:
        return sorted(set[int]().union(*(self.by_case.get(one, ()) for one in mutant.functions)))

    def items(self, mutant: Mutant, items: Items) -> Items:
        """The tests of the mutant's own module before the others: they notice most of what is noticed."""
        files = set[Path]().union(*(self.by_file.get(one, ()) for one in mutant.functions))
        names = set(mutant.module.split("/"))
        own = [one for one in items if one.path in files]
        return sorted(own, key=lambda one: not names & set(one.path.stem.split("_", 1)))


def _called(work: Callable[[], object]) -> set[tuple[str, int]]:
    """Functions of intake/ that are called, each as its file and first line."""
    found: set[tuple[str, int]] = set()
    folder = str(INTAKE)

    def see(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(folder):
            found.add((frame.f_code.co_filename, frame.f_code.co_firstlineno))

    sys.setprofile(see)
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            work()
    finally:
        sys.setprofile(None)
    return found


def noticed(mutant: Mutant | None, tables: Tables, order: list[int], items: Items) -> str:
    """`table`, `unit`, `time` or `-` for a survivor, found in a child of its own. None: the code as it is, a survivor."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        answer = "error"
        with contextlib.suppress(BaseException):
            answer = _child(mutant, tables, order, items)
        os.write(write_end, answer.encode())
        os._exit(0)
    os.close(write_end)
    answer = ""
    until = time.monotonic() + TIMEOUT_S
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


def _child(mutant: Mutant | None, tables: Tables, order: list[int], items: Items) -> str:
    try:
        if mutant is not None:
            install(mutant)
        if tables.first_difference(order) is not None:
            return "table"
    except Exception:
        return "table"
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return "unit" if _one_fails(items) else "-"


def _one_fails(items: Items) -> bool:
    for item, after in zip(items, [*items[1:], None], strict=False):
        if any(report.failed for report in runtestprotocol(item, log=False, nextitem=after)):
            return True
    return False


class _Collected:
    """The unit tests as pytest collects them; the work is done where pytest would have run them."""

    def __init__(self, work: Callable[[Items], None]) -> None:
        self.work = work

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.work([one for one in session.items if one.get_closest_marker("long") is None])
        return True


def with_unit_tests(work: Callable[[Items], None]) -> None:
    pytest.main(["-q", "-s", "-p", "no:cacheprovider", "-p", "no:xdist", *UNIT_TESTS], plugins=[_Collected(work)])


def run(
    names: list[str], *, seed: int, sample: int | None = None, every: int = 1, items: Items | None = None
) -> Iterator[tuple[Mutant, str]]:
    """Each mutant with what noticed it (`-`: nothing did). `every`: each so many-th of a module; `sample`: at most so many.
    `items`: unit tests that are tried on what the tables miss."""
    for name in modules():
        importlib.import_module("mailflow.intake." + name.replace("/", "."))
    tables = Tables()
    order = list(range(len(tables.cases)))
    if (different := tables.first_difference(order)) is not None:
        raise SystemExit(
            f"without any mutant {tables.cases[different].id} comes out otherwise: the tables must be green"
        )
    if (answer := noticed(None, tables, order, items or [])) != "-":
        raise SystemExit(f"without any mutant a child says {answer!r}: the unit tests must be green")
    callers = Callers(tables, items or [])
    gc.freeze()  # a child copies no page only for being counted
    chance = random.Random(seed)
    for name in names:
        found = mutants(name)[seed % every :: every]
        if sample is not None and len(found) > sample:
            found = chance.sample(found, sample)
        for one in found:
            order = callers.cases(one)
            chance.shuffle(order)
            yield one, noticed(one, tables, order, callers.items(one, items or []))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "modules", nargs="*", help="of intake/, `naming`, `checks/form`; all of them where none is named"
    )
    parser.add_argument("--sample", type=int, help="so many mutants a module")
    parser.add_argument("--every", type=int, default=1, help="each so many-th mutant of a module")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--unit-tests", action="store_true", help="try what the tables miss on the unit tests")
    given = parser.parse_args()

    def work(items: Items) -> None:
        _tell(run(given.modules or modules(), seed=given.seed, sample=given.sample, every=given.every, items=items))

    if given.unit_tests:
        with_unit_tests(work)
    else:
        work([])


def _tell(found: Iterator[tuple[Mutant, str]]) -> None:
    counts: dict[str, Counter[str]] = {}
    for one, answer in found:
        counts.setdefault(one.module, Counter())[answer] += 1
        if answer in ("-", "error", ""):
            print(
                f"{one.module}.py:{one.line}: {one.what} {'' if answer == '-' else answer or 'died'}".rstrip(),
                flush=True,
            )
    for module, count in counts.items():
        print(f"{module}: {count.total()} mutants, {count['-']} survive; {dict(count)}", flush=True)
    print(f"all: {dict(sum(counts.values(), Counter()))}", flush=True)


if __name__ == "__main__":
    main()
