"""Who gets into the console: passwords, log-in, sessions, what administrators do with people (DESIGN §10). System time.

Passwords are hashed by argon2id with the library's parameters (RFC 9106, low memory), outside of any transaction: a hash
takes a tenth of a second. Wrong log-ins are counted in the database, so that a second process changes nothing.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

import argon2
import sqlalchemy as sa

from mailflow.desk.refusal import Done, Refused, RefusedError, act
from mailflow.store import Store, audit, sessions
from mailflow.store.people import USER, Role, insert_user, keep_to_area, new_link, person_key, redeem_link

SHORTEST, LONGEST = 12, 128  # characters (OWASP ASVS 4.0.3, 2.1.1 and 2.1.2)
WINDOW = timedelta(minutes=15)
TRIES_NAME, TRIES_ADDRESS = 5, 30  # wrong log-ins within WINDOW
FIRST_USER = "admin"
_HASHER = argon2.PasswordHasher()
_WRONG = "名前かパスワードが違います"
_NOBODY = _HASHER.hash("nobody has this password")  # an unknown name takes as long as a wrong password


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """`token`: for the cookie; stored nowhere."""

    user: str
    token: str


@dataclass(frozen=True, slots=True)
class LinkMade:
    """`token`: for the one-time link; shown once."""

    name: str
    token: str


def first_link(store: Store, *, sys_now: datetime) -> LinkMade | None:
    """A link for the first administrator, new at each call, until somebody has set a password. None from then on."""
    with store.write() as db:
        if db.execute(sa.select(USER.c.name).where(USER.c.password.is_not(None)).limit(1)).first() is not None:
            return None
        found = db.execute(sa.select(USER.c.name).where(USER.c.key == FIRST_USER)).scalar()
        if found is None:
            return LinkMade(FIRST_USER, str(insert_user(db, FIRST_USER, Role.ADMIN, by="shell", sys_now=sys_now)))
        return LinkMade(found, new_link(db, found, by="shell", sys_now=sys_now))


def set_password(store: Store, token: str, password: str, *, sys_now: datetime) -> Done | Refused:
    """Use up a one-time link. Whoever was logged in under the name no longer is."""
    owner = store.link_owner(token, sys_now)
    if owner is None:
        return Refused("このリンクは使えません。期限が過ぎたか、すでに使われています", "link")
    wrong = password_problem(password, owner)
    if wrong:
        return Refused(wrong, "password")
    hashed = _HASHER.hash(_form(password))
    with store.write() as db:
        name = redeem_link(db, token, sys_now=sys_now)
        if name is None:  # another one was quicker
            return Refused("このリンクは、すでに使われました", "link")
        _keep(db, name, hashed, by=name, sys_now=sys_now)
    return Done()


def log_in(
    store: Store, name: str, password: str, *, address: str, agent: str, sys_now: datetime
) -> LoggedIn | Refused:
    """A session for the right name and password. Refused with cause `slow` after too many wrong ones."""
    name, password = name[:200], password[: LONGEST * 4]
    with store.read() as db:
        for_name, from_address = sessions.attempts(db, name, address, sys_now, WINDOW)
        known = sessions.credentials(db, name)
    if for_name >= TRIES_NAME or from_address >= TRIES_ADDRESS:
        minutes = int(WINDOW.total_seconds() // 60)
        return Refused(f"続けて間違えたため、しばらく受け付けません。{minutes}分たってからお試しください", "slow")
    stored = known.password if known and known.password else _NOBODY
    right = _right(stored, password) and known is not None and known.password is not None
    anew = _HASHER.hash(_form(password)) if right and _HASHER.check_needs_rehash(stored) else None
    with store.write() as db:
        if known is None or not right:
            sessions.went_wrong(db, name, address, sys_now)
            return Refused(_WRONG, "wrong")
        if anew is not None:
            db.execute(sa.update(USER).where(USER.c.name == known.name).values(password=anew))
        sessions.forgive(db, name)
        token = sessions.open_session(db, known.name, address=address, agent=agent, at=sys_now)
    return LoggedIn(known.name, token)


def log_out(store: Store, session: sessions.Session, *, sys_now: datetime) -> Done:
    with store.write() as db:
        sessions.end_sessions(db, at=sys_now, by=session.user, user=session.user, key=session.key)
    return Done()


def change_password(
    store: Store, session: sessions.Session, old: str, new: str, *, sys_now: datetime
) -> Done | Refused:
    """One's own. All other sessions of the person end."""
    with store.read() as db:
        known = sessions.credentials(db, session.user)
        tried, _ = sessions.attempts(db, session.user, session.address, sys_now, WINDOW)
    if known is None or known.password is None or tried >= TRIES_NAME:
        return Refused("いまは変えられません。管理者に新しいリンクを頼んでください", "slow")
    if not _right(known.password, old):
        with store.write() as db:
            sessions.went_wrong(db, session.user, session.address, sys_now)
        return Refused("いまのパスワードが違います", "wrong")
    wrong = password_problem(new, session.user)
    if wrong:
        return Refused(wrong, "password")
    hashed = _HASHER.hash(_form(new))
    with store.write() as db:
        _keep(db, known.name, hashed, by=session.user, sys_now=sys_now, but=session.key)
    return Done()


def renew_link(store: Store, name: str, *, user: str, sys_now: datetime) -> LinkMade | Refused:
    """A new one-time link for somebody who lost password or link. The old password holds until the link is used."""

    def do(db: sa.Connection) -> LinkMade:
        found = _person(db, name)
        return LinkMade(found, new_link(db, found, by=user, sys_now=sys_now))

    return act(store, user, Role.ADMIN, do)


def set_role(store: Store, name: str, role: Role, *, user: str) -> Done | Refused:
    """Another role, from the next request on."""

    def do(db: sa.Connection) -> Done:
        found = _person(db, name)
        if role is not Role.ADMIN:
            _another_admin(db, found)
        bureau = db.execute(sa.select(USER.c.bureau).where(USER.c.name == found)).scalar()
        if bureau is not None and role is not Role.VIEWER:
            raise RefusedError(f"{found}さんは{bureau}の人です。管内だけを見る人は、閲覧のほかの役割にできません")
        db.execute(sa.update(USER).where(USER.c.name == found).values(role=role.value))
        audit.record(
            db, audit.Event(actor=user, act="user-role", entity="user", entity_id=found, detail={"role": role.value})
        )
        return Done()

    return act(store, user, Role.ADMIN, do)


def set_area(store: Store, name: str, bureau: str | None, *, user: str) -> Done | Refused:
    """They see this bureau's cases and nothing else, from the next request on; None: everything. Who is held to an area looks
    only: the role becomes that of a viewer."""

    def do(db: sa.Connection) -> Done:
        found = _person(db, name)
        if bureau is not None:
            _another_admin(db, found)
        keep_to_area(db, found, bureau, by=user)
        return Done()

    return act(store, user, Role.ADMIN, do)


def disable_user(store: Store, name: str, *, user: str, sys_now: datetime) -> Done | Refused:
    """They can't log in any more and are logged out; what they did stays under their name."""

    def do(db: sa.Connection) -> Done:
        found = _person(db, name)
        _another_admin(db, found)
        db.execute(sa.update(USER).where(USER.c.name == found).values(disabled_at=sys_now, link_hash=None))
        sessions.end_sessions(db, at=sys_now, by=user, user=found)
        audit.record(db, audit.Event(actor=user, act="user-disabled", entity="user", entity_id=found))
        return Done()

    return act(store, user, Role.ADMIN, do)


def enable_user(store: Store, name: str, *, user: str) -> Done | Refused:
    def do(db: sa.Connection) -> Done:
        found = _person(db, name)
        db.execute(sa.update(USER).where(USER.c.name == found).values(disabled_at=None))
        audit.record(db, audit.Event(actor=user, act="user-enabled", entity="user", entity_id=found))
        return Done()

    return act(store, user, Role.ADMIN, do)


def end_session(store: Store, key: str, *, session: sessions.Session, sys_now: datetime) -> Done | Refused:
    """One's own session, or as an administrator anybody's."""
    owner = session.user if session.role is not Role.ADMIN else None

    def do(db: sa.Connection) -> Done:
        if len(key) < 16 or not sessions.end_sessions(db, at=sys_now, by=session.user, user=owner, key=key):
            raise RefusedError("その接続は、もう切れています")
        return Done()

    return act(store, session.user, Role.VIEWER, do)


def password_problem(password: str, name: str) -> str | None:
    """Why this can't be a password, in Japanese. Length counts, kinds of characters don't (NIST SP 800-63B §5.1.1)."""
    text = _form(password)
    if len(text) < SHORTEST:
        return f"パスワードは{SHORTEST}文字以上にしてください"
    if len(text) > LONGEST:
        return f"パスワードは{LONGEST}文字までにしてください"
    if len(set(text)) < 5 or person_key(name) in text.casefold() or "mailflow" in text.casefold():
        return "推測されやすいパスワードです。名前を含まない、長い文にしてください"
    return None


def _form(password: str) -> str:
    """The same password typed on another keyboard is the same bytes (RFC 8265 §4.2.1)."""
    return unicodedata.normalize("NFKC", password)


def _right(stored: str, password: str) -> bool:
    try:
        return _HASHER.verify(stored, _form(password))
    except argon2.exceptions.VerificationError:
        return False
    except argon2.exceptions.InvalidHashError:
        return False


def _keep(db: sa.Connection, name: str, hashed: str, *, by: str, sys_now: datetime, but: str | None = None) -> None:
    db.execute(sa.update(USER).where(USER.c.name == name).values(password=hashed))
    sessions.end_sessions(db, at=sys_now, by=by, user=name, but=but)
    sessions.forgive(db, name)
    audit.record(db, audit.Event(actor=by, act="password-set", entity="user", entity_id=name))


def _person(db: sa.Connection, name: str) -> str:
    found: str | None = db.execute(sa.select(USER.c.name).where(USER.c.key == person_key(name))).scalar()
    if found is None:
        raise RefusedError("その利用者はいません", "unknown")
    return found


def _another_admin(db: sa.Connection, name: str) -> None:
    """Somebody must be left who can let people in, once this person can't."""
    if db.execute(sa.select(USER.c.role).where(USER.c.name == name)).scalar() != Role.ADMIN.value:
        return
    left = sa.select(USER.c.name).where(
        USER.c.role == Role.ADMIN.value, USER.c.name != name, USER.c.disabled_at.is_(None), USER.c.password.is_not(None)
    )
    if db.execute(left.limit(1)).first() is None:
        raise RefusedError("管理者がほかにいません。先に別の人を管理者にしてください", "last-admin")
