"""Days and moments as a person writes them on the command line: Asia/Tokyo where no zone is said."""

from __future__ import annotations

from datetime import date, datetime

from mailflow.cli.app import Failed


def given_moment(text: str, name: str) -> datetime:
    """`2026-03-17 13:00`. Failed (wrong use) with what is wrong and how it is written."""
    from mailflow.settings.moments import moment

    try:
        found: datetime = moment(text)
    except ValueError as error:
        raise Failed(f"{name}：{error}。") from error
    return found


def given_day(text: str) -> date:
    """`2026-03-17`."""
    return given_moment(text, "DATE").date()
