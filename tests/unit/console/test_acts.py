"""The audit page says every act in Japanese: the acts are read off the source, so that a new one can't be forgotten."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import mailflow
from mailflow.console.pages.audit import ENTITIES
from mailflow.console.words import ACTS
from mailflow.store.bureau_requests import AGREED, DECLINED
from mailflow.store.moves import DraftState, OutgoingState

# What stands behind an act's beginning where the source puts it together.
ENDINGS = {
    "draft-": list(DraftState),
    "outgoing-": list(OutgoingState),
    "claim-": ["accepted", "refused"],
    "consultation-": ["done", "no-show"],
    "bureau-": [AGREED, DECLINED],
    "mail-client-": ["approved", "rejected", "refused"],
}
_TELLING = {"_audit": 2, "_told": 3}  # functions that hand an act on, and where it stands among their arguments


def written() -> Iterator[tuple[str, str]]:
    """(what, where) of each `audit.Event` in the source: an act, or `entity:…`."""
    for file in sorted(Path(mailflow.__file__).parent.rglob("*.py")):
        for function in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(function, ast.FunctionDef):
                continue
            names = {one.arg for one in (*function.args.args, *function.args.kwonlyargs)}
            for call in ast.walk(function):
                if not isinstance(call, ast.Call):
                    continue
                where = f"{file.name}:{call.lineno}"
                called = ast.unparse(call.func)
                if called == "audit.Event":
                    for key in call.keywords:
                        if key.arg == "entity" and isinstance(key.value, ast.Constant):
                            yield f"entity:{key.value.value}", where
                        if key.arg == "act" and not (isinstance(key.value, ast.Name) and key.value.id in names):
                            yield from ((act, where) for act in _acts(key.value, function))
                elif len(call.args) > _TELLING.get(called, 99):
                    yield from ((act, where) for act in _acts(call.args[_TELLING[called]], function))


def _acts(said: ast.expr, function: ast.FunctionDef) -> Iterator[str]:
    match said:
        case ast.Constant(value=str(act)):
            yield act
        case ast.IfExp():
            yield from _acts(said.body, function)
            yield from _acts(said.orelse, function)
        case ast.JoinedStr(values=[ast.Constant(value=str(beginning)), *_]):
            yield from (f"{beginning}{ending}" for ending in ENDINGS[beginning])
        case ast.Name():
            set_here = [one for one in ast.walk(function) if isinstance(one, ast.Assign)]
            given = [one.value for one in set_here if ast.unparse(one.targets[0]) == said.id]
            assert given, f"{ast.unparse(said)} in {function.name}: not to be read off the source"
            for one in given:
                yield from _acts(one, function)
        case _:
            raise AssertionError(f"{ast.unparse(said)} in {function.name}: not to be read off the source")


def test_every_act_and_every_thing_has_a_word() -> None:
    found = list(written())
    assert len(found) > 150, "the source is read"
    acts = {what: where for what, where in found if not what.startswith("entity:")}
    things = {what.removeprefix("entity:"): where for what, where in found if what.startswith("entity:")}
    assert {act: where for act, where in acts.items() if act not in ACTS} == {}
    assert set(ACTS) - set(acts) == set(), "words for what is never written"
    assert {thing: where for thing, where in things.items() if thing not in ENTITIES} == {}
