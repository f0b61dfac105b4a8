"""The later close of an area (mailflow.yaml, `extensions`): in the closing list, in the tasks, where a withdrawal is undone."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from mailflow.clock import Clock
from mailflow.desk import Done, Refused, add_user
from mailflow.desk.cases import grant_exception, record_withdrawal, undo_withdrawal
from mailflow.desk.closing import close
from mailflow.desk.reconciliation import Statement
from mailflow.settings.models import Extension
from mailflow.store import Store
from mailflow.store.cases import applications
from mailflow.store.people import Role
from tests.integration.round.forms import form
from tests.integration.round.office import SHIPPED, Round, at
from tests.integration.round.test_case import apply

SNOW = Extension(areas=("長野県",), until=at(30, 16), why="大雪", consent="3月25日 電話")


@pytest.fixture
def office(store: Store) -> Round:
    """Nagano's close is four days later than Kanagawa's; a town of each lacks something."""
    add_user(store, "佐藤", Role.APPROVER, by=None, sys_now=at(10))
    office = Round(store)
    (usual,) = SHIPPED.file.rounds
    moved = usual.model_copy(update={"extensions": (SNOW,)})
    office.settings = replace(SHIPPED, file=SHIPPED.file.model_copy(update={"rounds": (moved,)}))
    apply(office, at(25), contact_phone=None)
    hakone(office, at(25, 10))
    return office


def hakone(office: Round, when: datetime) -> None:
    content = form(
        prefecture="神奈川県", municipality="箱根町", organization_name="神奈川県箱根町", organization_code="143821",
        contact_email="kikaku@town.hakone.kanagawa.jp", contact_phone=None,
    )  # fmt: skip
    office.mail(
        "応募様式を提出します。", when=when, sender="担当 <kikaku@town.hakone.kanagawa.jp>", subject="【神奈川県箱根町】計画策定支援",
        files=[("【神奈川県箱根町】1次公募応募様式.xlsx", content)],
    )  # fmt: skip


def listed(office: Round, now: datetime) -> dict[str, Any] | None:
    """The list that is made `now`; None where it says what the last one says."""
    statement = Statement(at=now, folders=(), waiting=(), sent=0, filed=0, problems=())
    (round_,) = office.settings.rounds
    made = close(office.store, office.settings, round_, statement, Clock.starting_at(now), because="x", actor="timer")
    return None if made is None else dict(json.loads(made.content))


def tasks(office: Round) -> list[str]:
    return [one.organization or "" for one in office.store.tasks()]


def test_the_list_tells_each_mail_by_the_close_of_its_area(office: Round) -> None:
    apply(office, at(27, 10), text="差し替えます。", theme="別", contact_phone=None)
    hakone(office, at(27, 11))
    told = listed(office, at(27, 12))
    assert told is not None
    assert [one["organization"] for one in told["late"]] == ["神奈川県箱根町"]
    assert told["last_in_time"]["received_at"] == "2026-03-27T10:00:00+09:00"
    assert told["extensions"] == [{"areas": ["長野県"], "until": "2026-03-30T16:00:00+09:00"}]
    apply(office, at(30, 16, 0, 1), text="差し替えます。", theme="さらに別", contact_phone=None)
    after = listed(office, at(30, 17))
    assert after is not None
    assert [one["organization"] for one in after["late"]] == ["神奈川県箱根町", "長野県飯田市"]


def test_what_is_incomplete_is_a_task_when_the_close_of_its_area_is_over(office: Round) -> None:
    assert listed(office, at(26, 16, 10)) is not None
    assert tasks(office) == ["神奈川県箱根町"]
    assert listed(office, at(30, 16)) is None
    assert tasks(office) == ["神奈川県箱根町"]
    assert listed(office, at(30, 16, 10)) is None, "no other content"
    assert tasks(office) == ["神奈川県箱根町", "長野県飯田市"]
    listed(office, at(31, 8))
    assert len(tasks(office)) == 2


def test_a_withdrawal_is_undone_until_the_close_of_the_area(office: Round) -> None:
    def undone(body: str, now: datetime) -> Done | Refused:
        (case_id,) = [one.id for one in applications(office.store) if one.organization.name == body]
        record_withdrawal(office.store, case_id, confirmed_with="担当", how="電話", user="佐藤", now=at(26))
        return undo_withdrawal(office.store, office.settings, case_id, why="続けるとの電話", user="佐藤", now=now)

    assert isinstance(undone("箱根町", at(27)), Refused)
    late = undone("飯田市", at(30, 16, 0, 1))
    assert isinstance(late, Refused)
    assert "令和8年3月30日" in late.reason
    assert undone("飯田市", at(30, 16)) == Done()


def test_an_exception_is_later_than_the_close_of_the_area(office: Round) -> None:
    (case_id,) = [one.id for one in applications(office.store) if one.organization.name == "飯田市"]

    def granted(until: datetime) -> object:
        return grant_exception(
            office.store, office.settings, case_id, what="deadline", until=until, why="停電", consent="3月26日 電話", user="佐藤",
            now=at(27),
        )  # fmt: skip

    assert isinstance(granted(at(28)), Refused)
    assert not isinstance(granted(at(31)), Refused)
