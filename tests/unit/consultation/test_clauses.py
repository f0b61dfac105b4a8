"""Clauses that nobody accounts for keep a slot from being booked, moved or given up; ordinary ones don't."""

from __future__ import annotations

import pytest

from mailflow.consultation.reading.clauses import Act, unaccounted
from mailflow.consultation.reading.conditions import conditions

WISH = "3/18 14時"


def left_over(text: str, act: Act = "book") -> list[str]:
    """`text` with the wish read in it."""
    at = text.find(WISH)
    return list(unaccounted(text, act, [(at, at + len(WISH))] if at >= 0 else []))


@pytest.mark.parametrize(
    "text",
    [
        "お世話になっております。川原町企画課の山田です。3/18 14時からオンラインでお願いします。",
        "応募様式の書き方に悩んでおり、3/18 14時にご相談できますと助かります。参加者は2名です。",
        "議会対応のため、3/18 14時を希望いたします。当日は課長も同席予定です。資料は前日にお送りします。",
        "申込期限間際となり申し訳ございません。3/18 14時でお願いできますでしょうか。",
        "様式ができあがる見込みの3/18 14時でお願いします。",
    ],
)
def test_what_officers_add_is_known(text: str) -> None:
    assert left_over(text) == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("3/18 14時であれば電話に出られます。", id="when-one-can-be-called"),
        pytest.param("隣町の分も3/18 14時でお願いします。", id="for-others"),
        pytest.param("3/18 14時でお願いします。日にちに誤りがございました。", id="corrected"),
        pytest.param("3/18 14時を希望する係がございます。", id="of-others"),
        pytest.param("3/18 14時でお願いします。総合通信局さんにも予約をお願いしています。", id="elsewhere-too"),
        pytest.param("「実証事業」への応募にあたり、3/18 14時でお願いします。", id="another-programme"),
    ],
)
def test_what_is_not_known_is_asked_back(text: str) -> None:
    assert left_over(text)


@pytest.mark.parametrize(
    ("text", "clear"),
    [
        pytest.param("応募を見送ることとなりましたので、事前相談会をキャンセルさせてください。", True, id="why"),
        pytest.param("様式の不明点は県に聞いて解決しましたので、取り消しをお願いします。", True, id="no-more-need"),
        pytest.param("公共Wi-Fi整備の入札が取り消しとなりましたので、当日は移動支援についてお聞きします。", False, id="of-something-else"),
        pytest.param("事前相談会をキャンセルします。日時の変更もご検討ください。", False, id="or-another-time"),
        pytest.param("会場の予約を取り消しました。", False, id="of-a-room"),
    ],
)  # fmt: skip
def test_what_is_cancelled_must_be_the_consultation(text: str, clear: bool) -> None:
    assert (left_over(text, "cancel") == []) is clear


def test_a_move_may_speak_of_what_keeps_one_away() -> None:
    assert left_over("出張が前倒しになったため、3/18 14時に変更をお願いします。", "move") == []
    assert left_over("発表会の日程が変更となり、3/18 14時です。", "move")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("・Bコースで応募した場合、Aコースに変更できますか", False, id="of-the-course"),
        pytest.param("担当が変わる場合、変更届は必要でしょうか", False, id="a-notice"),
        pytest.param("議会が長引いた場合、変更をお願いします", True, id="of-the-slot"),
    ],
)
def test_what_a_question_hangs_on_is_no_condition_of_the_slot(text: str, told: bool) -> None:
    assert bool(list(conditions(text, [500]))) is told
