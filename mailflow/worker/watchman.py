"""The watchman: looks every minute at how the whole is, and tells people by another road (DESIGN §8).

In: `health`, what waits too long, jobs that missed their tick. Out: a mail by `alarm` (a server of its own, or that of the
letters) and a line in `alarm.file`; never the watched mailbox. Once for each thing that lasts, once when it is well again;
what couldn't be told is tried again at the next tick. In the night and on days off a mailbox that isn't read is no alarm.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

import structlog

from mailflow.clock import Clock, tokyo
from mailflow.desk.health import Problem, health
from mailflow.settings.env import alarm_connection
from mailflow.settings.problems import ConfigErrors
from mailflow.settings.settings import Settings
from mailflow.store import Store
from mailflow.store.alarms import Alarm
from mailflow.store.liveness import note_late_jobs
from mailflow.workdays import is_business_day
from mailflow.worker.office_mail import Handed, hand_over, office_mail, session_to

log = structlog.get_logger()

MISSED_TICKS = 5  # a job that didn't end well for so many of its intervals
LEAST_LATE_S = 900.0  # judging a rush in one go takes minutes and is no standstill
_IN_OFFICE_HOURS = frozenset({"not-fetched", "never-fetched", "drafts-ending", "slots-waiting"})


@dataclass
class Ticks:
    """When each job last ended well, in this process."""

    seconds: Callable[[], float] = time.monotonic
    _jobs: dict[str, tuple[float, float]] = field(default_factory=dict)  # interval, last good end

    def expect(self, name: str, every_s: float) -> None:
        self._jobs[name] = (every_s, self.seconds())

    def done(self, name: str) -> None:
        if name in self._jobs:
            self._jobs[name] = (self._jobs[name][0], self.seconds())

    def late(self) -> list[str]:
        now = self.seconds()
        return [
            name
            for name, (every_s, last) in sorted(self._jobs.items())
            if now - last > max(LEAST_LATE_S, every_s * MISSED_TICKS)
        ]


@dataclass(frozen=True)
class Watchman:
    """`claimant`: whose jobs `ticks` tells of; `on_duty`: whether it is this worker who tells."""

    store: Store
    claimant: str
    clock: Clock
    settings: Callable[[], Settings]
    env: Mapping[str, str]
    ticks: Ticks
    on_duty: Callable[[], bool]

    def tick(self) -> None:
        note_late_jobs(self.store, self.claimant, self.ticks.late())
        self.look()

    def look(self) -> None:
        """How the whole is, and what has to be told of it. `worker --once`, which has no jobs to be late, does only this."""
        if not self.on_duty():
            return
        settings, now = self.settings(), self.clock.sys_now()
        problems = {one.key: one.text for one in self._problems(settings)}
        muted = frozenset() if self._at_work(settings) else _IN_OFFICE_HOURS
        due = self.store.observe(problems, now=now, after=settings.file.alarm.after, muted=muted)
        if due and self._tell(settings, due):
            self.store.told(due, now=now)

    def _at_work(self, settings: Settings) -> bool:
        local, hours = tokyo(self.clock.now()), settings.file.office_hours
        return is_business_day(local.date()) and hours.opens <= local.time() < hours.closes

    def _problems(self, settings: Settings) -> Iterator[Problem]:
        alarm, now = settings.file.alarm, self.clock.now()
        yield from health(self.store, settings, self.clock).keyed
        if count := self.store.ending_drafts(now, now + alarm.useless_within):
            yield Problem(
                "drafts-ending", f"承認を待つ手紙のうち{count}通が、まもなく期限切れになります（mailflow drafts list）"
            )
        if count := self.store.waiting_slots(now, now - alarm.held_within):
            yield Problem(
                "slots-waiting",
                f"仮押さえした相談の枠のうち{count}つの手紙が、承認を待ち続けています（mailflow bookings）",
            )

    def _tell(self, settings: Settings, alarms: Sequence[Alarm]) -> bool:
        """Whether at least one road took it; without a road the log has it."""
        alarm = settings.file.alarm
        told = not alarm.to and not alarm.file
        for one in alarms:
            log.error("alarm", key=one.key, well=one.well, text=one.text)
        if alarm.file:
            told = self._write(Path(alarm.file), alarms) or told
        if alarm.to:
            told = self._send(settings, alarms) or told
        return told

    def _write(self, file: Path, alarms: Sequence[Alarm]) -> bool:
        at = tokyo(self.clock.sys_now()).isoformat(timespec="seconds")
        lines = "".join(f"{at}\t{'well' if one.well else 'ill'}\t{one.key}\t{_line(one.text)}\n" for one in alarms)
        try:
            with file.open("a", encoding="utf-8") as out:
                out.write(lines)
                out.flush()
                os.fsync(out.fileno())
        except OSError as error:
            log.error("alarm not written", reason=str(error))
            return False
        return True

    def _send(self, settings: Settings, alarms: Sequence[Alarm]) -> bool:
        try:
            at = alarm_connection(settings, self.env)
        except ConfigErrors as error:
            log.error("alarm not sent", reason=str(error))
            return False
        smtp = session_to(at, settings.file.smtp.timeout.total_seconds())
        mime, to = self._mail(settings, alarms).as_bytes(), settings.file.alarm.to
        handed, _ = hand_over(smtp, mime, sender=settings.programme.address, to=to, what="alarm")
        return handed is Handed.TAKEN

    def _mail(self, settings: Settings, alarms: Sequence[Alarm]) -> EmailMessage:
        ill = [one for one in alarms if not one.well]
        well = [one for one in alarms if one.well]
        first = (ill or well)[0]
        lines = [f"■ {_line(one.text)}\n　{_time(one)} から続いています。" for one in ill]
        lines += [f"□ 回復しました：{_line(one.text)}" for one in well]
        lines.append("いまの様子は mailflow status で見られます。同じことは、回復するまでもう知らせません。")
        subject = f"【mailflow】{'' if ill else '回復：'}{_line(first.text)[:60]}"
        text = "\n\n".join(lines) + "\n"
        return office_mail(settings.programme.address, settings.file.alarm.to, subject, text, self.clock.sys_now())


def _line(text: str) -> str:
    return " ".join(text.split())[:500]


def _time(one: Alarm) -> str:
    return f"{tokyo(one.since):%Y-%m-%d %H:%M}"
