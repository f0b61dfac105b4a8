"""The shipped faq.yaml: which entry answers a question in officers' words, and what it must leave to a person (row 36)."""

from __future__ import annotations

import pytest

from mailflow.settings.cross import faq_troubles
from mailflow.settings.faq import FaqFile
from tests.integration.round.office import SHIPPED

QUESTIONS: tuple[tuple[str, str | None], ...] = (
    ("専門家の支援に費用はかかりますか。", "cost"),
    ("費用負担について", "cost"),
    ("旅費は負担していただけますか。", None),
    ("機器の購入費用も無料ですか。", None),
    ("支援期間は何カ月ですか。", "period"),
    ("支援期間中の会議は何回くらいですか。", "meetings"),
    ("現地には何回来ていただけますか。", "visits"),
    ("現地訪問の時期はいつですか。", None),
    ("ＡコースとＢコースの違いを教えてください。", "which-course"),
    ("コースは後で変えられますか。", None),
    ("応募後にコースを変更できますか。", None),
    ("週に何時間くらい作業が必要ですか。", "weekly-hours"),
    ("作業時間は勤務時間に含まれますか。", None),
    ("応募様式はどこからダウンロードできますか。", "form-download"),
    ("様式の「地域課題」はどこに記入しますか。", None),
    ("応募は郵送でもよいですか。", "how-to-apply"),
    ("押印は必要ですか。", "seal"),
    ("締切は何時ですか。", "closing"),
    ("締切後の差替えは可能ですか。", "replacing"),
    ("「必要性」の欄は何字まで書けますか。", "lengths"),
    ("相談会はいつまでに申し込めばよいですか。", "consultation"),
    ("選定結果はいつ分かりますか。", "results-when"),
    ("２次公募はありますか。", "next-round"),
    ("町名は公表されますか。", "publicity"),
    ("見積書は必要ですか。", None),
    ("国の補助金の申請はどのように行えばよいですか。", None),
    ("メールで届いた応募はどこに保管されますか。", None),
    ("応募の方法を教えてください。", "how-to-apply"),
    ("実証実験の結果はいつ報告すればよいですか。", None),
    ("様式のリンクが切れていますが、どうすればよいですか。", None),
    ("計画の策定は必ず職員が実施しますか。", None),
    ("策定した計画は必ず実施しなければなりませんか。", "duty-afterwards"),
    ("議会への報告書の作成を手伝ってもらえますか。", None),
    ("週に何時間の打合せがありますか。", None),
    # 募集要領2(4): 採択可否等にはお答えできません; the rest is the ministry's word (row 35)
    ("採択の可能性はどのくらいでしょうか。", None),
    ("何団体くらい選定される予定ですか。費用はかかりますか。", None),
    ("応募数が多いと、選定結果はいつになりますか。", None),
    ("週何時間なら審査で有利になりますか。", None),
    ("採\u200b択の可\u00ad能性、費用はかかりますか。", None),
    ("採用されるでしょうか。費用はかかりますか。", None),
    ("落選することはありますか。応募方法を教えてください。", None),
    ("小さな村ですが通りますか。応募の方法は。", None),
    ("うちの市でも申し込めますか。費用は無料ですか。", None),
    ("支援期間はいつまでで、何件くらい選びますか。", None),
    ("財政力指数が0.98ですが、費用はかかりますか。", None),
    ("一部事務組合でも応募の方法は同じですか。", None),
    ("締切を1日延長していただくことはできますか。いつまでなら可能ですか。", None),
)


@pytest.mark.parametrize(("question", "entry"), QUESTIONS, ids=[one for one, _ in QUESTIONS])
def test_entry_of_a_question(question: str, entry: str | None) -> None:
    found = SHIPPED.faq.entry(question)
    assert (found.id if found else None) == entry


def test_the_entry_that_says_more_of_the_question_wins() -> None:
    faq = FaqFile.model_validate(
        {
            "never": ["採択"],
            "entries": [
                {"id": "broad", "asks": ["締切"], "answer": "広い答え"},
                {"id": "narrow", "asks": ["締切 様式|書類 差し替え"], "answer": "狭い答え"},
                {"id": "not-this", "asks": ["締切 差し替え"], "unless": ["様式"], "answer": "違う答え"},
            ],
        }
    )
    told = {
        text: faq.entry(text)
        for text in ("締切は?", "締切後の様式の差し替えは?", "締切後の差し替えは?", "採択の締切は?")
    }
    assert [one.id if one else None for one in told.values()] == ["broad", "narrow", "not-this", None]


def test_a_value_that_a_round_lacks_is_told() -> None:
    """「2次公募は、の予定です。」 is never written; who reads the configuration hears of it."""
    (round_,) = SHIPPED.file.rounds
    whole = SHIPPED.file.model_copy(update={"rounds": (round_, round_.model_copy(update={"next_round": None}))})
    index = next(place for place, one in enumerate(SHIPPED.faq.entries) if one.id == "next-round")
    found = list(faq_troubles(SHIPPED.faq, whole))
    assert [(one.path, one.severity) for one in found] == [(("entries", index, "answer"), "warning")]
    assert "`round.next_round`" in found[0].message
