"""A mailbox in memory that people and servers change as they do, and breaks as lines do: what the watch asks of `Imap`, no more.

It keeps the truth about every UID that was ever given out, so that what was stored can be held against it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

from mailflow.mailbox.errors import NoSuchFolder, Unreachable
from mailflow.mailbox.listing import Fetched, Listed, Selected


@dataclass
class Lying:
    """One mail in a folder."""

    raw: bytes
    at: datetime
    seen: bool = False
    read: bool = False  # by a person: `seen` as it has to be


@dataclass
class Folder:
    uidvalidity: int
    uidnext: int = 1
    mails: dict[int, Lying] = field(default_factory=dict)
    given: dict[tuple[int, int], Lying] = field(default_factory=dict)  # (UIDVALIDITY, UID), gone or not

    def put(self, mail: Lying) -> int:
        uid, self.uidnext = self.uidnext, self.uidnext + 1
        self.mails[uid] = self.given[self.uidvalidity, uid] = mail
        return uid

    def begin_again(self, uidvalidity: int) -> None:
        """A rebuilt index or a restored backup: another UIDVALIDITY, UIDs from 1."""
        mails = list(self.mails.values())
        self.uidvalidity, self.uidnext, self.mails = uidvalidity, 1, {}
        for mail in mails:
            self.put(mail)


class Server:
    """Stands for `Imap` too: one connection at a time."""

    account = "office@imap.example"

    def __init__(self, *folders: str) -> None:
        self.validities = count(1_700_000_000)
        self.given: dict[tuple[int, int], Lying] = {}
        self.named = {name: self.new_folder() for name in folders}
        self.while_idle: Callable[[], None] = lambda: None
        self.breaks_after: int | None = None  # so many answers more
        self._selected = Folder(0)

    def new_folder(self) -> Folder:
        return Folder(next(self.validities), given=self.given)

    # What people and servers do; `tests/integration/test_mailbox_model.py` has Dovecot do it.

    def connect(self) -> Any:
        """A connection for the watch."""
        return self

    def put(self, folder: str, mail: Lying) -> None:
        self.named[folder].put(mail)

    def remove(self, folder: str, uid: int) -> None:
        del self.named[folder].mails[uid]

    def read_by_a_person(self, folder: str, uid: int) -> None:
        lying = self.named[folder].mails[uid]
        lying.seen = lying.read = not lying.read

    def number_anew(self, folder: str) -> None:
        self.named[folder].begin_again(next(self.validities))

    def rename(self, old: str, new: str) -> None:
        self.named[new] = self.named.pop(old)

    def make(self, folder: str) -> None:
        self.named[folder] = self.new_folder()

    def close(self) -> None:
        """Nothing to close."""

    # What the watch asks.

    def _answer(self) -> None:
        if self.breaks_after is not None:
            if self.breaks_after == 0:
                self.breaks_after = None
                raise Unreachable("切れました")
            self.breaks_after -= 1

    def folders(self) -> tuple[str, ...]:
        self._answer()
        return tuple(self.named)

    def select(self, folder: str, *, readonly: bool = False) -> Selected:
        assert readonly, "only read"
        self._answer()
        if folder not in self.named:
            raise NoSuchFolder(f"フォルダー「{folder}」がありません")
        self._selected = found = self.named[folder]
        return Selected(folder, found.uidvalidity, len(found.mails), found.uidnext)

    def uids(self, *, since_uid: int = 1) -> list[int]:
        self._answer()
        return sorted(uid for uid in self._selected.mails if uid >= since_uid)

    def listed(self, uids: Sequence[int]) -> tuple[Listed, ...]:
        self._answer()
        there = self._selected.mails
        return tuple(Listed(uid, there[uid].at, len(there[uid].raw)) for uid in sorted(uids) if uid in there)

    def fetch(self, uids: Sequence[int]) -> tuple[Fetched, ...]:
        self._answer()
        there = self._selected.mails
        return tuple(Fetched(uid, there[uid].at, there[uid].raw) for uid in sorted(uids) if uid in there)

    def can(self, capability: str) -> bool:
        return capability == "IDLE"

    def idle(self, _wait_s: float, _stopping: Callable[[], bool]) -> bool:
        self._answer()
        self.while_idle()
        return True

    def noop(self) -> None:
        self._answer()
