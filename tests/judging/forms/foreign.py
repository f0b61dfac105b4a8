"""Blank forms of other programmes, drawn as different offices draw them: what each box asks is known here.

`FORMS` are four programmes' questions; a layout draws any of them and says in which cell each answer belongs.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import openpyxl
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation

LINE = Side(style="thin")
BOX = Border(left=LINE, right=LINE, top=LINE, bottom=LINE)
GREY = PatternFill("solid", start_color="FFE7E6E6")
YELLOW = PatternFill("solid", start_color="FFFFFFCC")


@dataclass(frozen=True)
class Q:
    """One question. `typed`: an answer; `meant`: what is read there (else the same)."""

    label: str
    typed: Any
    type: str = "text"
    choices: tuple[str, ...] = ()
    limit: int | None = None
    required: bool = True
    unit: str | None = None
    meant: Any = None

    @property
    def value(self) -> Any:
        return self.typed if self.meant is None else self.meant


FORMS: dict[str, tuple[str, dict[str, tuple[Q, ...]]]] = {
    "subsidy": (
        "令和８年度　スマート農業導入支援事業　交付申請書",
        {
            "１．申請者の概要": (
                Q("申請者名", "川原町農業振興協議会"), Q("代表者職氏名", "会長　髙﨑 𠮷子"), Q("所在地", "朝日県川原町1-1"), Q("電話番号", "0265-00-0000", "phone"),
                Q("メールアドレス", "nogyo@town.kawara.example", "email"), Q("申請者の区分", "協議会", "choice", ("市町村", "協議会", "農業協同組合", "その他")),
            ),
            "２．事業の内容": (
                Q("事業名", "水田の自動給水"), Q("事業の目的", "水管理の省力化。", limit=400), Q("総事業費", 12000, "number", unit="千円"),
                Q("受益戸数", 35, "integer", unit="戸"), Q("事業開始予定日", "2026-06-01", "date"), Q("過去の補助金交付の有無", "無", "choice", ("有", "無")),
                Q("備考", "なし", required=False),
            ),
        },
    ),
    "training": (
        "自治体職員デジタル研修　受講申込書",
        {
            "申込団体について": (
                Q("自治体名", "朝日県川原町"), Q("所属", "総務課", ), Q("申込担当者", "山口 さくら"), Q("ＴＥＬ", "0265-00-0000", "phone"), Q("E-mail", "soumu@town.kawara.example", "email"),
            ),
            "受講内容について": (
                Q("受講人数", 4, "integer", unit="名"), Q("希望する講座", "データ利活用、情報セキュリティ", "choices", ("データ利活用", "情報セキュリティ", "業務改善", "ＡＩの活用"),
                meant=["データ利活用", "情報セキュリティ"]),
                Q("受講形式", "オンライン", "choice", ("会場", "オンライン", "どちらでもよい")), Q("受講の動機", "窓口業務を見直したいため。", limit=200),
                Q("配慮を要する事項", "手話通訳", required=False),
            ),
        },
    ),
    "expert": (
        "地域活性化アドバイザー派遣申請書（様式第２号）",
        {
            "Ⅰ　派遣を希望する団体": (
                Q("団体の名称", "川原町"), Q("人口", 8123, "integer", unit="人"), Q("高齢化率", 46.2, "number", unit="％"), Q("窓口となる部署", "まちづくり推進室"),
            ),
            "Ⅱ　派遣の希望": (
                Q("希望するアドバイザー氏名", "佐藤 未定"), Q("派遣を希望する時期", "令和8年7月頃"), Q("派遣回数", 3, "integer", unit="回"),
                Q("相談したい分野", "観光", "choice", ("観光", "移住定住", "特産品", "空き家", "公共交通")), Q("相談したい内容", "宿泊客を増やしたい。", limit=1000),
                Q("これまでの検討経緯", "協議会を3回開いた。", limit=1000, required=False), Q("謝金の負担可否", "可", "choice", ("可", "不可")),
            ),
        },
    ),
    "pilot": (
        "ローカル５Ｇ等を活用した地域課題解決実証　提案書",
        {
            "（１）提案者": (
                Q("提案団体", "朝日県"), Q("コンソーシアムの名称", "朝日スマート林業コンソーシアム"), Q("法人番号", "1000020202053"), Q("連絡先電話", "026-000-0000", "phone"),
            ),
            "（２）実証の計画": (
                Q("実証課題名", "林業機械の遠隔操作"), Q("実証地域", "朝日県北部"), Q("解決したい課題の概要", "担い手が減っている。", limit=800),
                Q("実証費用", 85.5, "number", unit="百万円"), Q("実証期間", "8か月"), Q("免許の取得状況", "申請中", "choice", ("取得済", "申請中", "未申請")),
                Q("国の他の補助の利用", "なし", "choice", ("あり", "なし")), Q("ＫＰＩ", "作業時間3割減", limit=200),
            ),
        },
    ),
}  # fmt: skip


@dataclass
class Drawn:
    """A blank form and the cell that each label's answer belongs in. `plain`: the sheet doesn't say which are required."""

    book: openpyxl.Workbook
    cells: dict[str, str] = field(default_factory=dict)
    marked: bool = False
    without: set[str] = field(default_factory=set)  # what this layout can't say: "choices", "limit", "unit"
    patch: Callable[[bytes], bytes] | None = None

    def content(self) -> bytes:
        out = BytesIO()
        self.book.save(out)
        return self.patch(out.getvalue()) if self.patch else out.getvalue()


class Pen:
    def __init__(self, name: str = "様式", book: openpyxl.Workbook | None = None) -> None:
        self.book = book or openpyxl.Workbook()
        if book is None:
            self.book.remove(self.book.worksheets[0])
        self.sheet = self.book.create_sheet(name)

    def box(
        self,
        span: str,
        text: Any = None,
        *,
        line: bool = True,
        fill: PatternFill | None = None,
        bold: bool = False,
        size: float = 10.5,
        free: bool = False,
    ):
        first = self.sheet[span.partition(":")[0]]
        if text is not None:
            first.value = text
        cells = self.sheet[span] if ":" in span else ((first,),)
        for row in cells:
            for cell in row:
                if line:
                    cell.border = BOX
                if fill:
                    cell.fill = fill
                if free:
                    cell.protection = Protection(locked=False)
        first.font = Font(size=size, bold=bold)
        first.alignment = Alignment(wrap_text=True, vertical="center")
        if ":" in span:
            self.sheet.merge_cells(span)
        return first

    def at(self, cell: str) -> str:
        return f"{self.sheet.title}!{cell}"

    def rule(self, cell: str, q: Q, source: str | None = None) -> None:
        """What Excel lets one enter."""
        rule = None
        if q.choices and q.type == "choice":
            rule = DataValidation("list", formula1=source or f'"{",".join(q.choices)}"', allow_blank=True)
        elif q.type in ("integer", "number"):
            rule = DataValidation(
                "whole" if q.type == "integer" else "decimal", operator="greaterThanOrEqual", formula1="0"
            )
        elif q.type == "date":
            rule = DataValidation("date", operator="greaterThan", formula1="36526")
        if rule:
            rule.sqref = cell
            self.sheet.add_data_validation(rule)


def note_of(q: Q, *, choices: bool = False) -> str | None:
    said = []
    if q.limit:
        said.append(f"{q.limit}字以内で記入してください。")
    if q.type == "choices":
        said.append("該当するものをすべて選んでください。" + ("／".join(q.choices) if choices else ""))
    elif choices and q.choices:
        said.append("次の中から選んでください。")
    return "".join(said) or None


Form = tuple[str, Mapping[str, tuple[Q, ...]]]


def framed_rows(form: Form) -> Drawn:
    """項目 | 記入欄 | 単位 | 注記, with lines, drop-downs and rules."""
    pen = Pen()
    drawn = Drawn(pen.book)
    pen.box("A1:D1", form[0], line=False, bold=True, size=16)
    row = 3
    for title, questions in form[1].items():
        pen.box(f"A{row}:D{row}", title, fill=GREY, bold=True)
        for q in questions:
            row += 1
            pen.box(f"A{row}", q.label, fill=GREY)
            pen.box(f"B{row}")
            pen.box(f"C{row}", q.unit)
            pen.box(f"D{row}", note_of(q, choices=True))
            pen.rule(f"B{row}", q)
            drawn.cells[q.label] = pen.at(f"B{row}")
        row += 2
    return drawn


def required_column(form: Form) -> Drawn:
    """No | 項目 | 必須 | 記入欄, with choices printed to be ticked."""
    pen = Pen("申請様式")
    drawn = Drawn(pen.book, marked=True, without={"one"})
    pen.box("A1:E1", form[0], line=False, size=14)
    for column, head in zip("ABCDE", ("No", "項目", "区分", "記入欄", "備考"), strict=True):
        pen.box(f"{column}3", head, fill=GREY)
    row = 3
    for title, questions in form[1].items():
        row += 1
        pen.box(f"A{row}:E{row}", title, bold=True, fill=GREY)
        for number, q in enumerate(questions, start=1):
            row += 1
            pen.box(f"A{row}", number)
            pen.box(f"B{row}", q.label)
            pen.box(f"C{row}", "必須" if q.required else "任意")
            text = (
                "　".join(f"□{choice}" for choice in q.choices)
                if q.choices
                else f"　　　　　{q.unit}"
                if q.unit
                else None
            )
            pen.box(f"D{row}", text)
            pen.box(f"E{row}", note_of(q))
            pen.rule(f"D{row}", q) if not q.choices else None
            drawn.cells[q.label] = pen.at(f"D{row}")
    return drawn


def stacked(form: Form) -> Drawn:
    """Each label over its box, both over the whole width."""
    pen = Pen("別紙様式")
    drawn = Drawn(pen.book, without={"unit"})
    pen.box("B2:I2", form[0], line=False, size=14, bold=True)
    row = 4
    for title, questions in form[1].items():
        pen.box(f"B{row}:I{row}", title, line=False, bold=True)
        for q in questions:
            row += 1
            limit = f"（{q.limit}字程度）" if q.limit else ""
            pen.box(f"B{row}:I{row}", f"{q.label}{limit}", fill=GREY)
            row += 1
            text = "\n".join(f"☐ {choice}" for choice in q.choices) if q.type == "choices" else None
            pen.box(f"B{row}:I{row}", text)
            pen.rule(f"B{row}", q)
            drawn.cells[q.label] = pen.at(f"B{row}")
        row += 2
    return drawn


def graph_paper(form: Form) -> Drawn:
    """方眼紙: narrow columns, everything merged, two rows a line."""
    pen = Pen("様式１")
    drawn = Drawn(pen.book)
    for column in range(1, 40):
        pen.sheet.column_dimensions[get_column_letter(column)].width = 2.6
    pen.box("A1:AL2", form[0], line=False, size=14)
    row = 4
    for title, questions in form[1].items():
        pen.box(f"A{row}:AL{row}", title, line=False, bold=True)
        row += 1
        for q in questions:
            pen.box(f"A{row}:J{row + 1}", q.label)
            last = "AH" if q.unit else "AL"
            text = "　".join(f"□ {choice}" for choice in q.choices) if q.type == "choices" else None
            pen.box(f"K{row}:{last}{row + 1}", text)
            if q.unit:
                pen.box(f"AI{row}:AL{row + 1}", q.unit)
            if q.limit:
                row += 2
                pen.box(f"A{row}:AL{row}", f"※{q.limit}文字以内", line=False)
                drawn.cells[q.label] = pen.at(f"K{row - 2}")
                row += 1
                continue
            pen.rule(f"K{row}", q)
            drawn.cells[q.label] = pen.at(f"K{row}")
            row += 2
        row += 1
    return drawn


def in_pairs(form: Form) -> Drawn:
    """Short questions two a line, long ones over the whole width."""
    pen = Pen("申込書")
    drawn = Drawn(pen.book, without={"one"})
    pen.box("A1:F1", form[0], line=False, size=14)
    row = 2
    for title, questions in form[1].items():
        row += 1
        pen.box(f"A{row}:F{row}", title, fill=GREY, bold=True)
        left = True
        for q in questions:
            if q.limit or len(q.choices) > 2:
                row += 1
                pen.box(f"A{row}", f"{q.label}（{q.limit}字以内）" if q.limit else q.label, fill=GREY)
                pen.box(f"B{row}:F{row}", "　".join(f"□{choice}" for choice in q.choices) or None)
                drawn.cells[q.label] = pen.at(f"B{row}")
                left = True
                continue
            row += left
            first, second, third = ("A", "B", "C") if left else ("D", "E", "F")
            pen.box(f"{first}{row}", q.label, fill=GREY)
            pen.box(f"{second}{row}")
            pen.box(f"{third}{row}", q.unit)
            pen.rule(f"{second}{row}", q)
            drawn.cells[q.label] = pen.at(f"{second}{row}")
            left = not left
    return drawn


def sections_aside(form: Form) -> Drawn:
    """The section's title in a tall box left of its labels; 必須 printed behind the label."""
    pen = Pen("調書")
    drawn = Drawn(pen.book, marked=True)
    pen.box("A1:E1", form[0], line=False, size=14)
    row = 3
    for title, questions in form[1].items():
        pen.box(f"A{row}:A{row + len(questions) - 1}", title, fill=GREY)
        for q in questions:
            pen.box(f"B{row}", f"{q.label}{'（必須）' if q.required else '（任意）'}", fill=GREY)
            pen.box(f"C{row}")
            pen.box(f"D{row}", q.unit, line=False)
            pen.box(f"E{row}", note_of(q, choices=True), line=False)
            pen.rule(f"C{row}", q)
            drawn.cells[q.label] = pen.at(f"C{row}")
            row += 1
    return drawn


def plain_cells(form: Form) -> Drawn:
    """Nothing drawn at all: labels in one column, answers in the next."""
    pen = Pen("Sheet1")
    drawn = Drawn(pen.book, without={"choices", "limit", "unit"})
    pen.box("A1", form[0], line=False)
    row = 3
    for title, questions in form[1].items():
        pen.box(f"A{row}", title, line=False)
        for q in questions:
            row += 1
            pen.box(f"A{row}", q.label, line=False)
            drawn.cells[q.label] = pen.at(f"B{row}")
        row += 2
    return drawn


def coloured(form: Form) -> Drawn:
    """No lines: the boxes are yellow, the unit stands beside them, ※ marks what is required."""
    pen = Pen("入力シート")
    drawn = Drawn(pen.book, marked=True)
    pen.box("A1", form[0], line=False, size=16)
    pen.box("A2", "※印は必須項目です。黄色の欄に入力してください。", line=False)
    row = 4
    for title, questions in form[1].items():
        pen.box(f"A{row}", title, line=False, bold=True, size=12)
        for q in questions:
            row += 1
            pen.box(f"B{row}", f"※{q.label}" if q.required else q.label, line=False)
            pen.box(f"C{row}", "選択してください" if q.choices else None, line=False, fill=YELLOW)
            pen.box(f"D{row}", q.unit, line=False)
            pen.box(f"E{row}", note_of(q, choices=True), line=False)
            pen.rule(f"C{row}", q)
            drawn.cells[q.label] = pen.at(f"C{row}")
        row += 2
    return drawn


def protected(form: Form) -> Drawn:
    """A protected sheet: what is to be filled is unlocked, the rest is drawn alike."""
    drawn = framed_rows(form)
    sheet = drawn.book.worksheets[0]
    for cell in drawn.cells.values():
        sheet[cell.partition("!")[2]].protection = Protection(locked=False)
    sheet.protection.enable()
    return drawn


def lists_elsewhere(form: Form) -> Drawn:
    """Drop-downs that name a range of a hidden sheet."""
    pen = Pen("提案様式")
    drawn = Drawn(pen.book)
    pen.box("A1:C1", form[0], line=False, size=14)
    lists = pen.book.create_sheet("リスト")
    lists.sheet_state = "hidden"
    row, column = 3, 1
    for title, questions in form[1].items():
        pen.box(f"A{row}:C{row}", title, bold=True, fill=GREY)
        for q in questions:
            row += 1
            pen.box(f"A{row}", q.label)
            pen.box(f"B{row}")
            pen.box(f"C{row}", "\n".join(filter(None, (f"単位：{q.unit}" if q.unit else None, note_of(q)))) or None)
            if q.choices:
                letter = get_column_letter(column)
                lists[f"{letter}1"] = q.label
                for at, choice in enumerate(q.choices, start=2):
                    lists[f"{letter}{at}"] = choice
                pen.rule(f"B{row}", q, f"リスト!${letter}$2:${letter}${len(q.choices) + 1}")
                column += 1
            else:
                pen.rule(f"B{row}", q)
            drawn.cells[q.label] = pen.at(f"B{row}")
        row += 1
    return drawn


def named_lists(form: Form) -> Drawn:
    """Drop-downs by defined names; limits as rules; labels numbered."""
    pen = Pen("様式第1号")
    drawn = Drawn(pen.book, without={"unit"})
    lists = pen.book.create_sheet("master")
    pen.box("A1:B1", form[0], line=False, size=14)
    row, column = 2, 1
    for part, (title, questions) in enumerate(form[1].items(), start=1):
        row += 1
        pen.box(f"A{row}:B{row}", title, bold=True, fill=GREY)
        for number, q in enumerate(questions, start=1):
            row += 1
            several = "\n（複数選択可）" if q.type == "choices" else ""
            pen.box(f"A{row}", f"{part}-{number}　{q.label}{several}")
            pen.box(f"B{row}")
            drawn.cells[q.label] = pen.at(f"B{row}")
            if q.choices:
                letter = get_column_letter(column)
                for at, choice in enumerate(q.choices, start=1):
                    lists[f"{letter}{at}"] = choice
                name = f"選択肢{column}"
                pen.book.defined_names[name] = DefinedName(
                    name, attr_text=f"master!${letter}$1:${letter}${len(q.choices)}"
                )
                rule = DataValidation("list", formula1=name, sqref=f"B{row}")
                pen.sheet.add_data_validation(rule)
                column += 1
            elif q.limit:
                rule = DataValidation("textLength", operator="lessThanOrEqual", formula1=str(q.limit), sqref=f"B{row}")
                pen.sheet.add_data_validation(rule)
            else:
                pen.rule(f"B{row}", q)
    lists.sheet_state = "veryHidden"
    return drawn


def lists_by_extension(form: Form) -> Drawn:
    """Drop-downs as Excel 2010 and later keep them when they name another sheet (x14)."""
    drawn = lists_elsewhere(form)
    sheet = drawn.book["提案様式"]
    lists = [(str(one.sqref), one.formula1) for one in sheet.data_validations.dataValidation if one.type == "list"]
    sheet.data_validations.dataValidation = [one for one in sheet.data_validations.dataValidation if one.type != "list"]
    rules = "".join(
        f'<x14:dataValidation type="list" allowBlank="1"><x14:formula1><xm:f>{formula}</xm:f></x14:formula1><xm:sqref>{cell}</xm:sqref></x14:dataValidation>'
        for cell, formula in lists
    )
    extension = (
        '<extLst><ext xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main" uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}">'
        f'<x14:dataValidations xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main" count="{len(lists)}">{rules}</x14:dataValidations></ext></extLst>'
    )

    def patch(content: bytes) -> bytes:
        out = BytesIO()
        with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
            for name in old.namelist():
                part = old.read(name)
                if name == "xl/worksheets/sheet1.xml":
                    part = part.replace(b"</worksheet>", extension.encode() + b"</worksheet>")
                new.writestr(name, part)
        return out.getvalue()

    drawn.patch = patch
    return drawn


def ticks_apart(form: Form) -> Drawn:
    """Choices in cells of their own, a cell for the tick before each; 【必須】 before the label."""
    pen = Pen("回答票")
    drawn = Drawn(pen.book, marked=True, without={"unit", "one"})
    pen.box("A1:J1", form[0], line=False, size=14)
    row = 3
    for title, questions in form[1].items():
        pen.box(f"A{row}:J{row}", f"■{title}", fill=GREY)
        for q in questions:
            row += 1
            pen.box(
                f"A{row}",
                f"{'【必須】' if q.required else '【任意】'}{q.label}{f'（{q.limit}文字以内）' if q.limit else ''}",
            )
            if q.choices:
                for at, choice in enumerate(q.choices):
                    pen.box(f"{get_column_letter(2 + 2 * at)}{row}", "□")
                    pen.box(f"{get_column_letter(3 + 2 * at)}{row}", choice)
            else:
                pen.box(f"B{row}:J{row}")
                pen.rule(f"B{row}", q)
            drawn.cells[q.label] = pen.at(f"B{row}")
        row += 2
    return drawn


def ticks_in_rows(form: Form) -> Drawn:
    """A tall label with a choice a row, each with its tick."""
    pen = Pen("申請書")
    drawn = Drawn(pen.book)
    pen.box("A1:D1", form[0], line=False, size=14)
    row = 3
    for title, questions in form[1].items():
        pen.box(f"A{row}:D{row}", title, bold=True, fill=GREY)
        row += 1
        for q in questions:
            lines = max(1, len(q.choices))
            pen.box(f"A{row}:A{row + lines - 1}" if lines > 1 else f"A{row}", q.label)
            drawn.cells[q.label] = pen.at(f"B{row}")
            for at, choice in enumerate(q.choices):
                pen.box(f"B{row + at}:D{row + at}", f"□　{choice}")
            if not q.choices:
                pen.box(f"B{row}", f"{'　' * 6}{q.unit}" if q.unit else None)
                pen.box(f"C{row}:D{row}", note_of(q))
                pen.rule(f"B{row}", q)
            elif q.type == "choices":
                pen.sheet[f"A{row}"] = f"{q.label}（複数回答可）"
            else:
                pen.sheet[f"A{row}"] = f"{q.label}\n（いずれか1つにチェック）"
            row += lines
        row += 1
    return drawn


def with_examples(form: Form) -> Drawn:
    """項目 | 記入例 | 記入欄, and a whole sheet 記入例 before it."""
    pen = Pen("記入例")
    book = pen.book
    drawn = Drawn(book)
    cells: dict[str, str] = {}
    for name in ("記入例", "様式"):
        if name == "様式":
            pen = Pen(name, book)
        pen.box("A1:D1", form[0], line=False, size=14)
        for column, head in zip("ABCD", ("項目", "記入例", "記入欄", "記入上の注意"), strict=True):
            pen.box(f"{column}2", head, fill=GREY)
        row = 2
        for title, questions in form[1].items():
            row += 1
            pen.box(f"A{row}:D{row}", title, fill=GREY)
            for q in questions:
                row += 1
                pen.box(f"A{row}", q.label)
                pen.box(f"B{row}", f"例）{q.typed}")
                pen.box(f"C{row}", q.typed if name == "記入例" else None)
                pen.box(
                    f"D{row}",
                    "".join(filter(None, (f"単位は{q.unit}。" if q.unit else None, note_of(q, choices=True)))),
                )
                pen.rule(f"C{row}", q)
                cells[q.label] = pen.at(f"C{row}")
    drawn.cells, drawn.without = cells, {"unit"}
    return drawn


def over_two_sheets(form: Form) -> Drawn:
    """A section a sheet, the guide first."""
    pen = Pen("記入要領")
    book = pen.book
    drawn = Drawn(book)
    pen.box("A1", "記入要領", line=False, size=16)
    pen.box("A2", "・白い欄にすべて記入してください。", line=False)
    pen.box("A3", "・提出期限を過ぎたものは受け付けません。", line=False)
    for part, (title, questions) in enumerate(form[1].items(), start=1):
        pen = Pen(f"様式{part}", book)
        pen.box("A1:C1", form[0], line=False, size=14)
        pen.box("A2:C2", title, fill=GREY)
        for row, q in enumerate(questions, start=3):
            pen.box(f"A{row}", q.label, fill=GREY)
            pen.box(f"B{row}")
            pen.box(f"C{row}", q.unit or note_of(q, choices=True))
            pen.rule(f"B{row}", q)
            drawn.cells[q.label] = pen.at(f"B{row}")
    return drawn


def underlined(form: Form) -> Drawn:
    """Labels with colons, the boxes are lines to write on; printed alternatives to be ringed."""
    pen = Pen("申込用紙")
    drawn = Drawn(pen.book, without={"unit"})
    pen.box("B1", form[0], line=False, size=15, bold=True)
    row = 3
    for title, questions in form[1].items():
        pen.box(f"A{row}", f"【{title}】", line=False)
        for q in questions:
            row += 1
            pen.box(f"B{row}", f"{q.label}：", line=False)
            cell = pen.sheet[f"C{row}"]
            cell.border = Border(bottom=LINE)
            if q.choices:
                several = "（該当するものすべてに○）" if q.type == "choices" else "（いずれかに○）"
                cell.value = "　・　".join(q.choices)
                pen.box(f"D{row}", several, line=False)
            elif q.limit:
                pen.box(f"D{row}", f"（{q.limit}字まで）", line=False)
            drawn.cells[q.label] = pen.at(f"C{row}")
            pen.rule(f"C{row}", q) if not q.choices else None
        row += 2
    return drawn


LAYOUTS: dict[str, Callable[[Form], Drawn]] = {
    each.__name__.replace("_", "-"): each
    for each in (
        framed_rows, required_column, stacked, graph_paper, in_pairs, sections_aside, plain_cells, coloured, protected, lists_elsewhere,
        named_lists, lists_by_extension, ticks_apart, ticks_in_rows, with_examples, over_two_sheets, underlined,
    )
}  # fmt: skip
