"""A check in rules.yaml that bears the name of another one: what it says would be asked of the wrong model, key by key.

In: the entries of `checks` as they stand in the YAML. Out: the same, so that only the name is wrong. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from mailflow.settings.checks import CATALOGUE


def without_strange_keys(entries: Sequence[Any]) -> list[Any]:
    """The entries; of a name that several bear, those whose keys belong to another check stand in as one that fits.

    The name itself is still there twice, and that is what `RulesFile` tells.
    """
    names = Counter(_name(one) for one in entries)
    fitting = {_name(one): one for one in reversed(entries) if _fits(one)}
    return [
        fitting[name] if (name := _name(one)) and names[name] > 1 and name in fitting and not _fits(one) else one
        for one in entries
    ]


def left_behind(wanted: Collection[str], configured: Collection[str], name: str) -> str | None:
    """The check that an entry called `name` was, most likely: one that rules or groups ask for and nothing configures."""
    missed = [one for one in wanted if one in CATALOGUE and one not in configured]
    return missed[0] if len(missed) == 1 and missed[0] != name else None


def _name(entry: Any) -> str | None:
    name = entry.get("check") if isinstance(entry, Mapping) else None
    return name if isinstance(name, str) and name in CATALOGUE else None


def _fits(entry: Any) -> bool:
    name = _name(entry)
    if name is None:
        return False
    fields = CATALOGUE[name].model_fields
    return set(entry) <= set(fields) and all(key in entry for key, field in fields.items() if field.is_required())
