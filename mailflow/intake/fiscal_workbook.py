"""The ministry's 主要財政指標一覧 as a table of 財政力指数 (募集要領 2(1) 注; DESIGN §9 `data import-fiscal`).

In: an Excel file's bytes, the code list. Out: `FiscalTable`: the year, one figure a body, and all that could not be matched.
Found by labels alone (財政力指数, 団体コード, 都道府県名, 団体名), wherever they stand in the first rows of whichever sheet: the
municipalities' and the prefectures' workbooks are laid out differently, and each year may be. Rows join by code; without
a code column by name, and a name that leaves doubt joins nothing.
Raises `NotATable` with a reason in Japanese. Pure.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from python_calamine import CalamineWorkbook

from mailflow.intake.codes import readings_of_code
from mailflow.intake.folding import squeeze
from mailflow.intake.organizations import Directory
from mailflow.model import Resolved
from mailflow.settings.reference import Municipality

HEADER_ROWS = 30  # titles, notes and headers stand in these
HEADER_DEPTH = 3  # rows that one header may take, by merged cells
MAX_ROWS = 20_000
MAX_BYTES = 30_000_000
LARGEST = Decimal(10)  # the highest figure ever published is below 3; a ratio in per cent is above
DECIMALS = Decimal("0.00001")  # prefectures are given to five

_YEAR = re.compile(r"(令和|平成|R|H)(元|\d{1,2})年?度|(20\d{2})年?度", re.IGNORECASE)
_ERAS = {"令和": 2018, "R": 2018, "平成": 1988, "H": 1988}
_INDEX, _CODE = "財政力指数", "団体コード"
_CODES = (_CODE, "市町村コード", "市区町村コード", "都道府県コード", "地方公共団体コード", "コード")
_NAMES = ("団体名", "市町村名", "市区町村名", "地方公共団体名", "自治体名")
_PREFECTURES = ("都道府県名", "都道府県")
_SUMMARY = re.compile(r"平均|合計|総計|^計$|^全国$|単純|加重|^注|^※|^資料|^出典")
_NOTHING = re.compile(r"[-‐‑‒–—―−ー─*…]{1,6}|…|\.\.\.|na|n/a|該当なし|不明", re.IGNORECASE)


class NotATable(ValueError):
    """The file holds no such table, or not whose year it is."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One body's. `row`: in the sheet, from 1."""

    place: Municipality
    index: Decimal
    row: int
    written: str


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A row that gives nobody a figure, and why in Japanese."""

    row: int
    written: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FiscalTable:
    """`figures` by code. `year`: western. `spelt`: rows joined by code whose name is written with other characters (ヶ/ケ),
    `renamed`: whose name is another. `missing`: bodies of the same sort as the table's that it doesn't have. `conflicts`:
    bodies with two different figures; they have none in `figures`. `summaries`: rows of averages."""

    sheet: str
    year: int
    figures: tuple[Figure, ...]
    unmatched: tuple[Unmatched, ...] = ()
    spelt: tuple[Figure, ...] = ()
    renamed: tuple[Figure, ...] = ()
    repeated: tuple[Figure, ...] = ()
    conflicts: tuple[Unmatched, ...] = ()
    missing: tuple[Municipality, ...] = ()
    summaries: int = 0

    @property
    def of_prefectures(self) -> bool:
        return any(one.place.kind == "prefecture" for one in self.figures)

    @property
    def of_municipalities(self) -> bool:
        return any(one.place.kind != "prefecture" for one in self.figures)


@dataclass(frozen=True, slots=True)
class _Columns:
    index: int
    code: int | None
    name: int | None
    prefecture: int | None
    first_row: int  # of the data


Rows = Sequence[Sequence[Any]]


def read_fiscal_workbook(
    content: bytes, places: Sequence[Municipality], directory: Directory, year: int | None = None
) -> FiscalTable:
    """The table of one workbook. `year`: what the operator says, where the workbook doesn't or says it wrong."""
    for sheet, rows in _sheets(content):
        columns = _columns(rows)
        if columns is not None:
            said = year or _year(rows[: columns.first_row], sheet)
            if said is None:
                raise NotATable(
                    f"シート「{sheet}」に、何年度の表かが書かれていません。--year 2024 のように示してください"
                )
            return _Reader(rows, columns, places, directory).read(sheet, said)
    raise NotATable("「財政力指数」と団体名（または団体コード）の見出しのある表が見つかりません")


def _sheets(content: bytes) -> Iterator[tuple[str, Rows]]:
    if len(content) > MAX_BYTES:
        raise NotATable(f"ファイルが大きすぎます（{MAX_BYTES // 1_000_000}MB まで）")
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        names = book.sheet_names
    except Exception as error:  # calamine raises whatever its parser meets
        raise NotATable("Excel のファイルとして開けません（パスワードがかかっているか、壊れています）") from error
    for name in names:
        try:
            yield name, book.get_sheet_by_name(name).to_python(skip_empty_area=False, nrows=MAX_ROWS)
        except Exception:  # noqa: S112  (a chart's sheet; the others may still hold the table)
            continue


# --- where everything stands ------------------------------------------------------------------------------------------


def _text(value: Any) -> str:
    return squeeze(str(value)) if value is not None else ""


def _columns(rows: Rows) -> _Columns | None:
    """The columns by their labels. A label may be cut over lines, and a header over merged rows."""
    for at in range(min(HEADER_ROWS, len(rows))):
        index = _index_column(rows[at : at + HEADER_DEPTH])
        if index is None:
            continue
        around = rows[max(at - HEADER_DEPTH + 1, 0) : at + HEADER_DEPTH]
        code, name, prefecture = (_labelled(around, labels) for labels in (_CODES, _NAMES, _PREFECTURES))
        if name is None and prefecture is not None:
            name, prefecture = prefecture, None  # the prefectures' own table
        if code is None and name is None:
            continue
        columns = _Columns(index, code, name, prefecture, at + 1)
        first = next(
            (n for n in range(at + 1, min(at + 1 + HEADER_ROWS, len(rows))) if _holds_data(rows[n], columns)), None
        )
        if first is not None:
            return _Columns(index, code, name, prefecture, first)
    return None


def _index_column(rows: Rows) -> int | None:
    """Of 財政力指数, in one cell or cut over the cells of a column. Beside a single year's, the mean of three years, which is
    the one that counts."""
    found = []
    for column in range(len(rows[0])):
        down = [_text(row[column]) if column < len(row) else "" for row in rows]
        label = "".join(one for one in down if not isinstance(_figure(one), Decimal))
        if down[0] and label.startswith(_INDEX) and "順位" not in label:
            found.append((("単年度" in label) - ("平均" in label), column))
    return min(found)[1] if found else None


def _labelled(rows: Rows, labels: Sequence[str]) -> int | None:
    for label in labels:
        for row in rows:
            for column, value in enumerate(row):
                if _text(value) == label:
                    return column
    return None


def _holds_data(row: Sequence[Any], columns: _Columns) -> bool:
    said = any(_text(row[c]) for c in (columns.code, columns.name) if c is not None and c < len(row))
    return said and columns.index < len(row) and isinstance(_figure(row[columns.index]), Decimal)


def _year(head: Rows, sheet: str) -> int | None:
    """The year of the title, else of the sheet's name. Two different ones in one place say nothing."""
    texts = [[_text(value) for value in row] for row in head]
    for said in (*(" ".join(row) for row in texts), squeeze(sheet)):
        years = {_western(match) for match in _YEAR.finditer(said)}
        if len(years) == 1:
            return years.pop()
    return None


def _western(match: re.Match[str]) -> int:
    if match[3]:
        return int(match[3])
    return _ERAS[match[1].upper() if match[1].isascii() else match[1]] + (1 if match[2] == "元" else int(match[2]))


def _figure(value: Any) -> Decimal | str | None:
    """A figure; None where there is none (「－」, empty); the text of what is neither."""
    if isinstance(value, bool) or value is None:
        return None
    text = _text(value)
    if not text or _NOTHING.fullmatch(text):
        return None
    try:
        number = Decimal(text.replace(",", "")).quantize(DECIMALS, ROUND_HALF_UP)
    except InvalidOperation:
        return text
    return number if 0 <= number < LARGEST else text


# --- the rows ---------------------------------------------------------------------------------------------------------


class _Reader:
    def __init__(self, rows: Rows, columns: _Columns, places: Sequence[Municipality], directory: Directory) -> None:
        self.rows, self.columns, self.places, self.directory = rows, columns, places, directory
        self.by_code = {place.code: place for place in places}
        self.unmatched: list[Unmatched] = []
        self.summaries = 0

    def read(self, sheet: str, year: int) -> FiscalTable:
        found: dict[str, Figure] = {}
        repeated: list[Figure] = []
        conflicts: dict[str, Unmatched] = {}
        for figure in self._figures():
            code = figure.place.code
            first = found.get(code)
            if first is None:
                found[code] = figure
                continue
            repeated.append(figure)
            if first.index != figure.index:
                name = _full(figure.place)
                why = f"{first.row}行と{figure.row}行で値が違います（{_plain(first.index)} と {_plain(figure.index)}）"
                conflicts[code] = Unmatched(figure.row, name, why)
        figures = tuple(found[code] for code in sorted(found) if code not in conflicts)
        kinds = {one.place.kind == "prefecture" for one in found.values()}
        missing = tuple(p for p in self.places if (p.kind == "prefecture") in kinds and p.code not in found)
        other = [one for one in figures if self._other_name(one)]
        return FiscalTable(
            sheet=sheet,
            year=year,
            figures=figures,
            unmatched=tuple(self.unmatched),
            spelt=tuple(one for one in other if self._same_when_folded(one)),
            renamed=tuple(one for one in other if not self._same_when_folded(one)),
            repeated=tuple(repeated),
            conflicts=tuple(conflicts.values()),
            missing=missing,
            summaries=self.summaries,
        )

    def _figures(self) -> Iterator[Figure]:
        prefecture = ""
        for number, row in enumerate(self.rows[self.columns.first_row :], self.columns.first_row + 1):
            code, name = self._cell(row, self.columns.code), self._cell(row, self.columns.name)
            prefecture = (
                self._cell(row, self.columns.prefecture) or prefecture
            )  # merged over its rows, or written in each
            value = row[self.columns.index] if self.columns.index < len(row) else None
            if not code and not name:
                continue
            written = name or code
            if any(_SUMMARY.search(text) for text in (name, code, self._cell(row, self.columns.prefecture)) if text):
                self.summaries += 1
                continue
            place, why = self._place(code, name, prefecture)
            index = _figure(value)
            if place is None:
                self.unmatched.append(Unmatched(number, f"{prefecture if name else ''}{written}", why))
            elif isinstance(index, Decimal):
                yield Figure(place, index, number, name)
            else:
                said = "値がありません" if index is None else f"値が数ではないか、範囲の外です（{index[:20]}）"
                self.unmatched.append(Unmatched(number, _full(place), f"{said}"))

    @staticmethod
    def _cell(row: Sequence[Any], column: int | None) -> str:
        return _text(row[column]) if column is not None and column < len(row) else ""

    def _place(self, code: str, name: str, prefecture: str) -> tuple[Municipality | None, str]:
        if code:
            readings = [self.by_code[one] for one in readings_of_code(code) if one in self.by_code]
            if len(readings) > 1:  # a zero lost or a check digit left out: the name says which
                readings = [one for one in readings if self.directory.fold(one.name) == self.directory.fold(name)]
            if len(readings) == 1:
                return readings[0], ""
            return None, f"団体コード {code} の団体がありません"
        body = self.directory.lookup(name, prefecture_hint=prefecture or None)
        if body.code is None and not prefecture:
            named = self.directory.prefecture_named(name)
            body = self.directory.lookup(named) if named else body
        if body.code is not None and body.ward is None and body.resolved in (Resolved.EXACT, Resolved.VARIANT):
            return self.by_code[body.code], ""
        return None, "団体名から団体を1つに決められません"

    def _other_name(self, one: Figure) -> bool:
        return bool(one.written) and one.written not in (one.place.name, _full(one.place))

    def _same_when_folded(self, one: Figure) -> bool:
        fold = self.directory.fold
        return fold(one.written) in (fold(one.place.name), fold(_full(one.place)), fold(one.place.name[:-1]))


def _full(place: Municipality) -> str:
    return place.name if place.kind == "prefecture" else place.prefecture + place.name


def _plain(index: Decimal) -> str:
    """At least two decimals, as the ministry writes them."""
    text = f"{index.normalize():f}"
    whole, _, decimals = text.partition(".")
    return f"{whole}.{decimals.ljust(2, '0')}"


# --- the table as it is kept ------------------------------------------------------------------------------------------

HEADER = "code,prefecture,name,index,year,source"


def table_csv(table: FiscalTable, kept: Sequence[str], source: str) -> str:
    """`config/data/fiscal_index_YEAR.csv`. `kept`: lines of the table before, of the sort of bodies that this one hasn't."""
    lines = [
        f"{one.place.code},{one.place.prefecture},{one.place.name},{_plain(one.index)},{table.year},{source}"
        for one in table.figures
    ]
    return "\n".join([HEADER, *sorted([*lines, *kept])]) + "\n"


def kept_lines(
    before: Sequence[tuple[str, Decimal]], table: FiscalTable, places: Sequence[Municipality], source: str
) -> list[str]:
    """Of the table in force for that year: what the new one says nothing about, because it is of the other sort of bodies."""
    by_code = {place.code: place for place in places}
    lines = []
    for code, index in before:
        place = by_code.get(code)
        covered = place is None or (table.of_prefectures if place.kind == "prefecture" else table.of_municipalities)
        if place is not None and not covered:
            lines.append(f"{code},{place.prefecture},{place.name},{_plain(index)},{table.year},{source}")
    return lines
