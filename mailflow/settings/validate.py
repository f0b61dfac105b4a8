"""A document into its model; what pydantic refuses, told in Japanese at the key or value concerned.

In: a Document and a model. Out: the model's instance, or None with Problems. Never raises on what a document holds.
Validators' own ValueErrors are shown as they are; `Misplaced` and ExpressionError lead to a place further inside. Pure.
"""

from __future__ import annotations

import copy
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from rapidfuzz import fuzz, process

from mailflow.settings.admitted import about, fields_of, keys_at, models_at, places_of
from mailflow.settings.headings import Refused, gone
from mailflow.settings.problems import Misplaced, Path, Problem
from mailflow.settings.validate_words import MISSHAPEN, say
from mailflow.settings.vocabulary import ExpressionError
from mailflow.settings.yaml_reader import Document

Model = TypeVar("Model", bound=BaseModel)


def validate(document: Document, model: type[Model]) -> tuple[Model | None, list[Problem]]:
    """The instance, and every problem that pydantic finds. With problems: what is left without the wrong keys, if that makes
    one (None if not), for whoever looks for more that is wrong."""
    if document.value is None:
        return None, []
    made, details = _made(document.value, model)
    problems = _told(document, model, details)
    known = {(one.line, one.message) for one in problems}
    left = document.value
    gone: set[str] = set()
    for _ in range(ROUNDS):
        if made is not None or not details:
            break
        # What stood behind the wrong keys: rules between several keys are only asked once each key is right.
        before = details
        left = _without(left, details)
        made, details = _made(left, model)
        gone |= {str(path[-1]) for path in _paths(document.value, before) if path}
        new = [one for one in details if one["type"] != "missing" and not _emptied(left, one) and not _echo(one, gone)]
        further = _told(document, model, new)
        problems += [one for one in further if (one.line, one.message) not in known]
        known |= {(one.line, one.message) for one in further}
        if any(one["type"] == "missing" for one in details):
            break
    return made, problems


ROUNDS = 3  # of taking wrong keys away and looking again


def _paths(value: Any, details: list[ErrorDetails]) -> Iterator[Path]:
    for detail in details:
        yield _follow(value, detail["loc"])[0]


def _echo(detail: ErrorDetails, gone: set[str]) -> bool:
    """Whether a complaint between several keys names one that we took away: it may be of nothing but that."""
    if detail["type"] != "value_error":
        return False
    said = set(re.findall(r"[A-Za-z][\w-]*", detail["msg"]))
    return bool(said & {name for name in gone if not name.isdigit()})


def _made(value: Any, model: type[Model]) -> tuple[Model | None, list[ErrorDetails]]:
    try:
        return model.model_validate(value), []
    except ValidationError as error:
        return None, error.errors(include_url=False)


def _emptied(left: Any, detail: ErrorDetails) -> bool:
    """Whether the complaint is of a mapping of which we ourselves left nothing: its writer wrote something."""
    try:
        return bool(_at(left, _follow(left, detail["loc"])[0]) == {})
    except (KeyError, IndexError, TypeError):
        return False


def _without(value: Any, details: list[ErrorDetails]) -> Any:
    """A copy in which wrong keys bear the name that was meant, where one is missed, or are left out; a word that is no
    choice is the first that is one."""
    left = copy.deepcopy(value)
    missed: dict[Path, list[str]] = {}
    for detail in details:
        if detail["type"] == "missing":
            missed.setdefault(_follow(left, detail["loc"][:-1])[0], []).append(str(detail["loc"][-1]))
    for detail in details:
        path, _, _ = _follow(left, detail["loc"])
        if not path or detail["type"] in ("missing", "too_short"):
            continue
        try:
            holder = _at(left, path[:-1])
        except (KeyError, IndexError, TypeError):  # gone with another one
            continue
        if not isinstance(holder, dict) or path[-1] not in holder:
            continue
        was = holder.pop(path[-1])
        choice = _CHOICE.search(str((detail.get("ctx") or {}).get("expected", "")))
        near = process.extractOne(str(path[-1]), missed.get(path[:-1], ()), scorer=fuzz.ratio, score_cutoff=60)
        if detail["type"] in ("enum", "literal_error") and choice is not None:
            holder[path[-1]] = choice[1]
        elif near and detail["type"] == "extra_forbidden":
            holder[near[0]] = was
    return left


_CHOICE = re.compile("'([^']{1,60})'")


def _told(document: Document, model: type[BaseModel], found: list[ErrorDetails]) -> list[Problem]:
    if found:
        headings, details = _without_headings(document, model, _one_arm(document, found))
        beside = _beside(document, model, details)
        details = [one for one in details if one["loc"] not in beside]
        problems = [
            document.problem(_follow(document.value, loc)[0], *said, key=True) for loc, said in beside.items() if said
        ]
        return [
            *headings,
            *problems,
            *(
                problem
                for detail in details
                if not _told_elsewhere(document, model, detail)
                and (problem := _problem(document, model, detail)).line not in document.mended
            ),
        ]
    return []


def _without_headings(
    document: Document, model: type[BaseModel], details: list[ErrorDetails]
) -> tuple[list[Problem], list[ErrorDetails]]:
    """Headings that are gone, and the complaints that are not of what stood below them."""
    refused = [_refused(document, one) for one in details]
    headings = gone(document.value, model, refused)
    told = []
    for one in headings:
        name, depth = one.heading[-1], document.span(one.part, key=True).column - 1
        message = f"`{name}:` の行がありません（ここからは `{name}` の中に書くものです）"
        indent = f"頭に空白を {depth} 個入れて" if depth else "行の頭から"
        hint = f"この行の上に、{indent} `{name}:` と書いてください"
        told.append(document.problem(one.first, message, hint, key=True))
    left = [one for one, at in zip(details, refused, strict=True) if not any(head.explains(at) for head in headings)]
    return told, left


def _refused(document: Document, detail: ErrorDetails) -> Refused:
    missing = detail["type"] == "missing"
    path = _follow(document.value, detail["loc"][:-1] if missing else detail["loc"])[0]
    return Refused((*path, detail["loc"][-1]) if missing else path, detail["type"])


def _beside(
    document: Document, model: type[BaseModel], details: list[ErrorDetails]
) -> dict[tuple[str | int, ...], tuple[str, str] | None]:
    """`then:` with nothing in it, and `reply:` below it no deeper: one cause, told at the first such key. The complaints of the
    others, by where they are, are None."""
    told: dict[tuple[str | int, ...], tuple[str, str] | None] = {}
    strangers = [one for one in details if one["type"] == "extra_forbidden"]
    for empty in details:
        loc = empty["loc"]
        if empty["input"] is not None or empty["type"] not in ("model_type", "model_attributes_type"):
            continue
        inner = keys_at(model, loc)
        keys = [one["loc"] for one in strangers if one["loc"][:-1] == loc[:-1] and one["loc"][-1] in inner]
        path = _follow(document.value, loc)[0]
        if (
            not keys
            or document.span(_follow(document.value, keys[0])[0], key=True).line < document.span(path, key=True).line
        ):
            continue
        depth = document.span(path, key=True).column + 1
        said = (
            f"`{loc[-1]}:` の下の行が字下げされていません",
            f"`{loc[-1]}` の中に書く行は、頭に空白を {depth} 個入れます",
        )
        told |= {loc: None, **dict.fromkeys(keys), keys[0]: said}
    return told


def _told_elsewhere(document: Document, model: type[BaseModel], detail: ErrorDetails) -> bool:
    """Echoes of another problem: a list called too short because an item is wrong; a key missed and found misspelt, or in
    lines that could not be read."""
    cause = (detail.get("ctx") or {}).get("error")
    if document.lost and isinstance(cause, Misplaced) and cause.at:
        path = (*_follow(document.value, detail["loc"])[0], *cause.at)
        return path not in document.values and path not in document.keys
    if detail["type"] == "too_short":
        return bool(len(detail["input"]) >= (detail.get("ctx") or {}).get("min_length", 0))
    if detail["type"] != "missing":
        return False
    if document.lost:
        return True
    path, _, _ = _follow(document.value, detail["loc"][:-1])
    inner = _at(document.value, path)
    strangers = set(inner) - set(keys_at(model, detail["loc"][:-1])) if isinstance(inner, dict) else set()
    if any(_in_japanese(model, detail["loc"][:-1], name) == detail["loc"][-1] for name in strangers):
        return True
    return process.extractOne(str(detail["loc"][-1]), strangers, scorer=fuzz.ratio, score_cutoff=60) is not None


def _follow(value: Any, loc: Sequence[str | int]) -> tuple[Path, list[int], bool]:
    """The path in the YAML, the positions in `loc` that are no part of it (arms of a union), whether a key is meant."""
    path: list[str | int] = []
    skipped: list[int] = []
    key = False
    for position, part in enumerate(loc):
        if part == "[key]":
            key = True
        elif isinstance(value, dict) and str(part) in value:
            value = value[str(part)]
            path.append(str(part))
        elif isinstance(value, list) and isinstance(part, int) and 0 <= part < len(value):
            value = value[part]
            path.append(part)
        else:
            skipped.append(position)
    return tuple(path), skipped, key


def _one_arm(document: Document, details: list[ErrorDetails]) -> list[ErrorDetails]:
    """Where a union refused in each of its arms, keep the arm that was meant: the one that fits the value's shape."""
    arms: dict[tuple[str | int, ...], dict[str | int, list[ErrorDetails]]] = {}
    kept: list[ErrorDetails] = []
    for detail in details:
        loc = detail["loc"]
        _, skipped, _ = _follow(document.value, loc[:-1] if detail["type"] == "missing" else loc)
        if not skipped or detail["type"] in ("extra_forbidden", "union_tag_invalid", "union_tag_not_found"):
            kept.append(detail)
            continue
        arms.setdefault(loc[: skipped[0]], {}).setdefault(loc[skipped[0]], []).append(detail)
    for branches in arms.values():
        if len(branches) == 1:
            kept += next(iter(branches.values()))
            continue
        fitting = [b for b in branches.values() if not all(d["type"] in MISSHAPEN for d in b)]
        kept += sorted(fitting or branches.values(), key=len)[0]
    return kept


def _problem(document: Document, model: type[BaseModel], detail: ErrorDetails) -> Problem:
    loc, kind = detail["loc"], detail["type"]
    context: Mapping[str, Any] = detail.get("ctx") or {}
    if kind == "missing":
        return _missing(document, model, loc)
    path, _, key = _follow(document.value, loc)
    if kind == "extra_forbidden":
        return _unknown(document, model, loc, path)
    cause = context.get("error")
    if isinstance(cause, Misplaced):
        hint = cause.hint or (None if cause.at else about(model, loc))
        return document.problem(path + cause.at, cause.message, hint, key=cause.key)
    if isinstance(cause, ExpressionError):
        return document.problem(path, cause.message, cause.hint, inside=(cause.offset, cause.length))
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        discriminator = str(context.get("discriminator", "")).strip("'")
        if kind == "union_tag_not_found":
            return document.problem(path, f"`{discriminator}` がありません", key=_owned(path))
        path = (*path, discriminator)
    scalar = document.scalars.get(path)
    described = about(model, loc)
    said = say(kind, context, detail["input"], scalar.value if scalar is not None else None, described)
    hint = said.hint or _shape(model, loc, kind, detail["input"]) or described
    if detail["input"] is None and _swallowed(document, path):
        hint = "`#` から後は覚え書きになります。文の中の `#` は、文の全体を引用符 '…' で囲みます"
    elif isinstance(detail["input"], bool) and kind == "string_type" and path and isinstance(path[-1], int):
        hint = f"文字として扱うときは引用符で囲みます: '{scalar.value if scalar is not None else detail['input']}'"
    return document.problem(path, said.message, hint, key=key, inside=None if key else said.inside)


def _swallowed(document: Document, path: Path) -> bool:
    """`message: # 1の文`: what stands behind the sign was meant as the value."""
    return re.search(r":\s+#\s?\S", document.line(document.span(path).line) or "") is not None


def _shape(model: type[BaseModel], loc: tuple[str | int, ...], kind: str, value: Any) -> str | None:
    """How a mapping is written where one word stands: `{approval: one}`."""
    if kind not in ("model_type", "model_attributes_type") or not isinstance(value, (str, int, float)):
        return None
    for found in models_at(model, loc):
        fields = fields_of(found)
        first = next((name for name, field in fields.items() if field.is_required()), next(iter(fields), None))
        if first is not None:
            return f"`{{{first}: {value}}}` のように書きます。書けるもの: {'、'.join(list(fields)[:20])}"
    return None


def _owned(path: Path) -> bool:
    """A mapping under a key is best marked at that key, an item of a list at its own first line."""
    return bool(path) and isinstance(path[-1], str)


def _missing(document: Document, model: type[BaseModel], loc: tuple[str | int, ...]) -> Problem:
    name = str(loc[-1])
    path, _, _ = _follow(document.value, loc[:-1])
    return document.problem(path, f"`{name}` がありません", about(model, loc), key=_owned(path))


def _at(value: Any, path: Path) -> Any:
    for part in path:
        value = value[part]
    return value


def _unknown(document: Document, model: type[BaseModel], loc: tuple[str | int, ...], path: Path) -> Problem:
    name = str(loc[-1])
    allowed = keys_at(model, loc[:-1])
    message = f"`{name}` という項目はありません"
    near = process.extractOne(name.casefold(), allowed, scorer=fuzz.ratio, score_cutoff=60)
    if (meant_ := _in_japanese(model, loc[:-1], name)) is not None:
        return document.problem(path, message, f"`{meant_}` と書きます", key=True)
    head, colon, rest = name.partition(":")
    if colon and head in allowed:
        return document.problem(
            path, "コロンのあとに空白がありません", f"`{head}: {rest.strip() or '値'}` と書いてください", key=True
        )
    if any(unicodedata.category(char) == "Cf" for char in name):
        message += "（見えない文字が入っています。消して、打ち直してください）"
    elif any(ord(char) > 0x2E80 and not char.isalnum() for char in name):
        message += "（全角の記号か空白が入っています）"
    if near and (near[1] >= SURELY or not [place for place in places_of(model, name) if place]):
        hint = f"`{near[0]}` ではありませんか"
    elif elsewhere := [place for place in places_of(model, name) if place]:
        hint = f"`{name}` は `{elsewhere[0]}` の中に書きます"
    else:
        hint = "ここに書けるもの: " + "、".join(allowed[:30])
    return document.problem(path, message, hint, key=True)


def _in_japanese(model: type[BaseModel], loc: Sequence[str | int], name: str) -> str | None:
    """`closes` for 「締切」: the key whose description is called so, in the fewest words (「公募の締切」)."""
    if name.isascii() or len(name) < 2:
        return None
    fields = [field for found in models_at(model, loc) for field in fields_of(found).items()]
    told = {key: (field.description or "").partition("。")[0] for key, field in fields}
    return min((key for key in told if told[key].endswith(name)), key=lambda key: len(told[key]), default=None)


SURELY = 80.0  # from here on a misspelt name is likelier than one written in the wrong place
