"""What a mail asks, question by question, as officers number and dot and word it."""

from __future__ import annotations

import pytest

from mailflow.intake.enquiries import LONGEST, MOST, asked_questions

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
        ("応募様式の「団体名」には課名も書くのでしょうか。町名だけでよいですか。", "添付書類は必要ですか。", "また、締切後の差替えはできますか。"),
    ),
    "a-blank-line-between-points": ("質問", "Q1．費用はかかりますか。\n\nQ2．公表はされますか。", ("費用はかかりますか。", "公表はされますか。")),
    "dots": ("質問", "・費用はかかりますか\n・押印は要りますか", ("費用はかかりますか", "押印は要りますか")),
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
}  # fmt: skip


@pytest.mark.parametrize(("subject", "text", "expected"), MAILS.values(), ids=MAILS)
def test_questions(subject: str, text: str, expected: tuple[str, ...]) -> None:
    assert asked_questions(subject, text) == expected


def test_bounded_whatever_comes() -> None:
    many = "\n".join(f"{number} 費用{number}はかかりますか。" for number in range(1, 100))
    found = asked_questions("質問", many)
    assert len(found) == MOST
    (long,) = asked_questions(None, "費用" * 5000 + "はかかりますか。") or ("",)
    assert len(long) <= LONGEST
    assert asked_questions("1" * 5000, ("(" * 50 + "1 ") * 2000) == ()
