"""Numbers that a subject or a text carries: the case number of our letters, and which part of a split mail it is.

In: what was typed, up to 100,000 characters. Out: the number as we write it, None where there is none. Pure; never raises.
"""

from __future__ import annotations

import re
from unicodedata import normalize

from mailflow.intake.folding import plain_brackets
from mailflow.settings.settings import Settings

MAX_NAME = 500
MAX_PARTS = 5  # more is a date

_HYPHENS = dict.fromkeys(map(ord, "‐‑‒–—―−－"), "-")
_PART = re.compile(
    r"【(\d)/(\d)】|(?<![\d/])(\d)/(\d)(?:通目?|件目?)|【(\d)通目?[/、 ]全?(\d)通(?:中)?】|(?:その|No\.?|part)\s?(\d)/(\d)(?![\d/])"
    r"|(?<!\d)(\d) ?of ?(\d)(?!\d)",
    re.IGNORECASE,
)
_PART_OF = re.compile(r"(?<!\d)(\d)通(?:のうち|中)(?:の)?(\d)通目")
_APPOINTMENT = re.compile(r"相談|日程|日時|希望|予約|面談|打ち?合|会議|開催|締切|〆切")


def round_ids(settings: Settings) -> tuple[str, ...]:
    return tuple(one.id for one in settings.rounds)


def case_number(text: str, ids: tuple[str, ...] = ()) -> str | None:
    """「R8-1-202053」 in a text: a round, then a 団体コード or the random mark of a body without one. `ids`: the rounds
    there are; without them any that looks like one."""
    plain = normalize("NFKC", text[:100_000]).translate(_HYPHENS)
    rounds = "|".join(re.escape(one) for one in ids) or r"[A-Z]{1,3}\d{1,3}-\d{1,2}"
    match = re.search(rf"(?<![A-Za-z0-9-])({rounds})-(\d{{6}}|[A-Z0-9]{{6,10}})(?![A-Za-z0-9])", plain)
    return f"{match[1]}-{match[2]}" if match else None


def part_of(subject: str | None) -> tuple[int, int] | None:
    """（1/2） in the subject of a mail that was split for its size. A date (3/9) about a meeting is none."""
    text = plain_brackets((subject or "")[:MAX_NAME])
    match, turned = _PART.search(text), _PART_OF.search(text)
    if not (match or turned) or _APPOINTMENT.search(text):
        return None
    numbers = turned.groups()[::-1] if turned else match.groups() if match else ()
    this, of = (int(number) for number in numbers if number is not None)
    return (this, of) if 1 <= this <= of and 2 <= of <= MAX_PARTS else None
