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
    title: str | None,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    empty: str | None = None,
    spare: Sequence[str] = (),
) -> None:
    """A table for people. Cells are plain text: what an applicant wrote is never markup. `empty`: said for no rows.

    `spare`: columns that give way where the terminal is too narrow for all, the first first; a line then says which did.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = [[plain_line(cell) for cell in row] for row in rows]
    if not shown and empty is not None:
        print(empty)
        return
    found = Table(title=Text(plain_line(title)) if title else None, title_justify="left", header_style="bold")
    wide = None if sys.stdout.isatty() or os.environ.get("COLUMNS") else PIPED_WIDTH
    console = Console(file=sys.stdout, width=wide, soft_wrap=False)
    columns, shown, left_out = _fitting(columns, shown, console.width, spare)
    whole = _whole(columns, shown, console.width)
    for at, column in enumerate(columns):
        found.add_column(column, overflow="fold", no_wrap=at in whole)
    for row in shown:
        found.add_row(*(Text(cell) for cell in row))
    console.print(found)
    if left_out:
        print(f"画面の幅に合わせて省いた列：{'、'.join(left_out)}（広い画面か --json で見られます）")


SHORT, LEAST = 16, 14  # columns of the terminal


def _fitting(
    columns: Sequence[str], rows: list[list[str]], width: int, spare: Sequence[str]
) -> tuple[Sequence[str], list[list[str]], list[str]]:
    """Columns and rows without the spare ones there is no room for, and the names of those."""
    left_out: list[str] = []
    for name in spare:
        if _whole(columns, rows, width):
            break
        at = columns.index(name)
        columns = [*columns[:at], *columns[at + 1 :]]
        rows = [[*row[:at], *row[at + 1 :]] for row in rows]
        left_out.append(name)
    return columns, rows, left_out


def _whole(columns: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> frozenset[int]:
    """The columns of numbers, dates and states, which are shown on one line; the long ones give way. None where even so
    there would be no room for those."""
    from rich.cells import cell_len

    widest = [
        max((cell_len(line) for cell in (name, *cells) for line in cell.splitlines()), default=0)
        for name, cells in zip(columns, zip(*rows, strict=True) if rows else [()] * len(columns), strict=True)
    ]
    short = frozenset(at for at, one in enumerate(widest) if one <= SHORT)
    needed = sum(min(one, LEAST) if at not in short else one for at, one in enumerate(widest)) + 3 * len(columns) + 1
    return short if needed <= width else frozenset()


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
