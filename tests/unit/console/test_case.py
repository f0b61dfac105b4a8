"""団体: a telephone call answered, versions compared, what people write down; 事前相談 by hand; reasons lifted; mails hidden."""

from __future__ import annotations

import email
import re
from collections.abc import Callable
from datetime import timedelta
from email.policy import SMTP
from itertools import count

import pytest

from mailflow.console.office import Office
from mailflow.desk import Refused, approve
from mailflow.desk.mails import hide_mail
from mailflow.model import Severity
from mailflow.store.casebook import casebook
from mailflow.store.cases import judged
from mailflow.store.dossier import dossier
from mailflow.store.people import Role
from tests.integration.round.forms import form
from tests.integration.round.office import Round, at
from tests.unit.console.conftest import Browser, letters
from tests.unit.store.flow import send_all

Browsers = Callable[..., Browser]


def test_a_call_about_a_town(busy: Office, browser: Browsers) -> None:
    one = browser("佐藤")
    page = one.see("/cases?q=飯田")
    assert re.findall(r'<a href="/cases/(\d+)">([^<]+)</a>', page)[0] == ("1", "長野県飯田市")
    assert "飯田市" in one.see("/cases?q=kikaku@city.iida")
    page = one.see("/cases/1")
    for shown in (
        "修正を待っています",
        "山口 さくら",
        "R8-1-202053",
        "3月25日（水）",
        "修正依頼",
        "当事者",
        "kikaku@city.iida.lg.jp",
    ):
        assert shown in page, shown


BOUNCE = """\
From: Mail Delivery System <MAILER-DAEMON@mx.city.iida.lg.jp>
To: jimukyoku@jp.ey.com
Subject: Undelivered Mail Returned to Sender
Message-ID: <b1@mx.city.iida.lg.jp>
Return-Path: <>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.city.iida.lg.jp

Final-Recipient: rfc822; kikaku@city.iida.lg.jp
Action: ACTION
Status: 5.2.2
Diagnostic-Code: smtp; 552 5.2.2 <b>over</b> quota
--b
Content-Type: text/rfc822-headers

Message-ID: ID
--b--
"""


@pytest.mark.parametrize("action", ["failed", "delayed"])
def test_a_letter_that_came_back_is_seen_on_its_case(busy: Office, browser: Browsers, action: str) -> None:
    """Not delivered, and why; a delay is no failure."""
    round_ = Round(busy.store, _uids=iter(range(50, 99)), _ids=iter(range(50, 99)))  # type: ignore[arg-type]
    letter = next(one for one in round_.send(at(25, 9, 40)) if "city.iida" in one["To"])
    said = BOUNCE.replace("ACTION", action).replace("ID\n--b--", f"{letter['Message-ID']}\n--b--")
    round_.raw(said.replace("\n", "\r\n").encode(), when=at(26, 9, 50))
    one = browser("佐藤")
    page = one.see("/cases/1")
    assert ("<b>手紙が届いていません</b>" in page) is (action == "failed")
    assert ("電話連絡票を確かめてください" in page) is (action == "failed"), "the rule's own note"
    assert ("宛先のメールボックスがいっぱいです" in page) is (action == "failed")
    assert {"failed": "届かなかったとの知らせ", "delayed": "遅れているとの知らせ"}[action] in page
    assert "<b>over</b>" not in page
    if action == "failed":
        one.see("/calls")
        one.press(f"/calls/{busy.store.bounces()[0].id}", how="電話で伝えた")
        page = one.see("/cases/1")
        assert "<b>手紙が届いていません</b>" not in page
        assert "佐藤さんが対応：電話で伝えた" in page


def test_a_phone_record_in_one_form(busy: Office, browser: Browsers) -> None:
    one = browser("佐藤")
    one.see("/cases/1")
    page = one.press("/cases/1/note", call="in", whom="山口様", note="明日までに直して送るとのこと。")
    assert "【受電】山口様：明日までに直して送るとのこと。" in page
    assert "メモを残しました" in page
    one.see("/cases/1")
    assert "メモを書いてください" in one.press("/cases/1/note", 422, call="", note=" ")
    viewer = browser("見る人", Role.VIEWER)
    viewer.see("/me")
    viewer.press("/cases/1/note", 403, call="", note="x")


def test_two_versions_cell_by_cell(busy: Office, browser: Browsers) -> None:
    again = form(
        contact_phone="0265-22-4511",
        theme="観光と交通",
        issues="路線バスの廃止により、通院と買い物が難しくなっている。",
        contact_email="kikaku@city.iida.lg.jp",
    )
    Round(busy.store, _uids=iter(range(50, 99)), _ids=iter(range(50, 99))).mail(  # type: ignore[arg-type]
        "差し替えます。",
        when=at(26, 9, 50),
        subject="【長野県飯田市】計画策定支援（差し替え）",
        files=[("【長野県飯田市】1次公募応募様式.xlsx", again)],
    )
    page = browser("佐藤").see("/cases/1?a=1&b=2")
    assert "第1版から第2版への変更" in page
    assert "<ins>0265-22-4511</ins>" in page
    assert "<del>減便</del><ins>廃止</ins>" in page
    assert "内容は同じです" in browser("鈴木").see("/cases/1?a=2&b=2")


def test_a_value_told_by_phone_is_judged_again(busy: Office, browser: Browsers) -> None:
    one = browser("佐藤")
    page = one.see("/cases/1")
    revision = re.search(r'name="revision" value="(\d+)"', page)
    assert revision
    one.press(
        "/cases/1/value", 409, field="contact_phone", value="分からない", source="電話 山口様", revision=revision[1]
    )
    assert "分からない" in one.last.text  # what was typed is still there
    one.see("/cases/1")
    revision = re.search(r'name="revision" value="(\d+)"', one.last.text)
    assert revision
    page = one.press(
        "/cases/1/value", field="contact_phone", value="0265-22-4511", source="電話 山口様", revision=revision[1]
    )
    assert "を「0265-22-4511」と記録" in page
    Round(busy.store).judge_rest(at(26, 10, 1))
    view = busy.store.draft(letters(busy)["fix"])
    assert view is not None
    assert {field for one_ in view.draft.findings if one_.severity.value == "fix" for field in one_.fields} == {"theme"}


def test_an_act_on_an_old_page_is_refused(busy: Office, browser: Browsers) -> None:
    sato, suzuki = browser("佐藤"), browser("鈴木")
    old = re.search(r'name="revision" value="(\d+)"', sato.see("/cases/1"))
    assert old
    suzuki.see("/cases/1")
    suzuki.press("/cases/1/note", call="", note="先に書いた")
    page = sato.press(
        "/cases/1/party", 409, address="buka@city.iida.lg.jp", name="", why="電話で確かめた", revision=old[1]
    )
    assert "ほかの人の操作か" in page
    assert "buka@city.iida.lg.jp" in page


def test_a_lifted_reason_gives_a_new_letter(busy: Office, browser: Browsers) -> None:
    one, draft = browser("佐藤"), letters(busy)["fix"]
    page = one.see(f"/queue/{draft}")
    view = busy.store.draft(draft)
    assert view is not None
    theme = next(number for number, finding in enumerate(view.draft.findings) if "theme" in finding.fields)
    keep = [str(number) for number in range(len(view.draft.findings)) if number != theme]
    content = re.search(r'name="sha" value="([0-9a-f]{64})"', page)
    assert content
    assert "選ばれていません" in one.press(
        f"/queue/{draft}/reasons", 422, sha=content[1], why="x", reason=[*keep, str(theme)]
    )
    one.see(f"/queue/{draft}")
    one.press(f"/queue/{draft}/reasons", 409, sha="0" * 64, why="x", reason=keep)
    one.see(f"/queue/{draft}")
    assert "作り直しています" in one.press(f"/queue/{draft}/reasons", sha=content[1], why="電話で聞いた", reason=keep)
    Round(busy.store).judge_rest(at(26, 10, 1))
    new = letters(busy)["fix"]
    assert new != draft
    assert "テーマ" not in busy.store.draft(new).draft.text  # type: ignore[union-attr]
    assert "新しい案に替わりました" in one.see(f"/queue/{draft}")
    assert f"/queue/{new}" in one.last.text
    page = one.see(f"/queue/{new}")
    assert re.search(r'<input type="checkbox" name="reason" value="\d+"(?! checked)', page)  # it can be taken back


def test_what_was_sent_by_mistake_is_out_of_sight(busy: Office, browser: Browsers) -> None:
    approver, staff = browser("佐藤"), browser("鈴木", Role.STAFF)
    staff.see("/mails/1")
    staff.press("/mails/1/hide", why="誤送信との電話")
    for one, path in ((staff, "/mails/1"), (staff, "/queue/1"), (staff, "/cases/1"), (approver, "/mails/1")):
        page = one.see(path)
        assert "応募様式を提出します。" not in page, path
        assert "路線バス" not in page, path
    assert staff.get("/mails/1/raw").status_code == 403
    assert staff.get("/mails/1/files/0").status_code == 403
    assert "（隠したメール）" in staff.see("/mails")
    staff.see("/mails/1")
    staff.press("/mails/1/open", 403)
    approver.see("/mails/1")
    assert "応募様式を提出します。" in approver.press("/mails/1/open")
    opened = [one for one in busy.store.audit(entity="mail") if one.act == "hidden-mail-opened"]
    assert [one.actor for one in opened] == ["佐藤"]


def test_a_mail_that_quotes_a_hidden_one_is_offered_to_be_hidden_too(busy: Office, browser: Browsers) -> None:
    staff, viewer = browser("鈴木", Role.STAFF), browser("見る人", Role.VIEWER)
    sent = email.message_from_bytes(busy.store.raw(1) or b"", policy=SMTP)
    round_ = Round(busy.store, _uids=count(900), _ids=count(900))
    quote = round_.mail(
        "先ほどのとおりです。\n> 応募様式を提出します。", when=at(26, 9, 30), subject="Re: 応募", answers=sent
    )
    staff.see("/mails/1")
    page = staff.press("/mails/1/hide", why="誤送信との電話")
    assert "引用しているメールがあります" in page
    assert f'action="/mails/{quote.mail_id}/hide"' in page
    assert f'action="/mails/{quote.mail_id}/hide"' not in viewer.see("/mails/1")
    assert "引用しているメールがあります" in viewer.last.text
    why = re.search(r'name="why" value="(隠したメール[^"]+)"', page)
    assert why
    assert "隠したメールです" in staff.press(f"/mails/{quote.mail_id}/hide", why=why[1])
    assert "引用しているメールがあります" not in staff.see("/mails/1")


def test_findings_do_not_tell_what_stands_in_a_hidden_mail(busy: Office, browser: Browsers) -> None:
    browser("佐藤")
    viewer = browser("見る人", Role.VIEWER)
    mail_id, draft_id = next((one.mail_id, one.id) for one in busy.store.drafts() if one.template == "fix-request")
    said = judged(busy.store, mail_id or 0)
    assert said is not None
    assert not isinstance(hide_mail(busy.store, mail_id or 0, why="誤送信", user="佐藤", now=busy.now()), Refused)
    fixes = [one.message for one in said.verdict.findings if one.severity is Severity.FIX]
    assert fixes
    for path in (f"/mails/{mail_id}", f"/queue/{draft_id}"):
        page = viewer.see(path)
        reasons = re.findall(r'<ul class="(?:reasons|picks)[^>]*>.*?</ul>', page, re.DOTALL)
        assert not any(message[:12] in one for one in reasons for message in fixes), path
        assert "隠したメールの内容が出るため" in page, path


def test_the_letter_to_a_hidden_mail_is_out_of_sight_too(busy: Office, browser: Browsers) -> None:
    """It quotes the subject, lists the files, says what was wrong in the form: on no page, in no list, search, file or export."""
    approver, staff = browser("佐藤"), browser("鈴木", Role.STAFF)
    draft = letters(busy)["receipt"]
    view = busy.store.draft(draft)
    assert view is not None
    mail, case, told = (
        view.line.mail_id or 0,
        view.line.case_id,
        next(one for one in view.draft.text.splitlines() if "応募様式.xlsx" in one),
    )
    now = at(26, 10)
    approve(busy.store, draft, user="佐藤", content_sha256=None, now=now, sys_now=now, undo=timedelta(0))
    send_all(busy.store, now=now)
    (sent,) = [one for one in busy.store.outbox() if one.draft_id == draft]
    pages = [
        f"/queue/{draft}", f"/queue/{draft}?act=edit", f"/queue/{draft}?act=compare", f"/cases/{case}", f"/mails/{mail}", "/outbox",
        "/mails", "/",
    ]  # fmt: skip
    assert sum(view.line.subject in staff.see(path) for path in pages) >= 4
    assert not isinstance(hide_mail(busy.store, mail, why="誤送信", user="佐藤", now=busy.now()), Refused)
    for one in (staff, approver):
        for path in [*pages, "/outbox?q=計画策定支援", "/queue?q=計画策定支援"]:
            page = one.see(path)
            assert view.line.subject not in page, path
            assert told not in page, path
    assert staff.get(f"/outbox/{sent.id}/raw").status_code == 403
    staff.see(f"/queue/{draft}")
    staff.press(f"/queue/{draft}/open", 403)
    with busy.store.read() as db:
        written = dossier(db, busy.store, case)
    assert written is not None
    assert not [name for name, _ in written.files if name.startswith("出した手紙")]
    assert all(view.line.subject not in one.text for one in written.happened)
    approver.see(f"/queue/{draft}")
    page = approver.press(f"/queue/{draft}/open")
    assert view.line.subject in page
    assert told in page
    opened = [one for one in busy.store.audit(entity="mail") if one.act == "hidden-mail-opened"]
    assert [(one.actor, one.entity_id) for one in opened] == [("佐藤", str(mail))]


def test_a_slot_by_hand(busy: Office, browser: Browsers) -> None:
    one = browser("佐藤")
    host = busy.settings.consultation.hosts[0].id
    one.see("/consultation")
    assert "その案件はありません" in one.press(
        "/consultation/book", 409, case="R8-1-999999", start="2026-03-26 13:00", host=host, method="phone"
    )
    one.see("/consultation")
    assert "日時が読めません" in one.press(
        "/consultation/book", 409, case="1", start="あした", host=host, method="phone"
    )
    one.see("/consultation")
    page = one.press(
        "/consultation/book",
        case="R8-1-202053",
        start="2026-03-26 13:00",
        host=host,
        method="phone",
        phone="0265-22-4511",
    )
    assert "枠を取りました" in page
    assert 'class="slot slot--held"' in page
    (line,) = busy.store.bookings()
    one.press(
        f"/consultation/{line.booking.id}/move",
        start="2026-03-26T14:00",
        host=host,
        method="phone",
        booking=line.booking.id,
    )
    (line,) = busy.store.bookings()
    assert line.booking.start == at(26, 14)
    (letter,) = (one for one in busy.store.drafts(states=["waiting"]) if one.template == "consultation-changed")
    assert "事前相談会" in one.see(f"/queue/{letter.id}"), (
        "a letter that answers no mail of its own is shown as any other"
    )
    one.press(f"/consultation/{line.booking.id}/cancel", 409, reason=" ")
    one.press(f"/consultation/{line.booking.id}/cancel", reason="先方の都合", told="phone")
    assert [one.template for one in busy.store.drafts(states=["waiting"]) if one.purpose == "consultation"] == []
    assert busy.store.bookings()[0].booking.state == "cancelled"
    one.press(
        "/consultation/block", host=host, **{"from": "2026-03-26 15:00", "until": "2026-03-26 16:00"}, reason="会議"
    )
    assert "会議" in one.last.text
    one.press("/consultation/unblock", block=busy.store.blocks(busy.now())[0].id)
    assert busy.store.blocks(busy.now()) == []
    book = casebook(busy.store, 1)
    assert book is not None


def test_a_question_beside_the_application_waits_for_us_not_for_a_correction(office: Office, browser: Browsers) -> None:
    Round(office.store).mail(
        "応募様式を提出します。なお、出張の旅費は支援の対象になりますか。",
        when=at(16),
        subject="【長野県飯田市】計画策定支援",
        files=[("【長野県飯田市】1次公募応募様式.xlsx", form())],
    )
    one = browser("佐藤")
    page = one.see("/cases/1")
    assert "事務局の確認待ち" in page
    assert "事務局の確認待ち" in one.see("/cases")
    assert "修正を待っています" not in page
    assert "指摘なし" not in page


def test_a_told_value_is_called_as_the_form_calls_it(busy: Office, browser: Browsers) -> None:
    one, case = browser("佐藤"), f"/cases/{busy.applications()[0].id}"
    one.see(case)
    page = one.press(f"{case}/value", field="theme", value="橋の点検", source="電話 山口様", revision="")
    history = page.split('id="timeline"')[1].split("</section>")[0]
    assert "を「橋の点検」と記録" in history
    assert "theme を" not in history
    assert "特例あり" not in one.see("/cases")
    one.see(case)
    page = one.press(
        f"{case}/exception",
        what="deadline",
        until="2026-03-27 17:00",
        why="停電",
        consent="総務省 田中様 電話",
        revision="",
    )
    assert "特例 期限の延長" in page
    assert "deadline" not in page.split('id="timeline"')[1].split("</section>")[0]
    assert one.see("/cases").count("特例あり") == 1


def test_a_hidden_mail_says_nothing_in_a_claims_banner_or_among_requests(busy: Office, browser: Browsers) -> None:
    round_ = Round(busy.store)
    round_._uids = iter(range(900, 999))  # type: ignore[assignment]
    round_._ids = iter(range(900, 999))  # type: ignore[assignment]
    claim = round_.mail(
        "応募様式を提出します。", when=at(26, 9, 50), sender="dareka@freemail.example", subject="【長野県飯田市】計画策定支援 極秘の件",
        files=[("【長野県飯田市】1次公募応募様式.xlsx", form(contact_email="dareka@freemail.example"))],
    )  # fmt: skip
    asked = round_.mail(
        "相談したいです。極秘の相談です。いつか。",
        when=at(26, 9, 51),
        sender="x@freemail.example",
        subject="事前相談の極秘の件",
    )
    one, case = browser("佐藤"), next(line.id for line in busy.applications() if line.organization.name == "飯田市")
    assert "極秘の件" in one.see(f"/cases/{case}")
    for mail in (claim.mail_id, asked.mail_id):
        assert not isinstance(hide_mail(busy.store, mail, why="誤送信", user="佐藤", now=at(26, 10)), Refused)
    for path in (f"/cases/{case}", "/consultation", "/mails", f"/mails/{claim.mail_id}", f"/mails/{asked.mail_id}"):
        assert "極秘の" not in one.see(path), path
