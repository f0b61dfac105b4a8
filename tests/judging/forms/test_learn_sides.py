"""`form learn` on boxes that stand elsewhere than right of their label: under it and a little further right, left of it, over
several cells of a row; and on what stands between labels and is none. Each proposal is filled in and read."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import openpyxl
import pytest
from openpyxl.styles import PatternFill
from openpyxl.worksheet.datavalidation import DataValidation

from mailflow.forms.learn import learn_form
from mailflow.forms.read import read_form
from mailflow.forms.values import understand
from tests.judging.forms.foreign import GREY, Drawn, Pen
from tests.judging.forms.test_learn_tables import PALE_GREY, asked, draw

BLUE = PatternFill("solid", start_color="FFDDEBF7")
# cells as `draw` has them; label → cell; cell → what is typed; label → what is read
Case = tuple[list[tuple[Any, ...]], dict[str, str], dict[str, Any], dict[str, Any]]
NAME: list[tuple[Any, ...]] = [("A3:B3", "団体名", GREY), ("C3:H3", None)]
CASES: dict[str, Case] = {
    "under-a-heading-and-further-right": (
        [*NAME, ("~A4:H4", "２　事業の目的　※200字以内で記載すること"), ("B5:H7", None), ("~A8:H8", "３　事業の内容"), ("B9:H12", None), ("~A13:H13", "問４　分野をすべて選んでください。"), ("B14:H14", "□防災　□福祉　□観光")],
        {"団体名": "C3", "２　事業の目的": "B5", "３　事業の内容": "B9", "問４　分野をすべて選んでください。": "B14"},
        {"B5": "移動の手段を保つ", "B9": "乗合の実証", "B14": "□防災　☑福祉　□観光"},
        {"２　事業の目的": "移動の手段を保つ", "３　事業の内容": "乗合の実証", "問４　分野をすべて選んでください。": ("福祉",)}),
    "a-heading-over-nothing-to-fill-in": (
        [*NAME, ("~A4:H4", "５　添付書類"), ("~B5:H5", "(1) 事業計画書　(2) 収支予算書"), ("A6:B6", "所在地", GREY), ("C6:H6", None), ("A7:B7", "備考", GREY), ("C7:H7", None)], {"団体名": "C3", "所在地": "C6", "備考": "C7"}, {}, {}),
    "choices-side-by-side-under-their-labels": (
        [("A3:B3", "コース（いずれか１つ）", GREY), ("D3:E3", "会場（いずれか１つ）", GREY), ("A4:B6", "□基礎\n□実践"), ("D4:E6", "□会場\n□配信"), ("A7:B7", "人数", GREY), ("D7:E7", "備考", GREY), ("A8:B8", None), ("D8:E8", None)],
        {"コース（いずれか１つ）": "A4", "会場（いずれか１つ）": "D4", "人数": "A8", "備考": "D8"}, {"A4": "□基礎\n☑実践", "D4": "☑会場\n□配信", "A8": "3"},
        {"コース（いずれか１つ）": "実践", "会場（いずれか１つ）": "会場", "人数": "3"}),
    "beside-a-box-that-begins-higher": (
        [("A3:B3", "ふりがな", GREY), ("D3:E3", "年代", GREY), ("A4:B4", None), ("D4:E6", "□40代以下　□50代以上"), ("A5:B5", "お名前", GREY), ("A6:B6", None)],
        {"ふりがな": "A4", "年代": "D4", "お名前": "A6"}, {"A4": "きそ", "A6": "木曽", "D4": "☑40代以下　□50代以上"}, {"ふりがな": "きそ", "お名前": "木曽", "年代": "40代以下"}),
    "consent-left-of-its-words": (
        [*NAME, ("A5", "□"), ("~B5:H5", "個人情報の取扱いに同意します。★"), ("A6:B6", "所在地", GREY), ("C6:H6", None)],
        {"団体名": "C3", "個人情報の取扱いに同意します。": "A5", "所在地": "C6"}, {"A5": "☑"}, {"個人情報の取扱いに同意します。": ("個人情報の取扱いに同意します。",)}),
    "a-time-over-several-cells": (
        [*NAME, ("A4:B4", "使用時間", GREY), ("C4", None), ("~D4", "時"), ("E4", None), ("~F4", "分"), ("~G4", "から"), ("H4", None), ("~I4", "時"), ("J4", None), ("~K4", "分"), ("~L4", "まで"), ("A5:B5", "所在地", GREY), ("C5:H5", None)],
        {"団体名": "C3", "使用時間": "C4", "所在地": "C5"}, {"C4": 9, "E4": 30, "H4": 12, "J4": "00"}, {"使用時間": "9時30分から12時00分まで"}),
    "a-date-over-several-cells": (
        [*NAME, ("A4:B4", "開催日", GREY), ("~C4", "令和"), ("D4", None), ("~E4", "年"), ("F4", None), ("~G4", "月"), ("H4", None), ("~I4", "日"), ("A5:B5", "所在地", GREY), ("C5:H5", None)],
        {"団体名": "C3", "開催日": "D4", "所在地": "C5"}, {"D4": 8, "F4": 7, "H4": 10}, {"開催日": "2026-07-10"}),
    "all-of-it-in-the-first-cell": (
        [*NAME, ("A4:B4", "使用時間", GREY), ("C4", None), ("~D4", "時"), ("E4", None), ("~F4", "分"), ("A5:B5", "所在地", GREY), ("C5:H5", None)],
        {"団体名": "C3", "使用時間": "C4", "所在地": "C5"}, {"C4": "9:30～12:00"}, {"使用時間": "9:30～12:00"}),
    "a-period-over-two-cells": (
        [*NAME, ("A4:B4", "実施期間", GREY), ("C4:D4", "令和　　年　　月"), ("E4", "～"), ("F4:H4", "令和　　年　　月"), ("A5:B5", "所在地", GREY), ("C5:H5", None)],
        {"団体名": "C3", "実施期間": "C4", "所在地": "C5"}, {"C4": "令和8年5月", "F4": "令和9年3月"}, {"実施期間": "令和8年5月～令和9年3月"}),
    "half-a-day-behind-a-date": (
        [*NAME, ("A4:B4", "第１希望", GREY), ("C4:F4", "　　月　　日（　　）"), ("G4:H4", "午前　・　午後"), ("A5:B5", "所在地", GREY), ("C5:H5", None)],
        {"団体名": "C3", "第１希望": "C4", "所在地": "C5"}, {"C4": "7月10日（金）", "G4": "午後"}, {"第１希望": "7月10日（金）午後"}),
    "half-a-day-left-open": (
        [*NAME, ("A4:B4", "第１希望", GREY), ("C4:F4", "　　月　　日（　　）"), ("G4:H4", "午前　・　午後"), ("A5:B5", "所在地", GREY), ("C5:H5", None)],
        {"団体名": "C3", "第１希望": "C4", "所在地": "C5"}, {"C4": "7月10日（金）"}, {"第１希望": "7月10日（金）"}),
    "a-telephone-number-over-cells": (
        [*NAME, ("A4:B4", "電話番号", GREY), ("C4", None), ("~D4", "－"), ("E4", None), ("~F4", "－"), ("G4", None), ("A5:B5", "所在地", GREY), ("C5:H5", None)],
        {"団体名": "C3", "電話番号": "C4", "所在地": "C5"}, {"C4": 265, "E4": 22, "G4": 4511}, {"電話番号": "0265-22-4511"}),
    "a-postal-code-over-cells": (
        [*NAME, ("A4:B4", "郵便番号", GREY), ("~C4", "〒"), ("D4", None), ("~E4", "－"), ("F4", None), ("A5:B5", "所在地", GREY), ("C5:H5", None)],
        {"団体名": "C3", "郵便番号": "D4", "所在地": "C5"}, {"D4": "395", "F4": "8501"}, {"郵便番号": "〒395－8501"}),
    "a-note-in-a-row-of-its-own": (
        [*NAME, ("A4:H4", "２　団体の概要", GREY), ("A5:H5", "※規模、特徴を記載してください。"), ("A6:H9", None), ("A10:H10", "３　現状と課題", GREY), ("A11:H11", "（数値を用いて500字以内で記載）"), ("A12:H15", None)],
        {"団体名": "C3", "２　団体の概要": "A6", "３　現状と課題": "A12"}, {"A6": "山あいの町", "A12": "高齢化率42％"}, {"２　団体の概要": "山あいの町", "３　現状と課題": "高齢化率42％"}),
    "a-question-beside-its-number": (
        [*NAME, ("A4:A8", "質問１", GREY), ("B4:H4", "困っていることは何ですか。"), ("B5:H8", None), ("A9:A13", "質問２", GREY), ("B9:H9", "期待することは何ですか。"), ("B10:H13", None)],
        {"団体名": "C3", "困っていることは何ですか。": "B5", "期待することは何ですか。": "B10"}, {"B5": "人手", "B10": "助言"}, {"困っていることは何ですか。": "人手", "期待することは何ですか。": "助言"}),
    "sentences-under-a-head": (
        [("A3", "No", GREY), ("B3:D3", "設問", GREY), ("E3", "回答", GREY), ("F3", "単位", GREY), ("G3", "備考（記入上の注意）", GREY)] +
        [cell for r, (q, u, n) in enumerate((("総人口を記入してください。", "人", "令和７年４月１日現在"), ("職員数を記入してください。", "人", "兼務を含む"), ("課題を記入してください。", None, "200字以内")), 4)
         for cell in ((f"A{r}", r - 3), (f"B{r}:D{r}", q), (f"E{r}", None), (f"F{r}", u), (f"G{r}", n))],
        {"総人口を記入してください。": "E4", "職員数を記入してください。": "E5", "課題を記入してください。": "E6"}, {"E4": 4200, "E5": 31, "E6": "人手"},
        {"総人口を記入してください。": 4200, "職員数を記入してください。": 31, "課題を記入してください。": "人手"}),
    "heads-over-two-rows": (
        [*NAME, ("A5:B6", "指標", GREY), ("C5", "現状", GREY), ("D5:E5", "目標値", GREY), ("F5:H6", "把握方法", GREY), ("C6", "R7", GREY), ("D6", "R8", GREY), ("E6", "R9", GREY),
         *(cell for r, t in ((7, "利用者数（人）"), (8, "満足度（％）")) for cell in ((f"A{r}:B{r}", t), *((f"{c}{r}", None) for c in "CDE"), (f"F{r}:H{r}", None)))],
        {"団体名": "C3"} | {f"{t} {h}": f"{c}{r}" for r, t in ((7, "利用者数（人）"), (8, "満足度（％）")) for c, h in zip("CDEF", ("R7", "R8", "R9", "把握方法"), strict=True)},
        {"D7": 120, "F8": "調査票"}, {"利用者数（人） R8": 120, "満足度（％） 把握方法": "調査票"}),
    "labels-in-a-cell-of-their-own": (
        [("~A2:H2", "団体：　　　　　　　　　　　担当者：　　　　　　"), ("A3:H3", "１．取組の概要", GREY), ("A4:H8", None), ("A9:H9", "２．期待する支援", GREY), ("A10:H14", None), ("A15:H15", "３．備考", GREY), ("A16:H18", None)],
        {"団体": "A2", "担当者": "A2", "１．取組の概要": "A4", "２．期待する支援": "A10", "３．備考": "A16"}, {"A2": "団体：川原町　　　　担当者：大滝"}, {"団体": "川原町", "担当者": "大滝"}),
    "an-empty-column-between": (
        [("~A2:H2", "※水色のセルに入力してください。"), *(cell for r, t in ((4, "団体名"), (5, "所在地"), (6, "担当者名")) for cell in ((f"~A{r}", t), (f"~C{r}:F{r}", None, BLUE))), ("~A7", "参加人数"), ("~C7", None, BLUE), ("~D7", "名")],
        {"団体名": "C4", "所在地": "C5", "担当者名": "C6", "参加人数": "C7"}, {"C7": 3}, {"参加人数": 3}),
    "a-sum-behind-its-first-word": (
        [*NAME, ("A4:B4", "交付申請額", GREY), ("~C4", "金"), ("D4:F4", None), ("~G4", "円"), ("A5:B5", "所在地", GREY), ("C5:H5", None)],
        {"団体名": "C3", "交付申請額": "D4", "所在地": "C5"}, {"D4": 1200000}, {"交付申請額": 1200000}),
    "an-example-over-the-rows": (
        [*NAME, ("~A4:H4", "２　担当者名簿　※足りないときは行を足すこと。"), *((f"{c}5", t, GREY) for c, t in zip("ABCD", ("No.", "氏名", "所属", "資格"), strict=True)),
         *((f"{c}6", t, PALE_GREY) for c, t in zip("ABCD", ("例", "木曽　太郎", "企画課", "なし"), strict=True)), *((f"A{r}", r - 6) for r in (7, 8)), *((f"{c}{r}", None) for c in "BCD" for r in (7, 8)),
         ("A10:B10", "所在地", GREY), ("C10:H10", None)],
        {"団体名": "C3", "氏名": "B7", "所属": "C7", "資格": "D7", "所在地": "C10"}, {"B7": "大滝", "C7": "総務課", "B8": "王滝", "C10": "本町"}, {"氏名": "大滝\n王滝", "所属": "総務課", "所在地": "本町"}),
    "alternatives-in-a-table": (
        [*NAME, *((f"{c}5", t) for c, t in zip("ABCD", ("金融機関名", "預金種別", "口座番号", "口座名義"), strict=True)), ("A6", None), ("B6", "普通 ・ 当座"), ("C6", None), ("D6", None), ("A8:B8", "所在地", GREY), ("C8:H8", None), ("A9:B9", "電話番号", GREY), ("C9:H9", None)],
        {"団体名": "C3", "金融機関名": "A6", "預金種別": "B6", "口座番号": "C6", "口座名義": "D6", "所在地": "C8", "電話番号": "C9"}, {"A6": "山の銀行", "B6": "普通"}, {"金融機関名": "山の銀行", "預金種別": "普通"}),
    "a-sentence-among-labels": (
        [*NAME, ("A4:B4", "業務名", GREY), ("C4:H4", None), ("A5:B5", "業務の流れを順番に書いてください。\n（400字程度まで）", GREY), ("C5:H5", None), ("A6:B6", "これまでに取り組んだこと", GREY), ("C6:H6", None), ("A7:B7", "備考", GREY), ("C7:H7", None)],
        {"団体名": "C3", "業務名": "C4", "業務の流れを順番に書いてください。": "C5", "これまでに取り組んだこと": "C6", "備考": "C7"}, {"C5": "受付、確認、支払", "C6": "様式の見直し"},
        {"業務の流れを順番に書いてください。": "受付、確認、支払", "これまでに取り組んだこと": "様式の見直し"}),
    "a-block-of-the-office": (
        [*NAME, ("A4:B4", "所在地", GREY), ("C4:H4", None), ("D6:F6", "町処理欄"), ("D7", "受付"), ("E7", "審査"), ("F7", "決裁"), ("D8", None), ("E8", None), ("F8", None)], {"団体名": "C3", "所在地": "C4"}, {}, {}),
    "below-is-for-others": (
        [*NAME, ("A4:B4", "所在地", GREY), ("C4:H4", None), ("~A6:H6", "※ 以下は施設側で記入します（申請者は記入しないでください）"), ("A7:B7", "使用料"), ("C7:H7", None)], {"団体名": "C3", "所在地": "C4"}, {}, {}),
    "its-own-number": (
        [("~F2", "文書番号"), ("~G2:H2", "第　　　　　号"), *NAME, ("A4:B4", "所在地", GREY), ("C4:H4", None)], {"文書番号": "G2", "団体名": "C3", "所在地": "C4"}, {"G2": "第123号"}, {"文書番号": "第123号"}),
}  # fmt: skip


@pytest.mark.parametrize(("cells", "boxes", "typed", "read"), CASES.values(), ids=CASES)
def test_where_the_box_stands(cells, boxes, typed, read):
    content = Drawn(draw(*cells).book).content()
    learned = learn_form(content)
    assert asked(learned, content) == boxes
    book = openpyxl.load_workbook(BytesIO(content))
    named = {boxes["団体名"]: "川原町"} if "団体名" in boxes else {}
    for cell, said in (named | typed).items():
        book["様式"][cell] = said
    out = BytesIO()
    book.save(out)
    data = read_form(out.getvalue(), [learned.spec])
    assert data is not None
    said_by = {field.label: field.value for field in data.fields.values()}
    assert {label: said_by[label] for label in read} == read
    assert {field.label for field in data.fields.values() if not field.empty} == {
        *read,
        *("団体名",) * ("団体名" in boxes),
    }
    assert data.problems == ()


def test_a_box_before_an_arrow():
    pen: Pen = draw(*NAME, ("A5", None), ("~B5:H5", "← 研修への参加に同意する（必須）"), ("A6:B6", "所在地", GREY), ("C6:H6", None))  # fmt: skip
    pen.sheet.add_data_validation(DataValidation("list", formula1='"はい,いいえ"', sqref="A5"))
    content = Drawn(pen.book).content()
    learned = learn_form(content)
    assert asked(learned, content) == {"団体名": "C3", "研修への参加に同意する": "A5", "所在地": "C6"}
    (one,) = [field for field in learned.spec.fields.values() if field.box.value == "left"]
    assert ([choice.value for choice in one.choices], one.required) == (["はい", "いいえ"], True)


def test_the_answer_under_its_own_word():
    """Alternatives numbered line by line, and beside them a box for the number under 「回答番号」."""
    pen: Pen = draw(*NAME, ("~A5:H5", "問１　公開の状況について、該当する番号を１つ選んでください。"), ("~B6:E6", "１　公開している"), ("F6", "回答番号"), ("~B7:E7", "２　準備中"), ("F7", None), ("~B8:E8", "３　予定もない"), ("A10:B10", "所在地", GREY), ("C10:H10", None))  # fmt: skip
    pen.sheet.add_data_validation(DataValidation("list", formula1='"1,2,3"', sqref="F7"))
    content = Drawn(pen.book).content()
    learned = learn_form(content)
    found = asked(learned, content)
    assert (found.pop("団体名"), found.pop("所在地")) == ("C3", "C10")
    assert list(found.values()) == ["F7"]


@pytest.mark.parametrize(
    ("form", "unit", "kind"),
    [
        ('#,##0"名"', "名", "integer"),
        ('#,##0" 回"', "回", "integer"),
        ('0"時間"', "時間", "number"),
        ('"第"0', None, "text"),
    ],
)
def test_a_unit_that_the_cell_itself_shows(form, unit, kind):
    pen: Pen = draw(*NAME, ("A4:B4", "規模", GREY), ("C4:H4", None), ("A5:B5", "所在地", GREY), ("C5:H5", None))
    pen.sheet["C4"].number_format = form
    one = list(learn_form(Drawn(pen.book).content()).spec.fields.values())[1]
    assert (one.unit, one.type.value) == (unit, kind)


@pytest.mark.parametrize(
    ("label", "box", "kind"),
    [
        ("自己評価", "Ａ 上回った　・　Ｂ 目標どおり　・　Ｃ 下回った", "choice"),
        ("年代", "□30代　□40代　□50代", "choice"),
        ("相談の分野", "□観光　□福祉　□防災", "choices"),
    ],
)  # fmt: skip
def test_one_choice_or_several(label, box, kind):
    pen: Pen = draw(*NAME, ("A4:B4", label, GREY), ("C4:H4", box), ("A5:B5", "所在地", GREY), ("C5:H5", None))
    one = list(learn_form(Drawn(pen.book).content()).spec.fields.values())[1]
    assert one.type.value == kind


def test_the_sign_of_what_is_required_within_a_label():
    pen: Pen = draw(("~A2:H2", "★は必須項目です。"), *NAME, ("A4:H4", "相談の内容 ★　※具体的に（400字以内）", GREY), ("A5:H8", None), ("A9:B9", "備考", GREY), ("C9:H9", None))  # fmt: skip
    one = next(field for field in learn_form(Drawn(pen.book).content()).spec.fields.values() if "内容" in field.label)
    assert (one.required, one.max_length) == (True, 400)


@pytest.mark.parametrize(
    ("box", "typed", "read"),
    [
        ("□あり　□なし", {"はい": "あり", "有": "あり", "ない": "なし", "×": "なし", "検討中": None}, "あり"),
        ("可　・　不可", {"はい": "可", "○": "可", "いいえ": "不可", "あり": None}, "可"),
        ("□希望する　□希望しない", {"はい": "希望する", "いいえ": "希望しない"}, "希望する"),
        ("□新規　□継続", {"はい": None, "継続": "継続"}, "新規"),
    ],
)  # fmt: skip
def test_yes_and_no_in_other_words(box, typed, read):
    pen: Pen = draw(*NAME, ("A4:B4", "区分", GREY), ("C4:H4", box), ("A5:B5", "所在地", GREY), ("C5:H5", None))
    one = list(learn_form(Drawn(pen.book).content()).spec.fields.values())[1]
    assert one.choices[0].value == read
    assert {words: understand(one, words).value for words in typed} == typed
