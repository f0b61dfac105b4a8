"""Letters that the server refused: on the call sheet, and what a person does about them."""

from __future__ import annotations

import pytest

from mailflow.clock import sys_now
from mailflow.desk import (
    Approved,
    Done,
    Readdressed,
    Refused,
    add_user,
    approve,
    drop_refused,
    readdress_refused,
    resolve_uncertain,
    send_refused_again,
)
from mailflow.desk.calls import call_sheet
from mailflow.desk.health import health
from mailflow.store import Store
from mailflow.store.casebook import casebook
from mailflow.store.people import Role
from tests.unit.store.flow import MINATO, NOW, SAKURA, TARO, Letter, build, form, process

ANSWER = "550 5.1.1 そのような宛先はありません"
NEW = "dx-kikaku@town.kawara.example"


@pytest.fixture
def refused(store: Store) -> int:
    """A receipt that the server didn't take."""
    for name, role in (("佐藤", Role.APPROVER), ("田中", Role.STAFF), ("高橋", Role.VIEWER)):
        add_user(store, name, role, by=None, sys_now=sys_now())
    process(store, Letter(form=form(contact_phone="0123-45-6789", contact_name="山口 さくら")))
    send(store, answer=ANSWER)
    (line,) = store.outbox()
    assert line.state.value == "failed"
    return line.id


def send(store: Store, *, answer: str | None = None) -> list[tuple[str, ...]]:
    """Approve all that waits and hand it over; with `answer` the server refuses. To whom each went."""
    for line in store.drafts(states=["waiting"]):
        yes = approve(store, line.id, user="佐藤", content_sha256=line.content_sha256, now=NOW, sys_now=NOW)
        assert isinstance(yes, Approved), yes
    went = []
    while claimed := store.claim_next(
        now=NOW, sys_now=NOW, sending_allowed=True, claimant="s", build=build, undo=False
    ):
        if answer is not None:
            store.failed(claimed.id, "s", answer=answer)
        else:
            store.mark_data_stage(claimed.id, "s")
            store.sent(claimed.id, "s", at=NOW, answer="250 ok")
        went.append((*claimed.to, *claimed.cc))
    return went


def problems(store: Store) -> str:
    return " ".join(one for one in health(store, None, store.clock()).problems if "手紙" in one)


def test_it_stands_on_the_call_sheet_until_somebody_deals_with_it(store: Store, refused: int) -> None:
    (call,) = call_sheet(store)
    assert (call.bounce, call.recipient, call.why, call.phone) == (None, SAKURA.address, ANSWER, "0123-45-6789")
    assert "送れなかった手紙が1通" in problems(store)
    told = drop_refused(store, refused, how="山口様に電話で伝えた", user="田中", now=NOW)
    assert isinstance(told, Done), told
    assert call_sheet(store) == []
    assert problems(store) == ""
    book = casebook(store, call.case_id)
    assert book is not None
    assert any("山口様に電話で伝えた" in one.text for one in book.notes)
    assert send(store) == []
    assert store.imbalances() == []


def test_a_corrected_address_is_a_new_letter_that_is_approved_anew(store: Store, refused: int) -> None:
    made = readdress_refused(
        store, refused, address=NEW, name="山口 さくら", why="代表電話で聞いた", user="田中", now=NOW
    )
    assert isinstance(made, Readdressed), made
    assert call_sheet(store) == []
    view = store.draft(made.draft_id)
    assert view is not None
    assert (view.line.state, view.line.approvals, view.acknowledges) == ("waiting", (), (1,))
    assert [one.address for one in view.draft.to] == [NEW]
    assert view.draft.text == "応募様式を受け取りました。"
    assert send(store) == [(NEW,)]
    assert {one.id: one.state.value for one in store.outbox()} == {1: "dropped", 2: "sent"}
    assert store.imbalances() == []
    again = readdress_refused(store, refused, address=NEW, name=None, why="もう一度", user="田中", now=NOW)
    assert isinstance(again, Refused)


def test_what_refused_it_was_mended_and_the_same_letter_leaves(store: Store, refused: int) -> None:
    before = store.mime(refused)
    assert isinstance(send_refused_again(store, refused, user="佐藤"), Done)
    (line,) = store.outbox()
    assert (line.state.value, line.attempts) == ("approved", 0)
    assert send(store) == [(SAKURA.address,)]
    assert store.mime(refused) == before, "the same bytes under the same Message-ID"


def test_who_may_and_what_must_be_said(store: Store, refused: int) -> None:
    for answer in (
        send_refused_again(store, refused, user="田中"),  # sending is an approver's
        drop_refused(store, refused, how="電話", user="高橋", now=NOW),
        drop_refused(store, refused, how=" ", user="田中", now=NOW),
        readdress_refused(store, refused, address="kikaku＠town", name=None, why="電話", user="田中", now=NOW),
        readdress_refused(store, refused, address=NEW, name=None, why="", user="田中", now=NOW),
        resolve_uncertain(store, refused, "drop", user="佐藤", now=NOW),
        drop_refused(store, 99, how="電話", user="田中", now=NOW),
    ):
        assert isinstance(answer, Refused)
    assert [one.state.value for one in store.outbox()] == ["failed"], "nothing changed"


def test_an_address_of_another_case_is_said_to_be_that(store: Store, refused: int) -> None:
    """A slip of the hand must not send one town's letter to another one."""
    process(store, Letter(organization=MINATO, sender=TARO, form=form()))
    made = readdress_refused(store, refused, address=TARO.address, name=None, why="電話", user="田中", now=NOW)
    assert isinstance(made, Readdressed), made
    view = store.draft(made.draft_id)
    assert view is not None
    assert view.line.review, "not in bulk"
    assert any("別の案件の関係者" in one for one in view.warnings)


def test_while_a_newer_letter_waits_there_is_no_second_one(store: Store, refused: int) -> None:
    process(store, Letter(form=form("b")))
    made = readdress_refused(store, refused, address=NEW, name=None, why="電話", user="田中", now=NOW)
    assert isinstance(made, Refused)
    assert "新しい手紙" in made.reason
