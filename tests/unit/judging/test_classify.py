"""Which mail is what: real situations, understood as the flow understands them, by the shipped rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from mailflow.consultation.intent import read_request
from mailflow.intake.classify import classify, explain
from mailflow.intake.facts import Facts, facts_for
from mailflow.intake.intents import intents
from mailflow.intake.understand import understand
from mailflow.model import Attachment, Corrected, FormData, Kind, Known, LetterItem, MachineKind, Mail
from mailflow.settings.rules import RulesFile
from tests.unit.judging.build import IN_TIME, PDF, ZIP, at, file, form, letter, mail, plain_settings, rules, settings


def told(message: Mail, *forms: FormData, known: Known | None = None) -> Facts:
    """The facts as the flow gathers them from a mail and the forms in it."""
    config = plain_settings()
    asked = intents(message.subject, message.new_text)
    request = read_request(
        message.subject, message.new_text, message.text or "", asked, message.calendar, received_at=at(IN_TIME),
        consultation=config.consultation, round_=config.round_for(at(IN_TIME)),
    )  # fmt: skip
    understood = understand(message, forms, config, at(IN_TIME), request)
    return facts_for(message, understood, known or Known.empty(), config, at(IN_TIME), at(IN_TIME))


@dataclass(frozen=True, kw_only=True)
class Situation:
    kind: Kind
    label: str | None = None
    subject: str | None = "【長野県飯田市】計画策定支援"
    text: str = ""
    sender: str = "kikaku@city.iida.nagano.jp"
    files: tuple[Attachment, ...] = ()
    forms: tuple[FormData, ...] = ()
    machine: MachineKind | None = None
    calendar: tuple[str, ...] = ()
    in_reply_to: str | None = None
    known: Known = field(default_factory=Known.empty)


OURS = Known(case_id=1, case_number="R8-1-202053", answers=letter("receipt"))
ASKED_BACK = replace(
    letter("receipt"), items=(LetterItem(number=1, checks=("weekly-hours",), fields=("weekly_hours",), confirm=True),)
)
FIX_ASKED = replace(
    letter("fix-request"), items=tuple(LetterItem(number=at, checks=("form-complete",)) for at in (1, 2))
)
APPLICATION, CONSULTATION, INQUIRY, UNKNOWN = Kind.APPLICATION, Kind.CONSULTATION, Kind.INQUIRY, Kind.UNKNOWN
FILLED = (form(),)
OFFICE = plain_settings().programme.address
ACCEPTED = (
    "BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nATTENDEE;PARTSTAT=DECLINED:mailto:a@b.example\r\nEND:VEVENT\r\n"
)

SITUATIONS = {
    # 応募
    "as-the-call-asks": Situation(kind=APPLICATION, text="応募様式を提出します。", files=(file(),), forms=FILLED),
    "says-nothing": Situation(kind=APPLICATION, text="", files=(file(),), forms=FILLED),
    "harmless-subject": Situation(
        kind=APPLICATION, subject="先ほどお電話した件です", text="取り急ぎお送りします。", files=(file(),), forms=FILLED
    ),
    "no-subject-from-a-phone": Situation(
        kind=APPLICATION, subject=None, sender="taro@gmail.com", files=(file(),), forms=FILLED
    ),
    "in-the-mayor's-name": Situation(
        kind=APPLICATION,
        subject="計画策定支援への応募について",
        text="飯田市長 応募いたします。",
        files=(file(),),
        forms=FILLED,
    ),
    "form-forgotten": Situation(kind=APPLICATION, text="応募様式を添付いたします。ご査収ください。"),
    "form-forgotten-without-a-word": Situation(kind=APPLICATION, text="よろしくお願いいたします。"),
    "second-sending": Situation(
        kind=APPLICATION,
        subject="【再送】【長野県飯田市】計画策定支援",
        text="添付が漏れておりました。お詫びいたします。",
        files=(file(),),
        forms=FILLED,
    ),
    "replacement": Situation(
        kind=APPLICATION,
        subject="【長野県飯田市】計画策定支援（差し替え）",
        text="先ほどお送りしたものを差し替えます。",
        files=(file(),),
        forms=FILLED,
    ),
    "only-a-scan": Situation(kind=APPLICATION, text="提出いたします。", files=(file("応募様式(押印).pdf", PDF),)),
    "only-a-scan-and-a-bare-subject": Situation(
        kind=APPLICATION, subject="応募書類の送付", text="提出いたします。", files=(file("応募様式(押印).pdf", PDF),)
    ),
    "locked-zip": Situation(
        kind=APPLICATION,
        text="応募様式をお送りします。パスワードは別途お送りします。",
        files=(file("様式.zip", ZIP, problem="locked"),),
    ),
    "second-part": Situation(
        kind=APPLICATION,
        subject="【長野県飯田市】計画策定支援（2/2）",
        text="資料です。",
        files=(file("位置図.pdf", PDF),),
    ),
    "gateway's-link": Situation(kind=APPLICATION, text="応募様式を提出します。\nhttps://firestorage.jp/download/abc"),
    "file-service's-own-mail": Situation(
        kind=APPLICATION,
        label="file-service",
        subject="ファイル送信のお知らせ",
        text="添付ファイルは下記URLから https://firestorage.jp/download/abc",
        sender="noreply@firestorage.jp",
        machine=MachineKind.OTHER,
    ),
    "four-towns-in-one-mail": Situation(
        kind=APPLICATION,
        subject="【長野県】計画策定支援（管内2町分）",
        sender="shichoson@pref.nagano.lg.jp",
        files=(file("a.xlsx"), file("b.xlsx")),
        forms=(
            form(filename="a.xlsx"),
            form(filename="b.xlsx", municipality="塩尻市", organization_name="長野県塩尻市"),
        ),
    ),
    "forwarded-by-the-bureau": Situation(
        kind=APPLICATION,
        label="forwarded",
        subject="FW: 【長野県飯田市】計画策定支援",
        text="誤って当局に届きましたので転送します。",
        sender="shinetsu@bureau.example",
        files=(file(),),
        forms=FILLED,
    ),
    "application-that-also-wants-a-talk": Situation(
        kind=APPLICATION,
        text="応募します。様式を提出します。あわせて事前相談会も希望します。",
        files=(file(),),
        forms=FILLED,
    ),
    "form-forgotten-and-a-talk": Situation(
        kind=APPLICATION, text="応募いたします。応募様式を提出いたします。別途、事前相談会を希望します。"
    ),
    "list-with-a-form": Situation(
        kind=APPLICATION, label="machine-with-form", machine=MachineKind.LIST, files=(file(),), forms=FILLED
    ),
    "thanks-with-the-old-form": Situation(
        kind=APPLICATION,
        subject="Re: 【受領】計画策定支援 1次公募［R8-1-202053］",
        text="ありがとうございます。",
        files=(file(),),
        forms=FILLED,
        known=OURS,
    ),
    "as-written-to-a-question-of-ours": Situation(
        kind=INQUIRY,
        label="answer",
        subject="Re: 【受領】計画策定支援 1次公募［R8-1-202053］",
        text="1は記入のとおりです。",
        known=replace(OURS, answers=ASKED_BACK, letters=(ASKED_BACK,)),
    ),
    "correction-without-the-form": Situation(
        kind=APPLICATION,
        subject="Re: 【修正のお願い】計画策定支援 1次公募［R8-1-202053］",
        text="修正した応募様式を添付し、再提出いたします。",
        known=OURS,
    ),
    # 事前相談会
    "web-form": Situation(
        kind=CONSULTATION,
        label="web-form",
        subject="事前相談会申込みフォーム 回答通知",
        text="団体名：飯田市\n氏名：山口 さくら\n希望日時：3月18日 14時",
        sender="no-reply@globaleysurvey.ey.com",
        machine=MachineKind.OTHER,
    ),
    "request": Situation(
        kind=CONSULTATION,
        label="request",
        subject="事前相談会について",
        text="事前相談会を希望します。3/18(水)14時からお願いします。",
    ),
    "request-under-the-programme's-subject": Situation(
        kind=CONSULTATION,
        label="request",
        text="応募様式の書き方で困っております。事前相談をお願いいたします。3/18(水)14時を希望します。",
    ),
    "draft-for-a-talk": Situation(
        kind=CONSULTATION,
        label="material",
        text="【案】です。記入途中ですが見ていただけますか。",
        files=(file(),),
        forms=FILLED,
    ),
    "half-filled-for-a-talk": Situation(
        kind=CONSULTATION,
        label="material",
        subject="事前相談の申込み",
        text="事前相談会を希望します。記入中の様式を添付します。",
        files=(file(),),
        forms=FILLED,
    ),
    "declined-by-a-calendar": Situation(
        kind=CONSULTATION, label="calendar", subject="辞退: 事前相談会", calendar=(ACCEPTED,)
    ),
    "number-of-an-offer": Situation(
        kind=CONSULTATION,
        label="change",
        subject="Re: 【日程の候補】事前相談会",
        text="2番でお願いします。",
        in_reply_to="<offer@office.example>",
    ),
    "cancels-the-talk": Situation(
        kind=CONSULTATION,
        label="change",
        subject="事前相談会のキャンセル",
        text="3/18(水)14時からの事前相談はキャンセルでお願いします。",
    ),
    # 応募様式のない連絡
    "did-it-arrive": Situation(
        kind=INQUIRY,
        label="confirm-receipt",
        subject="届いておりますでしょうか",
        text="昨日お送りした応募様式は届いておりますでしょうか。",
    ),
    "did-it-arrive-under-the-programme's-subject": Situation(
        kind=INQUIRY,
        label="confirm-receipt",
        subject="Re: 【長野県飯田市】計画策定支援",
        text="昨日提出しましたが、届いておりますでしょうか。",
        in_reply_to="<a@b.example>",
    ),
    "extension": Situation(
        kind=INQUIRY,
        label="extension",
        subject="締切延長のご相談",
        text="システム障害のため、締切を1日延長していただけないでしょうか。",
    ),
    "eligibility": Situation(
        kind=INQUIRY,
        label="eligibility",
        subject="対象になるか教えてください",
        text="財政力指数が0.98ですが、対象になりますでしょうか。",
    ),
    "questions-about-the-form": Situation(
        kind=INQUIRY,
        label="question",
        subject="様式の書き方について",
        text="1 取組テーマはどこまで書けばよいでしょうか。",
    ),
    "when-is-the-result": Situation(
        kind=INQUIRY, label="when-results", subject="採否はいつ頃", text="採否はいつ頃わかりますでしょうか。"
    ),
    "why-not-selected": Situation(
        kind=INQUIRY, label="result", subject="結果通知について", text="選定されなかった理由をお聞かせください。"
    ),
    "new-contact": Situation(
        kind=INQUIRY,
        label="contact-change",
        subject="担当変更のお知らせ",
        text="異動により担当が変わります。後任は田中です。",
    ),
    "answers-in-words": Situation(
        kind=INQUIRY,
        label="answer",
        subject="Re: 【修正のお願い】計画策定支援 1次公募［R8-1-202053］",
        text="2番はAコースです。1は0000-00-0000です。",
        in_reply_to="<a@b.example>",
        known=OURS,
    ),
    "tomorrow-then": Situation(
        kind=INQUIRY,
        label="answer",
        subject="Re: 【修正のお願い】計画策定支援 1次公募［R8-1-202053］",
        text="本日決裁者不在のため明日になります。",
        in_reply_to="<a@b.example>",
        known=OURS,
    ),
    "tomorrow-then-to-a-fix-request": Situation(
        kind=INQUIRY,
        label="answer",
        subject="Re: 【修正のお願い】計画策定支援 1次公募［R8-1-202053］",
        text="本日、決裁者が不在のため、修正した様式は明日になります。",
        in_reply_to="<a@b.example>",
        known=replace(OURS, answers=FIX_ASKED, letters=(FIX_ASKED,)),
    ),
    "values-in-words-and-a-question": Situation(
        kind=INQUIRY,
        label="answer",
        subject="Re: 【修正のお願い】計画策定支援 1次公募［R8-1-202053］",
        text="1は0000-00-0000です。\n2番はAコースでお願いします。\n様式の再提出は必要でしょうか。",
        in_reply_to="<a@b.example>",
        known=replace(OURS, answers=FIX_ASKED, letters=(FIX_ASKED,)),
    ),
    "only-thanks": Situation(
        kind=INQUIRY,
        label="thanks",
        subject="Re: 【修正のお願い】計画策定支援 1次公募［R8-1-202053］",
        text="ご連絡ありがとうございます。承知いたしました。",
        in_reply_to="<a@b.example>",
        known=OURS,
    ),
    "newspaper": Situation(
        kind=INQUIRY,
        label="outside",
        subject="取材のお願い",
        text="応募団体数を教えてください。",
        sender="kisha@shimbun.example",
    ),
    "councillor": Situation(
        kind=INQUIRY,
        label="outside",
        subject="応募状況について",
        text="○○議員事務所です。飯田市は応募しましたか。",
        sender="office@giin.example",
    ),
    "withdrawal": Situation(kind=Kind.WITHDRAWAL, subject="応募の取下げについて", text="先日の応募を取り下げます。"),
    "password": Situation(
        kind=Kind.PASSWORD,
        subject="【長野県飯田市】パスワードのお知らせ",
        text="先ほどのファイルのパスワードは Iida2026 です。",
    ),
    # 人が急いで見るもの、別の事業
    "sent-by-mistake": Situation(
        kind=UNKNOWN, label="missent", subject="【取消】先ほどのメールは誤送信です", text="破棄をお願いします。"
    ),
    "recall": Situation(
        kind=UNKNOWN,
        label="missent",
        subject="取り消し: 【長野県飯田市】計画策定支援",
        text="山口 さくら would like to recall the message.",
    ),
    "another-programme": Situation(
        kind=UNKNOWN,
        label="other-programme",
        subject="実証事業への応募について",
        text="実証事業に応募いたします。",
        files=(file("実証事業様式.xlsx"),),
    ),
    "advertising": Situation(
        kind=UNKNOWN,
        subject="【ご提案】自治体DXに最適なサービス",
        text="ご紹介いたします。",
        sender="info@sales.example",
    ),
    # 機械と、知っている差出人
    "out-of-office": Situation(
        kind=Kind.MACHINE,
        label="auto-reply",
        subject="自動応答: 【受領】計画策定支援",
        text="不在にしております。",
        machine=MachineKind.AUTO_REPLY,
    ),
    "bounce": Situation(
        kind=Kind.MACHINE,
        label="bounce",
        subject="Undelivered Mail",
        sender="mailer-daemon@mx.example",
        machine=MachineKind.BOUNCE,
    ),
    "delayed": Situation(
        kind=Kind.MACHINE,
        label="delay",
        subject="Delayed Mail (still being retried)",
        sender="mailer-daemon@mx.example",
        machine=MachineKind.DELAY,
    ),
    "bounce-that-returns-our-form": Situation(
        kind=Kind.MACHINE,
        label="bounce",
        subject="Undelivered Mail",
        machine=MachineKind.BOUNCE,
        forms=FILLED,
        files=(file(),),
    ),
    "read-receipt": Situation(kind=Kind.MACHINE, subject="開封済み: 【受領】計画策定支援", machine=MachineKind.REPORT),
    "deleted-unread": Situation(
        kind=Kind.MACHINE,
        label="deleted-unread",
        subject="未開封: 【修正のお願い】計画策定支援",
        text="メッセージは、未開封のまま削除されました。",
        machine=MachineKind.REPORT,
    ),
    "our-own-mail": Situation(kind=Kind.MACHINE, label="self", machine=MachineKind.SELF),
    "our-own-mail-with-the-marked-form": Situation(
        kind=Kind.MACHINE,
        label="self",
        machine=MachineKind.SELF,
        forms=(replace(form(), marked=True),),
        files=(file(),),
    ),
    "marked-as-ours-with-a-filled-form": Situation(
        kind=Kind.INTERNAL, label="office", machine=MachineKind.SELF, forms=FILLED, files=(file(),)
    ),
    "a-colleague-forwards-a-form": Situation(
        kind=Kind.INTERNAL, label="office", sender=OFFICE, forms=FILLED, files=(file(),)
    ),
    "an-inbox-rule-forwards-a-form": Situation(
        kind=Kind.INTERNAL,
        label="office",
        sender=OFFICE,
        machine=MachineKind.AUTO_REPLY,
        forms=FILLED,
        files=(file(),),
    ),
    "our-letter-sent-on": Situation(kind=Kind.INTERNAL, label="office", sender=OFFICE.upper(), subject="【受領】"),
    "our-absence": Situation(kind=Kind.MACHINE, label="auto-reply", sender=OFFICE, machine=MachineKind.AUTO_REPLY),
    "auto-reply-with-a-form": Situation(
        kind=APPLICATION, label="machine-with-form", machine=MachineKind.AUTO_REPLY, files=(file(),), forms=FILLED
    ),
    "gateway's-own-notice-of-a-file": Situation(
        kind=APPLICATION,
        label="file-service",
        subject="ファイル送信のお知らせ",
        text="添付ファイルは下記URLから https://firestorage.jp/download/abc",
        sender="no-reply@city.iida.nagano.jp",
        machine=MachineKind.OTHER,
    ),
    "quarantine-of-another-product": Situation(
        kind=Kind.INTERNAL,
        label="quarantine",
        subject="【隔離通知】メールを隔離しました",
        sender="no-reply@mailgw.jimukyoku.example",
        machine=MachineKind.OTHER,
    ),
    "answer-through-a-gateway-that-marks-it-bulk": Situation(
        kind=UNKNOWN,
        label="machine",
        subject="Re: 受領のお知らせ",
        text="第2候補でお願いします。",
        in_reply_to="<a@b.example>",
        machine=MachineKind.OTHER,
    ),
    "newsletter": Situation(
        kind=Kind.MACHINE, subject="メールマガジン", machine=MachineKind.LIST, sender="news@list.example"
    ),
    "ministry's-workbook": Situation(
        kind=Kind.INTERNAL,
        label="ministry",
        subject="【至急】応募状況の報告について",
        text="本日17時までに別添様式で報告してください。",
        sender="tsushin@soumu.go.jp",
        files=(file("応募状況.xlsx"),),
    ),
    "ministry's-workbook-that-reads-as-a-form": Situation(
        kind=Kind.INTERNAL,
        label="ministry",
        subject="応募様式の差し替えについて",
        sender="tsushin@soumu.go.jp",
        files=(file(),),
        forms=FILLED,
    ),
    "forwarded-from-the-ministry's-domain": Situation(
        kind=Kind.INTERNAL,
        label="forwarded",
        subject="FW: 【長野県飯田市】計画策定支援",
        sender="x@soumu.go.jp",
        files=(file(),),
        forms=FILLED,
    ),
    "quarantine": Situation(
        kind=Kind.INTERNAL,
        label="quarantine",
        subject="検疫にメッセージがあります",
        sender="quarantine@messaging.microsoft.com",
        machine=MachineKind.OTHER,
    ),
    "others' applications": Situation(
        kind=INQUIRY, label="outside", subject="応募状況", text="これまで何件くらい応募がありましたか。"
    ),
    "question-on-a-paper": Situation(
        kind=INQUIRY,
        label="question",
        text="添付の取組内容は支援の対象になりますでしょうか。",
        files=(
            file("取組.pptx", content_type="application/vnd.openxmlformats-officedocument.presentationml.presentation"),
        ),
    ),
    "password-of-a-gateway": Situation(
        kind=Kind.PASSWORD,
        label="machine",
        subject="添付ファイルのパスワードのお知らせ",
        text="パスワード： 9fk2Lq8z",
        machine=MachineKind.AUTO_REPLY,
    ),
    "other-matter-under-the-call's-subject": Situation(
        kind=UNKNOWN, label="other-matter", text="村長の都合により、現地訪問の日程を変えていただきたいです。"
    ),
    "form-without-a-word-of-applying": Situation(
        kind=APPLICATION,
        subject="ご参考",
        text="先日お話しした件の写しを見せたいと思いました。",
        files=(file(),),
        forms=FILLED,
    ),
    "vendor": Situation(kind=Kind.INTERNAL, subject="請求書の送付", sender="sales@vendor.example"),
}


def given(one: Situation) -> Facts:
    message = mail(
        one.subject,
        one.text,
        sender=one.sender,
        files=one.files,
        machine=one.machine,
        calendar=one.calendar,
        in_reply_to=one.in_reply_to,
    )
    return told(message, *one.forms, known=one.known)


@pytest.mark.parametrize("one", [pytest.param(one, id=title) for title, one in SITUATIONS.items()])
def test_situation(one: Situation) -> None:
    found = classify(given(one))
    assert (found.kind, found.label) == (one.kind, one.label), found.rule


def test_every_rule_but_the_last_resort_is_met_by_a_situation() -> None:
    met = {classify(given(one)).rule for one in SITUATIONS.values()}
    untold = {rule.id for rule in rules().rules} - met
    assert untold <= {"question-with-files"}


def test_a_town_is_never_taken_for_advertising() -> None:
    found = classify(told(mail("【ご提案】自治体DXに最適なサービス", "ご紹介いたします。")))
    assert (found.kind, found.rule) == (UNKNOWN, "unknown")


def test_explain_shows_each_rule_down_to_the_one_that_held() -> None:
    traces = explain(given(SITUATIONS["withdrawal"]))
    held = [trace for trace in traces if trace.held]
    assert [trace.rule for trace in held] == ["withdrawal"]
    assert [trace.rule for trace in traces] == [rule.id for rule in rules().rules]
    assert ("intents", ["withdraw"]) in held[0].values
    place = traces.index(held[0])
    assert all(trace.reached for trace in traces[: place + 1])
    assert not any(trace.reached for trace in traces[place + 1 :])


def test_what_a_person_says_a_mail_is_counts_before_the_rules() -> None:
    one = given(SITUATIONS["as-the-call-asks"])
    withdrawn = classify(replace(one, known=Known(corrected=Corrected(rule="withdrawal"))))
    assert (withdrawn.kind, withdrawn.rule) == (classify(given(SITUATIONS["withdrawal"])).kind, "withdrawal")
    gone = classify(replace(one, known=Known(corrected=Corrected(rule="a-rule-that-is-gone"))))
    assert (gone.kind, gone.rule) == (APPLICATION, "application")


def test_without_any_rule_that_holds_the_kind_is_unknown() -> None:
    only: RulesFile = rules().model_copy(update={"rules": rules().rules[:1]})
    facts = given(SITUATIONS["as-the-call-asks"])
    found = classify(replace(facts, settings=settings(rules_file=only)))
    assert (found.kind, found.label, found.rule) == (UNKNOWN, None, None)


@pytest.mark.parametrize("hostile", ["{{ 7*7 }}" * 2000, "'" * 5000, "【" * 5000, "\x00" * 100, "Re: " * 3000])
def test_hostile_text_only_makes_an_unknown_or_an_application(hostile: str) -> None:
    make: Callable[[], Facts] = lambda: told(mail(hostile, hostile))  # noqa: E731
    assert classify(make()).kind in (UNKNOWN, APPLICATION, INQUIRY)
