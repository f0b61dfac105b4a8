"""What faq.yaml answers of one question (row 36): sentence by sentence, with values of the round, never half of it in silence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mailflow.intake.enquiries import LONGEST
from mailflow.intake.faq_answers import answered_by_faq
from mailflow.model import MORE_QUESTIONS
from mailflow.settings.faq import FaqFile
from tests.integration.round.office import SHIPPED

FAQ = FaqFile.model_validate(
    {
        "never": ["採択"],
        "entries": [
            {"id": "close", "asks": ["締切"], "answer": "{{ round.closes }}です。", "clause": "甲"},
            {"id": "seal", "asks": ["押印"], "answer": "要りません。", "clause": "乙"},
            {"id": "next", "asks": ["次回"], "answer": "次は、{{ round.next_round }}です。"},
            {"id": "more", "asks": ["質問"], "answer": "ほかにありません。"},
        ],
    }
)
SETTINGS = replace(SHIPPED, faq=FAQ)
ROUND = SHIPPED.rounds[0].model_copy(update={"next_round": None})


@pytest.mark.parametrize(
    ("question", "entry", "partly"),
    [
        ("締切は何時ですか。", "close", False),
        ("締切は何時ですか。また、重複受給は認められますか。", "close", True),
        ("締切は何時ですか、また重複受給は。", "close", True),
        ("当市は町です。締切は何時ですか。教えてください。", "close", False),
        ("締切は何時ですか。採択されますか。", None, False),
        ("締切は何時ですか。次回はいつですか。", "close", True),  # this round names no next one
        ("次回はいつですか。", None, False),
        ("採択された場合、押印は必要ですか。", "seal", False),  # what comes then, not whether
        ("応募する場合、押印は必要ですか。", "seal", False),
        ("本市がAコースに応募した際は、押印は必要ですか。", "seal", False),
        ("採択されなかった場合、押印は必要ですか。", None, False),
        (
            "代理で送る場合は、押印は必要ですか。",
            "seal",
            True,
        ),  # a matter of its own: whether the answer holds a person says
        ("締切を過ぎた場合は、どうなりますか。", None, False),  # the word stands in the condition only
        ("当市の" + "検討" * LONGEST + "の締切は何時ですか。", None, False),  # cut: what else it says isn't shown
        (MORE_QUESTIONS, None, False),
    ],
)
def test_answer(question: str, entry: str | None, partly: bool) -> None:
    found = answered_by_faq(question, SETTINGS, ROUND)
    assert (found.entry, found.partly, found.answer is None) == (entry, partly, entry is None)
    assert len(found.text) <= LONGEST
    assert found.text == question or len(question) > LONGEST
    again = answered_by_faq(found.text, SETTINGS, ROUND)  # as it is looked up from what was stored
    assert again == found


def test_two_answers_to_one_point_stand_one_below_the_other() -> None:
    found = answered_by_faq("押印は必要ですか。締切は何時ですか。", SETTINGS, ROUND)
    assert found.answer is not None
    assert found.answer.split("\n")[0] == "要りません。"
    assert (found.clause, found.settled) == ("乙、甲", True)
