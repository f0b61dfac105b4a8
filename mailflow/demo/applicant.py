"""The demo's page 「応募者として書く」: compose a mail with a form filled here or a file, send it by SMTP, read the answer.

It is the applicant's side: it knows the servers by their URLs like any mail program, and shows what the office made of the mail
so that one sees the whole way. Only in the demo, on this machine; no log-in, but forms of other sites are refused.
"""

from __future__ import annotations

import email
import imaplib
import re
import smtplib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP, default
from email.utils import format_datetime, formataddr, make_msgid
from functools import cache
from typing import Any
from urllib.parse import unquote, urlsplit

import jinja2
from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from mailflow.clock import tokyo
from mailflow.console import words
from mailflow.console.office import Office
from mailflow.console.visit import form_of, uploads, with_parameters
from mailflow.demo.servers import DemoServers
from mailflow.forms.fill import fill_form
from mailflow.settings.form import FormSpec
from mailflow.store.mail_list import letters_of_mail, mail_page

MOST_FILE = 3_000_000
MOST_MAILS = 30  # of the applicants' mailbox that are looked through
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,250}>")
_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[A-Za-z0-9.-]{1,190}")
START: Mapping[str, str] = {
    "prefecture": "長野県", "municipality": "飯田市", "organization_name": "長野県飯田市", "organization_code": "202053",
    "applicant_type": "市区町村", "fiscal_index": "0.52", "department": "企画課", "contact_name": "山口 さくら",
    "contact_kana": "ヤマグチ サクラ", "contact_phone": "0265-22-4511", "contact_email": "kikaku-sample@city.iida.lg.jp", "course": "A",
    "theme": "中山間地の移動手段の確保", "issues": "路線バスの減便により、通院と買い物が難しくなっている。",
    "goal": "予約制の乗合交通を、住民と事業者が支える形で続ける。", "scope_internal": "含まない", "consensus": "首長了承", "team_size": "4",
    "weekly_hours": "5", "necessity": "計画づくりの経験がなく、専門家の助言が要る。", "visit_ok": "可", "publish_ok": "可",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """How far a mail has come at the office. `url`: where the console shows it."""

    done: bool
    said: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """A mail that came back to the applicant."""

    subject: str
    text: str
    files: tuple[str, ...]
    at: str
    message_id: str = ""
    references: tuple[str, ...] = ()


@cache
def _templates() -> jinja2.Environment:
    loader = jinja2.ChoiceLoader([jinja2.PackageLoader("mailflow.demo"), jinja2.PackageLoader("mailflow.console")])
    return jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


def applicant_pages(servers: DemoServers) -> APIRouter:
    """The pages for the console's application."""
    router = APIRouter()

    @router.get("/applicant")
    def write(request: Request) -> Response:
        """`of`, `answer`: whose mailbox, and the Message-ID of the letter in it that is answered."""
        address, answered = (request.query_params.get(key, "")[:300] for key in ("of", "answer"))
        letter = next((one for one in _received(servers, address) if answered and one.message_id == answered), None)
        return _page(request, servers, _reply(letter, address) if letter is not None else {})

    @router.post("/applicant")
    async def send(request: Request) -> Response:
        form = await form_of(request)
        typed = {key: value for key in form if isinstance(value := form.get(key), str)}
        files = [(one.filename or "file", await one.read(MOST_FILE + 1)) for one in uploads(form, "file")]
        return await run_in_threadpool(_send, request, servers, typed, files)

    @router.get("/applicant/box")
    def box(request: Request) -> Response:
        office: Office = request.app.state.office
        address, message_id = request.query_params.get("of", "")[:200], request.query_params.get("id", "")[:300]
        return _rendered(
            request,
            "applicant_box.html",
            {
                "address": address, "steps": _steps(office, message_id), "received": _received(servers, address),
                "subject": request.query_params.get("s", "")[:200], "servers": servers,
            },
        )  # fmt: skip

    return router


def _rendered(request: Request, template: str, values: dict[str, Any], status: int = 200) -> HTMLResponse:
    office: Office = request.app.state.office
    shown = {
        "static": office.static.url,
        "theme": "",
        "programme": office.settings.programme,
        "round": office.settings.round_for(office.now()),
        **values,
    }
    return HTMLResponse(_templates().get_template(template).render(shown), status_code=status)


def _page(request: Request, servers: DemoServers, typed: Mapping[str, str], problem: str | None = None) -> Response:
    office: Office = request.app.state.office
    values = {**START, **typed}
    subject = typed.get("subject", f"【{START['organization_name']}】{office.settings.programme.subject}")
    return _rendered(
        request,
        "applicant.html",
        {
            "fields": _spec(office).fields, "values": values, "problem": problem, "subject": subject, "servers": servers,
            "text": typed.get("text", "お世話になっております。\n応募様式を添付いたします。よろしくお願いいたします。"),
            "fill": typed.get("fill", "yes" if not typed else ""), "now": office.now(), "day": words.day, "clock": words.clock,
        },
        200 if problem is None else 422,
    )  # fmt: skip


def _reply(letter: Received, address: str) -> dict[str, str]:
    """The form of an answer to a letter, as mail programs begin one."""
    quoted = "".join(f"> {line}\n" for line in letter.text.splitlines()[:200])
    subject = letter.subject if letter.subject.casefold().startswith("re:") else f"Re: {letter.subject}"
    return {
        "contact_email": address, "subject": subject, "text": f"お世話になっております。\n\n\n{letter.at} 事務局：\n{quoted}", "fill": "",
        "references": " ".join((*letter.references, letter.message_id)),
    }  # fmt: skip


def _spec(office: Office) -> FormSpec:
    specs = office.settings.form.specs_at(tokyo(office.now()).date()) or office.settings.form.forms
    return specs[0]


def _send(request: Request, servers: DemoServers, typed: dict[str, str], files: list[tuple[str, bytes]]) -> Response:
    office: Office = request.app.state.office
    address = typed.get("contact_email", "").strip()
    if not _ADDRESS.fullmatch(address):
        return _page(request, servers, typed, "差出人のメールアドレスを書いてください")
    if any(len(content) > MOST_FILE for _, content in files):
        return _page(request, servers, typed, f"ファイルは{MOST_FILE // 1_000_000}MBまでです")
    mail = EmailMessage(policy=SMTP)
    mail["From"] = formataddr((" ".join(typed.get("contact_name", "").split())[:60], address))
    mail["To"] = servers.address
    mail["Subject"] = " ".join(typed.get("subject", "").split())[:300]
    mail["Date"] = format_datetime(tokyo(office.now()).replace(microsecond=0))
    mail["Message-ID"] = make_msgid(domain=address.rpartition("@")[2])
    answers = [one for one in typed.get("references", "").split() if _MESSAGE_ID.fullmatch(one)][-20:]
    if answers:
        mail["In-Reply-To"], mail["References"] = answers[-1], " ".join(answers)
    mail.set_content(typed.get("text", "")[:50_000].replace("\r\n", "\n"))
    if typed.get("fill") == "yes":
        body = typed.get("organization_name", "").strip()
        values: dict[str, object] = {key: typed[key].strip() or None for key in _spec(office).fields if key in typed}
        name = f"【{body}】{office.settings.round_for(office.now()).name}応募様式.xlsx"
        files = [(name, fill_form(_spec(office), values)), *files]
    for filename, content in files[:4]:
        mail.add_attachment(
            content, maintype="application", subtype="octet-stream", filename=filename.replace("\n", " ")[:150]
        )
    place = urlsplit(servers.smtp_url)
    try:
        with smtplib.SMTP(place.hostname or "", place.port or 25, timeout=20) as smtp:
            smtp.send_message(mail, from_addr=address, to_addrs=[servers.address])
    except (OSError, smtplib.SMTPException) as error:
        return _page(request, servers, typed, f"送れませんでした（{type(error).__name__}）")
    where = {"of": address, "id": str(mail["Message-ID"]), "s": str(mail["Subject"])}
    return RedirectResponse(with_parameters("/applicant/box", where), status_code=303)


def _steps(office: Office, message_id: str) -> list[Step]:
    """What the office has made of the mail so far."""
    if not message_id:
        return []
    found = mail_page(office.store, search=message_id, limit=1)
    if not found:
        return [Step(done=False, said="事務局の受信箱に届くのを待っています（数秒）")]
    line = found[0]
    steps = [Step(done=True, said=f"事務局に届きました（{words.exact(line.received_at)}）", url=f"/mails/{line.id}")]
    if line.kind is None:
        return [*steps, Step(done=False, said="判定しています")]
    steps.append(
        Step(done=True, said=f"「{words.KINDS.get(line.kind, line.kind)}」と判定しました", url=f"/mails/{line.id}")
    )
    for letter in letters_of_mail(office.store, line.id):
        mark = words.DRAFT_STATES[letter.state]
        steps.append(
            Step(
                letter.state == "sent", f"返信案「{words.letter(letter.template)}」：{mark.word}", f"/queue/{letter.id}"
            )
        )
    return steps


def _received(servers: DemoServers, address: str) -> list[Received]:
    """What lies in the applicants' mailbox for this address, newest first."""
    if not _ADDRESS.fullmatch(address):
        return []
    place = urlsplit(servers.applicants_imap_url)
    found = []
    try:
        with imaplib.IMAP4(place.hostname or "", place.port or 143, timeout=10) as imap:
            imap.login(unquote(place.username or ""), unquote(place.password or ""))
            imap.select("INBOX", readonly=True)
            _, (numbers,) = imap.search(None, "ALL")
            for number in reversed((numbers or b"").split()[-MOST_MAILS:]):
                _, parts = imap.fetch(number.decode(), "(BODY.PEEK[])")
                raw = next((part[1] for part in parts if isinstance(part, tuple)), b"")
                if (mail := _for(raw, address)) is not None:
                    found.append(mail)
    except (OSError, imaplib.IMAP4.error):
        return found
    return found


def _for(raw: bytes, address: str) -> Received | None:
    mail: Any = email.message_from_bytes(raw, policy=default)
    if address.casefold() not in str(mail.get("X-Original-To", "")).casefold():
        return None
    body = mail.get_body(("plain",))
    at = mail["Date"].datetime if mail["Date"] is not None else None
    return Received(
        subject=str(mail["Subject"] or ""),
        text=str(body.get_content()) if body is not None else "",
        files=tuple(str(one.get_filename() or "") for one in mail.iter_attachments()),
        at=words.exact(at) if isinstance(at, datetime) and at.tzinfo else "",
        message_id=str(mail["Message-ID"] or "").strip(),
        references=tuple(str(mail["References"] or "").split()[-18:]),
    )
