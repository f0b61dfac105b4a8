"""The ministry's table of 財政力指数 in the layouts it may come in. The workbooks are made here; figures are invented."""

from __future__ import annotations

import io
from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from importlib.resources import files

import openpyxl
import pytest

from mailflow.intake.fiscal_workbook import FiscalTable, NotATable, kept_lines, read_fiscal_workbook, table_csv
from mailflow.intake.organizations import Directory
from mailflow.settings.reference import Reference, load_reference

TITLE = "全市町村の主要財政指標（令和４年度）"
HEADER = ["団体コード", "都道府県名", "団体名", "財政力指数", "経常収支比率", "実質公債費比率"]
SAPPORO = ["011002", "北海道", "札幌市", 0.72, 94.9, 2.9]
AJIGASAWA = ["023213", "青森県", "鰺ケ沢町", 0.22, 90.1, "-"]
OKAZAKI = ["232025", "愛知県", "岡崎市", 1.0, 88.0, 1.0]
AVERAGE = ["全国市町村平均", None, None, 0.49, 92.2, 5.5]
Rows = Sequence[Sequence[object]]


@cache
def reference() -> Reference:
    folder = files("mailflow") / "data"
    return load_reference({f.name: f.read_bytes() for f in folder.iterdir() if f.name.endswith(".csv")})


@cache
def directory() -> Directory:
    return Directory.from_reference(reference())


def workbook(
    rows: Rows, *, sheet: str = "全市町村の主要財政指標", merged: Sequence[str] = (), before: Rows = ()
) -> bytes:
    book = openpyxl.Workbook()
    first = book.active
    assert first is not None
    if before:
        first.title = "目次"
        for row in before:
            first.append(list(row))
        first = book.create_sheet(sheet)
    first.title = sheet
    for row in rows:
        first.append(list(row))
    for area in merged:
        first.merge_cells(area)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read(rows: Rows, year: int | None = None, **more: object) -> FiscalTable:
    return read_fiscal_workbook(workbook(rows, **more), reference().municipalities, directory(), year)  # type: ignore[arg-type]


def figures(table: FiscalTable) -> dict[str, str]:
    return {one.place.prefecture + one.place.name: str(one.index.normalize()) for one in table.figures}


def test_the_layout_of_the_municipalities_workbook() -> None:
    found = read([[TITLE], HEADER, SAPPORO, AJIGASAWA, OKAZAKI, AVERAGE], merged=["A6:C6"])
    assert (found.year, found.sheet, found.summaries) == (2022, "全市町村の主要財政指標", 1)
    assert figures(found) == {"北海道札幌市": "0.72", "青森県鰺ヶ沢町": "0.22", "愛知県岡崎市": "1"}
    assert [one.written for one in found.spelt] == ["鰺ケ沢町"]
    assert (found.renamed, found.unmatched, found.conflicts) == ((), (), ())
    assert len(found.missing) == 1741 - 3
    assert (found.of_prefectures, found.of_municipalities) == (False, True)


@pytest.mark.parametrize(
    ("rows", "more"),
    [
        pytest.param([[TITLE], [], ["（単位：％）"], HEADER, SAPPORO], {}, id="notes-above-the-header"),
        pytest.param([[None, TITLE], [None, *HEADER], [None, *SAPPORO]], {}, id="a-column-left-of-it"),
        pytest.param(
            [[TITLE], ["団 体\nコード", "都道府県名", "団 体 名", "財政力\n指数"], SAPPORO[:4]],
            {},
            id="labels-cut-over-lines",
        ),
        pytest.param(
            [[TITLE], [*HEADER[:3], "財政力", None], [None, None, None, "指数"], SAPPORO[:4]],
            {},
            id="a-label-over-two-rows",
        ),
        pytest.param(
            [[TITLE], ["団体名", "団体コード", "財政力指数"], ["札幌市", "011002", 0.72]],
            {},
            id="columns-in-another-order",
        ),
        pytest.param([[TITLE], HEADER, [11002, *SAPPORO[1:]]], {}, id="a-number-that-lost-its-zero"),
        pytest.param([[TITLE], HEADER, ["01100", *SAPPORO[1:]]], {}, id="five-digits"),
        pytest.param([[TITLE], HEADER, [*SAPPORO[:3], "0.72", 1, 1]], {}, id="figures-as-text"),
        pytest.param([[TITLE], HEADER, [*SAPPORO[:3], "０．７２", 1, 1]], {}, id="figures-in-wide-digits"),
        pytest.param([["全市町村"], HEADER, SAPPORO], {"sheet": "令和4年度"}, id="the-year-in-the-sheets-name"),
        pytest.param([["主要財政指標（2022年度）"], HEADER, SAPPORO], {}, id="western-year"),
        pytest.param([[TITLE], HEADER, SAPPORO], {"before": [["令和5年度公表資料"]]}, id="on-the-second-sheet"),
        pytest.param(
            [[TITLE], ["都道府県名", "市町村名", "財政力指数"], ["北海道", "札幌市", 0.72]], {}, id="no-code-by-name"
        ),
        pytest.param(
            [[TITLE], [*HEADER[:3], "財政力指数（単年度）", "財政力指数（3か年平均）"], [*SAPPORO[:3], 0.70, 0.72]],
            {},
            id="the-mean-of-three-years-counts",
        ),
        pytest.param(
            [[TITLE], [*HEADER[:3], "財政力指数", "財政力指数（3か年平均）"], [*SAPPORO[:3], 0.70, 0.72]],
            {},
            id="the-mean-beside-one-of-no-word",
        ),
        pytest.param(
            [[TITLE], [*HEADER[:3], "財政力指数順位", "財政力指数"], [*SAPPORO[:3], 3, 0.72]],
            {},
            id="a-rank-is-no-figure",
        ),
        pytest.param([HEADER, SAPPORO], {"sheet": "令和4年度"}, id="the-header-in-the-first-row"),
        pytest.param(
            [*[[TITLE]] * 20, HEADER, [None, None, None, "（注）"], [], SAPPORO], {}, id="notes-between-header-and-data"
        ),
        pytest.param([[TITLE], HEADER, SAPPORO[:1], SAPPORO], {}, id="a-row-cut-short"),
    ],
)
def test_found_by_its_labels_wherever_they_stand(rows: Rows, more: dict[str, object]) -> None:
    found = read(rows, **more)
    assert (found.year, figures(found)) == (2022, {"北海道札幌市": "0.72"})


def test_the_prefectures_workbook_joins_by_name() -> None:
    rows = [
        ["全都道府県の主要財政指標（令和６年度）"],
        ["都道府県名", "財政力指数", "経常収支比率"],
        ["北海道", 0.46275, 1],
        ["青森", 0.35, 1],
        ["東 京 都", 1.1, 1],
        ["京都府", 0.6, 1],
        ["大阪府", "-", 1],
        ["都道府県平均", 0.5, 1],
    ]
    found = read(rows, sheet="都道府県")
    assert figures(found) == {
        "北海道北海道": "0.46275",
        "青森県青森県": "0.35",
        "東京都東京都": "1.1",
        "京都府京都府": "0.6",
    }
    assert found.year == 2024
    assert len(found.missing) == 43
    assert [(one.row, one.written, one.why) for one in found.unmatched] == [(7, "大阪府", "値がありません")]
    assert (found.of_prefectures, found.of_municipalities) == (True, False)
    assert found.summaries == 1


def test_a_prefecture_merged_over_its_rows_holds_for_them_all() -> None:
    rows = [
        [TITLE],
        ["都道府県名", "団体名", "財政力指数"],
        ["東京都", "府中市", 1.18],
        [None, "昭島市", 1.0],
        ["広島県", "府中市", 0.5],
    ]
    found = read(rows, merged=["A3:A4"])
    assert figures(found) == {"東京都府中市": "1.18", "東京都昭島市": "1", "広島県府中市": "0.5"}


@pytest.mark.parametrize(
    ("row", "why"),
    [
        pytest.param(["999999", "どこか県", "どこか市", 0.5], "団体コード 999999", id="no-such-code"),
        pytest.param(["011003", "北海道", "札幌市", 0.5], "団体コード 011003", id="wrong-check-digit"),
        pytest.param(["011002", "北海道", "札幌市", "-"], "値がありません", id="dash"),
        pytest.param(["011002", "北海道", "札幌市", "－"], "値がありません", id="wide-dash"),
        pytest.param(["011002", "北海道", "札幌市", None], "値がありません", id="empty"),
        pytest.param(["011002", "北海道", "札幌市", "調査中"], "値が数ではないか、範囲の外です（調査中）", id="words"),
        pytest.param(
            ["011002", "北海道", "札幌市", 94.9], "値が数ではないか、範囲の外です（94.9）", id="a-ratio-in-per-cent"
        ),
        pytest.param(["011002", "北海道", "札幌市", 10], "範囲の外です（10.0）", id="ten"),
        pytest.param(
            ["12203", "", "飯田市", 0.5], "団体コード 12203", id="a-code-of-two-bodies-and-the-name-of-neither"
        ),
        pytest.param(["011002", "北海道", "札幌市", -0.1], "範囲の外", id="negative"),
    ],
)
def test_what_joins_nobody_is_told(row: list[object], why: str) -> None:
    found = read([[TITLE], HEADER, OKAZAKI, row])
    assert list(figures(found)) == ["愛知県岡崎市"]
    (one,) = found.unmatched
    assert why in one.why
    assert one.row == 4


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("府中市", id="homonym"),
        pytest.param("飯口市", id="misspelt"),
        pytest.param("札幌市中央区", id="ward"),
    ],
)
def test_a_name_that_leaves_doubt_joins_nothing(name: str) -> None:
    found = read([[TITLE], ["団体名", "財政力指数"], ["岡崎市", 1.0], [name, 0.5]])
    assert list(figures(found)) == ["愛知県岡崎市"]
    assert [one.written for one in found.unmatched] == [name]


def test_the_same_body_twice() -> None:
    same = read([[TITLE], HEADER, SAPPORO, SAPPORO])
    assert (figures(same), len(same.repeated), same.conflicts) == ({"北海道札幌市": "0.72"}, 1, ())
    other = read([[TITLE], HEADER, SAPPORO, [*SAPPORO[:3], 0.27, 1, 1], OKAZAKI])
    assert list(figures(other)) == ["愛知県岡崎市"]
    (one,) = other.conflicts
    assert (one.row, one.written) == (4, "北海道札幌市")
    assert one.why == "3行と4行で値が違います（0.72 と 0.27）"


@pytest.mark.parametrize(("name", "full"), [("士別市", "北海道士別市"), ("市川市", "千葉県市川市")])
def test_a_code_that_may_be_two_bodies_is_the_one_named(name: str, full: str) -> None:
    assert list(figures(read([[TITLE], HEADER, [12203, None, name, 0.5]]))) == [full]


@pytest.mark.parametrize(
    ("title", "year"),
    [
        ("主要財政指標（令和元年度）", 2019),
        ("主要財政指標（平成30年度）", 2018),
        ("主要財政指標 R4年度", 2022),
        ("主要財政指標 h30年度", 2018),
        ("主要財政指標（令和４年度）", 2022),
        ("主要財政指標（２０２３年度）", 2023),
    ],
)
def test_the_year_as_titles_write_it(title: str, year: int) -> None:
    assert read([[title], HEADER, SAPPORO]).year == year


def test_a_code_under_another_name_is_joined_and_told() -> None:
    found = read(
        [[TITLE], HEADER, ["401307", "福岡県", "筑紫市", 0.9, 1, 1], ["011002", "北海道", "北海道札幌市", 0.7, 1, 1]]
    )
    assert [one.written for one in found.renamed] == ["筑紫市"]
    assert len(found.figures) == 2


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        pytest.param([["主要財政指標"], HEADER, SAPPORO], "何年度", id="no-year"),
        pytest.param([["令和3年度から令和5年度まで"], HEADER, SAPPORO], "何年度", id="two-years"),
        pytest.param(
            [[TITLE], ["団体コード", "団体名", "経常収支比率"], ["011002", "札幌市", 94.9]],
            "見出し",
            id="another-table",
        ),
        pytest.param([[TITLE], ["財政力指数"], [0.7]], "見出し", id="nobody-named"),
        pytest.param([], "見出し", id="empty"),
        pytest.param([[TITLE], HEADER], "見出し", id="header-only"),
    ],
)
def test_what_is_no_table_says_why(rows: Rows, reason: str) -> None:
    with pytest.raises(NotATable, match=reason):
        read(rows)


def test_how_large_a_workbook_may_be_is_told() -> None:
    with pytest.raises(NotATable, match=r"^ファイルが大きすぎます（30MB まで）$"):
        read_fiscal_workbook(bytes(30_000_001), reference().municipalities, directory())


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"<html></html>", bytes(40_000_000)])
def test_what_is_no_workbook_says_why(content: bytes) -> None:
    with pytest.raises(NotATable, match=r"開けません|大きすぎ"):
        read_fiscal_workbook(content, reference().municipalities, directory())


def test_the_year_can_be_said() -> None:
    assert read([["主要財政指標"], HEADER, SAPPORO], year=2023).year == 2023


def test_the_kept_table_is_read_back_and_keeps_the_other_sort_of_bodies() -> None:
    found = read([[TITLE], HEADER, SAPPORO, OKAZAKI])
    before = [("130001", Decimal("1.07")), ("011002", Decimal("0.11")), ("000000", Decimal(1))]
    kept = kept_lines(before, found, reference().municipalities, "x")
    assert kept == ["130001,東京都,東京都,1.07,2022,x"]
    prefectures = read([[TITLE], ["都道府県名", "財政力指数"], ["東京都", 1.1]])
    assert kept_lines(before, prefectures, reference().municipalities, "x") == ["011002,北海道,札幌市,0.11,2022,x"]
    text = table_csv(found, kept, "総務省")
    own = {f.name: f.read_bytes() for f in (files("mailflow") / "data").iterdir() if f.name.endswith(".csv")}
    again = load_reference({**own, "fiscal_index_2022.csv": text.encode()})
    assert {row.code: str(row.index) for row in again.fiscal if row.year == 2022} == {
        "011002": "0.72",
        "130001": "1.07",
        "232025": "1.00",
    }
    assert "202053" in {row.code for row in again.fiscal if row.year == 2024}
