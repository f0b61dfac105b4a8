"""Step 3: what is approved leaves, once (DESIGN §5 "One claim rule", §8.3).

    claim_next (committed) ─▶ MAIL, RCPT ─▶ mark_data_stage (committed) ─▶ DATA ─▶ sent | retry | failed | uncertain
    sent ─▶ file_sent: search the folder for our id, APPEND where it isn't there

A server that isn't there is no letter's fault: it counts for none, and no letter is claimed until one answers: one connection
at a time asks, 30 s to 5 min apart, for all that waits (docs/decisions/0137; each worker asks for itself). Backoff is in system
time; `sent_at` is business time. What became of an attempt and can't be written (a full disk) is kept and written before the
next claim; should the process die first, recovery decides by the stage, as after any death.
"""

from __future__ import annotations

import random
import re
import secrets
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from mailflow.clock import Clock
from mailflow.mail import identify
from mailflow.mailbox.errors import MailboxError, Refused
from mailflow.mailbox.imap import Imap
from mailflow.model import Draft
from mailflow.outbox.errors import NoServer, Permanent, Retryable, Uncertain
from mailflow.outbox.smtp import SmtpSession
from mailflow.replies.mime import build_mime
from mailflow.settings.connection import Connection
from mailflow.settings.settings import Settings
from mailflow.store.errors import Gone, StoreError
from mailflow.store.outbox import Claimed
from mailflow.store.pauses import AWAY, SPREAD, pause
from mailflow.store.sent_copies import ToFile
from mailflow.store.store import Store
from mailflow.worker.trouble import MACHINE, words

log = structlog.get_logger()

SHORT_WAIT_S = 2.5  # the pace's pause is sat out if it is this short: ticks of the job would make it longer
ID_HEADER = "X-Mailflow-Id"


def backoff(attempts: int) -> timedelta:
    """How long what was tried so often rests."""
    return pause(attempts) * random.uniform(1 - SPREAD, 1 + SPREAD)  # noqa: S311 - not a secret


@dataclass(frozen=True)
class _Away:
    """The server `at` isn't there: so often in a row nobody answered; who is to be named as the sender when it is asked, and when."""

    at: Connection
    times: int
    sender: str
    until_s: float


@dataclass
class Sender:
    """One worker's letters out. `paced`: keep to `smtp.rate` and the undo window; `worker --once` does neither."""

    store: Store
    smtp: SmtpSession
    smtp_at: Callable[[], Connection]
    settings: Callable[[], Settings]
    clock: Clock
    claimant: str
    paced: bool = True
    stopping: Callable[[], bool] = lambda: False
    seconds: Callable[[], float] = time.monotonic
    wait: Callable[[float], object] = time.sleep
    _next_s: float = field(default=0.0)
    _unwritten: deque[Callable[[], None]] = field(default_factory=deque)
    _away: _Away | None = field(default=None)

    def drain(self) -> int:
        """Every letter that may leave now, as long as there is a server. Returns how many attempts were made."""
        attempts = 0
        self._write_down()
        # Nothing is in hand now: what is still in our name was claimed by a commit whose answer was lost.
        self.store.recover_outgoing(lambda claimant: claimant != self.claimant)
        while not self.stopping():
            settings = self.settings()
            if self.paced and (left_s := self._next_s - self.seconds()) > 0:
                if left_s > SHORT_WAIT_S:
                    break
                self.wait(left_s)
            self.smtp.use(self.smtp_at(), timeout_s=settings.file.smtp.timeout.total_seconds())
            now, sys_now = self.clock.now(), self.clock.sys_now()
            if self.paced and not self._is_there(settings, now, sys_now):
                break
            claimed = self.store.claim_next(
                now=now,
                sys_now=sys_now,
                sending_allowed=settings.file.sending,
                claimant=self.claimant,
                build=self._build,
                undo=self.paced,
                budget=settings.file.approval.reply_budget,
            )
            if claimed is None:
                break
            self._next_s = self.seconds() + 60 / settings.file.smtp.rate
            there = self._attempt(claimed, settings)
            attempts += 1
            if not there:
                break
        return attempts

    def _is_there(self, settings: Settings, now: datetime, sys_now: datetime) -> bool:
        """Whether a letter may be claimed: a server that was away is asked first, once its pause is over (or its settings were
        changed), and only while a letter waits for it. No letter is touched by that, and nothing is written down."""
        away = self._away
        if away is None:
            return True
        if away.at == self.smtp_at() and self.seconds() < away.until_s:
            return False
        if not (settings.file.sending and self.store.any_may_leave(now, sys_now)):
            return False
        try:
            self.smtp.check(away.sender)
        except Retryable as error:
            self._stays_away(away.sender, error.answer)
            return False
        except Exception as error:  # the next letter will have it in its answer
            log.warning("asking the server went wrong", reason=words(error))
        return True

    def _stays_away(self, sender: str, answer: str) -> timedelta:
        """Returns how long nobody asks."""
        self.smtp.close()
        times = self._away.times + 1 if self._away is not None else 1
        rest = min(backoff(times), AWAY)
        self._away = _Away(self.smtp_at(), times, sender, self.seconds() + rest.total_seconds())
        log.warning("no server for letters", answer=answer, times=times)
        return rest

    def _build(self, draft: Draft) -> tuple[str, bytes]:
        token = secrets.token_hex(12)
        domain = draft.sender.domain
        message_id = f"<{token}.mailflow@{domain}>"
        return message_id, build_mime(draft, message_id=message_id, at=self.clock.now(), mailflow_id=token)

    def _attempt(self, claimed: Claimed, settings: Settings) -> bool:
        """Whether there was a server, whatever it said of the letter."""
        begun, there = False, True

        def before_data() -> None:
            nonlocal begun
            self.store.mark_data_stage(claimed.id, self.claimant)
            begun = True

        try:
            delivered = self.smtp.deliver(
                claimed.mime,
                envelope_from=claimed.sender.address,
                to=claimed.to,
                cc=claimed.cc,
                before_data=before_data,
            )
        except NoServer as error:
            there = False
            self._nobody_there(claimed, error.answer)
        except Retryable as error:
            self._again(claimed, error.answer, settings)
        except Permanent as error:
            self._failed(claimed, error.answer)
        except Uncertain as error:
            self._uncertain(claimed, error.answer)
        except Gone:
            self.smtp.close()  # another process took the claim over: nothing was sent
            log.warning("claim lost before DATA", outgoing=claimed.id)
        except MACHINE as error:
            self.smtp.close()  # the stage could not be written, so DATA was never said
            self._again(claimed, words(error), settings)
        except Exception as error:  # one letter that breaks the conversation must not stop the others
            self.smtp.close()
            log.exception("letter not sent", outgoing=claimed.id)
            (self._uncertain if begun else self._failed)(claimed, words(error))
        else:
            refused = "".join(
                f"（写し {address} は断られました：{answer}）" for address, answer in delivered.refused.items()
            )
            at, answer = self.clock.now(), delivered.answer + refused
            named = accepted_id(delivered.answer)
            self._record(lambda: self.store.sent(claimed.id, self.claimant, at=at, answer=answer, accepted_id=named))
            log.info("letter sent", outgoing=claimed.id)
        finally:
            if there:
                self._away = None
        return there

    def _again(self, claimed: Claimed, answer: str, settings: Settings) -> None:
        if claimed.attempts >= settings.file.smtp.max_attempts:
            return self._failed(claimed, f"{claimed.attempts}回試しました：{answer}")
        next_at = self.clock.sys_now() + backoff(claimed.attempts)
        log.warning("letter not sent yet", outgoing=claimed.id, answer=answer)
        return self._record(lambda: self.store.retry(claimed.id, self.claimant, answer=answer, next_at=next_at))

    def _nobody_there(self, claimed: Claimed, answer: str) -> None:
        """The server's trouble, not this letter's: such an attempt isn't counted, so that no outage, however long, fails letters."""
        rest, sys_now = self._stays_away(claimed.sender.address, answer), self.clock.sys_now()

        def put_off() -> None:
            # The others ask meanwhile: should it be this letter after all, it holds none of them up.
            others = self.store.any_may_leave(self.clock.now(), sys_now, undo=self.paced)
            next_at = sys_now + (AWAY if others else rest)
            self.store.retry(claimed.id, self.claimant, answer=answer, next_at=next_at, counted=False)

        self._record(put_off)

    def _failed(self, claimed: Claimed, answer: str) -> None:
        log.error("letter refused", outgoing=claimed.id, answer=answer)
        self._record(lambda: self.store.failed(claimed.id, self.claimant, answer=answer))

    def _uncertain(self, claimed: Claimed, answer: str) -> None:
        log.error("letter uncertain", outgoing=claimed.id, answer=answer)
        self._record(lambda: self.store.uncertain(claimed.id, self.claimant, answer=answer))

    def _record(self, result: Callable[[], None]) -> None:
        self._unwritten.append(result)
        self._write_down()

    def _write_down(self) -> None:
        """Raises one of MACHINE while the database can't take it: nothing is claimed before it could."""
        while self._unwritten:
            try:
                self._unwritten[0]()
            except StoreError as error:  # it isn't ours any more: recovery or a person was first
                log.warning("result not recorded", reason=str(error))
            self._unwritten.popleft()


def file_sent(store: Store, imap: Imap, settings: Settings, clock: Clock) -> int:
    """File every sent letter that isn't in Sent yet, once. Returns how many were; one that the server refuses doesn't
    stop the next. Raises MailboxError where the connection broke or the folder can't be had."""
    folder = settings.file.mailbox.folders.sent
    waiting = store.to_file(clock.sys_now())
    if not waiting:
        return 0
    imap.ensure(folder)
    filed = 0
    for one in waiting:
        try:
            found_id = _file(imap, folder, one, settings)
        except MACHINE:
            raise
        except Exception as error:
            # This one waits now, and others go before it: also where it broke the line.
            store.not_filed(one.id, next_at=clock.sys_now() + backoff(one.attempts + 1))
            log.warning("not filed in Sent yet", outgoing=one.id, reason=words(error))
            if isinstance(error, MailboxError) and not isinstance(error, Refused):
                raise
            continue
        if found_id is None:  # the server is slow to file it; doing it too would make two
            store.not_filed(one.id, next_at=clock.sys_now() + backoff(one.attempts + 1))
            continue
        store.filed(one.id, at=clock.now(), folder=folder, found_id=found_id)
        filed += 1
    return filed


def _file(imap: Imap, folder: str, one: ToFile, settings: Settings) -> str | None:
    """The Message-ID under which it lies in Sent now; None where it doesn't yet."""
    found = _in_sent(imap, folder, one.mime)
    if found is not None or settings.file.smtp.server_files_sent:
        return found
    imap.append(folder, one.mime, one.sent_at)
    return one.message_id


def _in_sent(imap: Imap, folder: str, mime: bytes) -> str | None:
    """The Message-ID of the letter in Sent, which a relay may have made anew ("" for none); None where it isn't there."""
    uids = imap.find_header(folder, ID_HEADER, _token(mime))
    if not uids:
        return None
    return identify(imap.fetch_headers(uids[:1]).get(uids[0], b"")).message_id or ""


# Exchange says in its answer what it made of the Message-ID: 「2.6.0 <id> [InternalId=…] Queued mail for delivery」.
_ACCEPTED_AS = re.compile(r"\b2\.6\.0 (<[^<>\s@]{1,200}@[^<>\s@]{1,253}>)")


def accepted_id(answer: str) -> str | None:
    """The Message-ID that the server gave the letter, where its answer to DATA says so."""
    found = _ACCEPTED_AS.search(answer)
    return found[1] if found else None


def settle_by_sent(store: Store, imap: Imap, settings: Settings, clock: Clock) -> int:
    """Where the server files Sent itself, an uncertain letter that lies there was sent (DESIGN §8.3)."""
    if not settings.file.smtp.server_files_sent:
        return 0
    settled = 0
    for outgoing_id, mime in store.uncertain_letters():
        found_id = _in_sent(imap, settings.file.mailbox.folders.sent, mime)
        if found_id is not None:
            settled += store.found_in_sent(outgoing_id, at=clock.now(), found_id=found_id)
    return settled


def _token(mime: bytes) -> str:
    for line in mime.split(b"\r\n\r\n", 1)[0].split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.decode("ascii", "replace").lower() == ID_HEADER.lower():
            return value.strip().decode("ascii")
    raise Refused("手紙に X-Mailflow-Id がありません")
