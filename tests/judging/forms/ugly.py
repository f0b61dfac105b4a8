"""The shipped form as officers leave it after an afternoon in Excel: what was done to the filled copy, and what a clerk reads there.

`UGLY`: name → (what is done to the workbook, what is read other than MEANT). A value `...`: whatever is read there, it must be
told (a problem with the field, or a line in the form's problems), never taken in silence.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from openpyxl.styles import Protection
from openpyxl.worksheet.cell_range import CellRange

Change = Callable[[Any], None]


def rows_in(sheet: Any, before: int, count: int = 1) -> None:
    areas = [area.coord for area in sheet.merged_cells.ranges]
    for area in areas:
        sheet.unmerge_cells(area)
    sheet.insert_rows(before, count)
    for area in areas:
        moved = CellRange(area)
        if moved.min_row >= before:
            moved.shift(row_shift=count)
        elif moved.max_row >= before:
            moved.expand(down=count)
        sheet.merge_cells(moved.coord)


def columns_in(sheet: Any, before: int, count: int = 1) -> None:
    areas = [area.coord for area in sheet.merged_cells.ranges]
    for area in areas:
        sheet.unmerge_cells(area)
    sheet.insert_cols(before, count)
    for area in areas:
        moved = CellRange(area)
        if moved.min_col >= before:
            moved.shift(col_shift=count)
        elif moved.max_col >= before:
            moved.expand(right=count)
        sheet.merge_cells(moved.coord)


def unmerged(sheet: Any) -> None:
    for area in [area.coord for area in sheet.merged_cells.ranges]:
        sheet.unmerge_cells(area)


def cells(**said: Any) -> Change:
    def change(book: Any) -> None:
        for where, value in said.items():
            book.worksheets[0][where] = value

    return change


def on(change: Callable[[Any], None]) -> Change:
    return lambda book: change(book.worksheets[0])


def both(*changes: Change) -> Change:
    def change(book: Any) -> None:
        for one in changes:
            one(book)

    return change


def sheet_copied_blank_behind(book: Any) -> None:
    """The whole form once more under the filled one, as a spare; or the spare above."""
    sheet = book.worksheets[0]
    height = sheet.max_row
    for row in range(1, height + 1):
        for column in range(1, 7):
            if column in (4, 5) and row > 8 and not str(sheet.cell(row, column).value or "").endswith("。"):
                continue
            sheet.cell(row + height + 3, column).value = sheet.cell(row, column).value


def blank_above(book: Any) -> None:
    """A blank copy of the form stands above the filled one, in one sheet."""
    sheet = book.worksheets[0]
    height = sheet.max_row
    kept = {(c.row, c.column): c.value for row in sheet.iter_rows() for c in row if c.value is not None}
    areas = [area.coord for area in sheet.merged_cells.ranges]
    unmerged(sheet)
    for (row, column), value in kept.items():
        sheet.cell(row + height + 2, column).value = value
        filled = column == 4 and row > 8 and row not in (26, 28, 30, 32, 34, 37, 43, 49)
        sheet.cell(row, column).value = None if filled or row in (27, 29, 31, 33, 35, 38, 44, 50) else value
    for area in areas:
        moved = CellRange(area)
        sheet.merge_cells(moved.coord)
        moved.shift(row_shift=height + 2)
        sheet.merge_cells(moved.coord)


def sheet_twice_one_blank(book: Any) -> None:
    twin = book.copy_worksheet(book.worksheets[0])
    twin.title = "応募様式 (2)"
    for row in range(9, 51):
        cell = twin.cell(row, 4)
        if type(cell).__name__ == "Cell" and row not in (26, 28, 30, 32, 34, 37, 43, 49):
            cell.value = None


def other_sheets(book: Any) -> None:
    for name in ("Sheet2", "Sheet3", "参考資料", "予算"):
        book.create_sheet(name)["A1"] = "担当課：企画課"
    book["予算"]["B2"] = 120_000


def protected(book: Any) -> None:
    book.worksheets[0].protection.sheet = True
    for row in book.worksheets[0].iter_rows(min_row=9, max_row=50, min_col=4, max_col=4):
        row[0].protection = Protection(locked=False)


def hide(first: int, last: int) -> Change:
    def change(book: Any) -> None:
        for row in range(first, last + 1):
            book.worksheets[0].row_dimensions[row].hidden = True

    return change


def moved_to(column: str) -> Change:
    """Answers typed into another column of the form, the box left empty."""

    def change(book: Any) -> None:
        sheet = book.worksheets[0]
        for row in (10, 11, 12, 16, 17):
            sheet.unmerge_cells(f"D{row}:E{row}")
            sheet[f"{column}{row}"].value, sheet[f"D{row}"].value = sheet[f"D{row}"].value, None

    return change


def widened(book: Any) -> None:
    for letter in "ABCDEF":
        book.worksheets[0].column_dimensions[letter].width = 40


def renamed(name: str) -> Change:
    def change(book: Any) -> None:
        book.worksheets[0].title = name

    return change


def first_columns_gone(book: Any) -> None:
    """The column of numbers deleted."""
    sheet = book.worksheets[0]
    areas = [CellRange(area.coord) for area in sheet.merged_cells.ranges]
    unmerged(sheet)
    sheet.delete_cols(1)
    for area in areas:
        if area.min_col > 1:
            area.shift(col_shift=-1)
            sheet.merge_cells(area.coord)


def order_changed(book: Any) -> None:
    """The guide stands first."""
    book.move_sheet(book.worksheets[1], -1)


def prefixed(prefix: str) -> Change:
    def change(book: Any) -> None:
        for row in range(9, 51):
            cell = book.worksheets[0].cell(row, 2)
            if isinstance(cell.value, str):
                cell.value = f"{prefix}{cell.value}"

    return change


def labels(**said: str) -> Change:
    return cells(**said)


def as_text(book: Any) -> None:
    for where in ("D13", "D14", "D41", "D42"):
        cell = book.worksheets[0][where]
        cell.value, cell.number_format = str(cell.value), "@"


UGLY: dict[str, tuple[Change, dict[str, Any]]] = {
    # rows, columns, sheets
    "row-at-the-top": (on(lambda s: rows_in(s, 1, 3)), {}),
    "rows-between-sections": (on(lambda s: [rows_in(s, row) for row in (45, 39, 25, 21, 15)]), {}),
    "rows-inside-a-section": (on(lambda s: [rows_in(s, row) for row in (42, 18, 11)]), {}),
    "column-in-front": (on(lambda s: columns_in(s, 1)), {}),
    "column-before-the-boxes": (on(lambda s: columns_in(s, 4)), {}),
    "column-behind-the-boxes": (on(lambda s: columns_in(s, 6)), {}),
    "columns-of-numbers-gone": (first_columns_gone, {}),
    "notes-column-gone": (on(lambda s: [s.cell(row, 6).__setattr__("value", None) for row in range(9, 51) if type(s.cell(row, 6)).__name__ == "Cell"]), {}),
    "all-unmerged": (on(unmerged), {}),
    "widened": (widened, {}),
    "renamed": (renamed("朝日県川原町"), {}),
    "renamed-sheet1": (renamed("Sheet1"), {}),
    "renamed-copy": (renamed("応募様式 (2)"), {}),
    "order-changed": (order_changed, {}),
    "guide-deleted": (lambda book: book.remove(book.worksheets[1]), {}),
    "other-sheets": (other_sheets, {}),
    "blank-twin-behind": (sheet_twice_one_blank, {}),
    "blank-copy-below": (sheet_copied_blank_behind, {}),
    "blank-copy-above": (blank_above, {"theme": "中山間地域における見守りと移動支援"}),
    "protected": (protected, {}),
    "hidden-guide": (lambda book: setattr(book.worksheets[1], "sheet_state", "hidden"), {}),
    "very-hidden-guide": (lambda book: setattr(book.worksheets[1], "sheet_state", "veryHidden"), {}),
    "hidden-rows-of-notes": (hide(4, 5), {}),
    "hidden-answer": (hide(16, 16), {"department": ...}),
    # labels
    "labels-starred": (prefixed("※"), {}),
    "labels-bulleted": (prefixed("・"), {}),
    "labels-numbered": (prefixed("（１）"), {}),
    "labels-spaced": (prefixed("　"), {}),
    "label-words": (labels(B16="担当部署名", B17="担当者", B19="ＴＥＬ", B20="E-mail", B24="テーマ"), {}),
    "label-note-added": (labels(B19="電話番号（直通）", B20="メールアドレス（課共用）", B10="都道府県名（正式名称）"), {}),
    "label-line-break": (labels(B40="庁内の\n合意状況", B36="庁舎内ネットワーク\n整備の有無", B48="支援先団体名の\n公表"), {}),
    "label-slip": (labels(B47="現地訪問の受け入れ", B42="確保できる作業時聞", B46="支援終了後の予定について"), {}),
    "label-colon": (labels(B10="都道府県名：", B11="市区町村名：", B12="団体名："), {}),
    # where it was typed
    "typed-into-the-next-column": (moved_to("E"), dict.fromkeys(("prefecture", "municipality", "organization_name", "department", "contact_name"), ...)),
    "typed-behind-the-label": (cells(B19="電話番号　0265-00-0000", D19=None), {"contact_phone": ...}),
    "typed-under-the-label": (cells(B16="担当部署\n企画課 デジタル推進係", D16=None), {"department": ...}),
    "typed-over-the-label": (cells(B24="取組テーマ：中山間地域における見守りと移動支援", D24=None), {}),
    "typed-over-the-note": (cells(F16="企画課 デジタル推進係", D16=None), {"department": ...}),
    "typed-into-the-mark": (cells(C22="B", D22=None), {}),
    "typed-over-the-unit": (cells(E42="5.5時間/週", D42=None), {}),
    "unit-typed-too": (cells(D41="3名", D42="5.5時間/週"), {}),
    # dates, numbers
    "full-width-numbers": (cells(D13="２０２０５３", D14="０．５１", D41="３", D42="５．５"), {}),
    "numbers-as-text": (as_text, {}),
    "number-with-words": (cells(D41="３名（企画課２名、情報課１名）", D42="週５時間３０分程度"), {}),
    "code-without-check-digit": (cells(D13=20205), {}),
    "phone-as-number": (cells(D19=265000000), {"contact_phone": "0265000000"}),
    "index-with-year": (cells(D14="0.51（令和６年度）"), {}),
    "percent-typed": (cells(D14="51%"), {"fiscal_index": ...}),
    "hours-as-a-clock": (cells(D42=dt.time(5, 30)), {}),
    "hours-as-a-day": (cells(D42=dt.datetime(1900, 1, 5, 12, 0)), {}),
    "month-and-day": (cells(D42=dt.date(2026, 5, 5)), {"weekly_hours": ...}),
    "hours-a-month": (cells(D42="月20時間"), {"weekly_hours": ...}),
    # choices
    "ticked-box": (cells(D47="☑可　□不可", D48="□可　☑不可"), {}),
    "black-square": (cells(D22="□Ａ　■Ｂ", D36="□含む　■含まない"), {}),
    "circle-behind": (cells(D47="可○・不可"), {}),
    "circled-letter": (cells(D22="A ・ Ⓑ"), {}),
    "printed-choices-left": (cells(D47="□可　□不可"), {"visit_ok": None}),
    "words-for-choices": (cells(D22="Bコース（実装計画）", D40="町長了承済み", D9="町"), {}),
    "hedged": (cells(D36="一部含まない", D40="首長了承または部局長了承"), {"scope_internal": ..., "consensus": ...}),
    "both-courses": (cells(D22="A・B"), {"course": ...}),
    "menus-in-lines": (cells(D23="①\n③\n⑪"), {}),
    "menus-as-numbers": (cells(D23="1、3、11"), {}),
    "menu-as-a-number": (cells(D23=1), {"menus": ("①",)}),
    # words that stand for others, errors, formulas
    "same-as-above": (cells(D12="同上"), {"organization_name": "同上"}),
    "reference-error": (cells(D16="#REF!"), {"department": ...}),
    "name-error": (cells(D42="#NAME?"), {"weekly_hours": ...}),
    "pasted-from-word": (cells(D27="高齢化率が46％に達した。\r\n\r\n路線バスが廃止された。", D24="　中山間地域における見守りと移動支援\n"), {"issues": "高齢化率が46％に達した。\n\n路線バスが廃止された。"}),
    "zero-width": (cells(D10="朝日\u200b県", D20="kikaku@town.kawara.example\u200b", B22="応募\u200bコース"), {}),
    "no-break-spaces": (cells(D17="髙﨑\u00a0𠮷子", D19="0265-00-0000\u00a0（内線123）"), {"contact_name": "髙﨑\u00a0𠮷子", "contact_phone": "0265-00-0000\u00a0（内線123）"}),
    "apostrophe": (cells(D13="'202053"), {}),
    "leading-equals": (cells(D50="＝以上＝"), {"remarks": "＝以上＝"}),
    "example-left": (cells(D16="記入例：企画課"), {"department": None}),
    "note-kept-in-box": (on(lambda s: s["D27"].__setattr__("value", "地域が抱える課題と、その背景。800字以内。\n" + str(s["D27"].value))), {}),
}  # fmt: skip


# --- a second batch: other habits -------------------------------------------------------------------------------------


def half_pasted(book: Any) -> None:
    """Rows 9 to 20 pasted as values from an older file: labels in one column further right, numbers before them gone."""
    sheet = book.worksheets[0]
    for row in range(9, 21):
        sheet.cell(row, 1).value = None


def label_and_box_swapped_rows(book: Any) -> None:
    """Two rows changed places as a whole: labels, notes and answers."""
    sheet = book.worksheets[0]
    for column in range(1, 7):
        upper, lower = sheet.cell(16, column), sheet.cell(19, column)
        if "MergedCell" not in (type(upper).__name__, type(lower).__name__):
            upper.value, lower.value = lower.value, upper.value


def answers_cut_in_two(book: Any) -> None:
    """The merged box dissolved, surname and given name in its halves."""
    sheet = book.worksheets[0]
    sheet.unmerge_cells("D17:E17")
    sheet["D17"], sheet["E17"] = "髙﨑", "𠮷子"


def rows_below_the_box(book: Any) -> None:
    """A line put in under the box for the rest of a text."""
    sheet = book.worksheets[0]
    rows_in(sheet, 28)
    sheet["D28"] = "診療所も週2日の開設となった。"


def two_filled_sheets(book: Any) -> None:
    twin = book.copy_worksheet(book.worksheets[0])
    twin.title = "控え"
    twin["D24"] = "前年度の取組テーマ"


def draft_hidden(book: Any) -> None:
    """An older draft on a hidden sheet."""
    twin = book.copy_worksheet(book.worksheets[0])
    twin.title, twin["D24"] = "下書き", "古い取組テーマ"
    twin.sheet_state = "hidden"


def far_note(book: Any) -> None:
    book.worksheets[0]["AZ300"] = "作業メモ：課長確認済み"


def memo_beside(book: Any) -> None:
    """The office's own memo right of the form's columns."""
    for row, text in ((9, "確認済"), (17, "課長決裁後に記入"), (24, "要確認"), (41, "4名？")):
        book.worksheets[0][f"H{row}"] = text


def stamp_rows(book: Any) -> None:
    """A row of stamps over the form: 課長 | 係長 | 担当."""
    sheet = book.worksheets[0]
    rows_in(sheet, 1, 3)
    sheet["D1"], sheet["E1"], sheet["F1"] = "課長", "係長", "担当"


def cover_sheet(book: Any) -> None:
    sheet = book.create_sheet("鑑", 0)
    for row, text in enumerate(
        (
            "事務連絡",
            "令和８年３月１２日",
            "事務局　御中",
            "朝日県川原町 企画課",
            "担当者　山口",
            "電話番号　0265-99-9999",
            "応募様式を提出します。",
        ),
        start=1,
    ):
        sheet[f"A{row}"] = text


def checklist_sheet(book: Any) -> None:
    sheet = book.create_sheet("提出前チェック")
    for row, text in enumerate(("団体名", "担当者氏名", "電話番号", "応募コース", "取組テーマ"), start=1):
        sheet[f"A{row}"], sheet[f"B{row}"] = text, "済"


def strike_marks(book: Any) -> None:
    """The printed choices left, one of them struck out with ×."""
    cells(D47="可　×不可", D36="×含む　○含まない")(book)


AGAIN: dict[str, tuple[Change, dict[str, Any]]] = {
    "numbers-pasted-away": (half_pasted, {}),
    "rows-changed-places": (label_and_box_swapped_rows, {}),
    "name-in-two-halves": (answers_cut_in_two, {"contact_name": ...}),
    "a-row-under-the-box": (rows_below_the_box, {"issues": ...}),
    "two-filled-sheets": (two_filled_sheets, {"theme": ...}),
    "a-draft-on-a-hidden-sheet": (draft_hidden, {}),
    "a-note-far-off": (far_note, {}),
    "memos-beside": (memo_beside, {}),
    "a-row-of-stamps": (stamp_rows, {}),
    "a-cover-sheet": (cover_sheet, {}),
    "a-list-to-check": (checklist_sheet, {}),
    "struck-out": (strike_marks, {"visit_ok": ...}),
    "rings-and-crosses": (cells(D47="○", D48="×", D36="無"), {}),
    "yes-and-no": (cells(D47="はい", D48="いいえ", D36="なし"), {}),
    "truth-values": (cells(D47=True, D48=False), {}),
    "numbers-of-choices": (cells(D22="2"), {"course": ...}),
    "era-and-slashes": (cells(D40="首長了承済（R8.3.10）"), {}),
    "decided-on-a-day": (cells(D40="令和8年3月10日　町長決裁"), {}),
    "consent-planned": (cells(D40="首長了承予定（3/20庁議）"), {"consensus": ...}),
    "head-of-bureau": (cells(D40="企画財政部長了承済"), {"consensus": "部局長了承"}),
    "hours-by-the-minute": (cells(D42="330分"), {}),
    "hours-in-kanji": (cells(D42="五時間半程度"), {}),
    "hours-approximate": (cells(D42="約５．５時間／週"), {}),
    "hours-at-most": (cells(D42="最大5.5時間"), {"weekly_hours": ...}),
    "hours-for-each": (cells(D42="1人5.5時間"), {"weekly_hours": ...}),
    "people-in-kanji": (cells(D41="三名"), {}),
    "people-by-role": (cells(D41="課長1、係長1、主事1"), {}),
    "people-at-least": (cells(D41="3名以上"), {}),
    "people-undecided": (cells(D41="3名（未定）"), {"team_size": ...}),
    "people-plus": (cells(D41="3名＋委託業者"), {"team_size": ...}),
    "two-phones": (cells(D19="0265-00-0000／090-0000-0000"), {"contact_phone": "0265-00-0000／090-0000-0000"}),
    "phone-of-brackets": (cells(D19="０２６５（００）００００"), {"contact_phone": "0265（00）0000"}),
    "mail-with-words": (cells(D20="課共用　kikaku@town.kawara.example"), {}),
    "mail-full-width": (cells(D20="ｋｉｋａｋｕ＠ｔｏｗｎ．ｋａｗａｒａ．ｅｘａｍｐｌｅ"), {}),
    "mail-cut": (cells(D20="kikaku@town.kawara"), {"contact_email": "kikaku@town.kawara"}),
    "code-with-name": (cells(D13="202053（川原町）"), {}),
    "code-wrong": (cells(D13="202054"), {"organization_code": ...}),
    "menus-spelled-out": (cells(D23="①要件の検討に向けた課題の整理・具体化\n③ネットワーク構成・機器等の要件の検討\n⑪実行スケジュールや実施計画の策定"), {}),
    "menus-open": (cells(D23="①か③"), {"menus": ...}),
    "steps-with-years": (cells(D46="R9予算要求、R9実証事業"), {}),
    "steps-or": (cells(D46="予算要求または実証事業"), {"next_step": ...}),
    "as-in-the-annex": (cells(D27="別紙のとおり"), {"issues": "別紙のとおり"}),
    "dash": (cells(D33="－"), {"network": "－"}),
    "dots": (cells(D35="〃"), {"past_efforts": "〃"}),
    "note-left-in-the-box": (cells(D16="記入例：企画課 デジタル推進係"), {"department": None}),
    "prompt-left": (cells(D22="選択してください"), {"course": None}),
}  # fmt: skip
