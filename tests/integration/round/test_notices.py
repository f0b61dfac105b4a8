"""The notice that the form was corrected (situations row 46): it rests on no verdict, and is told once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from mailflow.desk import Refused, add_operator, reject
from mailflow.desk.cases import record_value
from mailflow.desk.notices import notice_form_corrected
from mailflow.store import Store
from mailflow.store.outdated import outdated
from tests.integration.round.office import Round, at
from tests.integration.round.test_case import apply


@pytest.fixture
def office(store: Store) -> Round:
    """An application whose fix request has left."""
    add_operator(store, "係", sys_now=at(10))
    office = Round(store)
    apply(office, at(16), contact_phone=None)
    office.send(at(16, 10))
    return office


def tell(office: Round) -> int:
    """How many were composed."""
    made = notice_form_corrected(
        office.store, office.settings, since=date(2026, 3, 17), changes=["記入欄の説明"], old_accepted=False, user="係", now=at(17, 10),
    )  # fmt: skip
    assert not isinstance(made, Refused), made
    return len(made.drafts)


def waiting(office: Round) -> list[str]:
    return sorted(one.template for one in office.store.drafts(states=["waiting"]))


def test_judging_the_mail_again_leaves_the_notice(office: Round) -> None:
    assert tell(office) == 1
    recorded = record_value(
        office.store, office.settings, 1, field="contact_phone", value="0265-22-4511", source="電話", user="係", now=at(17, 11),
    )  # fmt: skip
    assert not isinstance(recorded, Refused), recorded
    office.judge_rest(at(17, 11))
    assert waiting(office) == ["form-corrected", "receipt"]


def test_another_configuration_leaves_the_notice(office: Round) -> None:
    tell(office)
    assert outdated(office.store, replace(office.settings).hash + "x") == []


@pytest.mark.parametrize(
    ("fate", "made"),
    [
        pytest.param("waiting", 0, id="it-waits"),
        pytest.param("sent", 0, id="it-left"),
        pytest.param("rejected", 1, id="it-was-turned-down"),
    ],
)
def test_nobody_is_told_twice(office: Round, fate: str, made: int) -> None:
    tell(office)
    (draft,) = office.store.drafts(states=["waiting"])
    if fate == "sent":
        office.send(at(17, 11))
    elif fate == "rejected":
        reject(office.store, draft.id, user="係", reason="言い方を直す")
    assert tell(office) == made
