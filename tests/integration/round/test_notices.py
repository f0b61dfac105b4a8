"""The notice that the form was corrected (situations row 46): it rests on no verdict, and is told once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from time import monotonic

import pytest

from mailflow.desk import Refused, add_operator, reject
from mailflow.desk.cases import record_value
from mailflow.desk.notices import LeftOut, Noticed, Read, notice_deadline_moved, notice_form_corrected
from mailflow.pipeline import Reading, take_in
from mailflow.settings.models import Extension
from mailflow.store import Store
from mailflow.store.errors import OwnCaseViolation
from mailflow.store.outdated import outdated
from tests.integration.round.forms import form
from tests.integration.round.office import SHIPPED, Round, at
from tests.integration.round.test_case import apply
from tests.integration.round.test_dialogue import IKEDA


@pytest.fixture
def office(store: Store) -> Round:
    """An application whose fix request has left."""
    add_operator(store, "係", sys_now=at(10))
    office = Round(store)
    apply(office, at(16), contact_phone=None)
    office.send(at(16, 10))
    return office


def notice(
    office: Round, read: Read | None = None, user: str = "係", change: str = "記入欄の説明"
) -> Noticed | Refused:
    def here(_: int, raw: bytes, received_at: datetime) -> Reading | None:
        return take_in(raw, office.settings, received_at)

    return notice_form_corrected(
        office.store, office.settings, since=date(2026, 3, 17), changes=[change], old_accepted=False, user=user, now=at(17, 10),
        read=read or here,
    )  # fmt: skip


def tell(office: Round) -> int:
    """How many were composed."""
    made = notice(office)
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
        reject(
            office.store,
            draft.id,
            capacities=office.settings.consultation.capacities,
            user="係",
            reason="言い方を直す",
            now=at(17, 11),
        )
    assert tell(office) == made


def test_it_is_composed_while_others_may_write(office: Round) -> None:
    """Reading and composing take no write lock; each letter is a transaction of its own."""

    def meanwhile(_: int, raw: bytes, received_at: datetime) -> Reading | None:
        office.store.set_fact("written", "meanwhile")  # waits half a minute where somebody holds the lock
        return take_in(raw, office.settings, received_at)

    began = monotonic()
    assert notice(office, meanwhile) == Noticed(drafts=(2,), left_out=())
    assert monotonic() - began < 20


def test_one_that_can_not_be_told_keeps_nobody_else_from_it(office: Round, monkeypatch: pytest.MonkeyPatch) -> None:
    other = {
        "prefecture": "長野県",
        "municipality": "松川町",
        "organization_name": "松川町",
        "organization_code": "204021",
    }
    files = [("【長野県松川町】1次公募応募様式.xlsx", form(**other, contact_email=IKEDA.partition("<")[2][:-1]))]
    office.mail("応募します。", when=at(16, 11), subject="【長野県松川町】計画策定支援", sender=IKEDA, files=files)
    insert = Store.insert_draft

    def refusing(store: Store, db: object, new: object, **given: object) -> int:
        if given["case_id"] == 1:
            raise OwnCaseViolation("ほかの案件の宛先です")
        return insert(store, db, new, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(Store, "insert_draft", refusing)
    made = notice(office)
    assert isinstance(made, Noticed)
    assert (len(made.drafts), made.left_out) == (1, (LeftOut(1, "ほかの案件の宛先です"),))
    monkeypatch.undo()
    made = notice(office, lambda *_: None)
    assert isinstance(made, Noticed)
    assert [(one.case_id, one.because) for one in made.left_out] == [
        (1, "この案件のメールを読み出せないため、作っていません")
    ]


@pytest.mark.parametrize(
    ("user", "change", "reason"),
    [
        pytest.param("だれか", "欄", "登録されていません", id="stranger"),
        pytest.param("係", " ", "変わったところ", id="nothing-said"),
    ],
)
def test_who_may_not_and_what_says_nothing(office: Round, user: str, change: str, reason: str) -> None:
    refused = notice(office, user=user, change=change)
    assert isinstance(refused, Refused)
    assert reason in refused.reason
    assert waiting(office) == []


def test_the_close_of_an_area_is_told_once_to_those_in_it(store: Store) -> None:
    add_operator(store, "係", sys_now=at(10))
    office = Round(store)
    apply(office, at(16))
    office.mail(
        "質問です。対象になるか教えてください。", when=at(16, 10), sender="c <c@city.toyama.lg.jp>", subject="質問"
    )
    office.send(at(16, 11))
    (usual,) = SHIPPED.file.rounds
    snow = Extension(areas=("長野県",), until=at(30, 16), why="大雪", consent="3月25日 電話")
    moved = usual.model_copy(update={"extensions": (snow,)})
    office.settings = replace(SHIPPED, file=SHIPPED.file.model_copy(update={"rounds": (moved,)}))

    def told() -> Noticed:
        made = notice_deadline_moved(
            store, office.settings, user="係", now=at(25, 10),
            read=lambda _, raw, received_at: take_in(raw, office.settings, received_at),
        )  # fmt: skip
        assert isinstance(made, Noticed), made
        return made

    (draft_id,) = told().drafts
    view = store.draft(draft_id)
    assert view is not None
    text = "".join(view.draft.text.split())
    assert "変更後の締切令和8年3月30日（月）16時00分" in text
    assert "変更前の締切令和8年3月26日（木）16時00分" in text
    assert view.draft.valid_until == at(30, 16)
    assert told().drafts == ()
    late = apply(office, at(27, 10), text="差し替えます。", theme="別")
    assert late.templates == ["replacement"]
    assert "令和8年3月30日（月）16時00分" in late.drafts[0].text.replace("\n", "")
