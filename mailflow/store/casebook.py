"""What people wrote down on a case beside its mails: withdrawals, exceptions, values told, contacts, notes. Reading only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from mailflow.codec import from_json
from mailflow.model import FormData, Kind, Recorded, Verdict
from mailflow.numbering import row_number
from mailflow.store.again import NOTE, PROMISE
from mailflow.store.base import Base
from mailflow.store.case_known import CONTACT, RECORDED
from mailflow.store.case_read import versions_of
from mailflow.store.hidden import hidden_now
from mailflow.store.known import EXCEPTION
from mailflow.store.mails import CASE, VERDICT
from mailflow.store.overview import name_of
from mailflow.store.tables import table_of
from mailflow.store.tables_case import WithdrawalRow

WITHDRAWAL = table_of(WithdrawalRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalLine:
    at: datetime
    mail_id: int | None
    confirmed_with: str
    how: str
    by: str
    undone_at: datetime | None
    undone_by: str | None
    undone_why: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionLine:
    id: int
    what: str
    until: datetime | None
    why: str
    consent: str | None
    by: str
    at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactLine:
    address: str
    name: str | None
    since: datetime
    until: datetime | None
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteLine:
    at: datetime
    by: str
    kind: str
    text: str
    mail_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Casebook:
    """`revision`: what an act on the case may name. `promised`: until when an answer is promised that hasn't come."""

    case_id: int
    number: str
    revision: int
    withdrawals: tuple[WithdrawalLine, ...]
    exceptions: tuple[ExceptionLine, ...]
    recorded: tuple[Recorded, ...]
    contacts: tuple[ContactLine, ...]
    notes: tuple[NoteLine, ...]
    promised: datetime | None
    hidden: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionForm:
    """One version's form, as judged."""

    number: int
    mail_id: int
    received_at: datetime
    form: FormData


def find_case(store: Base, key: str) -> int | None:
    """The case of an id or a number (`R8-1-202053`)."""
    where = CASE.c.id == row if (row := row_number(key)) is not None else CASE.c.number == key
    with store.read() as db:
        found: int | None = db.execute(sa.select(CASE.c.id).where(where)).scalar()
    return found


def casebook(store: Base, case_id: int) -> Casebook | None:
    """All that people wrote down on one case, oldest first; None for an unknown one."""
    with store.read() as db:
        case = db.execute(sa.select(CASE).where(CASE.c.id == case_id)).one_or_none()
        if case is None:
            return None
        mails = list(db.execute(sa.select(VERDICT.c.mail_id).where(VERDICT.c.case_id == case_id)).scalars())
        withdrawals = db.execute(sa.select(WITHDRAWAL).where(WITHDRAWAL.c.case_id == case_id).order_by(WITHDRAWAL.c.id))
        exceptions = db.execute(sa.select(EXCEPTION).where(EXCEPTION.c.case_id == case_id).order_by(EXCEPTION.c.id))
        recorded = db.execute(
            sa.select(RECORDED.c.content).where(RECORDED.c.case_id == case_id).order_by(RECORDED.c.id)
        )
        contacts = db.execute(sa.select(CONTACT).where(CONTACT.c.case_id == case_id).order_by(CONTACT.c.id))
        notes = db.execute(
            sa.select(NOTE)
            .where((NOTE.c.case_id == case_id) | NOTE.c.mail_id.in_(mails))
            .order_by(NOTE.c.at, NOTE.c.id)
        )
        return Casebook(
            case_id=case_id,
            number=case.number,
            revision=case.revision,
            withdrawals=tuple(
                WithdrawalLine(
                    at=r.at, mail_id=r.mail_id, confirmed_with=r.confirmed_with, how=r.how, by=r.by,
                    undone_at=r.undone_at, undone_by=r.undone_by, undone_why=r.undone_why,
                )
                for r in withdrawals
            ),
            exceptions=tuple(
                ExceptionLine(
                    id=r.id, what=r.what, until=r.until, why=r.why, consent=r.consent, by=r.by, at=r.at,
                    ended_at=r.ended_at,
                )
                for r in exceptions
            ),
            recorded=tuple(from_json(Recorded, text) for text in recorded.scalars()),
            contacts=tuple(
                ContactLine(address=r.address, name=r.name, since=r.since, until=r.until, source=r.source)
                for r in contacts
            ),
            notes=tuple(NoteLine(at=r.at, by=r.by, kind=r.kind, text=r.text, mail_id=r.mail_id) for r in notes),
            promised=open_promise(db, case_id),
            hidden=tuple(sorted(hidden_now(db, mails))) if mails else (),
        )  # fmt: skip


def open_promise(db: sa.Connection, case_id: int) -> datetime | None:
    """Until when the newest mail that promises something says it will come; None where a form came after it."""
    row = db.execute(
        sa.select(PROMISE.c.promised, VERDICT.c.received_at)
        .join(VERDICT, VERDICT.c.mail_id == PROMISE.c.mail_id)
        .where(PROMISE.c.case_id == case_id)
        .order_by(VERDICT.c.received_at.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    kept = any(one.received_at > row.received_at for one in versions_of(db, case_id))
    promised: datetime = row.promised
    return None if kept else promised


def version_forms(store: Base, case_id: int) -> list[VersionForm]:
    """The forms of a case's versions, in their order; hidden ones left out."""
    with store.read() as db:
        rows = versions_of(db, case_id)
        hidden = hidden_now(db, [row.mail_id for row in rows]) if rows else frozenset()
        found = []
        for row in rows:
            text = db.execute(sa.select(VERDICT.c.verdict).where(VERDICT.c.mail_id == row.mail_id)).scalar()
            form = from_json(Verdict, text).understood.form if text else None
            if form is not None and row.mail_id not in hidden:
                found.append(
                    VersionForm(number=row.number, mail_id=row.mail_id, received_at=row.received_at, form=form)
                )
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactDoubt:
    """A case whose letters may reach nobody from a day on. `because`: `ended`, `auto-reply`, `unconfirmed`."""

    case_id: int
    number: str
    organization: str | None
    because: str
    addresses: tuple[str, ...]


def contacts_in_doubt(store: Base, at: datetime) -> list[ContactDoubt]:
    """Applications for which nobody has said who deals with them at `at` (situations row 39): the list of 31 March."""
    with store.read() as db:
        applied = sa.select(VERDICT.c.case_id).where(
            VERDICT.c.kind == Kind.APPLICATION.value, VERDICT.c.claim.is_(False), VERDICT.c.case_id.is_not(None)
        )
        found = []
        cases = db.execute(
            sa.select(CASE).where(CASE.c.id.in_(applied), CASE.c.withdrawn_at.is_(None)).order_by(CASE.c.id)
        ).all()
        for case in cases:
            rows = db.execute(sa.select(CONTACT).where(CONTACT.c.case_id == case.id)).all()
            if any(row.since <= at and (row.until is None or row.until > at) for row in rows):
                continue
            away = db.execute(
                sa.select(VERDICT.c.mail_id)
                .where(VERDICT.c.case_id == case.id, VERDICT.c.label == "auto-reply")
                .limit(1)
            ).first()
            because = "ended" if rows else "auto-reply" if away else "unconfirmed"
            writers = db.execute(
                sa.select(VERDICT.c.correspondent)
                .where(VERDICT.c.case_id == case.id, VERDICT.c.claim.is_(False), VERDICT.c.correspondent.is_not(None))
                .distinct()
            ).scalars()
            found.append(
                ContactDoubt(
                    case_id=case.id,
                    number=case.number,
                    organization=name_of(case),
                    because=because,
                    addresses=tuple(sorted(writers)),
                )
            )
    return found
