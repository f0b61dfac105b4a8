"""`mailflow cases …` and the acts on one mail, on a database with two towns' cases: roles, refusals, what is on record."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from pathlib import Path

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook

from mailflow.clock import sys_now
from mailflow.desk import add_operator, add_user
from mailflow.store import Store, open_store
from mailflow.store.moves import DRAFT
from mailflow.store.people import Role
from tests.integration.round.forms import form
from tests.integration.round.office import Round, at
from tests.integration.round.story import NAME, SUBJECT
from tests.unit.cli.conftest import Cli, cli, folder, office

__all__ = ["cli", "folder", "office"]
NUMBER = "R8-1-202053"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """飯田市: a version with a gap (sent back), its answer in words, a stranger's claim, a withdrawal mail; a mail sent by mistake."""
    path = tmp_path_factory.mktemp("cases") / "mailflow.db"
    store = open_store(f"sqlite:///{path}")
    store.clock(at(17, 12))
    add_user(store, "田中", Role.STAFF, by=None, sys_now=sys_now())
    add_user(store, "佐藤", Role.APPROVER, by=None, sys_now=sys_now())
    add_user(store, "鈴木", Role.VIEWER, by=None, sys_now=sys_now())
    round_ = Round(store)
    round_.mail("応募します。", when=at(16), subject=SUBJECT, files=[(NAME, form(contact_phone=None))])
    round_.send(at(16, 10))
    round_.mail("1は0265-22-4511です。", when=at(17), answers=round_.sent[0])
    round_.mail(
        "差し替えます。", when=at(17, 9, 5), subject=SUBJECT, sender="x@free.example", files=[(NAME, form(theme="別"))]
    )
    round_.mail("先日の応募を取り下げます。", when=at(17, 9, 6), subject="応募の取下げ")
    round_.mail(
        "長野県松川町です。財政力指数が0.98ですが、対象になるか教えてください。",
        when=at(17, 9, 7),
        subject="お問い合わせ",
        sender="池田 一郎 <kikaku@town.matsukawa.lg.jp>",
    )
    store.close()
    return path


@pytest.fixture
def ready(filled: Path, office: Path) -> Store:
    (office / "var").mkdir(exist_ok=True)
    shutil.copyfile(filled, office / "var" / "mailflow.db")
    return open_store(f"sqlite:///{office}/var/mailflow.db")


REFUSED = {
    "a-viewer-records-nothing": (f"cases record {NUMBER} contact_phone 0265-22-4511 --source 電話 --as 鈴木", "権限"),
    "staff-makes-no-exception": (
        f"cases except {NUMBER} check:scope --why x --consent y --as 田中",
        "承認者の権限",
    ),
    "an-exception-without-consent": (f"cases except {NUMBER} check:scope --why x --consent  --as 佐藤", "総務省の了解"),
    "an-exception-to-nothing": (
        f"cases except {NUMBER} check:no-such --why x --consent y --as 佐藤",
        "例外にできるのは",
    ),
    "a-close-before-the-close": (
        f"cases except {NUMBER} deadline --until 2026-03-20T10:00 --why x --consent y --as 佐藤",
        "締切より前",
    ),
    "a-field-that-isnt-there": (f"cases record {NUMBER} phone 1 --source 電話", "この応募様式にありません"),
    "a-value-that-isnt-one": (f"cases record {NUMBER} contact_phone あとで --source 電話", "読み取れません"),
    "a-stale-screen": (f"cases withdraw {NUMBER} --confirmed-with 山口様 --how 電話 --revision 77", "もう一度ご覧"),
    "nothing-to-restore": (f"cases restore {NUMBER} --why x", "取り下げられている応募ではありません"),
    "no-such-finding": ("mails clear 1 scope --why x", "指摘はありません"),
    "no-password-wanted": ("mails password 1 --source 電話", "パスワードのかかったファイル"),
    "no-claim": ("mails claim 1 --accept --why x", "判断を待っているメールではありません"),
    "no-such-body": ("mails correct 3 --organization 長野県いいだし市 --why x", "見当たりません"),
    "no-such-rule": ("mails correct 3 --rule no-such --why x", "rules.yaml にありません"),
    "the-last-party-stays": (f"cases party {NUMBER} kikaku@city.iida.lg.jp --drop --why x", "最後の関係者"),
    "not-hidden": ("mails unhide 1 --why x", "隠されているメールではありません"),
}


def words(line: str) -> list[str]:
    return [one.replace("T10:00", " 10:00") for one in line.split(" ")]


@pytest.mark.parametrize(("command", "said"), REFUSED.values(), ids=REFUSED.keys())
def test_refused_with_a_reason_and_nothing_changed(
    cli: Cli, ready: Store, monkeypatch: pytest.MonkeyPatch, command: str, said: str
) -> None:
    monkeypatch.setattr("sys.stdin", open("/dev/null"))  # noqa: SIM115, PTH123
    before = [(one.id, one.state, one.review) for one in ready.mails()]
    ran = cli(*words(command))
    assert ran.code == 1, ran.err
    assert said in ran.line
    assert [(one.id, one.state, one.review) for one in ready.mails()] == before


def test_a_value_told_by_mail(cli: Cli, ready: Store) -> None:
    ran = cli("cases", "record", NUMBER, "contact_phone", "0265-22-4511", "--source", "メール 2", "--as", "田中")
    assert ran.code == 0, ran.err
    assert "メール 1 を判定し直します" in ran.out
    shown = json.loads(cli("cases", "show", NUMBER, "--json").out)
    (one,) = shown["recorded"]
    assert (one["field"], one["value"], one["source"], one["by"]) == (
        "contact_phone",
        "0265-22-4511",
        "メール 2",
        "田中",
    )
    (again,) = Round(ready).judge_rest(at(17, 12))
    assert again.templates == ["receipt"]
    (line,) = cli("applications", "list", "--json").rows("applications")
    assert line["state"] == "complete"


def test_the_withdrawal_is_a_task_until_somebody_called(cli: Cli, ready: Store) -> None:
    tasks = [json.loads(one) for one in cli("cases", "waiting", "--json").out.splitlines()]
    assert [(one["what"], one["mail"]) for one in tasks] == [("claim", 3), ("withdrawal", 4), ("asking-ministry", 5)]
    assert cli("cases", "withdraw", NUMBER, "--confirmed-with", "山口様", "--how", "電話", "--mail", 4).code == 0
    tasks = [json.loads(one) for one in cli("cases", "waiting", "--json").out.splitlines()]
    assert [one["what"] for one in tasks] == ["claim", "asking-ministry"]
    (line,) = cli("applications", "list", "--json").rows("applications")
    assert line["state"] == "withdrawn"
    assert cli("cases", "restore", NUMBER, "--why", "電話").code == 0
    (line,) = cli("applications", "list", "--json").rows("applications")
    assert line["state"] == "incomplete"


def test_an_exception_shows_in_every_list(cli: Cli, ready: Store) -> None:
    made = cli(
        "cases", "except", NUMBER, "deadline", "--until", "2026-03-27 17:00", "--why", "大雪", "--consent", "3月26日 電話", "--as", "佐藤"
    )  # fmt: skip
    assert made.code == 0, made.err
    (line,) = cli("applications", "list", "--json").rows("applications")
    (one,) = line["exceptions"]
    assert (one["what"], one["until"], one["by"], one["consent"]) == (
        "deadline",
        "2026-03-27T17:00:00+09:00",
        "佐藤",
        "3月26日 電話",
    )
    assert "大雪" in cli("applications", "show", NUMBER).out
    assert cli("cases", "end-exception", 1, "--why", "済み", "--as", "佐藤").code == 0
    (line,) = cli("applications", "list", "--json").rows("applications")
    assert line["exceptions"] == []
    assert cli("cases", "end-exception", 1, "--why", "済み", "--as", "佐藤").code == 1


def test_who_hides_a_mail_or_has_it_deleted_hears_who_quotes_it(cli: Cli, ready: Store) -> None:
    add_operator(ready, "山田", sys_now=sys_now())
    named = "引用しているメールがあります：#2。"
    assert named in cli("mails", "hide", 1, "--why", "誤送信", "--as", "田中").out
    assert "引用" not in cli("mails", "hide", 2, "--why", "誤送信", "--as", "田中").out
    asked = cli("purge", "ask", "--mail", 1, "--why", "個人情報", "--as", "山田")
    assert (asked.code, named in asked.out) == (0, True), asked.out
    both = cli("purge", "ask", "--mail", 1, "--mail", 2, "--why", "個人情報", "--as", "山田")
    assert (both.code, "引用" in both.out) == (0, False), both.out


def test_what_was_sent_by_mistake_is_for_approvers(cli: Cli, ready: Store) -> None:
    assert cli("mails", "hide", 1, "--why", "誤送信の電話", "--as", "田中").code == 0
    shut = json.loads(cli("mails", "show", 1, "--json").out)
    assert (shut["hidden"], shut["text"], shut["attachments"], shut["findings"]) == (True, None, [], [])
    assert "応募します" not in cli("mails", "show", 1).out
    assert [
        one["subject"] for one in map(json.loads, cli("mails", "list", "--json").out.splitlines()) if one["id"] == 1
    ] == ["（隠したメール）"]
    assert cli("applications", "list", "--json").out == ""
    (letter,) = [
        one
        for one in map(json.loads, cli("drafts", "list", "--json").out.splitlines())
        if one["subject"].startswith("（")
    ]
    said = json.loads(cli("drafts", "show", letter["id"], "--json").out)
    assert (letter["subject"], said["subject"], said["text"], said["hidden"]) == ("（隠したメールへの手紙）",) * 2 + (
        "",
        True,
    )
    assert "文面を表示していません" in cli("drafts", "show", letter["id"]).out
    assert cli("drafts", "show", letter["id"], "--hidden", "--as", "田中").code == 1
    assert "計画策定支援" in cli("drafts", "show", letter["id"], "--hidden", "--as", "佐藤").out
    refused = cli("mails", "show", 1, "--hidden", "--as", "田中")
    assert (refused.code, "承認者" in refused.line) == (1, True)
    assert "応募します" in cli("mails", "show", 1, "--hidden", "--as", "佐藤").out
    assert cli("mails", "unhide", 1, "--why", "正しいもの", "--as", "田中").code == 1
    assert cli("mails", "unhide", 1, "--why", "正しいもの", "--as", "佐藤").code == 0


def test_a_correction_is_offered_as_a_test_of_the_rules(cli: Cli, ready: Store) -> None:
    assert cli("mails", "correct", 3, "--kind", "unknown", "--why", "別の件").code == 0
    (one,) = [json.loads(line) for line in cli("mails", "corrections", "--json").out.splitlines()]
    assert (one["mail"], one["what"], one["was"], one["became"], one["why"]) == (
        3,
        "rule",
        "application",
        "unknown",
        "別の件",
    )
    proposed = cli("mails", "corrections", "--yaml").out
    assert "rule: unknown" in proposed
    assert "差し替えます" in proposed


def test_the_list_of_the_last_day_of_march(cli: Cli, ready: Store) -> None:
    (one,) = [json.loads(line) for line in cli("cases", "contacts", "2026-04-01", "--json").out.splitlines()]
    assert (one["number"], one["because"]) == (NUMBER, "unconfirmed")
    assert cli(
        "cases", "contact", NUMBER, "suzuki@city.iida.lg.jp", "--since", "2026-04-01", "--instead-of", "kikaku@city.iida.lg.jp",
        "--source", "メール 40",
    ).code == 0  # fmt: skip
    assert cli("cases", "contacts", "2026-04-01", "--json").out == ""
    old, new = json.loads(cli("cases", "show", NUMBER, "--json").out)["contacts"]
    assert (old["until"], new["since"], new["until"]) == (
        "2026-04-01T00:00:00+09:00",
        "2026-04-01T00:00:00+09:00",
        None,
    )


def test_what_the_ministry_answers_waits_with_its_age(cli: Cli, ready: Store) -> None:
    waiting = [json.loads(one) for one in cli("cases", "waiting", "--json").out.splitlines()]
    assert waiting[-1]["since"] == "2026-03-17T09:07:00+09:00"
    assert cli("mails", "answered", 5, "--how", "3月18日 地域通信振興課の回答：対象", "--as", "田中").code == 0
    assert not [one for one in cli("cases", "waiting", "--json").out.splitlines() if "asking" in one]
    (mail,) = [one for one in cli("mails", "--json").rows("mails") if one["id"] == 5]
    assert not mail["review"]


def test_a_case_whole_for_a_disclosure_request(cli: Cli, ready: Store, tmp_path: Path) -> None:
    out = tmp_path / "飯田市.zip"
    assert cli("cases", "note", NUMBER, "3月17日 山口様に電話").code == 0
    refused = cli("cases", "export", NUMBER, out, "--as", "田中")
    assert (refused.code, "承認者" in refused.line) == (1, True)
    assert cli("mails", "hide", 3, "--why", "他の方の情報", "--as", "田中").code == 0
    made = cli("cases", "export", NUMBER, out, "--as", "佐藤")
    assert made.code == 0, made.err
    with zipfile.ZipFile(out) as packed:
        names = packed.namelist()
        assert [one for one in names if one.startswith("届いたメール/")] == [
            "届いたメール/1.eml",
            "届いたメール/2.eml",
            "届いたメール/4.eml",
        ]
        assert len([one for one in names if one.startswith("出した手紙/")]) == 1
        book = load_workbook(io.BytesIO(packed.read("経過.xlsx")))
        rows = [[cell for cell in row if cell is not None] for row in book["経過"].iter_rows(values_only=True)]
        told = " ".join(str(cell) for row in rows for cell in row)
        assert "山口様に電話" in told
        assert "隠しています" in told
        people = load_workbook(io.BytesIO(packed.read("墨消しの候補.xlsx")))["墨消しの候補"]
        values = {row[1] for row in people.iter_rows(values_only=True)}
        assert {"kikaku@city.iida.lg.jp", "山口 さくら"} <= values


def test_a_corrected_form_is_told_to_each_who_wrote_before(cli: Cli, ready: Store) -> None:
    made = cli("cases", "form-notice", "--since", "2026-03-18", "--change", "選択肢を改めました", "--as", "佐藤")
    assert made.code == 0, made.err
    letters = [one for one in ready.drafts(states=["waiting"]) if one.template == "form-corrected"]
    assert sorted(one.to[0].address for one in letters) == ["kikaku@city.iida.lg.jp", "kikaku@town.matsukawa.lg.jp"]
    for one in letters:
        view = ready.draft(one.id)
        assert view is not None
        assert "選択肢を改めました" in view.draft.text
        assert len(one.to) == 1
        assert not one.review
    assert (
        "0通"
        in cli("cases", "form-notice", "--since", "2026-03-18", "--change", "選択肢を改めました", "--as", "佐藤").out
    )
    assert cli("cases", "form-notice", "--since", "2026-03-18", "--change", "x", "--as", "田中").code == 1


def test_the_later_close_of_an_area_stands_in_every_export(cli: Cli, ready: Store, office: Path) -> None:
    def said() -> tuple[list[object], list[object], object, list[object]]:
        book = json.loads(cli("cases", "show", NUMBER, "--json").out)["exceptions"]
        (line,) = [one for one in cli("applications", "list", "--json").rows("applications") if one["number"] == NUMBER]
        assert cli("applications", "export", "応募.xlsx").code == 0
        rows = list(load_workbook("応募.xlsx").active.iter_rows(values_only=True))
        cell = next(row[rows[0].index("例外")] for row in rows if row[0] == NUMBER)
        assert cli("cases", "export", NUMBER, "開示.zip", "--as", "佐藤").code == 0
        with zipfile.ZipFile("開示.zip") as packed:
            sheet = load_workbook(io.BytesIO(packed.read("経過.xlsx"))).active
            what = [row[1:4] for row in sheet.iter_rows(values_only=True) if row[1] == "この地域の締切（例外）"]
            assert json.loads(packed.read("記録.json"))["exceptions"] == book
        return book, line["exceptions"], cell, what

    assert said() == ([], [], None, [])
    file = office / "config" / "mailflow.yaml"
    granted = "    extensions: [{areas: [長野県], until: 2026-03-30 16:00, why: 大雪, consent: 3月25日 電話}]\n"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("    name: 1次公募", f"{granted}    name: 1次公募", 1), encoding="utf-8")
    book, line, cell, what = said()
    expected = {"what": "deadline", "until": "2026-03-30T16:00:00+09:00", "why": "大雪", "consent": "3月25日 電話"}
    for found in (book, line):
        assert [{key: one[key] for key in expected} for one in found] == [expected]
    assert "大雪" in str(cell)
    assert "了解 3月25日 電話" in str(cell)
    assert what == [("この地域の締切（例外）", book[0]["by"], "ほかの地域より遅い締切：大雪（了解 3月25日 電話）")]


def test_who_asked_what(cli: Cli, ready: Store) -> None:
    (one,) = [json.loads(line) for line in cli("questions", "--since", "2026-03-16", "--json").out.splitlines()]
    assert (one["mail"], one["number"], one["entry"], one["label"]) == (5, 1, None, "eligibility")
    assert (one["organization"], one["sender"]["name"]) == ("長野県松川町", "池田 一郎")
    assert (one["letter_state"], one["letter_answers"]) == ("waiting", True)
    with ready.write() as db:
        db.execute(sa.update(DRAFT).where(DRAFT.c.id == one["letter"]).values(purpose="reply", template="receipt"))
    assert "承認待ち（質問の答えは別）" in cli("questions", "--since", "2026-03-16").out
    assert cli("questions", "--since", "2026-03-16", "--until", "2026-03-16").out == "質問はありません。\n"
    assert cli("questions", "--since", "2026-03-16", "--unanswered", "-o", "質問一覧.xlsx").code == 0
    rows = list(load_workbook("質問一覧.xlsx").active.iter_rows(values_only=True))
    assert [row[1] for row in rows] == ["団体", "長野県松川町"]
    wrong = cli("questions", "--since", "2026-03-16", "--until", "2026-03-15")
    assert (wrong.code, wrong.line) == (2, "mailflow: --until が --since より前です。")
