"""One value in an operator's YAML: every other line stays as it was, and what can't be done is said."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mailflow.settings.amend import AmendError, with_added, with_start, with_value

AT = datetime(2026, 3, 4, 0, 15, 30, tzinfo=UTC)
LINE = "start: 2026-03-04 09:15:30"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        pytest.param("a: 1\n# start: 2026-01-01 00:00\nb: 2\n", f"a: 1\n{LINE}\nb: 2\n", id="example-in-a-comment"),
        pytest.param("a: 1\nstart:\nb: 2\n", f"a: 1\n{LINE}\nb: 2\n", id="key-without-value"),
        pytest.param("a: 1\nstart: null\n# start: x\n", f"a: 1\n{LINE}\n# start: x\n", id="null-before-a-comment"),
        pytest.param("a: 1\n", f"a: 1\n\n{LINE}\n", id="no-key"),
        pytest.param("a: 1", f"a: 1\n\n{LINE}\n", id="no-newline-at-the-end"),
        pytest.param("a: 1\r\n# start: x\r\nb: 2\r\n", f"a: 1\r\n{LINE}\r\nb: 2\r\n", id="windows-lines"),
        pytest.param("\ufeffa: 1\n# start: x\n", f"\ufeffa: 1\n{LINE}\n", id="byte-order-mark"),
        pytest.param(
            "# 事業\na:\n  start: 3 # ours\n", f"# 事業\na:\n  start: 3 # ours\n\n{LINE}\n", id="another-start-inside"
        ),
    ],
)
def test_start(text: str, wanted: str) -> None:
    assert with_start(text, AT) == wanted


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("start: 2026-01-01 00:00\n", id="there-already"),
        pytest.param("a: [1\n", id="no-yaml"),
        pytest.param("- a\n", id="a-list"),
        pytest.param("a: |\n  x\n# start: y\n  z\n", id="inside-a-text"),
        pytest.param("{a: 1}\n", id="flow-mapping"),
    ],
)
def test_start_that_a_person_writes(text: str) -> None:
    with pytest.raises(AmendError):
        with_start(text, AT)


def test_value_keeps_its_line() -> None:
    text = "a:\n  b: {c: one, d: one}   # one of two\n"
    assert with_value(text, ("a", "b", "c"), "auto") == "a:\n  b: {c: auto, d: one}   # one of two\n"


@pytest.mark.parametrize("path", [("a", "x"), ("x", "b"), ("l", 7), ("a", "b")], ids=str)
def test_value_that_is_not_there(path: tuple[str | int, ...]) -> None:
    with pytest.raises(AmendError):
        with_value("a: {b: [1]}\nl: [1]\n", path, "2")


def test_added_below_a_key() -> None:
    text = "l:\n  - id: 1   # first\n    end: x\n    # note\n  - id: 2\n"
    wanted = "l:\n  - id: 1   # first\n    more:\n      until: 2026-03-27 17:00\n      who: 'a: #b'\n    end: x\n    # note\n  - id: 2\n"
    assert with_added(text, ("l", 0, "more"), {"until": "2026-03-27 17:00", "who": "a: #b"}, after="id") == wanted


@pytest.mark.parametrize(
    ("path", "after"),
    [(("l", 0, "id"), "id"), (("l", 0, "more"), "nothing"), (("l", 9, "more"), "id"), (("x", "y"), "id")],
    ids=str,
)
def test_added_where_it_can_not_be(path: tuple[str | int, ...], after: str) -> None:
    with pytest.raises(AmendError):
        with_added("l:\n  - id: 1\n", path, "v", after=after)
