"""One worker: what it is made of, how it runs until stopped, how `--once` does everything there is and ends.

    watch (thread) ─▶ arrive ─▶ process job ─▶ send job ─▶ file job          recover, expire, reload, compare: jobs

Jobs are APScheduler's, in memory: each runs in a thread, never twice at once, a missed tick is made up by the next
(`coalesce`, no misfire limit). Business time decides letters, system time decides claims (DESIGN §2).
"""

from __future__ import annotations

import gc
import signal
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

import structlog
from apscheduler.schedulers.background import BackgroundScheduler

from mailflow.clock import sys_now
from mailflow.desk.health import MAILBOX_TROUBLE
from mailflow.intake.deadlines import business_days_between
from mailflow.mailbox.errors import LoginRefused, MailboxError, Refused
from mailflow.mailbox.imap import Imap
from mailflow.outbox.smtp import SmtpSession
from mailflow.settings.connection import Connection
from mailflow.settings.env import business_now, database_url
from mailflow.settings.load import load
from mailflow.settings.settings import Settings
from mailflow.store import Store, open_store
from mailflow.store.arrivals import Watch
from mailflow.store.errors import StoreError
from mailflow.store.liveness import Liveness, WatchLock, new_claimant
from mailflow.store.reminders import remind, unanswered
from mailflow.worker.appointments import remind_appointments
from mailflow.worker.arrive import Patience, Stock, Taker
from mailflow.worker.configuration import Configuration
from mailflow.worker.daily import Rounds
from mailflow.worker.day_sheets import DaySheets
from mailflow.worker.digest import DailyDigest
from mailflow.worker.filing import FILE_S, Filing
from mailflow.worker.mail_client import tend_client_folders
from mailflow.worker.process import Processor
from mailflow.worker.recomposing import recompose_outdated
from mailflow.worker.sandbox import Sandbox, SandboxBroken
from mailflow.worker.send import Sender
from mailflow.worker.sent import look_at_sent
from mailflow.worker.tidy import move_processed
from mailflow.worker.trouble import MACHINE, words
from mailflow.worker.watch import Watcher
from mailflow.worker.watchman import Ticks, Watchman

log = structlog.get_logger()

START_FACT = "start"
RELOAD_S = 3
EXPIRE_S = 10
BY_HAND_S = 5.0
REMIND_S = 600.0  # a matter of days
DAILY_S, CLOSE_S, WATCHMAN_S, DAY_SHEET_S = 60.0, 15.0, 60.0, 60.0


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
        smtp_at = self.configuration.smtp_at
        self.smtp = SmtpSession(smtp_at, timeout_s=settings.file.smtp.timeout.total_seconds(), ca_file=smtp_at.ca_file)
        self._open.callback(self.smtp.close)
        self._filing = Filing(self)
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
            kept = self.clock.now().isoformat()
            self.store.set_fact(START_FACT, kept)
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
        judged is put out of their way."""
        look_at_sent(self.store, imap, self.settings.file.mailbox.folders.sent, watch)
        settings = self.settings
        capacities = settings.consultation.capacities
        tend_client_folders(self.store, imap, settings.file.approval, capacities, self.clock)
        move_processed(self.store, imap, self.settings.file.mailbox.folders)

    def recover(self) -> None:
        mails, again, uncertain = self.store.recover()
        if mails or again or uncertain:
            log.warning("took over from a dead process", mails=mails, letters=again, uncertain=uncertain)

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
        remind_appointments(self.store, self.settings.consultation, now)
        if rule is None:
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
                move_processed(self.store, imap, folders)

    def recompose(self) -> None:
        """Letters that wait since before the configuration in force: composed anew, or given a notice (DESIGN §3)."""
        settings = self.settings
        if self._composed_by != settings.hash:
            recompose_outdated(self.store, settings, at=self.clock.now())
            self._composed_by = settings.hash


def calm_collector() -> None:
    """What was loaded stays, and a mail leaves few cycles behind: the collector need not look so often as by default."""
    gc.set_threshold(20_000)


def run_worker(config_dir: Path, env: Mapping[str, str], *, once: bool) -> int:
    """`mailflow worker [--once]`, `mailflow run`. Returns the exit code. Raises ConfigErrors, StoreError."""
    with Worker(config_dir, env, paced=not once) as worker:
        calm_collector()
        return run_once(worker) if once else run_until_stopped(worker)


_READ_THE_MAILBOX = frozenset({"tidy", "close", "daily"})


def run_once(worker: Worker) -> int:
    """Take in all that is there, process it, send and file what is approved. 1 where a part of that could not be done;
    the log says which, and the others are done all the same."""
    acts: tuple[tuple[str, Callable[[], object]], ...] = (
        ("recover", worker.recover),
        ("mailbox", lambda: _take_in(worker)),
        ("remind", worker.remind),
        ("recompose", worker.recompose),
        ("process", worker.processor.drain),
        ("expire", worker.expire),
        ("by-hand", worker.answered_by_hand),
        ("send", worker.sender.drain),
        ("file", worker.file),
        ("tidy", worker.tidy),
        ("close", worker.rounds.close_rounds),
        ("daily", worker.rounds.tick),
        ("digest", worker.digest.tick),
        ("watchman", worker.watchman.look),
        ("seal", worker.store.seal),
    )
    good: dict[str, bool] = {}
    for name, act in acts:
        if name in _READ_THE_MAILBOX and not good["mailbox"]:
            continue  # a server that refused us a moment ago isn't asked again; the watchman tells what is wrong
        good[name] = _guarded(name, act)()
    return 0 if all(good.values()) else 1


def _take_in(worker: Worker) -> None:
    watch = worker.take_watch()
    if watch is None:
        log.warning("another process watches the mailbox; its mail is left to it")
        return
    try:
        if missing := take_all(worker, watch).failed_folders:
            raise Refused("、".join(f"フォルダー「{name}」が読めません（{why}）" for name, why in missing))
    except MailboxError as error:
        worker.store.set_fact(MAILBOX_TROUBLE, error.reason[:500])
        raise


def take_all(worker: Worker, watch: Watch) -> Stock:
    """Everything that is in the watched folders, over as many connections as a bad mail costs. Raises MailboxError."""
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
                worker.look_beside(imap, watch)
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


ONCE_ATTEMPTS = 5
ONCE_PAUSE_S = 0.2


def run_until_stopped(worker: Worker) -> int:
    """Until SIGTERM or SIGINT. The mail in hand is finished, the connections say goodbye."""
    _stop_on_signals(worker.stop)
    worker.recover()
    schedule = worker.settings.file.schedule
    jobs = BackgroundScheduler(
        timezone=UTC, job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
    )

    def every(seconds: float, name: str, act: Callable[[], object]) -> None:
        worker.ticks.expect(name, seconds)
        run = _guarded(name, act)

        def tick() -> None:
            if run():
                worker.ticks.done(name)

        jobs.add_job(tick, "interval", seconds=seconds, id=name, next_run_time=sys_now())

    every(schedule.process_every.total_seconds(), "process", worker.processor.drain)
    every(schedule.send_every.total_seconds(), "send", worker.sender.drain)
    every(schedule.recover_every.total_seconds(), "recover", worker.recover)
    every(FILE_S, "file", worker.file)
    every(EXPIRE_S, "expire", worker.expire)
    every(BY_HAND_S, "by-hand", worker.answered_by_hand)
    every(REMIND_S, "remind", worker.remind)
    every(RELOAD_S, "reload", worker.configuration.look)
    every(RELOAD_S, "recompose", worker.recompose)
    every(schedule.seal_every.total_seconds(), "seal", worker.store.seal)
    every(DAILY_S, "daily", worker.rounds.tick)
    every(DAY_SHEET_S, "day-sheet", worker.day_sheets.tick)
    every(CLOSE_S, "close", worker.rounds.close_rounds)
    every(DAILY_S, "digest", worker.digest.tick)
    every(WATCHMAN_S, "watchman", worker.watchman.tick)
    watcher = Watcher(
        store=worker.store,
        connection=lambda: worker.imap_at,
        mailbox=lambda: worker.settings.file.mailbox,
        compare=lambda: worker.settings.file.schedule.compare_every,
        start=worker.start,
        take_watch=worker.take_watch,
        arrived=lambda _stock: _at_once(jobs, "process"),
        looked=lambda: worker.store.fetched(worker.clock.now()),
        trouble=lambda reason: worker.store.set_fact(MAILBOX_TROUBLE, reason[:500]),
        stop=worker.stop,
        limits=worker.limits,
        beside=worker.look_beside,
        watching=lambda: worker.watch_lock.still_held(),  # noqa: PLW0108  (the lock changes with the mailbox)
    )
    watching = threading.Thread(target=watcher.run, name="watch", daemon=True)
    jobs.start()
    watching.start()
    log.info("worker started", mailbox=worker.imap_at.place, config=worker.settings.hash[:12])
    code = 0
    while not worker.stop.wait(1.0):
        if not worker.liveness.still_alive():
            log.error("the database dropped our lock: stopping, another process takes over")
            worker.stop.set()
            code = 1
        if not watching.is_alive():
            log.error("the watch of the mailbox ended by itself: stopping")
            worker.stop.set()
            code = 1
    jobs.shutdown(wait=True)
    watching.join(timeout=10)
    log.info("worker stopped")
    return code


def _guarded(name: str, act: Callable[[], object]) -> Callable[[], bool]:
    """A job that fails says so and runs again at its next tick. Returns whether it went well."""

    def run() -> bool:
        try:
            act()
        except (MailboxError, StoreError, SandboxBroken, *MACHINE) as error:
            log.error("job failed", job=name, reason=words(error))
        except Exception as error:
            log.exception("job failed", job=name, reason=words(error))
        else:
            return True
        return False

    return run


def _at_once(jobs: BackgroundScheduler, name: str) -> None:
    if jobs.running:
        jobs.modify_job(name, next_run_time=sys_now())


def _stop_on_signals(stop: threading.Event) -> None:
    def handle(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, handle)
        signal.signal(signal.SIGINT, handle)
