"""Who a letter is addressed to, as a public office writes it (letters.md §5). Pure; never raises.

In: the mail, its verdict, the Cc of the letter. Out: 団体名 / 部署 / 氏名 様, spelled as the form spells it. Without a name 「ご担当者 様」, a
department alone 御中, never both, never 殿, never 様 after an address. What isn't a name is not repeated: an address line is
the first thing read, and a form is filled in by anybody.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailflow.model import Address, FormData, Mail, Organization, Verdict
from mailflow.recipients import correspondent
from mailflow.replies.quoting import calling, said

NOBODY = "ご担当者 様"
_SECTIONS = ("課", "係", "室", "部", "局", "班", "担当", "センター", "グループ", "チーム")
_TITLES = ("町長", "市長", "村長", "区長", "知事", "課長", "室長", "部長", "局長", "係長", "理事長", "管理者")
_HONORIFICS = re.compile(r"[ \u3000]*(?:様|さま|殿|御中|宛)$")
_PERSON = re.compile(r"[^\s\u3000\d０-９()（）]{1,5}[\s\u3000]{1,3}[^\s\u3000\d０-９()（）]{1,5}")
_QUOTES = " \u3000\"'「」【】[]()（）"
# A display name with one of these is an office's, whatever else it looks like.
_OFFICES = (
    "役場",
    "役所",
    "県庁",
    "道庁",
    "府庁",
    "都庁",
    "事務局",
    "株式会社",
    "有限会社",
    "法人",
    "企画",
    "総務",
    "政策",
    "情報",
    "財政",
    "地域",
    "推進",
    "組合",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """「朝日県川原町」 / 「企画課　山口 さくら 様」; without a name 「ご担当者 様」. Spelled as the form spells it."""

    organization: str | None
    person: str
    carbon: str | None = None


def addressee(mail: Mail, verdict: Verdict, cc: tuple[Address, ...], bureau: tuple[Address, ...] = ()) -> Addressee:
    """The sender is addressed; by the form's name where the form's contact is the sender. `cc`: who reads along of the
    case, `bureau`: of the bureau in charge."""
    form = verdict.understood.form
    sender = correspondent(mail, verdict)
    contact_mail = form.text("contact_email").strip().casefold() if form else ""
    same = form is not None and (not sender or not contact_mail or contact_mail == sender.key)
    named = _of_form(form) if form is not None and same else None
    carbon = [_of_form(form) if form is not None and cc else None, *(f"{one.name} 御中" for one in bureau if one.name)]
    return Addressee(
        organization=body_name(verdict.understood.organization),
        person=named or called((sender.name if sender else None) or ""),
        carbon="、".join(dict.fromkeys(filter(None, carbon))) or None,
    )


def body_name(organization: Organization) -> str | None:
    """「長野県飯田市」 for a line of a letter. A body outside the code list is called as the applicant wrote it."""
    if organization.code is not None or organization.full_name is None:
        return organization.full_name
    return said(organization.full_name, 60) or None


def called(display_name: str) -> str:
    """A display name as a person is addressed: 「山口 さくら 様」, 「川原町長 山口 太郎 様」, a section 「企画課 御中」, anything
    else nobody by name. What a gateway spoilt (? or 〓) is not repeated."""
    name = _bare(display_name.strip(_QUOTES))
    if not name:
        return NOBODY
    *before, family, given = ["", "", *re.split(r"[ \u3000]+", name)]
    person = re.search(r"[^ \u3000]+[ \u3000]+[^ \u3000]+$", name)
    before = [word for word in before if word]
    if person and before and _is_person(person[0]) and all(word.endswith(_SECTIONS + _TITLES) for word in before):
        return f"{name} 様"
    if name.endswith(_SECTIONS):
        return f"{name} 御中"
    if name.endswith(_TITLES) or (family and given and not before and _is_person(name)):
        return f"{name} 様"
    return NOBODY


def _is_person(name: str) -> bool:
    return _PERSON.fullmatch(name) is not None and not any(word in name for word in _OFFICES)


def _of_form(form: FormData) -> str | None:
    """「企画課　山口 さくら 様」, 「企画課 御中」, 「山口 さくら 様」; None where the form names nobody."""
    department = _bare(form.text("department"))
    contact = _bare(form.text("contact_name"))
    if not contact:
        return f"{department} 御中" if department.endswith(_SECTIONS) else None
    if contact.endswith(_SECTIONS):
        return f"{contact if contact.startswith(department) else f'{department}　{contact}'} 御中"
    return f"{department}　{contact} 様" if department else f"{contact} 様"


def _bare(text: str) -> str:
    """A name without the honorific that its owner typed, "" where it is none."""
    name = calling(text)
    for _ in range(3):
        name = _HONORIFICS.sub("", name)
    return name
