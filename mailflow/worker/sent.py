"""The folder Sent, looked at beside the watched ones: what people of the office answered by themselves.

Over the watch's own connection, from the UID seen last on; the first time only the newest FIRST_LOOK. A mail there with our
mark is ours only if the database knows it: after a restore, letters that left since the backup count as sent by hand.
"""

from __future__ import annotations

import structlog

from mailflow.mailbox.errors import Refused
from mailflow.mailbox.imap import Imap
from mailflow.store.hand_replies import HandReply
from mailflow.store.store import Store
from mailflow.store.watching import Watch

log = structlog.get_logger()

FIRST_LOOK = 500  # UIDs


def look_at_sent(store: Store, imap: Imap, folder: str, watch: Watch | None) -> int:
    """Remember replies by hand that are new in Sent. Returns how many. A folder that isn't there or is refused is no
    trouble of the watch."""
    try:
        if folder not in imap.folders():
            return 0
        selected = imap.select(folder, readonly=True)
        mark = store.watermark(imap.account, folder)
        known = mark[1] if mark and mark[0] == selected.uidvalidity else None
        if selected.uidnext is not None and known is not None and selected.uidnext <= known + 1:
            return 0
        if known is None:
            known = max(0, (selected.uidnext or 1) - 1 - FIRST_LOOK)
        headers = imap.sent_headers(folder, since_uid=known + 1)
    except Refused as error:
        log.warning("Sent not looked at", reason=error.reason)
        return 0
    ours = store.letter_tokens() if any(one.mailflow_id for one in headers) else set()
    replies = [
        HandReply(answers=one.answers, at=one.received_at)
        for one in headers
        if one.answers and one.mailflow_id not in ours
    ]
    store.remember_replies(replies)
    if headers:
        store.set_watermark(imap.account, folder, selected.uidvalidity, headers[-1].uid, watch=watch)
    return len(replies)
