"""The mail of a test, as bytes: what stands in a few lines of YAML, written as MIME (RFC 5322, RFC 2045–2047).

In: a TestMail with its file's Defaults, Settings, the files that lie beside. Out: bytes, the same each time. Raises
`Unwritable` with the path in the case where the mail can't be made (a value that no cell holds, a file that isn't there).
Pure.
"""

from __future__ import annotations

import hashlib
import mimetypes
import re
from collections.abc import Mapping
from datetime import datetime
from email.headerregistry import AddressHeader
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from mailflow.clock import tokyo
from mailflow.forms.fill import fill_form
from mailflow.forms.package import FormUnreadable
from mailflow.settings.cases import Defaults, TestFile, TestMail, Values
from mailflow.settings.form import FormSpec
from mailflow.settings.settings import Settings

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOMAIN = "tests.example"  # of the Message-IDs of tests
_UNFIT = re.compile(r"[\x00-\x1f\x7f]")


class Unwritable(Exception):
    """The mail of a test can't be made. `path`: in the case; `reason`: Japanese."""

    def __init__(self, reason: str, *path: str | int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.path = path


def message_id(key: str) -> str:
    """The Message-ID that a test's mail (or the letter it answers) has."""
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:24]}@{DOMAIN}>"


def received_at(mail: TestMail, defaults: Defaults) -> datetime:
    """When it came. The model has seen to it that one of both says so."""
    at = mail.at or defaults.at
    if at is None:
        raise Unwritable("届いた日時（at）がありません")
    return at


def written(
    mail: TestMail,
    defaults: Defaults,
    settings: Settings,
    beside: Mapping[str, bytes],
    *,
    key: str,
    answers: str | None = None,
) -> bytes:
    """The mail's bytes. `beside`: files by their path from the YAML; `key`: tells this mail from all others; `answers`:
    the Message-ID of the letter it answers."""
    if mail.eml is not None:
        return _beside(beside, mail.eml, "eml")
    at = received_at(mail, defaults)
    made = EmailMessage(policy=SMTP)
    sender = mail.from_ or defaults.from_
    _header(made, "From", sender, "from")
    _header(made, "To", mail.to or f"<{settings.programme.address}>", "to")
    _header(made, "Cc", mail.cc, "cc")
    _header(made, "Reply-To", mail.reply_to, "reply_to")
    subject = mail.subject if mail.subject is not None else defaults.subject
    _header(made, "Subject", subject, "subject")
    made["Date"] = tokyo(at)
    made["Message-ID"] = message_id(key)
    if answers is not None:
        made["In-Reply-To"] = answers
    for name, value in mail.headers.items():
        _header(made, name, value, "headers", name)
    text = mail.text if mail.text is not None else defaults.text
    made.set_content(f"{(text or '').rstrip()}\n")
    for file in _files(mail, defaults, settings, at, beside):
        name, content, media = file
        main, _, sub = media.partition("/")
        made.add_attachment(content, maintype=main, subtype=sub, filename=name)
    if made.is_multipart():
        made.set_boundary(f"=_{hashlib.sha256(key.encode()).hexdigest()[:24]}")
    return made.as_bytes()


def _header(made: EmailMessage, name: str, value: str | None, *path: str | int) -> None:
    if value is None:
        return
    if _UNFIT.search(value):
        raise Unwritable("ヘッダーには改行や制御文字を書けません", *path)
    made[name] = value
    parsed: Any = made[name]
    if isinstance(parsed, AddressHeader) and not any(one.domain for one in getattr(parsed, "addresses", ())):
        raise Unwritable(f"アドレスとして読めません：{value}", *path)


def _files(
    mail: TestMail, defaults: Defaults, settings: Settings, at: datetime, beside: Mapping[str, bytes]
) -> list[tuple[str, bytes, str]]:
    """(name, content, media type) of each attachment: the form first."""
    found: list[tuple[str, bytes, str]] = []
    if mail.form is not None:
        values = {**defaults.form, **mail.form}
        content = _form(values, settings, at, "form")
        found.append((mail.form_name or _form_name(values, settings, at), content, XLSX))
    for place, file in enumerate(mail.files):
        content = _content(file, defaults, settings, at, beside, place)
        guessed = XLSX if file.form is not None else mimetypes.guess_type(file.name)[0]
        found.append((file.name, content, file.type or guessed or "application/octet-stream"))
    return found


def _content(  # noqa: PLR0917  (a file and all that it may be made of)
    file: TestFile, defaults: Defaults, settings: Settings, at: datetime, beside: Mapping[str, bytes], place: int
) -> bytes:
    if file.form is not None:
        return _form({**defaults.form, **file.form}, settings, at, "files", place, "form")
    if file.text is not None:
        return file.text.encode()
    return _beside(beside, file.path or "", "files", place, "path")


def _beside(beside: Mapping[str, bytes], name: str, *path: str | int) -> bytes:
    if name not in beside:
        raise Unwritable(f"{name} がありません", *path)
    return beside[name]


def spec_at(settings: Settings, at: datetime) -> FormSpec | None:
    """The form's edition of the day, else the first."""
    return next(iter((*settings.form.specs_at(tokyo(at).date()), *settings.form.forms)), None)


def _form(values: Values, settings: Settings, at: datetime, *path: str | int) -> bytes:
    spec = spec_at(settings, at)
    if spec is None:
        raise Unwritable("form.yaml に様式がありません", *path)
    for key in values:
        if key not in spec.fields:
            raise Unwritable(f"項目 {key} は、{tokyo(at):%Y-%m-%d} の応募様式（{spec.id}）にありません", *path)
    try:
        return fill_form(spec, values)
    except (ValueError, FormUnreadable) as error:
        raise Unwritable(f"応募様式を作れません：{error}", *path) from error


def _form_name(values: Values, settings: Settings, at: datetime) -> str:
    """「【長野県飯田市】1次公募応募様式.xlsx」, by what the form says of the body."""
    town = f"{values.get('prefecture') or ''}{values.get('municipality') or ''}"
    name = values.get("organization_name") or town or "団体名なし"
    return f"【{name}】{settings.round_for(at).name}応募様式.xlsx"
