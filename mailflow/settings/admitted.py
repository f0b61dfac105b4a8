"""What a pydantic model admits at a place: the models, keys and descriptions there, and where a key belongs.

In: a model and a `loc` as pydantic tells it (keys, indices, the arms of unions). Nothing here knows of a document. Pure.
"""

from __future__ import annotations

import types
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel


def models_at(annotation: Any, loc: Sequence[str | int]) -> Iterator[type[BaseModel]]:
    """The models that stand at `loc` below an annotation; more than one where a union leaves it open."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from models_at(get_args(annotation)[0], loc)
    elif origin in (Union, types.UnionType):
        yield from _arms(get_args(annotation), loc)
    elif origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        yield from models_at(get_args(annotation)[-1], loc[1:])
    elif origin is not None and isinstance(origin, type) and issubclass(origin, Iterable):
        yield from models_at(get_args(annotation)[0], loc[1:])
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if not loc:
            yield annotation
            return
        field = fields_of(annotation).get(str(loc[0]))
        yield from models_at(field.annotation if field else annotation, loc[1:])


def _arms(arms: Sequence[Any], loc: Sequence[str | int]) -> Iterator[type[BaseModel]]:
    if loc:
        named = [arm for arm in arms if _is_called(arm, str(loc[0]))]
        if named:
            for arm in named:
                yield from models_at(arm, loc[1:])
            return
    for arm in arms:
        yield from models_at(arm, loc)


def _is_called(arm: Any, tag: str) -> bool:
    """Whether a union's arm is the one that pydantic calls `tag`: by its class, or by its discriminating Literal."""
    while get_origin(arm) is Annotated:
        if any(getattr(extra, "tag", None) == tag for extra in get_args(arm)[1:]):
            return True
        arm = get_args(arm)[0]
    if not (isinstance(arm, type) and issubclass(arm, BaseModel)):
        return False
    if arm.__name__ == tag:
        return True
    literals = (f.annotation for f in arm.model_fields.values() if get_origin(f.annotation) is Literal)
    return any(tag in get_args(literal) for literal in literals)


def fields_of(model: type[BaseModel]) -> dict[str, Any]:
    return {field.alias or name: field for name, field in model.model_fields.items()}


def keys_at(model: type[BaseModel], loc: Sequence[str | int]) -> list[str]:
    return list(dict.fromkeys(key for found in models_at(model, loc) for key in fields_of(found)))


def about(model: type[BaseModel], loc: Sequence[str | int]) -> str | None:
    """The description of the field that `loc` ends in."""
    for end in range(len(loc), 0, -1):
        name = str(loc[end - 1])
        for found in models_at(model, loc[: end - 1]):
            field = fields_of(found).get(name)
            if field is not None and field.description:
                return f"{name}: {field.description}"
    return None


def places_of(model: type[BaseModel], name: str) -> list[str]:
    """Where a key of that name is admitted: `rounds`, `mailbox.folders`."""
    found: list[str] = []

    def walk(annotation: Any, prefix: str, depth: int) -> None:
        if depth > 4:
            return
        for inner in {*models_at(annotation, ()), *_inner(annotation)}:
            for key, field in fields_of(inner).items():
                if key == name:
                    found.append(prefix)
                walk(field.annotation, f"{prefix}.{key}".strip("."), depth + 1)

    walk(model, "", 0)
    return sorted(set(found), key=len)


def _inner(annotation: Any) -> Iterator[type[BaseModel]]:
    for arg in get_args(annotation):
        yield from models_at(arg, ())
        yield from _inner(arg)
