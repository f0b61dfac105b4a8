"""Blank forms as municipalities and ministries draw them, with the boxes that a clerk would fill in: written down before any
of them was learned. `FIRST` and `SECOND` were made by different habits; each draws its boxes its own way.

A box's truth: its cell → words that its label must hold. `choices` in `Blank.choices`: cell → what may be chosen there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import openpyxl
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

THIN, MEDIUM, DOTTED = Side(style="thin"), Side(style="medium"), Side(style="hair")
GREY, BLUE, YELLOW = (PatternFill("solid", start_color=f"FF{rgb}") for rgb in ("D9D9D9", "DDEBF7", "FFFF99"))


@dataclass
class Blank:
    """A workbook, and its truth: `boxes`, cell with its sheet → words of its label."""

    book: openpyxl.Workbook = field(default_factory=openpyxl.Workbook)
    boxes: dict[str, str] = field(default_factory=dict)
    choices: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def sheet(self, name: str) -> Worksheet:
        first = self.book.worksheets[0]
        if first.max_row == 1 and first["A1"].value is None and len(self.book.worksheets) == 1 and not self.boxes:
            first.title = name
            return first
        return self.book.create_sheet(name)

    def content(self) -> bytes:
        out = BytesIO()
        self.book.save(out)
        return out.getvalue()


def frame(sheet: Worksheet, *spans: str, side: Side = THIN, fill: PatternFill | None = None) -> None:
    """Each cell of the spans in lines; a span of more than one cell with `+` before it is merged."""
    for span in spans:
        where = span.lstrip("+")
        if span.startswith("+"):
            sheet.merge_cells(where)
        cells = sheet[where]
        for row in cells if isinstance(cells, tuple) else ((cells,),):
            for cell in row:
                cell.border = Border(left=side, right=side, top=side, bottom=side)
                if fill:
                    cell.fill = fill


def put(sheet: Worksheet, cells: Mapping[str, Any], *, bold: bool = False, fill: PatternFill | None = None) -> None:
    for where, text in cells.items():
        sheet[where] = text
        sheet[where].alignment = Alignment(wrap_text=True, vertical="center")
        if bold:
            sheet[where].font = Font(bold=True)
        if fill:
            sheet[where].fill = fill


def offer(sheet: Worksheet, where: str, source: str) -> None:
    rule = DataValidation(type="list", formula1=source)
    rule.add(where)
    sheet.add_data_validation(rule)


def grid_paper(sheet: Worksheet, columns: int = 45) -> None:
    """方眼紙: narrow columns, everything merged."""
    for column in range(1, columns + 1):
        sheet.column_dimensions[get_column_letter(column)].width = 2.4


# --- first set --------------------------------------------------------------------------------------------------------


def grant_application() -> Blank:
    """方眼紙の補助金交付申請書: address block at the right, underlined boxes, a table of costs."""
    blank = Blank()
    sheet = blank.sheet("様式第1号")
    grid_paper(sheet)
    put(
        sheet,
        {
            "A1": "様式第１号（第５条関係）",
            "AF2": "令和　　年　　月　　日",
            "A4": "川原市長　様",
            "V6": "申請者",
            "Z6": "住所",
            "Z7": "名称",
            "Z8": "代表者職・氏名",
            "Z9": "電話番号",
        },
    )
    sheet.merge_cells("A11:AS11")
    sheet["A11"] = "川原市地域づくり活動補助金交付申請書"
    sheet["A11"].font = Font(size=14, bold=True)
    for row in (6, 7, 8, 9):
        sheet.merge_cells(f"Z{row}:AE{row}")
        sheet.merge_cells(f"AF{row}:AS{row}")
        for column in range(32, 46):
            sheet.cell(row, column).border = Border(bottom=THIN)
    put(sheet, {"A13": "　川原市地域づくり活動補助金の交付を受けたいので、次のとおり申請します。", "A15": "記"})
    for row, label in (
        (17, "１　事業の名称"),
        (18, "２　事業の目的及び内容"),
        (19, "３　事業実施期間"),
        (20, "４　総事業費"),
        (21, "５　交付申請額"),
    ):
        frame(sheet, f"+A{row}:K{row}", f"+L{row}:AS{row}")
        sheet[f"A{row}"] = label
    put(
        sheet,
        {
            "L19": "令和　　年　　月　　日　から　令和　　年　　月　　日　まで",
            "L20": "　　　　　　　　　円",
            "L21": "　　　　　　　　　円",
            "A23": "６　添付書類　(1)事業計画書　(2)収支予算書",
        },
    )
    blank.boxes |= {
        "様式第1号!AF6": "住所", "様式第1号!AF7": "名称", "様式第1号!AF8": "代表者", "様式第1号!AF9": "電話番号", "様式第1号!L17": "事業の名称",
        "様式第1号!L18": "目的", "様式第1号!L19": "実施期間", "様式第1号!L20": "総事業費", "様式第1号!L21": "交付申請額",
    }  # fmt: skip
    return blank


def vertical_labels() -> Blank:
    """Vertical group heads merged at the left, two labels in a row."""
    blank = Blank()
    sheet = blank.sheet("申込書")
    put(sheet, {"A1": "移住体験住宅　利用申込書"})
    sheet["A1"].font = Font(size=16)
    frame(sheet, "+A3:A6", "+A7:A9", fill=GREY)
    put(sheet, {"A3": "申\n込\n者", "A7": "利\n用\n内\n容"})
    rows = {
        3: ("ふりがな", None),
        4: ("氏名", "性別"),
        5: ("住所", None),
        6: ("電話番号", "年齢"),
        7: ("利用希望期間", None),
        8: ("利用人数", "うち子ども"),
        9: ("移住を希望する理由", None),
    }
    for row, (left, right) in rows.items():
        frame(sheet, f"B{row}", fill=GREY)
        sheet[f"B{row}"] = left
        if right:
            frame(sheet, f"C{row}", f"D{row}", f"E{row}")
            sheet[f"D{row}"] = right
            blank.boxes[f"申込書!E{row}"] = right
        else:
            frame(sheet, f"+C{row}:E{row}")
        blank.boxes[f"申込書!C{row}"] = left
    put(sheet, {"E6": "　　歳", "C8": "　　　名", "E8": "　　　名", "A11": "※利用日の１４日前までに提出してください。"})
    return blank


def table_with_two_heads() -> Blank:
    """A table whose rows and columns have heads of two levels, above it single boxes."""
    blank = Blank()
    sheet = blank.sheet("調査票")
    put(sheet, {"A1": "公共施設予約システムに関する調査票", "F2": "（単位：千円）", "A3": "市町村名", "D3": "担当課"})
    frame(sheet, "A3", "+B3:C3", "D3", "+E3:F3")
    put(
        sheet,
        {
            "A5": "区分",
            "B5": "令和６年度",
            "D5": "令和７年度",
            "B6": "予算額",
            "C6": "決算額",
            "D6": "予算額",
            "E6": "決算見込額",
            "A7": "システム構築費",
            "A8": "運用保守費",
            "A9": "その他経費",
        },
    )
    frame(sheet, "+A5:A6", "+B5:C5", "+D5:E5", "B6", "C6", "D6", "E6", fill=BLUE)
    frame(sheet, "A7:E9")
    put(sheet, {"A11": "導入時期", "A12": "今後の予定", "A13": "備考"})
    frame(sheet, "A11:A13", fill=BLUE)
    frame(sheet, "+B11:F11", "+B12:F12", "+B13:F13")
    blank.boxes |= {
        "調査票!B3": "市町村名",
        "調査票!E3": "担当課",
        "調査票!B11": "導入時期",
        "調査票!B12": "今後の予定",
        "調査票!B13": "備考",
    }
    for row, label in ((7, "構築費"), (8, "保守費"), (9, "その他経費")):
        blank.boxes |= {f"調査票!{column}{row}": label for column in "BCDE"}
    return blank


def drop_downs_and_examples() -> Blank:
    """項目・記入欄・記入例・留意事項, drop-downs from a hidden sheet by a name, protected."""
    blank = Blank()
    sheet = blank.sheet("エントリーシート")
    put(
        sheet,
        {
            "B2": "デジタル人材派遣　エントリーシート",
            "B4": "No.",
            "C4": "項目",
            "D4": "記入欄",
            "E4": "記入例",
            "F4": "留意事項",
        },
    )
    sheet["B2"].font = Font(size=14, bold=True)
    rows = [
        ("団体名※必須", "朝日県川原町", "都道府県名から記入"), ("団体区分※必須", "町村", "プルダウンから選択"), ("担当者所属※必須", "総務課", None), ("担当者氏名※必須", "山口　さくら", None),
        ("メールアドレス※必須", "soumu@town.kawara.example", "半角"), ("派遣希望人数", "1", "名"), ("派遣希望時期", "令和8年6月～", None), ("業務内容※必須", "DX推進計画の策定支援", "400字以内"), ("勤務形態", "テレワーク併用", None),
    ]  # fmt: skip
    frame(sheet, "B4:F4", fill=BLUE)
    for number, (label, example, note) in enumerate(rows, start=1):
        row = 4 + number
        frame(sheet, f"B{row}:F{row}")
        put(sheet, {f"B{row}": number, f"C{row}": label, f"E{row}": example, f"F{row}": note})
        sheet[f"D{row}"].protection = Protection(locked=False)
        blank.boxes[f"エントリーシート!D{row}"] = label.removesuffix("※必須")
    lists = blank.sheet("リスト")
    put(
        lists,
        {
            "A1": "団体区分",
            "A2": "都道府県",
            "A3": "市",
            "A4": "町村",
            "B1": "勤務形態",
            "B2": "常駐",
            "B3": "テレワーク",
            "B4": "テレワーク併用",
        },
    )
    lists.sheet_state = "hidden"
    blank.book.defined_names["団体区分"] = DefinedName("団体区分", attr_text="リスト!$A$2:$A$4")
    offer(sheet, "D6", "=団体区分")
    offer(sheet, "D13", "=リスト!$B$2:$B$4")
    sheet.protection.sheet = True
    blank.choices = {
        "エントリーシート!D6": ("都道府県", "市", "町村"),
        "エントリーシート!D13": ("常駐", "テレワーク", "テレワーク併用"),
    }
    return blank


def tick_boxes() -> Blank:
    """□ printed before the answers, in one cell and in cells apart; a list of consents without a question."""
    blank = Blank()
    sheet = blank.sheet("参加申込")
    put(
        sheet,
        {
            "A1": "自治体ＤＸ研修会　参加申込書",
            "A3": "自治体名",
            "A4": "所属・役職",
            "A5": "氏名",
            "A6": "参加方法",
            "B6": "□会場　□オンライン",
            "A7": "参加日程",
            "B7": "□",
            "C7": "６月１０日（水）",
            "D7": "□",
            "E7": "６月１１日（木）",
            "A8": "懇親会",
            "B8": "参加　・　不参加",
            "A9": "質問事項",
            "A11": "以下を確認の上、チェックしてください。",
            "A12": "□",
            "B12": "個人情報の取扱いに同意します。",
            "A13": "□",
            "B13": "研修の録画に同意します。",
        },
    )
    frame(sheet, "A3:A9", fill=GREY)
    frame(sheet, "+B3:E3", "+B4:E4", "+B5:E5", "+B6:E6", "B7:E7", "+B8:E8", "+B9:E9", "A12:A13", "+B12:E12", "+B13:E13")
    blank.boxes |= {
        "参加申込!B3": "自治体名",
        "参加申込!B4": "所属",
        "参加申込!B5": "氏名",
        "参加申込!B6": "参加方法",
        "参加申込!B7": "参加日程",
        "参加申込!B8": "懇親会",
        "参加申込!B9": "質問事項",
        "参加申込!A12": "個人情報",
        "参加申込!A13": "録画",
    }
    blank.choices = {
        "参加申込!B6": ("会場", "オンライン"),
        "参加申込!B7": ("６月１０日（水）", "６月１１日（木）"),
        "参加申込!B8": ("参加", "不参加"),
    }
    return blank


def boxes_below() -> Blank:
    """Questions in bars, the box below each; limits in the notes."""
    blank = Blank()
    sheet = blank.sheet("提案書")
    put(sheet, {"A1": "官民連携まちづくり　提案書", "A2": "提案団体名", "D2": "提案年月日"})
    frame(sheet, "A2", "+B2:C2", "D2", "+E2:F2")
    blank.boxes |= {"提案書!B2": "提案団体名", "提案書!E2": "提案年月日"}
    for row, question in (
        (4, "１．提案の背景及び目的（400字以内）"),
        (7, "２．実施内容（800字程度）"),
        (10, "３．実施体制"),
        (13, "４．期待される効果（定量的に記載すること）"),
    ):
        frame(sheet, f"+A{row}:F{row}", fill=BLUE)
        sheet[f"A{row}"] = question
        frame(sheet, f"+A{row + 1}:F{row + 1}")
        sheet.row_dimensions[row + 1].height = 120
        blank.boxes[f"提案書!A{row + 1}"] = question[2:6]
    return blank


def several_sheets() -> Blank:
    """様式1, 別紙1, 別紙2 in one workbook."""
    blank = Blank()
    one = blank.sheet("様式１")
    put(
        one,
        {
            "A1": "様式１　地域おこし協力隊インターン受入計画書",
            "A3": "自治体名",
            "A4": "担当部署",
            "A5": "担当者名",
            "A6": "連絡先TEL",
            "A7": "連絡先Mail",
        },
    )
    frame(one, "A3:B7")
    blank.boxes |= {
        f"様式１!B{row}": label
        for row, label in ((3, "自治体名"), (4, "担当部署"), (5, "担当者名"), (6, "TEL"), (7, "Mail"))
    }
    two = blank.sheet("別紙１（計画）")
    put(
        two,
        {
            "A1": "別紙１　受入計画",
            "A3": "受入人数",
            "C3": "人",
            "A4": "受入期間",
            "A5": "活動内容",
            "A6": "住居の確保",
            "A7": "報償費（日額）",
            "C7": "円",
        },
    )
    frame(two, "A3:B7")
    blank.boxes |= {
        f"別紙１（計画）!B{row}": label
        for row, label in ((3, "受入人数"), (4, "受入期間"), (5, "活動内容"), (6, "住居"), (7, "報償費"))
    }
    offer(two, "B6", '"あり,なし,調整中"')
    blank.choices = {"別紙１（計画）!B6": ("あり", "なし", "調整中")}
    three = blank.sheet("別紙２（日程）")
    put(three, {"A1": "別紙２　日程表", "A3": "日付", "B3": "時間", "C3": "活動場所", "D3": "活動内容"})
    frame(three, "A3:D10")
    blank.boxes |= {
        f"別紙２（日程）!{column}4": label
        for column, label in zip("ABCD", ("日付", "時間", "活動場所", "活動内容"), strict=True)
    }
    return blank


def inside_the_cell() -> Blank:
    """Labels and room in one cell: 「電話：　　　FAX：　　　」, 「（　　）名」, 「〒　　－」."""
    blank = Blank()
    sheet = blank.sheet("届出書")
    put(
        sheet,
        {
            "A1": "空き家バンク登録届出書",
            "A3": "届出者",
            "B3": "住所",
            "C3": "〒　　　－　　　　",
            "B4": "氏名",
            "B5": "連絡先",
            "C5": "電話：　　　　　　　　携帯：",
            "A6": "物件",
            "B6": "所在地",
            "B7": "構造",
            "C7": "□木造　□鉄骨造　□その他（　　　　）",
            "B8": "面積",
            "C8": "　　　　㎡",
            "B9": "希望価格",
            "C9": "月額　　　　　　円",
            "A10": "備考",
        },
    )
    frame(sheet, "+A3:A5", "+A6:A9", "A10", "B3:B9", fill=GREY)
    frame(sheet, *(f"+C{row}:F{row}" for row in range(3, 10)), "+B10:F10")
    blank.boxes |= {
        "届出書!C3": "住所",
        "届出書!C4": "氏名",
        "届出書!C5": "電話",
        "届出書!C6": "所在地",
        "届出書!C7": "構造",
        "届出書!C8": "面積",
        "届出書!C9": "希望価格",
        "届出書!B10": "備考",
    }
    blank.choices = {"届出書!C7": ("木造", "鉄骨造", "その他")}
    return blank


def no_lines() -> Blank:
    """No frames at all: labels in A, colons in B, answers in C."""
    blank = Blank()
    sheet = blank.sheet("Sheet1")
    put(
        sheet,
        {
            "A1": "令和８年度　地域活性化伝道師派遣希望調書",
            "A3": "都道府県名",
            "A4": "市区町村名",
            "A5": "所属部署",
            "A6": "担当者職氏名",
            "A7": "電話番号",
            "A8": "電子メール",
            "A10": "希望する分野",
            "A11": "希望する理由",
            "A12": "希望日程（第１希望）",
            "A13": "希望日程（第２希望）",
        },
    )
    for row in (*range(3, 9), *range(10, 14)):
        sheet[f"B{row}"] = "："
        blank.boxes[f"Sheet1!C{row}"] = str(sheet[f"A{row}"].value)[:5]
    blank.boxes["Sheet1!C13"] = "第２希望"
    return blank


def staff_table() -> Blank:
    """Single boxes, then a table of people to fill in row by row, then a total that counts itself."""
    blank = Blank()
    sheet = blank.sheet("実施体制")
    put(
        sheet,
        {
            "A1": "実施体制及び経費内訳書",
            "A3": "事業名",
            "A4": "団体名",
            "A6": "■実施体制",
            "A7": "役割",
            "B7": "氏名",
            "C7": "所属・役職",
            "D7": "従事時間（h/月）",
            "A12": "■経費内訳（単位：円）",
            "A13": "費目",
            "B13": "金額",
            "C13": "積算根拠",
            "A14": "人件費",
            "A15": "旅費",
            "A16": "委託費",
            "A17": "合計",
            "B17": "=SUM(B14:B16)",
        },
    )
    frame(sheet, "A3:A4", fill=GREY)
    frame(sheet, "+B3:D3", "+B4:D4", "A7:D10", "A13:C17")
    blank.boxes |= {
        "実施体制!B3": "事業名",
        "実施体制!B4": "団体名",
        "実施体制!A8": "役割",
        "実施体制!B8": "氏名",
        "実施体制!C8": "所属",
        "実施体制!D8": "従事時間",
    }
    for row, label in ((14, "人件費"), (15, "旅費"), (16, "委託費")):
        blank.boxes |= {f"実施体制!{column}{row}": label for column in "BC"}
    return blank


FIRST: dict[str, Callable[[], Blank]] = {
    one.__name__: one
    for one in (
        grant_application, vertical_labels, table_with_two_heads, drop_downs_and_examples, tick_boxes, boxes_below, several_sheets, inside_the_cell, no_lines, staff_table,
    )
}  # fmt: skip


# --- second set: other habits -----------------------------------------------------------------------------------------


def _box(sheet: Worksheet, blank: Blank, cell: str, label: str) -> None:
    blank.boxes[f"{sheet.title}!{cell}"] = label


def yellow_cells() -> Blank:
    """No lines: what is to be filled is yellow, a column of marks for 必須, units behind."""
    blank = Blank()
    sheet = blank.sheet("入力シート")
    put(sheet, {"A1": "スマートシティ推進補助　基礎情報入力シート", "A2": "※黄色のセルに入力してください。"})
    rows = [
        ("団体コード", "●", None),
        ("団体名", "●", None),
        ("人口", "●", "人"),
        ("面積", None, "k㎡"),
        ("標準財政規模", None, "千円"),
        ("情報担当職員数", "●", "人"),
        ("直近の取組", None, None),
    ]
    put(sheet, {"A4": "項目", "B4": "必須", "C4": "入力欄", "D4": "単位"})
    for row, (label, mark, unit) in enumerate(rows, start=5):
        put(sheet, {f"A{row}": label, f"B{row}": mark, f"D{row}": unit})
        sheet[f"C{row}"].fill = YELLOW
        _box(sheet, blank, f"C{row}", label)
    return blank


def questionnaire() -> Blank:
    """問１ … with the answer in the cell under it, choices numbered in lines, a branch."""
    blank = Blank()
    sheet = blank.sheet("アンケート")
    put(
        sheet,
        {
            "A1": "オープンデータの取組状況に関するアンケート",
            "A3": "回答団体名",
            "A4": "回答者（所属・氏名）",
            "A6": "問１　オープンデータを公開していますか。",
            "A7": "１　公開している　　２　公開予定　　３　公開していない",
            "A9": "問２　問１で「１」と回答した場合、公開しているデータの件数をご記入ください。",
            "B10": "件",
            "A12": "問３　公開に当たっての課題は何ですか。（複数選択可）",
            "A13": "□人手が足りない　□知識がない　□効果が見えない　□その他（　　　　　）",
            "A15": "問４　国への要望があればご記入ください。",
        },
    )
    frame(sheet, "A3:A4", fill=GREY)
    frame(sheet, "+B3:D3", "+B4:D4", "+A7:D7", "A10", "+A13:D13", "+A16:D16")
    blank.boxes |= {
        "アンケート!B3": "回答団体名",
        "アンケート!B4": "回答者",
        "アンケート!A7": "オープンデータを公開",
        "アンケート!A10": "件数",
        "アンケート!A13": "課題",
        "アンケート!A16": "要望",
    }
    blank.choices = {
        "アンケート!A7": ("公開している", "公開予定", "公開していない"),
        "アンケート!A13": ("人手が足りない", "知識がない", "効果が見えない", "その他"),
    }
    return blank


def dates_in_pieces() -> Blank:
    """A date and a number in pieces of cells: 令和 | | 年 | | 月 | | 日."""
    blank = Blank()
    sheet = blank.sheet("請求書")
    grid_paper(sheet, 30)
    put(
        sheet,
        {
            "A1": "実績報告書",
            "A3": "補助事業者名",
            "A4": "事業完了日",
            "A5": "補助金確定額",
            "A6": "事業の成果",
            "A7": "事務担当者",
        },
    )
    for row in range(3, 8):
        frame(sheet, f"+A{row}:H{row}", fill=GREY)
    for row in (3, 6, 7):
        frame(sheet, f"+I{row}:AD{row}")
    frame(sheet, "+I4:AD4", "+I5:Y5", "+Z5:AD5")
    put(sheet, {"I4": "令和　　　年　　　月　　　日", "Z5": "円"})
    for row, label in ((3, "補助事業者名"), (4, "完了日"), (5, "確定額"), (6, "成果"), (7, "担当者")):
        _box(sheet, blank, f"I{row}", label)
    return blank


def income_and_expense() -> Blank:
    """収入 and 支出 side by side, a sum that counts itself below each."""
    blank = Blank()
    sheet = blank.sheet("収支予算書")
    put(sheet, {"A1": "収支予算書", "G1": "（単位：円）", "A2": "団体名", "A4": "【収入の部】", "E4": "【支出の部】"})
    put(sheet, {"A5": "科目", "B5": "予算額", "C5": "摘要", "E5": "科目", "F5": "予算額", "G5": "摘要"})
    for row, (left, right) in enumerate(
        (("補助金", "謝金"), ("自己負担金", "旅費"), ("寄附金", "印刷費"), ("その他収入", "雑費")), start=6
    ):
        put(sheet, {f"A{row}": left, f"E{row}": right})
        for first, second, label in (("B", "C", left), ("F", "G", right)):
            _box(sheet, blank, f"{first}{row}", label)
            _box(sheet, blank, f"{second}{row}", label)
    put(sheet, {"A10": "合計", "B10": "=SUM(B6:B9)", "E10": "合計", "F10": "=SUM(F6:F9)"})
    frame(sheet, "A2", "+B2:C2", "A5:C10", "E5:G10")
    _box(sheet, blank, "B2", "団体名")
    return blank


def members() -> Blank:
    """A roster with its numbers printed, over it the boxes of the body; the example stands in the first row."""
    blank = Blank()
    sheet = blank.sheet("参加者名簿")
    put(
        sheet,
        {
            "A1": "先進地視察　参加者名簿",
            "A3": "団体名",
            "D3": "取りまとめ担当者",
            "A5": "No.",
            "B5": "所属",
            "C5": "職名",
            "D5": "氏名",
            "E5": "ふりがな",
            "F5": "メールアドレス",
        },
    )
    for row in range(6, 12):
        sheet[f"A{row}"] = row - 5
    frame(sheet, "A3", "+B3:C3", "D3", "+E3:F3", "A5:F11")
    blank.boxes |= {"参加者名簿!B3": "団体名", "参加者名簿!E3": "取りまとめ担当者"} | {
        f"参加者名簿!{column}6": label
        for column, label in zip("BCDEF", ("所属", "職名", "氏名", "ふりがな", "メールアドレス"), strict=True)
    }
    return blank


def three_levels() -> Blank:
    """Labels of three levels in merged columns: 大項目 | 中項目 | 小項目 | box."""
    blank = Blank()
    sheet = blank.sheet("計画書")
    put(
        sheet,
        {
            "A1": "デジタル実装計画書",
            "A3": "事業概要",
            "B3": "基本情報",
            "C3": "事業名",
            "C4": "実施地域",
            "B5": "体制",
            "C5": "実施主体",
            "C6": "連携団体",
            "A7": "目標",
            "B7": "指標１",
            "C7": "指標名",
            "C8": "目標値",
            "B9": "指標２",
            "C9": "指標名",
            "C10": "目標値",
            "A11": "その他特記事項",
        },
    )
    frame(
        sheet,
        "+A3:A6",
        "+B3:B4",
        "+B5:B6",
        "+A7:A10",
        "+B7:B8",
        "+B9:B10",
        *(f"C{row}" for row in range(3, 11)),
        "+A11:C11",
        fill=GREY,
    )
    frame(sheet, *(f"+D{row}:F{row}" for row in range(3, 12)))
    for row, label in (
        (3, "事業名"),
        (4, "実施地域"),
        (5, "実施主体"),
        (6, "連携団体"),
        (7, "指標名"),
        (8, "目標値"),
        (9, "指標名"),
        (10, "目標値"),
        (11, "特記事項"),
    ):
        _box(sheet, blank, f"D{row}", label)
    return blank


def underlined_far() -> Blank:
    """Labels at the left, the underlined box four columns further; nothing between."""
    blank = Blank()
    sheet = blank.sheet("申請書")
    put(
        sheet,
        {
            "A1": "公印省略届",
            "A3": "申請団体",
            "A5": "代表者名",
            "A7": "主たる事務所の所在地",
            "A9": "設立年月日",
            "A11": "会員数",
        },
    )
    for row, label in ((3, "申請団体"), (5, "代表者名"), (7, "所在地"), (9, "設立年月日"), (11, "会員数")):
        sheet.merge_cells(f"E{row}:H{row}")
        for column in "EFGH":
            sheet[f"{column}{row}"].border = Border(bottom=THIN)
        _box(sheet, blank, f"E{row}", label)
    sheet["I11"] = "名"
    return blank


def labels_over_boxes() -> Blank:
    """Each label over its box, three in a row, in pairs of rows."""
    blank = Blank()
    sheet = blank.sheet("登録票")
    sheet["A1"] = "専門家登録票"
    for row, labels in (
        (3, ("氏名", "生年月日", "職業")),
        (5, ("住所", "電話番号", "メールアドレス")),
        (7, ("専門分野", "保有資格", "活動可能地域")),
    ):
        for column, label in zip("ABC", labels, strict=True):
            frame(sheet, f"{column}{row}", fill=BLUE)
            frame(sheet, f"{column}{row + 1}")
            sheet[f"{column}{row}"] = label
            _box(sheet, blank, f"{column}{row + 1}", label)
    frame(sheet, "+A9:C9", fill=BLUE)
    frame(sheet, "+A10:C10")
    sheet["A9"] = "自己ＰＲ（300字以内）"
    _box(sheet, blank, "A10", "自己ＰＲ")
    return blank


def office_use_and_consent() -> Blank:
    """A ministry's form: notes at the head, 該当に○, a consent to tick, below it what the office fills in."""
    blank = Blank()
    sheet = blank.sheet("別記様式第２号")
    put(
        sheet,
        {
            "A1": "別記様式第２号（第７条関係）",
            "A2": "実証事業参加申請書",
            "A3": "（注１）太枠内を記入すること。",
            "A5": "申請者",
            "B5": "名称",
            "B6": "区分",
            "C6": "市町村　・　民間事業者　・　その他",
            "B7": "担当者",
            "B8": "ＴＥＬ／ＦＡＸ",
            "A9": "実証の内容",
            "A10": "実証期間",
            "C10": "年　　月　～　　年　　月",
            "A12": "誓約事項",
            "A13": "□　暴力団員等に該当しないことを誓約します。",
            "A14": "□　提出書類の内容に相違ありません。",
            "A16": "以下、事務局使用欄",
            "A17": "受付番号",
            "A18": "受付日",
        },
    )
    frame(sheet, "+A5:A8", "B5:B8", "+A9:B9", "+A10:B10", fill=GREY, side=MEDIUM)
    frame(sheet, *(f"+C{row}:F{row}" for row in range(5, 11)), side=MEDIUM)
    frame(sheet, "+A13:F13", "+A14:F14", "A17:A18", "+B17:F17", "+B18:F18")
    for cell, label in (
        ("C5", "名称"),
        ("C6", "区分"),
        ("C7", "担当者"),
        ("C8", "ＴＥＬ"),
        ("C9", "実証の内容"),
        ("C10", "実証期間"),
        ("A13", "暴力団員"),
        ("A14", "相違ありません"),
    ):
        _box(sheet, blank, cell, label)
    blank.choices = {"別記様式第２号!C6": ("市町村", "民間事業者", "その他")}
    return blank


def two_in_a_row_dotted() -> Blank:
    """Two labels and boxes a row in dotted lines, notes in a last column, an example sheet beside."""
    blank = Blank()
    sheet = blank.sheet("様式")
    pairs = [
        ("自治体名", "人口（人）"),
        ("首長名", "情報部門の職員数（人）"),
        ("担当課", "担当者"),
        ("電話", "ＦＡＸ"),
        ("導入済みシステム", "導入年度"),
        ("年間経費（千円）", "契約期間"),
    ]
    sheet["A1"] = "基幹業務システム調査（様式）"
    example = blank.book.create_sheet("記入例")
    example["A1"] = "基幹業務システム調査（記入例）"
    for row, (left, right) in enumerate(pairs, start=3):
        for target in (sheet, example):
            put(target, {f"A{row}": left, f"C{row}": right, f"E{row}": "※R8.4.1現在" if row == 3 else None})
            frame(target, f"A{row}:D{row}", side=DOTTED)
        put(example, {f"B{row}": "記入", f"D{row}": "記入"})
        _box(sheet, blank, f"B{row}", left)
        _box(sheet, blank, f"D{row}", right)
    return blank


def availability() -> Blank:
    """Days × times to mark with ○, beside a few boxes."""
    blank = Blank()
    sheet = blank.sheet("日程調整")
    put(
        sheet,
        {
            "A1": "ヒアリング日程調整票",
            "A3": "団体名",
            "A4": "参加人数",
            "C4": "名",
            "A6": "希望日時に○を付けてください",
            "B7": "10:00～11:00",
            "C7": "13:00～14:00",
            "D7": "15:00～16:00",
            "A8": "６月１日（月）",
            "A9": "６月２日（火）",
            "A10": "６月３日（水）",
            "A12": "接続方法",
            "A13": "備考",
        },
    )
    frame(sheet, "A3:A4", "A12:A13", fill=GREY)
    frame(sheet, "+B3:D3", "B4", "A7:D10", "+B12:D12", "+B13:D13")
    offer(sheet, "B12", '"Teams,Zoom,Webex"')
    blank.boxes |= {
        "日程調整!B3": "団体名",
        "日程調整!B4": "参加人数",
        "日程調整!B12": "接続方法",
        "日程調整!B13": "備考",
    }
    blank.boxes |= {
        f"日程調整!{column}{row}": label
        for row, label in ((8, "６月１日"), (9, "６月２日"), (10, "６月３日"))
        for column in "BCD"
    }
    blank.choices = {"日程調整!B12": ("Teams", "Zoom", "Webex")}
    return blank


SECOND: dict[str, Callable[[], Blank]] = {
    one.__name__: one
    for one in (
        yellow_cells, questionnaire, dates_in_pieces, income_and_expense, members, three_levels, underlined_far, labels_over_boxes, office_use_and_consent, two_in_a_row_dotted, availability,
    )
}  # fmt: skip
