"""What several checks share of a mail: its papers, its parts, the letter its sender has in hand, who sent it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from mailflow.intake.facts import Facts, Need
from mailflow.model import (
    Address,
    AttachedMail,
    Attachment,
    EarlierMail,
    Intent,
    Known,
    Letter,
    LetterItem,
    MachineKind,
    Question,
    Request,
    RequestIntent,
)
from tests.unit.judging.build import PDF, ZIP, at, facts, file, form, form_file, letter, mail, party, settings

MAIL = "message/rfc822"
SENDER = Address(name=None, address="kikaku@city.iida.nagano.jp")


@pytest.mark.parametrize(
    ("sent", "papers"),
    [
        pytest.param((file("位置図.pdf", PDF),), 1, id="a-paper"),
        pytest.param((file("図.png", "image/png", inline=True),), 0, id="a-picture-in-the-text"),
        pytest.param((file("位置図.png", "image/png"),), 1, id="a-picture-beside-the-text"),
        pytest.param((file("image001.png", "image/png"),), 0, id="a-logo"),
        pytest.param((file("image001.pdf", PDF),), 1, id="a-paper-named-like-a-logo"),
        pytest.param((file("名刺.vcf", "text/vcard"),), 0, id="a-card"),
        pytest.param((file("smime.p7s", "application/octet-stream"),), 0, id="a-signature-by-its-name"),
        pytest.param((file("SMIME.P7S", "application/octet-stream", problem="broken"),), 1, id="a-broken-one"),
        pytest.param((file("winmail.dat", "application/octet-stream"),), 0, id="what-a-mail-program-wraps"),
        pytest.param((file("様式.zip", ZIP),), 1, id="an-empty-archive"),
        pytest.param((file("様式.zip", ZIP), file("様式.pdf", PDF, path=("様式.zip",))), 1, id="an-archive-that-opened"),
        pytest.param((file("様式.zip", ZIP, problem="locked"),), 1, id="an-archive-that-is-locked"),
        pytest.param(
            (file("様式.zip", ZIP, problem="locked"), file("様式.pdf", PDF, path=("別.zip",))), 2, id="one-of-two-is-locked"
        ),
        pytest.param((file(None, PDF),), 1, id="without-a-name"),
        pytest.param((), 0, id="nothing"),
    ],
)  # fmt: skip
def test_what_its_sender_meant_to_send(sent: tuple[Attachment, ...], papers: int) -> None:
    assert len(facts(mail(files=sent)).papers) == papers


def inside(*files: Attachment, hangs: bool = True) -> Facts:
    sent_on = (AttachedMail(sender=SENDER, subject=None, date=None, arrived_at=None),) if hangs else ()
    return facts(mail(files=files, attached=sent_on), form_=form())


FORM = file()
INNER = file(path=("転送.eml",))


@pytest.mark.parametrize(
    ("make", "sent_on"),
    [
        pytest.param(lambda: inside(FORM), False, id="beside-a-mail"),
        pytest.param(
            lambda: inside(file("転送.eml", MAIL), file("位置図.pdf", PDF, path=("転送.eml",)), FORM),
            False,
            id="beside-a-mail-with-another-paper",
        ),
        pytest.param(lambda: inside(file("転送.eml", MAIL), INNER), True, id="in-a-mail"),
        pytest.param(lambda: inside(file("転送.zip", ZIP), INNER), False, id="in-an-archive-beside-a-mail"),
        pytest.param(lambda: inside(INNER), False, id="in-nothing-that-is-shown"),
        pytest.param(lambda: inside(file("a.eml", MAIL), file("b.zip", ZIP), INNER), False, id="in-the-last-before-it"),
        pytest.param(lambda: inside(file("転送.eml", MAIL), INNER, hangs=False), False, id="no-mail-hangs-on-it"),
        pytest.param(lambda: facts(mail(files=(FORM,))), False, id="no-form"),
    ],
)
def test_a_form_inside_a_mail(make: Callable[[], Facts], sent_on: bool) -> None:
    assert make().form_in_a_mail == sent_on


@pytest.mark.parametrize(
    ("need", "make", "held"),
    [
        pytest.param("form", lambda: facts(form_=form()), True, id="a-form"),
        pytest.param("form", lambda: facts(mail()), False, id="no-form"),
        pytest.param("form", lambda: facts(mail(), forms=(form(), form(theme="別"))), False, id="of-several-bodies"),
        pytest.param("no-form", lambda: facts(mail()), True, id="nothing"),
        pytest.param("no-form", lambda: facts(mail(), forms=(form(), form(theme="別"))), False, id="several"),
        pytest.param("filled", lambda: facts(form_=form()), True, id="filled"),
        pytest.param("filled", lambda: facts(form_=replace(form(), untouched=True)), False, id="blank"),
        pytest.param("filled", lambda: facts(mail()), False, id="none-to-fill"),
        pytest.param("current", lambda: facts(form_=form()), True, id="in-force"),
        pytest.param("current", lambda: facts(form_=replace(form(), untouched=True)), False, id="in-force-and-blank"),
        pytest.param("current", lambda: facts(mail()), False, id="none"),
        pytest.param("current", lambda: facts(form_=form(edition="another")), True, id="no-edition-of-ours"),
        pytest.param("current", lambda: facts(form_=form(), received="2026-03-01 10:00"), True, id="before-the-opening"),
    ],
)  # fmt: skip
def test_what_a_check_needs(need: Need, make: Callable[[], Facts], held: bool) -> None:
    assert make().has(need) == held


def test_the_edition_of_the_form_itself_counts() -> None:
    newest = form_file().forms[0]
    old = newest.model_copy(update={"id": "r7-1"})
    config = replace(settings(), form=form_file().model_copy(update={"forms": (newest, old)}))
    assert facts(form_=form(edition="r7-1"), config=config).form_spec is old
    assert facts(form_=form(edition="another"), config=config).form_spec is newest
    assert facts(mail(), config=config).form_spec is newest


@pytest.mark.parametrize(
    ("message", "reply"),
    [
        pytest.param(mail("計画策定支援"), False, id="first"),
        pytest.param(mail("Re: 計画策定支援"), True, id="by-its-subject"),
        pytest.param(mail("  RE[2]:計画策定支援"), True, id="with-a-number"),
        pytest.param(mail("返信：計画策定支援"), True, id="in-japanese"),
        pytest.param(mail("件名 Re: 計画策定支援"), False, id="not-at-the-front"),
        pytest.param(mail(None), False, id="no-subject"),
        pytest.param(mail("計画策定支援", in_reply_to="<a@b.example>"), True, id="by-its-thread"),
    ],
)
def test_a_reply(message: object, reply: bool) -> None:
    assert facts(message).is_reply == reply  # type: ignore[arg-type]


def earlier(number: int, of: int = 2, *, form: bool = False) -> EarlierMail:
    return EarlierMail(mail_id=number, received_at=at("2026-03-10 09:55"), part=(number, of), form=form)


@pytest.mark.parametrize(
    ("part", "here", "missing"),
    [
        pytest.param(None, (), (), id="whole"),
        pytest.param((1, 1), (), (), id="one-of-one"),
        pytest.param((1, 1), (earlier(2, 3),), (), id="one-of-one-beside-parts"),
        pytest.param((1, 2), (), (2,), id="the-first"),
        pytest.param((2, 2), (), (1,), id="the-second"),
        pytest.param((2, 2), (earlier(1),), (), id="both"),
        pytest.param((3, 3), (earlier(1, 3),), (2,), id="the-middle-is-missing"),
        pytest.param((2, 2), (earlier(1, 3),), (1,), id="a-part-of-another"),
        pytest.param((2, 2), (EarlierMail(mail_id=1, received_at=at("2026-03-10 09:55")),), (1,), id="a-whole-mail"),
    ],
)
def test_parts_that_are_missing(
    part: tuple[int, int] | None, here: tuple[EarlierMail, ...], missing: tuple[int, ...]
) -> None:
    assert facts(mail("計画策定支援"), part=part, known=Known(case_id=1, earlier=here)).missing_parts == missing


def test_one_of_one_is_no_part() -> None:
    assert facts(mail("計画策定支援"), part=(1, 1)).part is None


def test_an_answer_that_keeps_such_a_subject_is_no_part() -> None:
    given = facts(mail("Re: 計画策定支援（1/2）"), part=(1, 2))
    assert (given.part, given.missing_parts, given.form_in_another_part) == (None, (), False)


ITEM = LetterItem(number=1, checks=("weekly-hours",), fields=("weekly_hours",), confirm=True)


def numbered(template: str, purpose: str = "reply") -> Letter:
    return replace(letter(template, purpose), items=(ITEM,))


@pytest.mark.parametrize(
    ("known", "template"),
    [
        pytest.param(Known(), None, id="none"),
        pytest.param(Known(answers=letter("receipt")), None, id="one-without-points"),
        pytest.param(Known(answers=numbered("receipt")), "receipt", id="the-one-answered"),
        pytest.param(Known(letters=(numbered("receipt"), numbered("fix-request"))), "fix-request", id="the-newest"),
        pytest.param(Known(letters=(numbered("receipt"), letter("arrival"))), "receipt", id="the-newest-with-points"),
        pytest.param(
            Known(answers=letter("arrival"), letters=(numbered("receipt"),)), "receipt", id="the-one-answered-has-none"
        ),
        pytest.param(
            Known(letters=(numbered("receipt"), numbered("fix-request", "beside-0123456789ab"))),
            "receipt",
            id="not-one-beside",
        ),
    ],
)
def test_the_letter_its_sender_has_in_hand(known: Known, template: str | None) -> None:
    found = facts(known=known).letter_in_hand
    assert (found.template if found else None) == template


def test_only_a_party_answers_a_question_of_ours() -> None:
    said = mail("Re: 計画策定支援", "1は記入のとおりです。")
    assert facts(said, known=Known(answers=numbered("receipt"))).answered == (ITEM,)
    assert facts(said, known=Known(answers=numbered("receipt"), claim=True)).answered == ()
    assert facts(said).answered == ()


@pytest.mark.parametrize(
    ("make", "asked"),
    [
        pytest.param(
            lambda: facts(mail("質問", "締切は何時ですか。費用はかかりますか。"), intents=(Intent.ASK,)),
            ["締切は何時ですか。", "費用はかかりますか。"], id="in-sentences",
        ),
        pytest.param(lambda: facts(mail("様式の件", "　"), intents=(Intent.ASK,)), ["様式の件"], id="by-its-subject"),
        pytest.param(lambda: facts(mail(None, "様式の件\n"), intents=(Intent.ASK,)), ["様式の件"], id="by-its-text"),
        pytest.param(lambda: facts(mail("質問", "締切は何時ですか。")), [], id="asks-nothing"),
        pytest.param(
            lambda: facts(mail("質問", "締切は何時ですか。", machine=MachineKind.LIST), intents=(Intent.ASK,)),
            [], id="a-machine",
        ),
        pytest.param(
            lambda: facts(form_=form(remarks="変更は選定後でも可能でしょうか。よろしくお願いします。")),
            ["変更は選定後でも可能でしょうか。"], id="in-the-form's-remarks",
        ),
        pytest.param(lambda: facts(form_=form(remarks="情報部門と連携します。")), [], id="remarks-that-ask-nothing"),
    ],
)  # fmt: skip
def test_what_a_mail_asks(make: Callable[[], Facts], asked: list[str]) -> None:
    assert [one.text for one in make().questions] == asked


def test_questions_of_earlier_mails_are_answered_anew() -> None:
    before = Known(unanswered=(Question(text="締切は何時ですか。", answer="古い答え", entry="gone"),))
    (one,) = facts(known=before).carried.unanswered
    assert (one.text, one.answer) == ("締切は何時ですか。", None)


@pytest.mark.parametrize(
    ("known", "sender", "accepted"),
    [
        pytest.param(Known(parties=(SENDER,)), SENDER.address.upper(), True, id="a-party"),
        pytest.param(Known(parties=(SENDER,), untied=True), SENDER.address, False, id="wrote-before"),
        pytest.param(Known(parties=(SENDER,)), "other@city.iida.nagano.jp", False, id="somebody-else"),
        pytest.param(Known(parties=(SENDER,)), None, False, id="nobody"),
        pytest.param(Known(), SENDER.address, False, id="no-party"),
    ],
)
def test_a_sender_that_was_accepted(known: Known, sender: str | None, accepted: bool) -> None:
    assert facts(mail(sender=sender), known=known).sender_accepted == accepted


@pytest.mark.parametrize(
    ("make", "ours"),
    [
        pytest.param(lambda: facts(known=Known(answers=letter())), True, id="answers"),
        pytest.param(lambda: facts(case_number="R8-1-202053"), True, id="quotes-the-number"),
        pytest.param(facts, False, id="neither"),
    ],
)
def test_a_mail_in_a_thread_of_ours(make: Callable[[], Facts], ours: bool) -> None:
    assert make().in_our_thread == ours


@pytest.mark.parametrize(
    ("kind", "asks", "contact"),
    [
        pytest.param("web-form", True, SENDER, id="the-calls-form"),
        pytest.param("bureau", True, None, id="another-known-sender"),
        pytest.param("web-form", False, None, id="a-form-of-no-request"),
    ],
)
def test_the_officer_inside_a_notice(kind: str, asks: bool, contact: Address | None) -> None:
    request = Request(intent=RequestIntent.REQUEST, contact=SENDER) if asks else None
    assert facts(known_sender=party(kind), request=request).contact == contact


@pytest.mark.parametrize(
    ("name", "like_form"),
    [
        pytest.param("応募様式.pdf", True, id="the-form"),
        pytest.param("1次公募 応募様式（飯田市）.docx", True, id="with-more"),
        pytest.param("計画策定支援 位置図.pdf", False, id="the-programme-alone"),
        pytest.param("位置図.pdf", False, id="another"),
        pytest.param(None, False, id="nameless"),
    ],
)
def test_a_file_that_calls_itself_the_form(name: str | None, like_form: bool) -> None:
    given = facts(mail(files=(file(name, PDF),)))
    assert given.like_form == like_form
    assert not facts(mail(files=(file(name, PDF, inline=True),))).like_form
