"""What the store takes of one mail: ms of arrive, load_known and commit_outcome, each as wall and as CPU time, medians.

    python -m benchmarks.store [MAILS]

The pipeline benchmark's mails, all read beforehand: each opens the case of another municipality and gets one letter.
SQLite with `synchronous=FULL` in the temporary folder. CPU time is what can be compared on a shared machine.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks import mails as source
from benchmarks.pipeline import NOW, environment
from mailflow import pipeline
from mailflow.model import Arrival, Place
from mailflow.settings.load import load
from mailflow.store import open_store
from mailflow.store.commit import Committed

BATCH = 20


class Watch:
    """Wall and CPU milliseconds by name."""

    def __init__(self) -> None:
        self.wall: dict[str, list[float]] = {}
        self.cpu: dict[str, list[float]] = {}

    def __call__(self, name: str, work: Callable[[], Any], of: int = 1) -> Any:
        wall, cpu = time.perf_counter(), time.process_time()
        result = work()
        self.wall.setdefault(name, []).append(1000 * (time.perf_counter() - wall) / of)
        self.cpu.setdefault(name, []).append(1000 * (time.process_time() - cpu) / of)
        return result

    def report(self) -> dict[str, dict[str, float]]:
        return {
            name: {"wall_ms": round(statistics.median(times), 2), "cpu_ms": round(statistics.median(self.cpu[name]), 2)}
            for name, times in self.wall.items()
        }


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    now = datetime.fromisoformat(NOW)
    watch = Watch()
    with tempfile.TemporaryDirectory() as folder:
        settings = load(
            source.ROOT / "config", environment("imap://u:p@imap.example", "smtp://smtp.example", Path(folder) / "s.db")
        )
        store = open_store(f"sqlite:///{folder}/s.db")
        store.record_config(settings.hash, settings.bundle.files)
        readings = {}
        batch: list[Arrival] = []
        for number, (raw, at) in enumerate(source.mails(count), 1):
            reading = pipeline.take_in(raw, settings, at)
            readings[reading.content_id] = reading
            place = Place(mailbox="office@imap.example", folder="INBOX", uidvalidity=1, uid=number)
            batch.append(Arrival(raw=raw, place=place, received_at=at, content_id=reading.content_id))
            if len(batch) == BATCH or number == count:
                made = tuple(batch)
                watch("arrive", lambda made=made: store.arrive(made), of=len(made))  # type: ignore[misc]
                batch.clear()
        letters = 0
        while pendings := store.claim_new(BATCH, "bench"):
            for pending in pendings:
                reading = readings[pending.content_id]
                loaded = watch(
                    "load_known",
                    lambda p=pending, r=reading: store.load_known(  # type: ignore[misc]
                        p, r.mail, r.understood, round_id=settings.round_for(p.received_at).id, start=None, now=now
                    ),
                )
                outcome = pipeline.conclude(reading, loaded.known, settings, pending.received_at, now)
                done = watch(
                    "commit_outcome",
                    lambda p=pending, r=reading, o=outcome, k=loaded: store.commit_outcome(  # type: ignore[misc]
                        p, r.mail, o, k, claimant="bench", now=now
                    ),
                )
                assert isinstance(done, Committed), done
                letters += len(done.drafts)
        assert letters == count, letters
        size = sum(path.stat().st_size for path in Path(folder).glob("s.db*"))
        store.close()
    print(
        json.dumps({"mails": count, "database_kb_per_mail": round(size / count / 1000, 1), **watch.report()}, indent=1)
    )


if __name__ == "__main__":
    main()
