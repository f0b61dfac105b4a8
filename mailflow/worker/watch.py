"""The watch of the mailbox: a thread that stores what arrives, at once by IDLE and again by a poll (RFC 2177).

One process watches a mailbox at a time (a lock that the system drops when it dies; its epoch is checked in each write).
It connects, compares all folders, waits in IDLE on the first folder, looks again; whatever breaks is a new connection
after a pause that grows. An edit of the mailbox's settings takes effect at the next look, another server or user by a new
connection. IDLE is renewed long before the 29 minutes of RFC 2177; the poll finds what IDLE didn't tell.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import DBAPIError

from mailflow.mailbox.errors import LoginRefused, MailboxError
from mailflow.mailbox.imap import IDLE_SLICE_S, Imap
from mailflow.settings.connection import Connection
from mailflow.settings.models import Mailbox
from mailflow.store.errors import LostWatch, StoreError
from mailflow.store.store import Store
from mailflow.store.watching import Watch
from mailflow.worker.arrive import Patience, Stock, Taker
from mailflow.worker.trouble import words

log = structlog.get_logger()

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0
WITHOUT_UIDNEXT_S = 10.0  # IDLE may miss a mail where SELECT doesn't say UIDNEXT: look sooner
LONGEST_IDLE_S = 35.0  # with the wait for the answer to DONE: a line that died silently is found within a minute
LOGIN_PAUSE_S, LONGEST_LOGIN_PAUSE_S = 30.0, 300.0  # a server that refused a log-in throttles those who hammer it


@dataclass(frozen=True)
class Watcher:
    """`arrived` is called after each look that brought something; `looked` after each that could read every folder;
    `trouble` with a reason in Japanese for people. `compare`: how often all UIDs are compared. `limits`: the moments at
    which a judgement may turn. `watching`: whether the watch that `take_watch` gave is still ours. `beside`: looks
    at the folders that are not watched (Sent and such) over the same connection."""

    store: Store
    connection: Callable[[], Connection]
    mailbox: Callable[[], Mailbox]
    compare: Callable[[], timedelta]
    start: Callable[[], datetime | None]
    take_watch: Callable[[], Watch | None]
    arrived: Callable[[Stock], None]
    looked: Callable[[], None]
    trouble: Callable[[str], None]
    stop: threading.Event
    limits: Callable[[], Sequence[datetime] | None] = lambda: None
    watching: Callable[[], bool] = lambda: True
    beside: Callable[[Imap, Watch], object] = lambda _imap, _watch: None

    def run(self) -> None:
        """Until `stop` is set. Never raises."""
        pause, login_pause = FIRST_PAUSE_S, LOGIN_PAUSE_S
        patience = Patience()
        while not self.stop.is_set():
            began = time.monotonic()
            try:
                watch = self.take_watch()
                if watch is None:
                    self.stop.wait(2.0)  # another process watches; this one takes over when it dies
                    continue
                at = self.connection()
                with Imap(at, ca_file=at.ca_file) as imap:
                    login_pause = LOGIN_PAUSE_S
                    self._serve(imap, at, watch, patience)
                pause = FIRST_PAUSE_S
                continue
            except LoginRefused as error:
                self._say(error.reason)
                self._pause(login_pause, at)
                login_pause = min(login_pause * 2, LONGEST_LOGIN_PAUSE_S)
                continue
            except LostWatch:
                log.warning("watch lost to another process")
            except (MailboxError, StoreError, DBAPIError) as error:
                self._say(words(error))
            except Exception as error:
                log.exception("watch broke")
                self._say(words(error))
            if time.monotonic() - began > LONGEST_PAUSE_S:
                pause = FIRST_PAUSE_S  # it had gone well for a while
            self.stop.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)

    def _pause(self, seconds: float, at: Connection) -> None:
        """Until it is over, or somebody corrected the password that was refused."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and self.connection() == at:
            if self.stop.wait(min(left, IDLE_SLICE_S)):
                return

    def _serve(self, imap: Imap, at: Connection, watch: Watch, patience: Patience) -> None:
        whole, compared = True, time.monotonic()
        while not self.stop.is_set() and self.connection() == at:
            if not self.watching():
                raise LostWatch("データベースとの接続が切れ、見張りの権利を失いました")
            mailbox = self.mailbox()
            taker = Taker(
                store=self.store,
                mailbox=mailbox,
                start=self.start(),
                patience=patience,
                watch=watch,
                stopping=self.stop.is_set,
                limits=self.limits(),
            )
            stock = taker.folders(imap, whole=whole)
            try:
                self.beside(imap, watch)  # before `arrived`: what people answered by themselves is known first
            finally:
                self._tell(stock)
            if whole:
                compared = time.monotonic()
            self._wait(imap, mailbox, at)
            # By the clock and not by what was waited: in a rush the looks themselves take the time.
            whole = time.monotonic() - compared >= self.compare().total_seconds() or self.mailbox() != mailbox

    def _tell(self, stock: Stock) -> None:
        """What the look at the watched folders brought, whatever becomes of those beside them."""
        if stock.new or stock.headers_only or stock.unfetchable:
            self.arrived(stock)
        if stock.failed_folders:
            self._say("、".join(f"フォルダー「{name}」が読めません（{why}）" for name, why in stock.failed_folders))
        else:
            self.looked()

    def _wait(self, imap: Imap, mailbox: Mailbox, at: Connection) -> None:
        """Until the server says something is new, the poll is due, or other settings are."""
        began = time.monotonic()
        first, poll_s = mailbox.folders.watch[0], mailbox.poll.total_seconds()

        def enough() -> bool:
            return self.stop.is_set() or self.mailbox() != mailbox or self.connection() != at

        if not (mailbox.idle and imap.can("IDLE")):
            while not enough() and time.monotonic() - began < poll_s:
                self.stop.wait(min(1.0, poll_s))
            imap.noop()
            return
        uidnext = None
        while True:
            # What came since the last look is told by this SELECT, and IDLE will not tell it again. Nothing may be asked
            # between SELECT and IDLE: a server tells of new mail in any answer, once. So UIDNEXT decides; where it
            # shows UIDs that we haven't seen, SEARCH says whether they are mail or were expunged, and SELECT follows again.
            selected = imap.select(first, readonly=True)
            mark = self.store.watermark(imap.account, first)
            seen = mark[1] if mark and mark[0] == selected.uidvalidity else 0
            if selected.uidnext is not None and selected.uidnext in (seen + 1, uidnext):
                break
            if imap.uids(since_uid=seen + 1):
                return
            if selected.uidnext is None:
                poll_s = min(poll_s, WITHOUT_UIDNEXT_S)
                break
            uidnext = selected.uidnext
        imap.idle(min(poll_s, LONGEST_IDLE_S), enough)

    def _say(self, reason: str) -> None:
        """To the log, and to `status` if the database takes it."""
        log.warning("mailbox", reason=reason)
        try:
            self.trouble(reason)
        except DBAPIError as error:
            log.error("mailbox trouble not recorded", reason=words(error))
