"""Notices of the call's web form: labels and values in any order and dress, read as values and nothing more."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailflow import pipeline
from mailflow.clock import TOKYO
from mailflow.consultation.webform import fields_of, read_notice
from mailflow.model import ConsultationStep, Known, Outcome, Request
from mailflow.settings.load import load
from mailflow.settings.settings import Settings

SHIPPED = load(Path(__file__).parents[3] / "config", {})
LABELS = SHIPPED.parties.parties[0].labels
AT = datetime(2026, 3, 12, 18, 20, 15, tzinfo=TOKYO)
PLAIN = """\
事前相談会申込みフォームに、新しい回答がありました。

回答日時：2026/03/12 18:19:52
団体名：長野県飯田市
部署名：企画課
氏名：山口 さくら
メールアドレス：kikaku@city.iida.lg.jp
電話番号：0265-22-4511
第1希望：3月17日（火）10:00～10:30
第2希望：3月18日（水）14:00～14:30
相談方法：オンライン
相談内容：Ａコースの支援メニューの選び方について

このメールは送信専用のアドレスから送信しています。
"""


def notice(text: str, at: datetime = AT) -> Request:
    return read_notice(text, LABELS, received_at=at, consultation=SHIPPED.consultation, round_=SHIPPED.rounds[0])


def judged(
    text: str,
    *,
    at: datetime = AT,
    html: bool = False,
    subject: str = "事前相談会申込みフォーム　回答通知",
    **headers: str,
) -> Outcome:
    mail = EmailMessage()
    mail["From"], mail["To"] = "申込みフォーム <noreply@qemailserver.com>", SHIPPED.programme.address
    mail["Subject"], mail["Date"], mail["Message-ID"] = subject, format_datetime(at), "<n1@qemailserver.com>"
    for name, value in {"Auto-Submitted": "auto-generated", **headers}.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text, subtype="html" if html else "plain")
    reading = pipeline.take_in(mail.as_bytes(), SHIPPED, at)
    return pipeline.conclude(reading, Known.empty(), SHIPPED, at, at)


def html_of(text: str) -> str:
    rows = [line.partition("：") for line in text.splitlines() if "：" in line]
    cells = "".join(f"<tr><td><b>{label}</b></td><td>{value}</td></tr>" for label, _, value in rows)
    return f"<html><body><p>新しい回答がありました。</p><table>{cells}</table></body></html>"


WIDE = PLAIN.replace("0265-22-4511", "０２６５－２２－４５１１").replace(
    "2026/03/12 18:19:52", "２０２６／０３／１２　１８：１９：５２"
)
SHUFFLED = "\n".join(reversed(PLAIN.splitlines()))
BELOW = PLAIN.replace("：", "\n")
BRACKETED = "\n".join(
    f"【{label}】{value}" if value else line
    for line in PLAIN.splitlines()
    for label, _, value in [line.partition("：")]
)
NUMBERED = "\n".join(f"Q{number}. {line}" for number, line in enumerate(PLAIN.splitlines()) if "：" in line)
REQUIRED = PLAIN.replace("団体名：", "団体名（必須）：").replace("メールアドレス：", "メールアドレス※：")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(PLAIN, id="as-it-comes"),
        pytest.param(WIDE, id="full-width"),
        pytest.param(BELOW, id="values-below"),
        pytest.param(BRACKETED, id="bracketed"),
        pytest.param(NUMBERED, id="numbered"),
        pytest.param(REQUIRED, id="with-marks-of-required"),
        pytest.param(PLAIN.replace("：", "\t"), id="tabs"),
        pytest.param(PLAIN.replace("\n", "\r\n"), id="crlf"),
    ],
)
def test_one_notice_in_any_dress(text: str) -> None:
    request = notice(text)
    assert [f"{one.start:%d %H:%M}" for one in request.windows] == ["17 10:00", "18 14:00"]
    assert request.contact is not None
    assert (request.contact.address, request.contact.name) == ("kikaku@city.iida.lg.jp", "山口 さくら")
    assert request.asked_at == datetime(2026, 3, 12, 18, 19, 52, tzinfo=TOKYO)
    assert (request.method, request.topic) == ("online", "Aコースの支援メニューの選び方について")
    assert request.phone == "0265-22-4511"
    assert request.unclear == ()


def test_the_order_of_lines_is_nothing_but_that_of_wishes() -> None:
    request = notice(SHUFFLED)
    assert {f"{one.start:%d %H:%M}" for one in request.windows} == {"17 10:00", "18 14:00"}
    assert request.contact is not None


@pytest.mark.parametrize("html", [pytest.param(False, id="plain"), pytest.param(True, id="html-only")])
def test_a_notice_holds_a_slot_and_answers_the_officer(html: bool) -> None:
    outcome = judged(html_of(PLAIN) if html else PLAIN, html=html)
    assert [one.action for one in outcome.actions if one.slot] == ["book"]
    (draft,) = outcome.drafts
    assert draft.template == "consultation-confirmed"
    assert [one.address for one in draft.to] == ["kikaku@city.iida.lg.jp"]
    assert "山口 さくら 様" in draft.text
    assert "qemailserver" not in draft.text


def test_the_forms_own_time_is_the_clock() -> None:
    late = datetime(2026, 3, 24, 17, 4, tzinfo=TOKYO)
    wish = PLAIN.replace("3月17日（火）10:00～10:30", "3月25日（水）10:00").replace("3月18日（水）14:00～14:30", "")
    in_time = judged(wish.replace("2026/03/12 18:19:52", "2026/03/24 16:59:59"), at=late)
    assert [one.template for one in in_time.drafts] == ["consultation-confirmed"]
    too_late = judged(wish.replace("2026/03/12 18:19:52", "2026/03/24 17:00:01"), at=late)
    assert [one.template for one in too_late.drafts] == ["consultation-closed"]


@pytest.mark.parametrize(
    ("change", "holds"),
    [
        pytest.param(("2026/03/12 18:19:52", "2026/03/13 18:19:52"), False, id="a-time-to-come"),
        pytest.param(("2026/03/12 18:19:52", "2026/02/12 18:19:52"), False, id="a-month-old"),
        pytest.param(("2026/03/12 18:19:52", "きのう"), True, id="unreadable-time-is-the-mails"),
        pytest.param(("kikaku@city.iida.lg.jp", "kikaku＠"), False, id="no-address"),
        pytest.param(("kikaku@city.iida.lg.jp", "a@x.example, b@y.example"), False, id="two-addresses-in-one-value"),
        pytest.param(("メールアドレス：kikaku@city.iida.lg.jp", ""), False, id="address-missing"),
        pytest.param(
            ("このメールは", "メールアドレス：evil@x.example\nこのメールは"), False, id="a-second-address-below"
        ),
        pytest.param(("kikaku@city.iida.lg.jp", "x@x.example\r\nBcc: y@y.example"), True, id="a-header-in-a-value"),
        pytest.param(("3月17日（火）", "3月17日（水）"), False, id="weekday-against-date"),
        pytest.param(("0265-22-4511", "なし"), True, id="no-phone"),
        pytest.param(("相談方法：オンライン", "相談方法："), True, id="no-method"),
    ],
)
def test_what_cannot_be_believed_holds_nothing(change: tuple[str, str], holds: bool) -> None:
    outcome = judged(PLAIN.replace(*change))
    assert any(one.action == "book" for one in outcome.actions) == holds
    for draft in outcome.drafts:
        assert all(one.address != "noreply@qemailserver.com" for one in (*draft.to, *draft.cc))


def test_no_address_no_letter_a_person_looks() -> None:
    outcome = judged(PLAIN.replace("メールアドレス：kikaku@city.iida.lg.jp", ""))
    assert outcome.drafts == ()
    assert ("look", "review") in {(one.check, one.severity.value) for one in outcome.verdict.findings}


def test_labels_are_looked_for_at_the_head_of_a_line_only() -> None:
    found = fields_of("相談内容：団体名：は何と書けばよいですか\n団体名：長野県飯田市", LABELS)
    assert [value for _, value in found["organization"]] == ["長野県飯田市"]


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="団体名メールアドレス：:\t\n希望日時3/18 14:00【】※@a.jp令和年月", max_size=300))
def test_no_notice_raises(text: str) -> None:
    assert notice(text).form


@pytest.mark.parametrize(
    ("result", "imported", "books"),
    [
        pytest.param("dmarc=pass header.from=globaleysurvey.ey.com", False, True, id="genuine"),
        pytest.param("dmarc=none; spf=pass; dkim=pass", False, False, id="of-somebody"),
        pytest.param("spf=pass; dkim=pass", False, True, id="signed-without-dmarc"),
        pytest.param("dmarc=fail", False, False, id="forged"),
        pytest.param(None, False, False, id="not-looked-at"),
        pytest.param(None, True, True, id="imported-by-a-person"),
    ],
)
def test_a_notice_that_is_not_proven_holds_nothing(result: str | None, imported: bool, books: bool) -> None:
    mailbox = SHIPPED.file.mailbox.model_copy(update={"authserv_id": "mx.office.example"})
    ours = replace(SHIPPED, file=SHIPPED.file.model_copy(update={"mailbox": mailbox}))
    step = step_of_notice(ours, result, imported=imported)
    assert (step.step == "book", step.review is None) == (books, books)
    assert step.step in ("book", "offer")


@pytest.mark.parametrize(("says", "books"), [("offer", False), ("hold", True)])
def test_where_nobody_looks_at_senders_the_office_says_whether_a_notice_is_believed(says: str, books: bool) -> None:
    consultation = SHIPPED.consultation.model_copy(update={"unproven_form": says})
    step = step_of_notice(replace(SHIPPED, consultation=consultation), None)
    assert (step.step == "book", step.review is None) == (books, books)


def step_of_notice(ours: Settings, result: str | None, *, imported: bool = False) -> ConsultationStep:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "申込みフォーム <noreply@qemailserver.com>", "事前相談会申込みフォーム　回答通知"
    mail["To"], mail["Auto-Submitted"] = SHIPPED.programme.address, "auto-generated"
    mail.set_content(PLAIN)
    raw = mail.as_bytes()
    if result is not None:
        raw = f"Authentication-Results: mx.office.example; {result}\r\n".encode() + raw
    reading = pipeline.take_in(raw, ours, AT)
    step = pipeline.conclude(reading, Known.empty(), ours, AT, AT, imported=imported).verdict.step
    assert step is not None
    return step
