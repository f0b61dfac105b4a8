"""Write values into a form.

In: FormSpec, values by key, optionally the form to write into (its labels say where). Out: xlsx bytes.
A key not given, or None, stays empty. A value that is no choice is typed as it is; several choices are a list, typed
with 「、」 between them, and where the form prints boxes to tick, they are ticked. Numbers stay numbers. A string never becomes a formula, an error value or a date. Characters that
XML can't hold (control characters, half a surrogate pair) are left out; line ends become LF.
Raises ValueError: a key that the spec hasn't (naming the nearest), a value that no cell can hold, a template without
that field's label; FormUnreadable for a template that can't be opened. Pure.
"""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Mapping, Sequence
from io import BytesIO

import openpyxl
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.utils import coordinate_to_tuple
from openpyxl.workbook.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet
from rapidfuzz import process

from mailflow.forms.build import lay_out
from mailflow.forms.package import FormUnreadable
from mailflow.forms.paper import save
from mailflow.forms.read import read_form
from mailflow.forms.text import fold, heads_inside, label_forms
from mailflow.settings.form import FieldSpec, FormSpec

CELL_MAX = 32_767  # Excel: characters in a cell, counted in UTF-16

_NOT_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")


def fill_form(spec: FormSpec, values: Mapping[str, object], template: bytes | None = None) -> bytes:
    """The form with these values in it."""
    given = {key: value for key, value in values.items() if _known(spec, key) and value is not None}
    if template is None:
        layout = lay_out(spec)
        workbook, cells = layout.workbook, {key: (spec.sheet, cell) for key, cell in layout.cells.items()}
    else:
        workbook, cells = _open(spec, template)
    for key, value in given.items():
        if key not in cells:
            raise ValueError(f"様式に項目「{spec.fields[key].label}」（{key}）が見当たりません")
        sheet, coordinate = cells[key]
        cell = _cell(workbook[sheet], coordinate)
        field = spec.fields[key]
        if template is not None and _behind_its_label(cell, field, value):
            continue
        if template is not None and spec.fields[key].lines > 1 and isinstance(value, str):
            _write_lines(cell, spec.fields[key], value)
        elif template is None or not _tick(cell, spec.fields[key], value):
            _write(cell, key, value)
    return save(workbook, spec)


def _known(spec: FormSpec, key: str) -> bool:
    if key in spec.fields:
        return True
    near = [name for name, _, _ in process.extract(key, spec.fields.keys(), limit=3, score_cutoff=50)]
    hint = f"。近い名前：{'、'.join(near)}" if near else f"。使える名前：{'、'.join(spec.fields)}"
    raise ValueError(f"項目 {key} は様式にありません{hint}")


def _open(spec: FormSpec, template: bytes) -> tuple[Workbook, dict[str, tuple[str, str]]]:
    data = read_form(template, [spec])
    if data is None:
        raise ValueError("ひな形が、この様式として読み取れません")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            workbook = openpyxl.load_workbook(BytesIO(template))
    except Exception as error:  # openpyxl raises whatever its parser meets
        raise FormUnreadable("broken") from error
    cells = {}
    for key, field in data.fields.items():
        if field.cell is not None:
            sheet, _, coordinate = field.cell.rpartition("!")
            cells[key] = (sheet, coordinate)
    return workbook, cells


def _cell(sheet: Worksheet, coordinate: str) -> Cell:
    """The cell itself, also where a range left behind by inserted rows would swallow what is written."""
    row, column = coordinate_to_tuple(coordinate)
    for area in list(sheet.merged_cells.ranges):
        inside = area.min_row <= row <= area.max_row and area.min_col <= column <= area.max_col
        if inside and (row, column) != (area.min_row, area.min_col):
            sheet.unmerge_cells(area.coord)
    cell = sheet[coordinate]
    assert isinstance(cell, Cell)  # noqa: S101  (no range is left over it)
    return cell


_TICK = "☑"


def _tick(cell: Cell, field: FieldSpec, value: object) -> bool:
    """Tick the choices where the form prints them with boxes, in this cell or those right of and below it. False, and
    nothing is changed, where not every value has a box of its own."""
    wanted = list(value) if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    choices = {choice.value: choice for choice in field.choices}
    if not wanted or not all(isinstance(one, str) and one in choices for one in wanted):
        return False
    sheet: Worksheet = cell.parent  # type: ignore[assignment]
    near = [
        sheet.cell(row, column)
        for row in range(cell.row, cell.row + len(choices) + 1)
        for column in range(cell.column, cell.column + 2 * len(choices) + 1)
    ]
    changes: dict[Cell, str] = {}
    for one in wanted:
        spellings = {fold(spelling) for spelling in choices[str(one)].spellings}
        place = next((at for box in near if (at := _box_of(box, spellings, changes))), None)
        if place is None:
            return False
        changes[place[0]] = place[1]
    for box, text in changes.items():
        box.value = text
    return True


def _box_of(cell: Cell | MergedCell, spellings: set[str], changes: Mapping[Cell, str]) -> tuple[Cell, str] | None:
    """The cell and its text once the box before a choice is ticked."""
    if not isinstance(cell, Cell) or not isinstance(cell.value, str):
        return None
    text = changes.get(cell, cell.value)
    for found in _UNTICKED.finditer(text):
        option = re.split(r"[□☐◻☑\n]|[\s　]{2,}", text[found.end() :].lstrip())[0]
        if fold(re.split(r"[(（]", option)[0]) in spellings or fold(option) in spellings:
            return cell, text[: found.start()] + _TICK + text[found.end() :]
    if fold(text) in spellings and cell.column > 1:
        sheet: Worksheet = cell.parent  # type: ignore[assignment]
        before = sheet.cell(cell.row, cell.column - 1)
        if isinstance(before, Cell) and isinstance(before.value, str) and before.value.strip() in ("□", "☐", "◻"):
            return before, _TICK
    return None


_UNTICKED = re.compile("[□☐◻]")


def _behind_its_label(cell: Cell, field: FieldSpec, value: object) -> bool:
    """Write into a cell that holds several labels: 「電話：　　　FAX：」. False, and nothing is changed, where it doesn't."""
    heads = heads_inside(str(cell.value)) if isinstance(cell.value, str) else []
    own = {form for one in field.spellings for form in label_forms(one)[:1]}
    for at, head in enumerate(heads):
        if own.intersection(label_forms(head[1])[:1]):
            text = str(cell.value)
            end = heads[at + 1].start(1) if at + 1 < len(heads) else len(text)
            cell.value = (
                f"{text[: head.end()]}{cell_text(field.key, value)}{'　' if end < len(text) else ''}{text[end:]}"
            )
            cell.data_type = "s"
            return True
    return False


def _write_lines(cell: Cell, field: FieldSpec, value: str) -> None:
    """One line a row of the table, from the first one down; what is more than its rows goes into the last."""
    sheet: Worksheet = cell.parent  # type: ignore[assignment]
    lines = value.split("\n", field.lines - 1)
    row = cell.row
    for line in lines:
        at = _cell(sheet, f"{cell.column_letter}{row}")
        _write(at, field.key, line)
        area = next((r for r in sheet.merged_cells.ranges if at.coordinate in r), None)
        row = (area.max_row if area else row) + 1


def _write(cell: Cell, key: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        text = cell_text(key, value)
        cell.value = text
        cell.data_type = "s"  # not what openpyxl guesses from 「=1+1」 or 「#REF!」
        if text[:1] in ("=", "+", "-", "@"):
            cell.quotePrefix = True  # Excel keeps it a text when someone edits the cell
    elif math.isfinite(value) and abs(value) < 1e300:
        cell.value = value
        if cell.number_format == "@":
            cell.number_format = "General"
    else:
        raise ValueError(f"{key}: 数値 {value} はセルに記入できません")


def cell_text(key: str, value: object) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, Sequence) and not isinstance(value, str):
        text = "、".join(cell_text(key, item) for item in value)
    elif isinstance(value, (str, int, float)):
        text = str(value)
    else:
        raise ValueError(f"{key}: 文字列、数値、選択肢の一覧のどれかで書いてください")  # noqa: TRY004
    text = _NOT_XML.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    if len(text.encode("utf-16-le")) // 2 > CELL_MAX:
        raise ValueError(f"{key}: {CELL_MAX}文字を超えるため、セルに記入できません")
    return _ESCAPE.sub("_x005F_", text)  # ST_Xstring: 「_x0041_」 would be read as 「A」
