"""監査: who did what, when; newest first. Ids and hashes only, never contents."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from mailflow.console.trail import said
from mailflow.console.visit import Visit, visit
from mailflow.store.people import Role
from mailflow.words import ENTITIES

router = APIRouter()
Here = Annotated[Visit, Depends(visit)]
PAGE = 200


@router.get("/audit")
def audit(here: Here) -> Response:
    here.need(Role.STAFF)
    entity = here.asked("f") if here.asked("f") in ENTITIES else None
    number = here.asked("n", 40) or None
    found = here.office.store.audit(entity=entity, entity_id=number, limit=PAGE)
    labels = here.office.labels
    return here.page(
        "audit.html",
        entries=[(one, said(one, labels)) for one in found],
        entities=ENTITIES,
        chosen=entity or "",
        number=number or "",
        most=PAGE,
    )
