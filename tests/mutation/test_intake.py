"""A sample of the mutants of every module of intake/: most of them must be noticed by the tables of tests/judging or the unit tests.

    ./script/test --long -- tests/mutation

The whole of it, with the survivors: python -m tests.mutation.mutants --unit-tests
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutation import places

SAMPLE = 3  # of a module
AT_LEAST = 0.80  # of a sample: 0.85 was reached with 178 of all modules; equal mutants can't be told by any test


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_most_mutants_are_noticed() -> None:
    command = [
        sys.executable,
        "-m",
        "tests.mutation.mutants",
        "--unit-tests",
        "--sample",
        str(SAMPLE),
        "--seed",
        "2026",
    ]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True)
    survivors = re.findall(r"^\S+\.py:\d+: .*$", done.stdout, re.MULTILINE)
    every = sum(int(count) for count in re.findall(r"^\S+: (\d+) mutants, ", done.stdout, re.MULTILINE))
    assert every >= len(places.modules()) * 2, done.stdout
    assert [one for one in survivors if one.endswith((" error", " died"))] == []
    assert len(survivors) <= every * (1 - AT_LEAST), survivors


def test_a_mutant_is_code_that_differs_in_one_place() -> None:
    every = places.mutants("eligibility")
    assert len(every) > 20
    assert len({(one.line, one.what) for one in every}) > 15
    assert {"GtE -> Gt", "returns None", "condition turned"} <= {one.what for one in every}
