"""A case over several mails: forgotten files, split mails, passwords, corrections, answers in words, one reminder."""

from __future__ import annotations

import io
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP

import pytest
import pyzipper

from mailflow.model import CaseState
from mailflow.store import Store
from mailflow.store.casebook import casebook
from mailflow.store.cases import applications
from mailflow.store.reminders import NOT_REMINDED, remind, unanswered
from tests.integration.round.forms import form
from tests.integration.round.office import Round, at

SUBJECT = "【長野県飯田市】計画策定支援"
NAME = "【長野県飯田市】1次公募応募様式.xlsx"


@pytest.fixture
def office(store: Store) -> Round:
    return Round(store)


def body(letter: EmailMessage) -> str:
    part = letter.get_body(("plain",))
    assert part is not None
    return "".join(str(part.get_content()).split())  # lines are broken anywhere


def apply(office: Round, when: datetime, text: str = "応募様式を提出します。", **changes: object):
    return office.mail(text, when=when, subject=SUBJECT, files=[(NAME, form(**changes))])


def state(office: Round) -> CaseState | None:
    (line,) = applications(office.store)
    return line.state


def waiting(office: Round) -> list[str]:
    return [line.template for line in office.store.drafts(states=["waiting"])]


def zipped(password: str, **changes: object) -> bytes:
    packed = io.BytesIO()
    with pyzipper.AESZipFile(packed, "w", encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(password.encode())
        archive.writestr(NAME, form(**changes))
    return packed.getvalue()


def test_a_complete_application(office: Round) -> None:
    judged = apply(office, at(16))
    assert judged.templates == ["receipt"]
    assert state(office) is CaseState.COMPLETE


def test_a_forgotten_file_that_follows_gives_one_receipt(office: Round) -> None:
    first = office.mail("応募様式を提出します。", when=at(16), subject=SUBJECT)
    assert first.templates == ["fix-request"]
    second = apply(office, at(16, 9, 4), "【再送】添付が漏れておりました。お詫びいたします。")
    assert second.templates == ["receipt"]
    assert waiting(office) == ["receipt"]
    (letter,) = office.send(at(16, 10))
    assert "9時00分に届いたメールも" in body(letter)


@pytest.mark.parametrize("form_first", [True, False], ids=["form-first", "papers-first"])
def test_a_split_mail_gets_one_letter(office: Round, form_first: bool) -> None:
    def part(number: int, when: datetime):
        files = [(NAME, form())] if (number == 1) == form_first else [("位置図.pdf", b"%PDF-1.4 map")]
        return office.mail("応募します。", when=when, subject=f"{SUBJECT}（{number}/2）", files=files)

    part(1, at(16))
    part(2, at(16, 9, 3))
    assert waiting(office) == ["receipt"]
    (letter,) = office.send(at(16, 12))
    assert "位置図.pdf" in body(letter)
    assert "1次公募応募様式.xlsx" in body(letter)
    assert state(office) is CaseState.COMPLETE


def test_a_part_that_never_comes_is_asked_for(office: Round) -> None:
    first = office.mail(
        "応募します。", when=at(16), subject=f"{SUBJECT}（2/2）", files=[("位置図.pdf", b"%PDF-1.4 map")]
    )
    assert first.templates == ["part-missing"]
    assert office.send(at(16, 10)) == []  # it waits for the other part
    (letter,) = office.send(at(16, 11, 1))
    assert "届いていません" in body(letter)


@pytest.mark.parametrize("told_first", [False, True], ids=["password-follows", "password-first"])
def test_a_password_opens_the_form_of_its_own_mail(office: Round, told_first: bool) -> None:
    def locked(when: datetime) -> None:
        office.mail("応募様式を送ります。パスワードは別途お送りします。", when=when, subject=SUBJECT, files=[("応募様式.zip", zipped("Iida#2026"))])  # fmt: skip

    def told(when: datetime) -> None:
        office.mail("先ほどのファイルのパスワードは次のとおりです。\n\nパスワード：Iida#2026\n", when=when, subject="パスワードのお知らせ")  # fmt: skip

    (told if told_first else locked)(at(16))
    (locked if told_first else told)(at(16, 9, 5))
    office.judge_rest(at(16, 9, 6))
    assert state(office) is CaseState.COMPLETE
    assert "receipt" in waiting(office)
    assert "password-request" not in waiting(office)
    (line,) = applications(office.store)
    assert line.received_at == at(16, 9, 5 if told_first else 0)


def test_a_wrong_password_is_said_to_be_wrong(office: Round) -> None:
    office.mail(
        "パスワードは別途お送りします。応募します。",
        when=at(16),
        subject=SUBJECT,
        files=[("応募様式.zip", zipped("Iida#2026"))],
    )
    office.mail("パスワード：wrong-one", when=at(16, 9, 5), subject="パスワードのお知らせ")
    office.judge_rest(at(16, 9, 6))
    letters = [body(one) for one in office.send(at(16, 12))]
    assert any("開けませんでした" in one for one in letters)


def test_a_correction_is_told_by_the_numbers_in_hand(office: Round) -> None:
    apply(office, at(16), contact_phone=None, course="A・B", contact_email="kikaku.iida")
    (asked,) = office.send(at(16, 10))
    assert "次の3点の修正" in body(asked)
    again = office.mail("修正しました。", when=at(17), answers=asked, files=[(NAME, form(course="A・B"))])
    assert again.templates == ["fix-request"]
    (letter,) = office.send(at(17, 10))
    assert "修正を確認しました" in body(letter)
    assert "1点です" in body(letter)
    done = office.mail("差し替えます。", when=at(18), answers=letter, files=[(NAME, form())])
    assert done.templates in (["receipt"], ["replacement"])
    assert state(office) is CaseState.COMPLETE


def test_a_question_is_answered_as_written(office: Round) -> None:
    apply(office, at(16), weekly_hours=2)
    (receipt,) = office.send(at(16, 10))
    assert "記入のとおり" in body(receipt)
    answer = office.mail("1は記入のとおりです。よろしくお願いいたします。", when=at(17), answers=receipt)
    assert answer.templates == ["answer-recorded"]
    assert not answer.outcome.verdict.needs_review
    office.judge_rest(at(17, 9, 1))
    assert state(office) is CaseState.COMPLETE
    (letter,) = office.send(at(17, 10))
    assert "確認をお願いした点（1）は、記入のとおりとして記録しました" in body(letter)
    assert "現時点で、修正をお願いする点はございません" in body(letter)


def test_an_answer_without_the_form_is_told_what_is_still_asked_for(office: Round) -> None:
    apply(office, at(16), weekly_hours=2, contact_phone=None)
    (asked,) = office.send(at(16, 10))
    assert "「2は記入のとおり」" in body(asked)
    answer = office.mail("2は記入のとおりです。", when=at(17), answers=asked)
    assert answer.templates == ["answer-recorded"]
    office.judge_rest(at(17, 9, 1))
    (letter,) = office.send(at(17, 10))
    text = body(letter)
    assert "確認をお願いした点（2）は、記入のとおりとして記録しました" in text
    assert "電話番号（シート" in text
    assert "確認をお願いする点" not in text
    done = office.mail("1を直しました。", when=at(18), answers=letter, files=[(NAME, form(weekly_hours=2))])
    assert done.templates in (["receipt"], ["replacement"])


def test_an_answer_that_comes_with_the_corrected_form_holds_for_later_ones(office: Round) -> None:
    apply(office, at(16), weekly_hours=2, contact_phone=None, course="A・B")
    (asked,) = office.send(at(16, 10))
    said = "電話番号を直しました。3は記入のとおりです。"
    again = office.mail(said, when=at(17), answers=asked, files=[(NAME, form(weekly_hours=2, course="A・B"))])
    assert again.templates == ["fix-request"]
    (letter,) = office.send(at(17, 10))
    assert "3は、「記入のとおり」とのお返事を受け取りました" in body(letter)
    assert "確認をお願い" not in body(letter)
    done = office.mail("修正しました。", when=at(18), answers=letter, files=[(NAME, form(weekly_hours=2))])
    assert ("weekly-hours", "note") in done.findings
    (receipt,) = office.send(at(18, 10))
    assert "記入のとおり" not in body(receipt)
    other = office.mail("差し替えます。", when=at(19), answers=receipt, files=[(NAME, form(weekly_hours=1))])
    assert ("weekly-hours", "confirm") in other.findings  # another figure was never confirmed


def test_a_fix_request_is_reminded_of_once(office: Round) -> None:
    apply(office, at(16), contact_phone=None)
    office.send(at(16, 10))
    (due,) = unanswered(office.store)
    assert remind(office.store, due, now=at(18))
    (reminded,) = office.judge_rest(at(18))
    assert reminded.templates == ["reminder"]
    (letter,) = office.send(at(18, 10))
    assert "3月16日" in body(letter)
    assert unanswered(office.store) == []


@pytest.mark.parametrize(
    "when",
    [
        pytest.param(at(26, 9), id="the-day-asked-for-is-too-near"),
        pytest.param(at(27), id="it-is-past"),
    ],
)
def test_a_reminder_that_can_go_no_more_is_tried_once_and_told_to_people(office: Round, when: datetime) -> None:
    apply(office, at(16), contact_phone=None)
    office.send(at(16, 10))
    (due,) = unanswered(office.store)
    assert remind(office.store, due, now=when)
    (judged,) = office.judge_rest(when)
    assert judged.templates == []
    assert unanswered(office.store) == []
    book = casebook(office.store, 1)
    assert book is not None
    assert NOT_REMINDED in [one.text for one in book.notes]


def test_a_promise_of_a_mail_that_came_earlier_than_we_knew(office: Round) -> None:
    """Its verdict is taken back with all that it wrote, and it is judged again."""
    apply(office, at(16), contact_phone=None)
    (asked,) = office.send(at(16, 10))
    promising = office.mail("修正版は明日お送りします。", when=at(16, 11), answers=asked)
    office.found_elsewhere(promising, received_at=at(16, 10, 30))
    (again,) = office.judge_rest(at(16, 12))
    assert again.outcome.verdict.promised == promising.outcome.verdict.promised is not None


def test_nobody_who_answered_is_reminded(office: Round) -> None:
    apply(office, at(16), contact_phone=None)
    (asked,) = office.send(at(16, 10))
    office.mail("本日決裁者不在のため明日になります。", when=at(16, 11), answers=asked)
    assert unanswered(office.store) == []


def test_our_own_words_of_thanks_change_nothing(office: Round) -> None:
    apply(office, at(16))
    (receipt,) = office.send(at(16, 10))
    thanks = office.mail("ありがとうございます。", when=at(16, 11), answers=receipt, files=[(NAME, form())])
    assert thanks.templates == []
    assert state(office) is CaseState.COMPLETE


@pytest.mark.parametrize(
    "senders",
    [b"From: kikaku@city.iida.lg.jp\r\nFrom: x@evil.example", b"From: kikaku@city.iida.lg.jp, x@evil.example"],
    ids=["two-fields", "two-in-one-field"],
)
def test_a_mail_of_two_senders_replaces_nothing(office: Round, senders: bytes) -> None:
    """Our server may have judged the one and we the other: a claim, however the town is called (DESIGN §4)."""
    apply(office, at(16))
    mail = EmailMessage(policy=SMTP)
    mail["Subject"], mail["Message-ID"] = SUBJECT, "<two@evil.example>"
    mail.set_content("差し替えます。")
    mail.add_attachment(form(theme="別の計画"), maintype="application", subtype="octet-stream", filename=NAME)
    judged = office.raw(senders + b"\r\n" + mail.as_bytes(), when=at(17))
    assert {("sender-authentic", "review"), ("sender-party", "review")} <= judged.findings
    (line,) = applications(office.store)
    assert (line.state, line.version, line.received_at) == (CaseState.COMPLETE, 1, at(16))
