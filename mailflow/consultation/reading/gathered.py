"""What is gathered from tokens: days, groups of them with their times, and what a whole text said.

Values of `groups` and what its parts share. Pure.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from mailflow.clock import TOKYO
from mailflow.consultation.reading.roles import Role
from mailflow.consultation.reading.tokens import T, Token
from mailflow.settings.consultation import ConsultationFile

LONGEST_RANGE = 40  # days
END_OF_DAY = timedelta(hours=24)
NOON = timedelta(hours=12)

Span = tuple[timedelta, timedelta]  # from midnight


@dataclass(slots=True)
class Day:
    day: date
    text: str
    whole_week: bool = False  # one of the days of a week or range that was named as a whole
    nearest: bool = False  # a weekday without a date or week: taken as the next one


@dataclass(slots=True)
class Group:
    """Days with the times said of them."""

    days: list[Day] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    text: str = ""
    start: int = 0  # where its words begin in the text, and where they end
    end: int = 0
    asked: bool = False  # said as a wish, not only named
    rank: int | None = None  # 「第2希望」: 2
    named: Token | None = None  # the week or day named last, which a date right behind it says closer
    named_at: int = 0  # of its days, which that one's are: those from here on

    def __bool__(self) -> bool:
        return bool(self.days or self.spans)


@dataclass(slots=True)
class Found:
    wished: list[Group] = field(default_factory=list)
    excluded: list[Group] = field(default_factory=list)
    unclear: list[str] = field(default_factory=list)
    refers: list[Group] = field(default_factory=list)
    other: list[Group] = field(default_factory=list)  # days of something else
    unknown: list[Group] = field(default_factory=list)  # days in words not known
    papers: list[Group] = field(default_factory=list)  # of `other`: days on which papers are sent in, or an answer is
    agreed: list[Group] = field(default_factory=list)
    bounds: list[Group] = field(default_factory=list)  # 「18日までに」
    limit: datetime | None = None
    same_hours: bool = False  # 「同じ時間」, and no time was named before


OPEN = frozenset({Role.WISH, Role.LISTED, Role.JOINED})  # what a time behind still belongs to
CONTENT = frozenset({T.DAY, T.WEEK, T.WEEKDAY, T.TIME, T.PART, T.SAME})


class Gathering(ABC):
    """The state of a walk over tokens. `groups.Parser` walks; `days` and `times` read what it comes to."""

    def __init__(
        self,
        tokens: list[Token],
        text: str,
        now: datetime,
        consultation: ConsultationFile,
        found: Found,
        *,
        booked: datetime | None = None,
    ) -> None:
        self.tokens, self.text, self.now, self.consultation, self.found = tokens, text, now, consultation, found
        self.booked = booked  # when the one booking begins that the sender has
        self.group = Group()
        self.pending: list[Group] = []  # closed groups of this sentence
        self.previous: Group | None = None  # the group closed last, also of the sentence before
        self.not_next = self.limit_next = self.closed_by_between = False
        self.last_spans: list[Span] = []
        self.sharing: list[Group] = []  # groups that the times of this one are said of too
        self.rank: int | None = None
        self.part_from: timedelta | None = None  # where the part of the day begins that a time says closer
        self.beside: dict[str, date] = {}  # which day 「翌日」 is
        self.not_from = 0  # where the heading of what is not wished ends
        self.at = self.begins = self._wishes_before = self.limit_from = 0

    def _adjacent(self, before: Token, after: Token) -> bool:
        return not self.text[before.at + len(before.text) : after.at].strip("の ")

    def _skip(self, kind: T) -> None:
        if self.at + 1 < len(self.tokens) and self.tokens[self.at + 1].kind is kind:
            self.at += 1

    @abstractmethod
    def _close(self) -> None:
        """What was gathered so far is one group."""

    @abstractmethod
    def _bound(self, end: timedelta) -> None:
        """What was gathered so far is only the end of what is asked for."""


def moment(day: date, since_midnight: timedelta) -> datetime:
    return datetime.combine(day, time(0), TOKYO) + since_midnight


def since_midnight(clock: time) -> timedelta:
    return timedelta(hours=clock.hour, minutes=clock.minute)


def days_between(first: date, last: date) -> list[date]:
    return [first + timedelta(days=ahead) for ahead in range(max(0, (last - first).days + 1))]


def on_or_after(first: date, day: int) -> date | None:
    for ahead in range(40):
        one = first + timedelta(days=ahead)
        if one.day == day:
            return one
    return None
