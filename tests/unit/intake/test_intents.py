"""What mails ask for: sentences as officers write them, and those where nothing must be heard."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from mailflow.intake.intents import intents
from mailflow.intake.links import file_service_links
from mailflow.intake.sentences import sentences
from mailflow.model import Intent
from mailflow.settings.models import PartiesFile


def asked(text: str, subject: str = "") -> set[str]:
    return {str(intent) for intent in intents(subject, text)}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        # apply
        pytest.param("標記の件について、別添のとおり応募します。", {"apply"}, id="apply"),
        pytest.param(
            "計画策定支援に応募いたします。ご査収のほどよろしくお願いいたします。", {"apply"}, id="apply-politely"
        ),
        pytest.param("応募様式をお送りしますので、よろしくお願いいたします。", {"apply"}, id="apply-by-sending"),
        pytest.param(
            "別添のとおり提出いたしますので、ご確認いただけますでしょうか。", {"apply"}, id="apply-and-a-polite-request"
        ),
        pytest.param("応募書類一式を提出させていただきます。", {"apply"}, id="apply-all-papers"),
        pytest.param(
            "川原町様の応募を代行してお送りします。応募様式を添付いたしました。", {"apply"}, id="apply-for-another"
        ),
        pytest.param(
            "事前相談会ではありがとうございました。ご助言を踏まえ修正し、応募様式を提出いたします。",
            {"apply"},
            id="apply-after-a-consultation",
        ),
        pytest.param("応募を検討しています。", set(), id="only-thinking-of-it"),
        pytest.param("応募様式は後日改めて提出いたします。", set(), id="only-later"),
        pytest.param("決裁が整い次第、提出します。", set(), id="once-decided"),
        pytest.param("ご質問の件、3月26日までに提出します。", set(), id="by-the-close"),
        pytest.param(
            "様式をお送りしますので、事前相談を希望します。3/18 14時でお願いします。",
            {"consult"},
            id="a-form-for-a-talk",
        ),
        pytest.param(
            "応募様式をお送りします。記入途中ですが見ていただけますか。", {"draft-form"}, id="a-form-to-look-at"
        ),
        pytest.param(
            "応募様式を提出いたします。不備等がございましたら、ご教示いただけますでしょうか。",
            {"apply"},
            id="apply-and-tell-us-if",
        ),
        pytest.param(
            "本市では、DX推進計画を作成中であり、計画のたたき台を作りたい。", set(), id="a-plan-in-the-making"
        ),
        pytest.param(
            "応募様式を提出いたしますので、不備がありましたらご連絡ください。", {"apply"}, id="apply-and-call-us-if"
        ),
        # consult
        pytest.param(
            "事前相談会を希望します。3/18(水)14時〜でお願いできますでしょうか。オンライン希望です。",
            {"consult"},
            id="consult",
        ),
        pytest.param("18日の午後でお願いします。", {"consult"}, id="consult-by-a-date"),
        pytest.param("来週火曜 10:00-11:00 にお電話いただけますと幸いです。", {"consult"}, id="consult-by-phone"),
        pytest.param(
            "第1希望：3月16日（月）10時\n第2希望：3月17日（火）15時\n方法：Web会議",
            {"consult"},
            id="consult-by-choices",
        ),
        pytest.param(
            "応募様式の書き方について相談させていただきたく、日程の調整をお願いします。",
            {"consult"},
            id="consult-about-the-form",
        ),
        pytest.param(
            "先日予約した事前相談ですが、庁内調整の結果、今回は見送らせていただきます。",
            {"consult"},
            id="consult-called-off-is-no-withdrawal",
        ),
        pytest.param("3/18の予約を取り消し、改めて3/23(月) 13:00でお願いします。", {"consult"}, id="consult-moved"),
        pytest.param("候補の②（3/17 11:00）でお願いします。", {"consult"}, id="consult-chosen"),
        pytest.param("ご不明な点がございましたら、いつでもご相談ください。", set(), id="come-and-ask-us"),
        pytest.param("事前相談会ではお世話になりました。", set(), id="thanks-for-the-consultation"),
        pytest.param("庁内で相談したところ、Bコースとすることになりました。", set(), id="talked-in-house"),
        pytest.param("3月25日の17時までにご回答をお願いします。", set(), id="an-answer-by"),
        # replace
        pytest.param("先ほどお送りしたものを差し替えます。", {"replace"}, id="replace"),
        pytest.param("記載に誤りがありましたので、差し替えをお願いいたします。", {"replace"}, id="replace-please"),
        pytest.param("添付が漏れておりました。お詫びのうえ再送いたします。", {"replace"}, id="sent-again"),
        pytest.param("修正した応募様式を送付いたします。", {"replace", "apply"}, id="corrected-form"),
        pytest.param("提出後の差し替えは可能でしょうか。", {"ask"}, id="may-one-replace"),
        pytest.param("届いていない場合は再送いたします。", set(), id="would-send-again"),
        pytest.param("お手数ですが、パスワードのメールを再送してください。", set(), id="you-send-again"),
        pytest.param("差し替えの予定はありません。", set(), id="no-replacement"),
        pytest.param("正式な応募は、改めて提出いたします。", set(), id="the-real-one-comes-later"),
        pytest.param(
            "正式な応募様式は、内容が固まりましたら再度お送りいたします。", set(), id="the-real-one-is-sent-later"
        ),
        # withdraw
        pytest.param("庁内で検討の結果、応募を取り下げます。", {"withdraw"}, id="withdraw"),
        pytest.param("誠に勝手ながら、今回の応募は辞退させていただきます。", {"withdraw"}, id="decline"),
        pytest.param("計画策定支援への応募を取りやめることとなりました。", {"withdraw"}, id="call-off"),
        pytest.param("なお、応募を取り下げる予定はありません。", set(), id="no-withdrawal"),
        pytest.param("現時点で応募を取り下げる\n予定はありません。", set(), id="no-withdrawal-on-two-lines"),
        pytest.param(
            "当市として本事業への応募については、いろいろと検討しましたが取り下げる\nつもりはありません。",
            set(),
            id="no-withdrawal-wrapped",
        ),
        pytest.param("応募の取下げはいつまで可能でしょうか。", {"ask"}, id="may-one-withdraw"),
        pytest.param("取り下げる場合の手続きを教えてください。", {"ask"}, id="how-to-withdraw"),
        # password
        pytest.param(
            "先ほどお送りしたファイルのパスワードは以下のとおりです。\nabc123", {"password"}, id="password-below"
        ),
        pytest.param("パスワード：Kx82!pq", {"password"}, id="password-colon"),
        pytest.param("添付ファイルのパスワードをお知らせします。", {"password"}, id="password-told"),
        pytest.param("パスワードはいつものものです。", {"password"}, id="the-usual-password"),
        pytest.param("パスワードは別途お送りします。", set(), id="password-follows"),
        pytest.param("パスワードがわからず開けません。教えてください。", {"ask"}, id="password-wanted"),
        # receipt
        pytest.param(
            "昨日応募様式をお送りしましたが、届いておりますでしょうか。", {"confirm-receipt"}, id="has-it-come"
        ),
        pytest.param("メールが届いているか、ご確認をお願いします。", {"confirm-receipt"}, id="whether-it-has-come"),
        pytest.param("受領のご連絡をいただけますと幸いです。", {"confirm-receipt"}, id="a-word-of-receipt"),
        pytest.param("様式を受け取りました。ありがとうございます。", set(), id="we-received"),
        # contact
        pytest.param("4月1日付けの異動により、後任は佐藤となります。", {"contact-change"}, id="successor"),
        pytest.param("担当者が変更となりましたのでお知らせします。", {"contact-change"}, id="new-officer"),
        pytest.param("連絡先に変更はありません。", set(), id="same-contact"),
        # extension
        pytest.param(
            "議会対応のため、提出期限を1日だけ延長していただけないでしょうか。", {"extension"}, id="extension"
        ),
        pytest.param("締切延長のご相談です。", {"extension"}, id="extension-is-no-consultation"),
        pytest.param(
            "締切の3/26(木)16時までに提出したいので、それまでに一度ご相談したいです。",
            {"consult"},
            id="before-the-close",
        ),
        pytest.param("ご連絡が遅れ申し訳ありません。", set(), id="late-answer"),
        # missent
        pytest.param("先ほどのメールは誤送信です。破棄していただきますようお願いします。", {"missent"}, id="missent"),
        pytest.param("別の団体宛てのファイルを誤って送信してしまいました。", {"missent"}, id="sent-by-mistake"),
        pytest.param("誤って古い様式を添付しておりました。差し替えます。", {"replace"}, id="wrong-file-replaced"),
        pytest.param("本メールに心当たりがない場合は、破棄してください。", set(), id="disclaimer"),
        pytest.param("誤送信を防止するため、添付ファイルを暗号化しています。", set(), id="against-missending"),
        pytest.param("誤って当局に届きましたので転送します。", set(), id="came-to-the-bureau"),
        # draft
        pytest.param("記入途中ですが見ていただけますか。", {"draft-form"}, id="half-filled"),
        pytest.param("たたき台ですので、お気づきの点をご指摘ください。", {"draft-form"}, id="a-first-go"),
        pytest.param("提出前に内容をご確認いただきたく、お送りします。", {"draft-form"}, id="before-handing-in"),
        pytest.param("DX推進計画（案）の策定を支援いただきたい。", set(), id="a-plan-is-no-form"),
        pytest.param("詳細は別添をご覧ください。", set(), id="see-attached"),
        # ask
        pytest.param("一部事務組合は対象になりますか？", {"ask"}, id="eligible"),
        pytest.param("財政力指数はどの年度の値を記入すればよいでしょうか。", {"ask"}, id="which-year"),
        pytest.param("応募様式の書き方についてご教示ください。", {"ask"}, id="please-teach"),
        pytest.param("不足がございましたらご教示ください。", set(), id="tell-us-if-anything-is-missing"),
        pytest.param("採否はいつ頃わかりますか。", {"ask"}, id="when-known"),
        pytest.param("事前相談会の申込方法を教えてください。", {"ask"}, id="how-to-book-is-a-question"),
        pytest.param("お忙しいところ恐れ入りますが、ご確認いただけますでしょうか。", set(), id="please-look"),
        pytest.param("詳細は https://www.example.jp/page?id=1 にあります。", set(), id="question-mark-in-a-link"),
        pytest.param("2番はAコースでお願いします。1は0000-00-0000です。", set(), id="an-answer-in-words"),
        pytest.param("本日決裁者不在のため明日になります。", set(), id="a-promise"),
        pytest.param(
            "お世話になっております。飯田市の山口です。\nよろしくお願いいたします。", set(), id="courtesy-only"
        ),
        pytest.param("", set(), id="empty"),
    ],
)
def test_new_text(text, wanted):
    assert asked(text) == wanted


@pytest.mark.parametrize(
    ("subject", "wanted"),
    [
        pytest.param("【長野県飯田市】計画策定支援（差し替え）", {"replace"}, id="replacement"),
        pytest.param("【再送】【長野県飯田市】計画策定支援", {"replace"}, id="sent-again"),
        pytest.param("【案】【長野県飯田市】計画策定支援", {"draft-form"}, id="draft"),
        pytest.param("応募の取下げについて", {"withdraw"}, id="withdrawal"),
        pytest.param("パスワードのお知らせ", {"password"}, id="password"),
        pytest.param("担当変更のお知らせ", {"contact-change"}, id="new-contact"),
        pytest.param("【取消】先ほどのメールは誤送信です", {"missent"}, id="missent"),
        pytest.param("締切延長のご相談", {"extension"}, id="extension"),
        pytest.param("事前相談会の申込み", {"consult"}, id="consultation"),
        pytest.param("届いておりますでしょうか", {"confirm-receipt"}, id="has-it-come"),
        pytest.param("様式の書き方について", {"ask"}, id="question"),
        pytest.param("【長野県飯田市】計画策定支援", set(), id="application-says-nothing-more"),
        pytest.param("Re: 【受領】計画策定支援 1次公募（長野県飯田市）［R8-1-202053］", set(), id="our-receipt"),
        pytest.param("Re: 【修正のお願い・3月25日17時まで】計画策定支援", set(), id="our-fix-request"),
        pytest.param(None, set(), id="no-subject"),
    ],
)
def test_subject(subject, wanted):
    assert {str(i) for i in intents(subject, "")} == wanted


@pytest.mark.parametrize(
    "text",
    [
        "2026/03/18 1400-1430 (Zoom)",
        "都合の悪い日：3/16、3/18午前。それ以外で来週お願いします。",
        "2番でお願いします。",
        "業務の都合上、3月17日(火)の18時以降であれば対応可能です。",
        "至急、本日中にご相談することは可能でしょうか。",
    ],
)
def test_in_a_thread_about_the_consultation_a_date_is_a_wish(text):
    assert asked(text, "Re: 事前相談会について") == {"consult"}


@pytest.mark.parametrize(
    "subject", ["事前相談会について", "事前相談会の申込みについて", "Re: 事前相談会の日程について"]
)
def test_a_thread_about_the_consultation_may_hold_a_mere_question(subject):
    assert asked("事前相談会の申込方法を教えてください。", subject) == {"ask"}


def test_thanks_for_a_consultation_are_no_wish_for_one():
    assert asked("昨日3月10日は、お時間をいただきました。", "事前相談会のお礼") == set()


def test_several_wishes_in_one_mail():
    text = (
        "応募様式を提出いたします。\nまた、事前相談会を3/18 14時で希望します。\nなお、一部事務組合も対象になりますか。"
    )
    assert asked(text) == {"apply", "consult", "ask"}


def test_lines_that_were_wrapped_are_one_sentence():
    assert sentences("今回の計画策定支援への応募につきまして取り下げる\n予定はありません。") == (
        "今回の計画策定支援への応募につきまして取り下げる予定はありません。",
    )
    assert sentences("お世話になります。\n飯田市の山口です。") == ("お世話になります。", "飯田市の山口です。")
    assert len(sentences("第1希望：3/16\n第2希望：3/17")) == 2


def test_hostile_text_takes_no_time():
    began = time.process_time()
    for text in (
        "応募" * 200_000,
        "パスワード " * 50_000,
        "取り下げ\n" * 100_000,
        "(" * 100_000,
        "でしょうか" * 100_000,
        "http://" * 50_000,
    ):
        intents(text, text)
    assert time.process_time() - began < 20  # ends at all: a hang is minutes


def test_links_of_file_services():
    settings = SimpleNamespace(parties=PartiesFile(file_services=("gigafile.example", "box.example")))
    text = "下記URLから https://12.gigafile.example/0319-abc?k=1。\nhttp://box.example/s/1) https://evil.example/?u=box.example https://box.example@evil.example/"
    assert file_service_links(text, settings) == ("https://12.gigafile.example/0319-abc?k=1", "http://box.example/s/1")


@pytest.mark.parametrize(
    "ending",
    [
        "これでよろしいでしょうか。",
        "ご確認いただけますか。",
        "修正しましたので、これでよろしいでしょうか。",
        "修正しましたが、これでよろしいでしょうか。",
        "応募様式を修正しましたので、ご確認いただけますか。",
        "コースをBに直しましたので、内容をご確認いただけますでしょうか。",
        "この内容でよろしいでしょうか。",
        "こちらで問題ないでしょうか。",
        "以上で足りますでしょうか。",
        "記載に不備はございませんでしょうか。",
        "記入漏れはないでしょうか。",
        "添付の様式をご確認いただけませんでしょうか。",
        "ご査収いただけますでしょうか。",
        "様式をお受け取りいただけますでしょうか。",
        "記載に不備がないかご確認いただけますか。",
        "様式の記載漏れがないかご確認をお願いできますでしょうか。",
        "お手数ですが、様式が開けるかご確認いただけますか。",
        "必要事項を記入しましたので、ご確認をお願いできますか。",
        "お目通しいただけますか。",
        "修正後の内容はこれでよろしいでしょうか。",
        "どうぞご確認いただけますでしょうか。",
    ],
)
def test_a_polite_ending_is_no_question(ending: str) -> None:
    """Beside a form that is handed in, 「これでよろしいでしょうか」 wants no words for an answer."""
    found = intents(None, f"応募様式を提出いたします。\n\n{ending}")
    assert (Intent.ASK in found) is False
    assert Intent.DRAFT_FORM not in found


@pytest.mark.parametrize(
    "ending",
    [
        "対象になりますか。",
        "いつ分かりますか。",
        "当町の取組は対象になるかご確認いただけますか。",
        "様式はこちらでよろしいでしょうか。",
        "押印は不要でよろしいでしょうか。",
        "Aコースでよろしいでしょうか。",
        "PDFの添付でよろしいでしょうか。",
        "選定後にコースを変更することは可能でしょうか。",
        "送付先はこちらでよろしいでしょうか。",
        "庁舎外のみと理解していますが、これでよろしいでしょうか。",
        "締切についてご確認いただけますか。",
        "様式の書き方はこれでよろしいでしょうか。",
        "押印が必要かご確認いただけますか。",
        "この書き方でよいかご確認いただけますか。",
        "財政力指数は要件を満たしていますか。",
        "応募様式をメールで送っていただけますか。",
        "支援の内容に不足はございませんかと財政課に聞かれましたが、何と答えればよいですか。",
        "一般質問でこの件を取り上げる場合、公表してよいかご確認いただけますか。",
    ],
)
def test_a_question_is_one_however_politely_it_is_put(ending: str) -> None:
    """What it asks about is said in the sentence."""
    found = intents(None, f"応募様式を提出いたします。\n\n{ending}")
    assert (Intent.ASK in found) is True
    assert Intent.DRAFT_FORM not in found


SENTENCES = [
    tuple(line.split(" ", 1))
    for line in (Path(__file__).parent / "sentences.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]


@pytest.mark.parametrize(("wanted", "sentence"), [pytest.param(*one, id=one[1]) for one in SENTENCES])
def test_what_one_sentence_wants(wanted: str, sentence: str) -> None:
    assert {str(one) for one in intents("件名なし", sentence)} == set(wanted.split("+")) - {"-"}


MAILS = [
    line.split("|")
    for line in (Path(__file__).parent / "talks.txt").read_text("utf-8").splitlines()
    if not line.startswith("#")
]


@pytest.mark.parametrize(("wanted", "subject", "text"), MAILS)
def test_what_a_short_mail_wants_by_its_words_alone(wanted: str, subject: str, text: str) -> None:
    """Of a talk, of calling one off, of another time for one; and of what only sounds like it."""
    assert asked(text.replace("／", "\n"), subject) == (set() if wanted == "-" else set(wanted.split("+")))
