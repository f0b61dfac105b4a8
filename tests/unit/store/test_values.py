"""Pure parts: the content hash, JSON of model types, keys and states of cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mailflow.codec import clean_text, from_json, to_json
from mailflow.content_hash import content_sha256
from mailflow.model import (
    Address,
    Approval,
    BodyKind,
    CaseState,
    Draft,
    FieldValue,
    Finding,
    FormData,
    Intent,
    Mail,
    Organization,
    Resolved,
    Severity,
    Understood,
)
from mailflow.numbering import case_key, case_number
from mailflow.store.case_state import CaseFacts, VersionFact, case_state
from mailflow.store.own_case import phone_key
from tests.unit.store.flow import KAWARA, NOW, OFFICE, SAKURA, TARO, finding, part

DRAFT = Draft(
    template="receipt", purpose="reply", approval=Approval.ONE, consent=False, sender=OFFICE, to=(SAKURA,), cc=(), subject="受領",
    text="本文", in_reply_to="<a@b>", references=("<a@b>",), parts=(part("a.pdf", b"a"),),
)  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"sender": SAKURA}, {"to": (TARO,)}, {"to": (SAKURA, TARO)}, {"cc": (SAKURA,)}, {"subject": "受領 "}, {"text": "本文\n"},
        {"html": ""}, {"in_reply_to": None}, {"references": ()}, {"parts": ()}, {"parts": (part("b.pdf", b"a"),)},
        {"parts": (part("a.pdf", b"b"),)}, {"parts": (replace(part("a.pdf", b"a"), content_type="text/plain"),)},
        {"to": (replace(SAKURA, name=None),)}, {"to": (), "cc": (SAKURA,)},
    ],
    ids="+".join,
)  # fmt: skip
def test_what_a_person_approves_is_in_the_hash(change: dict[str, object]) -> None:
    assert content_sha256(replace(DRAFT, **change)) != content_sha256(DRAFT)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change", [{"template": "x"}, {"review": True}, {"priority": 1}, {"warnings": ("x",)}], ids="+".join
)
def test_what_the_reader_never_sees_is_not_in_the_hash(change: dict[str, object]) -> None:
    assert content_sha256(replace(DRAFT, **change)) == content_sha256(DRAFT)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(finding("form-type", Severity.FIX), id="finding"),
        pytest.param(KAWARA, id="organization"),
        pytest.param(
            Understood(
                organization=KAWARA, intents=frozenset({Intent.APPLY, Intent.ASK}), part=(1, 2),
                form=FormData(
                    edition="e",
                    fields={
                        "number": FieldValue(label="n", value=3, raw=3), "float": FieldValue(label="f", value=3.0, raw="3.0"),
                        "digits": FieldValue(label="d", value="3", raw="3"), "many": FieldValue(label="m", value=("①", "②"), raw="①②"),
                        "empty": FieldValue(label="e"),
                    },
                ),
            ),
            id="understood",
        ),
    ],
)  # fmt: skip
def test_json_and_back(value: object) -> None:
    back = from_json(type(value), to_json(value))
    assert back == value
    assert repr(back) == repr(value) or isinstance(value, Understood)  # 3 stays 3, 3.0 stays 3.0


def test_numbers_keep_their_type() -> None:
    fields = {
        "i": FieldValue(label="", value=3),
        "f": FieldValue(label="", value=3.0),
        "s": FieldValue(label="", value="3"),
    }
    back = from_json(FormData, to_json(FormData(edition="e", fields=fields)))
    assert [type(back.fields[key].value) for key in "ifs"] == [int, float, str]


def test_findings_as_a_tuple() -> None:
    kind = tuple[Finding, ...]
    value = (finding("a", Severity.NOTE), finding("b", Severity.FIX))
    assert from_json(kind, to_json(value, kind)) == value


def test_bytes_have_no_json() -> None:
    with pytest.raises(TypeError):
        to_json(Mail(sender=None))


def test_a_broken_mails_characters() -> None:
    assert from_json(Address, to_json(Address(name="山\udce3口", address="a@b"))).name == "山?口"
    assert clean_text("a\x00b\ud800") == "ab?"


def _version(**facts: object) -> VersionFact:
    return replace(VersionFact(received_at=NOW, counted=True, complete=True, late=False, refused=False), **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("versions", "facts", "expected"),
    [
        pytest.param([], CaseFacts(), None, id="no-form-ever"),
        pytest.param([_version()], CaseFacts(), CaseState.COMPLETE, id="complete"),
        pytest.param([_version(complete=False)], CaseFacts(), CaseState.INCOMPLETE, id="gaps"),
        pytest.param([_version(complete=False), _version()], CaseFacts(), CaseState.COMPLETE, id="mended"),
        pytest.param([_version(), _version(counted=False, complete=False)], CaseFacts(), CaseState.COMPLETE, id="newer-does-not-count"),
        pytest.param([_version(complete=False, refused=True)], CaseFacts(), CaseState.INELIGIBLE, id="refused"),
        pytest.param([_version(counted=False, late=True)], CaseFacts(), CaseState.LATE, id="late"),
        pytest.param([_version(complete=False), _version(counted=False, late=True)], CaseFacts(), CaseState.INCOMPLETE, id="in-time-with-gaps-then-late"),
        pytest.param([_version()], CaseFacts(withdrawn_at=NOW), CaseState.WITHDRAWN, id="withdrawn"),
        pytest.param([_version()], CaseFacts(withdrawn_at=NOW - timedelta(hours=1)), CaseState.COMPLETE, id="applied-again"),
        pytest.param([_version()], CaseFacts(screening_at=NOW), CaseState.SCREENING, id="screening"),
        pytest.param([_version()], CaseFacts(screening_at=NOW, decided_at=NOW), CaseState.DECIDED, id="decided"),
        pytest.param([_version()], CaseFacts(decided_at=NOW, notified_at=NOW), CaseState.NOTIFIED, id="notified"),
    ],
)  # fmt: skip
def test_case_state(versions: list[VersionFact], facts: CaseFacts, expected: CaseState | None) -> None:
    assert case_state(versions, facts) is expected


@pytest.mark.parametrize(
    ("organization", "key"),
    [
        pytest.param(KAWARA, "999991", id="code"),
        pytest.param(replace(KAWARA, resolved=Resolved.SUGGESTION), None, id="a-suggestion-is-never-taken"),
        pytest.param(Organization(resolved=Resolved.NONE), None, id="none"),
        pytest.param(
            Organization(resolved=Resolved.EXACT, prefecture="朝日県", name="ＮＰＯ法人　かわら", kind=BodyKind.NONPROFIT),
            "name:朝日県特定非営利活動法人かわら", id="a-corporation-by-its-folded-name",
        ),
    ],
)  # fmt: skip
def test_case_key(organization: Organization, key: str | None) -> None:
    assert case_key(organization) == key


def test_a_name_that_begins_with_its_prefecture_is_one_name_however_it_is_cut() -> None:
    whole, cut = (
        Organization(resolved=Resolved.EXACT, prefecture="鳥取県", name=name)
        for name in ("鳥取県西部広域行政管理組合", "西部広域行政管理組合")
    )
    assert case_key(whole) == case_key(cut) == "name:鳥取県西部広域行政管理組合"


def test_numbers_tell_nobody_how_many_applied() -> None:
    assert case_number("R8-1", "999991", "s") == "R8-1-999991"
    marks = [case_number("R8-1", f"name:{name}", "s") for name in ("あ", "い")]
    assert len(set(marks)) == 2
    assert all(len(mark) == len("R8-1-") + 8 for mark in marks)
    assert case_number("R8-1", "name:あ", "s") == marks[0] != case_number("R8-1", "name:あ", "other secret")


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("0265-22-4511", "0265224511"), ("（０２６５）２２ー４５１１", "0265224511"), ("090 1234 5678", "09012345678"),
        ("内線 2211", None), ("2026-03-26", None), ("", None),
    ],
)  # fmt: skip
def test_phone_key(text: str, digits: str | None) -> None:
    assert phone_key(text) == digits
