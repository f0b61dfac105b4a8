"""`mailflow replay`: judged mails by another configuration, on the `Known` of each verdict. Nothing is written."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from mailflow.cli.app import run
from mailflow.rehearsal.changes import Change, change
from mailflow.settings.bundle import bundle_of
from mailflow.settings.load import build
from mailflow.settings.settings import Settings
from mailflow.store import Store
from mailflow.store.judged import judged_ids, judged_mail
from mailflow.worker.replaying import Replayed, replay, stored
from tests.integration.round.forms import form
from tests.integration.round.office import SHIPPED, Round, at

ROOT = Path(__file__).parents[3]
SUBJECT = "【長野県飯田市】計画策定支援"
NAME = "【長野県飯田市】1次公募応募様式.xlsx"
Replace = tuple[str, str, str]


def changed(*edits: Replace) -> Settings:
    """The shipped configuration with words replaced: (file, old, new)."""
    files = dict(SHIPPED.bundle.files)
    for path, old, new in edits:
        text = files[path].decode()
        assert old in text, path
        files[path] = text.replace(old, new).encode()
    return build(bundle_of(files), {})


@pytest.fixture
def office(store: Store) -> Round:
    """A question, a request for a slot, an application, its correction: four mails, one letter gone out."""
    office = Round(store)
    office.mail(
        "支援の期間は何か月でしょうか。教えてください。",
        when=at(9),
        subject="質問",
        sender="a <a@city.nagano.nagano.jp>",
    )
    office.mail("事前相談会を申し込みます。3月12日（木）14時から希望します。", when=at(9, 10))
    office.mail(
        "応募様式を提出します。", when=at(10), subject=SUBJECT, files=[(NAME, form(weekly_hours=4, theme=None))]
    )
    asked = office.send(at(10, 11))
    fix = next(one for one in asked if "計画策定支援" in str(one["Subject"]))
    office.mail("修正しました。", when=at(11), answers=fix, files=[(NAME, form(weekly_hours=4))])
    return office


def here(store: Store, settings: Settings) -> dict[int, Change | None]:
    """As `replay`, without processes of its own: other tests have them."""
    mails = [judged_mail(store, one) for one in judged_ids(store)]
    return {mail.id: change(stored(mail), settings) for mail in mails if mail is not None}


def answers(store: Store, settings: Settings) -> dict[int, Replayed]:
    found = replay(store, settings, processes=2)
    done = {one.mail_id: one for one in found.answers}
    assert len(done) == found.total
    return done


def everything(store: Store) -> list[object]:
    """All rows of all tables that judging writes."""
    with store.read() as db:
        return [
            [tuple(row) for row in db.exec_driver_sql(f"SELECT * FROM {name}")]
            for name in ("mail", "verdict", "draft", "outgoing", "cases", "version", "note", "audit")
        ]


def test_the_same_configuration_changes_nothing(office: Round) -> None:
    before = everything(office.store)
    assert here(office.store, SHIPPED) == dict.fromkeys((1, 2, 3, 4))
    assert everything(office.store) == before


def test_what_a_change_would_change(office: Round) -> None:
    done = here(
        office.store,
        changed(
            ("config/rules.yaml", "    minimum: 3\n", "    minimum: 6\n"),
            ("config/rules.yaml", "  - id: question\n", "  - id: asked\n"),
        ),
    )
    question, request, first, second = (done[number] for number in (1, 2, 3, 4))
    assert question is not None
    assert question.differs == ("rule",)
    assert (question.was.rule, question.now.rule) == ("question", "asked")
    assert request is None
    assert first is not None
    assert second is not None
    assert "weekly-hours（confirm・weekly_hours）" in first.now.findings
    assert set(first.differs) == {"findings", "letter"}
    assert any(line.startswith("+") and "6時間" in line for line in second.diff)


@pytest.mark.long
def test_one_that_kills_its_process_stops_no_other(office: Round) -> None:
    loops = f"{{% for a in {[1] * 32} %}}" * 6 + "a" + "{% endfor %}" * 6
    settings = changed(("templates/inquiry-received.j2", "{% block text %}", "{% block text %}" + loops))
    limits = settings.file.limits.model_copy(update={"read_time": timedelta(seconds=4)})
    object.__setattr__(settings, "file", settings.file.model_copy(update={"limits": limits}))
    done = answers(office.store, settings)
    assert "上限をこえました" in (done[1].unreadable or "")
    assert [done[number].unreadable for number in (2, 3, 4)] == [None, None, None]


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """A configuration in force, and a copy to be changed."""
    monkeypatch.chdir(tmp_path)
    for home in (tmp_path, tmp_path / "new"):
        for name in ("config", "templates"):
            shutil.copytree(ROOT / name, home / name)
    return lambda name: tmp_path / name


def test_on_the_command_line(
    office: Round, url: str, folders: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    rules = folders("new") / "config" / "rules.yaml"
    rules.write_text(
        rules.read_text(encoding="utf-8").replace("    minimum: 3\n", "    minimum: 6\n"), encoding="utf-8"
    )
    assert run(["--database", url, "replay", "--config", "new/config", "--json", "--jobs", "1"]) == 0
    said = capsys.readouterr()
    rows = [json.loads(line) for line in said.out.splitlines()]
    assert [row["mail"] for row in rows] == [3, 4]
    assert rows[0]["was"]["findings"] != rows[0]["now"]["findings"]
    assert "4通を判定し直しました。変わる 2通、変わらない 2通" in said.err
    rules.write_text("rules: [\n", encoding="utf-8")
    assert run(["--database", url, "replay", "--config", "new/config"]) == 2
    assert "new/config/rules.yaml:1:8" in capsys.readouterr().err


def test_an_older_database_is_left_as_it_is(
    office: Round, url: str, folders: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    older = "0001"
    with office.store.write() as db:
        db.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{older}'")
    assert run(["--database", url, "replay", "--config", str(folders("new") / "config")]) == 2
    assert "より古いもの" in capsys.readouterr().err
    with office.store.read() as db:
        assert db.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == older


def test_a_database_that_is_not_there_is_not_made(
    tmp_path: Path, folders: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    missing = tmp_path / "missing.db"
    assert run(["--database", f"sqlite:///{missing}", "replay", "--config", str(folders("new") / "config")]) == 2
    assert "がありません" in capsys.readouterr().err
    assert not missing.exists()
