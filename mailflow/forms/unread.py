"""What of a workbook no reader of cells sees: text boxes, form controls, comments, formulas saved without their values.

In: bytes of an .xlsx that was read, its fields that look empty. Out: Japanese lines; none where nothing stands in doubt.
Asked only where required fields are empty: then 「空欄」 may be wrong, and a person looks. Pure, bounded, never raises.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable
from io import BytesIO

from mailflow.forms.package import NO_ZIP

_MOST_PARTS, _MOST_BYTES = 30, 2_000_000
_DRAWING = re.compile(r"xl/drawings/drawing[0-9]{1,3}\.xml")
_SHEET = re.compile(r"xl/worksheets/sheet[0-9]{1,3}\.xml")
_CONTROL = re.compile(r"xl/(?:ctrlprops|activex)/[a-z0-9]{1,40}\.xml")
_TEXT = re.compile(rb"<a:t>([^<]{1,2000})</a:t>")
_COMMENTS = re.compile(r"xl/(?:comments/?|threadedcomments/)[a-z]{0,20}[0-9]{0,3}\.xml")
_COMMENTED = re.compile(rb'<(?:comment|threadedComment)\s[^>]{0,300}\bref="([A-Z]{1,3}[0-9]{1,7})"')
_FORMULA = re.compile(
    rb'<c r="([A-Z]{1,3}[0-9]{1,7})"[^>]{0,80}>(?:<f[\s>][^<]{0,9000}</f>|<f[^>/]{0,200}/>)(?:<v ?/>|<v></v>)?</c>'
)


def unread(content: bytes, empty_cells: Iterable[str]) -> list[str]:
    """`empty_cells`: `Sheet!B7` of required fields that look empty."""
    cells = {cell.rpartition("!")[2] for cell in empty_cells}
    if not content.startswith(b"PK"):
        return []
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            names = {info.filename.lower(): info for info in archive.infolist()}
            drawings = [info for name, info in names.items() if _DRAWING.fullmatch(name)][:_MOST_PARTS]
            sheets = [info for name, info in names.items() if _SHEET.fullmatch(name)][:_MOST_PARTS]
            boxes = any(_TEXT.search(archive.read(info)) for info in drawings if info.file_size <= _MOST_BYTES)
            notes = [info for name, info in names.items() if _COMMENTS.fullmatch(name)][:_MOST_PARTS]
            commented = {
                found.decode()
                for info in notes
                if info.file_size <= _MOST_BYTES
                for found in _COMMENTED.findall(archive.read(info))
            }
            controls = any(_CONTROL.fullmatch(name) for name in names)
            uncounted = {
                found[1].decode()
                for info in sheets
                if info.file_size <= _MOST_BYTES
                for found in _FORMULA.finditer(archive.read(info))
            }
    except NO_ZIP:
        return []
    lines = []
    if boxes:
        lines.append(
            "図形（テキストボックス）の中の文字は読み取っていません。空欄に見える項目の記入がないか、ご確認ください。"
        )
    if controls:
        lines.append("チェックボックスなどの部品は読み取っていません。空欄に見える項目の選択がないか、ご確認ください。")
    if said := sorted(cells & commented):
        lines.append(
            f"空欄に見える欄（{'、'.join(said[:10])}）にコメントが付いています。コメントに記入がないか、ご確認ください。"
        )
    if cells & uncounted:
        lines.append("計算式の値が保存されていない欄があります。元のファイルをExcelで開いてご確認ください。")
    return lines
