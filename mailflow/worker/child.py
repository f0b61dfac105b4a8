"""The process that reads mails and renders letters, and that may be killed (DESIGN §8.2).

Started by `Sandbox` as `python -m mailflow.worker.child`. Speaks over stdin/stdout: each message is 8 bytes of length
(big-endian) and a pickle. It holds no database and no connection: a mail
that hangs it, fills its memory or crashes it harms nothing else. It is a limit, not a jail (docs/decisions/0002).
"""

from __future__ import annotations

import gc
import os
import pickle
import resource
import struct
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, BinaryIO

from mailflow import pipeline
from mailflow.mail import read_mail
from mailflow.model import Draft, Known, Outcome
from mailflow.rehearsal.changes import Change, Stored, change
from mailflow.replies.compose import compose
from mailflow.replies.render import LetterError
from mailflow.replies.view import CaseView
from mailflow.settings.load import build
from mailflow.settings.settings import Bundle, Settings

KEPT = 8  # readings kept for `conclude`: more than any caller reads ahead
_LENGTH = struct.Struct(">Q")


def write_message(stream: BinaryIO, value: Any) -> None:
    data = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
    stream.write(_LENGTH.pack(len(data)))
    stream.write(data)
    stream.flush()


def read_message(stream: BinaryIO) -> Any:
    """Raises EOFError when the other side is gone."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(head)
    data = stream.read(length)
    if len(data) < length:
        raise EOFError
    return pickle.loads(data)  # noqa: S301 - both ends are ours, over a private pipe


class Reader:
    """Holds the configuration and the readings under way, so that judging needs only `Known`."""

    def __init__(self) -> None:
        self._settings: Settings | None = None
        self._readings: dict[int, pipeline.Reading] = {}

    def configure(self, bundle: Bundle) -> str:
        self._settings = build(bundle, {})
        # What was loaded stays: the collector need not look at it again for each mail.
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000)
        return self._settings.hash

    def take_in(self, key: int, raw: bytes, received_at: datetime, passwords: tuple[str, ...] = ()) -> pipeline.Reading:
        reading = pipeline.take_in(raw, self._configured(), received_at, passwords)
        self._readings[key] = reading
        while len(self._readings) > KEPT:
            del self._readings[next(iter(self._readings))]
        return _without_bytes(reading)

    def whole(self, raw: bytes, received_at: datetime, passwords: tuple[str, ...] = ()) -> pipeline.Reading:
        """A mail with the bytes of its files, for whoever shows it. Nothing is kept."""
        return pipeline.take_in(raw, self._configured(), received_at, passwords)

    def conclude(self, key: int, known: Known, received_at: datetime, now: datetime, how: dict[str, bool]) -> Outcome:
        """`how`: `imported`, `junk`."""
        settings = self._configured()
        return pipeline.conclude(self._readings[key], known, settings, received_at, now, **how)

    def replay(self, stored: Stored) -> Change | None:
        """What this configuration would change of a mail that was judged by another."""
        return change(stored, self._configured())

    def compose(self, view: CaseView) -> Draft:
        """A letter of a person's words by a template of the operators'."""
        return compose(view, self._configured())

    def _configured(self) -> Settings:
        if self._settings is None:
            raise RuntimeError("no configuration yet")
        return self._settings


def _without_bytes(reading: pipeline.Reading) -> pipeline.Reading:
    """What the worker writes down of a mail: its files' names and hashes. Their bytes stay here; the raw mail has them."""
    files = tuple(replace(one, content=b"") for one in reading.mail.attachments)
    return replace(reading, mail=replace(reading.mail, attachments=files))


def _reason(error: Exception) -> str:
    if isinstance(error, LetterError):
        return str(error)[:1000]  # a template's fault, told in Japanese
    return f"プログラムの誤り {type(error).__name__}: {error}"[:1000]


def main() -> None:
    memory = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Nothing that a library prints may get between our messages.
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    reader = Reader()
    calls: dict[str, Callable[..., Any]] = {
        "configure": reader.configure,
        "take_in": reader.take_in,
        "read": read_mail,
        "whole": reader.whole,
        "replay": reader.replay,
        "compose": reader.compose,
        "conclude": reader.conclude,
    }
    while True:
        try:
            name, arguments = read_message(sys.stdin.buffer)
        except EOFError:
            return
        try:
            answer: tuple[str, Any] = ("ok", calls[name](*arguments))
        except MemoryError:
            answer = ("memory", "")
        except Exception as error:
            answer = ("error", _reason(error))
        write_message(out, answer)


if __name__ == "__main__":
    main()
