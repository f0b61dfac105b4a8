"""What people decide on letters: hashes, two people, consent, roles, races."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from threading import Thread

import pytest
import sqlalchemy as sa

from mailflow.desk import (
    Approved,
    ApprovedAll,
    Done,
    HalfApproved,
    Refused,
    add_operator,
    add_user,
    approve,
    approve_all,
    choose_stale,
    record_consent,
    reject,
    resolve_uncertain,
    retry_failed_mail,
    set_sending,
    take_back,
)
from mailflow.model import Approval
from mailflow.store import Store, open_store
from mailflow.store.moves import DRAFT, D, pull_back
from mailflow.store.people import Role, redeem_link
from tests.unit.store.flow import KAWARA, MINATO, NOW, TARO, Letter, build, form, process

SYS = NOW + timedelta(days=200)
TIMES = {"now": NOW, "sys_now": SYS}
RESULT = {"template": "result-selected", "purpose": "result", "approval": Approval.TWO, "consent": True}


@pytest.fixture(autouse=True)
def people(store: Store) -> None:
    for name, role in (("佐藤", Role.APPROVER), ("鈴木", Role.APPROVER), ("田中", Role.STAFF), ("高橋", Role.VIEWER)):
        add_user(store, name, role, by=None, sys_now=SYS)


def yes(
    store: Store, draft_id: int = 1, user: str = "佐藤", sha: str | None = None
) -> Approved | HalfApproved | Refused:
    return approve(store, draft_id, user=user, content_sha256=sha, **TIMES)


def make_stale(store: Store, draft_id: int) -> None:
    with store.write() as db:
        assert pull_back(db, draft_id, D.STALE, because="同僚が返信しました", actor="timer")


def consent(store: Store, draft_id: int = 1) -> Done | Refused:
    sha = store.drafts()[draft_id - 1].content_sha256
    return record_consent(
        store,
        draft_id,
        user="田中",
        content_sha256=sha,
        given_by="地域通信振興課",
        given_at=NOW,
        how="電話",
        sys_now=SYS,
    )


def test_one_yes_and_the_undo_window(store: Store) -> None:
    process(store, Letter())
    line = store.drafts()[0]
    result = yes(store, sha=line.content_sha256)
    assert isinstance(result, Approved)
    assert result.undo_until == SYS + timedelta(seconds=30)
    rule = {"now": NOW, "sending_allowed": True, "claimant": "s", "build": build}
    assert store.claim_next(sys_now=SYS + timedelta(seconds=29), **rule) is None  # type: ignore[arg-type]
    assert store.claim_next(sys_now=SYS + timedelta(seconds=30), **rule) is not None  # type: ignore[arg-type]


def test_another_hash_than_on_the_screen(store: Store) -> None:
    process(store, Letter())
    result = yes(store, sha="0" * 64)
    assert isinstance(result, Refused)
    assert result.cause == "changed"
    assert store.drafts()[0].state == "waiting"


@pytest.mark.parametrize(
    ("user", "allowed"),
    [("佐藤", True), ("田中", False), ("高橋", False), ("だれか", False), ("policy", False)],
    ids=["approver", "staff", "viewer", "unknown", "the-policy-is-no-person"],
)
def test_roles(store: Store, user: str, allowed: bool) -> None:
    process(store, Letter())
    assert isinstance(yes(store, user=user), Approved) == allowed


def test_two_means_two_people(store: Store) -> None:
    process(store, Letter(change={"approval": Approval.TWO}))
    assert yes(store) == HalfApproved()
    assert isinstance(yes(store), Refused)
    assert store.outbox() == []
    assert isinstance(yes(store, user="鈴木"), Approved)
    assert store.drafts()[0].approvals == ("佐藤", "鈴木")


@pytest.mark.parametrize("again", ["suzuki ", "Suzuki", "ｓｕｚｕｋｉ", " SUZUKI\u3000"])
def test_one_person_has_one_name_however_it_is_spelt(store: Store, again: str) -> None:
    add_user(store, "suzuki", Role.APPROVER, by=None, sys_now=SYS)
    assert isinstance(add_user(store, again, Role.APPROVER, by=None, sys_now=SYS), Refused)
    process(store, Letter(change={"approval": Approval.TWO}))
    assert yes(store, user="suzuki") == HalfApproved()
    assert isinstance(yes(store, user=again), Refused)  # four eyes
    assert store.outbox() == []


def test_consent_of_the_ministry_for_this_very_content(store: Store) -> None:
    process(store, Letter(change=RESULT))
    assert isinstance(refused := yes(store), Refused)
    assert refused.cause == "consent"
    wrong = record_consent(
        store, 1, user="田中", content_sha256="0" * 64, given_by="課", given_at=NOW, how="電話", sys_now=SYS
    )
    assert isinstance(wrong, Refused)
    assert consent(store) == Done()
    assert store.drafts()[0].consent_given
    assert [yes(store), type(yes(store, user="鈴木"))] == [HalfApproved(), Approved]


def test_two_connections_on_one_draft(store: Store, url: str) -> None:
    process(store, Letter())
    other = open_store(url)
    results: list[object] = []
    threads = [
        Thread(target=lambda one=one, user=user: results.append(yes(one, user=user)))
        for one, user in ((store, "佐藤"), (other, "鈴木"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(type(one).__name__ for one in results) == ["Approved", "Refused"]
    assert len(store.outbox()) == 1
    other.close()


@pytest.mark.parametrize("minutes", [0, 5])
def test_past_what_it_asks_for(store: Store, minutes: int) -> None:
    process(store, Letter(change={"valid_until": NOW - timedelta(minutes=minutes)}))
    result = yes(store)
    assert isinstance(result, Refused)
    assert result.cause == "expired"


def test_content_changed_in_the_database(store: Store) -> None:
    process(store, Letter())
    with store.write() as db:
        db.execute(sa.update(DRAFT).values(content=sa.func.replace(DRAFT.c.content, "受け取りました", "受理しました")))
    result = yes(store)
    assert isinstance(result, Refused)
    assert result.cause == "own-case"
    assert store.drafts()[0].approvals == ()  # rolled back whole


def test_another_cases_identifier(store: Store) -> None:
    process(store, Letter(organization=MINATO, sender=TARO))
    process(store, Letter(text="dx@city.minato.example"))
    result = yes(store, 2)
    assert isinstance(result, Refused)
    assert "dx@city.minato.example" in result.reason


def test_all_leaves_out_what_needs_eyes(store: Store) -> None:
    changes: list[dict[str, object]] = [
        {},
        {"review": True},
        RESULT,
        {"valid_until": NOW},
        {},
        {"approval": Approval.TWO},
    ]
    for number, change in enumerate(changes):
        body = replace(KAWARA, code=f"{900001 + number}", name=f"第{number}町")
        process(store, Letter(organization=body, change=change))
    make_stale(store, 5)
    result = approve_all(store, user="佐藤", **TIMES)
    assert isinstance(result, ApprovedAll)
    assert (result.approved, result.half) == ((1,), (6,))
    assert result.left_out == {"review": 1, "consent": 1, "expired": 1, "stale": 1}
    again = approve_all(store, user="佐藤", **TIMES)
    assert isinstance(again, ApprovedAll)
    assert again.approved == ()


@pytest.mark.parametrize("user", ["だれか", "見る人"])
def test_who_may_approve_nothing_is_refused_once(store: Store, user: str) -> None:
    add_user(store, "見る人", Role.VIEWER, by=None, sys_now=NOW)
    process(store, Letter())
    refused = approve_all(store, user=user, **TIMES)
    assert isinstance(refused, Refused)
    assert refused.cause == "role"
    assert store.drafts()[0].state == "waiting"


def test_reject_keeps_its_reason(store: Store) -> None:
    process(store, Letter())
    assert reject(store, 1, capacities={}, user="田中", reason="電話で済みました", now=NOW) == Done()
    assert (store.drafts()[0].state, store.drafts()[0].reason) == ("rejected", "電話で済みました")
    assert isinstance(reject(store, 1, capacities={}, user="田中", reason="もう一度", now=NOW), Refused)
    assert isinstance(yes(store), Refused)
    assert isinstance(reject(store, 99, capacities={}, user="田中", reason="x", now=NOW), Refused)


def test_take_back_and_approve_again(store: Store) -> None:
    process(store, Letter(change=RESULT))
    consent(store)
    for user in ("佐藤", "鈴木"):
        yes(store, user=user)
    assert take_back(store, 1, user="田中") == Done()
    assert (store.drafts()[0].state, store.drafts()[0].approvals) == ("waiting", ())
    assert (
        store.claim_next(now=NOW, sys_now=SYS + timedelta(days=1), sending_allowed=True, claimant="s", build=build)
        is None
    )
    assert [yes(store), type(yes(store, user="鈴木"))] == [HalfApproved(), Approved]
    assert [line.state for line in store.outbox()] == ["approved"]


def test_what_a_server_has_is_not_taken_back(store: Store) -> None:
    process(store, Letter())
    yes(store)
    store.claim_next(now=NOW, sys_now=SYS, sending_allowed=True, claimant="s", build=build, undo=False)
    assert isinstance(take_back(store, 1, user="田中"), Refused)
    assert store.drafts()[0].state == "sending"


@pytest.mark.parametrize(("keep", "state"), [(True, "waiting"), (False, "rejected")])
def test_a_person_chooses_on_a_stale_letter(store: Store, keep: bool, state: str) -> None:
    process(store, Letter())
    yes(store)
    make_stale(store, 1)
    assert isinstance(yes(store), Refused)
    assert choose_stale(store, 1, capacities={}, user="佐藤", keep=keep, now=NOW) == Done()
    assert store.drafts()[0].state == state


def test_a_stale_letter_that_a_newer_one_replaced(store: Store) -> None:
    process(store, Letter())
    make_stale(store, 1)
    process(store, Letter(form=form("b")))
    assert isinstance(choose_stale(store, 1, capacities={}, user="佐藤", keep=True, now=NOW), Refused)
    assert [line.state for line in store.drafts()] == ["stale", "waiting"]


@pytest.mark.parametrize(("choice", "state"), [("sent", "sent"), ("again", "approved"), ("drop", "dropped")])
def test_a_person_settles_what_is_uncertain(store: Store, choice: str, state: str) -> None:
    process(store, Letter())
    yes(store)
    claimed = store.claim_next(now=NOW, sys_now=SYS, sending_allowed=True, claimant="s", build=build, undo=False)
    assert claimed is not None
    assert isinstance(resolve_uncertain(store, claimed.id, choice, user="佐藤", now=NOW), Refused)  # type: ignore[arg-type]
    store.mark_data_stage(claimed.id, "s")
    store.uncertain(claimed.id, "s", answer="line broken")
    assert isinstance(resolve_uncertain(store, claimed.id, choice, user="田中", now=NOW), Refused)  # type: ignore[arg-type]
    assert resolve_uncertain(store, claimed.id, choice, user="佐藤", now=NOW) == Done()  # type: ignore[arg-type]
    assert store.outbox()[0].state == state


def test_a_failed_mail_on_command(store: Store) -> None:
    from tests.unit.store.flow import take

    pending = take(store, Letter())
    assert isinstance(retry_failed_mail(store, pending.id, user="田中"), Refused)
    store.fail(pending.id, "xlsx を開けません", claimant="w1")
    assert retry_failed_mail(store, pending.id, user="田中") == Done()
    assert len(store.claim_new(1, "w")) == 1


def test_the_sending_switch_is_an_administrators(store: Store) -> None:
    assert isinstance(set_sending(store, False, user="佐藤"), Refused)
    add_operator(store, "root", sys_now=SYS)
    assert set_sending(store, False, user="root") == Done()
    assert not store.sending_switch


def test_a_users_link_works_once_and_in_time(store: Store) -> None:
    added = add_user(store, "伊藤 花子", Role.STAFF, by=None, sys_now=SYS)
    assert not isinstance(added, Refused)
    for at, name in ((SYS + timedelta(days=4), None), (SYS, "伊藤 花子"), (SYS, None)):
        with store.write() as db:
            assert redeem_link(db, added.token, sys_now=at) == name
    assert isinstance(add_user(store, "伊藤 花子", Role.STAFF, by=None, sys_now=SYS), Refused)
    assert isinstance(add_user(store, "x", Role.STAFF, by="佐藤", sys_now=SYS), Refused)  # no administrator


@pytest.mark.parametrize("name", ["", "policy", "timer", "  ", "a\nb", "x" * 61, "Policy", "ｔｉｍｅｒ", "timer "])
def test_names_that_nobody_can_have(store: Store, name: str) -> None:
    assert isinstance(add_user(store, name, Role.STAFF, by=None, sys_now=SYS), Refused)
