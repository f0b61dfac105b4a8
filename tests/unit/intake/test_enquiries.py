"""What a mail asks, question by question, as officers number and dot and word it."""

from __future__ import annotations

import pytest

from mailflow.intake import question_lists
from mailflow.intake.enquiries import LONGEST, MOST, asked_parts, asked_questions, shortened
from mailflow.model import MORE_QUESTIONS as MORE

MAILS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "row-36-five-numbered": (
        "様式の書き方について",
        "次の点をご教示ください。\n1 コースは後で変えられますか。\n2 押印は必要ですか。\n3 共同での応募はできますか。\n4 字数の上限はありますか。\n5 現地訪問の時期はいつですか。",
        ("コースは後で変えられますか。", "押印は必要ですか。", "共同での応募はできますか。", "字数の上限はありますか。", "現地訪問の時期はいつですか。"),
    ),
    "circled-and-announced-points-need-no-か": (
        "質問", "飯田市の佐藤です。\n以下の３点について教えてください。\n\n①週の作業時間は何時間必要でしょうか。\n②必要性の欄の文字数\n③費用負担について\n\nよろしくお願いいたします。",
        ("週の作業時間は何時間必要でしょうか。", "必要性の欄の文字数", "費用負担について"),
    ),
    "points-over-two-lines-and-one-more-below": (
        "質問", "（１）応募様式の「団体名」には課名も書くのでしょうか。\n　　町名だけでよいですか。\n（２）添付書類は必要ですか。\n\nまた、締切後の差替えはできますか。\n以上、ご回答いただけますと幸いです。",
        ("応募様式の「団体名」には課名も書くのでしょうか。町名だけでよいですか。", "添付書類は必要ですか。", "締切後の差替えはできますか。"),
    ),
    "a-blank-line-between-points": ("質問", "Q1．費用はかかりますか。\n\nQ2．公表はされますか。", ("費用はかかりますか。", "公表はされますか。")),
    "chinese-numerals": ("質問", "次の点をご教示ください。\n一、締切は何時ですか。\n二、押印は必要ですか。\n三、費用について", ("締切は何時ですか。", "押印は必要ですか。", "費用について")),
    "chinese-numerals-in-brackets": ("質問", "（一）締切は何時ですか。\n（二）押印は必要ですか。", ("締切は何時ですか。", "押印は必要ですか。")),
    "one-chinese-numeral-is-no-list": ("質問", "三、四人の体制でも可能でしょうか。", ("三、四人の体制でも可能でしょうか。",)),
    "points-in-short-form": ("質問事項", "1. 費用はかかるか\n2. 現地訪問はいつか", ("費用はかかるか", "現地訪問はいつか")),
    "announced-by-a-wish-to-make-sure": (
        "事前相談", "次の点を確認したいです。\n・コースの変更の可否\n・首長の了承の時期", ("コースの変更の可否", "首長の了承の時期"),
    ),
    "in-one-line": ("質問", "お尋ねします。1)締切は何時か、2)押印は必要か、3)費用はかかるか。", ("締切は何時か", "押印は必要か", "費用はかかるか。")),
    "circles-in-one-line": ("質問", "①締切は何時でしょうか②押印は要りますか③費用はかかりますか", ("締切は何時でしょうか", "押印は要りますか", "費用はかかりますか")),
    "announced-in-the-same-line": ("質問", "次の3点を教えてください。①締切時刻、②押印の要否、③費用負担の有無。", ("締切時刻", "押印の要否", "費用負担の有無。")),
    "menus-in-one-question": ("質問", "支援メニューは①と②のどちらがよいですか。", ("支援メニューは(1) と(2) のどちらがよいですか。",)),
    "menus-side-by-side": ("質問", "①課題整理、②外部環境の整理のどちらが費用が低いですか。", ("(1) 課題整理、(2) 外部環境の整理のどちらが費用が低いですか。",)),
    "dots": ("質問", "・費用はかかりますか\n・押印は要りますか", ("費用はかかりますか", "押印は要りますか")),
    "a-dot-before-the-only-question": ("質問", "お世話になります。\n■費用はかかりますか。", ("費用はかかりますか。",)),
    "dots-within-a-line": ("質問", "費用はかかりますか。・押印は必要ですか。", ("費用はかかりますか。", "押印は必要ですか。")),
    "dots-of-which-one-asks": ("質問", "・費用はかかりますか\n・押印の要否", ("費用はかかりますか", "押印の要否")),
    "a-blank-line-between-dots": ("質問", "・費用はかかりますか\n\n・押印の要否\n\n以上です", ("費用はかかりますか", "押印の要否")),
    "dots-of-what-is-so-below": (
        "質問", "・費用はかかりますか\n・押印の要否\n\n当市の状況は次のとおりです。\n・人口3万人\n・職員2名", ("費用はかかりますか", "押印の要否"),
    ),
    "a-number-twice": (
        "質問", "次の点をご教示ください。\n1 旅費の扱い\n2 機材の扱い\n2 見積書の様式", ("旅費の扱い", "機材の扱い", "見積書の様式"),
    ),
    "numbers-on-lines-of-their-own": (
        "質問", "1\n費用はかかりますか。\n2\n押印は必要ですか。", ("費用はかかりますか。", "押印は必要ですか。"),
    ),
    "one-letter-is-no-list": ("質問", "次の点をご教示ください。\nア 旅費の扱い", ("質問", MORE)),
    "small-letters": ("質問", "質問です。\na) 旅費の扱い\nb) 押印の要否", ("旅費の扱い", "押印の要否")),
    "one-sentence-and-courtesies": (
        "計画策定支援についての質問", "お世話になっております。\n支援の期間は何か月でしょうか。教えてください。", ("支援の期間は何か月でしょうか。",),
    ),
    "days-are-no-questions": (
        "相談", "希望日時は次のとおりです。\n1. 3月18日 14時\n2. 3月19日 10時\n電話での相談は可能でしょうか。", ("電話での相談は可能でしょうか。",),
    ),
    "a-number-with-a-decimal-is-no-point": ("質問", "1.5時間の作業でも大丈夫でしょうか。", ("1.5時間の作業でも大丈夫でしょうか。",)),
    "numbers-that-dont-go-on": ("質問", "1 費用はかかりますか。\n3 公表はされますか。", ("1 費用はかかりますか。", "3 公表はされますか。")),
    "only-the-subject-asks": ("様式の締切は何時ですか？", "ご教示ください。", ("様式の締切は何時ですか?",)),
    "nothing-but-courtesies": ("様式の書き方について", "ご教示のほどよろしくお願いいたします。", ()),
    "no-text": ("質問", "", ()),
    "points-of-the-programmes-own-words": (
        "質問", "次の3点をご教示ください。\n1 応募方法\n2 応募様式の書き方\n3 押印の要否\n", ("応募方法", "応募様式の書き方", "押印の要否"),
    ),
    "a-point-is-a-question-however-it-is-worded": (
        "質問", "次の点をご教示ください。\n1 応募の方法を教えてください。\n2 押印は必要ですか。", ("応募の方法を教えてください。", "押印は必要ですか。"),
    ),
    "one-question-in-the-programmes-words": ("質問", "質問です。\n1 応募できますか。", ("応募できますか。",)),
    "no-kanji-at-all": ("質問", "お世話になっております。\nいつまでですか。", ("いつまでですか。",)),
    "two-lists-under-headings": (
        "質問", "次の点をご教示ください。\n■費用について\n1 費用負担の有無\n2 旅費の負担者\n■応募について\n1 押印の要否\n2 提出部数",
        ("費用について: 費用負担の有無", "費用について: 旅費の負担者", "応募について: 押印の要否", "応募について: 提出部数"),
    ),
    "two-lists-with-words-between": (
        "質問", "次の2点について教えてください。\n(1) 費用はかかりますか\n(2) 押印の要否\nまた、次の点も教えてください。\n(1) 見積書の様式\n(2) 支援の頻度",
        ("費用はかかりますか", "押印の要否", "見積書の様式", "支援の頻度"),
    ),
    "a-line-that-is-not-set-in": (
        "質問", "次の点をご教示ください。\n1 費用はかかりますか。\n補足として、昨年度は負担がありました\n2 旅費の扱い\n3 機材の扱い",
        ("費用はかかりますか。補足として、昨年度は負担がありました", "旅費の扱い", "機材の扱い"),
    ),
    "a-dot-inside-a-point": (
        "質問", "次の点をご教示ください。\n1 費用はかかりますか。\n・交通費の扱いも知りたいです\n2 旅費の扱い", ("費用はかかりますか。交通費の扱いも知りたいです", "旅費の扱い"),
    ),
    "points-inside-a-point": (
        "質問", "次の点をご教示ください。\n1 様式について\n (1) 押印の要否\n (2) 提出部数\n2 旅費の扱い", ("様式について。押印の要否。提出部数", "旅費の扱い"),
    ),
    "a-miscounted-list": (
        "質問", "次の点をご教示ください。\n1 旅費の扱い\n2 機材の扱い\n4 見積書の様式", ("旅費の扱い", "機材の扱い", "見積書の様式"),
    ),
    "a-question-before-the-list-speaks-of-two-things": (
        "質問", "補助金を2件申請してもよいですか。人口5万人以下の市でも同じですか。\n1 費用はかかりますか。\n2 押印の要否",
        ("費用はかかりますか。", "押印の要否", "補助金を2件申請してもよいですか。", "人口5万人以下の市でも同じですか。"),
    ),
    "points-that-call-themselves-questions": ("質問", "質問１：応募方法について\n質問２：様式の書き方", ("応募方法について", "様式の書き方")),
    "a-point-that-breaks-before-its-verb": (
        "質問", "1 応募様式は押印が必要\nでしょうか。\n2 費用はかかりますか。", ("応募様式は押印が必要でしょうか。", "費用はかかりますか。"),
    ),
    "a-sentence-too-long-to-be-read": (
        "質問", "当市では庁内の検討を重ねており、" * 40 + "採択の可能性はありますか。費用はかかりますか。", ("費用はかかりますか。", MORE),
    ),
    "announced-and-not-found": ("締切について", "次の3点をご教示ください。(1)費用負担 (2)旅費 (3)押印の要否", ("締切について", MORE)),
    "what-it-is-about-and-what-it-asks": (
        "質問", "計画策定支援の応募様式について質問があります。\n旅費についてお伺いします。また、押印は必要ですか。", ("旅費についてお伺いします。", "押印は必要ですか。"),
    ),
    "letters": ("質問", "次の3点をご教示ください。\nア 旅費の扱い\nイ 押印は必要ですか。\nウ 部数", ("旅費の扱い", "押印は必要ですか。", "部数")),
    "letters-in-a-point": (
        "質問", "次の点をご教示ください。\n1 様式\n (a) 押印の要否\n (b) 部数\n2 旅費の扱い", ("様式。押印の要否。部数", "旅費の扱い"),
    ),
    "courses-are-no-letters": (
        "質問", "質問です。\nA コースの期間は何か月ですか。\nB コースの期間は何か月ですか。", ("A コースの期間は何か月ですか。", "B コースの期間は何か月ですか。"),
    ),
    "a-condition-stays": ("質問", "採択された場合、費用はかかりますか。", ("採択された場合、費用はかかりますか。",)),
    "a-condition-that-is-the-matter": (
        "質問", "応募をやめる場合はどのような手続が必要でしょうか。まだ応募はしておりません。また、応募様式はどこからダウンロードできますか。",
        ("応募をやめる場合はどのような手続が必要でしょうか。", "応募様式はどこからダウンロードできますか。"),
    ),
    "words-that-lead-on": (
        "質問", "なお、押印は必要ですか。次に、費用はかかりますか。あわせて、公表はされますか。また部数は何部ですか。",
        ("押印は必要ですか。", "費用はかかりますか。", "公表はされますか。", "部数は何部ですか。"),
    ),
    "numbers-within-a-line": (
        "質問", "1. 応募した場合の費用負担はありますか。2. 公表はされますか。", ("応募した場合の費用負担はありますか。", "公表はされますか。"),
    ),
    "words-that-only-look-so": (
        "質問", "またはBコースだけでもよいですか。併せて提出する書類はありますか。", ("またはBコースだけでもよいですか。", "併せて提出する書類はありますか。"),
    ),
    "more-than-a-condition-stays": (
        "質問", "採択の見込みを知りたく、難しい場合は費用はかかりますか。", ("採択の見込みを知りたく、難しい場合は費用はかかりますか。",),
    ),
    "fewer-found-than-it-says": ("質問", "次の3点をご教示ください。\n一 旅費の扱い\n二 押印は必要ですか。", ("旅費の扱い", "押印は必要ですか。", MORE)),
    "a-list-of-one-below-another": ("質問", "質問です。\n1 費用はかかりますか。\n\n1 様式について\n (1) 押印の要否\n", ("費用はかかりますか。", "様式について。押印の要否")),
    "days-below-a-list-of-questions": (
        "質問", "1 費用はかかりますか。\n2 押印の要否\n希望日時は次のとおりです。\n1 3月18日 14時\n2 3月19日 10時", ("費用はかかりますか。", "押印の要否"),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("subject", "text", "expected"), MAILS.values(), ids=MAILS)
def test_questions(subject: str, text: str, expected: tuple[str, ...]) -> None:
    assert asked_questions(subject, text) == expected


def test_bounded_and_never_in_silence() -> None:
    many = "\n".join(f"{number} 費用{number}はかかりますか。" for number in range(1, 26))
    found = asked_questions("質問", many)
    assert (len(found), found[0], found[-1]) == (MOST, "費用1はかかりますか。", MORE)
    twenty = asked_questions("質問", "\n".join(many.split("\n")[:20]))
    assert (len(twenty), twenty[-1]) == (20, "費用20はかかりますか。")
    assert asked_questions("質問", "費用はかかりますか。" + "あ\n" * 20_000)[-1] == MORE
    assert len(shortened("費用" * 500)) == LONGEST
    assert shortened("あ" * LONGEST) == "あ" * LONGEST
    assert asked_questions("1" * 5000, ("(" * 50 + "1 ") * 2000) == ()


@pytest.mark.parametrize("text", ["・あ\n", "1 a\n2 b\n", "・\n", "①②\n", "■ a\n1 b\n", "1 a\n・b\n", "a\n1 b\n2 c\n"])
def test_the_text_is_gone_through_once(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures of work, not seconds: how many characters are looked at for questions in a mail of thousands of lines."""
    work = 0
    real = question_lists.questions

    def counted(one: str) -> tuple[str, ...]:
        nonlocal work
        work += len(one) + 1
        return real(one)

    monkeypatch.setattr(question_lists, "questions", counted)
    whole = "質問です。\n" + text * 5000
    asked_questions("質問", whole)
    assert work <= 2 * len(whole)


def test_parts_of_one_question() -> None:
    assert asked_parts("締切は何時ですか。また、国の補助金との重複受給は認められますか。") == (
        "締切は何時ですか。",
        "また、国の補助金との重複受給は認められますか。",
    )
    assert asked_parts("当市は人口3万人です。支援の期間は何か月でしょうか。教えてください。") == (
        "支援の期間は何か月でしょうか。",
    )
    assert asked_parts("相談会について。いつまでに申し込めばよいですか。") == (
        "相談会について いつまでに申し込めばよいですか。",
    )
    assert asked_parts("(1) 費用負担(2) 旅費(3) 押印は必要ですか。") == (
        "(1) 費用負担",
        "(2) 旅費",
        "(3) 押印は必要ですか。",
    )
    assert asked_parts("費用はかかりますか、また旅費の扱いは") == ("費用はかかりますか", "また旅費の扱いは")
    assert asked_parts("現在検討しており、費用負担と期間について確認させてください。") == (
        "費用負担について確認させてください。",
        "期間について確認させてください。",
    )
    assert asked_parts("押印及び送り状は必要でしょうか。") == ("押印は必要でしょうか。", "送り状は必要でしょうか。")
    assert asked_parts("AコースとBコースはどちらがよいですか。") == ("AコースとBコースはどちらがよいですか。",)
    assert asked_parts("AコースとBコースの違いについて教えてください。") == (
        "AコースとBコースの違いについて教えてください。",
    )
