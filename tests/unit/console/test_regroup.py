"""Two cases that are one, one that is two: no mail is lost or answered twice, letters and bookings go with their mails, and back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from mailflow.console.office import Office
from mailflow.desk import Refused, add_user, approve
from mailflow.desk.editing import edit
from mailflow.desk.regroup import Regrouped, merge_cases, split_case, undo_move
from mailflow.store.cases import applications
from mailflow.store.mails import VERDICT
from mailflow.store.own_case import foreign
from mailflow.store.people import Role
from mailflow.store.regrouping import merged_into, moves_of
from mailflow.store.seats import BOOKING, SEAT
from tests.integration.round.office import SHIPPED, Round, at
from tests.unit.console.conftest import Browser, letters
from tests.unit.store.flow import send_all

Browsers = Callable[..., Browser]
NOW = at(26, 10)


@pytest.fixture
def round_(busy: Office) -> Round:
    """More mails into the office that is busy already; judged again what waits for it."""
    made = Round(busy.store)
    made._uids = iter(range(900, 999))  # type: ignore[assignment]
    made._ids = iter(range(900, 999))  # type: ignore[assignment]
    add_user(busy.store, "佐藤", Role.APPROVER, by=None, sys_now=busy.clock.sys_now())
    return made


def cases(office: Office) -> dict[str, int]:
    return {line.organization.name or "": line.id for line in applications(office.store)}


def case_of(office: Office, mail_id: int) -> int | None:
    with office.store.read() as db:
        found: int | None = db.execute(sa.select(VERDICT.c.case_id).where(VERDICT.c.mail_id == mail_id)).scalar()
    return found


def asked(round_: Round) -> int:
    """A question of 塩尻 from a private address: a case of that mail alone."""
    made = round_.mail(
        "記入のしかたについて教えてください。", when=at(26, 9, 40), sender="yamada@freemail.example", subject="質問"
    )
    return made.mail_id


def merged(office: Office, source: int, target: int, **more: object) -> Regrouped | Refused:
    return merge_cases(office.store, SHIPPED, source, target, why="電話で確認", user="佐藤", now=NOW, **more)  # type: ignore[arg-type]


def test_a_question_joins_the_case_that_it_is_of_and_goes_back(busy: Office, round_: Round) -> None:
    mail, home = asked(round_), cases(busy)["塩尻市"]
    apart = case_of(busy, mail)
    assert apart not in (None, home)
    before = len(busy.store.mails())
    (waits,) = [one for one in busy.store.drafts(states=["waiting"]) if one.case_id == apart]
    done = merged(busy, apart or 0, home)
    assert isinstance(done, Regrouped)
    round_.judge_rest(at(26, 10, 1))
    assert (case_of(busy, mail), len(busy.store.mails())) == (home, before)
    assert merged_into(busy.store, apart or 0) == home
    (old,) = busy.store.drafts(ids=[waits.id])
    assert old.state == "superseded"
    answers = [one for one in busy.store.drafts(states=["waiting"]) if one.mail_id == mail]
    assert [one.case_id for one in answers] == [home]  # answered once, in its new case
    with busy.store.read() as db:  # their address is the body's own now, and still nobody else's
        assert foreign(db, home, ["yamada@freemail.example"]) == []
        assert foreign(db, cases(busy)["飯田市"], ["yamada@freemail.example"]) != []
    again = round_.mail("もう1つ質問です。", when=at(26, 9, 50), sender="yamada@freemail.example", subject="質問その2")
    assert case_of(busy, again.mail_id) == home
    assert not isinstance(undo_move(busy.store, done.move, why="別の団体だった", user="佐藤", now=NOW), Refused)
    round_.judge_rest(at(26, 10, 2))
    assert case_of(busy, mail) == apart
    assert merged_into(busy.store, apart or 0) is None
    assert [one.undone_by for one in moves_of(busy.store, home)] == ["佐藤"]
    assert isinstance(undo_move(busy.store, done.move, why="もう一度", user="佐藤", now=NOW), Refused)


def test_taken_back_before_it_was_judged_anew(busy: Office, round_: Round) -> None:
    """The worker has not come to it yet: it is judged where it was, and answered there."""
    mail, home = asked(round_), cases(busy)["塩尻市"]
    apart = case_of(busy, mail) or 0
    done = merged(busy, apart, home)
    assert isinstance(done, Regrouped)
    assert not isinstance(undo_move(busy.store, done.move, why="誤り", user="佐藤", now=NOW), Refused)
    round_.judge_rest(at(26, 10, 1))
    assert case_of(busy, mail) == apart
    assert [one.case_id for one in busy.store.drafts(states=["waiting"]) if one.mail_id == mail] == [apart]
    split = split_case(
        busy.store, SHIPPED, apart, [mail], organization="長野県諏訪市", why="諏訪市", user="佐藤", now=NOW
    )
    assert isinstance(split, Regrouped)
    assert not isinstance(undo_move(busy.store, split.move, why="誤り", user="佐藤", now=NOW), Refused)
    round_.judge_rest(at(26, 10, 2))
    assert case_of(busy, mail) == apart


def test_what_was_answered_is_carried_and_answered_no_second_time(
    busy: Office, round_: Round, browser: Browsers
) -> None:
    """塩尻's receipt has left: its mail moves as it was judged, and no other letter is made for it."""
    home, other, draft = cases(busy)["塩尻市"], cases(busy)["飯田市"], letters(busy)["receipt"]
    mail = busy.store.drafts(ids=[draft])[0].mail_id
    approve(busy.store, draft, user="佐藤", content_sha256=None, now=NOW, sys_now=NOW, undo=timedelta(0))
    send_all(busy.store, now=NOW)
    done = merged(busy, home, other)
    assert isinstance(done, Regrouped)
    round_.judge_rest(at(26, 10, 1))
    assert case_of(busy, mail or 0) == other
    assert len([one for one in busy.store.drafts() if one.mail_id == mail]) == 1
    (line,) = [one for one in applications(busy.store) if one.id == other]
    assert line.versions == 2
    assert home not in cases(busy).values()
    page = browser("鈴木").see(f"/cases/{other}")
    assert (
        f'href="/queue/{draft}"' in page.split('id="timeline"')[1]
    )  # what was sent from the other case is seen from here
    assert not isinstance(undo_move(busy.store, done.move, why="誤り", user="佐藤", now=NOW), Refused)
    round_.judge_rest(at(26, 10, 2))
    assert case_of(busy, mail or 0) == home
    assert len([one for one in busy.store.drafts() if one.mail_id == mail]) == 1


def test_a_booking_goes_along_with_its_seat(busy: Office, round_: Round) -> None:
    made = round_.mail(
        "3月26日（木）13時に、オンラインで事前相談をお願いします。",
        when=at(23, 9),
        sender="yamada@freemail.example",
        subject="事前相談のお願い",
    )
    apart, home = case_of(busy, made.mail_id), cases(busy)["塩尻市"]
    booked = [one for one in busy.store.bookings() if one.case_id == apart]
    assert isinstance(merged(busy, apart or 0, home), Regrouped)
    round_.judge_rest(at(26, 10, 1))
    after = [one for one in busy.store.bookings() if one.case_id == home and one.booking.state == "held"]
    assert len(after) == len(booked)
    with busy.store.read() as db:
        seats = db.execute(sa.select(sa.func.count(sa.distinct(SEAT.c.booking_id)))).scalar_one()
        live = db.execute(sa.select(sa.func.count()).where(BOOKING.c.state == "held")).scalar_one()
    assert seats == live  # no seat is taken twice or left over


def test_mails_of_another_body_are_taken_apart(busy: Office, round_: Round) -> None:
    mail, home = asked(round_), cases(busy)["塩尻市"]
    apart = case_of(busy, mail) or 0
    assert isinstance(merged(busy, apart, home), Regrouped)
    round_.judge_rest(at(26, 10, 1))
    done = split_case(
        busy.store, SHIPPED, home, [mail], organization="長野県諏訪市", why="諏訪市の方だった", user="佐藤", now=NOW
    )
    assert isinstance(done, Regrouped)
    round_.judge_rest(at(26, 10, 2))
    assert case_of(busy, mail) == done.case_id
    assert done.case_id not in (home, apart)
    with busy.store.read() as db:
        assert foreign(db, home, ["yamada@freemail.example"]) != []  # 塩尻's letters may not name them any more
    assert [one.case_id for one in busy.store.drafts(states=["waiting"]) if one.mail_id == mail] == [done.case_id]
    assert not isinstance(undo_move(busy.store, done.move, why="誤り", user="佐藤", now=NOW), Refused)
    round_.judge_rest(at(26, 10, 3))
    assert case_of(busy, mail) == home


@pytest.mark.parametrize(
    ("target", "revision", "words"),
    [
        pytest.param("塩尻市", None, "同じ案件です", id="itself"),
        pytest.param("飯田市", 999, "案件が変わりました", id="changed-meanwhile"),
        pytest.param("apart", None, "団体の決まった案件", id="into-a-mail-of-no-body"),
    ],
)
def test_what_is_not_put_together(busy: Office, round_: Round, target: str, revision: int | None, words: str) -> None:
    there = case_of(busy, asked(round_)) if target == "apart" else cases(busy)[target]
    result = merged(busy, cases(busy)["塩尻市"], there or 0, revision=revision)
    assert isinstance(result, Refused)
    assert words in result.reason


def test_what_a_person_wrote_is_decided_first(busy: Office, round_: Round) -> None:
    draft = letters(busy)["fix"]
    (line,) = busy.store.drafts(ids=[draft])
    edit(busy.store, draft, user="佐藤", subject="件名", text="直しました", base_sha256=line.content_sha256, now=NOW)
    result = merged(busy, line.case_id, cases(busy)["塩尻市"])
    assert isinstance(result, Refused)
    assert f"返信案 {draft}" in result.reason


def test_on_the_page(busy: Office, round_: Round, browser: Browsers) -> None:
    mail, home = asked(round_), cases(busy)["塩尻市"]
    apart = case_of(busy, mail)
    staff = browser("田中", Role.STAFF)
    assert "merge" not in staff.see(f"/cases/{apart}")
    staff.press(f"/cases/{apart}/merge", 403, into="R8-1-202151", why="わけ")
    one = browser("鈴木", Role.APPROVER)
    one.see(f"/cases/{apart}")
    assert "見つかりません" in one.press(f"/cases/{apart}/merge", 422, into="火星市", why="電話で確認した", act="look")
    assert "電話で確認した" in one.last.text
    page = one.press(f"/cases/{apart}/merge", into="R8-1-202151", why="電話で確認した", act="look")
    assert "この2つをまとめますか" in page
    assert merged_into(busy.store, apart or 0) is None
    assert "2つの案件をまとめました" in one.press(
        f"/cases/{apart}/merge", into="R8-1-202151", why="電話で確認した", act="make"
    )
    assert "まとめた先を開く" in one.see(f"/cases/{apart}")
    one.see(f"/cases/{home}")
    (move,) = moves_of(busy.store, home)
    assert "元の案件に戻しました" in one.press(f"/cases/{home}/undo-move", move=str(move.id), why="誤り")
