"""What officers type, and what it means."""

from __future__ import annotations

import datetime as dt

import pytest

from mailflow.forms.choosing import named
from mailflow.forms.document import missing_fields
from mailflow.forms.fill import fill_form
from mailflow.forms.grid import ExcelError
from mailflow.forms.read import read_form
from mailflow.forms.values import Meaning, check_digit, is_blank, understand
from mailflow.settings.form import FieldSpec


@pytest.mark.parametrize(
    ("typed", "hours"),
    [
        (5, 5), (2.5, 2.5), ("5", 5), ("５", 5), ("５．５", 5.5), ("5時間", 5), ("週５時間程度", 5), ("約5時間/週", 5), ("週に3時間", 3), ("3ｈ", 3),
        ("5時間以上", 5), ("最低3時間", 3), ("1週間あたり5時間", 5), ("週当たり４時間", 4), ("毎週3時間", 3), ("5時間半", 5.5), ("2時間30分", 2.5), ("30分", 0.5),
        ("約2〜3時間", 2), ("2～3時間", 2), ("３－５時間", 3), ("2時間から3時間", 2), ("五時間", 5), ("十時間", 10), ("二十五時間", 25),
        ("延べ1,200時間", 1200), (dt.time(5, 0), 5), (dt.timedelta(hours=30), 30), ("5 時間／週", 5), ("0", 0), ("週5h程度を想定", 5),
    ],
    ids=str,
)  # fmt: skip
def test_hours_that_are_understood(spec, typed, hours):
    meaning = understand(spec.fields["weekly_hours"], typed)
    assert (meaning.value, meaning.problem) == (hours, None)


@pytest.mark.parametrize(
    "typed",
    ["未定", "月20時間", "1日1時間", "年間200時間", "3時間×2名", "担当者A 3時間、担当者B 2時間", "-3", "できる限り", "5〜3時間", True, dt.date(2026, 3, 4), "9" * 500],
    ids=lambda value: str(value)[:20],
)  # fmt: skip
def test_hours_that_are_no_single_number(spec, typed):
    meaning = understand(spec.fields["weekly_hours"], typed)
    assert meaning.problem in ("type", "unclear")


@pytest.mark.parametrize(
    ("typed", "people"),
    [("3名", 3), ("三人", 3), ("３人程度", 3), (3.0, 3), ("2〜3名", 2), ("専任1名", 1), ("計4名", 4)],
)
def test_people(spec, typed, people):
    assert understand(spec.fields["team_size"], typed).value == people


@pytest.mark.parametrize("typed", [2.5, "2.5人", "2名又は3名", "2、3名", "3名以下", "課全体"])
def test_people_that_are_no_whole_number(spec, typed):
    assert understand(spec.fields["team_size"], typed).problem == "type"


@pytest.mark.parametrize(
    ("typed", "index"),
    [
        (0.51, 0.51),
        ("０．５１", 0.51),
        ("0.51（令和6年度）", 0.51),
        ("0.51（R6）", 0.51),
        ("0.51（3か年平均）", 0.51),
        ("1未満", None),
        ("1.00", 1),
        ("0.4〜0.5", None),
        ("-", None),
    ],
)
def test_the_fiscal_index_is_never_guessed(spec, typed, index):
    meaning = understand(spec.fields["fiscal_index"], typed)
    assert meaning.value == index
    assert (meaning.problem is None) == (index is not None)


@pytest.mark.parametrize(
    ("typed", "phone"),
    [
        ("0265-00-0000", "0265-00-0000"), ("０２６５－００－００００", "0265-00-0000"), ("0265(00)0000", "0265(00)0000"), ("0265000000", "0265000000"),
        (265000000, "0265000000"), (9012345678, "09012345678"), ("265000000", "0265000000"), ("0265‐00‐0000", "0265-00-0000"),
        ("0265ー00ー0000", "0265-00-0000"), ("0265-00-0000（内線123）", "0265-00-0000（内線123）"), ("０２６５−００−００００ 内線１２３", "0265-00-0000 内線123"),
        ("+81-265-00-0000", "+81-265-00-0000"), ("代表 0265-00-0000", "代表 0265-00-0000"), ("070(8785)2714", "070(8785)2714"),
    ],
    ids=str,
)  # fmt: skip
def test_phones(spec, typed, phone):
    assert understand(spec.fields["contact_phone"], typed).value == phone


@pytest.mark.parametrize("typed", ["内線123", "00-0000", "庁舎代表", 123, 12345678901234, "0265-00", "0" * 5000])
def test_no_phones(spec, typed):
    assert understand(spec.fields["contact_phone"], typed).problem == "type"


@pytest.mark.parametrize(
    ("typed", "email"),
    [
        ("kikaku@town.kawara.example", "kikaku@town.kawara.example"), ("ｋｉｋａｋｕ＠ｔｏｗｎ．ｅｘａｍｐｌｅ", "kikaku@town.example"),
        ("kikaku @ town.example", "kikaku@town.example"), ("kikaku@\ntown.example", "kikaku@town.example"), ("E-mail: a-b@town.example", "a-b@town.example"),
        ("a@town.example\nb@town.example", "a@town.example"), ("mailto:a@town.example", "a@town.example"), ("<a@town.example>", "a@town.example"),
    ],
)  # fmt: skip
def test_emails(spec, typed, email):
    assert understand(spec.fields["contact_email"], typed).value == email


@pytest.mark.parametrize("typed", ["kikaku.town.kawara", "@town.example", "kikaku@", "kikaku@town", 1, "a@" * 5000])
def test_no_emails(spec, typed):
    assert understand(spec.fields["contact_email"], typed).problem == "type"


@pytest.mark.parametrize(
    ("typed", "code"),
    [("202053", "202053"), (202053, "202053"), ("２０２０５３", "202053"), ("010006", "010006"), (10006, "010006"), ("10006", "010006"), ("20205", "202053"),
     ("20205-3", "202053"), ("202-053", "202053")],
    ids=str,
)  # fmt: skip
def test_codes(spec, typed, code):
    assert understand(spec.fields["organization_code"], typed).value == code


@pytest.mark.parametrize("typed", ["202054", "2020", "不明", 1, 20205.3, "2020531"])
def test_no_codes(spec, typed):
    assert understand(spec.fields["organization_code"], typed).problem == "type"


@pytest.mark.parametrize("code", ["010006", "011002", "131016", "202053", "472018", "394050", "012025", "131211"])
def test_check_digits(code):
    assert check_digit(code[:5]) == code[5]


@pytest.mark.parametrize(
    ("key", "typed", "value"),
    [
        ("course", "A", "A"), ("course", "Ａ", "A"), ("course", "a", "A"), ("course", "Ａコース", "A"), ("course", "Bコース", "B"), ("course", "コースB", "B"),
        ("course", "(A)", "A"), ("course", "（Ｂ）", "B"), ("course", "「A」", "A"), ("course", "A（地域課題整理及びソリューション検討支援）", "A"),
        ("course", "A（地域課題整理）", "A"), ("course", "(B) ソリューション実装計画の策定支援", "B"), ("course", "Ｂ：ソリューション実装計画の策定支援", "B"),
        ("course", "ソリューション実装計画の策定支援", "B"), ("course", "A ・ Ⓑ", "B"), ("course", "Ⓐ・B", "A"), ("course", "☑A　□B", "A"), ("course", "□A ■B", "B"),
        ("course", "○A　B", "A"), ("course", "○A　×B", "A"), ("course", "●A ○B", "A"), ("course", "レ A　□ B", "A"), ("course", "[x] A [ ] B", "A"),
        ("course", "Bコースを希望", "B"), ("course", "B コース", "B"), ("course", "B.", "B"),
        ("scope_internal", "含まない", "含まない"), ("scope_internal", "含む", "含む"), ("scope_internal", "庁舎内ネットワーク整備を含まない", "含まない"),
        ("scope_internal", "含まない。", "含まない"), ("scope_internal", "■含む□含まない", "含む"), ("scope_internal", "□含む　☑含まない", "含まない"), ("scope_internal", "無", "含まない"),
        ("consensus", "首長了承", "首長了承"), ("consensus", "町長了承", "首長了承"), ("consensus", "首長了承済み（3月10日）", "首長了承"), ("consensus", "部局長 了承", "部局長了承"),
        ("visit_ok", "可", "可"), ("visit_ok", "不可", "不可"), ("visit_ok", "可（4月以降）", "可"), ("visit_ok", "☑可 □不可", "可"), ("visit_ok", "□可 ☑不可", "不可"),
        ("publish_ok", "同意しない", "不可"), ("publish_ok", "公表に同意する", "可"),
        ("applicant_type", "町", "市区町村"), ("applicant_type", "市町村", "市区町村"), ("applicant_type", "広域連合", "一部事務組合・広域連合"),
        ("applicant_type", "一部事務組合･広域連合", "一部事務組合・広域連合"), ("applicant_type", "NPO法人", "非営利法人"),
        ("menus", "①、③", ("①", "③")), ("menus", "①③⑤", ("①", "③", "⑤")), ("menus", "1, 3", ("①", "③")), ("menus", "③・①", ("①", "③")), ("menus", "①〜④", ("①", "②", "③", "④")),
        ("menus", "①DX推進の目標\n②ほか", ("①", "②")), ("menus", "事業者とのマッチング、運用モデルの作成", ("④", "⑧")), ("menus", "(2)(5)", ("②", "⑤")), ("menus", "１１", ("⑪",)),
        ("next_step", "予算要求", ("予算要求",)), ("next_step", "予算要求、実証事業", ("予算要求", "実証事業")), ("next_step", "実証事業及び補助事業", ("実証事業", "補助事業")),
        ("next_step", "☑予算要求 □実証事業 ☑補助事業 □その他", ("予算要求", "補助事業")), ("next_step", "その他（住民説明会）", ("その他",)),
        ("next_step", "予算要求／その他", ("予算要求", "その他")),
    ],
)  # fmt: skip
def test_choices(spec, key, typed, value):
    meaning = understand(spec.fields[key], typed, {"course": "B"} if key == "menus" else {})
    if value is None:
        assert meaning.problem == "choice"
    else:
        assert (meaning.value, meaning.problem) == (value, None)


@pytest.mark.parametrize(
    ("key", "typed", "both"),
    [
        ("course", "A・B", ("A", "B")), ("course", "A、B", ("A", "B")), ("course", "AとB", ("A", "B")), ("course", "☑A ☑B", ("A", "B")), ("course", "両方", ()),
        ("course", "C", ()), ("course", "未定", ()), ("visit_ok", "要相談", ()), ("applicant_type", "朝日商工会", ()), ("course", "D" * 3000, ()),
    ],
)  # fmt: skip
def test_no_choice_or_too_many(spec, key, typed, both):
    meaning = understand(spec.fields[key], typed)
    assert (meaning.value, meaning.problem is None) == (None, False)
    if both is not None:
        assert named(typed, spec.fields[key].choices)[0] == both


def test_some_choices_and_something_else(spec):
    meaning = understand(spec.fields["next_step"], "予算要求、住民説明会")
    assert (meaning.value, meaning.problem) == (("予算要求",), "unclear")


@pytest.mark.parametrize(("course", "problem"), [("A", "choice"), ("B", None), (None, None)])
def test_menus_hang_on_the_course(spec, course, problem):
    assert understand(spec.fields["menus"], "①、⑪", {"course": course}).problem == problem


def test_length_counts_characters_not_line_breaks(spec):
    field = spec.fields["issues"]
    assert understand(field, "𠮷" * 400 + "\n" + "あ" * 400).problem is None
    long = understand(field, "あ" * 801)
    assert (long.problem, len(long.value)) == ("length", 801)


def test_text_keeps_its_characters(spec):
    assert understand(spec.fields["contact_name"], "　髙﨑　𠮷子 ").value == "髙﨑　𠮷子"


def test_an_error_value_is_one_for_every_type(spec):
    assert {understand(field, ExcelError("#REF!")).problem for field in spec.fields.values()} == {"error"}


@pytest.mark.parametrize(
    ("key", "typed", "blank"),
    [
        ("theme", "  　\n", True), ("course", "選択してください", True), ("course", "▼プルダウンから選択してください", True), ("visit_ok", "□可　□不可", True), ("weekly_hours", "時間/週", True),
        ("weekly_hours", "　　時間", True), ("team_size", "名", True), ("team_size", 0, False), ("theme", "0", False), ("weekly_hours", "未定", False), ("visit_ok", "可・不可", False),
    ],
)  # fmt: skip
def test_blank(spec, key, typed, blank):
    assert is_blank(spec.fields[key], typed) == blank


REQUIRED = {
    "applicant_type", "prefecture", "municipality", "organization_name", "department", "contact_name", "contact_phone",
    "contact_email", "course", "theme", "issues", "goal", "scope_internal", "necessity", "consensus", "team_size",
    "weekly_hours", "visit_ok", "publish_ok",
}  # fmt: skip


def test_a_blank_form_misses_what_the_design_requires(spec):
    assert set(missing_fields(spec, read_form(fill_form(spec, {}), [spec]))) == REQUIRED


@pytest.mark.parametrize(
    ("applicant", "missing"),
    [
        ("市区町村", ["municipality"]),
        ("都道府県", []),
        ("一部事務組合・広域連合", []),
        ("出資法人", []),
        ("非営利法人", []),
        (None, ["applicant_type", "municipality"]),
    ],
)
def test_the_municipality_may_be_empty_by_the_kind_of_applicant(spec, values, applicant, missing):
    data = read_form(fill_form(spec, values | {"applicant_type": applicant, "municipality": None}), [spec])
    assert missing_fields(spec, data) == missing


def test_what_was_filled_but_not_understood_is_not_missing(spec, values):
    assert missing_fields(spec, read_form(fill_form(spec, values | {"course": "C"}), [spec])) == []


@pytest.mark.parametrize(
    ("unit", "typed", "value"),
    [("㎡", "350㎡", 350), ("㎡", "約 1,200 ㎡", 1200), ("m2", "350m2", 350), ("㎡", 350, 350), ("㎡", "350㎡と20㎡", None)],
)  # fmt: skip
def test_a_unit_with_a_figure_in_it_is_no_second_number(unit, typed, value):
    field = FieldSpec(key="area", label="面積", type="number", unit=unit)
    assert understand(field, typed).value == value


@pytest.mark.parametrize(
    ("typed", "day"),
    [("19-Mar-26", "2026-03-19"), ("二〇二六年三月十九日", "2026-03-19"), ("31-Feb-26", None), ("3月19日", None)],
)
def test_days_in_other_figures(typed, day):
    field = FieldSpec(key="day", label="記入日", type="date")
    assert understand(field, typed) == Meaning(day, None if day else "type")
