"""Applications that need a letter: nothing attached, another format, gaps; and the answer to such a letter."""

from __future__ import annotations

from collections.abc import Iterator

from mailflow.demo.samples import officers as who
from mailflow.demo.samples import themes
from mailflow.demo.samples.application import form_xlsx, last_years, values
from mailflow.demo.samples.clients import digest
from mailflow.demo.samples.desk import OFFICE, XLSX, Envelope, Post, jst, message_id
from mailflow.demo.samples.early_applications import subject
from mailflow.demo.samples.expectations import complete, to_fix
from mailflow.demo.samples.files import docx, pdf, xls
from mailflow.demo.samples.mime import File
from mailflow.demo.samples.model import Expectation, Sort
from mailflow.demo.samples.model import SampleMail as Sample
from mailflow.model import Kind

PDF = "application/pdf"


def faulty_applications(post: Post) -> Iterator[Sample]:
    yield from _goto_forgot(post)
    yield from _other_formats(post)
    yield from _ohnan_corrects(post)
    yield _last_years_form(post)
    yield _not_eligible(post)


def _goto_forgot(post: Post) -> Iterator[Sample]:
    officer = who.GOTO
    yield post.mail(
        "no-attachment",
        officer,
        jst(17, 13, 5, 12),
        subject(officer),
        f"""
{OFFICE}　御中

お世話になっております。
長崎県五島市情報推進課の才田です。

計画策定支援の１次公募に応募いたします。
応募様式を添付いたしますので、ご査収ください。
よろしくお願いいたします。
""",
        story="応募様式の添付漏れ",
        sorts=[Sort.NO_ATTACHMENT],
        expect=to_fix(officer),
    )
    yield post.mail(
        "resent",
        officer,
        jst(17, 13, 9, 40),
        f"【再送】【{officer.body}】計画策定支援",
        f"""
{OFFICE}　御中

五島市情報推進課の才田です。

先ほどのメールに添付が漏れておりました。
お手数をおかけして申し訳ございません。
改めて応募様式をお送りいたします。
""",
        [post.form(officer, themes.MOBILITY)],
        story="４分後、添付を付けて再送",
        sorts=[Sort.RESENT, Sort.GOOD_B],
        expect=complete(officer),
        envelope=Envelope(answers=(message_id("no-attachment", officer),)),
    )


def _other_formats(post: Post) -> Iterator[Sample]:
    officer = who.NISHIAWAKURA
    rows = [[post.spec.title], *_rows(post, officer, themes.TOURISM)]
    yield post.mail(
        "xls",
        officer,
        jst(17, 16, 30, 3),
        subject(officer),
        f"""
{OFFICE}　御中

西粟倉村地方創生推進室の春名田です。

計画策定支援の応募様式をお送りします。
ご確認のほどよろしくお願いいたします。
""",
        [File(f"【{officer.body}】1次公募応募様式.xls", xls("応募様式", rows), "application/vnd.ms-excel")],
        story="応募様式が古い形式（.xls）。中身は読み取れる",
        sorts=[Sort.XLS],
        expect=complete(officer),
    )
    officer = who.OGA
    lines = [f"{label}　{value}" for label, value in _rows(post, officer, themes.TOURISM)]
    yield post.mail(
        "pdf",
        officer,
        jst(18, 9, 15, 29),
        subject(officer),
        f"""
{OFFICE}　御中

お世話になっております。
男鹿市企画政策課の加賀屋敷です。

標記について、市長の決裁を受けましたので、
押印した応募様式を送付いたします。
原本は別途郵送いたします。
よろしくお願いいたします。
""",
        [File(f"【{officer.body}】1次公募応募様式（押印）.pdf", pdf([post.spec.title, "", *lines]), PDF)],
        story="応募様式がPDFだけで届いた",
        sorts=[Sort.PDF_FORM],
        expect=to_fix(officer),
    )
    officer = who.CHIZU
    yield post.mail(
        "docx",
        officer,
        jst(18, 11, 0, 17),
        subject(officer),
        f"""
{OFFICE}
ご担当者様

お世話になっております。
智頭町企画課の国岡山です。

応募様式を提出いたします。
庁内の回覧の都合でWordに作り直しておりますが、
記載内容は様式のとおりです。
ご確認をお願いいたします。
""",
        [
            File(
                f"【{officer.body}】1次公募応募様式.docx",
                docx(post.spec.title, _rows(post, officer, themes.SCHOOL)),
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            )
        ],
        story="応募様式をWordに作り直して送ってきた",
        sorts=[Sort.DOCX_FORM],
        expect=to_fix(officer),
    )


def _rows(post: Post, officer: who.Officer, theme: themes.Theme) -> list[tuple[str, str]]:
    """The form's labels and values, retyped."""
    filled = values(officer, theme)
    rows = []
    for key, field in post.spec.fields.items():
        value = filled.get(key)
        rows.append((field.label, "、".join(value) if isinstance(value, list) else str(value or "")))
    return rows


def _ohnan_corrects(post: Post) -> Iterator[Sample]:
    officer = who.OHNAN
    yield post.mail(
        "gaps",
        officer,
        jst(16, 10, 10, 45),
        subject(officer),
        f"""
{OFFICE}　御中

お世話になっております。
島根県邑南町地域みらい課の三宅川です。

計画策定支援の応募様式を提出いたします。
よろしくお願いいたします。
""",
        [
            post.form(
                officer, themes.WILDLIFE, contact_phone=None, goal=None, team_size=None, contact_email="mirai-sample"
            )
        ],
        story="記入漏れのある応募（電話番号、目指す姿、人数、メールアドレス）",
        sorts=[Sort.GAPS],
        expect=to_fix(officer),
    )
    case = f"R8-1-{officer.code}"
    asked = f"【修正のお願い・3月25日17時まで】計画策定支援 1次公募（{officer.body}）［{case}］"
    letter = f"<{digest('fix request to ohnan')[:32].lower()}@{post.mailbox.rpartition('@')[2]}>"
    yield post.mail(
        "corrected",
        officer,
        jst(18, 14, 20, 31),
        f"RE: {asked}",
        f"""
{OFFICE}　ご担当者様

お世話になっております。
邑南町地域みらい課の三宅川です。

ご指摘いただいた点を修正しましたので、
応募様式を再提出いたします。
ご確認をよろしくお願いいたします。

-----Original Message-----
From: {post.mailbox}
Sent: Monday, March 16, 2026 11:32 AM
To: {officer.address}
Subject: {asked}

島根県邑南町
地域みらい課　三宅川　翔 様

お世話になっております。
地域社会DX推進パッケージ事業（計画策定支援）事務局です。

恐れ入りますが、次の4点の修正をお願いします。
""",
        [post.form(officer, themes.WILDLIFE)],
        story="修正のお願いへの返信に、直した応募様式が付いている",
        sorts=[Sort.CORRECTED],
        expect=complete(officer),
        envelope=Envelope(answers=(message_id("gaps", officer), letter)),
    )


def _last_years_form(post: Post) -> Sample:
    officer = who.SHIIBA
    old = form_xlsx(last_years(post.spec), values(officer, themes.DISASTER))
    return post.mail(
        "last-years-form",
        officer,
        jst(24, 16, 40, 10),
        subject(officer),
        f"""
{OFFICE}　御中

宮崎県椎葉村地域振興課の尾向です。
いつもお世話になっております。

計画策定支援に応募いたしますので、
応募様式をお送りします。よろしくお願いいたします。
""",
        [File(f"【{officer.body}】令和７年度応募様式.xlsx", old, XLSX)],
        story="昨年度の様式で書かれた応募",
        sorts=[Sort.LAST_YEARS_FORM],
        expect=to_fix(officer),
    )


def _not_eligible(post: Post) -> Sample:
    officer = who.HAKONE
    return post.mail(
        "fiscal-index",
        officer,
        jst(19, 15, 30, 20),
        subject(officer),
        f"""
{OFFICE}　御中

お世話になっております。
神奈川県箱根町企画課の仙石です。

計画策定支援の１次公募に応募いたします。
応募様式を添付しますので、ご査収ください。
""",
        [post.form(officer, themes.TOURISM)],
        story="財政力指数が１以上の団体からの応募（募集要領2(1)）",
        sorts=[Sort.FISCAL_INDEX],
        expect=Expectation(kind=Kind.APPLICATION, organization=officer.body, template="refused"),
    )
