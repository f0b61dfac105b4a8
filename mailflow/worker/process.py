"""Step 2: each stored mail once through the pipeline, its outcome in one short transaction (DESIGN §1, §8.2).

    claim ─▶ take_in (sandbox) ─▶ load_known ─▶ conclude (sandbox) ─▶ commit_outcome ─┐
                                      ▲──── the case changed meanwhile: again ◀───────┘

While one mail is loaded and committed here, the sandbox already reads the next. They are committed in the order of arrival.
What can't be processed is kept as `failed` with its reason; the next mail goes on. Where the database itself fails (a full
disk) or no sandbox comes up, `drain` raises and the mails in hand are given back, at the latest when it is called again.
"""

from __future__ import annotations

import contextlib
import itertools
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from mailflow.clock import Clock
from mailflow.pipeline import Reading
from mailflow.replies.bureau import reads_along
from mailflow.settings.settings import Settings
from mailflow.store.arrivals import Headers
from mailflow.store.commit import Conflict
from mailflow.store.mails import PendingMail
from mailflow.store.store import Store
from mailflow.worker.sandbox import Lost, Sandbox, SandboxBroken, Spoiled, Ticket
from mailflow.worker.trouble import MACHINE

log = structlog.get_logger()

BATCH = 20  # mails claimed at a time
AHEAD = 3  # mails that the sandbox has in hand: this one and those it reads ahead
LOST_RACES = 5  # how often a mail is judged again because its case changed under it


@dataclass(slots=True)
class Spent:
    """Where this process waited or worked, seconds by step: what benchmarks print."""

    read: float = 0.0
    known: float = 0.0
    judge: float = 0.0
    commit: float = 0.0

    @contextlib.contextmanager
    def on(self, step: str) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            setattr(self, step, getattr(self, step) + time.perf_counter() - began)


@dataclass
class Processor:
    """One worker's hands. `settings` is asked for each batch, so that a reload takes effect between batches."""

    store: Store
    sandbox: Sandbox
    settings: Callable[[], Settings]
    clock: Clock
    claimant: str
    start: Callable[[], datetime | None]
    stopping: Callable[[], bool] = lambda: False
    spent: Spent = field(default_factory=Spent)
    _held: set[int] = field(default_factory=set)  # claimed by us and neither judged, failed nor given back

    def drain(self) -> int:
        """All mails that wait, oldest first. Returns how many were judged or failed."""
        done = 0
        self._give_back()
        self.store.give_back(self.claimant)  # also what a broken line to the database left in our name
        while not self.stopping():
            batch = deque[PendingMail]()
            self._claim(batch)
            if not batch:
                break
            settings = self.settings()
            limits = settings.file.limits
            self.sandbox.configure(settings.bundle, time_limit=limits.read_time, memory=limits.memory)
            try:
                done += self._batch(batch, settings)
            except BaseException:
                self.sandbox.close()  # what it was reading nobody waits for any more
                self.sandbox.forget()
                with contextlib.suppress(*MACHINE):  # a full disk: the next drain gives them back
                    self._give_back()
                raise
            self._give_back()
        return done

    def _claim(self, batch: deque[PendingMail]) -> None:
        claimed = self.store.claim_new(BATCH, self.claimant)
        self._held.update(mail.id for mail in claimed)
        batch.extend(claimed)

    def _give_back(self) -> None:
        if self._held:
            self.store.release(sorted(self._held), self.claimant)
            self._held.clear()

    def _batch(self, batch: deque[PendingMail], settings: Settings) -> int:
        """Take mails off `batch` as they are done; what is left when this ends was not touched."""
        done = 0
        ahead = _Ahead(self.sandbox, batch, AHEAD)
        while batch and not self.stopping():
            try:
                self._one(batch[0], ahead, settings)
            except Lost:
                # A mail that was read ahead killed the sandbox. From here on one at a time: then only the guilty one
                # is spoiled, and this one, with which nothing was wrong, begins again.
                ahead = _Ahead(self.sandbox, batch, 1)
                continue
            self._held.discard(batch.popleft().id)
            done += 1
            if len(batch) == AHEAD and self.settings() is settings:  # before there is nothing left to read ahead
                self._claim(batch)
        ahead.drop()
        return done

    def _one(self, pending: PendingMail, ahead: _Ahead, settings: Settings) -> None:
        """Judge one mail, or record why it can't be. Raises Lost, SandboxBroken, one of MACHINE: no fault of this mail."""
        headers: Headers | None = None
        try:
            with self.spent.on("read"):
                reading = self.sandbox.reading(ahead.first())
            mail = reading.mail
            headers = Headers(message_id=mail.message_id, subject=mail.subject, sender=mail.sender, date=mail.date)
            self._judge(pending, reading, ahead, settings)
        except (Lost, SandboxBroken, *MACHINE):
            raise
        except Spoiled as error:
            self._fail(pending, error.reason, settings, headers)
        except Exception as error:  # one bad mail never stops the others
            log.exception("mail not processed", mail=pending.id)
            self._fail(
                pending, f"処理できませんでした（プログラムの誤り {type(error).__name__}: {error}）", settings, headers
            )

    def _judge(self, pending: PendingMail, reading: Reading, ahead: _Ahead, settings: Settings) -> None:
        apart = False
        for _ in range(LOST_RACES):
            now = self.clock.now()
            with self.spent.on("known"):
                loaded = self.store.load_known(
                    pending,
                    reading.mail,
                    reading.understood,
                    round_id=settings.round_for(pending.received_at).id,
                    start=self.start(),
                    now=now,
                    apart=apart,
                )
            with self.spent.on("judge"):
                ticket = self.sandbox.ask_conclude(
                    pending.id,
                    loaded.known,
                    pending.received_at,
                    now,
                    imported=pending.place.by_hand,
                    junk=pending.junk,
                )
                ahead.fill(judging=True)
                outcome = self.sandbox.outcome(ticket)
            with self.spent.on("commit"):
                committed = self.store.commit_outcome(
                    pending,
                    reading.mail,
                    outcome,
                    loaded,
                    claimant=self.claimant,
                    now=now,
                    cc_parties=reads_along(outcome, settings),
                    passwords=reading.passwords,
                    capacities=settings.consultation.capacities,
                )
            if not isinstance(committed, Conflict) or not committed.again:
                return
            apart = apart or committed.apart
        raise Spoiled("同じ案件の処理が続けて重なりました")

    def _fail(self, pending: PendingMail, reason: str, settings: Settings, headers: Headers | None) -> None:
        attempts = settings.file.limits.attempts
        state = self.store.fail(pending.id, reason, claimant=self.claimant, attempts=attempts, headers=headers)
        log.error("mail not processed", mail=pending.id, state=str(state), reason=reason)


class _Ahead:
    """The mails at the head of a batch that the sandbox was asked to read: the first one, and up to `limit` - 1 more."""

    def __init__(self, sandbox: Sandbox, batch: deque[PendingMail], limit: int) -> None:
        self._sandbox, self._batch, self._limit = sandbox, batch, limit
        self._asked: dict[int, Ticket] = {}

    def first(self) -> Ticket:
        """The ticket of the batch's first mail."""
        self.fill()
        return self._asked[self._batch[0].id]

    def fill(self, *, judging: bool = False) -> None:
        """Ask for what isn't asked for yet, in the order of arrival; forget what left the batch.

        While the first one is judged one more is asked for: else the sandbox would stand idle from its answer until
        that mail is committed, a third of its time."""
        limit = self._limit + 1 if judging and self._limit > 1 else self._limit
        head = list(itertools.islice(self._batch, limit))
        self._asked = {mail.id: self._asked[mail.id] for mail in head if mail.id in self._asked}
        for mail in head:
            if mail.id not in self._asked:
                self._asked[mail.id] = self._sandbox.ask_take_in(mail.id, mail.raw, mail.received_at, mail.passwords)

    def drop(self) -> None:
        """A stop: what was read ahead isn't needed."""
        for ticket in self._asked.values():
            with contextlib.suppress(Lost, Spoiled):
                self._sandbox.answer(ticket)
        self._asked.clear()
        self._sandbox.forget()
