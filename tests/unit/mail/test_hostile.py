"""Any bytes at all become a Mail: nothing raises, nothing hangs, what is wrong has a name."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailflow.mail import Limits, ReadContext, content_id, mail_document, read_mail, read_mail_and_id
from mailflow.model import Mail
from tests.unit.mail.mails import TEXT, attached, mail, multi, nested, ole, part, tnef, xlsx, zipped

CONTEXT = ReadContext(authserv_id="mx", passwords=("a", "飯田"), own_ids=frozenset({"x"}), boundary_hosts=("b",))
SEEDS = (
    multi(
        [
            nested([part(b"text/plain; format=flowed; charset=iso-2022-jp", b"\x1b$B$\"\x1b(B \r\n> b"), part(b"text/html", b"<p>a<br>b")], b"alternative", b"i"),
            attached(zipped({"a": b"1", "b.zip": zipped({"c": b"2"})}), b"filename*0*=utf-8''%E9%95;filename*1*=%B7.zip"),
            attached(tnef({b"a": b"b"}, ["c"]), b'filename="winmail.dat"'),
            attached(ole("EncryptedPackage"), b'filename="=?utf-8?B?6ZW3?="'),
            part(b"message/rfc822", multi([TEXT, attached(xlsx())], boundary=b"j")),
            part(b"text/calendar", b"BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\n"),
        ]
    ),
    mail(b"=?utf-8?q?=E9=95=B7?=", b"begin 644 a\r\n%:&5L;&\\\r\n`\r\nend\r\n", extra=b"Received: from a by b; Wed, 4 Mar 2026 10:00:00 +0900\r\nAuthentication-Results: mx; dkim=pass (x)\r\nReferences: <a@b> <c@d>\r\n"),
    mail(b"x", b"Action: failed\r\n", extra=b"Content-Type: message/delivery-status\r\nReturn-Path: <>\r\n"),
)  # fmt: skip
TOKENS = (
    b"\r\n", b"\n\n", b"=?", b"?=", b"\x1b$B", b"--", b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"\0", b"\xff", b"<", b">", b'"', b";",
    b"Content-Type: message/rfc822\r\n", b"Content-Type: multipart/mixed; boundary=x\r\n", b"charset=utf-7", b"charset=iso-2022-jp",
    b"filename*0*=", b"begin 644 a\n", b"Content-Transfer-Encoding: x-uuencode\r\n", b"+2AA-",
)  # fmt: skip


def whole(raw: bytes) -> Mail:
    found, number = read_mail_and_id(raw, context=CONTEXT)
    assert number == content_id(raw)
    json.dumps(mail_document(found, "f.eml"), ensure_ascii=False).encode("utf-8")
    return found


@given(st.binary(max_size=400))
@settings(max_examples=150, deadline=None)
def test_random_bytes(raw):
    whole(raw)


@given(st.integers(0, len(SEEDS) - 1), st.integers(0, 2**32 - 1))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_mutated_mails(seed, number):
    chance = random.Random(number)
    raw = bytearray(SEEDS[seed])
    for _ in range(chance.randint(1, 10)):
        at = chance.randrange(len(raw) + 1)
        match chance.randrange(4):
            case 0:
                raw[at : at + 1] = bytes((chance.randrange(256),))
            case 1:
                raw[at:at] = chance.choice(TOKENS)
            case 2:
                del raw[at : at + chance.randrange(80)]
            case _:
                other = chance.randrange(len(raw) + 1)
                raw[at:at] = raw[other : other + chance.randrange(200)]
    whole(bytes(raw))


@given(st.integers(0, 2000))
@settings(max_examples=60, deadline=None)
def test_mails_cut_anywhere(at):
    whole(SEEDS[0][:at])


def deep(levels: int) -> bytes:
    return (
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (i, i) for i in range(levels)) + b"\n\nx"
    )


def forwarded(levels: int) -> bytes:
    return b"Content-Type: message/rfc822\nSubject: x\n\n" * levels + b"Subject: end\n\nx"


@pytest.mark.parametrize(
    ("raw", "defect"),
    [
        pytest.param(b"", "empty", id="empty"),
        pytest.param(b"\r\n" * 1000, "empty", id="only-line-ends"),
        pytest.param(deep(5_000), "too-deep", id="deep-nesting"),
        pytest.param(forwarded(5_000), "attachment-too-deep", id="deep-forwards"),
        pytest.param(
            b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 10_000,
            "too-many-parts",
            id="10000-parts",
        ),
        pytest.param(b"X: " + b"a" * 5_000_000 + b"\n\nx", "header-too-large", id="header-of-5-MB"),
        pytest.param(b"X: a\n" * 100_000 + b"\nx", "too-many-header-fields", id="100000-fields"),
        pytest.param(b"To: " + b"a@b.example, " * 100_000 + b"\n\nx", "header-too-large", id="100000-recipients"),
        pytest.param(
            b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b" * 1_000_000, "no-boundary", id="nearly-boundaries"
        ),
        pytest.param(multi([TEXT])[:-9], "truncated-multipart", id="cut"),
        pytest.param(
            b"Content-Type: multipart/mixed\n\n--xx\nContent-Type: text/plain\n\na\n--xx--\n",
            "wrong-boundary",
            id="boundary-not-declared",
        ),
        pytest.param(b"Subject: a\nno colon here\nmore text\n", "no-header-end", id="no-blank-line"),
        pytest.param(b"Subject: a\nlost fold\nFrom: a@b.example\n\nx", "bad-header-line", id="fold-without-blank"),
        pytest.param(mail(body=b"<p>" * 300_000, extra=b"Content-Type: text/html\r\n"), "html-only", id="endless-html"),
        pytest.param(mail(body=b"a " * 1_000_000), "text-too-large", id="endless-text"),
        pytest.param(b"Subject: " + b"=?utf-8?q?a?= " * 20_000 + b"\n\n", "subject-too-long", id="endless-subject"),
        pytest.param(b"From: " + b"(" * 60_000 + b"\n\n", "no-from", id="endless-comment"),
    ],
)
def test_hostile_shapes_have_a_name(raw, defect):
    assert defect in whole(raw).defects


def test_text_behind_a_lost_blank_line_is_kept():
    assert read_mail(b"Subject: a\nno colon here\nmore text\n").text == "no colon here\nmore text\n"


def test_a_mail_above_the_limit_keeps_its_header():
    found = read_mail(mail("件名".encode(), b"x" * 5_000), limits=Limits(mail_size=1_000))
    assert found.subject == "件名"
    assert "mail-too-large" in found.defects
    assert found.attachments == ()


@pytest.mark.parametrize(
    "fields",
    [b"From x@y Wed Mar  4 10:00:00 2026\n", b"\xef\xbb\xbf", b"\r\n\r\n", b">From x\r\n"],
    ids=["mbox", "bom", "blank-lines", "quoted-from"],
)
def test_what_stands_before_the_header(fields):
    assert read_mail(fields + mail(b"x")).subject == "x"


def test_bare_cr_as_line_end():
    found = read_mail(multi([TEXT, attached(xlsx())]).replace(b"\r\n", b"\r"))
    assert [one.filename for one in found.attachments] == ["a.xlsx"]
