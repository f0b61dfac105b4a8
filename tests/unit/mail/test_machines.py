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
SUBMITTED = [
    (b"auto-replied(comment)", "auto-reply"),
    (b"(c) Auto-Replied", "auto-reply"),
    (b'"auto-replied"; owner-email="x@y"', "auto-reply"),
    (b"\r\n auto-replied", "auto-reply"),
    (b"auto-notified", "other"),
    (b"yes", "other"),
    (b"No", None),
    (b"no; x", None),
]
AUTO_FIELDS = [
    b"X-Autorespond: 1",
    b"X-Vacation: yes",
    b"X-FC-MachineGenerated: true",
    b"X-POST-MessageClass: 9; Autoresponder",
    b"Preference: auto_reply",
    b"X-MS-Exchange-Inbox-Rules-Loop: a@b.example",
    b"X-MS-Exchange-Generated-Message-Source: Mailbox Rules Agent",
]
BULK = [
    (b"Precedence: bulk", "other"),
    (b"Precedence: junk", "other"),
    (b"Precedence: list", "list"),
    (b"List-Id: <a.b>", "list"),
]
ROBOTS = [
    b"root", b"daemon", b"MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e", b"owner-dx", b"dx-request", b"dx-bounces",
    b"majordomo", b"listserv", b"notification", b"no_reply", b"system-noreply", b"donotreply",
]  # fmt: skip
PEOPLE = [b"system", b"kikaku-owner.tanaka", b"bosai", b"rootsu", b"request"]
AUTO_SUBJECTS = [
    "OOO", "OOO Re: 計画策定支援", "Auto: 計画策定支援", "Autosvar: x", "Abwesend: x", "【自動配信】お知らせ",
    "お問い合わせありがとうございます（自動返信メール）", "受付完了のお知らせ(自動送信)", "Re: [自動応答] 計画策定支援",
]  # fmt: skip
PEOPLES_SUBJECTS = [
    "Re: お問い合わせありがとうございます（自動返信メール）", "Automobile", "autoの件", "OOOO", "担当者不在の間の連絡先について",
    "自動返信（自動返信メール）の設定について",
]  # fmt: skip
GATEWAY = b"List-Id: <town.kawahara.example>\r\nPrecedence: list\r\n"
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
        pytest.param(mail("不在通知: 計画策定支援".encode()), "auto-reply", id="absent-before-the-subject-answered"),
        pytest.param(mail("Re: 計画策定支援".encode(), "※このメールはシステムより自動で送信しています。\r\n".encode()), "auto-reply", id="an-answer-that-calls-itself-automatic"),
        pytest.param(mail("Re: 計画策定支援".encode(), "様式を送ります。\r\n> このメールは自動送信されています。\r\n".encode()), None, id="a-person-quotes-an-automatic-mail"),
        pytest.param(mail("Re: 自動応答: 不在".encode()), None, id="a-person-answers-an-auto-reply"),
        pytest.param(mail("自動応答システムについて".encode()), None, id="a-person-writes-of-auto-replies"),
        pytest.param(mail(extra=b"X-Auto-Response-Suppress: All\r\n"), None, id="suppress-alone-is-a-person"),
        pytest.param(mail(extra=b"List-Id: <l.example>\r\nList-Unsubscribe: <mailto:x@y>\r\n"), "list", id="list"),
        pytest.param(mail(extra=b"Precedence: bulk\r\n"), "other", id="bulk"),
        pytest.param(mail(extra=b"Return-Path: <>\r\n"), "other", id="null-sender"),
        pytest.param(multi([TEXT, FORM], extra=GATEWAY), None, id="gateway-marks-on-an-application"),
        pytest.param(multi([TEXT, FORM], extra=GATEWAY + b"Return-Path: <>\r\n"), "other", id="gateway-marks-and-a-null-sender"),
        pytest.param(mail(b"Re: x", extra=GATEWAY + b"References: <a@b>\r\n"), "list", id="gateway-marks-on-an-answer"),
        pytest.param(multi([TEXT, FORM], extra=b"Return-Path: <>\r\n"), "other", id="null-sender-with-a-form"),
        pytest.param(mail(extra=b"Return-Path: <>\r\nIn-Reply-To: <a@b>\r\n"), "auto-reply", id="null-sender-answers"),
        pytest.param(mail(extra=b"Return-Path: <MAILER-DAEMON>\r\n"), "other", id="return-path-mailer-daemon"),
        pytest.param(mail(extra=b"Return-Path: <a@town.example>\r\n"), None, id="return-path-of-a-person"),
        *(pytest.param(mail(extra=b"Auto-Submitted: " + value + b"\r\n"), kind, id=f"auto-submitted-{number}") for number, (value, kind) in enumerate(SUBMITTED)),
        pytest.param(mail(extra=b"Auto-Submitted: no\r\nAuto-Submitted: auto-replied\r\n"), "auto-reply", id="second-auto-submitted"),
        pytest.param(multi([TEXT, REPLY], b"alternative", extra=b"Auto-Submitted: auto-replied\r\n"), "auto-reply", id="robot-with-a-calendar"),
        pytest.param(multi([TEXT, REPLY], b"alternative", extra=b"Return-Path: <>\r\n"), "other", id="null-sender-with-a-calendar"),
        *(pytest.param(mail(extra=field + b"\r\n"), "auto-reply", id=field.decode()) for field in AUTO_FIELDS),
        pytest.param(mail(extra=b"X-Autoreply: no\r\n"), None, id="x-autoreply-no"),
        pytest.param(mail(extra=b"X-Loop: office\r\n"), "other", id="x-loop"),
        pytest.param(multi([TEXT, FORM], extra=b"X-Loop: gateway\r\n"), None, id="x-loop-with-a-form"),
        *(pytest.param(mail(extra=field + b"\r\nIn-Reply-To: <a@b>\r\n"), kind, id=f"answer-with-{field.decode()}") for field, kind in BULK),
        *(pytest.param(from_(local + b"@town.example"), "other", id=local.decode()) for local in ROBOTS),
        *(pytest.param(from_(local + b"@town.example"), None, id=local.decode()) for local in PEOPLE),
        *(pytest.param(mail(subject.encode()), "auto-reply", id=subject) for subject in AUTO_SUBJECTS),
        *(pytest.param(mail(subject.encode()), None, id=subject) for subject in PEOPLES_SUBJECTS),
        pytest.param(multi([TEXT, FORM]).replace(b"Subject: ", "Subject: 自動応答: ".encode(), 1), None, id="auto-subject-with-a-form"),
        pytest.param(from_(b"no-reply@survey.example"), "other", id="no-reply"),
        pytest.param(from_(b"noreply-123@survey.example"), "other", id="no-reply-with-a-number"),
        pytest.param(from_(b"noriko.replyama@town.example"), None, id="a-name-like-no-reply"),
        pytest.param(multi([TEXT, REPLY], b"alternative"), None, id="accepted-from-a-calendar"),
        pytest.param(mail(extra=b"X-Mailflow-Id: 7@office.example\r\n"), None, id="anybody-writes-our-mark"),
    ],
)  # fmt: skip
def test_machine(raw, kind):
    assert read_mail(raw).machine == kind


MARK = b"X-Mailflow-Id: 0a1b\r\n"


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        pytest.param(from_(b"j@office.example", extra=MARK), "self", id="our-address-and-mark"),
        pytest.param(from_(b"j@office.example"), None, id="a-colleague-at-our-address"),
        pytest.param(mail(extra=MARK), None, id="an-applicant-with-our-mark"),
        pytest.param(mail(extra=MARK.replace(b"0a1b", b".mailflow@office.example")), None, id="our-marker-in-the-wrong-field"),
        pytest.param(from_(b"list@relay.example", extra=MARK + b"Message-ID: <0a.mailflow@office.example>\r\n"), "self", id="sender-rewritten-by-a-relay"),
        pytest.param(from_(b"j@office.example", extra=MARK + b"Resent-From: k@office.example\r\n"), None, id="redirected-by-a-colleague"),
        pytest.param(from_(b"j@office.example", extra=MARK + b"Return-Path: <>\r\n"), "self", id="our-own-comes-back"),
    ],
)  # fmt: skip
def test_own_mail(raw, kind):
    context = ReadContext(
        own_ids=frozenset({".mailflow@office.example"}), own_addresses=frozenset({"J@Office.example"})
    )
    assert read_mail(raw, context=context).machine == kind


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
