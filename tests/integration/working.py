"""A worker in the test's own process, over real servers: quick, and its parts can be looked at.

`Desk` is a configuration in a folder with the database beside it; `Desk.worker()` opens a worker on it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import lru_cache
from unittest.mock import patch
from urllib.parse import urlsplit

from mailflow.clock import TOKYO, sys_now
from mailflow.desk import add_operator
from mailflow.desk.approval import ApprovedAll, approve_all
from mailflow.settings import load
from mailflow.settings.yaml_reader import read_yaml
from mailflow.store.mails import MailLine
from mailflow.worker.assembly import Worker
from mailflow.worker.service import run_once
from tests.e2e.office import Office
from tests.e2e.round_mails import compose, towns

AT = datetime(2026, 3, 16, 9, 0, tzinfo=TOKYO)


_read_once = lru_cache(maxsize=32)(read_yaml)


class Desk(Office):
    """`Office` whose worker runs here."""

    def edit(self, *changes: tuple[str, str], file: str = "mailflow.yaml") -> None:
        path = self.config / file
        text = path.read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")

    def through(self, port: int) -> None:
        """The mailbox by way of another port (a proxy's)."""
        at = urlsplit(self.imap_url)
        self.imap_url = self.imap_url.replace(f":{at.port}", f":{port}")

    @contextmanager
    def worker(self, *, paced: bool = False) -> Iterator[Worker]:
        with patch.object(load, "read_yaml", _read_once):  # a third of a second each time, and always the same files
            opened = Worker(self.config, self.env, paced=paced)
        with opened as worker:
            yield worker


def letter(number: int, *, at: datetime = AT, subject: str | None = None, body: str = "質問です。\n") -> bytes:
    """A small mail of its own."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = f"見本 担当{number} <tantou{number}@city.example>"
    mail["To"] = "office@secretariat.example"
    mail["Subject"] = subject or f"計画策定支援についての質問（{number}）"
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<small-{number}@city.example>"
    mail.set_content(body)
    return mail.as_bytes()


def application(number: int, sort: str = "good", at: datetime = AT) -> bytes:
    return compose(number, towns()[number], sort, at).raw


def approve(worker: Worker) -> int:
    """Everything that waits, without an undo window. How many."""
    add_operator(worker.store, "田中", sys_now=sys_now())
    done = approve_all(worker.store, user="田中", now=worker.clock.now(), sys_now=sys_now(), undo=timedelta(0))
    assert isinstance(done, ApprovedAll), done
    return len(done.approved)


def by_subject(worker: Worker) -> dict[str, MailLine]:
    return {line.subject or "": line for line in worker.store.mails()}


def states(worker: Worker) -> list[str]:
    return [line.state.value for line in worker.store.mails()]


def japanese(text: str | None) -> bool:
    return bool(text and re.search(r"[ぁ-んァ-ヶ一-龠]", text))


__all__ = ["AT", "Desk", "application", "approve", "by_subject", "japanese", "letter", "run_once", "states"]
