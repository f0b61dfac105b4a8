"""How long reading a request takes, and how many bookings a second several workers make when they want the same slots.

    python -m benchmarks.consultation [ROUNDS]

`reading`: CPU ms a request (others' work on the machine doesn't count), over the requests of the tests: mean and slowest.
`bookings`: threads that each hold slots in a SQLite file (synchronous=FULL) until none is left, every one wanted by all of them:
wall-clock, so noisy on a busy machine. What was refused counts as work too: it is the offers of a rush.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mailflow.clock import TOKYO
from mailflow.consultation.intent import read_request
from mailflow.intake.intents import intents
from mailflow.model import Method, Slot
from mailflow.settings.load import load
from mailflow.store import Store, bookings, open_store
from mailflow.store.booking_list import CASE
from mailflow.store.bookings import NewBooking
from tests.unit.consultation.requests import ALL

ROOT = Path(__file__).parents[1]
NOW = datetime(2026, 3, 10, 9, tzinfo=TOKYO)
FIRST = datetime(2026, 3, 16, 1, tzinfo=UTC)
SLOTS = 40


def reading(rounds: int) -> None:
    """Reading alone; the intents of a mail are read once for every kind of mail, and not counted."""
    settings = load(ROOT / "config", {})
    asked = [(row.text, intents("事前相談会について", row.text)) for row in ALL]
    slowest: dict[str, float] = {}
    means: list[float] = []
    for _ in range(rounds):
        total = 0.0
        for text, found in asked:
            start = time.process_time()
            read_request(
                "事前相談会について", text, text, found, (), received_at=NOW, consultation=settings.consultation,
                round_=settings.rounds[0],
            )  # fmt: skip
            took = (time.process_time() - start) * 1000
            slowest[text] = min(slowest.get(text, took), took)
            total += took
        means.append(total / len(asked))
    print(
        f"reading   {statistics.median(means):.3f} ms a request ({len(asked)} requests); slowest {max(slowest.values()):.3f} ms"
    )


def contention(workers: int) -> None:
    """All workers want every slot, one after the other."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/mailflow.db")
        case_id = _case(store)
        wanted = [
            Slot(
                start=FIRST + timedelta(minutes=30 * n),
                end=FIRST + timedelta(minutes=30 * n + 30),
                host="a",
                method=Method.PHONE,
            )
            for n in range(SLOTS)
        ]

        def work(worker: int) -> int:
            held = 0
            for number, slot in enumerate(wanted):
                new = NewBooking(
                    case_id=case_id, round_id="R8-1", slot=slot, capacity=1, uid=f"{worker}-{number}@x.example"
                )
                with store.write() as db:
                    held += bookings.book(db, new, now=NOW, actor="benchmark") is not None
            return held

        start = time.perf_counter()
        with ThreadPoolExecutor(workers) as pool:
            held = sum(pool.map(work, range(workers)))
        took = time.perf_counter() - start
        store.close()
    if held != SLOTS:
        raise AssertionError(f"{held} bookings of {SLOTS} slots")
    print(f"bookings  {workers} workers: {held / took:.0f} held/s, {SLOTS * workers / took:.0f} tries/s")


def _case(store: Store) -> int:
    with store.write() as db:
        made: int = db.execute(
            CASE.insert()
            .returning(CASE.c.id)
            .values(round_id="R8-1", org_key="202053", number="R8-1-202053", revision=1, opened_at=NOW)
        ).scalar_one()
    return made


def main() -> None:
    reading(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
    for workers in (1, 4, 8):
        contention(workers)


if __name__ == "__main__":
    main()
