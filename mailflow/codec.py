"""Model types to JSON text and back, without loss (`mailflow.model`, all but those that carry bytes).

In: a frozen dataclass of `mailflow.model` (or a tuple of them). Out: compact JSON, UTF-8, keys in field order. Times
keep their moment and offset. Raises TypeError for a type that carries bytes (`Arrival`, `Attachment`, `Mail`, `Part`,
`Draft`, `Outcome`): raw content lives in the store's `blob` table, never in JSON. Reading raises ValueError
(pydantic's ValidationError is one) on a text that doesn't fit the type.

A lone surrogate, which an applicant's broken mail may carry, has no UTF-8 form: it becomes `?`.
"""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError

from mailflow import model

T = TypeVar("T")

BYTES_CARRYING = (model.Arrival, model.Attachment, model.Mail, model.Part, model.Draft, model.Outcome)


_adapters: dict[Any, TypeAdapter[Any]] = {}


def _adapter(kind: Any) -> TypeAdapter[Any]:
    found = _adapters.get(kind)
    if found is None:
        if kind in BYTES_CARRYING:
            raise TypeError(f"{kind} carries bytes and has no JSON form")
        found = _adapters[kind] = TypeAdapter(kind)
    return found


def to_json(value: object, kind: Any = None) -> str:
    """`value` as JSON. `kind` is needed where the class alone doesn't say it: `tuple[Finding, ...]`."""
    adapter = _adapter(kind or type(value))
    try:
        return adapter.dump_json(value).decode()
    except PydanticSerializationError:
        return adapter.dump_json(adapter.validate_python(_without_surrogates(adapter.dump_python(value)))).decode()


def from_json(kind: type[T], text: str) -> T:
    """The value that `to_json` wrote. For generic kinds such as `tuple[Finding, ...]` too."""
    found: T = _adapter(kind).validate_json(text)
    return found


def clean_text(text: str) -> str:
    """`text` as any database takes it: no NUL (PostgreSQL refuses it), no lone surrogate."""
    if text.isascii():
        return text.replace("\0", "") if "\0" in text else text
    return text.encode("utf-8", "replace").decode().replace("\0", "")


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return type(value)(_without_surrogates(item) for item in value)
    return value
