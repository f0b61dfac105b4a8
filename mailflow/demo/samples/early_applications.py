"""Applications of the first two weeks: most of them right, some with the faults that every round brings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mailflow.demo.samples import officers as who
from mailflow.demo.samples import themes
from mailflow.demo.samples.application import form_xlsx, last_years, values
from mailflow.demo.samples.desk import OFFICE, XLSX, Envelope, Post, jst
from mailflow.demo.samples.expectations import complete, held
from mailflow.demo.samples.mime import File
from mailflow.demo.samples.model import SampleMail as Sample
from mailflow.demo.samples.model import Sort


def subject(officer: who.Officer) -> str:
    """As the call asks for it."""
    return f"【{officer.body}】計画策定支援"


def early_applications(post: Post) -> Iterator[Sample]:
    yield from _before_the_round(post)
    yield from _right(post)
    yield from _harmless(post)
    yield from _iida_twice(post)
    yield _office_network(post)


def _before_the_round(post: Post) -> Iterator[Sample]:
    officer = who.NIKAHO
    old = form_xlsx(last_years(post.spec), values(officer, themes.FARM, fiscal_index=0.35))
    yield post.mail(
        "last-year",
        officer,
        jst(21, 15, 42, 10, year=2025),
        f"【{officer.body}】計画策定支援",
        f"""
{OFFICE}　御中

お世話になっております。
秋田県にかほ市総合政策課の象潟です。

令和７年度の地域社会ＤＸ推進パッケージ事業
（計画策定支援）に応募いたします。
応募様式を添付のとおり提出しますので、
よろしくお取り計らいくださいますようお願いいたします。
""",
        [File(f"【{officer.body}】応募様式（令和７年度）.xlsx", old, XLSX)],
        story="昨年度の公募への応募。同じメールボックスに残っている",
        sorts=[Sort.LAST_YEAR],
        expect=held(officer, "fix-request"),  # whatever is drafted, the go-live fence keeps it from leaving
    )
    officer = who.YUSUHARA
    yield post.mail(
        "before-opening",
        officer,
        jst(3, 16, 20, 33),
        subject(officer),
        f"""
{OFFICE}　ご担当者様

平素より大変お世話になっております。
高知県梼原町まちづくり推進課の津野山と申します。

四国総合通信局様から公募のご案内をいただき、
庁内の準備が整いましたので、少し早いですが
応募様式を提出いたします。

公募の開始前で受付ができないようでしたら、
改めてお送りいたしますのでご連絡ください。
よろしくお願い申し上げます。
""",
        [post.form(officer, themes.HEALTH, consensus="首長了承")],
        story="公募開始の前日に届いた応募",
        sorts=[Sort.BEFORE_OPENING, Sort.ISO_2022_JP],
        expect=held(officer, "arrival"),
    )


def _right(post: Post) -> Iterator[Sample]:
    officer = who.KAMIYAMA
    yield post.mail(
        "kamiyama",
        officer,
        jst(6, 13, 40, 5),
        subject(officer),
        f"""
{OFFICE}　ご担当者様

お世話になっております。
徳島県神山町総務課の森口と申します。

標記の件につきまして、当町の応募様式を提出いたします。
応募コースはＡコース（地域課題整理及びソリューション
検討支援）です。

お手数をおかけしますが、ご確認のほど
よろしくお願いいたします。
""",
        [post.form(officer, themes.SCHOOL, consensus="首長了承")],
        story="Ａコースの応募。件名もファイル名も募集要領のとおり",
        sorts=[Sort.GOOD_A],
        expect=complete(officer),
    )
    officer = who.SHIOJIRI
    yield post.mail(
        "shiojiri",
        officer,
        jst(9, 15, 11, 48),
        subject(officer),
        f"""
{OFFICE}　御中

平素より大変お世話になっております。
塩尻市デジタル戦略課の小松原です。

このことについて、別添のとおり応募いたします。
ご査収のほど、よろしくお願いいたします。

なお、本メールの到着を確認されましたら、お手数ですが
受領の旨をご返信いただけますと幸いです。
""",
        [post.form(officer, themes.MOBILITY, weekly_hours=8, team_size=4)],
        story="Ｂコースの応募。受領の連絡を希望している",
        sorts=[Sort.GOOD_B, Sort.ISO_2022_JP],
        expect=complete(officer),
    )
    officer = who.KUZUMAKI
    yield post.mail(
        "kuzumaki",
        officer,
        jst(12, 10, 0, 21),
        subject(officer),
        f"""
{OFFICE}　御中

岩手県葛巻町政策秘書課の沢田石です。
いつもお世話になっております。

地域社会ＤＸ推進パッケージ事業（計画策定支援）の
一次公募に応募したく、応募様式を提出します。

以上、よろしくお願いいたします。
""",
        [post.form(officer, themes.HEALTH, team_size=2)],
        story="Ａコースの応募。添付のファイル名が Shift_JIS のまま届く",
        sorts=[Sort.GOOD_A, Sort.ISO_2022_JP],
        expect=complete(officer),
    )
    officer = who.NAGAI
    yield post.mail(
        "nagai",
        officer,
        jst(16, 15, 0, 59),
        subject(officer),
        f"""
{OFFICE}
ご担当者様

いつもお世話になっております。
山形県長井市デジタル推進室の鈴井と申します。

計画策定支援（Ｂコース）へ応募いたします。
応募様式を添付いたしますので、
ご査収くださいますようお願い申し上げます。
""",
        [post.form(officer, themes.DISASTER, weekly_hours=6)],
        story="Ｂコースの応募",
        sorts=[Sort.GOOD_B],
        expect=complete(officer),
        envelope=Envelope(cc=(("長井市総合政策課", "sougou-sample@city.nagai.yamagata.jp"),)),
    )
    officer = who.YURIHONJO
    yield post.mail(
        "yurihonjo",
        officer,
        jst(16, 11, 32, 14),
        subject(officer),
        f"""
{OFFICE}
ご担当者様

お世話になっております。
由利本荘市ＤＸ推進課の鳥海です。

標記事業に応募いたしますので、応募様式をお送りします。
ご確認をお願いいたします。
""",
        [post.form(officer, themes.WILDLIFE)],
        story="Ｂコースの応募。のちに取り下げる",
        sorts=[Sort.GOOD_B],
        expect=complete(officer),
    )


def _harmless(post: Post) -> Iterator[Sample]:
    officer = who.KAMISHIHORO
    yield post.mail(
        "few-hours",
        officer,
        jst(11, 13, 15, 37),
        subject(officer),
        f"""
{OFFICE}
ご担当者様

お世話になっております。
上士幌町デジタル推進課の早坂下です。

標記の件、応募様式を提出いたします。
年度初めは業務が重なるため、作業時間は控えめに
記載しております。ご確認をお願いいたします。
""",
        [post.form(officer, themes.TOURISM, weekly_hours=2, team_size=2)],
        story="作業時間が週２時間（目安は最低週３時間）",
        sorts=[Sort.FEW_HOURS],
        expect=complete(officer),
    )
    officer = who.TONO
    yield post.mail(
        "wrong-subject",
        officer,
        jst(13, 9, 40, 2),
        "計画策定支援事業の応募書類の提出について",
        f"""
{OFFICE}　ご担当者様

お世話になっております。
岩手県遠野市経営企画担当の菊畑です。

標記について、関係書類を送付いたしますので
よろしくお願いいたします。
""",
        [post.form(officer, themes.WILDLIFE)],
        story="件名が募集要領のとおりでない応募",
        sorts=[Sort.WRONG_SUBJECT],
        expect=complete(officer),
    )
    officer = who.YAMAE
    yield post.mail(
        "wrong-file-name",
        officer,
        jst(13, 14, 0, 44),
        subject(officer),
        f"""
{OFFICE}　様

山江村企画調整課　蓑原と申します。
お世話になっております。

計画策定支援の応募様式を送付しますので、
ご査収ください。
よろしくお願いいたします。
""",
        [post.form(officer, themes.HEALTH, "応募様式【提出用】最終 (1).xlsx", team_size=2)],
        story="ファイル名が募集要領のとおりでない応募",
        sorts=[Sort.WRONG_FILE_NAME],
        expect=complete(officer),
    )


def _iida_twice(post: Post) -> Iterator[Sample]:
    officer = who.IIDA
    yield post.mail(
        "iida-first",
        officer,
        jst(11, 9, 30, 26),
        subject(officer),
        f"""
{OFFICE}　ご担当者様

お世話になっております。
長野県飯田市デジタル推進課の熊谷田です。

計画策定支援（Ｂコース）に応募いたします。
応募様式を添付しますので、よろしくお願いいたします。
""",
        [post.form(officer, themes.FARM, weekly_hours=4)],
        story="Ｂコースの応募（第１版）",
        sorts=[Sort.GOOD_B, Sort.REPLACEMENT],
        expect=complete(officer),
    )
    yield post.mail(
        "iida-replacement",
        officer,
        jst(17, 11, 20, 8),
        f"【{officer.body}】計画策定支援（差し替え）",
        f"""
{OFFICE}　ご担当者様

お世話になっております。
長野県飯田市デジタル推進課の熊谷田です。

３月１１日に提出いたしました応募様式につきまして、
庁内の合意状況と作業時間に変更がありましたので、
差し替えをお願いいたします。

お手数をおかけして申し訳ございませんが、
先の様式は破棄してくださいますようお願いいたします。
""",
        [post.form(officer, themes.FARM, weekly_hours=6, consensus="首長了承")],
        story="同じ団体からの差し替え（第２版）",
        sorts=[Sort.REPLACEMENT],
        expect=complete(officer),
    )


def _office_network(post: Post) -> Sample:
    officer = who.HIDAKA
    return post.mail(
        "office-network",
        replace(officer, post="主査"),
        jst(10, 16, 45, 51),
        subject(officer),
        f"""
{OFFICE}　御中

日高市情報政策課の新井山です。
お世話になっております。

このたび、庁舎内の無線ＬＡＮ整備に係る計画の策定に
ついて、本事業に応募いたします。
応募様式を提出しますので、ご確認をお願いいたします。
""",
        [post.form(officer, themes.OFFICE_LAN, scope_internal="含む")],
        story="庁舎内ネットワークの整備を含む応募（募集要領2(1)）",
        sorts=[Sort.OFFICE_NETWORK, Sort.ISO_2022_JP],
        expect=held(officer, "arrival"),
    )
