"""Letters that people write: an answer to one mail, and one text to a selection of bodies. Looked at first, then drafts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.responses import Response

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
    waiting_letters,
    write_letter,
)
from mailflow.numbering import row_number
from mailflow.store.casebook import find_case
from mailflow.store.cases import CaseLine
from mailflow.store.hidden import hidden_mails
from mailflow.store.people import Role

router = APIRouter()
Here = Annotated[Visit, Depends(visit)]
MOST = 300  # letters of one selection
SUBJECTS = {"letter-deletion": "【お詫びとお願い】誤ってお送りしたメールの削除について"}
FILTERS = {"": "すべて", **{state.value: mark.word for state, mark in words.CASE_STATES.items()}}


def _written(here: Visit) -> Words:
    return Words(
        subject=here.text("subject", 1000),
        text=here.text("text", 100_000),
        template=here.text("template", 60) or "letter",
    )


def _letter(here: Visit, mail_id: int, written: Words, *, make: bool) -> Letter | int | Refused:
    """The letter that answers this mail, looked at or made."""
    office = here.office
    line = mail_line(here, mail_id)
    mail, _ = read(here, line) if line is not None else (None, frozenset())
    if mail is None:
        return Refused("このメールは読み出せないため、画面から手紙を書けません", "unreadable")
    if make:
        return write_letter(office.store, office.settings, mail_id, mail, written, user=here.user, now=office.now())
    return compose_letter(office.store, office.settings, mail_id, mail, written, now=office.now())


# --- one letter -------------------------------------------------------------------------------------------------------


@router.get("/mails/{mail_id}/write")
def write(here: Here, mail_id: RowId) -> Response:
    here.need(Role.STAFF)
    line = mail_line(here, mail_id)
    if line is None or hidden_mails(here.office.store, [mail_id]):  # its subject may not stand in a letter
        raise not_found("このメール")
    subject = words.short(line.subject, 150) or "お問い合わせの件"
    return _show(here, mail_id, Words(subject=subject if subject.startswith("Re:") else f"Re: {subject}", text=""))


@router.get("/cases/{key}/write")
def write_to_case(here: Here, key: str) -> Response:
    """The letter answers the newest mail of the case."""
    here.need(Role.STAFF)
    case_id = find_case(here.office.store, key)
    newest = newest_mails(here.office.store, [case_id]) if case_id is not None else {}
    if case_id is None or case_id not in newest:
        raise not_found("手紙でお返事できるメール")
    return here.go(f"/mails/{newest[case_id]}/write")


@router.post("/mails/{mail_id}/write")
def written(here: Here, mail_id: RowId) -> Response:
    here.need(Role.STAFF)
    said, make = _written(here), here.text("act", 10) == "make"
    result = _letter(here, mail_id, said, make=make)
    if isinstance(result, Refused):
        status = 403 if result.cause == "role" else 422 if result.cause in ("empty", "long", "own-case") else 409
        return _show(here, mail_id, said, status=status, problem=result.reason)
    if isinstance(result, int):
        return here.go(f"/queue/{result}", done="written", n=result)
    return _show(here, mail_id, said, letter=result)


def _show(
    here: Visit,
    mail_id: int,
    said: Words,
    *,
    status: int = 200,
    problem: str | None = None,
    letter: Letter | None = None,
) -> Response:
    mail = mail_shown(here, mail_id)
    if mail is None:
        raise not_found("このメール")
    return here.page(
        "write.html", status=status, mail=mail, line=mail.line, said=said, problem=problem, letter_shown=letter,
        templates=letter_templates(here.office.settings),
    )  # fmt: skip


# --- a selection ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Choice:
    """One body of the list. `waits`: a letter of ours to it waits already; `reachable`: it has a mail to answer."""

    line: CaseLine
    ticked: bool
    waits: bool
    reachable: bool


@router.get("/letters")
def letters(here: Here) -> Response:
    here.need(Role.STAFF)
    given = here.request.query_params.getlist("case")[:MOST]
    ticked = {number for one in given if (number := row_number(one)) is not None}
    template = here.asked("t", 60) or "letter"
    return _select(
        here,
        Words(subject=SUBJECTS.get(template, ""), text="", template=template),
        chosen=here.asked("f", 30),
        ticked=ticked,
    )


@router.post("/letters")
def write_letters(here: Here) -> Response:
    """`act`: look at the letters, or make them drafts. Each is composed for its own case, in a transaction of its own."""
    here.need(Role.STAFF)
    said, make = _written(here), here.text("act", 10) == "make"
    if here.text("act", 10) == "all":
        chosen = here.text("f", 30)
        every = {one.id for one in here.applications() if not chosen or one.state == chosen}
        return _select(here, said, chosen=chosen, ticked=every)
    ids = {number for one in here.texts("case") if (number := row_number(one)) is not None}
    if not ids:
        return _select(
            here, said, chosen=here.text("f", 30), ticked=ids, status=422, problem="送る団体を選んでください"
        )
    newest = newest_mails(here.office.store, sorted(ids)[:MOST])
    seen: list[Letter] = []
    made: list[int] = []
    refused: list[tuple[int, str]] = []
    for case_id, mail_id in newest.items():
        result = _letter(here, mail_id, said, make=make)
        if isinstance(result, Refused):
            if result.cause in ("empty", "long", "role", "template"):  # the words themselves: the same for every body
                return _select(here, said, chosen=here.text("f", 30), ticked=ids, status=422, problem=result.reason)
            refused.append((case_id, result.reason))
        elif isinstance(result, Letter):
            seen.append(result)
        else:
            made.append(result)
    if made and not refused:
        return here.go("/queue", q="", done="written", n=made[0])
    return _select(
        here, said, chosen=here.text("f", 30), ticked=ids - {one for one, _ in refused} if make else ids, seen=seen, made=len(made),
        refused=refused,
    )  # fmt: skip


def _select(
    here: Visit,
    said: Words,
    *,
    chosen: str,
    ticked: set[int],
    status: int = 200,
    problem: str | None = None,
    **shown: Any,
) -> Response:
    chosen = chosen if chosen in FILTERS else ""
    lines = here.applications()
    counts = {key: sum(not key or one.state == key for one in lines) for key in FILTERS}
    lines = [one for one in lines if not chosen or one.state == chosen]
    ids = [one.id for one in lines]
    waits, reachable = waiting_letters(here.office.store, ids), newest_mails(here.office.store, ids)
    choices = [
        Choice(
            one, one.id in ticked and one.id in reachable and one.id not in waits, one.id in waits, one.id in reachable
        )
        for one in lines
    ]
    names = {one.id: one.organization.full_name or one.number for one in lines}
    return here.page(
        "letters.html", status=status, said=said, problem=problem, choices=choices, filters=FILTERS, tallies=counts, chosen=chosen,
        templates=letter_templates(here.office.settings), names=names,
        **{"seen": [], "made": 0, "refused": [], **shown},
    )  # fmt: skip
