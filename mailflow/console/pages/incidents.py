"""誤送信: one page an incident: the letters, who has them, whom to phone, the request to delete, the report of the day."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from mailflow.console import words
from mailflow.console.pages.mail_view import attachment_response
from mailflow.console.visit import RowId, Visit, not_found, visit
from mailflow.desk import Refused
from mailflow.desk.incidents import add_letters, close_incident, open_incident, record_told
from mailflow.numbering import row_number
from mailflow.settings.moments import moment
from mailflow.store.incidents import IncidentLine, Reader, incidents, readers
from mailflow.store.moves import O
from mailflow.store.outgoing_list import outgoing_page
from mailflow.store.people import Role

router = APIRouter()
Here = Annotated[Visit, Depends(visit)]
SHOWN = 30  # letters that a search offers


def _ids(texts: list[str]) -> list[int]:
    return [number for one in texts if (number := row_number(one)) is not None]


@router.get("/incidents")
def overview(here: Here) -> Response:
    here.need(Role.STAFF)
    chosen = _ids([here.asked("letter", 16)])
    return _list(here, chosen=chosen)


def _list(
    here: Visit,
    *,
    chosen: list[int],
    status: int = 200,
    problem: str | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    lines = {one.id: one for one in outgoing_page(here.office.store, (O.SENT, O.UNCERTAIN, O.SENDING), limit=SHOWN)}
    named = [one for one in chosen if one not in lines]
    for one in named:
        lines |= {row.id: row for row in outgoing_page(here.office.store, before=one + 1, limit=1) if row.id == one}
    return here.page(
        "incidents.html", status=status, found=incidents(here.office.store), letters=list(lines.values()), chosen=chosen,
        problem=problem, typed=typed or {},
    )  # fmt: skip


@router.post("/incidents")
def opened(here: Here) -> Response:
    typed = {name: here.text(name, 1000) for name in ("title", "what", "about", "found_at")}
    letters = _ids(here.texts("letter"))
    found_at = here.office.now()
    if typed["found_at"].strip():
        try:
            found_at = moment(typed["found_at"].strip().replace("T", " "))
        except ValueError:
            return _list(
                here, chosen=letters, status=422, problem="気づいた日時が読めません。例：2026-03-26 10:00", typed=typed
            )
    result = open_incident(
        here.office.store, title=typed["title"], what=typed["what"], about=typed["about"], found_at=found_at, letters=letters,
        user=here.user, now=here.office.now(),
    )  # fmt: skip
    if isinstance(result, Refused):
        if result.cause == "role":
            raise here.refused(result)
        return _list(here, chosen=letters, status=422, problem=result.reason, typed=typed)
    return here.go(f"/incidents/{result}", done="opened")


@router.get("/incidents/{incident_id}")
def incident(here: Here, incident_id: RowId) -> Response:
    here.need(Role.STAFF)
    return _show(here, incident_id)


def _show(
    here: Visit,
    incident_id: int,
    *,
    status: int = 200,
    problem: str | None = None,
    at: str = "",
    typed: dict[str, str] | None = None,
) -> Response:
    """`at`: which form of the page was refused; what it said stays in it."""
    line = _line(here, incident_id)
    people = readers(here.office.store, incident_id)
    search = here.asked("q").strip()
    taken = {one.outgoing_id for one in people}
    offered = (
        outgoing_page(here.office.store, (O.SENT, O.UNCERTAIN, O.SENDING), search=search, limit=SHOWN) if search else []
    )
    return here.page(
        "incident.html", status=status, line=line, people=people, problem=problem, search=search, done=here.asked("done", 20),
        offered=[one for one in offered if one.id not in taken], at=at, typed=typed or {}, cases=sorted({one.case_id for one in people}),
    )  # fmt: skip


def _line(here: Visit, incident_id: int) -> IncidentLine:
    found = incidents(here.office.store, incident_id)
    if not found:
        raise not_found("この誤送信の記録")
    return found[0]


@router.post("/incidents/{incident_id}/letters")
def letters(here: Here, incident_id: RowId) -> Response:
    result = add_letters(here.office.store, incident_id, _ids(here.texts("letter")), user=here.user)
    return _after(here, incident_id, result)


@router.post("/incidents/{incident_id}/told/{reader_id}")
def told(here: Here, incident_id: RowId, reader_id: RowId) -> Response:
    result = record_told(
        here.office.store, incident_id, reader_id, said=here.text("said", 1000), deleted=here.text("deleted", 5) == "yes", user=here.user,
        now=here.office.now(),
    )  # fmt: skip
    return _after(here, incident_id, result, at=f"told{reader_id}")


@router.post("/incidents/{incident_id}/close")
def close(here: Here, incident_id: RowId) -> Response:
    result = close_incident(
        here.office.store, incident_id, closing=here.text("closing", 1000), user=here.user, now=here.office.now()
    )
    return _after(here, incident_id, result, at="close")


def _after(here: Visit, incident_id: int, result: object, *, at: str = "") -> Response:
    if isinstance(result, Refused):
        if result.cause in ("role", "unknown"):
            raise here.refused(result)
        status = 422 if result.cause == "empty" else 409
        return _show(here, incident_id, status=status, problem=result.reason, at=at, typed=here.typed())
    return here.go(f"/incidents/{incident_id}", done="kept")


@router.get("/incidents/{incident_id}/report")
def report(here: Here, incident_id: RowId) -> Response:
    """The report of the day, as text: what is known now, for whoever must be told."""
    here.need(Role.STAFF)
    line = _line(here, incident_id)
    text = report_text(here, line, readers(here.office.store, incident_id))
    return attachment_response(f"誤送信{incident_id}_{here.office.now():%Y%m%d_%H%M}.txt", text.encode())


def report_text(here: Visit, line: IncidentLine, people: list[Reader]) -> str:
    now = here.office.now()
    rows = [
        f"誤送信の報告（{line.title}）",
        f"作成　{words.exact(now)}　{here.user}",
        "",
        f"気づいた日時　{words.exact(line.found_at)}",
        f"何が起きたか　{line.what}",
        f"だれの情報か　{line.about}",
        f"届いた相手　　{line.readers}人（連絡がまだ {line.untold}人、削除の確認がまだ {line.undeleted}人）",
        "",
    ]
    for number, one in enumerate(people, 1):
        rows += [
            f"{number}　{one.organization or '団体不明'}　{one.address}",
            f"　　手紙　{words.short(one.subject, 120)}（{words.exact(one.sent_at) or words.DRAFT_STATES[one.state].word}）",
            f"　　連絡　{f'{words.exact(one.told_at)}　{one.told_by}　{one.said}' if one.told_at else 'まだ'}",
            f"　　削除　{'削除したと確認' if one.deleted else 'まだ'}",
        ]
    if line.closed_at is not None:
        rows += ["", f"終了　{words.exact(line.closed_at)}　{line.closed_by}　{line.closing}"]
    return "\r\n".join(rows) + "\r\n"
