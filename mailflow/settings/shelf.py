"""The templates of one folder as those who walk through them see them; what is wrong in one (`Flaw`). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from jinja2 import nodes
from rapidfuzz import fuzz, process

from mailflow.settings.vocabulary import Name, Names

MACRO = Name("any", "macro", open=True)


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something wrong in one template. `offset`, `length`: characters from 0."""

    template: str
    offset: int
    message: str
    hint: str | None = None
    length: int = 1
    absent: str | None = None  # the template that isn't there


@dataclass(slots=True)
class Shelf:
    """The templates of one folder: their texts, their trees, the filters and tests they may use.

    `seen`: flaws of parts, found while walking those that include them, by the part's name.
    """

    sources: Mapping[str, str]
    trees: Mapping[str, nodes.Template]
    names: Names
    filters: frozenset[str]
    tests: frozenset[str]
    seen: dict[str, list[Flaw]] = field(default_factory=dict)
    imported: dict[str, list[Flaw]] = field(default_factory=dict)

    def macros(self, name: str | None) -> dict[str, Name]:
        tree = self.trees.get(name) if name else None
        return {macro.name: MACRO for macro in tree.find_all(nodes.Macro)} if tree else {}


def is_part(name: str) -> bool:
    """A piece for other templates, no letter of its own."""
    return "/" in name or name.startswith("_")


def target_of(node: nodes.Node) -> str | None:
    """`_signature` of `{% include "_signature.j2" %}`; None where it isn't a plain text."""
    if isinstance(node, nodes.Const) and isinstance(node.value, str):
        return node.value.removesuffix(".j2")
    return None


def near_hint(wrong: str, known: Iterable[str], least: float = 60) -> str | None:
    best = process.extractOne(wrong, tuple(known), scorer=fuzz.ratio, score_cutoff=least)
    return f"`{best[0]}` ではありませんか" if best else None
