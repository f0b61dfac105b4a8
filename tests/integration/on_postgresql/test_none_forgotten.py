"""Every test module of the store and the desk that uses a database is taken in here."""

from pathlib import Path

HERE, UNIT = Path(__file__).parent, Path(__file__).parents[2] / "unit"
ON_FILES = {"test_store_own_case_property"}  # hypothesis: a copied database file for each example


def test_every_module_is_here() -> None:
    theirs = {
        f"test_{area}_{path.stem.removeprefix('test_')}"
        for area in ("store", "desk")
        for path in (UNIT / area).glob("test_*.py")
    }
    assert theirs - {path.stem for path in HERE.glob("test_*.py")} == ON_FILES
