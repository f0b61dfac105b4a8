"""How answers are printed: one JSON document a line, or a table by rich (DESIGN §9)."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from mailflow.clock import tokyo
from mailflow.model import Address, Organization

PIPED_WIDTH = 240  # columns where no terminal says how wide it is: a table in a file is never cut to 80


def print_json(document: object) -> None:
    """One line on stdout; UTF-8, no escapes but what JSON needs."""
    text = json.dumps(document, ensure_ascii=False)
    # A lone surrogate (broken input) has no UTF-8: it is written as its escape.
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace") + b"\n")
    sys.stdout.buffer.flush()


def table(
    title: str | None, columns: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str | None = None
) -> None:
    """A table for people. Cells are plain text: what an applicant wrote is never markup. `empty`: said for no rows."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = [[plain_line(cell) for cell in row] for row in rows]
    if not shown and empty is not None:
        print(empty)
        return
    found = Table(title=Text(plain_line(title)) if title else None, title_justify="left", header_style="bold")
    for column in columns:
        found.add_column(column, overflow="fold")
    for row in shown:
        found.add_row(*(Text(cell) for cell in row))
    wide = None if sys.stdout.isatty() or os.environ.get("COLUMNS") else PIPED_WIDTH
    Console(file=sys.stdout, width=wide, soft_wrap=False).print(found)


def plain_line(value: object) -> str:
    """A value for a terminal: control characters (escape sequences too) are shown as dots, line breaks stay."""
    text = "" if value is None else str(value)
    return "".join(
        char if char == "\n" or char.isprintable() or char == "　" else "·" for char in text.replace("\t", "    ")
    )


def shown_time(at: datetime | None) -> str:
    """3月26日 10:02:07 in Tokyo, for tables."""
    if at is None:
        return ""
    local = tokyo(at)
    return f"{local.month}月{local.day}日 {local:%H:%M:%S}"


def shown_addresses(addresses: Iterable[Address]) -> str:
    return "、".join(f"{one.name} <{one.address}>" if one.name else one.address for one in addresses)


def iso(at: datetime | None) -> str | None:
    """ISO 8601 with Tokyo's offset."""
    return tokyo(at).isoformat() if at else None


def address_document(one: Address) -> dict[str, Any]:
    return {"name": one.name, "address": one.address}


def organization_document(one: Organization) -> dict[str, Any]:
    return {"code": one.code, "prefecture": one.prefecture, "name": one.name, "resolved": one.resolved.value}
