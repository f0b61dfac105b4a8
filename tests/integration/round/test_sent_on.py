"""Row 2: an officer's application that a bureau sent on: the letter is the officer's, a person approves; nobody's word joins a case."""

from __future__ import annotations

from dataclasses import replace
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

import pytest

from mailflow.model import Approval, Kind
from mailflow.settings.settings import Settings
from mailflow.store import Store
from mailflow.store.cases import application, applications
from mailflow.store.hidden import hidden_mails
from tests.integration.round.forms import form
from tests.integration.round.office import IIDA, OFFICE, SHIPPED, Judged, Round, at
from tests.integration.round.story import NAME, SUBJECT

BUREAU = "信越総合通信局 <shinetsu@bureau.example>"
SERVER = "mx.secretariat.example"
PASSED = (("Authentication-Results", f"{SERVER}; dmarc=pass header.from=bureau.example"),)


def settings() -> Settings:
    """The bureau's address is in parties.yaml, and our own server's verdicts on senders are read."""
    parties = tuple(
        one.model_copy(update={"addresses": ("shinetsu@bureau.example",)}) if one.name == "信越総合通信局" else one
        for one in SHIPPED.parties.parties
    )
    mailbox = SHIPPED.file.mailbox.model_copy(update={"authserv_id": SERVER})
    return replace(
        SHIPPED,
        parties=SHIPPED.parties.model_copy(update={"parties": parties}),
        file=SHIPPED.file.model_copy(update={"mailbox": mailbox}),
    )


@pytest.fixture
def office(store: Store) -> Round:
    return Round(store, settings())


def inner(sender: str = IIDA, **changes: object) -> EmailMessage:
    made = EmailMessage(policy=SMTP)
    made["From"], made["To"], made["Subject"] = sender, "shinetsu@bureau.example", SUBJECT
    made["Date"], made["Message-ID"] = format_datetime(at(15, 9)), "<inner@city.iida.example>"
    made["Received"] = f"from a.example by mx.bureau.example; {format_datetime(at(15, 9, 1))}"
    made.set_content("応募様式を提出します。")
    made.add_attachment(form(**changes), maintype="application", subtype="octet-stream", filename=NAME)
    return made


def forward(
    office: Round, *mails: EmailMessage, sender: str = BUREAU, headers: tuple[tuple[str, str], ...] = PASSED, day: int = 16, beside: bytes = b"", subject: str = f"FW: {SUBJECT}", text: str = "当局に届きましたので転送します。"
) -> Judged:  # fmt: skip
    made = EmailMessage(policy=SMTP)
    for name, value in headers:
        made[name] = value
    made["From"], made["To"], made["Subject"] = sender, OFFICE, subject
    made["Date"], made["Message-ID"] = format_datetime(at(day)), f"<outer-{day}-{len(headers)}@bureau.example>"
    made.set_content(text)
    for one in mails or (inner(),):
        made.add_attachment(one)
    if beside:
        made.add_attachment(beside, maintype="application", subtype="octet-stream", filename=NAME)
    return office.raw(made.as_bytes(), when=at(day))


def test_the_letter_goes_to_the_officer_a_copy_to_the_bureau_and_waits_for_a_person(office: Round) -> None:
    judged = forward(office)
    assert judged.outcome.verdict.understood.kind is Kind.APPLICATION
    (draft,) = judged.drafts
    assert [one.address for one in draft.to] == ["kikaku@city.iida.lg.jp"]
    assert [one.address for one in draft.cc] == ["shinetsu@bureau.example"]
    assert draft.template == "receipt"
    assert draft.review
    assert "信越総合通信局 御中" in draft.text
    assert f"1 {NAME}" in draft.text, "the file as the officer sent it"
    assert "名前のないファイル" not in draft.text
    (line,) = office.store.drafts(states=["waiting"])
    assert line.review
    said = " ".join(one.message for one in judged.outcome.verdict.findings)
    assert "令和8年3月15日（日）9時01分" in said
    assert [(one.number, one.version) for one in applications(office.store)] == [("R8-1-202053", 1)]


def test_what_the_form_lacks_is_asked_of_the_officer(office: Round) -> None:
    (draft,) = forward(office, inner(contact_phone=None)).drafts
    assert (draft.template, draft.review) == ("fix-request", True)
    assert [one.address for one in draft.to] == ["kikaku@city.iida.lg.jp"]


def test_never_by_itself_whatever_the_policy(office: Round) -> None:
    approval = office.settings.file.approval
    auto = {
        name: approval.for_template(name).model_copy(update={"approval": Approval.AUTO})
        for name in ("arrival", "receipt", "fix-request")
    }
    file = office.settings.file.model_copy(
        update={"approval": approval.model_copy(update={"templates": {**approval.templates, **auto}})}
    )
    office.settings = replace(office.settings, file=file)
    forward(office)
    (line,) = office.store.drafts()
    assert line.state == "waiting"


def test_after_the_close_the_ministry_decides(office: Round) -> None:
    (draft,) = forward(office, day=27).drafts
    assert (draft.template, draft.approval, draft.consent, draft.review) == ("late", Approval.TWO, True, True)


FORGED = {
    "a-bureau-that-nobody-proved": {"headers": ()},
    "dmarc-fails": {"headers": (("Authentication-Results", f"{SERVER}; dmarc=fail header.from=bureau.example"),)},
    "proven-by-another-server": {"headers": (("Authentication-Results", "mx.forger.example; dmarc=pass"),)},
    "no-bureau-of-ours": {"sender": "信越総合通信局 <shinetsu@bureaus.example>"},
    "a-bureaus-name-before-another-address": {"sender": "shinetsu@bureau.example <x@free.example>"},
    "two-senders": {"sender": f"{BUREAU}, x@free.example"},
    "the-ministry": {"sender": "総務省 <x@soumu.go.jp>"},
}


@pytest.mark.parametrize("forged", [pytest.param(value, id=name) for name, value in FORGED.items()])
def test_a_forged_forward_speaks_for_nobody(office: Round, forged: dict[str, object]) -> None:
    judged = forward(office, **forged)  # type: ignore[arg-type]
    understood = judged.outcome.verdict.understood
    assert understood.writer is None
    assert not [
        one for draft in judged.drafts for one in (*draft.to, *draft.cc) if one.address == "kikaku@city.iida.lg.jp"
    ]
    assert application(office.store, "R8-1-202053") is None or understood.known_sender is None


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param((inner(), inner("x <x@free.example>")), id="two-mails-inside"),
        pytest.param((inner("信越総合通信局 <shinetsu@bureau.example>"),), id="the-bureaus-own"),
        pytest.param((inner(f"事務局 <{OFFICE}>"),), id="in-our-name"),
        pytest.param((inner("no-reply@city.iida.lg.jp"),), id="a-robot"),
        pytest.param((inner("総務省 <x@soumu.go.jp>"),), id="the-ministry"),
    ],
)
def test_what_hangs_inside_must_be_one_officers_mail(office: Round, sent: tuple[EmailMessage, ...]) -> None:
    judged = forward(office, *sent)
    assert judged.outcome.verdict.understood.writer is None
    assert judged.drafts == ()
    assert applications(office.store) == []


def test_a_form_beside_the_attached_mail_is_the_bureaus(office: Round) -> None:
    judged = forward(office, beside=form(theme="局が付けたもの"))
    assert judged.outcome.verdict.understood.writer is None
    assert judged.drafts == ()


def test_it_joins_and_replaces_no_case(office: Round) -> None:
    """A stranger who writes to the bureau in the town's name reaches us by an honest bureau."""
    office.mail("応募様式を提出します。", when=at(14), subject=SUBJECT, files=[(NAME, form())])
    office.send(at(14, 10))
    judged = forward(office, inner(theme="すり替え"))
    known = judged.outcome.verdict.known
    assert known.claim
    sheet = application(office.store, "R8-1-202053")
    assert sheet is not None
    assert (sheet.line.version, sheet.line.versions) == (1, 1)
    assert sheet.claims == (judged.mail_id,)
    for draft in judged.drafts:
        assert draft.review
        assert draft.cc == ()
        assert "第1版" not in draft.text


def test_who_is_tied_to_the_body_takes_the_case_over(office: Round) -> None:
    forward(office, inner("川上 <kawakami@free.example>", theme="すり替え"))
    own = office.mail("応募様式を提出します。", when=at(17), subject=SUBJECT, files=[(NAME, form())])
    assert not own.outcome.verdict.known.claim
    office.judge_rest(at(17, 10))
    sheet = application(office.store, "R8-1-202053")
    assert sheet is not None
    assert sheet.verdict is not None
    assert sheet.verdict.understood.writer is None
    standing = {one.address: one.standing for one in sheet.people}
    assert standing["kikaku@city.iida.lg.jp"] == "accepted"
    assert standing.get("kawakami@free.example", "displaced") == "displaced"


def test_what_isnt_about_the_call_opens_nothing(office: Round) -> None:
    judged = forward(office, subject="ご参考")
    assert judged.outcome.verdict.understood.writer is None
    assert judged.drafts == ()
    assert applications(office.store) == []


def test_no_word_of_a_forward_hides_what_the_officer_sent(office: Round) -> None:
    own = office.mail("応募様式を提出します。", when=at(14), subject=SUBJECT, files=[(NAME, form())])
    judged = forward(office, text="先ほどのメールは誤送信です。削除をお願いいたします。パスワードは abcd1234 です。")
    assert judged.outcome.verdict.understood.writer is not None
    assert hidden_mails(office.store) == frozenset()
    sheet = application(office.store, "R8-1-202053")
    assert sheet is not None
    assert sheet.mails == (own.mail_id,)


def test_a_private_address_inside_is_asked_after(office: Round) -> None:
    judged = forward(office, inner("川上 <kawakami@gmail.com>"))
    (draft,) = judged.drafts
    assert ("sender-domain", "review") in judged.findings
    assert draft.template == "arrival"
