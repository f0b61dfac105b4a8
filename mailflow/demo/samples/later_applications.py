"""Applications of the last week, up to the close and after it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mailflow.demo.samples import officers as who
from mailflow.demo.samples import themes
from mailflow.demo.samples.clients import Client
from mailflow.demo.samples.desk import OFFICE, Envelope, Post, again, jst, message_id
from mailflow.demo.samples.early_applications import subject
from mailflow.demo.samples.expectations import by_hand, complete, held, to_fix
from mailflow.demo.samples.files import locked_zip, pdf
from mailflow.demo.samples.mime import File, NameStyle
from mailflow.demo.samples.model import Expectation, Sort
from mailflow.demo.samples.model import SampleMail as Sample
from mailflow.model import Kind

PDF = "application/pdf"


def later_applications(post: Post) -> Iterator[Sample]:
    yield from _other_applicants(post)
    yield from _homonyms(post)
    yield from _with_a_cover_letter(post)
    yield from _rare_characters(post)
    yield from _under_a_password(post)
    yield from _in_two_parts(post)
    yield from _through_gateways(post)
    yield from _more_than_one_thing(post)
    yield from _by_a_stranger(post)
    yield from _at_the_close(post)


def _other_applicants(post: Post) -> Iterator[Sample]:
    officer = who.TOTTORI
    yield post.mail(
        "prefecture",
        officer,
        jst(19, 17, 20, 44),
        subject(officer),
        f"""
{OFFICE}
ご担当者様

平素より大変お世話になっております。
鳥取県デジタル改革課の岸辺田と申します。

計画策定支援（Ａコース）に、県として応募いたします。
応募様式を添付いたしますので、
ご確認くださいますようお願いいたします。
""",
        [post.form(officer, themes.HEALTH, team_size=5, weekly_hours=10)],
        story="県が応募団体となる応募",
        sorts=[Sort.PREFECTURE, Sort.GOOD_A],
        expect=complete(officer),
    )
    officer = who.KURASHI
    yield post.mail(
        "nonprofit",
        officer,
        jst(23, 10, 0, 36),
        subject(officer),
        f"""
{OFFICE}
ご担当者様

はじめてご連絡いたします。
特定非営利活動法人山村くらし見本舎の松葉と申します。
島根県飯南町で移動支援と見守りの活動をしております。

募集要領に非営利法人も対象とありましたので、
計画策定支援（Ｂコース）に応募いたします。
町の担当課とは、事前に相談を済ませております。

不慣れなため、不足がございましたらご教示ください。
どうぞよろしくお願いいたします。
""",
        [
            post.form(
                officer,
                themes.MOBILITY,
                consensus="首長了承",
                municipality=officer.municipality,
                remarks="飯南町の了解を得ています。",
            )
        ],
        story="非営利法人からの応募",
        sorts=[Sort.NONPROFIT],
        expect=held(officer),
    )


def _homonyms(post: Post) -> Iterator[Sample]:
    officer = who.DATE_HOKKAIDO
    yield post.mail(
        "date-hokkaido",
        officer,
        jst(23, 11, 0, 18),
        "【伊達市】計画策定支援",
        f"""
{OFFICE}　御中

お世話になっております。
伊達市企画課の有珠川です。

計画策定支援の１次公募に応募いたします。
応募様式を添付しますのでよろしくお願いいたします。
""",
        [post.form(officer, themes.WILDLIFE, "【伊達市】1次公募応募様式.xlsx")],
        story="同じ名前の市（伊達市）。件名に都道府県がない",
        sorts=[Sort.HOMONYM, Sort.ISO_2022_JP],
        expect=complete(officer),
    )
    officer = who.DATE_FUKUSHIMA
    yield post.mail(
        "date-fukushima",
        officer,
        jst(23, 11, 25, 50),
        subject(officer),
        f"""
{OFFICE}　御中

お世話になっております。
福島県伊達市デジタル変革課の霊山でございます。

標記事業の応募様式を送付いたします。
ご査収のほど、よろしくお願いいたします。
""",
        [post.form(officer, themes.DISASTER, weekly_hours=5.5)],
        story="同じ名前の市（福島県の伊達市）",
        sorts=[Sort.HOMONYM, Sort.GOOD_B],
        expect=complete(officer),
    )


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
        expect=held(officer, None),
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


def _more_than_one_thing(post: Post) -> Iterator[Sample]:
    officer = who.TSUSHIMA
    yield post.mail(
        "also-asks",
        officer,
        jst(24, 13, 40, 39),
        subject(officer),
        f"""
{OFFICE}　御中

お世話になっております。
対馬市情報政策課の阿比留田です。

計画策定支援（Ｂコース）の応募様式を提出いたします。

あわせて１点お伺いします。
本支援を受けながら、同じ年度に補助事業へ申請することは
可能でしょうか。ご教示いただけますと幸いです。
""",
        [post.form(officer, themes.WILDLIFE)],
        story="応募のメールに質問も書かれている",
        sorts=[Sort.ALSO_ASKS],
        expect=held(officer),
    )
    sender = who.SHIMANE
    towns = [who.KAWAMOTO, replace(who.TSUWANO, client=Client.EXCHANGE)]
    yield post.mail(
        "several-forms",
        sender,
        jst(25, 11, 0, 15),
        "【島根県】計画策定支援（管内２町分）",
        f"""
{OFFICE}
ご担当者様

平素より大変お世話になっております。
島根県情報戦略課の宍道です。

管内の川本町及び津和野町から応募様式の提出が
ありましたので、取りまとめて送付いたします。
ご連絡は、各町の担当者あてにお願いいたします。
""",
        [post.form(towns[0], themes.HEALTH), post.form(towns[1], themes.TOURISM)],
        story="県が管内２町分の応募様式をまとめて送付",
        sorts=[Sort.SEVERAL_FORMS],
        expect=held(sender, None),
    )


def _by_a_stranger(post: Post) -> Iterator[Sample]:
    officer = who.KAMIYAMA
    # Gmail allows no hyphen in a name, so this address can't exist
    stranger = replace(officer, domain="gmail.com", local="kamiyama-kikaku-sample", client=Client.GMAIL)
    yield post.mail(
        "claim",
        stranger,
        jst(24, 15, 20, 2),
        f"【{officer.body}】計画策定支援（差し替え）",
        f"""
{OFFICE}　ご担当者様

お世話になっております。神山町の森口です。

庁内のメールが使えないため、個人のアドレスから
失礼します。先日提出した応募様式を差し替えます。
今後のご連絡は、このアドレスにお願いします。
""",
        [post.form(officer, themes.SCHOOL, contact_email=stranger.address, weekly_hours=3)],
        story="応募済みの団体の差し替えが、個人のアドレスから届いた",
        sorts=[Sort.CLAIM, Sort.FREE_MAIL],
        expect=held(officer),
    )


def _at_the_close(post: Post) -> Iterator[Sample]:
    officer = who.FURANO
    yield post.mail(
        "eve",
        officer,
        jst(25, 23, 58, 16),
        subject(officer),
        f"""
{OFFICE}　ご担当者様

夜分に失礼いたします。
北海道富良野市スマートシティ戦略課の空知です。

議会対応のため提出が遅くなりましたが、
応募様式をお送りいたします。
ご確認のほど、よろしくお願いいたします。
""",
        [post.form(officer, themes.TOURISM, weekly_hours=4, consensus="首長了承")],
        story="締切前日の23時58分に届いた応募",
        sorts=[Sort.EVE, Sort.GOOD_A],
        expect=complete(officer),
    )
    officer = who.OJIKA
    yield post.mail(
        "ojika",
        officer,
        jst(26, 9, 40, 27),
        subject(officer),
        f"""
{OFFICE}　御中

お世話になっております。
長崎県小値賀町総務課の浜辺です。

本日が締切とのことで、取り急ぎ応募様式を送付します。
到着しましたら、ご一報いただけると助かります。
""",
        [post.form(officer, themes.HEALTH, team_size=2, weekly_hours=3)],
        story="締切当日の朝の応募",
        sorts=[Sort.GOOD_A, Sort.ISO_2022_JP],
        expect=complete(officer),
    )
    officer = who.AKIOTA
    yield post.mail(
        "late",
        officer,
        jst(26, 16, 0, 41),
        subject(officer),
        f"""
{OFFICE}　御中

お世話になっております。
広島県安芸太田町企画課の佐々木原です。

応募様式を送付いたします。
送信に時間がかかり、直前となってしまいました。
よろしくお願いいたします。
""",
        [post.form(officer, themes.MOBILITY)],
        story="締切を41秒過ぎて届いた応募（送信は15時59分台）",
        sorts=[Sort.LATE],
        expect=Expectation(kind=Kind.APPLICATION, organization=officer.body, template="late"),
        envelope=Envelope(sent_s=70),
    )
    officer = who.ACHI
    yield post.mail(
        "released",
        officer,
        jst(26, 15, 12, 30),
        subject(officer),
        f"""
{OFFICE}　様

阿智村総務課企画係の園原です。
お世話になっております。

計画策定支援（Ａコース）に応募いたします。
応募様式を添付しますので、ご確認ください。
""",
        [post.form(officer, themes.SCHOOL)],
        story="締切前に届いていたが、検疫から出されたのは翌朝",
        sorts=[Sort.RELEASED],
        expect=held(officer, "arrival"),
        envelope=Envelope(held=jst(27, 9, 20, 0)),
    )
