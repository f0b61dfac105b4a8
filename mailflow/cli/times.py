"""Days and moments as a person writes them on the command line: Asia/Tokyo where no zone is said."""

from __future__ import annotations

from datetime import date, datetime

from mailflow.cli.app import Failed
from mailflow.clock import TOKYO


def given_moment(text: str, name: str) -> datetime:
    """`2026-03-17 13:00`, or any time of ISO 8601 (fractions of a second too), in Asia/Tokyo. Failed (wrong use) with what is wrong
    and how it is written."""
    from mailflow.settings.moments import moment

    try:
        found: datetime = moment(text)
    except ValueError as error:
        finer = _iso(text)
        if finer is None:
            raise Failed(f"{name}：{error}。") from error
        found = finer
    return found.astimezone(TOKYO)


def _iso(text: str) -> datetime | None:
    from mailflow.settings.moments import FIRST_YEAR, LAST_YEAR

    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        return None
    return found if found.tzinfo else found.replace(tzinfo=TOKYO)


def given_day(text: str) -> date:
    """`2026-03-17`."""
    return given_moment(text, "DATE").date()
