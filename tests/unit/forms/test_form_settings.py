"""form.yaml: what is accepted, what is refused and why."""

from __future__ import annotations

import copy
from datetime import date

import pytest
from pydantic import ValidationError

from mailflow.settings.form import FieldSpec, FieldType, FormFile

# DESIGN §4, "Keys of the shipped spec".
SHIPPED = {
    "applicant_type": "choice", "prefecture": "text", "municipality": "text", "organization_name": "text",
    "organization_code": "organization_code", "fiscal_index": "number", "department": "text", "contact_name": "text",
    "contact_kana": "text", "contact_phone": "phone", "contact_email": "email", "course": "choice", "menus": "choices",
    "theme": "text", "issues": "text", "current_state": "text", "goal": "text", "network": "text", "past_efforts": "text",
    "scope_internal": "choice", "consensus": "choice", "team_size": "integer", "weekly_hours": "number", "team_note": "text",
    "necessity": "text", "next_step": "choices", "visit_ok": "choice", "publish_ok": "choice", "remarks": "text",
}  # fmt: skip
LIMITS = {
    "issues": 800,
    "current_state": 800,
    "goal": 800,
    "network": 400,
    "past_efforts": 400,
    "team_note": 400,
    "necessity": 800,
}
OPTIONAL = {
    "organization_code", "fiscal_index", "menus", "current_state", "network", "past_efforts", "team_note", "next_step",
    "contact_kana", "remarks",
}  # fmt: skip
CHOICES = {
    "applicant_type": ["都道府県", "市区町村", "一部事務組合・広域連合", "出資法人", "非営利法人"],
    "course": ["A", "B"],
    "menus": list("①②③④⑤⑥⑦⑧⑨⑩⑪"),
    "scope_internal": ["含む", "含まない"],
    "consensus": ["首長了承", "部局長了承", "担当課のみ"],
    "next_step": ["予算要求", "実証事業", "補助事業", "その他"],
    "visit_ok": ["可", "不可"],
    "publish_ok": ["可", "不可"],
}


def test_the_shipped_spec_is_the_designs(spec):
    assert {key: field.type.value for key, field in spec.fields.items()} == SHIPPED
    assert {key: field.max_length for key, field in spec.fields.items() if field.max_length} == LIMITS
    assert {key for key, field in spec.fields.items() if field.required is False} == OPTIONAL
    assert {key: [c.value for c in field.choices] for key, field in spec.fields.items() if field.choices} == CHOICES
    assert [c.value for c in spec.fields["menus"].choices if c.only_if] == list("⑧⑨⑩⑪")


def test_every_example_is_understood_as_its_own_type(spec):
    from mailflow.forms.values import understand

    for field in spec.fields.values():
        if field.example:
            shape = field.example.replace("0000-00-0000", "0265-00-0000")  # of zeros only it is nobody's number
            meaning = understand(field, shape, {"course": "A"})
            assert meaning.problem is None, field.key
            assert meaning.value not in (None, ()), field.key


def broken(shipped, change):
    document = copy.deepcopy(shipped)
    change(document["forms"][0])
    return document


def first(form):
    return form["sections"][0]["fields"][0]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        pytest.param(lambda f: f.update(colour="red"), "colour", id="unknown-key"),
        pytest.param(lambda f: first(f).update(type="telephone"), "type", id="unknown-type"),
        pytest.param(lambda f: first(f).update(key="prefecture"), "prefecture が二つ", id="key-twice"),
        pytest.param(lambda f: first(f).update(label="団体　名"), "organization_name", id="label-twice"),
        pytest.param(lambda f: first(f).update(choices=[]), "choices", id="choice-without-choices"),
        pytest.param(lambda f: first(f)["choices"].append({"value": "市区町村"}), "市区町村", id="choice-twice"),
        pytest.param(lambda f: f["sections"][0]["fields"][1].update(choices=[{"value": "x"}]), "choices", id="choices-of-a-text"),
        pytest.param(lambda f: f["sections"][0]["fields"][1].update(unit="名"), "unit", id="unit-of-a-text"),
        pytest.param(lambda f: f["sections"][0]["fields"][5].update(max_length=3), "max_length", id="length-of-a-number"),
        pytest.param(lambda f: f["sections"][0]["fields"][2].update(required={"unless": {"applicant": ["x"]}}), "applicant", id="condition-on-no-field"),
        pytest.param(lambda f: f["sections"][0]["fields"][2].update(required={"unless": {"applicant_type": ["市"]}}), "「市」", id="condition-on-no-choice"),
        pytest.param(lambda f: f["sections"][0]["fields"][2].update(required={}), "unless", id="condition-that-says-nothing"),
        pytest.param(lambda f: f.update(valid_until="2026-03-01"), "valid_until", id="dates-the-wrong-way"),
        pytest.param(lambda f: f.update(sheet="応募/様式"), "sheet", id="no-name-for-a-sheet"),
        pytest.param(lambda f: f.update(guide="応募様式"), "guide", id="two-sheets-of-one-name"),
        pytest.param(lambda f: f.update(sections=[]), "sections", id="no-sections"),
        pytest.param(lambda f: first(f).update(key="Applicant"), "key", id="no-name-for-a-key"),
    ],
)  # fmt: skip
def test_a_broken_spec_is_refused_for_its_reason(shipped, change, says):
    with pytest.raises(ValidationError, match=says):
        FormFile.model_validate(broken(shipped, change))


def test_editions_by_day(shipped):
    old = shipped["forms"][0] | {"id": "old", "valid_until": date(2026, 3, 20)}
    new = shipped["forms"][0] | {"id": "new", "valid_from": date(2026, 3, 10)}
    forms = FormFile.model_validate({"forms": [old, new]})
    assert [spec.id for spec in forms.specs_at(date(2026, 3, 9))] == ["old"]
    assert [spec.id for spec in forms.specs_at(date(2026, 3, 20))] == ["new", "old"]
    assert forms.spec_for(date(2026, 3, 10)).id == "new"
    assert forms.spec_for(date(2026, 3, 21)).id == "new"
    with pytest.raises(LookupError, match="2026-03-03"):
        forms.spec_for(date(2026, 3, 3))


def test_two_editions_of_one_id_are_refused(shipped):
    with pytest.raises(ValidationError, match="r8-1"):
        FormFile.model_validate({"forms": [shipped["forms"][0]] * 2})


def test_every_key_of_the_settings_is_described_in_japanese():
    schema = FormFile.model_json_schema()
    for model in [schema, *schema["$defs"].values()]:
        for name, described in model.get("properties", {}).items():
            assert any(char > "\u3000" for char in described.get("description", "")), name


def test_the_models_are_frozen(spec):
    with pytest.raises(ValidationError):
        spec.title = "x"
    assert FieldSpec(key="a", label="b").type is FieldType.TEXT
