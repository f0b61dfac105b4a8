"""A mail's own words and files for the screen. Mails are read in a process that can be killed, never in the console's
(DESIGN §8.2); what was read last is kept, up to KEPT_BYTES. Thread-safe: the process has one reader at a time.
"""

from __future__ import annotations

import contextlib
import threading
from collections import OrderedDict
from datetime import datetime
from typing import cast

from mailflow.clock import sys_now
from mailflow.model import Draft
from mailflow.pipeline import Reading
from mailflow.replies.render import LetterError
from mailflow.replies.view import CaseView
from mailflow.settings.settings import Settings
from mailflow.worker.sandbox import Lost, Sandbox, SandboxBroken, Spoiled

KEPT_BYTES = 60_000_000


class Reader:
    def __init__(self, settings: Settings) -> None:
        limits = settings.file.limits
        self._sandbox = Sandbox(settings.bundle, time_limit=limits.read_time, memory=limits.memory)
        self._lock = threading.Lock()
        self._kept: OrderedDict[int, tuple[int, Reading]] = OrderedDict()
        self._weight = 0

    def configure(self, settings: Settings) -> None:
        limits = settings.file.limits
        with self._lock:
            self._sandbox.configure(settings.bundle, time_limit=limits.read_time, memory=limits.memory)
            self._kept.clear()
            self._weight = 0

    def warm(self) -> None:
        """Start the process before anybody waits for it. Returns at once."""
        threading.Thread(target=self._begin, name="reader", daemon=True).start()

    def _begin(self) -> None:
        with self._lock, contextlib.suppress(Lost, Spoiled, SandboxBroken):
            self._sandbox.reading(self._sandbox.ask_whole(b"Subject: x\r\n\r\n", sys_now()))

    def read(self, mail_id: int, raw: bytes, received_at: datetime) -> Reading | None:
        """The mail; None where it can't be read within the limits."""
        with self._lock:
            kept = self._kept.get(mail_id)
            if kept is not None:
                self._kept.move_to_end(mail_id)
                return kept[1]
            for _ in range(2):  # a child that died of an earlier mail is started anew
                try:
                    reading = self._sandbox.reading(self._sandbox.ask_whole(raw, received_at))
                except Lost:
                    continue
                except (Spoiled, SandboxBroken):
                    return None
                self._keep(mail_id, reading, weight_of(reading, len(raw)))
                return reading
        return None

    def compose(self, view: CaseView, _settings: Settings) -> Draft:
        """A letter, within the limits. Raises LetterError where the template can't make one."""
        with self._lock:
            for _ in range(2):
                try:
                    return cast(Draft, self._sandbox.answer(self._sandbox.ask_compose(view)))
                except Lost:
                    continue
                except Spoiled as spoiled:
                    raise LetterError(view.plan.template, None, spoiled.reason) from spoiled
                except SandboxBroken as broken:
                    raise LetterError(view.plan.template, None, "手紙を組み立てる処理が動きません") from broken
        raise LetterError(view.plan.template, None, "手紙を組み立てる処理が途中で止まりました")

    def _keep(self, mail_id: int, reading: Reading, weight: int) -> None:
        self._kept[mail_id] = (weight, reading)
        self._weight += weight
        while self._weight > KEPT_BYTES:
            _, (gone, _) = self._kept.popitem(last=False)
            self._weight -= gone

    def close(self) -> None:
        with self._lock:
            self._sandbox.close()


def weight_of(reading: Reading, raw: int) -> int:
    """Bytes that it holds, about: its files as they were unpacked, and the mail's own size for its text and all the rest."""
    return raw + sum(len(one.content) for one in reading.mail.attachments)
