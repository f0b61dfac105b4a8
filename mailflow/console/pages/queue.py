"""承認待ち: the list, and one letter beside its mail. What is decided on it: `queue_acts`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.background import BackgroundTask
from starlette.responses import Response

from mailflow.console.difference import changes, pieces
from mailflow.console.letters import screen
from mailflow.console.pages.mail_view import MailShown, mail_shown
from mailflow.console.pages.queue_list import FILTERS, Listing, listing
from mailflow.console.rendering import marked
from mailflow.console.visit import RowId, Visit, not_found, visit
from mailflow.desk import Refused
from mailflow.desk.mails import look_at_hidden
from mailflow.desk.renewing import offered
from mailflow.model import unwritten
from mailflow.store.casebook import casebook
from mailflow.store.cases import judged
from mailflow.store.drafts import DraftView, in_sight
from mailflow.store.hidden import HIDDEN_FILE
from mailflow.store.moves import D
from mailflow.store.people import person_key
from mailflow.store.queue import (
    assigned_to,
    files_of,
    hidden_files,
    live_of,
    look_at,
    looking,
    undo_until,
)

router = APIRouter()
Here = Annotated[Visit, Depends(visit)]
_NO_WORDS = dict.fromkeys(("unfinished", "writing", "changed", "compared", "compared_subject", "yours"))
REJECTIONS = ("電話で伝えた", "判定が誤っている", "別の手紙で返事をした")


@router.get("/queue")
def first(here: Here) -> Response:
    found = listing(here, here.asked)
    waiting = [row for row in found.rows if row.state == D.WAITING] or list(found.rows)
    if waiting and here.asked("pane") != "list":
        return show_letter(here, found, waiting[0].id)
    return here.page(
        "queue.html",
        found=found,
        filters=FILTERS,
        view=None,
        others=looking(here.office.store, here.office.clock.sys_now(), but=here.user),
        **_after_act(here),
    )


@router.post("/queue/{draft_id}/open")
def open_hidden(here: Here, draft_id: RowId) -> Response:
    """A letter about mails that were sent by mistake: an approver's, on record."""
    view = here.office.store.draft(draft_id)
    if view is None:
        raise not_found("この返信案")
    look_behind(here, view)
    return show_letter(here, listing(here, here.asked, draft_id), draft_id, opened=True)


def look_behind(here: Visit, view: DraftView) -> None:
    """Whoever sees the letter sees what stood in these mails. Ends the request of who may not."""
    for mail_id in view.hidden:
        result = look_at_hidden(here.office.store, mail_id, user=here.user)
        if isinstance(result, Refused):
            raise here.refused(result)


@router.get("/queue/{draft_id}")
def show(here: Here, draft_id: RowId) -> Response:
    return show_letter(here, listing(here, here.asked, draft_id), draft_id)


def show_letter(
    here: Visit, found: Listing, draft_id: int, *, status: int = 200, problem: str | None = None, act: str | None = None,
    typed: dict[str, str] | None = None, opened: bool = False,
) -> Response:  # fmt: skip
    """`opened`: an approver asked to see a letter about a mail that was sent by mistake, which is on record."""
    store, sys_now = here.office.store, here.office.clock.sys_now()
    view = store.draft(draft_id)
    if view is None:
        raise not_found("この返信案")
    shut = bool(view.hidden) and not opened
    if shut:
        view = in_sight(view)
    act = "" if shut and (act or here.asked("act", 20)) in ("edit", "compare") else act
    mail = mail_shown(here, view.line.mail_id)  # read elsewhere, before the one read of the rest
    _ = here.standing
    with store.one_read():
        act = here.asked("act", 20) if act is None else act
        values = _values(here, found, view, mail, act=act, problem=problem, typed=typed, shut=shut)
        answer = here.page("queue.html", status=status, **values, **_after_act(here))
    # That it was looked at is for the others: its reader doesn't wait for the database's one writer.
    answer.background = BackgroundTask(look_at, store, draft_id, here.user, sys_now)
    return answer


def _values(
    here: Visit, found: Listing, view: DraftView, mail: MailShown | None, *, act: str, problem: str | None, typed: dict[str, str] | None,
    shut: bool,
) -> dict[str, Any]:  # fmt: skip
    """All that the page shows of the letter. `shut`: but its words, which speak of what was sent by mistake."""
    store, sys_now, draft, line = here.office.store, here.office.clock.sys_now(), view.draft, view.line
    said = judged(store, line.mail_id) if line.mail_id else None
    sender = mail.line.sender.address if mail is not None and mail.line.sender is not None else None
    book = casebook(store, line.case_id)
    hidden = (
        frozenset()
        if view.hidden and not shut
        else hidden_files(store, line.case_id, [part.sha256 for part in draft.parts])
    )
    parts = tuple(replace(one, filename=HIDDEN_FILE) if one.sha256 in hidden else one for one in draft.parts)
    values: dict[str, Any] = {
        "found": found, "filters": FILTERS, "view": view, "draft": draft, "line": line, "mail": mail,
        "screen": screen(
            replace(draft, parts=parts), said.verdict if said else None, line.organization,
            files_of(store, line.case_id, [part.sha256 for part in draft.parts]), sender,
            mail_id=line.mail_id, recorded=book.recorded if book else (), hidden=shut or (mail is not None and mail.hidden),
        ),
        "shut": shut,
        "verdict": said.verdict if said else None, "pane": here.asked("pane", 10) or "draft",
        "tab": here.asked("view", 10), "act": act, "problem": problem, "typed": typed,
        "others": looking(store, sys_now, but=here.user), "rejections": REJECTIONS,
        "next": found.after(line.id), "before": found.neighbour(line.id, -1), "behind": found.neighbour(line.id, 1),
        "mine": person_key(here.user) in {person_key(one) for one in line.approvals},
        "undo": undo_until(store, [line.id]).get(line.id), "sys_now": sys_now,
        "anew": offered(store, line.id, line.reason),
        "newer": live_of(store, line.case_id, line.purpose) if line.state not in (D.WAITING,) else None,
        "assigned": _assigned(here, view), "unwritten": unwritten(draft.text),
        "default_consent": here.office.settings.file.approval.consent_by or "",
    }  # fmt: skip
    return values | (_NO_WORDS if shut else _words_of(here, view, act, typed))


def _words_of(here: Visit, view: DraftView, act: str, typed: dict[str, str] | None) -> dict[str, Any]:
    """The words to show, to compare, and to go on writing."""
    store, draft = here.office.store, view.draft
    first_text = store.composed(view.line.id)
    unfinished = store.unfinished(view.line.id, here.user)
    source = here.asked_number("from")
    carried = store.unfinished(source, here.user) if act == "edit" and source is not None else None
    writing = {"subject": draft.subject, "text": draft.text, "base": view.line.content_sha256}
    if carried is not None:
        writing |= {"subject": carried.subject, "text": carried.text}
    if unfinished is not None:
        writing |= {"subject": unfinished.subject, "text": unfinished.text, "base": unfinished.base_sha256}
    if typed is not None:
        writing |= typed
    compared = pieces(first_text.text, draft.text) if first_text else []
    return {
        "unfinished": unfinished if unfinished and (unfinished.subject, unfinished.text) != (draft.subject, draft.text) else None,
        "writing": writing,
        "changed": changes(compared) + (first_text is not None and first_text.subject != draft.subject),
        "compared": marked(compared) if compared else None,
        "compared_subject": marked(pieces(first_text.subject, draft.subject)) if first_text else None,
        "yours": marked(pieces(draft.text, writing["text"])) if act == "edit" and writing["base"] != view.line.content_sha256 else None,
    }  # fmt: skip


def _after_act(here: Visit) -> dict[str, Any]:
    """What was just done, with the seconds left to undo it."""
    done, which = here.asked("done", 20), here.asked_number("n")
    after: DraftView | None = None
    left: int | None = None
    if which is not None:
        after = here.office.store.draft(which)
        until = undo_until(here.office.store, [which]).get(which) if after else None
        if until is not None:
            left = max(0, round((until - here.office.clock.sys_now()).total_seconds()))
    return {"done": done if after is not None else "", "after": after, "left_to_undo": left}


@dataclass(frozen=True, slots=True)
class Assigned:
    """Whose letter it is. `by_case`: the case's owner's, and not assigned by itself."""

    user: str | None
    by_case: bool
    people: list[str]


def _assigned(here: Visit, view: DraftView) -> Assigned:
    letter, owner = assigned_to(here.office.store, view.line.case_id, view.line.purpose)
    return Assigned(letter or owner, letter is None and owner is not None, here.office.store.deputies())
