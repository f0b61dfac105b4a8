"""Which slots there are, and which of them are free (DESIGN §6, 募集要領 2(4)).

In: ConsultationFile, the round's limits, what is taken. Out: Slots in order of time, then of hosts as in the YAML.
Times in and out are aware; days and hours are Asia/Tokyo's. A slot never spans two spans of hours. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta

import jpholiday

from mailflow.clock import TOKYO, tokyo
from mailflow.model import Method, Slot, Taken, Window
from mailflow.settings.consultation import WEEKDAYS, ConsultationFile, Host
from mailflow.settings.models import Round

MOST_DAYS = 400  # of a round: what a slip of the year would ask for
ANOTHER_DAY = timedelta(hours=4)  # how far another day counts, beside the hours of the day
SAME_DAY = timedelta(minutes=90)  # what each slot already offered on a day counts against one more there


def is_day_off(day: date, consultation: ConsultationFile) -> bool:
    """No consultation for any host: another weekday, a holiday, 12/29–1/3, a closed day."""
    pattern = consultation.pattern
    if WEEKDAYS[day.weekday()] not in pattern.weekdays or day in pattern.closed:
        return True
    if not pattern.holidays:
        return False
    turn_of_year = (day.month, day.day) >= (12, 29) or (day.month, day.day) <= (1, 3)
    return turn_of_year or jpholiday.is_holiday(day)


def hours_of(host: Host, day: date, consultation: ConsultationFile) -> tuple[tuple[time, time], ...]:
    """The hours of one host on one day; a host's exception rules over weekdays and days off."""
    for exception in host.exceptions:
        if exception.date == day:
            return exception.hours
    if is_day_off(day, consultation):
        return ()
    return host.hours if host.hours is not None else consultation.pattern.hours


def has_no_talks(day: date, consultation: ConsultationFile) -> bool:
    """No host has hours on it, nor by an exception."""
    return not any(hours_of(host, day, consultation) for host in consultation.hosts)


def is_off_hours(window: Window, consultation: ConsultationFile) -> bool:
    """No host talks at any moment of it, though the day may be one of consultation. A window of several days is never."""
    start, end = tokyo(window.start), tokyo(window.end)
    if start.date() != end.date():
        return False
    return not any(
        since < end.time() and start.time() < until
        for host in consultation.hosts
        for since, until in hours_of(host, start.date(), consultation)
    )


def meeting_for(host: Host, kept: str | None, used: Collection[str]) -> tuple[str | None, str | None]:
    """The online meeting of a booking, and what to type there: the one that it has (`kept`), else the first that nobody uses; (None, None)
    where none is left."""
    if kept is not None:
        meeting = next((one for one in host.meetings if one.link == kept), None)
    else:
        meeting = next((one for one in host.meetings if one.link not in used), None)
    if meeting is None:
        return kept, None
    said = [
        f"会議ID　{meeting.id}" if meeting.id else "",
        f"パスコード　{meeting.passcode}" if meeting.passcode else "",
    ]
    return meeting.link, "　".join(filter(None, said)) or None


def bookable_from(now: datetime, consultation: ConsultationFile) -> datetime:
    """The first moment at which a slot may start: `lead_days` days after today's midnight; with 0, now."""
    days = consultation.pattern.lead_days
    if days == 0:
        return tokyo(now)
    return datetime.combine(tokyo(now).date() + timedelta(days=days), time(0), TOKYO)


def bookable_until(round_: Round, consultation: ConsultationFile) -> datetime:
    """The last moment at which a slot may end."""
    return tokyo(round_.closes) - consultation.pattern.before_close


def all_slots(
    consultation: ConsultationFile, first: datetime, last: datetime
) -> Iterator[tuple[datetime, datetime, Host]]:
    """(start, end, host) of every slot that starts from `first` on and ends by `last`, in order of time, then of hosts."""
    length = consultation.pattern.length
    day, end_day = tokyo(first).date(), tokyo(last).date()
    for _ in range(MOST_DAYS):
        if day > end_day:
            return
        found: list[tuple[datetime, int, Host]] = []
        for order, host in enumerate(consultation.hosts):
            for opens, closes in hours_of(host, day, consultation):
                start, until = datetime.combine(day, opens, TOKYO), datetime.combine(day, closes, TOKYO)
                while start + length <= until:
                    if first <= start and start + length <= last:
                        found.append((start, order, host))
                    start += length + consultation.pattern.buffer
        for start, _order, host in sorted(found, key=lambda one: one[:2]):
            yield start, start + length, host
        day += timedelta(days=1)


def time_ran_out(consultation: ConsultationFile, round_: Round, came: datetime, now: datetime) -> bool:
    """There were slots ahead at `came`, and at `now` there is none: not taken by others, but past."""
    last = bookable_until(round_, consultation)
    ahead = (any(all_slots(consultation, bookable_from(at, consultation), last)) for at in (came, now))
    return [*ahead] == [True, False]


def seats_left(start: datetime, end: datetime, host: Host, taken: Iterable[Taken]) -> int:
    """How many more can be received then."""
    return host.capacity - sum(
        one.seats for one in taken if one.host == host.id and one.start < end and start < one.end
    )


def free_slots(
    consultation: ConsultationFile,
    round_: Round,
    now: datetime,
    taken: Collection[Taken] = (),
    *,
    method: Method | None = None,
) -> list[Slot]:
    """What can still be booked, by the method asked for; without one, by the host's first method."""
    if not consultation.enabled:
        return []
    first, last = bookable_from(now, consultation), bookable_until(round_, consultation)
    by_host: dict[str, list[Taken]] = {}
    for one in taken:
        by_host.setdefault(one.host, []).append(one)
    return [
        Slot(start=start, end=end, host=host.id, method=method or host.methods[0])
        for start, end, host in all_slots(consultation, first, last)
        if (method is None or method in host.methods) and seats_left(start, end, host, by_host.get(host.id, ())) > 0
    ]


def first_fit(windows: Sequence[Window], free: Sequence[Slot]) -> Slot | None:
    """The first free slot in the order of preference: the windows' order, then time, then the hosts' order in YAML."""
    for window in windows:
        for slot in free:
            if window.start <= slot.start and slot.end <= window.end:
                return slot
    return None


def nearest(windows: Sequence[Window], free: Sequence[Slot], count: int) -> tuple[Slot, ...]:
    """At most `count` slots of different times, nearest to what was wished, in order of time; not all on one day. Without
    a wish: spread over the first days, so that who can't one day finds another."""
    times: dict[datetime, Slot] = {}
    for slot in free:
        times.setdefault(slot.start, slot)
    left = list(times.values())
    if not windows:
        return tuple(sorted(_spread(left, count), key=lambda slot: slot.start))
    far = {slot.start: _distance(slot, windows) for slot in left}
    chosen: list[Slot] = []
    on_day: Counter[date] = Counter()
    while left and len(chosen) < count:
        best = min(left, key=lambda slot: (far[slot.start] + SAME_DAY * on_day[tokyo(slot.start).date()], slot.start))
        left.remove(best)
        chosen.append(best)
        on_day[tokyo(best.start).date()] += 1
    return tuple(sorted(chosen, key=lambda slot: slot.start))


def _distance(slot: Slot, windows: Sequence[Window]) -> timedelta:
    """How far off the wish: zero inside a window; the same time of another day is nearer than another time of it."""
    nearest_one = timedelta.max
    for window in windows:
        if window.start <= slot.start and slot.end <= window.end:
            return timedelta(0)
        days = abs((tokyo(slot.start).date() - tokyo(window.start).date()).days)
        nearest_one = min(nearest_one, ANOTHER_DAY * days + _off_hours(slot, window))
    return nearest_one


def _off_hours(slot: Slot, window: Window) -> timedelta:
    start, wished_from, wished_to = (_of_day(at) for at in (slot.start, window.start, window.end))
    if wished_to <= wished_from:  # to midnight, or over it
        wished_to = timedelta(days=1)
    if wished_from <= start < wished_to:
        return timedelta(0)
    return min(abs(start - wished_from), abs(start - wished_to))


def _of_day(at: datetime) -> timedelta:
    local = tokyo(at)
    return timedelta(hours=local.hour, minutes=local.minute)


def _spread(slots: Sequence[Slot], count: int) -> list[Slot]:
    """One or two a day, morning and afternoon in turn, from the first days on."""
    days: dict[date, list[Slot]] = {}
    for slot in slots:
        days.setdefault(tokyo(slot.start).date(), []).append(slot)
    chosen: list[Slot] = []
    noon = time(12)
    for morning in (False, True):
        for turn, day in enumerate(days):
            if len(chosen) == count:
                return chosen
            wanted = (turn % 2 == 0) != morning  # first round: 午前, 午後, 午前 …; second round the other half
            half = [s for s in days[day] if (tokyo(s.start).time() < noon) == wanted and s not in chosen]
            if half:
                chosen.append(half[0])
    for slot in slots:
        if len(chosen) == count:
            break
        if slot not in chosen:
            chosen.append(slot)
    return chosen
