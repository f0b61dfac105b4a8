"""What officers write, in tables: first requests, answers to an offer, mails about a booking; each with the step that follows.

`data/officers.jsonl`, one row a line: `text`; `then`: 「book 18 14:00」 (day of March), 「move …」, 「method」, 「cancel」, 「offer」, 「person」,
「closed」, 「nothing」, or 「none」 (no request at all); `at`: when it came (a Tuesday, 10 March 9:00, unless said); `thread`: `offer`
(it answers the offer below, quoted under the text) or `booking` (18 March 14:00 is booked). Made up for these tests; each
row was written with its outcome before it was first read. A wrong booking is worse than any offer.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from mailflow.clock import TOKYO
from mailflow.consultation.dialogue import next_step
from mailflow.consultation.in_thread import read_in_thread
from mailflow.consultation.situation import Situation, thread_of
from mailflow.intake.intents import intents
from mailflow.model import Booking, Known, Letter, Method, Offer, Slot
from mailflow.settings.load import load

SHIPPED = load(Path(__file__).parents[3] / "config", {})
CONSULTATION, ROUND = SHIPPED.consultation, SHIPPED.rounds[0]
ROWS = [
    json.loads(line) for line in (Path(__file__).parent / "data" / "officers.jsonl").read_text("utf-8").splitlines()
]
QUOTE = """
> 近い日時で、次の候補をご用意しました。
>
>   1　令和8年3月16日（月）10時00分〜10時30分
>   2　令和8年3月17日（火）11時00分〜11時30分
>   3　令和8年3月18日（水）15時00分〜15時30分
>   4　令和8年3月19日（木）13時00分〜13時30分
>   5　令和8年3月23日（月）10時00分〜10時30分
"""
SUBJECTS = {
    None: "事前相談会について",
    "offer": "Re: 【日程の候補】計画策定支援 事前相談会（長野県飯田市）［R8-1-202053-S1］",
    "booking": "Re: 【日時の確定】3月18日（水）14時00分 事前相談会（長野県飯田市）［R8-1-202053-S1］",
}


def moment(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, second, tzinfo=TOKYO)


def slot(day: int, hour: int) -> Slot:
    start = moment(day, hour)
    return Slot(start=start, end=start + timedelta(minutes=30), host="office-1", method=Method.ONLINE)


OFFER = Offer(
    draft_id=1, slots=(slot(16, 10), slot(17, 11), slot(18, 15), slot(19, 13), slot(23, 10)), asked_at=moment(9, 10)
)
BOOKING = Booking(
    id=1,
    start=moment(18, 14),
    end=moment(18, 14, 30),
    host="office-1",
    method=Method.ONLINE,
    state="confirmed",
    uid="u",
)

LETTER = Letter(draft_id=1, purpose="consultation", template="consultation-offer", state="sent")


def step_of(text: str, at: str, thread: str | None) -> str:
    """As the rows write it."""
    day, clock = at.split()
    now = moment(int(day), *(int(part) for part in clock.split(":")))
    subject = SUBJECTS[thread]
    # A mail's new text ends where a quote begins, with a sign or with another mail's headers (mail/).
    new = "\n".join(line for line in text.split("\n") if not line.startswith(">"))
    full = text + QUOTE if thread == "offer" else text
    known = Known.empty()
    if thread == "offer":
        known = replace(known, offer=OFFER, answers=LETTER)
    elif thread == "booking":
        known = replace(known, bookings=(BOOKING,), answers=LETTER)
    request = read_in_thread(
        subject, new, full, intents(subject, new), (),
        received_at=now, consultation=CONSULTATION, round_=ROUND, thread=thread_of(known, now),
    )  # fmt: skip
    if request is None:
        return "none"
    step = next_step(Situation(request, known, CONSULTATION, ROUND, now, now, "uid"))
    if step.step in ("book", "reschedule") and step.slot is not None:
        if request.same_time:
            return "method"
        return f"{'book' if step.step == 'book' else 'move'} {step.slot.start.day} {step.slot.start:%H:%M}"
    return step.step


@pytest.mark.parametrize(
    "row", [pytest.param(row, id=f"{number}-{row['text'][:16]}") for number, row in enumerate(ROWS)]
)
def test_what_officers_write(row: dict[str, str]) -> None:
    assert step_of(row["text"], row.get("at", "10 9:00"), row.get("thread")) == row["then"]
