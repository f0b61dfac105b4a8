"""What happens once a day and once a round: the statement of `reconcile`, the closing list (DESIGN §8).

Done by the worker that watches the mailbox, so by one. The day's statement is due at `schedule.daily` (Tokyo), business
time; the closing list `close_wait` after the close, when everything that came in time is judged, at the latest
LONGEST_WAIT later. A list that would say something else today gets a new revision.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from mailflow.clock import Clock, tokyo
from mailflow.desk.closing import close
from mailflow.desk.reconciliation import Statement, keep, reconcile
from mailflow.mailbox.errors import MailboxError
from mailflow.mailbox.imap import Imap
from mailflow.settings.models import Round
from mailflow.settings.settings import Settings
from mailflow.store import Store
from mailflow.store.watching import Watch

log = structlog.get_logger()

DAY_FACT = "daily"  # the day (Tokyo) whose statement was made
LONGEST_WAIT = timedelta(minutes=30)
REVISED_FOR = timedelta(days=30)  # after the close
ACTOR = "timer"


@dataclass(frozen=True)
class Rounds:
    """`watch`: ours now, None while another process has it. `take_in`: fetch everything once more."""

    store: Store
    clock: Clock
    settings: Callable[[], Settings]
    start: Callable[[], datetime | None]
    connect: Callable[[], Imap]
    watch: Callable[[], Watch | None]
    take_in: Callable[[Watch], object]

    def tick(self) -> None:
        """The day's statement, if it is due and nobody made it yet."""
        now = tokyo(self.clock.now())
        today = now.date().isoformat()
        if (
            self.watch() is None
            or now.time() < self.settings().file.schedule.daily
            or self.store.fact(DAY_FACT) == today
        ):
            return
        statement = self.statement("daily")
        for round_ in self.settings().rounds:
            if round_.closes < now < round_.closes + REVISED_FOR and self.store.closing(round_.id) is not None:
                self._close(round_, statement, because="一覧を作ったあとに、内容が変わりました")
        self.store.set_fact(DAY_FACT, today)

    def close_rounds(self) -> None:
        """The closing list of each round whose time has come and that has none."""
        for round_ in self.settings().rounds:
            watch = self.watch()
            if watch is not None and self._due(round_):
                try:
                    self.take_in(watch)
                except MailboxError:
                    if not self._overdue(round_):
                        raise  # again in a moment
                if self._judged(round_):
                    self._close(round_, self.statement("close"), because="締切")

    def _due(self, round_: Round) -> bool:
        now, start = self.clock.now(), self.start()
        since = round_.closes + round_.close_wait
        if not since <= now < since + REVISED_FOR or (start is not None and start > round_.closes):
            return False
        return self.store.closing(round_.id) is None

    def _judged(self, round_: Round) -> bool:
        """Whether the list can be made: all is judged, or it took too long and the list says what isn't."""
        return self._overdue(round_) or not self.store.unjudged_before(round_.closes)

    def _overdue(self, round_: Round) -> bool:
        return self.clock.now() > round_.closes + round_.close_wait + LONGEST_WAIT

    def statement(self, why: str) -> Statement:
        try:
            with self.connect() as imap:
                found = reconcile(self.store, imap, self.settings(), self.clock)
        except MailboxError as error:
            found = reconcile(self.store, None, self.settings(), self.clock, reason=error.reason)
        keep(self.store, found, actor=ACTOR, why=why)
        if found.balanced:
            log.info("reconciled", folders=len(found.folders))
        else:
            log.error("does not balance", problems=[one.kind for one in found.problems][:10])
        return found

    def _close(self, round_: Round, statement: Statement, *, because: str) -> None:
        made = close(self.store, self.settings(), round_, statement, self.clock, because=because, actor=ACTOR)
        if made is not None:
            log.info("closing list written", round=round_.id, revision=made.revision)
