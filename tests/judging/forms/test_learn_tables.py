"""`form learn` on what offices draw beyond a label and its box: tables, several labels in a cell, legends of colours, questions,
lines to write on. Each proposal is used: people fill the blank in where it asks, and are read."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from openpyxl.styles import Border, PatternFill, Side

from mailflow.forms.learn import Learned, learn_form
from mailflow.forms.read import read_form
from tests.judging.forms.foreign import GREY, Drawn, Pen

YELLOW, PALE_GREY = PatternFill("solid", start_color="FFFFFF00"), PatternFill("solid", start_color="FFD9D9D9")
UNDERLINE = Border(bottom=Side(style="thin"))


def draw(*cells: tuple[Any, ...], title: str = "地域デジタル化推進事業　実施計画書") -> Pen:
    """(range, text, fill); a text of None is a box, a range that begins with ~ has no lines, with _ a line to write on."""
    pen = Pen("様式")
    pen.box("A1:H1", title, line=False, size=14)
    for span, text, *fill in cells:
        first = pen.box(span.lstrip("~_"), text, line=span[0] not in "~_", fill=fill[0] if fill else None)
        if span[0] == "_":
            first.border = UNDERLINE
    return pen


def table(heads: str, first: int, rows: dict[int, str], columns: str) -> list[tuple[Any, ...]]:
    cells: list[tuple[Any, ...]] = [
        (f"{column}{first}", text, GREY) for column, text in zip("ABCDEFG", heads.split("|"), strict=False)
    ]
    for row, label in rows.items():
        cells += [(f"A{row}", label), *((f"{column}{row}", None) for column in columns)]
    return cells


def asked(learned: Learned, content: bytes) -> dict[str, str]:
    """Label → the cell that is read for it."""
    blank = read_form(content, [learned.spec])
    assert blank is not None
    assert blank.untouched
    return {field.label: (blank.fields[key].cell or "").partition("!")[2] for key, field in learned.spec.fields.items()}


MATRIX = table("指標|現状値|R8目標", 3, {4: "利用者数（人）", 5: "満足度（％）"}, "BC")
YEARS = [("A3:A4", "費目", GREY), ("B3:C3", "令和８年度", GREY), ("D3:E3", "令和９年度", GREY),
         *((f"{c}4", t, GREY) for c, t in zip("BCDE", ("国費", "市費") * 2, strict=True)), ("A5", "人件費"), ("A6", "旅費"), *((f"{c}{r}", None) for c in "BCDE" for r in (5, 6))]  # fmt: skip
CASES: dict[str, tuple[list[tuple[Any, ...]], dict[str, str]]] = {
    "rows-and-columns": (MATRIX, {"利用者数（人） 現状値": "B4", "利用者数（人） R8目標": "C4", "満足度（％） 現状値": "B5", "満足度（％） R8目標": "C5"}),
    "columns-in-groups": (YEARS, {"人件費 令和８年度 国費": "B5", "人件費 令和８年度 市費": "C5", "人件費 令和９年度 国費": "D5", "人件費 令和９年度 市費": "E5",
                                  "旅費 令和８年度 国費": "B6", "旅費 令和８年度 市費": "C6", "旅費 令和９年度 国費": "D6", "旅費 令和９年度 市費": "E6"}),
    "checklist": ([("A3", "No."), ("B3", "確認項目"), ("C3", "申請者確認"), ("D3", "備考"), ("A4", 1), ("B4", "記入漏れはないか"), ("C4", None), ("D4", None),
                   ("A5", 2), ("B5", "見積書があるか"), ("C5", None), ("D5", None)],
                  {"記入漏れはないか 申請者確認": "C4", "記入漏れはないか 備考": "D4", "見積書があるか 申請者確認": "C5", "見積書があるか 備考": "D5"}),
    "empty-rows": ([("A3", "申請者名"), ("B3:D3", None), *table("区分|内容|金額|備考", 5, {6: None, 7: None}, "BCD"), ("A8:B8", "合計"), ("C8", None), ("D8", None)],
                   {"申請者名": "B3", "区分": "A6", "内容": "B6", "金額": "C6", "備考": "D6", "合計": "C8"}),
    "several-labels-in-a-cell": ([("A3", "団体名"), ("B3:D3", None), ("A4", "連絡先"), ("B4:D4", "電話：　　　　　　　ＦＡＸ：　　　　　　"), ("A5", "所在地"), ("B5:D5", None)],
                                 {"団体名": "B3", "電話": "B4", "ＦＡＸ": "B4", "所在地": "B5"}),
    "legend-of-colours": ([("~A2", "※黄色のセルに記入してください。灰色のセルは自動計算です。"), ("A3", "事業費"), ("B3", None, YELLOW), ("A4", "国費"), ("B4", None, YELLOW), ("A5", "補助率"), ("B5", None, PALE_GREY)],
                          {"事業費": "B3", "国費": "B4"}),
    "questions": ([("A3:C3", "問１　取り組むこととなった経緯をご記入ください。", GREY), ("A4:C4", None), ("A5:C5", "問２　国の補助事業を活用した実績がありますか。", GREY), ("A6:C6", None),
                   ("A7:C7", "問３　専門家に期待することは何ですか。（300字以内）", GREY), ("A8:C8", None)],
                  {"問１　取り組むこととなった経緯をご記入ください。": "A4", "問２　国の補助事業を活用した実績がありますか。": "A6", "問３　専門家に期待することは何ですか。（300字以内）": "A8"}),
    "headings-over-boxes": ([("~A3", "(1) 実施方針"), ("A4:D7", None), ("~A8", "(2) 実施体制"), ("A9:D12", None), ("A14", "連絡先"), ("B14:D14", None)],
                            {"(1) 実施方針": "A4", "(2) 実施体制": "A9", "連絡先": "B14"}),
    "two-lines-beside-a-tall-label": ([("A3:A4", "氏名"), ("B3", "ふりがな"), ("C3:E3", None), ("B4:E4", None), ("A5", "職業"), ("B5:E5", None), ("A6", "住所"), ("B6:E6", None)],
                                      {"氏名": "B4", "ふりがな": "C3", "職業": "B5", "住所": "B6"}),
    "for-the-office's-use": ([("A3", "申請者名"), ("B3:D3", None), ("A4", "所在地"), ("B4:D4", None), ("~A6", "以下、事務局使用欄"), ("A7", "受付番号"), ("B7:D7", None)],
                             {"申請者名": "B3", "所在地": "B4"}),
    "the-office's-lines": ([("~A2", "別記様式第３号（第５条関係）"), ("~D3", "番　　　　号"), ("~A4", "総務大臣　殿"), ("A5", "事業の名称"), ("B5:D5", None), ("A6", "実施期間"),
                            ("B6:D6", "自　　年　　月　　日\n至　　年　　月　　日"), ("A7", "補助金額"), ("B7:D7", "金　　　　　　円")], {"事業の名称": "B5", "実施期間": "B6", "補助金額": "B7"}),
    "the-applicant-without-lines": ([("~A3", "青森県知事　殿"), ("~D4", "（申請者）"), ("~E5", "所在地"), ("~F5:H5", None), ("~E6", "団体名"), ("~F6:H6", None), ("~E7", "代表者職・氏名"), ("~F7:H7", None),
                                     ("A9", "補助事業の名称"), ("B9:H9", None), ("A10", "補助事業の目的"), ("B10:H10", None), ("A11", "補助対象経費"), ("B11:H11", None)],
                                    {"所在地": "F5", "団体名": "F6", "代表者職・氏名": "F7", "補助事業の名称": "B9", "補助事業の目的": "B10", "補助対象経費": "B11"}),
    "notes-of-two-names": (
        [(f"{c}3", t, GREY) for c, t in zip("ABCD", ("必須", "調査項目", "回答欄", "備考・記入上の注意"), strict=True)] +
        [(f"{c}{r}", t) for r, row in enumerate((("必須", "市区町村名", None, "都道府県の場合は「－」"), ("必須", "部署名", None, None), ("必須", "担当者名", None, "姓と名の間は１マス空ける"), ("任意", "世帯数", None, "世帯")), 4)
         for c, t in zip("ABCD", row, strict=True)], {"市区町村名": "C4", "部署名": "C5", "担当者名": "C6", "世帯数": "C7"}),
    "an-arrow-before-a-note": ([("A3:B3", "事業主体"), ("C3:F3", None), ("A4:B4", "財政力指数"), ("C4", None), ("D4:F4", "←令和６年度の値（小数点以下２位）"), ("A5:B5", "所在地"), ("C5:F5", None)],
                               {"事業主体": "C3", "財政力指数": "C4", "所在地": "C5"}),
    "a-wide-box-of-the-next-label": ([("A3", "団体名"), ("B3:D3", None), ("A4:A5", "連絡窓口"), ("B4", "所属"), ("C4:D4", None), ("B5", "メール"), ("C5:D5", None), ("A6", "取組分野（複数可）"),
                                      ("B6:D6", "□健康　□教育　□観光")], {"団体名": "B3", "所属": "C4", "メール": "C5", "取組分野（複数可）": "B6"}),
    "what-is-hoped-for": ([("A3:B3", "企業に期待すること（任意）", GREY), ("C3", "困っていること", GREY), ("A4:B7", None), ("C4:C7", None), ("A9", "団体名", GREY), ("B9:C9", None)],
                          {"企業に期待すること": "A4", "困っていること": "C4", "団体名": "B9"}),
    "questions-over-answers": ([
        ("A3", "問１", GREY), ("B3:D3", "提案団体の名称をご記入ください。（必須）", GREY), ("B4", "回答"), ("C4:D4", None), ("A6", "問２", GREY), ("B6:D6", "担当者のメールアドレスをご記入ください。（必須）", GREY),
        ("B7", "回答"), ("C7:D7", None), ("A9", "問３", GREY), ("B9:D9", "取組の概要をご記入ください。（必須、200字以内）", GREY), ("B10:B13", "回答"), ("C10:D13", None)],
        {"問１ 提案団体の名称": "C4", "問２ 担当者のメールアドレス": "C7", "問３ 取組の概要": "C10"}),
    "one-box-of-the-office": ([("A3", "申請者名"), ("B3:D3", None), ("A4", "所在地"), ("B4:D4", None), ("A6", "（機構記入欄）受付番号"), ("B6:D6", None)], {"申請者名": "B3", "所在地": "B4"}),
}  # fmt: skip


@pytest.mark.parametrize(("cells", "expected"), CASES.values(), ids=CASES)
def test_what_is_asked(cells, expected):
    content = Drawn(draw(*cells).book).content()
    learned = learn_form(content)
    assert asked(learned, content) == expected


@pytest.mark.parametrize("name", ["rows-and-columns", "columns-in-groups", "checklist", "empty-rows", "several-labels-in-a-cell", "headings-over-boxes", "two-lines-beside-a-tall-label",
                                  "the-applicant-without-lines", "an-arrow-before-a-note", "what-is-hoped-for"])  # fmt: skip
def test_what_people_write_there_is_read(name):
    cells, expected = CASES[name]
    content = Drawn(draw(*cells).book).content()
    learned = learn_form(content)
    book = openpyxl.load_workbook(BytesIO(content))
    wanted: dict[str, Any] = {}
    for number, (label, cell) in enumerate(expected.items(), start=1):
        field = next(one for one in learned.spec.fields.values() if one.label == label)
        said: Any = (
            number
            if field.type.value in ("number", "integer")
            else "0265-00-0000"
            if field.type.value == "phone"
            else f"記入{number}"
        )
        old = book["様式"][cell].value
        book["様式"][cell] = str(old).replace(f"{label}：", f"{label}：{said}") if old else said
        wanted[label] = said
    out = BytesIO()
    book.save(out)
    data = read_form(out.getvalue(), [learned.spec])
    assert {value.label: value.value for value in data.fields.values()} == wanted
    assert data.problems == ()


def test_a_date_to_fill_in_without_a_label_is_told():
    cells = [("~F2:H2", "令和　　年　　月　　日"), ("~A2", "令和８年６月１日"), ("A4", "団体名"), ("B4:F4", None), ("A5", "実施期間"), ("B5", "令和　年　月"), ("C5", "～"), ("D5:F5", "令和　年　月"),
             ("A6", "所在地"), ("B6:F6", None)]  # fmt: skip
    told = " ".join(learn_form(Drawn(draw(*cells).book).content()).doubts)
    assert "（様式!F2）" in told  # the period of two cells is one box


def test_a_question_says_what_its_answer_is():
    cells, _ = CASES["questions-over-answers"]
    one, two, three = learn_form(Drawn(draw(*cells).book).content()).spec.fields.values()
    assert (one.key, one.required) == ("proposal_organization_name", True)
    assert (two.key, two.type.value) == ("contact_email", "email")
    assert (three.max_length, three.required) == (200, True)


def test_rows_of_a_table_are_joined_and_gaps_kept():
    cells, _ = CASES["empty-rows"]
    content = Drawn(draw(*cells).book).content()
    learned = learn_form(content)
    assert {field.label: field.lines for field in learned.spec.fields.values() if field.lines > 1} == dict.fromkeys(
        ("区分", "内容", "金額", "備考"), 2
    )
    book = openpyxl.load_workbook(BytesIO(content))
    for cell, said in {"A6": "謝金", "A7": "旅費", "C6": 120, "D7": "往復"}.items():
        book["様式"][cell] = said
    out = BytesIO()
    book.save(out)
    data = read_form(out.getvalue(), [learned.spec])
    said = {value.label: value.value for value in data.fields.values()}
    assert (said["区分"], said["金額"], said["備考"], said["内容"]) == ("謝金\n旅費", "120", "往復", None)


def field(label: str, box: str | None, *more: tuple[Any, ...]) -> Any:
    cells = [("A3", "団体名"), ("B3:D3", None), ("A4", label), ("B4:D4", box), ("A5", "所在地"), ("B5:D5", None), *more]
    learned = learn_form(Drawn(draw(*cells).book).content())
    return list(learned.spec.fields.values())[1]


def choices(one: Any) -> tuple[str, ...]:
    return tuple(choice.value for choice in one.choices)


@pytest.mark.parametrize(
    ("label", "box", "of", "expected"),
    [
        pytest.param("応募区分\n（いずれかに☑）", "□ 新規　　□ 継続　　□ 拡充", choices, ("新規", "継続", "拡充"), id="ticks-told-in-the-label"),
        pytest.param("現地調査の受入れ", "（　）可　（　）不可", choices, ("可", "不可"), id="room-in-brackets"),
        pytest.param("預金種別", "普通　・　当座", choices, ("普通", "当座"), id="alternatives-nobody-listed"),
        pytest.param("世帯の区分", "□　単身　　　□　世帯（　　　人）", choices, ("単身", "世帯"), id="room-behind-a-choice"),
        pytest.param("言語（○で囲む）", "英語・中国語・その他（　　　　）", choices, ("英語", "中国語", "その他"), id="room-behind-the-last"),
        pytest.param("参加意向", "１ 参加する　２ 検討中　３ 参加しない", choices, ("参加する", "検討中", "参加しない"), id="numbers-without-a-stop"),
        pytest.param("希望時期", "１．前期　２．後期　（番号に○）", choices, ("前期", "後期"), id="how-to-mark-is-no-choice"),
        pytest.param("参加人数", "（　　　　　）名", lambda one: (one.type.value, one.unit), ("integer", "名"), id="unit-behind-brackets"),
        pytest.param("予算額", "約　　　　　　千円", lambda one: (one.type.value, one.unit), ("number", "千円"), id="unit-behind-about"),
        pytest.param("補助金額", "金　　　　　　円", lambda one: one.unit, "円", id="a-sum-to-be-filled-in"),
        pytest.param("実施期間", "令和　年　月　日　～　令和　年　月　日", lambda one: one.type.value, "text", id="from-one-day-to-another"),
        pytest.param("メール", "　　　　　　＠", lambda one: one.type.value, "email", id="room-before-the-at"),
        pytest.param("その他の場合の具体名", None, lambda one: one.required, False, id="only-in-that-case"),
        pytest.param("問２で「ある」と回答した場合、事業名", None, lambda one: one.required, False, id="only-after-that-answer"),
        pytest.param("受賞歴等（あれば）", None, lambda one: one.required, False, id="if-there-is-any"),
    ],
)  # fmt: skip
def test_what_is_printed_in_the_box_and_the_label(label, box, of: Callable[[Any], Any], expected):
    assert of(field(label, box)) == expected


def test_the_unit_over_a_list_of_sums():
    cells = [
        ("~D2", "（単位：千円）"),
        ("A3", "補助金"),
        ("B3:D3", None),
        ("A4", "自己資金"),
        ("B4:D4", None),
        ("A5", "事業費"),
        ("B5:D5", None),
        ("A6", "その他"),
        ("B6:D6", None),
    ]
    learned = learn_form(Drawn(draw(*cells).book).content())
    assert {one.label: one.unit for one in learned.spec.fields.values()} == dict.fromkeys(
        ("補助金", "自己資金", "事業費", "その他"), "千円"
    )


def test_a_default_choice_is_an_answer():
    pen = draw(
        ("A3", "団体名"), ("B3:D3", None), ("A4", "登録区分"), ("B4:D4", "新規"), ("A5", "所在地"), ("B5:D5", None)
    )
    rule = openpyxl.worksheet.datavalidation.DataValidation("list", formula1='"新規,変更"', sqref="B4")
    pen.sheet.add_data_validation(rule)
    content = Drawn(pen.book).content()
    learned = learn_form(content)
    assert read_form(content, [learned.spec]).value(list(learned.spec.fields)[1]) == "新規"
    assert any("初めから「新規」" in doubt for doubt in learned.doubts)
