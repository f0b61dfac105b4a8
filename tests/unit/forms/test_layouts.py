"""Forms as they come back: moved, renamed, pulled apart, drawn by hand."""

from __future__ import annotations

import datetime as dt

import pytest
from openpyxl.cell.cell import Cell

from mailflow.forms.build import build_form
from mailflow.forms.fill import fill_form
from mailflow.forms.read import read_form

TITLE = "地域社会DX推進パッケージ事業（計画策定支援）応募様式"


def said(data):
    return {key: list(v.value) if isinstance(v.value, tuple) else v.value for key, v in data.fields.items()}


# --- the shipped form after somebody worked on it ---------------------------------------------------------------------


def rename(book):
    book.worksheets[0].title = "Sheet1"


def put_last(book):
    book.move_sheet(book.worksheets[0], 1)


def cover_first(book):
    cover = book.create_sheet("送付状", 0)
    cover["A1"], cover["A3"], cover["B3"] = "計画策定支援の応募について", "担当部署", "秘書係"


def example_first(book):
    """The ministry's own filled example, on a sheet of its own."""
    example = book.copy_worksheet(book.worksheets[0])
    example.title = "記入例"
    for row in example.iter_rows(min_row=8):
        for cell in row[3:4]:
            if cell.value and cell.data_type == "s":
                cell.value = "見本"
    book.move_sheet(example, -2)


def hidden_copy(book):
    copy = book.copy_worksheet(book.worksheets[0])
    copy.title, copy.sheet_state = "旧", "hidden"
    copy["D24"] = "古いテーマ"


def labels_edited(book):
    for row in book.worksheets[0].iter_rows(max_col=2):
        label = row[1]
        if isinstance(label.value, str) and label.row > 7:
            label.value = f"※ １．{label.value[:1]}　{label.value[1:]}（必須）："


def labels_with_a_slip(book):
    sheet = book.worksheets[0]
    for row in sheet.iter_rows(max_col=2):
        slips = {
            "電話番号": "電話番号等",
            "メールアドレス": "メイルアドレス",
            "確保できる作業時間": "確保できる作業時聞",
        }
        if row[1].value in slips:
            row[1].value = slips[row[1].value]


def columns_inserted(book):
    """A column with nothing in it between label and box, unmerged: what a paste into a new sheet leaves."""
    old = book.worksheets[0]
    new = book.create_sheet("貼付け", 0)
    for row in old.iter_rows():
        for cell in row:
            if cell.value is not None:
                new.cell(cell.row, cell.column + (2 if cell.column > 2 else 1), cell.value)
    book.remove(old)


def notes_deleted(book):
    for row in book.worksheets[0].iter_rows(min_col=6, max_col=6, min_row=9):
        if isinstance(row[0], Cell):
            row[0].value = None


def number_column_deleted(book):
    for row in book.worksheets[0].iter_rows(max_col=1, min_row=8):
        if row[0].value and "　" not in str(row[0].value):
            row[0].value = None


@pytest.mark.parametrize(
    "change",
    [rename, put_last, cover_first, example_first, hidden_copy, labels_edited, labels_with_a_slip, columns_inserted,
     notes_deleted, number_column_deleted],
    ids=lambda change: change.__name__,
)  # fmt: skip
@pytest.mark.parametrize("engine", ["calamine", "openpyxl"])
def test_an_edited_form_reads_alike(spec, values, edited, change, engine):
    data = read_form(edited(change), [spec], engine=engine)
    assert said(data) == values


@pytest.mark.parametrize("before", [1, 4, 12, 24, 27, 40])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_inserted_rows_move_nothing(spec, values, edited, insert, before, count):
    assert said(read_form(edited(lambda book: insert(book.worksheets[0], before, count)), [spec])) == values


@pytest.mark.parametrize("before", [1, 4, 12, 24, 40])
def test_rows_inserted_by_a_program_that_leaves_merged_ranges_behind(spec, values, edited, before):
    """openpyxl's insert_rows moves cells and not ranges; gateways that rebuild files do alike."""
    data = read_form(edited(lambda book: book.worksheets[0].insert_rows(before, 1)), [spec], engine="calamine")
    assert said(data) == values


def test_cells_say_where_the_values_are_now(spec, edited, insert):
    def change(book):
        book.worksheets[0].title = "町の様式"
        insert(book.worksheets[0], 4, 2)

    data = read_form(edited(change), [spec])
    assert data.fields["theme"].cell == "町の様式!D26"
    assert data.sheet == "町の様式"


def test_a_deleted_row_is_said_and_shifts_nothing(spec, values, edited):
    def change(book):
        book.worksheets[0]["B17"] = None
        book.worksheets[0]["D17"] = None

    data = read_form(edited(change), [spec])
    assert data.fields["contact_name"].cell is None
    assert said(data) == values | {"contact_name": None}
    assert data.problems == ("様式に見当たらない項目があります（担当者氏名）。",)


def test_boxes_merged_over_several_fields_are_said(spec, values, edited):
    """One text in three fields' boxes is none of the three answers; a person reads it."""
    text = "総務課 政策推進係　主任　佐藤 健一（さとう けんいち）"

    def change(book):
        sheet = book.worksheets[0]
        for area in [one for one in sheet.merged_cells.ranges if one.min_row in (16, 17, 18)]:
            sheet.unmerge_cells(str(area))
        sheet["D16"] = text
        sheet.merge_cells("D16:E18")

    data = read_form(edited(change), [spec])
    assert {data.fields[key].cell for key in ("department", "contact_name", "contact_kana")} == {"応募様式!D16"}
    assert len(data.problems) == 1
    assert "「担当部署」「担当者氏名」「担当者氏名（ふりがな）」の欄が1つのセル（応募様式!D16）" in data.problems[0]


def test_two_filled_copies_are_said(spec, edited):
    def change(book):
        copy = book.copy_worksheet(book.worksheets[0])
        copy.title = "応募様式 (2)"
        copy["D24"] = "別のテーマ"

    data = read_form(edited(change), [spec])
    assert "複数" in data.problems[0]


def test_values_that_read_like_labels_stay_values(spec, values):
    odd = {
        "applicant_type": "都道府県", "organization_name": "都道府県", "contact_name": "電話番号", "department": "担当部署",
        "theme": "地域課題", "remarks": "メールアドレス", "goal": "目標", "network": "備考", "team_note": "１　応募団体",
    }  # fmt: skip
    assert said(read_form(fill_form(spec, values | odd), [spec])) == values | odd


def test_a_lone_field_filled_with_another_labels_name(spec):
    blank = dict.fromkeys(spec.fields)
    for key in ("theme", "organization_name", "issues", "remarks"):
        for label in ("都道府県名", "氏名", "備考", "テーマ", "団体名"):
            data = read_form(fill_form(spec, {key: label}), [spec])
            assert said(data) == blank | {key: label}, (key, label)


# --- other layouts ----------------------------------------------------------------------------------------------------

RIGHT = {
    "A1": "令和８年度　" + TITLE + "【第一次公募】",
    "A3": "応募団体の区分", "B3": "市区町村",
    "A4": "都道府県", "B4": "朝日県",
    "A5": "市区町村", "B5": "川原町",
    "A6": "団体名", "B6": "朝日県川原町",
    "A7": "担当課", "B7": "企画課",
    "A8": "TEL", "B8": 265000000,
    "A9": "Ｅ－ｍａｉｌ", "B9": "ｋｉｋａｋｕ＠ｔｏｗｎ．ｋａｗａｒａ．ｅｘａｍｐｌｅ",
    "A10": "連絡先：山口 さくら",
    "A11": "希望コース", "B11": "Ｂコース",
    "A12": "テーマ", "B12": "見守り",
    "A13": "週あたりの作業時間", "B13": "週５時間程度",
    "A14": "担当人数", "B14": "３名",
}  # fmt: skip


def test_a_form_of_two_plain_columns(spec, workbook):
    data = read_form(workbook({"様式": RIGHT}), [spec])
    got = {key: value for key, value in said(data).items() if value is not None}
    assert got == {
        "applicant_type": "市区町村", "prefecture": "朝日県", "municipality": "川原町", "organization_name": "朝日県川原町",
        "department": "企画課", "contact_phone": "0265000000", "contact_email": "kikaku@town.kawara.example",
        "contact_name": "山口 さくら", "course": "B", "theme": "見守り", "weekly_hours": 5, "team_size": 3,
    }  # fmt: skip
    assert data.fields["contact_phone"].raw == 265000000
    assert data.fields["contact_name"].cell == "様式!A10"
    assert data.names_round == "令和8年度 1次公募"


def test_labels_above_their_boxes(spec, workbook):
    cells = {
        "B1": TITLE,
        "B3": "都道府県名", "C3": "市区町村名", "D3": "団体コード",
        "B4": "朝日県", "C4": "川原町", "D4": 10006,
        "B6": "解決したい地域課題（８００字以内）",
        "B7": "※具体的に記入してください。",
        "B8": "高齢化が進み、移動手段が足りない。",
        "B10": "目指す姿", "B11": "",
        "B12": "応募コース", "B13": "☑Ａ　□Ｂ",
    }  # fmt: skip
    merged = {"様式": ["B6:F6", "B7:F7", "B8:F8", "B10:F10", "B11:F11", "B12:F12", "B13:F13"]}
    data = read_form(workbook({"様式": cells}, merged), [spec])
    assert data.value("prefecture") == "朝日県"
    assert data.value("municipality") == "川原町"
    assert data.value("organization_code") == "010006"
    assert data.fields["organization_code"].raw == 10006
    assert data.value("issues") == "高齢化が進み、移動手段が足りない。"
    assert data.fields["goal"].cell == "様式!B11"
    assert data.fields["goal"].empty
    assert data.value("course") == "A"


def test_fields_over_two_sheets(spec, workbook):
    first = {"A1": TITLE, "A2": "団体名", "B2": "川原町", "A3": "担当部署", "B3": "企画課", "A4": "電話番号", "B4": "0265-00-0000",
             "A5": "都道府県名", "B5": "朝日県", "A6": "市区町村名", "B6": "川原町", "A7": "担当者氏名", "B7": "山口"}  # fmt: skip
    second = {"A1": "取組の内容", "A2": "取組テーマ", "B2": "見守り", "A3": "目指す姿", "B3": "住み続ける"}
    data = read_form(workbook({"表紙": first, "別紙": second}), [spec])
    assert data.value("theme") == "見守り"
    assert data.fields["theme"].cell == "別紙!B2"


def test_two_blocks_side_by_side(spec, workbook):
    cells = {"A1": TITLE, "A2": "都道府県名", "B2": "朝日県", "C2": "市区町村名", "D2": "川原町", "A3": "担当部署", "B3": None,
             "C3": "担当者氏名", "D3": "山口", "A4": "電話番号", "B4": "0265-00-0000", "C4": "メールアドレス", "D4": None,
             "A5": "取組テーマ", "B5": "見守り"}  # fmt: skip
    data = read_form(workbook({"様式": cells}), [spec])
    assert (data.value("prefecture"), data.value("municipality"), data.value("contact_name")) == (
        "朝日県",
        "川原町",
        "山口",
    )
    assert data.fields["department"].empty
    assert data.fields["department"].cell == "様式!B3"
    assert data.fields["contact_email"].empty
    assert data.fields["contact_email"].cell == "様式!D4"


def test_units_and_marks_in_cells_of_their_own(spec, workbook):
    cells = {"A1": TITLE, "A2": "確保できる作業時間", "B2": "必須", "C2": "週", "D2": 5, "E2": "時間",
             "A3": "応募コース", "B3": "必須", "C3": "□", "D3": "A", "E3": "☑", "F3": "B",
             "A4": "現地訪問の受入れ", "B4": "必須", "C4": "可　・　不可",
             "A5": "団体名", "B5": "必須", "C5": "川原町", "A6": "支援先団体名の公表", "C6": "○可　　不可"}  # fmt: skip
    data = read_form(workbook({"様式": cells}), [spec])
    assert data.value("weekly_hours") == 5
    assert data.fields["weekly_hours"].cell == "様式!D2"
    assert data.value("course") == "B"
    assert data.value("publish_ok") == "可"
    assert data.fields["visit_ok"].value is None


def test_lines_of_a_tall_label_are_joined(spec, workbook):
    cells = {"A1": TITLE, "A2": "応募コース", "B2": "A", "A3": "取組テーマ", "B3": "見守り", "A4": "解決したい地域課題", "B4": "一つ目。", "B5": "二つ目。",
             "A7": "支援終了後の予定", "B7": "☑ 予算要求", "B8": "□ 実証事業", "B9": "☑ その他（住民説明会）"}  # fmt: skip
    data = read_form(workbook({"様式": cells}, {"様式": ["A4:A6", "A7:A9"]}), [spec])
    assert data.value("issues") == "一つ目。\n二つ目。"
    assert data.value("next_step") == ("予算要求", "その他")


def test_error_values_dates_and_booleans(spec, values, edited):
    def change(book):
        sheet = book.worksheets[0]
        sheet["D14"], sheet["D14"].data_type = "#REF!", "e"
        sheet["D41"] = dt.date(2026, 3, 4)
        sheet["D24"] = dt.date(2026, 1, 2)
        sheet["D42"] = dt.time(5, 30)

    data = read_form(edited(change), [spec])
    assert (data.fields["fiscal_index"].problem, data.fields["fiscal_index"].raw) == ("error", "#REF!")
    assert data.fields["team_size"].problem == "type"
    assert data.value("theme") == "2026-01-02"
    assert data.value("weekly_hours") == 5.5
    assert data.value("contact_name") == values["contact_name"]


def test_printed_placeholders_are_no_answers(spec, workbook):
    cells = {"A1": TITLE, "A2": "応募コース", "B2": "▼選択してください", "A3": "確保できる作業時間", "B3": "　　時間／週", "A4": "現地訪問の受入れ",
             "B4": "□可　□不可", "A5": "団体名", "B5": "例）朝日県川原町", "A6": "取組テーマ", "B6": ""}  # fmt: skip
    data = read_form(workbook({"様式": cells}), [spec])
    assert data.untouched
    assert all(v.problem is None for v in data.fields.values())


# --- what is no form --------------------------------------------------------------------------------------------------

LABELS_OF_A_LIST = [
    "番号",
    "都道府県名",
    "市区町村名",
    "団体名",
    "応募コース",
    "取組テーマ",
    "担当部署",
    "担当者氏名",
    "電話番号",
    "メールアドレス",
    "備考",
]


def test_the_ministrys_list_of_applications_is_no_form(spec, workbook):
    rows = {f"{chr(65 + i)}3": label for i, label in enumerate(LABELS_OF_A_LIST)}
    rows |= {f"{chr(65 + i)}{r}": f"値{r}{i}" for r in range(4, 9) for i in range(len(LABELS_OF_A_LIST))}
    for title in ("計画策定支援　応募状況", "地域社会DX推進パッケージ事業（計画策定支援）応募様式 一覧", TITLE):
        assert read_form(workbook({"応募状況": rows | {"A1": title}}), [spec], filename="応募状況.xlsx") is None


def test_our_own_export_with_every_label_is_no_form(spec, workbook):
    from openpyxl.utils import get_column_letter as letter

    rows = {f"{letter(i)}1": field.label for i, field in enumerate(spec.fields.values(), start=1)}
    rows |= {f"{letter(i)}2": "値" for i in range(1, len(spec.fields) + 1)}
    assert read_form(workbook({"応募一覧": rows}), [spec]) is None


def test_another_programmes_form_is_no_form(spec, workbook):
    labels = ["団体名", "都道府県名", "市区町村名", "全国地方公共団体コード", "財政力指数", "担当部署", "担当者氏名", "ふりがな", "電話番号", "メールアドレス",
              "取組テーマ", "地域課題", "目指す姿", "現状", "実証の内容", "実証地域", "総事業費", "スケジュール", "コンソーシアム構成", "備考"]  # fmt: skip
    cells = {f"A{i}": label for i, label in enumerate(labels, start=3)}
    for title in ("地域社会DX推進パッケージ事業（実証事業）提案書", "地域社会DX推進パッケージ事業（補助事業）応募様式"):
        assert read_form(workbook({"様式": cells | {"A1": title}}), [spec]) is None


@pytest.mark.parametrize("name", ["空", "応募様式"])
def test_an_empty_workbook_is_no_form(spec, workbook, name):
    assert read_form(workbook({name: {}}), [spec]) is None


def test_a_title_alone_is_no_form(spec, workbook):
    assert read_form(workbook({"応募様式": {"A1": TITLE, "A2": "団体名"}}), [spec]) is None


def test_the_form_without_its_title_is_still_the_form(spec, values, edited):
    def change(book):
        for row in book.worksheets[0].iter_rows(max_row=6):
            row[0].value = None

    data = read_form(edited(change), [spec])
    assert said(data) == values
    assert data.names_round is None


@pytest.mark.parametrize(
    ("title", "names"),
    [
        ("２次公募", "2次公募"), ("第２次公募", "2次公募"), ("第一次公募", "1次公募"), ("令和７年度", "令和7年度"), ("R7年度 1次公募", "令和7年度 1次公募"), ("", None),
    ],
)  # fmt: skip
def test_what_the_form_says_of_its_round(spec, edited, title, names):
    def change(book):
        book.worksheets[0]["A2"] = title
        book.worksheets[0]["D24"] = "9次公募に向けて"

    assert read_form(edited(change), [spec]).names_round == names


def test_a_form_of_another_round_is_read_and_says_so(spec, shipped):
    from mailflow.settings.form import FormFile

    second = FormFile.model_validate({"forms": [shipped["forms"][0] | {"round": "２次公募", "id": "r8-2"}]}).forms[0]
    assert read_form(build_form(second), [spec]).names_round == "2次公募"


def test_a_form_filled_into_the_sheet_of_examples_is_found(spec, values, edited):
    def change(book):
        book.worksheets[0].title = "記入例"
        del book["記入要領"]

    assert said(read_form(edited(change), [spec])) == values


def test_same_as_above_is_kept_as_written(spec, values):
    """「同上」 is the applicant's word: which field it means is for a person to say."""
    assert read_form(fill_form(spec, values | {"goal": "同上"}), [spec]).value("goal") == "同上"
