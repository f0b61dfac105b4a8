"""What a finding shows to the officer who reads the letter and to the person who looks first: where, what was found, what is
expected, which files. Exact, for it is read without the mail at hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mailflow.intake.checks import run
from mailflow.intake.facts import Facts
from mailflow.model import NO_ORGANIZATION as NOBODY
from mailflow.model import Authentication, BodyKind, Intent, Known, Naming
from mailflow.settings.check_base import Shipped
from tests.unit.judging.build import (
    IIDA,
    PDF,
    SHIOJIRI,
    TOYOTA,
    XLS,
    ZIP,
    body,
    corporation,
    facts,
    file,
    form,
    guess,
    mail,
    version,
)
from tests.unit.judging.test_checks_mail import OTHER_FORM, SAME, Case, beside, findings, known, late, sources, wanted

SHOWN: list[tuple[str, Case, str, str | None, str | None, tuple[str, ...]]] = [
    ("subject-name", lambda: facts(mail("【飯田市】計画策定支援"), form_=form()), "件名", "【飯田市】計画策定支援", "【長野県飯田市】計画策定支援", ()),
    ("subject-name", lambda: facts(mail(None), form_=form()), "件名", None, "【長野県飯田市】計画策定支援", ()),
    ("attachment-name", lambda: facts(form_=form(filename="応募様式.xlsx")), "ファイル名", "応募様式.xlsx", "【長野県飯田市】1次公募応募様式.xlsx", ("応募様式.xlsx",)),
    ("attachment-name", lambda: facts(form_=form(filename=None)), "ファイル名", None, "【長野県飯田市】1次公募応募様式.xlsx", ()),
    ("attachment-missing", lambda: facts(mail()), "添付ファイル", "本文は届きましたが、添付ファイルが見当たりませんでした", None, ()),
    ("attachment-missing", lambda: facts(mail(files=(file("応募状況.xlsx"),))), "添付ファイル", "応募状況.xlsx", None, ("応募状況.xlsx",)),
    ("attachment-missing", lambda: facts(mail(files=(file("位置図.pptx"),)), part=(2, 2)), "添付ファイル", "2/2通目", None, ("位置図.pptx",)),
    ("attachment-missing", lambda: facts(mail(), known=known(version())), "添付ファイル", "本文は届きましたが、添付ファイルが見当たりませんでした", None, ()),
    ("attachment-missing", lambda: facts(mail(files=(file("位置図.pptx"),)), known=known(version())), "添付ファイル", "位置図.pptx", None, ("位置図.pptx",)),
    ("attachment-format", lambda: facts(mail(files=(file(None, PDF),))), "添付ファイル", "（名前のないファイル）", None, ("（名前のないファイル）",)),
    ("attachment-format", lambda: facts(mail(files=(file("様式.xls", XLS),)), form_=form(filename="様式.xls")), "添付ファイル", "様式.xls", None, ("様式.xls",)),
    ("attachment-locked", lambda: facts(mail(files=(file(None, ZIP, problem="locked"),))), "添付ファイル", "（名前のないファイル）", None, ("（名前のないファイル）",)),
    ("attachment-unreadable", lambda: facts(mail(files=(file("a.zip", ZIP, problem="broken"),))), "添付ファイル", "a.zip", None, ("a.zip",)),
    ("attachment-unreadable", lambda: facts(form_=form(problems=("様式のシートが複数あります",))), "応募様式", "様式のシートが複数あります", None, ()),
    ("attachment-link", lambda: facts(mail(), links=("https://files.example/1", "https://files.example/2", "https://files.example/3", "https://files.example/4")), "本文", "https://files.example/1、https://files.example/2、https://files.example/3", None, ()),
    ("attachment-many", lambda: facts(form_=form(), forms=(form(), OTHER_FORM)), "添付ファイル", "【長野県飯田市】1次公募応募様式.xlsx、塩尻市.xlsx", None, ("【長野県飯田市】1次公募応募様式.xlsx", "塩尻市.xlsx")),
    ("attachment-many", lambda: facts(form_=form(), forms=(form(filename=None), form(filename=None, theme="別"))), "添付ファイル", "2件", None, ()),
    ("sender-domain", lambda: facts(form_=form(), sender_class="free"), "差出人", "kikaku@city.iida.nagano.jp", None, ()),
    ("sender-domain", lambda: facts(mail(sender=None), form_=form()), "差出人", None, None, ()),
    ("sender-authentic", lambda: facts(mail(authentication=Authentication(results={"dmarc": "fail"}))), "差出人の認証", "dmarc=fail", None, ()),
    ("sender-authentic", lambda: facts(mail(authentication=Authentication(results={"spf": "fail", "dkim": "fail"}))), "差出人の認証", "dkim=fail、spf=fail", None, ()),
    ("sender-authentic", lambda: facts(mail(defects=("several-from",))), "差出人", "kikaku@city.iida.nagano.jp", None, ()),
    ("sender-reply-to", lambda: facts(mail(reply_to=wanted("a@shien.example"))), "返信先（Reply-To）", "a@shien.example", None, ()),
    ("sender-party", lambda: facts(form_=form(), known=Known(case_id=1, party=False, claim=True)), "差出人", "kikaku@city.iida.nagano.jp", None, ()),
    ("organization-known", lambda: facts(organization=guess("東京都府中市", "広島県府中市")), "団体名", "府中市", None, ()),
    ("organization-known", lambda: facts(mail("計画策定支援"), organization=NOBODY), "団体名", None, None, ()),
    ("organization-known", lambda: facts(form_=form(), organization=body("011002", ward="中央区")), "団体名", "011002", "北海道札幌市", ()),
    ("organization-known", lambda: facts(mail("【飯田市・阿智村】計画策定支援"), form_=form()), "団体名", "長野県飯田市、長野県阿智村", None, ()),
    ("organization-agrees", lambda: facts(form_=form(), naming=sources(IIDA, IIDA, SHIOJIRI)), "団体名", "応募様式：長野県飯田市、ファイル名：長野県塩尻市", "長野県飯田市", ()),
    ("organization-agrees", lambda: facts(form_=form(), naming=sources(IIDA, SHIOJIRI, IIDA)), "団体名", "応募様式：長野県飯田市、件名：長野県塩尻市", "長野県飯田市", ()),
    ("organization-agrees", lambda: facts(form_=form(), naming=sources(IIDA, SHIOJIRI)), "団体名", "応募様式：長野県飯田市、件名：長野県塩尻市", "長野県飯田市", ()),
    ("organization-agrees", lambda: facts(form_=form(), naming=Naming(form=body(), subject=guess("東京都府中市", "広島県府中市"))), "団体名", "応募様式：長野県飯田市、件名：府中市", "長野県飯田市", ()),
    ("organization-agrees", lambda: facts(form_=form(organization_code="202151"), naming=sources(IIDA)), "団体名", "応募様式：長野県飯田市、応募様式の団体コード：長野県塩尻市", "長野県飯田市", ()),
    ("organization-agrees", lambda: facts(form_=form(organization_name="塩尻市"), naming=sources(IIDA)), "団体名", "応募様式：長野県飯田市、応募様式の団体名：長野県塩尻市", "長野県飯田市", ()),
    ("organization-known", lambda: facts(mail(text="阿智村と共同で応募します。\n平谷村とも共同で提案します。"), form_=form()), "団体名", "阿智村と共同で応募します。", None, ()),
    ("applicant-type", lambda: facts(form_=form(applicant_type="非営利法人"), organization=corporation()), "応募団体の区分（応募様式!D5）", "非営利法人", None, ()),
    ("applicant-type", lambda: facts(form_=form(applicant_type=None), organization=corporation()), "団体名", "公益財団法人飯田産業センター", None, ()),
    ("applicant-type", lambda: facts(mail(), organization=corporation(kind=BodyKind.UNION)), "団体名", "公益財団法人飯田産業センター", None, ()),
    ("scope", lambda: facts(form_=form(scope_internal="含む")), "庁舎内ネットワーク整備の有無（応募様式!D24）", "含む", None, ()),
    ("fiscal-index", lambda: facts(form_=form(), organization=body(TOYOTA)), "財政力指数（応募様式!D10）", None, "1.41", ()),
    ("fiscal-index", lambda: facts(form_=form(fiscal_index=1.41), organization=body(TOYOTA)), "財政力指数（応募様式!D10）", "1.41", "1.41", ()),
    ("round-late", late, "届いた時刻", "令和8年3月26日（木）16時00分01秒", "令和8年3月26日（木）16時00分", ()),
    ("round-open", lambda: late("2026-03-03 23:59:59"), "届いた時刻", "令和8年3月3日（火）23時59分59秒", "令和8年3月4日（水）0時00分", ()),
    ("round-open", lambda: late("2026-08-01 10:00"), "届いた時刻", "令和8年8月1日（土）10時00分", "令和8年3月26日（木）16時00分", ()),
    ("duplicate", lambda: facts(form_=SAME, known=known(version(fingerprint=SAME.fingerprint))), "応募様式", "第1版と同じ内容", None, ()),
    ("duplicate", lambda: facts(form_=SAME, known=Known(case_id=1, duplicate_of=3)), "応募様式", None, None, ()),
    ("version-replaces", lambda: facts(form_=SAME, known=known(version())), "応募様式", "第1版は完成しています", None, ()),
    ("version-replaces", lambda: facts(form_=SAME, intents=(Intent.REPLACE,), known=known(version(filled=30))), "応募様式", "19欄（第1版は30欄）", None, ()),
    ("version-replaces", lambda: beside(department="福祉課", contact_email="f@x.example"), "応募様式", "福祉課", None, ()),
    ("also-asks", lambda: facts(form_=form(), intents=(Intent.APPLY, Intent.EXTENSION, Intent.ASK)), "本文", "質問、締切の延長", None, ()),
    ("form-untouched", lambda: facts(form_=replace(form(), untouched=True)), "応募様式", "【長野県飯田市】1次公募応募様式.xlsx", None, ("【長野県飯田市】1次公募応募様式.xlsx",)),
    ("form-version", lambda: facts(form_=form(filename="【長野県飯田市】2次公募応募様式.xlsx")), "ファイル名", "【長野県飯田市】2次公募応募様式.xlsx", "1次公募", ("【長野県飯田市】2次公募応募様式.xlsx",)),
    ("form-version", lambda: facts(form_=replace(form(), names_round="2次公募")), "応募様式", "2次公募", "1次公募", ("【長野県飯田市】1次公募応募様式.xlsx",)),
    ("form-complete", lambda: facts(form_=form(goal=None)), "目指す姿（応募様式!D21）", None, None, ()),
    ("form-complete", lambda: facts(form_=form(goal=None, absent=("goal",))), "目指す姿", None, None, ()),
    ("form-complete", lambda: facts(form_=form(goal="未定")), "目指す姿（応募様式!D21）", "未定", None, ()),
    ("form-complete", lambda: facts(form_=form(goal="別紙のとおり")), "目指す姿（応募様式!D21）", "別紙のとおり", None, ()),
    ("form-complete", lambda: facts(form_=form(goal="はい")), "目指す姿（応募様式!D21）", "はい", None, ()),
    ("form-complete", lambda: facts(form_=form(scope_internal=None)), "庁舎内ネットワーク整備の有無（応募様式!D24）", None, None, ()),
    ("course-chosen", lambda: facts(form_=form(course=None)), "応募コース（応募様式!D16）", None, None, ()),
    ("course-chosen", lambda: facts(form_=form(trouble={"course": ("A・B", "choice")})), "応募コース（応募様式!D16）", "A・B", None, ()),
    ("form-choice", lambda: facts(form_=form(trouble={"visit_ok": ("要相談", "choice")})), "現地訪問の受入れ（応募様式!D31）", "要相談", "可、不可", ()),
    ("form-choice", lambda: facts(form_=form(course="A", menus=("①", "⑨", "⑪"))), "希望する支援メニュー（応募様式!D17）", "①、⑨、⑪", "①、②、③、④、⑤、⑥、⑦", ()),
    ("form-choice", lambda: facts(form_=form(trouble={"menus": ("2026-01-03", "choice")})), "希望する支援メニュー（応募様式!D17）", "1月3日（日付）", "①、②、③、④、⑤、⑥、⑦、⑧、⑨、⑩、⑪", ()),
    ("form-type", lambda: facts(form_=form(trouble={"team_size": ("若干名", "type")})), "担当体制（人数）（応募様式!D27）", "若干名", None, ()),
    ("form-type", lambda: facts(form_=form(trouble={"team_size": ("#REF!", "error")})), "担当体制（人数）（応募様式!D27）", "#REF!", None, ()),
    ("form-length", lambda: facts(form_=form(necessity="あ" * 801)), "伴走支援の必要性（応募様式!D25）", "801字", "800字", ()),
    ("weekly-hours", lambda: facts(form_=form(weekly_hours=2)), "確保できる作業時間（応募様式!D28）", "2", "3", ()),
]  # fmt: skip


@pytest.mark.parametrize(
    ("check", "make", "where", "found", "expected", "files"),
    [pytest.param(*row, id=f"{number:02}-{row[0]}") for number, row in enumerate(SHOWN, 1)],
)
def test_what_a_finding_shows(
    check: str, make: Case, where: str, found: str | None, expected: str | None, files: tuple[str, ...]
) -> None:
    (one,) = findings(check, make())
    assert (one.where, one.found, one.expected, one.files) == (where, found, expected, files)


def in_words(check: str, given: Facts, words: str) -> str:
    """The message of the check where an operator words it so, whatever the variant."""
    configured = given.settings.rules.check(check)
    assert configured is not None
    own = {name: words for name in type(configured).model_fields if name == "message" or name.startswith("message_")}
    emptied = {"messages": {}} if "messages" in type(configured).model_fields else {}
    (one,) = run(
        given.classified(replace(given.understood, rule="application")), configured.model_copy(update=own | emptied)
    )
    return one.message


@pytest.mark.parametrize(
    ("check", "make", "message"),
    [
        ("form-complete", lambda: facts(form_=form(scope_internal=None)), "庁舎内ネットワーク整備の有無|応募様式!D24|含む、含まない"),
        ("form-complete", lambda: facts(form_=form(goal=None, absent=("goal",))), "目指す姿||"),
        ("course-chosen", lambda: facts(form_=form(course=None)), "応募コース|応募様式!D16"),
        ("form-choice", lambda: facts(form_=form(trouble={"visit_ok": ("要相談", "choice")})), "現地訪問の受入れ|応募様式!D31|可、不可|なし||"),
        ("form-choice", lambda: facts(form_=form(course="A", menus=("①", "⑨", "⑪"))), "希望する支援メニュー|応募様式!D17|①、②、③、④、⑤、⑥、⑦|①、⑨、⑪|⑨、⑪|応募コースがB"),
        ("form-example", lambda: facts(form_=form(contact_email="kikaku@town.kawara.example", contact_name="佐藤")), "メールアドレス|応募様式!D15"),
        ("form-shifted", lambda: facts(form_=form(contact_name="企画課", contact_kana="佐藤")), "担当者氏名|応募様式!D12"),
        ("form-type", lambda: facts(form_=form(trouble={"team_size": ("若干名", "type")})), "担当体制（人数）|応募様式!D27|なし"),
        ("form-length", lambda: facts(form_=form(necessity="あ い" * 600)), "伴走支援の必要性|応募様式!D25|1200|800"),
        ("weekly-hours", lambda: facts(form_=form(weekly_hours=2)), "確保できる作業時間|応募様式!D28|3"),
    ],
)  # fmt: skip
def test_what_a_message_may_name(check: str, make: Case, message: str) -> None:
    """As `GIVES` promises to who words it."""
    configured = facts().settings.rules.check(check)
    assert isinstance(configured, Shipped)
    order = [
        one
        for one in ("label", "cell", "choices", "read", "refused", "needs", "length", "limit", "minimum")
        if one in configured.GIVES
    ]
    assert set(order) == set(configured.GIVES)
    assert in_words(check, make(), "|".join(f"{{{{ {one} }}}}" for one in order)) == message


@pytest.mark.parametrize(
    ("check", "make", "message"),
    [
        ("form-complete", lambda: facts(form_=form(scope_internal=None)), "「含む、含まない」の中から選んでください"),
        ("form-complete", lambda: facts(form_=form(goal="別紙のとおり")), "記入が「別紙のとおり」となっています。ほかの欄や添付の書類を見て、記入があるとみなせるか確かめてください。"),
        ("form-choice", lambda: facts(form_=form(trouble={"visit_ok": ("可（要相談）", "unclear")})), "「可、不可」のどれに当たるか（読み取り：なし）、添えられた言葉を読んで確かめてください。"),
        ("form-type", lambda: facts(form_=form(trouble={"team_size": ("3〜5名", "unclear")})), "読み取り（なし）が正しいか、添えられた言葉を読んで確かめてください。"),
        ("form-type", lambda: facts(form_=form(trouble={"team_size": ("若干名", "type")})), "計画策定の作業に当たる人数を、1以上の整数でご記入ください"),
        ("form-type", lambda: facts(form_=form(trouble={"team_size": ("#REF!", "error")})), "Excelのエラーになっています。値を直接ご記入ください"),
        ("form-type", lambda: facts(form_=form(trouble={"team_size": ("2026-02-03", "type")})), "Excelが記入を日付に変えたようです。日付にならない書き方でご記入ください"),
        ("form-choice", lambda: facts(form_=form(trouble={"menus": ("2026-01-03 00:00", "choice")})), "Excelが記入を日付に変えたようです。「①、②、③、④、⑤、⑥、⑦、⑧、⑨、⑩、⑪」の中から、「、」で区切って記入するなど、日付にならない書き方でご記入ください"),
        ("form-choice", lambda: facts(form_=form(course="A", menus=("①", "⑨"))), "「⑨」は、応募コースがBのときの選択肢です。「①、②、③、④、⑤、⑥、⑦」の中から選んでください"),
        ("form-choice", lambda: facts(form_=form(trouble={"visit_ok": ("可・不可", "choice")})), "「可、不可」のどれか1つを選んでください"),
        ("form-choice", lambda: facts(form_=form(trouble={"visit_ok": ("不可？", "choice")})), "「可、不可」の中から選んでください"),
        ("form-version", lambda: facts(form_=replace(form(), names_round="2次公募")), "現在の、1次公募の応募様式にご記入のうえ、お送りください。"),
        ("form-version", lambda: facts(form_=form(filename="【長野県飯田市】2次公募応募様式.xlsx")), "ファイル名は別の公募のものですが、中身は1次公募の応募様式です。"),
        ("also-asks", lambda: facts(form_=form(remarks="Bコースへの変更は可能でしょうか。")), "応募様式の欄に、ほかの用件が書かれています：質問。応募とは別に対応してください。"),
        ("also-asks", lambda: facts(form_=form(), intents=(Intent.APPLY, Intent.EXTENSION)), "ほかの用件も書かれています：締切の延長。応募とは別に対応してください。"),
    ],
)  # fmt: skip
def test_what_a_finding_says(check: str, make: Case, message: str) -> None:
    (one,) = findings(check, make())
    assert one.message == message
