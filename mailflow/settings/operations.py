"""The closures that a compiled expression is made of. None of them raises, whatever the values are.

Rules for None and for things without an order: see `mailflow.settings.expressions`. Texts that come out are at most
MAX_RESULT characters; lists are never longer than what went in. Pure.
"""

from __future__ import annotations

import operator
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

MAX_RESULT = 200_000

Evaluator = Callable[[Mapping[str, Any]], Any]


def constant(value: Any) -> Evaluator:
    return lambda _context: value


def name(key: str) -> Evaluator:
    return lambda context: context.get(key)


def attribute(base: Evaluator, key: str) -> Evaluator:
    def run(context: Mapping[str, Any]) -> Any:
        value = base(context)
        return value.get(key) if isinstance(value, (dict, Mapping)) else None

    return run


def list_of(items: Sequence[Evaluator]) -> Evaluator:
    return lambda context: [item(context) for item in items]


def negated(part: Evaluator) -> Evaluator:
    return lambda context: not part(context)


def all_of(parts: Sequence[Evaluator]) -> Evaluator:
    def run(context: Mapping[str, Any]) -> Any:
        value: Any = True
        for part in parts:
            value = part(context)
            if not value:
                return value
        return value

    return run


def any_of(parts: Sequence[Evaluator]) -> Evaluator:
    def run(context: Mapping[str, Any]) -> Any:
        value: Any = False
        for part in parts:
            value = part(context)
            if value:
                return value
        return value

    return run


def truth_of_all(parts: Sequence[Evaluator]) -> Evaluator:
    return lambda context: all(part(context) for part in parts)


def either(test: Evaluator, yes: Evaluator, no: Evaluator) -> Evaluator:
    return lambda context: yes(context) if test(context) else no(context)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _equal(left: Any, right: Any) -> bool:
    return bool(_plain(left) == _plain(right))


def _contains(item: Any, container: Any) -> bool:
    if isinstance(container, str):
        return isinstance(item, str) and item in container
    if isinstance(container, (list, tuple, set, frozenset, dict)):
        try:
            return item is not None and item in container
        except TypeError:  # a list has no hash: it is in no set
            return False
    return False


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def run(left: Any, right: Any) -> bool:
        if left is None or right is None:
            return False
        try:
            return bool(compare(left, right))
        except TypeError:
            return False

    return run


_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": _equal,
    "ne": lambda left, right: not _equal(left, right),
    "lt": _ordered(operator.lt),
    "lteq": _ordered(operator.le),
    "gt": _ordered(operator.gt),
    "gteq": _ordered(operator.ge),
    "in": _contains,
    "notin": lambda left, right: not _contains(left, right),
}


def compare(op: str, left: Evaluator, right: Evaluator) -> Evaluator:
    decide = _COMPARE[op]
    return lambda context: decide(left(context), right(context))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def add(left: Evaluator, right: Evaluator) -> Evaluator:
    def run(context: Mapping[str, Any]) -> Any:
        a, b = left(context), right(context)
        if _is_number(a) and _is_number(b):
            return a + b
        if isinstance(a, str) and isinstance(b, str):
            return (a[:MAX_RESULT] + b[:MAX_RESULT])[:MAX_RESULT]
        return None

    return run


def subtract(left: Evaluator, right: Evaluator) -> Evaluator:
    def run(context: Mapping[str, Any]) -> Any:
        a, b = left(context), right(context)
        return a - b if _is_number(a) and _is_number(b) else None

    return run


def _length(value: Any) -> int:
    return len(value) if isinstance(value, (str, list, tuple, set, frozenset, dict)) else 0


def _end(value: Any, index: int) -> Any:
    return value[index] if isinstance(value, (str, list, tuple)) and value else None


def _joined(value: Any, separator: str) -> str:
    if not isinstance(value, (list, tuple)):
        return value if isinstance(value, str) else ""
    out: list[str] = []
    total = 0
    for item in value:
        if isinstance(item, (str, int, float)):
            out.append(str(item))
            total += len(out[-1]) + len(separator)
        if total > MAX_RESULT:
            break
    return separator.join(out)[:MAX_RESULT]


_ON_TEXT: Mapping[str, Callable[[str], str]] = {
    "lower": str.lower,
    "upper": str.upper,
    "trim": str.strip,
    "nfkc": lambda text: unicodedata.normalize("NFKC", text),
}


def filtered(filter_name: str, base: Evaluator, args: Sequence[Evaluator]) -> Evaluator:
    if filter_name in _ON_TEXT:
        change = _ON_TEXT[filter_name]

        def on_text(context: Mapping[str, Any]) -> Any:
            value = base(context)
            return change(value[:MAX_RESULT])[:MAX_RESULT] if isinstance(value, str) else value

        return on_text
    if filter_name in ("length", "count"):
        return lambda context: _length(base(context))
    if filter_name == "first":
        return lambda context: _end(base(context), 0)
    if filter_name == "last":
        return lambda context: _end(base(context), -1)
    if filter_name == "join":
        separator = args[0] if args else constant("")
        return lambda context: _joined(base(context), str(separator(context) or ""))
    if filter_name == "default":
        other = args[0]

        def default(context: Mapping[str, Any]) -> Any:
            value = base(context)
            return other(context) if value is None else value

        return default
    raise KeyError(filter_name)  # a filter of the table without an operation: our own mistake, seen by a test


def mapped(base: Evaluator, key: str) -> Evaluator:
    def run(context: Mapping[str, Any]) -> Any:
        value = base(context)
        if not isinstance(value, (list, tuple)):
            return []
        return [item.get(key) if isinstance(item, (dict, Mapping)) else None for item in value]

    return run


def _empty(value: Any) -> bool:
    if isinstance(value, str):
        return not value.strip()
    return value is None or (isinstance(value, (list, tuple, dict, set, frozenset)) and not value)


def tested(test_name: str, base: Evaluator, args: Sequence[Evaluator]) -> Evaluator:
    if test_name == "defined":
        return lambda context: base(context) is not None
    if test_name in ("undefined", "none"):
        return lambda context: base(context) is None
    if test_name == "empty":
        return lambda context: _empty(base(context))
    other = args[0]
    if test_name == "in":
        return lambda context: _contains(base(context), other(context))
    if test_name == "containing":
        return lambda context: _contains(other(context), base(context))

    def edge(context: Mapping[str, Any]) -> bool:
        value, part = base(context), other(context)
        if not (isinstance(value, str) and isinstance(part, str)):
            return False
        return value.startswith(part) if test_name == "startingwith" else value.endswith(part)

    return edge
