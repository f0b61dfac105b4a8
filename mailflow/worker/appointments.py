"""The reminder of a consultation: on the business day before, at `remind_at` (DESIGN §6).

After downtime it is made up while it is still of use: up to `TO_BE_OF_USE` before the consultation; else it is skipped and marked, so
that it never comes twice and never too late. Business time.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from mailflow.clock import TOKYO, tokyo
from mailflow.intake.deadlines import business_day_before
from mailflow.model import Method
from mailflow.settings.consultation import ConsultationFile
from mailflow.store import Store
from mailflow.store.appointments import remind_of, to_remind

log = structlog.get_logger()

TO_BE_OF_USE = timedelta(hours=1)
JUST_MADE = timedelta(hours=20)  # its letter of confirmation is as good as a reminder


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
        told_all = line.booking.method is Method.PHONE or line.link is not None
        fresh = told_all and line.changed_at > due - JUST_MADE
        made += remind_of(store, line, now=now, skip=late or fresh)
        if late:
            log.warning("a consultation's reminder came too late", booking=line.booking.id)
    return made
