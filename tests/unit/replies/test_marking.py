"""Who may be sent the own form with marks: the body itself, nobody else (situations 16, 17, 31)."""

from __future__ import annotations

import dataclasses
import hashlib
from datetime import datetime, timedelta
from email.message import EmailMessage
from functools import cache
from pathlib import Path

import pytest

from mailflow import pipeline
from mailflow.forms.fill import fill_form
from mailflow.model import Address, Draft, Known
from mailflow.replies.marking import FILENAME, XLSX
from mailflow.settings.load import load
from mailflow.settings.settings import Settings

AT = datetime.fromisoformat("2026-03-16T10:00:00+09:00")
TOWN = "kikaku@city.iida.lg.jp"
VALUES = {
    "applicant_type": "市区町村", "prefecture": "長野県", "municipality": "飯田市", "organization_name": "長野県飯田市",
    "department": "企画課", "contact_name": "山口 さくら", "contact_email": TOWN, "course": "B", "theme": "見守り",
    "issues": "高齢化", "goal": "住み続ける", "scope_internal": "含まない", "necessity": "知見がない", "consensus": "首長了承",
    "team_size": 3, "weekly_hours": 2, "visit_ok": "可", "publish_ok": "可",
}  # fmt: skip


@cache
def shipped() -> Settings:
    return load(Path(__file__).parents[3] / "config", {})


def letter(
    sender: str = TOWN, known: Known | None = None, subtype: str = XLSX.partition("/")[2], **values: object
) -> Draft:
    content = fill_form(shipped().form.forms[0], VALUES | values)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, "office@example.jp", "【長野県飯田市】計画策定支援"
    mail["Message-ID"] = "<1@example.jp>"
    mail.set_content("応募します。")
    mail.add_attachment(content, "application", subtype, filename="【長野県飯田市】1次公募応募様式.xlsx")
    reading = pipeline.take_in(mail.as_bytes(), shipped(), AT)
    outcome = pipeline.conclude(reading, known or Known.empty(), shipped(), AT, AT + timedelta(minutes=1))
    (draft,) = outcome.drafts
    return draft


def test_a_fix_request_to_the_body_carries_its_form_with_marks() -> None:
    draft = letter()
    (part,) = draft.parts
    assert draft.template == "fix-request"
    assert (part.filename, part.content_type) == (FILENAME, XLSX)
    assert part.sha256 == hashlib.sha256(part.content).hexdigest()
    source = hashlib.sha256(fill_form(shipped().form.forms[0], VALUES)).hexdigest()
    assert part.origin == f"derived:{source}"
    assert "印を付けた応募様式を添付しました" in "".join(draft.text.split())


@pytest.mark.parametrize(
    ("sender", "known", "values"),
    [
        pytest.param("tanaka@vendor.example", None, {}, id="a-contractor"),
        pytest.param("iida.kikaku@gmail.com", None, {}, id="free-mail"),
        pytest.param("kikaku@city.shiojiri.lg.jp", None, {}, id="another-body"),
        pytest.param(TOWN, None, {"municipality": "塩尻市", "organization_name": "長野県塩尻市"}, id="the-form-names-a-neighbour"),
        pytest.param(TOWN, Known(case_id=1, claim=True, party=False), {}, id="a-claim"),
        pytest.param(
            "tanaka@vendor.example",
            Known(case_id=1, untied=True, parties=(Address(name=None, address="tanaka@vendor.example"),)),
            {},
            id="a-case-that-a-contractor-opened",
        ),
    ],
)  # fmt: skip
def test_nobody_else_is_sent_it(sender, known, values) -> None:
    draft = letter(sender, known, **values)
    assert draft.parts == ()
    assert "印を付けた" not in "".join(draft.text.split())


def test_nothing_to_mark_nothing_attached() -> None:
    draft = letter(contact_phone="0265-00-0000", weekly_hours=5)
    assert (draft.template, draft.parts) == ("receipt", ())


def test_the_same_mail_gives_the_same_letter() -> None:
    assert dataclasses.replace(letter()) == letter()
