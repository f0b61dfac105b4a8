"""The wheel, installed into an empty venv elsewhere, does what README promises: init, config check, demo --once."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest


@pytest.mark.long  # .ci/run calls script/release-check by itself
@pytest.mark.timeout(600)
def test_wheel_works_away_from_the_checkout() -> None:
    checkout = Path(__file__).parents[2]
    done = subprocess.run(
        [checkout / "script" / "release-check"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=570,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-8000:]
    assert done.stdout.rstrip().endswith("release-check: ok")
