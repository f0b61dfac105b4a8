"""団体: two cases that are one are put together, mails of another body are taken apart; both can be taken back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from mailflow.console.pages.case import done, show_case
from mailflow.console.visit import RowId, Visit, visit
from mailflow.desk import Refused
from mailflow.desk.regroup import merge_cases, split_case, undo_move
from mailflow.numbering import row_number
from mailflow.store.case_page import case_head, find_cases
from mailflow.store.casebook import find_case
from mailflow.store.people import Role
from mailflow.store.regrouping import merged_into, moves_of

router = APIRouter()
Here = Annotated[Visit, Depends(visit)]


@router.post("/cases/{case_id}/merge")
def merge(here: Here, case_id: RowId) -> Response:
    """`act=look`: the two side by side, to be sure; `make`: done."""
    here.need(Role.APPROVER)
    store = here.office.store
    target = _named(here, here.text("into", 100).strip())
    if target is None:
        return done(here, case_id, Refused("まとめる先の案件が見つかりません。受付番号を書いてください", "empty"), "")
    if here.text("act", 10) != "make":
        head = case_head(store, target)
        return show_case(here, case_id, typed=here.typed(), target=head)
    result = merge_cases(
        store, here.office.settings, case_id, target, why=here.text("why", 500), user=here.user, now=here.office.now(),
        revision=here.number("revision"), target_revision=here.number("target_revision"),
    )  # fmt: skip
    if isinstance(result, Refused) and merged_into(store, case_id) == target:
        return here.go(f"/cases/{target}", done="merged")  # pressed twice
    return done(here, target if not isinstance(result, Refused) else case_id, result, "merged")


def _named(here: Visit, text: str) -> int | None:
    """The case of a number, or of a name that only one case has; where it was put into another one, that one."""
    found = find_case(here.office.store, text)
    if found is None and text:
        named = find_cases(here.office.store, text)
        found = named[0].id if len(named) == 1 else None
    while found is not None and (into := merged_into(here.office.store, found)) is not None:
        found = into
    return found


@router.post("/cases/{case_id}/split")
def split(here: Here, case_id: RowId) -> Response:
    here.need(Role.APPROVER)
    mails = [number for one in here.texts("mail") if (number := row_number(one)) is not None]
    result = split_case(
        here.office.store, here.office.settings, case_id, mails, organization=here.text("organization", 100),
        why=here.text("why", 500), user=here.user, now=here.office.now(), revision=here.number("revision"),
    )  # fmt: skip
    return done(here, result.case_id if not isinstance(result, Refused) else case_id, result, "split")


@router.post("/cases/{case_id}/undo-move")
def undo(here: Here, case_id: RowId) -> Response:
    here.need(Role.APPROVER)
    move = here.number("move")
    if move not in {one.id for one in moves_of(here.office.store, case_id)}:
        return done(here, case_id, Refused("この案件を、まとめた・分けた記録ではありません", "unknown"), "")
    result = undo_move(here.office.store, move or 0, why=here.text("why", 500), user=here.user, now=here.office.now())
    return done(here, case_id, result, "unmoved")
