"""The code list, domains, variants and the ministry's fiscal index as frozen rows (`mailflow/data/*.csv`).

In: the CSV texts by file name (`municipalities.csv`, …), UTF-8 with or without BOM, one header line. Out: `Reference`.
Raises ConfigErrors that name file and line. Pure. Sources and licences: mailflow/data/README.md.
Codes are 6 characters with check digit; kana full-width katakana; an index is a Decimal (1.00 counts as 1 or more).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import NamedTuple, TypeVar

from mailflow.settings.problems import ConfigErrors, Problem

MAX_ROWS = 20_000


class Municipality(NamedTuple):
    """A prefecture or one of the 1,741 municipalities. `kind`: a value of `model.BodyKind`; `county`: 郡 or ""."""

    code: str
    prefecture: str
    name: str
    prefecture_kana: str
    name_kana: str
    kind: str
    county: str
    parent: str


class Ward(NamedTuple):
    """An administrative ward of a designated city. `parent`: the city's code."""

    code: str
    prefecture: str
    city: str
    name: str
    city_kana: str
    name_kana: str
    parent: str


class Domain(NamedTuple):
    """A domain of a body's site. `kind`: `lg.jp`, `geographic`, `other`. Subdomains count as the same."""

    code: str
    domain: str
    kind: str
    host: str
    prefecture: str
    name: str


class Bureau(NamedTuple):
    """Which 総合通信局 looks after a prefecture."""

    prefecture: str
    bureau: str
    prefecture_code: str


class Variant(NamedTuple):
    """Another spelling of a name. `kind`: form, kana, kanji, former, typo, ivs, or confusion (never resolve silently)."""

    code: str
    official: str
    variant: str
    kind: str
    note: str


class Fold(NamedTuple):
    """Characters to be taken as one before comparing: each of `others` as `canonical`."""

    canonical: str
    others: str
    kind: str
    used_in_names: int


class Homonym(NamedTuple):
    """A place whose name is official in two or more prefectures."""

    name: str
    code: str
    prefecture: str
    county: str
    name_kana: str
    kind: str


class Fiscal(NamedTuple):
    """財政力指数 of one body in one fiscal year (western)."""

    code: str
    index: Decimal  # type: ignore[assignment]  # the field's own word; nobody calls tuple.index on a row
    year: int


@dataclass(frozen=True, slots=True)
class Reference:
    municipalities: tuple[Municipality, ...]
    wards: tuple[Ward, ...]
    domains: tuple[Domain, ...]
    bureaus: tuple[Bureau, ...]
    variants: tuple[Variant, ...]
    folds: tuple[Fold, ...]
    homonyms: tuple[Homonym, ...]
    fiscal: tuple[Fiscal, ...]

    def fiscal_years(self) -> frozenset[int]:
        return frozenset(row.year for row in self.fiscal)


# A row is given as the texts of the columns named here, in this order.
_COLUMNS: dict[str, tuple[str, ...]] = {
    "municipalities": ("code", "prefecture", "name", "prefecture_kana", "name_kana", "kind", "county", "parent"),
    "wards": ("code", "prefecture", "city", "name", "city_kana", "name_kana", "parent"),
    "domains": ("code", "domain", "class", "host", "prefecture", "name"),
    "bureaus": ("prefecture", "bureau", "prefecture_code"),
    "name_variants": ("code", "official", "variant", "kind", "note"),
    "char_folds": ("canonical", "others", "kind", "used_in_names"),
    "duplicates": ("name", "code", "prefecture", "county", "name_kana", "kind"),
    "fiscal_index": ("code", "index", "year"),
}
_REQUIRED = tuple(name for name in _COLUMNS if name != "fiscal_index")

Row = TypeVar("Row")


class _CellError(ValueError):
    """A cell that is not what its column holds; the message is for people."""


def _fold(cells: Sequence[str]) -> Fold:
    if not cells[3].isdecimal():
        raise _CellError(f"used_in_names が数ではありません（{cells[3]}）")
    return Fold(cells[0], cells[1], cells[2], int(cells[3]))


def _fiscal(cells: Sequence[str]) -> Fiscal:
    code, index, year = cells
    if not (len(code) == 6 and code.isascii() and code.isdecimal()):
        raise _CellError(f"code（団体コード）は6桁の数字です（{code}）")
    if not (len(year) == 4 and year.isascii() and year.isdecimal()):
        raise _CellError(f"year（年度）は西暦4桁です（{year}）")
    try:
        value = Decimal(index)
    except InvalidOperation:
        raise _CellError(f"index（財政力指数）が数ではありません（{index}）") from None
    if not (value.is_finite() and 0 <= value < 100):
        raise _CellError(f"index（財政力指数）が範囲の外です（{index}）")
    return Fiscal(code, value, int(year))


def load_reference(files: Mapping[str, bytes], own_files: frozenset[str] = frozenset()) -> Reference:
    """Rows of all tables. `files`: by file name; every `fiscal_index*.csv` counts, a later year beside an earlier one.
    `own_files`: those that lie in config/data/ (for the messages).

    Raises ConfigErrors with every table that is missing or broken, each once.
    """
    problems: list[Problem] = []

    def table(name: str, make: Callable[[Sequence[str]], Row]) -> tuple[Row, ...]:
        rows: list[Row] = []
        wanted = sorted(n for n in files if n.endswith(".csv") and (n == f"{name}.csv" or _is_fiscal(n, name)))
        if not wanted and name in _REQUIRED:
            problems.append(Problem(f"data/{name}.csv", None, None, "表がありません"))
        for file in wanted:
            place = f"config/data/{file}" if file in own_files else f"data/{file}"
            try:
                for line, cells in _cells(files[file], _COLUMNS[name]):
                    try:
                        rows.append(make(cells))
                    except _CellError as error:
                        problems.append(Problem(place, line, 1, str(error), source_line=",".join(cells)))
                        break
            except _TableError as error:
                problems.append(Problem(place, error.line, None, error.message, error.hint))
        return tuple(rows)

    reference = Reference(
        municipalities=table("municipalities", Municipality._make),
        wards=table("wards", Ward._make),
        domains=table("domains", Domain._make),
        bureaus=table("bureaus", Bureau._make),
        variants=table("name_variants", Variant._make),
        folds=table("char_folds", _fold),
        homonyms=table("duplicates", Homonym._make),
        fiscal=table("fiscal_index", _fiscal),
    )
    if problems:
        raise ConfigErrors(problems)
    return reference


def _is_fiscal(file: str, name: str) -> bool:
    return name == "fiscal_index" and file.startswith("fiscal_index_")


class _TableError(ValueError):
    def __init__(self, message: str, line: int | None = None, hint: str | None = None) -> None:
        self.message, self.line, self.hint = message, line, hint
        super().__init__(message)


def _cells(content: bytes, columns: Sequence[str]) -> Iterator[tuple[int, Sequence[str]]]:
    """(line, the wanted cells in order) of each row that is not empty. Raises _TableError."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _TableError(
            "文字コードが UTF-8 ではありません", line, "Excel では「CSV UTF-8（コンマ区切り）」で保存し直してください"
        ) from None
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [cell.strip() for cell in next(rows, [])]
        missing = [column for column in columns if column not in header]
        if missing:
            raise _TableError(f"見出し {'、'.join(missing)} がありません", 1, f"1行目の見出し: {','.join(columns)}")
        order = [header.index(column) for column in columns]
        straight = order == list(range(len(header)))
        for count, row in enumerate(rows, start=1):
            if not any(row):
                continue
            if len(row) != len(header):
                raise _TableError(f"列の数が {len(row)} です（見出しは {len(header)} 列）", rows.line_num)
            if count > MAX_ROWS:
                raise _TableError(f"行が多すぎます（{MAX_ROWS} 行まで）", rows.line_num)
            yield rows.line_num, row if straight else [row[i] for i in order]
    except csv.Error:
        raise _TableError("CSV として読めません", rows.line_num) from None
