"""The day of the consultation for its host, out of the store: what `slots day` prints and the worker mails (DESIGN §6).

In: the store, consultation.yaml, a day. Out: `SheetLine`s. For people of the secretariat alone. Reads only.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from mailflow.clock import TOKYO
from mailflow.replies.day_sheet import SheetLine
from mailflow.settings.consultation import ConsultationFile
from mailflow.store import Store
from mailflow.store.appointments import officers_of


def sheet_lines(store: Store, consultation: ConsultationFile, day: date, *, host: str | None = None) -> list[SheetLine]:
    """What lies on that day, in order of time: all but what was cancelled; of one host, or of all."""
    first = datetime.combine(day, time(0), TOKYO)
    booked = store.bookings(since=first, until=first + timedelta(days=1))
    found = [one for one in booked if one.booking.state != "cancelled" and host in (None, one.booking.host)]
    officers = officers_of(store, [one.case_id for one in found])
    lines: list[SheetLine] = []
    for one in found:
        person, material = officers.get(one.case_id, (None, None))
        receiver = consultation.host(one.booking.host)
        lines.append(
            SheetLine(
                start=one.booking.start, end=one.booking.end, host=receiver.name if receiver else one.booking.host,
                organization=one.organization or "団体が分かりません", number=one.case_number, method=one.booking.method,
                state=one.booking.state, person=person, phone=one.booking.phone, topic=one.topic, link=one.link,
                material=material, answer=one.booking.answer,
            )
        )  # fmt: skip
    return lines
