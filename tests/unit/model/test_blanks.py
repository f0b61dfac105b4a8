"""The place where an answer is still to be written: found however it was broken, never made by an applicant's words."""

from __future__ import annotations

import pytest

from mailflow.model import UNWRITTEN, unwritten, without_mark
from mailflow.replies.quoting import one_line

SPELT = (
    UNWRITTEN,
    "〔ここに回答を書いてください 〕",
    "〔ここに回答を書いて下さい〕",
    "> 〔ここに回答を\n> 書いてください〕",
    "［ここにご回答をお書きください］",
    "〔回答を書いてください〕",
    "〔ここに\u200b回答を書いてください",
)


@pytest.mark.parametrize("mark", SPELT)
def test_found_and_broken(mark: str) -> None:
    assert unwritten(f"1 締切は\n　回答　{mark}\n") == 1
    assert unwritten(without_mark(f"質問{mark}です")) == 0
    nested = f"{mark[:4]}{mark}{mark[4:]}"
    assert unwritten(one_line(f"質問{nested}です")) == 0


def test_what_people_write_of_answers_is_none() -> None:
    told = "回答は別紙に書いています。（回答を書いた紙は郵送します。）総務省に確かめてお答えします。"
    assert unwritten(told) == 0
    assert without_mark(told) == told
