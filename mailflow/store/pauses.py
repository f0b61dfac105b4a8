"""How long a letter rests after an attempt that brought nothing: 30 s, 1, 2, 4 … minutes, at most an hour."""

from __future__ import annotations

from datetime import timedelta

FIRST = timedelta(seconds=30)
LONGEST = timedelta(hours=1)
DOUBLED = 7  # after so many attempts it is the longest
AWAY = timedelta(minutes=5)  # …while nobody answers at the server: what waits leaves soon after it is back
SPREAD = 0.1  # of it more or less, so that a crowd spreads out


def pause(attempts: int) -> timedelta:
    """After so many attempts, without the spread."""
    doubled: int = 2 ** min(max(attempts, 1) - 1, DOUBLED)
    return min(FIRST * doubled, LONGEST)


def longest(attempts: int) -> timedelta:
    """No letter that was tried so often rests longer, whatever stopped it."""
    return max(pause(attempts), AWAY) * (1 + SPREAD)
