"""The letter about a slot that people book, move or cancel by hand, composed by the same act (DESIGN §5, §6).

It answers the newest mail of the case, goes to parties of that case only, carries the calendar entry (same UID, SEQUENCE one up), and
waits for approval as any other. It rests on no verdict, so that it stays when that mail is judged again. Composed outside of any
transaction; the mail is read by the caller's `read`, in a process that may be killed (DESIGN §8.2).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from mailflow.codec import from_json
from mailflow.consultation.slots import meeting_for
from mailflow.desk.refusal import Refused, RefusedError
from mailflow.desk.writing import newest_mails
from mailflow.intake.deadlines import WorkingDay, office_moment
from mailflow.model import (
    Address,
    Booking,
    ConsultationStep,
    Kind,
    Known,
    LetterPlan,
    Mail,
    Method,
    Request,
    RequestIntent,
    Slot,
    Verdict,
)
from mailflow.pipeline import Reading, invited
from mailflow.recipients import correspondent
from mailflow.replies.compose import compose
from mailflow.replies.render import LetterError
from mailflow.replies.view import CaseView, case_view
from mailflow.settings.settings import Settings
from mailflow.store import Store, own_case
from mailflow.store.addressing import addressed
from mailflow.store.booking_letters import told_by
from mailflow.store.booking_list import bookings_of, links_used
from mailflow.store.case_known import contacts_of
from mailflow.store.drafts import NewDraft
from mailflow.store.mails import CASE, VERDICT
from mailflow.store.moves import DRAFT, D, pull_back

PURPOSE = "consultation"
TEMPLATES = {"book": "consultation-confirmed", "reschedule": "consultation-changed", "cancel": "consultation-cancelled"}
_PRIORITY = 20

Read = Callable[[int, bytes, datetime], Reading | None]  # (mail, its bytes, received at); None where it can't be read


@dataclass(frozen=True, slots=True, kw_only=True)
class ByLetter:
    """How the applicant is told. `by_office`: it is our wish, not theirs."""

    settings: Settings
    read: Read
    by_office: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ByPhone:
    """Told already; no letter is composed."""


Told = ByLetter | ByPhone


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is done to a slot. `booking`: as it is before (None: a new one, named `uid`); `slot` None: it is cancelled."""

    case_id: int
    slot: Slot | None
    booking: Booking | None = None
    uid: str | None = None
    phone: str | None = None

    @property
    def step(self) -> Literal["book", "reschedule", "cancel"]:
        return "book" if self.booking is None else "reschedule" if self.slot is not None else "cancel"


@dataclass(frozen=True, slots=True)
class Composed:
    """A letter that is saved nowhere yet. `link`: the meeting that it names."""

    new: NewDraft
    sender: Address | None
    link: str | None


@dataclass(frozen=True, slots=True)
class Basis:
    """What a letter by hand rests on: the newest mail of the case, its verdict, and the case as it is now."""

    mail: Mail
    verdict: Verdict
    known: Known


def basis_of(store: Store, told: ByLetter, case_id: int, *, now: datetime) -> Basis | Refused:
    """Read outside of any transaction."""
    mail_id = newest_mails(store, [case_id]).get(case_id)
    if mail_id is None:
        return Refused(
            "この案件には、返信できるメールがありません。電話で伝えたうえで、電話で伝えたと記してください", "no-mail"
        )
    with store.read() as db:
        row = db.execute(
            sa.select(VERDICT.c.verdict, VERDICT.c.received_at, CASE.c.number)
            .join(CASE, CASE.c.id == VERDICT.c.case_id)
            .where(VERDICT.c.mail_id == mail_id)
        ).one()
        contact, ended = contacts_of(db, case_id, now)
        booked = bookings_of(db, case_id)
    raw = store.raw(mail_id)
    reading = told.read(mail_id, raw, row.received_at) if raw is not None else None
    if reading is None:
        return Refused("この案件のメールを読み出せないため、手紙を作れません", "unreadable")
    verdict = from_json(Verdict, row.verdict)
    if all(one.id != verdict.round_id for one in told.settings.rounds):
        return Refused(f"公募の回 {verdict.round_id or ''} が、いまの設定にありません")
    known = replace(
        verdict.known, case_id=case_id, case_number=row.number, contact=contact, ended=ended, bookings=booked
    )
    return Basis(reading.mail, verdict, known)


def compose_telling(store: Store, told: ByLetter, change: Change, *, now: datetime) -> Composed | Refused:
    """The letter about the change, of the case's own and of public facts."""
    settings, basis = told.settings, basis_of(store, told, change.case_id, now=now)
    if isinstance(basis, Refused):
        return basis
    with store.read() as db:
        links = links_used(db, now)
    step = _step(settings, change, links)
    about = replace(_about(basis.verdict, change, now), known=basis.known, step=step)
    view = case_view(basis.mail, about, basis.known, _plan(settings, step, change, now), settings)
    view = invited(view, about, settings)
    if view.consultation is not None:
        view = replace(view, consultation=replace(view.consultation, by_office=told.by_office))
    new = composed(view, settings)
    return new if isinstance(new, Refused) else Composed(new, correspondent(basis.mail, basis.verdict), step.link)


def composed(view: CaseView, settings: Settings) -> NewDraft | Refused:
    """The letter, or why its template can't say it."""
    try:
        draft = compose(view, settings)
    except LetterError as error:
        return Refused(f"この手紙は作れません：{error}", "template")
    return NewDraft.of(replace(draft, findings=(), items=(), fix_by=None), config_hash=settings.hash)


def _step(settings: Settings, change: Change, links: tuple[str, ...]) -> ConsultationStep:
    link, access = change.booking.link if change.booking else None, None
    host = settings.consultation.host(change.slot.host) if change.slot else None
    if change.slot is not None and host is not None:
        link = access = None
        if change.slot.method is Method.ONLINE:
            kept = change.booking.link if change.booking and change.booking.host == host.id else None
            link, access = meeting_for(host, kept, links)
    return ConsultationStep(
        step=change.step, because="事務局が手で決めました。", template=TEMPLATES[change.step], slot=change.slot,
        booking=change.booking, uid=change.uid, link=link, access=access,
    )  # fmt: skip


def _about(verdict: Verdict, change: Change, now: datetime) -> Verdict:
    """The mail that is answered, with the act in the place of what it asked for. Its form is material only where it asked for a
    consultation; its findings are another letter's."""
    understood = verdict.understood
    slot = change.slot
    request = replace(
        understood.request or Request(intent=RequestIntent.REQUEST),
        intent=RequestIntent.REQUEST if change.booking is None else RequestIntent.RESCHEDULE,
        method=slot.method if slot else None,
        phone=change.phone or (change.booking.phone if change.booking else None),
        windows=(),
        choices=(),
        unclear=(),
    )
    forms = understood.forms if understood.kind is Kind.CONSULTATION else ()
    return replace(verdict, understood=replace(understood, request=request, forms=forms), findings=(), judged_at=now)


def _plan(settings: Settings, step: ConsultationStep, change: Change, now: datetime) -> LetterPlan:
    office = settings.file.office_hours
    leaves = office_moment(now, WorkingDay(office.opens, office.closes))
    ends = change.slot.start if change.slot is not None else None
    return LetterPlan(
        template=step.template or "",
        purpose=PURPOSE,
        not_before=leaves if leaves > now and (ends is None or leaves < ends) else None,
        valid_until=ends,
        priority=_PRIORITY,
    )


def save_telling(
    store: Store, db: sa.Connection, letter: Composed, case_id: int, booking_id: int, *, user: str, now: datetime
) -> int:
    """In the act's own transaction: the letters that it takes the place of stop, and it waits. Its id. Raises RefusedError."""
    new = addressed(db, case_id, letter.new, letter.sender)
    if new is None:
        raise RefusedError("送れる宛先がないため、手紙を作れません。先に、関係者を加えてください", "recipient")
    for draft_id in db.execute(
        sa.select(DRAFT.c.id).where(DRAFT.c.case_id == case_id, DRAFT.c.purpose == PURPOSE, DRAFT.c.live)
    ).scalars():
        pull_back(db, draft_id, D.SUPERSEDED, because="手での変更", actor=user)
    foreign = own_case.foreign(db, case_id, new.candidates)
    draft_id = store.insert_draft(db, new, case_id=case_id, mail_id=None, acknowledges=(), foreign=foreign, now=now)
    told_by(db, booking_id, draft_id)
    return draft_id
