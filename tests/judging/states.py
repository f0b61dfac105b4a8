"""What may be known of a case when a mail comes (`known NAME` in a table): each a function of what was read of the mail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from mailflow.forms.read import read_form
from mailflow.model import (
    Address,
    CaseState,
    Current,
    EarlierMail,
    Finding,
    Known,
    KnownException,
    Letter,
    LetterItem,
    Severity,
    Version,
)
from mailflow.pipeline import Reading
from mailflow.settings.settings import Settings
from tests.judging.letterbox import body, form_bytes

BEFORE = datetime.fromisoformat("2026-03-12T11:00:00+09:00")
OTHER = "other-content"
MANY, FEW = 60, 3  # cells filled: more and fewer than any form of the tables

Load = Callable[[Reading, Settings], Known]


def _version(fingerprint: str, *, complete: bool = True, number: int = 1, filled: int = FEW) -> Version:
    return Version(
        number=number,
        mail_id=number,
        received_at=BEFORE,
        fingerprint=fingerprint,
        filename="応募様式.xlsx",
        complete=complete,
        counted=True,
        open_fix=() if complete else ("form-complete",),
        filled=filled,
    )


def _case(reading: Reading, *versions: Version, **more: object) -> Known:
    sender = reading.mail.sender or Address(name=None, address="nobody@machi.example")
    all_complete = bool(versions) and versions[-1].complete
    known = {
        "case_id": 1,
        "case_number": "R8-1-202053",
        "case_state": CaseState.COMPLETE if all_complete else CaseState.INCOMPLETE,
        "parties": (sender,),
        "versions": versions,
    }
    return Known(**{**known, **more})  # type: ignore[arg-type]


def _first_part(reading: Reading, settings: Settings, *findings: Finding) -> Known:
    """（1/2） with the form has come; `findings`: what was found in that form."""
    form = read_form(form_bytes(body("長野県飯田市"), {}), settings.form.forms)
    assert form is not None
    return _case(
        reading,
        _version(OTHER, complete=not findings),
        current=Current(number=1, mail_id=1, received_at=BEFORE, form=form, findings=findings),
        earlier=(EarlierMail(mail_id=1, received_at=BEFORE, part=(1, 2), form=True),),
    )


LACKING = Finding(
    check="form-complete", severity=Severity.FIX, where="課題（応募様式!D30）", found=None, expected=None,
    message="ご記入ください", clause="募集要領2(2)", fields=("issues",),
)  # fmt: skip


def _letter(template: str) -> Letter:
    return Letter(draft_id=1, purpose="reply", template=template, state="sent", sent_at=BEFORE)


def _asked_two_points(reading: Reading, _: Settings) -> Known:
    """A fix request has gone out: 1 電話番号, 2 応募コース. The mail answers it."""
    points = (("form-complete", "contact_phone", "電話番号"), ("course-chosen", "course", "応募コース"))
    items = tuple(
        LetterItem(number=at, checks=(check,), fields=(key,), where=f"{label}（応募様式!D{18 + at}）")
        for at, (check, key, label) in enumerate(points, 1)
    )
    letter = replace(_letter("fix-request"), items=items)
    return _case(reading, _version(OTHER, complete=False), answers=letter, letters=(letter,))


def _print(reading: Reading) -> str:
    return reading.understood.form.fingerprint if reading.understood.form else ""


KNOWN: dict[str, Load] = {
    "nothing": lambda _r, _s: Known.empty(),
    "complete": lambda r, _s: _case(r, _version(OTHER)),
    "complete-and-fuller": lambda r, _s: _case(r, _version(OTHER, filled=MANY)),
    "incomplete": lambda r, _s: _case(r, _version(OTHER, complete=False)),
    "asked": lambda r, _s: _case(r, _version(OTHER), answers=_letter("fix-request")),
    "asked-two-points": _asked_two_points,
    "asked-and-fuller": lambda r, _s: _case(r, _version(OTHER, filled=MANY), answers=_letter("fix-request")),
    "receipt-answered": lambda r, _s: _case(r, _version(OTHER), answers=_letter("receipt")),
    "same": lambda r, _s: _case(r, _version(_print(r))),
    "same-then-one-that-waits": lambda r, _s: _case(
        r, _version(_print(r)), replace(_version(OTHER, number=2), counted=False)
    ),
    "same-incomplete": lambda r, _s: _case(r, _version(_print(r), complete=False)),
    "same-then-another": lambda r, _s: _case(r, _version(_print(r)), _version(OTHER, number=2)),
    "same-but-withdrawn": lambda r, _s: _case(r, _version(_print(r)), case_state=CaseState.WITHDRAWN),
    "withdrawn": lambda r, _s: _case(r, _version(OTHER), case_state=CaseState.WITHDRAWN),
    "other-mail-same": lambda r, _s: _case(r, duplicate_of=7),
    "form-elsewhere": lambda r, _s: _case(r, duplicate_of=None),
    "stranger": lambda r, _s: _case(
        r, _version(OTHER), party=False, claim=True, parties=(Address(name=None, address="soumu@city.iida.lg.jp"),)
    ),
    "untied": lambda r, _s: _case(r, _version(OTHER), untied=True),
    "untied-first": lambda _r, _s: Known(untied=True),
    "longer": lambda r, _s: _case(
        r,
        exceptions=(
            KnownException(
                what="deadline",
                until=datetime.fromisoformat("2026-03-27T17:00:00+09:00"),
                by="aoki",
                why="災害",
                consent="3/26 電話",
            ),
        ),
    ),
    "name-excepted": lambda r, _s: _case(
        r,
        exceptions=(KnownException(what="check:sender-domain", until=None, by="aoki", why="電話で確認", consent=None),),
    ),
    "first-part-here": _first_part,
    "first-part-lacks-something": lambda r, s: _first_part(r, s, LACKING),
    "password-wrong": lambda r, _s: _case(r, passwords_tried=2),
}
