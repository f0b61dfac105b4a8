"""Patterns out of tables of words: a kind of words a line, with the phrase it is there for (`vocabulary`).

In: kinds of words, each a pattern or several parted by `|`. Out: the text of one pattern. At one place the first that fits
wins, so of two where one begins with the other the longer stands first (「でしたら」 before 「で」), unless only whether anything
matches is asked. Pure.
"""

from __future__ import annotations


def either(*kinds: str) -> str:
    """Any of them, as a whole pattern."""
    return "|".join(kinds)


def any_of(*kinds: str) -> str:
    """Any of them, as a part of a pattern."""
    return f"(?:{either(*kinds)})"
