"""A consultation that the regional bureau holds: a person asks, a person enters the answer (DESIGN §6).

The letter to the bureau is composed by the act of asking: to the addresses that parties.yaml has of it, with the body's name and what
this case's own mail asks for. It waits for approval as any other. What the bureau said is told to the applicant by a person.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

import sqlalchemy as sa

from mailflow.clock import TOKYO, tokyo
from mailflow.desk.booking_letters import ByLetter, Told, basis_of, composed
from mailflow.desk.refusal import Done, Refused, RefusedError, act
from mailflow.intake.deadlines import WorkingDay, office_moment
from mailflow.model import Address, ConsultationStep, LetterPlan, Method
from mailflow.replies.addressee import Addressee
from mailflow.replies.quoting import said as quoted
from mailflow.replies.talk import consultation_view
from mailflow.replies.view import case_view
from mailflow.settings.settings import Settings
from mailflow.store import Store, bureau_requests, own_case
from mailflow.store.addressing import addressed
from mailflow.store.case_read import CC, PARTY, party_key
from mailflow.store.drafts import NewDraft
from mailflow.store.mails import CASE
from mailflow.store.moves import DRAFT, D, pull_back
from mailflow.store.people import Role
from mailflow.workdays import is_business_day

TEMPLATE, PURPOSE = "consultation-bureau", "bureau-request"
ANSWER_DAYS, ANSWER_AT = 2, time(17)  # what the letter asks for; the alarm has its own time (bureau_alarm)
_WAYS = {Method.ONLINE: "オンライン", Method.PHONE: "電話"}


@dataclass(frozen=True, slots=True)
class Asked:
    """`request_id`: of the request; `bureau`: who is asked; `draft_id`: of the letter, None where it was asked by phone or has no address."""

    request_id: int
    bureau: str
    draft_id: int | None = None


def ask_bureau(
    store: Store, case_id: int, *, bureau: str | None, note: str | None, told: Told, user: str, now: datetime
) -> Asked | Refused:
    """Ask the bureau in charge (or the one named) to hold the consultation: by a letter, or noted as asked by phone (`told`)."""
    with store.read() as db:
        case = db.execute(sa.select(CASE).where(CASE.c.id == case_id)).one_or_none()
    if case is None:
        return Refused("その案件はありません")
    asked: str | None = bureau or case.org_bureau
    if not asked:
        return Refused("管轄の総合通信局が分かりません。--bureau で書いてください")
    letter, to = None, addresses_of(told.settings, asked) if isinstance(told, ByLetter) else ()
    if isinstance(told, ByLetter) and to:
        letter = _composed(store, told, case_id, asked, to, note, now)
    if isinstance(letter, Refused):
        return letter

    def do(db: sa.Connection) -> Asked:
        made = bureau_requests.ask(db, case_id=case_id, bureau=asked, note=note, by=user, now=now)
        return Asked(made, asked, _saved(store, db, letter, to, case_id, user=user, now=now) if letter else None)

    return act(store, user, Role.STAFF, do)


def addresses_of(settings: Settings, bureau: str) -> tuple[Address, ...]:
    """Those of a bureau in parties.yaml; () as shipped."""
    return tuple(
        Address(name=party.name, address=address)
        for party in settings.parties.parties
        if party.kind == "bureau" and party.name == bureau
        for address in party.addresses
    )


def _composed(  # noqa: PLR0917  (a letter needs them all)
    store: Store, told: ByLetter, case_id: int, bureau: str, to: tuple[Address, ...], note: str | None, now: datetime
) -> NewDraft | Refused:
    settings, basis = told.settings, basis_of(store, told, case_id, now=now)
    if isinstance(basis, Refused):
        return basis
    office = settings.file.office_hours
    leaves = office_moment(now, WorkingDay(office.opens, office.closes))
    plan = LetterPlan(
        template=TEMPLATE, purpose=PURPOSE, not_before=leaves if leaves > now else None, valid_until=None, priority=20
    )
    request = basis.verdict.understood.request
    verdict = replace(basis.verdict, findings=(), known=basis.known, judged_at=now)
    step = ConsultationStep(step="offer", because="総合通信局へのお願いです。", template=TEMPLATE)
    talk = consultation_view(step, verdict, basis.known.case_number or "", settings)
    wished = [talk.wished or "", _WAYS[request.method] if request and request.method else ""]
    talk = replace(
        talk,
        wished="　".join(filter(None, wished)) or None,
        reply_by=_answer_by(leaves),
        reason=quoted(note, 300) if note else None,
        phone=quoted(request.phone, 40) if request and request.phone else None,
    )
    mail = replace(
        basis.mail, message_id=None, references=(), in_reply_to=None
    )  # the bureau isn't in the officer's thread
    view = case_view(mail, verdict, basis.known, plan, settings)
    view = replace(
        view, to=to, cc=(), parts=(), consultation=talk, addressee=Addressee(organization=bureau, person="ご担当者 様")
    )
    return composed(view, settings)


def _answer_by(leaves: datetime) -> datetime:
    day, left = tokyo(leaves).date(), ANSWER_DAYS
    while left:
        day += timedelta(days=1)
        left -= is_business_day(day)
    return datetime.combine(day, ANSWER_AT, TOKYO)


def _saved(
    store: Store,
    db: sa.Connection,
    letter: NewDraft,
    to: tuple[Address, ...],
    case_id: int,
    *,
    user: str,
    now: datetime,
) -> int:
    for one in to:  # to be written to, nothing more
        row = {
            "case_id": case_id,
            "address": party_key(one),
            "name": one.name,
            "role": "bureau",
            "standing": CC,
            "since": now,
        }
        db.execute(store.upsert(PARTY).values(row).on_conflict_do_nothing())
    new = addressed(db, case_id, letter, None)
    if new is None:
        raise RefusedError("局のアドレスに送れません（parties.yaml）", "recipient")
    for draft_id in db.execute(
        sa.select(DRAFT.c.id).where(DRAFT.c.case_id == case_id, DRAFT.c.purpose == PURPOSE, DRAFT.c.live)
    ).scalars():
        pull_back(db, draft_id, D.SUPERSEDED, because="改めてのお願い", actor=user)
    foreign = own_case.foreign(db, case_id, new.candidates)
    return store.insert_draft(db, new, case_id=case_id, mail_id=None, acknowledges=(), foreign=foreign, now=now)


def bureau_answered(
    store: Store, request_id: int, *, starts: datetime | None, said: str | None, user: str, now: datetime
) -> Done | Refused:
    """What the bureau said: when it receives the applicant, or (None) that it can't."""

    def do(db: sa.Connection) -> Done:
        if not bureau_requests.answer(db, request_id, starts=starts, said=said, by=user, now=now):
            raise RefusedError("その依頼はありません")
        return Done()

    return act(store, user, Role.STAFF, do)
