"""Answers in words to a letter of ours: which of its questions stand as written, what is promised and until when."""

from __future__ import annotations

from datetime import datetime

import pytest

from mailflow.clock import TOKYO
from mailflow.intake.answers import answered, asked_until, only_promises, points_answered, promised, says_nothing_else
from mailflow.model import LetterItem

MONDAY = "2026-03-16 10:00"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TOKYO)


def points(marks: str) -> tuple[LetterItem, ...]:
    """`f?f`: a correction, a question, a correction."""
    return tuple(
        LetterItem(number=number, checks=("weekly-hours",), confirm=mark == "?") for number, mark in enumerate(marks, 1)
    )


@pytest.mark.parametrize(
    ("text", "letter", "numbers"),
    [
        pytest.param("2は記入のとおりです。", "f?f", (2,), id="by-its-number"),
        pytest.param("②は記入のとおりです。", "f?f", (2,), id="by-a-circled-number"),
        pytest.param("No.3は記入のとおりです。", "f??", (3,), id="one-of-two"),
        pytest.param("２、３については記入のとおりで相違ありません。", "f??", (2, 3), id="both-in-full-width"),
        pytest.param("3は記入のとおりです。\n2も記入のとおりです。", "f??", (2, 3), id="in-the-letters-order"),
        pytest.param("②③は記入のとおりです。", "f??", (2, 3), id="circled-side-by-side"),
        pytest.param("1は記入のとおりです。", "f?f", (), id="the-number-of-a-correction"),
        pytest.param("7は記入のとおりです。", "f?f", (), id="a-number-that-the-letter-doesnt-have"),
        pytest.param("記入のとおりです。", "?", (1,), id="no-number-and-one-point"),
        pytest.param("記入のとおりです。", "??", (1, 2), id="no-number-and-nothing-but-questions"),
        pytest.param("記入のとおりです。", "f?f", (2,), id="no-number-and-one-question-among-corrections"),
        pytest.param("記入のとおりです。", "f??", (), id="no-number-and-it-may-be-said-of-a-correction"),
        pytest.param("確認の点は記入のとおりです。", "f??", (2, 3), id="what-we-asked-to-confirm"),
        pytest.param("記入のとおりですが、確認をお願いします。", "f??", (), id="a-confirmation-wanted-of-us"),
        pytest.param("記入のとおりではありません。", "?", (), id="not-as-written"),
        pytest.param("2は記入のとおりでしょうか。", "f?f", (), id="asked-back"),
        pytest.param("2は修正しました。", "f?f", (), id="corrected"),
        pytest.param("2は記入のとおりです。", "fff", (), id="a-letter-without-questions"),
        pytest.param("2は記入のとおりです。", "", (), id="a-letter-without-points"),
        pytest.param("週3時間は記入のとおりです。", "f??", (), id="hours-are-no-number-of-a-point"),
        pytest.param("", "?", (), id="no-text"),
    ],
)
def test_which_questions_stand_as_written(text: str, letter: str, numbers: tuple[int, ...]) -> None:
    assert tuple(one.number for one in answered(text, points(letter))) == numbers


@pytest.mark.parametrize(
    ("text", "nothing_else"),
    [
        pytest.param(
            "お世話になっております。\n2は記入のとおりです。\nよろしくお願いいたします。", True, id="courtesies"
        ),
        pytest.param("飯田市企画課の山口です。\n記入のとおりで相違ありません。", True, id="says-who"),
        pytest.param("山口と申します。\n記入のとおりで相違ありません。", True, id="says-who-without-an-office"),
        pytest.param(
            "2は記入のとおりです。\n1の欄は人数が変わる予定です。", False, id="a-statement-ends-as-an-introduction-does"
        ),
        pytest.param("2は記入のとおりです。\n応募の取下げを希望します。", False, id="a-wish-of-another-kind"),
        pytest.param("2は記入のとおりです。\nコースはあとで変えられます。", False, id="something-to-read"),
        pytest.param(
            "2は記入のとおりです。\nお手数ですが昨日の様式は破棄願います。", False, id="an-order-put-politely"
        ),
        pytest.param("2は記入のとおりですか。", False, id="a-question-back"),
        pytest.param("記入のとおりです。\n承知しましたが、これでよいですか？", False, id="a-question-in-courtesies"),
        pytest.param("2は記入のとおりですが、後日訂正します。", False, id="as-written-for-now"),
        pytest.param("", True, id="no-text"),
    ],
)
def test_nobody_needs_to_read_courtesies(text: str, nothing_else: bool) -> None:
    assert says_nothing_else(text) == nothing_else


@pytest.mark.parametrize(
    ("text", "until"),
    [
        pytest.param("本日決裁者不在のため明日になります。", "2026-03-17 17:00", id="the-reasons-day-is-none"),
        pytest.param(
            "本日、課長が出張のため、明日の午前10時に送ります。", "2026-03-17 10:00", id="the-hour-behind-a-reason"
        ),
        pytest.param("明日か明後日に送ります。", None, id="two-days-in-one-sentence"),
        pytest.param("明日お送りします。", "2026-03-17 17:00", id="tomorrow"),
        pytest.param("明後日には送付いたします。", "2026-03-18 17:00", id="the-day-after-tomorrow"),
        pytest.param("本日中に送付いたします。", "2026-03-16 17:00", id="today"),
        pytest.param("3月19日に提出します。", "2026-03-19 17:00", id="a-day"),
        pytest.param("3/19に提出します。", "2026-03-19 17:00", id="a-day-with-a-slash"),
        pytest.param("19日(木)に提出します。", "2026-03-19 17:00", id="a-day-of-this-month"),
        pytest.param("2日に提出します。", "2026-04-02 17:00", id="a-day-of-next-month"),
        pytest.param("16日に提出します。", "2026-03-16 17:00", id="the-day-of-the-mail-itself"),
        pytest.param("31日に提出します。", "2026-03-31 17:00", id="the-last-of-the-month"),
        pytest.param("1月10日に提出します。", None, id="a-day-too-far-ahead"),
        pytest.param("6月15日に提出します。", "2026-06-15 17:00", id="three-months-ahead"),
        pytest.param("7月1日に提出します。", None, id="four-months-ahead"),
        pytest.param("2月30日に提出します。", None, id="a-day-that-is-none"),
        pytest.param("明日10時に送付します。", "2026-03-17 10:00", id="with-the-hour"),
        pytest.param("明日10時半に送付します。", "2026-03-17 10:30", id="half-past"),
        pytest.param("明日10:15に送付します。", "2026-03-17 10:15", id="with-minutes"),
        pytest.param("明日午後3時に送付します。", "2026-03-17 15:00", id="in-the-afternoon"),
        pytest.param("明日午後12時に送付します。", "2026-03-17 12:00", id="twelve-in-the-afternoon-is-noon"),
        pytest.param("明日午前9時に送付します。", "2026-03-17 09:00", id="in-the-morning"),
        pytest.param("明日午後15時に送付します。", "2026-03-17 15:00", id="said-twice"),
        pytest.param("明日23:59に送付します。", "2026-03-17 23:59", id="the-last-minute"),
        pytest.param("明日24時に送付します。", None, id="no-hour"),
        pytest.param("明日10:60に送付します。", None, id="no-minute"),
        pytest.param("明日10時から12時に送付します。", None, id="two-hours"),
        pytest.param("今週金曜日に送付します。", "2026-03-20 17:00", id="this-friday"),
        pytest.param("来週の月曜に送付します。", "2026-03-23 17:00", id="next-monday"),
        pytest.param("翌営業日に送付します。", "2026-03-17 17:00", id="next-working-day"),
        pytest.param("本日9時に送付します。", None, id="an-hour-that-is-past"),
        pytest.param("本日10時に送付します。", None, id="the-very-moment"),
        pytest.param("明日送付します。\n位置図は3月19日に送付します。", None, id="two-promises"),
        pytest.param("本日9時に送付します。\n残りは明日送付します。", None, id="one-that-is-past-and-one-that-is-not"),
        pytest.param("明日送っていただけますか。", None, id="wanted-of-us"),
        pytest.param("明日の会議で決まる。", None, id="no-promise"),
        pytest.param("送付します。", None, id="no-day"),
    ],
)
def test_until_when_an_answer_is_promised(text: str, until: str | None) -> None:
    assert promised(text, at(MONDAY)) == (at(until) if until else None)


def test_a_day_of_the_next_year() -> None:
    assert promised("1月6日に提出します。", at("2026-12-28 10:00")) == at("2027-01-06 17:00")
    assert promised("6日に提出します。", at("2026-12-28 10:00")) == at("2027-01-06 17:00")


@pytest.mark.parametrize(
    ("received", "until"),
    [
        pytest.param("2026-03-19 10:00", "2026-03-23 17:00", id="over-a-holiday-and-a-weekend"),
        pytest.param("2026-03-21 10:00", "2026-03-23 17:00", id="from-a-saturday"),
        pytest.param("2026-03-23 10:00", "2026-03-24 17:00", id="the-day-after"),
    ],
)
def test_the_next_working_day(received: str, until: str) -> None:
    assert promised("翌営業日に送付します。", at(received)) == at(until)


@pytest.mark.parametrize(
    ("text", "until"),
    [
        pytest.param("本日17時までにご報告ください。", "2026-03-16 17:00", id="today"),
        pytest.param("18日の正午までにお願いします。", "2026-03-18 12:00", id="noon"),
        pytest.param("本日中にご報告ください。", None, id="no-limit"),
        pytest.param(
            "明日までに第一報を、3月19日までに最終版をください。", "2026-03-17 17:00", id="the-first-of-a-sentence"
        ),
        pytest.param(
            "3月19日までに最終版をください。\n明日までに第一報をください。", "2026-03-17 17:00", id="the-earliest"
        ),
        pytest.param(
            "本日9時までの件です。\n明日までにお願いします。", "2026-03-17 17:00", id="what-is-past-asks-nothing"
        ),
        pytest.param("本日10時までにお願いします。", None, id="the-very-moment"),
        pytest.param("これまでの状況をご報告ください。", None, id="until-now"),
        pytest.param("", None, id="no-text"),
    ],
)
def test_until_when_somebody_wants_something(text: str, until: str | None) -> None:
    assert asked_until(text, at(MONDAY)) == (at(until) if until else None)


@pytest.mark.parametrize(
    ("text", "only"),
    [
        pytest.param(
            "お世話になっております。本日、決裁者が不在のため、修正した様式は明日になります。", True, id="row-43"
        ),
        pytest.param(
            "飯田市の山口です。17日15時までに再送いたします。よろしくお願いいたします。", True, id="with-greetings"
        ),
        pytest.param(
            "前田です。決裁権者が島外出張中のため、修正版は23日（月）に送付いたします。ご了承ください。",
            True,
            id="a-name-first",
        ),
        pytest.param("不要です。明日、理由を送付します。", False, id="no-name"),
        pytest.param("承知しました。明日お送りします。", True, id="understood"),
        pytest.param(
            "承知しました、ただAコースの希望はやめます。明日お送りします。", False, id="more-behind-a-courtesy"
        ),
        pytest.param(
            "応募を見合わせる方向です、ご承知おきください。明日回答いたします。", False, id="more-before-a-courtesy"
        ),
        pytest.param("公募の延期をよろしくお願いします。明日お送りします。", False, id="a-wish-put-politely"),
        pytest.param("お手数ですが昨日の様式は破棄願います。明日提出します。", False, id="an-order-put-politely"),
        pytest.param(
            "ご確認いただいた代表者名は、実は首長が替わりました。明日までに回答いたします。", False, id="news"
        ),
        pytest.param("明日お送りします。なお、2番の書き方を教えてください。", False, id="a-question-besides"),
        pytest.param("4は記入のとおりで結構です。1〜3は明日送ります。", False, id="an-answer-besides"),
        pytest.param("明日になります。間に合わない場合はご相談させてください。", False, id="a-wish-besides"),
        pytest.param("明日提出しますが、Aコースはやめます。", False, id="a-choice-in-the-promise"),
        pytest.param("応募は見合わせる方向で、明日回答します。", False, id="a-turn-in-the-promise"),
        pytest.param(
            "庁内の了承が得られない見込みのため、明日までに回答いたします。", False, id="a-turn-in-its-reason"
        ),
        pytest.param("事業の実施が難しいため、明日ご連絡します。", False, id="a-doubt-in-its-reason"),
        pytest.param("本日中の送付が難しいため、明日送付いたします。", True, id="late-only"),
        pytest.param("変更後の様式は明日送付いたします。", True, id="the-form-mended"),
        pytest.param("よろしくお願いいたします。", False, id="no-promise"),
    ],
)
def test_that_nothing_is_said_but_when(text: str, only: bool) -> None:
    assert only_promises(text, at("2026-03-16 10:00")) is only


@pytest.mark.parametrize(
    ("text", "points"),
    [
        pytest.param(
            "1は 0000-00-0000 です。\n2番はAコースでお願いします。\n再提出は必要でしょうか。", (1, 2), id="two"
        ),
        pytest.param("2はどう書けばよいですか。", (), id="asked-about"),
        pytest.param("3は修正しました。", (), id="no-such-point"),
        pytest.param("2点質問があります。", (), id="a-count"),
        pytest.param("電話番号は 0000-00-0000 です。\n様式の差し替えは必要でしょうか。", (1,), id="by-its-name"),
        pytest.param("電話番号：0000-00-0000", (1,), id="its-name-and-a-colon"),
        pytest.param("電話番号はどう書けばよいでしょうか。", (), id="its-name-asked-about"),
        pytest.param("電話番号簿は別に送ります。", (), id="another-word"),
        pytest.param("コースはAでお願いします。\n様式の差し替えも必要でしょうか。", (2,), id="by-the-end-of-its-name"),
        pytest.param("Aコースでお願いします。", (2,), id="by-what-it-is"),
        pytest.param("コースは何がありますか。", (), id="the-end-of-its-name-asked-about"),
        pytest.param("番号を間違えました。", (), id="a-word-too-short"),
    ],
)
def test_points_that_words_answer(text: str, points: tuple[int, ...]) -> None:
    where = {1: "電話番号（シート「応募様式」D19）", 2: "応募コース（同 D22）"}
    letter = [LetterItem(number=number, checks=("form-complete",), where=where[number]) for number in (1, 2)]
    assert points_answered(text, letter) == points
