"""What conditions may be made of: kinds of value, filters, tests, bounds; and the compiled part (`Term`). Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import nodes

from mailflow.settings.vocabulary import Name

MAX_LENGTH = 2_000  # characters of an expression
MAX_TEXT = 500  # characters of a constant
MAX_NUMBER = 10**12
MAX_ITEMS = 300  # of a list
MAX_DEPTH = 60

Evaluator = Callable[[Mapping[str, Any]], Any]

KIND_WORDS: Mapping[str, str] = {
    "text": "文字",
    "number": "数",
    "bool": "真偽（true / false）",
    "time": "日時",
    "list": "並び",
    "object": "まとまり",
    "any": "値",
}
TEXT, NUMBER, BOOL = Name("text", ""), Name("number", ""), Name("bool", "")
LIST, ANY, NONE = Name("list", ""), Name("any", "", open=True), Name("any", "")

# name -> (kinds it takes, number of arguments at least and at most, what comes out; None: the same as went in)
FILTERS: Mapping[str, tuple[frozenset[str], int, int, Name | None]] = {
    "lower": (frozenset({"text", "any"}), 0, 0, TEXT),
    "upper": (frozenset({"text", "any"}), 0, 0, TEXT),
    "trim": (frozenset({"text", "any"}), 0, 0, TEXT),
    "nfkc": (frozenset({"text", "any"}), 0, 0, TEXT),
    "length": (frozenset({"text", "list", "object", "any"}), 0, 0, NUMBER),
    "count": (frozenset({"text", "list", "object", "any"}), 0, 0, NUMBER),
    "first": (frozenset({"text", "list", "any"}), 0, 0, ANY),
    "last": (frozenset({"text", "list", "any"}), 0, 0, ANY),
    "join": (frozenset({"list", "any"}), 0, 1, TEXT),
    "map": (frozenset({"list", "any"}), 0, 0, LIST),
    "default": (frozenset(KIND_WORDS), 1, 1, None),
}
# name -> (kinds it takes, number of arguments)
TESTS: Mapping[str, tuple[frozenset[str], int]] = {
    "defined": (frozenset(KIND_WORDS), 0),
    "undefined": (frozenset(KIND_WORDS), 0),
    "none": (frozenset(KIND_WORDS), 0),
    "empty": (frozenset(KIND_WORDS), 0),
    "containing": (frozenset({"text", "list", "any"}), 1),
    "startingwith": (frozenset({"text", "any"}), 1),
    "endingwith": (frozenset({"text", "any"}), 1),
    "in": (frozenset(KIND_WORDS), 1),
}
METHODS = {
    "startswith": "`{0} is startingwith '…'` と書きます",
    "endswith": "`{0} is endingwith '…'` と書きます",
    "lower": "`{0}|lower` と書きます",
    "upper": "`{0}|upper` と書きます",
    "strip": "`{0}|trim` と書きます",
    "find": "`'…' in {0}` と書きます",
    "contains": "`'…' in {0}` と書きます",
}
REFUSED: Mapping[type[nodes.Node], str] = {
    nodes.Mul: "`*`（かけ算）",
    nodes.Div: "`/`（わり算）",
    nodes.FloorDiv: "`//`（わり算）",
    nodes.Mod: "`%`（余り）",
    nodes.Pow: "`**`（べき乗）",
    nodes.Concat: "`~`（文字の連結）",
    nodes.Dict: "`{ }`",
    nodes.Slice: "`[ : ]`（切り出し）",
    nodes.Call: "関数の呼び出し",
}
OPERATORS = {"eq": "==", "ne": "!=", "lt": "<", "lteq": "<=", "gt": ">", "gteq": ">=", "in": "in", "notin": "not in"}


@dataclass(frozen=True, slots=True)
class Term:
    """One compiled part. `shown`: worth a line of the trace; `parts`: what it was made of; `sign`: how they are joined
    (`and`, `or`, `not`, or a comparison of two: `==`, `in` …), empty for anything else."""

    run: Evaluator
    type: Name
    text: str
    offset: int
    parts: tuple[Term, ...] = ()
    shown: bool = True
    constant: bool = False
    value: Any = None
    sign: str = ""
