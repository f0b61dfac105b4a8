"""The process that dies: one `worker --once`, with a crash point armed. Run by `python -m tests.faults.child`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from mailflow.worker.assembly import Worker
from mailflow.worker.service import run_once
from tests.faults.points import arm


def main(config: str, point: str, record: str) -> int:
    arm(point or None, Path(record) if record else None)
    with Worker(Path(config), dict(os.environ), paced=False) as worker:
        worker.rounds.tick()
        code = run_once(worker)
        worker.rounds.tick()
        worker.watchman.tick()
        return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
