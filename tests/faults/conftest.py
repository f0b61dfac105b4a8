"""The matrix as a table at the end of a run, and the third of it that a run of CI takes."""

from __future__ import annotations

import time
from collections import defaultdict
from typing import Any

import pytest

FIGURES = ("mails", "letters", "sent", "uncertain", "duplicates", "losses")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    third = config.getoption("--third", default=None)
    if third is None:
        return
    ours = [item for item in items if item.get_closest_marker("faults") and "tests/faults" in str(item.path)]
    left_out = {id(item) for place, item in enumerate(ours) if place % 3 != int(third) % 3}
    config.hook.pytest_deselected(items=[item for item in items if id(item) in left_out])
    items[:] = [item for item in items if id(item) not in left_out]


_BEGAN = time.monotonic()
NO_TIME = "no time left for this fault"


def pytest_runtest_setup(item: pytest.Item) -> None:
    minutes = item.config.getoption("--fault-minutes", default=None)
    if minutes is not None and time.monotonic() - _BEGAN > float(minutes) * 60:
        pytest.skip(NO_TIME)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    rows: dict[str, dict[str, str]] = defaultdict(dict)
    totals: dict[str, int] = defaultdict(int)
    tried = survived = 0
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            told = dict(getattr(report, "user_properties", []))
            if "fault" not in told or report.when != "call":
                continue
            tried += 1
            survived += outcome == "passed"
            rows[told["fault"]][told["database"]] = "ok" if outcome == "passed" else "FAILED"
            for name in FIGURES:
                totals[name] += int(told.get(name, 0))
    if not rows:
        return
    databases = sorted({database for row in rows.values() for database in row})
    width = max(len(name) for name in rows) + 2
    terminalreporter.section("faults")
    terminalreporter.write_line(f"{'fault':{width}}" + "".join(f"{one:>12}" for one in databases))
    for name, row in sorted(rows.items()):
        terminalreporter.write_line(f"{name:{width}}" + "".join(f"{row.get(one, '-'):>12}" for one in databases))
    figures = ", ".join(f"{name} {totals[name]}" for name in FIGURES)
    left = sum(NO_TIME in str(report.longrepr) for report in terminalreporter.stats.get("skipped", []))
    terminalreporter.write_line(f"faults tried {tried}, survived {survived}, no time for {left}; {figures}")
