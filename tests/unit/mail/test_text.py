"""What a mail says: which leaves, which charset, plain or html, and what of it is new."""

from __future__ import annotations

import pytest

from mailflow.mail import read_mail
from mailflow.mail.htmltext import html_text
from mailflow.mail.quotes import new_text
from tests.unit.mail.mails import TEXT, b64, mail, multi, nested, part

HELLO = "お世話になります。髙﨑①"


@pytest.mark.parametrize(
    ("charset", "codec", "text", "defect"),
    [
        pytest.param(b"utf-8", "utf-8", HELLO, False, id="utf-8"),
        pytest.param(b"Shift_JIS", "cp932", HELLO, False, id="shift_jis-is-cp932"),
        pytest.param(b"x-sjis", "cp932", HELLO, False, id="x-sjis"),
        pytest.param(b"iso-2022-jp", "iso2022_jp_ext", "お世話ｶﾅ", False, id="iso-2022-jp-with-kana"),
        pytest.param(b"iso-2022-jp-3", "iso2022_jp_3", "お世話①", False, id="iso-2022-jp-3"),
        pytest.param(b"iso-2022-jp-2", "iso2022_jp_2", "お世話한丟", False, id="iso-2022-jp-2"),
        pytest.param(b"euc-jp", "euc_jp", "お世話になります。", False, id="euc-jp"),
        pytest.param(b"utf-16", "utf-16", HELLO, False, id="utf-16"),
        pytest.param(b"windows-1251", "cp1251", "Привет", False, id="windows-1251"),
        pytest.param(b"big5", "big5", "您好", False, id="big5"),
        pytest.param(b"ks_c_5601-1987", "cp949", "안녕", False, id="korean"),
        pytest.param(b"us-ascii", "cp932", HELLO, True, id="wrong-ascii"),
        pytest.param(b"utf-8", "cp932", HELLO, True, id="wrong-utf-8"),
        pytest.param(b"shift_jis", "utf-8", HELLO, True, id="wrong-shift_jis"),
        pytest.param(b"utf-8", "iso2022_jp", "お世話になります。", True, id="wrong-but-7-bit"),
        pytest.param(b"nonsense-8", "utf-8", HELLO, True, id="unknown"),
        pytest.param(b"unicode_escape", "utf-8", HELLO, True, id="a-codec-that-is-no-charset"),
    ],
)
def test_charset(charset, codec, text, defect):
    body = b64(text.encode(codec))
    found = read_mail(
        mail(
            body=body,
            extra=b"Content-Type: text/plain; charset=" + charset + b"\r\nContent-Transfer-Encoding: base64\r\n",
        )
    )
    assert found.text == text
    assert ("bad-charset" in found.defects) is defect


@pytest.mark.parametrize(
    ("codec"), ["utf-8", "cp932", "euc_jp", "iso2022_jp"], ids=["utf-8", "cp932", "euc-jp", "iso-2022-jp"]
)
def test_no_charset_is_detected(codec):
    assert read_mail(mail(body="計画策定支援に応募いたします。".encode(codec))).text == "計画策定支援に応募いたします。"


def test_nothing_that_json_or_postgresql_refuses():
    found = read_mail(mail(body=b"a\0b+2AA-", extra=b"Content-Type: text/plain; charset=utf-7\r\n"))
    assert found.text is not None
    assert "\0" not in found.text
    found.text.encode("utf-8")


def test_quoted_printable_and_flowed():
    fields = (
        b"Content-Type: text/plain; charset=utf-8; format=flowed\r\nContent-Transfer-Encoding: quoted-printable\r\n"
    )
    assert read_mail(mail(body=b"long =E9=95=B7 =\r\n\r\nline\r\n-- =\r\n\r\nme\r\n", extra=fields)).text.split(
        "\n"
    ) == ["long 長 line", "-- ", "me", ""]


def test_flowed_with_delsp():
    found = read_mail(
        mail(
            body="日本 \r\n語\r\n".encode(),
            extra=b"Content-Type: text/plain; charset=utf-8; format=flowed; delsp=yes\r\n",
        )
    )
    assert found.text == "日本語\n"


HTML = part(b"text/html; charset=utf-8", "<p>お世話に<br>なります。".encode())


@pytest.mark.parametrize(
    ("raw", "text", "html", "html_only"),
    [
        pytest.param(multi([TEXT, HTML], b"alternative"), "お世話になります。\n", True, False, id="plain-preferred"),
        pytest.param(
            multi([part(b"text/plain", b" \r\n"), HTML], b"alternative"),
            "お世話に\nなります。\n",
            True,
            True,
            id="empty-plain",
        ),
        pytest.param(multi([HTML], b"alternative"), "お世話に\nなります。\n", True, True, id="html-only"),
        pytest.param(
            multi([TEXT, part(b"text/plain", b"PS")]),
            "お世話になります。\n\nPS\n",
            False,
            False,
            id="two-texts",
        ),
        pytest.param(
            multi([nested([TEXT, HTML], b"alternative", b"a"), part(b"text/plain", b"footer")]),
            "お世話になります。\n\nfooter\n",
            True,
            False,
            id="footer-of-a-gateway",
        ),
        pytest.param(
            multi([TEXT, part(b"text/html; charset=utf-8", "<p>お世話になります。</p>".encode())]),
            "お世話になります。\n",
            True,
            False,
            id="same-text-twice-in-mixed",
        ),
        pytest.param(mail(body=b"", extra=b""), "", False, False, id="empty"),
    ],
)
def test_text_of_a_mail(raw, text, html, html_only):
    found = read_mail(raw)
    assert found.text == text
    assert (found.html is not None) is html
    assert ("html-only" in found.defects) is html_only


def test_html_charset_of_its_meta():
    html = '<meta http-equiv="Content-Type" content="text/html; charset=shift_jis"><p>髙﨑'.encode("cp932")
    assert read_mail(mail(body=html, extra=b"Content-Type: text/html\r\n")).text == "髙﨑\n"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        pytest.param("<style>p{}</style><script>x</script><p>a</p><!-- c -->b", "a\n\nb\n", id="style-script-comment"),
        pytest.param("a&nbsp;&lt;b&gt;&#x9AD9;&amp;", "a <b>髙&\n", id="entities"),
        pytest.param("<div>a</div><div><br></div><div>b</div>", "a\n\nb\n", id="gmail-blank-line"),
        pytest.param(
            "<table><tr><td>団体名</td><td><p>川原町</p></td></tr><tr><td>電話</td><td>0</td></tr></table>",
            "団体名\t川原町\n電話\t0\n",
            id="table",
        ),
        pytest.param("<ul><li>a</li><li>b</li></ul>", "・a\n・b\n", id="list"),
        pytest.param('<span style="display: none">x</span>y', "y\n", id="hidden"),
        pytest.param('a<blockquote type="cite">b<br>c</blockquote>d', "a\n\n> b\n> c\n\nd\n", id="quote"),
        pytest.param("a\n  b", "a b\n", id="blanks"),
        pytest.param("<pre>a\n  b</pre>", "a\n  b\n", id="pre"),
        pytest.param("<b>" * 5000 + "text", "text", id="too-deep-for-the-parser"),
    ],
)
def test_html_to_text(html, text):
    assert html_text(html).lstrip() == text


OUTLOOK = "-----元のメッセージ-----\nFrom: 事務局 <j@office.example>\nSent: Wednesday, March 4, 2026\nTo: 山田\nSubject: 受領\n\n元の文です。\n"
BLOCK = "________________________________\n差出人: 事務局 <j@office.example>\n送信日時: 2026年3月4日 10:00\n宛先: 山田\n件名: 受領\n\n元の文です。\n"
EVENTS = (
    "☆－－－－－－－－－－－－－☆\n朝日県川原町 企画課\n係長 山田\nTEL:0123-45-6789 FAX:0123-45-6790\n受付時間 平日9:00～12:00、13:00～17:00\n"
    "確定申告の受付は3月16日（月）まで\n☆－－－－－－－－－－－－－☆\n"
)
ASKS_BELOW = (
    "＝＝＝＝＝＝＝＝\n川原町 企画課\nTEL 0123-45-6789\n〒000-0000\n3月18日（水）の相談を希望します\n＝＝＝＝＝＝＝＝"
)
SIGNATURE = "――――――――――――\n川原町 企画課 企画第一係\n山田 太郎\n〒000-0000 朝日県川原町1-1\nTEL 0123-45-6789（受付時間 8:30～17:15）\nE-mail yamada@town.kawahara.example\n――――――――――――\n"


@pytest.mark.parametrize(
    ("text", "new"),
    [
        pytest.param("はい。\n", "はい。", id="nothing-quoted"),
        pytest.param("はい。\n\n> 元\n> > 前\n", "はい。", id="top-posted"),
        pytest.param("> 元\n\n答えです。\n", "答えです。", id="bottom-posted"),
        pytest.param("> 1. コース\nAです\n> 2. 電話\n0123です\n", "Aです\n0123です", id="between"),
        pytest.param("はい。\n\n> 変更は、このメールへの返信でお知らせください（例：\n3月19日15時30分に変更）。\n", "はい。", id="rest-of-a-quoted-bracket"),
        pytest.param("はい。\n\n> 日時の変更、取り消しは、返信でお知らせくださ\nい（例：3月19日に変更）。\n", "はい。", id="rest-of-a-quoted-word"),
        pytest.param("> ご担当の方のお名前と電話番号をお知らせください（必須）\nはい、0123です（山田）\n", "はい、0123です（山田）", id="an-answer-below-a-quote"),
        pytest.param("> 17日の14時の枠で、お待ちしており\nます。19日に変更してください。\n", "ます。19日に変更してください。", id="own-words-behind-the-rest-of-a-word"),
        pytest.param("> ご希望の番号を（1〜5のうちから\n2番）でお願いします。\n", "2番）でお願いします。", id="own-words-behind-the-rest-of-a-bracket"),
        pytest.param("> 日時の変更は、返信でお知らせくださ\nい。3番（電話）。\n", "い。3番（電話）。", id="a-choice-behind-the-rest-of-a-word"),
        pytest.param("はい。\n\n> 17日の14時の枠で、お待ちしており\nます。\n", "はい。", id="only-the-rest-of-a-word"),
        pytest.param("＞コースは\nAです\n", "Aです", id="full-width-mark"),
        pytest.param("はい。\n\n" + OUTLOOK, "はい。", id="outlook"),
        pytest.param("はい。\n\n" + BLOCK, "はい。", id="outlook-block"),
        pytest.param("はい。\n\n" + OUTLOOK.replace("元のメッセージ", "Original Message"), "はい。", id="outlook-english"),
        pytest.param("はい。\n\n2026年3月4日(水) 10:00 事務局 <j@office.example>:\n\n> 元\n", "はい。", id="gmail"),
        pytest.param("はい。\n\n2026年3月4日(水) 10:00 とても長い名前の事務局 <\nj@office.example>:\n> 元\n", "はい。", id="gmail-wrapped"),
        pytest.param("はい。\n\n2026/03/04 10:00、事務局 <j@office.example>のメール：\n\n> 元\n\niPhoneから送信\n", "はい。", id="apple"),
        pytest.param("はい。\n\nOn 2026/03/04 10:00, 事務局 wrote:\n> 元\n", "はい。", id="thunderbird"),
        pytest.param("はい。\n\nOn Wed, 4 Mar 2026 10:00:00 +0900\n事務局 <j@office.example> wrote:\n\n> 元\n", "はい。", id="becky"),
        pytest.param("はい。\n\n2026-03-04 10:00、事務局さんは書きました:\n> 元\n", "はい。", id="cybozu"),
        pytest.param("On Monday we met.\nIt was good.\n", "On Monday we met.\nIt was good.", id="a-sentence-with-on"),
        pytest.param("以下に回答いたします。\nよろしくお願いします。\n\n" + OUTLOOK + "Aです\n", "以下に回答いたします。\nよろしくお願いします。\n\n\n元の文です。\nAです", id="answers-inside-announced"),
        pytest.param("ご確認ください。\n\n" + OUTLOOK + "→Aです\n", "ご確認ください。\n\n→Aです", id="answers-inside-marked"),
        pytest.param("本文です。\n\n" + SIGNATURE, "本文です。", id="signature"),
        pytest.param("本文です。\n\n" + EVENTS, "本文です。", id="signature-with-events"),
        pytest.param("本文です。\n" + ASKS_BELOW, "本文です。\n" + ASKS_BELOW, id="a-wish-in-a-frame"),
        pytest.param("本文です。\n-- \n山田\n川原町\n", "本文です。", id="signature-rfc3676"),
        pytest.param("本文です。\n┏━━━━━━┓\n 川原町 山田\n 電話 0123\n┗━━━━━━┛\n", "本文です。", id="signature-box"),
        pytest.param("本文です。\n" + SIGNATURE + "\n" + OUTLOOK, "本文です。", id="signature-above-the-quote"),
        pytest.param("申込みます。\n――――――\n団体名：川原町\n電話：0123-45-6789\n希望日時：3月10日 10時\n――――――\n", "申込みます。\n――――――\n団体名：川原町\n電話：0123-45-6789\n希望日時：3月10日 10時\n――――――", id="a-box-of-wishes-is-no-signature"),
        pytest.param("以上\n******\n電話：0123-45-6789 におかけください。\n", "以上\n******\n電話：0123-45-6789 におかけください。", id="a-sentence-below-a-line"),
        pytest.param("本文\n==========\n1 概要\n内容です。\n", "本文\n==========\n1 概要\n内容です。", id="headings-between-rules"),
        pytest.param("件名：応募\n電話：0\n担当：山田\n", "件名：応募\n電話：0\n担当：山田", id="label-value-lines-are-no-quote"),
        pytest.param("> 元\n", "", id="only-quoted"),
        pytest.param(OUTLOOK, "", id="a-reply-without-a-word"),
    ],
)  # fmt: skip
def test_new_text(text, new):
    assert new_text(text) == new
    assert new_text(text.replace("\n", "\r\n")) == new


def test_forward_with_a_note_keeps_the_note():
    assert (
        new_text("誤って届きましたので転送します。\n\n" + OUTLOOK, forwarded=True) == "誤って届きましたので転送します。"
    )


def test_forward_without_a_word_keeps_what_it_forwards():
    assert new_text(OUTLOOK, forwarded=True) == "元の文です。"
    assert new_text("> 元の文です。\n", forwarded=True) == "元の文です。"


def test_html_reply_of_gmail():
    html = 'はい。<br><div class="gmail_quote"><div>2026年3月4日(水) 10:00 事務局 &lt;<a href="#">j@office.example</a>&gt;:<br></div><blockquote class="gmail_quote">元の文</blockquote></div>'
    found = read_mail(mail(body=html.encode(), extra=b"Content-Type: text/html; charset=utf-8\r\n"))
    assert found.new_text == "はい。"
