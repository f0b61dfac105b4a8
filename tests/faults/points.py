"""The named crash points, listed from the code: each function that writes to the database, just before its commit and just
after it. `killed_at` makes this process die there (SIGKILL) or write down what it passes. Nothing of this is in mailflow.
"""

from __future__ import annotations

import ast
import os
import signal
import smtplib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from mailflow.store.base import Base

ROOT = Path(__file__).parents[2] / "mailflow"
MOMENTS = ("before", "after")
BODY_SENT = "smtp: the body is with the server, its answer isn't read"
_HERE = (__file__, "contextlib.py", str(Path("store") / "base.py"))


def sites() -> list[str]:
    """`store/outbox.py:sent`: every function of mailflow that opens a write transaction, from its source."""
    found: set[str] = set()
    for path in sorted(ROOT.rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        if ".write(" not in source:
            continue
        for function in ast.walk(ast.parse(source)):
            if not isinstance(function, ast.FunctionDef) or (function.name, path.name) == ("write", "base.py"):
                continue
            inner = {
                id(n)
                for f in ast.walk(function)
                if isinstance(f, ast.FunctionDef) and f is not function
                for n in ast.walk(f)
            }
            if any(_writes(node) for node in ast.walk(function) if id(node) not in inner):
                found.add(f"{path.relative_to(ROOT)}:{function.name}")
    return sorted(found)


def _writes(node: ast.AST) -> bool:
    return isinstance(node, ast.With) and any(
        isinstance(item.context_expr, ast.Call)
        and isinstance(item.context_expr.func, ast.Attribute)
        and item.context_expr.func.attr == "write"
        and not item.context_expr.args
        for item in node.items
    )


def _site() -> str:
    frame = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.endswith(_HERE):
        frame = frame.f_back  # type: ignore[assignment]
    path = Path(frame.f_code.co_filename)
    name = str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else path.name
    return f"{name}:{frame.f_code.co_name}"


def arm(point: str | None, record: Path | None) -> None:
    """In a process of its own. `point`: `<site> <moment>` or BODY_SENT; `record`: a file for all that is passed."""
    original = Base.write

    def passed(name: str) -> None:
        if record is not None:
            with record.open("a", encoding="utf-8") as out:
                out.write(f"{name}\n")
        if name == point:
            os.kill(os.getpid(), signal.SIGKILL)

    @contextmanager
    def write(self: Base) -> Iterator[sa.Connection]:
        site = _site()
        with original(self) as db:
            yield db
            passed(f"{site} before")
        passed(f"{site} after")

    Base.write = write  # type: ignore[method-assign]
    reply = smtplib.SMTP.getreply
    sent: set[int] = set()
    send = smtplib.SMTP.send

    def send_and_note(self: smtplib.SMTP, text: Any) -> None:
        send(self, text)
        if isinstance(text, bytes) and text.endswith(b"\r\n.\r\n"):
            sent.add(id(self))

    def getreply(self: smtplib.SMTP) -> tuple[int, bytes]:
        if id(self) in sent:
            sent.discard(id(self))
            found = reply(self)  # the server has taken it for certain
            passed(BODY_SENT)
            return found
        return reply(self)

    smtplib.SMTP.send = send_and_note  # type: ignore[method-assign]
    smtplib.SMTP.getreply = getreply  # type: ignore[method-assign]
