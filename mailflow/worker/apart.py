"""Acts in a process of its own that can be killed: what commands do with mails and templates of unknown manners.

`each(acts)` forks, so that nothing is loaded twice, and gives for every act in turn what it returns (it must pickle), or
`Spoiled`: it took too long or too much memory, the process died, or it raised. After a kill a fresh process goes on with
the next. For commands only: they have no threads and no open database in the child's way. (The worker, which has both,
uses `sandbox`.) Linux; raises OSError where no process can be made.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import resource
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar, cast

from mailflow.worker.child import write_message
from mailflow.worker.sandbox import Spoiled

T = TypeVar("T")
_CHUNK = 1 << 20
_HEAD = 8  # bytes of a message's length (`child.write_message`)


def each(
    acts: Sequence[Callable[[], T]], *, time_limit: timedelta, memory: int, what: str = "処理"
) -> Iterator[T | Spoiled]:
    """One answer an act, in their order. `time_limit`: for each of them."""
    begun = 0
    while begun < len(acts):
        with _Fork(acts[begun:], memory) as fork:
            for _ in acts[begun:]:
                kind, value = fork.answer(time_limit.total_seconds())
                begun += 1
                if kind == "ok":
                    yield cast(T, value)
                    continue
                yield Spoiled(
                    {
                        "late": f"{what}が{time_limit.total_seconds():g}秒の上限をこえました",
                        "memory": f"{what}に使うメモリーが上限をこえました",
                        "gone": f"{what}の途中でプログラムが止まりました（メモリー不足など）",
                    }.get(kind, str(value))
                )
                if kind in ("late", "gone"):
                    break


def apart(act: Callable[[], T], *, time_limit: timedelta, memory: int, what: str = "処理") -> T:
    """What one act returns. Raises Spoiled."""
    answer = next(each([act], time_limit=time_limit, memory=memory, what=what))
    if isinstance(answer, Spoiled):
        raise answer
    return answer


class _Fork:
    """The child, which does the acts one after the other, and our end of its pipe."""

    def __init__(self, acts: Sequence[Callable[[], object]], memory: int) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        self._reading, writing = os.pipe()
        self._child = os.fork()
        if self._child == 0:
            os.close(self._reading)
            _work(acts, writing, memory)
        os.close(writing)
        self._got = bytearray()

    def __enter__(self) -> _Fork:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._reading)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._child, signal.SIGKILL)
        os.waitpid(self._child, 0)

    def answer(self, limit_s: float) -> tuple[str, Any]:
        """The next one; `late` when time is up, `gone` when the child is."""
        until = time.monotonic() + limit_s
        head = self._take(_HEAD, until)
        if isinstance(head, str):
            return head, None
        body = self._take(int.from_bytes(head, "big"), until)
        if isinstance(body, str):
            return body, None
        found: tuple[str, Any] = pickle.loads(body)  # noqa: S301 - both ends are ours, over a private pipe
        return found

    def _take(self, wanted: int, until: float) -> bytes | str:
        while len(self._got) < wanted:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self._reading], [], [], left)[0]:
                return "late"
            chunk = os.read(self._reading, _CHUNK)
            if not chunk:
                return "gone"
            self._got += chunk
        found = bytes(self._got[:wanted])
        del self._got[:wanted]
        return found


def _own_size() -> int:
    """Bytes of address space that this process has already: a fork begins with its parent's (proc(5), statm)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * resource.getpagesize()


def _work(acts: Sequence[Callable[[], object]], writing: int, memory: int) -> None:
    """The child: never returns, and runs no handler and no buffer of the parent's a second time."""
    try:
        limit = _own_size() + memory
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with os.fdopen(writing, "wb") as out:
            for act in acts:
                try:
                    answer: tuple[str, Any] = ("ok", act())
                except MemoryError:
                    answer = ("memory", None)
                except Exception as error:
                    answer = ("error", f"プログラムの誤り {type(error).__name__}: {error}"[:1000])
                write_message(out, answer)
    finally:
        os._exit(0)
