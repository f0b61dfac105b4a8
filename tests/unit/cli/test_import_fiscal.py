"""`mailflow data import-fiscal`: what it writes, what it says, how it ends. Figures are invented."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest

from mailflow.settings.load import load
from tests.unit.cli.conftest import Cli

ROOT = Path(__file__).parents[3]
TITLE = "全市町村の主要財政指標（令和７年度）"
HEADER = ["団体コード", "都道府県名", "団体名", "財政力指数", "将来負担比率"]
CITIES = [
    ["011002", "北海道", "札幌市", 0.72, 21.8],
    ["023213", "青森県", "鰺ケ沢町", 0.22, "-"],
    ["202053", "長野県", "飯田市", 1.02, "-"],
]
AVERAGE = ["全国市町村平均", None, None, 0.49, "－"]


@pytest.fixture
def home(folder: Path) -> Path:
    shutil.copytree(ROOT / "config", folder / "config")
    shutil.copytree(ROOT / "templates", folder / "templates")
    return folder


def book(path: Path, rows: Sequence[Sequence[object]]) -> Path:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    workbook.save(path)
    return path


def table(home: Path, year: int = 2025) -> dict[str, str]:
    lines = (home / "config" / "data" / f"fiscal_index_{year}.csv").read_text("utf-8").splitlines()
    return {cells[0]: cells[3] for cells in (line.split(",") for line in lines[1:])}


def test_it_writes_the_table_that_the_configuration_then_uses(home: Path, cli: Cli) -> None:
    before = load(home / "config", {})
    ran = cli("data", "import-fiscal", book(home / "r7.xlsx", [[TITLE], HEADER, *CITIES, AVERAGE]), "--json")
    assert ran.code == 0
    said = json.loads(ran.out)
    assert table(home) == {"011002": "0.72", "023213": "0.22", "202053": "1.02"}
    assert (said["year"], said["municipalities"], said["prefectures"], said["summaries"]) == (2025, 3, 0, 1)
    assert said["over"] == ["長野県飯田市"]
    assert [one["written"] for one in said["spelt"]] == ["鰺ケ沢町"]
    assert len(said["missing"]) == 1741 - 3
    assert said["year_in_use"] == 2024
    assert "fiscal_year_of_index" in ran.err
    after = load(home / "config", {})
    assert after.hash != before.hash
    assert {2024, 2025} <= after.reference.fiscal_years()


def test_the_shipped_table_of_that_year_gives_way_and_its_prefectures_stay(home: Path, cli: Cli) -> None:
    ran = cli("data", "import-fiscal", book(home / "r6.xlsx", [["令和6年度"], HEADER, *CITIES]), "--json")
    assert ran.code == 0
    said = json.loads(ran.out)
    crossed = [one["name"] for one in said["changed"] if one["crosses"]]
    assert crossed == ["長野県飯田市"]
    written = table(home, 2024)
    assert len(written) == 3 + 47
    assert written["010006"] == "0.46275"


def test_both_workbooks_make_one_table(home: Path, cli: Cli) -> None:
    cli("data", "import-fiscal", book(home / "a.xlsx", [[TITLE], HEADER, *CITIES]))
    rows = [
        ["全都道府県の主要財政指標（令和７年度）"],
        ["都道府県名", "財政力指数"],
        ["北海道", 0.46],
        ["青森県", 0.35],
    ]
    assert cli("data", "import-fiscal", book(home / "b.xlsx", rows)).code == 0
    assert table(home).keys() == {"011002", "023213", "202053", "010006", "020001"}


def test_a_dry_run_writes_nothing(home: Path, cli: Cli) -> None:
    ran = cli("data", "import-fiscal", book(home / "r7.xlsx", [[TITLE], HEADER, *CITIES]), "--dry-run", "--json")
    assert ran.code == 0
    assert json.loads(ran.out)["written"] is None
    assert not (home / "config" / "data").exists()


def test_people_are_told_in_a_table(home: Path, cli: Cli) -> None:
    rows = [[TITLE], HEADER, *CITIES, ["999999", "どこか県", "どこか市", 0.5, 1]]
    ran = cli("data", "import-fiscal", book(home / "r7.xlsx", rows))
    assert ran.code == 0
    for words in ("鰺ケ沢町", "どこか市", "表にない団体", "ほかに", "書きました", "2025"):
        assert words in ran.out


def test_figures_that_contradict_each_other_write_nothing(home: Path, cli: Cli) -> None:
    rows = [[TITLE], HEADER, *CITIES, ["202053", "長野県", "飯田市", 0.54, 1]]
    ran = cli("data", "import-fiscal", book(home / "r7.xlsx", rows))
    assert ran.code == 1
    assert "食い違う" in ran.line
    assert not (home / "config" / "data").exists()


@pytest.mark.parametrize(
    ("content", "code", "word"),
    [
        pytest.param(None, 2, "ファイルがありません", id="missing"),
        pytest.param(b"not a workbook", 1, "開けません", id="no-workbook"),
        pytest.param([["表題"], HEADER, *CITIES], 1, "何年度", id="no-year"),
        pytest.param([[TITLE], ["団体名", "経常収支比率"], ["札幌市", 94]], 1, "見出し", id="another-table"),
        pytest.param(
            [[TITLE], HEADER, ["999999", "県", "市", 0.5, 1]], 1, "取り込める行がありません", id="no-row-joins"
        ),
    ],
)
def test_what_cannot_be_taken_is_one_line(home: Path, cli: Cli, content: object, code: int, word: str) -> None:
    path = home / "x.xlsx"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif isinstance(content, list):
        book(path, content)
    ran = cli("data", "import-fiscal", path)
    assert ran.code == code
    assert word in ran.line


def test_a_configuration_broken_elsewhere_does_not_stop_it(home: Path, cli: Cli) -> None:
    (home / "config" / "rules.yaml").write_text("rules: [", encoding="utf-8")
    assert cli("data", "import-fiscal", book(home / "r7.xlsx", [[TITLE], HEADER, *CITIES])).code == 0
    assert len(table(home)) == 3


def test_a_name_with_commas_stays_one_column(home: Path, cli: Cli) -> None:
    cli("data", "import-fiscal", book(home / 'r7,"x.xlsx', [[TITLE], HEADER, *CITIES]))
    assert load(home / "config", {}).reference.fiscal_years() >= {2025}
