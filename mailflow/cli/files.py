"""Files named on the command line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from mailflow.cli.app import say
from mailflow.cli.wrong_use import reason

MAX_FILE = 200_000_000  # bytes; far above any mail a server takes


def each_file(paths: Sequence[Path]) -> Iterator[tuple[str, bytes | None]]:
    """The path as given with the content; None (and a line on stderr) where it can't be read: the others go on."""
    for path in paths:
        try:
            if path.is_file() and path.stat().st_size > MAX_FILE:
                say(f"{path}: 大きすぎて読みません")
                yield str(path), None
                continue
            content = path.read_bytes()
        except OSError as error:
            say(f"{path}: {reason(error)}")
            content = None
        yield str(path), content
