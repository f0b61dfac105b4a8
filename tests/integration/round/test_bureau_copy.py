"""The bureau in charge reads along where the YAML says so: named in the letter, a party of the case, never for a stranger."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mailflow.settings.load import check, load
from mailflow.store import Store
from tests.integration.round.forms import form
from tests.integration.round.office import IIDA, Round, at

SHINETSU = "shinetsu@bureau.example"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    root = Path(__file__).parents[3]
    for name in ("config", "templates"):
        shutil.copytree(root / name, tmp_path / name)
    amend(tmp_path / "config/mailflow.yaml", "receipt: {approval: one}", "receipt: {approval: one, cc_bureau: true}")
    amend(tmp_path / "config/parties.yaml", "信越総合通信局, addresses: []", f"信越総合通信局, addresses: [{SHINETSU}]")
    return tmp_path / "config"


def amend(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_the_receipt_goes_to_the_bureau_too(store: Store, config: Path) -> None:
    office = Round(store, load(config, {}))
    office.mail("応募します。", when=at(10), subject="【長野県飯田市】計画策定支援", files=[("様式.xlsx", form())])
    (letter,) = office.send(at(10, 10))
    assert str(letter["Cc"]).count("@") == 1
    assert SHINETSU in letter["Cc"]
    body = letter.get_body(("plain",))
    assert body is not None
    assert "（写し：信越総合通信局 御中）" in str(body.get_content())


@pytest.mark.parametrize(
    ("sender", "changed"),
    [
        pytest.param("だれか <somebody@elsewhere.example>", {}, id="a-strangers-mail-for-the-town"),
        pytest.param(IIDA, {"contact_phone": None}, id="another-letter"),
    ],
)
def test_nobody_else_hears_of_it(store: Store, config: Path, sender: str, changed: dict[str, object]) -> None:
    office = Round(store, load(config, {}))
    if sender != IIDA:
        office.mail("応募します。", when=at(9), subject="【長野県飯田市】計画策定支援", files=[("様式.xlsx", form())])
        office.send(at(9, 10))
    changed_form = form(**{**changed, "theme": "別のテーマ"})
    judged = office.mail(
        "応募します。",
        when=at(10),
        sender=sender,
        subject="【長野県飯田市】計画策定支援",
        files=[("様式.xlsx", changed_form)],
    )
    assert judged.drafts
    assert all(SHINETSU not in str(one.cc) for one in judged.drafts)


def test_a_bureau_without_an_address_is_told_of(config: Path) -> None:
    settings, problems = check(config, {})
    assert settings is not None
    (one,) = [one for one in problems if "総合通信局" in one.message]
    assert (one.severity, "北海道総合通信局" in one.message, "信越" in one.message) == ("warning", True, False)
