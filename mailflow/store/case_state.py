"""The state of a case: one pure function of its versions and facts (DESIGN §4). Nothing stores it.

In: the versions in the order of (received_at, UID), the facts that people or letters set. Out: CaseState, or None for a
case that no application form has reached (an inquiry, a consultation).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mailflow.model import CaseState


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionFact:
    """What a version says of its case's state. `refused`: an open `refuse` other than lateness."""

    received_at: datetime
    counted: bool
    complete: bool
    late: bool
    refused: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFacts:
    withdrawn_at: datetime | None = None
    screening_at: datetime | None = None
    decided_at: datetime | None = None
    notified_at: datetime | None = None


def case_state(versions: Sequence[VersionFact], facts: CaseFacts) -> CaseState | None:
    """A withdrawal holds until a later counted version; a decision outlasts whatever arrives after it."""
    counted = [version for version in versions if version.counted]
    if facts.withdrawn_at is not None and not any(v.received_at > facts.withdrawn_at for v in counted):
        return CaseState.WITHDRAWN
    for at, state in (
        (facts.notified_at, CaseState.NOTIFIED),
        (facts.decided_at, CaseState.DECIDED),
        (facts.screening_at, CaseState.SCREENING),
    ):
        if at is not None:
            return state
    if not counted:
        return (
            CaseState.LATE
            if any(version.late for version in versions)
            else None
            if not versions
            else CaseState.INCOMPLETE
        )
    current = counted[-1]
    if current.refused:
        return CaseState.INELIGIBLE
    return CaseState.COMPLETE if current.complete else CaseState.INCOMPLETE
