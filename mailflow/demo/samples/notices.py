"""Mails that no applicant writes: the ministry, robots, other people's servers, advertising."""

from __future__ import annotations

from collections.abc import Iterator

from mailflow.demo.samples import officers as who
from mailflow.demo.samples.clients import Client, digest
from mailflow.demo.samples.desk import XLSX, Post, jst, message_id
from mailflow.demo.samples.expectations import booked, nothing
from mailflow.demo.samples.letters import letter_id
from mailflow.demo.samples.mime import File, Part, multipart, text_part
from mailflow.demo.samples.model import SampleMail as Sample
from mailflow.demo.samples.model import Sort
from mailflow.demo.samples.tables import status_xlsx
from mailflow.model import Kind

MINISTRY = who.Officer(
    prefecture="総務省",
    municipality=None,
    code=None,
    domain="soumu.go.jp",
    section="情報流通行政局 地域通信振興課",
    name="霞　太一",
    kana="かすみ　たいち",
    local="keikaku-sample",
    client=Client.EXCHANGE,
)


def notices(post: Post) -> Iterator[Sample]:
    yield _ministry(post)
    yield _web_form(post)
    yield _quarantine(post)
    yield _advertising(post)
    yield _out_of_office(post)
    yield _bounce(post)
    yield _read_receipt(post)


def _plain(text: str) -> Part:
    return text_part(text.strip(), "utf-8", "base64")


def _ministry(post: Post) -> Sample:
    return post.mail(
        "ministry",
        MINISTRY,
        jst(19, 13, 0, 22),
        "【至急】応募状況の報告について（地域通信振興課）",
        """
事務局　ご担当者様

いつもお世話になっております。
地域通信振興課の霞です。

計画策定支援の１次公募について、本日時点の応募状況を
把握したく、本日１７時までに、別添の様式により
ご報告くださいますようお願いいたします。

急なお願いで恐縮ですが、よろしくお願いいたします。
""",
        [File("応募状況.xlsx", status_xlsx(), XLSX)],
        story="総務省からの応募状況の照会。添付のExcelは応募様式ではない",
        sorts=[Sort.MINISTRY],
        expect=nothing(Kind.INTERNAL),
    )


def _web_form(post: Post) -> Sample:
    officer = who.TSUWANO
    return post.machine(
        "web-form",
        ("事前相談会申込みフォーム", "noreply@qemailserver.com"),
        jst(12, 18, 20, 15),
        "事前相談会申込みフォーム　回答通知",
        _plain(f"""
事前相談会申込みフォームに、新しい回答がありました。

回答日時：2026/03/12 18:19:52
団体名：{officer.body}
部署名：{officer.section}
氏名：{officer.name}
メールアドレス：{officer.address}
電話番号：{who.PHONE}
第1希望：3月17日（火）10:00～10:30
第2希望：3月18日（水）14:00～14:30
相談方法：オンライン
相談内容：Ａコースの支援メニューの選び方について

このメールは送信専用のアドレスから送信しています。
返信いただいてもお答えできません。
"""),
        story="募集要領の申込みフォームからの通知（機械が出す、正式な申込み）",
        sorts=[Sort.WEB_FORM],
        expect=booked(officer),
        headers=[("Auto-Submitted", "auto-generated")],
        return_path="bounce-sample@qemailserver.com",
    )


def _quarantine(post: Post) -> Sample:
    return post.machine(
        "quarantine",
        ("Microsoft 365 セキュリティ", "quarantine@messaging.microsoft.com"),
        jst(5, 14, 30, 1),
        "Microsoft 365 セキュリティ: 検疫にメッセージがあります",
        _plain(f"""
{post.mailbox} 宛てのメッセージが検疫されています。

差出人：newsletter@ad.example
件名：期間限定のご案内
日付：2026/03/05 14:02:11
検疫の理由：バルク

差出人：kikaku-sample@town.kawara.example
件名：計画策定支援の様式について
日付：2026/03/05 14:10:45
検疫の理由：フィッシングの疑い

メッセージは、30日後に自動的に削除されます。
"""),
        story="検疫の通知。応募者のメールが止められているかもしれない",
        sorts=[Sort.QUARANTINE],
        expect=nothing(Kind.INTERNAL),
        headers=[("Auto-Submitted", "auto-generated")],
    )


def _advertising(post: Post) -> Sample:
    return post.machine(
        "advertising",
        ("自治体ＤＸ見本株式会社", "news@dx-mihon.example"),
        jst(5, 9, 2, 30),
        "【ご提案】自治体DXに最適なクラウドサービスのご案内",
        _plain("""
ご担当者様

お世話になっております。
自治体ＤＸ見本株式会社でございます。

このたび、自治体様の業務を効率化するクラウドサービスの
無料体験キャンペーンを開始いたしました。
詳しくは下記をご覧ください。

　https://www.dx-mihon.example/campaign

配信を停止するには下記からお手続きください。
　https://www.dx-mihon.example/unsubscribe
"""),
        story="業者の宣伝メール",
        sorts=[Sort.ADVERTISING],
        expect=nothing(Kind.MACHINE),
        headers=[
            ("Precedence", "bulk"),
            ("List-Unsubscribe", "<https://www.dx-mihon.example/unsubscribe>"),
            ("List-Id", "<news.dx-mihon.example>"),
        ],
        return_path="bounce-sample@dx-mihon.example",
    )


def _out_of_office(post: Post) -> Sample:
    officer = who.SHIOJIRI
    asked = letter_id(post, "shiojiri")
    return post.machine(
        "out-of-office",
        ("小松原 健吾", officer.address),
        jst(9, 17, 5, 8),
        "自動応答: 【受領】計画策定支援 1次公募（長野県塩尻市）",
        _plain("""
３月９日の午後は出張のため、不在にしております。
お急ぎの場合は、デジタル戦略課の代表アドレスまで
ご連絡ください。

塩尻市企画政策部デジタル戦略課　小松原
"""),
        story="受領の手紙への不在の自動応答",
        sorts=[Sort.OUT_OF_OFFICE],
        expect=nothing(Kind.MACHINE, officer),
        headers=[
            ("Auto-Submitted", "auto-replied"),
            ("X-Auto-Response-Suppress", "All"),
            ("In-Reply-To", asked),
            ("References", asked),
        ],
    )


def _bounce(post: Post) -> Sample:
    """RFC 3464."""
    domain = "town.ohnan.lg.jp"
    failed = f"mirai-sampel@{domain}"  # as mistyped in a form
    lost = letter_id(post, "ohnan")
    text = f"""
This is the mail system at host mailgw1.{domain}.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients.

<{failed}>: host mailgw1.{domain} said: 550 5.1.1
    <{failed}>: Recipient address rejected: User unknown
"""
    status = (
        f"Reporting-MTA: dns; mailgw1.{domain}\r\nArrival-Date: Mon, 16 Mar 2026 16:58:02 +0900\r\n\r\n"
        f"Final-Recipient: rfc822; {failed}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        f"Diagnostic-Code: smtp; 550 5.1.1 <{failed}>: Recipient address\r\n rejected: User unknown\r\n"
    )
    returned = (
        f"From: {post.mailbox}\r\nTo: {failed}\r\nSubject: =?utf-8?B?44CQ5Y+X6aCY44CR?=\r\n"
        f"Message-ID: {lost}\r\nDate: Mon, 16 Mar 2026 16:58:00 +0900\r\n"
    )
    body = multipart(
        "report",
        [
            text_part(text.strip(), "us-ascii", "7bit"),
            Part(b"Content-Type: message/delivery-status\r\n", status.encode()),
            Part(b"Content-Type: text/rfc822-headers\r\n", returned.encode()),
        ],
        f"{digest('bounce')[:12]}.1773648000/mailgw1.{domain}",
        " report-type=delivery-status;",
    )
    return post.machine(
        "bounce",
        ("Mail Delivery System", f"MAILER-DAEMON@{domain}"),
        jst(16, 16, 58, 6),
        "Undelivered Mail Returned to Sender",
        body,
        story="手紙が届かなかった知らせ（宛先不明）",
        sorts=[Sort.BOUNCE],
        expect=nothing(Kind.MACHINE, who.OHNAN),
        headers=[("Auto-Submitted", "auto-replied")],
    )


def _read_receipt(post: Post) -> Sample:
    """RFC 8098."""
    officer = who.MITANE
    asked = letter_id(post, "mitane")
    text = "次のメッセージが開封されました。\n\n宛先：企画政策課\n件名：【受領】計画策定支援 1次公募（秋田県三種町）"
    note = (
        f"Reporting-UA: mail.{officer.domain}\r\nFinal-Recipient: rfc822; {officer.address}\r\n"
        f"Original-Message-ID: {asked}\r\n"
        "Disposition: manual-action/MDN-sent-manually; displayed\r\n"
    )
    parts = [
        text_part(text, "iso-2022-jp", "7bit"),
        Part(b"Content-Type: message/disposition-notification\r\n", note.encode()),
    ]
    boundary = f"----=_NextPart_000_{digest('read receipt')[:4]}_01DCB2"
    return post.machine(
        "read-receipt",
        ("児玉川 弘", officer.address),
        jst(25, 11, 30, 18),
        "開封済み: 【受領】計画策定支援 1次公募（秋田県三種町）",
        multipart("report", parts, boundary, " report-type=disposition-notification;"),
        story="受領の手紙の開封通知",
        sorts=[Sort.READ_RECEIPT],
        expect=nothing(Kind.MACHINE, officer),
        headers=[("In-Reply-To", asked), ("References", f"{message_id('cover-letter', officer)}\r\n {asked}")],
    )
