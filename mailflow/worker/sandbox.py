"""Run the pure pipeline in a process that can be killed (DESIGN §8.2).

Requests go in order over a pipe and are answered in order; a few may be under way, so that the child reads the next mail
while the caller commits the last one. A request that is not answered in time kills the child, and so does a child that
dies by itself (memory); what it was working on, the oldest unanswered request, is `Spoiled` with a reason for people, all
later ones are `Lost`: nothing is wrong with them, they are asked again. The next request starts a fresh child. One that
can't even take its configuration is `SandboxBroken`: no mail's fault.
"""

from __future__ import annotations

import itertools
import queue
import subprocess
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self, cast

from mailflow.model import Known, Mail, Outcome
from mailflow.pipeline import Reading
from mailflow.rehearsal.changes import Stored
from mailflow.replies.view import CaseView
from mailflow.settings.settings import Bundle
from mailflow.worker.child import read_message, write_message


class Spoiled(Exception):
    """One mail could not be processed. `reason`: Japanese."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Lost(Exception):
    """The child died of an earlier request: ask again."""


class SandboxBroken(Exception):
    """No child comes up (memory of the machine, the installation). `reason`: Japanese."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


START_S = 60.0  # a process may take as long to come up on a busy machine; `read_time` counts from then on
CONFIGURE = "configure"
STEPS = {
    "take_in": "読み取り",
    "read": "読み取り",
    "whole": "読み取り",
    "conclude": "判定と手紙の作成",
    "replay": "判定のやり直し",
    "compose": "手紙の作成",
}


@dataclass(frozen=True, slots=True)
class Ticket:
    """A request under way."""

    number: int
    name: str


class Sandbox:
    """A child process with the configuration `bundle`, started when first needed and again after each loss.

    The `ask_` calls send, `reading` and `outcome` wait for the answer; answers that come before it are kept.
    """

    def __init__(self, bundle: Bundle, *, time_limit: timedelta, memory: int) -> None:
        self._bundle = bundle
        self._limit_s = time_limit.total_seconds()
        self._memory = memory
        self._child: _Child | None = None
        self._numbers = itertools.count(1)
        self._answers: dict[Ticket, Any] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def configure(self, bundle: Bundle, *, time_limit: timedelta, memory: int) -> None:
        """Another configuration from now on. Cheap when it is the same. Nothing may be under way."""
        self._limit_s = time_limit.total_seconds()
        if bundle.hash != self._bundle.hash or memory != self._memory:
            self._bundle, self._memory = bundle, memory
            self.close()

    def ready(self) -> None:
        """Bring the child up, so that the first mail need not wait for it. Raises SandboxBroken."""
        self._ready_child()

    def ask_take_in(self, key: int, raw: bytes, received_at: datetime, passwords: tuple[str, ...] = ()) -> Ticket:
        """`pipeline.take_in`. The child keeps the reading under `key` until it is concluded or forgotten."""
        return self._ask("take_in", key, raw, received_at, passwords)

    def ask_whole(self, raw: bytes, received_at: datetime, passwords: tuple[str, ...] = ()) -> Ticket:
        """`pipeline.take_in` with the bytes of the files, for whoever shows the mail."""
        return self._ask("whole", raw, received_at, passwords)

    def read(self, raw: bytes) -> Mail:
        """`mail.read_mail`, and nothing judged. Raises Spoiled, SandboxBroken. Nothing may be under way."""
        return cast(Mail, self.answer(self._ask("read", raw)))

    def ask_conclude(
        self,
        key: int,
        known: Known,
        received_at: datetime,
        now: datetime,
        *,
        imported: bool = False,
        junk: bool = False,
    ) -> Ticket:
        """`pipeline.conclude` of the reading kept under `key`."""
        return self._ask("conclude", key, known, received_at, now, {"imported": imported, "junk": junk})

    def ask_replay(self, stored: Stored) -> Ticket:
        """`rehearsal.changes.change` of a judged mail: a Change, or None."""
        return self._ask("replay", stored)

    def ask_compose(self, view: CaseView) -> Ticket:
        """`replies.compose` of a letter that a person writes."""
        return self._ask("compose", view)

    def reading(self, ticket: Ticket) -> Reading:
        return cast(Reading, self.answer(ticket))

    def outcome(self, ticket: Ticket) -> Outcome:
        return cast(Outcome, self.answer(ticket))

    def answer(self, ticket: Ticket) -> Any:
        """Raises Spoiled, or Lost where the child died before it came to this request."""
        while ticket not in self._answers and self._child is not None and self._child.waiting:
            self._take_oldest(self._child)
        answer = self._answers.pop(ticket, Lost())
        if isinstance(answer, Spoiled | Lost):
            raise answer
        return answer

    def _take_oldest(self, child: _Child) -> None:
        starting = child.waiting[0].name == CONFIGURE
        kind, value = child.next_answer(max(self._limit_s, START_S) if starting else self._limit_s)
        oldest = child.waiting.popleft()
        if kind == "ok":
            self._answers[oldest] = value
            return
        if kind == "error":
            self._answers[oldest] = Spoiled(f"処理できませんでした：{value}")
            return
        step = STEPS.get(oldest.name, "準備")
        reason = {
            "memory": f"{step}に使うメモリーが上限をこえました",
            "late": f"{step}が{self._limit_s:g}秒の上限をこえました",
        }.get(kind, f"{step}の途中でプログラムが止まりました（メモリー不足など）")
        self.close()
        self._answers.clear()  # what it had read ahead died with it, answered or not
        self._answers[oldest] = Spoiled(reason)

    def close(self) -> None:
        """End the child, whatever it does. Requests under way are lost."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()

    def forget(self) -> None:
        """Answers that nobody waits for any more. Nothing may be under way."""
        self._answers.clear()

    def _ask(self, name: str, *arguments: Any) -> Ticket:
        return self._send(self._ready_child(), name, *arguments)

    def _ready_child(self) -> _Child:
        if self._child is None:
            self._child = _Child(self._memory)
            configured = self._send(self._child, CONFIGURE, self._bundle)
            try:
                self.answer(configured)
            except (Spoiled, Lost) as error:
                self.close()
                raise SandboxBroken(f"メールを読む処理を始められません：{error}") from error
        return self._child

    def _send(self, child: _Child, name: str, *arguments: Any) -> Ticket:
        ticket = Ticket(next(self._numbers), name)
        child.waiting.append(ticket)
        child.send(name, arguments)
        return ticket


class _Child:
    """The process, and a thread for each direction: while the child works or hangs nobody here waits for the pipe."""

    def __init__(self, memory: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "mailflow.worker.child", str(memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            process_group=0,  # a Ctrl-C at the terminal is for the worker: it ends this one in order
        )
        self.waiting: deque[Ticket] = deque()
        self._answers: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        self._requests: queue.SimpleQueue[tuple[str, tuple[Any, ...]] | None] = queue.SimpleQueue()
        self._since = time.monotonic()
        threading.Thread(target=self._read, name="sandbox answers", daemon=True).start()
        self._writer = threading.Thread(target=self._write, name="sandbox requests", daemon=True)
        self._writer.start()

    def _read(self) -> None:
        stream = cast(Any, self._process.stdout)
        while True:
            try:
                self._answers.put(read_message(stream))
            except Exception:  # the end of the pipe, or bytes that are no answer: either way it is of no more use
                self._answers.put(("gone", None))
                return

    def _write(self) -> None:
        stream = cast(Any, self._process.stdin)
        while (request := self._requests.get()) is not None:
            try:
                write_message(stream, request)
            except (OSError, ValueError):
                return  # it is gone: the reader says so

    def send(self, name: str, arguments: tuple[Any, ...]) -> None:
        if len(self.waiting) == 1:
            self._since = time.monotonic()
        self._requests.put((name, arguments))

    def next_answer(self, limit_s: float) -> tuple[str, Any]:
        """`limit_s` counts from when the child could begin: since the last answer, or since an idle child was asked."""
        left = max(0.0, self._since + limit_s - time.monotonic())
        try:
            answer = self._answers.get(timeout=left)
        except queue.Empty:
            answer = ("late", None)
        self._since = time.monotonic()
        return answer

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        self._requests.put(None)
        self._writer.join()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                try:
                    stream.close()
                except OSError:
                    continue
