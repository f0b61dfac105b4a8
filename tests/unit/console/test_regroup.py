"""Two cases that are one, one that is two: no mail is lost or answered twice, letters and bookings go with their mails, and back."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from mailflow import pipeline
from mailflow.console.office import Office
from mailflow.desk import Refused, add_user, approve
from mailflow.desk import consultation as desk
from mailflow.desk.booking_letters import ByLetter
from mailflow.desk.editing import edit
from mailflow.desk.mails import correct_mail
from mailflow.desk.parties import add_party, drop_party
from mailflow.desk.regroup import Regrouped, merge_cases, split_case, undo_move
from mailflow.desk.writing import Words, write_letter
from mailflow.mail import read_mail
from mailflow.model import Method, Part, Slot
from mailflow.store.case_read import parties_of
from mailflow.store.cases import applications
from mailflow.store.letter_check import in_case
from mailflow.store.mails import CASE, VERDICT
from mailflow.store.moves import D, move_draft
from mailflow.store.own_case import IDENTIFIER, foreign
from mailflow.store.people import Role
from mailflow.store.queue import received_files
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


def taken_apart(office: Office, source: int, mails: list[int], **more: str) -> Regrouped | Refused:
    return split_case(
        office.store, SHIPPED, source, mails, organization=more.get("body", "長野県諏訪市"), why="諏訪市", user="佐藤", now=NOW
    )  # fmt: skip


def forms_of(office: Office, case_id: int) -> list[int]:
    of_case = sa.select(VERDICT.c.mail_id).where(VERDICT.c.case_id == case_id, VERDICT.c.kind == "application")
    with office.store.read() as db:
        return list(db.execute(of_case).scalars())


def marks(office: Office, *case_ids: int) -> set[tuple[int, str, str]]:
    columns = (IDENTIFIER.c.case_id, IDENTIFIER.c.kind, IDENTIFIER.c.value)
    with office.store.read() as db:
        return {tuple(row) for row in db.execute(sa.select(*columns).where(IDENTIFIER.c.case_id.in_(case_ids)))}


def with_form(office: Office, answered: int, form: int) -> int | Refused:
    """A letter by a person that carries another mail's form."""
    store = office.store
    mail = read_mail(store.raw(form) or b"")
    (file,) = [one for one in mail.attachments if (one.filename or "").endswith("xlsx")]
    part = Part(
        filename="様式.xlsx", content_type=file.content_type, content=file.content, sha256=file.sha256,
        origin=f"case:{file.sha256}",
    )  # fmt: skip
    said = Words(subject="ご回答", text="添付をご覧ください。", files=(part,))
    return write_letter(store, SHIPPED, answered, read_mail(store.raw(answered) or b""), said, user="佐藤", now=NOW)


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
    page = one.see(f"/cases/{apart}")
    assert "まとめた先を開く" in page
    one.see(f"/cases/{home}")  # pressed twice: it is done, once
    assert "2つの案件をまとめました" in one.press(
        f"/cases/{apart}/merge", into="R8-1-202151", why="電話で確認した", act="make"
    )
    (move,) = moves_of(busy.store, home)
    one.press(f"/cases/{cases(busy)['飯田市']}/undo-move", 409, move=str(move.id), why="誤り")
    assert "元の案件に戻しました" in one.press(f"/cases/{home}/undo-move", move=str(move.id), why="誤り")


def test_another_bodys_form_goes_to_nobody_of_the_case_that_it_left(busy: Office, round_: Round) -> None:
    home = cases(busy)["塩尻市"]
    (form,) = forms_of(busy, home)
    asks = round_.mail("質問です。", when=at(26, 9, 50), sender="dx@city.shiojiri.lg.jp", subject="質問").mail_id
    files = list(received_files(busy.store, home))
    assert files
    before = marks(busy, home)
    made = with_form(busy, asks, form)
    assert isinstance(made, int)
    first = taken_apart(busy, home, [form])
    assert isinstance(first, Refused)
    assert f"返信案 {made}" in first.reason
    with busy.store.write() as db:
        move_draft(db, made, D.WAITING, D.REJECTED, because="test", actor="佐藤")
    done = taken_apart(busy, home, [form])
    assert isinstance(done, Regrouped)
    assert received_files(busy.store, home) == {}  # also before it is judged there
    round_.judge_rest(at(26, 10, 2))
    assert received_files(busy.store, home) == {}
    assert list(received_files(busy.store, done.case_id)) == files
    with busy.store.read() as db:
        assert not in_case(db, home, files[0])
        assert in_case(db, done.case_id, files[0])
    assert isinstance(with_form(busy, asks, form), Refused)
    gone = before - marks(busy, home)  # its phone is no mark of theirs any more, their address and number are
    assert {kind for _, kind, _ in gone} >= {"phone"}
    assert {kind for _, kind, _ in marks(busy, home)} >= {"number", "code", "address"}
    assert not isinstance(undo_move(busy.store, done.move, why="誤り", user="佐藤", now=NOW), Refused)
    round_.judge_rest(at(26, 10, 3))
    assert list(received_files(busy.store, home)) == files
    with busy.store.read() as db:
        assert in_case(db, home, files[0])


def test_a_corrected_mails_form_is_in_no_letter_of_the_other_body(busy: Office, round_: Round) -> None:
    home = cases(busy)["塩尻市"]
    (form,) = forms_of(busy, home)
    asks = round_.mail("質問です。", when=at(26, 9, 50), sender="dx@city.shiojiri.lg.jp", subject="質問").mail_id
    made = with_form(busy, asks, form)
    assert isinstance(made, int)
    said = {"why": "諏訪市だった", "user": "佐藤", "now": NOW, "organization": "長野県諏訪市"}
    first = correct_mail(busy.store, SHIPPED, form, **said)  # type: ignore[arg-type]
    assert isinstance(first, Refused)
    assert f"返信案 {made}" in first.reason
    with busy.store.write() as db:
        move_draft(db, made, D.WAITING, D.REJECTED, because="test", actor="佐藤")
    assert not isinstance(correct_mail(busy.store, SHIPPED, form, **said), Refused)  # type: ignore[arg-type]
    round_.judge_rest(at(26, 10, 2))
    assert case_of(busy, form) != home
    assert received_files(busy.store, home) == {}


def test_two_mails_of_one_sender_leave_together(busy: Office, round_: Round) -> None:
    one, home = asked(round_), cases(busy)["塩尻市"]
    assert isinstance(merged(busy, case_of(busy, one) or 0, home), Regrouped)
    round_.judge_rest(at(26, 10, 1))
    two = round_.mail(
        "もう1つ質問です。", when=at(26, 9, 50), sender="yamada@freemail.example", subject="質問その2"
    ).mail_id
    assert case_of(busy, two) == home
    done = taken_apart(busy, home, [one, two])
    assert isinstance(done, Regrouped)
    round_.judge_rest(at(26, 10, 2))
    assert case_of(busy, one) == case_of(busy, two) == done.case_id
    with busy.store.read() as db:
        assert not parties_of(db, home).admits("yamada@freemail.example")
        assert foreign(db, home, ["yamada@freemail.example"]) != []
    assert not isinstance(undo_move(busy.store, done.move, why="誤り", user="佐藤", now=NOW), Refused)
    round_.judge_rest(at(26, 10, 3))
    with busy.store.read() as db:
        assert parties_of(db, home).admits("yamada@freemail.example")
        assert not parties_of(db, done.case_id).admits("yamada@freemail.example")


def test_marks_are_as_before_once_it_is_taken_back(busy: Office, round_: Round) -> None:
    one, other = cases(busy)["塩尻市"], cases(busy)["飯田市"]
    before = marks(busy, one, other)
    done = merged(busy, one, other)
    assert isinstance(done, Regrouped)
    round_.judge_rest(at(26, 10, 1))
    assert not isinstance(undo_move(busy.store, done.move, why="誤り", user="佐藤", now=NOW), Refused)
    round_.judge_rest(at(26, 10, 2))
    assert marks(busy, one, other) == before


def test_what_people_decided_on_parties_since_stays(busy: Office, round_: Round) -> None:
    one, home = asked(round_), cases(busy)["塩尻市"]
    said = {"address": "old@city.shiojiri.lg.jp", "why": "電話", "user": "佐藤", "now": NOW}
    add_party(busy.store, home, name=None, **said)  # type: ignore[arg-type]
    done = merged(busy, case_of(busy, one) or 0, home)
    assert isinstance(done, Regrouped)
    round_.judge_rest(at(26, 10, 1))
    assert not isinstance(drop_party(busy.store, home, **said), Refused)  # type: ignore[arg-type]
    assert not isinstance(undo_move(busy.store, done.move, why="誤り", user="佐藤", now=NOW), Refused)
    with busy.store.read() as db:
        assert not parties_of(db, home).admits("old@city.shiojiri.lg.jp")
        assert not parties_of(db, home).admits("yamada@freemail.example")


@pytest.mark.parametrize("state", ["stale", "by-hand"])
def test_what_nothing_composes_again_is_decided_first(busy: Office, round_: Round, state: str) -> None:
    one, home, other = asked(round_), cases(busy)["塩尻市"], cases(busy)["飯田市"]
    source = (case_of(busy, one) or 0) if state == "stale" else home
    if state == "stale":
        (draft,) = [line.id for line in busy.store.drafts(states=["waiting"]) if line.case_id == source]
        with busy.store.write() as db:
            move_draft(db, draft, D.WAITING, D.STALE, because="test", actor="佐藤")
        word = f"止まっている返信案 {draft}"
    else:
        start = at(27, 10)
        slot = Slot(
            start=start, end=start + timedelta(minutes=30), host=SHIPPED.consultation.hosts[0].id, method=Method.ONLINE
        )
        made = desk.book(
            busy.store, SHIPPED.consultation, case_id=home, slot=slot, user="佐藤", now=NOW,
            told=ByLetter(settings=SHIPPED, read=lambda _, raw, when: pipeline.take_in(raw, SHIPPED, when)),
        )  # fmt: skip
        assert not isinstance(made, Refused)
        word = f"返信案 {made.draft_id}"
        waits = merged(busy, source, other)
        assert isinstance(waits, Refused)
        assert waits.reason.startswith(word)
        approve(
            busy.store, made.draft_id or 0, user="佐藤", content_sha256=None, now=NOW, sys_now=NOW, undo=timedelta(0)
        )
        approved = merged(busy, source, other)
        assert isinstance(approved, Refused)
        assert f"承認した{word}" in approved.reason
    for result in (merged(busy, source, other), taken_apart(busy, source, [one]) if state == "stale" else None):
        if result is not None:
            assert isinstance(result, Refused)
            assert word in result.reason


def test_a_split_is_not_undone_into_a_case_put_elsewhere(busy: Office, round_: Round) -> None:
    one, home, other = asked(round_), cases(busy)["塩尻市"], cases(busy)["飯田市"]
    assert isinstance(merged(busy, case_of(busy, one) or 0, home), Regrouped)
    round_.judge_rest(at(26, 10, 1))
    apart = taken_apart(busy, home, [one])
    assert isinstance(apart, Regrouped)
    round_.judge_rest(at(26, 10, 2))
    assert isinstance(merged(busy, home, other), Regrouped)
    round_.judge_rest(at(26, 10, 3))
    result = undo_move(busy.store, apart.move, why="誤り", user="佐藤", now=NOW)
    assert isinstance(result, Refused)
    assert "先に、そちらを戻してください" in result.reason
    # Split off for the body whose case was put into the other one: that one is it.
    again = taken_apart(busy, apart.case_id, [one], body="長野県塩尻市")
    assert isinstance(again, Regrouped)
    assert again.case_id == other


def test_a_reply_that_quotes_the_old_number_joins_the_case_it_was_put_into(busy: Office, round_: Round) -> None:
    one, home = asked(round_), cases(busy)["塩尻市"]
    apart = case_of(busy, one) or 0
    with busy.store.read() as db:
        number = db.execute(sa.select(CASE.c.number).where(CASE.c.id == apart)).scalar_one()
    assert isinstance(merged(busy, apart, home), Regrouped)
    round_.judge_rest(at(26, 10, 1))
    text = f"ありがとうございます。\n\n> 受付番号 {number}\n> お問い合わせの件"
    back = round_.mail(text, when=at(26, 9, 50), sender="yamada@freemail.example", subject="Re: 質問")
    assert case_of(busy, back.mail_id) == home


def test_a_case_is_purged_whose_mail_was_split_off(busy: Office, round_: Round) -> None:
    """The letter of the case that it left speaks of it, with its annotated file: its words go too, and nothing else of that case."""
    draft = letters(busy)["fix"]
    (line,) = busy.store.drafts(ids=[draft])
    home, mail = line.case_id, line.mail_id or 0
    approve(busy.store, draft, user="佐藤", content_sha256=None, now=NOW, sys_now=NOW, undo=timedelta(0))
    send_all(busy.store, now=NOW)
    done = taken_apart(busy, home, [mail])
    assert isinstance(done, Regrouped)
    round_.judge_rest(at(26, 10, 2))
    others = {one.id: one.subject for one in busy.store.drafts() if one.id != draft and one.case_id != done.case_id}
    with busy.store.write() as db:
        busy.store._delete(db, [done.case_id], [], by="佐藤")
    after = {one.id: one.subject for one in busy.store.drafts()}
    assert after[draft] != line.subject
    assert {one: after[one] for one in others} == others


def test_a_form_that_came_twice_stays_where_its_other_mail_stays(busy: Office, round_: Round) -> None:
    home = cases(busy)["塩尻市"]
    (first,) = forms_of(busy, home)

    (file,) = [one for one in read_mail(busy.store.raw(first) or b"").attachments if one.filename]

    def again(minute: int) -> int:
        text, files = f"もう一度送ります（{minute}）。", [(file.filename or "", file.content)]
        subject, sender = "【長野県塩尻市】計画策定支援", "dx@city.shiojiri.lg.jp"
        return round_.mail(text, when=at(26, 9, minute), sender=sender, subject=subject, files=files).mail_id

    def brought() -> list[int | None]:
        return [one.mail_id for one in received_files(busy.store, home).values()]

    second = again(50)
    assert case_of(busy, second) == home
    assert brought() == [first]
    assert isinstance(taken_apart(busy, home, [first]), Regrouped)
    round_.judge_rest(at(26, 10, 2))
    assert case_of(busy, second) == home
    assert brought() == [second]
    assert isinstance(taken_apart(busy, home, [second]), Regrouped)
    round_.judge_rest(at(26, 10, 3))
    assert brought() == []
    correct = {"why": "塩尻市の応募", "user": "佐藤", "now": NOW, "organization": "長野県塩尻市"}
    third = again(55)  # sent by the body itself after all
    if case_of(busy, third) != home:
        correct_mail(busy.store, SHIPPED, third, **correct)  # type: ignore[arg-type]
        round_.judge_rest(at(26, 10, 4))
    assert case_of(busy, third) == home
    assert brought() == [third]
    with busy.store.read() as db:
        assert all(in_case(db, home, one) for one in received_files(busy.store, home))


def test_two_different_bodies_are_named_before_they_are_put_together(
    busy: Office, round_: Round, browser: Browsers
) -> None:
    """A name typed wrong, by somebody tired; and the ticks that stay when a split is refused."""
    home, mail = cases(busy)["塩尻市"], forms_of(busy, cases(busy)["塩尻市"])[0]
    one = browser("鈴木", Role.APPROVER)
    one.see(f"/cases/{home}")
    page = one.press(f"/cases/{home}/merge", into="R8-1-202053", why="<b>電話</b>", act="look")
    assert "団体コードの違う、別の団体です" in page
    assert "<b>電話</b>" not in page
    page = one.press(f"/cases/{home}/split", 422, mail=str(mail), organization="火星市", why="わけ")
    assert re.search(rf'name="mail" value="{mail}" checked', page)
