"""What bounces and delays say, as real servers write them: of whom, for good or not, why, of which letter."""

from __future__ import annotations

import pytest

from mailflow.mail import read_mail
from mailflow.model import Mail
from tests.unit.mail.mails import TEXT, mail, multi, part

TO = "kikaku@town.kawara.example"
TOKEN = "0123456789abcdef01234567"
OURS = (
    f"From: jimukyoku@office.example\r\nMessage-ID: <{TOKEN}.mailflow@office.example>\r\nX-Mailflow-Id: {TOKEN}\r\n"
    "Subject: x\r\n"
).encode()


def dsn(status: str, *, returned: bytes = OURS, label: bytes = b"text/rfc822-headers", text: bytes = TEXT) -> Mail:
    parts = [text, part(b"message/delivery-status", status.replace("\n", "\r\n").encode())]
    parts += [part(label, returned)] if returned else []
    raw = multi(parts, b"report; report-type=delivery-status", subject=b"Undelivered Mail Returned to Sender")
    return read_mail(raw.replace(b"yamada@town.kawahara.example", b"MAILER-DAEMON@mx.example", 1))


def plain(
    text: str, *, sender: str = "MAILER-DAEMON@mx.example", subject: str = "failure notice", extra: str = ""
) -> Mail:
    head = f"From: {sender}\r\nTo: jimukyoku@office.example\r\nMessage-ID: <b@mx.example>\r\n".encode()
    head += b"Return-Path: <>\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"
    return read_mail(mail(subject.encode(), text.replace("\n", "\r\n").encode(), head=head, extra=extra.encode()))


def status(address: str = TO, action: str = "failed", code: str = "5.1.1", said: str = "550 5.1.1 User unknown") -> str:
    return (
        f"Reporting-MTA: dns; mx.example\nArrival-Date: Thu, 19 Mar 2026 10:00:00 +0900\n\nFinal-Recipient: rfc822; {address}\n"
        f"Action: {action}\nStatus: {code}\nDiagnostic-Code: smtp; {said}\n"
    )


STANDARD = [
    pytest.param(status(), "failed", "5.1.1", "宛先のアドレスがありません", id="postfix"),
    pytest.param(status(code="5.2.2", said="552 5.2.2 over quota"), "failed", "5.2.2", "いっぱい", id="full"),
    pytest.param(status(code="5.7.1", said="554 rejected"), "failed", "5.7.1", "断りました", id="refused"),
    pytest.param(status(code="4.4.7", said="expired"), "failed", "4.4.7", "時間のうちに", id="gave-up"),
    pytest.param(status(code="5.1.10", said="550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found"), "failed", "5.1.10", "", id="exchange"),
    pytest.param(status(action="Delayed", code="4.4.1", said="connect timed out"), "delayed", "4.4.1", "まだ届いていません", id="delay"),
    pytest.param(status(address=f"<{TO}>"), "failed", "5.1.1", "", id="angle-brackets"),
    pytest.param(status(said="550 5.1.1 User\n unknown in local\n recipient table"), "failed", "5.1.1", "recipient table", id="folded"),
    pytest.param(status().replace("Final-", "Original-Recipient: rfc822;" + TO + "\nFinal-").replace("Final-Recipient: rfc822; " + TO, "Final-Recipient: rfc822; other@elsewhere.example"), "failed", "5.1.1", "", id="forwarded"),
    pytest.param(status().replace("\n\n", "\n \n"), "failed", "5.1.1", "", id="blank-with-a-space"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "action", "code", "why"), STANDARD)
def test_delivery_status(said: str, action: str, code: str, why: str) -> None:
    found = dsn(said)
    first = found.returned[0]
    assert (first.recipient, first.action, first.status) == (TO, action, code)
    assert why in first.why
    assert found.returned_tokens == (TOKEN,)
    assert f"<{TOKEN}.mailflow@office.example>" in found.returned_ids


def test_several_recipients_each_with_its_own_fate() -> None:
    both = status() + "\nFinal-Recipient: rfc822; soumu@town.kawara.example\nAction: delivered\nStatus: 2.0.0\n"
    both += "\nFinal-Recipient: rfc822; kakari@town.kawara.example\nAction: failed\nStatus: 5.2.2\n"
    found = {one.recipient: one.status for one in dsn(both).returned if one.status}
    assert found == {TO: "5.1.1", "kakari@town.kawara.example": "5.2.2"}


PLAIN = [
    pytest.param(
        plain(
            f"Hi. This is the qmail-send program at mx.example.\nI'm afraid I wasn't able to deliver your message to the\nfollowing addresses.\n\n<{TO}>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy of the message.\n\nMessage-ID: <{TOKEN}.mailflow@office.example>\n",
        ),
        "5.1.1", "アドレスがありません", id="qmail",
    ),
    pytest.param(
        plain(
            f"This message was created automatically by mail delivery software.\n\n  {TO}\n    host mx.town.example [192.0.2.1]\n    SMTP error from remote mail server after RCPT TO:<{TO}>:\n    550 5.1.1 <{TO}>: Recipient address rejected: User unknown\n",
            subject="Mail delivery failed: returning message to sender", extra=f"X-Failed-Recipients: {TO}\r\n",
        ),
        "5.1.1", "", id="exim",
    ),
    pytest.param(
        plain(
            f"** Address not found **\n\nYour message wasn't delivered to {TO} because the address couldn't be found.\n\nThe response was:\n550 5.1.1 The email account that you tried to reach does not exist.\n",
            sender="mailer-daemon@googlemail.com", subject="Delivery Status Notification (Failure)", extra=f"X-Failed-Recipients: {TO}\r\n",
        ),
        "5.1.1", "アドレスがありません", id="gmail",
    ),
    pytest.param(
        plain(
            f"次のあて先へのメッセージはエラーのため送信できませんでした。\n送信先メールアドレスが見つかりませんでした。\nあて先：\n  <{TO}>\n",
            sender="MAILER-DAEMON@docomo.ne.jp", subject="Mail System Error - Returned Mail",
        ),
        None, "", id="docomo-style",
    ),
    pytest.param(
        plain(
            f"Each of the following recipients was rejected by a remote mail server.\nThe reasons given by the server are included.\n\n    Recipient: <{TO}>\n    Reason:    550 <{TO}>: User unknown\n",
            sender="Postmaster@ezweb.ne.jp", subject="Mail System Error - Returned Mail",
        ),
        "550", "", id="au-style",
    ),
    pytest.param(
        plain(
            f"Your message\n\n  Subject: x\n\nwas not delivered to:\n\n  {TO}\n\nbecause:\n\n  User yamada ({TO}) not listed in Domino Directory\n",
            sender="Postmaster@town.kawara.example", subject="DELIVERY FAILURE: User yamada not listed in Domino Directory",
        ),
        None, "", id="notes",
    ),
    pytest.param(
        plain(
            f"{TO} にメッセージを配信できませんでした。\n\n入力した電子メール アドレスが見つかりませんでした。\n\n診断情報:\n{TO}\nRemote Server returned '550 5.1.10 RESOLVER.ADR.RecipientNotFound'\n",
            sender="MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@office.example", subject="配信不能: 【受領】",
        ),
        "5.1.10", "", id="exchange-japanese",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("found", "code", "why"), PLAIN)
def test_what_is_written_by_no_standard(found: Mail, code: str | None, why: str) -> None:
    assert found.machine == "bounce"
    said = {one.recipient: one for one in found.returned}
    assert TO in said
    assert (said[TO].action, said[TO].status) == ("failed", code)
    assert why in said[TO].why


@pytest.mark.parametrize(
    ("disposition", "action"),
    [
        pytest.param("manual-action/MDN-sent-manually; displayed", "opened", id="opened"),
        pytest.param("automatic-action/MDN-sent-automatically; deleted", "deleted", id="deleted-unread"),
        pytest.param("manual-action/MDN-sent-manually;\n deleted/error", "deleted", id="folded-and-with-a-modifier"),
        pytest.param("automatic-action/MDN-sent-automatically; processed", None, id="neither"),
    ],
)
def test_a_note_of_opening(disposition: str, action: str | None) -> None:
    said = f"Final-Recipient: rfc822; {TO}\nOriginal-Message-ID: <{'a' * 24}.mailflow@office.example>\nDisposition: {disposition}\n"
    parts = [TEXT, part(b"message/disposition-notification", said.replace("\n", "\r\n").encode())]
    found = read_mail(multi(parts, b"report; report-type=disposition-notification", subject=b"Not read: x"))
    assert found.machine == "report"
    assert [(one.recipient, one.action) for one in found.returned] == ([(TO, action)] if action else [])
    assert found.returned_tokens == ("a" * 24,)


def test_a_warning_is_no_failure() -> None:
    found = plain(
        f"THIS IS A WARNING MESSAGE ONLY.\nYOU DO NOT NEED TO RESEND YOUR MESSAGE.\n\n<{TO}>: 451 4.4.1 connection timed out\n",
        subject="Warning: could not send message for past 4 hours",
    )
    assert found.machine == "delay"
    assert {one.action for one in found.returned} == {"delayed"}


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(read_mail(mail(b"question", f"{TO} 550 5.1.1\r\n".encode())), id="a-person"),
        pytest.param(dsn(status(action="delivered")), id="delivered"),
        pytest.param(dsn(status(action="relayed", code="2.0.0")), id="relayed"),
    ],
)
def test_what_came_back_from_nobody(found: Mail) -> None:
    assert [one for one in found.returned if one.action == "failed"] == []


def test_hostile_reports_are_bounded() -> None:
    many = "Reporting-MTA: dns; x\n" + "".join(
        f"\nFinal-Recipient: rfc822; a{n}@x.example\nAction: failed\nStatus: 5.1.1\n" for n in range(5_000)
    )
    found = dsn(many, returned=b"X-Mailflow-Id: " + b"z" * 24 + b"\r\n" + OURS * 200)
    assert len(found.returned) == 30
    assert len(found.returned_tokens) == 1
    long = dsn(status(said="x" * 100_000, address="a" * 5_000 + "@x.example"))
    assert all(len(one.why) < 500 for one in long.returned)
