"""送信: approved letters and what became of them; what only a person can settle; whom to phone."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from starlette.responses import Response

from mailflow.console.pages.mail_view import attachment_response
from mailflow.console.pages.queue import look_behind
from mailflow.console.visit import RowId, Visit, not_found, visit
from mailflow.desk import Refused, drop_refused, readdress_refused, resolve_uncertain, send_refused_again
from mailflow.desk.calls import call_sheet, settle_call
from mailflow.store.moves import O
from mailflow.store.outgoing_list import outgoing_page

router = APIRouter()
Here = Annotated[Visit, Depends(visit)]
PAGE = 100
FILTERS = {
    "": ("すべて", ()),
    "pending": ("送信待ち", (O.APPROVED, O.SENDING)),
    "uncertain": ("結果が不明", (O.UNCERTAIN,)),
    "failed": ("送信できず", (O.FAILED,)),
    "retry": ("送り直し中", (O.RETRY,)),
    "sent": ("送信済み", (O.SENT,)),
    "dropped": ("送りません", (O.DROPPED,)),
}
CHOICES: dict[str, Literal["sent", "again", "drop"]] = {"sent": "sent", "again": "again", "drop": "drop"}


@router.get("/outbox")
def outbox(here: Here) -> Response:
    store = here.office.store
    chosen = {"approved": "pending", "sending": "pending"}.get(here.asked("f"), here.asked("f"))
    chosen = chosen if chosen in FILTERS else ""
    before = here.asked_number("b")
    found = outgoing_page(store, FILTERS[chosen][1], search=here.asked("q").strip(), before=before, limit=PAGE + 1)
    return here.page(
        "outbox.html", found=found[:PAGE], older=found[PAGE - 1].id if len(found) > PAGE else None, filters=FILTERS,
        chosen=chosen, search=here.asked("q").strip(), calls=call_sheet(store), done=here.asked("done", 20),
    )  # fmt: skip


@router.post("/outbox/{outgoing_id}/settle")
def settle(here: Here, outgoing_id: RowId) -> Response:
    """What became of a letter whose sending broke off: a person says."""
    choice = CHOICES.get(here.text("choice", 10))
    if choice is None:
        raise not_found("この選択")
    result = resolve_uncertain(here.office.store, outgoing_id, choice, user=here.user, now=here.office.now())
    if isinstance(result, Refused):
        raise here.refused(result)
    return here.go("/outbox", f="uncertain", done=choice)


@router.post("/outbox/{outgoing_id}/refused")
def refused(here: Here, outgoing_id: RowId) -> Response:
    """A letter that the server refused: once more, to another address, or told by telephone."""
    store, choice = here.office.store, here.text("choice", 10)
    if choice == "again":
        result = send_refused_again(store, outgoing_id, user=here.user)
    elif choice == "drop":
        result = drop_refused(store, outgoing_id, how=here.text("how", 1000), user=here.user, now=here.office.now())
    elif choice == "to":
        made = readdress_refused(
            store, outgoing_id, address=here.text("address", 320), name=here.text("name", 200) or None,
            why=here.text("how", 1000), user=here.user, now=here.office.now(),
        )  # fmt: skip
        if not isinstance(made, Refused):
            return here.go(f"/queue/{made.draft_id}")
        result = made
    else:
        raise not_found("この選択")
    if isinstance(result, Refused):
        if result.cause in ("role", "unknown"):
            raise here.refused(result)
        return _calls(here, status=422, problem=result.reason, at=f"l{outgoing_id}-{choice}")
    return here.go("/calls", done="called")


@router.get("/outbox/{outgoing_id}/raw")
def raw(here: Here, outgoing_id: RowId) -> Response:
    """The exact bytes that left."""
    content = here.office.store.mime(outgoing_id)
    if content is None:
        raise not_found("この手紙の原文")
    line = here.office.store.outgoing(outgoing_id)
    view = here.office.store.draft(line.draft_id) if line is not None else None
    if view is not None:
        look_behind(here, view)
    return attachment_response(f"letter-{outgoing_id}.eml", content)


@router.get("/calls")
def calls(here: Here) -> Response:
    return _calls(here)


def _calls(here: Visit, *, status: int = 200, problem: str | None = None, at: str = "") -> Response:
    """`at`: which form was refused (of whom, and which choice); what it said stays in it."""
    every = here.asked("all", 5) == "yes"
    return here.page(
        "calls.html", status=status, calls=call_sheet(here.office.store, every=every), every=every, problem=problem, at=at,
        typed=here.typed(), done=here.asked("done", 20),
    )  # fmt: skip


@router.post("/calls/{bounce_id}")
def called(here: Here, bounce_id: RowId) -> Response:
    result = settle_call(here.office.store, bounce_id, user=here.user, how=here.text("how", 1000), at=here.office.now())
    if isinstance(result, Refused):
        if result.cause in ("role", "unknown"):
            raise here.refused(result)
        return _calls(here, status=422, problem=result.reason, at=str(bounce_id))
    return here.go("/calls", done="called")
