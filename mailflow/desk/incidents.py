"""誤送信: what people do when a letter went to somebody it was not for. Nothing is sent or deleted by itself.

An incident names letters that left (or may have); everybody they went to is on its list until a person has told them and they have
said that it is deleted. It is closed by an approver, with a word, and stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from mailflow.desk.holding import words
from mailflow.desk.refusal import Done, Refused, RefusedError, act
from mailflow.store import Store, audit
from mailflow.store.incidents import INCIDENT, READER
from mailflow.store.known import OUTGOING_PARTY
from mailflow.store.moves import OUTGOING, O
from mailflow.store.people import Role

_LEFT = (O.SENT.value, O.UNCERTAIN.value, O.SENDING.value)


def open_incident(
    store: Store,
    *,
    title: str,
    what: str,
    about: str,
    found_at: datetime,
    letters: Sequence[int],
    user: str,
    now: datetime,
) -> int | Refused:
    """Its number. `letters`: outgoing ids. `about`: whose information went out, in words."""

    def do(db: sa.Connection) -> int:
        if found_at > now:
            raise RefusedError("気づいた日時が、いまより先になっています", "time")
        row = {
            "title": words(title, "見出し"), "what": words(what, "何が起きたか"), "about": words(about, "だれの情報か"),
            "found_at": found_at, "by": user, "opened_at": now,
        }  # fmt: skip
        made: int = db.execute(sa.insert(INCIDENT).returning(INCIDENT.c.id), row).scalar_one()
        _audit(db, user, "incident-opened", made)
        _add(db, made, letters, user)
        return made

    return act(store, user, Role.STAFF, do)


def add_letters(store: Store, incident_id: int, letters: Sequence[int], *, user: str) -> int | Refused:
    """Further letters of it. How many people came onto the list."""

    def do(db: sa.Connection) -> int:
        _open(db, incident_id)
        return _add(db, incident_id, letters, user)

    return act(store, user, Role.STAFF, do)


def record_told(
    store: Store, incident_id: int, reader_id: int, *, said: str, deleted: bool, user: str, now: datetime
) -> Done | Refused:
    """Somebody on this incident's list was spoken to. `deleted`: they say that it is gone."""

    def do(db: sa.Connection) -> Done:
        _open(db, incident_id)
        theirs = sa.and_(READER.c.id == reader_id, READER.c.incident_id == incident_id)
        if db.execute(sa.select(READER.c.id).where(theirs)).first() is None:
            raise RefusedError("この誤送信の記録に、その番号の相手はいません", "unknown")
        values = {"told_by": user, "told_at": now, "said": words(said, "何と言われたか"), "deleted": deleted}
        db.execute(sa.update(READER).where(theirs).values(values))
        _audit(db, user, "incident-told", incident_id, {"reader": reader_id, "deleted": deleted})
        return Done()

    return act(store, user, Role.STAFF, do)


def close_incident(store: Store, incident_id: int, *, closing: str, user: str, now: datetime) -> Done | Refused:
    """It is dealt with. Refused while somebody on the list hasn't been told."""

    def do(db: sa.Connection) -> Done:
        _open(db, incident_id)
        how = words(closing, "どう終えたか")
        untold = db.execute(
            sa.select(sa.func.count()).where(READER.c.incident_id == incident_id, READER.c.told_at.is_(None))
        ).scalar_one()
        if untold:
            raise RefusedError(f"まだ連絡していない相手が{untold}人います")
        values = {"closed_by": user, "closed_at": now, "closing": how}
        db.execute(sa.update(INCIDENT).where(INCIDENT.c.id == incident_id).values(values))
        _audit(db, user, "incident-closed", incident_id)
        return Done()

    return act(store, user, Role.APPROVER, do)


def _open(db: sa.Connection, incident_id: int) -> None:
    row = db.execute(sa.select(INCIDENT.c.closed_at).where(INCIDENT.c.id == incident_id)).one_or_none()
    if row is None:
        raise RefusedError("その番号の誤送信の記録はありません", "unknown")
    if row.closed_at is not None:
        raise RefusedError("この誤送信の記録は、すでに終えています")


def _add(db: sa.Connection, incident_id: int, letters: Sequence[int], user: str) -> int:
    left = sa.select(OUTGOING.c.id).where(OUTGOING.c.id.in_(list(letters)[:500]), OUTGOING.c.state.in_(_LEFT))
    have = {
        (row.outgoing_id, row.address)
        for row in db.execute(
            sa.select(READER.c.outgoing_id, READER.c.address).where(READER.c.incident_id == incident_id)
        )
    }
    rows = [
        {"incident_id": incident_id, "outgoing_id": row.outgoing_id, "address": row.address, "deleted": False}
        for row in db.execute(
            sa.select(OUTGOING_PARTY.c.outgoing_id, OUTGOING_PARTY.c.address)
            .where(OUTGOING_PARTY.c.outgoing_id.in_(left))
            .order_by(OUTGOING_PARTY.c.outgoing_id, OUTGOING_PARTY.c.address)
        )
        if (row.outgoing_id, row.address) not in have
    ]
    if letters and not rows:
        raise RefusedError(
            "加える手紙がありません。送った手紙だけを加えられます（まだ送っていない手紙は「送信」で止めてください）"
        )
    if rows:
        db.execute(sa.insert(READER), rows)
        _audit(db, user, "incident-letters", incident_id, {"readers": len(rows)})
    return len(rows)


def _audit(db: sa.Connection, user: str, name: str, incident_id: int, detail: audit.Detail | None = None) -> None:
    event = audit.Event(actor=user, act=name, entity="incident", entity_id=incident_id, detail=detail or {})
    audit.record(db, event)
