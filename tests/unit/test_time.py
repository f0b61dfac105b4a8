"""`clock.py` is the only source of time (DESIGN §2, "two clocks"): nobody else asks the system what day it is.

import-linter can't hold this: `datetime` is a type as well as a clock. Measuring (`time.monotonic`, `perf_counter`) is free.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "mailflow"
ASKING = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
    ("time", "time_ns"),
}


def clocks_asked(source: str) -> list[int]:
    """The lines that call `datetime.now()` and its like, also through a module (`dt.datetime.now()`)."""
    lines = []
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        owner = node.func.value
        name = owner.id if isinstance(owner, ast.Name) else owner.attr if isinstance(owner, ast.Attribute) else ""
        if (name, node.func.attr) in ASKING:
            lines.append(node.lineno)
    return sorted(lines)


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        pytest.param("datetime.now(UTC)", [1], id="aware-now"),
        pytest.param("x = 1\ny = dt.datetime.utcnow()", [2], id="through-the-module"),
        pytest.param("date.today()", [1], id="today"),
        pytest.param("time.time()", [1], id="seconds"),
        pytest.param("clock.now()", [], id="our-clock"),
        pytest.param("time.monotonic()", [], id="measuring"),
        pytest.param("datetime.fromisoformat(s)", [], id="a-value"),
    ],
)
def test_what_counts(source: str, lines: list[int]) -> None:
    assert clocks_asked(source) == lines


def test_only_the_clock_asks() -> None:
    asked = {
        str(path.relative_to(PACKAGE)): lines
        for path in PACKAGE.rglob("*.py")
        if (lines := clocks_asked(path.read_text(encoding="utf-8")))
    }
    assert asked.keys() == {"clock.py"}, asked
