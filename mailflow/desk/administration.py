"""What administrators do: people and the sending switch."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from mailflow.desk.refusal import Done, Refused, act
from mailflow.store import Store
from mailflow.store.drafts import POLICY
from mailflow.store.people import USER, Role, insert_user, keep_to_area, person_key, person_name

_NAME = re.compile(r"[^\W_][\w.@ -]{0,59}")
RESERVED = frozenset({POLICY, "timer"})  # they stand for what no person did


@dataclass(frozen=True, slots=True)
class UserAdded:
    """`token`: for the one-time link; shown once, stored nowhere."""

    name: str
    role: Role
    token: str


def add_user(
    store: Store, name: str, role: Role, *, by: str | None, sys_now: datetime, bureau: str | None = None
) -> UserAdded | Refused:
    """Add a person. `by` None: at the command line of this machine, where who acts has the database anyway. `bureau`: a viewer who
    sees its cases and nothing else, from the first moment on."""
    wrong = _name_problem(name)
    if wrong:
        return Refused(wrong)
    if bureau is not None and role is not Role.VIEWER:
        return Refused("管内だけを見る人の役割は、閲覧です")

    def do(db: sa.Connection) -> UserAdded | Refused:
        if _taken(db, name):
            return Refused(f"「{name}」は、すでに登録されています")
        token = str(insert_user(db, name, role, by=by or "shell", sys_now=sys_now))
        if bureau is not None:
            keep_to_area(db, person_name(name), bureau, by=by or "shell")
        return UserAdded(person_name(name), role, token)

    if by is not None:
        return act(store, by, Role.ADMIN, do)
    with store.write() as db:
        return do(db)


def add_operator(store: Store, name: str, *, sys_now: datetime) -> Done | Refused:
    """Make sure that who works at this machine's command line is known by name, with every right but no log-in."""
    wrong = _name_problem(name)
    if wrong:
        return Refused(wrong)
    with store.write() as db:
        if not _taken(db, name):
            insert_user(db, name, Role.ADMIN, by="shell", sys_now=sys_now, link=False)
    return Done()


def set_sending(store: Store, on: bool, *, user: str) -> Done | Refused:
    """The console's switch. Off: no letter leaves from now on; the one in YAML must be on too."""

    def do(db: sa.Connection) -> Done:
        store.set_sending_in(db, on, actor=user)
        return Done()

    return act(store, user, Role.ADMIN, do)


def _name_problem(name: str) -> str | None:
    name = person_name(name) if "\n" not in name else ""
    if person_key(name) in RESERVED or not _NAME.fullmatch(name):
        return "利用者の名前は、文字か数字で始まる60文字までの名前にしてください（policy と timer は使えません）"
    return None


def _taken(db: sa.Connection, name: str) -> bool:
    return db.execute(sa.select(USER.c.name).where(USER.c.key == person_key(name))).scalar() is not None
