"""What the talk is to be about is passed over; a time, the slot, a second thought or a wish never is, whatever it stands under."""

from __future__ import annotations

import pytest

from mailflow.consultation.reading.topics import passed_over

TOPICS = (
    "相談内容:隣町との共同応募は可能か",
    "■相談内容:業者への委託の範囲",
    "【聞きたいこと】\n隣町との共同応募は可能か\n経費の確定の時期",
    "聞きたいこと\n1) 隣町との共同応募は可能か\n2) 専門家の派遣回数",
    "主に聞きたいのは次の2点です。\n・他市との連携\n・決定の時期",
    "議 題:デマンド交通の予約システム",
    "計画策定支援が使えるかどうかを含め、お話をうかがいたいです。",
    "隣町との連携についてご相談させてください。",
    "デマンド交通の予約システムを導入したいと考えております。",
    "見守りにデジタル技術を活用できないか検討しており、",
    "参加者:山田、上司の係長",
)
HARD = ("隣町", "共同", "委託", "確定", "他市", "決定", "予約", "かどうか", "ないか検討", "上司")


@pytest.mark.parametrize("text", TOPICS)
def test_what_it_is_about_is_passed_over(text: str) -> None:
    left = passed_over(text)
    assert len(left) == len(text)
    assert left.count("\n") == text.count("\n")
    assert not [one for one in HARD if one in left]


@pytest.mark.parametrize(
    "passage",
    [
        "3/18は難しいです",
        "日程を変更できるか",
        "やはり見送ります",
        "予約のキャンセル",
        "先ほどのメールは破棄してください",
        "隣町の分も別に予約できるか",
        "仮の枠として押さえてください",
        "参加を見合わせます",
        "対面での相談",
        "14時ではなく15時",
        "来週のほうがよいか",
        "希望日時は後日",
    ],
)
@pytest.mark.parametrize("head", ["相談内容:", "【相談内容】\n", "聞きたいこと\n・", "議題:様式の書き方。"])
def test_what_speaks_of_the_slot_stays(head: str, passage: str) -> None:
    assert passage in passed_over(head + passage)


@pytest.mark.parametrize(
    "text",
    [
        "直接ご相談したいと考えております。",
        "参加できるかどうかを含め、課内で検討しております。",
        "総合通信局と打ち合わせたいと考えており、",
        "日程についてご相談させてください。",
        "課長の出席を検討しております。",
        "参加者:隣町の担当",
        "参加者:調整中",
        "備考:隣町の分です",
    ],
)
def test_the_talk_itself_is_no_topic(text: str) -> None:
    assert passed_over(text) == text


def test_what_was_read_as_a_time_stays() -> None:
    assert passed_over("相談内容:\x03\x03の件", ("\x03",)) == "相談内容:\x03\x03の件"


def test_whose_matter_it_is_stays_beside_a_wish() -> None:
    """「隣町の件について3/18 14時からご相談を」 says who is to come; of another sentence it is the matter."""
    assert "隣町" in passed_over("隣町の件について相談したく、\x03\x03でお願いします。", ("\x03",))
    assert "隣町" not in passed_over("隣町の件について相談したいです。\x03\x03でお願いします。", ("\x03",))


def test_a_list_ends_where_something_else_begins() -> None:
    text = "聞きたいこと\n・様式の書き方\n\n隣町の分です。\n以上"
    assert "隣町の分です" in passed_over(text)
    assert "当日は隣町" in passed_over("【相談内容】\n様式の書き方\n当日は隣町が出ます")
