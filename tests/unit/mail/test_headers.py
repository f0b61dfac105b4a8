"""Subjects, addresses, times and hops as real mailers write them."""

from __future__ import annotations

import base64

import pytest

from mailflow.mail import ReadContext, read_mail
from mailflow.mail.authentication import topmost_server
from mailflow.model import Address
from tests.unit.mail.mails import mail, word

APPLY = "【長野県飯田市】計画策定支援"
RAW = APPLY.encode()
B = base64.b64encode(RAW)


def windows_jis(text: str) -> bytes:
    """ISO-2022-JP as Outlook writes it: NEC and IBM extensions by their cp932 place."""
    pairs = b""
    for character in text:
        lead, trail = character.encode("cp932")
        row = (lead - (0x70 if lead < 0xA0 else 0xB0)) * 2
        pairs += bytes((row - 1, trail - (0x1F if trail < 0x7F else 0x20)) if trail < 0x9F else (row, trail - 0x7E))
    return b"\x1b$B" + pairs + b"\x1b(B"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        pytest.param(word(APPLY, "utf-8"), APPLY, id="utf-8"),
        pytest.param(word(APPLY, "iso2022_jp", "ISO-2022-JP"), APPLY, id="iso-2022-jp"),
        pytest.param(word("①㈱髙﨑", "cp932", "Shift_JIS"), "①㈱髙﨑", id="windows-characters-under-shift_jis"),
        pytest.param(word("①㈱髙﨑", "cp932", "windows-31j"), "①㈱髙﨑", id="windows-31j"),
        pytest.param(word("飯田", "euc_jp", "EUC-JP"), "飯田", id="euc-jp"),
        pytest.param(b"=?EUC-JP?B?" + base64.b64encode(b"\xad\xa1\xfc\xe2") + b"?=", "①髙", id="eucjp-ms"),
        pytest.param(b"=?iso-2022-jp?B?" + base64.b64encode(windows_jis("①髙﨑")) + b"?=", "①髙﨑", id="cp50221"),
        pytest.param(
            b"=?cp50220?B?" + base64.b64encode(b"\x1b(I\x4a\x5d\x36\x38\x1b(B") + b"?=", "ﾊﾝｶｸ", id="half-width-kana"
        ),
        pytest.param(
            b"=?iso-2022-jp?B?" + base64.b64encode(b"\x0e\x4a\x5d\x0f") + b"?=", "ﾊﾝ", id="half-width-kana-by-shift-out"
        ),
        pytest.param("〜".encode("iso2022_jp"), "〜", id="wave-dash-of-jis"),
        pytest.param("～".encode("cp932"), "～", id="full-width-tilde-of-windows"),
        pytest.param(word("飯田", "utf-7"), "飯田", id="utf-7"),
        pytest.param(word("饭田", "gb18030", "gb2312"), "饭田", id="gb2312-is-gb18030"),
        pytest.param(
            b"=?utf-8?B?" + base64.b64encode(RAW[:10]) + b"?=\r\n =?utf-8?B?" + base64.b64encode(RAW[10:]) + b"?=",
            APPLY,
            id="split-inside-a-character",
        ),
        pytest.param(b"=?utf-8?B?" + B[:13] + b"?= =?utf-8?B?" + B[13:] + b"?=", APPLY, id="base64-split-anywhere"),
        pytest.param(b"=?UTF-8?b?" + B.rstrip(b"=") + b"?=", APPLY, id="no-padding-lower-case-b"),
        pytest.param(b"=?utf-8*ja?B?" + B + b"?=", APPLY, id="language-suffix"),
        pytest.param(b'"=?utf-8?B?' + B + b'?="', f'"{APPLY}"', id="in-quotes"),
        pytest.param(b"=?utf-8?B?" + B[:20] + b"\r\n " + B[20:] + b"?=", APPLY, id="folded-inside-the-word"),
        pytest.param(b"Re:=?utf-8?B?" + B + b"?=(2)", f"Re:{APPLY}(2)", id="glued-to-text"),
        pytest.param(b"=?utf-8?q?=E9=A3=AF=E7=94=B0_A=3D1?=", "飯田 A=1", id="q-with-underscore"),
        pytest.param(b"=?utf-8?q?=e9=a3=af?= =?utf-8?q?=e7=94=b0?=", "飯田", id="blank-between-words-goes"),
        pytest.param(b"=?utf-8?q?=e9=a3=af?= x =?utf-8?q?=e7=94=b0?=", "飯 x 田", id="text-between-words-stays"),
        pytest.param(b"=?x-unknown?B?" + B + b"?=", APPLY, id="unknown-charset"),
        pytest.param(b"=?us-ascii?B?" + B + b"?=", APPLY, id="wrong-charset-ascii"),
        pytest.param(word(APPLY, "cp932", "iso-8859-1"), APPLY, id="wrong-charset-latin"),
        pytest.param(word(APPLY, "utf-8", "iso-2022-jp"), APPLY, id="wrong-charset-jis"),
        pytest.param(b"=?utf-8?B?PT91dGYtOD9CPzZhT3Y/PQ==?=", "飯", id="encoded-twice"),
        pytest.param(RAW, APPLY, id="raw-utf-8"),
        pytest.param(APPLY.encode("cp932"), APPLY, id="raw-cp932"),
        pytest.param(APPLY.encode("euc_jp"), APPLY, id="raw-euc-jp"),
        pytest.param(APPLY.encode("iso2022_jp"), APPLY, id="raw-jis-escapes"),
        pytest.param(b"a\r\n\tb\r\n c", "a b c", id="folded-with-tab"),
        pytest.param(b"a\rb\0c", "a bc", id="bare-cr-and-nul"),
        pytest.param("か\u3099".encode(), "が", id="nfd-becomes-nfc"),
        pytest.param("神塚髙\U0002f81f".encode(), "神塚髙\U0002f81f", id="compatibility-ideographs-stay"),
        pytest.param("葛\U000e0100城".encode(), "葛\U000e0100城", id="ideographic-variation-stays"),
        pytest.param("a\u202egpj.exe".encode(), "agpj.exe", id="bidi-override-goes"),
        pytest.param("café".encode("cp1252"), "café", id="raw-latin"),
        pytest.param(word("Größe für café", "cp1252", "iso-8859-1"), "Größe für café", id="western-stays-western"),
        pytest.param(b"", "", id="empty"),
    ],
)
def test_subject(written, meant):
    assert read_mail(mail(written)).subject == meant


def test_no_subject_is_null_and_a_defect():
    found = read_mail(mail(None))
    assert found.subject is None
    assert "no-subject" in found.defects


@pytest.mark.parametrize(
    ("written", "name", "address"),
    [
        pytest.param(b"a@b.example", None, "a@b.example", id="bare"),
        pytest.param(b"Yamada Taro <a@b.example>", "Yamada Taro", "a@b.example", id="plain"),
        pytest.param(b'"Yamada, Taro" <a@b.example>', "Yamada, Taro", "a@b.example", id="comma-in-quotes"),
        pytest.param(
            word("髙橋, 太郎 <evil@x.example>", "cp932", "shift_jis") + b" <a@b.example>",
            "髙橋, 太郎 <evil@x.example>",
            "a@b.example",
            id="address-inside-a-word",
        ),
        pytest.param(
            b'"' + word("山田", "iso2022_jp", "iso-2022-jp") + b'" <a@b.example>',
            "山田",
            "a@b.example",
            id="word-in-quotes",
        ),
        pytest.param("山田（企画課） <a@b.example>".encode("cp932"), "山田（企画課）", "a@b.example", id="raw-cp932"),
        pytest.param(
            "表\u3000ソ <a@b.example>".encode("cp932"), "表\u3000ソ", "a@b.example", id="raw-cp932-with-backslash-bytes"
        ),
        pytest.param("鈴木 <a@b.example>".encode("iso2022_jp"), "鈴木", "a@b.example", id="raw-jis"),
        pytest.param(b"a@b.example (Yamada)", "Yamada", "a@b.example", id="name-in-comment"),
        pytest.param(b"a..b.@docomo.example", None, "a..b.@docomo.example", id="dots-of-mobile-carriers"),
        pytest.param("山田 <a.@docomo.example>".encode(), "山田", "a.@docomo.example", id="dots-with-a-name"),
        pytest.param(b"'a@b.example' <a@b.example>", "a@b.example", "a@b.example", id="outlook-quotes"),
        pytest.param(b'"Yamada <a@b.example>', "Yamada", "a@b.example", id="quote-never-closed"),
        pytest.param(b'"evil@x.example" <a@b.example>', "evil@x.example", "a@b.example", id="address-as-name"),
    ],
)
def test_from(written, name, address):
    found = read_mail(b"From: " + written + b"\r\nSubject: x\r\n\r\n")
    assert found.sender == Address(name=name, address=address)


def test_mail_without_from():
    found = read_mail(b"Subject: x\r\n\r\nhello")
    assert found.sender is None
    assert "no-from" in found.defects


def test_recipients_keep_their_order_over_several_fields():
    raw = b"To: a@x.example,\r\n =?utf-8?B?6aOv?= <b@x.example>\r\nTo: c@x.example\r\nCc: g: d@x.example;\r\nReply-To: e@x.example\r\n\r\n"
    found = read_mail(raw)
    assert [one.address for one in found.to] == ["a@x.example", "b@x.example", "c@x.example"]
    assert found.to[1].name == "飯"
    assert [one.address for one in found.cc] == ["d@x.example"]
    assert [one.address for one in found.reply_to] == ["e@x.example"]


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        pytest.param(b"Wed, 4 Mar 2026 10:00:00 +0900", "2026-03-04T10:00:00+09:00", id="usual"),
        pytest.param(b"Wed, 04 Mar 2026 10:00:00 +0900 (JST)", "2026-03-04T10:00:00+09:00", id="comment"),
        pytest.param(b"Wed, 4 Mar 2026 10:00:00 JST", "2026-03-04T10:00:00+09:00", id="zone-by-name"),
        pytest.param(b"Wed, 4 Mar 2026 01:00:00 -0000", "2026-03-04T01:00:00+00:00", id="minus-zero"),
        pytest.param(b"Wed, 4 Mar 2026 10:00:00 -0530", "2026-03-04T10:00:00-05:30", id="half-hour-zone"),
        pytest.param(b"Wed, 4 Mar 2026 9:00:00 +0900", "2026-03-04T09:00:00+09:00", id="one-digit-hour"),
        pytest.param(b"Thu, 4 Mar 2026 10:00:00 +0900", "2026-03-04T10:00:00+09:00", id="wrong-weekday"),
        pytest.param(b"Wed, 4 Mar 2026 10:00:00", None, id="no-zone-is-no-moment"),
        pytest.param(b"yesterday", None, id="no-date"),
    ],
)
def test_date_keeps_the_mails_own_offset(written, iso):
    found = read_mail(b"From: a@b.example\r\nDate: " + written + b"\r\n\r\n")
    assert (found.date.isoformat() if found.date else None) == iso
    assert ("bad-date" in found.defects) is (iso is None)


def test_hops_newest_first_with_aware_times():
    raw = (
        b"Received: from mx.office.example (mx [192.0.2.1])\r\n\tby imap.office.example (Postfix) with ESMTPS id 1\r\n"
        b"\tfor <s@office.example>; Thu, 26 Mar 2026 16:00:05 +0900 (JST)\r\n"
        b"Received: by weird ( never closed; Thu, 26 Mar 2026 15:59:59 +0900\r\n"
        b"Received: from pc by mx.town.example; Thu, 26 Mar 2026 06:12:33 GMT\r\n"
        b"Received: no clause at all\r\n\r\n"
    )
    hops = read_mail(raw).received
    assert [hop.by for hop in hops] == ["imap.office.example", "weird", "mx.town.example", None]
    assert hops[0].from_ == "mx.office.example"
    assert [hop.at.isoformat() if hop.at else None for hop in hops] == [
        "2026-03-26T16:00:05+09:00",
        "2026-03-26T15:59:59+09:00",
        "2026-03-26T06:12:33+00:00",
        None,
    ]


@pytest.mark.parametrize(
    ("fields", "message_id", "references"),
    [
        pytest.param(
            b"Message-ID: <a@b>\r\nReferences: <c@d>\r\n\t<e@f> <c@d>\r\n", "<a@b>", ("<c@d>", "<e@f>"), id="usual"
        ),
        pytest.param(b"Message-ID:\r\n <a\r\n b@c>\r\nReferences: x\r\n", "<ab@c>", (), id="folded-inside"),
        pytest.param(b"Message-Id: a@b\r\n", "<a@b>", (), id="no-brackets"),
        pytest.param(b"X: y\r\n", None, (), id="none"),
    ],
)
def test_ids(fields, message_id, references):
    found = read_mail(fields + b"\r\n")
    assert (found.message_id, found.references) == (message_id, references)


AR = b"Authentication-Results: "
OURS = (
    AR
    + b"mx.office.example; spf=pass (x; dkim=fail) smtp.mailfrom=a; dkim=fail header.d=a; dkim=pass header.d=b; dmarc=pass\r\n"
)
FORGED = AR + b"mx.office.example; dmarc=fail\r\n"
FOREIGN = b"Received: from a by mx.town.example; Wed, 4 Mar 2026 10:00:00 +0900\r\n"
OWN = b"Received: from a by mx.office.example; Wed, 4 Mar 2026 10:00:00 +0900\r\n"
ALL_PASS = {"spf": "pass", "dkim": "pass", "dmarc": "pass"}
INNER = b"Received: from mx by store.office.example; Wed, 4 Mar 2026 10:00:01 +0900\r\n"
FAIL, PASS = AR + b"mx.office.example; dmarc=fail\r\n", AR + b"mx.office.example; dmarc=pass\r\n"
SPF = AR + b"mx.office.example; spf=fail; dkim=fail\r\n"
MX = ("mx.office.example",)


@pytest.mark.parametrize(
    ("fields", "authserv_id", "hosts", "expected"),
    [
        pytest.param(OURS, None, (), {}, id="nobody-configured"),
        pytest.param(OURS, "mx.office.example", (), ALL_PASS, id="ours-comments-ignored"),
        pytest.param(OURS, "MX.office.example", (), ALL_PASS, id="case-does-not-count"),
        pytest.param(AR + b"other.example; dmarc=pass\r\n", "mx.office.example", (), {}, id="another-id"),
        pytest.param(
            OWN + OURS + FOREIGN + FORGED,
            "mx.office.example",
            ("mx.office.example",),
            ALL_PASS,
            id="forged-below-the-boundary",
        ),
        pytest.param(FOREIGN + FORGED, "mx.office.example", ("mx.office.example",), {}, id="only-forged"),
        pytest.param(OURS + FOREIGN + FORGED, "mx.office.example", (), ALL_PASS, id="topmost-without-hosts"),
        pytest.param(AR + b"mx.office.example 1; none\r\n", "mx.office.example", (), {}, id="none"),
        pytest.param(FAIL + OWN + PASS + FOREIGN, MX[0], MX, {"dmarc": "fail"}, id="forged-pass-below-ours"),
        pytest.param(OWN + FAIL + PASS + FOREIGN, MX[0], MX, {"dmarc": "fail"}, id="ours-written-below-our-received"),
        pytest.param(OWN + SPF + PASS, MX[0], MX, {"spf": "fail", "dkim": "fail"}, id="forged-method-beside-ours"),
        pytest.param(FAIL + PASS + OWN, MX[0], MX, {"dmarc": "fail"}, id="two-of-ours-topmost-fails"),
        pytest.param(PASS + FAIL + OWN, MX[0], MX, {"dmarc": "fail"}, id="two-of-ours-lower-fails"),
        pytest.param(
            FAIL + SPF + OWN, MX[0], MX, {"dmarc": "fail", "spf": "fail", "dkim": "fail"}, id="one-field-a-method"
        ),
        pytest.param(INNER + FAIL + OWN + PASS, MX[0], MX, {"dmarc": "fail"}, id="below-an-inner-hop"),
        pytest.param(OWN + FOREIGN + PASS, MX[0], MX, {}, id="only-forged-below-ours"),
        pytest.param(OWN + FOREIGN + OWN + PASS, MX[0], MX, {}, id="forged-received-of-ours"),
        pytest.param(PASS, MX[0], MX, {}, id="never-passed-the-boundary"),
        pytest.param(FAIL + PASS, MX[0], (), {"dmarc": "fail"}, id="neighbours-without-hosts"),
        pytest.param(SPF + PASS, MX[0], (), {"spf": "fail", "dkim": "fail"}, id="forged-method-without-hosts"),
        pytest.param(
            AR + b"mx.office.example; dmarc=pass; dmarc=fail\r\n", MX[0], (), {"dmarc": "fail"}, id="one-dmarc"
        ),
    ],
)
def test_authentication(fields, authserv_id, hosts, expected):
    context = ReadContext(authserv_id=authserv_id, boundary_hosts=hosts)
    assert read_mail(fields + b"From: a@b.example\r\n\r\n", context=context).authentication.results == expected


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (b"", (None, None)),
        (
            b"Received: by mx.office.example with ESMTP; Mon, 2 Mar 2026 10:00:00 +0900\r\n\r\n",
            (None, "mx.office.example"),
        ),
        (
            b"Received: from a (a [192.0.2.1])\r\n\tby mx.office.example. (Postfix)\r\n"
            b"Authentication-Results: mx.office.example 1;\r\n\tspf=pass\r\n"
            b"Received: by forged.example\r\nAuthentication-Results: forged.example; spf=pass\r\n\r\n",
            ("mx.office.example", "mx.office.example"),
        ),
        (b'Authentication-Results: (a; b) "x" mx.example; dkim=fail\r\n\r\n', ("mx.example", None)),
        (b"Authentication-Results: ;;;\r\nReceived: \xff\xfe by\r\n\r\n", (None, None)),
    ],
    ids=["no-header", "received-alone", "topmost-only", "comment-first", "nonsense"],
)
def test_the_newest_server_is_the_topmost_one(header, found):
    assert topmost_server(header) == found


@pytest.mark.parametrize(
    ("head", "doubtful"),
    [
        (b"From: a@town.example\r\nFrom: b@evil.example\r\n", True),
        (b"From: a@town.example, b@evil.example\r\n", True),
        (b"From: a@town.example, A@Town.example\r\n", False),
        (b"From: a@town.example\r\n", False),
    ],
    ids=["two-fields", "two-in-one-field", "the-same-twice", "one"],
)
def test_a_mail_of_two_senders_is_doubtful(head: bytes, doubtful: bool):
    found = read_mail(head + b"Subject: x\r\n\r\ntext\r\n")
    assert ("several-from" in found.defects) is doubtful
    assert found.sender_doubtful is doubtful
    assert found.sender is not None
    assert found.sender.address == "a@town.example"
