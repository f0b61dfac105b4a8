"""A value as an expression would write it, for people."""

from __future__ import annotations

LONGEST = 200


def fact(value: object) -> str:
    """`true`, `none`, `'text'`, cut to a line."""
    text = str(value).lower() if value is None or isinstance(value, bool) else repr(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
