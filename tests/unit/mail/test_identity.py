"""One mail, one number: however it was delivered, and only then."""

from __future__ import annotations

import binascii

import pytest

from mailflow.mail import content_id, read_mail_and_id
from tests.unit.mail.mails import HEAD, attached, b64, joined, mail, multi, part, word, xlsx

BODY = "お世話になります。\r\n計画策定支援に応募します。\r\n"
FORM = xlsx()
PLAIN = part(b"text/plain; charset=utf-8", BODY.encode())
ORIGINAL = multi([PLAIN, attached(FORM)])


def rendered(
    parts: list[bytes], *, head: bytes = HEAD, boundary: bytes = b"_000_exchange_", fields: bytes = b""
) -> bytes:
    extra = fields + b"Content-Type: multipart/mixed;\r\n\tboundary=" + boundary + b"\r\nMIME-Version: 1.0\r\n"
    return mail(b"test", joined(parts, boundary), head=head, extra=extra)


JIS = part(b"text/plain; charset=iso-2022-jp", BODY.encode("iso2022_jp"), b"Content-Transfer-Encoding: 7bit")
QP = part(b"text/plain; charset=utf-8", binascii.b2a_qp(BODY.encode()), b"Content-Transfer-Encoding: quoted-printable")
BASE64 = part(b"text/plain; charset=utf-8", b64(BODY.encode() + b"\r\n"), b"Content-Transfer-Encoding: base64")
RAW_FORM = part(b"application/octet-stream; name=a.xlsx", FORM, b"Content-Transfer-Encoding: binary")
NAMED_HEAD = HEAD.replace(b"From: yamada@town", b"From: " + word("山田", "utf-8") + b"\r\n <Yamada@town").replace(
    b"example\r\nTo", b"example>\r\nTo"
)


@pytest.mark.parametrize(
    "again",
    [
        pytest.param(
            b"Received: from a by b; Wed, 4 Mar 2026 10:00:09 +0900\r\nX-Spam: 1\r\n" + ORIGINAL, id="delivered-again"
        ),
        pytest.param(rendered([PLAIN, attached(FORM)]), id="another-boundary"),
        pytest.param(rendered([QP, attached(FORM)]), id="quoted-printable"),
        pytest.param(rendered([BASE64, RAW_FORM]), id="base64-and-binary"),
        pytest.param(rendered([JIS, attached(FORM)]), id="another-charset"),
        pytest.param(
            rendered([attached(FORM, b'filename="other name.xlsx"'), PLAIN]), id="other-order-and-name-encoding"
        ),
        pytest.param(ORIGINAL.replace(b"\r\n", b"\n"), id="bare-lf"),
        pytest.param(rendered([PLAIN, attached(FORM)], head=NAMED_HEAD), id="name-encoded-anew"),
        pytest.param(ORIGINAL.replace(b"10:00:00 +0900", b"01:00:00 +0000"), id="date-in-utc"),
        pytest.param(ORIGINAL.replace(b"Message-ID: <", b"Message-ID:\r\n <"), id="folded"),
    ],
)
def test_the_same_mail(again):
    assert again != ORIGINAL
    assert content_id(again) == content_id(ORIGINAL)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(ORIGINAL.replace(b"<m1@", b"<m2@"), id="message-id"),
        pytest.param(ORIGINAL.replace(b"yamada@", b"suzuki@"), id="sender"),
        pytest.param(ORIGINAL.replace(b"10:00:00", b"10:00:01"), id="date"),
        pytest.param(multi([PLAIN, attached(xlsx(b"2"))]), id="form"),
        pytest.param(multi([part(b"text/plain; charset=utf-8", BODY.encode() + b"PS"), attached(FORM)]), id="text"),
        pytest.param(multi([PLAIN]), id="no-form"),
        pytest.param(multi([PLAIN, attached(FORM), attached(FORM)]), id="form-twice"),
    ],
)
def test_another_mail(other):
    assert other != ORIGINAL
    assert content_id(other) != content_id(ORIGINAL)


def test_attached_mail_counts_by_its_leaves():
    inner = multi([PLAIN, attached(FORM)], boundary=b"in")
    again = rendered([QP, RAW_FORM], boundary=b"in2")
    assert content_id(multi([part(b"message/rfc822", inner)])) == content_id(multi([part(b"message/rfc822", again)]))
    assert content_id(multi([part(b"message/rfc822", inner)])) != content_id(
        multi([part(b"message/rfc822", inner.replace(b"<m1@", b"<m9@"))])
    )


def test_without_any_usable_field():
    assert content_id(b"Subject: a\r\n\r\nx") != content_id(b"Subject: b\r\n\r\nx")
    assert content_id(b"Received: 1\r\nSubject: a\r\n\r\nx") == content_id(b"Received: 2\r\nSubject: a\r\n\r\nx")
    assert content_id(b"rubbish 1") != content_id(b"rubbish 2")
    assert content_id(b"") == content_id(b"")


def test_one_parse_gives_the_same_number():
    for raw in (ORIGINAL, multi([part(b"message/rfc822", ORIGINAL.replace(b"_b1", b"_in"))]), b"", b"\xff" * 50):
        assert read_mail_and_id(raw)[1] == content_id(raw)


def test_a_line_of_blanks_ends_within_the_time_out_of_a_test() -> None:
    """Each run of blanks is tried once: a megabyte of them took an hour, in the watch of the mailbox."""
    body = b"A" + b" " * 1_000_000 + b"x\r\n"
    assert content_id(HEAD + b"Content-Type: text/plain\r\n\r\n" + body)
