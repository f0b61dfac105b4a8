"""Applications that don't get in by themselves: locked, blank, behind a link, through the bureau. Each waits for somebody."""

from __future__ import annotations

from collections.abc import Iterator

from mailflow.demo.samples import officers as who
from mailflow.demo.samples import themes
from mailflow.demo.samples.application import form_xlsx
from mailflow.demo.samples.clients import Client, digest
from mailflow.demo.samples.desk import OFFICE, XLSX, Post, jst, signature
from mailflow.demo.samples.early_applications import subject
from mailflow.demo.samples.expectations import by_hand, held, to_fix
from mailflow.demo.samples.files import locked_zip
from mailflow.demo.samples.mime import File, Part, multipart, text_part
from mailflow.demo.samples.model import SampleMail as Sample
from mailflow.demo.samples.model import Sort
from mailflow.model import Kind

BUREAU = who.Officer(
    prefecture="四国総合通信局",
    municipality=None,
    code=None,
    domain="soumu.go.jp",
    section="情報通信振興課",
    name="伊予田　実",
    kana="いよだ　みのる",
    local="shikoku-sample",
    client=Client.EXCHANGE,
)


def detoured_applications(post: Post) -> Iterator[Sample]:
    yield _still_locked(post)
    yield _blank_form(post)
    yield _behind_a_link(post)
    yield _by_the_bureau(post)


def _still_locked(post: Post) -> Sample:
    officer = who.HIGASHIKAWA
    form = post.form(officer, themes.TOURISM)
    return post.mail(
        "still-locked",
        officer,
        jst(19, 11, 20, 14),
        subject(officer),
        f"""
{OFFICE}　御中

お世話になっております。
東川町企画総務課の倉沼です。

計画策定支援の応募様式をお送りします。
町の規程により、添付ファイルにはパスワードを
かけております。よろしくお願いいたします。
""",
        [
            File(
                f"【{officer.body}】1次公募応募様式.zip",
                locked_zip(form.name, form.content, b"not-told-0326", b"another-sal"),
                "application/x-zip-compressed",
            )
        ],
        story="パスワード付きzipでの応募。パスワードのメールが来ない",
        sorts=[Sort.STILL_LOCKED],
        expect=to_fix(officer, "password-request"),
    )


def _blank_form(post: Post) -> Sample:
    officer = who.KAMIKATSU
    return post.mail(
        "blank-form",
        officer,
        jst(24, 11, 40, 33),
        subject(officer),
        f"""
{OFFICE}　御中

お世話になっております。
徳島県上勝町企画環境課の棚野です。

計画策定支援に応募いたします。
応募様式を添付しますので、ご査収ください。
""",
        [File(post.form_name(officer.body), form_xlsx(post.spec, {}), XLSX)],
        story="何も記入されていない応募様式が添付されている（ファイルの取り違え）",
        sorts=[Sort.BLANK_FORM],
        expect=held(officer, "arrival"),
    )


def _behind_a_link(post: Post) -> Sample:
    officer = who.TOTSUKAWA
    return post.mail(
        "file-link",
        officer,
        jst(25, 9, 5, 50),
        subject(officer),
        f"""
{OFFICE}　御中

お世話になっております。
奈良県十津川村総務課の玉置川です。

計画策定支援に応募いたします。
村の仕組みにより、添付ファイルは下記のページからの
受け取りになります。お手数ですが、期限までに
ダウンロードをお願いいたします。

　https://firestorage.jp/download/0000000000000000sample
　ダウンロード期限：３月３１日
""",
        story="応募様式が、ファイル送信サービスのURLで届いた",
        sorts=[Sort.FILE_LINK],
        expect=to_fix(officer),
    )


def _by_the_bureau(post: Post) -> Sample:
    """The town's mail hangs inside the bureau's as message/rfc822."""
    officer = who.UMAJI
    inner = post.mail(
        "to-the-bureau",
        officer,
        jst(24, 17, 12, 9),
        subject(officer),
        """
四国総合通信局　御中

お世話になっております。
高知県馬路村総務課の魚梁瀬です。

計画策定支援の応募様式を提出いたします。
よろしくお願いいたします。
""",
        [post.form(officer, themes.FARM)],
        story="総合通信局あての応募",
        sorts=[],
        expect=by_hand(Kind.INTERNAL),
    )
    text = f"""
事務局　ご担当者様

四国総合通信局の伊予田です。
管内の馬路村から、応募のメールが誤って当局に届きました
ので、添付のとおり転送いたします。

{signature(BUREAU)}
"""
    body = multipart(
        "mixed",
        [
            text_part(text.strip(), "utf-8", "base64"),
            Part(b"Content-Type: message/rfc822\r\nContent-Disposition: attachment\r\n", inner.raw),
        ],
        f"_004_{digest('bureau forwards')[:20]}_",
    )
    return post.machine(
        "bureau-forwards",
        (BUREAU.name.replace("　", " "), BUREAU.address),
        jst(25, 9, 32, 40),
        f"転送: {subject(officer)}",
        body,
        story="総合通信局に届いた応募が、メールごと添付されて転送されてきた",
        sorts=[Sort.FORWARDED],
        expect=by_hand(Kind.APPLICATION, officer),
        return_path=BUREAU.address,
    )
