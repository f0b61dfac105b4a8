"""How a problem looks on a terminal: the column counts characters, the caret counts width, passwords stay out."""

from __future__ import annotations

import pytest

from mailflow.settings.problems import ConfigErrors, Problem, blot, width


def test_as_in_the_style_guide() -> None:
    problem = Problem(
        "config/rules.yaml",
        41,
        24,
        "`mail.sujbect` という名前はありません",
        "`mail.subject` ではありませんか。名前の一覧: docs/rules.md",
        "    when: \"'計画策定支援' in mail.sujbect\"",
        length=12,
    )
    assert problem.render() == (
        "config/rules.yaml:41:24: `mail.sujbect` という名前はありません\n"
        "    when: \"'計画策定支援' in mail.sujbect\"\n"
        "                             ^^^^^^^^^^^^\n"
        "  ヒント: `mail.subject` ではありませんか。名前の一覧: docs/rules.md"
    )


@pytest.mark.parametrize(
    ("line", "column", "length", "shown", "caret"),
    [
        pytest.param("漢字: あいう", 5, 3, "漢字: あいう", "      ^^^^^^", id="wide"),
        pytest.param("ﾊﾝｶｸ: x", 7, 1, "ﾊﾝｶｸ: x", "      ^", id="half-width-kana"),
        pytest.param("か\u3099: x", 5, 1, "か\u3099: x", "    ^", id="combining-mark"),
        pytest.param("\ta: x", 2, 1, "    a: x", "    ^", id="tab"),
        pytest.param("a: \x1b[31mx", 4, 1, "a: ·[31mx", "   ^", id="escape-sequence"),
        pytest.param("a:", 9, 3, "a:", "  ^", id="beyond-the-end"),
        pytest.param("", 1, 1, "", "^", id="empty-line"),
        pytest.param("a: imap://u:pass@h", 4, 15, "a: imap://u:****@h", "   ^^^^^^^^^^^^^^^", id="password"),
    ],
)
def test_caret(line: str, column: int, length: int, shown: str, caret: str) -> None:
    assert Problem("f", 1, column, "m", source_line=line, length=length).excerpt() == (shown, caret)


def test_a_long_line_is_a_window() -> None:
    excerpt = Problem("f", 1, 500, "m", source_line="x" * 499 + "漢" + "y" * 500, length=1).excerpt()
    assert excerpt is not None
    assert excerpt[0].startswith("…")
    assert "漢" in excerpt[0]
    assert width(excerpt[0]) < 160
    assert width(excerpt[0].partition("漢")[0]) == excerpt[1].index("^")


def test_without_a_line_there_is_no_excerpt() -> None:
    assert Problem("f", None, None, "m").render() == "f: m"
    assert Problem("f", 3, None, "m", severity="warning").render() == "f:3: 注意: m"


def test_errors_come_first_and_once() -> None:
    late, early = Problem("b", 9, 1, "x"), Problem("b", 2, 1, "x")
    warning = Problem("a", 1, 1, "x", severity="warning")
    assert ConfigErrors([warning, late, early, late]).problems == (early, late, warning)


@pytest.mark.parametrize("text", ["x imap://u:se:cret@h y", "imap://:secret@h", "a://u:se@cret@h"])
def test_blot(text: str) -> None:
    assert "cret" not in blot(text)
    assert len(blot(text)) == len(text)
