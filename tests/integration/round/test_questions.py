"""Row 36: questions are answered from faq.yaml by their numbers, the rest by a person; what was asked is listed for the ministry."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mailflow.clock import Clock
from mailflow.desk import Refused, add_user
from mailflow.desk.approval import Approved, approve
from mailflow.desk.digest import staff_digest
from mailflow.desk.editing import Edited, edit
from mailflow.desk.mails import hide_mail
from mailflow.model import Approval, Draft
from mailflow.replies.occasions import UNWRITTEN
from mailflow.settings.models import Extension
from mailflow.store import Store
from mailflow.store.people import Role
from mailflow.store.questions import questions_asked
from tests.integration.round.office import SHIPPED, Judged, Round, at

FIVE = """長野県飯田市の山口です。次の点をご教示ください。
1 専門家の支援に費用はかかりますか。
2 コースは後で変えられますか。
3 採択の可能性はどのくらいでしょうか。
4 締切は何時ですか。
5 現地訪問の時期はいつですか。
"""


@pytest.fixture
def office(store: Store) -> Round:
    add_user(store, "佐藤", Role.APPROVER, by=None, sys_now=at(10))
    return Round(store)


def ask(office: Round, text: str = FIVE, **more: object) -> Judged:
    return office.mail(text, when=at(10), subject="様式の書き方について", **more)  # type: ignore[arg-type]


def letter(judged: Judged) -> Draft:
    (draft,) = judged.drafts
    return draft


def test_each_question_has_its_number_and_its_answer_or_a_place_for_one(office: Round) -> None:
    draft = letter(ask(office))
    lines = [line.strip() for line in draft.text.splitlines()]
    asked = [line for line in lines if line[:2] in ("1 ", "2 ", "3 ", "4 ", "5 ")]
    assert asked[0] == "1 専門家の支援に費用はかかりますか。"
    assert [line[0] for line in asked] == ["1", "2", "3", "4", "5"]
    assert "（募集要領1(2)）" in lines
    assert "令和8年3月26日（木）16時00分までです" in draft.text.replace("\n", "").replace("\u3000", "")
    assert draft.text.count(UNWRITTEN) == 3  # コースの変更、採択の可能性、訪問の時期
    assert draft.review
    assert draft.purpose == "inquiry"


def test_nobody_approves_what_is_still_to_be_written(office: Round) -> None:
    ask(office)
    (line,) = office.store.drafts(states=["waiting"])
    refused = approve(office.store, line.id, user="佐藤", content_sha256=None, now=at(10, 10), sys_now=at(10, 10))
    assert isinstance(refused, Refused)
    assert refused.cause == "unwritten"
    held = office.store.draft(line.id)
    assert held is not None
    for count in (3, 2, 1):
        text = held.draft.text.replace(UNWRITTEN, "総務省に確かめてお答えします。", 4 - count)
        assert isinstance(
            edit(office.store, line.id, user="佐藤", subject=held.draft.subject, text=text, base_sha256=sha(office, line.id), now=at(10, 10)),
            Edited,
        )  # fmt: skip
        done = approve(office.store, line.id, user="佐藤", content_sha256=None, now=at(10, 10), sys_now=at(10, 10))
        assert isinstance(done, Refused if count > 1 else Approved)


def sha(office: Round, draft_id: int) -> str:
    return next(one.content_sha256 for one in office.store.drafts(states=["waiting"]) if one.id == draft_id)


def test_without_any_answer_the_letter_says_only_that_the_mail_came(office: Round) -> None:
    draft = letter(ask(office, "長野県飯田市です。コースは後で変えられますか。"))
    assert "改めてご返事します" in draft.text
    assert UNWRITTEN not in draft.text
    assert not draft.review


@pytest.mark.parametrize(
    ("look_first", "text", "review"),
    [
        pytest.param(True, "費用はかかりますか。", True, id="as-shipped"),
        pytest.param(False, "費用はかかりますか。", False, id="the-office-lets-them-go"),
        pytest.param(False, "1 費用はかかりますか。\n2 コースは後で変えられますか。", True, id="one-is-left-to-write"),
        pytest.param(False, "1 費用はかかりますか。\n2 採択の可能性はありますか。", True, id="never-of-chances"),
    ],
)
def test_by_itself_only_where_the_office_says_so(office: Round, look_first: bool, text: str, review: bool) -> None:
    faq = SHIPPED.faq.model_copy(update={"look_first": look_first})
    approval = SHIPPED.file.approval
    auto = approval.for_template("inquiry-received").model_copy(update={"approval": Approval.AUTO})
    policies = approval.model_copy(update={"templates": {**approval.templates, "inquiry-received": auto}})
    office.settings = replace(SHIPPED, faq=faq, file=SHIPPED.file.model_copy(update={"approval": policies}))
    draft = letter(ask(office, f"長野県飯田市です。\n{text}"))
    assert (draft.approval, draft.review) == (Approval.AUTO, review)


def test_the_close_in_an_answer_is_that_of_the_bodys_area(office: Round) -> None:
    (usual,) = SHIPPED.file.rounds
    later = Extension(areas=("長野県",), until=at(30, 16), why="大雪", consent="電話")
    moved = usual.model_copy(update={"extensions": (later,)})
    office.settings = replace(SHIPPED, file=SHIPPED.file.model_copy(update={"rounds": (moved,)}))
    draft = letter(ask(office, "長野県飯田市です。締切は何時ですか。"))
    assert "3月30日" in draft.text
    assert "3月26日" not in draft.text


def test_a_second_mail_leaves_no_question_behind(office: Round) -> None:
    ask(office, "長野県飯田市です。\n1 費用はかかりますか。\n2 コースは後で変えられますか。")
    again = office.mail(
        "長野県飯田市です。見積書は必要ですか。費用はかかりますか。", when=at(10, 11), subject="もう1点"
    )
    lines = [line.strip() for line in letter(again).text.splitlines()]
    asked = [line for line in lines if line[:2] in ("1 ", "2 ", "3 ", "4 ")]
    assert asked == ["1 費用はかかりますか。", "2 コースは後で変えられますか。", "3 見積書は必要ですか。"]
    (line,) = office.store.drafts(states=["waiting"])
    assert line.review


def test_words_of_the_mail_are_never_taken_for_a_place_to_write(office: Round) -> None:
    draft = letter(ask(office, f"長野県飯田市です。\n1 費用はかかりますか。\n2 {UNWRITTEN}は締切の何時ですか。"))
    assert UNWRITTEN not in draft.text


def test_who_asked_what_in_a_week(office: Round) -> None:
    first = ask(office)
    office.mail("応募数は何団体ですか。", when=at(12), sender="記者 <x@news.example>", subject="取材のお願い")
    late = office.mail(
        "長野県塩尻市です。押印は必要ですか。", when=at(17), sender="dx@city.shiojiri.lg.jp", subject="質問"
    )
    found = questions_asked(office.store, at(9, 0), at(16, 0))
    assert [(one.number, one.entry) for one in found if one.mail_id == first.mail_id] == [
        (1, "cost"), (2, None), (3, None), (4, "closing"), (5, None),
    ]  # fmt: skip
    assert {(one.organization, one.letter) for one in found if one.mail_id == first.mail_id} == {
        ("長野県飯田市", "waiting")
    }
    assert [(one.label, one.letter) for one in found if one.sender == "記者"] == [("outside", None)]
    assert late.mail_id not in {one.mail_id for one in found}
    hide_mail(office.store, first.mail_id, why="誤送信", user="佐藤", now=at(17, 10))
    assert first.mail_id not in {one.mail_id for one in questions_asked(office.store, at(9, 0), at(16, 0))}


def test_the_digest_counts_the_week(office: Round) -> None:
    ask(office)
    clock = Clock.starting_at(at(10) + timedelta(days=2))
    counts = {one.label: one.count for one in staff_digest(office.store, office.settings, clock).arrived}
    assert (counts["この7日間の質問"], counts["うち、よくある質問に答えのないもの"]) == (5, 3)
