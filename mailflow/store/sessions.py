"""Log-ins of the console: sessions, and log-ins that went wrong (DESIGN §10). System time throughout.

Functions inside the caller's transaction; `Sessions` for what each request asks. Who may do what is `desk`'s.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from mailflow.codec import clean_text
from mailflow.store import audit
from mailflow.store.base import Base
from mailflow.store.people import USER, Role, person_key, token_hash
from mailflow.store.tables import table_of
from mailflow.store.tables_console import LoginAttemptRow, SessionRow

SESSION, ATTEMPT = table_of(SessionRow), table_of(LoginAttemptRow)
LASTS = timedelta(hours=14)  # one long day; then the password is asked for again
IDLE = timedelta(hours=3)  # without any request
CLOCKS_APART = timedelta(minutes=10)  # one that began later than now is of a clock that was set back since: it is over
SEEN_EVERY = timedelta(minutes=1)  # a request writes no oftener that its session lives
REMEMBERED = timedelta(days=1)  # of attempts that went wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Who is behind a request. `key`: names the session in lists and audit; it is no secret. `bureau`: whose cases alone they see."""

    key: str
    user: str
    role: Role
    bureau: str | None
    csrf: str
    address: str
    agent: str
    created_at: datetime
    seen_at: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What a log-in is held against. `password`: the argon2 hash, None where none is set yet."""

    name: str
    role: Role
    password: str | None


def credentials(db: sa.Connection, name: str) -> Credentials | None:
    """Of a person who may log in; None for an unknown or disabled one."""
    row = db.execute(sa.select(USER).where(USER.c.key == person_key(name), USER.c.disabled_at.is_(None))).one_or_none()
    return None if row is None else Credentials(name=row.name, role=Role(row.role), password=row.password)


def attempts(db: sa.Connection, name: str, address: str, now: datetime, within: timedelta) -> tuple[int, int]:
    """How many log-ins went wrong of late: for this name, and from this address. Those of a clock that was set back since would
    keep people out until that time comes again."""
    late = (ATTEMPT.c.at > now - within, ATTEMPT.c.at <= now + CLOCKS_APART)
    count = sa.select(sa.func.count()).select_from(ATTEMPT).where(*late)
    for_name = db.execute(count.where(ATTEMPT.c.who == _who(name))).scalar_one()
    from_address = db.execute(count.where(ATTEMPT.c.address == address)).scalar_one()
    return for_name, from_address


def went_wrong(db: sa.Connection, name: str, address: str, at: datetime) -> None:
    """Remember it, and forget those of yesterday."""
    db.execute(sa.delete(ATTEMPT).where(ATTEMPT.c.at < at - REMEMBERED))
    db.execute(sa.insert(ATTEMPT), {"who": _who(name), "address": address[:100], "at": at})
    audit.record(db, audit.Event(actor="console", act="log-in-refused", entity="user", entity_id=_who(name)[:16]))


def forgive(db: sa.Connection, name: str) -> None:
    """A good log-in: the wrong ones of this name no longer count."""
    db.execute(sa.delete(ATTEMPT).where(ATTEMPT.c.who == _who(name)))


def open_session(db: sa.Connection, user: str, *, address: str, agent: str, at: datetime) -> str:
    """A new session; its token, which is stored nowhere."""
    token = secrets.token_urlsafe(32)
    db.execute(
        sa.insert(SESSION),
        {
            "token_hash": token_hash(token), "user": user, "csrf": secrets.token_urlsafe(24), "address": address[:100],
            "agent": clean_text(agent)[:200], "created_at": at, "seen_at": at, "until": at + LASTS,
        },
    )  # fmt: skip
    audit.record(db, audit.Event(actor=user, act="log-in", entity="user", entity_id=user))
    return token


def end_sessions(db: sa.Connection, *, at: datetime, by: str, user: str | None = None, key: str | None = None,
                 but: str | None = None) -> int:  # fmt: skip
    """End one session (`key`) or all of a person, `but` one. How many were open."""
    where: list[Any] = [SESSION.c.ended_at.is_(None)]
    where += [SESSION.c.user == user] if user is not None else []
    where += [SESSION.c.token_hash.startswith(key, autoescape=True)] if key is not None else []
    where += [~SESSION.c.token_hash.startswith(but, autoescape=True)] if but is not None else []
    ended = db.execute(
        sa.update(SESSION).where(*where).values(ended_at=at, ended_by=by).returning(SESSION.c.user)
    ).scalars()
    names = list(ended)
    for name in sorted(set(names)):
        audit.record(db, audit.Event(actor=by, act="session-ended", entity="user", entity_id=name))
    return len(names)


class Sessions(Base):
    def session(self, token: str, at: datetime, *, touch: bool = True) -> Session | None:
        """The open session of this token; None for an ended, late, idle or unknown one, or a disabled person. `touch`: a
        person did this, not a page that looks for news."""
        if not token or len(token) > 200:
            return None
        query = self._open(at).where(SESSION.c.token_hash == token_hash(token))
        with self.read() as db:
            row = db.execute(query).one_or_none()
        if row is None:
            return None
        if touch and abs(at - row.seen_at) > SEEN_EVERY:
            with self.write() as db:
                db.execute(sa.update(SESSION).where(SESSION.c.token_hash == row.token_hash).values(seen_at=at))
        return _session(row)

    def sessions(self, at: datetime, *, user: str | None = None) -> list[Session]:
        """The open sessions, newest first."""
        query = self._open(at).order_by(SESSION.c.seen_at.desc())
        if user is not None:
            query = query.where(SESSION.c.user == user)
        with self.read() as db:
            return [_session(row) for row in db.execute(query)]

    def link_owner(self, token: str, at: datetime) -> str | None:
        """Whose one-time link this is; it is not used up."""
        with self.read() as db:
            found: str | None = db.execute(
                sa.select(USER.c.name).where(
                    USER.c.link_hash == token_hash(token), USER.c.link_until > at, USER.c.disabled_at.is_(None)
                )
            ).scalar()
        return found

    @staticmethod
    def _open(at: datetime) -> Any:
        return (
            sa.select(SESSION, USER.c.role, USER.c.bureau)
            .join(USER, USER.c.name == SESSION.c.user)
            .where(
                SESSION.c.ended_at.is_(None),
                SESSION.c.until > at,
                SESSION.c.created_at <= at + CLOCKS_APART,
                SESSION.c.seen_at > at - IDLE,
                USER.c.disabled_at.is_(None),
            )
        )


def _session(row: Any) -> Session:
    return Session(
        key=row.token_hash[:16], user=row.user, role=Role(row.role), bureau=row.bureau, csrf=row.csrf, address=row.address,
        agent=row.agent,
        created_at=row.created_at, seen_at=row.seen_at, until=row.until,
    )  # fmt: skip


def _who(name: str) -> str:
    return hashlib.sha256(person_key(name).encode()).hexdigest()
