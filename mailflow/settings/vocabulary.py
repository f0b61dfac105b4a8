"""The words of expressions and templates: a small typed tree of documented names, and what is wrong with a text.

Pure. `mailflow.settings.names` and `letter_names` build their trees of `Name`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from rapidfuzz import fuzz, process

Kind = Literal["text", "number", "bool", "time", "list", "object", "any"]


@dataclass(frozen=True, slots=True)
class Name:
    """What an expression may speak of. `members`: attributes of an object, or of the items of a list.

    `open`: any attribute is admitted. `choices`: the closed list of values that a text, or the items of a
    list, may have; another one in a comparison is refused at load.
    """

    kind: Kind
    description: str
    members: Mapping[str, Name] = field(default_factory=dict)
    open: bool = False
    choices: tuple[str, ...] = ()


Names = Mapping[str, Name]


class ExpressionError(ValueError):
    """Why a text is no admitted expression, in Japanese. `offset`, `length`: the place, in characters from 0."""

    def __init__(self, message: str, *, offset: int = 0, length: int = 1, hint: str | None = None) -> None:
        self.message, self.offset, self.length, self.hint = message, offset, length, hint
        super().__init__(message)

    @property
    def column(self) -> int:
        """The place as a column from 1, for an expression of one line."""
        return self.offset + 1


def suggestion(wrong: str, names: Names) -> str | None:
    """The documented name most like `wrong` (dotted), None if none is near."""
    known = tuple(_paths(names, ""))
    last = wrong.rpartition(".")[2]
    for path in known:
        if "." not in wrong and path.rpartition(".")[2] == last:
            return path
    best = process.extractOne(wrong, known, scorer=fuzz.ratio, score_cutoff=70)
    if best:
        return best[0]
    scope, _, _ = wrong.rpartition(".")
    near = [path for path in known if path.rpartition(".")[0] == scope]
    best = process.extractOne(last, [path.rpartition(".")[2] for path in near], scorer=fuzz.ratio, score_cutoff=60)
    return near[best[2]] if best else None


def _paths(names: Names, prefix: str, depth: int = 0) -> Iterator[str]:
    for key, name in names.items():
        yield prefix + key
        if depth < 4 and name.kind != "list":
            yield from _paths(name.members, f"{prefix}{key}.", depth + 1)
