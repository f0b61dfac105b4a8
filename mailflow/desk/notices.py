"""One letter each to everybody who wrote before something changed: the ministry has corrected its form (situations row 46), or has
moved the close for an area (row 33).

Each letter is a draft of its own case, composed from that case's newest mail and nothing else; it waits for approval as any other.
A case that has such a notice already, waiting or sent, gets no second one. Times are business time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any

import sqlalchemy as sa

from mailflow.clock import TOKYO
from mailflow.codec import clean_text, from_json
from mailflow.desk.holding import words
from mailflow.desk.refusal import Refused, RefusedError, act, may
from mailflow.intake.deadlines import WorkingDay, office_moment
from mailflow.model import Address, Kind, LetterPlan, Verdict
from mailflow.pipeline import Reading
from mailflow.replies.compose import compose
from mailflow.replies.occasions import FormNotice
from mailflow.replies.quoting import said
from mailflow.replies.render import LetterError
from mailflow.replies.view import case_view
from mailflow.settings.settings import Settings
from mailflow.store import Store, audit, own_case
from mailflow.store.addressing import addressed
from mailflow.store.arrivals import MAIL
from mailflow.store.case_known import contacts_of
from mailflow.store.drafts import NewDraft
from mailflow.store.mails import CASE, VERDICT
from mailflow.store.moves import DRAFT, OUTGOING, O
from mailflow.store.people import Role

TEMPLATE, PURPOSE = "form-corrected", "notice"
MOVED, MOVED_PURPOSE = "deadline-moved", "notice-deadline"
_WROTE = (Kind.APPLICATION.value, Kind.CONSULTATION.value, Kind.INQUIRY.value)


Read = Callable[[int, bytes, datetime], Reading | None]  # (mail, its bytes, received at); None where it can't be read


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A case that got no letter. `because`: one sentence."""

    case_id: int
    because: str


@dataclass(frozen=True, slots=True)
class Noticed:
    """`drafts`: composed now."""

    drafts: tuple[int, ...]
    left_out: tuple[LeftOut, ...]


def notice_form_corrected(
    store: Store,
    settings: Settings,
    *,
    since: date,
    changes: Sequence[str],
    old_accepted: bool,
    user: str,
    now: datetime,
    read: Read,
) -> Noticed | Refused:
    """Tell every body that wrote before `since` what changed in the form. `old_accepted`: what was sent stays valid.

    `read`: in a process that may be killed (DESIGN §8.2). Each letter is composed outside of any transaction and saved in one
    of its own: one that can't be is left out with the reason, and who is told already is so where this is broken off.
    """
    if (refusal := may(store, user, Role.APPROVER)) is not None:
        return refusal
    try:
        told = tuple(said(words(one, "変わったところ"), 200) for one in changes)
    except RefusedError as empty:
        return empty.refused
    if not told:
        return Refused("変わったところを書いてください", "empty")
    round_, before = settings.round_for(now), datetime.combine(since, time(0), TOKYO)
    office = settings.file.office_hours
    leaves = office_moment(now, WorkingDay(office.opens, office.closes))
    plan = LetterPlan(
        template=TEMPLATE,
        purpose=PURPOSE,
        not_before=leaves if leaves > now else None,
        valid_until=None if old_accepted else round_.closes,
    )
    notice = FormNotice(changes=told, since=since, old_accepted=old_accepted)
    wrote = _Wrote(round_.id, before, TEMPLATE, PURPOSE)
    with store.read() as db:
        rows = _newest_mails(db, wrote)
    told_now = _told(store, settings, rows, wrote, plan=plan, notice=notice, user=user, now=now, read=read)
    _notice_record(store, "form-notice", since.isoformat(), told_now, user)
    return told_now


def notice_deadline_moved(
    store: Store, settings: Settings, *, user: str, now: datetime, read: Read
) -> Noticed | Refused:
    """Tell every body for which mailflow.yaml moves the close (`extensions`) and that has written: until when, in a letter of its
    own case. `read`: as above."""
    if (refusal := may(store, user, Role.APPROVER)) is not None:
        return refusal
    round_ = settings.round_for(now)
    if not round_.extensions:
        return Refused("mailflow.yaml の rounds に、地域ごとの締切（extensions）がありません", "empty")
    office = settings.file.office_hours
    leaves = office_moment(now, WorkingDay(office.opens, office.closes))
    wrote = _Wrote(round_.id, now, MOVED, MOVED_PURPOSE)
    with store.read() as db:
        rows = _newest_mails(db, wrote)
    by_close: dict[datetime, list[Any]] = {}
    for row in rows:
        moved = round_.extended(from_json(Verdict, row.verdict).understood.organization)
        if moved is not None and now < moved.until:
            by_close.setdefault(moved.until, []).append(row)
    made: list[int] = []
    left_out: list[LeftOut] = []
    for until, of_area in by_close.items():
        plan = LetterPlan(
            template=MOVED, purpose=MOVED_PURPOSE, not_before=leaves if leaves > now else None, valid_until=until
        )
        told_now = _told(store, settings, of_area, wrote, plan=plan, notice=None, user=user, now=now, read=read)
        made += told_now.drafts
        left_out += told_now.left_out
    found = Noticed(tuple(made), tuple(left_out))
    _notice_record(store, "deadline-notice", round_.id, found, user)
    return found


@dataclass(frozen=True, slots=True)
class _Wrote:
    """Who is told: who wrote in the round before a moment, and has no such notice."""

    round_id: str
    before: datetime
    template: str
    purpose: str


def _told(
    store: Store, settings: Settings, rows: Sequence[Any], wrote: _Wrote, *, plan: LetterPlan, notice: FormNotice | None,
    user: str, now: datetime, read: Read,
) -> Noticed:  # fmt: skip
    made: list[int] = []
    left_out: list[LeftOut] = []
    for row in rows:
        composed = _composed(store, settings, row, plan=plan, notice=notice, now=now, read=read)
        saved = (
            act(store, user, Role.APPROVER, _saving(store, row, composed, wrote, now=now))
            if isinstance(composed, _Composed)
            else composed
        )
        if isinstance(saved, Refused):
            left_out.append(LeftOut(row.case_id, saved.reason))
        else:
            made.append(saved)
    return Noticed(tuple(made), tuple(left_out))


def _notice_record(store: Store, name: str, about: str, told: Noticed, user: str) -> None:
    with store.write() as db:
        audit.record(
            db,
            audit.Event(
                actor=user, act=name, entity="setting", entity_id=about,
                detail={"letters": len(told.drafts), "left_out": len(told.left_out)},
            ),
        )  # fmt: skip


def _newest_mails(db: sa.Connection, wrote: _Wrote, case_id: int | None = None) -> list[Any]:
    """Of each case in which a party wrote: its newest mail. A notice that was turned down, or gave way, is none. `case_id`: of
    this one alone."""
    told = (
        sa.select(DRAFT.c.case_id)
        .outerjoin(OUTGOING, OUTGOING.c.draft_id == DRAFT.c.id)
        .where(
            DRAFT.c.purpose == wrote.purpose, DRAFT.c.template == wrote.template,
            DRAFT.c.live | OUTGOING.c.state.in_([O.SENDING.value, O.SENT.value, O.UNCERTAIN.value]),
        )
    )  # fmt: skip
    query = (
        sa.select(VERDICT.c.case_id, VERDICT.c.mail_id, VERDICT.c.received_at, VERDICT.c.verdict, CASE.c.number)
        .join(CASE, CASE.c.id == VERDICT.c.case_id)
        .join(MAIL, MAIL.c.id == VERDICT.c.mail_id)
        .where(
            CASE.c.round_id == wrote.round_id, CASE.c.withdrawn_at.is_(None), CASE.c.id.not_in(told), VERDICT.c.claim.is_(False),
            VERDICT.c.kind.in_(_WROTE), VERDICT.c.received_at < wrote.before, MAIL.c.raw_sha256.is_not(None),
        )
        .order_by(VERDICT.c.case_id, VERDICT.c.received_at.desc(), VERDICT.c.mail_id.desc())
    )  # fmt: skip
    if case_id is not None:
        query = query.where(CASE.c.id == case_id)
    newest: dict[int, Any] = {}
    for row in db.execute(query):
        newest.setdefault(row.case_id, row)
    return list(newest.values())


@dataclass(frozen=True, slots=True)
class _Composed:
    new: NewDraft
    sender: Address | None


def _composed(
    store: Store,
    settings: Settings,
    row: Any,
    *,
    plan: LetterPlan,
    notice: FormNotice | None,
    now: datetime,
    read: Read,
) -> _Composed | Refused:
    raw = store.raw(row.mail_id)
    reading = read(row.mail_id, raw, row.received_at) if raw is not None else None
    if reading is None:
        return Refused("この案件のメールを読み出せないため、作っていません", "unreadable")
    with store.read() as db:
        contact, ended = contacts_of(db, row.case_id, now)
    verdict = from_json(Verdict, row.verdict)
    known = replace(verdict.known, case_id=row.case_id, case_number=row.number, contact=contact, ended=ended)
    view = replace(case_view(reading.mail, verdict, known, plan, settings), notice=notice)
    try:
        new = NewDraft.of(compose(view, settings), config_hash=settings.hash)
    except LetterError as error:
        return Refused(f"この手紙は作れません：{error}", "template")
    sender = reading.mail.sender
    named = clean_text(sender.name) if sender is not None and sender.name else None
    return _Composed(new, Address(name=named, address=sender.address) if sender is not None else None)


def _saving(
    store: Store, row: Any, composed: _Composed, wrote: _Wrote, *, now: datetime
) -> Callable[[sa.Connection], int]:
    def do(db: sa.Connection) -> int:
        if [one.mail_id for one in _newest_mails(db, wrote, row.case_id)] != [row.mail_id]:
            raise RefusedError("作っているあいだにこの案件が変わったため、作っていません")
        new = addressed(db, row.case_id, composed.new, composed.sender)
        if new is None:
            raise RefusedError("送れる宛先がないため、作っていません", "recipient")
        foreign = own_case.foreign(db, row.case_id, new.candidates)
        return store.insert_draft(
            db, new, case_id=row.case_id, mail_id=row.mail_id, acknowledges=(), foreign=foreign, now=now
        )

    return do
