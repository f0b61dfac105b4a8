"""Applications of the last week, up to the close and after it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mailflow.demo.samples import officers as who
from mailflow.demo.samples import themes
from mailflow.demo.samples.clients import Client
from mailflow.demo.samples.desk import OFFICE, Envelope, Post, jst
from mailflow.demo.samples.early_applications import subject
from mailflow.demo.samples.expectations import complete, held
from mailflow.demo.samples.model import Expectation, Sort
from mailflow.demo.samples.model import SampleMail as Sample
from mailflow.model import Kind


def later_applications(post: Post) -> Iterator[Sample]:
    yield from _other_applicants(post)
    yield from _homonyms(post)
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
        expect=held(officer, "arrival"),
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
        expect=held(sender, "several-towns"),
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
        expect=held(officer, "arrival"),
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
