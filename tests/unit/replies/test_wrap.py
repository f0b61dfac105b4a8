"""Letters are read in a grey text window and printed: no line wider than 36 full-width characters (letters.md §1)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailflow.replies.wrap import WIDTH, columns, wrap, wrap_line


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param("短い行です。", "短い行です。", id="short-stays"),
        pytest.param("", "", id="empty"),
        pytest.param(
            "　団体名　　　" + "朝日県川原町企画課地域振興係と総務課情報政策係の共同による提案",
            None,
            id="label-hangs-under-its-value",
        ),
    ],
)
def test_line(line: str, expected: str | None) -> None:
    wrapped = wrap_line(line)
    if expected is not None:
        assert wrapped == expected
        return
    first, *rest = wrapped.split("\n")
    assert first.startswith("　団体名　　　")
    assert rest
    assert all(one.startswith("　　　　　　　") for one in rest)


def test_breaks_between_phrases_not_inside_words() -> None:
    text = "このメールへの返信で、応募様式の全体を添付し、本文に「差し替え」とお書きください。差し替えを受け取りましたら、改めてお知らせします。"
    lines = wrap(text).rstrip("\n").split("\n")
    assert len(lines) > 1
    assert not any(line.endswith(("添", "お知ら", "ください", "「")) for line in lines)
    assert "".join(lines) == text


def test_url_and_address_are_never_cut() -> None:
    url = "https://www.soumu.go.jp/menu_seisaku/toukei/02zaisei07_04000135.html?long=0123456789"
    assert url in wrap(f"財政力指数は次のページをご覧ください。{url} に掲載しています。")


@pytest.mark.parametrize("mark", ["。", "、", "）", "」", "ー"])
def test_no_line_begins_with_closing_punctuation(mark: str) -> None:
    for filler in range(30, 40):
        lines = wrap("あ" * filler + mark + "続きの文章がまだあります").split("\n")
        assert not any(line.startswith(mark) for line in lines)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="あいう漢字応募様式、。「」（）1Ａaｱ　 ・\n", max_size=300))
def test_nothing_is_lost_and_nothing_is_too_wide(text: str) -> None:
    wrapped = wrap(text)
    squeeze = str.maketrans("", "", " \u3000\n")
    assert wrapped.translate(squeeze) == text.translate(squeeze)
    # A closing mark may hang over by one character (JIS X 4051 allows it) rather than begin a line.
    assert all(
        columns(line) <= WIDTH + 2 or line.strip().isascii() or not line.strip()
        for line in wrapped.split("\n")
        if not _unbreakable(line)
    )


def _unbreakable(line: str) -> bool:
    """A run of closing or opening marks, or of ASCII, can't be broken anywhere."""
    return len(set(line) & set("あいう漢字応募様式ｱ")) <= 2
