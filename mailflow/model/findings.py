"""What a check found (DESIGN §4)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """DESIGN §4. Only `fix`, `refuse` and `review` hold an application back."""

    NOTE = "note"
    CONFIRM = "confirm"
    FIX = "fix"
    REFUSE = "refuse"
    REVIEW = "review"


HOLDING = frozenset({Severity.FIX, Severity.REFUSE, Severity.REVIEW})


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One result of one check. `message`: Japanese, to the applicant (to the secretariat for `review`).

    `where`: 「件名」, 「添付ファイル」, 「連絡先の電話番号（応募様式!D14）」. `fields`: keys of the form concerned.
    `example`: what a right value looks like (記入例), or None. `files`: attachments concerned.
    """

    check: str
    severity: Severity
    where: str
    found: str | None
    expected: str | None
    message: str
    clause: str | None
    example: str | None = None
    fields: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
