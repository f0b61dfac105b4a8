"""Taking in the web form's answers from a table: each row becomes an arrival, and goes the way of every mail (DESIGN §9).

So the slot rule, the case, the letter and its approval are those of a notice by mail. A row that is there already, by mail or
by an earlier table, is not taken in again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from mailflow.codec import from_json
from mailflow.consultation.form_table import FormRow, notice_of
from mailflow.mail import read_mail_and_id
from mailflow.model import TABLE, Arrival, Place, Verdict
from mailflow.pipeline import read_context
from mailflow.settings.models import KnownParty
from mailflow.settings.settings import Settings
from mailflow.store import Store
from mailflow.store.arrivals import Headers
from mailflow.store.mails import VERDICT

WEB_FORM = "web-form"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """`mail_id` None: nothing was taken in (a dry run, or it is there: `known`)."""

    row: FormRow
    mail_id: int | None
    known: bool


def form_of(settings: Settings) -> KnownParty | None:
    """The web form that parties.yaml describes."""
    return next((one for one in settings.parties.parties if one.kind == WEB_FORM and one.labels), None)


def sender_of(form: KnownParty) -> str | None:
    """An address that parties.yaml takes for the form's."""
    if form.addresses:
        return form.addresses[0]
    return f"form-table@{form.domains[0].lstrip('.@')}" if form.domains else None


def arrival_of(row: FormRow, settings: Settings, form: KnownParty) -> tuple[Arrival, Headers]:
    """The row as the notice it stands for; received when the officer sent the form."""
    raw = notice_of(
        row, sender=sender_of(form) or "", recipient=settings.programme.address, subject=form.subject or form.name
    )
    mail, content_id = read_mail_and_id(raw, context=read_context(settings))
    place = Place(mailbox=TABLE[0], folder=TABLE[1], uidvalidity=1, uid=int(content_id[:15], 16))
    headers = Headers(message_id=mail.message_id, subject=mail.subject, sender=mail.sender, date=mail.date)
    return Arrival(raw=raw, place=place, received_at=row.asked_at, content_id=content_id), headers


def take_in(store: Store, settings: Settings, rows: list[FormRow], *, dry_run: bool) -> list[Taken]:
    """Every row that isn't there yet, each in its own transaction."""
    form = form_of(settings)
    if form is None:
        return []
    there = requests_by_form(store)
    done: list[Taken] = []
    for row in rows:
        key = (row.address.casefold(), row.asked_at)
        arrival, headers = arrival_of(row, settings, form)
        if key in there or store.has_content(arrival.content_id):
            done.append(Taken(row=row, mail_id=None, known=True))
            continue
        there.add(key)
        if dry_run:
            done.append(Taken(row=row, mail_id=None, known=False))
            continue
        (result,) = store.arrive([arrival], headers={arrival.content_id: headers})
        done.append(Taken(row=row, mail_id=result.mail_id, known=not result.new))
    return done


def requests_by_form(store: Store) -> set[tuple[str, datetime]]:
    """(address, the form's own time) of every request that came by the form and is judged."""
    query = sa.select(VERDICT.c.verdict).where(
        VERDICT.c.kind == "consultation", VERDICT.c.verdict.like('%"form":true%')
    )
    found: set[tuple[str, datetime]] = set()
    with store.read() as db:
        for text in db.execute(query).scalars():
            request = from_json(Verdict, text).understood.request
            if request is not None and request.form and request.contact is not None and request.asked_at is not None:
                found.add((request.contact.key, request.asked_at))
    return found
