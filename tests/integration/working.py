"""A worker in the test's own process, over real servers: quick, and its parts can be looked at.

`Desk` is a configuration in a folder with the database beside it; `Desk.worker()` opens a worker on it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from mailflow.clock import TOKYO, sys_now
from mailflow.desk import add_operator
from mailflow.desk.approval import ApprovedAll, approve_all
from mailflow.store import open_store
from mailflow.store.mails import MailLine
from mailflow.worker.assembly import Worker
from mailflow.worker.service import run_once
from tests.e2e.office import Office
from tests.e2e.round_mails import compose, towns
from tests.warm import built_once, kept_readers

AT = datetime(2026, 3, 16, 9, 0, tzinfo=TOKYO)


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
    def worker(self, *, paced: bool = False, own_reader: bool = False) -> Iterator[Worker]:
        """`own_reader`: the process that reads the mails is a new one, where a test is about that."""
        _lay_database(self.env["MAILFLOW_DATABASE"])
        with nullcontext() if own_reader else kept_readers():
            with built_once():
                opened = Worker(self.config, self.env, paced=paced)
            with opened as worker:
                yield worker


def _lay_database(url: str) -> None:
    """A migrated file in the place of one that isn't there yet; the commands that are processes migrate their own."""
    path = Path(url.removeprefix("sqlite:///"))
    if url.startswith("sqlite:///") and not path.exists():
        path.write_bytes(_migrated())


@cache
def _migrated() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "mailflow.db"
        open_store(f"sqlite:///{path}").close()
        return path.read_bytes()


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


@cache
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
