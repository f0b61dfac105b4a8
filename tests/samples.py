"""The demo's sample mails, made once a process: filling their forms takes seconds."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from mailflow.demo.samples import SampleMail, sample_mails
from mailflow.settings.load import load

MAILBOX = "jimukyoku@demo.example"


@cache
def demo_mails(address: str = MAILBOX) -> tuple[SampleMail, ...]:
    """All of them, as sent to `address`, with the form that ships."""
    return sample_mails(load(Path(__file__).parents[1] / "config", {}).form, address)
