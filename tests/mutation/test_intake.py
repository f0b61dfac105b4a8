"""A sample of the mutants of intake/: most of them must be noticed by the tables of tests/judging or the unit tests.

    ./script/test --long -- tests/mutation

The whole of it, with the survivors: python -m tests.mutation.mutants --unit-tests
"""

from __future__ import annotations

import pytest

from tests.mutation import mutants

MODULES = (
    "naming",
    "understand",
    "decide",
    "eligibility",
    "deadlines",
    "checks/attachments",
    "checks/form",
    "checks/sender",
)
SAMPLE = 6
AT_LEAST = 0.75  # of a sample; equal mutants can't be told by any test


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_most_mutants_are_noticed() -> None:
    found = list(mutants.run(list(MODULES), sample=SAMPLE, seed=2026, unit_tests=False))
    survivors = [f"{one.module}.py:{one.line}: {one.what}" for one, answer in found if answer == "-"]
    assert [one.what for one, answer in found if answer == "error"] == []
    assert len(survivors) <= len(found) * (1 - AT_LEAST), survivors


def test_a_mutant_is_code_that_differs_in_one_place() -> None:
    every = mutants.mutants("eligibility")
    assert len(every) > 20
    assert len({(one.line, one.what) for one in every}) > 15
    assert {"GtE -> Gt", "returns None", "condition turned"} <= {one.what for one in every}
