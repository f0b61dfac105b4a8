"""監査: who did what, when; newest first. Ids and hashes only, never contents."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from mailflow.console.visit import Visit, visit
from mailflow.store.people import Role

router = APIRouter()
Here = Annotated[Visit, Depends(visit)]
PAGE = 200
ENTITIES = {
    "draft": "返信案", "outgoing": "送信", "mail": "メール", "case": "団体", "booking": "事前相談", "user": "利用者",
    "setting": "設定", "config": "設定の版", "bureau-request": "総合通信局", "slot": "相談の枠", "round": "締切の一覧", "task": "用事",
    "place": "取り込めないメール", "purge": "消去", "incident": "誤送信の記録",
}  # fmt: skip


@router.get("/audit")
def audit(here: Here) -> Response:
    here.need(Role.STAFF)
    entity = here.asked("f") if here.asked("f") in ENTITIES else None
    number = here.asked("n", 40) or None
    found = here.office.store.audit(entity=entity, entity_id=number, limit=PAGE)
    return here.page(
        "audit.html", entries=found, entities=ENTITIES, chosen=entity or "", number=number or "", most=PAGE
    )
