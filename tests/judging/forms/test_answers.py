"""What officers do inside a form: drawn choices, groups of labels, words that are no answers. Each is a whole workbook."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mailflow.forms.read import read_form
from mailflow.forms.values import is_blank, understand
from tests.judging.forms.books import TITLE, book

BASE = {
    "A1": TITLE, "A2": "都道府県名", "B2": "朝日県", "A3": "市区町村名", "B3": "川原町", "A4": "取組テーマ", "B4": "見守り",
    "A20": "目指す姿", "B20": "住み続ける", "A21": "備考", "B21": "なし",
}  # fmt: skip


def read(spec, cells, merged=()):
    data = read_form(book({"様式": BASE | cells}, {"様式": list(merged)}), [spec])
    assert data is not None
    return data


@pytest.mark.parametrize(
    ("cells", "merged", "expected"),
    [
        pytest.param({"A6": "担当者", "B6": "氏名", "C6": "山口", "B7": "電話", "C7": "0265-00-0000", "B8": "部署", "C8": "企画課"}, ["A6:A8"],
                     {"contact_name": "山口", "contact_phone": "0265-00-0000", "department": "企画課"}, id="tall-head"),
        pytest.param({"A6": "連絡先", "B6": "担当者氏名", "C6": "山口", "B7": "電話番号", "C7": "0265-00-0000", "B8": "担当部署", "C8": "企画課"}, [],
                     {"contact_name": "山口", "contact_phone": "0265-00-0000", "department": "企画課"}, id="head-not-merged"),
        pytest.param({"A6": "連絡先", "B6": "担当者氏名", "C6": "電話番号", "D6": "担当部署", "B7": "山口", "C7": "0265-00-0000", "D7": "企画課"}, ["A6:A7"],
                     {"contact_name": "山口", "contact_phone": "0265-00-0000", "department": "企画課"}, id="side-by-side-under-a-head"),
    ],
)  # fmt: skip
def test_labels_of_two_levels(spec, cells, merged, expected):
    data = read(spec, cells, merged)
    assert {key: data.value(key) for key in expected} == expected


@pytest.mark.parametrize(
    ("cells", "merged", "course"),
    [
        pytest.param({"B6": "□", "C6": "Aコース", "D6": "☑", "E6": "Bコース"}, [], "B", id="a-mark-before-each"),
        pytest.param({"C6": "Aコース", "D6": "○", "E6": "Bコース"}, [], "B", id="only-one-mark"),
        pytest.param({"B6": "Aコース", "D6": "Bコース", "E6": "○"}, [], "B", id="marks-behind"),
        pytest.param({"B6": "Aコース", "C6": "レ", "D6": "Bコース"}, [], "A", id="a-tick-behind-the-first"),
        pytest.param({"B6": "Aコース", "D6": "Bコース"}, [], None, id="printed-and-nothing-marked"),
        pytest.param({"B6": "□ Ａ：地域課題整理及びソリューション検討支援", "B7": "■ Ｂ：ソリューション実装計画の策定支援"}, ["A6:A7"], "B", id="lines"),
        pytest.param({"C6": "Ａ：地域課題整理及びソリューション検討支援", "B7": "○", "C7": "Ｂ：ソリューション実装計画の策定支援"}, ["A6:A7"], "B",
                     id="lines-with-marks-apart"),
        pytest.param({"B6": "A■　B□"}, [], "A", id="marks-behind-in-one-cell"),
        pytest.param({"B6": "□A　☑B"}, [], "B", id="marks-before-in-one-cell"),
        pytest.param({"B6": "□A　□B"}, [], None, id="none-in-one-cell"),
        pytest.param({"B6": "① Ａ"}, [], "A", id="numbered"),
        pytest.param({"B6": "Ａコース（地域課題整理及びソリューション検討支援）"}, [], "A", id="with-its-name"),
    ],
)  # fmt: skip
def test_courses_drawn(spec, cells, merged, course):
    field = read(spec, {"A6": "応募コース"} | cells, merged).fields["course"]
    assert (field.value, field.problem, field.empty) == (course, None, course is None)


@pytest.mark.parametrize(
    "typed", ["A・B", "AまたはB", "A or B", "A　B", "未定", "同上", "別紙のとおり", "☑A ☑B", "Ａコース・Ｂコース", "－"]
)
def test_what_is_no_course_is_told_never_guessed_nor_empty(spec, typed):
    field = read(spec, {"A6": "応募コース", "B6": typed}).fields["course"]
    assert (field.value, field.problem, field.raw) == (None, "choice", typed)


@pytest.mark.parametrize(
    ("typed", "hours"),
    [
        ("週５時間程度", 5),
        ("約3h", 3),
        ("3〜5時間", 3),
        ("5時間/週（3名合計）", 5),
        ("５．５時間", 5.5),
        ("10時間以上/週", 10),
        ("5H/週", 5),
    ],
)
def test_hours(spec, typed, hours):
    field = read(spec, {"A6": "確保できる作業時間", "B6": typed}).fields["weekly_hours"]
    assert (field.value, field.problem) == (hours, None)


@pytest.mark.parametrize("typed", ["同上", "要相談", "－", "週2〜3日", "別紙のとおり", "該当なし"])
def test_hours_that_say_no_number_are_told(spec, typed):
    field = read(spec, {"A6": "確保できる作業時間", "B6": typed}).fields["weekly_hours"]
    assert (field.value, field.problem in ("type", "unclear"), field.empty) == (None, True, False)


@pytest.mark.parametrize("typed", ["例：5", "（例）5時間", "週当たり　　時間", "（　　）時間", "時間/週"])
def test_hours_that_only_the_maker_wrote(spec, typed):
    assert read(spec, {"A6": "確保できる作業時間", "B6": typed}).fields["weekly_hours"].empty


@pytest.mark.parametrize(
    "typed", ["同上", "別紙のとおり", "該当なし", "－", "なし", "例えば高齢化が進んでいる。", "見守り", "川原町", "0"]
)
def test_short_answers_are_answers(spec, typed):
    assert read(spec, {"A6": "解決したい地域課題", "B6": typed}).fields["issues"].raw == typed


@pytest.mark.parametrize(
    "typed", ["例：高齢化", "（例）高齢化が進む。", "記入例：高齢化", "ここに記入してください", "（800字以内）", "　"]
)
def test_what_the_maker_left_in_the_box_is_no_answer(spec, typed):
    assert read(spec, {"A6": "解決したい地域課題", "B6": typed}).fields["issues"].empty


@pytest.mark.parametrize(
    ("label", "key", "typed"),
    [
        ("担当者役職・氏名", "contact_name", "課長　山口"), ("担当者職・氏名", "contact_name", "課長　山口"), ("部署・役職", "department", "企画課"),
        ("電話／FAX", "contact_phone", "0265-00-0000"), ("連絡先TEL", "contact_phone", "0265-00-0000"), ("電 話", "contact_phone", "0265-00-0000"),
        ("電話番号（日中）", "contact_phone", "0265-00-0000"), ("連絡先電話番号※必須", "contact_phone", "0265-00-0000"),
        ("(1) 応募コース", "course", "B"), ("応募コース（A又はBを選択）", "course", "B"), ("応募団体名（正式名称）", "organization_name", "川原町"),
        ("解決したい地域課題（800字以内）", "issues", "高齢化"), ("担当する人数", "team_size", 3), ("週当たりの確保できる作業時間", "weekly_hours", 5),
    ],
)  # fmt: skip
def test_labels_slightly_edited(spec, label, key, typed):
    assert read(spec, {"A6": label, "B6": typed, "A7": "支援終了後の予定", "B7": "予算要求"}).value(key) == typed


@pytest.mark.parametrize("code", ["#REF!", "#N/A", "#VALUE!", "#DIV/0!"])
def test_error_values_are_told(spec, code):
    field = read(spec, {"A6": "担当部署", "B6": code}).fields["department"]
    assert (field.raw, field.problem) == (code, "error")


GATHERED = [
    line.split(" | ")
    for line in (Path(__file__).parent / "answers.txt").read_text(encoding="utf-8").splitlines()
    if line.strip() and not line.startswith("#")
]


@pytest.mark.parametrize("key", sorted({row[0] for row in GATHERED}))
def test_answers_of_somebody_who_had_not_seen_the_reader(spec, key):
    wrong = {}
    for _, course, problem, value, typed in (row for row in GATHERED if row[0] == key):
        cell, field = json.loads(typed), spec.fields[key]
        meaning = understand(field, cell, {} if course == "-" else {"course": course})
        told = "empty" if is_blank(field, cell) else meaning.problem or "-"
        said = list(meaning.value) if isinstance(meaning.value, tuple) else meaning.value
        if (told, said) != (problem, json.loads(value)):
            wrong[typed] = (told, said)
    assert wrong == {}
