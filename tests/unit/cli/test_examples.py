"""What operators do without Python: a second programme, a check of one's own, a new kind with its letter."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cli.conftest import Cli

ROOT = Path(__file__).parents[3]
SECOND = ROOT / "examples" / "second-programme"


@pytest.mark.parametrize("name", sorted(path.name for path in (ROOT / "examples").iterdir()))
def test_an_example_is_sound_and_its_tests_hold(cli: Cli, name: str) -> None:
    config = ROOT / "examples" / name / "config"
    checked = cli("--config", config, "config", "check")
    assert checked.code == 0, checked.out
    ran = cli("--config", config, "config", "test")
    assert ran.code == 0, ran.out
    assert cli("--config", config, "templates", "preview", "--all").code == 0


def test_the_second_programme_is_another_one(cli: Cli, folder: Path) -> None:
    """The first one's application is nothing here; its own form is built from its own spec."""
    built = cli("--config", SECOND / "config", "form", "build", folder / "form.xlsx")
    assert built.code == 0, built.err
    read = cli("--config", SECOND / "config", "form", "read", folder / "form.xlsx", "--json")
    assert '"farm_name"' in read.out
    assert '"weekly_hours"' not in read.out


CHECK = """\
  - id: theme-vague
    when: form.theme == '未定'
    severity: fix
    where: 取組の名前
    found: "{{ form.theme }}"
    message: 取組の内容が分かる名前をご記入ください。
"""
RULE = """\
  - id: press-visit
    description: 見学の申込み
    when: "'見学' in mail.words and not form.found"
    kind: inquiry
    label: visit
    then:
      reply: visit-received
"""
LETTER = """\
{% block subject %}【見学のお申込み】{{ programme.subject }}［{{ case.number }}］{% endblock %}
{% block text %}
{% include "_head.j2" %}

見学のお申込みを受け取りました。
{% include "_foot.j2" %}
{% endblock %}
"""
TESTS = """\
defaults: {at: 2026-03-10 10:00, from: 企画課 <kikaku@city.iida.nagano.jp>}
cases:
  - test: 見学の申込みには、見学の手紙を返す
    subject: 見学について
    text: 支援の様子を見学したいのですが。
    expect: {kind: inquiry, label: visit, rule: press-visit, template: visit-received, words: [見学のお申込み]}
  - test: 取組の名前が未定なら、直していただく
    subject: 【長野県飯田市】計画策定支援
    text: 応募様式を提出します。
    form: {prefecture: 長野県, municipality: 飯田市, organization_name: 長野県飯田市, theme: 未定}
    expect:
      findings: [{check: theme-vague, severity: fix, found: 未定}]
      template: fix-request
      words: [取組の内容が分かる名前]
"""


def test_a_check_and_a_kind_with_its_letter_need_no_python(cli: Cli, office: Path) -> None:
    rules = office / "config" / "rules.yaml"
    text = rules.read_text(encoding="utf-8")
    for old, new in (
        ("\nchecks:\n", f"\nchecks:\n{CHECK}"),
        ("    - course-chosen\n", "    - course-chosen\n    - theme-vague\n"),
        ("  - id: extension\n", f"{RULE}  - id: extension\n"),
    ):
        assert old in text
        text = text.replace(old, new, 1)
    rules.write_text(text, encoding="utf-8")
    for file in (office / "config" / "tests").iterdir():
        file.unlink()
    (office / "config" / "tests" / "own.yaml").write_text(TESTS, encoding="utf-8")
    told = cli("config", "check")
    assert told.code == 1
    assert "`visit-received` というテンプレートはありません" in told.out
    (office / "templates" / "visit-received.j2").write_text(LETTER, encoding="utf-8")
    assert cli("config", "check").out.startswith("設定に誤りはありません")
    ran = cli("config", "test", "--verbose")
    assert ran.code == 0, ran.out
    assert ran.out.count("○") == 2
    (office / "one.eml").write_bytes(
        "From: kikaku@city.iida.nagano.jp\nSubject: 見学\nContent-Type: text/plain; charset=utf-8\n\n見学したい\n".encode()
    )
    tried = cli("try", "one.eml", "--at", "2026-03-10T10:00", "--explain")
    assert "○ press-visit" in tried.out
    assert "visit-received：規則 press-visit の reply" in tried.out
