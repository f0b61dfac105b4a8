"""団体別状況: how far the applications of each prefecture and bureau are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from mailflow.console.visit import Visit, visit
from mailflow.model import CaseState
from mailflow.store.cases import CaseLine

router = APIRouter()
Here = Annotated[Visit, Depends(visit)]
SHOWN = (CaseState.COMPLETE, CaseState.INCOMPLETE, CaseState.LATE, CaseState.INELIGIBLE, CaseState.WITHDRAWN)


@dataclass
class Region:
    """One line: a bureau or a prefecture, its applications by state."""

    name: str
    total: int = 0
    counts: dict[CaseState, int] = field(default_factory=dict)
    bodies: list[CaseLine] = field(default_factory=list)

    def add(self, line: CaseLine) -> None:
        self.total += 1
        self.counts[line.state] = self.counts.get(line.state, 0) + 1
        self.bodies.append(line)


@router.get("/regions")
def regions(here: Here) -> Response:
    by = "bureau" if here.asked("by", 10) == "bureau" else "prefecture"
    found: dict[str, Region] = {}
    bureaus = {one.prefecture: one.bureau for one in here.office.settings.reference.bureaus}
    if by == "prefecture":  # in the order of the codes, those without an application too
        for body in here.office.settings.reference.municipalities:
            if body.prefecture not in found and (here.area is None or bureaus.get(body.prefecture) == here.area):
                found[body.prefecture] = Region(body.prefecture)
    for line in here.applications():
        name = (line.organization.bureau if by == "bureau" else line.organization.prefecture) or "分からない・そのほか"
        found.setdefault(name, Region(name)).add(line)
    lines = list(found.values()) if by == "prefecture" else sorted(found.values(), key=lambda one: -one.total)
    return here.page("regions.html", by=by, lines=lines, shown=SHOWN, total=sum(one.total for one in lines))
