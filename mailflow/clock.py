"""The only source of time (DESIGN §2, "two clocks").

*Business* time decides deadlines, letters, slots and embargoes: system time plus an offset that is fixed once a
database. *System* time decides claims, backoff, undo and sessions, and is never shifted. Both are aware; UTC inside,
Asia/Tokyo for people.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

TOKYO = ZoneInfo("Asia/Tokyo")


def sys_now() -> datetime:
    """System time, UTC, never shifted."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Clock:
    """Time with a business offset. `offset` is zero in production."""

    offset: timedelta = timedelta(0)

    @classmethod
    def starting_at(cls, business_now: datetime) -> Clock:
        """A clock whose business time is `business_now` (aware) at this moment. Raises ValueError if naive."""
        if business_now.tzinfo is None:
            raise ValueError("business time needs a time zone")
        return cls(business_now - sys_now())

    def sys_now(self) -> datetime:
        """System time, UTC, never shifted."""
        return sys_now()

    def now(self) -> datetime:
        """Business time, UTC."""
        return self.sys_now() + self.offset


def tokyo(at: datetime) -> datetime:
    """The same moment on a clock in Tokyo. `at` must be aware (ValueError)."""
    if at.tzinfo is None:
        raise ValueError("a naive time has no moment")
    return at.astimezone(TOKYO)
