"""What ties people, files and marks to a case: whose they are when a person says so, or moves mails to another case (DESIGN §4). Inside a
transaction.

The own-case lock asks these rows: an address may be written to, a file may be carried, an identifier may be named by letters of
its own case alone. So each of them is true at once, not only when the moved mails have been judged anew.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mailflow.codec import clean_text, from_json
from mailflow.model import Address, BodyKind, Organization, Resolved, Verdict
from mailflow.numbering import fold
from mailflow.store import own_case
from mailflow.store.case_read import ACCEPTED, CC, DISPLACED, PARTY, parties_of
from mailflow.store.known import OUTGOING_PARTY
from mailflow.store.letter_check import CASE_BLOB
from mailflow.store.mails import CASE, VERDICT
from mailflow.store.own_case import IDENTIFIER
from mailflow.store.rejudge import reopen


def body_of(case: Any) -> Organization:
    """The body of a case as judging takes it."""
    return Organization(
        resolved=Resolved.EXACT if case.org_code else Resolved.VARIANT, code=case.org_code, prefecture=case.org_prefecture,
        name=case.org_name, kind=BodyKind(case.org_kind) if case.org_kind else None, bureau=case.org_bureau,
    )  # fmt: skip


def accept(db: sa.Connection, case_id: int, who: Address, now: datetime) -> None:
    """A party by a person's word; and what would tell others whose case this is."""
    mine = sa.and_(PARTY.c.case_id == case_id, PARTY.c.address == who.key)
    if not db.execute(sa.update(PARTY).where(mine).values(standing=ACCEPTED)).rowcount:
        row = {
            "case_id": case_id, "address": who.key, "name": clean_text(who.name)[:300] if who.name else None, "role": "person",
            "standing": ACCEPTED, "since": now,
        }  # fmt: skip
        db.execute(sa.insert(PARTY), row)
    there = sa.select(IDENTIFIER.c.value).where(IDENTIFIER.c.case_id == case_id, IDENTIFIER.c.value == who.key)
    if db.execute(there).first() is None:
        db.execute(sa.insert(IDENTIFIER), {"value": who.key, "case_id": case_id, "kind": "address"})


def join_parties(db: sa.Connection, source: int, target: int, now: datetime) -> tuple[dict[str, str], dict[str, str]]:
    """Everybody who may write for either case is a party of `target` now, and none of `source`. The standings that they had
    there, and here."""
    mine, theirs = parties_of(db, target), parties_of(db, source)
    standings, before = ({address: row.standing for address, row in one.rows.items()} for one in (theirs, mine))
    named = [(address, theirs.rows[address].name) for address in theirs.rows if theirs.admits(address)]
    for address, name in [*((one, None) for one in mine.rows if mine.admits(one)), *named]:
        accept(db, target, Address(name=name, address=address), now)
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


def give_marks_back(
    db: sa.Connection,
    marks: dict[str, str],
    added: Collection[str],
    source: int,
    target: int,
    *,
    without: Collection[int],
) -> None:
    """The reverse of `share_marks` (which returned `marks`, `added`), once the moved mails
    `without` have left: what those that stay in `target` tell too stays its mark."""
    told = _told(db, target, without)
    gone = set(added) - told.phones - told.names
    db.execute(sa.delete(IDENTIFIER).where(IDENTIFIER.c.case_id == target, IDENTIFIER.c.value.in_(sorted(gone))))
    have = set(db.execute(sa.select(IDENTIFIER.c.value).where(IDENTIFIER.c.case_id == source)).scalars())
    back = [{"value": one, "case_id": source, "kind": kind} for one, kind in marks.items() if one not in have]
    if back:
        db.execute(sa.insert(IDENTIFIER), back)


def leave_case(db: sa.Connection, case_id: int, rows: Sequence[Any]) -> None:
    """What only these mails (verdicts' rows) told of the case that they are of no more: their senders and contacts, their phones and
    files, and their marks.

    An address that a letter went to stays, without standing: what was sent stays told.
    """
    gone = [row.mail_id for row in rows]
    kept, leaving = _told(db, case_id, gone), _Told().add(rows)
    for one in sorted(leaving.addresses - kept.addresses):
        drop_party(db, case_id, one)
    files = sa.select(CASE_BLOB.c.filename).where(CASE_BLOB.c.case_id == case_id, CASE_BLOB.c.mail_id.in_(gone))
    names = {fold(name)[:300] for name in db.execute(files).scalars() if name}
    marks = (names - kept.names) | (leaving.phones - kept.phones)
    of_case = sa.and_(IDENTIFIER.c.case_id == case_id, IDENTIFIER.c.kind.in_(["phone", "filename"]))
    db.execute(sa.delete(IDENTIFIER).where(of_case, IDENTIFIER.c.value.in_(sorted(marks))))
    if not kept.mails:  # nobody else has written: the case's marks were all of these mails
        number = db.execute(sa.select(CASE.c.number).where(CASE.c.id == case_id)).scalar()
        db.execute(
            sa.delete(IDENTIFIER).where(
                IDENTIFIER.c.case_id == case_id, IDENTIFIER.c.kind != "code", IDENTIFIER.c.value != number
            )
        )


@dataclass(slots=True)
class _Told:
    """What mails tell of their case. `names`: of files, folded. `mails`: how many they are."""

    addresses: set[str] = field(default_factory=set)
    phones: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    mails: int = 0

    def add(self, rows: Iterable[Any]) -> _Told:
        """What the mails of these verdicts' rows tell, but for their files."""
        for row in rows:
            form = from_json(Verdict, row.verdict).understood.form
            email = form.text("contact_email").strip().casefold() if form is not None else ""
            phone = own_case.phone_key(form.text("contact_phone")) if form is not None else None
            self.addresses |= {one for one in (row.correspondent, email) if one}
            self.phones |= {phone} if phone else set()
            self.mails += 1
        return self


def forget_people(db: sa.Connection, cases: Collection[int], addresses: Collection[str]) -> dict[int, set[str]]:
    """Those of the addresses that no mail of the case tells, no letter went to, and that have no standing there: deleted, with the
    name. Returns them by case."""
    gone: dict[int, set[str]] = {}
    for case_id in sorted(cases):
        written = sa.select(OUTGOING_PARTY.c.address).where(OUTGOING_PARTY.c.case_id == case_id)
        idle = sa.and_(PARTY.c.case_id == case_id, PARTY.c.standing == DISPLACED, PARTY.c.address.not_in(written))
        there = set(db.execute(sa.select(PARTY.c.address).where(idle)).scalars()) & set(addresses)
        left = there - _told(db, case_id, ()).addresses if there else there
        if left:
            db.execute(sa.delete(PARTY).where(PARTY.c.case_id == case_id, PARTY.c.address.in_(sorted(left))))
            gone[case_id] = left
    return gone


def addresses_in(rows: Iterable[Any]) -> set[str]:
    """The addresses that the mails of these verdicts' rows tell: their senders', and the contacts' of their forms."""
    return _Told().add(rows).addresses


def _told(db: sa.Connection, case_id: int, without: Collection[int]) -> _Told:
    """What the mails of the case tell, but those."""
    stays = sa.and_(VERDICT.c.case_id == case_id, VERDICT.c.claim.is_(False), VERDICT.c.mail_id.not_in(list(without)))
    told = _Told().add(db.execute(sa.select(VERDICT.c.verdict, VERDICT.c.correspondent).where(stays)))
    files = (
        sa.select(CASE_BLOB.c.filename)
        .join(VERDICT, VERDICT.c.mail_id == CASE_BLOB.c.mail_id)
        .where(CASE_BLOB.c.case_id == case_id, stays)
    )
    told.names = {fold(name)[:300] for name in db.execute(files).scalars() if name}
    return told


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


def leave_files(db: sa.Connection, case_id: int, mails: Sequence[int], *, user: str, now: datetime) -> None:
    """A file of these mails that came into the case a second time, with a mail that stays, is that one's now: a form at once, another
    file when that mail has been read once more, which nobody is written to about."""
    mine = sa.and_(CASE_BLOB.c.case_id == case_id, CASE_BLOB.c.mail_id.in_(list(mails)))
    left = {row.sha256: row.filename for row in db.execute(sa.select(CASE_BLOB).where(mine))}
    if not left:
        return
    stays = sa.and_(VERDICT.c.case_id == case_id, VERDICT.c.claim.is_(False), VERDICT.c.mail_id.not_in(list(mails)))
    for other in db.execute(sa.select(VERDICT.c.mail_id, VERDICT.c.verdict).where(stays)).all():
        verdict = from_json(Verdict, other.verdict)
        form = verdict.understood.form
        if form is not None and left.pop(form.sha256, None) is not None:
            theirs = sa.and_(mine, CASE_BLOB.c.sha256 == form.sha256)
            db.execute(sa.update(CASE_BLOB).where(theirs).values(mail_id=other.mail_id))
        if {fold(one.name) for one in verdict.files} & {fold(name) for name in left.values() if name}:
            reopen(db, other.mail_id, "quiet", actor=user, at=now)


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


def mark_as_of(db: sa.Connection, row: Any, target: int, filenames: Sequence[str]) -> None:
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
