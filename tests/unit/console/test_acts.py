"""The audit page says every act in Japanese: the acts are read off the source, so that a new one can't be forgotten."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import get_args

import pytest

import mailflow
from mailflow.console.trail import MACHINE_KEYS, said
from mailflow.console.words import ACTS, BECAUSE
from mailflow.model.known import Again
from mailflow.settings.case_checks import BUILT_IN
from mailflow.store.audit import AuditEntry
from mailflow.store.bureau_requests import AGREED, DECLINED
from mailflow.store.moves import DraftState, OutgoingState
from mailflow.words import AUDIT_KEYS, CHECKS, ENTITIES, Entity
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

MOVING = ("move_draft", "move_outgoing", "pull_back", "again.take_back", "take_back")


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


def sources() -> Iterator[tuple[str, ast.Module]]:
    for file in sorted(Path(mailflow.__file__).parent.rglob("*.py")):
        yield file.name, ast.parse(file.read_text(encoding="utf-8"))


def detail_keys() -> Iterator[tuple[str, str]]:
    """(key, where) of all that can stand beside an act: of the details handed to `audit.Event`, and to functions that have a parameter
    `detail: audit.Detail` and hand it on. AssertionError for one that can't be read off the source."""
    tree = list(sources())
    handed_on: dict[
        tuple[str, str], int
    ] = {}  # where such a function has its detail among the arguments; by keyword only: far away
    for file, module in tree:
        for function in ast.walk(module):
            if isinstance(function, ast.FunctionDef) and "audit.Detail" in _parameters(function).get("detail", ""):
                places = [one.arg for one in (*function.args.posonlyargs, *function.args.args)]
                handed_on[file, function.name] = places.index("detail") if "detail" in places else 99
    anywhere = {name: place for (_, name), place in handed_on.items()}
    for file, module in tree:
        for function in ast.walk(module):
            if not isinstance(function, ast.FunctionDef):
                continue
            for call in ast.walk(function):
                if not isinstance(call, ast.Call):
                    continue
                name = ast.unparse(call.func)
                given = [key.value for key in call.keywords if key.arg == "detail"]
                if name != "audit.Event":
                    place = handed_on.get((file, name), anywhere.get(name.rpartition(".")[2]))
                    if place is None:
                        continue
                    given += call.args[place : place + 1]
                for one in given:
                    yield from ((key, f"{file}:{call.lineno}") for key in _keys(one, function))


def _parameters(function: ast.FunctionDef) -> dict[str, str]:
    """Each with its kind."""
    given = (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)
    return {one.arg: ast.unparse(one.annotation) if one.annotation else "" for one in given}


def _keys(said: ast.expr, function: ast.FunctionDef) -> Iterator[str]:
    match said:
        case ast.Dict():
            for key, value in zip(said.keys, said.values, strict=True):
                if key is None:  # {**more}
                    yield from _keys(value, function)
                else:
                    assert isinstance(key, ast.Constant), f"{ast.unparse(said)}: a key that is no word"
                    yield str(key.value)
        case ast.BinOp(op=ast.BitOr()):
            yield from _keys(said.left, function)
            yield from _keys(said.right, function)
        case ast.IfExp():
            yield from _keys(said.body, function)
            yield from _keys(said.orelse, function)
        case ast.BoolOp():
            for one in said.values:
                yield from _keys(one, function)
        case ast.Constant(value=None):
            return
        case ast.Name(id=name):
            found = [*_set_here(name, function)]
            assert found or name in _parameters(function), f"{name} in {function.name}: not to be read off the source"
            for one in found:
                yield from [one] if isinstance(one, str) else _keys(one, function)
        case _:
            raise AssertionError(f"{ast.unparse(said)} in {function.name}: not to be read off the source")


def _set_here(name: str, function: ast.FunctionDef) -> Iterator[ast.expr | str]:
    """What a variable is made of: what it is set to, and the keys that are set one by one."""
    for one in ast.walk(function):
        match one:
            case ast.AnnAssign(target=ast.Name(id=target), value=ast.expr() as value) if target == name:
                yield value
            case ast.AugAssign(target=ast.Name(id=target), value=value) if target == name:
                yield value
            case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
                yield value
            case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=target), slice=ast.Constant(value=str(key)))]) if (
                target == name
            ):
                yield key
            case ast.Call(func=ast.Attribute(value=ast.Name(id=target))) if target == name:
                raise AssertionError(f"{ast.unparse(one)} in {function.name}: not to be read off the source")


def test_every_key_of_every_detail_has_a_word() -> None:
    keys = dict(detail_keys())
    assert len(keys) > 30, "the source is read"
    assert {key: where for key, where in keys.items() if key not in AUDIT_KEYS and key not in MACHINE_KEYS} == {}
    assert (set(AUDIT_KEYS) | MACHINE_KEYS) - set(keys) == set(), "words for what is never written"
    assert {key: word for key, word in AUDIT_KEYS.items() if word.isascii()} == {}


def test_every_reason_of_ours_has_a_word() -> None:
    """Reasons that the program gives in English."""
    reasons: dict[str, str] = {}
    for file, module in sources():
        for call in ast.walk(module):
            if not isinstance(call, ast.Call):
                continue
            because = {key.arg: key.value for key in call.keywords}.get("because")
            if because is not None and ast.unparse(call.func) in MOVING:
                texts = [one.value for one in ast.walk(because) if isinstance(one, ast.Constant)]
                reasons |= {one: f"{file}:{call.lineno}" for one in texts if isinstance(one, str)}
    assert len(reasons) > 10
    english = {one: where for one, where in reasons.items() if one.isascii()}
    assert {one: where for one, where in english.items() if not any(key.startswith(one) for key in BECAUSE)} == {}


def test_details_are_said_in_the_words_of_the_office() -> None:
    entry = AuditEntry(
        id="1", at=at(26), actor="佐藤", act="draft-approved", entity="draft", entity_id="3", case_id=1,
        detail={"from": "waiting", "because": "approved", "template": "receipt", "check": "scope", "what": "deadline", "sha256": "ab" * 32, "to": None},
    )  # fmt: skip
    assert said(entry) == [
        "前の状態 承認待ち", "わけ 承認がそろった", "手紙 受領", "指摘 取組の対象", "特例 期限の延長",
    ]  # fmt: skip


def entry(**detail: str | int | bool | None) -> AuditEntry:
    return AuditEntry(
        id="1", at=at(26), actor="佐藤", act="x", entity="case", entity_id="3", case_id=1, detail=detail
    )  # fmt: skip


@pytest.mark.parametrize(
    ("detail", "shown"),
    [
        pytest.param({"attempt": 2}, ["送信 2回目"], id="attempt"),
        pytest.param({"start": "2026-03-18T05:00:00+00:00", "host": "office-1"}, ["時間 3月18日（水）14:00", "担当 office-1"], id="slot"),
        pytest.param({"action": "failed", "matched_by": "message-id"}, ["知らせ 届かなかったとの知らせ", "手がかり 手紙の番号"], id="returned"),
        pytest.param({"why": "remind"}, ["わけ 返事がない"], id="again"),
        pytest.param({"field": "contact_phone"}, ["項目 電話番号"], id="field"),
        pytest.param({"cases": 3, "mails": 12, "certificate": "ab" * 32}, ["団体の数 3", "メールの数 12"], id="purged"),
    ],
)  # fmt: skip
def test_what_stands_in_a_detail_is_said_in_japanese(
    detail: dict[str, str | int | bool | None], shown: list[str]
) -> None:
    assert said(entry(**detail), {"contact_phone": "電話番号"}) == shown


def test_every_cause_to_judge_again_has_a_word() -> None:
    for cause in get_args(Again):
        (shown,) = said(entry(why=cause))
        assert not shown.removeprefix("わけ ").isascii()


def test_every_check_of_the_shipped_rules_has_a_word() -> None:
    assert {*BUILT_IN, *(one.name for one in SHIPPED.rules.checks)} - set(CHECKS) == set()
