"""受信: every mail, found again by kind, state and words; and one mail with all that was made of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.responses import Response

from mailflow.console import words
from mailflow.console.letters import cells_of
from mailflow.console.pages.mail_view import attachment_response, is_hidden, mail_line, mail_shown, read
from mailflow.console.visit import RowId, Visit, not_found, visit, with_parameters
from mailflow.desk import Refused, retry_failed_mail
from mailflow.desk.mails import correct_mail, hide_mail, look_at_hidden, show_mail_again, tell_password
from mailflow.model import Kind
from mailflow.numbering import row_number
from mailflow.store.arrivals import MailState
from mailflow.store.cases import judged
from mailflow.store.hidden import hidden_mails
from mailflow.store.mail_list import letters_of_mail, mail_page
from mailflow.store.quoting import quoted_in

router = APIRouter()
Here = Annotated[Visit, Depends(visit)]
PAGE = 100
FILTERS = {
    "": "すべて",
    "application": "応募",
    "consultation": "事前相談",
    "inquiry": "問い合わせ",
    "review": "要確認",
    "claim": "当事者以外",
    "failed": "読めないメール",
    "unfetchable": "取り込めません",
    "machine": "自動のメール",
    "junk": "迷惑メール",
}
ACTIONS = {
    "reply": "返信案を作る",
    "enqueue": "受付に加える",
    "book": "相談を予約",
    "reschedule": "予約を変える",
    "cancel": "予約を取り消す",
    "withdraw": "取り下げとする",
    "label": "印を付ける",
    "notify": "事務局に知らせる",
    "file": "分けておく",
}


@router.get("/mails")
def mails(here: Here) -> Response:
    store = here.office.store
    chosen = here.asked("f") if here.asked("f") in FILTERS else ""
    search = here.asked("q").strip()
    before = _before(here.asked("b", 60))
    states = [chosen] if chosen in (MailState.FAILED, MailState.JUNK) else []
    kinds = [chosen] if chosen in set(Kind) else []
    found = []
    if chosen != "unfetchable":
        found = mail_page(
            store, states=states, kinds=kinds, review=chosen == "review", claim=chosen == "claim", search=search,
            before=before, limit=PAGE + 1,
        )  # fmt: skip
    lost = store.unfetchable_lines() if chosen in ("", "unfetchable") and not search and before is None else []
    older = None
    if len(found) > PAGE:
        found = found[:PAGE]
        last = found[-1]
        older = with_parameters("/mails", {"f": chosen, "q": search, "b": f"{last.received_at.isoformat()}~{last.id}"})
    return here.page(
        "mails.html",
        hidden=hidden_mails(store, [one.id for one in found]),
        found=found,
        lost=lost,
        filters=FILTERS,
        chosen=chosen,
        search=search,
        older=older,
        first=before is None,
    )


def _before(text: str) -> tuple[datetime, int] | None:
    at, _, number = text.partition("~")
    try:
        moment = datetime.fromisoformat(at)
        row = row_number(number)
        return None if moment.tzinfo is None or row is None else (moment.astimezone(UTC), row)
    except (ValueError, OverflowError):  # a moment that no calendar has
        return None


@router.get("/mails/{mail_id}")
def mail(here: Here, mail_id: RowId) -> Response:
    return _show(here, mail_id)


@router.post("/mails/{mail_id}/open")
def open_hidden(here: Here, mail_id: RowId) -> Response:
    """What was sent by mistake, for an approver's eyes; that it was looked at is on record."""
    result = look_at_hidden(here.office.store, mail_id, user=here.user)
    if isinstance(result, Refused):
        raise here.refused(result)
    return _show(here, mail_id, opened=True)


def _show(
    here: Visit, mail_id: int, *, opened: bool = False, status: int = 200, problem: str | None = None, at: str = ""
) -> Response:
    """`at`: which form of the page was refused; what it said stays in it."""
    shown = mail_shown(here, mail_id, opened=opened)
    if shown is None:
        raise not_found("このメール")
    store = here.office.store
    said = judged(store, mail_id)
    verdict = said.verdict if said else None
    form = verdict.understood.form if verdict else None
    return here.page(
        "mail.html",
        status=status,
        problem=problem,
        at=at,
        typed=here.typed() if at else {},
        mail=shown,
        line=shown.line,
        verdict=verdict,
        actions=[(ACTIONS.get(one.action, one.action), one) for one in said.actions] if said else [],
        rows=cells_of(form, [(finding, None) for finding in verdict.findings])
        if form and verdict and not shown.hidden
        else (),
        places=store.places(mail_id),
        letters=letters_of_mail(store, mail_id) if here.area is None else [],
        done=here.asked("done", 20),
        raw=store.raw(mail_id) is not None,
        quoted_in=quoted_in(store, mail_id) if shown.hidden and here.area is None else (),
        state=words.MAIL_STATES[shown.line.state.value],
    )


@router.get("/mails/{mail_id}/raw")
def raw(here: Here, mail_id: RowId) -> Response:
    """The mail's exact bytes, as a file."""
    content = here.office.store.raw(mail_id) if mail_line(here, mail_id) is not None else None
    if content is None:
        raise not_found("このメール")
    _may_open(here, mail_id)
    return attachment_response(f"mail-{mail_id}.eml", content)


@router.get("/mails/{mail_id}/files/{number}")
def file(here: Here, mail_id: RowId, number: int) -> Response:
    """One attachment, as a file."""
    line = mail_line(here, mail_id)
    content, _ = read(here, line) if line is not None else (None, frozenset())
    if content is None or not 0 <= number < len(content.attachments):
        raise not_found("このファイル")
    _may_open(here, mail_id)
    one = content.attachments[number]
    return attachment_response(one.filename, one.content)


def _may_open(here: Visit, mail_id: int) -> None:
    """Files of a hidden mail: an approver's, on record."""
    if is_hidden(here, mail_id):
        result = look_at_hidden(here.office.store, mail_id, user=here.user)
        if isinstance(result, Refused):
            raise here.refused(result)


@router.post("/mails/{mail_id}/hide")
def hide(here: Here, mail_id: RowId) -> Response:
    """Sent here by mistake: out of sight at once, or back."""
    store, why, now = here.office.store, here.text("why", 500), here.office.now()
    if here.text("show", 5) == "yes":
        result: Any = show_mail_again(store, mail_id, why=why, user=here.user, now=now)
    else:
        result = hide_mail(store, mail_id, why=why, user=here.user, now=now)
    if isinstance(result, Refused):
        return _refused(here, mail_id, result, "hide")
    return here.go(f"/mails/{mail_id}", done="hidden")


@router.post("/mails/{mail_id}/correct")
def correct(here: Here, mail_id: RowId) -> Response:
    """Another kind, another body than we judged."""
    kind = here.text("kind", 20)
    result = correct_mail(
        here.office.store, here.office.settings, mail_id, why=here.text("why", 500), user=here.user, now=here.office.now(),
        kind=Kind(kind) if kind in set(Kind) else None, organization=here.text("organization", 100).strip() or None,
    )  # fmt: skip
    if isinstance(result, Refused):
        return _refused(here, mail_id, result, "correct")
    return here.go(f"/mails/{mail_id}", done="corrected")


@router.post("/mails/{mail_id}/password")
def password(here: Here, mail_id: RowId) -> Response:
    """A password for a locked file, told by phone."""
    result = tell_password(
        here.office.store, mail_id, password=here.text("told", 300), source=here.text("source", 300), user=here.user,
        now=here.office.now(),
    )  # fmt: skip
    if isinstance(result, Refused):
        return _refused(here, mail_id, result, "password")
    return here.go(f"/mails/{mail_id}", done="password")


@router.post("/mails/{mail_id}/retry")
def retry(here: Here, mail_id: RowId) -> Response:
    result = retry_failed_mail(here.office.store, mail_id, user=here.user)
    if isinstance(result, Refused):
        raise here.refused(result)
    return here.go(f"/mails/{mail_id}", done="retry")


def _refused(here: Visit, mail_id: int, refusal: Refused, at: str) -> Response:
    """The page with what was typed; a page of its own where there is no such form for this person."""
    if refusal.cause == "role" or (refusal.cause == "unknown" and mail_line(here, mail_id) is None):
        raise here.refused(refusal)
    return _show(here, mail_id, status=422 if refusal.cause == "empty" else 409, problem=refusal.reason, at=at)
