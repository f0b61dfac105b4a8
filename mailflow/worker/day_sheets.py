"""Mails each host the sheet of its day: on the business day before, at `day_sheet.at` (DESIGN §6; consultation.yaml).

Internal mail, from the office to the hosts' addresses in YAML and to nobody else: it holds names of many bodies, is no letter of a
case and asks for no approval (`policy: auto`; `none` sends nothing). It leaves only while both switches of sending are on. What was
sent is noted before DATA, so that no sheet goes twice; a day that changed afterwards is sent once more, as changed. Business time.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid

import structlog

from mailflow.clock import TOKYO, Clock, tokyo
from mailflow.desk.day_sheet import sheet_lines
from mailflow.outbox.errors import DeliveryError
from mailflow.outbox.smtp import SmtpSession
from mailflow.replies.day_sheet import day_sheet_text, day_title
from mailflow.settings.connection import Connection
from mailflow.settings.consultation import Host
from mailflow.settings.settings import Settings
from mailflow.store import Store
from mailflow.workdays import business_day_before

log = structlog.get_logger()

AHEAD = timedelta(days=12)  # the longest stretch without a business day, and some
PAUSE_S = 600.0  # after a server that took nothing


@dataclass
class DaySheets:
    """`on_duty`: whether it is this worker who sends. `session`: opens a conversation with the letters' server."""

    store: Store
    clock: Clock
    settings: Callable[[], Settings]
    smtp_at: Callable[[], Connection]
    on_duty: Callable[[], bool]
    session: Callable[[Connection, float], SmtpSession] = lambda at, timeout_s: SmtpSession(
        at, timeout_s=timeout_s, ca_file=at.ca_file
    )
    seconds: Callable[[], float] = time.monotonic
    _not_before: float = field(default=0.0)

    def tick(self) -> int:
        """Send what is due. Returns how many sheets went out."""
        settings = self.settings()
        sheet = settings.consultation.day_sheet
        quiet = sheet.policy != "auto" or not settings.consultation.enabled or not settings.file.sending
        if quiet or not self.on_duty() or self.seconds() < self._not_before or not self.store.sending_switch:
            return 0
        return sum(self._send(settings, host, day) for host in settings.consultation.hosts for day in self._days(host))

    def _days(self, host: Host) -> list[date]:
        """Days of that host whose sheet is due and which aren't over."""
        if host.mail is None:
            return []
        now, at = self.clock.now(), self.settings().consultation.day_sheet.at
        coming = self.store.bookings(since=now, until=now + AHEAD, states=("held", "confirmed"))
        days = {tokyo(one.booking.start).date() for one in coming if one.booking.host == host.id}
        return sorted(day for day in days if now >= datetime.combine(business_day_before(day), at, TOKYO))

    def _send(self, settings: Settings, host: Host, day: date) -> bool:
        text = day_sheet_text(day, sheet_lines(self.store, settings.consultation, day, host=host.id), host.name)
        key, made = f"day-sheet {day.isoformat()} {host.id}", hashlib.sha256(text.encode()).hexdigest()
        before = self.store.fact(key)
        if before == made or host.mail is None:
            return False
        mail = self._mail(settings, host, text, f"{'【変更】' if before else ''}{day_title(day, host.name)}")
        at = self.smtp_at()
        smtp = self.session(at, settings.file.smtp.timeout.total_seconds())
        try:
            smtp.deliver(
                mail.as_bytes(),
                envelope_from=settings.programme.address,
                to=[host.mail],
                before_data=lambda: self.store.set_fact(key, made),
            )
        except DeliveryError as error:
            self._not_before = self.seconds() + PAUSE_S
            log.error("day sheet not sent", host=host.id, day=day.isoformat(), reason=error.answer)
            return False
        finally:
            smtp.close()
        log.info("day sheet sent", host=host.id, day=day.isoformat(), changed=before is not None)
        return True

    def _mail(self, settings: Settings, host: Host, text: str, subject: str) -> EmailMessage:
        mail = EmailMessage(policy=SMTP)
        mail["From"], mail["To"] = settings.programme.address, host.mail
        mail["Subject"] = subject
        mail["Date"] = format_datetime(tokyo(self.clock.now()))
        mail["Message-ID"] = make_msgid(domain=settings.programme.address.rpartition("@")[2])
        mail["Auto-Submitted"] = "auto-generated"
        mail["X-Auto-Response-Suppress"] = "All"
        mail.set_content(
            f"{text}\nこの予定は担当だけのものです。ほかの団体の名前があるため、転送しないでください。\n"
            "印刷用の紙は mailflow slots day --print で作れます。\n",
            charset="utf-8",
            cte="base64",
        )
        return mail
