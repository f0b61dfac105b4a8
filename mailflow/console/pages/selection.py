"""One text to a selection of bodies: one letter a body, each composed for its own case. Looked at first, then drafts.

Nothing that was ticked vanishes: a body that can't be written to is named with the reason, and where there are more than MOST, the
rest stay ticked for the next press.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.responses import Response

from mailflow.console import words
from mailflow.console.pages.writing import SUBJECTS, chosen_files, kept, letter_of, public_choices, written
from mailflow.console.visit import Visit, visit
from mailflow.desk import Refused
from mailflow.desk.writing import Letter, Words, letter_templates, newest_mails, problem_with, waiting_letters
from mailflow.numbering import row_number
from mailflow.store import begun
from mailflow.store.case_page import case_head
from mailflow.store.cases import CaseLine
from mailflow.store.incidents import readers
from mailflow.store.people import Role

router = APIRouter()
Here = Annotated[Visit, Depends(visit)]
MOST = 300  # letters of one press: each is composed by itself
NO_MAIL = "お返事できるメールがありません"
FILTERS = {"": "すべて", **{state.value: mark.word for state, mark in words.CASE_STATES.items()}}
# So many letters in a row that can't be composed: the template or the words are at fault, and each may take seconds.
GIVE_UP = 3


@dataclass(frozen=True, slots=True)
class Choice:
    """One body of the list. `waits`: a letter of ours to it waits already; `reachable`: it has a mail to answer."""

    line: CaseLine
    ticked: bool
    waits: bool
    reachable: bool


@router.get("/letters")
def letters(here: Here) -> Response:
    """`incident`: the bodies that have a letter of it are ticked."""
    here.need(Role.STAFF)
    given = here.request.query_params.getlist("case")
    ticked = {number for one in given if (number := row_number(one)) is not None}
    incident = here.asked_number("incident")
    if incident is not None:
        ticked |= {one.case_id for one in readers(here.office.store, incident)}
    template = here.asked("t", 60) or "letter"
    saved = begun.begun(here.office.store, here.user, begun.SELECTION)
    said = Words(subject=SUBJECTS.get(template, ""), text="", template=template)
    if saved is not None and here.asked("t", 60) in ("", saved.template):
        said = Words(subject=saved.subject, text=saved.text, template=saved.template)
    else:
        saved = None
    return _select(here, said, chosen=here.asked("f", 30), ticked=ticked, kept=saved)


@router.post("/letters/keep")
def keep(here: Here) -> Response:
    """What is being typed; answers with one line for the page."""
    return kept(here, begun.SELECTION)


@router.post("/letters")
def write_letters(here: Here) -> Response:
    """`act`: look at the letters, or make them drafts. Each is composed for its own case, in a transaction of its own."""
    here.need(Role.STAFF)
    chosen, files = here.text("f", 30), chosen_files(here, None)
    said = written(here, files=() if isinstance(files, Refused) else files)
    ids = {number for one in here.texts("case") if (number := row_number(one)) is not None}
    if here.text("act", 10) == "all":
        every = {one.id for one in here.applications() if not chosen or one.state == chosen}
        return _select(here, said, chosen=chosen, ticked=every)
    if here.text("act", 10) == "none":
        return _select(here, said, chosen=chosen, ticked=set())
    if isinstance(files, Refused):
        return _select(here, said, chosen=chosen, ticked=ids, status=422, problem=files.reason)
    if not ids:
        return _select(here, said, chosen=chosen, ticked=ids, status=422, problem="送る団体を選んでください")
    result = _write(here, said, ids, make=here.text("act", 10) == "make")
    if isinstance(result, Refused):
        return _select(here, said, chosen=chosen, ticked=ids, status=422, problem=result.reason)
    if result.made and not result.refused and not result.later:
        begun.drop(here.office.store, here.user, begun.SELECTION)
        return here.go("/queue", done="written", n=result.made[0])
    return _select(
        here, said, chosen=chosen, ticked=result.later if result.made else ids, seen=result.seen, made=len(result.made),
        refused=result.refused, later=len(result.later), stopped=result.stopped,
    )  # fmt: skip


@dataclass(slots=True)
class Written:
    """What became of each ticked body: a letter seen, made, refused with its reason, or left for the next press. `stopped`: left
    because the last letters could not be composed."""

    seen: list[Letter]
    made: list[int]
    refused: list[tuple[int, str]]
    later: set[int]
    stopped: bool = False


def _write(here: Visit, said: Words, ids: set[int], *, make: bool) -> Written | Refused:
    problem = problem_with(here.office.settings, said)
    if problem is not None:
        return problem
    newest = newest_mails(here.office.store, sorted(ids))
    result = Written([], [], [(one, NO_MAIL) for one in sorted(ids - set(newest))], set())
    failed = 0  # in a row
    for number, (case_id, mail_id) in enumerate(sorted(newest.items())):
        result.stopped = failed >= GIVE_UP
        if number >= MOST or result.stopped:
            result.later.add(case_id)
            continue
        letter = letter_of(here, mail_id, said, make=make)
        failed = failed + 1 if isinstance(letter, Refused) and letter.cause == "template" else 0
        if isinstance(letter, Refused):
            result.refused.append((case_id, letter.reason))
        elif isinstance(letter, Letter):
            result.seen.append(letter)
        else:
            result.made.append(letter)
    return result


def _select(
    here: Visit,
    said: Words,
    *,
    chosen: str,
    ticked: set[int],
    status: int = 200,
    problem: str | None = None,
    **shown: Any,
) -> Response:
    chosen = chosen if chosen in FILTERS else ""
    every = here.applications()
    counts = {key: sum(not key or one.state == key for one in every) for key in FILTERS}
    # Whatever is ticked stays in sight, also where the list shows another state.
    lines = [one for one in every if not chosen or one.state == chosen or one.id in ticked]
    ids = [one.id for one in lines]
    waits, reachable = waiting_letters(here.office.store, ids), newest_mails(here.office.store, ids)
    choices = [
        Choice(
            one, one.id in ticked and one.id in reachable and one.id not in waits, one.id in waits, one.id in reachable
        )
        for one in lines
    ]
    refused = shown.get("refused", [])
    names = {one.id: one.organization.full_name or one.number for one in every}
    others = sorted(ticked - set(names))
    for case_id in {*others, *(one for one, _ in refused)} - set(names):
        head = case_head(here.office.store, case_id)
        names[case_id] = (head.organization or head.number) if head is not None else f"案件 {case_id}"
    return here.page(
        "letters.html", status=status, said=said, problem=problem, choices=choices, filters=FILTERS, tallies=counts, chosen=chosen,
        templates=letter_templates(here.office.settings), names=names, others=others, most=MOST, files=public_choices(here),
        file_ticks=set(here.texts("file")), **{"seen": [], "made": 0, "refused": [], "later": 0, "stopped": False, "kept": None, **shown},
    )  # fmt: skip
