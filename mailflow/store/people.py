"""People and their roles. Passwords are the console's; here is the one-time link by which one is set.

Of the link's token only a hash is stored: who reads the database can't log in with it.
"""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa

from mailflow.store import audit
from mailflow.store.base import Base
from mailflow.store.tables import table_of
from mailflow.store.tables_letters import UserRow

USER = table_of(UserRow)
LINK_LASTS = timedelta(days=3)


class Role(StrEnum):
    """What a person may do; each may do all that the ones before it may."""

    VIEWER = "viewer"
    STAFF = "staff"
    APPROVER = "approver"
    ADMIN = "admin"

    def covers(self, needed: Role) -> bool:
        order = list(Role)
        return order.index(self) >= order.index(needed)


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    name: str
    role: Role
    has_password: bool
    disabled: bool
    bureau: str | None
    created_at: datetime


class People(Base):
    def users(self) -> list[User]:
        with self.read() as db:
            return [
                User(
                    name=row.name,
                    role=Role(row.role),
                    has_password=row.password is not None,
                    disabled=row.disabled_at is not None,
                    bureau=row.bureau,
                    created_at=row.created_at,
                )
                for row in db.execute(sa.select(USER).order_by(USER.c.name))
            ]

    def deputies(self) -> list[str]:
        """Who may deal with a letter or a case: names, of those who aren't disabled."""
        return [one.name for one in self.users() if not one.disabled and one.role.covers(Role.STAFF)]


def person_name(name: str) -> str:
    """A name as it is kept: one width, no blanks around it."""
    return " ".join(unicodedata.normalize("NFKC", name).split())


def person_key(name: str) -> str:
    """What two spellings of one person's name have in common: 「Suzuki」, 「suzuki 」, 「ＳＵＺＵＫＩ」 are one person."""
    return unicodedata.normalize("NFKC", person_name(name).casefold())


def role_of(db: sa.Connection, name: str) -> Role | None:
    """The role of a person who may act now; None for an unknown or disabled one."""
    found = db.execute(
        sa.select(USER.c.role).where(USER.c.key == person_key(name), USER.c.disabled_at.is_(None))
    ).scalar()
    return Role(found) if found else None


def insert_user(
    db: sa.Connection, name: str, role: Role, *, by: str, sys_now: datetime, link: bool = True
) -> str | None:
    """Add a person. The one-time token (shown once, never stored), None without `link`. The name must be free."""
    token = secrets.token_urlsafe(32) if link else None
    db.execute(
        sa.insert(USER),
        {
            "name": person_name(name),
            "key": person_key(name),
            "role": role.value,
            "link_hash": token_hash(token) if token else None,
            "link_until": sys_now + LINK_LASTS if token else None,
            "created_at": sys_now,
        },
    )
    audit.record(
        db, audit.Event(actor=by, act="user-added", entity="user", entity_id=name, detail={"role": role.value})
    )
    return token


def keep_to_area(db: sa.Connection, name: str, bureau: str | None, *, by: str) -> None:
    """A person who is known sees this bureau's cases and nothing else, as a viewer; None: everything, in the role they have."""
    values = {"bureau": bureau} | ({"role": Role.VIEWER.value} if bureau is not None else {})
    db.execute(sa.update(USER).where(USER.c.name == name).values(values))
    detail: audit.Detail = {"bureau": bureau or ""}
    audit.record(db, audit.Event(actor=by, act="user-area", entity="user", entity_id=name, detail=detail))


def new_link(db: sa.Connection, name: str, *, by: str, sys_now: datetime) -> str:
    """Another one-time token for a person who is known; an earlier one is void."""
    token = secrets.token_urlsafe(32)
    db.execute(
        sa.update(USER).where(USER.c.name == name).values(link_hash=token_hash(token), link_until=sys_now + LINK_LASTS)
    )
    audit.record(db, audit.Event(actor=by, act="link-made", entity="user", entity_id=name))
    return token


def redeem_link(db: sa.Connection, token: str, *, sys_now: datetime) -> str | None:
    """The name the link is for; the link is used up. None for a wrong, used or late one."""
    name: str | None = db.execute(
        sa.update(USER)
        .where(USER.c.link_hash == token_hash(token), USER.c.link_until > sys_now, USER.c.disabled_at.is_(None))
        .values(link_hash=None, link_until=None)
        .returning(USER.c.name)
    ).scalar()
    return name


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
