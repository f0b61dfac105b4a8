"""One letter each to everybody who wrote before something changed (situations row 46): the ministry has corrected its form.

Each letter is a draft of its own case, composed from that case's newest mail and nothing else; it waits for approval as any other.
A case that has such a notice already, waiting or sent, gets no second one. Times are business time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any

import sqlalchemy as sa

from mailflow.clock import TOKYO
from mailflow.codec import clean_text, from_json
from mailflow.desk.cases import words
from mailflow.desk.refusal import Refused, RefusedError, act
from mailflow.intake.deadlines import WorkingDay, office_moment
from mailflow.mail import read_mail
from mailflow.model import Address, Kind, LetterPlan, Verdict
from mailflow.pipeline import read_context
from mailflow.replies.compose import compose
from mailflow.replies.occasions import FormNotice
from mailflow.replies.quoting import said
from mailflow.replies.view import case_view
from mailflow.settings.settings import Settings
from mailflow.store import Store, audit, own_case
from mailflow.store.addressing import addressed
from mailflow.store.arrivals import BLOB, MAIL
from mailflow.store.case_known import contacts_of
from mailflow.store.drafts import NewDraft
from mailflow.store.mails import CASE, VERDICT
from mailflow.store.moves import DRAFT, OUTGOING, O
from mailflow.store.people import Role

TEMPLATE, PURPOSE = "form-corrected", "notice"
_WROTE = (Kind.APPLICATION.value, Kind.CONSULTATION.value, Kind.INQUIRY.value)


@dataclass(frozen=True, slots=True)
class Noticed:
    """`drafts`: composed now. `left_out`: cases that nobody can be written to, or whose letter would name another case."""

    drafts: tuple[int, ...]
    left_out: tuple[int, ...]


def notice_form_corrected(
    store: Store,
    settings: Settings,
    *,
    since: date,
    changes: Sequence[str],
    old_accepted: bool,
    user: str,
    now: datetime,
) -> Noticed | Refused:
    """Tell every body that wrote before `since` what changed in the form. `old_accepted`: what was sent stays valid."""

    def do(db: sa.Connection) -> Noticed:
        told = tuple(said(words(one, "変わったところ"), 200) for one in changes)
        if not told:
            raise RefusedError("変わったところを書いてください", "empty")
        round_ = settings.round_for(now)
        notice = FormNotice(changes=told, since=since, old_accepted=old_accepted)
        office = settings.file.office_hours
        leaves = office_moment(now, WorkingDay(office.opens, office.closes))
        plan = LetterPlan(
            template=TEMPLATE,
            purpose=PURPOSE,
            not_before=leaves if leaves > now else None,
            valid_until=None if old_accepted else round_.closes,
        )
        made: list[int] = []
        left_out: list[int] = []
        for row in _newest_mails(db, round_.id, datetime.combine(since, time(0), TOKYO)):
            draft_id = _compose(store, db, settings, row, plan=plan, notice=notice, now=now)
            if draft_id is None:
                left_out.append(row.case_id)
            else:
                made.append(draft_id)
        audit.record(
            db,
            audit.Event(
                actor=user, act="form-notice", entity="setting", entity_id=since.isoformat(),
                detail={"letters": len(made), "left_out": len(left_out)},
            ),
        )  # fmt: skip
        return Noticed(tuple(made), tuple(left_out))

    return act(store, user, Role.APPROVER, do)


def _newest_mails(db: sa.Connection, round_id: str, before: datetime) -> list[Any]:
    """Of each case of the round in which a party wrote before that moment and has no such notice: its newest mail. One that
    was turned down, or gave way, is none."""
    told = (
        sa.select(DRAFT.c.case_id)
        .outerjoin(OUTGOING, OUTGOING.c.draft_id == DRAFT.c.id)
        .where(
            DRAFT.c.purpose == PURPOSE, DRAFT.c.template == TEMPLATE,
            DRAFT.c.live | OUTGOING.c.state.in_([O.SENDING.value, O.SENT.value, O.UNCERTAIN.value]),
        )
    )  # fmt: skip
    rows = db.execute(
        sa.select(
            VERDICT.c.case_id, VERDICT.c.mail_id, VERDICT.c.verdict, VERDICT.c.config_hash, CASE.c.number, BLOB.c.content,
        )
        .join(CASE, CASE.c.id == VERDICT.c.case_id)
        .join(MAIL, MAIL.c.id == VERDICT.c.mail_id)
        .join(BLOB, BLOB.c.sha256 == MAIL.c.raw_sha256)
        .where(
            CASE.c.round_id == round_id, CASE.c.withdrawn_at.is_(None), CASE.c.id.not_in(told), VERDICT.c.claim.is_(False),
            VERDICT.c.kind.in_(_WROTE), VERDICT.c.received_at < before,
        )
        .order_by(VERDICT.c.case_id, VERDICT.c.received_at.desc(), VERDICT.c.mail_id.desc())
    ).all()  # fmt: skip
    newest: dict[int, Any] = {}
    for row in rows:
        newest.setdefault(row.case_id, row)
    return list(newest.values())


def _compose(
    store: Store,
    db: sa.Connection,
    settings: Settings,
    row: Any,
    *,
    plan: LetterPlan,
    notice: FormNotice,
    now: datetime,
) -> int | None:
    verdict = from_json(Verdict, row.verdict)
    mail = read_mail(row.content, context=read_context(settings))
    contact, ended = contacts_of(db, row.case_id, now)
    known = replace(verdict.known, case_id=row.case_id, case_number=row.number, contact=contact, ended=ended)
    view = replace(case_view(mail, verdict, known, plan, settings), notice=notice)
    composed = NewDraft.of(compose(view, settings), config_hash=settings.hash)
    sender = mail.sender
    who = (
        Address(name=clean_text(sender.name) if sender and sender.name else None, address=sender.address)
        if sender
        else None
    )
    new = addressed(db, row.case_id, composed, who)
    if new is None:
        return None
    foreign = own_case.foreign(db, row.case_id, new.candidates)
    return store.insert_draft(
        db, new, case_id=row.case_id, mail_id=row.mail_id, acknowledges=(), foreign=foreign, now=now
    )
