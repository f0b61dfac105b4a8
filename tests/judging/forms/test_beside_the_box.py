"""Answers written anywhere but into the box, and what officers draw: read or told, never called empty; and what the form's
maker printed is never taken for an answer."""

from __future__ import annotations

import zipfile
from io import BytesIO

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.worksheet.cell_range import CellRange

from mailflow.forms.fill import fill_form
from mailflow.forms.read import read_form
from mailflow.forms.values import is_blank, understand
from mailflow.settings.form import FieldSpec
from tests.judging.forms.books import ANSWERS, LAYOUTS, MEANT, SPELLINGS
from tests.judging.forms.test_layouts import said

THEME, PHONE, DEPARTMENT = "中山間地域における見守りと移動支援", "0265-00-0000", "企画課 デジタル推進係"


@pytest.fixture(scope="module")
def filled(spec) -> bytes:
    return fill_form(spec, MEANT)


def edited(content: bytes, change) -> bytes:
    book = openpyxl.load_workbook(BytesIO(content))
    change(book.worksheets[0])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def moved(to: str, value, empty: str | None):
    def change(sheet):
        if empty:
            sheet[empty] = None
        for area in list(sheet.merged_cells.ranges):
            if to in area and to != area.start_cell.coordinate:
                sheet.unmerge_cells(area.coord)
        sheet[to] = value

    return change


@pytest.mark.parametrize(
    ("to", "value", "empty"),
    [
        *(pytest.param("B19", f"電話番号{between}{PHONE}{end}", "D19", id=f"phone-in-its-label-{name}")
          for name, between, end in (("gap", "　", ""), ("line", "\n", ""), ("space", " ", ""), ("brackets", "（", "）"))),
        *(pytest.param("B24", f"取組テーマ{between}{THEME}", "D24", id=f"theme-in-its-label-{name}")
          for name, between in (("gap", "　"), ("line", "\n"), ("space", " "))),
        *(pytest.param("B22", f"応募コース{between}B{end}", "D22", id=f"course-in-its-label-{name}")
          for name, between, end in (("gap", "　", ""), ("line", "\n", ""), ("brackets", "（", "）"))),
        *(pytest.param("B42", f"確保できる作業時間{between}週5時間{end}", "D42", id=f"hours-in-their-label-{name}")
          for name, between, end in (("gap", "　", ""), ("line", "\n", ""), ("brackets", "（", "）"))),
        pytest.param("E24", THEME, "D24", id="theme-in-the-unmerged-half"), pytest.param("F24", THEME, "D24", id="theme-over-the-note"),
        pytest.param("G24", THEME, "D24", id="theme-outside-the-frame"), pytest.param("F16", DEPARTMENT, "D16", id="department-over-the-note"),
        pytest.param("F19", PHONE, "D19", id="phone-over-the-note"), pytest.param("E22", "B", "D22", id="course-in-the-unmerged-half"),
        pytest.param("F22", "B", "D22", id="course-over-the-note"),
    ],
)  # fmt: skip
def test_written_beside_the_box_is_taken_and_told(spec, filled, to, value, empty):
    data = read_form(edited(filled, moved(to, value, empty)), [spec])
    assert said(data) == MEANT
    assert len(data.problems) == 1
    assert f"!{to} に「" in data.problems[0]


@pytest.mark.parametrize(
    ("to", "value", "empty"),
    [
        *(pytest.param("B19", f"電話番号{colon}{PHONE}", "D19", id=f"phone-behind-{colon}") for colon in ("：", ":", ": ")),
        pytest.param("B24", f"取組テーマ：{THEME}", "D24", id="theme-behind-a-colon"), pytest.param("C22", "B", "D22", id="course-over-the-mark"),
        pytest.param("C17", MEANT["contact_name"], "D17", id="name-over-the-mark"), pytest.param("D26", MEANT["issues"], "D27", id="text-over-its-note"),
        pytest.param("E42", "5時間", "D42", id="hours-over-the-unit"), pytest.param("G42", 5, "D42", id="hours-outside-the-frame"),
        pytest.param("D42", "５時間／週", None, id="hours-with-their-unit"),
    ],
)  # fmt: skip
def test_written_where_it_is_meant_without_doubt(spec, filled, to, value, empty):
    data = read_form(edited(filled, moved(to, value, empty)), [spec])
    assert said(data) == MEANT
    assert data.problems == ()


def put_in(before: int, cell: str, value, empty: str | None = None):
    """A row put in as Excel does it, and written into."""

    def change(sheet):
        areas = [area.coord for area in sheet.merged_cells.ranges]
        for area in areas:
            sheet.unmerge_cells(area)
        sheet.insert_rows(before, 1)
        for area in map(CellRange, areas):
            if area.min_row >= before:
                area.shift(row_shift=1)
            elif area.max_row >= before:
                area.expand(down=1)
            sheet.merge_cells(area.coord)
        if empty:
            sheet[empty] = None
        sheet[cell] = value

    return change


@pytest.mark.parametrize(
    ("before", "cell", "value", "empty"),
    [(25, "D25", THEME, "D24"), (17, "D17", DEPARTMENT, "D16"), (28, "D28", MEANT["issues"], "D27"), (23, "D23", "B", "D22"), (20, "D20", PHONE, "D19")],
)  # fmt: skip
def test_written_into_a_row_put_in_below(spec, filled, before, cell, value, empty):
    data = read_form(edited(filled, put_in(before, cell, value, empty)), [spec])
    assert said(data) == MEANT
    assert [f"!{cell} に「" in problem for problem in data.problems] == [True]


def test_a_text_that_goes_on_below_is_told(spec, filled):
    data = read_form(edited(filled, put_in(25, "D25", "高齢者の通院も支援する")), [spec])
    assert said(data) == MEANT
    assert "応募様式!D25" in data.problems[0]


def test_an_answer_in_a_comment_is_told(spec, filled):
    def change(sheet):
        sheet["D16"] = None
        sheet["D16"].comment = Comment(DEPARTMENT, "山口")

    data = read_form(edited(filled, change), [spec])
    assert data.fields["department"].empty
    assert ["D16" in problem and "コメント" in problem for problem in data.problems] == [True]


def test_a_copy_kept_beside_the_form_says_nothing_new(spec, filled):
    data = read_form(edited(filled, lambda sheet: setattr(sheet.parent.copy_worksheet(sheet), "title", "控え")), [spec])
    assert (said(data), data.problems) == (MEANT, ())


GAPS = (
    {"theme", "contact_phone", "course", "issues"},
    {"department", "weekly_hours", "consensus", "goal", "remarks", "team_size"},
)
PARTLY = [
    pytest.param(layout, spelling, gaps, id=f"{layout}-{spelling}-{number}", marks=() if spelling == "as-printed" else pytest.mark.long)
    for layout in LAYOUTS
    for spelling in SPELLINGS
    for number, gaps in enumerate(GAPS)
    if not (layout == "inside" and spelling in ("a-line-break", "with-a-hint"))
]  # fmt: skip


@pytest.mark.parametrize(("layout", "spelling", "gaps"), PARTLY)
def test_a_gap_is_a_gap_in_every_layout(spec, layout, spelling, gaps):
    """Nothing that a maker printed beside a box (examples, notes, headings) is taken for what is missing in it."""
    answers = {key: value for key, value in ANSWERS.items() if key not in gaps}
    data = read_form(LAYOUTS[layout](SPELLINGS[spelling], answers), [spec])
    assert said(data) == {key: None if key in gaps else value for key, value in MEANT.items()}
    assert data.problems == ()


# --- other programs' files --------------------------------------------------------------------------------------------


def strict(content: bytes) -> bytes:
    """As Excel's 「Strict Open XML スプレッドシート」 names things."""
    names = {
        b"http://schemas.openxmlformats.org/spreadsheetml/2006/main": b"http://purl.oclc.org/ooxml/spreadsheetml/main",
        b"http://schemas.openxmlformats.org/officeDocument/2006/relationships": b"http://purl.oclc.org/ooxml/officeDocument/relationships",
    }
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = old.read(name)
            for usual, other in names.items():
                part = part.replace(usual, other)
            new.writestr(name, part)
    return out.getvalue()


@pytest.mark.parametrize("engine", ["auto", "calamine", "openpyxl"])
def test_strict_open_xml(spec, filled, engine):
    assert said(read_form(strict(filled), [spec], engine=engine)) == MEANT


def test_strict_open_xml_with_an_error_value(spec, filled):
    """Error values are openpyxl's to read, which knows nothing of strict files: it saw no sheet at all."""

    def change(sheet):
        sheet["D14"], sheet["D14"].data_type = "#REF!", "e"

    data = read_form(strict(edited(filled, change)), [spec])
    assert (data.fields["fiscal_index"].raw, data.fields["fiscal_index"].problem) == ("#REF!", "error")
    assert data.value("theme") == THEME


def test_a_workbook_with_macros(spec, filled):
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(filled)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
            new.writestr(name, old.read(name).replace(kind, b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"))
        new.writestr("xl/vbaProject.bin", b"\0" * 900)
    assert said(read_form(out.getvalue(), [spec])) == MEANT


@pytest.mark.parametrize(
    "name",
    [
        "渡辺󠄁 一郎",
        "邊󠄂見 葛󠄀",
        "髙﨑 𠮷野",
        "ﾔﾏｸﾞﾁ ｻｸﾗ",
        "齋藤　弘〜",
        "森鷗外",
        "𩸽 太郎",
        "山口 さくら‍",
        "㈱山口",
        "①番",
    ],
)
def test_names_are_kept_character_by_character(spec, name):
    for engine in ("calamine", "openpyxl"):
        assert (
            read_form(fill_form(spec, {"contact_name": name, "theme": "見守り"}), [spec], engine=engine).value(
                "contact_name"
            )
            == name
        )


@pytest.mark.parametrize("word", ["同上", "なし", "該当なし", "―", "〃", "未定", "別紙のとおり", "特になし。"])
def test_short_words_are_the_applicants(spec, filled, word):
    field = read_form(edited(filled, moved("D16", word, None)), [spec]).fields["department"]
    assert (field.value, field.problem, field.empty) == (word, None, False)


# --- what is drawn and written ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("☑首長了承 □部局長了承 □担当課のみ", "首長了承"), ("■首長了承　□部局長了承　□担当課のみ", "首長了承"), ("○首長了承　部局長了承　担当課のみ", "首長了承"),
        ("首長了承○　部局長了承　担当課のみ", "首長了承"), ("首長了承　部局長了承○　担当課のみ", "部局長了承"), ("首長了承（○）部局長了承（　）担当課のみ（　）", "首長了承"),
        ("首長了承（　）部局長了承（○）担当課のみ（　）", "部局長了承"), ("（　）首長了承（　）部局長了承（○）担当課のみ", "担当課のみ"), ("〔レ〕首長了承〔　〕部局長了承", "首長了承"),
        ("【 】首長了承【○】部局長了承", "部局長了承"), ("レ首長了承", "首長了承"), ("✔ 首長了承", "首長了承"), ("[x] 首長了承 [ ] 部局長了承", "首長了承"), ("☑\n首長了承", "首長了承"),
        ("首長了承 ✓", "首長了承"), ("● 首長了承 ○ 部局長了承 ○ 担当課のみ", "首長了承"), ("◉首長了承 ○部局長了承", "首長了承"), ("✅首長了承", "首長了承"),
        ("☒ 首長了承 ☐ 部局長了承", "首長了承"), ("首長の了承を得ている", "首長了承"), ("町長の了承済み", "首長了承"), ("市長の了承済です", "首長了承"), ("部局長の了承済み", "部局長了承"),
        ("①首長了承", "首長了承"), ("首長了承（町長）", "首長了承"), ("首長了承済み（3/10）", "首長了承"), ("✓首長了承／部局長了承／担当課のみ", "首長了承"), ("首長了承です。", "首長了承"),
        ("首長了承○ ○部局長了承", "首長了承"), ("首長了承・部局長了承", "首長了承"), ("調整中", None), ("□首長了承 □部局長了承 □担当課のみ", ""), ("（　）首長了承（　）部局長了承（　）担当課のみ", ""),
        ("首長了承（　）部局長了承（　）担当課のみ（　）", ""), ("選択してください", ""),
    ],
)  # fmt: skip
def test_one_of_three(spec, typed, value):
    """None: told as a problem; "": nothing is marked, the box is empty."""
    field = spec.fields["consensus"]
    if value == "":
        assert is_blank(field, typed)
        return
    meaning = understand(field, typed)
    assert not is_blank(field, typed)
    assert (meaning.value, meaning.problem) == (value, None if value else "choice")


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("可○・不可", "可"), ("可・不可○", "不可"), ("可 ・ ○不可", "不可"), ("（○）可　（　）不可", "可"), ("可（　）不可（○）", "不可"), ("受入れ可能です", "可"), ("受入れ不可です", "不可"),
        ("可とします", "可"), ("可（日程要調整）", "可"), ("可　※要調整", "可"), ("可。", "可"), ("①可", "可"), ("はい", "可"), ("いいえ", "不可"), ("○可 ×不可", "可"), ("☑ 可 ☐ 不可", "可"),
        ("可・不可", None), ("どちらでもよい", None), ("要相談", None), ("可ではない", None), ("☑可☑不可", None),
    ],
)  # fmt: skip
def test_yes_or_no(spec, typed, value):
    meaning = understand(spec.fields["visit_ok"], typed)
    assert (meaning.value, meaning.problem) == (value, None if value else "choice")


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("①③⑪", "①③⑪"), ("1、3、11", "①③⑪"), ("１・３・１１", "①③⑪"), ("①、③及び⑪", "①③⑪"), ("No.1, 3, 11", "①③⑪"), ("No.1、No.3", "①③"), ("B-①、B-③", "①③"), ("①～③、⑪", "①②③⑪"),
        ("①から④", "①②③④"), ("B①③", "①③"), ("☑①　□②　☑③", "①③"), ("全て", "①②③④⑤⑥⑦⑧⑨⑩⑪"),
    ],
)  # fmt: skip
def test_menus(spec, typed, value):
    meaning = understand(spec.fields["menus"], typed, {"course": "B"})
    assert ("".join(meaning.value), meaning.problem) == (value, None)


DAY = FieldSpec(key="day", label="開始日", type="date")


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("令和8年3月19日", "2026-03-19"), ("令和８年３月１９日（木）", "2026-03-19"), ("R8.3.19", "2026-03-19"), ("R8/3/19", "2026-03-19"), ("2026/3/19", "2026-03-19"), ("2026-03-19", "2026-03-19"),
        ("２０２６．３．１９", "2026-03-19"), ("20260319", "2026-03-19"), (20260319, "2026-03-19"), (46100, "2026-03-19"), (46100.5, "2026-03-19"), ("平成31年4月30日", "2019-04-30"), ("令和元年5月1日", "2019-05-01"),
        ("昭和64年1月7日", "1989-01-07"), ("2026年3月19日頃", "2026-03-19"), ("3月19日", None), ("3/19", None), ("26/3/19", None), ("8年3月19日", None), ("令和8年3月", None), ("令和8年13月1日", None),
        ("令和8年2月30日", None), ("未定", None), ("令和8年4月1日〜令和9年3月31日", None), (5, None),
    ],
)  # fmt: skip
def test_days(typed, day):
    meaning = understand(DAY, typed)
    assert (meaning.value, meaning.problem) == (day, None if day else "type")


@pytest.mark.parametrize(
    ("typed", "hours"),
    [
        ("週５時間程度", 5), ("約3.5時間", 3.5), ("3〜5時間", 3), ("３～５時間／週", 3), ("5時間以上", 5), ("週5〜6時間", 5), ("5ｈ", 5), ("五時間", 5), ("5時間半", 5.5), ("90分", 1.5), ("1日1時間", None),
        ("月20時間", None), ("3時間未満", None), ("同上", None), ("―", None), ("要検討", None), ("-5", None), ("5, 6", None),
    ],
)  # fmt: skip
def test_hours(spec, typed, hours):
    meaning = understand(spec.fields["weekly_hours"], typed)
    assert (meaning.value, meaning.problem is None) == (hours, hours is not None)
