"""The catalogue of checks: one small pure function each, registered under its id (DESIGN §4, "Shipped").

A check states facts; what they weigh and how they are said is configured (`settings.checks`). `run` gives the findings
of one configured check over one mail. It raises whatever a check raises: `judge` turns that into a review.
"""

from __future__ import annotations

from mailflow.intake.checks import (
    attachments,
    deadlines,
    eligibility,
    form,
    form_edition,
    form_words,
    intents,
    naming,
    organization,
    sender,
    versions,
)
from mailflow.intake.checks.registry import REGISTRY, run, unmet

__all__ = [
    "REGISTRY",
    "attachments",
    "deadlines",
    "eligibility",
    "form",
    "form_edition",
    "form_words",
    "intents",
    "naming",
    "organization",
    "run",
    "sender",
    "unmet",
    "versions",
]
