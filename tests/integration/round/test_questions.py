"""Row 36: questions are answered from faq.yaml by their numbers, the rest by a person; what was asked is listed for the ministry."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from mailflow.clock import Clock
from mailflow.desk import Refused, add_user
from mailflow.desk.approval import Approved, approve, choose_stale, reject
from mailflow.desk.digest import staff_digest
from mailflow.desk.editing import Edited, edit
from mailflow.desk.mails import hide_mail, mail_answered
from mailflow.desk.writing import Words, write_letter
from mailflow.mail import read_mail
from mailflow.model import MORE_QUESTIONS, UNWRITTEN, Approval, Draft, unwritten
from mailflow.settings.models import Extension
from mailflow.store import Store
from mailflow.store.answered import answered_otherwise
from mailflow.store.arrivals import MAIL
from mailflow.store.hand_replies import HandReply
from mailflow.store.mails import VERDICT
from mailflow.store.moves import DRAFT
from mailflow.store.people import Role
from mailflow.store.questions import questions_asked
from tests.integration.round.forms import form
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
    mark = f"{UNWRITTEN[:5]}{UNWRITTEN}{UNWRITTEN[5:]}"
    text = f"長野県飯田市です。\n1 費用はかかりますか。\n2 {mark}は締切の何時ですか。"
    draft = letter(office.mail(text, when=at(10), subject=f"質問{UNWRITTEN} ここに 回答を書いて下さい"))
    assert unwritten(draft.text) == 0
    (line,) = office.store.drafts(states=["waiting"])
    done = approve(office.store, line.id, user="佐藤", content_sha256=None, now=at(10, 10), sys_now=at(10, 10))
    assert isinstance(done, Approved)


def asked_in(judged: Judged) -> list[str]:
    """The questions of the letter, without their numbers."""
    lines = [line.strip() for line in letter(judged).text.splitlines()]
    return [line.partition(" ")[2] for line in lines if line.partition(" ")[0].isdecimal()]


def test_an_earlier_question_is_answered_by_todays_file(office: Round) -> None:
    ask(office, "長野県飯田市です。費用はかかりますか。")
    new = tuple(
        one.model_copy(update={"answer": "新しい答えです。"}) if one.id == "cost" else one
        for one in SHIPPED.faq.entries
    )
    office.settings = replace(SHIPPED, faq=SHIPPED.faq.model_copy(update={"entries": new}))
    text = letter(office.mail("長野県飯田市です。押印は必要ですか。", when=at(10, 11), subject="もう1点")).text
    assert "新しい答えです。" in text
    never = (*SHIPPED.faq.never, "費用")
    office.settings = replace(SHIPPED, faq=SHIPPED.faq.model_copy(update={"never": never}))
    third = letter(office.mail("長野県飯田市です。文字数の制限はありますか。", when=at(10, 12), subject="もう2点"))
    assert "費用はかかりますか。" in third.text
    assert "費用負担はありません" not in third.text.replace("\n", "").replace("\u3000", "")
    assert unwritten(third.text) == 1
    assert third.review


@pytest.mark.parametrize("how", ["noted", "rejected", "by-hand", "by-hand-but-kept"])
def test_what_a_person_answered_is_not_answered_again(office: Round, how: str) -> None:
    first = ask(office, "長野県飯田市です。\n1 費用はかかりますか。\n2 コースは後で変えられますか。")
    (line,) = office.store.drafts(states=["waiting"])
    if how == "noted":
        assert not isinstance(
            mail_answered(office.store, first.mail_id, how="電話で答えた", user="佐藤", now=at(10, 10)), Refused
        )
    elif how == "rejected":
        done = reject(office.store, line.id, capacities={}, user="佐藤", reason="電話で答えた", now=at(10, 10))
        assert not isinstance(done, Refused)
    else:
        with office.store.read() as db:
            name = db.execute(sa.select(MAIL.c.message_id).where(MAIL.c.id == first.mail_id)).scalar_one()
        replied = HandReply(answers=(name,), at=at(10, 10))
        office.store.remember_replies([replied])
        assert office.store.apply_hand_replies(at(10, 10)) == 1
        if how == "by-hand-but-kept":
            kept = choose_stale(office.store, line.id, capacities={}, user="佐藤", keep=True, now=at(10, 10))
            assert not isinstance(kept, Refused)
    again = office.mail("長野県飯田市です。押印は必要ですか。", when=at(10, 11), subject="もう1点")
    assert ("コースは後で変えられますか。" in asked_in(again)) is (how == "by-hand-but-kept")
    assert asked_in(again)[-1] == "押印は必要ですか。"


def test_to_turn_down_what_answers_nothing_answers_nothing(office: Round) -> None:
    first = ask(office, "長野県飯田市です。コースは後で変えられますか。")
    (line,) = office.store.drafts(states=["waiting"])
    done = reject(office.store, line.id, capacities={}, user="佐藤", reason="受け取りの連絡は要らない", now=at(10, 10))
    assert not isinstance(done, Refused)
    with office.store.read() as db:
        assert answered_otherwise(db, [first.mail_id]) == frozenset()
    again = office.mail("長野県飯田市です。押印は必要ですか。", when=at(10, 11), subject="もう1点")
    assert asked_in(again) == ["コースは後で変えられますか。", "押印は必要ですか。"]


def test_a_letter_that_a_person_wrote_answers_where_nothing_else_will(office: Round) -> None:
    first = ask(office, "長野県飯田市です。コースは後で変えられますか。費用はかかりますか。")
    said = Words(subject="ご回答", text="はい、変えられます。")
    mail = read_mail(office.store.raw(first.mail_id) or b"")
    written = write_letter(office.store, SHIPPED, first.mail_id, mail, said, user="佐藤", now=at(10, 10))
    assert isinstance(written, int)
    done = approve(office.store, written, user="佐藤", content_sha256=None, now=at(10, 10), sys_now=at(10, 10))
    assert isinstance(done, Approved)
    with office.store.read() as db:
        assert answered_otherwise(db, [first.mail_id]) == frozenset()  # the answer itself still waits
    with office.store.write() as db:
        db.execute(sa.update(DRAFT).where(DRAFT.c.id != written).values(state="expired", live=False))
    with office.store.read() as db:
        assert answered_otherwise(db, [first.mail_id]) == {first.mail_id}


def test_half_an_answer_keeps_its_place_to_write(office: Round) -> None:
    faq = SHIPPED.faq.model_copy(update={"look_first": False})
    office.settings = replace(SHIPPED, faq=faq)
    draft = letter(
        ask(
            office,
            "長野県飯田市です。\n1 締切は何時ですか。また、国の補助金との重複受給は認められますか。\n2 押印は必要ですか。",
        )
    )
    assert "16時00分までです" in draft.text.replace("\n", "").replace("\u3000", "")
    assert unwritten(draft.text) == 1
    lines = [line.strip() for line in draft.text.splitlines()]
    assert lines.index("（募集要領2(3)）") + 1 == lines.index(UNWRITTEN)
    assert draft.review
    found = questions_asked(office.store, at(9, 0), at(16, 0))
    assert [one.entry for one in found] == [None, "seal"]


def test_one_letter_answers_so_many_and_says_that_there_are_more(office: Round) -> None:
    for minute in range(3):
        text = "\n".join(f"{number} 項目{minute}-{number}の押印は必要ですか。" for number in range(1, 21))
        last = office.mail(f"長野県飯田市です。\n{text}", when=at(10, 9, minute), subject=f"質問{minute}")
    assert len(asked_in(last)) == 40
    assert asked_in(last)[-1] == MORE_QUESTIONS
    assert unwritten(letter(last).text) == 1


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


def apply_and_ask(office: Round, text: str = "応募様式を提出します。費用はかかりますか。") -> Judged:
    return office.mail(
        text,
        when=at(10, 9),
        subject="【長野県飯田市】計画策定支援",
        files=[("【長野県飯田市】1次公募応募様式.xlsx", form())],
    )


def answering(office: Round, mail_id: int) -> tuple[str | None, bool]:
    """How each question of the mail was answered, which is the same for all of them."""
    ((state, answers),) = {
        (one.letter, one.answers)
        for one in questions_asked(office.store, at(9, 0), at(16, 0))
        if one.mail_id == mail_id
    }
    return state, answers


def test_a_receipt_answers_no_question(office: Round) -> None:
    applied = apply_and_ask(office)
    assert letter(applied).purpose == "reply"
    assert answering(office, applied.mail_id) == ("waiting", False)
    (line,) = office.store.drafts(states=["waiting"])
    assert not isinstance(
        approve(office.store, line.id, user="佐藤", content_sha256=None, now=at(10, 10), sys_now=at(10, 10)), Refused
    )
    assert answering(office, applied.mail_id) == ("approved", False)


def test_the_letter_that_answers_is_shown_before_the_receipt(office: Round) -> None:
    applied = apply_and_ask(office)
    with office.store.write() as db:  # one letter of the application is older than the answer, one is newer
        row = db.execute(sa.select(DRAFT).where(DRAFT.c.mail_id == applied.mail_id)).one()._mapping
        rest = {key: value for key, value in row.items() if key != "id"}
        answer = rest | {"purpose": "letter", "template": "letter", "state": "rejected", "live": False}
        db.execute(sa.insert(DRAFT), answer)
        db.execute(sa.insert(DRAFT), rest | {"purpose": "reminder", "template": "reminder"})
    assert answering(office, applied.mail_id) == ("rejected", True)
    with office.store.write() as db:  # what was replaced says nothing where another letter is left
        db.execute(sa.update(DRAFT).where(DRAFT.c.purpose == "letter").values(state="superseded"))
    assert answering(office, applied.mail_id) == ("waiting", False)


def test_the_letter_to_a_later_mail_answers_the_earlier_one_too(office: Round) -> None:
    first = ask(office)
    office.mail("長野県飯田市です。押印は必要ですか。", when=at(10, 11), subject="もう1点")
    (line,) = office.store.drafts(states=["waiting"])
    found = [one for one in questions_asked(office.store, at(9, 0), at(16, 0)) if one.mail_id == first.mail_id]
    assert {(one.letter, one.letter_id, one.answers) for one in found} == {("waiting", line.id, True)}


@pytest.mark.parametrize(
    ("kind", "answers"),
    [pytest.param("inquiry", True, id="to-who-asks"), pytest.param("application", False, id="to-an-applicant")],
)
def test_an_operators_own_letter_answers_who_asks(office: Round, kind: str, answers: bool) -> None:
    asked = ask(office)
    with office.store.write() as db:
        db.execute(sa.update(DRAFT).values(purpose="reply", template="our-answer"))
        db.execute(sa.update(VERDICT).values(kind=kind))
    assert answering(office, asked.mail_id) == ("waiting", answers)


def test_the_digest_counts_the_week(office: Round) -> None:
    ask(office)
    clock = Clock.starting_at(at(10) + timedelta(days=2))
    counts = {one.label: one.count for one in staff_digest(office.store, office.settings, clock).arrived}
    assert (counts["この7日間の質問"], counts["うち、よくある質問に答えのないもの"]) == (5, 3)


ELSEWHERE = "お尋ねの件は、内容を確認し、別にご返事します。"


@pytest.mark.parametrize(
    ("text", "changes", "template", "told"),
    [
        pytest.param("応募様式を提出します。", {"theme": None}, "fix-request", False, id="nothing-asked"),
        pytest.param(
            "応募様式を提出します。なお、公印は必要でしょうか。", {"theme": None}, "fix-request", True, id="fix-request"
        ),
        pytest.param("応募様式を提出します。なお、公印は必要でしょうか。", {}, "receipt", True, id="receipt"),
        pytest.param("応募様式を提出します。ご確認をお願いいたします。", {}, "receipt", False, id="a-courtesy"),
    ],
)
def test_a_letter_about_the_application_leaves_questions_to_another(
    office: Round, text: str, changes: dict[str, object], template: str, told: bool
) -> None:
    name = "【長野県飯田市】1次公募応募様式.xlsx"
    judged = office.mail(text, when=at(10), subject="【長野県飯田市】計画策定支援", files=[(name, form(**changes))])
    assert judged.templates == [template]
    assert (ELSEWHERE in letter(judged).text.replace("\n", "")) is told
    assert letter(judged).review is told  # 「ほかの用件」: a person sees what was asked


@pytest.mark.parametrize(
    ("text", "template"),
    [
        pytest.param("昨日の応募は届いていますか。", "on-record", id="whether-it-came"),
        pytest.param("議会対応のため、締切を1日延長していただけないでしょうか。", "extension", id="more-time"),
        pytest.param("庁内で検討の結果、応募を取り下げます。", "withdrawal-received", id="withdrawal"),
    ],
)
def test_a_letter_on_one_matter_leaves_questions_to_another(office: Round, text: str, template: str) -> None:
    alone = office.mail(f"長野県飯田市の山口です。{text}", when=at(10), subject="ご連絡")
    assert alone.templates == [template]
    assert ELSEWHERE not in letter(alone).text.replace("\n", "")
    both = office.mail(f"長野県飯田市の山口です。{text}また、PDFでも可能ですか。", when=at(10, 11), subject="ご連絡")
    assert both.templates == [template]
    assert ELSEWHERE in letter(both).text.replace("\n", "")
    assert answering(office, both.mail_id) == ("waiting", False)


@pytest.mark.parametrize("sent", [pytest.param(True, id="its-letter-left"), pytest.param(False, id="not-yet-told")])
def test_what_the_remarks_ask_is_told_once(office: Round, sent: bool) -> None:
    """The corrected form still holds the question: a letter that has gone said that it is answered apart."""
    name, subject = "【長野県飯田市】1次公募応募様式.xlsx", "【長野県飯田市】計画策定支援"
    asks = "コースの変更は選定後でも可能でしょうか。"
    office.mail("提出します。", when=at(10), subject=subject, files=[(name, form(theme=None, remarks=asks))])
    (asked,) = office.send(at(10, 10)) if sent else (None,)
    again = office.mail(
        "直しました。", when=at(10, 11), subject=subject, answers=asked, files=[(name, form(remarks=asks))]
    )
    assert (ELSEWHERE in letter(again).text.replace("\n", "")) is not sent
    assert (("also-asks", "review") in again.findings) is not sent
