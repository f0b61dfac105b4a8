"""Whole stories: what becomes of a case over days (issue 4 point 5; situations rows 32–50). See `story` for the steps."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from email.utils import format_datetime

import pytest

from mailflow.clock import TOKYO, sys_now
from mailflow.desk import Refused, add_user, parties
from mailflow.desk import cases as on_case
from mailflow.desk import mails as on_mail
from mailflow.forms.fill import fill_form
from mailflow.model import Kind
from mailflow.settings.form import FieldSpec, FormSpec
from mailflow.settings.settings import Settings
from mailflow.store import Store
from mailflow.store.people import Role
from tests.integration.round.forms import GOOD
from tests.integration.round.office import SHIPPED, Round, at
from tests.integration.round.story import NAME, SUBJECT, Do, M, Send, Step, Then, tell
from tests.integration.round.test_case import zipped

NO_PHONE: dict[str, object] = {"contact_phone": None}
WELFARE = "福祉 花子 <fukushi@city.iida.lg.jp>"
OF_WELFARE: dict[str, object] = {
    "course": "A", "department": "福祉課", "contact_name": "福祉 花子", "contact_email": "fukushi@city.iida.lg.jp",
    "theme": "見守り",
}  # fmt: skip
MATSUKAWA = "池田 一郎 <kikaku@town.matsukawa.lg.jp>"
OF_MATSUKAWA: dict[str, object] = {
    "municipality": "松川町", "organization_name": "長野県松川町", "organization_code": "204021",
    "contact_email": "kikaku@town.matsukawa.lg.jp", "contact_name": "池田 一郎", "contact_phone": "0265-36-3111",
}  # fmt: skip
SATO = "佐藤"
APRIL = datetime(2026, 4, 10, 9, tzinfo=TOKYO)


def act(does: Callable[[Round], object], when: datetime, *, refused: bool = False, then: Then | None = None) -> Do:
    """An act of Sato's, an approver; `refused`: it must be."""

    def run(office: Round) -> None:
        add_user(office.store, SATO, Role.APPROVER, by=None, sys_now=sys_now())
        assert isinstance(does(office), Refused) == refused

    return Do(act=run, at=when, then=then)


def expire(when: datetime, then: Then) -> Do:
    return Do(act=lambda office: office.store.expire(when), at=when, then=then)


def first(**changes: object) -> list[Step]:
    """The application of 16 March, and its letter sent."""
    return [M(at=at(16), filled=changes), Send(at=at(16, 10))]


REPLACING = {
    "without-the-word-a-complete-one-stands": [
        *first(),
        M(at=at(17), filled={"theme": "別"}, then=Then(checks=["version-replaces"], templates=["arrival"], counts=1, versions=2)),
        act(
            lambda o: on_mail.clear_finding(o.store, 2, check="version-replaces", why="電話", user=SATO, now=at(17, 12)),
            at(17, 12),
            then=Then(templates=["replacement"], counts=2, state="complete"),
        ),
    ],
    "差し替え-in-the-text": [
        *first(),
        M(at=at(17), text="差し替えます。", filled={"theme": "別"}, then=Then(templates=["replacement"], counts=2, review=False)),
    ],
    "差し替え-in-the-subject": [
        *first(),
        M(at=at(17), subject=f"{SUBJECT}（差し替え）", text="お送りします。", filled={"theme": "別"}, then=Then(templates=["replacement"], counts=2)),
    ],
    "fewer-cells-need-a-person": [
        *first(),
        M(at=at(17), text="差し替えます", filled={"theme": None}, then=Then(checks=["version-replaces"], counts=1)),
    ],
    "an-older-file-said-to-replace": [
        *first(),
        M(at=at(17), text="差し替えます", filled={"theme": "別"}, then=Then(counts=2)),
        M(at=at(18), text="差し替えます", then=Then(review=True, counts=2)),
    ],
    "an-older-file-without-a-word": [
        *first(),
        M(at=at(17), text="差し替えます", filled={"theme": "別"}),
        M(at=at(18), then=Then(templates=[], counts=2, review=False)),
    ],
    "a-neighbours-form": [*first(), M(at=at(17), text="差し替えます", filled=OF_MATSUKAWA, then=Then(review=True, counts=1))],
    "another-section-says-差し替え": [
        *first(),
        M(at=at(17), sender=WELFARE, text="差し替えます。", filled=OF_WELFARE, then=Then(review=True, checks=["version-replaces"], counts=1)),
    ],
    "another-section-before-the-receipt-left": [
        M(at=at(16)),
        M(
            at=at(16, 9, 30), sender=WELFARE, filled=OF_WELFARE,
            then=Then(templates=["arrival"], waiting=["receipt", "arrival"], says=["第1版）を有効としています", "第2版"], silent=["あわせて受け取って"], counts=1),
        ),
    ],
    "two-other-sections-and-a-correction": [
        M(at=at(16)),
        M(at=at(16, 9, 30), sender=WELFARE, filled=OF_WELFARE),
        M(
            at=at(16, 10), text="差し替えます。", filled={"theme": "別"},
            then=Then(templates=["replacement"], waiting=["arrival", "replacement"], silent=["9時30分"], counts=3),
        ),
    ],
    "another-section-while-the-first-is-incomplete": [
        *first(**NO_PHONE),
        M(at=at(17), sender=WELFARE, filled=OF_WELFARE, then=Then(review=True, checks=["version-replaces"], counts=1)),
    ],
    "the-new-officer-answers-our-request": [
        *first(**NO_PHONE),
        M(at=at(17), sender=WELFARE, re=0, text="担当が代わりました。修正版です。", filled=OF_WELFARE, then=Then(without=["version-replaces"], counts=2)),
    ],
    "the-same-again": [*first(), M(at=at(17), text="念のため再送します", then=Then(templates=[], versions=1, review=False))],
    "the-same-before-the-receipt-left": [
        M(at=at(16)),
        M(at=at(16, 9, 3), text="念のため再送します", then=Then(templates=[], waiting=["receipt"], versions=1)),
    ],
    "a-strangers-replacement": [
        M(at=at(16)),
        M(at=at(17), sender="x <x@free.example>", text="差し替えます", filled={"theme": "他"}, then=Then(claim=True, counts=1, versions=1)),
    ],
    "two-mails-of-one-second": [M(at=at(16)), M(at=at(16), text="差し替えます", filled={"theme": "別"}, then=Then(counts=2))],
}  # fmt: skip

FIXING = {
    "without-the-thread": [*first(**NO_PHONE), M(at=at(17), then=Then(templates=["replacement"], state="complete", counts=2))],
    "nothing-corrected": [
        *first(**NO_PHONE),
        M(at=at(17), text="修正しました。", filled=NO_PHONE, re=0, then=Then(templates=[], review=True, checks=["duplicate"], versions=1)),
    ],
    "a-colleague-sends-it": [
        *first(**NO_PHONE),
        M(at=at(17), sender="上司 <joshi@city.iida.lg.jp>", subject="修正様式", text="修正しました", then=Then(state="complete")),
    ],
    "corrected-open-and-new": [
        *first(contact_phone=None, course="A・B", contact_email="kikaku"),
        M(
            at=at(17), re=0, text="修正しました", filled={"course": "A・B", "theme": None},
            then=Then(templates=["fix-request"], says=["1・2は、修正を確認しました", "残りは3の1点です", "新しく、4の1点をお願いします"]),
        ),
    ],
    "in-words-then-recorded": [
        *first(contact_phone=None, course="A・B"),
        M(
            at=at(17), re=0, text="2番はAコースで、1は0265-22-4511です", filled=None,
            then=Then(templates=[], review=True, without=["attachment-missing"], state="incomplete"),
        ),
        act(
            lambda o: on_case.record_value(o.store, SHIPPED, 1, field="course", value="A", source="メール2", user=SATO, now=at(17, 11)),
            at(17, 11), then=Then(state="incomplete"),
        ),
        act(
            lambda o: on_case.record_value(o.store, SHIPPED, 1, field="contact_phone", value="あとで", source="電話", user=SATO, now=at(17, 11)),
            at(17, 11), refused=True,
        ),
        act(
            lambda o: on_case.record_value(o.store, SHIPPED, 1, field="contact_phone", value="0265-22-4511", source="メール2", user=SATO, now=at(17, 11)),
            at(17, 11, 5), then=Then(state="complete", templates=["receipt"], waiting=["receipt"], counts=1),
        ),
    ],
    "will-come-tomorrow": [
        *first(**NO_PHONE),
        M(at=at(16, 11), re=0, text="本日決裁者不在のため明日になります", filled=None, then=Then(templates=[], waiting=[])),
    ],
    "forgotten-then-sent": [
        M(at=at(16), filled=None, then=Then(templates=["fix-request"])),
        Send(at=at(16, 9, 14), then=Then(sent=0)),
        M(at=at(16, 9, 14), text="添付が漏れておりました", then=Then(templates=["receipt"], waiting=["receipt"], state="complete")),
        Send(at=at(16, 9, 15), then=Then(sent=1)),
    ],
    "forgotten-on-the-last-day": [
        M(at=at(26, 14), filled=None),
        Send(at=at(26, 14, 4), then=Then(sent=0)),
        Send(at=at(26, 14, 5), then=Then(sent=1)),
    ],
    "a-password-by-phone": [
        M(at=at(16), filled=None, files=[("応募様式.zip", zipped("Iida#2026"))], text="応募します。パスワードは電話でお伝えします。"),
        act(lambda o: on_mail.tell_password(o.store, 99, password="x", source="電話", user=SATO, now=at(16, 10)), at(16, 10), refused=True),
        act(
            lambda o: on_mail.tell_password(o.store, 1, password="Iida#2026", source="電話 山口様", user=SATO, now=at(16, 10)),
            at(16, 10), then=Then(state="complete", templates=["receipt"], waiting=["receipt"]),
        ),
    ],
}  # fmt: skip

DECIDED_BY_PEOPLE = {
    "withdrawn-and-back": [
        *first(),
        M(at=at(17), subject="応募の取下げ", text="先日の応募を取り下げます。", filled=None, then=Then(templates=["withdrawal-received"], review=True, state="complete")),
        act(
            lambda o: on_case.record_withdrawal(o.store, 1, confirmed_with="山口様", how="電話", mail_id=2, user=SATO, now=at(17, 11)),
            at(17, 11), then=Then(state="withdrawn"),
        ),
        act(
            lambda o: on_case.undo_withdrawal(o.store, SHIPPED, 1, why="やめるとの電話", user=SATO, now=at(26, 16)),
            at(26, 16), then=Then(state="complete", counts=1),
        ),
    ],
    "withdrawn-for-good-after-the-close": [
        *first(),
        act(lambda o: on_case.record_withdrawal(o.store, 1, confirmed_with="山口様", how="電話", user=SATO, now=at(19)), at(19)),
        act(lambda o: on_case.record_withdrawal(o.store, 1, confirmed_with="山口様", how="電話", user=SATO, now=at(19)), at(19), refused=True),
        act(
            lambda o: on_case.undo_withdrawal(o.store, SHIPPED, 1, why="x", user=SATO, now=at(26, 16, 0, 1)),
            at(27), refused=True, then=Then(state="withdrawn"),
        ),
    ],
    "withdrawn-then-applies-anew": [
        *first(),
        act(lambda o: on_case.record_withdrawal(o.store, 1, confirmed_with="山口様", how="電話", user=SATO, now=at(17)), at(17)),
        M(
            at=at(19), text="改めて応募します。差し替えます。", filled={"theme": "別"},
            then=Then(templates=["arrival"], state="withdrawn", review=True, checks=("version-replaces",)),
        ),
        act(
            lambda o: on_mail.clear_finding(o.store, 2, check="version-replaces", why="電話で確認、改めて応募", user=SATO, now=at(19, 11)),
            at(19, 11), then=Then(state="complete", review=False),
        ),
    ],
    "a-form-after-the-withdrawal-mail": [
        *first(),
        M(at=at(17), subject="応募の取下げ", text="先日の応募を取り下げます。", filled=None),
        M(at=at(18), text="差し替えます", filled={"theme": "別"}),
        act(
            lambda o: on_case.record_withdrawal(o.store, 1, confirmed_with="山口様", how="電話", mail_id=2, user=SATO, now=at(18, 11)),
            at(18, 11), refused=True, then=Then(state="complete"),
        ),
    ],
    "a-finding-lifted-and-held-up-again": [
        M(at=at(16), filled={"scope_internal": "含む"}, then=Then(review=True)),
        act(
            lambda o: on_mail.clear_finding(o.store, 1, check="scope", why="電話", user=SATO, now=at(16, 11)),
            at(16, 11), then=Then(state="complete", templates=["receipt"], waiting=["receipt"]),
        ),
        act(
            lambda o: on_mail.clear_finding(o.store, 1, check="scope", why="総務省", up=True, user=SATO, now=at(16, 12)),
            at(16, 12), then=Then(state="incomplete", review=True),
        ),
    ],
    "a-later-close-for-one": [
        M(at=at(26, 17), then=Then(state="late", templates=["late"])),
        act(
            lambda o: on_case.grant_exception(o.store, SHIPPED, 1, what="deadline", until=at(27, 17), why="大雪", consent=" ", user=SATO, now=at(26, 18)),
            at(26, 18), refused=True,
        ),
        act(
            lambda o: on_case.grant_exception(o.store, SHIPPED, 1, what="deadline", until=at(26, 15), why="大雪", consent="3/26 電話", user=SATO, now=at(26, 18)),
            at(26, 18), refused=True,
        ),
        act(
            lambda o: on_case.grant_exception(o.store, SHIPPED, 1, what="deadline", until=at(27, 17), why="大雪", consent="3/26 電話", user=SATO, now=at(26, 18)),
            at(28), then=Then(state="complete", templates=["receipt"], waiting=["receipt"]),
        ),
        M(at=at(27, 17, 0, 1), text="差し替えます", filled={"theme": "別"}, then=Then(counts=1, review=True)),
    ],
    "a-claim-accepted": [
        *first(),
        M(at=at(17), sender="山口 <yama@gmail.com>", text="差し替えます", filled={"theme": "別"}, then=Then(claim=True, counts=1)),
        act(
            lambda o: parties.settle_claim(o.store, 2, accept=True, why="電話で確認", user=SATO, now=at(17, 11)),
            at(17, 11), then=Then(claim=False, counts=2, state="complete", templates=["replacement"]),
        ),
    ],
    "a-claim-refused": [
        *first(),
        M(at=at(17), sender="山口 <yama@gmail.com>", text="差し替えます", filled={"theme": "別"}),
        act(
            lambda o: parties.settle_claim(o.store, 2, accept=False, why="心当たりなし", user=SATO, now=at(17, 11)),
            at(17, 11), then=Then(counts=1, versions=1),
        ),
        act(lambda o: parties.settle_claim(o.store, 2, accept=True, why="x", user=SATO, now=at(17, 12)), at(17, 12), refused=True),
    ],
    "another-body-than-judged": [
        M(at=at(16), sender="x <x@free.example>", filled=None, text="応募します"),
        act(
            lambda o: on_mail.correct_mail(o.store, SHIPPED, 1, organization="長野県まつかわ市", why="電話", user=SATO, now=at(16, 10)),
            at(16, 10), refused=True,
        ),
        act(
            lambda o: on_mail.correct_mail(o.store, SHIPPED, 1, organization="204021", why="電話", user=SATO, now=at(16, 10)),
            at(16, 10), then=Then(claim=False, cases=1),
        ),
        M(at=at(17), then=Then(claim=False, state="complete", templates=["receipt"])),
    ],
    "another-kind-than-judged": [
        M(at=at(16), subject="ご連絡", text="資料の件です。", filled=None, then=Then(kind="unknown")),
        act(
            lambda o: on_mail.correct_mail(o.store, SHIPPED, 1, kind=Kind.INQUIRY, why="電話", user=SATO, now=at(16, 10)),
            at(16, 10), then=Then(kind="inquiry", templates=["inquiry-received"]),
        ),
    ],
    "a-new-contact-from-a-day-on": [
        *first(),
        act(
            lambda o: parties.change_contact(
                o.store, 1, address="suzuki@city.iida.lg.jp", name="鈴木 一郎", since=at(20), instead_of="kikaku@city.iida.lg.jp",
                source="メール2", user=SATO, now=at(17),
            ),
            at(17),
        ),
        M(
            at=at(21), sender="鈴木 一郎 <suzuki@city.iida.lg.jp>", text="差し替えます", filled={"theme": "新", "contact_email": "suzuki@city.iida.lg.jp"},
            then=Then(templates=["replacement"], counts=2),
        ),
    ],
    "somebody-else-changed-the-case": [
        *first(),
        act(
            lambda o: on_case.record_withdrawal(o.store, 1, confirmed_with="山口様", how="電話", revision=99, user=SATO, now=at(17)),
            at(17), refused=True, then=Then(state="complete"),
        ),
    ],
}  # fmt: skip

QUESTIONS_AND_ACCIDENTS = {
    "row-32-on-record": [
        *first(),
        M(
            at=at(17), subject="届いておりますでしょうか", text="届いておりますでしょうか。", filled=None,
            then=Then(templates=["on-record"], review=True, says=["第1版　令和8年3月16日（月）", "R8-1-202053"], silent=["受領済"]),
        ),
    ],
    "row-32-a-pdf-is-on-record-too": [
        M(at=at(16), filled=None, files=[("応募様式.pdf", b"%PDF-1.4 scan")]),
        Send(at=at(16, 10)),
        M(
            at=at(17), subject="届いておりますでしょうか", text="届いておりますでしょうか。", filled=None,
            then=Then(templates=["on-record"], says=["応募様式.pdf", "読み取れていません"], silent=["見当たりません"]),
        ),
    ],
    "row-32-nothing-on-record": [
        M(
            at=at(17), subject="届いておりますでしょうか", text="長野県飯田市です。届いておりますでしょうか。", filled=None,
            then=Then(templates=["on-record"], says=["見当たりません", "改めてお送りください"]),
        ),
    ],
    "row-32-a-stranger-is-told-nothing": [
        *first(),
        M(
            at=at(17), sender="x <x@free.example>", subject="届いておりますでしょうか", text="長野県飯田市です。届いておりますでしょうか。",
            filled=None, then=Then(review=True, silent=["見当たりません", "第1版", "R8-1-202053"]),
        ),
    ],
    "row-33-no-hint-of-a-yes": [
        M(
            at=at(17), subject="締切延長のご相談", text="長野県飯田市です。議会日程のため、1日だけ延長いただけないでしょうか。", filled=None,
            then=Then(templates=["extension"], review=True, says=["すべての団体に共通", "募集要領2(3)"], silent=["検討", "可能"]),
        ),
    ],
    "row-34-the-same-words-to-all": [
        M(
            at=at(17), subject="採否はいつ頃", text="採否はいつ頃分かりますでしょうか。", filled=None,
            then=Then(templates=["when-results"], says=["4月上旬頃", "募集要領3(2)", "お答えできません"]),
        ),
    ],
    "row-35-eligibility-is-the-ministrys": [
        M(
            at=at(17), subject="お問い合わせ", text="長野県飯田市です。財政力指数が0.98ですが、対象になるか教えてください。", filled=None,
            then=Then(label="eligibility", review=True, silent=["対象です", "対象外"]),
        ),
    ],
    "row-36-the-faq-answers-by-number-and-leaves-the-rest-to-a-person": [
        M(
            at=at(17), subject="様式の書き方について", filled=None,
            text="長野県飯田市です。次の点をご教示ください。\n1 押印は必要ですか。\n2 コースは後で変えられますか。\n3 選定される可能性はどのくらいですか。",
            then=Then(templates=["inquiry-received"], says=["1 押印は必要ですか。", "押印は要りません", "3 選定される可能性", "〔ここに回答を書いてください〕"], silent=["改めてご返事します"]),
        ),
    ],
    "row-37-missent": [
        M(at=at(16)),
        M(
            at=at(16, 9, 2), subject="【取消】先ほどのメールは誤送信です", text="先ほどのメールは誤送信です。削除をお願いいたします。", filled=None,
            then=Then(label="missent", templates=[], review=True, waiting=[], cases=0),
        ),
        M(at=at(16, 9, 30), text="改めて提出します。", filled={"theme": "別"}, then=Then(templates=["receipt"], state="complete", counts=2, silent=["9時00分に届いたメールも"])),
    ],
    "row-37-a-stranger-stops-only-the-letters-to-a-stranger": [
        M(at=at(16), filled={"contact_phone": None}, then=Then(waiting=["fix-request"])),
        M(at=at(16, 9, 30), sender="x <x@free.example>", filled={"theme": "別"}, then=Then(claim=True)),
        M(
            at=at(16, 9, 40), sender="x <x@free.example>", subject="誤送信のお詫び", text="先ほどのメールは誤送信です。", filled=None,
            then=Then(waiting=["fix-request"]),
        ),
    ],
    "row-37-it-was-no-mistake": [
        M(at=at(16)),
        M(at=at(16, 9, 2), subject="取り消し: 計画策定支援", text="山口さんはメッセージを取り消します。", filled=None, then=Then(waiting=[], cases=0)),
        act(
            lambda o: on_mail.show_mail_again(o.store, 1, why="正しいもの", user=SATO, now=at(16, 10)),
            at(16, 10), then=Then(state="complete", templates=["receipt"], waiting=["receipt"]),
        ),
    ],
    "row-37-the-letter-in-its-undo-window": [
        M(at=at(16)),
        Do(act=lambda o: _approve(o, at(16, 9, 1)), at=at(16, 9, 1)),
        M(at=at(16, 9, 2), subject="誤送信のお詫び", text="先ほどのメールは誤送信です。", filled=None, then=Then(waiting=[])),
        Send(at=at(16, 10), then=Then(sent=0)),
    ],
    "row-38-by-a-colleague": [
        *first(),
        M(at=at(17), sender="上司 <joshi@city.iida.lg.jp>", subject="応募の取下げ", text="先日の応募を取り下げます。", filled=None, then=Then(review=True, state="complete")),
    ],
    "row-38-by-a-stranger": [
        *first(),
        M(at=at(17), sender="x <x@free.example>", subject="応募の取下げ", text="長野県飯田市です。応募を取り下げます。", filled=None, then=Then(review=True, state="complete")),
    ],
    "row-39-a-new-officer": [
        *first(),
        M(at=at(30), subject="担当変更のお知らせ", text="4月1日付けの異動により、後任は鈴木です。", filled=None, then=Then(label="contact-change", templates=[], review=True)),
    ],
    "row-40-out-of-office": [
        *first(),
        M(
            at=at(31), re=0, subject="自動応答: 異動しました", text="異動しました。後任は鈴木です。", filled=None,
            headers=[("Auto-Submitted", "auto-replied")], then=Then(kind="machine", templates=[], waiting=[]),
        ),
    ],
    "row-44-our-letter-shared-with-a-neighbour": [
        *first(),
        M(at=at(17), sender=MATSUKAWA, re=0, text="共有ありがとうございます。", filled=None, then=Then(templates=[], waiting=[])),
    ],
    "row-44-the-neighbour-answers-it-with-its-own-form": [
        *first(),
        M(
            at=at(17), sender=MATSUKAWA, re=0, text="応募します。", name="【長野県松川町】1次公募応募様式.xlsx", filled=OF_MATSUKAWA,
            then=Then(review=True, state="complete", counts=1),
        ),
    ],
    "row-49-why-not-selected": [
        *first(),
        M(
            at=APRIL, sender="飯田市長 山田 太郎 <hisho@city.iida.lg.jp>", subject="結果通知について", text="選定されなかった理由をお聞かせください。",
            filled=None, then=Then(label="result", review=True),
        ),
    ],
    "row-50-the-ministry-asks-for-everything": [
        *first(),
        M(
            at=at(17), sender="総務省 <x@soumu.go.jp>", subject="情報公開請求に係る照会", text="長野県飯田市に関する一切の文書", filled=None,
            then=Then(kind="internal", templates=[], waiting=[]),
        ),
    ],
}  # fmt: skip

NEAR_THE_CLOSE = {
    "to-the-second": [M(at=at(26, 16), then=Then(templates=["receipt"], state="complete"))],
    "a-second-late": [M(at=at(26, 16, 0, 1), then=Then(templates=["late"], state="late"))],
    "a-correction-after-the-close": [
        M(at=at(26, 15), filled=NO_PHONE),
        M(at=at(26, 16, 30), text="修正しました", then=Then(checks=["round-late"], review=True, counts=1)),
    ],
    "a-letter-that-waits-asks-for-what-is-still-possible": [
        M(at=at(24), filled=NO_PHONE, then=Then(templates=["fix-request"], says=["3月25日（水）17時00分"])),
        expire(at(25, 14, 59), Then(says=["3月25日（水）17時00分"])),
        expire(at(25, 15), Then(waiting=["fix-request"], says=["お願いする期日　令和8年3月26日（木）16時00分"])),
        expire(at(26, 14), Then(waiting=["fix-request"], says=["16時00分までに届いた修正は有効とします", "期限内の応募として記録"], silent=["お願いする期日"])),
        expire(at(26, 16, 0, 1), Then(waiting=["arrival"], state="incomplete", silent=["修正は有効", "お願いする期日", "3月26日"])),
        expire(at(28, 16), Then(waiting=["arrival"])),
    ],
    "a-receipt-that-nobody-approved-in-time": [
        M(at=at(26, 13), then=Then(templates=["receipt"], says=["差し替えは"])),
        expire(at(26, 14, 0, 1), Then(waiting=["receipt"], silent=["差し替えは"], state="complete", counts=1)),
    ],
    "a-receipt-two-seconds-before-the-close": [
        M(at=at(26, 15, 59, 58), then=Then(templates=["receipt"], silent=["差し替えは"], state="complete", counts=1)),
    ],
}  # fmt: skip


def _approve(office: Round, when: datetime) -> None:
    (line,) = office.store.drafts(states=["waiting"])
    with office.store.write() as db:
        office.store.approve_in(db, line.id, user="policy", now=when, undo_until=sys_now())


TABLES = {
    "replacing": REPLACING,
    "fixing": FIXING,
    "people": DECIDED_BY_PEOPLE,
    "questions": QUESTIONS_AND_ACCIDENTS,
    "close": NEAR_THE_CLOSE,
}


@pytest.fixture(autouse=True)
def _without_marked_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    """A marked workbook costs more than the whole rest of a story; it has tests of its own."""
    monkeypatch.setattr("mailflow.pipeline._marked", lambda view, _verdict: view)


@pytest.mark.parametrize(
    "steps",
    [pytest.param(steps, id=f"{table}:{name}") for table, rows in TABLES.items() for name, steps in rows.items()],
)
def test_story(store: Store, steps: list[Step]) -> None:
    tell(Round(store), steps)


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
@pytest.mark.parametrize("name", ["to-the-second", "a-second-late"])
def test_the_process_may_live_anywhere(store: Store, monkeypatch: pytest.MonkeyPatch, zone: str, name: str) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        tell(Round(store), NEAR_THE_CLOSE[name])
    finally:
        monkeypatch.undo()
        time.tzset()


# --- clocks and quiet hours (DESIGN §4 "Clocks"; rows 28, 29, 30) -----------------------------------------------------


def through(*moments: datetime) -> list[tuple[str, str]]:
    """Received lines of our own boundary, the newest first."""
    return [("Received", f"from a.example by mx.office.example; {format_datetime(one)}") for one in moments]


CLEARED = act(
    lambda o: on_mail.clear_finding(
        o.store, 2, check="round-late", why="検疫の画面で15時12分の到着を確認", user=SATO, now=at(27, 10)
    ),
    at(27, 10),
    then=Then(templates=["receipt"], waiting=["receipt"], state="complete", counts=1),
)
CLOCKS = {
    "three-clocks-two-of-them-before-the-close": [
        M(
            at=at(26, 16, 0, 30), headers=through(at(26, 16, 0, 5), at(26, 15, 59, 50)),
            then=Then(templates=["arrival"], review=True, checks=["round-late"], counts=0, silent=["締切の後", "期限内"]),
        ),
        Send(at=at(26, 16, 1), then=Then(sent=1)),
    ],
    "three-clocks-two-of-them-after-it": [
        M(
            at=at(26, 15, 59, 58), headers=through(at(26, 16, 0, 2), at(26, 16, 0, 1)),
            then=Then(templates=["arrival"], review=True, checks=["round-late"], counts=0),
        ),
    ],
    "three-clocks-on-one-side": [
        M(at=at(26, 15, 59, 58), headers=through(at(26, 15, 59, 57), at(26, 15, 59, 50)), then=Then(templates=["receipt"], state="complete")),
    ],
    "the-date-header-never-counts": [
        M(at=at(26, 16, 0, 1), headers=through(at(26, 16, 0, 1)), then=Then(templates=["late"], state="late")),
    ],
    "released-from-quarantine-on-the-next-day": [
        M(
            at=at(26, 15, 30), sender="quarantine@messaging.microsoft.com", subject="Microsoft 365 セキュリティ: 検疫にメッセージがあります",
            text="差出人：kikaku@city.iida.lg.jp", filled=None, then=Then(kind="internal", label="quarantine", templates=[], cases=0),
        ),
        M(
            at=at(27, 9, 20), headers=through(at(26, 15, 12)),
            then=Then(templates=["arrival"], review=True, checks=["round-late"], counts=0, silent=["締切の後"]),
        ),
        CLEARED,
    ],
    "by-night-nothing-but-receipts": [
        M(at=at(25, 23, 58), then=Then(templates=["receipt"])),
        M(at=at(26, 4, 10), sender=MATSUKAWA, name="【長野県松川町】1次公募応募様式.xlsx", filled={**OF_MATSUKAWA, **NO_PHONE}, then=Then(waiting=["receipt", "fix-request"])),
        M(at=at(26, 5), sender=MATSUKAWA, subject="採否はいつ頃", text="採否はいつ頃分かりますでしょうか。", filled=None, then=Then(templates=["when-results"])),
        Send(at=at(26, 5, 1), then=Then(sent=1)),
        Send(at=at(26, 8, 29, 59), then=Then(sent=1)),
        Send(at=at(26, 8, 30), then=Then(sent=3)),
    ],
}  # fmt: skip


@pytest.mark.parametrize("steps", CLOCKS.values(), ids=CLOCKS.keys())
def test_clocks_and_quiet_hours(store: Store, steps: list[Step]) -> None:
    mailbox = SHIPPED.file.mailbox.model_copy(update={"boundary_hosts": ("mx.office.example",)})
    tell(
        Round(store, replace(SHIPPED, file=SHIPPED.file.model_copy(update={"mailbox": mailbox}))),
        steps,
    )


# --- the ministry puts a corrected form in the place of the first (row 46) -------------------------------------------


def _editions() -> Settings:
    """Of the first edition until the 20th, and of one with another field from the 10th on."""
    first = SHIPPED.form.forms[0].model_copy(update={"valid_until": date(2026, 3, 20)})
    added = FieldSpec(key="next_review", label="次回の庁内協議の時期", distinctive=True, example="令和8年4月")
    section = first.sections[-1].model_copy(update={"fields": (*first.sections[-1].fields, added)})
    changed = {
        "id": "r8-1b",
        "valid_from": date(2026, 3, 10),
        "valid_until": None,
        "sections": (*first.sections[:-1], section),
    }
    second = FormSpec.model_validate(
        first.model_dump()
        | {key: value for key, value in changed.items() if key != "sections"}
        | {"sections": [one.model_dump() for one in changed["sections"]]}
    )
    return replace(SHIPPED, form=SHIPPED.form.model_copy(update={"forms": (first, second)}))


EDITIONS = {
    "the-old-one-before": (9, "old", Then(templates=["receipt"], without=["form-version", "form-complete"])),
    "the-old-one-while-both-count": (12, "old", Then(templates=["receipt"], without=["form-version", "form-complete"])),
    "the-new-one": (12, "new", Then(templates=["receipt"], state="complete")),
    "the-new-one-with-a-gap": (12, "gap", Then(templates=["fix-request"], says=["次回の庁内協議の時期"])),
    "the-old-one-after-its-last-day": (23, "old", Then(templates=["fix-request"], checks=["form-version"])),
}


@pytest.mark.parametrize(("day", "which", "then"), EDITIONS.values(), ids=EDITIONS.keys())
def test_two_editions_of_the_form(store: Store, day: int, which: str, then: Then) -> None:
    settings = _editions()
    first, second = settings.form.forms
    content = {
        "old": lambda: fill_form(first, GOOD),
        "new": lambda: fill_form(second, {**GOOD, "next_review": "令和8年4月"}),
        "gap": lambda: fill_form(second, GOOD),
    }[which]()
    tell(Round(store, settings), [M(at=at(day), filled=None, files=[(NAME, content)], then=then)])
