"""Mails moved from one case to another by a person: what of the database goes along (DESIGN §4 "The case"). Inside a transaction.

A mail whose letter hasn't left is judged again in its new case, as if it had come there. One that was answered, or that a person
decided on, is carried over as it was judged: nobody is answered twice. Letters stay with the case they were sent for, and so do its
parties and files, which the own-case lock ties to them; in the new case all of them are known anew.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mailflow.codec import clean_text, from_json, to_json
from mailflow.model import BodyKind, Corrected, Organization, Resolved, Verdict
from mailflow.numbering import fold
from mailflow.store import again, own_case
from mailflow.store.again import CLAIM, NOTE, PROMISE, VERSION
from mailflow.store.arrivals import MAIL
from mailflow.store.base import Base
from mailflow.store.booking_letters import OFFER
from mailflow.store.bureau_requests import BUREAU_REQUEST
from mailflow.store.case_known import CONTACT, RECORDED
from mailflow.store.case_read import ACCEPTED, CC, DISPLACED, PARTY, parties_of
from mailflow.store.cases import EXCEPTION
from mailflow.store.corrections import CORRECTION
from mailflow.store.known import OUTGOING_PARTY
from mailflow.store.letter_check import CASE_BLOB
from mailflow.store.mails import CASE, VERDICT
from mailflow.store.own_case import IDENTIFIER
from mailflow.store.passwords import LOCKED, TOLD
from mailflow.store.rejudge import reopen
from mailflow.store.seats import BOOKING
from mailflow.store.tables import table_of
from mailflow.store.tables_case import CaseMoveRow

MOVE = table_of(CaseMoveRow)
CARRIED = "人が、別の案件からこの案件に移しました。どの版が有効か、確かめてください。"
CARRIED_MAIL = "人が、別の案件からこの案件に移しました。返信が済んでいるか、確かめてください。"
_OF_CASE = {
    "exception": EXCEPTION,
    "contact": CONTACT,
    "note": NOTE,
    "password": TOLD,
    "booking": BOOKING,
    "request": BUREAU_REQUEST,
}
_OF_MAIL = (RECORDED, NOTE, LOCKED)  # what is known of one mail, whatever becomes of its verdict
_WITH_VERDICT = (CLAIM, PROMISE)  # what its verdict wrote


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedMail:
    """`number`: what its version was called. `before`: the correction of its body that held, as JSON."""

    mail_id: int
    number: int | None = None
    before: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """All that went from one case to the other, to be brought back. `parties`: of the case left, with their standing; `joined`: of
    the other one, as they were. `rows`: by kind, what people wrote down on the case itself. `marks`: what told whose the case left is
    (value: kind); `added`: those of them that the other one hadn't."""

    mails: tuple[MovedMail, ...]
    parties: dict[str, str] = field(default_factory=dict)
    joined: dict[str, str] = field(default_factory=dict)
    rows: dict[str, tuple[int, ...]] = field(default_factory=dict)
    offers: tuple[int, ...] = ()
    marks: dict[str, str] = field(default_factory=dict)
    added: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseMove:
    """One act of putting together (`merge`) or taking apart (`split`)."""

    id: int
    kind: str
    from_case: int
    to_case: int
    mails: tuple[int, ...]
    why: str
    by: str
    at: datetime
    undone_by: str | None
    undone_why: str | None
    undone_at: datetime | None


def moves_of(store: Base, case_id: int) -> list[CaseMove]:
    """Those that this case was part of, oldest first."""
    query = sa.select(MOVE).where((MOVE.c.from_case == case_id) | (MOVE.c.to_case == case_id)).order_by(MOVE.c.id)
    with store.read() as db:
        return [_move(row) for row in db.execute(query)]


def merged_into(store: Base, case_id: int) -> int | None:
    """The case that this one was put into; None for one that stands by itself."""
    with store.read() as db:
        found: int | None = db.execute(sa.select(CASE.c.merged_into).where(CASE.c.id == case_id)).scalar()
    return found


def body_of(case: Any) -> Organization:
    """The body of a case as judging takes it."""
    return Organization(
        resolved=Resolved.EXACT if case.org_code else Resolved.VARIANT, code=case.org_code, prefecture=case.org_prefecture,
        name=case.org_name, kind=BodyKind(case.org_kind) if case.org_kind else None, bureau=case.org_bureau,
    )  # fmt: skip


def mails_of(db: sa.Connection, case_id: int, mail_ids: Sequence[int] | None = None) -> list[Any]:
    """The verdicts on people's mails of the case, oldest first; a machine's mail stays where the letter is that it answers."""
    query = (
        sa.select(VERDICT, MAIL.c.state, MAIL.c.raw_sha256)
        .join(MAIL, MAIL.c.id == VERDICT.c.mail_id)
        .where(VERDICT.c.case_id == case_id, VERDICT.c.kind.not_in(["machine", "internal"]))
        .order_by(VERDICT.c.received_at, VERDICT.c.mail_id)
    )
    if mail_ids is not None:
        query = query.where(VERDICT.c.mail_id.in_(list(mail_ids)))
    return list(db.execute(query).all())


def move_mail(
    db: sa.Connection,
    row: Any,
    target: int,
    body: Corrected,
    *,
    was: MovedMail | None,
    why: str,
    user: str,
    now: datetime,
) -> MovedMail:
    """One mail with all that hangs on it. `was`: where it is brought back, what it was there."""
    mail_id, source = row.mail_id, row.case_id
    number = db.execute(sa.select(VERSION.c.number).where(VERSION.c.mail_id == mail_id)).scalar()
    before = db.execute(
        sa.select(CORRECTION.c.became)
        .where(CORRECTION.c.mail_id == mail_id, CORRECTION.c.what == "organization")
        .order_by(CORRECTION.c.id.desc())
        .limit(1)
    ).scalar()
    _correct(db, row, body, why=why, user=user, now=now)
    for table in _OF_MAIL:
        db.execute(sa.update(table).where(table.c.mail_id == mail_id, table.c.case_id == source).values(case_id=target))
    judgeable = row.state == "judged" and row.raw_sha256 is not None and not again.settled(db, [mail_id])
    if judgeable:
        _move_booking(db, mail_id, source, target)  # its slot is kept, and told by the letter that is composed anew
        reopen(db, mail_id, "letters", actor=user, at=now)
    else:
        _carry(db, row, target, was.number if was is not None else None)
    return MovedMail(mail_id=mail_id, number=number, before=before)


def stay(db: sa.Connection, row: Any, gone_to: int, body: Corrected, *, why: str, user: str, now: datetime) -> None:
    """A mail that was on its way to another case and is taken back before it was judged there: it is judged where it lies."""
    _correct(db, row, body, why=why, user=user, now=now)
    for table in _OF_MAIL:
        mine = sa.and_(table.c.mail_id == row.mail_id, table.c.case_id == gone_to)
        db.execute(sa.update(table).where(mine).values(case_id=row.case_id))
    _move_booking(db, row.mail_id, gone_to, row.case_id)


def _correct(db: sa.Connection, row: Any, body: Corrected, *, why: str, user: str, now: datetime) -> None:
    was = from_json(Verdict, row.verdict).understood.organization.full_name or ""
    values = {
        "mail_id": row.mail_id,
        "what": "organization",
        "was": was,
        "became": to_json(body),
        "why": why,
        "by": user,
        "at": now,
    }
    db.execute(sa.insert(CORRECTION), values)


def _carry(db: sa.Connection, row: Any, target: int, number: int | None) -> None:
    """A mail that is settled: its verdict stands, in the other case."""
    mail_id, source = row.mail_id, row.case_id
    db.execute(sa.update(VERDICT).where(VERDICT.c.mail_id == mail_id).values(case_id=target))
    for table in _WITH_VERDICT:
        db.execute(sa.update(table).where(table.c.mail_id == mail_id).values(case_id=target))
    taken = set(db.execute(sa.select(VERSION.c.number).where(VERSION.c.case_id == target)).scalars())
    free = number if number is not None and number not in taken else max(taken, default=0) + 1
    carried = db.execute(sa.update(VERSION).where(VERSION.c.mail_id == mail_id).values(case_id=target, number=free))
    _move_booking(db, mail_id, source, target)
    files = db.execute(sa.select(CASE_BLOB).where(CASE_BLOB.c.case_id == source, CASE_BLOB.c.mail_id == mail_id)).all()
    have = set(db.execute(sa.select(CASE_BLOB.c.sha256).where(CASE_BLOB.c.case_id == target)).scalars())
    rows = [
        {"case_id": target, "sha256": one.sha256, "filename": one.filename, "mail_id": mail_id, "source_sha256": None}
        for one in files
        if one.sha256 not in have
    ]
    if rows:
        db.execute(sa.insert(CASE_BLOB), rows)
    _mark(db, row, target, [one.filename for one in files if one.filename])
    again.tell(db, mail_id, CARRIED if carried.rowcount else CARRIED_MAIL)


def _move_booking(db: sa.Connection, mail_id: int, source: int, target: int) -> None:
    mine = sa.and_(BOOKING.c.mail_id == mail_id, BOOKING.c.case_id == source)
    db.execute(sa.update(BOOKING).where(mine).values(case_id=target))


def _mark(db: sa.Connection, row: Any, target: int, filenames: Sequence[str]) -> None:
    """What would tell others whose mail it is is now the case's in which it lies."""
    case = db.execute(sa.select(CASE).where(CASE.c.id == target)).one()
    form = from_json(Verdict, row.verdict).understood.form
    addresses = [] if row.claim or not row.correspondent else [row.correspondent]
    found = own_case.identifiers(
        number=case.number, organization=body_of(case) if case.org_name else None, addresses=addresses,
        phones=[form.text("contact_phone")] if form is not None and not row.claim else [], filenames=filenames,
    )  # fmt: skip
    have = set(db.execute(sa.select(IDENTIFIER.c.value).where(IDENTIFIER.c.case_id == target)).scalars())
    rows = {clean_text(one.value): one.kind for one in found}
    new = [{"value": value, "case_id": target, "kind": kind} for value, kind in rows.items() if value not in have]
    if new:
        db.execute(sa.insert(IDENTIFIER), new)


def accept(db: sa.Connection, case_id: int, address: str, name: str | None, now: datetime) -> None:
    """An address is a party of the case by a person's word."""
    mine = sa.and_(PARTY.c.case_id == case_id, PARTY.c.address == address)
    if not db.execute(sa.update(PARTY).where(mine).values(standing=ACCEPTED)).rowcount:
        row = {
            "case_id": case_id,
            "address": address,
            "name": name,
            "role": "sender",
            "standing": ACCEPTED,
            "since": now,
        }
        db.execute(sa.insert(PARTY), row)


def join_parties(db: sa.Connection, source: int, target: int, now: datetime) -> tuple[dict[str, str], dict[str, str]]:
    """Everybody who may write for either case is a party of `target` now, and none of `source`. The standings that they had
    there, and here."""
    mine, theirs = parties_of(db, target), parties_of(db, source)
    standings, before = ({address: row.standing for address, row in one.rows.items()} for one in (theirs, mine))
    named = [(address, theirs.rows[address].name) for address in theirs.rows if theirs.admits(address)]
    for address, name in [*((one, None) for one in mine.rows if mine.admits(one)), *named]:
        accept(db, target, address, name, now)
    left = sa.and_(PARTY.c.case_id == source, PARTY.c.standing != CC)
    db.execute(sa.update(PARTY).where(left).values(standing=DISPLACED))
    return standings, before


def restore_parties(db: sa.Connection, case_id: int, standings: dict[str, str], *, made: str) -> None:
    """As they were, where they are still what putting the cases together made of them: what people decided since stays."""
    for address, standing in standings.items():
        mine = sa.and_(PARTY.c.case_id == case_id, PARTY.c.address == address, PARTY.c.standing == made)
        if standing != made:
            db.execute(sa.update(PARTY).where(mine).values(standing=standing))


def share_marks(db: sa.Connection, source: int, target: int) -> tuple[dict[str, str], tuple[str, ...]]:
    """What told others that something is of `source` tells that it is of `target` now; its number is both's.
    Returns (marks that `source` had, those of them that `target` hadn't)."""
    number = db.execute(sa.select(CASE.c.number).where(CASE.c.id == source)).scalar_one()
    have = set(db.execute(sa.select(IDENTIFIER.c.value).where(IDENTIFIER.c.case_id == target)).scalars())
    rows = db.execute(sa.select(IDENTIFIER).where(IDENTIFIER.c.case_id == source)).all()
    new = [{"value": one.value, "case_id": target, "kind": one.kind} for one in rows if one.value not in have]
    if new:
        db.execute(sa.insert(IDENTIFIER), new)
    db.execute(sa.delete(IDENTIFIER).where(IDENTIFIER.c.case_id == source, IDENTIFIER.c.value != number))
    return {one.value: one.kind for one in rows}, tuple(one["value"] for one in new)


def give_marks_back(db: sa.Connection, moved: Moved, source: int, target: int) -> None:
    """The reverse of `share_marks`; what the mails that stay in `target` tell too stays its mark. Once the moved ones have left it."""
    phones, names = _told(db, target, [one.mail_id for one in moved.mails])
    gone = set(moved.added) - phones - names
    db.execute(sa.delete(IDENTIFIER).where(IDENTIFIER.c.case_id == target, IDENTIFIER.c.value.in_(sorted(gone))))
    have = set(db.execute(sa.select(IDENTIFIER.c.value).where(IDENTIFIER.c.case_id == source)).scalars())
    back = [{"value": one, "case_id": source, "kind": kind} for one, kind in moved.marks.items() if one not in have]
    if back:
        db.execute(sa.insert(IDENTIFIER), back)


def move_rows(db: sa.Connection, source: int, target: int) -> tuple[dict[str, tuple[int, ...]], tuple[int, ...]]:
    """What people wrote down on the case, its bookings and offers go along: (ids by kind, letters with offers)."""
    found = {}
    for kind, table in _OF_CASE.items():
        changed = sa.update(table).where(table.c.case_id == source).values(case_id=target).returning(table.c.id)
        found[kind] = tuple(db.execute(changed).scalars())
    offers = sa.update(OFFER).where(OFFER.c.case_id == source).values(case_id=target).returning(OFFER.c.draft_id)
    return found, tuple(db.execute(offers).scalars())


def bring_rows_back(db: sa.Connection, moved: Moved, source: int) -> None:
    for kind, ids in moved.rows.items():
        table = _OF_CASE[kind]
        db.execute(sa.update(table).where(table.c.id.in_(list(ids))).values(case_id=source))
    db.execute(sa.update(OFFER).where(OFFER.c.draft_id.in_(list(moved.offers))).values(case_id=source))


def leave_case(db: sa.Connection, row: Any, verdict: Verdict, going: Collection[int] = ()) -> None:
    """What only this mail told of the case that it is of no more: its sender and contact, its phone and files, and their marks.
    `going`: the mails that leave along with it, whose word counts no more either.

    An address that a letter went to stays, without standing: what was sent stays told.
    """
    form = verdict.understood.form
    addresses = {
        one for one in (row.correspondent, form.text("contact_email").strip().casefold() if form else "") if one
    }
    gone = {*going, row.mail_id}
    others = sa.select(VERDICT.c.verdict, VERDICT.c.correspondent).where(
        VERDICT.c.case_id == row.case_id, VERDICT.c.mail_id.not_in(gone), VERDICT.c.claim.is_(False)
    )
    kept: set[str] = set()
    for other in db.execute(others):
        kept.add(other.correspondent or "")
        theirs = from_json(Verdict, other.verdict).understood.form
        kept.add(theirs.text("contact_email").strip().casefold() if theirs else "")
    for one in addresses - kept:
        drop_party(db, row.case_id, one)
    phone = own_case.phone_key(form.text("contact_phone")) if form is not None else None
    files = sa.select(CASE_BLOB.c.filename).where(
        CASE_BLOB.c.case_id == row.case_id, CASE_BLOB.c.mail_id == row.mail_id
    )
    marks = {fold(name)[:300] for name in db.execute(files).scalars() if name}
    phones, names = _told(db, row.case_id, gone)
    marks = (marks - names) | ({phone} - phones if phone else set())
    mine = sa.and_(IDENTIFIER.c.case_id == row.case_id, IDENTIFIER.c.kind.in_(["phone", "filename"]))
    db.execute(sa.delete(IDENTIFIER).where(mine, IDENTIFIER.c.value.in_(sorted(marks))))
    if not kept:  # nobody else has written: the case's marks were all of this mail
        number = db.execute(sa.select(CASE.c.number).where(CASE.c.id == row.case_id)).scalar()
        db.execute(
            sa.delete(IDENTIFIER).where(
                IDENTIFIER.c.case_id == row.case_id, IDENTIFIER.c.kind != "code", IDENTIFIER.c.value != number
            )
        )


def _told(db: sa.Connection, case_id: int, without: Collection[int]) -> tuple[set[str], set[str]]:
    """(phones, names of files, folded) that the mails of the case tell, but those."""
    stays = sa.and_(VERDICT.c.case_id == case_id, VERDICT.c.claim.is_(False), VERDICT.c.mail_id.not_in(list(without)))
    phones = set()
    for text in db.execute(sa.select(VERDICT.c.verdict).where(stays)).scalars():
        form = from_json(Verdict, text).understood.form
        if form is not None and (phone := own_case.phone_key(form.text("contact_phone"))):
            phones.add(phone)
    files = (
        sa.select(CASE_BLOB.c.filename)
        .join(VERDICT, VERDICT.c.mail_id == CASE_BLOB.c.mail_id)
        .where(CASE_BLOB.c.case_id == case_id, stays)
    )
    return phones, {fold(name)[:300] for name in db.execute(files).scalars() if name}


def files_of_mails(db: sa.Connection, case_id: int, mails: Sequence[int]) -> set[str]:
    """The sha256 of what these mails alone brought into the case, and of what was made of it there."""
    mine = sa.and_(CASE_BLOB.c.case_id == case_id, CASE_BLOB.c.mail_id.in_(list(mails)))
    brought = set(db.execute(sa.select(CASE_BLOB.c.sha256).where(mine)).scalars())
    found, new = set(brought), brought
    while new:
        made = sa.select(CASE_BLOB.c.sha256).where(
            CASE_BLOB.c.case_id == case_id, CASE_BLOB.c.source_sha256.in_(sorted(new))
        )
        new = set(db.execute(made).scalars()) - found
        found |= new
    return found


def leave_files(db: sa.Connection, case_id: int, mails: Sequence[int]) -> None:
    """A file of these mails that came into the case a second time, as the form of a mail that stays, is that one's now."""
    mine = sa.and_(CASE_BLOB.c.case_id == case_id, CASE_BLOB.c.mail_id.in_(list(mails)))
    left = set(db.execute(sa.select(CASE_BLOB.c.sha256).where(mine)).scalars())
    if not left:
        return
    stays = sa.and_(VERDICT.c.case_id == case_id, VERDICT.c.claim.is_(False), VERDICT.c.mail_id.not_in(list(mails)))
    for other in db.execute(sa.select(VERDICT.c.mail_id, VERDICT.c.verdict).where(stays)).all():
        form = from_json(Verdict, other.verdict).understood.form
        if form is not None and form.sha256 in left:
            theirs = sa.and_(mine, CASE_BLOB.c.sha256 == form.sha256)
            db.execute(sa.update(CASE_BLOB).where(theirs).values(mail_id=other.mail_id))


def drop_unless_writing(db: sa.Connection, case_id: int, address: str) -> None:
    """The same, but for one whose mails lie in the case."""
    theirs = sa.select(VERDICT.c.mail_id).where(VERDICT.c.case_id == case_id, VERDICT.c.correspondent == address)
    if db.execute(theirs.limit(1)).first() is None:
        drop_party(db, case_id, address)


def drop_party(db: sa.Connection, case_id: int, address: str) -> None:
    """An address is of the case no more: without standing where a letter went to it, else gone."""
    used = db.execute(
        sa.select(OUTGOING_PARTY.c.address).where(
            OUTGOING_PARTY.c.case_id == case_id, OUTGOING_PARTY.c.address == address
        )
    ).first()
    mine = sa.and_(PARTY.c.case_id == case_id, PARTY.c.address == address)
    db.execute(sa.update(PARTY).where(mine).values(standing=DISPLACED) if used else sa.delete(PARTY).where(mine))
    db.execute(sa.delete(IDENTIFIER).where(IDENTIFIER.c.case_id == case_id, IDENTIFIER.c.value == address))


def _move(row: Any) -> CaseMove:
    return CaseMove(
        id=row.id, kind=row.kind, from_case=row.from_case, to_case=row.to_case,
        mails=tuple(one.mail_id for one in from_json(Moved, row.moved).mails), why=row.why, by=row.by, at=row.at,
        undone_by=row.undone_by, undone_why=row.undone_why, undone_at=row.undone_at,
    )  # fmt: skip
