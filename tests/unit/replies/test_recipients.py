"""Whom one mail's letter may name, and why it names fewer (DESIGN §5 "To and Cc")."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from mailflow import recipients
from mailflow.clock import TOKYO
from mailflow.model import (
    Address,
    BodyKind,
    FieldValue,
    Finding,
    FormData,
    Intent,
    Kind,
    Known,
    Mail,
    Organization,
    Resolved,
    Severity,
    Understood,
    Verdict,
    Version,
)

TOWN = "town.kawara.example"
KAWARA = Organization(resolved=Resolved.EXACT, code="999991", prefecture="朝日県", name="川原町", kind=BodyKind.TOWN)
AT = datetime(2026, 3, 10, 10, tzinfo=TOKYO)
LATE = Finding(
    check="round-late",
    severity=Severity.REFUSE,
    where="受信日時",
    found=None,
    expected=None,
    message="遅れ",
    clause=None,
)
COMPLETE = Version(
    number=1, mail_id=1, received_at=AT, fingerprint="a", filename="様式.xlsx", complete=True, counted=True
)


def address(text: str) -> Address:
    return Address(name=None, address=text)


def form(email: str, problem: str | None = None) -> FormData:
    return FormData(
        edition="r8-1", fields={"contact_email": FieldValue(label="メール", value=email, raw=email, problem=problem)}
    )


def mail(*reply_to: str) -> Mail:
    return Mail(sender=address(f"kikaku@{TOWN}"), reply_to=tuple(map(address, reply_to)))


def verdict(known: Known | None = None, findings: tuple[Finding, ...] = (), **understood: Any) -> Verdict:
    values = {"kind": Kind.APPLICATION, "organization": KAWARA, "sender_class": "body"} | understood
    return Verdict(
        understood=Understood(**values),
        findings=findings,
        config_hash="c",
        known=known or Known(),
        judged_at=AT,
        received_at=AT,
    )


@pytest.mark.parametrize(
    ("wanted", "given", "to", "warning"),
    [
        pytest.param([], {}, [], None, id="none"),
        pytest.param([f"Kikaku@{TOWN}"], {}, [], None, id="the-sender-again"),
        pytest.param([f"a@{TOWN}"], {}, [f"a@{TOWN}"], None, id="the-section"),
        pytest.param([f"a@{TOWN}", f"b@{TOWN}", f"A@{TOWN}"], {}, [f"A@{TOWN}", f"b@{TOWN}"], None, id="twice-the-same"),
        pytest.param([f"{n}@{TOWN}" for n in "abc"], {}, [f"{n}@{TOWN}" for n in "abc"], None, id="three"),
        pytest.param([f"{n}@{TOWN}" for n in "abcd"], {}, [], recipients.TOO_MANY, id="four"),
        pytest.param([f"a@{TOWN}", "x@else.example"], {}, [], recipients.ELSEWHERE, id="one-elsewhere"),
        pytest.param([f"企画@{TOWN}"], {}, [], recipients.NOT_MAILABLE, id="not-ascii"),
        pytest.param([f"a@{TOWN}"], {"sender_class": "free"}, [], recipients.NOT_USED, id="free-mail"),
        pytest.param([f"a@{TOWN}"], {"sender_class": "other-body"}, [], recipients.NOT_USED, id="another-body"),
        pytest.param([f"a@{TOWN}"], {"known": Known(case_id=1, claim=True, party=False)}, [], recipients.NOT_USED, id="claim"),
    ],
)  # fmt: skip
def test_reply_to(wanted: list[str], given: dict[str, Any], to: list[str], warning: str | None) -> None:
    found = recipients.reply_to(mail(*wanted), verdict(**given))
    assert [one.address for one in found.addresses] == to
    assert found.warning == warning


@pytest.mark.parametrize(
    ("given", "reads_along"),
    [
        pytest.param({}, True, id="first-form"),
        pytest.param({"findings": (LATE,)}, False, id="late"),
        pytest.param({"findings": (replace(LATE, severity=Severity.REVIEW),)}, False, id="clocks-that-disagree"),
        pytest.param({"findings": (replace(LATE, check="round-open", severity=Severity.REVIEW),)}, False, id="before-the-opening"),
        pytest.param({"findings": (replace(LATE, check="scope", severity=Severity.REVIEW),)}, True, id="another-review"),
        pytest.param({"known": Known(case_id=1, versions=(COMPLETE,))}, False, id="second-form-unasked"),
        pytest.param({"known": Known(case_id=1, versions=(COMPLETE,)), "intents": frozenset({Intent.REPLACE})}, True, id="replaces"),
        pytest.param({"known": Known(case_id=1, versions=(replace(COMPLETE, complete=False),))}, True, id="over-a-gap"),
        pytest.param({"known": Known(case_id=1, claim=True, party=False)}, False, id="claim"),
        pytest.param({"known": Known(case_id=1, duplicate_of=1)}, False, id="the-same-again"),
        pytest.param({"kind": Kind.CONSULTATION}, False, id="material-of-a-consultation"),
        pytest.param({"organization": Organization(resolved=Resolved.NONE)}, False, id="of-no-body"),
    ],
)  # fmt: skip
def test_the_forms_contact_reads_along_only_where_the_form_counts(given: dict[str, Any], reads_along: bool) -> None:
    found = recipients.contact(verdict(**{"form": form(f"yamaguchi@{TOWN}")} | given))
    assert (found is not None) is reads_along


@pytest.mark.parametrize("problem", [None, "type"], ids=["read-but-not-mailable", "not-read"])
def test_a_contact_that_cannot_be_written_to(problem: str | None) -> None:
    assert recipients.contact(verdict(form=form(f"山口@{TOWN}", problem))) is None


@pytest.mark.parametrize(
    ("text", "fine"),
    [
        ("kikaku@town.kawara.lg.jp", True),
        ("a..b.@docomo.example", True),
        ("first+tag@example.jp", True),
        ("企画@town.example", False),
        ("kikaku＠town.example", False),
        ("a,b@town.example", False),
        ("a b@town.example", False),
        ("<a@town.example>", False),
        ('"a b"@town.example', False),
        ("a@b@town.example", False),
        ("a@", False),
        ("@town.example", False),
        ("a@-town.example", False),
        ("a\r\nBcc:x@town.example", False),
        (f"{'a' * 65}@town.example", False),
    ],
)
def test_mailable(text: str, fine: bool) -> None:
    assert recipients.mailable(text) is fine
