"""The staff's daily letter leaves: once a day, after the day's statement, by the letters' own server.

It is no letter of a case: it goes past the outbox, to addresses of the office alone (`replies.digest` refuses others), and only
while sending is allowed. That it was handed over is written before DATA: should the line break behind it, it is not sent again
(tomorrow's says the same and more); what a server didn't take is tried again at the next tick.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mailflow.clock import Clock, tokyo
from mailflow.desk.digest import staff_digest
from mailflow.model import Address
from mailflow.replies.digest import compose_digest
from mailflow.replies.mime import build_mime
from mailflow.settings.env import smtp_connection
from mailflow.settings.needed import DIGEST
from mailflow.settings.settings import Settings
from mailflow.store import Store
from mailflow.worker.daily import DAY_FACT
from mailflow.worker.office_mail import Handed, Note, hand_over, session_to, tell_trouble

DIGEST_FACT = "digest"  # the day (Tokyo) whose digest was handed over


@dataclass(frozen=True)
class DailyDigest:
    """`on_duty`: whether it is this worker who sends it."""

    store: Store
    clock: Clock
    settings: Callable[[], Settings]
    env: Mapping[str, str]
    on_duty: Callable[[], bool]

    def tick(self) -> None:
        settings, today = self.settings(), tokyo(self.clock.now()).date().isoformat()
        if (
            not settings.file.digest.to
            or DIGEST not in settings.templates  # told by the configuration's warnings
            or not settings.file.sending
            or not self.on_duty()
            or self.store.fact(DAY_FACT) != today
            or self.store.fact(DIGEST_FACT) == today
            or not self.store.sending_switch
        ):
            return
        to = tuple(Address(name=None, address=one) for one in settings.file.digest.to)
        draft = compose_digest(staff_digest(self.store, settings, self.clock), to, settings)
        token = secrets.token_hex(12)
        mime = build_mime(
            draft, message_id=f"<{token}.mailflow@{draft.sender.domain}>", at=self.clock.now(), mailflow_id=token
        )
        smtp = session_to(smtp_connection(settings, self.env), settings.file.smtp.timeout.total_seconds())
        handed, answer = hand_over(
            smtp, mime, sender=draft.sender.address, to=settings.file.digest.to, what="digest",
            note=Note(store=self.store, key=DIGEST_FACT, value=today),
        )  # fmt: skip
        tell_trouble(self.store, "digest", f"{today}の日次報告", handed, answer, overdue=True)
        if handed is Handed.REFUSED:
            self.store.set_fact(DIGEST_FACT, today)  # asking again would get the same answer
