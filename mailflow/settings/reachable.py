"""Rules that can never decide: a rule above always holds first. A warning, with the rule that takes its mail.

In: the rules with their compiled conditions. Out: Troubles (warnings). A condition is read as a formula over its parts
(`form.found`, `mail.machine == 'self'`), each of which may hold or not; what is implied under that reading is implied. What
follows only from what the parts mean isn't seen: nothing is warned of that could ever decide. Pure; bounded by MAX_PARTS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import reduce
from operator import and_, or_

from mailflow.settings.problems import Trouble
from mailflow.settings.terms import Term

MAX_PARTS = 12  # of two conditions together that are tried out (4,096 combinations)

# A truth table in one number: bit k is the value in the k-th combination of the parts. In: the table of each part, and that of
# "always" (all bits set). Out: the table of the condition.
Formula = Callable[[Mapping[str, int], int], int]


def unreachable(rules: Sequence[tuple[str, Term | None]]) -> Iterator[Trouble]:
    """`rules`: id and condition in their order; None for one that can't be compiled."""
    above: list[tuple[str, Formula, frozenset[str]]] = []
    for index, (_, term) in enumerate(rules):
        if term is None:
            continue
        formula, parts = _formula(term)
        at = ("rules", index, "when")
        if not parts and not formula({}, 1):
            yield Trouble(at, "この条件は、決して成り立ちません", "この規則は使われません", severity="warning")
            continue
        by = next((other for other, earlier, used in above if _implies(formula, parts, earlier, used)), None)
        if by is not None:
            yield Trouble(
                at,
                f"この規則には決して届きません：成り立つときは、上にある規則 {by} が先に当てはまります",
                f"{by} より上に移すか、条件を見直してください",
                severity="warning",
            )
        else:
            above.append((rules[index][0], formula, parts))


def _implies(formula: Formula, parts: frozenset[str], other: Formula, others: frozenset[str]) -> bool:
    """Whether `other` holds whenever `formula` does, however the parts may be."""
    if not others:
        return bool(other({}, 1))
    if not others & parts:
        return False
    every = sorted(parts | others)
    if len(every) > MAX_PARTS:
        return False
    tables, always = _tables(every)
    return not formula(tables, always) & ~other(tables, always)


def _tables(parts: Sequence[str]) -> tuple[dict[str, int], int]:
    """The truth table of each part over all their combinations (the n-th part alternates every 2^n), and that of "always"."""
    size = 1 << len(parts)
    always = (1 << size) - 1
    return {name: always // ((1 << (1 << n)) + 1) << (1 << n) for n, name in enumerate(parts)}, always


def _formula(term: Term) -> tuple[Formula, frozenset[str]]:
    """The condition over its parts. `x in ['a', 'b']` is `x == 'a' or x == 'b'`, `!=` and `not in` are their opposites."""
    if term.constant:
        value = bool(term.value)
        return (lambda _, always: always if value else 0), frozenset()
    match term.sign:
        case "not":
            inner, parts = _formula(term.parts[0])
            return (lambda given, always: always & ~inner(given, always)), parts
        case "and" | "or":
            each = [_formula(part) for part in term.parts]
            join = and_ if term.sign == "and" else or_
            return (
                lambda given, always: reduce(join, (one(given, always) for one, _ in each)),
                frozenset().union(*(used for _, used in each)),
            )
        case "!=" | "not in" | "in" if (chosen := _chosen(term)) is not None:
            names, wanted = frozenset(chosen), term.sign == "in"

            def among(given: Mapping[str, int], always: int) -> int:
                any_of_them = reduce(or_, (given[name] for name in chosen), 0)
                return any_of_them if wanted else always & ~any_of_them

            return among, names
    name = term.text
    return (lambda given, _: given[name]), frozenset({name})


def _chosen(term: Term) -> list[str] | None:
    """`x == 'a'` for each value that `x` is held against; None where the right side is no list of constants, or the left
    side stands in a text."""
    left, right = term.parts
    if term.sign == "!=":
        return [f"{left.text} == {right.text}"]
    if right.constant and isinstance(right.value, list):
        return [f"{left.text} == {one.text}" for one in right.parts]
    return [f"{left.text} in {right.text}"] if term.sign == "not in" else None
