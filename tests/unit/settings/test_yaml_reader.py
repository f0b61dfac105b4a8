"""YAML as editors leave it: values, places, and what is said of a file that can't be read."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailflow.settings.yaml_reader import MAX_BYTES, read_yaml


def read(text: str) -> object:
    document = read_yaml("config/x.yaml", text.encode())
    assert [problem.render() for problem in document.problems] == []
    return document.value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("a: yes", "yes", id="yes-is-a-word-in-yaml-1.2"),
        pytest.param("a: 16:00", "16:00", id="time-is-no-number-of-minutes"),
        pytest.param("a: 2026-03-26 16:00", "2026-03-26 16:00", id="moment-stays-text"),
        pytest.param("a: 2026-03-26", "2026-03-26", id="date-stays-text"),
        pytest.param("a: 0123", 123, id="leading-zero-is-decimal"),
        pytest.param("a: 0x1f", 31, id="hexadecimal"),
        pytest.param("a: 1.5", 1.5, id="float"),
        pytest.param("a: .inf", ".inf", id="infinity-is-no-number-here"),
        pytest.param("a: TRUE", True, id="true"),
        pytest.param("a: ~", None, id="tilde"),
        pytest.param("a:", None, id="nothing"),
        pytest.param("a: 'it''s'", "it's", id="single-quotes"),
        pytest.param('a: "\\u3042"', "あ", id="escape"),
        pytest.param("a: 【長野県】計画", "【長野県】計画", id="brackets-of-japanese"),
        pytest.param("a: |\n  x\n  y\n", "x\ny\n", id="literal"),
        pytest.param("a: >-\n  x\n  y\n", "x y", id="folded"),
        pytest.param("\ufeffa: 1", 1, id="byte-order-mark"),
        pytest.param("a: 1\r\n", 1, id="windows-line-ends"),
        pytest.param("b: &b {c: 1}\na:\n  <<: *b\n  d: 2", {"d": 2, "c": 1}, id="merge"),
        pytest.param("b: &b {c: 1}\na:\n  c: 3\n  <<: *b", {"c": 3}, id="merge-gives-way"),
    ],
)
def test_value(text: str, value: object) -> None:
    got = read(text)
    assert isinstance(got, dict)
    assert got["a"] == value
    assert type(got["a"]) is type(value)


@pytest.mark.parametrize(
    ("text", "path", "line", "column", "length"),
    [
        pytest.param("a: 1\nbb:\n  - c: xyz\n", ("bb", 0, "c"), 3, 8, 3, id="plain"),
        pytest.param("a: '漢字'\n", ("a",), 1, 4, 4, id="quoted-with-its-quotes"),
        pytest.param("漢字: x\n", ("漢字",), 1, 5, 1, id="columns-count-characters"),
        pytest.param("a: {b: 1, c: 22}\n", ("a", "c"), 1, 14, 2, id="flow"),
        pytest.param("a:\n  bcd: 1\n", ("a",), 2, 3, 3, id="block-mapping-by-its-first-key"),
        pytest.param("a:\nb: 1\n", ("a",), 1, 1, 1, id="empty-value-by-its-key"),
        pytest.param("a: 1\n", ("a", "nowhere", 3), 1, 1, 1, id="absent-by-the-nearest-above"),
        pytest.param("a: x\u2028y\nb: z\n", ("b",), 2, 4, 1, id="line-separator-is-no-line-end"),
    ],
)
def test_place(text: str, path: tuple[str | int, ...], line: int, column: int, length: int) -> None:
    span = read_yaml("x", text.encode()).span(path)
    assert (span.line, span.column, span.length) == (line, column, length)


@pytest.mark.parametrize(
    ("text", "needle"),
    [
        pytest.param("a: one two\n", "two", id="plain"),
        pytest.param("a: 'it''s here'\n", "here", id="doubled-quote"),
        pytest.param('a: "x \\"y\\" \\u3042 zz"\n', "zz", id="escapes"),
        pytest.param('a: "one \\\n  two"\n', "two", id="continued-line"),
        pytest.param("a: >-\n  one two\n  three four\n", "three", id="folded"),
        pytest.param("a: |\n  one\n  two x\n", "x", id="literal"),
        pytest.param("a: >\n  one\n\n  two\n", "two", id="folded-with-an-empty-line"),
        pytest.param("a: plain text\n  goes on\n", "goes", id="plain-over-lines"),
        pytest.param("a: |2\n    indented\n   less\n", "less", id="indentation-indicator"),
    ],
)
def test_place_inside_a_text(text: str, needle: str) -> None:
    document = read_yaml("x", text.encode())
    span = document.span(("a",), inside=(document.value["a"].index(needle), len(needle)))
    line = document.line(span.line)
    assert line is not None
    assert line[span.column - 1 : span.column - 1 + span.length] == needle


@pytest.mark.parametrize(
    ("content", "line", "column", "message"),
    [
        pytest.param("a: 1\nb: あ\n".encode("cp932"), 2, 4, "Shift_JIS", id="shift-jis"),
        pytest.param("a: 1\r\nb: ①\r\n".encode("cp932"), 2, 4, "Shift_JIS", id="shift-jis-of-windows"),
        pytest.param("a: あ".encode("utf-16"), 1, None, "UTF-16", id="utf-16"),
        pytest.param("a: あ\n".encode("euc-jp") + b"\xff\xff", 1, 4, "UTF-8 ではありません", id="something-else"),
        pytest.param(b"a: 1\n" * MAX_BYTES, None, None, "大きすぎます", id="too-large"),
        pytest.param(b"", 1, None, "空です", id="empty"),
        pytest.param(b"# only words\n", 1, None, "空です", id="only-comments"),
        pytest.param("名前：値\n".encode(), 1, 3, "コロンが全角", id="only-a-full-width-colon"),
        pytest.param(b"a: 1\na: 2\n", 2, 1, "2回書かれています", id="key-twice"),
        pytest.param(b"a: &a [*a]\n", 1, 8, "自分自身", id="itself-inside-itself"),
        pytest.param(b"[" * 5000, 1, None, "入れ子が深すぎます", id="brackets"),
        pytest.param(b"a: {{ x }}\n", 1, 5, "文字だけを使えます", id="template-without-quotes"),
        pytest.param(b"a: !!binary aGVsbG8=\n", 1, 4, "型の指定", id="tag"),
    ],
)
def test_told(content: bytes, line: int | None, column: int | None, message: str) -> None:
    document = read_yaml("config/x.yaml", content)
    first = document.problems[0]
    assert message in first.message
    assert (first.line, first.column) == (line, column)


def test_a_bomb_of_aliases_ends_quickly() -> None:
    text = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{b}: &{b} [{','.join([f'*{a}'] * 10)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    started = time.process_time()
    document = read_yaml("x", text.encode())
    assert "項目が多すぎます" in document.problems[0].message
    assert time.process_time() - started < 20  # ends at all: a hang is minutes


LINES = st.lists(
    st.sampled_from(
        [
            "a: 1",
            "  b: 2",
            "\tc: 3",
            "- d",
            "  - e: f",
            "g：h",
            "　i: j",
            "k: 'l",
            'm: "n\\',
            "o: [p",
            "q: {r",
            "s: |",
            "  t",
            "*u",
            "&v w",
            "? x",
            "<<: *y",
            "z: !t",
            "---",
            "...",
            "# c",
            "漢: 字",
            "%TAG x",
            "",
            "\x07",
            "'",
            "a: b: c",
        ]
    ),
    max_size=12,
)


@settings(max_examples=300, deadline=2000)
@given(st.one_of(LINES.map("\n".join).map(str.encode), st.text(max_size=120).map(str.encode), st.binary(max_size=120)))
def test_nothing_raises(content: bytes) -> None:
    document = read_yaml("config/x.yaml", content)
    assert document.problems or isinstance(document.value, dict)
    for problem in document.problems:
        assert problem.render().startswith("config/x.yaml")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "a:\n  - when: sender and\n          body is good\n          then: c\n    to: x\n", id="condition"
        ),
        pytest.param("a:\n  text: Hello\n    dear world\n    note: this\n  then: c\n", id="text"),
        pytest.param("a:\n  - text one\n    more words\n    then: c\n", id="item"),
        pytest.param('a:\n  t: "Hello\n  dear world"\n  b: c: d\n', id="in-quotes"),
    ],
)
def test_a_text_that_goes_on_lacks_no_colon(text: str) -> None:
    told = [(one.line, one.message) for one in read_yaml("config/x.yaml", text.encode()).problems]
    assert told
    assert not [one for one in told if "がありません" in one[1]]


def test_a_character_that_there_is_none_of_is_told() -> None:
    (problem,) = read_yaml("config/x.yaml", b'a: "\\UFFFFFFFF"\n').problems
    assert "使えない文字" in problem.message


def test_a_large_file_that_is_no_yaml_is_not_read_over_and_over() -> None:
    text = "a:\n" + "".join(f"  k{number}: v\n   x{number}: y\n" for number in range(40_000))
    started = time.process_time()
    assert read_yaml("config/x.yaml", text[: MAX_BYTES - 1].encode()).problems
    assert time.process_time() - started < 5
