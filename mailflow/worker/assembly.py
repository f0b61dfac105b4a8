"""One worker: what it is made of, and what its jobs do. How it runs stands in `service`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import structlog

from mailflow.intake.deadlines import business_days_between
from mailflow.mailbox.errors import LoginRefused, MailboxError
from mailflow.mailbox.imap import Imap
from mailflow.outbox.smtp import SmtpSession
from mailflow.settings.connection import Connection
from mailflow.settings.env import business_now, database_url
from mailflow.settings.load import load
from mailflow.settings.needed import APPOINTMENT, REMINDER
from mailflow.settings.settings import Settings
from mailflow.store import Store, open_store
from mailflow.store.errors import LostWatch
from mailflow.store.liveness import Liveness, WatchLock, new_claimant
from mailflow.store.reminders import remind, unanswered
from mailflow.store.watching import Watch
from mailflow.worker.appointments import remind_appointments
from mailflow.worker.arrive import Patience, Stock, Taker
from mailflow.worker.configuration import Configuration
from mailflow.worker.daily import Rounds
from mailflow.worker.day_sheets import DaySheets
from mailflow.worker.digest import DailyDigest
from mailflow.worker.filing import Filing
from mailflow.worker.mail_client import tend_client_folders
from mailflow.worker.process import Processor
from mailflow.worker.recomposing import recompose_outdated
from mailflow.worker.sandbox import Sandbox
from mailflow.worker.send import Sender
from mailflow.worker.sent import look_at_sent
from mailflow.worker.tidy import Processed
from mailflow.worker.trouble import MACHINE, words
from mailflow.worker.watchman import Ticks, Watchman

log = structlog.get_logger()

START_FACT = "start"
ONCE_ATTEMPTS, ONCE_PAUSE_S = 5, 0.2


class Worker:
    """Everything one process works with. Use as a context: leaving it gives claims and locks back."""

    def __init__(self, config_dir: Path, env: Mapping[str, str], *, paced: bool) -> None:
        settings = load(config_dir, env)
        self.config_dir, self.env = config_dir, env
        self._open = ExitStack()
        self.store: Store = open_store(database_url(settings.file, env))
        self._open.callback(self.store.close)
        self.clock = self.store.clock(business_now(env))
        self.configuration = Configuration(settings, config_dir, env, self.store)
        self.stop = threading.Event()
        claimant = new_claimant("worker")
        self.liveness = self._open.enter_context(Liveness(self.store, claimant))
        limits = settings.file.limits
        self.sandbox = self._open.enter_context(
            Sandbox(settings.bundle, time_limit=limits.read_time, memory=limits.memory)
        )
        self._client_reader = self._open.enter_context(
            Sandbox(settings.bundle, time_limit=limits.read_time, memory=limits.memory)
        )
        smtp_at = self.configuration.smtp_at
        self.smtp = SmtpSession(smtp_at, timeout_s=settings.file.smtp.timeout.total_seconds(), ca_file=smtp_at.ca_file)
        self._open.callback(self.smtp.close)
        self._filing = Filing(self)
        self._processed = Processed(self.store)
        self._composed_by: str | None = None  # the configuration that waiting letters were held against
        self.ticks = Ticks()
        self.watchman = Watchman(
            store=self.store,
            claimant=claimant,
            clock=self.clock,
            settings=lambda: self.settings,
            env=env,
            ticks=self.ticks,
            on_duty=lambda: self.watch_lock.current is not None,
        )
        self.rounds = Rounds(
            store=self.store,
            clock=self.clock,
            settings=lambda: self.settings,
            start=self.start,
            connect=self.connect,
            watch=lambda: self.watch_lock.current,
            take_in=lambda watch: take_all(self, watch),
        )
        self.day_sheets = DaySheets(
            store=self.store,
            clock=self.clock,
            settings=lambda: self.settings,
            smtp_at=lambda: self.configuration.smtp_at,
            on_duty=lambda: self.watch_lock.current is not None,
        )
        self.digest = DailyDigest(
            store=self.store,
            clock=self.clock,
            settings=lambda: self.settings,
            env=env,
            on_duty=lambda: self.watch_lock.current is not None,
        )
        self.watch_lock = WatchLock(self.store, self.imap_at.place, claimant)
        self._watched = self.imap_at.place
        self._open.callback(self._leave_watch)
        self.processor = Processor(
            store=self.store,
            sandbox=self.sandbox,
            settings=lambda: self.settings,
            clock=self.clock,
            claimant=claimant,
            start=self.start,
            stopping=self.stop.is_set,
        )
        self.sender = Sender(
            store=self.store,
            smtp=self.smtp,
            smtp_at=lambda: self.configuration.smtp_at,
            settings=lambda: self.settings,
            clock=self.clock,
            claimant=claimant,
            paced=paced,
            stopping=self.stop.is_set,
        )

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self._open.close()

    @property
    def settings(self) -> Settings:
        return self.configuration.settings

    @property
    def imap_at(self) -> Connection:
        return self.configuration.imap_at

    def take_watch(self) -> Watch | None:
        """The watch of the mailbox that is configured now; None while another process has it."""
        if self._watched != self.imap_at.place:
            self.watch_lock.close()
            self._watched = self.imap_at.place
            self.watch_lock = WatchLock(self.store, self._watched, self.liveness.claimant)
        return self.watch_lock.acquire()

    def _leave_watch(self) -> None:
        self.watch_lock.close()

    def start(self) -> datetime | None:
        """The go-live fence (DESIGN §3): YAML or MAILFLOW_START; where neither says, the first start of this database,
        so that a mailbox full of old mail is never answered."""
        written = self.settings.file.start
        if written is not None:
            return written
        kept = self.store.fact(START_FACT)
        if kept is None:
            kept = self.store.fact_once(START_FACT, self.clock.now().isoformat())  # several may start at once
            log.warning("no start: in mailflow.yaml; mail from before now will not be answered", start=kept)
        return datetime.fromisoformat(kept)

    def limits(self) -> list[datetime]:
        """The moments at which a judgement may turn: a mail found to have come before one of them is judged again."""
        found: list[datetime | None] = [self.start()]
        for round_ in self.settings.rounds:
            grace = round_.fix_grace
            found += [round_.opens, round_.closes, round_.consultation_closes, grace.until if grace else None]
        return sorted(one for one in found if one is not None)

    def connect(self) -> Imap:
        at = self.imap_at
        return Imap(at, ca_file=at.ca_file)

    def look_beside(self, imap: Imap, watch: Watch) -> None:
        """At what people of the office do in their own mail client: replies by hand, letters approved there. And what is
        judged is put out of their way. One that fails is told in the log and stops neither the others nor the watch; a
        line that broke and a database that says no are the watch's trouble."""
        settings = self.settings
        limits, folders = settings.file.limits, settings.file.mailbox.folders
        self._client_reader.configure(settings.bundle, time_limit=limits.read_time, memory=limits.memory)
        acts: tuple[tuple[str, Callable[[], object]], ...] = (
            ("sent", lambda: look_at_sent(self.store, imap, folders.sent, watch)),
            (
                "mail-client",
                lambda: tend_client_folders(
                    self.store,
                    imap,
                    settings.file.approval,
                    self.clock,
                    capacities=settings.consultation.capacities,
                    reader=self._client_reader,
                    watch=watch,
                ),
            ),
            ("processed", lambda: self._processed.move(imap, folders)),
        )
        for name, act in acts:
            try:
                act()
            except (MailboxError, LostWatch, *MACHINE):
                raise
            except Exception as error:
                log.exception("beside the watched folders", part=name, reason=words(error))

    def recover(self) -> None:
        mails, again, uncertain = self.store.recover()
        if mails or again or uncertain:
            log.warning("took over from a dead process", mails=mails, letters=again, uncertain=uncertain)
        now, sys_now = self.clock.now(), self.clock.sys_now()
        if letters := self.store.wait_as_long_as_meant(now=now, sys_now=sys_now, undo=self.settings.file.approval.undo):
            log.warning("letters waited for a time of a clock that was set back", letters=letters)

    def expire(self) -> None:
        if expired := self.store.expire(self.clock.now()):
            log.info("letters expired", count=expired)

    def answered_by_hand(self) -> None:
        """A colleague's own reply: what waits for the same mail is for a person to choose."""
        if stale := self.store.apply_hand_replies(self.clock.now()):
            log.info("answered by hand", letters=stale)

    def remind(self) -> None:
        """One reminder of each fix request that stayed unanswered for the days of work that the YAML says, and of each
        consultation on the day of work before it."""
        rule, now = self.settings.file.reminder, self.clock.now()
        if APPOINTMENT in self.settings.templates:  # where it isn't, the configuration's warnings say what is not done
            remind_appointments(self.store, self.settings.consultation, now)
        if rule is None or REMINDER not in self.settings.templates:
            return
        for one in unanswered(self.store):
            if business_days_between(one.sent_at, now) >= rule.after and remind(self.store, one, now=now):
                log.info("a fix request is reminded of", mail=one.mail_id)

    def file(self) -> None:
        self._filing.tick()

    def tidy(self) -> None:
        """What this run judged out of the way, while the watch is ours."""
        folders = self.settings.file.mailbox.folders
        if folders.processed is not None and self.watch_lock.current is not None:
            with self.connect() as imap:
                self._processed.move(imap, folders)

    def recompose(self) -> None:
        """Letters that wait since before the configuration in force: composed anew, or given a notice (DESIGN §3)."""
        settings = self.settings
        if self._composed_by != settings.hash:
            recompose_outdated(self.store, settings, at=self.clock.now())
            self._composed_by = settings.hash


def take_all(worker: Worker, watch: Watch, *, beside: Beside | None = None) -> Stock:
    """Everything that is in the watched folders, over as many connections as a bad mail costs; what lies `beside` them over
    the last one. Raises MailboxError."""
    patience = Patience()
    failures, rows = 0, worker.store.known_places()
    while True:
        taker = Taker(
            store=worker.store,
            mailbox=worker.settings.file.mailbox,
            start=worker.start(),
            patience=patience,
            watch=watch,
            stopping=worker.stop.is_set,
            limits=worker.limits(),
        )
        try:
            with worker.connect() as imap:
                stock = taker.folders(imap, whole=True)
                if beside is not None:
                    beside.along(imap, watch)
        except LoginRefused:
            raise
        except MailboxError:
            before, rows = rows, worker.store.known_places()
            failures = 1 if rows > before else failures + 1  # more mails have a row: it goes on
            if failures > ONCE_ATTEMPTS:
                raise
            worker.stop.wait(ONCE_PAUSE_S * failures)
            continue
        if not stock.failed_folders:
            worker.store.fetched(worker.clock.now())
        return stock


class Beside:
    """`Worker.look_beside`, once, while the watch is ours: over the connection that took the mail in or, where that broke, over as
    many of its own as it takes."""

    def __init__(self, worker: Worker) -> None:
        self._worker, self._done = worker, False

    def along(self, imap: Imap, watch: Watch) -> None:
        """Never raises MailboxError: what was taken in has been."""
        try:
            self._worker.look_beside(imap, watch)
            self._done = True
        except MailboxError as error:
            log.warning("beside the watched folders", reason=error.reason)

    def once(self) -> None:
        """Raises MailboxError."""
        worker, failures = self._worker, 0
        watch = worker.watch_lock.current
        while watch is not None and not self._done and not worker.stop.is_set():
            try:
                with worker.connect() as imap:
                    worker.look_beside(imap, watch)
                    self._done = True
            except LoginRefused:
                raise
            except MailboxError:
                failures += 1
                if failures > ONCE_ATTEMPTS:
                    raise
                worker.stop.wait(ONCE_PAUSE_S * failures)
