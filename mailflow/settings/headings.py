"""A heading that is gone (`rules:`, `approval:`): what stood below it now belongs to the part above, item by item wrong there.

In: a document, its model, and what pydantic refuses, each with its path in the YAML. Out: `Gone`, told once for all of it. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import BaseModel

from mailflow.settings.admitted import fields_of, models_at
from mailflow.settings.problems import Path

MOST = 200  # lists that are looked at


class Refused(NamedTuple):
    """`path`: where it stands, of a missed key where it should. `kind`: pydantic's."""

    path: Path
    kind: str


class Gone(NamedTuple):
    """`heading`: its path. `first`: of what stood first below it. `part`: what that belongs to now."""

    heading: Path
    first: Path
    part: Path

    def explains(self, one: Refused) -> bool:
        if one.path == self.heading and one.kind == "missing":
            return True
        at, here = len(self.first) - 1, self.first[-1]
        if len(one.path) <= at or one.path[:at] != self.first[:at]:
            return False
        there = one.path[at]
        return there >= here if isinstance(there, int) and isinstance(here, int) else one.kind == "extra_forbidden"


def gone(value: Any, model: type[BaseModel], refused: Sequence[Refused]) -> list[Gone]:
    """Headings without which this much is refused."""
    lists: dict[Path, set[int]] = {}
    strangers: dict[Path, list[str]] = {}
    for path, kind in refused:
        for place, part in enumerate(path):
            if isinstance(part, int) and (path[:place] in lists or len(lists) < MOST):
                lists.setdefault(path[:place], set()).add(part)
        if kind == "extra_forbidden" and isinstance(path[-1], str):
            strangers.setdefault(path[:-1], []).append(path[-1])
    found = [one for path, wrong in lists.items() if (one := _of_a_list(value, model, path, wrong)) is not None]
    found += [one for path, keys in strangers.items() if (one := _of_a_part(value, model, path, keys)) is not None]
    return found


def _of_a_list(value: Any, model: type[BaseModel], path: Path, wrong: set[int]) -> Gone | None:
    items, beside = _at(value, path), _at(value, path[:-1])
    if not isinstance(items, list) or not isinstance(beside, dict):
        return None
    first = len(items)
    while first - 1 in wrong:
        first -= 1
    item = items[first] if 0 < first < len(items) else None
    if not isinstance(item, dict):
        return None
    for name, models in _absent(model, path[:-1], beside, 0):
        if any(_fits(item, fields_of(one)) for one in models):
            return Gone((*path[:-1], name), (*path, first), path)
    return None


def _of_a_part(value: Any, model: type[BaseModel], path: Path, keys: Sequence[str]) -> Gone | None:
    beside = _at(value, path[:-1]) if path else None
    if len(keys) < 2 or not isinstance(beside, dict):
        return None
    for name, models in _absent(model, path[:-1], beside):
        if any(set(keys) <= set(fields_of(one)) for one in models):
            return Gone((*path[:-1], name), (*path, keys[0]), path)
    return None


def _absent(
    model: type[BaseModel], path: Path, there: Mapping[str, Any], *inner: int
) -> Iterator[tuple[str, list[type[BaseModel]]]]:
    """The parts that might stand at `path` and don't, with the models of what is in them."""
    for found in models_at(model, path):
        for name in fields_of(found):
            if name not in there:
                yield name, list(models_at(found, (name, *inner)))


def _fits(item: Mapping[str, Any], fields: Mapping[str, Any]) -> bool:
    return set(item) <= set(fields) and all(name in item for name, field in fields.items() if field.is_required())


def _at(value: Any, path: Path) -> Any:
    for part in path:
        value = value[part]
    return value
