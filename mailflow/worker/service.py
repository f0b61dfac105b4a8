"""One worker: what it is made of, how it runs until stopped, how `--once` does everything there is and ends.

    watch (thread) ─▶ arrive ─▶ process job ─▶ send job ─▶ file job          recover, expire, reload, compare: jobs

Jobs are APScheduler's, in memory: each runs in a thread, never twice at once, whatever happens to the machine's clock (`jobs`).
Business time decides letters, system time decides claims (DESIGN §2).
"""

from __future__ import annotations

import gc
import signal
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType

import structlog

from mailflow.desk.health import MAILBOX_TROUBLE, note_clock_moved
from mailflow.mailbox.errors import MailboxError, Refused
from mailflow.settings.problems import ConfigErrors
from mailflow.store.errors import StoreError
from mailflow.store.liveness import note_late_jobs
from mailflow.worker.assembly import Beside, Worker, take_all
from mailflow.worker.filing import FILE_S
from mailflow.worker.jobs import Jobs, Moves
from mailflow.worker.sandbox import SandboxBroken
from mailflow.worker.trouble import MACHINE, words
from mailflow.worker.watch import Watcher

log = structlog.get_logger()

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0  # before it begins anew
RELOAD_S = 3
EXPIRE_S = 10
BY_HAND_S = 5.0
REMIND_S = 600.0  # a matter of days
DAILY_S, CLOSE_S, WATCHMAN_S, DAY_SHEET_S = 60.0, 15.0, 60.0, 60.0


def calm_collector() -> None:
    """What was loaded stays, and a mail leaves few cycles behind: the collector need not look so often as by default."""
    gc.set_threshold(20_000)


def run_worker(config_dir: Path, env: Mapping[str, str], *, once: bool) -> int:
    """`mailflow worker [--once]`, `mailflow run`. Returns the exit code. Raises ConfigErrors, StoreError.

    One that has begun goes on until it is told to stop: where the database dropped our lock (a restart of PostgreSQL) it
    begins anew under another name, as soon as the database is back."""
    calm_collector()
    if once:
        with Worker(config_dir, env, paced=False) as worker:
            return run_once(worker)
    told, begun, pause_s = threading.Event(), False, FIRST_PAUSE_S
    while True:
        since = time.monotonic()
        try:
            with Worker(config_dir, env, paced=True) as worker:
                begun = True
                code = run_until_stopped(worker, told)
            if code == 0 or told.is_set():
                return code
        except (ConfigErrors, StoreError, *MACHINE) as error:
            if not begun or told.is_set():
                raise
            log.error("the worker can't begin anew yet", reason=words(error))
        if time.monotonic() - since > LONGEST_PAUSE_S:
            pause_s = FIRST_PAUSE_S
        if told.wait(pause_s):
            return 1
        pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
        log.warning("the worker begins anew")


_READ_THE_MAILBOX = frozenset({"beside", "tidy", "close", "daily"})


def run_once(worker: Worker) -> int:
    """Take in all that is there, process it, send and file what is approved. 1 where a part of that could not be done;
    the log says which, and the others are done all the same."""
    beside = Beside(worker)
    acts: tuple[tuple[str, Callable[[], object]], ...] = (
        ("recover", worker.recover),
        ("mailbox", lambda: _take_in(worker, beside)),
        ("beside", beside.once),
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


def _take_in(worker: Worker, beside: Beside) -> None:
    watch = worker.take_watch()
    if watch is None:
        log.warning("another process watches the mailbox; its mail is left to it")
        return
    try:
        if missing := take_all(worker, watch, beside=beside).failed_folders:
            raise Refused("、".join(f"フォルダー「{name}」が読めません（{why}）" for name, why in missing))
    except MailboxError as error:
        worker.store.set_fact(MAILBOX_TROUBLE, error.reason[:500])
        raise


def run_until_stopped(worker: Worker, told: threading.Event | None = None) -> int:
    """Until SIGTERM or SIGINT (`told` is set then, too): 0. 1 where it can't go on. The mail in hand is finished, the
    connections say goodbye."""
    _stop_on_signals(worker.stop, told)
    worker.recover()
    schedule = worker.settings.file.schedule
    jobs, moves = Jobs(), Moves()

    def every(seconds: float, name: str, act: Callable[[], object]) -> None:
        worker.ticks.expect(name, seconds)
        run = _guarded(name, act)

        def tick() -> None:
            if run():
                worker.ticks.done(name)

        jobs.every(seconds, name, tick)

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
        arrived=lambda _stock: jobs.at_once("process"),
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
    tend = _guarded("clock", lambda: _tend(worker, jobs, moves))
    while not worker.stop.wait(1.0):
        tend()
        if not worker.liveness.still_alive():
            log.error("the database dropped our lock: stopping, another process takes over")
            worker.stop.set()
            code = 1
        if not watching.is_alive():
            log.error("the watch of the mailbox ended by itself: stopping")
            worker.stop.set()
            code = 1
    jobs.stop()
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


def _tend(worker: Worker, jobs: Jobs, moves: Moves) -> None:
    jobs.tend()
    if (moved := moves.since_last()) is not None:
        log.warning("the system clock was set", seconds=round(moved.total_seconds()))
        note_clock_moved(worker.store, moved, at=worker.clock.sys_now())
    if "watchman" in (late := worker.ticks.late()):  # who would tell of it stands still itself
        note_late_jobs(worker.store, worker.liveness.claimant, late)


def _stop_on_signals(stop: threading.Event, told: threading.Event | None = None) -> None:
    def handle(_number: int, _frame: FrameType | None) -> None:
        if told is not None:
            told.set()
        stop.set()

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, handle)
        signal.signal(signal.SIGINT, handle)
