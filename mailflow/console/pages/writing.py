"""A letter that somebody writes: an answer to one mail. Looked at first, then a draft; kept while it is being written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import PlainTextResponse, Response

from mailflow.console import words
from mailflow.console.pages.mail_view import mail_line, mail_shown, read
from mailflow.console.visit import RowId, Visit, not_found, visit
from mailflow.desk import Refused
from mailflow.desk.writing import (
    Letter,
    Words,
    compose_letter,
    letter_templates,
    newest_mails,
    public_part,
    write_letter,
)
from mailflow.model import Part
from mailflow.store import begun
from mailflow.store.case_page import case_head
from mailflow.store.casebook import find_case
from mailflow.store.hidden import hidden_mails
from mailflow.store.people import Role
from mailflow.store.queue import received_files

router = APIRouter()
Here = Annotated[Visit, Depends(visit)]
SUBJECTS = {"letter-deletion": "【お詫びとお願い】誤ってお送りしたメールの削除について"}
PUBLIC, OF_CASE = "public:", "case:"
OFFERED = 30  # of the case's files


@dataclass(frozen=True, slots=True)
class Choice:
    """A file that may go along. `key`: as the form names it."""

    key: str
    name: str
    where: str


def written(here: Visit, *, files: tuple[Part, ...] = ()) -> Words:
    """What the form says."""
    return Words(
        subject=here.text("subject", begun.MOST_SUBJECT), text=here.text("text", begun.MOST_TEXT),
        template=here.text("template", 60) or "letter", to=here.text("to", 320).strip() or None, files=files,
    )  # fmt: skip


def letter_of(here: Visit, mail_id: int, said: Words, *, make: bool) -> Letter | int | Refused:
    """The letter that answers this mail, looked at or made."""
    office = here.office
    line = mail_line(here, mail_id)
    mail, _ = read(here, line) if line is not None else (None, frozenset())
    if mail is None:
        return Refused("このメールは読み出せないため、画面から手紙を書けません", "unreadable")
    if make:
        return write_letter(
            office.store,
            office.settings,
            mail_id,
            mail,
            said,
            user=here.user,
            now=office.now(),
            render=office.reader.compose,
        )
    return compose_letter(
        office.store, office.settings, mail_id, mail, said, now=office.now(), render=office.reader.compose
    )


def public_choices(here: Visit) -> list[Choice]:
    return [
        Choice(f"{PUBLIC}{path}", path.rpartition("/")[2], "公開のファイル")
        for path in here.office.settings.public_files
    ]


def chosen_files(here: Visit, case_id: int | None) -> tuple[Part, ...] | Refused:
    """The files ticked in the form: public ones, and the case's own, read from the mails they came with."""
    own = received_files(here.office.store, case_id) if case_id is not None else {}
    found: list[Part] = []
    for key in dict.fromkeys(here.texts("file")):
        if key.startswith(PUBLIC):
            part = public_part(here.office.settings, key.removeprefix(PUBLIC))
        else:
            origin = own.get(key.removeprefix(OF_CASE))
            part = _part(here, origin.mail_id, key.removeprefix(OF_CASE)) if origin is not None else None
        if part is None:
            return Refused("選んだファイルの1つは、この手紙に付けられません。選び直してください", "file")
        found.append(part)
    return tuple(found)


def _part(here: Visit, mail_id: int | None, sha256: str) -> Part | None:
    line = mail_line(here, mail_id)
    mail, _ = read(here, line) if line is not None else (None, frozenset())
    one = next((file for file in mail.attachments if file.sha256 == sha256), None) if mail is not None else None
    if one is None:
        return None
    return Part(
        filename=one.filename or "ファイル", content_type=one.content_type, content=one.content, sha256=sha256,
        origin=f"{OF_CASE}{sha256}",
    )  # fmt: skip


@router.get("/mails/{mail_id}/write")
def write(here: Here, mail_id: RowId) -> Response:
    here.need(Role.STAFF)
    line = mail_line(here, mail_id)
    if line is None or hidden_mails(here.office.store, [mail_id]):  # its subject may not stand in a letter
        raise not_found("このメール")
    template = here.asked("t", 60) or "letter"
    kept = begun.begun(here.office.store, here.user, begun.about_mail(mail_id))
    if kept is not None and here.asked("t", 60) in ("", kept.template):
        said = Words(subject=kept.subject, text=kept.text, template=kept.template, to=here.asked("to", 320) or None)
        return _show(here, mail_id, said, kept=kept)
    subject = words.short(line.subject, 150) or "お問い合わせの件"
    subject = SUBJECTS.get(template) or (subject if subject.startswith("Re:") else f"Re: {subject}")
    return _show(here, mail_id, Words(subject=subject, text="", template=template, to=here.asked("to", 320) or None))


@router.get("/cases/{key}/write")
def write_to_case(here: Here, key: str) -> Response:
    """The letter answers the newest mail of the case."""
    here.need(Role.STAFF)
    case_id = find_case(here.office.store, key)
    newest = newest_mails(here.office.store, [case_id]) if case_id is not None else {}
    if case_id is None or case_id not in newest:
        raise not_found("手紙でお返事できるメール")
    return here.go(f"/mails/{newest[case_id]}/write", t=here.asked("t", 60), to=here.asked("to", 320))


@router.post("/mails/{mail_id}/write")
def look_or_make(here: Here, mail_id: RowId) -> Response:
    here.need(Role.STAFF)
    line = mail_line(here, mail_id)
    if line is None or hidden_mails(here.office.store, [mail_id]):
        raise not_found("このメール")
    about = begun.about_mail(mail_id)
    files = chosen_files(here, None if line.claim else line.case_id)
    said = written(here, files=() if isinstance(files, Refused) else files)
    result = (
        files if isinstance(files, Refused) else letter_of(here, mail_id, said, make=here.text("act", 10) == "make")
    )
    if isinstance(result, Refused):
        status = (
            403 if result.cause == "role" else 422 if result.cause in ("empty", "long", "own-case", "file") else 409
        )
        return _show(here, mail_id, said, status=status, problem=result.reason)
    if isinstance(result, int):
        begun.drop(here.office.store, here.user, about)
        return here.go(f"/queue/{result}", done="written", n=result)
    return _show(here, mail_id, said, letter=result)


@router.post("/mails/{mail_id}/write/keep")
def keep(here: Here, mail_id: RowId) -> Response:
    """What is being typed; answers with one line for the page."""
    return kept(here, begun.about_mail(mail_id))


@router.post("/mails/{mail_id}/write/leave")
def leave(here: Here, mail_id: RowId) -> Response:
    """What was half written is thrown away only here, by its writer."""
    begun.drop(here.office.store, here.user, begun.about_mail(mail_id))
    return here.go(f"/mails/{mail_id}")


def kept(here: Visit, about: str) -> Response:
    """Save what stands in the form."""
    if not here.may(Role.STAFF):
        return PlainTextResponse("この操作には担当の権限が要ります", status_code=403)
    said, at = written(here), here.office.clock.sys_now()
    begun.keep(here.office.store, here.user, about, subject=said.subject, text=said.text, template=said.template, at=at)
    return PlainTextResponse(f"{words.exact(here.office.business(at)).rpartition('）')[2]}に自動で保存しました。")


def _show(
    here: Visit,
    mail_id: int,
    said: Words,
    *,
    status: int = 200,
    problem: str | None = None,
    letter: Letter | None = None,
    kept: begun.Begun | None = None,
) -> Response:
    mail = mail_shown(here, mail_id)
    if mail is None:
        raise not_found("このメール")
    case_id = None if mail.line.claim else mail.line.case_id
    head = case_head(here.office.store, case_id) if case_id is not None else None
    own = received_files(here.office.store, case_id) if case_id is not None else {}
    files = public_choices(here) + [
        Choice(f"{OF_CASE}{sha}", words.short(one.filename, 80) or "名前のないファイル", f"メール {one.mail_id} の添付")
        for sha, one in list(own.items())[:OFFERED]
    ]
    return here.page(
        "write.html", status=status, mail=mail, line=mail.line, said=said, problem=problem, letter_shown=letter, kept=kept,
        templates=letter_templates(here.office.settings), files=files, ticked=set(here.texts("file")),
        parties=[one for one in head.parties if one.standing in ("accepted", "provisional")] if head is not None else [],
    )  # fmt: skip
