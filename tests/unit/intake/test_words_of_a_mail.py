"""Small readings of what is typed: passwords, what answers nothing in a form's box, what changed between two forms, links."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from mailflow.intake.differences import Difference, differences
from mailflow.intake.links import file_service_links
from mailflow.intake.no_answer import is_still_to_come
from mailflow.intake.passwords import told_passwords
from mailflow.settings.models import PartiesFile
from tests.unit.judging.build import at, form


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("パスワード：Iida2026!", ("Iida2026!",), id="behind-a-colon"),
        pytest.param("パスワードは Iida2026 です。", ("Iida2026",), id="in-a-sentence"),
        pytest.param("解凍パスワードは「Iida 2026」です。", ("Iida 2026",), id="in-brackets"),
        pytest.param("パスワード：[abc123]", ("abc123", "[abc123", "[abc123]"), id="brackets-may-be-its-own"),
        pytest.param("パスワード：「abc123", (), id="a-bracket-that-is-not-closed"),
        pytest.param("PW: abc123.", ("abc123", "abc123."), id="a-full-stop-may-be-its-own"),
        pytest.param("パスワード：ab", (), id="too-short"),
        pytest.param("パスワードは以下のとおりです。\n\n　Iida2026", ("Iida2026",), id="on-a-line-below"),
        pytest.param("パスワードは以下のとおりです。\n\n「Iida2026」", ("Iida2026",), id="below-in-brackets"),
        pytest.param("パスワードは以下です。\n一\n二\n三\n四\nIida2026です", (), id="words-below"),
        pytest.param("添付のパスワードです。\n----------\nIida2026", ("Iida2026",), id="below-a-rule"),
        pytest.param("パスワードです。\nhttps://files.example/a\nIida2026", ("Iida2026",), id="no-link-is-one"),
        pytest.param("パスワードです。\nkikaku@city.example\n0265-00-0000", (), id="neither-address-nor-telephone"),
        pytest.param("パスワード：ＩＩＤＡ２０２６", ("IIDA2026", "ＩＩＤＡ２０２６"), id="in-full-width-too"),
        pytest.param("いつものパスワードです。", (), id="the-usual-one"),
        pytest.param("パスワードは電話でお伝えします。", (), id="by-telephone"),
        pytest.param("Iida2026", (), id="no-word-for-it"),
        pytest.param("パスワードは123456、または abcdef です。", ("123456",), id="the-first-of-two"),
        pytest.param("", (), id="no-text"),
    ],
)
def test_passwords(text: str, told: tuple[str, ...]) -> None:
    found = told_passwords("送付しました", text)
    assert found[: len(told)] == told if told else found == ()


def test_a_subject_says_what_stands_in_the_text() -> None:
    assert told_passwords("パスワード", "Iida2026") == ("Iida2026",)
    assert told_passwords("パスワード：Iida2026", "") == ("Iida2026",)
    assert told_passwords("パスワード", "お世話になります。\nIida2026\n") == ("Iida2026",)
    assert told_passwords(None, "") == ()


def test_ten_passwords_at_most() -> None:
    lines = "\n".join(f"abcd{number}" for number in range(30))
    assert told_passwords("パスワード", lines) == tuple(f"abcd{number}" for number in range(10))


@pytest.mark.parametrize(
    ("raw", "to_come"),
    [
        pytest.param("首長了承（4月）", True, id="next-month"),
        pytest.param("首長了承（4/10）", True, id="a-day-of-next-month"),
        pytest.param("首長了承（9月）", True, id="half-a-year-ahead"),
        pytest.param("首長了承（10月）", False, id="more-than-half-a-year-ahead"),
        pytest.param("首長了承（2月）", False, id="last-month"),
        pytest.param("首長了承（3月）", False, id="this-month"),
        pytest.param("首長了承（3月11日）", True, id="tomorrow"),
        pytest.param("首長了承（3月10日）", False, id="today"),
        pytest.param("首長了承（3/11）", True, id="tomorrow-with-a-slash"),
        pytest.param("首長了承（13月）", False, id="no-month"),
        pytest.param("首長了承（0月）", False, id="no-month-either"),
        pytest.param("部局長了承（首長了承は4月）", False, id="of-another"),
        pytest.param("部局長了承、首長は4月", False, id="of-another-behind-a-comma"),
        pytest.param("了承（2月、次は4月）", False, id="the-first-counts"),
        pytest.param("首長了承", False, id="no-day"),
    ],
)
def test_what_is_still_to_come(raw: str, to_come: bool) -> None:
    assert is_still_to_come(raw, at("2026-03-10 10:00")) == to_come


CELL = "応募様式!D21"


@pytest.mark.parametrize(
    ("older", "newer", "changes"),
    [
        pytest.param({}, {}, [], id="nothing"),
        pytest.param({"goal": "見守り"}, {"goal": "見 守り　"}, [], id="only-spaces"),
        pytest.param({"goal": "AI"}, {"goal": "ＡＩ"}, [], id="only-width"),
        pytest.param({"goal": "甲"}, {"goal": "乙"}, [("goal", "甲", "乙")], id="other-words"),
        pytest.param({"goal": None}, {"goal": "乙"}, [("goal", None, "乙")], id="filled-in"),
        pytest.param({"goal": "甲"}, {"goal": None}, [("goal", "甲", None)], id="emptied"),
        pytest.param({"menus": ("①", "②")}, {"menus": ("①",)}, [("menus", "①、②", "①")], id="choices"),
        pytest.param({"team_size": 3}, {"team_size": 4}, [("team_size", "3", "4")], id="a-number"),
        pytest.param(
            {"goal": "甲", "theme": "丙"}, {"goal": "乙", "theme": "丁"},
            [("theme", "丙", "丁"), ("goal", "甲", "乙")], id="two-in-the-forms-order",
        ),
    ],
)  # fmt: skip
def test_what_changed(older: Any, newer: Any, changes: list[tuple[str, str | None, str | None]]) -> None:
    found = differences(form(**older), form(**newer))
    assert [(one.key, one.before, one.after) for one in found] == changes


def test_where_a_change_stands() -> None:
    before, after = form(goal="甲"), form(goal="乙")
    gone = replace(after, fields={key: one for key, one in after.fields.items() if key != "goal"})
    moved = replace(after, fields={**after.fields, "goal": replace(after.fields["goal"], cell="応募様式!D30")})
    homeless = replace(after, fields={**after.fields, "goal": replace(after.fields["goal"], cell=None)})
    assert differences(before, moved) == (Difference("goal", "目指す姿", "応募様式!D30", "甲", "乙"),)
    assert differences(before, homeless) == (Difference("goal", "目指す姿", CELL, "甲", "乙"),)
    assert differences(before, gone) == (Difference("goal", "目指す姿", CELL, "甲", None),)
    assert differences(gone, after) == (Difference("goal", "目指す姿", CELL, None, "乙"),)


def test_a_value_that_was_understood_counts_before_its_words() -> None:
    before = form(team_size=3)
    after = replace(before, fields={**before.fields, "team_size": replace(before.fields["team_size"], raw="３名")})
    assert differences(before, after) == ()


LINK = "https://gw.city.example/d/1"


@pytest.mark.parametrize(
    ("text", "fetched"),
    [
        pytest.param(f"下記からダウンロードしてください。\n{LINK}", True, id="above"),
        pytest.param(f"下記からダウンロードしてください。\n様式\n{LINK}", True, id="two-lines-above"),
        pytest.param(f"ダウンロードしてください。\n一\n二\n{LINK}", False, id="three-lines-above"),
        pytest.param(f"{LINK}\nダウンロード期限：3月20日", True, id="below"),
        pytest.param(f"{LINK}\n一\nダウンロード期限：3月20日", False, id="two-lines-below"),
        pytest.param(f"ホームページをご覧ください。\n{LINK}", False, id="only-to-be-read"),
        pytest.param(f"要領をご覧のうえダウンロードしてください。\n{LINK}", True, id="to-be-read-and-fetched"),
        pytest.param("ダウンロードしてください。\nhttps://www.soumu.go.jp/a", False, id="the-ministrys-own"),
        pytest.param(LINK, False, id="nothing-said"),
    ],
)
def test_a_link_behind_which_the_file_lies(text: str, fetched: bool) -> None:
    nothing: Any = SimpleNamespace(parties=PartiesFile(file_services=()))
    assert bool(file_service_links(text, nothing)) == fetched
