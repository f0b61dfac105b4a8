"""`mailflow config test` as an operator meets it."""

from __future__ import annotations

from pathlib import Path

from tests.unit.cli.conftest import Cli

CASE = """\
defaults: {at: 2026-03-10 10:00, from: 企画課 <kikaku@city.iida.nagano.jp>}
cases:
  - test: 質問には、受け取ったことを知らせる
    subject: 計画策定支援についての質問
    text: 支援の期間は何か月でしょうか。教えてください。
    expect: {kind: inquiry, template: %s}
"""


def only(office: Path, text: str) -> None:
    for file in (office / "config" / "tests").iterdir():
        file.unlink()
    (office / "config" / "tests" / "one.yaml").write_text(text, encoding="utf-8")


def test_the_shipped_tests_hold(cli: Cli, office: Path) -> None:
    ran = cli("config", "test")
    assert ran.code == 0, ran.out
    assert "通らなかった 0" in ran.out
    assert int(ran.out.split("テスト ")[1].split(" 件")[0]) >= 40


def test_a_failure_is_told_and_ends_with_1(cli: Cli, office: Path) -> None:
    only(office, CASE % "receipt")
    ran = cli("config", "test")
    assert ran.code == 1
    assert "config/tests/one.yaml:3:11: 質問には" in ran.out
    assert "config/tests/one.yaml:6:39: 手紙\n" in ran.out
    assert "期待 receipt" in ran.out
    assert "実際 inquiry-received" in ran.out
    told = cli("config", "test", "--json")
    assert told.code == 1
    assert '"ok": false' in told.out


def test_a_broken_test_is_no_passed_test(cli: Cli, office: Path) -> None:
    only(office, CASE.replace("expect:", "expcet:") % "receipt")
    ran = cli("config", "test")
    assert ran.code == 1
    assert "`expcet` という項目はありません" in ran.out
    assert "config/tests/one.yaml:6:5" in ran.out
    assert cli("config", "check").code == 1


def test_no_tests_at_all_is_no_yes(cli: Cli, office: Path) -> None:
    only(office, CASE % "receipt")
    (office / "config" / "tests" / "one.yaml").unlink()
    assert cli("config", "test").code == 1


def test_a_name_that_no_test_has_is_wrong_use(cli: Cli, office: Path) -> None:
    only(office, CASE % "receipt")
    assert cli("config", "test", "そんなテスト").code == 2


def test_a_letter_without_end_fails_its_test_and_no_other(cli: Cli, office: Path) -> None:
    only(
        office,
        CASE % "inquiry-received"
        + "  - {test: 不在, subject: 不在, text: 不在, headers: {Auto-Submitted: auto-replied}, expect: {kind: machine}}\n",
    )
    path = office / "templates" / "inquiry-received.j2"
    head, block, rest = path.read_text(encoding="utf-8").partition("{% block text %}")
    loops = f"{{% for a in {[1] * 32} %}}" * 6, "{% endfor %}" * 6  # 10^9 times round
    path.write_text(f"{head}{block}{loops[0]}a{loops[1]}{rest}", encoding="utf-8")
    yaml = office / "config" / "mailflow.yaml"
    yaml.write_text(yaml.read_text(encoding="utf-8") + "\nlimits: {read_time: 3s}\n", encoding="utf-8")
    ran = cli("config", "test", "--verbose")
    assert ran.err == ""
    assert ran.code == 1
    assert "上限をこえました" in ran.out
    assert "○ config/tests/one.yaml:7:12: 不在" in ran.out
