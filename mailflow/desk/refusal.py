"""How an act ends that isn't done: `Refused`, with its reason in Japanese. And the door each act goes through.

`act` gives one write transaction to a person with the needed role. A refusal inside it rolls everything back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import sqlalchemy as sa

from mailflow.store import Store
from mailflow.store.errors import Gone, OwnCaseViolation
from mailflow.store.people import Role, role_of

T = TypeVar("T")
_ROLE_WORDS = {Role.VIEWER: "閲覧", Role.STAFF: "担当", Role.APPROVER: "承認者", Role.ADMIN: "管理者"}


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was changed. `reason`: one Japanese sentence for the person. `cause`: for code that counts."""

    reason: str
    cause: str = "state"


@dataclass(frozen=True, slots=True)
class Done:
    """It is done."""


class RefusedError(Exception):
    """Carries a Refused out of a transaction."""

    def __init__(self, reason: str, cause: str = "state") -> None:
        super().__init__(reason)
        self.refused = Refused(reason, cause)


def act(store: Store, user: str, needed: Role, do: Callable[[sa.Connection], T]) -> T | Refused:
    """Run `do` in one write transaction if `user` has at least the role `needed`."""
    try:
        with store.write() as db:
            _check_role(db, user, needed)
            return do(db)
    except RefusedError as refusal:
        return refusal.refused
    except OwnCaseViolation as violation:
        return Refused(str(violation), "own-case")
    except Gone as gone:
        return Refused(str(gone))


def may(store: Store, user: str, needed: Role) -> Refused | None:
    """Why this person may not act so; None where they may."""
    try:
        with store.read() as db:
            _check_role(db, user, needed)
    except RefusedError as refusal:
        return refusal.refused
    return None


def _check_role(db: sa.Connection, user: str, needed: Role) -> None:
    role = role_of(db, user)
    if role is None:
        raise RefusedError(f"「{user}」という利用者は登録されていません", "role")
    if not role.covers(needed):
        raise RefusedError(
            f"この操作には{_ROLE_WORDS[needed]}の権限が要ります（「{user}」は{_ROLE_WORDS[role]}です）", "role"
        )
