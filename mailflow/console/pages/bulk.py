"""まとめて承認: letters with nothing to look at first, each on a line with whom it goes to, confirmed as a list."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from mailflow.console.pages.queue_list import listing
from mailflow.console.visit import Visit, visit
from mailflow.desk import Approved, HalfApproved, approve
from mailflow.numbering import row_number
from mailflow.store.moves import D
from mailflow.store.people import Role
from mailflow.store.queue import queue_rows

router = APIRouter()
Here = Annotated[Visit, Depends(visit)]
MOST = 200  # letters on one list: more than that nobody reads


@router.get("/queue-bulk")
def confirm(here: Here) -> Response:
    """The list to confirm: by kind of letter, most urgent first."""
    here.need(Role.APPROVER)
    found = listing(here, here.asked)
    rows = [row for row in found.rows if row.bulk]
    kinds = Counter(row.template for row in rows)
    chosen = here.asked("t", 60)
    if chosen not in kinds:
        chosen = kinds.most_common(1)[0][0] if kinds else ""
    rows = [row for row in rows if row.template == chosen]
    ids = [row.id for row in rows[:MOST]]
    lines = {line.id: line for line in here.office.store.drafts(states=[D.WAITING], ids=ids)}
    shown = [(row, lines[row.id]) for row in queue_rows(here.office.store, ids) if row.id in lines]
    return here.page("bulk.html", found=found, shown=shown, kinds=kinds, chosen=chosen, more=max(0, len(rows) - MOST))


@router.post("/queue-bulk")
def approve_listed(here: Here) -> Response:
    """Approve what is ticked, each by the hash that stood in the list."""
    office = here.office
    approved: list[int] = []
    half: list[int] = []
    refused: list[tuple[int, str]] = []
    for one in here.texts("letter")[:MOST]:
        text, _, sha256 = one.partition(":")
        number = row_number(text)
        if number is None:
            continue
        result = approve(
            office.store, number, user=here.user, content_sha256=sha256[:64] or "-", now=office.now(),
            sys_now=office.clock.sys_now(), undo=office.settings.file.approval.undo,
        )  # fmt: skip
        if isinstance(result, Approved):
            approved.append(number)
        elif isinstance(result, HalfApproved):
            half.append(number)
        else:
            refused.append((number, result.reason))
    office.forget_standing()
    lines = {line.id: line for line in office.store.drafts(ids=[*approved, *half, *(one for one, _ in refused)])}
    return here.page(
        "bulk_done.html", approved=[lines[one] for one in approved], half=[lines[one] for one in half],
        refused=[(lines[one], reason) for one, reason in refused if one in lines],
    )  # fmt: skip
