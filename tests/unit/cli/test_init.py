"""`mailflow init`: the starter in a folder, nothing overwritten, the three questions on a terminal only."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from mailflow.settings.load import load
from tests.unit.cli.conftest import ROOT, Cli


def yaml(path: Path) -> dict:
    return YAML(typ="safe").load(path / "config" / "mailflow.yaml")


def starter_files() -> set[str]:
    return {
        path.relative_to(ROOT).as_posix()
        for name in ("config", "templates")
        for path in (ROOT / name).rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }


@pytest.mark.parametrize("yes", [[], ["--yes"]], ids=["no-terminal", "yes"])
def test_starter_set(cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch, yes: list[str]) -> None:
    monkeypatch.setenv("MAILFLOW_NOW", "2026-03-02T09:15:30+09:00")
    ran = cli("init", "new/office", *yes)
    assert (ran.code, ran.err) == (0, "")
    made = folder / "new" / "office"
    assert {p.relative_to(made).as_posix() for p in made.rglob("*") if p.is_file()} == starter_files()
    for said in ("受領の手紙", "締切後の修正", "総務省の了解", "2026-03-02 09:15:30", "config check", "doctor", "run"):
        assert said in ran.out
    settings = load(made / "config", {})
    assert settings.file.start.isoformat() == "2026-03-02T09:15:30+09:00"
    assert cli("--config", made / "config", "config", "check").code == 0


def test_only_the_start_differs_from_the_starter(cli: Cli, folder: Path) -> None:
    cli("init", "office", "--yes")
    for path in starter_files():
        ours, theirs = (folder / "office" / path).read_bytes(), (ROOT / path).read_bytes()
        if path == "config/mailflow.yaml":
            changed = [(a, b) for a, b in zip(ours.splitlines(), theirs.splitlines(), strict=True) if a != b]
            assert [(a.split()[0], b.split()[:2]) for a, b in changed] == [(b"start:", [b"#", b"start:"])]
        else:
            assert ours == theirs, path


def test_start_from_the_environment(cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILFLOW_NOW", "2026-03-02T09:15:30+09:00")
    monkeypatch.setenv("MAILFLOW_START", "2026-03-01 08:00")
    cli("init", "office", "--yes")
    assert load(folder / "office" / "config", {}).file.start.isoformat() == "2026-03-01T08:00:00+09:00"


@pytest.mark.parametrize(("name", "value"), [("MAILFLOW_START", "soon"), ("MAILFLOW_NOW", "31 March")])
def test_a_time_that_is_none(cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    ran = cli("init", "office", "--yes")
    assert name in ran.line
    assert ran.code == 2
    assert not (folder / "office").exists()


def test_a_config_that_is_there(cli: Cli, folder: Path) -> None:
    (folder / "office" / "config").mkdir(parents=True)
    ran = cli("init", "office", "--yes")
    assert ran.line == "mailflow: office/config がすでにあります。何も変えていません。"
    assert ran.code == 2
    assert [p.name for p in (folder / "office").rglob("*")] == ["config"]


def test_templates_that_are_there_stay(cli: Cli, folder: Path) -> None:
    own = folder / "office" / "templates" / "receipt.j2"
    own.parent.mkdir(parents=True)
    own.write_text("ours", encoding="utf-8")
    ran = cli("init", "office", "--yes")
    assert ran.code == 0
    assert "すでにあったので、そのままにしました：templates/receipt.j2" in ran.out
    assert own.read_text(encoding="utf-8") == "ours"
    assert (folder / "office" / "config" / "mailflow.yaml").is_file()


def test_into_a_file(cli: Cli, mail: Path) -> None:
    ran = cli("init", mail)
    assert ran.line == f"mailflow: {mail} はフォルダーではありません。"
    assert ran.code == 2


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Callable[..., None]:
    """A person at a terminal who types these lines."""

    def at_terminal(*lines: str) -> None:
        waiting = list(lines)
        monkeypatch.setattr("mailflow.cli.starting.at_terminal", lambda: True)

        def answer(_question: str) -> str:
            if not waiting:
                raise EOFError
            return waiting.pop(0)

        monkeypatch.setattr("builtins.input", answer)

    return at_terminal


def test_the_three_questions(cli: Cli, folder: Path, typed: Callable[..., None]) -> None:
    typed(
        "そうする",
        "はい",
        "はい",
        "2026-03-26 12:00",
        "2026-03-27 17:00",
        "",
        "3月20日 鈴木課長補佐: 電話 #1",
        "地域通信振興課 鈴木様",
    )
    ran = cli("init", "office")
    assert ran.code == 0, ran.err
    assert "「はい」か「いいえ」で答えてください" in ran.out
    assert "締切よりあとの日時を書いてください" in ran.out
    assert "決めたこと" in ran.out
    settings = load(folder / "office" / "config", {})
    assert settings.file.approval.for_template("receipt").approval.value == "auto"
    grace = settings.rounds[0].fix_grace
    assert (grace.until.isoformat(), grace.consent) == ("2026-03-27T17:00:00+09:00", "3月20日 鈴木課長補佐: 電話 #1")
    assert settings.file.approval.consent_by == "地域通信振興課 鈴木様"
    text = (folder / "office" / "config" / "mailflow.yaml").read_text(encoding="utf-8")
    theirs = (ROOT / "config" / "mailflow.yaml").read_text(encoding="utf-8")
    comments = [line for line in theirs.splitlines() if line.lstrip().startswith("#") and "start:" not in line]
    assert [line for line in comments if line not in text.splitlines()] == []


def test_enter_takes_the_shipped_values(cli: Cli, folder: Path, typed: Callable[..., None]) -> None:
    typed("", "", "")
    assert cli("init", "office").code == 0
    shipped = load(ROOT / "config", {})
    made = load(folder / "office" / "config", {})
    assert made.file.model_dump(exclude={"start"}) == shipped.file.model_dump(exclude={"start"})


def test_leaving_the_questions_leaves_nothing(cli: Cli, folder: Path, typed: Callable[..., None]) -> None:
    typed("はい")
    ran = cli("init", "office")
    assert ran.code == 130
    assert not (folder / "office").exists()
