"""A process that is killed at once: its lock is free, its claims come back, nothing goes out twice in silence."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mailflow.store import open_store
from tests.unit.store.flow import NOW, Letter, arrival, process

_WORKER = """
import sys, time
from datetime import UTC, datetime
from mailflow.store import open_store
from mailflow.store.liveness import Liveness, new_claimant
store = open_store(sys.argv[1])
me = new_claimant("worker")
alive = Liveness(store, me)
mails = store.claim_new(5, me)
now = datetime(2026, 3, 19, 7, 32, 7, tzinfo=UTC)
letter = store.claim_next(now=now, sys_now=now, sending_allowed=True, claimant=me, build=lambda draft: ("<a@b>", b"bytes"))
if sys.argv[2] == "data":
    store.mark_data_stage(letter.id, me)
print(me, len(mails), letter.id, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize(
    ("stage", "state", "counts"), [("rcpt", "approved", (2, 1, 0)), ("data", "uncertain", (2, 0, 1))]
)
def test_a_killed_worker(tmp_path: Path, stage: str, state: str, counts: tuple[int, int, int]) -> None:
    url = f"sqlite:///{tmp_path / 'mailflow.db'}"
    store = open_store(url)
    process(store, Letter())
    with store.write() as db:
        store.approve_in(db, 1, user="policy", now=NOW, undo_until=NOW)
    store.arrive([arrival(), arrival()])
    with subprocess.Popen([sys.executable, "-c", _WORKER, url, stage], stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        claimant, mails, _ = worker.stdout.readline().split()
        assert mails == "2"
        assert store.is_alive(claimant)
        assert store.recover() == (0, 0, 0)
        worker.kill()
    assert not store.is_alive(claimant)
    assert store.recover() == counts
    assert store.recover() == (0, 0, 0)
    assert [line.state for line in store.outbox()] == [state]
    assert len(store.claim_new(5, "next")) == 2
    store.close()
