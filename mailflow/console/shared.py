"""A value that every page shows and that costs to make: kept for some seconds, made by one at a time.

Twenty pages that ask at the moment when it is too old would else make it twenty times over, each slowing the others.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Shared(Generic[T]):
    """`get`: at most `seconds` old, plus the time to make it: while one makes it anew the others get the last one. `forget`: the
    next `get` waits for a new one. Thread-safe."""

    def __init__(self, make: Callable[[], T], seconds: float) -> None:
        self._make, self._seconds = make, seconds
        self._kept: tuple[float, T] | None = None
        self._forgotten = 0
        self._making = threading.Lock()

    def get(self) -> T:
        kept = self._kept
        if kept is not None and time.monotonic() - kept[0] < self._seconds:
            return kept[1]
        if not self._making.acquire(blocking=kept is None):
            return kept[1] if kept is not None else self._make()
        try:
            made = self._kept
            if made is not None and made is not kept:  # another has made it while this one waited
                return made[1]
            at, value = self._forgotten, self._make()
            if at == self._forgotten:  # else it may show what was before an act
                self._kept = (time.monotonic(), value)
            return value
        finally:
            self._making.release()

    def forget(self) -> None:
        self._forgotten += 1
        self._kept = None
