"""Mails each host the sheet of its day: on the business day before, at `day_sheet.at` (DESIGN §6; consultation.yaml).

Internal mail, from the office to the hosts' addresses in YAML and to nobody else: it holds names of many bodies, is no letter of a
case and asks for no approval (`policy: auto`; `none` sends nothing). It leaves only while both switches of sending are on. What was
sent is noted before DATA, so that no sheet goes twice; a day that changed for its host afterwards is sent once more, as changed. One
that a server doesn't take is tried again and stands in `status`. Business time.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from mailflow.clock import TOKYO, Clock, tokyo
from mailflow.desk.day_sheet import sheet_lines
from mailflow.outbox.smtp import SmtpSession
from mailflow.replies.day_sheet import day_sheet_text, day_title, sheet_mark
from mailflow.settings.connection import Connection
from mailflow.settings.consultation import Host
from mailflow.settings.settings import Settings
from mailflow.store import Store
from mailflow.workdays import business_day_before
from mailflow.worker.office_mail import (
    Handed,
    Note,
    forget_trouble,
    hand_over,
    office_mail,
    session_to,
    tell_trouble,
)

AHEAD = timedelta(days=12)  # the longest stretch without a business day, and some
KIND = "day-sheet"
PAUSE_S = 600.0  # after a server that took nothing
REFUSED_PAUSE_S = 3600.0  # after one that said no for good: somebody mends the address meanwhile
OVERDUE = timedelta(hours=1)  # a server that only says later is told of then
_BELOW = (
    "\nこの予定は担当だけのものです。ほかの団体の名前があるため、転送しないでください。\n"
    "印刷用の紙は mailflow slots day --print で作れます。\n"
)


@dataclass
class DaySheets:
    """`on_duty`: whether it is this worker who sends. `session`: opens a conversation with the letters' server."""

    store: Store
    clock: Clock
    settings: Callable[[], Settings]
    smtp_at: Callable[[], Connection]
    on_duty: Callable[[], bool]
    session: Callable[[Connection, float], SmtpSession] = session_to
    seconds: Callable[[], float] = time.monotonic
    _not_before: dict[str, float] = field(default_factory=dict)  # by sheet

    def tick(self) -> int:
        """Send what is due. Returns how many sheets went out."""
        settings = self.settings()
        sheet = settings.consultation.day_sheet
        quiet = sheet.policy != "auto" or not settings.consultation.enabled or not settings.file.sending
        if quiet or not self.on_duty() or not self.store.sending_switch:
            return 0
        due = [(host, day) for host in settings.consultation.hosts for day in self._days(host)]
        forget_trouble(self.store, KIND, {_key(host, day) for host, day in due})
        return sum(self._send(settings, host, day) for host, day in due)

    def _days(self, host: Host) -> list[date]:
        """Days of that host whose sheet is due and which aren't over: those with a booking, and those whose sheet has left."""
        if host.mail is None:
            return []
        now = self.clock.now()
        coming = self.store.bookings(since=now, until=now + AHEAD, states=("held", "confirmed"))
        booked = {tokyo(one.booking.start).date() for one in coming if one.booking.host == host.id}
        days = (tokyo(now).date() + timedelta(days=ahead) for ahead in range(AHEAD.days))
        due = [day for day in days if now >= self._due(day)]
        return [day for day in due if day in booked or self.store.fact(_key(host, day))]

    def _due(self, day: date) -> datetime:
        return datetime.combine(business_day_before(day), self.settings().consultation.day_sheet.at, TOKYO)

    def _send(self, settings: Settings, host: Host, day: date) -> bool:
        lines = sheet_lines(self.store, settings.consultation, day, host=host.id)
        key, made = _key(host, day), sheet_mark(lines)
        before = self.store.fact(key)
        if before == made or host.mail is None or self.seconds() < self._not_before.get(key, 0.0):
            return False
        subject = f"{'【変更】' if before else ''}{day_title(day, host.name)}"
        text = day_sheet_text(day, lines, host.name) + _BELOW
        sender = settings.programme.address
        smtp = self.session(self.smtp_at(), settings.file.smtp.timeout.total_seconds())
        handed, answer = hand_over(
            smtp, office_mail(sender, [host.mail], subject, text, self.clock.now()).as_bytes(), sender=sender, to=[host.mail],
            what=key, note=Note(store=self.store, key=key, value=made),
        )  # fmt: skip
        overdue = self.clock.now() > self._due(day) + OVERDUE
        tell_trouble(
            self.store, key, f"{host.name}への予定表（{day.month}月{day.day}日）", handed, answer, overdue=overdue
        )
        self._not_before[key] = self.seconds() + (REFUSED_PAUSE_S if handed is Handed.REFUSED else PAUSE_S)
        if handed is Handed.TAKEN:
            del self._not_before[key]
        return handed is Handed.TAKEN


def _key(host: Host, day: date) -> str:
    return f"{KIND} {day.isoformat()} {host.id}"
