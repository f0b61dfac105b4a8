"""Whole mails of officers through the pipeline, with greeting, signature and what a body has: an offer of ours, a booking.

`data/mails.jsonl`, one row a line: `subject`, `body`, `at` (when it came); `booked` or `offered`, what the body had then; `then`: what
follows, as the tables beside this one write it (「none」: nothing about a consultation), `method` of the slot. `wanted`: what
would have been right where it is asked back instead. Written by somebody who hadn't seen the code, each with its outcome,
before it was first read; made up, as all names in it. A wrong booking is worse than any offer.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from mailflow import pipeline
from mailflow.clock import tokyo
from mailflow.model import Booking, ConsultationStep, Known, Letter, Method, Offer, Slot, Taken
from mailflow.settings.load import load

SHIPPED = load(Path(__file__).parents[3] / "config", {})
HOST = SHIPPED.consultation.hosts[0].id
ROWS = [json.loads(line) for line in (Path(__file__).parent / "data" / "mails.jsonl").read_text("utf-8").splitlines()]
OURS, LENGTH = "<ours@x.example>", timedelta(minutes=30)


def known_of(row: dict[str, Any], at: datetime) -> Known:
    """What the office knew when the mail came."""
    if "offered" not in row and "booked" not in row:
        return Known.empty()
    template = "consultation-offer" if "offered" in row else "consultation-confirmed"
    letter = Letter(
        draft_id=1, purpose="consultation", template=template, state="sent", message_ids=(OURS,), sent_at=at
    )
    known = replace(Known.empty(), answers=letter if is_answer(row) else None)
    if "offered" in row:
        starts = [datetime.fromisoformat(one) for one in row["offered"]]
        slots = tuple(Slot(start=one, end=one + LENGTH, host=HOST, method=Method.ONLINE) for one in starts)
        return replace(known, offer=Offer(draft_id=1, slots=slots, asked_at=at - timedelta(days=1)))
    start = datetime.fromisoformat(row["booked"]["start"])
    booking = Booking(
        id=1, start=start, end=start + LENGTH, host=HOST, method=Method(row["booked"]["method"]), state="confirmed", uid="u"
    )  # fmt: skip
    return replace(known, bookings=(booking,), taken=(Taken(start=start, end=booking.end, host=HOST),))


def is_answer(row: dict[str, Any]) -> bool:
    return str(row["subject"]).lstrip().lower().startswith(("re", "返信"))


def step_of(row: dict[str, Any]) -> ConsultationStep | None:
    at = datetime.fromisoformat(row["at"])
    mail = EmailMessage()
    mail["From"], mail["To"] = "tanto@town.example.lg.jp", SHIPPED.programme.address
    mail["Subject"], mail["Message-ID"] = row["subject"], "<theirs@town.example.lg.jp>"
    if is_answer(row) and ("offered" in row or "booked" in row):
        mail["In-Reply-To"] = OURS
    mail.set_content(row["body"])
    reading = pipeline.take_in(bytes(mail), SHIPPED, at)
    return pipeline.conclude(reading, known_of(row, at), SHIPPED, at, at).verdict.step


def written(step: ConsultationStep | None) -> str:
    if step is None:
        return "none"
    if step.step not in ("book", "reschedule") or step.slot is None:
        return step.step
    if step.booking is not None and step.booking.start == step.slot.start:
        return f"method {step.slot.method.value}"
    start = tokyo(step.slot.start)
    return f"{'book' if step.step == 'book' else 'move'} {start.day} {start:%H:%M}"


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(row, id=f"{number}-{row['subject'][:16]}", marks=[pytest.mark.long] if number % 4 else [])
        for number, row in enumerate(ROWS)
    ],
)
def test_what_officers_mail(row: dict[str, Any]) -> None:
    step = step_of(row)
    assert written(step) == row["then"]
    if "method" in row:
        assert step is not None
        assert step.slot is not None
        assert step.slot.method == row["method"]
