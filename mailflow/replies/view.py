"""CaseView: the one object a letter is composed from (DESIGN §5 "own-case lock").

`case_view` is the only function that makes one, from one mail's verdict and what is known of its own case. Builders
and templates are given nothing else, so that nothing of another case is within reach. Pure.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mailflow import recipients
from mailflow.model import (
    Address,
    Attachment,
    Finding,
    FormData,
    Known,
    LetterPlan,
    Mail,
    Organization,
    Part,
    Severity,
    Verdict,
)
from mailflow.numbering import case_number
from mailflow.replies.wording import one_line
from mailflow.settings.models import Round
from mailflow.settings.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class FileView:
    """One file of the mail, for the attachment receipt. `status`: 「応募様式として読み取れました」."""

    name: str
    size: int
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One numbered point of a letter: where, 現在, お願い, 記入例 (letters.md §2)."""

    number: int
    where: str
    found: str
    message: str
    example: str | None
    clause: str | None
    cells: tuple[str, ...] = ()  # several empty cells of one block: one item, each cell a line


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """「朝日県川原町」 / 「企画課　山口 さくら 様」; without a name 「ご担当者 様」. Spelled as the form spells it."""

    organization: str | None
    person: str
    carbon: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """What one letter may speak of. `version` is the one that this mail brought, else the case's last, 0 where there is none."""

    number: str
    version: int
    previous: int | None
    previous_at: datetime | None
    organization: Organization
    addressee: Addressee
    round: Round
    mail: Mail = field(repr=False)
    received_at: datetime
    plan: LetterPlan
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    files: tuple[FileView, ...]
    course: str | None
    form_read: bool
    fixes: tuple[Item, ...]
    confirms: tuple[Item, ...]
    refusals: tuple[Item, ...]
    findings: tuple[Finding, ...]
    parts: tuple[Part, ...] = ()
    warnings: tuple[str, ...] = ()


NOBODY = "ご担当者 様"
_NAME = re.compile(r"[^\x00-\x1f@?〓<>/\\\d０-９]{1,40}")
_PERSON = re.compile(r"[^\s\u3000]{1,5}[\s\u3000]{1,3}[^\s\u3000]{1,5}")
_SECTIONS = ("課", "係", "室", "部", "局", "班", "担当", "センター")
_OFFICES = (
    "役場",
    "役所",
    "県庁",
    "事務局",
    "株式会社",
    "法人",
    "企画",
    "総務",
    "政策",
    "情報",
    "財政",
    "地域",
    "推進",
)
SUBJECT = "件名"  # `where` of a finding on the subject line

_STATUS = {
    "locked": "パスワードがかかっているため、まだ開けていません",
    "broken": "事務局の環境では開けませんでした",
    "too-large": "大きさの上限を超えるため、開いていません",
    "too-deep": "事務局の環境では開けませんでした",
    "too-many": "事務局の環境では開けませんでした",
    "unsupported": "事務局の環境では開けない形式です",
}


def _files(mail: Mail, form_hashes: frozenset[str]) -> tuple[FileView, ...]:
    """Each file as stored: a container once, by its own name; pictures inside the text are no files to an officer."""
    views = []
    for one in mail.attachments:
        if one.inline or (one.path is not None and one.sha256 not in form_hashes):
            continue
        views.append(FileView(name=_shown_name(one), size=one.size, status=_status(one, form_hashes)))
    return tuple(views)


def _shown_name(one: Attachment) -> str:
    name = one_line(one.filename or "（名前のないファイル）", 120)
    return f"{name}（{one_line(one.path[0], 80)}の中）" if one.path and len(one.path) > 1 else name


def _status(one: Attachment, form_hashes: frozenset[str]) -> str:
    if one.sha256 in form_hashes:
        return "応募様式として読み取れました"
    return _STATUS.get(one.problem or "", "参考資料として保管します")


def _items(findings: Sequence[Finding], first: int, sections: Mapping[str, str]) -> tuple[Item, ...]:
    """Findings as numbered points; empty cells of one section become one point with a list of cells."""
    blocks: dict[str, list[Finding]] = {}
    order: list[tuple[str, Finding]] = []
    for one in findings:
        section = sections.get(one.fields[0], "") if one.check == "form-complete" and one.fields else ""
        key = f"section:{section}" if section else f"one:{len(order)}"
        blocks.setdefault(key, []).append(one)
        if len(blocks[key]) == 1:
            order.append((key, one))
    items = []
    for number, (key, one) in enumerate(order, start=first):
        group = blocks[key]
        if len(group) == 1:
            items.append(_item(number, one))
            continue
        items.append(
            Item(
                number=number,
                where=f"「{key.removeprefix('section:')}」の欄（{len(group)}か所）",
                found="次の欄が空欄です",
                message="それぞれご記入ください",
                example=None,
                clause=one.clause,
                cells=tuple(one_line(each.where, 120) for each in group),
            )
        )
    return tuple(items)


def _item(number: int, one: Finding) -> Item:
    return Item(
        number=number,
        where=one_line(one.where, 120),
        found=_found(one),
        message=one.message,
        example=one_line(_example(one), 120) or None,
        clause=one.clause,
    )


def _example(one: Finding) -> str:
    """What to write. What a file should have been is said by the message; it is nothing to write."""
    if one.example:
        return one.example
    return (one.expected or "") if one.fields or one.where == SUBJECT else ""


def _found(one: Finding) -> str:
    """「空欄です」, 「「A・B」と記入されています」; what isn't about a field stands as the check says it."""
    if not one.found:
        return "空欄です"
    return f"「{one_line(one.found, 100)}」と記入されています" if one.fields else one_line(one.found, 120)


def _addressee(mail: Mail, verdict: Verdict) -> Addressee:
    form = verdict.understood.form
    organization = verdict.understood.organization
    sender = mail.sender
    department = one_line(form.text("department"), 60) if form else ""
    contact = one_line(form.text("contact_name"), 60) if form else ""
    contact_mail = form.text("contact_email").strip().casefold() if form else ""
    # The sender is addressed; with the form's name for them where the form's contact is the sender.
    same = not sender or not contact_mail or contact_mail == sender.key
    if contact and same:
        person = f"{contact.removesuffix('様').strip()} 様"
        return Addressee(
            organization=organization.full_name, person=f"{department}　{person}" if department else person
        )
    return Addressee(organization=organization.full_name, person=_called((sender.name if sender else None) or ""))


def _called(display_name: str) -> str:
    """A display name as a person is addressed: 「山口 さくら 様」, a section 「企画課 御中」, anything else nobody by name
    (letters.md §5). What a gateway spoilt (? or 〓) is not repeated."""
    name = one_line(display_name, 60).removesuffix("様").strip(" \u3000\"'「」【】[]()（）")
    if not name or not _NAME.fullmatch(name):
        return NOBODY
    if name.endswith(_SECTIONS):
        return f"{name} 御中"
    return f"{name} 様" if _PERSON.fullmatch(name) and not any(word in name for word in _OFFICES) else NOBODY


def _carbon(verdict: Verdict, cc: tuple[Address, ...]) -> str | None:
    """「企画課　山口 さくら 様」 where the form's contact reads along."""
    form = verdict.understood.form
    contact = one_line(form.text("contact_name"), 60) if form and cc else ""
    if not form or not contact:
        return None
    department = one_line(form.text("department"), 60)
    return f"{department}　{contact} 様" if department else f"{contact} 様"


def _recipients(mail: Mail, verdict: Verdict) -> tuple[tuple[Address, ...], tuple[Address, ...], list[str]]:
    """To = From of the mail answered, or its Reply-To; Cc = the form's contact where it is another address of the same
    domain. All of them are, or become, parties of this very case (`mailflow.recipients`)."""
    wanted = recipients.reply_to(mail, verdict)
    warnings = [wanted.warning] if wanted.warning else []
    to = wanted.addresses or ((mail.sender,) if mail.sender else ())
    one = recipients.contact(verdict)
    if one is None or not to or one.domain != to[0].domain or one.key in {each.key for each in to}:
        return to, (), warnings
    named = Address(name=one_line(one.name or "", 60) or None, address=one.address)
    return to, (named,), warnings


def _course(form: FormData | None, settings: Settings) -> str | None:
    """「B（ソリューション実装計画の策定支援）」: the choice with what form.yaml calls it."""
    value = form.value("course") if form else None
    if form is None or not isinstance(value, str):
        return None
    for spec in settings.form.forms:
        if spec.id == form.edition and "course" in spec.fields:
            label = next((c.label for c in spec.fields["course"].choices if c.value == value), None)
            return f"{value}（{label}）" if label and label != value else value
    return value


def case_view(mail: Mail, verdict: Verdict, known: Known, plan: LetterPlan, settings: Settings) -> CaseView:
    """Everything a letter about this mail may say, and nothing else. The round must be configured."""
    understood = verdict.understood
    round_ = next(r for r in settings.rounds if r.id == verdict.round_id)
    sections = {
        field.key: section.title
        for spec in settings.form.forms
        for section in spec.sections
        for field in section.fields
    }
    fixes = _items(verdict.open(Severity.FIX), 1, sections)
    confirms = _items(verdict.open(Severity.CONFIRM), len(fixes) + 1, sections)
    refusals = _items(verdict.open(Severity.REFUSE), 1, sections)
    to, cc, warnings = _recipients(mail, verdict)
    counted = [one for one in known.versions if one.counted]
    previous = counted[-1] if counted and not known.claim else None
    form_hashes = frozenset(form.sha256 for form in understood.forms if form.sha256)
    last = max((one.number for one in known.versions), default=0)
    course = _course(understood.form, settings)
    return CaseView(
        number=known.case_number or case_number(round_.id, verdict.case_key or "mail:"),
        version=last + 1 if recipients.is_version(verdict) else last,
        previous=previous.number if previous else None,
        previous_at=previous.received_at if previous else None,
        organization=understood.organization,
        addressee=dataclasses.replace(_addressee(mail, verdict), carbon=_carbon(verdict, cc)),
        round=round_,
        mail=mail,
        received_at=verdict.received_at,
        plan=plan,
        to=to,
        cc=cc,
        files=_files(mail, form_hashes),
        course=course,
        form_read=understood.form is not None and not any(one.check == "form-version" for one in verdict.findings),
        fixes=fixes,
        confirms=confirms,
        refusals=refusals,
        findings=verdict.findings,
        warnings=tuple(warnings),
    )


def letter_names(view: CaseView, settings: Settings) -> dict[str, Any]:
    """The names a template may use, as `mailflow.settings.letter_names` documents them: plain values, no methods."""
    programme = settings.programme
    return {
        "programme": programme.model_dump(),
        "round": view.round.model_dump(),
        "case": {
            "number": view.number,
            "version": view.version,
            "previous": view.previous,
            "previous_at": view.previous_at,
        },
        "organization": {
            "full_name": view.organization.full_name,
            "name": view.organization.name,
            "prefecture": view.organization.prefecture,
            "bureau": view.organization.bureau,
        },
        "addressee": dataclasses.asdict(view.addressee),
        "mail": {
            "subject": one_line(view.mail.subject or "", 120),
            "received_at": view.received_at,
        },
        "files": [dataclasses.asdict(one) for one in view.files],
        "course": view.course,
        "fixes": [dataclasses.asdict(one) for one in view.fixes],
        "confirms": [dataclasses.asdict(one) for one in view.confirms],
        "refusals": [dataclasses.asdict(one) for one in view.refusals],
        "form_read": view.form_read,
        "subject_asked": any(one.where == SUBJECT for one in view.fixes),
        "fix_by": view.plan.fix_by,
        "near_close": view.plan.near_close,
        "attached": [one.filename for one in view.parts],
    }
