"""Tables for people: what fits on one line stays on one."""

from __future__ import annotations

import pytest

from mailflow.cli.output import table

COLUMNS = ("番号", "届いた日時", "差出人", "件名")
ROWS = [("1", "3月26日 10:02:07", "見本 担当 <kikaku@town.kawahara.example>", "【朝日県川原町】計画策定支援 1次公募")]


@pytest.mark.parametrize(
    ("width", "whole"),
    [
        pytest.param(100, True, id="dates-and-numbers-give-no-way"),
        pytest.param(50, False, id="too-narrow-for-that"),
    ],
)
def test_short_columns(capsys, monkeypatch, width, whole):
    monkeypatch.setenv("COLUMNS", str(width))
    table(None, COLUMNS, ROWS)
    printed = capsys.readouterr().out
    assert ("3月26日 10:02:07" in printed) is whole
    cells = "".join(line.split("│")[2].strip() for line in printed.splitlines() if line.startswith("│"))
    assert cells == ("3月26日 10:02:07" if whole else "3月26日10:02:07"), "nothing is cut off"


def test_a_table_without_rows(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    table("見出し", COLUMNS, [])
    assert "届いた日時" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("width", "shown", "said"),
    [
        pytest.param(160, COLUMNS, "", id="room-for-all"),
        pytest.param(60, ("番号", "届いた日時", "件名"), "省いた列：差出人（", id="one-gives-way"),
        pytest.param(40, ("番号", "件名"), "省いた列：差出人、届いた日時（", id="then-the-next"),
    ],
)
def test_spare_columns_give_way_and_are_named(capsys, monkeypatch, width, shown, said):
    monkeypatch.setenv("COLUMNS", str(width))
    table(None, COLUMNS, ROWS, spare=("差出人", "届いた日時"))
    printed = capsys.readouterr().out
    heading = printed.splitlines()[1].strip("┃").split("┃")
    assert tuple(one.strip() for one in heading) == shown
    assert said in printed
    assert ("省いた" in printed) is bool(said)
