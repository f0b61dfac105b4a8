"""Cases put together and taken apart in the middle of a round: what applicants write next, and what others do at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa

from mailflow import pipeline
from mailflow.desk import Refused, add_user, approve
from mailflow.desk.mails import correct_mail, mail_answered
from mailflow.desk.regroup import Regrouped, merge_cases, split_case, undo_move
from mailflow.desk.writing import Words, write_letter
from mailflow.mail import read_mail
from mailflow.model import Draft
from mailflow.replies.compose import compose
from mailflow.replies.view import CaseView
from mailflow.settings.settings import Settings
from mailflow.store import Store
from mailflow.store.again import lie_nowhere, take_back
from mailflow.store.case_read import letters_of
from mailflow.store.commit import Conflict
from mailflow.store.known import DRAFT_MAIL
from mailflow.store.letter_check import in_case
from mailflow.store.mails import CASE, VERDICT
from mailflow.store.moves import DRAFT, OUTGOING, DraftState, OutgoingState
from mailflow.store.people import Role
from mailflow.store.purging_scope import in_flight
from mailflow.store.queue import received_files
from mailflow.store.regrouping import moves_of
from mailflow.store.rejudge import reopen
from tests.integration.round.forms import form
from tests.integration.round.office import IIDA, SHIPPED, START, Judged, Round, at

NOW = at(25, 12)
YAMADA = "山田 <yamada@freemail.example>"


@pytest.fixture
def round_(store: Store) -> Round:
    for name in ("佐藤", "鈴木"):
        add_user(store, name, Role.APPROVER, by=None, sys_now=NOW)
    return Round(store)


def applied(round_: Round, *, sender: str = IIDA, **changes: object) -> Judged:
    """飯田市's form, with what is told otherwise."""
    name = "【長野県飯田市】"
    return round_.mail(
        "応募します。", when=at(25, 9), sender=sender, subject=f"{name}計画策定支援",
        files=[(f"{name}1次公募応募様式.xlsx", form(**changes))],
    )  # fmt: skip


def case_of(store: Store, mail_id: int) -> int | None:
    with store.read() as db:
        found: int | None = db.execute(sa.select(VERDICT.c.case_id).where(VERDICT.c.mail_id == mail_id)).scalar()
    return found


def review(store: Store, mail_id: int) -> bool:
    with store.read() as db:
        return bool(db.execute(sa.select(VERDICT.c.review).where(VERDICT.c.mail_id == mail_id)).scalar())


def merged(
    store: Store, source: int | None, target: int | None, user: str = "佐藤", seen: int | None = None
) -> Regrouped | Refused:
    said = {"why": "電話で確認", "user": user, "now": NOW}
    return merge_cases(store, SHIPPED, source or 0, target or 0, revision=seen, **said)  # type: ignore[arg-type]


def apart(
    store: Store,
    source: int | None,
    mails: list[int],
    *,
    body: str = "長野県諏訪市",
    user: str = "佐藤",
    seen: int | None = None,
) -> Regrouped | Refused:
    said = {"organization": body, "why": "別の団体", "user": user, "now": NOW}
    return split_case(store, SHIPPED, source or 0, mails, revision=seen, **said)  # type: ignore[arg-type]


def done(result: Regrouped | Refused) -> Regrouped:
    assert isinstance(result, Regrouped), result
    return result


# --- what applicants write next ---------------------------------------------------------------------------------------


def suwa(round_: Round) -> int:
    """諏訪市's case, opened by a question of its own."""
    made = round_.mail(
        "記入のしかたを教えてください。",
        when=at(25, 9, 5),
        sender="dx@city.suwa.lg.jp",
        subject="【長野県諏訪市】計画策定支援の質問",
    )
    return case_of(round_.store, made.mail_id) or 0


@pytest.mark.parametrize("act", ["merge", "split"])
def test_an_answer_to_the_letter_of_the_old_case_is_matched_to_its_points(round_: Round, act: str) -> None:
    """The letter that asks stays 飯田's; its mail lies elsewhere, and so does what answers it."""
    store, first = round_.store, applied(round_, sender=YAMADA, weekly_hours=2)
    home = case_of(store, first.mail_id)
    (letter,) = round_.send(at(25, 10))
    if act == "merge":
        target = suwa(round_)
        done(merged(store, home, target))
    else:
        target = done(apart(store, home, [first.mail_id])).case_id
    round_.judge_rest(NOW)
    answer = round_.mail("記入のとおりで間違いありません。", when=at(25, 11), sender=YAMADA, answers=letter)
    assert case_of(store, answer.mail_id) == target
    answers = answer.outcome.verdict.known.answers
    assert answers is not None
    assert [item.checks for item in answers.items] == [("weekly-hours",)]
    assert [item.checks for item in answer.outcome.verdict.answered] == [("weekly-hours",)]
    if act == "split":  # what is asked of 諏訪 is no question to 飯田
        round_.judge_rest(NOW)
        other = round_.mail("応募について質問です。", when=at(25, 11, 30), subject="【長野県飯田市】質問")
        assert case_of(store, other.mail_id) == home
        assert other.outcome.verdict.known.letters == ()


@pytest.mark.parametrize("act", ["split", "split and back", "merge"])
def test_a_number_answers_the_offer_wherever_its_mail_lies_now(round_: Round, act: str) -> None:
    store = round_.store
    text = "事前相談をお願いします。日時はいつでも結構です。"
    first = round_.mail(text, when=at(10, 9), sender=YAMADA)
    home = case_of(store, first.mail_id)
    (letter,) = round_.send(at(10, 10))
    if act == "merge":
        target: int | None = suwa(round_)
        done(merged(store, home, target))
    else:
        split = done(apart(store, home, [first.mail_id]))
        target = split.case_id
        if act == "split and back":
            assert not isinstance(undo_move(store, split.move, why="誤り", user="佐藤", now=NOW), Refused)
            target = home
    round_.judge_rest(NOW)
    answer = round_.mail("1番でお願いします。", when=at(10, 11), sender=YAMADA, answers=letter)
    assert case_of(store, answer.mail_id) == target
    assert "book" in answer.actions
    assert [one.case_id for one in store.bookings()] == [target]


# --- what others do at the same moment --------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["split", "corrected"])
def test_no_letter_of_the_case_that_a_mail_left_speaks_of_it(round_: Round, how: str) -> None:
    """It waits to be judged anew in its own case when another mail of the old one is judged."""
    store, first = round_.store, applied(round_)
    home, pdf = case_of(store, first.mail_id), ("諏訪市の庁内資料.pdf", b"%PDF-1.4 suwa")
    other = round_.mail("資料を送ります。", when=at(25, 9, 30), subject="【長野県飯田市】資料", files=[pdf])
    assert case_of(store, other.mail_id) == home
    if how == "split":
        done(apart(store, home, [other.mail_id]))
    else:
        said = correct_mail(
            store, SHIPPED, other.mail_id, why="誤り", user="佐藤", now=NOW, organization="長野県諏訪市"
        )
        assert not isinstance(said, Refused)
    judged = round_.mail("応募について質問です。", when=at(25, 9, 10), subject="【長野県飯田市】質問")
    assert case_of(store, judged.mail_id) == home
    known = judged.outcome.verdict.known
    assert other.mail_id not in known.unacknowledged
    assert all("諏訪" not in one.text for one in judged.drafts)
    round_.judge_rest(NOW)
    assert case_of(store, other.mail_id) != home


@pytest.mark.parametrize("how", ["waits", "approved", "answers another too"])
def test_the_letter_to_a_mail_of_another_body_leaves_no_more(round_: Round, how: str) -> None:
    """Also before the mail has been judged again; who wrote along with it is answered still."""
    store = round_.store
    asks = round_.mail("押印は必要ですか。", when=at(25, 8), subject="【長野県飯田市】質問")
    wrong = applied(round_, weekly_hours=None)
    home = case_of(store, wrong.mail_id)
    assert case_of(store, asks.mail_id) == home
    (letter,) = [one for one in store.drafts(states=["waiting"]) if one.mail_id == wrong.mail_id]
    yes = {"user": "佐藤", "content_sha256": None, "now": NOW, "sys_now": NOW}
    if how == "approved":
        assert not isinstance(approve(store, letter.id, **yes), Refused)  # type: ignore[arg-type]
    if how == "answers another too":
        with store.write() as db:
            db.execute(sa.insert(DRAFT_MAIL), {"draft_id": letter.id, "mail_id": asks.mail_id})
    said = correct_mail(store, SHIPPED, wrong.mail_id, why="誤り", user="佐藤", now=NOW, organization="長野県諏訪市")
    assert not isinstance(said, Refused)
    assert isinstance(approve(store, letter.id, **yes), Refused)  # type: ignore[arg-type]
    assert [one.state for one in store.drafts() if one.id == letter.id] == ["superseded"]
    assert [one.state for one in store.outbox()] == (["dropped"] if how == "approved" else [])
    round_.judge_rest(NOW)
    there = {one.mail_id: one.case_id for one in store.drafts(states=["waiting"])}
    assert there == {asks.mail_id: home, wrong.mail_id: case_of(store, wrong.mail_id)}
    assert there[wrong.mail_id] != home


def test_no_letter_leaves_whose_mail_lies_in_no_case(round_: Round) -> None:
    """The last door, should somebody take a mail out of its case on another road."""
    store, wrong = round_.store, applied(round_, weekly_hours=None)
    (letter,) = store.drafts(states=["waiting"])
    with store.write() as db:
        lie_nowhere(db, wrong.mail_id)
    refused = approve(store, letter.id, user="佐藤", content_sha256=None, now=NOW, sys_now=NOW)
    assert isinstance(refused, Refused)
    assert refused.cause == "own-case"


def test_a_file_of_a_mail_that_lies_nowhere_is_who_brings_it_next(round_: Round) -> None:
    store, first = round_.store, applied(round_)
    home, pdf = case_of(store, first.mail_id) or 0, ("資料.pdf", b"%PDF-1.4 twice")
    said: dict[str, Any] = {"subject": "【長野県飯田市】資料", "files": [pdf]}
    wrong = round_.mail("資料を送ります。", when=at(25, 9, 20), **said)
    digest = next(sha for sha, one in received_files(store, home).items() if one.filename == "資料.pdf")
    with store.write() as db:
        lie_nowhere(db, wrong.mail_id)
    with store.read() as db:
        assert not in_case(db, home, digest)
    right = round_.mail("資料を送ります。", when=at(25, 9, 25), **said)
    with store.read() as db:
        assert in_case(db, home, digest)
    assert received_files(store, home)[digest].mail_id == right.mail_id


@pytest.mark.parametrize("how", ["lies nowhere", "taken back"])
def test_no_case_is_purged_while_a_mail_of_it_is_to_be_judged_again(round_: Round, how: str) -> None:
    """Nobody knows whose it will be."""
    store, first = round_.store, applied(round_, weekly_hours=None)
    home = case_of(store, first.mail_id) or 0
    with store.write() as db:
        assert in_flight(db, [home]) == 0
        if how == "lies nowhere":
            assert reopen(db, first.mail_id, "letters", actor="佐藤", at=NOW)
            lie_nowhere(db, first.mail_id)
        else:
            assert take_back(db, [first.mail_id], because="received earlier", actor="timer")
        assert in_flight(db, [home]) == 1


def test_a_question_that_was_answered_by_phone_waits_no_more_for_being_read_again(round_: Round) -> None:
    """A file of it came twice, and the other mail that brought it is another body's: so it is read once more."""
    store, pdf = round_.store, ("資料.pdf", b"%PDF-1.4 twice")
    name, text = "【長野県飯田市】質問", "押印は必要ですか。ほかの補助金との重複受給は認められますか。"
    wrong = round_.mail("資料を送ります。", when=at(25, 9, 20), subject="【長野県飯田市】資料", files=[pdf])
    asks = round_.mail(text, when=at(25, 9, 25), subject=name, files=[pdf])
    assert review(store, asks.mail_id)
    assert not isinstance(mail_answered(store, asks.mail_id, how="電話", user="佐藤", now=NOW), Refused)
    with store.write() as db:
        assert reopen(db, asks.mail_id, "quiet", actor="佐藤", at=NOW)
    round_.judge_rest(NOW)
    assert not review(store, asks.mail_id)
    assert wrong.mail_id != asks.mail_id


def test_a_letter_is_of_the_case_in_which_a_chain_of_cases_ends(round_: Round) -> None:
    """It answered no mail that moved along: only the case that it was sent for tells whose it is."""
    store, first = round_.store, applied(round_, weekly_hours=2)
    one, two = case_of(store, first.mail_id), suwa(round_)
    round_.send(at(25, 10))
    with store.write() as db:
        db.execute(sa.update(DRAFT).where(DRAFT.c.case_id == one).values(mail_id=None))
    done(merged(store, one, two))
    round_.judge_rest(NOW)
    question = "記入のしかたを教えてください。"
    last = round_.mail(question, when=at(25, 9, 7), sender="dx@city.okaya.lg.jp", subject="【長野県岡谷市】質問")
    three = case_of(store, last.mail_id) or 0
    done(merged(store, two, three))
    with store.read() as db:
        assert one in db.execute(
            sa.select(DRAFT.c.case_id).where(DRAFT.c.id.in_([x.draft_id for x in letters_of(db, three)]))
        ).scalars().all()  # fmt: skip


def test_no_letter_is_kept_for_a_case_that_its_mail_left_while_it_was_composed(round_: Round) -> None:
    """Its answer has left: the mail goes elsewhere as it was judged, and who wrote it is still a party of the old case."""
    store, first = round_.store, applied(round_)
    round_.mail("応募について質問です。", when=at(25, 9, 10), subject="【長野県飯田市】質問")
    home = case_of(store, first.mail_id)
    round_.send(at(25, 10))

    def meanwhile(view: CaseView, settings: Settings) -> Draft:
        done(apart(store, home, [first.mail_id]))
        return compose(view, settings)

    mail, said = read_mail(store.raw(first.mail_id) or b""), Words(subject="ご連絡", text="ご連絡します。")
    result = write_letter(store, SHIPPED, first.mail_id, mail, said, user="佐藤", now=NOW, render=meanwhile)
    assert isinstance(result, Refused)
    assert "別の案件に移されました" in result.reason


def test_who_judges_a_mail_while_it_is_put_elsewhere_lets_go_of_it(round_: Round) -> None:
    """A worker has it in hand once more already, and read what people had said of it before they said it is 諏訪's."""
    store, first = round_.store, applied(round_)
    home = case_of(store, first.mail_id)
    back = done(apart(store, home, [first.mail_id]))
    assert not isinstance(undo_move(store, back.move, why="誤り", user="佐藤", now=NOW), Refused)
    (pending,) = store.claim_new(1, "worker")
    there = done(apart(store, home, [first.mail_id])).case_id
    reading = pipeline.take_in(pending.raw, SHIPPED, pending.received_at)
    loaded = store.load_known(
        pending, reading.mail, reading.understood, start=START, now=NOW,
        round_id=SHIPPED.round_for(pending.received_at).id,
    )  # fmt: skip
    outcome = pipeline.conclude(reading, loaded.known, SHIPPED, pending.received_at, NOW)
    result = store.commit_outcome(pending, reading.mail, outcome, loaded, claimant="worker", now=NOW)
    assert isinstance(result, Conflict)
    assert not result.again
    round_.judge_rest(NOW)
    assert case_of(store, first.mail_id) == there
    assert [one.case_id for one in store.drafts(states=["waiting"])] == [there]


def at_once(*acts: Callable[[], Regrouped | Refused]) -> list[Regrouped | Refused]:
    ready = Barrier(len(acts))

    def run(act: Callable[[], Regrouped | Refused]) -> Regrouped | Refused:
        ready.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [one.result() for one in [pool.submit(run, act) for act in acts]]


@pytest.mark.parametrize("pair", ["the same", "each into the other", "merge and split", "split twice"])
def test_two_people_put_the_same_case_elsewhere_at_once(round_: Round, pair: str) -> None:
    """One of them does it, the other is told; every mail lies in one case and is answered once."""
    store = round_.store
    two, home = suwa(round_), case_of(store, applied(round_).mail_id)
    texts = ("質問です。", "もう1つ質問です。")
    mails = [round_.mail(text, when=at(25, 9, 30), subject="【長野県飯田市】質問").mail_id for text in texts]
    one = home or 0
    assert [case_of(store, mail) for mail in mails] == [home, home]
    with store.read() as db:  # both have the page open as it is now
        seen = db.execute(sa.select(CASE.c.revision).where(CASE.c.id == one)).scalar_one()
    chino: dict[str, Any] = {"body": "長野県茅野市", "seen": seen}
    acts = {
        "the same": (lambda: merged(store, one, two), lambda: merged(store, one, two, "鈴木")),
        "each into the other": (lambda: merged(store, one, two), lambda: merged(store, two, one, "鈴木")),
        "merge and split": (
            lambda: merged(store, one, two, "鈴木", seen),
            lambda: apart(store, one, mails[:1], **chino),
        ),
        "split twice": (
            lambda: apart(store, one, mails[:1], **chino),
            lambda: apart(store, one, mails[:1], body="長野県岡谷市", user="鈴木", seen=seen),
        ),
    }[pair]
    results = at_once(*acts)
    assert sorted(isinstance(one, Regrouped) for one in results) == [False, True]
    assert len(moves_of(store, one)) == 1
    round_.judge_rest(NOW)
    waiting = store.drafts(states=["waiting"])
    assert sorted(one.mail_id or 0 for one in waiting) == sorted({line.mail_id or 0 for line in waiting})
    for mail in mails:
        home = case_of(store, mail)
        with store.read() as db:
            assert db.execute(sa.select(CASE.c.merged_into).where(CASE.c.id == home)).scalar() is None
        assert all(line.case_id == home for line in waiting if line.mail_id == mail)


# --- files, letters that nobody knows of, claims ----------------------------------------------------------------------


def test_a_file_that_came_twice_stays_with_its_other_mail(round_: Round) -> None:
    """No form: nobody has read what it holds, but the mail that brought it too has come from a party and stays."""
    store, first = round_.store, applied(round_)
    home, pdf = case_of(store, first.mail_id) or 0, ("資料.pdf", b"%PDF-1.4 twice")
    twice = [
        round_.mail("資料を送ります。", when=at(25, 9, minute), subject="【長野県飯田市】資料", files=[pdf]).mail_id
        for minute in (20, 25)
    ]
    digest = next(sha for sha, one in received_files(store, home).items() if one.filename == "資料.pdf")
    split = done(apart(store, home, twice[:1]))
    round_.judge_rest(NOW)
    with store.read() as db:
        assert in_case(db, home, digest)
        assert in_case(db, split.case_id, digest)
    assert received_files(store, home)[digest].mail_id == twice[1]
    again = done(apart(store, home, twice[1:]))
    round_.judge_rest(NOW)
    assert again.case_id == split.case_id
    with store.read() as db:
        assert not in_case(db, home, digest)


@pytest.mark.parametrize("state", [OutgoingState.FAILED, OutgoingState.UNCERTAIN])
def test_a_letter_of_which_nobody_knows_is_settled_first(round_: Round, state: OutgoingState) -> None:
    """Sent once more it would go out of a case whose parties are another's by now."""
    store, first = round_.store, applied(round_)
    home = case_of(store, first.mail_id)
    round_.send(at(25, 10))
    with store.write() as db:
        db.execute(sa.update(OUTGOING).values(state=state.value))
        (draft,) = db.execute(sa.select(DRAFT.c.id).where(DRAFT.c.state == DraftState.APPROVED.value)).scalars()
    for result in (merged(store, home, suwa(round_)), apart(store, home, [first.mail_id])):
        assert isinstance(result, Refused)
        assert f"返信案 {draft}" in result.reason


def test_a_claim_is_settled_before_its_letters_case_goes_anywhere(round_: Round) -> None:
    """Else who claims would be a party of the body by it, and get no answer."""
    store, first = round_.store, applied(round_)
    home = case_of(store, first.mail_id)
    name = "【長野県飯田市】"
    claim = round_.mail(
        "応募します。", when=at(25, 10), sender=YAMADA, subject=f"{name}計画策定支援",
        files=[(f"{name}1次公募応募様式.xlsx", form(theme="観光"))],
    )  # fmt: skip
    assert claim.outcome.verdict.known.claim
    (letter,) = [one for one in store.drafts(states=["waiting"]) if one.mail_id == claim.mail_id]
    assert letter.case_id != home
    result = merged(store, letter.case_id, home)
    assert isinstance(result, Refused)
    assert "当事者かどうか" in result.reason
