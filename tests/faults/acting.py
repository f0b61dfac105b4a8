"""A person's command that dies: `mailflow …` with a crash point armed. Run by `python -m tests.faults.acting POINT …`."""

from __future__ import annotations

import sys

from mailflow.cli import main
from tests.faults.points import arm

if __name__ == "__main__":
    point = sys.argv[1]
    del sys.argv[1]
    arm(point or None, None)
    main()
