"""Wrong use is one line in Japanese and exit 2, never a traceback (DESIGN §9)."""

from __future__ import annotations

import shlex
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from mailflow.cli import app as application
from mailflow.cli.wrong_use import explain
from tests.unit.cli.conftest import Cli

SEE = "使い方は mailflow"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        pytest.param("reed", f"reed という命令はありません。read ではありませんか。{SEE} --help", id="command-misspelt"),
        pytest.param("draft list", f"draft という命令はありません。drafts ではありませんか。{SEE} --help", id="singular"),
        pytest.param("xyzzy", f"xyzzy という命令はありません。{SEE} --help", id="command-like-none"),
        pytest.param("drafts aprove 1", f"aprove という命令はありません。approve ではありませんか。{SEE} drafts --help", id="sub"),
        pytest.param("drafts", f"命令を書いてください。{SEE} drafts --help", id="group-alone"),
        pytest.param(
            "read --jsn a.eml", f"--jsn というオプションはありません。--json ではありませんか。{SEE} read --help", id="option-misspelt"
        ),
        pytest.param("read --zzz a.eml", f"--zzz というオプションはありません。{SEE} read --help", id="option-like-none"),
        pytest.param(
            "mails --config x",
            f"--config は命令の前に書きます（mailflow --config DIR 命令 …）。{SEE} mails --help",
            id="global-option-behind",
        ),
        pytest.param(
            "--json mails",
            f"--json というオプションは、命令の前にはありません（あるのは --config、--database、--version）。{SEE} --help",
            id="command-option-before",
        ),
        pytest.param("--config", f"--config には値が要ります（mailflow --config DIR 命令 …。試す設定なら mailflow replay --config DIR）。{SEE} --help", id="option-without-value"),
        pytest.param("replay", f"--config NEW を書いてください（例：mailflow replay --config 試し/config）。{SEE} replay --help", id="replay-what"),
        pytest.param("try", f"FILE.eml… を書いてください（例：mailflow try sample.eml --at 2026-03-19T10:00）。{SEE} try --help", id="try-what"),
        pytest.param("read", f"FILE.eml… を書いてください（例：mailflow read sample.eml）。{SEE} read --help", id="no-file"),
        pytest.param("init", f"DIR を書いてください（例：mailflow init /srv/mailflow）。{SEE} init --help", id="no-dir"),
        pytest.param("users add 鈴木", f"--role ROLE を書いてください（例：mailflow users add 鈴木 --role approver）。{SEE} users add --help", id="no-role"),
        pytest.param(
            "users add 鈴木 --role boss",
            f"--role ROLE：viewer、staff、approver、admin のどれかを書いてください。{SEE} users add --help",
            id="unknown-role",
        ),
        pytest.param("mails show x", f"ID：整数を書いてください。{SEE} mails show --help", id="not-a-number"),
        pytest.param(
            "demo --port 70000", f"--port N：整数を書いてください（1から65535まで）。{SEE} demo --help", id="port-out-of-range"
        ),
        pytest.param("run now please", f"余分な引数があります：now please。{SEE} run --help", id="too-many-words"),
        pytest.param("try --at", f"--at には値が要ります。{SEE} --help", id="at-without-time"),
        pytest.param("try --at 明日 a.eml", "--at：日時は 2026-03-26 16:00 のように書きます（年-月-日 時:分）。", id="at-no-time"),
        pytest.param("try --at 0001-01-01T00:00+14:00 a.eml", "--at：1年は使えません（1900年から2200年まで）。", id="at-before-time"),
        pytest.param("drafts approve", f"承認する案の番号か --all の、どちらか一方を書いてください。{SEE} drafts approve --help", id="approve-what"),
        pytest.param("drafts approve 1 --all", f"承認する案の番号か --all の、どちらか一方を書いてください。{SEE} drafts approve --help", id="approve-both"),
        pytest.param("drafts approve 1 2 --hash abcdef12", "--hash は、番号を1つだけ書いたときに使えます。", id="one-hash-two-letters"),
        pytest.param("outbox settle 1", f"--sent・--again・--drop・--to のどれか1つを書いてください。{SEE} outbox settle --help", id="settle-how"),
        pytest.param("applications export a.csv", "a.csv: 名前の終わりを .xlsx にしてください。", id="export-no-xlsx"),
        pytest.param("read none.eml", "none.eml: ファイルがありません", id="file-missing"),
        pytest.param("read .", ".: フォルダーです（ファイルを指してください）", id="file-is-folder"),
        pytest.param("form fill none.json out.xlsx", "none.json: ファイルがありません", id="values-missing"),
        pytest.param("form build out.xlsx --spec none.yaml", "none.yaml: ファイルがありません", id="spec-missing"),
        pytest.param("config schema mailbox", f"FILE：mailflow、rules、form、consultation、parties、faq、tests のどれかを書いてください。{SEE} config schema --help", id="schema-of-what"),
    ],
)  # fmt: skip
def test_wrong_words(cli: Cli, folder: Path, words: str, line: str) -> None:
    ran = cli(*shlex.split(words))
    assert (ran.line, ran.out, ran.code) == (f"mailflow: {line}", "", 2)


@pytest.mark.parametrize(
    "command",
    [
        "mails",
        "drafts list",
        "try a.eml",
        "worker --once",
        "status",
        "doctor",
        "form build o.xlsx",
        "import a.eml",
        "config show",
    ],
)
def test_no_configuration_there(cli: Cli, folder: Path, command: str) -> None:
    """Before `init`, or from the wrong folder."""
    ran = cli("--config", "nowhere", *shlex.split(command))
    assert ran.line.startswith("mailflow: nowhere に mailflow.yaml がありません。--config で")
    assert ran.code == 2
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    "command",
    [
        "mails",
        "drafts list",
        "try a.eml",
        "worker --once",
        "run",
        "doctor",
        "form build o.xlsx",
        "templates preview --all",
    ],
)
def test_broken_configuration(cli: Cli, office: Path, command: str) -> None:
    yaml = office / "config" / "mailflow.yaml"
    yaml.write_text(yaml.read_text(encoding="utf-8").replace("sending: true", "sendig: true"), encoding="utf-8")
    ran = cli(*shlex.split(command))
    assert ran.line.startswith("mailflow: 設定に誤りがあります：config/mailflow.yaml:")
    assert "`sendig`" in ran.line
    assert ran.line.endswith("詳しくは mailflow config check")
    assert (ran.out, ran.code) == ("", 2)


@pytest.mark.parametrize(
    ("url", "line"),
    [
        pytest.param("mysql://u:secret@db/x", "データベースは SQLite のファイルか PostgreSQL です", id="another-kind"),
        pytest.param("nonsense", "データベースの URL が読めません", id="no-url"),
        pytest.param("postgresql+psycopg://u:secret@127.0.0.1:1/x", "データベースに接続できません: postgresql+psycopg://u:***@", id="unreachable"),
        pytest.param("sqlite:///one.eml", "データベースのファイルが壊れているか、データベースではありません", id="a-file-that-is-none"),
        pytest.param("sqlite:///one.eml/x.db", "one.eml: すでにあります", id="below-a-file"),
    ],
)  # fmt: skip
def test_database_that_is_none(cli: Cli, office: Path, mail: Path, url: str, line: str) -> None:
    before = mail.read_bytes()
    ran = cli("--database", url, "mails")
    assert line in ran.line
    assert "secret" not in ran.err
    assert ran.code == 2
    assert mail.read_bytes() == before


def test_newer_database(cli: Cli, office: Path) -> None:
    assert cli("mails").code == 0
    with sqlite3.connect("var/mailflow.db") as db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")
    ran = cli("mails")
    assert "より新しい mailflow が作ったものです" in ran.line
    assert ran.code == 2


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("database is locked", "データベースが使用中です"),
        ("attempt to write a readonly database", "データベースに書き込めません"),
        ("database or disk is full", "ディスクがいっぱい"),
        ("file is not a database", "データベースのファイルが壊れているか"),
        ("something new", "データベースの誤りです（something new）"),
    ],
)
def test_what_drivers_say(said: str, line: str) -> None:
    error = sa.exc.OperationalError("SELECT secret FROM mail", {}, sqlite3.OperationalError(said))
    assert (explain(error) or "").startswith(line)
    assert "SELECT" not in (explain(error) or "")


def test_interrupted(cli: Cli, monkeypatch: pytest.MonkeyPatch, mail: Path) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("mailflow.mail.read_mail", interrupt)
    ran = cli("read", mail)
    assert (ran.code, ran.err) == (130, "")


def test_what_nobody_foresaw(cli: Cli, monkeypatch: pytest.MonkeyPatch, office: Path) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("division\nby zero")

    monkeypatch.setattr("mailflow.store.open_store", fail)
    ran = cli("mails")
    assert "思わぬ誤りで止まりました（ZeroDivisionError: division by zero）" in ran.line
    assert ran.code == 2
    monkeypatch.setenv("MAILFLOW_DEBUG", "1")
    assert "Traceback" in cli("mails").err


def test_one_bad_file_does_not_stop_the_others(cli: Cli, monkeypatch: pytest.MonkeyPatch, mail: Path) -> None:
    import mailflow.mail

    real = mailflow.mail.read_mail
    monkeypatch.setattr("mailflow.mail.read_mail", lambda raw: real(raw) if raw else 1 / 0)
    Path("empty.eml").touch()
    ran = cli("read", "--json", "empty.eml", "none.eml", mail)
    assert ran.code == 2
    assert len(ran.out.splitlines()) == 1
    assert len(ran.err.splitlines()) == 2


def test_the_session_is_closed(cli: Cli, office: Path) -> None:
    assert cli("mails").code == 0
    assert application.session._store is None


def test_no_words_at_all(cli: Cli) -> None:
    ran = cli()
    assert ran.line == "mailflow: 命令を書いてください。使い方は mailflow --help"
    assert ran.out.startswith("使い方：mailflow")
    assert ran.code == 2
