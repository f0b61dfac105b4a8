"""Moving what is judged out of the watched folders, where `mailbox.folders.processed` says whereto (DESIGN §8.1).

Only mails with a verdict move, each by its UID in a folder whose UIDVALIDITY is the one it was stored under; what is older than
the start, couldn't be fetched, failed or waits stays where it is, as does everything in Junk. The database is the truth: a move
that fails is tried again at the next look and costs nothing else. Nothing is ever deleted.
"""

from __future__ import annotations

import structlog

from mailflow.mailbox.errors import Refused
from mailflow.mailbox.imap import BATCH, Imap
from mailflow.settings.models import Folders
from mailflow.store.arrivals import MailState
from mailflow.store.store import Store

log = structlog.get_logger()


def move_processed(store: Store, imap: Imap, folders: Folders) -> int:
    """Returns how many mails were moved. A folder that the server refuses is told in the log and left as it is."""
    if folders.processed is None:
        return 0
    moved = 0
    try:
        for folder in folders.watch:
            selected = imap.select(folder)
            rows = store.place_states(imap.account, folder, selected.uidvalidity)
            done = [uid for uid in imap.uids() if uid in rows and rows[uid].state is MailState.JUDGED]
            if done:
                imap.ensure(folders.processed)
            for at in range(0, len(done), BATCH):
                imap.move(done[at : at + BATCH], folders.processed)
                moved += len(done[at : at + BATCH])
    except Refused as error:
        log.error("mails not moved", folder=folders.processed, reason=error.reason)
    if moved:
        log.info("mails moved", folder=folders.processed, count=moved)
    return moved
