"""The shipped spec, and workbooks made by hand the way officers leave them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import openpyxl.worksheet.cell_range
import pytest
from ruamel.yaml import YAML

from mailflow.forms.fill import fill_form
from mailflow.settings.form import FormFile, FormSpec

CONFIG = Path(__file__).parents[3] / "config" / "form.yaml"

Workbook = Callable[..., bytes]


@pytest.fixture(scope="session")
def shipped() -> dict[str, Any]:
    return YAML(typ="safe").load(CONFIG.read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def spec(shipped: dict[str, Any]) -> FormSpec:
    return FormFile.model_validate(shipped).forms[0]


@pytest.fixture(scope="session")
def values() -> dict[str, object]:
    """A complete application of an invented town."""
    return {
        "applicant_type": "市区町村",
        "prefecture": "朝日県",
        "municipality": "川原町",
        "organization_name": "朝日県川原町",
        "organization_code": "202053",
        "fiscal_index": 0.51,
        "department": "企画課 デジタル推進係",
        "contact_name": "髙﨑 𠮷子",
        "contact_kana": "たかさき よしこ",
        "contact_phone": "0265-00-0000（内線123）",
        "contact_email": "kikaku@town.kawara.example",
        "course": "B",
        "menus": ["①", "③", "⑪"],
        "theme": "中山間地域における見守りと移動支援",
        "issues": "高齢化率が46％に達した。\n路線バスが廃止された。",
        "current_state": "予約制の乗合交通を試行している。",
        "goal": "集落に住み続けられるようにしたい。",
        "network": "光ファイバは全集落に届いている。",
        "past_efforts": "なし",
        "scope_internal": "含まない",
        "consensus": "首長了承",
        "team_size": 3,
        "weekly_hours": 5.5,
        "team_note": "福祉課と協力する。",
        "necessity": "庁内に通信技術の知見がないため。",
        "next_step": ["予算要求", "実証事業"],
        "visit_ok": "可",
        "publish_ok": "不可",
        "remarks": "4月に担当が異動する予定です。",
    }


@pytest.fixture(scope="session")
def filled(spec: FormSpec, values: Mapping[str, object]) -> bytes:
    return fill_form(spec, values)


@pytest.fixture(scope="session")
def workbook() -> Workbook:
    """Make a workbook from {sheet: {cell: value}}; `merged` {sheet: [ranges]}, `hidden` names of sheets."""

    def make(
        sheets: Mapping[str, Mapping[str, Any]],
        merged: Mapping[str, list[str]] | None = None,
        hidden: tuple[str, ...] = (),
    ) -> bytes:
        book = openpyxl.Workbook()
        book.remove(book.worksheets[0])
        for name, cells in sheets.items():
            sheet = book.create_sheet(name)
            for where, value in cells.items():
                sheet[where] = value
                if isinstance(value, str) and value.startswith("#"):
                    sheet[where].data_type = "e"
            for area in (merged or {}).get(name, []):
                sheet.merge_cells(area)
            if name in hidden:
                sheet.sheet_state = "hidden"
        out = BytesIO()
        book.save(out)
        return out.getvalue()

    return make


def insert_rows(sheet: Any, before: int, count: int = 1) -> None:
    """As Excel does it: merged ranges move along (openpyxl alone leaves them where they were)."""
    areas = [area.coord for area in sheet.merged_cells.ranges]
    for area in areas:
        sheet.unmerge_cells(area)
    sheet.insert_rows(before, count)
    for area in areas:
        moved = openpyxl.worksheet.cell_range.CellRange(area)
        if moved.min_row >= before:
            moved.shift(row_shift=count)
        elif moved.max_row >= before:
            moved.expand(down=count)
        sheet.merge_cells(moved.coord)


@pytest.fixture(scope="session")
def insert() -> Callable[..., None]:
    return insert_rows


@pytest.fixture(scope="session")
def edited(filled: bytes) -> Callable[[Callable[[Any], None]], bytes]:
    """The filled form after somebody worked on it in Excel."""

    def edit(change: Callable[[openpyxl.Workbook], None]) -> bytes:
        book = openpyxl.load_workbook(BytesIO(filled))
        change(book)
        out = BytesIO()
        book.save(out)
        return out.getvalue()

    return edit
