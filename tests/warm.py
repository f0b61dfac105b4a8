"""What is always the same and takes long to make is made once for the tests that are about something else.

`kept_readers()`: the process that reads mails. The child of a sandbox that is closed waits for the next one, which configures
it as a new one; a child that hung, died or gave no good answer is ended as ever.
`built_once()`: the settings of a folder of the same texts.
`compiled_once()`: the SQL of a statement, which SQLAlchemy keeps by engine, and so made anew for each test's database.
"""

from __future__ import annotations

import atexit
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import sqlalchemy as sa
from sqlalchemy.util import LRUCache

from mailflow.settings import load
from mailflow.settings.settings import Bundle
from mailflow.store import open as opening
from mailflow.worker import sandbox

_waiting: dict[int, list[_Kept]] = {}


class _Kept(sandbox._Child):
    def __init__(self, memory: int) -> None:
        super().__init__(memory)
        self._memory = memory
        self._sound = True

    def next_answer(self, limit_s: float) -> tuple[str, Any]:
        answer = super().next_answer(limit_s)
        self._sound = self._sound and answer[0] in ("ok", "error")
        return answer

    def kill(self) -> None:
        if self._sound and not self.waiting and self._process.poll() is None:
            _waiting.setdefault(self._memory, []).append(self)
        else:
            super().kill()

    def end(self) -> None:
        super().kill()


def _next(memory: int) -> _Kept:
    """One that waits, or a new one."""
    waiting = _waiting.get(memory, [])
    while waiting:
        kept = waiting.pop()
        if kept._process.poll() is None:
            return kept
        kept.end()
    return _Kept(memory)


@contextmanager
def kept_readers() -> Iterator[None]:
    with patch.object(sandbox, "_Child", _next):
        yield


_build, _built = load._build, {}  # type: ignore[var-annotated]


def _build_once(bundle: Bundle, env: Mapping[str, str]) -> Any:
    key = (bundle.hash, *sorted(pair for pair in env.items() if pair[0].startswith("MAILFLOW_")))
    if key not in _built:
        _built[key] = _build(bundle, env)
        while len(_built) > 16:
            del _built[next(iter(_built))]
    return _built[key]


@contextmanager
def built_once() -> Iterator[None]:
    with patch.object(load, "_build", _build_once):
        yield


_connect = opening.connect  # type: ignore[attr-defined]
_dialects: dict[str, sa.Dialect] = {}
_compiled: dict[str, Any] = {}


def _connect_alike(url: str) -> sa.Engine:
    """With the dialect of the first engine of the kind, once that has been connected, and with what it has compiled."""
    engine = _connect(url)
    name = engine.dialect.name
    kept = _dialects.get(name)
    if kept is None or getattr(kept, "server_version_info", None) is None:  # no engine with it has reached a server yet
        kept = _dialects[name] = engine.dialect
    engine.dialect = engine.pool._dialect = kept
    engine._compiled_cache = _compiled.setdefault(name, LRUCache(2000))
    return engine


@contextmanager
def compiled_once() -> Iterator[None]:
    with patch.object(opening, "connect", _connect_alike):
        yield


@atexit.register
def _end() -> None:
    for waiting in _waiting.values():
        while waiting:
            waiting.pop().end()
