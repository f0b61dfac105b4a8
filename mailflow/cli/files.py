"""Files named on the command line: read one after the other, written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from mailflow.cli.app import Failed, say
from mailflow.cli.wrong_use import reason

OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MAX_FILE = 200_000_000  # bytes; far above any mail a server takes


def each_file(paths: Sequence[Path]) -> Iterator[tuple[str, bytes | None]]:
    """The path as given with the content; None (and a line on stderr) where it can't be read: the others go on."""
    for path in paths:
        content: bytes | None = None
        try:
            if path.is_file() and path.stat().st_size > MAX_FILE:
                say(f"{path}: 大きすぎて読みません（{MAX_FILE // 1_000_000}MB まで）")
            else:
                content = path.read_bytes()
        except (OSError, ValueError) as error:  # ValueError: a NUL in the name
            say(f"{path}: {reason(error) if isinstance(error, OSError) else 'ファイルの名前ではありません'}")
        yield str(path), content


def as_mail(content: bytes) -> bytes:
    """The bytes of a mail: an Outlook .msg rebuilt as MIME, anything else as it is."""
    if not content.startswith(OLE_MAGIC):
        return content
    from mailflow.mailbox.importing import NotAMail, eml_of

    try:
        return eml_of(content)
    except NotAMail:
        return content


def write(path: Path, content: bytes) -> None:
    """The file whole, or Failed with what was there before untouched. A device or a pipe is written to as it is."""
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(content)
            return
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
        handle, made = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(made).chmod(mode)
            Path(made).replace(path)
        except BaseException:
            Path(made).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise Failed(f"{path}: 書けません（{reason(error)}）") from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
