"""Run the pure pipeline in a process that can be killed (DESIGN §8.2).

`Sandbox.take_in` and `.conclude` are `pipeline.take_in` and `.conclude` under a limit of time and memory. What goes
wrong is a `Spoiled` with a reason for people; the next call starts a fresh process. One thread at a time.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self, cast

from mailflow.model import Known, Outcome
from mailflow.pipeline import Reading
from mailflow.settings.settings import Bundle
from mailflow.worker.child import read_message, write_message


class Spoiled(Exception):
    """One mail could not be processed. `reason`: Japanese."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Sandbox:
    """A child process with the configuration `bundle`, started when first needed and again after each loss."""

    def __init__(self, bundle: Bundle, *, time_limit: timedelta, memory: int) -> None:
        self._bundle = bundle
        self._limit_s = time_limit.total_seconds()
        self._memory = memory
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def configure(self, bundle: Bundle) -> None:
        """Another configuration from now on. Cheap when it is the same."""
        if bundle.hash == self._bundle.hash:
            return
        self._bundle = bundle
        if self._child is not None:
            self._call("configure", bundle)

    def take_in(self, raw: bytes, received_at: datetime) -> Reading:
        return cast(Reading, self._call("take_in", raw, received_at))

    def conclude(self, known: Known, received_at: datetime, now: datetime) -> Outcome:
        """Of the mail last taken in."""
        return cast(Outcome, self._call("conclude", known, received_at, now))

    def close(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        child.wait()
        for stream in (child.stdin, child.stdout):
            if stream is not None:
                stream.close()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is None or self._child.poll() is not None:
            self.close()
            self._child = subprocess.Popen(
                [sys.executable, "-m", "mailflow.worker.child", str(self._memory)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            self._ask("configure", self._bundle)
        return self._child

    def _call(self, name: str, *arguments: Any) -> Any:
        self._running()
        return self._ask(name, *arguments)

    def _ask(self, name: str, *arguments: Any) -> Any:
        child = self._child
        if child is None or child.stdin is None or child.stdout is None:
            raise RuntimeError("no child process")
        # A timer that kills is the one limit that holds in any state of the child.
        timer = threading.Timer(self._limit_s, child.kill)
        timer.start()
        try:
            write_message(cast(Any, child.stdin), (name, arguments))
            kind, value = read_message(cast(Any, child.stdout))
        except (EOFError, OSError) as error:
            timed_out = not timer.is_alive()
            self.close()
            limit = f"{self._limit_s:.0f}秒" if timed_out else "メモリーなどの上限"
            raise Spoiled(f"処理が{limit}をこえたか、途中で止まりました（{name}）") from error
        finally:
            timer.cancel()
        if kind == "ok":
            return value
        self.close()
        raise Spoiled(f"メモリーの上限をこえました（{name}）" if kind == "memory" else f"処理できませんでした：{value}")
