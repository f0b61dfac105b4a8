"""Mails of people that are no applications: requests for the consultation, questions, wishes, accidents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mailflow.demo.samples import officers as who
from mailflow.demo.samples import themes
from mailflow.demo.samples.clients import Client, digest
from mailflow.demo.samples.desk import OFFICE, XLSX, Envelope, Post, jst, message_id
from mailflow.demo.samples.expectations import booked, by_hand
from mailflow.demo.samples.mime import File
from mailflow.demo.samples.model import SampleMail as Sample
from mailflow.demo.samples.model import Sort
from mailflow.demo.samples.tables import proposal_xlsx, roster_xlsx
from mailflow.model import Kind


def letters(post: Post) -> Iterator[Sample]:
    yield from _consultations(post)
    yield from _questions(post)
    yield from _wishes(post)
    yield from _missent(post)


def _consultations(post: Post) -> Iterator[Sample]:
    officer = who.AJIGASAWA
    yield post.mail(
        "dated-request",
        officer,
        jst(9, 10, 20, 14),
        "事前相談会の申込みについて",
        f"""
{OFFICE}　ご担当者様

お世話になっております。
青森県鰺ヶ沢町政策推進課の一戸田です。

計画策定支援の応募を検討しており、応募様式の書き方に
ついて事前相談をお願いしたく、ご連絡いたしました。
希望の日時は次のとおりです。

　第１希望　３月１２日（木）１４時から
　第２希望　３月１３日（金）１０時から
　第３希望　３月１６日（月）午後

オンラインを希望します。参加者は２名の予定です。
ご調整のほど、よろしくお願いいたします。
""",
        story="事前相談会の申込み。希望日時が三つ書かれている",
        sorts=[Sort.DATED_REQUEST],
        expect=booked(officer),
    )
    officer = who.KATSURAGI
    yield post.mail(
        "half-filled",
        officer,
        jst(10, 11, 30, 52),
        f"【{officer.body}】計画策定支援　様式の事前確認のお願い",
        f"""
{OFFICE}
ご担当者様

お世話になっております。
葛城市企画政策課の當間です。

応募様式がまだ記入途中ですが、課題と目指す姿の
書き方に迷っております。案の段階のものを添付します
ので、事前相談で見ていただくことは可能でしょうか。

３月１６日（月）の午前か、１７日（火）の終日であれば
対応できます。お電話でもオンラインでも構いません。
正式な応募は、改めて提出いたします。
""",
        [
            post.form(
                officer,
                themes.TOURISM,
                "【案】応募様式（記入途中）.xlsx",
                goal=None,
                necessity=None,
                consensus=None,
                weekly_hours=None,
                menus=None,
                publish_ok=None,
            )
        ],
        story="記入途中の様式を付けた事前相談の依頼（応募ではない）",
        sorts=[Sort.HALF_FILLED],
        expect=booked(officer),
    )


def _questions(post: Post) -> Iterator[Sample]:
    officer = who.NAGI
    yield post.mail(
        "question",
        officer,
        jst(4, 10, 15, 33),
        "計画策定支援の対象について（照会）",
        f"""
{OFFICE}　御中

お世話になっております。
岡山県奈義町総務課の豊沢です。

募集要領を拝見しました。次の２点について
ご教示くださいますようお願いいたします。

１　近隣の町と組織する一部事務組合も、応募団体と
　　なることができますか。
２　Ａコースで支援を受けた後、２次公募でＢコースに
　　応募することは可能でしょうか。

お忙しいところ恐れ入りますが、よろしくお願いいたします。
""",
        story="募集要領についての質問",
        sorts=[Sort.QUESTION, Sort.ISO_2022_JP],
        expect=by_hand(Kind.INQUIRY, officer, "inquiry-received"),
    )
    officer = replace(who.NAGAI, client=Client.PHONE)
    yield post.mail(
        "arrived",
        officer,
        jst(23, 14, 30, 9),
        "応募書類は届いておりますでしょうか",
        """
お世話になっております。
山形県長井市デジタル推進室の鈴井です。

３月１６日に応募様式をお送りしましたが、
届いておりますでしょうか。
念のため、ご確認をお願いいたします。
""",
        story="応募が届いたかどうかの確認",
        sorts=[Sort.ARRIVED],
        expect=by_hand(Kind.INQUIRY, officer, "on-record"),
    )
    officer = who.UCHIKO
    yield post.mail(
        "other-programme",
        officer,
        jst(10, 9, 5, 41),
        "【愛媛県内子町】実証事業への応募について",
        """
地域社会ＤＸ推進パッケージ事業事務局　御中

お世話になっております。
愛媛県内子町総務課の小田川です。

令和８年度の実証事業に応募いたしますので、
提案書を添付のとおり提出いたします。
ご査収のほど、よろしくお願いいたします。
""",
        [File("【愛媛県内子町】実証事業提案書.xlsx", proposal_xlsx(officer.body, officer.section), XLSX)],
        story="同じパッケージの別の事業（実証事業）への応募",
        sorts=[Sort.OTHER_PROGRAMME],
        expect=by_hand(Kind.UNKNOWN, officer),
    )


def _wishes(post: Post) -> Iterator[Sample]:
    officer = who.SHIOJIRI
    yield post.mail(
        "contact-change",
        officer,
        jst(24, 14, 0, 50),
        "４月１日以降の連絡先について",
        f"""
{OFFICE}　御中

お世話になっております。
塩尻市デジタル戦略課の小松原です。

このたび、４月１日付けの人事異動により担当が
変わりますので、お知らせします。

　後任　デジタル戦略課　　野村井　春香
　　　　（のむらい　はるか）
　電話　0000-00-0000（変更ありません）

選定結果のご連絡は、後任あてにお願いいたします。
""",
        story="異動による担当者の変更の連絡",
        sorts=[Sort.CONTACT_CHANGE],
        expect=by_hand(Kind.INQUIRY, officer),
        envelope=Envelope(answers=(message_id("shiojiri", officer),)),
    )
    officer = who.YURIHONJO
    yield post.mail(
        "withdrawal",
        officer,
        jst(25, 10, 0, 33),
        f"【{officer.body}】計画策定支援　応募の取下げについて",
        f"""
{OFFICE}
ご担当者様

お世話になっております。
由利本荘市ＤＸ推進課の鳥海です。

３月１６日に応募いたしました計画策定支援について、
庁内の体制の見直しにより、応募を取り下げます。

ご対応いただいたところ誠に申し訳ございませんが、
よろしくお願い申し上げます。
""",
        story="応募の取下げ",
        sorts=[Sort.WITHDRAWAL],
        expect=by_hand(Kind.WITHDRAWAL, officer, "withdrawal-received"),
        envelope=Envelope(answers=(message_id("yurihonjo", officer),)),
    )
    officer = replace(who.ACHI, client=Client.WEBMAIL)
    yield post.mail(
        "extension",
        officer,
        jst(25, 15, 30, 47),
        "応募期限の延長のご相談",
        f"""
{OFFICE}　様

阿智村総務課企画係の園原と申します。

応募に向けて準備を進めておりますが、村長の決裁が
３月２６日の夕方になる見込みです。
提出期限を１日だけ延ばしていただくことは
できませんでしょうか。

ご検討のほど、よろしくお願いいたします。
""",
        story="締切の延長の相談",
        sorts=[Sort.EXTENSION],
        expect=by_hand(Kind.INQUIRY, officer, "extension"),
    )


def _missent(post: Post) -> Iterator[Sample]:
    officer = who.KUMANO
    yield post.mail(
        "missent-file",
        officer,
        jst(24, 16, 0, 5),
        "【回覧】自主防災組織の連絡先一覧",
        """
各課　担当者　様

市長公室の鬼ヶ城です。
標記の一覧を更新しましたので送付します。
取扱いにご注意ください。
""",
        [File("自主防災組織連絡先一覧（R8.3）.xlsx", roster_xlsx(), XLSX)],
        story="庁内あてのはずのメールが事務局に届いた",
        sorts=[Sort.MISSENT],
        expect=by_hand(Kind.UNKNOWN, officer),
    )
    first = message_id("missent-file", officer)
    yield post.mail(
        "missent-recall",
        officer,
        jst(24, 16, 12, 38),
        "【お詫び・削除のお願い】先ほどのメールは誤送信です",
        f"""
{OFFICE}　御中

三重県熊野市市長公室の鬼ヶ城と申します。

本日１６時頃にお送りしたメール（件名「【回覧】自主防災
組織の連絡先一覧」）は、宛先を誤って送信したものです。

誠に恐れ入りますが、添付ファイルを開かずに、
メールごと削除してくださいますようお願いいたします。
ご迷惑をおかけし、深くお詫び申し上げます。
""",
        story="誤送信の連絡と削除の依頼",
        sorts=[Sort.MISSENT],
        expect=by_hand(Kind.UNKNOWN, officer),
        envelope=Envelope(answers=(first,)),
    )


def letter_id(post: Post, about: str) -> str:
    """The Message-ID of a letter that the secretariat sent before the demo begins."""
    return f"<{digest(f'letter {about}')[:32].lower()}@{post.mailbox.rpartition('@')[2]}>"
