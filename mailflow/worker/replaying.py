"""`mailflow replay`: every judged mail through another configuration, in killable processes, several at once.

Nothing is written. In memory there are a few mails a process, never all. A mail that can't be read any more, that kills its
process, or whose new letter can't be rendered is an `Unreadable`; the others go on. Answers come in no order.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from mailflow.rehearsal.changes import Change, Stored, StoredLetter
from mailflow.settings.settings import Settings
from mailflow.store import Store
from mailflow.store.judged import JudgedMail, judged_ids, judged_mail
from mailflow.worker.sandbox import Lost, Sandbox, SandboxBroken, Spoiled, Ticket

AHEAD = 3  # mails that a process has in hand


@dataclass(frozen=True, slots=True)
class Replayed:
    """One mail done. `change` None: all would stay as it is. `unreadable`: why it could not be judged again."""

    mail_id: int
    message_id: str | None
    subject: str | None
    received_at: datetime | None
    change: Change | None = None
    unreadable: str | None = None


@dataclass(frozen=True, slots=True)
class Replay:
    """`total` mails, and what became of them, as they are done."""

    total: int
    answers: Iterator[Replayed]


def replay(store: Store, settings: Settings, *, processes: int) -> Replay:
    """Judge everything by `settings`. Raises SandboxBroken where no process comes up."""
    ids = judged_ids(store)
    return Replay(len(ids), _answers(store, settings, deque(ids), min(processes, max(len(ids), 1))))


def _answers(store: Store, settings: Settings, ids: deque[int], processes: int) -> Iterator[Replayed]:
    done: queue.SimpleQueue[Replayed | BaseException | None] = queue.SimpleQueue()
    stop = threading.Event()
    hands = [
        threading.Thread(target=_work, args=(store, settings, ids, done, stop), name=f"replay {number}", daemon=True)
        for number in range(processes)
    ]
    for one in hands:
        one.start()
    try:
        working = len(hands)
        while working:
            answer = done.get()
            if isinstance(answer, BaseException):
                raise answer
            if answer is None:
                working -= 1
            else:
                yield answer
    finally:
        stop.set()
        for one in hands:
            one.join()


def _work(
    store: Store,
    settings: Settings,
    ids: deque[int],
    done: queue.SimpleQueue[Replayed | BaseException | None],
    stop: threading.Event,
) -> None:
    limits = settings.file.limits
    try:
        with Sandbox(settings.bundle, time_limit=limits.read_time, memory=limits.memory) as sandbox:
            waiting: deque[tuple[JudgedMail, Ticket]] = deque()
            while not stop.is_set():
                while len(waiting) < AHEAD and (mail := _next(store, ids, done)) is not None:
                    waiting.append((mail, sandbox.ask_replay(stored(mail))))
                if not waiting:
                    break
                mail, ticket = waiting.popleft()
                try:
                    changed = cast(Change | None, sandbox.answer(ticket))
                except Lost:  # an earlier mail killed the process: this one begins again
                    waiting.appendleft((mail, sandbox.ask_replay(stored(mail))))
                    continue
                except Spoiled as error:
                    done.put(_replayed(mail, unreadable=error.reason))
                    continue
                done.put(_replayed(mail, change=changed))
    except (SandboxBroken, Exception) as error:
        done.put(error)
        return
    done.put(None)


def _next(store: Store, ids: deque[int], done: queue.SimpleQueue[Replayed | BaseException | None]) -> JudgedMail | None:
    """The next mail that can be loaded; what can't be is told."""
    while True:
        try:
            mail_id = ids.popleft()
        except IndexError:
            return None
        try:
            mail = judged_mail(store, mail_id)
        except ValueError as error:  # a stored letter that no longer reads
            done.put(Replayed(mail_id, None, None, None, unreadable=f"記録が読めません（{type(error).__name__}）"))
            continue
        if mail is not None:
            return mail
        done.put(Replayed(mail_id, None, None, None, unreadable="メールが、もうありません"))


def stored(mail: JudgedMail) -> Stored:
    """As the pure part takes it."""
    letter = None
    if mail.letter is not None:
        was = mail.letter
        letter = StoredLetter(
            template=was.template, subject=was.subject, text=was.text, edited=was.edited, approval=was.approval,
            consent=was.consent,
        )  # fmt: skip
    return Stored(
        mail_id=mail.id, raw=mail.raw, verdict=mail.verdict, actions=mail.actions, letter=letter, imported=mail.by_hand,
        junk=mail.junk, passwords=mail.passwords,
    )  # fmt: skip


def _replayed(mail: JudgedMail, *, change: Change | None = None, unreadable: str | None = None) -> Replayed:
    return Replayed(mail.id, mail.message_id, mail.subject, mail.received_at, change, unreadable)
