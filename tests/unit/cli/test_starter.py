"""Where the starter lies: a checkout first, what a wheel carries else."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailflow.settings import starter as module
from tests.unit.cli.conftest import ROOT


def lay(folder: Path, *, pyproject: bool) -> Path:
    for path in ("mailflow/settings/starter.py", "config/mailflow.yaml", "templates/receipt.j2"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).touch()
    if pyproject:
        (folder / "pyproject.toml").touch()
    return folder


def carried(folder: Path) -> Path:
    for path in ("config/mailflow.yaml", "templates/receipt.j2"):
        (folder / "mailflow" / "starter" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "mailflow" / "starter" / path).touch()
    return folder / "mailflow" / "starter"


@pytest.fixture
def lies(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(module, "__file__", str(tmp_path / "mailflow" / "settings" / "starter.py"))
    return tmp_path


def test_this_checkout() -> None:
    assert module.starter() == ROOT


def test_a_checkout_before_a_stale_copy(lies: Path) -> None:
    lay(lies, pyproject=True)
    carried(lies)
    assert module.starter() == lies


def test_installed_beside_somebody_elses_config(lies: Path) -> None:
    lay(lies, pyproject=False)
    wheel = carried(lies)
    assert module.starter() == wheel


def test_broken_installation(lies: Path) -> None:
    lay(lies, pyproject=False)
    with pytest.raises(FileNotFoundError, match="入れ直してください"):
        module.starter()


def test_editors_files_are_no_part(lies: Path) -> None:
    lay(lies, pyproject=True)
    for junk in ("config/.mailflow.yaml.swp", "config/rules.yaml~", "templates/~$receipt.docx", "config/.DS_Store"):
        (lies / junk).touch()
    assert set(module.starter_files()) == {"config/mailflow.yaml", "templates/receipt.j2"}
