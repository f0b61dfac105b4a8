"""質問: what was asked in a week, question by question, and which of them faq.yaml has no answer for (situations row 36)."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from mailflow.clock import TOKYO, tokyo
from mailflow.console.visit import Visit, visit
from mailflow.store.questions import questions_asked

router = APIRouter()
Here = Annotated[Visit, Depends(visit)]
WEEK = timedelta(days=7)


@router.get("/questions")
def questions(here: Here) -> Response:
    today = tokyo(here.office.now()).date()
    monday = _monday(here.asked("week", 10)) or today - timedelta(days=today.weekday())
    since = datetime.combine(monday, time(0), TOKYO)
    found = questions_asked(here.office.store, since, since + WEEK)
    return here.page(
        "questions.html",
        found=found,
        open=here.asked("f", 10) == "open",
        unanswered=sum(one.entry is None for one in found),
        since=since,
        last=since + timedelta(days=6),
        chosen=monday,
        before=monday - WEEK,
        after=monday + WEEK if monday + WEEK <= today else None,
    )


def _monday(text: str) -> date | None:
    """The Monday of the week of a day; None where none, or no day that could be meant, is named."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day - timedelta(days=day.weekday()) if 2000 <= day.year <= 2100 else None
