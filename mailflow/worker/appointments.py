"""The reminder of a consultation: on the business day before, at `remind_at` (DESIGN §6).

After downtime it is made up while it is still of use: up to `TO_BE_OF_USE` before the consultation; else it is skipped and marked, so
that it never comes twice and never too late. Business time.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from mailflow.clock import TOKYO, tokyo
from mailflow.model import Method
from mailflow.settings.consultation import ConsultationFile
from mailflow.store import Store
from mailflow.store.appointments import remind_of, to_remind
from mailflow.store.booking_list import BookingLine
from mailflow.workdays import business_day_before

log = structlog.get_logger()

TO_BE_OF_USE = timedelta(hours=1)
JUST_TOLD = timedelta(hours=20)  # its letter of confirmation is as good as a reminder


def due_at(start: datetime, consultation: ConsultationFile) -> datetime:
    """When the reminder of a consultation leaves."""
    return datetime.combine(business_day_before(tokyo(start).date()), consultation.remind_at, TOKYO)


def remind_appointments(store: Store, consultation: ConsultationFile, now: datetime) -> int:
    """Have the reminders that are due composed. Returns how many."""
    if not consultation.enabled:
        return 0
    made = 0
    for line in to_remind(store, now):
        start = line.booking.start
        due = due_at(start, consultation)
        if now < due:
            continue
        late = now > start - TO_BE_OF_USE
        made += remind_of(store, line, now=now, skip=late or _just_told(line, due))
        if late:
            log.warning("a consultation's reminder came too late", booking=line.booking.id)
    return made


def _just_told(line: BookingLine, due: datetime) -> bool:
    """Its letter left shortly before the reminder would, and said all: neither a link nor anything else came after it."""
    said_all = line.booking.method is Method.PHONE or line.link is not None
    told_at = line.told_at
    return said_all and told_at is not None and told_at > due - JUST_TOLD and line.changed_at <= told_at
