"""Lines that a mail program wrapped, joined again: which are, which never; a mail reads the same at whatever width it was wrapped.

Every mail of `data/mails.jsonl` is wrapped anew, as mail programs do: at a number of columns, no punctuation at a line's begin, no
ASCII word broken. Those that quote a letter of ours are left out (what a quote is, `mail` says), and tables.
"""

from __future__ import annotations

import random
import re
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailflow.consultation.intent import read_request
from mailflow.consultation.reading.lines import unwrapped
from mailflow.intake.intents import intents
from mailflow.mail.quotes import new_text
from tests.unit.consultation.test_mails import ROWS, SHIPPED

NEVER_FIRST = "、。，．,.)）」』】！？!?ーぁぃぅぇぉっゃゅょッャュョ：〜"

JOINED = (
    # a comma, a particle, a verb that goes on
    "16日は終日、17日は午前中に\n会議が入っておりますので、それ以外の時間で",
    "18日（水）の午前中、できれば11時頃からですと町長の日程の合間で\n課長も同席できます",
    "3月17日（火）14時からで確定いただいておりましたが、同時刻に\n急きょ市長レクが入ってしまいました。",
    "先週予約いたしました事前相談会を一旦取り消し、改めて\n3月24日（火）の13時から取り直したい",
    # what begins no line
    "3月9日（月）から13日（金）までの各日、13:30\n～15:00の間",
    "いずれも午後に、3月24日（火）14時\nまたは25日（水）10時で",
    "3/19（木）14時からご予約いただいている相談ですが、1時\n間早めて",
    "了解　4　で\nよろしく",
    # one day or time, cut in two
    "令和８年３月１８日（水）　午\n前１０時００分",
    "13時30分～1\n4時",
    "（3/19（木）\n11:30）でお願いいたします。",
    "・相談内容：応募様式の書き方についてお尋ねしたいことがございまして、様式3\nの記入例もあわせて",
)  # fmt: skip

APART = (
    "お世話になっております\n青葉県の千葉です",
    "3月16日（月）10時から\n3月17日（火）14時から",
    "3月16日（月）10:00～10:30\n3月17日（火）10:00～10:30",
    "希望日は次のとおりです\n・3月16日\n・3月17日",
    "事前相談を希望します。日程は次の中で\n①3月16日\n②3月17日",
    "日時：3月16日の\n方法：電話",
    "第1希望 3月16日の午前\n第2希望 3月17日の午後",
    "1　希望日　　3月16日\n2　方　法　　電話",
    "候補のうち\n2",
    "EYストラテジー・アンド・コンサルティング株式会社 計画策定支援事務局 御中\n初めてご連絡いたします。",
    "電話でお願いできればと存じます。\n3月16日の午後に\n\nお願いします",
    "相談をお願いします\n━━━━━━━━━\n青葉県女鹿町",
    "　　　　　　　3/16　　3/17\n午前　　　　　○　　×",
    "３月１３日(金)の１０:００ー１１:００　もしくは　16日(月)PM\nおんらいんorでんわ　どちらでも",
    "標記の件について\n　第1希望　3月16日",
    "3.19 10:30 電話で\n下滝村 総務 赤羽",
)


@pytest.mark.parametrize("text", JOINED)
def test_a_wrapped_line_goes_on(text: str) -> None:
    assert "\n" not in unwrapped(text)


@pytest.mark.parametrize("text", APART)
def test_a_line_of_its_own_stays_one(text: str) -> None:
    assert unwrapped(text) == text


def test_words_of_ascii_stay_apart() -> None:
    assert unwrapped("3月18日の水曜日に事前相談をお願いしたく、希望は3/16\n10:00からです。") == (
        "3月18日の水曜日に事前相談をお願いしたく、希望は3/16 10:00からです。"
    )  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(text=st.text(alphabet="日時3月1 　\n、。はの16：・（）~お願い", max_size=120))
def test_joining_loses_nothing_and_is_done_once(text: str) -> None:
    joined = unwrapped(text)
    assert re.sub(r"\s", "", joined) == re.sub(r"\s", "", text)
    assert joined.count("\n") <= text.count("\n")


# At this width two words of one line's end look like the end of a list's item, or of a sentence.
LEFT = {(239, 25)}
SAID = [new_text(row["body"]) for row in ROWS]
PLAIN = [number for number, row in enumerate(ROWS) if not re.search(r"[>|○×]|　{2}", row["body"])]


def wrapped(body: str, width: int) -> str:
    made: list[str] = []
    for line in body.split("\n"):
        made.append("")
        columns = 0
        for word in re.findall(r"[!-~]+|.", line):
            size = sum(1 if char.isascii() else 2 for char in word)
            if made[-1] and columns + size > 2 * width and word not in NEVER_FIRST:
                made.append("")
                columns = 0
                if word == " ":
                    continue
            made[-1] += word
            columns += size
    return "\n".join(made)


def understood(row: dict[str, Any], body: str) -> tuple[Any, ...] | None:
    """What would be done, and when; of a request that is asked back, only that it is."""
    at = datetime.fromisoformat(row["at"])
    request = read_request(
        row["subject"], body, body, intents(row["subject"], row["body"]), (),
        received_at=at, consultation=SHIPPED.consultation, round_=SHIPPED.round_for(at),
    )  # fmt: skip
    if request is None:
        return None
    if request.unclear or request.leaves_open:
        return ("asked back",)
    return (request.intent, request.method, tuple((one.start, one.end) for one in request.windows))


def test_a_mail_wrapped_anew_reads_the_same() -> None:
    chance = random.Random(8)
    assert len([one for one in chance.sample(PLAIN, 12) if differs(one, chance.randint(20, 40))]) <= 1


@pytest.mark.long
@pytest.mark.parametrize("width", range(20, 41, 4))
def test_every_mail_wrapped_anew_reads_the_same(width: int) -> None:
    """But some that their writers had wrapped by hand before."""
    different = [number for number in PLAIN if differs(number, width)]
    assert len(different) <= len(PLAIN) // 150, different


def differs(number: int, width: int) -> bool:
    try:
        check(number, width)
    except AssertionError:
        return True
    return False


def check(number: int, width: int) -> None:
    row, said = ROWS[number], SAID[number]
    if (number, width) not in LEFT:
        assert understood(row, wrapped(said, width)) == understood(row, said), (number, width)
