"""Machines' mail, and people's mail that looks like it."""

from __future__ import annotations

import pytest

from mailflow.mail import ReadContext, read_mail
from tests.unit.mail.mails import TEXT, attached, mail, multi, part, xlsx

SENT = b"<sent-1@office.example>"


def report(
    kind: bytes, status: bytes, returned: bytes = b"text/rfc822-headers", sender: bytes = b"MAILER-DAEMON@mx.example"
) -> bytes:
    parts = [
        TEXT,
        part(b"message/" + kind, status),
        part(returned, b"From: j@office.example\r\nMessage-ID: " + SENT + b"\r\nSubject: x\r\n"),
    ]
    raw = multi(parts, b"report; report-type=" + kind, extra=b"")
    return raw.replace(b"yamada@town.kawahara.example", sender, 1)


def from_(address: bytes, subject: bytes = b"x", extra: bytes = b"", body: bytes = b"text\r\n") -> bytes:
    return mail(subject, body, head=b"From: " + address + b"\r\n", extra=extra)


FORM = attached(xlsx())
GATEWAY = b"List-Id: <town.kawahara.example>\r\nPrecedence: list\r\nReturn-Path: <>\r\n"
REPLY = part(b'text/calendar; method=REPLY; charset="utf-8"', b"BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nEND:VCALENDAR\r\n")


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        pytest.param(mail(), None, id="a-person"),
        pytest.param(report(b"delivery-status", b"Reporting-MTA: dns; x\r\n\r\nFinal-Recipient: rfc822; a\r\nAction: failed\r\n"), "bounce", id="bounce"),
        pytest.param(report(b"delivery-status", b"Reporting-MTA: dns; x\r\n\r\nAction: delayed\r\n"), "delay", id="delay"),
        pytest.param(report(b"delivery-status", b"Reporting-MTA: dns; x\r\n\r\nAction: delivered\r\n"), "report", id="delivered"),
        pytest.param(report(b"disposition-notification", b"Original-Message-ID: <sent-1@office.example>\r\nDisposition: manual-action; displayed\r\n", sender=b"yamada@town.example"), "report", id="read-receipt"),
        pytest.param(from_(b"MAILER-DAEMON@mx.example", b"failure notice"), "bounce", id="qmail-bounce"),
        pytest.param(from_(b"postmaster@mx.example", "配信不能: 受領".encode(), b"Return-Path: <>\r\n"), "bounce", id="exchange-bounce-in-japanese"),
        pytest.param(from_(b"mailer-daemon@mx.example", b"Warning: could not send message for past 4 hours"), "delay", id="sendmail-delay"),
        pytest.param(from_(b"a@b.example", "開封済み: 【受領】".encode()), "report", id="read-receipt-as-text"),
        pytest.param(mail(extra=b"Auto-Submitted: auto-replied\r\n"), "auto-reply", id="rfc3834"),
        pytest.param(mail(extra=b"Auto-Submitted: no\r\n"), None, id="auto-submitted-no"),
        pytest.param(mail(extra=b"Auto-Submitted: auto-generated (x)\r\n"), "other", id="auto-generated"),
        pytest.param(mail(extra=b"X-Autoreply: yes\r\n"), "auto-reply", id="x-autoreply"),
        pytest.param(mail("自動応答: 不在にしております".encode()), "auto-reply", id="outlook-in-japanese"),
        pytest.param(mail("[EXTERNAL] 【自動返信】お問い合わせ".encode()), "auto-reply", id="behind-a-gateway-prefix"),
        pytest.param(mail(b"Automatic reply: hello"), "auto-reply", id="outlook-in-english"),
        pytest.param(mail(b"Out of Office"), "auto-reply", id="out-of-office"),
        pytest.param(mail(b"Abwesenheitsnotiz: x"), "auto-reply", id="german"),
        pytest.param(mail("不在のお知らせ".encode(), extra=b"In-Reply-To: <a@b>\r\n"), "auto-reply", id="absent-as-an-answer"),
        pytest.param(mail("不在のお知らせ（3/25〜3/26）".encode()), None, id="a-person-tells-of-absence"),
        pytest.param(mail("本日決裁者不在のため明日になります".encode(), extra=b"In-Reply-To: <a@b>\r\n"), None, id="a-person-mentions-absence"),
        pytest.param(mail("Re: 自動応答: 不在".encode()), None, id="a-person-answers-an-auto-reply"),
        pytest.param(mail("自動応答システムについて".encode()), None, id="a-person-writes-of-auto-replies"),
        pytest.param(mail(extra=b"X-Auto-Response-Suppress: All\r\n"), None, id="suppress-alone-is-a-person"),
        pytest.param(mail(extra=b"List-Id: <l.example>\r\nList-Unsubscribe: <mailto:x@y>\r\n"), "list", id="list"),
        pytest.param(mail(extra=b"Precedence: bulk\r\n"), "other", id="bulk"),
        pytest.param(mail(extra=b"Return-Path: <>\r\n"), "other", id="null-sender"),
        pytest.param(multi([TEXT, FORM], extra=GATEWAY), None, id="gateway-marks-on-an-application"),
        pytest.param(mail(b"Re: x", extra=GATEWAY + b"References: <a@b>\r\n"), None, id="gateway-marks-on-an-answer"),
        pytest.param(from_(b"no-reply@survey.example"), "other", id="no-reply"),
        pytest.param(from_(b"noreply-123@survey.example"), "other", id="no-reply-with-a-number"),
        pytest.param(from_(b"noriko.replyama@town.example"), None, id="a-name-like-no-reply"),
        pytest.param(multi([TEXT, REPLY], b"alternative", extra=b"Auto-Submitted: auto-generated\r\n"), None, id="accepted-from-a-calendar"),
        pytest.param(mail(extra=b"X-Mailflow-Id: 7@office.example\r\n"), "self", id="our-own"),
    ],
)  # fmt: skip
def test_machine(raw, kind):
    assert read_mail(raw).machine == kind


def test_own_mail_by_configuration():
    context = ReadContext(own_ids=frozenset({"office.example"}), own_addresses=frozenset({"J@Office.example"}))
    assert read_mail(mail(extra=b"X-Mailflow-Id: 7@office.example\r\n"), context=context).machine == "self"
    assert read_mail(mail(extra=b"X-Mailflow-Id: 7@elsewhere.example\r\n"), context=context).machine == "other"
    assert read_mail(from_(b"j@office.example"), context=context).machine == "self"


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(report(b"delivery-status", b"Action: failed\r\n"), id="returned-headers"),
        pytest.param(report(b"delivery-status", b"Action: failed\r\n", b"message/rfc822"), id="returned-mail"),
        pytest.param(report(b"disposition-notification", b"Original-Message-ID: " + SENT + b"\r\n"), id="read-receipt"),
        pytest.param(from_(b"MAILER-DAEMON@mx.example", b"failure notice", body=b"Sorry.\r\n--- Below\r\n\r\nMessage-Id:\r\n " + SENT + b"\r\n"), id="qmail"),
    ],
)  # fmt: skip
def test_returned_ids(raw):
    assert read_mail(raw).returned_ids == (SENT.decode(),)


def test_a_person_returns_nothing():
    assert read_mail(mail(body=b"Message-ID: <a@b.example>\r\n")).returned_ids == ()
