"""Conditions that operators write in YAML: Jinja2's expression language, cut down until it ends by construction.

Admitted: documented names and attributes (`form['course']` equals `form.course`), text, numbers, true/false/none, lists,
`==  !=  <  <=  >  >=  in  not in`, `and or not`, `+ -`, `a if b else c`, the FILTERS and TESTS below. Everything else
is refused at load with its column: calls, `*`, `**`, `%`, `//`, `~`, other subscripts, names with an underscore first.

`compile_expression` raises ExpressionError and nothing else. `Expression.evaluate` never raises: a name without a value
is None; None equals only None, is in nothing (so `not in` holds), and `<`, `>` with None are False; so are comparisons
of things that have no order. `+` and `-` of what is no number (or text, for `+`) is None. A text compared with a time is
read as a time, Asia/Tokyo. Pure; the context is nested plain dicts, nothing but their values is reached.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mailflow.settings.compiler import Compiler
from mailflow.settings.syntax import SyntaxTrouble, parse_expression
from mailflow.settings.terms import FILTERS, MAX_LENGTH, TESTS, Term
from mailflow.settings.vocabulary import ExpressionError, Kind, Name, Names, suggestion

__all__ = [
    "FILTERS",
    "TESTS",
    "Expression",
    "ExpressionError",
    "Kind",
    "Name",
    "Names",
    "compile_expression",
    "suggestion",
]


class Expression:
    """A compiled condition. Immutable; pickles by its text and names."""

    __slots__ = ("_names", "_scope", "_term", "text")

    def __init__(self, text: str, scope: Names, term: Term, names: frozenset[str]) -> None:
        self.text = text
        self._scope = scope
        self._term = term
        self._names = names

    def __reduce__(self) -> tuple[Callable[[str, Names], Expression], tuple[str, Names]]:
        return compile_expression, (self.text, self._scope)

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"

    @property
    def kind(self) -> Kind:
        """What comes out, as far as it is known at load."""
        return self._term.type.kind

    def evaluate(self, context: Mapping[str, Any]) -> Any:
        """The value over `context` (nested plain dicts). Never raises; reads nothing else."""
        return self._term.run(context)

    def names(self) -> frozenset[str]:
        """The documented names that it speaks of, dotted: `mail.subject`."""
        return self._names

    def trace(self, context: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
        """(part of the expression, its value) of every condition and name, outermost first, each once."""
        seen: dict[str, Any] = {}
        for term in _walk(self._term):
            if term.shown and term.text not in seen:
                seen[term.text] = term.run(context)
        return tuple(seen.items())

    def because(self, context: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
        """The parts that made it hold, or not hold, with their values: no more than are needed to see why."""
        return tuple(dict(_because(self._term, context)).items())

    def lacking(self, context: Mapping[str, Any]) -> tuple[int, int]:
        """(how many conditions joined by `and` don't hold, of how many); of arms joined by `or` the nearest."""
        return _lacking(self._term, context)

    @property
    def term(self) -> Term:
        """What it was compiled to, for those who compare conditions with each other."""
        return self._term


def _lacking(term: Term, context: Mapping[str, Any]) -> tuple[int, int]:
    if term.sign == "or":
        return min((_lacking(part, context) for part in term.parts), key=lambda one: (one[0], -one[1]))
    if term.sign == "and":
        return sum(not part.run(context) for part in term.parts), len(term.parts)
    return int(not term.run(context)), 1


def _because(term: Term, context: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    held = bool(term.run(context))
    if term.sign == "not":
        yield from _because(term.parts[0], context)
        return
    if term.sign in ("and", "or"):
        deciding = [part for part in term.parts if bool(part.run(context)) is held]
        for part in deciding if held is (term.sign == "and") else deciding[:1]:
            yield from _because(part, context)
        return
    yield term.text, term.run(context)
    for part in _walk(term):
        if part is not term and part.shown and not part.constant:
            yield part.text, part.run(context)


def _walk(term: Term) -> Iterator[Term]:
    yield term
    for part in term.parts:
        yield from _walk(part)


def compile_expression(text: str, names: Names) -> Expression:
    """The expression, ready to be evaluated any number of times. Raises ExpressionError."""
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"式が長すぎます（{MAX_LENGTH} 字まで）", length=len(text))
    if not text.strip():
        raise ExpressionError("式が空です")
    try:
        tree = parse_expression(text)
    except SyntaxTrouble as error:
        raise ExpressionError(error.message, offset=error.offset, hint=error.hint) from None
    compiler = Compiler(text, names)
    term = compiler.term(tree, 0)
    return Expression(text, names, term, frozenset(compiler.used))
