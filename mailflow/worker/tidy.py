"""Moving what is judged out of the watched folders, where `mailbox.folders.processed` says whereto (DESIGN §8.1).

Only mails with a verdict move, each by its UID in a folder whose UIDVALIDITY is the one it was stored under; what is older than
the start, couldn't be fetched, failed or waits stays where it is, as does everything in Junk. The database is the truth: a move
that fails is tried again at the next look and costs nothing else. Nothing is ever deleted.
"""

from __future__ import annotations

import structlog

from mailflow.mailbox.errors import Refused
from mailflow.mailbox.imap import NO_MOVE, Imap
from mailflow.mailbox.listing import BATCH
from mailflow.settings.models import Folders
from mailflow.store.store import Store

log = structlog.get_logger()


class Processed:
    """`move` after each look. A folder in which nothing was judged since the last one isn't asked about."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seen: dict[tuple[str, str], tuple[int, int]] = {}  # (UIDVALIDITY, judged places) when all had been moved
        self._told = False

    def move(self, imap: Imap, folders: Folders) -> int:
        """Returns how many mails were moved. A folder that the server refuses is told in the log and left as it is, a
        server that can't move safely once a process."""
        if folders.processed is None:
            return 0
        if not imap.can_move:
            if not self._told:
                log.error("mails not moved", folder=folders.processed, reason=NO_MOVE)
            self._told = True
            return 0
        moved = 0
        for folder in folders.watch:
            try:
                moved += self._move(imap, folder, folders.processed)
            except Refused as error:
                log.error("mails not moved", folder=folder, to=folders.processed, reason=error.reason)
        if moved:
            log.info("mails moved", folder=folders.processed, count=moved)
        return moved

    def _move(self, imap: Imap, folder: str, to: str) -> int:
        selected = imap.select(folder)
        judged = self._store.judged_uids(imap.account, folder, selected.uidvalidity)
        state = (selected.uidvalidity, len(judged))
        if not judged or self._seen.get((imap.account, folder)) == state:
            return 0
        here = [uid for uid in imap.uids() if uid in judged]
        if here:
            imap.ensure(to)
        for at in range(0, len(here), BATCH):
            imap.move(here[at : at + BATCH], to)
        self._seen[imap.account, folder] = state
        return len(here)
