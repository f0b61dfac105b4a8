"""Whole workbooks of other layouts than the shipped form's: the same answers, laid out as real ministries and towns do.

`ANSWERS` is what is filled in (as typed), `MEANT` what a clerk reads there. A layout takes rows (label, answer) under
section titles and gives a workbook; a spelling gives each field another label.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from typing import Any

import openpyxl

TITLE = "地域社会DX推進パッケージ事業（計画策定支援）応募様式"

ANSWERS: dict[str, Any] = {
    "applicant_type": "市区町村",
    "prefecture": "朝日県",
    "municipality": "川原町",
    "organization_name": "朝日県川原町",
    "organization_code": "202053",
    "fiscal_index": 0.51,
    "department": "企画課 デジタル推進係",
    "contact_name": "髙﨑 𠮷子",
    "contact_kana": "たかさき よしこ",
    "contact_phone": "0265-00-0000",
    "contact_email": "kikaku@town.kawara.example",
    "course": "B",
    "menus": "①、③、⑪",
    "theme": "中山間地域における見守りと移動支援",
    "issues": "高齢化率が46％に達した。\n路線バスが廃止された。",
    "current_state": "予約制の乗合交通を試行している。",
    "goal": "集落に住み続けられるようにしたい。",
    "network": "光ファイバは全集落に届いている。",
    "past_efforts": "令和6年度に住民懇談会を3回開いた。",
    "scope_internal": "含まない",
    "necessity": "庁内に通信技術の知見がないため。",
    "consensus": "首長了承",
    "team_size": 3,
    "weekly_hours": 5,
    "team_note": "福祉課と協力する。",
    "next_step": "予算要求、実証事業",
    "visit_ok": "可",
    "publish_ok": "不可",
    "remarks": "4月に担当が異動する予定です。",
}
MEANT: dict[str, Any] = ANSWERS | {"menus": ["①", "③", "⑪"], "next_step": ["予算要求", "実証事業"]}

SECTIONS: dict[str, tuple[str, ...]] = {
    "１　応募団体": ("applicant_type", "prefecture", "municipality", "organization_name", "organization_code", "fiscal_index"),
    "２　担当部署・連絡先": ("department", "contact_name", "contact_kana", "contact_phone", "contact_email"),
    "３　応募コース・取組テーマ": ("course", "menus", "theme"),
    "４　取組の内容": ("issues", "current_state", "goal", "network", "past_efforts", "scope_internal", "necessity"),
    "５　受入体制": ("consensus", "team_size", "weekly_hours", "team_note"),
    "６　今後の予定・確認事項": ("next_step", "visit_ok", "publish_ok", "remarks"),
}  # fmt: skip

LABELS: dict[str, str] = {
    "applicant_type": "応募団体の区分", "prefecture": "都道府県名", "municipality": "市区町村名", "organization_name": "団体名",
    "organization_code": "全国地方公共団体コード", "fiscal_index": "財政力指数", "department": "担当部署",
    "contact_name": "担当者氏名", "contact_kana": "担当者氏名（ふりがな）", "contact_phone": "電話番号",
    "contact_email": "メールアドレス", "course": "応募コース", "menus": "希望する支援メニュー", "theme": "取組テーマ",
    "issues": "解決したい地域課題", "current_state": "現在の状況", "goal": "目指す姿", "network": "既存のネットワーク環境",
    "past_efforts": "これまでの取組", "scope_internal": "庁舎内ネットワーク整備の有無", "necessity": "伴走支援の必要性",
    "consensus": "庁内の合意状況", "team_size": "担当体制（人数）", "weekly_hours": "確保できる作業時間",
    "team_note": "体制の補足", "next_step": "支援終了後の予定", "visit_ok": "現地訪問の受入れ",
    "publish_ok": "支援先団体名の公表", "remarks": "備考",
}  # fmt: skip

Labels = Mapping[str, str]
Sheets = dict[str, dict[str, Any]]
Merged = dict[str, list[str]]


def every(change: Callable[[int, str], str]) -> dict[str, str]:
    return {key: change(number, label) for number, (key, label) in enumerate(LABELS.items(), start=1)}


SPELLINGS: dict[str, dict[str, str]] = {
    "as-printed": LABELS,
    "required-behind": every(lambda _, label: f"{label}※必須"),
    "required-in-brackets": every(lambda _, label: f"{label}（必須）"),
    "required-before": every(lambda _, label: f"【必須】{label}"),
    "numbered": every(lambda n, label: f"({n}) {label}"),
    "numbered-full-width": every(lambda n, label: f"（{chr(0xFF10 + n % 10)}）{label}"),
    "numbered-two-levels": every(lambda n, label: f"{1 + n // 6}-{1 + n % 6}　{label}"),
    "circled": every(lambda n, label: f"{chr(0x2460 + n % 20)}{label}"),
    "bullets": every(lambda n, label: f"{'■○●◆・'[n % 5]}{label}"),
    "colons": every(lambda _, label: f"{label}："),
    "spread-out": every(lambda _, label: "　".join(label) if len(label) <= 6 else label),
    "a-line-break": every(lambda _, label: f"{label[:4]}\n{label[4:]}" if len(label) > 5 else label),
    "footnote-mark": every(lambda n, label: f"{label}※{n % 4 + 1}"),
    "polite": every(lambda _, label: f"{label}をご記入ください"),
    "with-a-hint": every(lambda _, label: f"{label}\n（記入要領を参照してください）"),
    "katakana-width": LABELS | {"contact_email": "ﾒｰﾙｱﾄﾞﾚｽ", "course": "応募ｺｰｽ", "theme": "取組ﾃｰﾏ"},
    "everyday-words": LABELS | {
        "department": "担当課", "contact_name": "担当者", "contact_kana": "フリガナ", "contact_phone": "ＴＥＬ",
        "contact_email": "Ｅ－ｍａｉｌ", "course": "希望コース", "theme": "テーマ", "issues": "地域課題", "goal": "目標",
        "current_state": "現状", "weekly_hours": "週あたりの作業時間", "team_size": "担当者数", "organization_code": "団体コード",
    },
    "contact-words": LABELS | {
        "department": "連絡先（担当部署）", "contact_name": "連絡先（担当者氏名）", "contact_kana": "連絡先（担当者氏名　ふりがな）",
        "contact_phone": "連絡先電話番号※必須", "contact_email": "連絡先メールアドレス※必須",
    },
    "daytime-phone": LABELS | {"contact_phone": "電話番号（日中）", "contact_email": "メールアドレス（課共用）"},
    "daytime-words": LABELS | {"contact_phone": "日中連絡のつく電話番号", "contact_email": "連絡用メールアドレス"},
    "long-hours": LABELS | {"weekly_hours": "１週間あたりに確保できる作業時間（時間/週）", "team_size": "担当体制（人数・名）"},
    "questions": LABELS | {
        "visit_ok": "現地訪問の受入れの可否", "publish_ok": "支援先団体名の公表の可否", "scope_internal": "庁舎内ネットワーク整備を含むか",
        "consensus": "庁内の合意状況について", "necessity": "伴走支援が必要な理由",
    },
}  # fmt: skip


def book(sheets: Sheets, merged: Merged | None = None, hidden: Sequence[str] = (), *, change: Any = None) -> bytes:
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    for name, cells in sheets.items():
        sheet = made.create_sheet(name)
        for where, value in cells.items():
            sheet[where] = value
            if isinstance(value, str) and value.startswith("#"):
                sheet[where].data_type = "e"
        for area in (merged or {}).get(name, []):
            sheet.merge_cells(area)
        if name in hidden:
            sheet.sheet_state = "hidden"
    if change is not None:
        change(made)
    out = BytesIO()
    made.save(out)
    return out.getvalue()


# --- layouts ----------------------------------------------------------------------------------------------------------

Layout = Callable[[Labels, Mapping[str, Any]], bytes]


def two_columns(labels: Labels, answers: Mapping[str, Any]) -> bytes:
    cells: dict[str, Any] = {"A1": TITLE}
    row = 3
    for title, keys in SECTIONS.items():
        cells[f"A{row}"] = title
        for key in keys:
            row += 1
            cells[f"A{row}"], cells[f"B{row}"] = labels[key], answers.get(key)
        row += 2
    return book({"様式": cells})


def numbers_apart(labels: Labels, answers: Mapping[str, Any]) -> bytes:
    """No | 項目 | 必須 | 記入欄 | 備考"""
    cells: dict[str, Any] = {"A1": TITLE, "A3": "No", "B3": "項目", "C3": "区分", "D3": "記入欄", "E3": "備考"}
    row = 3
    for keys in SECTIONS.values():
        for key in keys:
            row += 1
            cells |= {f"A{row}": row - 3, f"B{row}": labels[key], f"C{row}": "必須", f"D{row}": answers.get(key)}
    return book({"様式": cells})


def stacked(labels: Labels, answers: Mapping[str, Any]) -> bytes:
    """Each label over its box, both as wide as the page."""
    cells: dict[str, Any] = {"B1": TITLE}
    areas = ["B1:H1"]
    row = 3
    for title, keys in SECTIONS.items():
        cells[f"B{row}"] = title
        for key in keys:
            cells[f"B{row + 1}"], cells[f"B{row + 2}"] = labels[key], answers.get(key)
            areas += [f"B{row + 1}:H{row + 1}", f"B{row + 2}:H{row + 2}"]
            row += 2
        row += 2
    return book({"様式": cells}, {"様式": areas})


def merged_boxes(labels: Labels, answers: Mapping[str, Any]) -> bytes:
    """方眼紙: many narrow columns, everything merged, two rows a line."""
    cells: dict[str, Any] = {"A1": TITLE}
    areas = ["A1:AD1"]
    row = 3
    for title, keys in SECTIONS.items():
        cells[f"A{row}"] = title
        areas.append(f"A{row}:AD{row}")
        row += 1
        for key in keys:
            cells[f"A{row}"], cells[f"J{row}"] = labels[key], answers.get(key)
            areas += [f"A{row}:I{row + 1}", f"J{row}:AD{row + 1}"]
            row += 2
    return book({"様式第１号": cells}, {"様式第１号": areas})


def sections_at_the_side(labels: Labels, answers: Mapping[str, Any]) -> bytes:
    """The section's title in a tall cell left of its labels."""
    cells: dict[str, Any] = {"A1": TITLE}
    areas = []
    row = 3
    for title, keys in SECTIONS.items():
        cells[f"A{row}"] = title[2:]
        areas.append(f"A{row}:A{row + len(keys) - 1}")
        for key in keys:
            cells[f"B{row}"], cells[f"C{row}"] = labels[key], answers.get(key)
            row += 1
    return book({"様式": cells}, {"様式": areas})


def pairs(labels: Labels, answers: Mapping[str, Any]) -> bytes:
    """Short fields two a line, long ones over the whole width."""
    cells: dict[str, Any] = {"A1": TITLE}
    areas = []
    row = 2
    for keys in SECTIONS.values():
        row += 1
        left = True
        for key in keys:
            if key in (
                "issues",
                "current_state",
                "goal",
                "network",
                "past_efforts",
                "necessity",
                "team_note",
                "remarks",
            ):
                row += 1
                cells[f"A{row}"], cells[f"B{row}"] = labels[key], answers.get(key)
                areas.append(f"B{row}:D{row}")
                left = True
                continue
            row += 1 if left else 0
            column = "AB" if left else "CD"
            cells[f"{column[0]}{row}"], cells[f"{column[1]}{row}"] = labels[key], answers.get(key)
            left = not left
    return book({"様式": cells}, {"様式": areas})


def inside(labels: Labels, answers: Mapping[str, Any]) -> bytes:
    """A form of lines: 「電話番号：0265-00-0000」."""
    cells: dict[str, Any] = {"A1": TITLE}
    row = 2
    for title, keys in SECTIONS.items():
        row += 1
        cells[f"A{row}"] = title
        for key in keys:
            row += 1
            value = answers.get(key)
            cells[f"A{row}"] = f"{labels[key].rstrip('：:')}：{'' if value is None else value}"
    return book({"様式": cells})


def two_sheets(labels: Labels, answers: Mapping[str, Any]) -> bytes:
    first: dict[str, Any] = {"A1": TITLE}
    second: dict[str, Any] = {"A1": "取組の内容（別紙）"}
    row = {"様式１": 2, "別紙": 2}
    sheets = {"様式１": first, "別紙": second}
    for number, keys in enumerate(SECTIONS.values()):
        name = "様式１" if number < 3 else "別紙"
        for key in keys:
            row[name] += 1
            sheets[name][f"A{row[name]}"], sheets[name][f"B{row[name]}"] = labels[key], answers.get(key)
    return book(sheets)


def a_gap_between(labels: Labels, answers: Mapping[str, Any]) -> bytes:
    """An inserted column between labels and boxes, an empty row between lines."""
    cells: dict[str, Any] = {"B2": TITLE}
    row = 4
    for keys in SECTIONS.values():
        for key in keys:
            cells[f"B{row}"], cells[f"D{row}"] = labels[key], answers.get(key)
            row += 2
    return book({"様式": cells})


def hints_between(labels: Labels, answers: Mapping[str, Any]) -> bytes:
    """A note of the maker's under each label, the box right of both."""
    cells: dict[str, Any] = {"A1": TITLE}
    areas = []
    row = 3
    for keys in SECTIONS.values():
        for key in keys:
            cells[f"A{row}"], cells[f"A{row + 1}"] = labels[key], "※該当するものを記入してください。"
            cells[f"B{row}"] = answers.get(key)
            areas.append(f"B{row}:D{row + 1}")
            row += 2
    return book({"様式": cells}, {"様式": areas})


def example_column(labels: Labels, answers: Mapping[str, Any]) -> bytes:
    """項目 | 記入例 | 記入欄: the example stands before the box."""
    cells: dict[str, Any] = {"A1": TITLE, "A2": "項目", "B2": "記入例", "C2": "記入欄"}
    row = 2
    for keys in SECTIONS.values():
        for key in keys:
            row += 1
            cells |= {f"A{row}": labels[key], f"B{row}": EXAMPLES[key], f"C{row}": answers.get(key)}
    return book({"様式": cells})


def example_behind(labels: Labels, answers: Mapping[str, Any]) -> bytes:
    """項目 | 記入欄 | 記入例"""
    cells: dict[str, Any] = {"A1": TITLE, "A2": "項目", "B2": "記入欄", "C2": "記入例"}
    row = 2
    for keys in SECTIONS.values():
        for key in keys:
            row += 1
            cells |= {f"A{row}": labels[key], f"B{row}": answers.get(key), f"C{row}": EXAMPLES[key]}
    return book({"様式": cells})


EXAMPLES: dict[str, Any] = {
    "applicant_type": "都道府県", "prefecture": "山川県", "municipality": "見本市", "organization_name": "山川県見本市",
    "organization_code": "010006", "fiscal_index": 0.3, "department": "総務課", "contact_name": "見本 太郎",
    "contact_kana": "みほん たろう", "contact_phone": "03-0000-0000", "contact_email": "mihon@city.example", "course": "A",
    "menus": "①、②", "theme": "見本のテーマ", "issues": "見本の課題", "current_state": "見本の状況", "goal": "見本の姿",
    "network": "見本の環境", "past_efforts": "見本の取組", "scope_internal": "含む", "necessity": "見本の必要性",
    "consensus": "担当課のみ", "team_size": 9, "weekly_hours": 9, "team_note": "見本の補足", "next_step": "補助事業",
    "visit_ok": "不可", "publish_ok": "可", "remarks": "見本の備考",
}  # fmt: skip

LAYOUTS: dict[str, Layout] = {
    each.__name__.replace("_", "-"): each
    for each in (
        two_columns, numbers_apart, stacked, merged_boxes, sections_at_the_side, pairs, inside, two_sheets, a_gap_between,
        hints_between, example_column, example_behind,
    )
}  # fmt: skip
