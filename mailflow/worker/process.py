"""Step 2: each stored mail once through the pipeline, its outcome in one short transaction (DESIGN §1, §8.2).

    claim ─▶ take_in (sandbox) ─▶ load_known ─▶ conclude (sandbox) ─▶ commit_outcome ─┐
                                      ▲──── the case changed meanwhile: again ◀───────┘

What can't be processed is kept as `failed` with its reason; the next mail goes on.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlalchemy.exc import DBAPIError

from mailflow.clock import Clock
from mailflow.settings.settings import Settings
from mailflow.store.arrivals import Headers
from mailflow.store.mails import PendingMail
from mailflow.store.commit import Conflict
from mailflow.store.store import Store
from mailflow.worker.sandbox import Sandbox, Spoiled

log = structlog.get_logger()

BATCH = 20  # mails claimed at a time
LOST_RACES = 5  # how often a mail is judged again because its case changed under it


@dataclass(slots=True)
class Spent:
    """Where the time went, seconds by step: what benchmarks print."""

    read: float = 0.0
    known: float = 0.0
    judge: float = 0.0
    commit: float = 0.0


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

    def drain(self) -> int:
        """All mails that wait, oldest first. Returns how many were judged or failed."""
        done = 0
        while not self.stopping():
            batch = self.store.claim_new(BATCH, self.claimant)
            if not batch:
                break
            settings = self.settings()
            self.sandbox.configure(settings.bundle)
            while batch and not self.stopping():
                self.one(batch.pop(0), settings)
                done += 1
            if batch:
                self.store.release([mail.id for mail in batch], self.claimant)
        return done

    def one(self, pending: PendingMail, settings: Settings) -> None:
        """Judge one mail, or record why it can't be. Raises DBAPIError where the database itself fails."""
        headers: Headers | None = None
        try:
            began = time.perf_counter()
            reading = self.sandbox.take_in(pending.raw, pending.received_at)
            self.spent.read += time.perf_counter() - began
            mail = reading.mail
            headers = Headers(message_id=mail.message_id, subject=mail.subject, sender=mail.sender, date=mail.date)
            for _ in range(LOST_RACES):
                began = time.perf_counter()
                now = self.clock.now()
                loaded = self.store.load_known(
                    pending,
                    mail,
                    reading.understood,
                    round_id=settings.round_for(pending.received_at).id,
                    start=self.start(),
                    now=now,
                )
                self.spent.known += time.perf_counter() - began
                began = time.perf_counter()
                outcome = self.sandbox.conclude(loaded.known, pending.received_at, now)
                self.spent.judge += time.perf_counter() - began
                began = time.perf_counter()
                committed = self.store.commit_outcome(
                    pending, mail, outcome, loaded, claimant=self.claimant, now=now
                )
                self.spent.commit += time.perf_counter() - began
                if not isinstance(committed, Conflict) or not committed.again:
                    return
            raise Spoiled("同じ案件の処理が続けて重なりました")
        except Spoiled as error:
            state = self.store.fail(
                pending.id, error.reason, claimant=self.claimant, attempts=settings.file.limits.attempts, headers=headers
            )
            log.error("mail not processed", mail=pending.id, state=str(state), reason=error.reason)
        except DBAPIError:
            self.store.release([pending.id], self.claimant)
            raise
        except Exception as error:  # noqa: BLE001 - one bad mail never stops the others
            log.exception("mail not processed", mail=pending.id)
            self.store.fail(
                pending.id,
                f"{type(error).__name__}: {error}",
                claimant=self.claimant,
                attempts=settings.file.limits.attempts,
                headers=headers,
            )
