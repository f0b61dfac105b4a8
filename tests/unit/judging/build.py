"""Small builders of facts: an application as it should be, and what is different about it in each test.

The rules and the form are the shipped ones (config/), the tables are the real ones; programme, dates and officers here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from mailflow.clock import TOKYO
from mailflow.intake.classify import classify
from mailflow.intake.facts import Facts, facts_for
from mailflow.intake.organizations import Directory
from mailflow.model import (
    NO_ORGANIZATION,
    Address,
    Attachment,
    BodyKind,
    FieldContent,
    FieldValue,
    FormData,
    Hop,
    Intent,
    Known,
    Letter,
    Mail,
    Naming,
    Organization,
    Party,
    Resolved,
    Understood,
    Version,
)
from mailflow.settings.form import FormFile
from mailflow.settings.models import MailflowFile, PartiesFile
from mailflow.settings.reference import Reference, load_reference
from mailflow.settings.rules import RulesFile
from mailflow.settings.settings import Bundle, Settings
from mailflow.settings.validate import validate
from mailflow.settings.yaml_reader import read_yaml

ROOT = Path(__file__).parents[3]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
XLS = "application/vnd.ms-excel"
PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ZIP = "application/zip"
IN_TIME = "2026-03-10 10:00"

ROUND: Mapping[str, Any] = {
    "id": "R8-1",
    "name": "1次公募",
    "opens": "2026-03-04 00:00",
    "closes": "2026-03-26 16:00",
    "consultation_closes": "2026-03-24 17:00",
    "result": "4月上旬頃",
    "next_round": "令和8年9月",
}
PROGRAMME = {
    "id": "keikaku",
    "name": "地域社会DX推進パッケージ事業（計画策定支援）",
    "package": "地域社会DX推進パッケージ事業",
    "subject": "計画策定支援",
    "office": "計画策定支援事務局",
    "contractor": "株式会社見本",
    "address": "office@keikaku.example",
    "phone": "000-0000-0000",
    "phone_hours": "平日10時00分〜17時00分",
    "ministry": "総務省 地域通信振興課",
    "fiscal_year_of_index": 2024,
}


def at(text: str) -> datetime:
    """「2026-03-26 16:00:01」 in Tokyo."""
    return datetime.fromisoformat(text).replace(tzinfo=TOKYO)


def _yaml(name: str, model: type[Any]) -> Any:
    path = ROOT / "config" / name
    document = read_yaml(f"config/{name}", path.read_bytes())
    made, problems = validate(document, model)
    assert made is not None, [problem.render() for problem in (*document.problems, *problems)]
    return made


@cache
def rules() -> RulesFile:
    return _yaml("rules.yaml", RulesFile)


@cache
def form_file() -> FormFile:
    return _yaml("form.yaml", FormFile)


@cache
def parties() -> PartiesFile:
    """The shipped ones and one of each kind that an office adds."""
    own = [
        {"id": "shinetsu", "kind": "bureau", "name": "信越総合通信局", "addresses": ["shinetsu@bureau.example"]},
        {"id": "vendor", "kind": "vendor", "name": "見本商事", "domains": ["vendor.example"]},
    ]
    shipped = _yaml("parties.yaml", PartiesFile)
    return PartiesFile(
        parties=(*PartiesFile.model_validate({"parties": own}).parties, *shipped.parties),
        free_mail=shipped.free_mail,
        file_services=shipped.file_services,
    )


@cache
def reference() -> Reference:
    return load_reference({path.name: path.read_bytes() for path in (ROOT / "mailflow" / "data").glob("*.csv")})


@cache
def directory() -> Directory:
    return Directory.from_reference(reference())


def settings(
    *,
    round_: Mapping[str, Any] | None = None,
    rounds: tuple[Mapping[str, Any], ...] | None = None,
    rules_file: RulesFile | None = None,
    tables: bool = True,
) -> Settings:
    """The shipped rules and form around an invented programme. `tables` False: no fiscal table was imported."""
    given = rounds or ({**ROUND, **(round_ or {})},)
    mailbox = {"boundary_hosts": ["mx.keikaku.example"]}
    file_ = MailflowFile.model_validate({"programme": PROGRAMME, "rounds": list(given), "mailbox": mailbox})
    loaded = reference() if tables else replace(reference(), fiscal=())
    key = hashlib.sha256(repr((given, tables, id(rules_file))).encode()).hexdigest()
    return Settings(Bundle({}, key), file_, rules_file or rules(), parties(), form_file(), loaded, {}, {})


@cache
def plain_settings() -> Settings:
    return settings()


# --- mails ------------------------------------------------------------------------------------------------------------


def file(
    name: str | None = "【長野県飯田市】1次公募応募様式.xlsx",
    content_type: str = XLSX,
    *,
    problem: str | None = None,
    inline: bool = False,
    path: tuple[str, ...] | None = None,
) -> Attachment:
    content = (name or "").encode()
    return Attachment(
        filename=name,
        content_type=content_type,
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        path=path,
        inline=inline,
        problem=problem,
    )


def mail(
    subject: str | None = "【長野県飯田市】計画策定支援",
    text: str = "応募様式を提出します。よろしくお願いいたします。",
    *,
    sender: str | None = "kikaku@city.iida.nagano.jp",
    files: tuple[Attachment, ...] = (),
    **more: Any,
) -> Mail:
    return Mail(
        sender=Address(name="企画課", address=sender) if sender else None,
        subject=subject,
        text=text,
        new_text=text,
        attachments=files,
        **more,
    )


def hop(by: str, moment: str) -> Hop:
    return Hop(by=by, from_="mail.city.example", at=at(moment))


# --- the form ---------------------------------------------------------------------------------------------------------

FILLED: Mapping[str, FieldContent] = {
    "applicant_type": "市区町村",
    "prefecture": "長野県",
    "municipality": "飯田市",
    "organization_name": "長野県飯田市",
    "department": "企画課",
    "contact_name": "山口 さくら",
    "contact_phone": "0265-00-0000",
    "contact_email": "kikaku@city.iida.nagano.jp",
    "course": "B",
    "theme": "見守り",
    "issues": "高齢の方の見守り",
    "goal": "見守りの仕組み",
    "scope_internal": "含まない",
    "consensus": "首長了承",
    "team_size": 3,
    "weekly_hours": 5,
    "necessity": "知見がない",
    "visit_ok": "可",
    "publish_ok": "可",
}


def form(
    *,
    filename: str | None = "【長野県飯田市】1次公募応募様式.xlsx",
    fingerprint: str | None = None,
    problems: tuple[str, ...] = (),
    trouble: Mapping[str, tuple[str, str]] | None = None,
    absent: tuple[str, ...] = (),
    edition: str = "r8-1",
    **values: FieldContent,
) -> FormData:
    """A filled form; `weekly_hours=None` empties a field, `trouble={key: (raw, problem)}` makes one unreadable.

    `absent`: fields whose label is nowhere in the form. `untouched`, `marked` and `names_round` go by `replace`.
    """
    filled = {**FILLED, **values}
    fields = {}
    for row, (key, spec) in enumerate(form_file().forms[0].fields.items(), start=5):
        value = filled.get(key)
        raw: Any = "、".join(value) if isinstance(value, tuple) else value
        problem = None
        if trouble and key in trouble:
            raw, problem = trouble[key]
            value = None
        cell = None if key in absent else f"応募様式!D{row}"
        fields[key] = FieldValue(label=spec.label, value=value, raw=raw, cell=cell, problem=problem)
    content = hashlib.sha256(repr([(key, one.raw) for key, one in fields.items()]).encode()).hexdigest()
    return FormData(
        edition=edition,
        fields=fields,
        problems=problems,
        filename=filename,
        sha256=hashlib.sha256((filename or "").encode()).hexdigest(),
        fingerprint=fingerprint or content,
    )


# --- the body ---------------------------------------------------------------------------------------------------------

IIDA, SHIOJIRI, TOKYO_TO, TOYOTA = "202053", "202151", "130001", "232114"


def body(code: str = IIDA, **more: Any) -> Organization:
    found = directory().by_code(code)
    assert found.code == code, code
    return replace(found, **more)


def corporation(name: str = "公益財団法人飯田産業センター", kind: BodyKind = BodyKind.CORPORATION) -> Organization:
    return Organization(resolved=Resolved.EXACT, prefecture="長野県", name=name, kind=kind, written=name)


def guess(*names: str, written: str = "府中市") -> Organization:
    return Organization(resolved=Resolved.SUGGESTION, written=written, suggestions=names)


# --- what is known ----------------------------------------------------------------------------------------------------


def version(
    number: int = 1,
    received: str = IN_TIME,
    *,
    complete: bool = True,
    counted: bool = True,
    fingerprint: str = "v1",
    filled: int = 10,
) -> Version:
    return Version(
        number=number,
        mail_id=number,
        received_at=at(received),
        fingerprint=fingerprint,
        filename=None,
        complete=complete,
        counted=counted,
        filled=filled,
    )


def letter(template: str = "fix-request", purpose: str = "reply") -> Letter:
    return Letter(draft_id=1, purpose=purpose, template=template, state="sent")


def party(kind: str) -> Party:
    return Party(id=kind, kind=kind, name="知っている差出人")


# --- all together -----------------------------------------------------------------------------------------------------


def facts(
    message: Mail | None = None,
    *,
    form_: FormData | None = None,
    forms: tuple[FormData, ...] | None = None,
    organization: Organization | None = None,
    naming: Naming | None = None,
    received: str = IN_TIME,
    now: str | None = None,
    known: Known | None = None,
    config: Settings | None = None,
    intents: tuple[Intent, ...] = (),
    junk: bool = False,
    imported: bool = False,
    classified: bool = True,
    **understood: Any,
) -> Facts:
    """Facts of an application of 長野県飯田市 with `form_`, unless told otherwise; the shipped rules set its kind.

    The mail carries the form's file unless it is given. Without a form the mail is as given, attachments and all.
    """
    if message is None:
        message = mail(files=(file(form_.filename),) if form_ else ())
    whose = body() if organization is None else organization
    values: dict[str, Any] = {
        "sender_class": "body",
        "programme_subject": "計画策定支援" in (message.subject or ""),
        **understood,
    }
    result = facts_for(
        message,
        Understood(
            organization=whose,
            naming=naming or Naming(form=whose if form_ else NO_ORGANIZATION, subject=whose),
            form=form_,
            forms=forms if forms is not None else ((form_,) if form_ else ()),
            intents=frozenset(intents),
            **values,
        ),
        known or Known.empty(),
        config or plain_settings(),
        at(received),
        at(now or received),
        junk=junk,
        imported=imported,
    )
    return result.classified(classify(result)) if classified else result
