"""Every case of tables/*.txt: the bytes of a mail through the pipeline, and all that comes out of it compared."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import pytest

from mailflow import pipeline
from mailflow.model import Outcome
from tests.judging.forms_quick import filled
from tests.judging.letterbox import body, raw, settings, values
from tests.judging.states import KNOWN
from tests.judging.table_language import Case, Expected, read_table

TABLES = sorted((Path(__file__).parent / "tables").glob("*.txt"))
CASES = [case for table in TABLES for case in read_table(table)]
CHECKS = tuple(one.name for one in settings().rules.checks)
MOST_COLUMNS = 72  # 36 full-width characters (letters.md 1)


_outcomes: dict[str, Outcome] = {}


def judged(case: Case) -> Outcome:
    """Once a case: other modules ask for the same."""
    if case.id not in _outcomes:
        _outcomes[case.id] = _judged(case)
    return _outcomes[case.id]


def _judged(case: Case) -> Outcome:
    """Whether a marked copy goes along is judged; drawing its marks (openpyxl, 0.3 s) is tests/unit/forms' matter."""
    mail = case.mail
    reading = pipeline.take_in(raw(mail), settings(), mail.at)
    known = KNOWN[case.known](reading, settings()) if case.known else KNOWN["nothing"](reading, settings())
    with patch("mailflow.forms.annotate.annotate", lambda content, *_: SimpleNamespace(content=content)):
        return pipeline.conclude(reading, known, settings(), mail.at, mail.at)


def told(outcome: Outcome, wanted: Expected) -> Expected:
    understood, findings = outcome.verdict.understood, outcome.verdict.findings
    fields = {one.partition("@")[0] for one in wanted.findings if "@" in one}
    shown = []
    for one in findings:
        mark = f"{one.check}:{one.severity.value}"
        shown.append(f"{mark}@{','.join(one.fields)}" if mark in fields else mark)
    return Expected(
        kind=understood.kind.value,
        label=understood.label,
        body=understood.organization.full_name,
        resolved=understood.organization.resolved.value,
        suggested=tuple(one for one in wanted.suggested if one in understood.organization.suggestions),
        findings=tuple(sorted(shown)),
        letter=outcome.drafts[0].template if outcome.drafts else None,
        actions=tuple(one.action for one in outcome.actions if one.action not in ("reply", "label")),
    )


# Batches whose every kind of mail is met in other tables too: the days' suite has no room for all of them.
OFTEN_MET = {f"fresh-{number}" for number in (*range(1, 13), 17)}


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, id=case.id, marks=[pytest.mark.long] if case.table in OFTEN_MET else []) for case in CASES],
)
def test_the_mail_is_judged_as_a_clerk_would(case: Case) -> None:
    assert case.expected is not None, "no => line"
    outcome = judged(case)
    assert str(told(outcome, case.expected)) == str(case.expected), [
        (one.check, one.where, one.found) for one in outcome.verdict.findings
    ]
    for one in outcome.verdict.findings:
        assert one.message.strip()
        assert "{{" not in one.message
        assert "None" not in one.message
    for draft in outcome.drafts:
        assert [line for line in draft.text.split("\n") if _columns(line) > MOST_COLUMNS and "http" not in line] == []


def _columns(line: str) -> int:
    from unicodedata import east_asian_width

    return sum(2 if east_asian_width(c) in "FWA" else 1 for c in line)


def test_there_are_as_many_cases_as_the_round_is_manifold() -> None:
    assert len(CASES) >= 300


def test_each_check_is_found_and_is_silent_often_enough() -> None:
    fires, silent = Counter[str](), Counter[str]()
    for case in CASES:
        assert case.expected is not None
        found = {re.split("[:@]", one)[0] for one in case.expected.findings}
        fires.update(found)
        silent.update(name for name in CHECKS if name not in found)
    few = {name: fires[name] for name in CHECKS if fires[name] < 4}
    assert few == {}


def test_the_quick_form_is_the_form() -> None:
    from mailflow.forms.fill import fill_form
    from mailflow.forms.read import read_form

    spec = settings().form.forms[0]
    meant = values(body("長野県飯田市"), {"weekly_hours": None, "remarks": "  =1+1 <&>\n二行目"})
    slow, quick = (read_form(make(spec, meant), [spec]) for make in (fill_form, filled))
    assert slow is not None
    assert quick is not None
    assert replace(slow, sha256=None) == replace(quick, sha256=None)
