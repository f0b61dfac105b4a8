"""What a person decides on a letter of 承認待ち: each act is one of the desk's, and ends on the page with what was typed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import PlainTextResponse, Response

from mailflow.console import words
from mailflow.console.letters import LIFTABLE, lifted
from mailflow.console.pages.mail_view import attachment_response
from mailflow.console.pages.queue import look_behind, show_letter
from mailflow.console.pages.queue_list import Listing, listing
from mailflow.console.visit import RowId, Visit, not_found, visit
from mailflow.desk import (
    Approved,
    HalfApproved,
    Refused,
    approve,
    choose_stale,
    editing,
    record_consent,
    reject,
    take_back,
)
from mailflow.desk.mails import clear_finding
from mailflow.desk.renewing import compose_anew
from mailflow.desk.together import assign_letter, take_letters
from mailflow.settings.moments import moment
from mailflow.store.casebook import casebook
from mailflow.store.moves import D
from mailflow.store.people import Role
from mailflow.store.queue import hidden_files

router = APIRouter()
Here = Annotated[Visit, Depends(visit)]
TAKEN_AT_ONCE = 20  # letters that one takes from the heap with one press


def _asked_of_form(here: Visit) -> Callable[[str], str]:
    return lambda name: here.text(name, 200)


def _go_on(here: Visit, draft_id: int | None, done: str, which: int) -> Response:
    parameters = {"f": here.text("f", 20), "q": here.text("q", 200), "done": done, "n": which}
    return here.go(f"/queue/{draft_id}" if draft_id is not None else "/queue", **parameters)


@router.post("/queue/{draft_id}/approve")
def approve_one(here: Here, draft_id: RowId) -> Response:
    office = here.office
    found = listing(here, _asked_of_form(here))
    following = found.after(draft_id) if here.text("then", 10) == "next" else draft_id
    result = approve(
        office.store, draft_id, user=here.user, content_sha256=here.text("sha", 64) or "-", now=office.now(),
        sys_now=office.clock.sys_now(), undo=office.settings.file.approval.undo,
    )  # fmt: skip
    if isinstance(result, Approved | HalfApproved):
        return _go_on(here, following, "approved" if isinstance(result, Approved) else "half", draft_id)
    view = office.store.draft(draft_id)
    if view is not None and result.cause == D.APPROVED and here.user in view.line.approvals:  # a double click
        return _go_on(here, following, "approved", draft_id)
    return _refused(here, found, draft_id, result)


@router.post("/queue/{draft_id}/reject")
def reject_one(here: Here, draft_id: RowId) -> Response:
    found = listing(here, _asked_of_form(here))
    reason = " ".join(one for one in (here.text("why", 60), here.text("reason", 500).strip()) if one)
    if not reason:
        return show_letter(here, found, draft_id, status=422, act="reject", problem="理由を選ぶか、書いてください")
    result = reject(
        here.office.store,
        draft_id,
        capacities=here.office.settings.consultation.capacities,
        user=here.user,
        reason=reason,
        now=here.office.now(),
    )
    if isinstance(result, Refused):
        return _refused(here, found, draft_id, result, typed={"reason": reason})
    return _go_on(here, found.after(draft_id), "rejected", draft_id)


@router.post("/queue/{draft_id}/assign")
def assign_one(here: Here, draft_id: RowId) -> Response:
    """Whose letter this is; an empty name: nobody's."""
    result = assign_letter(
        here.office.store, draft_id, to=here.text("to", 100) or None, user=here.user, now=here.office.now()
    )
    if isinstance(result, Refused):
        return _refused(here, listing(here, _asked_of_form(here)), draft_id, result)
    return _go_on(here, draft_id, "assigned", draft_id)


@router.post("/queue-take")
def take_some(here: Here) -> Response:
    """The first of the list that nobody deals with are mine now."""
    found = listing(here, _asked_of_form(here))
    ids = [row.id for row in found.rows if row.assigned is None][:TAKEN_AT_ONCE]
    result = take_letters(here.office.store, ids, user=here.user, now=here.office.now())
    if isinstance(result, Refused):
        raise here.refused(result)
    return here.go("/queue", f="mine")


@router.post("/queue/{draft_id}/undo")
def undo_one(here: Here, draft_id: RowId) -> Response:
    result = take_back(here.office.store, draft_id, user=here.user)
    if isinstance(result, Refused):
        return _refused(here, listing(here, _asked_of_form(here)), draft_id, result)
    return _go_on(here, draft_id, "undone", draft_id)


@router.post("/queue/{draft_id}/stale")
def stale_one(here: Here, draft_id: RowId) -> Response:
    keep = here.text("keep", 5) == "yes"
    result = choose_stale(
        here.office.store,
        draft_id,
        capacities=here.office.settings.consultation.capacities,
        user=here.user,
        keep=keep,
        now=here.office.now(),
    )
    found = listing(here, _asked_of_form(here))
    if isinstance(result, Refused):
        return _refused(here, found, draft_id, result)
    return _go_on(here, draft_id if keep else found.after(draft_id), "kept" if keep else "rejected", draft_id)


@router.post("/queue/{draft_id}/edit")
def edit_one(here: Here, draft_id: RowId) -> Response:
    typed = {"subject": here.text("subject", 5000), "text": here.text("text", 200_000), "base": here.text("base", 64)}
    office = here.office
    result = editing.edit(
        office.store, draft_id, user=here.user, subject=typed["subject"], text=typed["text"], base_sha256=typed["base"],
        now=office.now(),
    )  # fmt: skip
    if isinstance(result, Refused):
        editing.keep_unfinished(
            office.store, draft_id, user=here.user, subject=typed["subject"], text=typed["text"], base_sha256=typed["base"],
            sys_now=office.clock.sys_now(),
        )  # fmt: skip
        status = {"empty": 422, "long": 422, "own-case": 422, "role": 403}.get(result.cause, 409)
        found = listing(here, _asked_of_form(here))
        return show_letter(here, found, draft_id, status=status, act="edit", problem=result.reason, typed=typed)
    return _go_on(here, draft_id, "edited", draft_id)


@router.post("/queue/{draft_id}/keep")
def autosave(here: Here, draft_id: RowId) -> Response:
    """What is being typed; answers with one line for the page."""
    sys_now = here.office.clock.sys_now()
    result = editing.keep_unfinished(
        here.office.store, draft_id, user=here.user, subject=here.text("subject", 5000), text=here.text("text", 200_000),
        base_sha256=here.text("base", 64), sys_now=sys_now,
    )  # fmt: skip
    if isinstance(result, Refused):
        return PlainTextResponse(result.reason, status_code=403)
    return PlainTextResponse(
        f"{words.exact(here.office.business(sys_now)).rpartition('）')[2]}に自動で保存しました。承認はまだです。"
    )


@router.post("/queue/{draft_id}/restore")
def restore(here: Here, draft_id: RowId) -> Response:
    result = editing.restore(
        here.office.store, draft_id, user=here.user, base_sha256=here.text("base", 64), now=here.office.now()
    )
    if isinstance(result, Refused):
        return _refused(here, listing(here, _asked_of_form(here)), draft_id, result)
    return _go_on(here, draft_id, "restored", draft_id)


@router.post("/queue/{draft_id}/leave")
def leave(here: Here, draft_id: RowId) -> Response:
    """Leave the edit: what was half written is thrown away only here, by its writer."""
    editing.drop_unfinished(here.office.store, draft_id, user=here.user)
    return _go_on(here, draft_id, "", draft_id)


@router.post("/queue/{draft_id}/reasons")
def reasons(here: Here, draft_id: RowId) -> Response:
    """Which findings hold: the worker judges the mail again on that, and a new letter takes this one's place."""
    office = here.office
    found = listing(here, _asked_of_form(here))
    view = office.store.draft(draft_id)
    if view is None or view.line.mail_id is None:
        raise not_found("この返信案")
    if view.line.content_sha256 != here.text("sha", 64) or view.line.state != D.WAITING:
        return _refused(
            here, found, draft_id, Refused("画面に表示された内容から変わりました。もう一度ご覧ください", "changed")
        )
    book = casebook(office.store, view.line.case_id)
    ticked = set(here.texts("reason"))
    changed = 0
    for position, finding in enumerate(view.draft.findings):
        holds = finding.severity in LIFTABLE
        if not holds and not lifted(finding, book.recorded if book else (), view.line.mail_id):
            continue
        if holds == (str(position) in ticked):
            continue
        result = clear_finding(
            office.store, view.line.mail_id, check=finding.check, where=finding.where, why=here.text("why", 300), user=here.user,
            now=office.now(), up=not holds,
        )  # fmt: skip
        if isinstance(result, Refused):
            return _refused(here, found, draft_id, result)
        changed += 1
    if not changed:
        return show_letter(here, found, draft_id, status=422, problem="外す理由も、戻す理由も選ばれていません")
    return _go_on(here, draft_id, "reasons", draft_id)


@router.post("/queue/{draft_id}/anew")
def anew_one(here: Here, draft_id: RowId) -> Response:
    """Composed anew by the configuration in force: the worker judges its mail again."""
    result = compose_anew(here.office.store, [draft_id], user=here.user, now=here.office.now())
    if isinstance(result, Refused):
        return _refused(here, listing(here, _asked_of_form(here)), draft_id, result)
    if draft_id in result.left_out:
        refusal = Refused(result.left_out[draft_id])
        return _refused(here, listing(here, _asked_of_form(here)), draft_id, refusal)
    return _go_on(here, draft_id, "reasons", draft_id)


@router.post("/queue/{draft_id}/consent")
def consent(here: Here, draft_id: RowId) -> Response:
    office = here.office
    found = listing(here, _asked_of_form(here))
    typed = {name: here.text(name, 500) for name in ("given_by", "how", "given_at")}
    given_at: datetime | None = office.now()
    if typed["given_at"].strip():
        try:
            given_at = moment(typed["given_at"].strip().replace("T", " "))
        except ValueError:
            given_at = None
    if given_at is None:
        return show_letter(
            here, found, draft_id, status=422, problem="了解を得た日時が読めません。例：2026-03-26 10:00", typed=typed
        )
    result = record_consent(
        office.store, draft_id, user=here.user, content_sha256=here.text("sha", 64), given_by=typed["given_by"],
        given_at=given_at, how=typed["how"], sys_now=office.clock.sys_now(),
    )  # fmt: skip
    if isinstance(result, Refused):
        return _refused(here, found, draft_id, result, typed=typed)
    return _go_on(here, draft_id, "consent", draft_id)


@router.get("/queue/{draft_id}/files/{number}")
def file(here: Here, draft_id: RowId, number: int) -> Response:
    """A file of the letter, as its reader will get it."""
    view = here.office.store.draft(draft_id)
    if view is None or not 0 <= number < len(view.draft.parts):
        raise not_found("このファイル")
    look_behind(here, view)
    part = view.draft.parts[number]
    if hidden_files(here.office.store, view.line.case_id, [part.sha256]):
        here.need(Role.APPROVER)
    return attachment_response(part.filename, part.content)


def _refused(
    here: Visit, found: Listing, draft_id: int, refusal: Refused, *, typed: dict[str, str] | None = None
) -> Response:
    """The letter as it is now, with why nothing was done: what was typed stays on the page."""
    if refusal.cause == "unknown":
        raise not_found("この返信案")
    here.office.forget_standing()
    status = 403 if refusal.cause == "role" else 409
    return show_letter(here, found, draft_id, status=status, problem=refusal.reason, typed=typed)
