"""Workbooks that are no forms: a ministry's table to fill in, a list sent by mistake.

Out: xlsx bytes, the same on every machine and day: openpyxl writes the time into a workbook, so its parts are packed
anew with a fixed date.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO

from openpyxl import Workbook
from openpyxl.styles import Font

_MADE = datetime(2026, 3, 2, 9, 0, 0)  # noqa: DTZ001 - a workbook's own time has no zone


def status_xlsx() -> bytes:
    """応募状況.xlsx: the ministry asks how many have applied. It names what a form names, and is none."""
    rows: list[Sequence[object]] = [
        ("地域社会DX推進パッケージ事業（計画策定支援）　応募状況報告様式",),
        ("報告日", "令和８年３月１９日", "", "報告者", ""),
        (),
        ("総合通信局", "都道府県名", "市区町村名", "応募コース", "取組テーマ", "備考"),
        ("北海道総合通信局",),
        ("東北総合通信局",),
        ("信越総合通信局",),
        ("中国総合通信局",),
        ("九州総合通信局",),
        ("計",),
    ]
    return _workbook("応募状況", rows)


def proposal_xlsx(body: str, section: str) -> bytes:
    """The form of another programme of the same package."""
    rows: list[Sequence[object]] = [
        ("地域社会DX推進パッケージ事業（実証事業）　提案書",),
        ("提案団体", body),
        ("担当部署", section),
        ("実証の名称", "中山間地における通信を活用した林業の見える化"),
        ("実証する無線の方式", "ローカル５Ｇ"),
        ("実証の期間", "令和８年７月から令和９年２月まで"),
        ("所要額（千円）", 12000),
        ("共同提案者", "見本通信株式会社"),
    ]
    return _workbook("提案書", rows)


def roster_xlsx() -> bytes:
    """A list of people's telephone numbers, all invented."""
    rows: list[Sequence[object]] = [
        ("自主防災組織連絡先一覧", "", "", "取扱注意"),
        ("組織名", "代表者", "電話番号", "備考"),
        ("見本町自主防災会", "見本　一郎", "0000-00-0000", ""),
        ("例示区自主防災会", "例示　花子", "0000-00-0000", ""),
    ]
    return _workbook("一覧", rows)


def _workbook(title: str, rows: Sequence[Sequence[object]]) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None  # noqa: S101 - a new workbook has one
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    sheet["A1"].font = Font(bold=True, size=14)
    sheet.column_dimensions["A"].width = 28
    book.properties.created = book.properties.modified = _MADE
    made = BytesIO()
    book.save(made)
    out = BytesIO()
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, _MADE.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            content = source.read(name)
            target.writestr(entry, _undated(content) if name == "docProps/core.xml" else content)
    return out.getvalue()


def _undated(core: bytes) -> bytes:
    """openpyxl sets `modified` to now while saving."""
    start, end = core.index(b"<dcterms:modified"), core.index(b"</dcterms:modified>")
    opened = core.index(b">", start) + 1
    return core[:opened] + _MADE.isoformat().encode() + b"Z" + core[end:]
