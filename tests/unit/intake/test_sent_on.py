"""Whose application a bureau sent on (row 2): the writer's of the one mail that hangs inside, where nothing speaks against it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mailflow.intake.understand import distinct_forms, sent_on
from mailflow.model import Address, AttachedMail, Authentication, MachineKind, Party
from tests.unit.judging.build import ZIP, file, form, mail, party, plain_settings

OFFICER = Address(name=None, address="kikaku@vill.achi.lg.jp")
PASSED = Authentication(results={"dmarc": "pass"})
FORMS = (form(),)
EML = file("転送.eml", "message/rfc822")
INSIDE = file(path=("転送.eml",))
OUTSIDE = file()


def inner(sender: Address | None = OFFICER) -> AttachedMail:
    return AttachedMail(sender=sender, subject=None, date=None, arrived_at=None)


def writer(*, by: Party | None = None, forms: Any = FORMS, **more: Any) -> str | None:
    given = {"files": (EML, INSIDE), "attached": (inner(),), "authentication": PASSED, **more}
    found = sent_on(mail(sender="shinetsu@bureau.example", **given), forms, by, plain_settings())
    return found.address if found else None


def test_the_officer_wrote_what_a_bureau_sent_on() -> None:
    assert writer(by=party("bureau")) == OFFICER.address


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        pytest.param(None, {}, id="a-stranger"),
        pytest.param("ministry", {}, id="another-known-sender"),
        pytest.param("bureau", {"authentication": Authentication()}, id="nobody-proved-the-bureau"),
        pytest.param("bureau", {"authentication": Authentication(results={"dmarc": "fail"})}, id="it-is-not-the-bureau"),
        pytest.param("bureau", {"defects": ("several-from",)}, id="two-senders"),
        pytest.param("bureau", {"machine": MachineKind.OTHER}, id="a-machine"),
        pytest.param("bureau", {"attached": ()}, id="no-mail-inside"),
        pytest.param("bureau", {"attached": (inner(), inner())}, id="two-mails-inside"),
        pytest.param("bureau", {"attached": (inner(None),)}, id="of-nobody"),
        pytest.param("bureau", {"attached": (inner(Address(name=None, address="企画@a.example")),)}, id="not-mailable"),
        pytest.param(
            "bureau", {"attached": (inner(Address(name=None, address=plain_settings().programme.address.upper())),)},
            id="of-the-office-itself",
        ),
        pytest.param("bureau", {"attached": (inner(Address(name=None, address="No-Reply@a.lg.jp")),)}, id="of-a-robot"),
        pytest.param("bureau", {"attached": (inner(Address(name=None, address="a@vendor.example")),)}, id="of-a-vendor"),
        pytest.param("bureau", {"forms": ()}, id="no-form"),
        pytest.param("bureau", {"files": (EML, OUTSIDE)}, id="the-form-beside-it"),
        pytest.param("bureau", {"files": (EML, INSIDE, OUTSIDE)}, id="the-form-beside-it-too"),
        pytest.param("bureau", {"files": (file("束.zip", ZIP), INSIDE)}, id="the-form-in-an-archive"),
        pytest.param("bureau", {"files": (INSIDE,)}, id="the-form-in-nothing-that-is-shown"),
        pytest.param("bureau", {"files": (EML,)}, id="the-form-nowhere"),
        pytest.param("bureau", {"forms": (form(), form(filename="別.xlsx"))}, id="one-of-two-forms-elsewhere"),
    ],
)  # fmt: skip
def test_nobody_is_taken_for_its_writer_where_something_speaks_against_it(kind: str | None, more: Any) -> None:
    assert writer(by=party(kind) if kind else None, **more) is None


def test_forms_that_say_different_things() -> None:
    one, other = form(), form(theme="別")
    assert distinct_forms([one, one, other]) == [one, other]
    unmarked = [replace(one, fingerprint=""), replace(other, fingerprint="")]
    assert distinct_forms(unmarked) == unmarked
