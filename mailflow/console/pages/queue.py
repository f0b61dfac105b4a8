"""承認待ち: the list, one letter beside its mail, and what a person decides on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.responses import PlainTextResponse, Response

from mailflow.clock import tokyo
from mailflow.console import words
from mailflow.console.difference import changes, pieces
from mailflow.console.letters import LIFTABLE, lifted, screen
from mailflow.console.pages.mail_view import attachment_response, mail_shown
from mailflow.console.rendering import marked
from mailflow.console.visit import RowId, Visit, not_found, visit, with_parameters
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
from mailflow.desk.together import assign_letter, take_letters
from mailflow.settings.moments import moment
from mailflow.store.casebook import casebook
from mailflow.store.cases import judged
from mailflow.store.drafts import DraftView
from mailflow.store.moves import D
from mailflow.store.people import person_key
from mailflow.store.queue import (
    QueueEntry,
    QueueRow,
    assigned_to,
    files_of,
    live_of,
    look_at,
    looking,
    queue,
    queue_rows,
    undo_until,
)

router = APIRouter()
Here = Annotated[Visit, Depends(visit)]
SHOWN, BEFORE = 120, 30  # rows of the list at once, and of them before the letter that is open
SOON = timedelta(hours=4)
TAKEN_AT_ONCE = 20  # letters that one takes from the heap with one press
REJECTIONS = ("電話で伝えた", "判定が誤っている", "別の手紙で返事をした")


def _fits(chosen: str, row: QueueEntry, now: datetime, me: str) -> bool:
    """Whether a letter is of the kind asked for."""
    match chosen:
        case "soon":
            return row.valid_until is not None and row.valid_until - now < SOON
        case "fix":
            return words.letter_mark(row.template).tone == "fix" and not row.review
        case "receipt":
            return row.template in ("receipt", "replacement") and not row.review
        case "review":
            return row.review
        case "two":
            return row.two
        case "consultation":
            return row.template.startswith("consultation-")
        case "stale":
            return row.state == D.STALE
        case "mine":
            return row.assigned == me
        case "free":
            return row.assigned is None
    return True


FILTERS = {
    "": "すべて", "mine": "自分の担当", "free": "担当なし", "soon": "期限が近い", "fix": "修正依頼", "receipt": "受領", "review": "要確認", "two": "2人の承認",
    "consultation": "事前相談", "stale": "古い案",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    rows: tuple[QueueRow, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """The list as asked for. `query`: what goes on with every link of it."""

    rows: tuple[QueueEntry, ...]
    groups: tuple[Group, ...]
    chosen: str
    search: str
    total: int
    bulk: int
    counts: dict[str, int]

    @property
    def query(self) -> str:
        return with_parameters("", {"f": self.chosen, "q": self.search})

    def after(self, draft_id: int) -> int | None:
        """The letter after this one, from the top where it was the last."""
        ids = [row.id for row in self.rows if row.state == D.WAITING or row.id == draft_id]
        if draft_id not in ids:
            return ids[0] if ids else None
        rest = ids[ids.index(draft_id) + 1 :] or [one for one in ids if one != draft_id]
        return rest[0] if rest else None

    def neighbour(self, draft_id: int, step: int) -> int | None:
        ids = [row.id for row in self.rows]
        if draft_id not in ids:
            return ids[0] if ids else None
        position = ids.index(draft_id) + step
        return ids[position] if 0 <= position < len(ids) else None


def listing(here: Visit, asked: Callable[[str], str], around: int | None = None) -> Listing:
    """The list as asked for; of a long one the part around a letter."""
    now = here.office.now()
    chosen, search = asked("f"), asked("q").strip()
    expired = chosen == "expired"
    rows = queue(here.office.store, (D.EXPIRED,) if expired else (D.WAITING, D.STALE))
    if expired:
        rows.reverse()
    counts = {name: sum(_fits(name, row, now, here.user) for row in rows) for name in FILTERS}
    if chosen in FILTERS:
        rows = [row for row in rows if _fits(chosen, row, now, here.user)]
    elif not expired:
        chosen = ""
    if search:
        wanted = person_key(search)
        found = {
            row.id
            for row in queue_rows(here.office.store, [row.id for row in rows])
            if wanted in person_key(f"{row.organization or ''} {row.subject} {row.sender or ''} {row.case_number}")
        }
        rows = [row for row in rows if row.id in found]
    place = next((number for number, row in enumerate(rows) if row.id == around), 0)
    first = max(0, min(place - BEFORE, len(rows) - SHOWN))  # a short list is shown whole
    shown = queue_rows(here.office.store, [row.id for row in rows[first : first + SHOWN]])
    return Listing(
        rows=tuple(rows), groups=_grouped(shown, now), chosen=chosen, search=search, total=len(rows),
        bulk=sum(row.bulk for row in rows), counts=counts,
    )  # fmt: skip


def _grouped(rows: list[QueueRow], now: datetime) -> tuple[Group, ...]:
    groups: dict[str, list[QueueRow]] = {}
    for row in rows:
        groups.setdefault(_group(row, now), []).append(row)
    return tuple(Group(name, tuple(found)) for name, found in groups.items())


def _group(row: QueueRow, now: datetime) -> str:
    if row.valid_until is not None and row.state != D.EXPIRED:
        if row.valid_until - now < SOON:
            return "期限が近い"
        return (
            f"{'きょう' if tokyo(row.valid_until).date() == tokyo(now).date() else words.day(row.valid_until)}までの案"
        )
    at = tokyo(row.at)
    if at.date() == tokyo(now).date():
        return f"きょう {at.hour}時台に到着"
    return f"{words.day(row.at)}に到着"


@router.get("/queue")
def first(here: Here) -> Response:
    found = listing(here, here.asked)
    waiting = [row for row in found.rows if row.state == D.WAITING] or list(found.rows)
    if waiting and here.asked("pane") != "list":
        return _show(here, found, waiting[0].id)
    return here.page(
        "queue.html",
        found=found,
        filters=FILTERS,
        view=None,
        others=looking(here.office.store, here.office.clock.sys_now(), but=here.user),
        **_after_act(here),
    )


@router.get("/queue/{draft_id}")
def show(here: Here, draft_id: RowId) -> Response:
    return _show(here, listing(here, here.asked, draft_id), draft_id)


def _show(
    here: Visit, found: Listing, draft_id: int, *, status: int = 200, problem: str | None = None, act: str | None = None,
    typed: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    store, sys_now = here.office.store, here.office.clock.sys_now()
    view = store.draft(draft_id)
    if view is None:
        raise not_found("この返信案")
    act = act or here.asked("act", 20)
    look_at(store, draft_id, here.user, sys_now)
    mail = mail_shown(here, view.line.mail_id)
    said = judged(store, view.line.mail_id) if view.line.mail_id else None
    sender = mail.line.sender.address if mail is not None and mail.line.sender is not None else None
    draft = view.draft
    book = casebook(store, view.line.case_id)
    values: dict[str, Any] = {
        "found": found, "filters": FILTERS, "view": view, "draft": draft, "line": view.line, "mail": mail,
        "screen": screen(
            draft, said.verdict if said else None, view.line.organization,
            files_of(store, view.line.case_id, [part.sha256 for part in draft.parts]), sender,
            mail_id=view.line.mail_id, recorded=book.recorded if book else (), hidden=mail is not None and mail.hidden,
        ),
        "verdict": said.verdict if said else None, "pane": here.asked("pane", 10) or "draft",
        "tab": here.asked("view", 10), "act": act, "problem": problem, "typed": typed,
        "others": looking(store, sys_now, but=here.user), "rejections": REJECTIONS,
        "next": found.after(draft_id), "before": found.neighbour(draft_id, -1), "behind": found.neighbour(draft_id, 1),
        "mine": person_key(here.user) in {person_key(one) for one in view.line.approvals},
        "undo": undo_until(store, [draft_id]).get(draft_id), "sys_now": sys_now,
        "newer": live_of(store, view.line.case_id, view.line.purpose) if view.line.state not in (D.WAITING,) else None,
        "assigned": _assigned(here, view),
        "default_consent": here.office.settings.file.approval.consent_by or "",
    }  # fmt: skip
    values |= _words_of(here, view, act, typed)
    return here.page("queue.html", status=status, **values, **_after_act(here))


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


# --- acts -------------------------------------------------------------------------------------------------------------


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
        return _show(here, found, draft_id, status=422, act="reject", problem="理由を選ぶか、書いてください")
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
        return _show(here, found, draft_id, status=status, act="edit", problem=result.reason, typed=typed)
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
    return PlainTextResponse(f"{words.exact(sys_now).rpartition('）')[2]}に自動で保存しました。承認はまだです。")


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
        return _show(here, found, draft_id, status=422, problem="外す理由も、戻す理由も選ばれていません")
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
        return _show(
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
    part = view.draft.parts[number]
    return attachment_response(part.filename, part.content)


def _refused(
    here: Visit, found: Listing, draft_id: int, refusal: Refused, *, typed: dict[str, str] | None = None
) -> Response:
    """The letter as it is now, with why nothing was done: what was typed stays on the page."""
    if refusal.cause == "unknown":
        raise not_found("この返信案")
    here.office.forget_standing()
    status = 403 if refusal.cause == "role" else 409
    return _show(here, found, draft_id, status=status, problem=refusal.reason, typed=typed)
