"""Commands on a database: a fresh one, mails by hand, people, and an office whose letters wait."""

from __future__ import annotations

import getpass
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailflow import pipeline
from mailflow.cli.acting import operator
from mailflow.clock import Clock
from mailflow.model import Place
from mailflow.settings.load import load
from mailflow.store import Store, open_store
from mailflow.store.liveness import new_claimant
from mailflow.worker.configuration import office_identifiers
from tests import contract
from tests.samples import demo_mails
from tests.unit.cli.conftest import MAIL, ROOT, Cli

NOW = datetime(2026, 3, 25, 1, 0, tzinfo=UTC)
START = datetime(2026, 3, 4, tzinfo=UTC)


# --- a fresh database -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("mails", "メールはありません。"),
        ("drafts list", "返信の案はありません。"),
        ("applications list", "応募はありません。"),
        ("outbox", "承認された手紙はありません。"),
        ("users", "利用者はまだいません。"),
        ("audit", "記録はまだありません。"),
    ],
)
def test_nothing_yet(cli: Cli, office: Path, command: str, said: str) -> None:
    first = cli(*command.split())
    assert (first.code, said in first.out) == (0, True)
    assert first.line == f"mailflow: データベース {office}/var/mailflow.db を新しく作りました。"
    again = cli(*command.split(), "--json")
    assert (again.code, again.out, again.err) == (0, "", "")


def test_what_cannot_be_fetched_is_listed_among_the_mails(cli: Cli, office: Path, mail: Path) -> None:
    cli("import", mail)
    store = open_store(f"sqlite:///{office}/var/mailflow.db")
    place = Place(mailbox="office@imap.example", folder="INBOX", uidvalidity=1, uid=77)
    store.record_unfetchable(place, "大きすぎるため読んでいません", received_at=NOW)
    store.close()
    first, lost = cli("mails", "--json").rows("mails")
    assert (first["state"], lost["state"], lost["received_at"]) == ("new", "unfetchable", "2026-03-25T10:00:00+09:00")
    assert (lost["reason"], lost["place"]["uid"]) == ("大きすぎるため読んでいません", 77)
    assert set(first) <= set(lost)
    assert [one["id"] for one in cli("mails", "--state", "unfetchable", "--json").rows("mails")] == [lost["id"]]
    assert [one["id"] for one in cli("mails", "--state", "new", "--json").rows("mails")] == [first["id"]]
    assert "取り込めません" in cli("mails").out


def test_approving_nothing(cli: Cli, office: Path) -> None:
    cli("mails")
    ran = cli("drafts", "approve", "--all")
    assert (ran.code, ran.out, ran.err) == (0, "承認 0件\n", "")


def test_status_before_the_first_look(cli: Cli, office: Path) -> None:
    cli("mails")
    ran = cli("status", "--json")
    assert (ran.code, ran.err) == (1, "")
    document = json.loads(ran.out)
    contract.validate("status", document)
    assert document["problems"] == ["まだ一度もメールボックスを読んでいません"]
    assert cli("status").code == 1


def test_status_says_that_the_configuration_is_broken(cli: Cli, office: Path) -> None:
    cli("mails")
    rules = office / "config" / "rules.yaml"
    rules.write_text(rules.read_text(encoding="utf-8") + "\nrulez: []\n", encoding="utf-8")
    ran = cli("status", "--json")
    assert ran.code == 2
    document = json.loads(ran.out)
    contract.validate("status", document)
    assert "新しく作りました" not in ran.err  # the same database as before
    assert "`rulez`" in document["config"]["error"]
    assert document["ok"] is False
    assert ran.line.startswith("mailflow: 設定に誤りがあります：config/rules.yaml:")


# --- mails by hand ----------------------------------------------------------------------------------------------------


def test_import(cli: Cli, office: Path, mail: Path) -> None:
    Path("no.eml").write_bytes(b"%PDF-1.4\n")
    cli("mails")
    ran = cli("import", mail, "no.eml", "none.eml")
    assert ran.code == 2
    assert ran.out.startswith(f"1\t{mail}\t取り込みました（3月19日 10:00:")  # now: its own Date proves nothing
    assert ran.err.splitlines() == [
        "mailflow: no.eml: メールのファイル（.eml か .msg）ではありません",
        "mailflow: none.eml: ファイルがありません",
    ]
    again = cli("import", mail)
    assert (again.code, again.out) == (0, f"1\t{mail}\tすでにあるメールです\n")
    (row,) = cli("mails", "--json").rows("mails")
    assert (row["id"], row["message_id"], row["state"], row["kind"]) == (1, "<one@town.kawara.example>", "new", None)
    assert row["received_at"].startswith("2026-03-19T10:00:")
    (as_json,) = cli("import", "--json", mail).rows()
    assert as_json.pop("received_at").startswith("2026-03-19T10:0")
    assert as_json == {"file": str(mail), "id": 1, "new": False}


def test_an_imported_mail_was_received_when_our_server_says(cli: Cli, office: Path) -> None:
    config = office / "config" / "mailflow.yaml"
    shipped = "  # boundary_hosts: [mx.example.jp]"
    text = config.read_text(encoding="utf-8")
    assert shipped in text
    config.write_text(text.replace(shipped, "  boundary_hosts: [mx.secretariat.example]"), encoding="utf-8")
    head = "Received: from a by mx.secretariat.example; Thu, 19 Mar 2026 09:31:07 +0900\n"
    Path("one.eml").write_text(head + MAIL, encoding="utf-8")
    Path("future.eml").write_text(MAIL.replace("2026", "2036").replace("<one@", "<two@"), encoding="utf-8")
    foreign = head.replace("mx.secretariat.example", "mail.town.example")
    Path("foreign.eml").write_text(foreign + MAIL.replace("<one@", "<three@"), encoding="utf-8")
    cli("import", "one.eml", "future.eml", "foreign.eml")
    found = [row["received_at"] for row in cli("mails", "--json").rows("mails")]
    assert found[0] == "2026-03-19T09:31:07+09:00"
    assert all(one.startswith("2026-03-19T10:00:") for one in found[1:])  # nobody else's time is believed


@pytest.mark.parametrize("state", ["new", "judged", "failed", "junk", "before-start"])
def test_mails_by_state(cli: Cli, office: Path, mail: Path, state: str) -> None:
    cli("import", mail)
    assert len(cli("mails", "--json", "--state", state).rows("mails")) == (state == "new")


def test_one_mail(cli: Cli, office: Path, mail: Path) -> None:
    cli("import", mail)
    (row,) = cli("mails", "show", "1", "--json").rows()
    contract.validate("mails", row)
    assert row["places"][0]["mailbox"] == "import"
    assert "<one@" not in cli("mails", "show", "1").out
    assert cli("mails", "show", "2").line == "mailflow: 番号 2 のメールはありません。"
    assert cli("mails", "retry", "1").line == "mailflow: 1: 失敗しているメールではありません。"
    assert cli("mails", "retry", "1").code == 1


# --- people -----------------------------------------------------------------------------------------------------------


def test_users(cli: Cli, office: Path) -> None:
    cli("mails")
    added = cli("users", "add", "鈴木", "--role", "approver")
    assert (added.code, added.err) == (0, "")
    assert "コンソールのアドレスに続けて" in added.out  # it is a path: nobody should paste it into a browser alone
    link = added.out.splitlines()[1].partition("：")[2]
    token = link.rpartition("/")[2]
    assert len(token) >= 40
    assert token.encode() not in Path("var/mailflow.db").read_bytes()
    assert cli("users", "add", "鈴木", "--role", "staff").line == "mailflow: 「鈴木」は、すでに登録されています。"
    (row,) = cli("users", "--json").rows()
    assert (row["name"], row["role"], row["has_password"]) == ("鈴木", "approver", False)
    (entry,) = cli("audit", "--json", "--of", "user").rows()
    wrong = cli("audit", "--of", "letters")  # the console has one tab each for what may stand here
    assert (wrong.code, "draft" in wrong.line) == (2, True)
    assert (entry["act"], entry["entity_id"], entry["detail"]) == ("user-added", "鈴木", {"role": "approver"})


def test_who_sees_one_bureaus_area_only(cli: Cli, office: Path) -> None:
    shinetsu = "信越総合通信局"
    added = cli("users", "add", "信越太郎", "--role", "viewer", "--bureau", shinetsu, "--json")
    assert [row["bureau"] for row in added.rows()] == [shinetsu]
    areas = [(row["name"], row["bureau"]) for row in cli("users", "--json").rows()]
    assert ("信越太郎", shinetsu) in areas
    assert f"{shinetsu}の管内" in cli("users").out
    assert "という総合通信局はありません" in cli("users", "area", "信越太郎", "--bureau", "火星").line
    assert cli("users", "area", "信越太郎").code == 2
    assert cli("users", "area", "だれか", "--all").code == 1
    assert cli("users", "area", "信越太郎", "--all").code == 0
    assert [row["bureau"] for row in cli("users", "--json").rows() if row["name"] == "信越太郎"] == [None]
    for wrong in (("--role", "staff", "--bureau", shinetsu), ("--role", "viewer", "--bureau", "火星")):
        assert cli("users", "add", "別の人", *wrong).code == 2  # and nobody was added
    assert cli("users", "add", "鈴木", "--role", "staff").code == 0
    refused = cli("users", "add", "別の人", "--role", "viewer", "--bureau", shinetsu, "--as", "鈴木")
    assert (refused.code, "管理者の権限が要ります" in refused.line) == (1, True)  # nor as a viewer of everything
    assert "別の人" not in cli("users").out


@pytest.mark.parametrize("name", ["policy", "timer", "", "=cmd", "a" * 61])
def test_names_that_are_none(cli: Cli, office: Path, name: str) -> None:
    ran = cli("users", "add", name, "--role", "staff")
    assert ran.code == 1
    assert "利用者の名前は" in ran.err


@pytest.mark.parametrize(
    ("found", "name"),
    [
        ("suzuki", "suzuki"),
        ("DOMAIN\\suzuki", "DOMAIN-suzuki"),
        ("policy", "operator"),
        ("", "operator"),
        ("…", "operator"),
    ],
)
def test_the_operator_is_who_works_at_this_machine(monkeypatch: pytest.MonkeyPatch, found: str, name: str) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: found)
    assert operator() == name


def test_a_container_without_its_user(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown() -> str:
        raise KeyError("getpwuid(): uid not found: 10001")

    monkeypatch.setattr(getpass, "getuser", unknown)
    assert operator() == "operator"


# --- an office whose letters wait -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def judged_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some sample mails, judged in this process."""
    path = tmp_path_factory.mktemp("judged") / "mailflow.db"
    settings = load(ROOT / "config", {"MAILFLOW_START": START.isoformat()})
    store = open_store(f"sqlite:///{path}")
    store.clock(NOW)
    store.record_config(settings.hash, settings.bundle.files, office=office_identifiers(settings))
    samples = [one for one in demo_mails(settings.programme.address) if one.received_at < NOW]
    for number, one in enumerate(samples, 1):
        judge(store, settings, number, one)
    store.fetched(Clock.starting_at(NOW).now())
    store.close()
    return path


def judge(store: Store, settings, number: int, sample) -> None:
    from mailflow.model import Arrival, Place

    reading = pipeline.take_in(sample.raw, settings, sample.received_at)
    place = Place(mailbox="office@imap.example", folder="INBOX", uidvalidity=1, uid=number)
    store.arrive([Arrival(raw=sample.raw, place=place, received_at=sample.received_at, content_id=reading.content_id)])
    claimant = new_claimant("test")
    for pending in store.claim_new(1, claimant):  # none for the second delivery of one mail
        round_id = settings.round_for(pending.received_at).id
        loaded = store.load_known(pending, reading.mail, reading.understood, round_id=round_id, start=START, now=NOW)
        outcome = pipeline.conclude(reading, loaded.known, settings, sample.received_at, NOW)
        store.commit_outcome(pending, reading.mail, outcome, loaded, claimant=claimant, now=NOW)


@pytest.fixture
def waiting(office: Path, judged_database: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("MAILFLOW_NOW")
    monkeypatch.setattr(getpass, "getuser", lambda: "suzuki")
    (office / "var").mkdir()
    shutil.copyfile(judged_database, office / "var" / "mailflow.db")
    return office


def letters(cli: Cli, *arguments: str) -> list[dict]:
    return cli("drafts", "list", "--json", *arguments).rows("drafts")


def test_lists_are_as_the_contract_says(cli: Cli, waiting: Path) -> None:
    mails = cli("mails", "--json").rows("mails")
    drafts = letters(cli)
    applications = cli("applications", "list", "--json").rows("applications")
    assert {one["state"] for one in mails} >= {"judged"}
    assert drafts
    assert {one["state"] for one in applications} >= {"complete", "incomplete"}
    assert {one["organization"]["resolved"] for one in applications} >= {"exact"}
    assert max(one["version"] for one in applications) >= 2
    status = cli("status", "--json")
    assert (status.code, status.err) == (0, "")
    document = json.loads(status.out)
    contract.validate("status", document)
    assert document["states"]["mail.judged"] == len([one for one in mails if one["state"] == "judged"])
    for command in ("mails", "drafts list", "applications list", "audit", "status"):
        assert cli(*command.split()).code == 0


def test_filters(cli: Cli, waiting: Path) -> None:
    complete = cli("applications", "list", "--json", "--state", "complete").rows("applications")
    assert complete
    assert {one["state"] for one in complete} == {"complete"}
    assert letters(cli, "--state", "sent") == []
    assert len(cli("audit", "--json", "--limit", "3").rows()) == 3
    (made,) = cli("audit", "--json", "--of", "draft", "--limit", "1").rows()
    assert (made["act"], set(made["detail"])) == ("draft-composed", {"template", "sha256", "foreign"})
    shown = cli("audit", "--of", "draft", "--limit", "1").out
    assert "規則" in shown
    assert "返信案を作りました" in shown
    assert f"返信案 {made['entity_id']}" in shown
    assert "手紙 " in shown
    assert "template" not in shown


def test_applications_and_letters_can_be_shown(cli: Cli, waiting: Path) -> None:
    for one in cli("applications", "list", "--json").rows("applications")[::6]:
        (sheet,) = cli("applications", "show", one["number"], "--json").rows("applications")
        assert sheet["id"] == one["id"]
        assert sheet["people"]
        assert cli("applications", "show", one["id"]).code == 0
    for one in letters(cli)[::8]:
        (shown,) = cli("drafts", "show", one["id"], "--json").rows("drafts")
        assert shown["text"] in cli("drafts", "show", one["id"]).out


def test_approving_one_as_shown(cli: Cli, waiting: Path) -> None:
    one = next(row for row in letters(cli, "--state", "waiting") if row["approval"] == "one" and not row["review"])
    (shown,) = cli("drafts", "show", one["id"], "--json").rows("drafts")
    other = cli("drafts", "approve", one["id"], "--hash", "0" * 64)
    assert other.code == 1
    assert "画面に表示された内容から変わりました" in other.line
    assert cli("drafts", "approve", one["id"], "--hash", shown["hash"][:7]).code == 2
    assert cli("drafts", "approve", one["id"], "--hash", shown["hash"][:12]).code == 0
    (out,) = cli("outbox", "--json").rows("outbox")
    assert (out["state"], out["to"], out["draft"]) == ("approved", one["to"], one["id"])
    twice = cli("drafts", "approve", one["id"])
    assert twice.line.startswith(f"mailflow: {one['id']}: この手紙はすでに承認されています（")
    assert twice.code == 1
    approved = next(row for row in cli("audit", "--json", "--of", "draft").rows() if row["act"] == "draft-yes")
    assert approved["actor"] == "suzuki"
    assert approved["detail"]["sha256"] == shown["hash"]
    assert cli("outbox").code == 0


def test_a_wrong_number_among_right_ones_does_nothing(cli: Cli, waiting: Path) -> None:
    before = letters(cli)
    ran = cli("drafts", "approve", before[0]["id"], 99999)
    assert ran.line == "mailflow: 番号 99999 の返信の案はありません。"
    assert ran.code == 2
    assert letters(cli) == before


def test_approving_all(cli: Cli, waiting: Path) -> None:
    before = letters(cli, "--state", "waiting")
    easy = {row["id"] for row in before if not row["review"] and not row["consent"]}
    hard = len(before) - len(easy)
    assert easy
    assert hard
    ran = cli("drafts", "approve", "--all")
    assert ran.code == 0
    assert {row["id"] for row in letters(cli, "--state", "approved")} == easy
    assert f"承認 {len(easy)}件" in ran.out
    assert f"除いたもの {hard}件（" in ran.out
    again = cli("drafts", "approve", "--all")
    assert again.code == 0
    assert again.out.startswith("承認 0件\n")


def test_all_leaves_out_what_has_run_out(cli: Cli, waiting: Path) -> None:
    one = next(row for row in letters(cli, "--state", "waiting") if not row["review"] and row["valid_until"])
    database = open_store("sqlite:///var/mailflow.db")
    with database.write() as db:
        import sqlalchemy as sa

        db.execute(
            sa.text("UPDATE draft SET valid_until = '2026-03-01 00:00:00.000000' WHERE id = :id"), {"id": one["id"]}
        )
    database.close()
    ran = cli("drafts", "approve", "--all")
    assert ran.code == 0
    assert "期限が過ぎたもの 1件" in ran.out
    assert one["id"] not in {row["id"] for row in letters(cli, "--state", "approved")}


def test_two_people_and_consent(cli: Cli, waiting: Path) -> None:
    two = next(row for row in letters(cli, "--state", "waiting") if row["approval"] == "two")
    number = str(two["id"])
    assert "総務省の了解の記録がまだありません" in cli("drafts", "approve", number).line
    assert (
        cli("drafts", "consent", number, "--how", "電話").line == "mailflow: 了解を出した人を --by に書いてください。"
    )
    assert cli("drafts", "consent", number, "--by", "地域通信振興課 鈴木様", "--how", "電話").code == 0
    first = cli("drafts", "approve", number)
    assert (first.code, "もう1人の承認が要ります" in first.out) == (0, True)
    same = cli("drafts", "approve", number)
    assert same.code == 1
    assert "すでに承認しています" in same.line
    cli("users", "add", "佐藤", "--role", "staff")
    cli("users", "add", "田中", "--role", "approver")
    assert "承認者の権限が要ります" in cli("drafts", "approve", number, "--as", "佐藤").line
    second = cli("drafts", "approve", number, "--as", "田中")
    assert (second.code, "承認しました" in second.out) == (0, True)
    (shown,) = cli("drafts", "show", number, "--json").rows("drafts")
    assert (shown["approvals"], shown["consent_given"], shown["state"]) == (["suzuki", "田中"], True, "approved")


def test_nobody_acts_as_somebody_unknown(cli: Cli, waiting: Path) -> None:
    one = letters(cli)[0]
    ran = cli("drafts", "approve", one["id"], "--as", "佐藤")
    assert (
        ran.line
        == "mailflow: 佐藤 という利用者はいません。mailflow users list で確かめるか、users add で加えてください。"
    )
    assert ran.code == 2


def test_who_may_not_approve_is_told_so_once(cli: Cli, waiting: Path) -> None:
    cli("users", "add", "佐藤", "--role", "viewer")
    ran = cli("drafts", "approve", "--all", "--as", "佐藤")
    assert (ran.code, ran.out) == (1, "")
    assert "承認者の権限が要ります" in ran.line
    assert cli("drafts", "approve", "--all", "--as", "だれか").code == 2


def test_who_is_known_as_a_viewer_stays_one(cli: Cli, waiting: Path) -> None:
    """The console's administrator gave this name a role: the shell doesn't raise it."""
    cli("users", "add", "suzuki", "--role", "viewer")
    ran = cli("drafts", "approve", letters(cli)[0]["id"])
    assert ran.code == 1
    assert "承認者の権限が要ります（「suzuki」は閲覧です）" in ran.line


def test_rejecting_and_undoing(cli: Cli, waiting: Path) -> None:
    easy = [row["id"] for row in letters(cli, "--state", "waiting") if row["approval"] == "one" and not row["review"]]
    assert cli("drafts", "reject", easy[0], "--reason", "電話で済みました").code == 0
    assert cli("drafts", "reject", easy[0]).line.startswith(f"mailflow: {easy[0]}: この手紙は却下されています（")
    assert cli("drafts", "approve", easy[1]).code == 0
    assert cli("drafts", "undo", easy[1]).code == 0
    states = {row["id"]: row["state"] for row in letters(cli)}
    assert (states[easy[0]], states[easy[1]]) == ("rejected", "waiting")
    assert cli("drafts", "undo", easy[1]).line == "mailflow: 承認されていない手紙です。"


def test_settling_what_nobody_knows(cli: Cli, waiting: Path) -> None:
    easy = [row["id"] for row in letters(cli, "--state", "waiting") if row["approval"] == "one" and not row["review"]][
        :3
    ]
    cli("drafts", "approve", *easy)
    database = open_store("sqlite:///var/mailflow.db")
    with database.write() as db:
        import sqlalchemy as sa

        db.execute(sa.text("UPDATE outgoing SET state = 'uncertain'"))
    database.close()
    assert "送れたかどうか分からない手紙が3通あります" in cli("status").out
    ids = [row["id"] for row in cli("outbox", "--json", "--state", "uncertain").rows("outbox")]
    for one, how in zip(ids, ("--sent", "--again", "--drop"), strict=True):
        assert cli("outbox", "settle", one, how).code == 0
    assert [row["state"] for row in cli("outbox", "--json").rows("outbox")] == ["sent", "approved", "dropped"]
    ran = cli("outbox", "settle", ids[0], "--drop")
    assert ran.line == "mailflow: 送れたかどうか分からない手紙ではありません。"
    assert ran.code == 1


def test_export(cli: Cli, waiting: Path) -> None:
    from openpyxl import load_workbook

    ran = cli("applications", "export", "応募.xlsx")
    assert (ran.code, ran.err) == (0, "")
    rows = list(load_workbook("応募.xlsx").active.iter_rows(values_only=True))
    found = cli("applications", "list", "--json").rows("applications")
    assert len(rows) == len(found) + 1
    assert rows[0][:5] == ("受付番号", "団体コード", "都道府県", "団体名", "状態")
    assert [row[0] for row in rows[1:]] == [one["number"] for one in found]
    assert len(set(rows[0])) == len(rows[0])
    at = rows[0].index("メールアドレス")
    assert all("@" in row[at] for row in rows[1:] if row[at])
    assert (
        cli("applications", "export", "none/応募.xlsx").line
        == "mailflow: none/応募.xlsx: 書けません（ファイルがありません）"
    )


def test_tables_are_not_cut_when_piped(cli: Cli, waiting: Path) -> None:
    lines = cli("applications", "list").out.splitlines()
    assert max(map(len, lines)) > 80
    assert not any("…" in line for line in lines)


def test_a_broken_configuration_stops_no_act_on_letters(cli: Cli, waiting: Path) -> None:
    """On deadline day somebody breaks the YAML, and somebody else must stop the sending now."""
    (one, *_) = letters(cli, "--state", "waiting")
    rules = waiting / "config" / "rules.yaml"
    rules.write_text(rules.read_text(encoding="utf-8") + "\nrulez: []\n", encoding="utf-8")
    off = cli("sending", "off")
    assert (off.code, off.out) == (0, "off\tスイッチ off\n")
    assert "mailflow.yaml の sending は読めません" in off.err
    assert "rulez" in off.err
    assert letters(cli)
    approved = cli("drafts", "approve", str(one["id"]))
    assert approved.code == 0
    assert "30秒後から" in approved.out
    assert cli("drafts", "undo", str(one["id"])).code == 0
    assert cli("outbox").code == 0
    rules.unlink()
    (waiting / "config" / "mailflow.yaml").unlink()
    assert cli("outbox").code == 2, "where the database is nobody knows any more"
