"""rules.yaml: what the shipped one says, and how a wrong one is told where it is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from mailflow.intake.checks import REGISTRY
from mailflow.model import Kind, Severity
from mailflow.settings.check_base import OwnCheck
from mailflow.settings.checks import CATALOGUE
from mailflow.settings.messages import fill, written
from mailflow.settings.names import NAMES, names_for
from mailflow.settings.problems import Trouble
from mailflow.settings.rules import RulesFile, cross_check
from mailflow.settings.validate import validate
from mailflow.settings.vocabulary import Name
from mailflow.settings.yaml_reader import read_yaml
from tests.unit.judging.build import ROOT, at, facts, form, form_file, rules

LETTERS = {path.stem for path in (ROOT / "templates").glob("*.j2")}
SHIPPED = (ROOT / "config" / "rules.yaml").read_text()


def load(text: str) -> tuple[RulesFile | None, list[str]]:
    """As config check does: the file, and each problem as `line: message → hint`."""
    document = read_yaml("config/rules.yaml", text.encode())
    made, problems = validate(document, RulesFile)
    problems = [*document.problems, *problems]
    if made is not None:
        problems += [document.problem(t.path, t.message, t.hint) for t in cross_check(made, form_file(), LETTERS)]
    return made, [f"{one.line}: {one.message} → {one.hint or ''}" for one in problems]


def test_the_shipped_rules_are_right() -> None:
    assert load(SHIPPED)[1] == []


def test_every_check_of_the_catalogue_is_built_and_configured() -> None:
    assert set(REGISTRY) == set(CATALOGUE)
    own = {check.name for check in rules().checks if isinstance(check, OwnCheck)}
    assert {check.name for check in rules().checks} - own == set(CATALOGUE)


def test_the_last_rule_takes_every_mail() -> None:
    last = rules().rules[-1]
    assert (last.when, last.kind) == ("true", Kind.UNKNOWN)


@pytest.mark.parametrize(
    ("check", "variant", "severity"),
    [
        ("subject-name", "", "note"),
        ("subject-name", "unknown", "fix"),
        ("attachment-name", "", "note"),
        ("attachment-name", "unknown", "fix"),
        ("form-length", "", "note"),
        ("duplicate", "", "note"),
        ("sender-domain", "", "note"),
        ("sender-domain", "free", "review"),
        ("sender-domain", "other_body", "review"),
        ("sender-authentic", "", "review"),
        ("sender-authentic", "several", "review"),
        ("fiscal-index", "", "refuse"),
        ("fiscal-index", "one_side", "review"),
        ("fiscal-index", "differs", "note"),
        ("weekly-hours", "", "confirm"),
        ("attachment-missing", "", "fix"),
        ("attachment-format", "", "fix"),
        ("attachment-locked", "", "fix"),
        ("attachment-unreadable", "", "fix"),
        ("attachment-link", "", "fix"),
        ("form-complete", "", "fix"),
        ("form-choice", "", "fix"),
        ("form-type", "", "fix"),
        ("form-version", "", "fix"),
        ("course-chosen", "", "fix"),
        ("course-chosen", "both", "fix"),
        ("attachment-many", "", "review"),
        ("form-untouched", "", "review"),
        ("organization-known", "", "review"),
        ("organization-agrees", "", "review"),
        ("applicant-type", "", "review"),
        ("scope", "", "review"),
        ("round-open", "", "review"),
        ("also-asks", "", "review"),
        ("round-late", "", "refuse"),
        ("round-late", "clocks", "review"),
    ],
)
def test_shipped_weights(check: str, variant: str, severity: str) -> None:
    configured = rules().check(check)
    assert configured is not None
    assert configured.weight(variant) == Severity(severity)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        pytest.param(
            "when: mail.machine == 'self'", "when: mail.machne == 'self'", "`mail.machine` ではありませんか", id="name"
        ),
        pytest.param(
            "when: mail.machine == 'self'",
            "when: mail.machine == 'selff'",
            "`self` ではありませんか",
            id="value-it-never-has",
        ),
        pytest.param("when: mail.machine == 'self'", "when: mail.machine ==", "", id="syntax"),
        pytest.param("\"'missent' in intents", "\"'misent' in intents", "`missent` ではありませんか", id="intent"),
        pytest.param("- check: scope", "- check: scop", "`scope` ではありませんか", id="check"),
        pytest.param(
            "    - fiscal-index\n", "    - fiscal-indx\n", "`fiscal-index` ではありませんか", id="check-in-a-group"
        ),
        pytest.param("checks: [application]", "checks: [applicaton]", "`application` ではありませんか", id="group"),
        pytest.param(
            "reply: withdrawal-received",
            "reply: withdrawal-recieved",
            "`withdrawal-received` ではありませんか",
            id="template",
        ),
        pytest.param("field: scope_internal", "field: scope_internl", "`scope_internal` ではありませんか", id="field"),
        pytest.param(
            "contact_phone: 日中", "contact_phon: 日中", "`contact_phone` ではありませんか", id="field-of-a-message"
        ),
        pytest.param("{{ suggestions }}", "{{ sugestions }}", "`suggestions` ではありませんか", id="name-in-a-message"),
        pytest.param("{{ suggestions }}", "{{ 1 + 1 }}", "", id="sum-in-a-message"),
        pytest.param("{{ suggestions }}", "{{ table }}", "名前の一覧", id="what-another-check-gives"),
        pytest.param("minimum: 3", "minimum: three", "", id="number"),
        pytest.param("severity_read: note", "severity_raed: note", "severity_read", id="key"),
        pytest.param("severity_read: note", "severity_read: warn", "", id="severity"),
        pytest.param("near_close: 4h", "near_close: 4 hours", "", id="duration"),
        pytest.param('work_closes: "17:00"', 'work_closes: "7:00"', "", id="hours-backwards"),
        pytest.param("kind: withdrawal", "kind: withdrawl", "", id="kind"),
        pytest.param("- check: sender-party\n", "- check: sender-authentic\n", "2つあります", id="twice"),
        pytest.param("  - id: unknown", "  - id: own-mail", "2つあります", id="rule-twice"),
    ],
)
def test_a_wrong_file_is_told_where_it_is_wrong(old: str, new: str, told: str) -> None:
    assert old in SHIPPED
    text = SHIPPED.replace(old, new, 1)
    _, problems = load(text)
    assert problems
    line = SHIPPED[: SHIPPED.index(old)].count("\n") + 1
    assert any(told in one for one in problems), problems
    near = [int(one.split(":")[0]) for one in problems if one.split(":")[0].isdigit()]
    assert any(abs(one - line) <= 3 for one in near), (line, problems)


def test_when_true_may_be_written_bare() -> None:
    made, problems = load(SHIPPED.replace('when: "true"', "when: true"))
    assert problems == []
    assert made is not None


def test_a_check_not_configured_is_told_what_to_add() -> None:
    start, end = SHIPPED.index("  - check: scope"), SHIPPED.index("  - check: fiscal-index")
    _, problems = load(SHIPPED[:start] + SHIPPED[end:])
    assert any("- check: scope を足して" in one for one in problems)


def test_a_check_that_no_rule_uses_is_told() -> None:
    own = "  - {id: theme-vague, when: form.theme == '未定', field: theme, severity: fix, message: 名前をご記入ください。}\n"
    made, told = load(SHIPPED.replace("checks:\n", f"checks:\n{own}", 1))
    assert made is not None
    assert [one.partition(": ")[2] for one in told] == [
        "検査 theme-vague は、どの規則も使いません（行われません） → "
        f"groups（{'・'.join(made.groups)}）か、規則の checks に名前を足します"
    ]
    (trouble,) = cross_check(made, form_file(), LETTERS)
    assert trouble.severity == "warning"


def test_troubles_lead_into_the_text() -> None:
    at_ = SHIPPED.index("{{ suggestions }}")
    made, _ = load(SHIPPED[:at_] + "{{ nothing_of_the_kind }}" + SHIPPED[at_ + len("{{ suggestions }}") :])
    assert made is not None
    (trouble,) = cross_check(made, form_file(), LETTERS)
    assert isinstance(trouble, Trouble)
    assert trouble.path[0] == "checks"
    assert trouble.length == len("nothing_of_the_kind")


# --- names ------------------------------------------------------------------------------------------------------------


def shape(names: Mapping[str, Name]) -> dict[str, Any]:
    return {key: shape(name.members) if name.members else None for key, name in names.items()}


def shape_of(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: shape_of(value) if isinstance(value, dict) else None for key, value in values.items()}


@pytest.mark.parametrize("given", [facts(), facts(form_=form())], ids=["no-form", "form"])
def test_every_documented_name_has_a_value_and_every_value_a_name(given: Any) -> None:
    assert shape_of(given.context()) == shape(names_for(form_file()))


def test_every_name_is_described_in_japanese() -> None:
    def all_names(names: Mapping[str, Name]) -> list[Name]:
        return [one for name in names.values() for one in (name, *all_names(name.members))]

    for name in all_names({**NAMES, **names_for(form_file())}):
        assert any("ぁ" <= char <= "龥" for char in name.description), name


# --- words ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(None, "", id="nothing"),
        pytest.param(3.0, "3", id="whole"),
        pytest.param(2.5, "2.5", id="half"),
        pytest.param(["可", "不可"], "可、不可", id="list"),
        pytest.param(at("2026-03-26 16:00"), "令和8年3月26日（木）16時00分", id="time"),
        pytest.param(at("2026-03-26 16:00:01"), "令和8年3月26日（木）16時00分01秒", id="seconds"),
        pytest.param(at("2019-05-01 00:00"), "令和元年5月1日（水）0時00分", id="first-year"),
        pytest.param(at("2019-04-30 23:59"), "2019年4月30日（火）23時59分", id="before-the-era"),
        pytest.param(True, "はい", id="truth"),
        pytest.param("あ" * 1000, "あ" * 299 + "…", id="bounded"),
    ],
)
def test_values_as_letters_write_them(value: object, text: str) -> None:
    assert written(value) == text


def test_a_value_is_never_read_as_a_place() -> None:
    assert fill("「{{ found }}」", {"found": "{{ expected }}", "expected": "x"}) == "「{{ expected }}」"
    assert fill("{{ nothing.at.all }}。", {}) == "。"
