"""Good applications that come in unusual wrapping: a cover letter, rare characters, a password, two parts, gateways."""

from __future__ import annotations

from collections.abc import Iterator

from mailflow.demo.samples import officers as who
from mailflow.demo.samples import themes
from mailflow.demo.samples.desk import OFFICE, Envelope, Post, again, jst, message_id
from mailflow.demo.samples.early_applications import subject
from mailflow.demo.samples.expectations import by_hand, complete, to_fix
from mailflow.demo.samples.files import locked_zip, pdf
from mailflow.demo.samples.mime import File, NameStyle
from mailflow.demo.samples.model import SampleMail as Sample
from mailflow.demo.samples.model import Sort
from mailflow.model import Kind

PDF = "application/pdf"


def wrapped_applications(post: Post) -> Iterator[Sample]:
    yield from _with_a_cover_letter(post)
    yield from _rare_characters(post)
    yield from _under_a_password(post)
    yield from _in_two_parts(post)
    yield from _through_gateways(post)


def _with_a_cover_letter(post: Post) -> Iterator[Sample]:
    officer = who.MITANE
    letter = [
        "三企第000号",
        "令和８年３月２３日",
        "",
        "地域社会ＤＸ推進パッケージ事業事務局　御中",
        "",
        "　　　　　　　　　　　　　　　　　　三種町長",
        "",
        "　　計画策定支援への応募について（送付）",
        "",
        "　このことについて、別添のとおり応募様式を送付します。",
    ]
    mail = post.mail(
        "cover-letter",
        officer,
        jst(23, 15, 0, 7),
        subject(officer),
        f"""
{OFFICE}　御中

平素より格別のご高配を賜り、厚くお礼申し上げます。
秋田県三種町企画政策課の児玉川です。

標記の件につきまして、送付文と応募様式を添付の
とおり提出いたします。
ご査収のほど、よろしくお願い申し上げます。
""",
        [File("三企第000号（送付文）.pdf", pdf(letter), PDF), post.form(officer, themes.FARM)],
        story="応募様式に送り状（PDF）が添えてある",
        sorts=[Sort.COVER_LETTER, Sort.DUPLICATE_DELIVERY, Sort.GOOD_B],
        expect=complete(officer),
    )
    yield mail
    yield again(
        mail,
        "cover-letter-again",
        jst(23, 15, 31, 42),
        post.mailbox,
        story="同じメールが、中継サーバーの再送でもう一度届いた",
        sorts=[Sort.DUPLICATE_DELIVERY],
    )


def _rare_characters(post: Post) -> Iterator[Sample]:
    officer = who.NICHINAN
    yield post.mail(
        "takasaki-utf8",
        officer,
        jst(23, 16, 0, 12),
        subject(officer),
        f"""
{OFFICE}　ご担当者様

お世話になっております。
鳥取県日南町総合政策課の髙﨑（たかさき）と申します。

計画策定支援（Ａコース）に応募いたします。
なお、私の氏名は「髙」「﨑」「𠮷」の字を用いて
おりますので、公表等の際はご配慮ください。
""",
        [post.form(officer, themes.TOURISM, f"【{officer.body}】1次公募応募様式（担当　髙﨑　𠮷郎）.xlsx")],
        story="氏名に「髙」「﨑」「𠮷」を含む応募",
        sorts=[Sort.GOOD_A],
        expect=complete(officer),
    )
    officer = who.UNNAN
    yield post.mail(
        "takasaki-cp932",
        officer,
        jst(23, 16, 40, 55),
        subject(officer),
        f"""
{OFFICE}　御中

お世話になっております。
雲南市情報管理課の髙﨑です。

計画策定支援の応募様式を提出いたします。
ご査収ください。よろしくお願いいたします。
""",
        [post.form(officer, themes.DISASTER, f"【{officer.body}】1次公募応募様式（髙﨑）.xlsx")],
        story="ファイル名が符号化されず、Shift_JISのまま届く（「髙﨑」を含む）",
        sorts=[Sort.RAW_CP932_NAME],
        expect=complete(officer),
        envelope=Envelope(charset="shift_jis", names=NameStyle.RAW_CP932),
    )


def _under_a_password(post: Post) -> Iterator[Sample]:
    officer = who.AMA
    password = "ama-0326"  # noqa: S105 - told in the next mail
    form = post.form(officer, themes.SCHOOL)
    locked = locked_zip(form.name, form.content, password.encode(), b"sample-salt")
    yield post.mail(
        "locked-zip",
        officer,
        jst(24, 9, 50, 11),
        subject(officer),
        f"""
{OFFICE}　御中

海士町人づくり特命担当課の渡部島です。
お世話になっております。

応募様式を添付いたします。
添付ファイルにはパスワードを設定しております。
パスワードは別のメールでお送りします。
""",
        [File(f"【{officer.body}】1次公募応募様式.zip", locked, "application/x-zip-compressed")],
        story="パスワード付きzipでの応募",
        sorts=[Sort.LOCKED_ZIP],
        expect=to_fix(officer, "password-request"),
    )
    yield post.mail(
        "password",
        officer,
        jst(24, 9, 52, 3),
        f"【パスワードのお知らせ】【{officer.body}】計画策定支援",
        f"""
{OFFICE}　御中

先ほどお送りした添付ファイルのパスワードを
お知らせします。

パスワード：{password}

よろしくお願いいたします。
""",
        story="そのパスワードを知らせるメール",
        sorts=[Sort.PASSWORD],
        expect=by_hand(Kind.PASSWORD, officer),
        envelope=Envelope(answers=(message_id("locked-zip", officer),)),
    )


def _in_two_parts(post: Post) -> Iterator[Sample]:
    officer = who.HIDA
    yield post.mail(
        "split-1",
        officer,
        jst(24, 10, 30, 8),
        f"【{officer.body}】計画策定支援（1/2）",
        f"""
{OFFICE}　御中

お世話になっております。
岐阜県飛騨市デジタル推進課の洞口田です。

計画策定支援に応募いたします。
容量の都合により、２通に分けてお送りします。
１通目は応募様式です。
""",
        [post.form(officer, themes.TOURISM)],
        story="容量の都合で２通に分かれた応募（応募様式）",
        sorts=[Sort.SPLIT, Sort.ISO_2022_JP],
        expect=complete(officer),
    )
    map_lines = ["位置図（見本）", "", "１　観光案内所", "２　駐車場", "３　登山口"]
    yield post.mail(
        "split-2",
        officer,
        jst(24, 10, 31, 20),
        f"【{officer.body}】計画策定支援（2/2）",
        f"""
{OFFICE}　御中

岐阜県飛騨市デジタル推進課の洞口田です。
２通目は参考資料（位置図）です。
よろしくお願いいたします。
""",
        [File("参考資料_位置図.pdf", pdf(map_lines), PDF)],
        story="その２通目（参考資料だけ）",
        sorts=[Sort.SPLIT],
        expect=to_fix(officer, "part-missing"),
    )


def _through_gateways(post: Post) -> Iterator[Sample]:
    officer = who.TARAGI
    yield post.mail(
        "gateway",
        officer,
        jst(24, 13, 10, 29),
        "[EXTERNAL] Fw: 〔熊本県　球磨郡多良木町〕計画策定支援",
        f"""
{OFFICE}　御中

お世話になっております。
熊本県多良木町企画観光課の球磨野です。

計画策定支援の応募様式を送付いたしますので、
よろしくお願いいたします。
""",
        [post.form(officer, themes.FARM, f"【{officer.body}】１次公募応募様式(1).xlsx")],
        story="中継の途中で件名に [EXTERNAL] が付いた応募",
        sorts=[Sort.GATEWAY_SUBJECT],
        expect=complete(officer),
        envelope=Envelope(charset="utf-8", relay="relay.kumamoto-sec.example"),
    )
