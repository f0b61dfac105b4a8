"""How answers are printed: one JSON document a line, or a table by rich (DESIGN §9)."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mailflow.clock import tokyo
from mailflow.model import Address, Organization


def print_json(document: object) -> None:
    """One line on stdout; UTF-8, no escapes but what JSON needs."""
    text = json.dumps(document, ensure_ascii=False)
    # A lone surrogate (broken input) has no UTF-8: it is written as its escape.
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace") + b"\n")
    sys.stdout.buffer.flush()


def table(title: str | None, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table for people. Cells are plain text: what an applicant wrote is never markup."""
    found = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        found.add_column(column, overflow="fold")
    for row in rows:
        found.add_row(*(escape("" if cell is None else str(cell)) for cell in row))
    Console().print(found)


def shown_time(at: datetime | None) -> str:
    """3月26日 10:02:07 in Tokyo, for tables."""
    if at is None:
        return ""
    local = tokyo(at)
    return f"{local.month}月{local.day}日 {local:%H:%M:%S}"


def iso(at: datetime | None) -> str | None:
    """ISO 8601 with Tokyo's offset."""
    return tokyo(at).isoformat() if at else None


def address_document(one: Address) -> dict[str, Any]:
    return {"name": one.name, "address": one.address}


def organization_document(one: Organization) -> dict[str, Any]:
    return {"code": one.code, "prefecture": one.prefecture, "name": one.name, "resolved": one.resolved.value}
