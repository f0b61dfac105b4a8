"""団体: the list of applications, and one case from which a telephone call is answered in seconds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from markupsafe import Markup
from starlette.responses import Response

from mailflow.console import words
from mailflow.console.difference import pieces
from mailflow.console.letters import cells_of, written
from mailflow.console.rendering import marked
from mailflow.console.timeline import timeline
from mailflow.console.visit import RowId, Visit, not_found, visit
from mailflow.desk import Refused, parties
from mailflow.desk import cases as acts
from mailflow.desk.exceptions import area_exception, in_force
from mailflow.desk.together import hand_over
from mailflow.model import CaseState, FormData, Severity
from mailflow.settings.moments import moment
from mailflow.store.case_page import CaseHead, case_head, find_cases
from mailflow.store.casebook import casebook, find_case, version_forms
from mailflow.store.cases import application
from mailflow.store.hidden import hidden_mails
from mailflow.store.mails import lying_in
from mailflow.store.moves import O
from mailflow.store.people import person_key
from mailflow.store.queue import assigned_to, looking, owners
from mailflow.store.regrouping import merged_into, moves_of

router = APIRouter()
Here = Annotated[Visit, Depends(visit)]
PAGE = 200  # bodies at once
FILTERS = {"": "すべて", **{state.value: mark.word for state, mark in words.CASE_STATES.items()}}


@dataclass(frozen=True, slots=True)
class Change:
    """One field that differs between two versions."""

    place: str
    label: str
    difference: Markup


@router.get("/cases")
def cases(here: Here) -> Response:
    chosen = here.asked("f") if here.asked("f") in FILTERS else ""
    search = here.asked("q").strip()
    lines, settings = here.applications(), here.office.settings
    counts = {key: sum(not key or one.state == key for one in lines) for key in FILTERS}
    shown = [one for one in lines if not chosen or one.state == chosen]
    others = []
    if search:
        wanted = [person_key(word) for word in search.split()]
        found = find_cases(here.office.store, search)
        ids = {one.id for one in found}
        shown = [
            one for one in shown
            if one.id in ids or all(word in _named(one.organization.full_name, one.number) for word in wanted)
        ]  # fmt: skip
        others = [one for one in found if one.id not in {line.id for line in lines}] if here.area is None else []
    whose = owners(here.office.store)
    if here.asked("who", 5) == "mine":
        shown = [one for one in shown if whose.get(one.id) == here.user]
    shown.sort(key=lambda one: one.received_at, reverse=True)
    first = max(0, (here.asked_number("page") or 1) - 1) * PAGE
    return here.page(
        "cases.html",
        lines=shown[first : first + PAGE],
        excepted={one.id for one in shown[first : first + PAGE] if in_force(one, settings)},
        first=first,
        found=len(shown),
        page=PAGE,
        others=others,
        filters=FILTERS,
        tallies=counts,
        chosen=chosen,
        search=search,
        whose=whose,
        mine=here.asked("who", 5) == "mine",
    )


@lru_cache(maxsize=8192)
def _named(name: str | None, number: str) -> str:
    """What a case is found by, folded: the same with each key that somebody types."""
    return person_key(f"{name or ''} {number}")


@router.get("/cases/{key}")
def case(here: Here, key: str) -> Response:
    found = find_case(here.office.store, key)
    if found is None:
        raise not_found("この団体のページ")
    _ = here.standing  # before the read begins
    with here.office.store.one_read():
        return show_case(here, found)


def show_case(
    here: Visit,
    case_id: int,
    *,
    status: int = 200,
    problem: str | None = None,
    typed: dict[str, str] | None = None,
    target: CaseHead | None = None,
) -> Response:
    """`target`: the case that this one would be put into, to be looked at first."""
    store = here.office.store
    head = case_head(store, case_id)
    if head is None:
        raise not_found("この団体のページ")
    here.see_case(head.bureau)
    sheet, book = application(store, str(case_id)), casebook(store, case_id)
    with store.read() as db:
        every = [case_id, *lying_in(db, case_id)]
    drafts = [line for one in every for line in store.drafts(case_id=one)]
    if here.area is not None:  # what has left, and nothing that the office says among itself
        drafts = [one for one in drafts if one.state == O.SENT]
        book = replace(book, notes=(), recorded=(), exceptions=(), withdrawals=()) if book is not None else None
        head = replace(
            head,
            mails=tuple(one for one in head.mails if not one.claim),
            parties=tuple(one for one in head.parties if one.standing in ("accepted", "provisional")),
            open_claims=(),
        )
    later = area_exception(store, here.office.settings, case_id)
    out_of_sight = hidden_mails(store, [one.id for one in head.mails])
    bookings = store.bookings(case_id=case_id)
    sent = [line for one in every for line in store.outbox(case_id=one)]
    returned = store.bounces(outgoing=[one.id for one in sent]) if here.area is None else []
    forms = version_forms(store, case_id)
    current = sheet.verdict if sheet else None
    form = current.understood.form if current else None
    hidden = bool(book and sheet and sheet.versions and any(one.mail_id in book.hidden for one in sheet.versions))
    days = timeline(
        head.mails, drafts, sent, bookings, book, linked=here.area is None, labels=here.office.labels, returned=returned
    )
    first, second = _chosen(here, [one.number for one in forms])
    by_number = {one.number: one for one in forms}
    changes: list[Change] = []
    same = 0
    if first is not None and second is not None:
        changes, same = compare(by_number[first].form, by_number[second].form)
    _, owner = assigned_to(store, case_id, "")
    live = next((one for one in reversed(drafts) if one.state in ("waiting", "stale")), None)
    return here.page(
        "case.html",
        status=status,
        head=head,
        line=sheet.line if sheet else None,
        versions=sheet.versions if sheet else (),
        form=form if not hidden else None,
        verdict=current,
        rows=cells_of(form, [(finding, None) for finding in current.findings])
        if form and current and not hidden
        else (),
        days=days,
        book=book,
        later=later,
        drafts=drafts,
        bookings=bookings,
        returned=[one for one in returned if one.action == "failed" and one.settled_at is None],
        live=live,
        forms=forms,
        first=first,
        second=second,
        changes=changes,
        same=same,
        tab=here.asked("view", 10),
        problem=problem,
        typed=typed or {},
        picked=here.texts("mail"),
        done=here.asked("done", 20),
        asked=list(current.open(Severity.CONFIRM)) if current else [],
        fields=_fields(here, form),
        excepted=[one.name for one in here.office.settings.rules.checks],
        state=words.standing(sheet.line) if sheet else None,
        withdrawn=head.state is CaseState.WITHDRAWN,
        owner=owner,
        people=store.deputies(),
        looking=_looking(here, [one.id for one in drafts]),
        target=target,
        lies_in=case_head(store, into)
        if (into := merged_into(store, case_id)) is not None and here.area is None
        else None,
        moves=[one for one in moves_of(store, case_id) if one.undone_at is None] if here.area is None else [],
        out_of_sight=out_of_sight,
        claims=[
            replace(one, subject=words.HIDDEN_SUBJECT) if one.id in out_of_sight else one
            for one in head.mails
            if one.id in head.open_claims
        ],
    )


def _looking(here: Visit, draft_ids: list[int]) -> list[str]:
    """Who else has a letter of the case open now."""
    found = looking(here.office.store, here.office.clock.sys_now(), but=here.user)
    return sorted({name for one in draft_ids for name in found.get(one, ())})


def _chosen(here: Visit, numbers: list[int]) -> tuple[int | None, int | None]:
    """The versions to compare: those asked for, else the last two."""
    if len(numbers) < 2:
        return None, None
    old, new = here.asked_number("a"), here.asked_number("b")
    first = old if old in numbers else numbers[-2]
    second = new if new in numbers else numbers[-1]
    return first, second


def compare(old: FormData, new: FormData) -> tuple[list[Change], int]:
    """Cell by cell: what differs, and how many fields don't."""
    changes, same = [], 0
    for key in dict.fromkeys([*old.fields, *new.fields]):
        before, after = old.fields.get(key), new.fields.get(key)
        a, b = (written(one) if one else "" for one in (before, after))
        if a == b:
            same += 1
            continue
        shown = after or before
        if shown is None:
            continue
        changes.append(Change((shown.cell or "").rpartition("!")[2], shown.label, marked(pieces(a, b))))
    return changes, same


def _fields(here: Visit, form: FormData | None) -> list[tuple[str, str]]:
    """Fields of the form whose value may be told by phone."""
    spec = next((one for one in here.office.settings.form.forms if form is not None and one.id == form.edition), None)
    return [(key, field.label) for key, field in spec.fields.items()] if spec else []


# --- acts: each one of the desk's -------------------------------------------------------------------------------------


def done(here: Visit, case_id: int, result: Any, done: str) -> Response:
    """Back to the page; a refusal stays on it with what was typed."""
    if isinstance(result, Refused):
        if result.cause == "unknown" and case_head(here.office.store, case_id) is None:
            raise not_found("この団体のページ")
        status = {"role": 403, "empty": 422}.get(result.cause, 409)
        return show_case(here, case_id, status=status, problem=result.reason, typed=here.typed())
    return here.go(f"/cases/{case_id}", done=done)


@router.post("/cases/{case_id}/note")
def note(here: Here, case_id: RowId) -> Response:
    """A remark, or what was said on the telephone: never mailed to anyone."""
    text = here.text("note", 1000).strip()
    kinds = {"in": "受電", "out": "架電"}
    call = kinds.get(here.text("call", 5))
    if call and text:
        whom = here.text("whom", 100).strip()
        text = f"【{call}】{f'{whom}：' if whom else ''}{text}"
    result = acts.add_note(here.office.store, case_id, text=text, user=here.user, now=here.office.now())
    return done(here, case_id, result, "note")


@router.post("/cases/{case_id}/owner")
def owner(here: Here, case_id: RowId) -> Response:
    """Who deals with the case from now on, with a word for them."""
    result = hand_over(
        here.office.store, case_id, to=here.text("to", 100) or None, was=here.text("was", 100) or None, word=here.text("word", 1000),
        user=here.user, now=here.office.now(),
    )  # fmt: skip
    return done(here, case_id, result, "owner")


@router.post("/cases/{case_id}/value")
def value(here: Here, case_id: RowId) -> Response:
    """A value told by phone or in words: judged as if it stood in the form."""
    result = acts.record_value(
        here.office.store, here.office.settings, case_id, field=here.text("field", 60), value=here.text("value", 1000),
        source=here.text("source", 300), user=here.user, now=here.office.now(), revision=here.number("revision"),
    )  # fmt: skip
    return done(here, case_id, result, "value")


@router.post("/cases/{case_id}/as-written")
def as_written(here: Here, case_id: RowId) -> Response:
    result = acts.record_as_written(
        here.office.store, case_id, check=here.text("check", 60), source=here.text("source", 300), user=here.user,
        now=here.office.now(), revision=here.number("revision"),
    )  # fmt: skip
    return done(here, case_id, result, "value")


@router.post("/cases/{case_id}/claim")
def claim(here: Here, case_id: RowId) -> Response:
    """Whether the writer of a mail that was kept apart belongs to the body."""
    result = parties.settle_claim(
        here.office.store, here.number("mail") or 0, accept=here.text("accept", 5) == "yes", why=here.text("why", 500),
        user=here.user, now=here.office.now(),
    )  # fmt: skip
    return done(here, case_id, result, "claim")


@router.post("/cases/{case_id}/party")
def party(here: Here, case_id: RowId) -> Response:
    store, now = here.office.store, here.office.now()
    revision = here.number("revision")
    if here.text("drop", 5) == "yes":
        result: Any = parties.drop_party(
            store,
            case_id,
            address=here.text("address", 320),
            why=here.text("why", 500),
            user=here.user,
            now=now,
            revision=revision,
        )
    else:
        result = parties.add_party(
            store, case_id, address=here.text("address", 320), name=here.text("name", 100).strip() or None,
            why=here.text("why", 500), user=here.user, now=now, revision=revision,
        )  # fmt: skip
    return done(here, case_id, result, "party")


@router.post("/cases/{case_id}/contact")
def contact(here: Here, case_id: RowId) -> Response:
    """Whom letters go to from a day on."""
    since = here.office.now()
    if text := here.text("since", 40).strip():
        try:
            since = moment(text.replace("T", " "))
        except ValueError:
            return done(here, case_id, Refused("いつからかが読めません。例：2026-04-01 00:00", "empty"), "")
    result = parties.change_contact(
        here.office.store, case_id, address=here.text("address", 320), name=here.text("name", 100).strip() or None, since=since,
        instead_of=here.text("instead_of", 320) or None, source=here.text("source", 300), user=here.user, now=here.office.now(),
        revision=here.number("revision"),
    )  # fmt: skip
    return done(here, case_id, result, "contact")


@router.post("/cases/{case_id}/exception")
def exception(here: Here, case_id: RowId) -> Response:
    """A later deadline, or a check that doesn't count, for this applicant alone."""
    until = None
    if text := here.text("until", 40).strip():
        try:
            until = moment(text.replace("T", " "))
        except ValueError:
            return done(here, case_id, Refused("期限の日時が読めません。例：2026-03-27 17:00", "empty"), "")
    result = acts.grant_exception(
        here.office.store, here.office.settings, case_id, what=here.text("what", 80), until=until, why=here.text("why", 500),
        consent=here.text("consent", 300), user=here.user, now=here.office.now(), revision=here.number("revision"),
    )  # fmt: skip
    return done(here, case_id, result, "exception")


@router.post("/cases/{case_id}/exception-end")
def exception_end(here: Here, case_id: RowId) -> Response:
    result = acts.end_exception(
        here.office.store,
        here.number("exception") or 0,
        why=here.text("why", 500),
        user=here.user,
        now=here.office.now(),
    )
    return done(here, case_id, result, "exception")


@router.post("/cases/{case_id}/withdrawal")
def withdrawal(here: Here, case_id: RowId) -> Response:
    store, now, revision = here.office.store, here.office.now(), here.number("revision")
    if here.text("undo", 5) == "yes":
        result: Any = acts.undo_withdrawal(
            store, here.office.settings, case_id, user=here.user, now=now, why=here.text("why", 500), revision=revision
        )
    else:
        result = acts.record_withdrawal(
            store, case_id, user=here.user, now=now, confirmed_with=here.text("confirmed_with", 300), how=here.text("how", 300),
            mail_id=here.number("mail"), revision=revision,
        )  # fmt: skip
    return done(here, case_id, result, "withdrawal")
