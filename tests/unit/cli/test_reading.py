"""Commands that need no database: read, try, form, config, templates. Every `--json` is held against the contract."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook

from mailflow.cli.times import given_moment
from mailflow.demo.samples import SampleMail
from mailflow.settings.load import load
from tests import contract
from tests.samples import demo_mails
from tests.unit.cli.conftest import ROOT, Cli

ADDRESS = load(ROOT / "config", {}).programme.address


def one_of_each_kind() -> list[SampleMail]:
    return list({one.expect.kind: one for one in demo_mails(ADDRESS)}.values())


@pytest.fixture
def samples(folder: Path) -> list[Path]:
    paths = []
    for one in one_of_each_kind():
        path = folder / f"{one.id}.eml"
        path.write_bytes(one.raw)
        paths.append(path)
    return paths


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("2026-03-26 16:00", "2026-03-26T16:00:00+09:00"),
        ("2026-03-26T07:00:01Z", "2026-03-26T16:00:01+09:00"),
        ("2026-03-26T16:00:00.001", "2026-03-26T16:00:00.001000+09:00"),
    ],
)
def test_a_moment_is_of_any_zone_and_as_fine_as_it_is_written(written: str, at: str) -> None:
    assert given_moment(written, "--at").isoformat() == at


def test_read_needs_no_configuration(cli: Cli, samples: list[Path]) -> None:
    found = cli("read", "--json", *samples).rows("read")
    assert [one["file"] for one in found] == [str(path) for path in samples]


def test_read_for_people(cli: Cli, mail: Path) -> None:
    ran = cli("read", mail)
    assert ran.code == 0
    for said in ("計画策定支援", "kikaku@town.kawara.example", "お世話になっております。"):
        assert said in ran.out


def test_a_missing_file_leaves_the_others(cli: Cli, mail: Path) -> None:
    ran = cli("read", "--json", "none.eml", mail)
    assert ran.line == "mailflow: none.eml: ファイルがありません"
    assert ran.code == 2
    contract.validate("read", json.loads(ran.out))


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\0" * 3000, id="zeros"),
        pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 900, id="no-msg-in-spite-of-its-head"),
        pytest.param(b"PK\x03\x04" + bytes(range(256)) * 9, id="no-mail-at-all"),
        pytest.param(b"Subject: \xff\xfe\x00\r\n\r\n\x1b]0;title\x07\x1b[2J", id="terminal-escapes"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("command", [["read"], ["--config", str(ROOT / "config"), "try"]], ids=["read", "try"])
def test_whatever_is_in_a_file(cli: Cli, folder: Path, content: bytes, command: list[str]) -> None:
    """0 when every file got its document, whatever was found; and a terminal is never steered."""
    path = folder / "it.eml"
    path.write_bytes(content)
    (document,) = cli(*command, "--json", path).rows(command[-1])
    assert document["file"] == str(path)
    shown = cli(*command, path)
    assert shown.code == 0
    assert not set(shown.out) & {"\x1b", "\x07", "\0"}


def test_a_name_that_is_no_utf8(cli: Cli, folder: Path) -> None:
    path = folder / "\udce5.eml"
    path.write_bytes(b"Subject: x\r\n\r\n")
    (document,) = cli("read", "--json", path).rows("read")
    assert document["file"] == str(path)


def test_try_documents(cli: Cli, office: Path, samples: list[Path]) -> None:
    found = cli("try", "--json", "--at", "2026-03-19T10:00", *samples).rows("try")
    assert [one["kind"] for one in found] == [one.expect.kind.value for one in one_of_each_kind()]
    assert not (office / "var").exists()


def test_try_takes_the_time_as_given(cli: Cli, office: Path) -> None:
    good = next(one for one in demo_mails(ADDRESS) if one.expect.template == "receipt" and not one.expect.review)
    (office / "good.eml").write_bytes(good.raw)
    for at, late in (("2026-03-26T16:00:00", False), ("2026-03-26T16:00:01", True), ("2026-03-26T07:00:00Z", False)):
        (one,) = cli("try", "--json", "--at", at, "good.eml").rows("try")
        assert ("round-late" in {f["check"] for f in one["findings"]}) is late, at
    shown = cli("try", "--at", "2026-03-19T10:00", "good.eml", "--explain")
    assert "○ application" in shown.out
    assert "mail.programme_subject → true" in shown.out or "form.found → true" in shown.out
    assert "○ 問題なし：" in shown.out
    assert "－ 応募様式があるため：attachment-missing、attachment-link" in shown.out
    assert "receipt：修正をお願いする点がないため" in shown.out
    assert "【受領】" in shown.out
    why = shown.out[shown.out.index("── 規則") :]
    assert len(why.splitlines()) < 60
    assert "× machine-with-form" in why  # it lacked one condition
    assert "× file-service　sender.kind == 'file-service' → false" in why  # of the same kind
    assert "own-mail" not in why
    everything = cli("try", "--at", "2026-03-19T10:00", "good.eml", "--explain", "--all").out
    assert "× own-mail" in everything
    assert "○ form-complete　問題なし" in everything
    assert "－ attachment-link　応募様式があるため" in everything


@pytest.mark.long
def test_a_letter_without_end_stops_nothing_else(cli: Cli, office: Path, mail: Path) -> None:
    """A template may loop 10^9 times: it is killed at preview and in `try`, and told; the others go on."""
    loops = f"{{% for a in {[1] * 32} %}}" * 6, "{% endfor %}" * 6
    for name in ("fix-request", "receipt"):
        path = office / "templates" / f"{name}.j2"
        head, block, rest = path.read_text(encoding="utf-8").partition("{% block text %}")
        path.write_text(f"{head}{block}{loops[0]}a{loops[1]}{rest}", encoding="utf-8")
    yaml = office / "config" / "mailflow.yaml"
    yaml.write_text(yaml.read_text(encoding="utf-8") + "\nlimits: {read_time: 3s}\n", encoding="utf-8")
    shown = cli("templates", "preview", "late", "receipt", "outside")
    assert shown.code == 1
    assert "templates/receipt.j2: 手紙の作成が3秒の上限をこえました" in shown.err
    assert shown.out.count("━━") == 2
    (office / "outside.eml").write_text("From: a@b.example\nSubject: hello\n\nhello\n", encoding="utf-8")
    tried = cli("try", "--at", "2026-03-19T10:00", "one.eml", "outside.eml")
    assert tried.code == 2
    assert "one.eml: 処理が3秒の上限をこえました" in tried.err
    assert "unknown" in tried.out


def test_try_now_is_mailflow_now(cli: Cli, office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = next(one for one in demo_mails(ADDRESS) if one.expect.template == "receipt" and not one.expect.review)
    (office / "good.eml").write_bytes(good.raw)
    monkeypatch.setenv("MAILFLOW_NOW", "2026-03-26T16:30:00+09:00")
    (one,) = cli("try", "--json", "good.eml").rows("try")
    assert "round-late" in {f["check"] for f in one["findings"]}


def test_form_there_and_back(cli: Cli, office: Path) -> None:
    values = {
        "organization_name": "朝日県川原町",
        "contact_phone": "0265-00-0000",
        "weekly_hours": 4,
        "course": "B",
        "remarks": None,
    }
    Path("v.json").write_text(json.dumps(values), encoding="utf-8")
    assert cli("form", "build", "blank.xlsx").code == 0
    assert cli("form", "fill", "v.json", "filled.xlsx").code == 0
    (document,) = cli("form", "read", "--json", "filled.xlsx").rows("form-read")
    found = {key: one["value"] for key, one in document["fields"].items() if one["value"] is not None}
    assert found == {key: value for key, value in values.items() if value is not None}
    shown = cli("form", "read", "filled.xlsx", "blank.xlsx")
    assert "朝日県川原町" in shown.out
    assert "blank.xlsx: 読み取れた値はありません。" in shown.out
    spec = str(ROOT / "config" / "form.yaml")
    assert cli("--config", "nowhere", "form", "read", "--json", "filled.xlsx", "--spec", spec).code == 0


def test_form_read_of_what_is_none(cli: Cli, office: Path, mail: Path) -> None:
    Path("no.xlsx").write_bytes(b"%PDF-1.4")
    found = cli("form", "read", "--json", "no.xlsx", mail).rows("form-read")
    assert [one["fields"] for one in found] == [{}, {}]
    assert all(one["problems"] for one in found)
    assert cli("form", "read", "--json", "no.xlsx", "none.xlsx").code == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param("[1]", '{"項目": 値, …} の形で書いてください', id="a-list"),
        pytest.param("{", "JSON として読めません（1行 2桁）", id="no-json"),
        pytest.param("[" * 100_000, "JSON として読めません", id="deep"),
        pytest.param('{"cuorse": "A"}', "cuorse", id="unknown-field"),
        pytest.param('{"course": {"a": 1}}', "course", id="no-value"),
    ],
)
def test_values_that_can_not_be_filled(cli: Cli, office: Path, content: str, said: str) -> None:
    Path("v.json").write_text(content, encoding="utf-8")
    ran = cli("form", "fill", "v.json", "out.xlsx")
    assert ran.line.startswith("mailflow: v.json: ")
    assert said in ran.line
    assert ran.code == 2
    assert not Path("out.xlsx").exists()


def test_a_spec_with_a_mistake(cli: Cli, office: Path) -> None:
    Path("s.yaml").write_text("forms:\n  - id: x\n    lable: y\n", encoding="utf-8")
    ran = cli("form", "build", "out.xlsx", "--spec", "s.yaml")
    assert ran.line.startswith("mailflow: s.yaml：設定に誤りがあります：s.yaml:")
    assert ran.code == 2


def test_write_keeps_what_was_there(cli: Cli, office: Path) -> None:
    Path("out.xlsx").mkdir()
    ran = cli("form", "build", "out.xlsx")
    assert ran.line == "mailflow: out.xlsx: 書けません（フォルダーです（ファイルを指してください））"
    assert ran.code == 2
    assert [p.name for p in office.iterdir() if p.name.startswith(".")] == []


def test_config_check(cli: Cli, office: Path) -> None:
    fine = cli("config", "check")
    assert (fine.code, fine.err) == (0, "")
    assert fine.out.splitlines()[-1].startswith("設定に誤りはありません")
    yaml = office / "config" / "mailflow.yaml"
    text = yaml.read_text(encoding="utf-8")
    yaml.write_text(text.replace("sending: true", "sendig: true").replace("undo: 30s", "undo: half"), encoding="utf-8")
    broken = cli("config", "check")
    assert broken.code == 1
    for said in ("config/mailflow.yaml:", "`sendig` という項目はありません", "`sending` ではありませんか", "30s"):
        assert said in broken.out
    assert broken.out.splitlines()[-1] == "設定に誤りが 2 か所あります。"


def test_config_check_of_the_environment(cli: Cli, office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILFLOW_IMAP_URL", "imap://u:hunter2@[::1")
    ran = cli("config", "check")
    assert ran.code == 1
    assert "MAILFLOW_IMAP_URL" in ran.out
    assert "hunter2" not in ran.out + ran.err


def test_config_check_looks_where_run_looks(cli: Cli, office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative path belongs to the folder above config/, wherever the command is typed."""
    yaml = office / "config" / "mailflow.yaml"
    text = yaml.read_text(encoding="utf-8")
    yaml.write_text(
        text.replace("# password_file: /etc/mailflow/imap-password", "password_file: secret"), encoding="utf-8"
    )
    assert cli("config", "check").code == 1
    (office / "secret").write_text("x", encoding="utf-8")
    monkeypatch.chdir("templates")
    assert cli("--config", office / "config", "config", "check").code == 0


def test_config_check_without_a_folder(cli: Cli, folder: Path) -> None:
    ran = cli("config", "check")
    assert ran.line == (
        "mailflow: 設定のフォルダー config がありません。"
        "mailflow --config フォルダー config check のように指すか、mailflow init フォルダー で作ってください。"
    )
    assert ran.code == 2


def test_config_show_hides_passwords(cli: Cli, office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILFLOW_IMAP_URL", "imaps://office:hunter2@mail.example")
    for arguments in ([], ["--json"]):
        ran = cli("config", "show", *arguments)
        assert ran.code == 0
        assert "mail.example" in ran.out
        assert "hunter2" not in ran.out
    assert json.loads(cli("config", "show", "--json").out)["mailflow.yaml"]["rounds"][0]["id"] == "R8-1"


@pytest.mark.parametrize("name", ["mailflow", "rules", "form", "parties"])
def test_config_schema(cli: Cli, name: str) -> None:
    (schema,) = cli("config", "schema", name).rows()
    assert schema["type"] == "object"
    assert schema["title"] == f"{name}.yaml"


def test_every_letter_is_previewed(cli: Cli, office: Path) -> None:
    ran = cli("templates", "preview", "--all")
    assert (ran.code, ran.err) == (0, "")
    letters = sorted(p.stem for p in (office / "templates").glob("[!_]*.j2"))
    assert letters == [line.split()[1] for line in ran.out.splitlines() if line.startswith("━━") and "（" not in line]
    assert "━━ fix-request（締切間際）" in ran.out
    assert "━━ inquiry-received（よくある質問に答えがないとき）" in ran.out
    assert ran.out.count("件名：【") >= len(letters)
    for one in cli("templates", "preview", "--all", "--json").rows():
        assert one["subject"]
        assert one["text"]
        assert max(len(line) for line in one["text"].splitlines()) <= 72


def test_preview_is_of_the_next_round_too(cli: Cli, office: Path) -> None:
    """No date of a letter is the sample's own."""
    yaml = office / "config" / "mailflow.yaml"
    text = yaml.read_text(encoding="utf-8").replace("2026-03-", "2027-06-")
    yaml.write_text(text.replace("1次公募", "2次公募"), encoding="utf-8")
    ran = cli("templates", "preview", "--all")
    assert ran.code == 0, ran.err
    assert "令和9年6月" in ran.out
    assert "令和8年" not in ran.out.replace("令和8年9月", "").replace("令和8年4月から", "")  # both are the YAML's own
    assert str(date(2026, 3, 26)) not in ran.out


def test_preview_of_one(cli: Cli, office: Path) -> None:
    ran = cli("templates", "preview", "receipt")
    assert ran.out.startswith("━━ receipt\n")
    assert "朝日県川原町" in ran.out
    assert (
        cli("templates", "preview", "recipt").line
        == "mailflow: recipt という手紙はありません。receipt ではありませんか。"
    )


def test_preview_of_a_letter_of_ones_own(cli: Cli, office: Path) -> None:
    (office / "templates" / "thanks.j2").write_text(
        "{% block subject %}お礼 {{ case.number }}{% endblock %}{% block text %}{{ addressee.person }}{{ course }}{% endblock %}", encoding="utf-8"
    )  # fmt: skip
    assert "件名：お礼 R8-1-999999" in cli("templates", "preview", "thanks").out


def test_a_sheet_opens(cli: Cli, office: Path) -> None:
    cli("form", "build", "blank.xlsx")
    assert "応募様式" in load_workbook("blank.xlsx").sheetnames


def test_a_form_is_learned_and_then_used(cli: Cli, office: Path) -> None:
    """learn → build → fill → read, by the files alone."""
    blank, spec, filled, values = (office / name for name in ("白紙.xlsx", "form.yaml", "記入済み.xlsx", "values.json"))
    assert cli("form", "build", blank).code == 0
    shown = cli("form", "learn", blank)
    assert (shown.code, shown.err) == (0, "")
    ran = cli("form", "learn", blank, "-o", spec)
    assert (ran.code, ran.out) == (0, "")
    assert "項目 29 個、要確認 0 件" in ran.line
    assert spec.read_text(encoding="utf-8") == shown.out
    values.write_text(json.dumps({"course": "B", "theme": "見守り"}), encoding="utf-8")
    assert cli("form", "fill", values, filled, "--spec", spec).code == 0
    (document,) = cli("form", "read", filled, "--spec", spec, "--json").rows("form-read")
    assert {key: field["value"] for key, field in document["fields"].items() if field["value"]} == {
        "course": "B",
        "theme": "見守り",
    }


def test_what_is_no_blank_form_is_not_learned(cli: Cli, folder: Path) -> None:
    (folder / "様式.xlsx").write_bytes(b"%PDF-1.7")
    ran = cli("form", "learn", folder / "様式.xlsx")
    assert (ran.code, ran.out) == (1, "")
    assert "Excelのファイルではない" in ran.line
    assert cli("form", "learn", folder / "なし.xlsx").code == 2


def test_the_slots_of_a_place_without_a_database_are_not_told_as_free(cli: Cli, office: Path) -> None:
    """A configuration that was copied elsewhere: all would be free in the empty database made there."""
    ran = cli("slots")
    assert (ran.code, ran.out) == (2, "")
    assert "var/mailflow.db がありません" in ran.line
    assert not (office / "var").exists()
