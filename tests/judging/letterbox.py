"""From a few lines that say what is peculiar to a mail to the bytes that would lie in the mailbox.

`Written` holds what a table says of one mail; what it leaves out is an ordinary application of 長野県飯田市: right subject,
right file name, complete form, sent from the city's domain by one of eight mail programs, chosen by the case's name so
that the same words pass through all of them. `raw` gives the bytes; pure and the same on every machine.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime, parseaddr
from functools import cache
from html import escape
from pathlib import Path

from mailflow.demo.samples import themes
from mailflow.demo.samples.application import last_years, plan
from mailflow.demo.samples.clients import HABITS, Client, Habits, digest
from mailflow.demo.samples.files import docx, locked_zip, pdf
from mailflow.demo.samples.mime import File, NameStyle, Part, address, file_part, header, multipart, text_part
from mailflow.settings.form import FormSpec
from mailflow.settings.load import load
from mailflow.settings.settings import Settings
from tests.judging.forms_quick import filled

ROOT = Path(__file__).parents[2]
OFFICE = "mic.dx.shinsei@jp.ey.com"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TYPES = {
    "xlsx": XLSX,
    "xlsm": "application/vnd.ms-excel.sheet.macroEnabled.12",
    "xls": "application/vnd.ms-excel",
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "zip": "application/x-zip-compressed",
    "png": "image/png",
    "jpg": "image/jpeg",
    "txt": "text/plain",
}
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001e221bc33"
    "0000000049454e44ae426082"
)
ORDINARY = """お世話になっております。
{who}の担当です。
計画策定支援に応募いたします。応募様式を添付いたします。
ご査収のほど、よろしくお願いいたします。"""
MONDAY = datetime.fromisoformat("2026-03-16T10:00:00+09:00")


@cache
def settings() -> Settings:
    """The configuration as it ships, with servers of our own, as an installation has them."""
    from dataclasses import replace

    shipped = load(ROOT / "config", {})
    mailbox = shipped.file.mailbox.model_copy(
        update={"authserv_id": "mx.jimukyoku.example", "boundary_hosts": ("mx.jimukyoku.example",)}
    )
    return replace(shipped, file=shipped.file.model_copy(update={"mailbox": mailbox}))


@dataclass(frozen=True)
class Body:
    """Who applies, as far as the reference tables tell."""

    full: str
    prefecture: str
    name: str
    code: str | None = None
    domain: str = "machi.example"
    index: float | None = None
    sort: str = "市区町村"


@cache
def body(full: str) -> Body:
    """A body of the code list, or another one under its own name (its kind by `set applicant_type=…`)."""
    reference = settings().reference
    for row in reference.municipalities:
        whole = row.name if row.kind == "prefecture" else row.prefecture + row.name
        if whole == full:
            domain = next((d.domain for d in reference.domains if d.code == row.code), "machi.example")
            index = next((float(f.index) for f in reference.fiscal if f.code == row.code and f.year == 2024), None)
            sort = "都道府県" if row.kind == "prefecture" else "市区町村"
            return Body(full, row.prefecture, row.name, row.code, domain, index, sort)
    return Body(full, "", full)


@dataclass(frozen=True)
class AlsoForm:
    name: str
    body: Body
    changes: Mapping[str, object]


@dataclass(frozen=True)
class Written:
    """What a table says of one mail. `form`: the file's name, "" for the right one, None for no form at all."""

    case: str
    body: Body
    subject: str | None = ""
    sender: str | None = ""
    form: str | None = ""
    changes: Mapping[str, object] = field(default_factory=dict)
    edition: str = ""  # `blank`, `last-year`
    inside: str | None = None  # a zip of this name holds the form; `locked` with a password
    locked: bool = False
    broken: bool = False
    more_forms: tuple[AlsoForm, ...] = ()
    files: tuple[str, ...] = ()
    text: str | None = None
    quoted: str | None = None
    signed: bool = True
    style: str | None = None
    html_only: bool = False
    headers: tuple[tuple[str, str], ...] = ()
    cc: tuple[str, ...] = ()
    at: datetime = MONDAY
    clock: datetime | None = None  # what our own server wrote into Received
    inner: Written | None = None  # hangs inside as message/rfc822


def values(one: Body, changes: Mapping[str, object]) -> dict[str, object]:
    """A form without a fault, for this body."""
    kept: dict[str, object] = {
        "applicant_type": one.sort,
        "prefecture": one.prefecture,
        "municipality": one.name if one.sort == "市区町村" else None,
        "organization_name": one.full,
        "organization_code": one.code,
        "fiscal_index": one.index,
        "department": "企画課",
        "contact_name": "山口　さくら",
        "contact_kana": "やまぐち　さくら",
        "contact_phone": "0265-00-0000",
        "contact_email": f"kikaku-sample@{one.domain}",
        **plan(themes.MOBILITY, one.name),
    }
    return {**kept, **changes}


def form_bytes(one: Body, changes: Mapping[str, object], edition: str = "") -> bytes:
    spec = settings().form.forms[0]
    if edition == "blank":
        return filled(spec, {})
    if edition == "last-year":
        spec = _last_year(spec.id)
    return filled(spec, values(one, changes))


@cache
def _last_year(_: str) -> FormSpec:
    return last_years(settings().form.forms[0])


def raw(mail: Written) -> bytes:
    """The mail as its server hands it over."""
    client = Client(mail.style) if mail.style else tuple(Client)[int(digest(mail.case)[:4], 16) % len(Client)]
    habits = HABITS[client]
    name, sent_by = parseaddr(mail.sender) if mail.sender else ("山口 さくら", f"kikaku-sample@{mail.body.domain}")
    subject = f"【{mail.body.full}】計画策定支援" if mail.subject == "" else mail.subject
    text = (ORDINARY if mail.text is None else mail.text).replace("{who}", mail.body.full)
    if mail.signed:
        text += f"\n\n{_signature(client, mail.body, sent_by)}"
    if mail.quoted is not None:
        text += "\n\n" + "\n".join(f"> {line}" for line in mail.quoted.split("\n"))
    files = list(_attached(mail))
    charset = _charset(habits, [text, subject or "", name, *(file.name for file in files)])
    names = habits.names if charset == habits.charset else NameStyle.RFC2231
    d = digest(mail.case)
    lines = [(b"From", address(name or None, sent_by, charset))] if mail.sender is not None else []
    lines.append((b"To", address(None, OFFICE, charset)))
    if mail.cc:
        lines.append((b"Cc", b",\r\n ".join(address(*_pair(one), charset) for one in mail.cc)))
    head = b"".join(b"%s: %s\r\n" % line for line in lines)
    if subject is not None:
        head += header("Subject", subject, charset)
    head += header("Date", format_datetime(mail.at - timedelta(seconds=7)))
    head += header("Message-ID", habits.message_id(d, sent_by.rpartition("@")[2] or "nowhere.example"))
    head += b"MIME-Version: 1.0\r\n"
    for key, value in habits.own_headers(d, mail.at):
        head += header(key, value)
    for key, value in mail.headers:
        head += header(key, value, "utf-8")
    whole = _body(d, text, files, habits, charset, names, mail)
    clock = mail.clock or mail.at
    way = (
        f"Return-Path: <{sent_by}>\r\n"
        "Received: from gw.machi.example (gw.machi.example [198.51.100.7])\r\n"
        f"\tby mx.jimukyoku.example (Postfix) with ESMTPS id {d[:11]}; {format_datetime(clock)}\r\n"
    )
    if any(key.lower() == "return-path" for key, _ in mail.headers):
        way = way.partition("\r\n")[2]
    return way.encode() + head + whole.head + b"\r\n" + whole.body


def _pair(text: str) -> tuple[str | None, str]:
    name, address_ = parseaddr(text)
    return name or None, address_


def _charset(habits: Habits, texts: list[str]) -> str:
    """The program's own, unless a character isn't in it: then it sends UTF-8, as they all do."""
    codec = {"shift_jis": "cp932"}.get(habits.charset, habits.charset)
    try:
        for text in texts:
            text.encode(codec)
    except UnicodeEncodeError:
        return "utf-8"
    if habits.names is NameStyle.RAW_CP932:
        try:
            for text in texts:
                text.encode("cp932")
        except UnicodeEncodeError:
            return "utf-8"
    return habits.charset


def _signature(client: Client, one: Body, sent_by: str) -> str:
    if client is Client.PHONE:
        return "iPhoneから送信"
    line = {Client.OUTLOOK: "*" * 42, Client.THUNDERBIRD: "-- ", Client.NOTES: "=" * 44}.get(client, "━" * 22)
    rows = [line, f"{one.full}　企画課　山口　さくら", "TEL 0000-00-0000（内線000）", f"E-mail {sent_by}", line]
    return "\n".join(rows[:-1] if client is Client.THUNDERBIRD else rows)


def _attached(mail: Written) -> Iterator[File]:
    if mail.form is not None:
        name = mail.form or f"【{mail.body.full}】1次公募応募様式.xlsx"
        content = form_bytes(mail.body, mail.changes, mail.edition)
        if mail.broken:
            content = content[: len(content) // 2]
        if mail.inside is None:
            yield File(name, content, TYPES.get(name.rpartition(".")[2].lower(), XLSX))
        elif mail.locked:
            yield File(mail.inside, locked_zip(name, content, b"pass-0326", b"another-sal"), TYPES["zip"])
        else:
            yield File(mail.inside, _zip(name, content), TYPES["zip"])
    for more in mail.more_forms:
        yield File(more.name, form_bytes(more.body, more.changes), XLSX)
    for name in mail.files:
        yield _other(name)


def _zip(name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name, (2026, 3, 2, 9, 0, 0)), content)
    return out.getvalue()


@cache
def _table() -> bytes:
    """A workbook that is no form of ours."""
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (("番号", "集落", "世帯数"), (1, "上組", 24), (2, "中組", 31), (3, "下組", 18)):
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _other(name: str) -> File:
    extension = name.rpartition(".")[2].lower()
    content = {
        "pdf": lambda: pdf([name]),
        "docx": lambda: docx(name, [("項目", "内容")]),
        "png": lambda: PICTURE,
        "jpg": lambda: PICTURE,
        "xlsx": _table,
        "zip": lambda: _zip("図面.pdf", pdf(["図面"])),
    }.get(extension, f"{name}\r\n".encode)()
    return File(name, content, TYPES.get(extension, "application/octet-stream"))


def _body(d: str, text: str, files: list[File], habits: Habits, charset: str, names: NameStyle, mail: Written) -> Part:
    transfer = habits.transfer if charset == habits.charset else "base64"
    flowed = "; format=flowed" if habits.format_flowed else ""
    written = text_part(text, charset, transfer, parameters=flowed)
    if habits.html or mail.html_only:
        lines = "".join(f"<p>{escape(line) or '&nbsp;'}</p>\n" for line in text.split("\n"))
        page = f"<html><head><style>p {{ margin: 0 }}</style></head><body>{lines}</body></html>"
        html = text_part(page, charset, transfer, "html")
        written = html if mail.html_only else multipart("alternative", (written, html), habits.boundary(digest(d)))
    parts = [file_part(file, names, charset) for file in files]
    if mail.inner is not None:
        parts.append(Part(b"Content-Type: message/rfc822\r\nContent-Disposition: attachment\r\n", raw(mail.inner)))
    return multipart("mixed", [written, *parts], habits.boundary(d), preamble=habits.preamble) if parts else written
