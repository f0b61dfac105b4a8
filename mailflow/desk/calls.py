"""The call sheet (電話連絡票): whom to phone because a letter didn't reach them, with the number of their form.

Three sorts of lines: a mail says that the letter came back (anybody can write such a mail), or that it was deleted unread before
the limit that it names (situations row 41), or the server refused the letter when it was handed over. The first two are settled
here, the third by what becomes of the letter (`desk.mending`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from mailflow.codec import clean_text
from mailflow.desk.refusal import Done, Refused, RefusedError, act
from mailflow.store import Store
from mailflow.store.bounces import Bounce
from mailflow.store.cases import application
from mailflow.store.moves import O
from mailflow.store.outbox_lines import OutgoingLine
from mailflow.store.people import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One line: `bounce`, or the `refused` letter. `phone`, `contact`: of the form that counts, None where no form could be
    read."""

    bounce: Bounce | None = None
    refused: OutgoingLine | None = None
    outgoing_id: int
    case_id: int
    subject: str
    recipient: str
    why: str
    sent_at: datetime | None
    number: str | None
    organization: str | None
    contact: str | None
    phone: str | None


def call_sheet(store: Store, *, every: bool = False) -> list[Call]:
    """Letters that didn't arrive and that nobody has dealt with; `every`: the dealt-with bounces too."""
    returned = [
        _call(store, one.case_id, bounce=one, outgoing_id=one.outgoing_id, subject=one.subject, recipient=one.recipient,
              why=one.why, sent_at=one.sent_at)
        for one in store.bounces(open_only=not every)
        if one.action == "failed" or _deleted_in_vain(one)
    ]  # fmt: skip
    refused = [
        _call(store, one.case_id, refused=one, outgoing_id=one.id, subject=one.subject,
              recipient="、".join(each.address for each in one.to), why=one.answer or "", sent_at=None)
        for one in store.outbox(states=[O.FAILED])
    ]  # fmt: skip
    return returned + refused


def _deleted_in_vain(one: Bounce) -> bool:
    """Deleted unread while what the letter asks for could still be done."""
    return one.action == "deleted" and one.valid_until is not None and one.at < one.valid_until


def _call(
    store: Store,
    case_id: int,
    *,
    outgoing_id: int,
    subject: str,
    recipient: str,
    why: str,
    sent_at: datetime | None,
    bounce: Bounce | None = None,
    refused: OutgoingLine | None = None,
) -> Call:
    sheet = application(store, str(case_id))
    form = sheet.verdict.understood.form if sheet and sheet.verdict else None
    return Call(
        bounce=bounce,
        refused=refused,
        outgoing_id=outgoing_id,
        case_id=case_id,
        subject=subject,
        recipient=recipient,
        why=why,
        sent_at=sent_at,
        number=sheet.line.number if sheet else None,
        organization=sheet.line.organization.full_name if sheet else None,
        contact=form.text("contact_name") if form else None,
        phone=form.text("contact_phone") if form else None,
    )


def settle_call(store: Store, bounce_id: int, *, user: str, how: str, at: datetime) -> Done | Refused:
    """Say what was done about a letter that came back. The letter's own state stays as it is."""

    def do(db: sa.Connection) -> Done:
        if not how.strip():
            raise RefusedError("どうしたかを書いてください（だれに電話したかなど）")
        if not store.settle_bounce(db, bounce_id, by=user, how=clean_text(how)[:1000], at=at):
            raise RefusedError(f"番号 {bounce_id} の、済んでいない知らせはありません", "unknown")
        return Done()

    return act(store, user, Role.STAFF, do)
