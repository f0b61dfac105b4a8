"""What a body is called is the same in every list: a prefecture isn't named twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mailflow.model import BodyKind, Kind, Organization, Resolved
from mailflow.store import Store
from mailflow.store.casebook import contacts_in_doubt
from mailflow.store.waiting import waiting_cases
from tests.unit.store.flow import KAWARA, NOW, START, Letter, form, process

NAGANO = Organization(
    resolved=Resolved.EXACT, code="200000", prefecture="長野県", name="長野県", kind=BodyKind.PREFECTURE
)


@pytest.mark.parametrize(
    ("body", "name"), [pytest.param(NAGANO, "長野県", id="prefecture"), pytest.param(KAWARA, "朝日県川原町", id="town")]
)
def test_one_name_in_every_list(store: Store, body: Organization, name: str) -> None:
    first = process(store, Letter(organization=body, form=form("a")))
    asked = Letter(organization=body, kind=Kind.WITHDRAWAL, received_at=NOW + timedelta(minutes=1))
    process(store, asked, now=NOW + timedelta(minutes=2))
    case_id = first.committed.case_id
    assert case_id is not None
    with store.write() as db:
        store.add_tasks(db, [(case_id, "電話")], kind="incomplete", at=NOW)
    found = {
        "applications": [one.organization for one in store.received_applications(START, None)],
        "tasks": [one.organization for one in store.tasks()],
        "drafts": [one.organization for one in store.drafts()],
        "waiting": [one.organization for one in waiting_cases(store, NOW + timedelta(days=1))],
        "contacts": [one.organization for one in contacts_in_doubt(store, NOW + timedelta(days=14))],
    }
    assert [(key, set(names)) for key, names in found.items()] == [(key, {name}) for key in found]
    assert body.full_name == name
