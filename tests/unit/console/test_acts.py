"""The audit page says every act in Japanese: the acts are read off the source, so that a new one can't be forgotten."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import mailflow
from mailflow.console.trail import KEYS, MACHINE_KEYS, said
from mailflow.console.words import ACTS, BECAUSE
from mailflow.settings.case_checks import BUILT_IN
from mailflow.store.audit import AuditEntry
from mailflow.store.bureau_requests import AGREED, DECLINED
from mailflow.store.moves import DraftState, OutgoingState
from mailflow.words import CHECKS, ENTITIES, Entity
from tests.integration.round.office import SHIPPED, at

# What stands behind an act's beginning where the source puts it together.
ENDINGS = {
    "draft-": list(DraftState),
    "outgoing-": list(OutgoingState),
    "claim-": ["accepted", "refused"],
    "consultation-": ["done", "no-show"],
    "bureau-": [AGREED, DECLINED],
    "mail-client-": ["approved", "rejected", "refused"],
}
_TELLING = {
    "_audit": 2,
    "on_record": 2,
    "slot_told": 3,
    "_notice_record": 1,
}  # functions that hand an act on, and where it stands among their arguments


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
        case ast.Attribute(value=ast.Name(id=module), attr=name):  # what two modules call the same: `hidden.OPENED`
            yield getattr(import_module(f"mailflow.store.{module}"), name)
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
    assert set(ENTITIES) == {one.value for one in Entity}, "the commands take the same"


def test_every_detail_and_every_reason_of_ours_has_a_word() -> None:
    """Keys of details, and reasons that the program gives in English."""
    keys: dict[str, str] = {}
    reasons: dict[str, str] = {}
    for file in sorted(Path(mailflow.__file__).parent.rglob("*.py")):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call):
                continue
            called, where = ast.unparse(call.func), f"{file.name}:{call.lineno}"
            given = {key.arg: key.value for key in call.keywords}
            details = [given["detail"]] if called in ("audit.Event", *_TELLING) and "detail" in given else []
            details += [one for one in call.args if isinstance(one, ast.Dict) and called in _TELLING]
            for one in details:
                keys |= {key.value: where for key in getattr(one, "keys", []) if isinstance(key, ast.Constant)}
            because = given.get("because")
            if (
                called in ("move_draft", "move_outgoing", "pull_back", "again.take_back", "take_back")
                and because is not None
            ):
                reasons |= {text.value: where for text in ast.walk(because) if isinstance(text, ast.Constant)}
    assert len(keys) > 15
    assert {key: where for key, where in keys.items() if key not in KEYS and key not in MACHINE_KEYS} == {}
    assert len(reasons) > 10
    english = {one: where for one, where in reasons.items() if isinstance(one, str) and one.isascii()}
    assert {one: where for one, where in english.items() if not any(key.startswith(one) for key in BECAUSE)} == {}


def test_details_are_said_in_the_words_of_the_office() -> None:
    entry = AuditEntry(
        id="1", at=at(26), actor="佐藤", act="draft-approved", entity="draft", entity_id="3", case_id=1,
        detail={"from": "waiting", "because": "approved", "template": "receipt", "check": "scope", "what": "deadline", "sha256": "ab" * 32, "to": None},
    )  # fmt: skip
    assert said(entry) == [
        "前の状態 承認待ち", "わけ 承認がそろった", "手紙 受領", "指摘 取組の対象", "特例 期限の延長",
    ]  # fmt: skip


def test_every_check_of_the_shipped_rules_has_a_word() -> None:
    assert {*BUILT_IN, *(one.name for one in SHIPPED.rules.checks)} - set(CHECKS) == set()
