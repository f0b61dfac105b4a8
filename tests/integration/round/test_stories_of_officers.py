"""Two and three mails of one matter, as officers send them: what the second makes of the first. See `story` for the steps.

Each was written down before it was run: what the best clerk of the office would do.
"""

from __future__ import annotations

import pytest

from mailflow.store import Store
from tests.integration.round.office import Round, at
from tests.integration.round.story import SUBJECT, M, Rest, Send, Step, Then, tell
from tests.integration.round.test_case import zipped

NO_PHONE: dict[str, object] = {"contact_phone": None}
OTHER_THEME: dict[str, object] = {"theme": "別"}
BOSS = "課長 <kacho@city.iida.lg.jp>"
WELFARE = "福祉 花子 <fukushi@city.iida.lg.jp>"
MATSUKAWA = "池田 一郎 <kikaku@town.matsukawa.lg.jp>"
OF_MATSUKAWA: dict[str, object] = {
    "municipality": "松川町", "organization_name": "長野県松川町", "organization_code": "204021",
    "contact_email": "kikaku@town.matsukawa.lg.jp", "contact_name": "池田 一郎", "contact_phone": "0265-36-3111",
}  # fmt: skip
MATSUKAWA_NAME = "【長野県松川町】1次公募応募様式.xlsx"


def first(**changes: object) -> list[Step]:
    """The application of 16 March, and its letter sent."""
    return [M(at=at(16), filled=changes), Send(at=at(16, 10))]


AGAIN = {
    "the-form-was-forgotten": [
        M(at=at(16), filled=None, text="応募します。様式を添付いたします。", then=Then(templates=["fix-request"])),
        M(at=at(16, 9, 6), subject=f"Fw: {SUBJECT}", text="すみません、添付し忘れました！", then=Then(waiting=["receipt"], state="complete", review=False)),
        Send(at=at(16, 10), then=Then(sent=1)),
    ],
    "the-wrong-file-then-the-right-one": [
        M(at=at(16), filled=None, files=[("議案書.pdf", b"%PDF-1.4 x")], text="応募様式を提出します。", then=Then(templates=["fix-request"])),
        M(at=at(16, 9, 3), text="先ほどは別のファイルを添付していました。正しいものをお送りします。", then=Then(waiting=["receipt"], state="complete", review=False)),
    ],
    "sent-twice-by-a-slow-program": [
        M(at=at(16), then=Then(templates=["receipt"])),
        M(at=at(16, 9, 0, 40), then=Then(templates=[], waiting=["receipt"], versions=1, review=False)),
    ],
    "again-with-a-word-of-doubt": [
        *first(),
        M(at=at(17), text="昨日お送りしたメールが送信済みに見当たらないため、念のためもう一度お送りします。", then=Then(templates=[], versions=1, review=False)),
    ],
    "a-newer-form-minutes-later-before-any-letter": [
        M(at=at(16), filled=NO_PHONE, then=Then(templates=["fix-request"])),
        M(at=at(16, 9, 8), text="電話番号が抜けておりましたので、こちらでお願いします。", then=Then(waiting=["replacement"], state="complete", review=False)),
    ],
    "replaces-by-a-hurried-word": [
        *first(),
        M(at=at(17), text="一部修正しました。こちらに差替願います。", filled=OTHER_THEME, then=Then(templates=["replacement"], counts=2, review=False)),
    ],
    "replaces-as-the-mayor-wished": [
        *first(),
        M(at=at(17), text="町長レクの結果、テーマの記載を改めましたので、前回提出分は破棄してください。", filled=OTHER_THEME, then=Then(templates=["replacement"], counts=2, review=False)),
    ],
    "last-version-by-subject": [
        *first(),
        M(at=at(17), subject=f"【最終版】{SUBJECT}", text="お送りします。", filled=OTHER_THEME, then=Then(templates=["replacement"], counts=2, review=False)),
    ],
    "will-replace-next-week": [
        *first(),
        M(at=at(17), text="財政課から指摘がありましたので、来週、差し替えをお送りする予定です。", filled=None, then=Then(templates=[], review=True, counts=1, state="complete")),
    ],
    "asks-whether-one-may-replace": [
        *first(),
        M(at=at(17), subject="差し替えについて", text="提出済みの様式の差し替えは可能でしょうか。", filled=None, then=Then(kind="inquiry", templates=["inquiry-received"], counts=1, state="complete")),
    ],
}  # fmt: skip

FIXED = {
    "in-the-thread-with-one-word": [
        *first(**NO_PHONE),
        M(at=at(17), re=0, text="直しました。", then=Then(templates=["replacement"], state="complete", counts=2, review=False)),
    ],
    "without-the-thread-and-under-a-subject-of-ones-own": [
        *first(**NO_PHONE),
        M(at=at(17), subject="様式の再提出", text="ご指摘の点を直して再提出します。", then=Then(templates=["replacement"], state="complete", counts=2, review=False)),
    ],
    "by-the-chief-without-the-thread": [
        *first(**NO_PHONE),
        M(at=at(17), sender=BOSS, text="部下が不在のため私から再提出します。電話番号を追記しました。", then=Then(state="complete", counts=2)),
    ],
    "in-words-with-the-old-form": [
        *first(**NO_PHONE),
        M(at=at(17), re=0, text="電話番号は0265-22-4511です。", filled=NO_PHONE, then=Then(review=True, templates=[], versions=1, state="incomplete")),
    ],
    "as-pdf-only": [
        *first(**NO_PHONE),
        M(at=at(17), re=0, text="修正しました。", filled=None, files=[("応募様式.pdf", b"%PDF-1.4 x")], then=Then(templates=["fix-request"], state="incomplete", counts=1)),
    ],
    "only-half-of-it": [
        *first(contact_phone=None, theme=None),
        M(at=at(17), re=0, text="修正しました。", filled=NO_PHONE, then=Then(templates=["fix-request"], state="incomplete", says=["修正を確認しました"])),
        M(at=at(18), text="失礼しました。電話番号も記入しました。", then=Then(templates=["replacement"], state="complete", review=False)),
    ],
    "asks-what-is-meant-then-mends": [
        *first(**NO_PHONE),
        M(at=at(16, 11), re=0, text="1番は担当課の代表番号でよろしいでしょうか。", filled=None, then=Then(kind="inquiry", templates=["inquiry-received"], state="incomplete")),
        M(at=at(17), re=0, text="代表番号を記入しました。", then=Then(state="complete", counts=2, review=False)),
    ],
    "thanks-and-promises": [
        *first(**NO_PHONE),
        M(at=at(16, 11), re=0, text="ご連絡ありがとうございます。3月18日までに修正して再提出いたします。", filled=None, then=Then(templates=[], waiting=[], state="incomplete")),
    ],
    "the-neighbours-form-by-mistake": [
        *first(**NO_PHONE),
        M(at=at(17), re=0, text="修正しました。", name=MATSUKAWA_NAME, filled=OF_MATSUKAWA, then=Then(review=True, state="incomplete", counts=1)),
    ],
}  # fmt: skip

AFTERWARDS = {
    "thanks-with-the-old-form": [
        *first(),
        M(at=at(17), re=0, text="ご確認ありがとうございました。", then=Then(templates=[], versions=1, counts=1, review=False)),
    ],
    "a-question-after-the-receipt": [
        *first(),
        M(at=at(17), re=0, text="ありがとうございます。採択後の契約は必要になりますか。", filled=None, then=Then(kind="inquiry", templates=["inquiry-received"], state="complete")),
    ],
    "a-consultation-after-the-receipt": [
        *first(),
        M(at=at(17), subject="事前相談会の申込み", text="提出後ですが、3月19日14時に事前相談をお願いします。", filled=None, then=Then(kind="consultation", state="complete", counts=1)),
    ],
    "withdraws-then-takes-it-back": [
        *first(),
        M(at=at(17), subject="応募の取下げ", text="都合により応募を取り下げます。", filled=None, then=Then(templates=["withdrawal-received"], state="complete")),
        M(at=at(18), text="昨日の取下げの件ですが、取下げは撤回し、引き続き応募したいと存じます。", filled=None, then=Then(review=True, state="complete", counts=1)),
    ],
    "withdraws-in-the-thread": [
        *first(),
        M(at=at(17), re=0, text="申し訳ございませんが、今回の応募は見送らせていただきます。", filled=None, then=Then(kind="withdrawal", templates=["withdrawal-received"], review=True, state="complete")),
    ],
    "a-new-officer-and-a-new-form": [
        *first(),
        M(at=at(23), sender=WELFARE, text="担当が代わりました。連絡先を直した様式に差し替えます。", filled={"contact_email": "fukushi@city.iida.lg.jp"}, then=Then(templates=["replacement"], counts=2)),
    ],
    "papers-follow": [
        *first(),
        M(at=at(17), subject=f"{SUBJECT}（参考資料）", text="参考資料を追加でお送りします。", filled=None, files=[("体制図.pdf", b"%PDF-1.4 x")], then=Then(state="complete", counts=1, without=["attachment-format"], templates=[])),
    ],
    "the-chief-asks-whether-it-came": [
        *first(),
        M(at=at(17), sender=BOSS, subject="応募様式の到達確認", text="長野県飯田市です。16日に提出した様式は届いていますか。", filled=None, then=Then(kind="inquiry", label="confirm-receipt", templates=["on-record"])),
    ],
    "the-neighbour-quotes-our-number": [
        *first(),
        M(at=at(17), sender=MATSUKAWA, subject="R8-1-202053 の件", text="飯田市から伺いました。当町も応募したいのですが、様式はどこにありますか。", filled=None, then=Then(kind="inquiry", state="complete", silent=["飯田市"])),
    ],
}  # fmt: skip

IN_PARTS = {
    "form-then-papers": [
        M(at=at(16), subject=f"{SUBJECT}（1/2）"),
        M(at=at(16, 9, 4), subject=f"{SUBJECT}（2/2）", text="2通目です。", filled=None, files=[("体制図.pdf", b"%PDF-1.4 x")], then=Then(waiting=["receipt"], state="complete", counts=1)),
    ],
    "papers-then-form": [
        M(at=at(16), subject=f"{SUBJECT} 1/2", text="資料です。", filled=None, files=[("体制図.pdf", b"%PDF-1.4 x")]),
        M(at=at(16, 9, 4), subject=f"{SUBJECT} 2/2", text="様式です。", then=Then(waiting=["receipt"], state="complete", counts=1)),
    ],
    "a-zip-then-its-password": [
        M(at=at(16), filled=None, files=[("応募様式.zip", zipped("Iida#2026"))], text="応募様式を提出します。", then=Then(templates=["password-request"])),
        M(at=at(16, 9, 1), subject="Re: パスワード", text="パスワード: Iida#2026", filled=None, then=Then(kind="password")),
    ],
    "a-password-first": [
        M(at=at(16), subject="パスワードのご連絡", text="このあとお送りするファイルのパスワードは Iida#2026 です。", filled=None, then=Then(kind="password")),
        M(at=at(16, 9, 2), filled=None, files=[("応募様式.zip", zipped("Iida#2026"))], text="応募様式を提出します。"),
        Rest(at=at(16, 9, 3), then=Then(state="complete", waiting=["receipt"])),
    ],
}  # fmt: skip

MORE = {
    "apology-with-the-form-but-another-subject": [
        M(at=at(16), filled=None, text="計画策定支援へ応募いたします。様式は添付のとおりです。", then=Then(templates=["fix-request"])),
        M(at=at(16, 9, 2), subject="添付忘れのお詫び", text="大変失礼いたしました。様式をお送りします。", then=Then(waiting=["receipt"], state="complete", review=False)),
    ],
    "a-colleague-sends-the-forgotten-form": [
        M(at=at(16), filled=None, text="応募様式を提出します。"),
        M(at=at(16, 9, 12), sender=BOSS, text="先ほど山口が添付を忘れたとのことですので、私からお送りします。", then=Then(state="complete", counts=1)),
    ],
    "the-fix-comes-as-a-new-mail-with-the-calls-subject": [
        *first(**NO_PHONE),
        M(at=at(18), text="応募様式を提出いたします。", then=Then(templates=["replacement"], state="complete", counts=2, review=False)),
    ],
    "the-fix-quotes-our-numbers": [
        *first(**NO_PHONE),
        M(at=at(17), re=0, text="①について、電話番号を記入しました。よろしくお願いします。", then=Then(templates=["replacement"], state="complete", counts=2, review=False)),
    ],
    "mended-in-words-then-mended-in-the-form": [
        *first(**NO_PHONE),
        M(at=at(17), re=0, text="電話は0265-22-4511です。様式も直して送りますので少々お待ちください。", filled=None, then=Then(templates=[], review=True, state="incomplete")),
        M(at=at(17, 10), re=0, text="お待たせしました。", then=Then(templates=["replacement"], state="complete", review=False)),
    ],
    "says-it-was-sent-already": [
        *first(**NO_PHONE),
        M(at=at(18), re=0, text="修正版は昨日お送りしたはずですが、届いておりませんでしょうか。", filled=None, then=Then(kind="inquiry", label="confirm-receipt", state="incomplete")),
    ],
    "asks-for-a-day-more-for-the-fix": [
        *first(**NO_PHONE),
        M(at=at(17), re=0, text="ご指定の期日までに修正することが難しいため、1日お待ちいただけないでしょうか。", filled=None, then=Then(label="extension", review=True, state="incomplete")),
    ],
    "withdraws-by-the-chief-in-the-thread": [
        *first(),
        M(at=at(17), sender=BOSS, re=0, text="町の方針が変わりましたので、応募を取り下げます。", filled=None, then=Then(kind="withdrawal", review=True, state="complete", counts=1)),
    ],
    "withdraws-and-then-sends-a-new-form": [
        *first(),
        M(at=at(17), text="応募を取り下げます。", subject="取下げ", filled=None, then=Then(kind="withdrawal")),
        M(at=at(18), text="取下げを取り消し、差し替えの様式を提出します。", filled=OTHER_THEME, then=Then(kind="application", state="complete")),
    ],
    "supposes-a-withdrawal": [
        *first(),
        M(at=at(17), re=0, text="仮に選定後に辞退する場合、ペナルティはありますか。", filled=None, then=Then(kind="inquiry", state="complete")),
    ],
    "a-receipt-answered-by-thanks-and-a-holiday": [
        *first(),
        M(at=at(17), re=0, text="ご連絡ありがとうございます。来週は休暇をいただいております。", filled=None, then=Then(templates=[], state="complete", counts=1)),
    ],
    "the-officer-moves-and-says-so-in-the-thread": [
        *first(),
        M(at=at(27), re=0, text="私は4月1日付けで異動することになりました。後任は企画課の佐々木です。", filled=None, then=Then(label="contact-change", templates=[], review=True)),
    ],
    "sends-citizens-data-then-says-so": [
        M(at=at(16), files=[("住民名簿.xlsx", b"PK")], text="応募様式を提出します。"),
        M(at=at(16, 9, 5), subject="削除のお願い", text="先ほどのメールに住民名簿を誤って添付してしまいました。破棄をお願いいたします。", filled=None, then=Then(label="missent", templates=[], waiting=[], review=True)),
    ],
    "three-mails-each-newer": [
        M(at=at(16), filled=NO_PHONE),
        M(at=at(16, 9, 5), text="差し替えます。", filled=OTHER_THEME),
        M(at=at(16, 9, 9), text="度々すみません。最終版はこちらです。", then=Then(waiting=["replacement"], counts=3, state="complete", review=False)),
    ],
    "replaces-in-pdf": [
        *first(),
        M(at=at(17), text="差し替えをお願いします。", filled=None, files=[("応募様式（差替）.pdf", b"%PDF-1.4 x")], then=Then(templates=["fix-request"], counts=1, state="complete")),
    ],
    "part-two-never-comes": [
        M(at=at(16), subject=f"{SUBJECT}【1/2】", text="2通に分けてお送りします。", filled=None, files=[("体制図.pdf", b"%PDF-1.4 x")], then=Then(templates=["part-missing"])),
    ],
    "the-neighbour-asks-in-our-thread": [
        *first(),
        M(at=at(17), sender=MATSUKAWA, re=0, text="松川町です。参考までに飯田市さんの様式をいただけますか。", filled=None, then=Then(review=True, state="complete", silent=["応募様式"])),
    ],
    "the-neighbours-own-application-with-our-subject": [
        *first(),
        M(at=at(17), sender=MATSUKAWA, text="応募します。", name=MATSUKAWA_NAME, filled=OF_MATSUKAWA, then=Then(review=True, state="complete", counts=1)),
    ],
    "after-the-close-a-thanks": [
        *first(),
        M(at=at(27), re=0, text="このたびはありがとうございました。結果をお待ちしております。", filled=None, then=Then(templates=[], state="complete", counts=1)),
    ],
    "after-the-close-a-replacement": [
        *first(),
        M(at=at(27), text="誤りがありましたので差し替えをお願いします。", filled=OTHER_THEME, then=Then(review=True, counts=1, checks=["round-late"])),
    ],
    "a-private-mail-after-the-official-one": [
        *first(),
        M(at=at(17), sender="山口 <yamaguchi@gmail.com>", text="自宅からです。差し替えをお願いします。", filled=OTHER_THEME, then=Then(claim=True, counts=1)),
    ],
    "a-consultation-moved-after-the-form": [
        M(at=at(16), subject="事前相談の申込み", text="3月18日10時に事前相談をお願いします。", filled=None, then=Then(kind="consultation", templates=["consultation-confirmed"])),
        Send(at=at(16, 10)),
        M(at=at(16, 11), text="応募様式を提出します。", then=Then(templates=["receipt"], state="complete")),
        M(at=at(16, 14), re=0, text="応募が済みましたので、18日の相談はキャンセルさせてください。", filled=None, then=Then(kind="consultation", templates=["consultation-cancelled"], state="complete")),
    ],
}  # fmt: skip

LAST = {
    "an-older-form-said-to-be-the-newer": [
        *first(),
        M(at=at(17), text="すみません、前の版を送っておりました。こちらを有効としてください。", filled=OTHER_THEME, then=Then(templates=["replacement"], counts=2, review=False)),
    ],
    "answers-in-words-hours": [
        *first(weekly_hours=None),
        M(at=at(17), re=0, text="1の時間は週6時間でお願いします。", filled=None, then=Then(kind="inquiry", label="answer", templates=[], review=True)),
    ],
    "asks-by-phone-after-the-fix-request": [
        *first(**NO_PHONE),
        M(at=at(17), re=0, text="ご指摘の趣旨が分かりませんので、一度お電話いただけますか。", filled=None, then=Then(templates=[], review=True, state="incomplete")),
    ],
    "fix-by-the-boss-under-his-own-subject": [
        *first(**NO_PHONE),
        M(at=at(17), sender=BOSS, subject="応募様式の修正について", text="電話番号を追記しましたので再度提出します。", then=Then(templates=["replacement"], state="complete", review=False)),
    ],
    "will-mend-then-mends": [
        *first(**NO_PHONE),
        M(at=at(16, 13), re=0, text="課長の確認が取れ次第、修正版を提出いたします。", filled=None, then=Then(templates=[], state="incomplete")),
        M(at=at(17), re=0, text="確認が取れましたので提出します。", then=Then(templates=["replacement"], state="complete", review=False)),
    ],
    "thanks-and-one-more-thing": [
        *first(),
        M(at=at(17), re=0, text="ありがとうございます。なお、来年度から課名が変わります。", filled=None, then=Then(label="contact-change", templates=[], review=True)),
    ],
    "withdraws-and-asks-how": [
        *first(),
        M(at=at(17), re=0, text="応募を取り下げたいのですが、どのような手続きが必要でしょうか。", filled=None, then=Then(kind="withdrawal", review=True, state="complete")),
    ],
    "weighs-a-withdrawal": [
        *first(),
        M(at=at(17), re=0, text="応募を取り下げるべきか庁内で検討しております。", filled=None, then=Then(label="answer", templates=[], review=True, state="complete")),
    ],
    "twice-in-two-formats": [
        *first(),
        M(at=at(17), text="PDF版も提出しておきます。", filled=None, files=[("【長野県飯田市】1次公募応募様式.pdf", b"%PDF-1.4 x")], then=Then(templates=[], state="complete", counts=1)),
    ],
    "the-form-in-a-zip-after-the-letter": [
        M(at=at(16), filled=None, text="応募様式を提出します。", then=Then(templates=["fix-request"])),
        Send(at=at(16, 10)),
        M(at=at(16, 11), re=0, text="添付漏れ失礼いたしました。", then=Then(templates=["receipt"], state="complete", review=False)),
    ],
    "forgotten-and-only-words-again": [
        M(at=at(16), filled=None, text="応募様式を提出します。"),
        Send(at=at(16, 10)),
        M(at=at(16, 11), re=0, text="添付していたはずですが、もう一度お送りします。", filled=None, then=Then(templates=["fix-request"])),
    ],
    "a-neighbour-thanks-in-our-thread": [
        *first(),
        M(at=at(17), sender=MATSUKAWA, re=0, text="飯田市様、共有ありがとうございました。", filled=None, then=Then(templates=[], counts=1, state="complete")),
    ],
    "a-new-officer-asks-for-the-number": [
        *first(),
        M(at=at(23), sender=WELFARE, subject="受付番号の件", text="長野県飯田市です。前任者が提出した応募の受付番号を教えていただけますか。", filled=None, then=Then(kind="inquiry", state="complete")),
    ],
    "late-fix-after-the-close": [
        M(at=at(26, 14), filled=NO_PHONE),
        Send(at=at(26, 14, 30)),
        M(at=at(26, 16, 5), re=0, text="遅くなりました。修正しました。", then=Then(review=True, counts=1, checks=["round-late"])),
    ],
    "answer-and-old-form-and-question": [
        *first(),
        M(at=at(17), re=0, text="受領ありがとうございます。ヒアリングはありますか。", then=Then(versions=1, counts=1, review=True)),
    ],
    "replaced-twice-in-a-day": [
        *first(),
        M(at=at(17, 9), text="差し替えます。", filled=OTHER_THEME, then=Then(counts=2)),
        M(at=at(17, 15), text="再度の差し替えとなり恐縮です。こちらが最終です。", filled={"theme": "別の別"}, then=Then(counts=3, review=False)),
    ],
    "password-told-in-the-thread": [
        M(at=at(16), filled=None, files=[("応募様式.zip", zipped("Iida#2026"))], text="応募様式を提出します。"),
        Send(at=at(16, 10)),
        M(at=at(16, 11), re=0, text="パスワードは Iida#2026 です。お手数をおかけしました。", filled=None, then=Then(kind="password")),
        Rest(at=at(16, 11, 1), then=Then(state="complete", waiting=["receipt"])),
    ],
    "password-wrong-then-right": [
        M(at=at(16), filled=None, files=[("応募様式.zip", zipped("Iida#2026"))], text="応募様式を提出します。"),
        M(at=at(16, 9, 1), subject="パスワード", text="パスワード：iida2026", filled=None),
        Rest(at=at(16, 9, 2)),
        M(at=at(16, 9, 5), subject="Re: パスワード", text="失礼しました。正しいパスワード：Iida#2026", filled=None),
        Rest(at=at(16, 9, 6), then=Then(state="complete", waiting=["receipt"])),
    ],
    "extension-asked-then-in-time": [
        M(at=at(24), subject="締切について", text="長野県飯田市です。1日だけ延長いただけませんか。", filled=None, then=Then(label="extension", review=True)),
        M(at=at(26, 15), text="何とか間に合いましたので提出します。", then=Then(templates=["receipt"], state="complete", review=False)),
    ],
    "consultation-then-application": [
        M(at=at(16), subject="事前相談の申込み", text="3月18日10時に事前相談をお願いします。様式は記入途中です。", filled={"theme": None}, then=Then(kind="consultation", cases=0)),
        Send(at=at(16, 10)),
        M(at=at(19), text="先日の相談を踏まえて完成させました。提出いたします。", then=Then(templates=["receipt"], state="complete")),
    ],
}  # fmt: skip

TABLES = {"again": AGAIN, "fixed": FIXED, "afterwards": AFTERWARDS, "parts": IN_PARTS, "more": MORE, "last": LAST}


@pytest.fixture(autouse=True)
def _without_marked_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    """A marked workbook costs more than the whole rest of a story; it has tests of its own."""
    monkeypatch.setattr("mailflow.pipeline._marked", lambda view, _verdict: view)


LONG = {"afterwards", "more"}  # a third of a second each


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param(steps, id=f"{table}:{name}", marks=[pytest.mark.long] if table in LONG else [])
        for table, rows in TABLES.items()
        for name, steps in rows.items()
    ],
)
def test_story(store: Store, steps: list[Step]) -> None:
    tell(Round(store), steps)
