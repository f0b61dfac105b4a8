"""`reconcile`, `audit seal|verify`, `closing`, `tasks` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Cli


def test_reconcile_without_a_mailbox_says_so_and_is_a_no(cli: Cli, office: Path) -> None:
    done = cli("reconcile", "--json")
    assert (done.code, done.err.count("Traceback")) == (1, 0)
    told = json.loads(done.out)
    assert told["balanced"] is False
    assert [one["kind"] for one in told["problems"]] == ["mailbox-unread"]
    status = json.loads(cli("status", "--json").out)
    assert status["reconciled"]["balanced"] is False
    assert any("突き合わせ" in one for one in status["problems"])


def test_a_head_that_was_written_down_is_held_against_the_record(cli: Cli, office: Path) -> None:
    cli("reconcile")
    head = cli("audit", "seal").out.strip()
    done = cli("audit", "verify", "--head", head, "--json")
    assert done.code == 0
    assert json.loads(done.out) == {
        "ok": True, "head": head, "rows": 1, "unsealed": 0, "tail_checked": True, "problems": [],
    }  # fmt: skip
    seq, _, _ = head.partition(":")
    assert cli("audit", "verify", "--head", f"{seq}:{'0' * 64}").code == 1
    assert cli("audit", "verify", "--head", f"999:{'0' * 64}").code == 1
    wrong = cli("audit", "verify", "--head", "nonsense")
    assert (wrong.code, "--head" in wrong.line) == (2, True)
    assert "切り取られていないか" in cli("audit", "verify").out


def test_a_closing_list_before_the_close_is_refused(cli: Cli, office: Path) -> None:
    assert "まだ締め切っていません" in cli("closing", "make", "R8-1", "--because", "試し").err
    assert cli("closing", "show", "R8-1").code == 2
    assert cli("closing").out.strip() == "締切一覧はまだありません。"
    assert cli("closing", "make", "R9", "--because", "試し").code == 2
    assert cli("tasks").out.strip() == "仕事はありません。"
    assert cli("tasks", "done", "3", "--how", "電話").code == 1


def test_a_list_made_by_hand_is_shown_and_signed(cli: Cli, office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILFLOW_NOW", "2026-03-26T16:30:00+09:00")
    made = cli("closing", "make", "R8-1", "--because", "試し")
    assert (made.code, "第1版" in made.out) == (0, True)
    assert "作りませんでした" in cli("closing", "make", "R8-1", "--because", "もう一度").out
    shown = json.loads(cli("closing", "show", "R8-1", "--json").out)
    assert shown["content"]["counts"]["applications"] == 0
    assert shown["content"]["last_in_time"] is None
    assert cli("closing", "sign", "R8-1", "quarantine", "--remark", "=1+1").code == 0
    assert cli("closing", "sign", "R8-1", "quarantine").code == 1
    assert "quarantine" in cli("closing", "show", "R8-1").out
    assert [one["revision"] for one in cli("closing", "list", "--json").rows()] == [1]


def test_backup_and_restore(cli: Cli, office: Path) -> None:
    cli("reconcile")
    (office / "there").mkdir()
    made = cli("backup", "there", "--json")
    assert made.code == 0, made.err
    file = json.loads(made.out)["file"]
    back = cli("restore", file, "--to", f"sqlite:///{office / 'back.db'}", "--json")
    assert [(one["ok"], one["wrong"]) for one in back.rows()] == [(True, None)] * 7
    assert cli("restore", file, "--to", f"sqlite:///{office / 'back.db'}").code == 2
    assert cli("restore", "nothing.backup", "--to", "sqlite:///x.db").code == 2
    assert cli("backup", "nowhere/x.backup").code == 2
    assert cli("--database", f"sqlite:///{office / 'back.db'}", "sending").out.startswith("off\t")
    assert cli("--database", f"sqlite:///{office / 'back.db'}", "sending", "on").out.startswith("on\t")


def test_purge_needs_a_case_and_a_second_person(cli: Cli, office: Path) -> None:
    assert cli("purge").out.strip() == "消去の申し出はありません。"
    assert cli("purge", "ask", "R8-1-202053", "--why", "試し").code == 1
    assert cli("purge", "ask", "--round", "R8-1", "--why", "試し").code == 1
    assert cli("purge", "confirm", "1").code == 1
    assert cli("purge", "show", "1").code == 2


def test_the_call_sheet_is_empty(cli: Cli, office: Path) -> None:
    assert cli("calls").out.strip() == "電話する先はありません。"
    assert cli("calls", "list", "--json").rows() == []
    assert cli("calls", "done", "1", "--how", "電話").code == 1
