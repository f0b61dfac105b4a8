"""build → fill → read gives back what was put in."""

from __future__ import annotations

import json
import re
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from mailflow.forms.build import build_form
from mailflow.forms.document import form_document
from mailflow.forms.fill import fill_form
from mailflow.forms.read import read_form
from mailflow.forms.text import LEADS, fold, is_example, is_placeholder
from mailflow.forms.vocabulary import vocabulary_of
from mailflow.settings.form import FieldType, FormFile

DATA = Path(__file__).parent / "data"


def test_every_key_comes_back(spec, values, filled):
    data = read_form(filled, [spec], filename="【朝日県川原町】1次公募応募様式.xlsx")
    assert data is not None
    assert {key: list(v.value) if isinstance(v.value, tuple) else v.value for key, v in data.fields.items()} == values
    assert [key for key, v in data.fields.items() if v.problem] == []
    assert list(data.fields) == list(spec.fields)
    assert data.edition == "r8-1"
    assert data.sheet == "応募様式"
    assert not data.untouched
    assert not data.marked
    assert data.problems == ()
    assert data.names_round == "1次公募"


def test_a_blank_form_is_a_form_untouched_with_every_cell(spec):
    data = read_form(build_form(spec), [spec])
    assert data is not None
    assert data.untouched
    assert all(v.empty and v.value is None and v.problem is None and v.cell for v in data.fields.values())


def test_an_empty_field_points_to_the_cell_where_its_value_is_written(spec, values):
    blank = read_form(build_form(spec), [spec])
    full = read_form(fill_form(spec, values), [spec])
    assert {k: v.cell for k, v in blank.fields.items()} == {k: v.cell for k, v in full.fields.items()}


def test_null_and_missing_keys_stay_empty(spec):
    data = read_form(fill_form(spec, {"theme": "見守り", "goal": None}), [spec])
    assert [key for key, v in data.fields.items() if not v.empty] == ["theme"]


def test_a_template_is_filled_by_its_labels(spec, values, edited, insert):
    def move(book):
        book.worksheets[0].title = "様式（記入用）"
        insert(book.worksheets[0], 3, 2)

    moved = edited(move)
    data = read_form(fill_form(spec, {"theme": "新しいテーマ", "weekly_hours": 8}, template=moved), [spec])
    assert data.value("theme") == "新しいテーマ"
    assert data.value("weekly_hours") == 8
    assert data.value("contact_name") == values["contact_name"]


def test_an_unknown_key_names_the_nearest(spec):
    with pytest.raises(ValueError, match=r"contact_mail.*contact_email"):
        fill_form(spec, {"contact_mail": "x"})


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(float("nan"), id="not-a-number"),
        pytest.param(float("inf"), id="infinite"),
        pytest.param({"a": 1}, id="an-object"),
        pytest.param("あ" * 32_768, id="longer-than-a-cell"),
        pytest.param("𠮷" * 20_000, id="longer-than-a-cell-in-utf-16"),
    ],
)
def test_what_no_cell_can_hold_is_refused(spec, value):
    with pytest.raises(ValueError, match="remarks"):
        fill_form(spec, {"remarks": value})


@pytest.mark.parametrize(
    "text",
    [
        "=1+1", "+81-3", "-1", "@SUM(A1)", "#REF!", "#N/A", "TRUE", "1E5", "00123", "2026/3/4", "1-2", "_x0041_", "_x005F_",
        "=cmd|'/c calc'!A1", "<b>&amp;</b>", "]]>", "{{ form.theme }}", "髙﨑𠮷", "👨‍👩‍👧", "か\u3099", "葛\U000e0100", "'先頭の引用符", "※4月に異動",
        "例えば、防災無線", "メールアドレス", "備考", "備考：なし", "担当部署", "都道府県", "あ" * 32_767,
    ],
)  # fmt: skip
def test_texts_stay_texts(spec, values, text):
    keys = ("theme", "remarks", "contact_name", "issues")
    content = fill_form(spec, values | dict.fromkeys(keys, text))
    data = read_form(content, [spec])
    assert [data.fields[key].raw for key in keys] == [text] * 4
    assert [data.fields[key].value for key in keys] == [text] * 4
    rest = {
        k: list(v.value) if isinstance(v.value, tuple) else v.value for k, v in data.fields.items() if k not in keys
    }
    assert rest == {k: v for k, v in values.items() if k not in keys}
    for sheet in openpyxl.load_workbook(BytesIO(content)).worksheets:
        assert not any(cell.data_type in ("f", "e") for row in sheet.iter_rows() for cell in row)


CONTROL_OR_UNSEEN = re.compile(
    "[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]|[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)
# What reads as left standing by the form's maker (「例：」, 「選択してください」) is empty by design: tested by itself.
texts = (
    st.text(st.characters(), max_size=60) | st.text("  　\n\t=+-@#髙﨑𠮷あアA1０_x005F;<&\"'\r\x00\x0b", max_size=40)
).filter(
    lambda text: not is_example(text) and not is_placeholder(text) and fold(text) not in LEADS
)  # 「¥」 leads a number


@given(data=st.data())
@settings(  # no shrinking: each try builds a workbook
    max_examples=40, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
def test_whatever_is_typed_comes_back(spec, data):
    given_values: dict[str, object] = {}
    for key, field in spec.fields.items():
        match field.type:
            case FieldType.TEXT:
                # A word that the form itself prints (a label, a unit) and nothing else is taken as printed.
                given_values[key] = data.draw(texts.filter(lambda text: not vocabulary_of(spec).is_printed(text)))
            case FieldType.NUMBER:
                given_values[key] = data.draw(
                    st.floats(0, field.most or 1e6, allow_subnormal=False) | st.integers(0, int(field.most or 999))
                )
            case FieldType.INTEGER:
                given_values[key] = data.draw(st.integers(int(field.least or 0), 10**6))
            case FieldType.CHOICE:
                given_values[key] = data.draw(st.sampled_from([c.value for c in field.choices]))
            case FieldType.CHOICES:
                every = [c.value for c in field.choices if not c.only_if]
                drawn = data.draw(st.sets(st.sampled_from(every), min_size=1))
                given_values[key] = [value for value in every if value in drawn]
            case FieldType.EMAIL:
                given_values[key] = data.draw(st.from_regex(r"[a-z0-9]{1,20}@[a-z0-9]{1,20}\.example", fullmatch=True))
            case FieldType.PHONE:
                given_values[key] = data.draw(st.from_regex(r"0[0-9]{1,3}-[0-9]{2,3}-[0-9]{4}", fullmatch=True).filter(
                    lambda number: len(number) == 12))  # fmt: skip
            case FieldType.ORGANIZATION_CODE:
                given_values[key] = data.draw(st.sampled_from(["010006", "202053", "131016", "472018"]))
    found = read_form(fill_form(spec, given_values), [spec])
    assert found is not None
    for key, value in given_values.items():
        field = found.fields[key]
        if isinstance(value, str):
            kept = CONTROL_OR_UNSEEN.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))
            assert (field.raw or "") == (kept if kept.strip() else ""), key
            assert (field.value or "") == kept.strip(), key
        elif isinstance(value, list):
            assert field.value == tuple(value), key
        else:
            assert field.value == pytest.approx(value, rel=1e-12), key
        assert field.problem is None, key


@pytest.mark.parametrize("name", ["libreoffice.xlsx", "libreoffice.xls", "libreoffice.ods"])
def test_a_form_saved_again_by_libreoffice_reads_alike(spec, name):
    """`data/libreoffice.*`: `data/written.json` filled in and saved by LibreOffice 7.4."""
    written = json.loads((DATA / "written.json").read_text(encoding="utf-8"))
    ours = read_form(fill_form(spec, written), [spec])
    theirs = read_form((DATA / name).read_bytes(), [spec], filename=name)
    assert theirs is not None
    assert {k: v.value for k, v in theirs.fields.items()} == {k: v.value for k, v in ours.fields.items()}
    assert theirs.fingerprint == ours.fingerprint
    assert {k: v.cell for k, v in theirs.fields.items()} == {k: v.cell for k, v in ours.fields.items()}


def test_the_fingerprint_tells_contents_not_layouts(spec, values, filled, edited):
    same = read_form(edited(lambda book: book.worksheets[0].insert_rows(2)), [spec])
    other = read_form(fill_form(spec, values | {"theme": "別のテーマ"}), [spec])
    ours = read_form(filled, [spec])
    assert same.fingerprint == ours.fingerprint != other.fingerprint
    assert same.sha256 != ours.sha256


def test_our_marked_copy_is_known(spec, edited):
    def mark(book):
        book.create_sheet("修正箇所")["A1"] = "事務局の印です（mailflow-mark:1）"

    assert read_form(edited(mark), [spec]).marked
    assert not read_form(edited(lambda book: book.create_sheet("修正箇所")), [spec]).marked


SCHEMA = {
    "type": "object",
    "required": ["fields", "problems"],
    "properties": {
        "fields": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "required": ["label", "value", "raw", "cell"],
                "properties": {
                    "label": {"type": "string"},
                    "value": {"type": ["string", "number", "integer", "array", "null"]},
                    "raw": {"type": ["string", "number", "null"]},
                    "cell": {"type": ["string", "null"]},
                },
            },
        },
        "problems": {"type": "array", "items": {"type": "string"}},
    },
}


def test_the_document_follows_the_contract(spec, values):
    import jsonschema

    data = read_form(fill_form(spec, values | {"course": "C", "weekly_hours": "未定"}), [spec])
    document = json.loads(json.dumps(form_document(data, spec)))
    jsonschema.validate(document, SCHEMA)
    assert document["fields"]["menus"]["value"] == ["①", "③", "⑪"]
    assert document["fields"]["course"]["value"] is None
    assert document["fields"]["course"]["raw"] == "C"
    assert [line.split("：")[0] for line in document["problems"]] == [
        "応募コース（応募様式!D22）",
        "確保できる作業時間（応募様式!D42）",
    ]


def test_the_newer_of_two_editions_that_both_fit_is_taken(spec, shipped):
    newer = FormFile.model_validate(shipped | {"forms": [shipped["forms"][0] | {"id": "r8-1b"}]}).forms[0]
    assert read_form(build_form(spec), [newer, spec]).edition == "r8-1b"
