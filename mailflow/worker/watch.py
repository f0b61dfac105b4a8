"""The watch of the mailbox: a thread that stores what arrives, at once by IDLE and again by a poll (RFC 2177).

One process watches a mailbox at a time (a lock that the system drops when it dies; its epoch is checked in each write).
It connects, compares all folders, waits in IDLE on the first folder, looks again; whatever breaks is a new connection
after a pause that grows. IDLE is renewed long before the 29 minutes of RFC 2177; the poll finds what IDLE didn't tell.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from mailflow.mailbox.errors import LoginRefused, MailboxError
from mailflow.mailbox.imap import Imap
from mailflow.settings.connection import Connection
from mailflow.settings.models import Mailbox
from mailflow.store.arrivals import Watch
from mailflow.store.errors import LostWatch, StoreError
from mailflow.store.store import Store
from mailflow.worker.arrive import Patience, Stock, Taker

log = structlog.get_logger()

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0
LOGIN_PAUSE_S = 30.0  # a server that refused a log-in throttles those who hammer it
FIRST_IDLE_S = 1.0  # a short IDLE first: it brings what came while the last look ended (see `Imap.idle`)
COMPARE_S = 600.0


@dataclass(frozen=True)
class Watcher:
    """`arrived` is called after each look that brought new mail; `told` after each good look, with business time."""

    store: Store
    connection: Connection
    mailbox: Mailbox
    start: Callable[[], datetime | None]
    take_watch: Callable[[], Watch | None]
    arrived: Callable[[Stock], None]
    looked: Callable[[], None]
    trouble: Callable[[str], None]
    stop: threading.Event

    def run(self) -> None:
        """Until `stop` is set. Never raises."""
        pause = FIRST_PAUSE_S
        patience = Patience()
        while not self.stop.is_set():
            watch = self.take_watch()
            if watch is None:
                self.stop.wait(2.0)  # another process watches; this one takes over when it dies
                continue
            try:
                with Imap(self.connection, ca_file=self.mailbox.ca_file) as imap:
                    self._serve(imap, watch, patience)
                pause = FIRST_PAUSE_S
            except LoginRefused as error:
                self._say(error.reason)
                self.stop.wait(LOGIN_PAUSE_S)
            except LostWatch:
                log.warning("watch lost to another process")
            except (MailboxError, StoreError) as error:
                self._say(getattr(error, "reason", str(error)))
                self.stop.wait(pause)
                pause = min(pause * 2, LONGEST_PAUSE_S)
            except Exception as error:
                log.exception("watch broke")
                self._say(f"{type(error).__name__}: {error}")
                self.stop.wait(pause)
                pause = min(pause * 2, LONGEST_PAUSE_S)

    def _serve(self, imap: Imap, watch: Watch, patience: Patience) -> None:
        whole, since_whole = True, 0.0
        poll_s = self.mailbox.poll.total_seconds()
        while not self.stop.is_set():
            taker = Taker(
                store=self.store,
                mailbox=self.mailbox,
                start=self.start(),
                patience=patience,
                watch=watch,
                stopping=self.stop.is_set,
            )
            stock = taker.folders(imap, whole=whole)
            whole, since_whole = False, 0.0 if whole else since_whole
            self.looked()
            if stock.new or stock.headers_only or stock.unfetchable:
                self.arrived(stock)
            for folder in stock.failed_folders:
                self._say(f"フォルダー「{folder}」がありません")
            waited = self._wait(imap, poll_s)
            since_whole += waited
            if since_whole >= COMPARE_S:
                whole = True

    def _wait(self, imap: Imap, poll_s: float) -> float:
        """Until the server says something is new, or the poll is due. Returns the seconds waited."""
        first = self.mailbox.folders.watch[0]
        if not (self.mailbox.idle and imap.can("IDLE")):
            self.stop.wait(poll_s)
            imap.noop()
            return poll_s
        selected = imap.select(first, readonly=True)
        # What came since the last look is told by this SELECT, and IDLE will not tell it again.
        mark = self.store.watermark(imap.account, first)
        if imap.uids(since_uid=mark[1] + 1 if mark and mark[0] == selected.uidvalidity else 1):
            return 0.0
        began = time.monotonic()
        for wait_s in (FIRST_IDLE_S, poll_s):
            if self.stop.is_set() or imap.idle(wait_s, self.stop.is_set):
                break
        return time.monotonic() - began

    def _say(self, reason: str) -> None:
        log.warning("mailbox", reason=reason)
        self.trouble(reason)
